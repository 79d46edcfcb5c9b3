/*
 * walk.h - from a stage and what just happened to the next stage.
 *
 * Pure arithmetic on a library: nothing is allocated, nothing can fail.
 */
#ifndef SCRIPT_WALK_H
#define SCRIPT_WALK_H

#include <stdbool.h>
#include <stdint.h>

#include "script/library.h"

#define STATE_MAX_USED 128
#define STATE_MAX_COUNT 1000000 /* a counter never grows past this */

/* Where a conversation stands.  The caller keeps it and gives it back. */
struct state {
	int stage; /* or STAGE_NONE: not begun */
	int counts[N_COUNTERS];
	bool apologized;
	uint8_t flags; /* 1 << enum flag */
	int back;      /* the stage before a silence, or STAGE_NONE */
	struct frag used[STATE_MAX_USED]; /* phrase ids, newest last */
	int nused;
	struct frag offered; /* first line of the last answer; len 0: none */
};

/* What does not change while one request is answered. */
struct situation {
	const struct library *lib;
	int category, protocol, channel;
	enum speaker speaker;
	enum fault fault;
	int intensity;
	enum tone tone;
	int locale;
	uint64_t may_offer; /* 1 << offer */
};

/* What the caller would like: ${to} is a stage, or STAGE_NONE. */
struct wish {
	int to;
	bool force;
};

struct move {
	int from;   /* STAGE_NONE: the conversation begins here */
	int signal; /* -1: none */
	int to;
	bool moved;
	int held; /* the stage wished for and not given, or STAGE_NONE */
	struct frag because; /* of held: JSON-escaped */
	uint32_t asks;	     /* what the move asks of the caller's system */
};

/**
 * state_init(s):
 * The state of a conversation that has not begun.
 */
void state_init(struct state *s);

/**
 * state_used(s, id):
 * Note that the phrase ${id} has been said: it becomes the newest of s->used,
 * the oldest goes when there are more than STATE_MAX_USED.  Borrows ${id}.
 */
void state_used(struct state *s, struct frag id);

/**
 * walk_facts(sit, s):
 * The guards that hold, as GUARD_ bits.
 */
uint32_t walk_facts(const struct situation *sit, const struct state *s);

/**
 * walk_entry(sit):
 * Where a conversation begins: the first stage of the protocol; on a public
 * channel the public reply, if the library has one.
 */
int walk_entry(const struct situation *sit);

/**
 * walk_move(sit, s, signal, wish):
 * Apply ${signal} to ${s}, which must have a stage: change ${s} and say what
 * happened.  No row for the signal: stay.
 */
struct move walk_move(const struct situation *sit, struct state *s, int signal,
		      struct wish wish);

/**
 * walk_look(sit, s, facts, signal):
 * Where ${signal} would lead from ${s}, of which ${facts} hold: a stage, or
 * STAGE_NONE when there is no row for it.
 */
int walk_look(const struct situation *sit, const struct state *s,
	      uint32_t facts, int signal);

/**
 * walk_visits(sit, stage):
 * Does the protocol of ${sit} stop at ${stage}?
 */
bool walk_visits(const struct situation *sit, int stage);

/**
 * walk_usual(sit, s, facts):
 * The ways on from ${s}, of which ${facts} hold, if they are the usual ones;
 * else NULL.
 */
const struct usual *walk_usual(const struct situation *sit,
			       const struct state *s, uint32_t facts);

/**
 * walk_next(sit, s, facts, to):
 * Fill ${to}, as long as there are signals, with walk_look() of every signal.
 */
void walk_next(const struct situation *sit, const struct state *s,
	       uint32_t facts, uint8_t *to);

#endif /* !SCRIPT_WALK_H */
