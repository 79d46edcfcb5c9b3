/*
 * router.h - which handler answers this method and path?
 *
 * A route table is constant data, searched in order.  Matching allocates
 * nothing and keeps no state, so it can be called from any thread, tested
 * without a server, and fuzzed.
 */
#ifndef SERVER_ROUTER_H
#define SERVER_ROUTER_H

#include <stddef.h>
#include <stdint.h>

struct reply;
struct request;

/* How many {placeholders} one pattern may have. */
#define ROUTER_MAX_PARAMS 4

/* Answer ${req} by filling in ${reply}; return the HTTP status. */
typedef int handler_fn(const struct request *req, struct reply *reply);

/* What http.c must know of a row beside its handler. */
enum {
	ROUTE_JOB =
		1u << 0, /* may block: runs on a job thread, with a database */
	ROUTE_RELEASE = 1u << 1, /* GET is made from the release alone: ETag,
				    304, needs one loaded */
	ROUTE_TEXT = 1u << 2,	 /* can also answer text/plain */
	ROUTE_BODY = 1u << 3,	 /* takes a JSON object as its body */
	ROUTE_FORM = 1u << 10,	 /* with ROUTE_BODY: takes a form instead, whose
				    fields are then the args */
	ROUTE_LARGE = 1u << 11, /* with ROUTE_BODY: REQUEST_MAX_LARGE bytes, and
				   texts as long as that */
	ROUTE_STREAM = 1u << 12, /* with ROUTE_BODY: REQUEST_MAX_STREAM bytes,
				    of which http_options.sift is kept */
	ROUTE_PAGE = 1u << 4,	 /* a page or file of its own type: whatever the
				    client accepts */
	ROUTE_ANY_HOST = 1u << 5, /* whatever name the client calls us by */
	ROUTE_LIBRARY = 1u << 6,  /* needs a release loaded */
	ROUTE_ANY_TYPE = 1u << 8, /* of one type, whatever the client accepts */
	ROUTE_NO_BODY = 1u << 9,  /* with ROUTE_BODY: none at all is {} */
	ROUTE_KEPT = 1u << 7,	  /* changes what is kept: may be answered
				     later (reply_later()), and not at all
				     while the server stops */
};

/* What a caller may do, each also what those before it may. */
enum role {
	ROLE_NONE,	/* without a key */
	ROLE_READER,	/* look things up */
	ROLE_AGENT,	/* and conversations */
	ROLE_EDITOR,	/* and the draft */
	ROLE_PUBLISHER, /* and releases */
	ROLE_ADMIN,	/* and keys */
};

/* One row of the table in handlers/routes.c. */
struct route {
	const char *method;  /* "GET", "POST", ...: upper case */
	const char *pattern; /* "/v1/notes/{id}": {id} is one segment */
	handler_fn *handler;
	unsigned flags; /* ROUTE_... */
	enum role role; /* that it takes to call it */
};

/* A run of bytes, borrowed, not NUL-terminated. */
struct slice {
	const char *ptr;
	size_t len; /* in bytes */
};

struct route_match {
	const struct route *route;
	struct slice params[ROUTER_MAX_PARAMS]; /* in pattern order, as in the
						   path */
	size_t nparams;
};

enum router_verdict {
	ROUTER_MATCH,	    /* call match->route->handler */
	ROUTER_NOT_FOUND,   /* no row has this path: 404 */
	ROUTER_NOT_ALLOWED, /* rows have, but not this method: 405 */
};

/**
 * router_find(routes, n, method, path, len, match):
 * Find the first of the ${n} rows of ${routes} which has this ${method} and
 * whose pattern fits the ${len} bytes at ${path} (still percent-encoded), and
 * describe it in ${match}.  HEAD is answered by GET rows.  Write ${match} only
 * on ROUTER_MATCH; it borrows from ${routes} and ${path}.
 */
enum router_verdict router_find(const struct route *routes, size_t n,
				const char *method, const char *path,
				size_t len, struct route_match *match);

/**
 * router_allow(routes, n, path, len, buf, size):
 * Write the methods which ${path} answers to, as an Allow header ("GET, HEAD,
 * OPTIONS"), into the ${size} bytes at ${buf}.  A list too long is cut between
 * methods; the result is always NUL-terminated, and "" for an unknown path.
 */
void router_allow(const struct route *routes, size_t n, const char *path,
		  size_t len, char *buf, size_t size);

#endif /* !SERVER_ROUTER_H */
