/*
 * step.h - the answer itself: one step, from a request that has been read.
 *
 * This is the whole of the knowledge at work: move, choose, and what else an
 * agent needs to see.  render.h turns it into text.
 */
#ifndef SCRIPT_STEP_H
#define SCRIPT_STEP_H

#include <stdbool.h>

#include "script/choose.h"
#include "script/fill.h"
#include "script/walk.h"

struct step_query {
	struct situation sit;
	struct state state; /* as given back, or state_init() */
	struct values values;
	int stage;  /* STAGE_NONE: where state.stage stands */
	int signal; /* -1: not given */
	struct wish wish;
	size_t phrases; /* 1 to CHOOSE_MAX */
	int peak;	/* the highest intensity before, for the breather */
	bool raw;	/* templates as they stand */
	bool stay;	/* show the stage, move nothing */
};

/* Why a breather is due, in the order of library.breather_why. */
enum strain {
	STRAIN_ABUSE,
	STRAIN_LOOPS,
	STRAIN_INTENSITY,
	STRAIN_NONE
};

struct step {
	const struct situation *sit;
	const struct values *values;
	bool raw;
	bool begins; /* an entry: from and signal are null */
	struct move move;
	struct state *state; /* after the move */
	struct choices lines;
	/* Points into itself, perhaps: not to be copied. */
	const struct usual *usual; /* next is this; NULL: it is not usual */
	const uint8_t *next;	   /* by signal: a stage, or STAGE_NONE */
	uint8_t next_room[LIBRARY_MAX_SIGNALS]; /* for an unusual one */
	enum strain strain;
	struct choice ideas[CHOOSE_MAX]; /* for the breather */
	size_t nideas;
	int silence_after; /* seconds, or 0 */
};

/**
 * step_make(q, step):
 * Answer ${q}.  ${step} borrows from ${q} and from the library.  q->state
 * becomes the state to give back; its stage must be valid or STAGE_NONE.
 */
void step_make(struct step_query *q, struct step *step);

#endif /* !SCRIPT_STEP_H */
