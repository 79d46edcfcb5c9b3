/*
 * kept_done.c - the way of a durable change: what is done, and what is said.
 */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "handlers/app.h"
#include "handlers/kept.h"
#include "handlers/refuse.h"
#include "script/case_json.h"
#include "script/report.h"
#include "server/log.h"
#include "server/loop.h"
#include "server/problem.h"
#include "server/reply.h"
#include "sql/conversations.h"
#include "sql/library.h"

#define ANSWER_BYTES 8192 /* enough for nearly every answer */

/* --- doing ---------------------------------------------------------------- */

static int64_t
now_us(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_REALTIME, &ts);
	return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

static enum case_refusal
turn(struct kept *k, const struct case_context *ctx, const struct kase *row)
{
	const struct step_query *q = &k->ask.query;
	struct case_ask ask;

	case_ask_init(&ask);
	ask.signal = q->signal;
	ask.intensity = q->sit.intensity;
	ask.speaker = (int)q->sit.speaker;
	ask.used_given = k->ask.used_given;
	ask.used = k->ask.used;
	ask.nused = k->ask.nused;
	ask.flags = q->state.flags;
	ask.wish = q->wish;
	ask.promise = k->pledged ? &k->pledge : NULL;
	return case_signal(ctx, row, &ask, &k->made);
}

static enum case_refusal
perform(struct kept *k, const struct case_context *ctx, const struct kase *row,
	const char *before)
{
	switch (k->op) {
	case KEPT_START:
		return case_start(
			ctx,
			&(struct case_new){ .id = k->change.conversation,
					    .sit = k->ask.query.sit,
					    .ref = k->ref,
					    .subject = k->subject },
			&k->made);
	case KEPT_TURN:
		return turn(k, ctx, row);
	case KEPT_UNDO:
		return case_undo(ctx, row, before, &k->made);
	case KEPT_PATCH:
		return case_patch(ctx, row, &k->patch, &k->made);
	case KEPT_PROMISE:
		return case_promise_result(ctx, row, k->promise, k->result != 0,
					   &k->made);
	case KEPT_FOLLOW_UP:
		return case_follow_up_result(ctx, row, k->follow_up,
					     (enum follow_up_result)k->result,
					     &k->made);
	}
	return CASE_BAD_SNAPSHOT;
}

static struct case_context
context(struct kept *k, const struct library *lib, int64_t now)
{
	return (struct case_context){ .lib = lib,
				      .arena = &k->arena,
				      .now = now,
				      .values = &k->ask.query.values,
				      .phrases = k->ask.query.phrases,
				      .raw = k->ask.query.raw };
}

/* ${row} as a repeat will need it.  NULL if out of memory. */
static const char *
snapshot(struct kept *k, const struct kase *row)
{
	struct buf out;
	const char *text = NULL;

	buf_init(&out, 1024);
	case_save(&out, row, true);
	if (!out.failed)
		text = arena_copy(&k->arena, out.ptr, out.len);
	buf_free(&out);
	return text;
}

/* For the batch: the conversation as it will be. */
static bool
apply(struct change *c, const struct kase *row, const char *before)
{
	struct kept *k = (struct kept *)c;
	struct case_context ctx = context(k, k->req->lib, now_us());

	/* A clock that goes back, or lags behind another server's, must not
	 * make a repeat another. */
	if (row != NULL && row->updated > ctx.now)
		ctx.now = row->updated;
	k->too_late = k->pledged && k->pledge.due <= ctx.now;
	k->refusal = CASE_OK;
	if (k->too_late)
		return false;
	k->refusal = perform(k, &ctx, row, before);
	c->snapshot = NULL;
	if (k->refusal == CASE_OK && row != NULL &&
	    (c->snapshot = snapshot(k, row)) == NULL)
		k->refusal = CASE_NO_MEMORY;
	c->after = &k->made.after;
	c->turn = &k->made.turn;
	return k->refusal == CASE_OK;
}

/* --- answers -------------------------------------------------------------- */

/* With the release that it was made from. */
static int
shown(struct kept *k, const struct library *lib)
{
	struct reply *reply = k->reply;
	struct buf out = { 0 };
	size_t len = 0;

	out.ptr = reply_room(reply, &out.size);
	(void)buf_room(&out, ANSWER_BYTES);
	case_json_answer(&out, &k->made, NULL, 0);
	if (k->drives != NULL && !out.failed) {
		out.len -= strlen("}\n");
		kept_message_json(&out, k, lib);
		buf_lit(&out, "}\n");
	}
	char *body = buf_take(&out, &len);

	kept_etag(reply, k->made.after.version);
	if (k->op == KEPT_START) {
		char id[40];
		struct buf text = { 0 };

		case_json_id(&text, k->made.after.id);
		(void)snprintf(id, sizeof(id), "%.*s", (int)text.len,
			       text.failed ? "" : text.ptr);
		buf_free(&text);
		(void)snprintf(reply->location, sizeof(reply->location),
			       "/v1/conversations/%s", id);
	}
	return reply_bytes(reply, k->op == KEPT_START ? 201 : 200, REPLY_JSON,
			   body, len);
}

