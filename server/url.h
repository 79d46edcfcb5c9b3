/*
 * url.h - what the target of a request says: its path and its arguments.
 *
 * Everything works in place, on memory of the request, and with lengths: the
 * library below cuts at the first NUL, decodes %2F into a slash and lets any
 * bytes through.
 */
#ifndef SERVER_URL_H
#define SERVER_URL_H

#include <stdbool.h>
#include <stddef.h>

#include "server/request.h"

enum url_verdict {
	URL_OK,
	URL_BAD_ESCAPE, /* "%" without two hexadecimal digits */
	URL_NUL,	/* %00 */
	URL_CONTROL,	/* a control character */
	URL_SPACE,	/* a bare space */
	URL_FRAGMENT,	/* "#" */
	URL_NOT_UTF8,	/* bytes that are not UTF-8 */
	URL_TOO_MANY,	/* more than REQUEST_MAX_ARGS arguments */
	URL_TWICE,	/* an argument stands there twice */
};

/* A target, cut in two; both borrow from it and are still encoded. */
struct url {
	const char *path; /* starts with "/", or is "*" */
	size_t path_len;
	char *query; /* without its "?"; NUL-terminated */
	size_t query_len;
};

/**
 * url_split(target, len, url):
 * Cut the ${len} bytes at ${target}, which end in a NUL, into ${url}.  The
 * absolute form ("http://host/path?query") counts as its path and query.
 */
void url_split(char *target, size_t len, struct url *url);

/**
 * url_check(path, len):
 * Would every escape of the ${len} bytes at ${path} decode?
 */
enum url_verdict url_check(const char *path, size_t len);

/**
 * url_decode(part):
 * Decode ${part}, which url_check() accepted, in place.
 */
void url_decode(struct slice *part);

/**
 * url_query(query, req):
 * Cut the NUL-terminated ${query} at "&" and "=" and decode it in place, into
 * the args of ${req}.  "+" is a space, an argument without "=" has an empty
 * value, nothing between two "&" is no argument.  On URL_TWICE the last of the
 * args is the one that came again.
 */
enum url_verdict url_query(char *query, struct request *req);

/**
 * url_form(form, len, req):
 * The same with the ${len} bytes of a form, which end in a NUL more: text of
 * several lines, and what stands there unescaped but for "%", "&" and "=".
 */
enum url_verdict url_form(char *form, size_t len, struct request *req);

/**
 * url_form_refuse(verdict, req, reply):
 * Answer that the form of ${req} is not URL_OK.  Return the HTTP status.
 */
int url_form_refuse(enum url_verdict verdict, const struct request *req,
		    struct reply *reply);

/**
 * url_advice(verdict):
 * A sentence that tells the client what to change.  NULL for URL_OK.
 */
const char *url_advice(enum url_verdict verdict);

/**
 * url_refuse(verdict, req, reply):
 * Answer that the URL of ${req} is not URL_OK.  Return the HTTP status.
 */
int url_refuse(enum url_verdict verdict, const struct request *req,
	       struct reply *reply);

#endif /* !SERVER_URL_H */
