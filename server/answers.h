/*
 * answers.h - answers that were given before, ready to be given again.
 *
 * What a GET of a ROUTE_RELEASE row answers depends on nothing but its URL and
 * the release.  The few URLs that are asked again and again (a stage after a
 * usual reaction) are answered with the same bytes, which saves cutting the
 * URL, walking, choosing and rendering: two thirds of our own instructions.
 *
 * Kept is only what was asked twice, up to a fixed number; never a URL that
 * carries values or a state, for these are somebody's.  One thread.
 */
#ifndef SERVER_ANSWERS_H
#define SERVER_ANSWERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "server/headers.h"
#include "server/rate.h"

struct answers;
struct route;

/* Longer URLs and bodies are not kept: at most 512 of them are, 8 MiB. */
#define ANSWERS_MAX_URL 256
#define ANSWERS_MAX_BODY 16384

/* One answer, 200 and JSON. */
struct known {
	const struct route *route;
	const char *body;
	size_t len;
	int release;
	char etag[64];
	/*
	 * For whoever sends it: what it made to send it with, how to free
	 * that, and whether somebody uses it now.
	 */
	void *made;
	void (*unmake)(void *made);
	char made_for[HEADERS_ID_SIZE]; /* the request id in it */
	char made_with[RATE_TEXT];	/* and how much the key may still ask */
	time_t made_at;			/* the Date in it */
	bool lent;
	/* its own: */
	unsigned refs;
	size_t url_len;
	uint64_t hash;
	char bytes[]; /* the URL, then the body */
};

/**
 * answers_new(), answers_free(answers):
 * NULL if out of memory; answers_free(NULL) is allowed.
 */
struct answers *answers_new(void);
void answers_free(struct answers *answers);

/**
 * answers_forget(answers):
 * Forget all of them: another release is in force.
 */
void answers_forget(struct answers *answers);

/**
 * answers_find(answers, url, len):
 * The answer to the ${len} bytes at ${url}, as they came, or NULL.  The caller
 * gives it back with known_unref().
 */
struct known *answers_find(struct answers *answers, const char *url,
			   size_t len);

/**
 * answers_offer(answers, url, len, like, body):
 * ${url} was just answered with the like->len bytes at ${body}, like->route,
 * like->release and like->etag; keep a copy if it is worth it.
 */
void answers_offer(struct answers *answers, const char *url, size_t len,
		   const struct known *like, const char *body);

/**
 * known_unref(known):
 * Give an answer back.  NULL is allowed.
 */
void known_unref(struct known *known);

#endif /* !SERVER_ANSWERS_H */
