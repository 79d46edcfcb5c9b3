/*
 * case_codes.c - from the codes of a conversation to numbers, and back.
 */
#include <string.h>

#include "script/case.h"

#define NELEMS(a) ((int)(sizeof(a) / sizeof((a)[0])))

static const char *const statuses[] = {
	[CASE_ACTIVE] = "active",
	[CASE_PAUSED] = "paused",
	[CASE_CLOSED] = "closed",
};

static const char *const promise_statuses[] = {
	[PROMISE_OPEN] = "open",
	[PROMISE_KEPT] = "kept",
	[PROMISE_BROKEN] = "broken",
	[PROMISE_WITHDRAWN] = "withdrawn",
};

static const char *const follow_up_kinds[] = {
	[FOLLOW_UP] = "follow_up",
	[FOLLOW_UP_DEADLINE] = "deadline",
	[FOLLOW_UP_REMINDER] = "reminder",
};

static const char *const follow_up_statuses[] = {
	[FOLLOW_UP_OPEN] = "open",
	[FOLLOW_UP_DONE] = "done",
	[FOLLOW_UP_CANCELLED] = "cancelled",
};

/* As the clock speaks. */
static const char *const clock_signals[N_FOLLOW_UP_KINDS] = {
	[FOLLOW_UP] = "due",
	[FOLLOW_UP_DEADLINE] = "deadline_missed",
};

static const char *const results[] = {
	[RESULT_SATISFIED] = "satisfied",
	[RESULT_UNSATISFIED] = "unsatisfied",
	[RESULT_NO_ANSWER] = "no_answer",
	[RESULT_DONE] = "done",
};

static const char *const outcomes[] = { "calmed", "resolved", "handed_over",
					"left",	  "abusive",  "unresolved" };

static const char *const refusals[] = {
	[CASE_OK] = "Done.",
	[CASE_NO_MEMORY] = "Out of memory.",
	[CASE_IS_CLOSED] = "The conversation is closed; PATCH it with status "
			   "active to go on.",
	[CASE_IS_DONE] = "The case has ended: it stands at done. Take that "
			 "back with undo, or begin another conversation.",
	[CASE_PROMISE_STILL_OPEN] = "Say whether it was kept or broken first.",
	[CASE_NOTHING_TO_UNDO] = "There is no turn to take back.",
	[CASE_NO_SUCH_PROMISE] = "The conversation has no such promise.",
	[CASE_PROMISE_SETTLED] = "This promise is settled already.",
	[CASE_NO_SUCH_FOLLOW_UP] = "There is no such follow-up.",
	[CASE_FOLLOW_UP_SETTLED] = "This follow-up is settled already.",
	[CASE_TOO_MANY_PROMISES] = "The conversation holds as many promises as "
				   "it may; begin another one.",
	[CASE_TOO_MANY_FOLLOW_UPS] =
		"The conversation holds as many follow-ups as it may; begin "
		"another one.",
	[CASE_BAD_SNAPSHOT] = "What was kept of the conversation cannot be "
			      "read.",
};

_Static_assert(NELEMS(statuses) == N_CASE_STATUSES, "statuses");
_Static_assert(NELEMS(promise_statuses) == N_PROMISE_STATUSES, "promises");
_Static_assert(NELEMS(follow_up_kinds) == N_FOLLOW_UP_KINDS, "kinds");
_Static_assert(NELEMS(follow_up_statuses) == N_FOLLOW_UP_STATUSES, "statuses");
_Static_assert(NELEMS(results) == N_FOLLOW_UP_RESULTS, "results");
_Static_assert(NELEMS(refusals) == N_CASE_REFUSALS, "refusals");

static int
find(const char *const *table, int n, const char *code, size_t len)
{
	for (int i = 0; i < n; i++)
		if (strlen(table[i]) == len && memcmp(table[i], code, len) == 0)
			return i;
	return -1;
}

const char *
case_status_code(enum case_status status)
{
	return statuses[status];
}

