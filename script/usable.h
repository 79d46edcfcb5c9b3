/*
 * usable.h - may this line be said here?
 *
 * The one predicate behind choosing a line, the audit of a release and the
 * coverage report.  It knows nothing of values, of repeats or of categories:
 * the caller has looked the candidates up by category and stage.
 */
#ifndef SCRIPT_USABLE_H
#define SCRIPT_USABLE_H

#include <stdbool.h>
#include <stdint.h>

#include "script/library.h"
#include "script/terms.h"

/* One cell of the script: where, through what, by whom, to whom. */
struct cell_query {
	int stage;
	int channel;
	enum speaker speaker;
	enum fault fault; /* never FAULT_ANY */
	int intensity;
	uint32_t facts;	    /* GUARD_ bits of the situation, for "when" */
	int signal;	    /* what led here, for "when"; -1: nothing */
	uint64_t may_offer; /* 1 << offer; a bot may offer nothing anyhow */
};

/* Is ${stage} one at which somebody speaks to the customer on ${channel}? */
static inline bool
stage_faces_customer(const struct library *lib, int stage, int channel)
{
	const struct stage *s = &lib->stages[stage];

	if (s->is_public && !lib->channels[channel].is_public)
		return false;
	return s->kind == KIND_CUSTOMER || s->kind == KIND_SIDE ||
	       s->kind == KIND_TERMINAL;
}

/* All but the voice: the rest of both predicates below. */
static inline bool
line_matches(const struct library *lib, const struct phrase *p,
	     const struct cell_query *q)
{
	return p->stage == q->stage && (p->channels >> q->channel & 1) != 0 &&
	       (p->fault == FAULT_ANY || p->fault == q->fault) &&
	       p->lo <= q->intensity && q->intensity <= p->hi &&
	       (p->offers & ~q->may_offer) == 0 &&
	       !(p->needs_private && lib->channels[q->channel].is_public) &&
	       (p->when == 0 || condition_holds(&lib->conditions[p->when],
						q->facts, q->signal));
}

/* May ${p} be said to the customer?  A bot neither grants nor vouches. */
static inline bool
line_fits(const struct library *lib, const struct phrase *p,
	  const struct cell_query *q)
{
	if (q->speaker == SPEAKER_BOT) {
		if ((p->voice != VOICE_ANY && p->voice != VOICE_BOT) ||
		    p->true_only || p->offers != 0)
			return false;
	} else if (p->voice != VOICE_ANY && p->voice != VOICE_HUMAN) {
		return false;
	}
	return line_matches(lib, p, q);
}

/* Is ${p} for the agent's own head, or for the house, here? */
static inline bool
line_fits_self(const struct library *lib, const struct phrase *p,
	       const struct cell_query *q)
{
	if (p->voice != VOICE_ORGANIZATION &&
	    (p->voice != VOICE_AGENT_SELF || q->speaker == SPEAKER_BOT))
		return false;
	return line_matches(lib, p, q);
}

#endif /* !SCRIPT_USABLE_H */
