/*
 * case.c - what may happen to a conversation.
 */
#include <string.h>

#include "script/case_parts.h"

static int
signal_of(const struct library *lib, const char *code)
{
	return code == NULL ? -1 : library_signal(lib, code, strlen(code));
}

/* --- the start ------------------------------------------------------------ */

/* The codes of ${offers}, in the order of the library. */
static bool
list_offers(struct arena *a, const struct library *lib, uint64_t offers,
	    struct kase *c)
{
	c->may_offer = arena_zeroed(a, lib->noffers, sizeof(c->may_offer[0]));
	if (c->may_offer == NULL)
		return false;
	for (size_t i = 0; i < lib->noffers; i++)
		if ((offers >> i & 1) != 0)
			c->may_offer[c->nmay_offer++] = lib->offers[i];
	return true;
}

enum case_refusal
case_start(const struct case_context *ctx, const struct case_new *ask,
	   struct case_change *out)
{
	const struct library *lib = ctx->lib;
	struct making m;
	struct kase first = {
		.status = CASE_ACTIVE,
		.category = "",
		.protocol = "",
		.stage = "",
		.channel = "",
		.locale = ask->locale != NULL ? ask->locale
					      : lib->locales[ask->sit.locale],
		.ref = ask->ref,
		.subject = ask->subject,
		.created = ctx->now,
		.updated = ctx->now,
	};

	memcpy(first.id, ask->id, CASE_ID);
	if (!list_offers(ctx->arena, lib, ask->sit.may_offer, &first) ||
	    making_begin(&m, ctx, &first, out) != CASE_OK)
		return CASE_NO_MEMORY;
	m.replaced = 0;
	out->query.sit = ask->sit;
	out->query.sit.tone = case_tone(ask->sit.intensity);
	state_init(&out->query.state);
	step_make(&out->query, &out->step);
	return making_finish(&m, TURN_START);
}

/* --- a turn --------------------------------------------------------------- */

void
case_ask_init(struct case_ask *ask)
{
	*ask = (struct case_ask){ .signal = -1,
				  .intensity = -1,
				  .speaker = -1,
				  .wish = { .to = STAGE_NONE } };
}

static enum case_refusal
add_promise(struct making *m, const struct case_pledge *pledge)
{
	struct kase *a = &m->out->after;

	if (pledge == NULL)
		return CASE_OK;
	if (a->npromises >= CASE_MAX_PROMISES)
		return CASE_TOO_MANY_PROMISES;
	struct case_promise *p = &a->promises[a->npromises++];
	*p = (struct case_promise){ .id = (int)a->npromises,
				    .who = pledge->who,
				    .what = pledge->what,
				    .due = pledge->due,
				    .status = PROMISE_OPEN,
				    .changed = true };
	making_note(m, "promise-made");
	return making_follow_up(m, FOLLOW_UP_DEADLINE, p->due, p->id);
}

static void
take_ask(struct making *m, const struct case_ask *ask)
{
	struct step_query *q = &m->out->query;

	if (ask->intensity >= 0) {
		q->sit.intensity = ask->intensity;
		q->sit.tone = case_tone(ask->intensity);
	}
	if (ask->speaker >= 0)
		q->sit.speaker = (enum speaker)ask->speaker;
	q->state.flags |= ask->flags;
	if (ask->used_given)
		making_said(m, ask->used, ask->nused);
	else
		making_said_offered(m);
}

enum case_refusal
case_signal(const struct case_context *ctx, const struct kase *c,
	    const struct case_ask *ask, struct case_change *out)
{
	struct making m;

	if (c->status == CASE_CLOSED)
		return CASE_IS_CLOSED;
	enum case_refusal refusal = making_begin(&m, ctx, c, out);
	if (refusal != CASE_OK)
		return refusal;
	if (ctx->lib->stages[m.stage].kind == KIND_END)
		return CASE_IS_DONE;
	take_ask(&m, ask);
	refusal = add_promise(&m, ask->promise);
	if (refusal == CASE_OK)
		refusal = making_walk(&m,
				      ask->signal < 0 ? ctx->lib->signal_next
						      : ask->signal,
				      ask->wish);
	if (refusal == CASE_OK)
		refusal = making_effects(&m);
	return refusal == CASE_OK ? making_finish(&m, TURN_SIGNAL) : refusal;
}

/* --- undo ----------------------------------------------------------------- */

