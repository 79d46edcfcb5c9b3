/*
 * accept.h - where connections come from: for http.c alone.
 *
 * libmicrohttpd could accept them itself, but at its limit it lets newcomers
 * hang in the backlog, and without descriptors it goes round and round, or
 * waits until some connection closes.  Here a newcomer is told 503 and cut
 * when there is no room; with no descriptor left even for that, nothing is
 * accepted for a tenth of a second at a time, which costs nothing and ends by
 * itself when there are descriptors again.
 */
#ifndef SERVER_ACCEPT_H
#define SERVER_ACCEPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include "server/loop.h"

struct log;

/* The caller fills in what stands first and zeroes the rest. */
struct acceptor {
	struct loop *loop;
	/* Is there room for one more? */
	bool (*room)(void *arg);
	/* Serve ${fd}, or close it: it is yours. */
	void (*serve)(void *arg, int fd, const struct sockaddr *from,
		      socklen_t len);
	/* Tell ${fd} that there is no room. */
	void (*refuse)(void *arg, int fd);
	void *arg;

	/* accept.c's */
	struct loop_source source;
	struct loop_timer pause;
	int fd, spare;
	bool open;
};

/**
 * accept_listen(address, len, log, port):
 * A socket that listens at ${address}, and does not block; ${port} is the one
 * that it got.  -1, and ${log} says why.
 */
int accept_listen(const struct sockaddr *address, socklen_t len,
		  struct log *log, uint16_t *port);

/**
 * accept_start(a, fd):
 * Accept what comes to ${fd}, which listens and does not block; it is ${a}'s
 * from now on, even on failure.  Return false (with errno) on failure.
 */
bool accept_start(struct acceptor *a, int fd);

/**
 * accept_stop(a):
 * Close it: the kernel answers newcomers.  A second call does nothing.
 */
void accept_stop(struct acceptor *a);

/**
 * accept_limit(wanted):
 * How many connections the process may have, at most ${wanted}: raises the
 * limit of descriptors if it can, and leaves some for everything else.  At
 * least one.
 */
unsigned accept_limit(unsigned wanted);

#endif /* !SERVER_ACCEPT_H */
