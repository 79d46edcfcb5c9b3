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
 * send_timeout(http, ex):
 * Tell a client that was too slow with its request.  libmicrohttpd cannot
 * answer in the middle of one, but nothing of an answer has been sent either:
 * this writes one past it.  The connection must be cut next.
 */
void send_timeout(struct http *http, struct exchange *ex);

#endif /* !SERVER_SEND_H */