/* What was made since is withdrawn, what was changed is as it was. */
static void
put_back_records(struct kase *a, const struct kase *then)
{
	for (size_t i = 0; i < a->npromises; i++) {
		struct case_promise *p = &a->promises[i];
		enum promise_status was = i < then->npromises
						  ? then->promises[i].status
						  : PROMISE_WITHDRAWN;
		p->changed = p->status != was;
		p->status = was;
	}
	for (size_t i = 0; i < a->nfollow_ups; i++) {
		struct case_follow_up *f = &a->follow_ups[i], was = *f;

		was.status = FOLLOW_UP_CANCELLED;
		if (i < then->nfollow_ups)
			was = then->follow_ups[i];
		f->changed = f->status != was.status || f->due != was.due;
		f->status = was.status;
		f->due = was.due;
	}
}

static void
put_back(struct kase *a, const struct kase *then)
{
	/* Paused or not: by the last to say so. */
	if (a->undoes == a->turns)
		a->status = then->status;
	a->stage = then->stage;
	a->stage_kind = then->stage_kind;
	a->stage_ord = then->stage_ord;
	a->speaker = then->speaker;
	a->intensity = then->intensity;
	a->peak_intensity = then->peak_intensity;
	a->undoes = then->undoes;
	memcpy(a->counts, then->counts, sizeof(a->counts));
	a->apologized = then->apologized;
	a->flags = then->flags;
	a->back = then->back;
	a->nvisited = then->nvisited;
	put_back_records(a, then);
}

enum case_refusal
case_undo(const struct case_context *ctx, const struct kase *c,
	  const char *before, struct case_change *out)
{
	struct making m;
	struct kase then;

	if (c->status == CASE_CLOSED)
		return CASE_IS_CLOSED;
	if (c->undoes == 0 || before == NULL)
		return CASE_NOTHING_TO_UNDO;
	if (!case_load(ctx->arena, c, before, &then))
		return CASE_BAD_SNAPSHOT;
	enum case_refusal refusal = making_begin(&m, ctx, c, out);
	if (refusal != CASE_OK)
		return refusal;
	put_back(&out->after, &then);
	making_restore(&m);
	making_stay(&m);
	making_note(&m, "undo");
	return making_finish(&m, TURN_UNDO);
}

/* --- patch ---------------------------------------------------------------- */

/* What was promised and is still open is due again. */
static void
reopen(struct kase *a)
{
	for (size_t i = 0; i < a->nfollow_ups; i++) {
		struct case_follow_up *f = &a->follow_ups[i];

		if (f->status != FOLLOW_UP_CANCELLED || f->promise == 0 ||
		    a->promises[f->promise - 1].status != PROMISE_OPEN)
			continue;
		f->status = FOLLOW_UP_OPEN;
		f->changed = true;
	}
}

static enum case_refusal
set_status(struct making *m, const struct case_patch_ask *ask)
{
	struct case_change *out = m->out;
	struct kase *a = &out->after;

	if (ask->status < 0 || ask->status == (int)a->status)
		return CASE_OK;
	if (ask->status == CASE_CLOSED) {
		out->promise = ask->force ? 0 : making_open_promise(a);
		if (out->promise != 0)
			return CASE_PROMISE_STILL_OPEN;
		making_follow_ups(m, ~0u, FOLLOW_UP_CANCELLED);
	} else if (a->status == CASE_CLOSED) {
		reopen(a);
	}
	a->status = (enum case_status)ask->status;
	return CASE_OK;
}

enum case_refusal
case_patch(const struct case_context *ctx, const struct kase *c,
	   const struct case_patch_ask *ask, struct case_change *out)
{
	struct making m;
	enum case_refusal refusal = making_begin(&m, ctx, c, out);

	if (refusal == CASE_OK)
		refusal = set_status(&m, ask);
	if (refusal != CASE_OK)
		return refusal;
	if (ask->outcome != NULL || ask->clear_outcome)
		out->after.outcome = ask->outcome;
	if (ask->root_cause != NULL || ask->clear_root_cause)
		out->after.root_cause = ask->root_cause;
	if (ask->category >= 0) {
		out->query.sit.category = ask->category;
		m.replaced &= ~(unsigned)REPLACED_CATEGORY;
	}
	making_stay(&m);
	making_note(&m, "patch");
	if (out->after.status == CASE_CLOSED && c->status != CASE_CLOSED)
		making_note(&m, "closed");
	return making_finish(&m, TURN_PATCH);
}

/* --- promises and follow-ups ---------------------------------------------- */

/* The rest of a turn that an answer to the clock makes. */
static enum case_refusal
answer(struct making *m, const char *via, const char *signal,
       enum turn_kind kind)
{
	const struct library *lib = m->ctx->lib;
	enum case_refusal refusal;

	making_said_offered(m);
	refusal = making_via(m, signal_of(lib, via), signal_of(lib, signal));
	if (refusal == CASE_OK)
		refusal = making_effects(m);
	return refusal == CASE_OK ? making_finish(m, kind) : refusal;
}

