/*
 * body.h - from the bytes of a body to a JSON object within the limits.
 */
#ifndef SERVER_BODY_H
#define SERVER_BODY_H

#include <stddef.h>

#include <jansson.h>

struct reply;

#define BODY_MAX_DEPTH 16   /* levels of {} and [] */
#define BODY_MAX_MEMBERS 64 /* of an object */
#define BODY_MAX_ITEMS 256  /* of an array */
#define BODY_MAX_TEXT 4000  /* code points of a string */

/* What a body may hold. */
struct body_limits {
	size_t text;  /* code points of a string */
	size_t items; /* of an array */
};
extern const struct body_limits body_usual; /* the numbers above */
extern const struct body_limits body_large; /* texts as long as the body */
extern const struct body_limits body_free;  /* lists too */

/**
 * body_parse(text, len, limits, reply, status):
 * Read the ${len} bytes at ${text} as one JSON object.  The caller owns the
 * result.  NULL if it is none, or is over a limit: then ${reply} says what to
 * change, and ${status} is its status.  NULL for ${limits}: but for the depth
 * there is none, and strings may hold anything.  Strings may hold line breaks
 * and tabs but no other control character.
 */
json_t *body_parse(const char *text, size_t len,
		   const struct body_limits *limits, struct reply *reply,
		   int *status);

#endif /* !SERVER_BODY_H */
