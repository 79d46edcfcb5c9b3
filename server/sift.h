/*
 * sift.h - of a large JSON object, which comes in pieces, keep a few members.
 *
 * A chat-bot sends the whole history of a conversation with each request, up
 * to 4 MiB, and a few lines of it matter.  Nothing else of it is held: each
 * piece is looked at once, a byte at a time, and forgotten.  What is kept comes
 * out as one object without depth, in which each name is a path:
 *
 *	{"tracker": {"slots": {"a": 1}, "events": [...]}, "response": "x"}
 *	{"tracker.slots":{"a": 1},"response":"x"}
 *
 * The whole must be JSON in UTF-8 all the same.  Written by hand, since the
 * libraries of Debian that read a stream hold whole strings of it.
 */
#ifndef SERVER_SIFT_H
#define SERVER_SIFT_H

#include <stdbool.h>
#include <stddef.h>

#define SIFT_MAX_DEPTH 128  /* levels of {} and [] */
#define SIFT_MAX_KEPT 65536 /* bytes of what comes out */
#define SIFT_MAX_PATH 63    /* bytes of a path */

enum sift_verdict {
	SIFT_OK,
	SIFT_NO_JSON,	/* or no object */
	SIFT_TOO_DEEP,	/* over SIFT_MAX_DEPTH */
	SIFT_TOO_LARGE, /* what is to be kept has over SIFT_MAX_KEPT bytes */
	SIFT_NO_MEMORY,
};

/* What to keep; it must live as long as the sift. */
struct sift_rules {
	/* Names with dots between, of letters, digits and "_"; then NULL.  The
	   last part may be "*": those of the members there that wants() says.
	   A member whose name is written with escapes counts as absent. */
	const char *const *paths;
	/* NULL if there is no "*" */
	bool (*wants)(const void *arg, const char *name, size_t len);
};

struct sift;

/**
 * sift_new(rules):
 * NULL if out of memory.
 */
struct sift *sift_new(const struct sift_rules *rules);

/**
 * sift_free(sift):
 * NULL is allowed.
 */
void sift_free(struct sift *sift);

/**
 * sift_piece(sift, arg, piece, len):
 * Look at the next ${len} bytes; wants() gets ${arg}.  After
 * a mistake all that follows is ignored.
 */
void sift_piece(struct sift *sift, const void *arg, const char *piece,
		size_t len);

/**
 * sift_end(sift, kept, len, at):
 * That was all.  On SIFT_OK ${kept} has what was kept, ${len} bytes from
 * malloc() that the caller owns.  Else ${at} is the byte, from 0, that was
 * wrong.
 */
enum sift_verdict sift_end(struct sift *sift, char **kept, size_t *len,
			   size_t *at);

#endif /* !SERVER_SIFT_H */
