/*
 * etag.h - the name of an answer: "<release>-<version>-<16 hex digits>".
 *
 * What a row of ROUTE_RELEASE answers depends on the release, the program and
 * the request.  The digits are a hash of the route, its parameters, the
 * arguments in any order, and the media type; they are the same on every
 * machine, so that several servers can stand behind one address.
 */
#ifndef SERVER_ETAG_H
#define SERVER_ETAG_H

#include <stddef.h>

#include "server/request.h"

/* How every ETag of a release begins. */
struct etag_base {
	char text[40]; /* "\"7-1.0.0-" */
	size_t len;
};

/**
 * etag_base(base, release, version):
 * Prepare ${base}; of ${version} at most 24 bytes are used.
 */
void etag_base(struct etag_base *base, int release, const char *version);

/**
 * etag_make(base, req, out):
 * Write the ETag of what ${req} asks for, with its quotes and a NUL, into the
 * 64 bytes at ${out}.  Parameters and arguments must lie in memory that can be
 * read for 7 bytes past each.
 */
void etag_make(const struct etag_base *base, const struct request *req,
	       char *out);

/**
 * etag_page(body, len, out):
 * Write an ETag made of the ${len} bytes at ${body} alone into the 64 bytes at
 * ${out}: of a page, which no release has a part in.
 */
void etag_page(const char *body, size_t len, char *out);

#endif /* !SERVER_ETAG_H */