static int
refused(struct kept *k)
{
	struct reply *reply = k->reply;
	const char *text = case_refusal_text(k->refusal);

	if (k->too_late)
		return problem_field(reply, PROBLEM_INVALID, "/promise/due",
				     NULL, "due is in the past.");
	switch (k->refusal) {
	case CASE_IS_CLOSED:
	case CASE_IS_DONE:
		return problem(reply, PROBLEM_CLOSED, "%s", text);
	case CASE_PROMISE_STILL_OPEN:
		return problem(reply, PROBLEM_PROMISE_OPEN,
			       "Promise %d is open. %s", k->made.promise, text);
	case CASE_NOTHING_TO_UNDO:
		return problem(reply, PROBLEM_NOTHING_TO_UNDO, "%s", text);
	case CASE_NO_SUCH_PROMISE:
		return problem(reply, PROBLEM_UNKNOWN_PROMISE, NULL);
	case CASE_NO_SUCH_FOLLOW_UP:
		return problem(reply, PROBLEM_UNKNOWN_FOLLOW_UP, NULL);
	case CASE_PROMISE_SETTLED:
	case CASE_FOLLOW_UP_SETTLED:
		return problem(reply, PROBLEM_SETTLED, "%s", text);
	case CASE_TOO_MANY_PROMISES:
	case CASE_TOO_MANY_FOLLOW_UPS:
		return problem(reply, PROBLEM_TOO_MANY_RECORDS, "%s", text);
	case CASE_OK:
	case CASE_NO_MEMORY:
	case CASE_BAD_SNAPSHOT:
	case N_CASE_REFUSALS:
		break;
	}
	return problem(reply, PROBLEM_INTERNAL, NULL);
}

static int
later(struct reply *reply, enum problem_code code, int seconds)
{
	int status = problem(reply, code, NULL);

	reply->retry_after = seconds;
	return status;
}

/* --- repeats -------------------------------------------------------------- */

/* Something that was done once cannot be done again: our mistake. */
static int
broken(struct kept *k, const char *what)
{
	const struct app *app = k->req->app;

	log_error(app->log, "replay", "request=%s %s", k->req->id, what);
	return problem(k->reply, PROBLEM_INTERNAL, NULL);
}

/* Make the answer again, from ${lib} and the conversation as it was. */
static int
redo(struct kept *k, const struct library *lib, const struct kase *then,
     const char *before)
{
	const struct batch_replay *r = &k->change.replay;
	struct case_context ctx = context(k, lib, r->at);

	memcpy(k->change.conversation, r->conversation, CASE_ID);
	k->refusal = perform(k, &ctx, then, before);
	if (k->refusal == CASE_NO_MEMORY)
		return problem(k->reply, PROBLEM_INTERNAL, NULL);
	if (k->refusal != CASE_OK || k->made.after.version != r->version)
		return broken(k, "what was done cannot be done again");
	k->reply->replayed = !k->change.was_lost;
	return shown(k, lib);
}

/* The conversation before the change; NULL and true: there was none. */
static bool
as_it_was(struct kept *k, struct kase *room, const struct kase **then)
{
	*then = NULL;
	if (k->op == KEPT_START)
		return true;
	*then = room;
	return k->change.replay.snapshot != NULL &&
	       case_load(&k->arena, k->change.row, k->change.replay.snapshot,
			 room);
}

/* What the turn that an undo took back gives back. */
static enum db_status
find_before(struct kept *k, const struct kase *then, const char **before,
	    struct db_error *err)
{
	struct case_turn *turns;
	size_t n;
	enum db_status status = conversations_turns(
		k->req->desk->writer, &k->arena, then->id, &turns, &n, err);

	for (size_t i = 0; status == DB_OK && i < n; i++)
		if (turns[i].n == then->undoes)
			*before = turns[i].before;
	return status;
}

/* With the release of then, which the members are read against once more. */
static int
redo_with(struct kept *k, struct library *lib, const struct kase *then,
	  const char *before)
{
	struct request old = *k->req;

	old.lib = lib;
	ask_done(&k->ask);
	int status = kept_members(k, &old, k->reply);

	return status != 0 ? status : redo(k, lib, then, before);
}