static enum case_refusal
settle(struct making *m, int id, bool kept)
{
	struct kase *a = &m->out->after;
	struct case_promise *p;

	if (id < 1 || (size_t)id > a->npromises)
		return CASE_NO_SUCH_PROMISE;
	p = &a->promises[id - 1];
	if (p->status != PROMISE_OPEN)
		return CASE_PROMISE_SETTLED;
	making_settle(m, p, kept ? PROMISE_KEPT : PROMISE_BROKEN);
	making_note(m, kept ? "promise-kept" : "promise-broken");
	return CASE_OK;
}

enum case_refusal
case_promise_result(const struct case_context *ctx, const struct kase *c,
		    int id, bool kept, struct case_change *out)
{
	struct making m;

	if (c->status == CASE_CLOSED)
		return CASE_IS_CLOSED;
	enum case_refusal refusal = making_begin(&m, ctx, c, out);
	if (refusal == CASE_OK)
		refusal = settle(&m, id, kept);
	if (refusal != CASE_OK)
		return refusal;
	return answer(&m, NULL, kept ? "deadline_met" : "deadline_missed",
		      TURN_PROMISE);
}

/* What each answer says happened; ${via} first where there is a way. */
static const struct {
	const char *via, *signal;
} answers[N_FOLLOW_UP_KINDS][N_FOLLOW_UP_RESULTS] = {
	[FOLLOW_UP] = {
		[RESULT_SATISFIED] = { "due", "satisfied" },
		[RESULT_UNSATISFIED] = { "due", "unsatisfied" },
		[RESULT_NO_ANSWER] = { "due", "silent" },
		[RESULT_DONE] = { "due", NULL },
	},
	[FOLLOW_UP_DEADLINE] = {
		[RESULT_SATISFIED] = { NULL, "deadline_met" },
		[RESULT_UNSATISFIED] = { NULL, "deadline_missed" },
		[RESULT_NO_ANSWER] = { NULL, "deadline_missed" },
		[RESULT_DONE] = { NULL, "deadline_met" },
	},
	[FOLLOW_UP_REMINDER] = {
		[RESULT_SATISFIED] = { NULL, "satisfied" },
		[RESULT_UNSATISFIED] = { NULL, "unsatisfied" },
		[RESULT_NO_ANSWER] = { NULL, "silent" },
		[RESULT_DONE] = { NULL, NULL },
	},
};

static const char *const notes[N_FOLLOW_UP_RESULTS] = {
	[RESULT_SATISFIED] = "follow-up-satisfied",
	[RESULT_UNSATISFIED] = "follow-up-unsatisfied",
	[RESULT_NO_ANSWER] = "follow-up-no_answer",
	[RESULT_DONE] = "follow-up-done",
};

enum case_refusal
case_follow_up_result(const struct case_context *ctx, const struct kase *c,
		      const uint8_t *id, enum follow_up_result result,
		      struct case_change *out)
{
	struct making m;
	struct case_follow_up *f = NULL;
	enum case_refusal refusal = making_begin(&m, ctx, c, out);

	if (refusal != CASE_OK)
		return refusal;
	for (size_t i = 0; i < out->after.nfollow_ups; i++)
		if (memcmp(out->after.follow_ups[i].id, id, CASE_ID) == 0)
			f = &out->after.follow_ups[i];
	if (f == NULL)
		return CASE_NO_SUCH_FOLLOW_UP;
	if (c->status == CASE_CLOSED)
		return CASE_IS_CLOSED;
	if (f->status != FOLLOW_UP_OPEN)
		return CASE_FOLLOW_UP_SETTLED;
	/* Nothing leads on from there, and an unhappy customer must not go
	 * unheard: they need a conversation of their own. */
	if (result == RESULT_UNSATISFIED &&
	    ctx->lib->stages[m.stage].kind == KIND_END)
		return CASE_IS_DONE;
	f->status = FOLLOW_UP_DONE;
	f->changed = true;
	making_note(&m, notes[result]);
	if (f->promise != 0)
		refusal = settle(&m, f->promise,
				 result == RESULT_SATISFIED ||
					 result == RESULT_DONE);
	if (refusal != CASE_OK)
		return refusal;
	return answer(&m, answers[f->kind][result].via,
		      answers[f->kind][result].signal, TURN_FOLLOW_UP);
}

/* --- a look --------------------------------------------------------------- */

enum case_refusal
case_look(const struct case_context *ctx, const struct kase *c,
	  struct case_change *out)
{
	struct making m;
	enum case_refusal refusal = making_begin(&m, ctx, c, out);

	if (refusal != CASE_OK)
		return refusal;
	making_stay(&m);
	if (!case_codes(ctx->arena, &out->query.sit, &out->query.state,
			&out->after))
		return CASE_NO_MEMORY;
	out->after.release = c->release;
	return CASE_OK;
}
