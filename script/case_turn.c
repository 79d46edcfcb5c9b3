/*
 * case_turn.c - how a turn is made: what all changes of a conversation share.
 */
#include <string.h>

#include "script/case_parts.h"

#define DAY INT64_C(86400000000) /* microseconds */
#define ASK_REOPEN (1u << 3)	 /* "reopen" of ASK_MAP */
#define ASK_CLOSE (1u << 4)	 /* "close" */

/* --- the beginning -------------------------------------------------------- */

/* A copy of the ${n} things of ${size} bytes at ${list}, with room for more. */
static void *
copy_list(struct making *m, const void *list, size_t n, size_t more,
	  size_t size)
{
	void *copy = arena_zeroed(m->ctx->arena, n + more, size);

	if (copy == NULL)
		m->failed = true;
	else if (n > 0)
		memcpy(copy, list, n * size);
	return copy;
}

enum case_refusal
making_begin(struct making *m, const struct case_context *ctx,
	     const struct kase *c, struct case_change *out)
{
	struct kase *a = &out->after;

	*m = (struct making){ .ctx = ctx, .before = c, .out = out };
	*a = *c;
	/* A turn adds at most a promise with its deadline and one of each
	 * kind, two stages and a category. */
	a->promises = copy_list(m, c->promises, c->npromises, 1,
				sizeof(c->promises[0]));
	a->follow_ups =
		copy_list(m, c->follow_ups, c->nfollow_ups,
			  N_FOLLOW_UP_KINDS + 1, sizeof(c->follow_ups[0]));
	a->visited =
		copy_list(m, c->visited, c->nvisited, 2, sizeof(c->visited[0]));
	a->categories = copy_list(m, c->categories, c->ncategories, 1,
				  sizeof(c->categories[0]));
	if (m->failed)
		return CASE_NO_MEMORY;
	for (size_t i = 0; i < a->npromises; i++)
		a->promises[i].changed = false;
	for (size_t i = 0; i < a->nfollow_ups; i++)
		a->follow_ups[i].changed = false;

	out->turn = (struct case_turn){ 0 };
	out->promise = 0;
	struct step_query *q = &out->query;
	if (ctx->values != NULL)
		q->values = *ctx->values;
	else
		memset(q->values.have, 0, sizeof(q->values.have));
	q->stage = STAGE_NONE;
	q->signal = -1;
	q->wish = (struct wish){ .to = STAGE_NONE };
	q->phrases = ctx->phrases;
	q->raw = ctx->raw;
	q->stay = false;
	making_restore(m);
	m->stage = q->state.stage;
	return CASE_OK;
}

void
making_restore(struct making *m)
{
	struct case_change *out = m->out;
	struct step_query *q = &out->query;

	m->replaced |=
		case_restore(m->ctx->lib, &out->after, &q->sit, &q->state);
	q->peak = out->after.peak_intensity;
}

void
making_note(struct making *m, const char *code)
{
	size_t len = strlen(m->note), n = strlen(code);

	if (len + n + 2 > sizeof(m->note))
		return;
	if (len > 0)
		m->note[len++] = ',';
	memcpy(m->note + len, code, n + 1);
}

void
making_said(struct making *m, const struct frag *used, size_t n)
{
	struct case_turn *turn = &m->out->turn;
	struct arena *arena = m->ctx->arena;

	turn->phrases = arena_zeroed(arena, n, sizeof(turn->phrases[0]));
	m->failed = m->failed || turn->phrases == NULL;
	for (size_t i = 0; i < n && !m->failed; i++) {
		char *id = arena_copy(arena, used[i].ptr, used[i].len);

		if (id == NULL) {
			m->failed = true;
			return;
		}
		turn->phrases[turn->nphrases++] = id;
		state_used(&m->out->query.state,
			   (struct frag){ id, used[i].len });
	}
}

void
making_said_offered(struct making *m)
{
	struct frag offered = m->out->query.state.offered;

	if (offered.len > 0)
		making_said(m, &offered, 1);
}

/* --- the walk ------------------------------------------------------------- */

int
making_open_promise(const struct kase *c)
{
	for (size_t i = 0; i < c->npromises; i++)
		if (c->promises[i].status == PROMISE_OPEN)
			return c->promises[i].id;
	return 0;
}

enum case_refusal
making_walk(struct making *m, int signal, struct wish wish)
{
	struct case_change *out = m->out;
	struct step_query *q = &out->query;
	const struct stage *stages = m->ctx->lib->stages;

	q->signal = signal;
	q->wish = wish;
	q->stay = signal < 0;
	step_make(q, &out->step);
	if (stages[q->state.stage].kind == KIND_END &&
	    stages[m->stage].kind != KIND_END && !wish.force) {
		out->promise = making_open_promise(&out->after);
		if (out->promise != 0)
			return CASE_PROMISE_STILL_OPEN;
	}
	return CASE_OK;
}

