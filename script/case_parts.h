/*
 * case_parts.h - what the files that make a change share; nobody else's.
 */
#ifndef SCRIPT_CASE_PARTS_H
#define SCRIPT_CASE_PARTS_H

#include "script/case.h"

/* What a change is made with. */
struct making {
	const struct case_context *ctx;
	const struct kase *before;
	struct case_change *out;
	unsigned replaced; /* REPLACED_ bits */
	int stage;	   /* before: the stage, as replaced */
	bool failed;	   /* out of memory */
	char note[160];
};

/**
 * making_begin(m, ctx, c, out):
 * Begin to make ${out}, of ${c}: after is a copy with lists of its own, query
 * is ready to be asked.  CASE_OK or CASE_NO_MEMORY; what runs out of memory
 * later shows in making_finish().
 */
enum case_refusal making_begin(struct making *m, const struct case_context *ctx,
			       const struct kase *c, struct case_change *out);

/* Restore the query's situation and state from out->after. */
void making_restore(struct making *m);

/* Add a code to the note. */
void making_note(struct making *m, const char *code);

/**
 * making_said(m, used, n):
 * Note that the ${n} phrases ${used} were said since the last turn.
 */
void making_said(struct making *m, const struct frag *used, size_t n);

/* The same when nothing was told: the first line of the last step was. */
void making_said_offered(struct making *m);

/**
 * making_walk(m, signal, wish):
 * Make the step after ${signal}; -1 stays.  Refused when it ends the case
 * while a promise is open, unless wish.force.
 */
enum case_refusal making_walk(struct making *m, int signal, struct wish wish);

/* The step of where the conversation stands, with no move. */
void making_stay(struct making *m);

/**
 * making_via(m, via, signal):
 * As making_walk(), with ${via} before ${signal} where there is a way for it.
 */
enum case_refusal making_via(struct making *m, int via, int signal);

/* The first promise that is open: its id, or 0. */
int making_open_promise(const struct kase *c);

/* Settle the promise ${p} of after, and what is due for it. */
void making_settle(struct making *m, struct case_promise *p,
		   enum promise_status status);

/* Set the status of all open follow-ups of after of ${kinds} (1 << kind). */
void making_follow_ups(struct making *m, unsigned kinds,
		       enum follow_up_status status);

/**
 * making_follow_up(m, kind, due, promise):
 * Add one.  CASE_TOO_MANY_FOLLOW_UPS when there is no room.
 */
enum case_refusal making_follow_up(struct making *m, enum follow_up_kind kind,
				   int64_t due, int promise);

/* Carry out what the move asks: what is to be scheduled, what is over. */
enum case_refusal making_effects(struct making *m);

/**
 * making_finish(m, kind):
 * Write the state into after, count it on, fill in the turn.
 */
enum case_refusal making_finish(struct making *m, enum turn_kind kind);

#endif /* !SCRIPT_CASE_PARTS_H */
