/*
 * matcher.h - many patterns in one way through the tokens of a text.
 *
 * A pattern is words and marks with spaces between.  "..." is a gap of 0 to
 * 14 tokens of one sentence, none of them . ! or ?.  "a|b" is a choice; one
 * that begins with | may be left out; a _ joins words within a choice: "you
 * |really should|ought_to have".  Words are cut and folded as in a text
 * (tokens.h), so "can't" finds "cannot".
 *
 * The runs between gaps are one automaton (Aho and Corasick) over the numbers
 * of words; what is open across a gap is one word of bits each.  A text takes
 * linear time and no allocation.
 */
#ifndef SCRIPT_MATCHER_H
#define SCRIPT_MATCHER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "script/tokens.h"

#define MATCHER_GAP 14	  /* tokens that "..." may stand for */
#define MATCHER_RUN 24	  /* tokens between gaps, at most */
#define MATCHER_WAYS 512  /* ways to say the run between two gaps */
#define MATCHER_REACH 128 /* tokens that a pattern may span, gaps and all */
#define MATCHER_GAPS 1024 /* gaps in all patterns */

enum matcher_verdict {
	MATCHER_OK,
	MATCHER_EMPTY,	  /* nothing to look for, here or between two gaps */
	MATCHER_TOO_LONG, /* over MATCHER_RUN, over MATCHER_REACH */
	MATCHER_TOO_MANY, /* over MATCHER_WAYS */
	MATCHER_FULL,	  /* over MATCHER_GAPS */
	MATCHER_MEMORY
};

/*
 * Level by level, and the children of a node side by side, by their words: they
 * and the outs of a node end where those of the node behind it begin.
 */
struct matcher_node {
	uint32_t word;	/* that leads here */
	uint32_t fail;	/* the longest other run that ends here */
	uint32_t next;	/* the next of these that ends a run, or 0 */
	uint32_t child; /* the first one */
	uint32_t out;	/* the first of what ends here */
};

struct matcher_out {
	uint32_t from;	 /* the gap before this run, or MATCHER_NONE */
	uint32_t to;	 /* the gap behind it, or MATCHER_NONE: a match */
	uint32_t number; /* of the pattern */
	uint32_t len;	 /* tokens of the run */
};

#define MATCHER_NONE UINT32_MAX

/* Built once, in an arena; then any thread may read it.  All 0: no pattern. */
struct matcher {
	const struct vocab *vocab;
	struct matcher_node *nodes; /* 0 is the root; one more at the end */
	struct matcher_out *outs;
	uint32_t *root; /* by word: the node, or 0 */
	uint32_t nroot; /* words that the root knows */
	uint32_t ngaps;
};

struct matcher_build;
struct arena;

/**
 * matcher_build_new(vocab, a):
 * Begin a matcher whose words go into ${vocab} and ${a}.  NULL: no memory.
 */
struct matcher_build *matcher_build_new(struct vocab *vocab, struct arena *a);

/**
 * matcher_add(b, pattern, len, number):
 * Look for ${pattern}, too, and call it ${number}.  Several may share one.
 */
enum matcher_verdict matcher_add(struct matcher_build *b, const char *pattern,
				 size_t len, uint32_t number);

/**
 * matcher_finish(b, m):
 * Make ${m} of what was added and free ${b} (NULL is allowed).  False if out
 * of memory.
 */
bool matcher_finish(struct matcher_build *b, struct matcher *m);

/**
 * matcher_verdict_text(verdict):
 * What is wrong with a pattern, as the end of "the pattern ...".
 */
const char *matcher_verdict_text(enum matcher_verdict verdict);

/* One match: what was found where, in tokens and in bytes. */
struct match {
	uint32_t number;
	uint32_t first, last; /* tokens, counted by matcher_step() */
	uint32_t at, end;     /* bytes */
};

typedef void match_hit(void *cookie, const struct match *match);

/* The way through one text; some 90 KB, of which few are touched. */
struct matcher_run {
	const struct matcher *m;
	uint32_t state;
	uint32_t now;	/* tokens so far */
	uint64_t marks; /* bit i: the token i before now ended a sentence */
	uint32_t starts[MATCHER_REACH]; /* where the last tokens begin */
	struct {
		uint64_t ends; /* bit i: it was reached i tokens before at */
		uint32_t at;
		uint8_t back[64]; /* and began so many tokens before that */
	} gaps[MATCHER_GAPS];
};

/**
 * matcher_begin(r, m):
 * Start a text.
 */
void matcher_begin(struct matcher_run *r, const struct matcher *m);

/**
 * matcher_step(r, token, hit, cookie):
 * Take the next ${token}, cut with the vocabulary of the matcher, and call
 * ${hit} for each pattern that ends with it.  Tokens that shall neither match
 * nor separate are left out by the caller.  Where a pattern has several
 * beginnings, the nearest is told.
 */
void matcher_step(struct matcher_run *r, const struct token *token,
		  match_hit *hit, void *cookie);

#endif /* !SCRIPT_MATCHER_H */