void
making_stay(struct making *m)
{
	m->out->query.stay = true;
	step_make(&m->out->query, &m->out->step);
}

/* Add ${code} to ${list} of ${n}, which has room, unless it is there. */
static void
remember(const char **list, size_t *n, size_t max, const char *code)
{
	for (size_t i = 0; i < *n; i++)
		if (strcmp(list[i], code) == 0)
			return;
	if (*n < max)
		list[(*n)++] = code;
}

static void
visit(struct making *m, int stage)
{
	struct kase *a = &m->out->after;

	remember(a->visited, &a->nvisited, CASE_MAX_VISITED,
		 m->ctx->lib->stages[stage].code);
}

enum case_refusal
making_via(struct making *m, int via, int signal)
{
	const struct wish none = { .to = STAGE_NONE };
	struct step_query *q = &m->out->query;
	struct move *move = &m->out->step.move;

	if (via < 0 ||
	    walk_look(&q->sit, &q->state, walk_facts(&q->sit, &q->state),
		      via) == STAGE_NONE)
		return making_walk(m, signal, none);
	if (signal < 0)
		return making_walk(m, via, none);
	struct move first = walk_move(&q->sit, &q->state, via, none);
	visit(m, first.to);
	enum case_refusal refusal = making_walk(m, signal, none);
	move->from = first.from;
	move->moved |= first.moved;
	move->asks |= first.asks;
	return refusal;
}

/* --- promises and follow-ups ---------------------------------------------- */

void
making_settle(struct making *m, struct case_promise *p,
	      enum promise_status status)
{
	struct kase *a = &m->out->after;

	p->status = status;
	p->changed = true;
	for (size_t i = 0; i < a->nfollow_ups; i++) {
		struct case_follow_up *f = &a->follow_ups[i];

		if (f->promise != p->id || f->status != FOLLOW_UP_OPEN)
			continue;
		f->status = FOLLOW_UP_DONE;
		f->changed = true;
	}
}

void
making_follow_ups(struct making *m, unsigned kinds,
		  enum follow_up_status status)
{
	struct kase *a = &m->out->after;

	for (size_t i = 0; i < a->nfollow_ups; i++) {
		struct case_follow_up *f = &a->follow_ups[i];

		if (f->status != FOLLOW_UP_OPEN || (kinds >> f->kind & 1) == 0)
			continue;
		f->status = status;
		f->changed = true;
	}
}

enum case_refusal
making_follow_up(struct making *m, enum follow_up_kind kind, int64_t due,
		 int promise)
{
	struct kase *a = &m->out->after;

	if (a->nfollow_ups >= CASE_MAX_FOLLOW_UPS)
		return CASE_TOO_MANY_FOLLOW_UPS;
	struct case_follow_up *f = &a->follow_ups[a->nfollow_ups++];
	*f = (struct case_follow_up){ .n = (int)a->nfollow_ups,
				      .kind = kind,
				      .due = due,
				      .status = FOLLOW_UP_OPEN,
				      .promise = promise,
				      .signal = follow_up_signal(kind),
				      .changed = true };
	case_follow_up_id(a, f->n, f->id);
	return CASE_OK;
}

/*
 * One of a kind is enough: what is due already is put off.  A deadline that
 * was promised stands.
 */
static enum case_refusal
schedule(struct making *m, enum follow_up_kind kind)
{
	struct kase *a = &m->out->after;
	int64_t due = m->ctx->now + m->ctx->lib->followup_days * DAY;

	for (size_t i = 0; i < a->nfollow_ups; i++) {
		struct case_follow_up *f = &a->follow_ups[i];

		if (f->kind != kind || f->status != FOLLOW_UP_OPEN)
			continue;
		if (f->promise == 0 && f->due < due) {
			f->due = due;
			f->changed = true;
		}
		return CASE_OK;
	}
	/* That there is no room for another is no reason not to go on. */
	if (a->nfollow_ups >= CASE_MAX_FOLLOW_UPS) {
		making_note(m, "not-scheduled");
		return CASE_OK;
	}
	return making_follow_up(m, kind, due, 0);
}

