/*
 * walk.c - from a stage and a signal to the next stage.
 */
#include <string.h>

#include "script/walk.h"

static const char outranked[] = "What the customer just signalled comes first.";
static const char no_end[] =
	"A wish does not end a contact; say what happened, or force it.";
static const char not_public[] =
	"This channel is private: there is nothing to answer in public.";
static const char no_way[] =
	"This has to be settled before the conversation goes on.";

void
state_init(struct state *s)
{
	s->stage = s->back = STAGE_NONE;
	memset(s->counts, 0, sizeof(s->counts));
	s->apologized = false;
	s->flags = 0;
	s->nused = 0;
	s->offered = (struct frag){ NULL, 0 };
}

void
state_used(struct state *s, struct frag id)
{
	int i = 0;

	while (i < s->nused && (s->used[i].len != id.len ||
				memcmp(s->used[i].ptr, id.ptr, id.len) != 0))
		i++;
	if (i == s->nused && s->nused == STATE_MAX_USED)
		i = 0; /* the oldest makes room */
	if (i < s->nused) {
		s->nused--;
		memmove(&s->used[i], &s->used[i + 1],
			(size_t)(s->nused - i) * sizeof(s->used[0]));
	}
	s->used[s->nused++] = id;
}

uint32_t
walk_facts(const struct situation *sit, const struct state *s)
{
	uint32_t facts = 0;

	/* GUARD_..._LEFT and _SPENT of a counter are neighbours. */
	for (int c = 0; c < N_COUNTERS; c++)
		facts |= (uint32_t)(s->counts[c] < sit->lib->limits[c]
					    ? GUARD_WARNINGS_LEFT
					    : GUARD_WARNINGS_SPENT)
			 << (2 * c);
	if (s->counts[COUNT_REESCALATIONS] == 0)
		facts |= GUARD_FIRST_REESCALATION;
	facts |= sit->lib->channels[sit->channel].live ? GUARD_LIVE
						       : GUARD_ASYNC;
	facts |= sit->speaker == SPEAKER_BOT ? GUARD_BOT : GUARD_HUMAN;
	if (s->apologized)
		facts |= GUARD_APOLOGIZED;
	return facts | (uint32_t)s->flags * GUARD_FLAG0;
}

int
walk_entry(const struct situation *sit)
{
	const struct library *lib = sit->lib;

	if (lib->channels[sit->channel].is_public &&
	    lib->stage_public != STAGE_NONE)
		return lib->stage_public;
	return lib->protocols[sit->protocol].entry;
}

/* A set of stages is a word with a bit for each. */
static bool
in_set(uint64_t set, int stage)
{
	return stage < LIBRARY_MAX_STAGES && (set >> stage & 1) != 0;
}

bool
walk_visits(const struct situation *sit, int stage)
{
	return in_set(sit->lib->protocols[sit->protocol].visits, stage);
}

/* The first row of ${range} for ${signal} whose guard holds, or NULL. */
static const struct row *
first_row(const struct library *lib, struct row_range range, int signal,
	  uint32_t facts)
{
	const struct row *row = lib->rows + range.first;

	for (const struct row *end = row + range.n; row < end; row++)
		if (row->signal == signal && (row->guard & ~facts) == 0)
			return row;
	return NULL;
}

/* The row that decides: the protocol's own come before the common ones. */
static const struct row *
find_row(const struct situation *sit, int stage, int signal, uint32_t facts)
{
	const struct library *lib = sit->lib;
	const struct protocol *p = &lib->protocols[sit->protocol];
	const struct row *row = NULL;

	if (p->own != NULL)
		row = first_row(lib, p->own[stage], signal, facts);
	if (row == NULL)
		row = first_row(lib, lib->stages[stage].rows, signal, facts);
	return row;
}

static int
resolve_return(const struct situation *sit, const struct state *s, int to)
{
	if (to != STAGE_RETURN)
		return to;
	if (s->back != STAGE_NONE)
		return s->back;
	if (sit->lib->stage_listen != STAGE_NONE)
		return sit->lib->stage_listen;
	return sit->lib->protocols[sit->protocol].entry;
}