const char *
promise_status_code(enum promise_status status)
{
	return promise_statuses[status];
}

const char *
follow_up_kind_code(enum follow_up_kind kind)
{
	return follow_up_kinds[kind];
}

const char *
follow_up_signal(enum follow_up_kind kind)
{
	return clock_signals[kind];
}

const char *
follow_up_status_code(enum follow_up_status status)
{
	return follow_up_statuses[status];
}

const char *
follow_up_result_code(enum follow_up_result result)
{
	return results[result];
}

const char *
case_refusal_text(enum case_refusal refusal)
{
	return refusals[refusal];
}

int
case_status_find(const char *code, size_t len)
{
	return find(statuses, NELEMS(statuses), code, len);
}

int
follow_up_status_find(const char *code, size_t len)
{
	return find(follow_up_statuses, NELEMS(follow_up_statuses), code, len);
}

int
follow_up_result_find(const char *code, size_t len)
{
	return find(results, NELEMS(results), code, len);
}

const char *
case_outcome_find(const char *code, size_t len)
{
	int i = find(outcomes, NELEMS(outcomes), code, len);

	return i < 0 ? NULL : outcomes[i];
}

bool
case_root_cause_ok(const char *code, size_t len)
{
	static const char good[] = "abcdefghijklmnopqrstuvwxyz"
				   "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.";

	if (len < 1 || len > CASE_MAX_ROOT_CAUSE)
		return false;
	for (size_t i = 0; i < len; i++)
		if (memchr(good, code[i], sizeof(good) - 1) == NULL)
			return false;
	return true;
}

void
case_follow_up_id(const struct kase *c, int n, uint8_t id[CASE_ID])
{
	uint64_t low = 0;

	/* The last 62 bits of a UUIDv7 are random: an odd step from there, so
	 * that no two of a conversation are the same. */
	memcpy(id, c->id, CASE_ID);
	for (int i = 8; i < CASE_ID; i++)
		low = low << 8 | c->id[i];
	low += (uint64_t)n * 0x1e3779b97f4a7c15u;
	for (int i = CASE_ID - 1; i > 8; i--, low >>= 8)
		id[i] = (uint8_t)low;
	id[8] = (uint8_t)((c->id[8] & 0xc0) | (low & 0x3f));
}

/* --- to numbers ----------------------------------------------------------- */

/* A stage of the same kind as ${c}'s, of the nearest order; if there is none,
 * where a conversation begins. */
static int
nearest_stage(const struct situation *sit, const struct kase *c)
{
	const struct library *lib = sit->lib;
	int best = STAGE_NONE, least = 0;

	for (int i = 0; i < (int)lib->nstages; i++) {
		const struct stage *stage = &lib->stages[i];
		int far = stage->ord < c->stage_ord ? c->stage_ord - stage->ord
						    : stage->ord - c->stage_ord;

		if (stage->kind != c->stage_kind ||
		    (stage->is_public &&
		     !lib->channels[sit->channel].is_public))
			continue;
		if (best == STAGE_NONE || far < least ||
		    (far == least && stage->ord < lib->stages[best].ord)) {
			best = i;
			least = far;
		}
	}
	return best == STAGE_NONE ? walk_entry(sit) : best;
}

/* "delivery.late", else "delivery", else "general", else a root. */
static int
find_category(const struct library *lib, const char *code, unsigned *replaced)
{
	size_t len = strlen(code);
	int found = library_category(lib, code, len);

	if (found >= 0)
		return found;
	*replaced |= REPLACED_CATEGORY;
	while (found < 0 && len > 0) {
		while (len > 0 && code[len - 1] != '.')
			len--;
		if (len > 0)
			found = library_category(lib, code, --len);
	}
	if (found < 0)
		found = library_category(lib, "general", strlen("general"));
	for (int i = 0; found < 0; i++)
		if (lib->categories[i].parent < 0)
			found = i;
	return found;
}