/* A deadline without a promise is over once the clock was heard. */
static void
hear_clock(struct making *m)
{
	struct kase *a = &m->out->after;
	int signal = m->out->step.move.signal;
	const char *code = signal < 0 ? "" : m->ctx->lib->signals[signal].code;

	if (strcmp(code, "deadline_met") != 0 &&
	    strcmp(code, "deadline_missed") != 0)
		return;
	for (size_t i = 0; i < a->nfollow_ups; i++) {
		struct case_follow_up *f = &a->follow_ups[i];

		if (f->kind != FOLLOW_UP_DEADLINE || f->promise != 0 ||
		    f->status != FOLLOW_UP_OPEN)
			continue;
		f->status = FOLLOW_UP_DONE;
		f->changed = true;
	}
}

enum case_refusal
making_effects(struct making *m)
{
	uint32_t asks = m->out->step.move.asks;
	enum case_refusal refusal = CASE_OK;

	hear_clock(m);
	if ((asks & ASK_CLOSE) != 0)
		making_follow_ups(m, 1u << FOLLOW_UP | 1u << FOLLOW_UP_REMINDER,
				  FOLLOW_UP_DONE);
	/* The customer is back, and need not be reminded. */
	if ((asks & ASK_REOPEN) != 0)
		making_follow_ups(m, 1u << FOLLOW_UP_REMINDER, FOLLOW_UP_DONE);
	/* The first bits of ASK_MAP are the kinds. */
	for (int kind = 0; kind < N_FOLLOW_UP_KINDS; kind++)
		if ((asks >> kind & 1) != 0 && refusal == CASE_OK)
			refusal = schedule(m, (enum follow_up_kind)kind);
	return refusal;
}

/* --- the end -------------------------------------------------------------- */

static const char *
note_of(struct making *m)
{
	/* clang-format off */
	static const char *const replaced[] = {
		"stage-replaced", "category-replaced", "protocol-replaced",
		"channel-replaced"
	};
	/* clang-format on */
	const struct wish *wish = &m->out->query.wish;
	const struct move *move = &m->out->step.move;

	if (move->held != STAGE_NONE)
		making_note(m, "held-back");
	else if (wish->force && wish->to != STAGE_NONE && move->to == wish->to)
		making_note(m, "forced");
	for (size_t i = 0; i < sizeof(replaced) / sizeof(replaced[0]); i++)
		if ((m->replaced >> i & 1) != 0)
			making_note(m, replaced[i]);
	if (m->note[0] == '\0')
		return NULL;
	const char *note = arena_copy(m->ctx->arena, m->note, strlen(m->note));
	m->failed = m->failed || note == NULL;
	return note;
}

static const char *
before_of(struct making *m)
{
	struct buf text;

	buf_init(&text, 1024);
	case_save(&text, m->before, false);
	const char *kept =
		text.failed ? NULL
			    : arena_copy(m->ctx->arena, text.ptr, text.len);
	buf_free(&text);
	m->failed = m->failed || kept == NULL;
	return kept;
}

/* What was walked can be taken back, and shows that there is life in it. */
static bool
is_walked(enum turn_kind kind)
{
	return kind == TURN_SIGNAL || kind == TURN_PROMISE ||
	       kind == TURN_FOLLOW_UP;
}

enum case_refusal
making_finish(struct making *m, enum turn_kind kind)
{
	const struct library *lib = m->ctx->lib;
	struct step_query *q = &m->out->query;
	const struct move *move = &m->out->step.move;
	struct kase *a = &m->out->after;
	struct case_turn *turn = &m->out->turn;

	if (m->failed || !case_codes(m->ctx->arena, &q->sit, &q->state, a))
		return CASE_NO_MEMORY;
	if (a->peak_intensity < a->intensity)
		a->peak_intensity = a->intensity;
	visit(m, q->state.stage);
	remember(a->categories, &a->ncategories, CASE_MAX_CATEGORIES,
		 a->category);
	if (m->ctx->now > a->updated)
		a->updated = m->ctx->now;
	a->version++;
	a->turns++;

	turn->n = a->turns;
	turn->at = a->updated;
	turn->kind = kind;
	turn->signal =
		move->signal < 0 ? NULL : lib->signals[move->signal].code;
	turn->from = kind == TURN_START ? NULL : lib->stages[m->stage].code;
	turn->to = a->stage;
	turn->moved =
		kind == TURN_UNDO ? m->stage != q->state.stage : move->moved;
	turn->intensity = a->intensity;
	turn->release = lib->release;
	turn->note = note_of(m);
	if (is_walked(kind)) {
		turn->before = before_of(m);
		a->undoes = turn->n;
		if (a->status == CASE_PAUSED)
			a->status = CASE_ACTIVE;
	}
	return m->failed ? CASE_NO_MEMORY : CASE_OK;
}