/*
 * A protocol visits only the stages it lists and those that belong to all.
 * Any other is passed over by its own row for "next"; of the rows passed only
 * what they schedule is kept, in ${asks}.  No stage is passed twice, so that
 * rows in a ring end where the ring began.
 */
static int
pass_over(const struct situation *sit, const struct state *s, uint32_t facts,
	  int to, uint32_t *asks)
{
	const struct library *lib = sit->lib;
	uint64_t passed = 0;

	while (!walk_visits(sit, to) && !in_set(passed, to)) {
		const struct row *row =
			find_row(sit, to, lib->signal_next, facts);

		if (row == NULL)
			break;
		passed |= UINT64_C(1) << (to % LIBRARY_MAX_STAGES);
		*asks |= row->effects.asks & ASK_SCHEDULES;
		to = resolve_return(sit, s, row->to);
	}
	return to;
}

static void
apply(struct state *s, const struct effects *fx)
{
	for (int c = 0; c < N_COUNTERS; c++)
		if ((fx->counts >> c & 1) != 0 &&
		    s->counts[c] < STATE_MAX_COUNT)
			s->counts[c]++;
	if (fx->apologized != 0)
		s->apologized = fx->apologized > 0;
	s->flags = (uint8_t)((s->flags & ~fx->clear) | fx->set);
}

/* The state after a row's effects, as far as guards can see it. */
static uint32_t
facts_after(const struct situation *sit, const struct state *s,
	    const struct row *row)
{
	struct state after;

	/* All but the used ids, which no guard reads. */
	after.stage = s->stage;
	after.back = s->back;
	memcpy(after.counts, s->counts, sizeof(after.counts));
	after.apologized = s->apologized;
	after.flags = s->flags;
	apply(&after, &sit->lib->stages[s->stage].on_exit);
	apply(&after, &row->effects);
	return walk_facts(sit, &after);
}

static int
row_target(const struct situation *sit, const struct state *s,
	   const struct row *row)
{
	int to = resolve_return(sit, s, row->to);
	uint32_t asks = 0;

	if (walk_visits(sit, to))
		return to;
	return pass_over(sit, s, facts_after(sit, s, row), to, &asks);
}

/* Stand at ${to}, remembering where we came from if it is a pause. */
static void
arrive(const struct library *lib, struct state *s, int to)
{
	const struct stage *stage = &lib->stages[to];

	if (stage->pauses) {
		if (!lib->stages[s->stage].pauses)
			s->back = s->stage;
	} else if (s->back != STAGE_NONE) {
		s->back = STAGE_NONE;
		if (stage->kind != KIND_TERMINAL)
			s->counts[COUNT_SILENCES] = 0;
	}
	s->stage = to;
}

/* Is it too early for ${to}?  If so say why. */
static bool
too_early(const struct situation *sit, const struct state *s, uint32_t facts,
	  int to, struct frag *because)
{
	const struct library *lib = sit->lib;
	const struct stage *wished = &lib->stages[to];
	int at = lib->stages[s->stage].pauses && s->back != STAGE_NONE
			 ? s->back
			 : s->stage;

	if (at == to)
		return false;
	if (wished->kind == KIND_TERMINAL || wished->kind == KIND_END) {
		*because = (struct frag){ no_end, sizeof(no_end) - 1 };
		return true;
	}
	if (wished->is_public && !lib->channels[sit->channel].is_public) {
		*because = (struct frag){ not_public, sizeof(not_public) - 1 };
		return true;
	}
	if (wished->hold_until == STAGE_NONE)
		return false;
	*because = wished->hold_because;
	switch ((enum stage_kind)lib->stages[at].kind) {
	case KIND_INTERNAL:
	case KIND_CUSTOMER:
		return lib->stages[at].ord <
		       lib->stages[wished->hold_until].ord;
	case KIND_SIDE:
		for (size_t i = 0; i < lib->nsignals; i++) {
			struct state there = { .stage = at,
					       .back = STAGE_NONE };
			if (walk_look(sit, &there, facts, (int)i) == to)
				return false;
		}
		return true;
	case KIND_TERMINAL:
	case KIND_END:
	case N_KINDS:
		break;
	}
	return false;
}

