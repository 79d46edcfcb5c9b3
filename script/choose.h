/*
 * choose.h - which lines to offer, in which order, never the same one twice.
 */
#ifndef SCRIPT_CHOOSE_H
#define SCRIPT_CHOOSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "script/fill.h"
#include "script/library.h"
#include "script/walk.h"

#define CHOOSE_MAX 10

struct choice {
	const struct phrase *phrase;
	int fallback;  /* levels up the category tree */
	bool repeated; /* it has been said before */
};

/* A placeholder whose value would make more lines usable. */
struct question {
	int placeholder;
	int unlocks; /* how many lines wait for it */
};

struct choices {
	struct choice say[CHOOSE_MAX], self[CHOOSE_MAX];
	size_t nsay, nself;
	struct question ask[LIBRARY_MAX_PLACEHOLDERS];
	size_t nask;
};

/* What the chooser needs beside the situation. */
struct choose_query {
	int stage;
	int signal;	/* what led there, or -1 */
	uint32_t facts; /* walk_facts() of the state after the move */
	const struct values *values; /* NULL: take every value as given */
	size_t phrases; /* how many lines to offer, 1 to CHOOSE_MAX */
};

/**
 * choose(sit, s, q, out):
 * Choose the lines for stage q->stage.  Usable ones never said come first,
 * from the most specific category that has one, then by fit of intensity and
 * tone, then in an order that is fixed by the request.  Only when every
 * usable line of the whole chain is in s->used are they offered again, least
 * recently used first.  Lines in the first locale of (asked, its language,
 * default) that has any usable line.
 */
void choose(const struct situation *sit, const struct state *s,
	    const struct choose_query *q, struct choices *out);

#endif /* !SCRIPT_CHOOSE_H */
