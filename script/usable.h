/*
 * usable.h - may this line be said here?
 *
 * The one answer behind choosing a line, the audit of a release and the
 * coverage report: line_fits(), or its parts where they are asked one by one.
 * It knows nothing of values, of repeats or of categories: the caller has
 * looked the candidates up by category and stage.
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

/* The FITS_ bits that a line must have to be said to the customer in ${q}. */
static inline uint64_t
cell_bits(const struct library *lib, const struct cell_query *q)
{
	return UINT64_C(1) << q->channel |
	       UINT64_C(1) << (FITS_FAULT + q->fault) |
	       UINT64_C(1) << (FITS_INTENSITY + q->intensity) |
	       (uint64_t)lib->channels[q->channel].is_public << FITS_PUBLIC |
	       UINT64_C(1) << (FITS_TOLD + q->speaker);
}

/* The same for a line that is for the agent's own head, or for the house. */
static inline uint64_t
cell_bits_self(const struct library *lib, const struct cell_query *q)
{
	return cell_bits(lib, q) ^ UINT64_C(1) << (FITS_TOLD + q->speaker) ^
	       UINT64_C(1) << (FITS_KEPT + q->speaker);
}

/* Has ${p} all of ${bits}, which one of the two above made? */
static inline bool
line_has(const struct phrase *p, uint64_t bits)
{
	return (bits & ~p->fits) == 0;
}

/* What bits cannot say. */
static inline bool
line_allowed(const struct library *lib, const struct phrase *p,
	     const struct cell_query *q)
{
	return (p->offers & ~q->may_offer) == 0 &&
	       (p->when == 0 || condition_holds(&lib->conditions[p->when],
						q->facts, q->signal));
}

/* May ${p} be said to the customer? */
static inline bool
line_fits(const struct library *lib, const struct phrase *p,
	  const struct cell_query *q)
{
	return p->stage == q->stage && line_has(p, cell_bits(lib, q)) &&
	       line_allowed(lib, p, q);
}

#endif /* !SCRIPT_USABLE_H */