/* Does the wish for another stage hold against the row found? */
static bool
grant(const struct situation *sit, const struct state *s, uint32_t facts,
      const struct row *row, struct wish wish, struct move *m)
{
	struct frag because = { no_way, sizeof(no_way) - 1 };

	if (wish.to == STAGE_NONE)
		return false;
	if (wish.force)
		return true;
	if (row != NULL && row->wild) {
		because = (struct frag){ outranked, sizeof(outranked) - 1 };
	} else if (!too_early(sit, s, facts, wish.to, &because)) {
		return true;
	}
	m->held = wish.to;
	m->because = because;
	return false;
}

struct move
walk_move(const struct situation *sit, struct state *s, int signal,
	  struct wish wish)
{
	const struct library *lib = sit->lib;
	struct move m = { .from = s->stage,
			  .signal = signal,
			  .to = s->stage,
			  .held = STAGE_NONE };

	if (lib->stages[s->stage].kind == KIND_END)
		return m;

	uint32_t facts = walk_facts(sit, s);
	const struct row *row = find_row(sit, s->stage, signal, facts);
	int due = row == NULL ? s->stage : row_target(sit, s, row);
	bool jump = wish.to != due && grant(sit, s, facts, row, wish, &m);

	if (row == NULL && !jump)
		return m;
	/* To be told "not yet" must not end the conversation. */
	if (m.held != STAGE_NONE && !row->wild &&
	    lib->stages[due].kind == KIND_TERMINAL)
		return m;
	m.to = jump ? wish.to : due;
	m.moved = !jump || m.to != s->stage;
	if (m.to != s->stage)
		apply(s, &lib->stages[s->stage].on_exit);
	if (jump) {
		/* What happened still counts; where it led does not. */
		if (row != NULL)
			apply(s, &(struct effects){
					 .counts = row->effects.counts });
	} else {
		m.asks = row->effects.asks;
		apply(s, &row->effects);
		int first = resolve_return(sit, s, row->to);

		if (!walk_visits(sit, first))
			(void)pass_over(sit, s, walk_facts(sit, s), first,
					&m.asks);
	}
	arrive(lib, s, m.to);
	return m;
}

int
walk_look(const struct situation *sit, const struct state *s, uint32_t facts,
	  int signal)
{
	const struct row *row = find_row(sit, s->stage, signal, facts);

	return row == NULL ? STAGE_NONE : row_target(sit, s, row);
}

const struct usual *
walk_usual(const struct situation *sit, const struct state *s, uint32_t facts)
{
	const struct library *lib = sit->lib;
	const struct usual *u = &lib->usual[s->stage];

	return sit->protocol == lib->default_protocol && u->json.len > 0 &&
			       (facts & u->guards) == u->facts
		       ? u
		       : NULL;
}

void
walk_next(const struct situation *sit, const struct state *s, uint32_t facts,
	  uint8_t *to)
{
	const struct library *lib = sit->lib;
	const struct protocol *p = &lib->protocols[sit->protocol];
	struct row_range ranges[2] = { { 0, 0 }, lib->stages[s->stage].rows };

	if (p->own != NULL)
		ranges[0] = p->own[s->stage];
	memset(to, STAGE_NONE, lib->nsignals);
	for (int k = 0; k < 2; k++) {
		const struct row *row = lib->rows + ranges[k].first;
		const struct row *end = row + ranges[k].n;

		/* By signal, then priority: the first that holds wins. */
		for (; row < end; row++) {
			int signal = row->signal;

			if (to[signal] != STAGE_NONE ||
			    (row->guard & ~facts) != 0)
				continue;
			to[signal] = (uint8_t)row_target(sit, s, row);
		}
	}
}