/* What was said in public must not turn private, nor the other way. */
static int
find_channel(const struct library *lib, const struct kase *c,
	     unsigned *replaced)
{
	int found = library_channel(lib, c->channel, strlen(c->channel));

	if (found >= 0)
		return found;
	*replaced |= REPLACED_CHANNEL;
	if (c->nvisited > 0 && strcmp(c->visited[0], "public_reply") == 0)
		for (int i = 0; i < (int)lib->nchannels; i++)
			if (lib->channels[i].is_public)
				return i;
	return lib->default_channel;
}

static unsigned
restore_situation(const struct library *lib, const struct kase *c,
		  struct situation *sit)
{
	unsigned replaced = 0;

	sit->lib = lib;
	sit->category = find_category(lib, c->category, &replaced);
	sit->protocol = library_protocol(lib, c->protocol, strlen(c->protocol));
	if (sit->protocol < 0) {
		sit->protocol = lib->default_protocol;
		replaced |= REPLACED_PROTOCOL;
	}
	sit->channel = find_channel(lib, c, &replaced);
	sit->speaker = c->speaker;
	sit->fault = c->fault;
	sit->intensity = c->intensity;
	sit->tone = case_tone(c->intensity);
	sit->locale = library_locale(lib, c->locale, strlen(c->locale));
	if (sit->locale < 0)
		sit->locale = 0;
	sit->may_offer = 0;
	for (size_t i = 0; i < c->nmay_offer; i++) {
		const char *code = c->may_offer[i];
		int offer = library_offer(lib, code, strlen(code));
		if (offer >= 0)
			sit->may_offer |= UINT64_C(1) << offer;
	}
	return replaced;
}

static struct frag
frag_of(const char *text)
{
	return (struct frag){ text, text == NULL ? 0 : (uint32_t)strlen(text) };
}

unsigned
case_restore(const struct library *lib, const struct kase *c,
	     struct situation *sit, struct state *s)
{
	unsigned replaced = restore_situation(lib, c, sit);
	size_t skip = c->nused > STATE_MAX_USED ? c->nused - STATE_MAX_USED : 0;

	s->stage = library_stage(lib, c->stage, strlen(c->stage));
	if (s->stage < 0) {
		s->stage = nearest_stage(sit, c);
		replaced |= REPLACED_STAGE;
	}
	memcpy(s->counts, c->counts, sizeof(s->counts));
	s->apologized = c->apologized;
	s->flags = c->flags;
	s->back = c->back == NULL
			  ? -1
			  : library_stage(lib, c->back, strlen(c->back));
	if (s->back < 0)
		s->back = STAGE_NONE;
	s->nused = (int)(c->nused - skip);
	for (int i = 0; i < s->nused; i++)
		s->used[i] = frag_of(c->used[skip + (size_t)i]);
	s->offered = frag_of(c->offered);
	return replaced;
}

/* --- and back ------------------------------------------------------------- */

bool
case_codes(struct arena *a, const struct situation *sit, const struct state *s,
	   struct kase *c)
{
	const struct library *lib = sit->lib;
	const struct stage *stage = &lib->stages[s->stage];

	c->category = lib->categories[sit->category].code;
	c->protocol = lib->protocols[sit->protocol].code;
	c->channel = lib->channels[sit->channel].code;
	c->speaker = sit->speaker;
	c->fault = sit->fault;
	c->intensity = sit->intensity;
	c->release = lib->release;
	c->stage = stage->code;
	c->stage_kind = (enum stage_kind)stage->kind;
	c->stage_ord = stage->ord;
	memcpy(c->counts, s->counts, sizeof(c->counts));
	c->apologized = s->apologized;
	c->flags = s->flags;
	c->back = s->back == STAGE_NONE ? NULL : lib->stages[s->back].code;
	c->offered = s->offered.len == 0 ? NULL : s->offered.ptr;
	c->nused = (size_t)s->nused;
	c->used = arena_zeroed(a, c->nused, sizeof(c->used[0]));
	if (c->used == NULL)
		return false;
	for (size_t i = 0; i < c->nused; i++)
		c->used[i] = s->used[i].ptr;
	return true;
}
