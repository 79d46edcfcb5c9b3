/*
 * send.h - from a reply to an answer on the wire: for serve.c alone.
 */
#ifndef SERVER_SEND_H
#define SERVER_SEND_H

#include "server/serve.h"

/**
 * send_reply(http, ex, reply, status):
 * Answer ${ex} with ${status} and ${reply}, whose body is read until
 * serve_completed().  Only inside serve_request().  Return what that is to
 * return.
 */
enum MHD_Result send_reply(struct http *http, struct exchange *ex,
			   struct reply *reply, int status);

/**
 * send_early(k, code, reason):
 * Refuse what ${k} sends, though its request is not whole or cannot be read,
 * and note it as refused for ${reason}.  libmicrohttpd cannot answer then, but
 * nothing of an answer has been sent either: this writes one past it.  The
 * connection must be cut next.
 */
void send_early(struct conn *k, enum problem_code code,
		enum guard_reason reason);

/**
 * send_full(http, fd):
 * Tell the newcomer on ${fd} that there are too many connections.  The caller
 * closes it.
 */
void send_full(struct http *http, int fd);

#endif /* !SERVER_SEND_H */