/* On a job thread: what is not in memory. */
static int
redo_later(const struct request *req, struct reply *reply)
{
	struct kept *k = reply->work;
	int release = k->change.replay.release;
	struct library *lib = NULL;
	struct report report = { 0 };
	struct db_error err;
	struct kase room;
	const struct kase *then;
	const char *before = NULL;
	enum db_status status = DB_OK;
	int answer;

	if (!as_it_was(k, &room, &then))
		return broken(k, "the snapshot cannot be read");
	if (k->op == KEPT_UNDO)
		status = find_before(k, then, &before, &err);
	if (status == DB_OK && release != req->lib->release)
		status = library_load(req->desk->writer, release, &lib, &report,
				      &err);
	report_free(&report);
	if (status != DB_OK)
		return refuse_db(req, reply, &err);
	if (lib == NULL)
		return redo(k, req->lib, then, before);
	answer = redo_with(k, lib, then, before);
	library_unref(lib);
	return answer;
}

int
kept_refused(const struct request *req, struct reply *reply)
{
	struct kept *k = reply->work;
	struct change *c = &k->change;
	struct db *db = req->desk->writer;
	uint8_t fingerprint[BATCH_HASH];
	struct db_error err;
	struct kase *row = arena_zeroed(&k->arena, 1, sizeof(*row));

	if (row == NULL)
		return problem(reply, PROBLEM_INTERNAL, NULL);
	enum db_status found = conversations_key(db, &k->arena, c->key,
						 fingerprint, &c->replay, &err);
	if (found == DB_OK &&
	    memcmp(fingerprint, c->fingerprint, BATCH_HASH) != 0)
		found = DB_NO_ROWS;
	if (found == DB_OK)
		found = conversations_read(db, &k->arena,
					   c->replay.conversation, row, &err);
	if (found == DB_NO_ROWS)
		return k->status;
	if (found != DB_OK)
		return refuse_db(req, reply, &err);
	c->row = row;
	return redo_later(req, reply);
}

static int
replay(struct kept *k)
{
	struct kase room;
	const struct kase *then;

	if (k->op == KEPT_UNDO ||
	    k->change.replay.release != k->req->lib->release) {
		k->reply->then = redo_later;
		return REPLY_ON_JOB;
	}
	if (!as_it_was(k, &room, &then))
		return broken(k, "the snapshot cannot be read");
	return redo(k, k->req->lib, then, NULL);
}

/* --- into the batch and out of it ----------------------------------------- */

static int
answer(struct kept *k, enum batch_outcome outcome)
{
	const struct app *app = k->req->app;
	struct reply *reply = k->reply;

	switch (outcome) {
	case BATCH_OK:
		return shown(k, k->req->lib);
	case BATCH_REPLAY:
		return replay(k);
	case BATCH_REFUSED:
		return refused(k);
	case BATCH_MISUSED:
		return problem(reply, PROBLEM_KEY_REUSED, NULL);
	case BATCH_RUNNING:
		return later(reply, PROBLEM_KEY_RUNNING, 1);
	case BATCH_VERSION:
		return problem(reply, PROBLEM_VERSION,
			       "The conversation is at version %d.",
			       k->change.row->version);
	case BATCH_NOT_FOUND:
		return problem(reply, PROBLEM_UNKNOWN_CONVERSATION, NULL);
	case BATCH_BUSY:
		return later(reply, PROBLEM_BUSY, 1);
	case BATCH_DOWN:
		return later(reply, PROBLEM_DB_UNAVAILABLE, 2);
	case BATCH_FULL:
		return later(reply, PROBLEM_BUSY, 30);
	case BATCH_UNKNOWN:
		return later(reply, PROBLEM_OUTCOME_UNKNOWN, 1);
	case BATCH_BUG:
	case N_BATCH_OUTCOMES:
		break;
	}
	log_error(app->log, "database", "request=%s %s", k->req->id,
		  k->change.why);
	return problem(reply, PROBLEM_INTERNAL, NULL);
}

static void
done(struct change *c, enum batch_outcome outcome)
{
	struct kept *k = (struct kept *)c;
	int status = answer(k, outcome);

	if (outcome == BATCH_OK)
		events_wake(k->req->app);
	/* Who is refused is told where the conversation stands. */
	if ((outcome == BATCH_REFUSED || outcome == BATCH_VERSION) &&
	    c->row != NULL)
		kept_etag(k->reply, c->row->version);
	reply_later(k->req, status);
}

int
kept_push(struct kept *k)
{
	struct app *app = k->req->app;

	k->change.start = k->op == KEPT_START;
	k->change.undo = k->op == KEPT_UNDO;
	k->change.arena = &k->arena;
	k->change.apply = apply;
	k->change.done = done;
	batch_push(app->batch, &k->change,
		   (int64_t)(loop_now(app->loop) / 1000));
	app->pushed = true;
	return REPLY_LATER;
}
