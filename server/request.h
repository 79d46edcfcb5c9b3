/*
 * request.h - what a handler may read.
 *
 * http.c makes one of these per request and frees it after the answer has
 * been sent; a handler borrows everything it finds here.  All of it has been
 * checked before a handler runs: escapes are decoded, text is UTF-8 without
 * control characters (but line breaks and tabs in bodies), the body is a JSON
 * object or a form within the limits.
 */
#ifndef SERVER_REQUEST_H
#define SERVER_REQUEST_H

#include <stdbool.h>
#include <stddef.h>

#include <jansson.h>

#include "server/router.h"

struct desk;
struct library;

#define REQUEST_MAX_ARGS 32
#define REQUEST_MAX_URL 2048 /* bytes */
#define REQUEST_MAX_BODY 16384
#define REQUEST_MAX_LARGE 65536	   /* the same, to a ROUTE_LARGE row */
#define REQUEST_MAX_STREAM 4194304 /* to a ROUTE_STREAM row */
#define REQUEST_MAX_KEY 255	   /* bytes of an Idempotency-Key */
#define REQUEST_MAX_IF_MATCH 63	   /* bytes of an If-Match */

/* One name=value of the query or a form, decoded ("+" is a space). */
struct arg {
	struct slice name, value;
};

struct request {
	const char *method;	  /* "GET", ...; HEAD comes as "HEAD" */
	const char *id;		  /* the request id, NUL-terminated */
	struct route_match match; /* the route; its params decoded */
	struct arg args[REQUEST_MAX_ARGS];
	size_t nargs;
	json_t *body; /* the object sent to a ROUTE_BODY row, else NULL; a form
			 is in the args */
	struct slice raw;     /* the same as it came; ROUTE_KEPT only */
	const char *if_match; /* NUL-terminated; NULL: not given; "" also if
				 it was given twice or is too long */
	const char *idempotency_key; /* likewise */
	enum role role;	    /* what the caller may do; NONE on open rows */
	const char *key_id; /* of the key it came with, or NULL */
	bool text; /* the client prefers text/plain (ROUTE_TEXT only) */
	bool gzip; /* the client takes gzip (ROUTE_PAGE only) */
	struct library *lib; /* the release in force; NULL if none is loaded */
	struct desk
		*desk; /* of this job thread (app.h); NULL but for ROUTE_JOB */
	int unready;   /* why /readyz says no: enum problem_code + 1, or 0 */
	void *app;     /* what main.c gave http_start() */
};

/**
 * request_arg(req, name):
 * Return the query argument ${name}, or NULL.  (An argument given twice has
 * been refused before.)
 */
const struct slice *request_arg(const struct request *req, const char *name);

#endif /* !SERVER_REQUEST_H */
