/*
 * cors.h - which pages of other sites may read our answers.
 *
 * A browser shows a page of another origin what we answer only if we name that
 * origin in the answer (the CORS protocol, https://fetch.spec.whatwg.org/).
 * We name those on a list that the operator wrote, byte for byte: no patterns,
 * no "*", no "null".  Cookies are not used here, so credentials need no leave.
 */
#ifndef SERVER_CORS_H
#define SERVER_CORS_H

#include <stddef.h>

/* As many origins as a list may have, and the longest of them in bytes. */
#define CORS_MAX_ORIGINS 64
#define CORS_MAX_ORIGIN 255

/* What a preflight allows beside the methods of its path. */
#define CORS_ALLOW_HEADERS \
	"Authorization, Content-Type, Idempotency-Key, If-Match, " \
	"If-None-Match, X-Request-Id"

/* What a page may read of an answer beside its body and its type. */
#define CORS_EXPOSE_HEADERS \
	"Allow, ETag, Evenkeel-Stage, Idempotency-Replayed, Link, Location, " \
	"RateLimit, RateLimit-Policy, Retry-After, WWW-Authenticate, " \
	"X-Request-Id"

/* How long a browser may remember a preflight, in seconds. */
#define CORS_MAX_AGE "600"

struct cors;

/**
 * cors_new(list, why, size):
 * The origins in ${list}, separated by spaces or commas, such as
 * "https://desk.example.com http://localhost:3000".  "" is an empty list.
 * Return NULL, with a sentence in the ${size} bytes at ${why} that says what
 * to change, if one of them is not what a browser would send.
 */
struct cors *cors_new(const char *list, char *why, size_t size);

/**
 * cors_free(cors):
 * NULL is allowed.
 */
void cors_free(struct cors *cors);

/**
 * cors_find(cors, origin, len):
 * The origin on the list that is the ${len} bytes at ${origin}, as a string
 * that lives as long as ${cors}; NULL if there is none.  NULL for ${cors} is
 * an empty list.
 */
const char *cors_find(const struct cors *cors, const char *origin, size_t len);

/**
 * cors_page_policy(cors):
 * The Content-Security-Policy of a page of ours that the origins in ${cors} may
 * show in a frame: it loads what we serve, and nothing else.  From malloc();
 * NULL if out of memory.  NULL for ${cors} is an empty list.
 */
char *cors_page_policy(const struct cors *cors);

/**
 * cors_origin(cors, i):
 * The origin number ${i} of the list, or NULL if it has no so many; lives as
 * long as ${cors}.  NULL for ${cors} is an empty list.
 */
const char *cors_origin(const struct cors *cors, size_t i);

#endif /* !SERVER_CORS_H */
