#include <string.h>

#include "script/matcher.h"

const char *
matcher_verdict_text(enum matcher_verdict verdict)
{
	static const char *const texts[] = {
		[MATCHER_OK] = "is good",
		[MATCHER_EMPTY] = "has no words, or none beside a gap",
		[MATCHER_TOO_LONG] = "is too long",
		[MATCHER_TOO_MANY] = "can be said in more than 512 ways",
		[MATCHER_FULL] = "is one gap too many for the library",
		[MATCHER_MEMORY] = "found no memory",
	};

	return texts[verdict];
}

/* The node behind ${node} on ${word}, or 0. */
static uint32_t
follow(const struct matcher *m, uint32_t node, uint32_t word)
{
	uint32_t low = m->nodes[node].child, high = m->nodes[node + 1].child;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (m->nodes[middle].word == word)
			return middle;
		if (m->nodes[middle].word < word)
			low = middle + 1;
		else
			high = middle;
	}
	return 0;
}

void
matcher_begin(struct matcher_run *r, const struct matcher *m)
{
	r->m = m;
	r->state = 0;
	r->now = 0;
	r->marks = 0;
	for (uint32_t i = 0; i < m->ngaps; i++)
		r->gaps[i].ends = 0;
}

/*
 * The run ${out} ends at the token r->now and was begun across a gap.  Find
 * the nearest end of what stands before the gap, or return false: it must lie
 * directly before the run, or MATCHER_GAP tokens further, and no sentence may
 * end between.
 */
static bool
across(const struct matcher_run *r, const struct matcher_out *out,
       uint32_t *first)
{
	uint32_t since = r->now - r->gaps[out->from].at, nearest;
	uint64_t ends = r->gaps[out->from].ends, marks = r->marks >> out->len;

	if (ends == 0 || since > 63)
		return false;
	ends = ends << since >> out->len;
	ends &= (UINT64_C(1) << (MATCHER_GAP + 1)) - 1;
	if (marks != 0) /* keep what is not behind the nearest mark */
		ends &= marks ^ (marks - 1);
	if (ends == 0)
		return false;
	nearest = r->now - out->len - (uint32_t)__builtin_ctzll(ends);
	*first = nearest - r->gaps[out->from].back[nearest & 63];
	return true;
}

/* What stands before the gap ${gap} ends now, and began at ${first}. */
static void
reach(struct matcher_run *r, uint32_t gap, uint32_t first)
{
	uint32_t back = r->now - first;
	uint64_t ends = r->gaps[gap].ends;

	/* Before it is reached once, no more than ends is set. */
	if (ends != 0) {
		uint32_t since = r->now - r->gaps[gap].at;

		ends = since > 63 ? 0 : ends << since;
	}
	if (ends & 1 && r->gaps[gap].back[r->now & 63] < back)
		back = r->gaps[gap].back[r->now & 63];
	r->gaps[gap].ends = ends | 1;
	r->gaps[gap].at = r->now;
	r->gaps[gap].back[r->now & 63] = (uint8_t)back;
}

static void
ended(struct matcher_run *r, const struct matcher_out *out,
      const struct token *token, match_hit *hit, void *cookie)
{
	uint32_t first = r->now + 1 - out->len;

	if (out->from != MATCHER_NONE && !across(r, out, &first))
		return;
	if (out->to != MATCHER_NONE) {
		reach(r, out->to, first);
		return;
	}
	hit(cookie, &(struct match){ .number = out->number,
				     .first = first,
				     .last = r->now,
				     .at = r->starts[first % MATCHER_REACH],
				     .end = token->end });
}

void
matcher_step(struct matcher_run *r, const struct token *token, match_hit *hit,
	     void *cookie)
{
	const struct matcher *m = r->m;
	uint32_t node = r->state, to = 0;

	r->starts[r->now % MATCHER_REACH] = token->at;
	r->marks = r->marks << 1 | ((token->flags & TOKEN_ENDS) != 0);
	if (token->word == 0 || m->nodes == NULL) {
		r->state = 0;
		r->now++;
		return;
	}
	while (node != 0) {
		to = follow(m, node, token->word);
		if (to != 0)
			break;
		node = m->nodes[node].fail;
	}
	if (node == 0)
		to = token->word < m->nroot ? m->root[token->word] : 0;
	r->state = to;
	for (; to != 0; to = m->nodes[to].next)
		for (uint32_t i = m->nodes[to].out; i < m->nodes[to + 1].out;
		     i++)
			ended(r, &m->outs[i], token, hit, cookie);
	r->now++;
}
