/*
 * builder_ways.c - making a library: the ways on from each stage, as text.
 */
#include "script/builder.h"
#include "script/render.h"
#include "script/walk.h"

/* Every entry that the list of ways on may ever have, ready to copy. */
static void
entries(struct library_builder *b)
{
	struct library *lib = b->lib;

	lib->ways = builder_array(b, lib->nsignals * lib->nstages,
				  sizeof(*lib->ways));
	for (size_t i = 0; lib->ways != NULL && i < lib->nsignals; i++)
		for (size_t k = 0; k < lib->nstages; k++) {
			buf_lit(&b->buf, ",{\"signal\":\"");
			buf_str(&b->buf, lib->signals[i].code);
			buf_lit(&b->buf, "\",\"to\":\"");
			buf_str(&b->buf, lib->stages[k].code);
			buf_lit(&b->buf, "\"}");
			lib->ways[i * lib->nstages + k] = builder_frag(b);
		}
}

/*
 * Do the rows in ${range} lead anywhere but to stages that the protocol visits?
 * Where such a row ends depends on more of the state than its guards do.
 * Collect the guards.
 */
static bool
looks_further(const struct library *lib, const struct situation *sit,
	      struct row_range range, uint32_t *guards)
{
	for (uint32_t i = range.first; i < range.first + range.n; i++) {
		if (!walk_visits(sit, lib->rows[i].to))
			return true;
		*guards |= lib->rows[i].guard;
	}
	return false;
}

/* The ways on from ${stage} in a conversation in which nothing happened yet. */
static void
usual(struct library_builder *b, const struct situation *sit, int stage)
{
	struct library *lib = b->lib;
	const struct protocol *p = &lib->protocols[sit->protocol];
	struct usual *u = &lib->usual[stage];
	struct state s;

	state_init(&s);
	s.stage = stage;
	if (looks_further(lib, sit, lib->stages[stage].rows, &u->guards) ||
	    (p->own != NULL &&
	     looks_further(lib, sit, p->own[stage], &u->guards)))
		return;
	u->to = builder_array(b, lib->nsignals, 1);
	if (u->to == NULL)
		return;
	u->facts = walk_facts(sit, &s) & u->guards;
	walk_next(sit, &s, u->facts, u->to);
	render_next(&b->buf, lib, u->to);
	u->json = builder_frag(b);
}

void
builder_ways(struct library_builder *b)
{
	struct library *lib = b->lib;
	const struct situation sit = { .lib = lib,
				       .protocol = lib->default_protocol,
				       .channel = lib->default_channel };

	entries(b);
	lib->usual = builder_array(b, lib->nstages, sizeof(*lib->usual));
	if (lib->nchannels == 0) /* there is no situation, then */
		return;
	for (size_t i = 0; i < lib->nstages && !b->failed; i++)
		usual(b, &sit, (int)i);
}
