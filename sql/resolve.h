/*
 * resolve.h - the addresses of a host, without waiting for them.
 *
 * libpq looks a name up before it connects, and waits for it as long as a name
 * server that says nothing likes.  Whoever may not wait asks here first, and
 * gives libpq the address.
 */
#ifndef SQL_RESOLVE_H
#define SQL_RESOLVE_H

#include <stdbool.h>
#include <stddef.h>

#define RESOLVE_ADDRESSES 8 /* of one host; more are not tried */
#define RESOLVE_TEXT 48	    /* bytes of an IPv6 address */

struct resolve;

enum resolve_state {
	RESOLVE_WAIT, /* ask again */
	RESOLVE_DONE, /* there are resolve_count() addresses: perhaps none */
};

/**
 * resolve_needed(host):
 * Is ${host} a name: no address, and no folder with a socket in it?
 */
bool resolve_needed(const char *host);

/**
 * resolve_start(host, ready):
 * Begin to look ${host} up.  When that is done, 1 is added to the eventfd
 * ${ready}, which must stay open until resolve_free().  NULL if out of memory
 * or threads.
 */
struct resolve *resolve_start(const char *host, int ready);

enum resolve_state resolve_state(const struct resolve *r);

/**
 * resolve_count(r), resolve_address(r, i):
 * What was found, when it is done.
 */
size_t resolve_count(const struct resolve *r);
const char *resolve_address(const struct resolve *r, size_t i);

/**
 * resolve_free(r):
 * Done or not.  NULL is allowed.
 */
void resolve_free(struct resolve *r);

#endif /* !SQL_RESOLVE_H */
