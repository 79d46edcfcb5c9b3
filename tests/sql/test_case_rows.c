/*
 * test_case_rows.c - every column of a conversation comes back as it was.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sql/conversations.h"
#include "tests/sql/changes.h"
#include "tests/sql/fixture.h"

static struct batch *b;
static struct db *db;
static struct arena arena;
static struct db_error err;

/* A change to what ${after} and ${turn} of its own say. */
struct whole {
	struct change change;
	struct kase after;
	struct case_turn turn;
	struct arena arena;
	struct kase seen; /* the row that apply() was given */
	bool had, began;
	enum batch_outcome outcome;
};

static bool
apply(struct change *c, const struct kase *row, const char *before)
{
	struct whole *w = (struct whole *)c;

	(void)before;
	w->had = row != NULL;
	if (row != NULL)
		w->seen = *row;
	c->after = &w->after;
	c->turn = &w->turn;
	c->snapshot = row != NULL ? "{\"a snapshot\":\"\xc3\xa9\"}" : NULL;
	return true;
}

static void
done(struct change *c, enum batch_outcome outcome)
{
	((struct whole *)c)->outcome = outcome;
}

/* Every field of it is something else, and nothing is 0. */
static const char *offers[] = { "refund", "voucher" };
static const char *used[] = { "late/listen/1", "late/restate/2", "x/3" };
static const char *visited[] = { "open", "listen", "restate" };
static const char *categories[] = { "delivery", "delivery.late" };
static const char *said[] = { "late/listen/1", "late/listen/2" };

static void
fill(struct kase *k, const uint8_t *id, int version)
{
	*k = (struct kase){
		.version = version,
		.status = CASE_PAUSED,
		.category = "delivery.late",
		.protocol = "full-recovery",
		.stage = "restate",
		.channel = "live_chat",
		.locale = "es",
		.stage_kind = KIND_SIDE,
		.stage_ord = 31,
		.ref = "T \"1\" \\ \xc3\xa9",
		.subject = "customer,{1}",
		.outcome = "solved",
		.root_cause = "carrier.lost_it",
		.speaker = (enum speaker)(N_SPEAKERS - 1),
		.fault = (enum fault)(N_FAULTS - 1),
		.intensity = 3,
		.peak_intensity = 4,
		.may_offer = offers,
		.nmay_offer = 2,
		.release = 123456,
		.created = INT64_C(1763800000123456),
		.updated = INT64_C(1763800001654321),
		.turns = version,
		.undoes = 1,
		.counts = { 11, 12, 13, 14 },
		.apologized = true,
		.flags = 0x2d,
		.back = "listen",
		.used = used,
		.nused = 3,
		.offered = "voucher",
		.visited = visited,
		.nvisited = 3,
		.categories = categories,
		.ncategories = 2,
	};
	memcpy(k->id, id, CASE_ID);
}

/* Three promises, each of another status, and as many follow-ups. */
static struct case_promise promises[3];
static struct case_follow_up follow_ups[3];

static void
give(struct kase *k)
{
	for (int i = 0; i < 3; i++) {
		promises[i] = (struct case_promise){
			.id = i + 1,
			.who = i == 1 ? "the \"desk\", {us}" : "you",
			.what = "to call (\xc3\xa9), \\ soon",
			.due = k->updated + i * 1000000 + 1,
			.status = (enum promise_status)(i + 1),
			.changed = true,
		};
		follow_ups[i] = (struct case_follow_up){
			.n = i + 1,
			.kind = (enum follow_up_kind)i,
			.due = k->updated + i * 3000000 + 7,
			.status = (enum follow_up_status)i,
			.promise = i,
			.signal = i == 0 ? NULL : "due",
			.changed = true,
		};
		case_follow_up_id(k, i + 1, follow_ups[i].id);
	}
	k->promises = promises;
	k->follow_ups = follow_ups;
	k->npromises = k->nfollow_ups = 3;
}

static void
same_text(const char *a, const char *z)
{
	ck_assert_int_eq(a == NULL, z == NULL);
	if (a != NULL)
		ck_assert_str_eq(a, z);
}

static void
same_list(const char **a, size_t na, const char **z, size_t nz)
{
	ck_assert_int_eq((int)na, (int)nz);
	for (size_t i = 0; i < na; i++)
		ck_assert_str_eq(a[i], z[i]);
}

static void
same_records(const struct kase *a, const struct kase *z)
{
	ck_assert_int_eq((int)a->npromises, (int)z->npromises);
	for (size_t i = 0; i < a->npromises; i++) {
		const struct case_promise *p = &a->promises[i];
		const struct case_promise *q = &z->promises[i];

		ck_assert_int_eq(p->id, q->id);
		ck_assert_str_eq(p->who, q->who);
		ck_assert_str_eq(p->what, q->what);
		ck_assert(p->due == q->due);
		ck_assert_int_eq((int)p->status, (int)q->status);
		ck_assert(!q->changed);
	}
	ck_assert_int_eq((int)a->nfollow_ups, (int)z->nfollow_ups);
	for (size_t i = 0; i < a->nfollow_ups; i++) {
		const struct case_follow_up *f = &a->follow_ups[i];
		const struct case_follow_up *g = &z->follow_ups[i];

		ck_assert_int_eq(f->n, g->n);
		ck_assert_mem_eq(f->id, g->id, CASE_ID);
		ck_assert_int_eq((int)f->kind, (int)g->kind);
		ck_assert(f->due == g->due);
		ck_assert_int_eq((int)f->status, (int)g->status);
		ck_assert_int_eq(f->promise, g->promise);
		same_text(f->signal, g->signal);
		ck_assert(!g->changed);
	}
}

static void
same_numbers(const struct kase *a, const struct kase *z)
{
	ck_assert_mem_eq(a->id, z->id, CASE_ID);
	ck_assert_int_eq(a->version, z->version);
	ck_assert_int_eq((int)a->status, (int)z->status);
	ck_assert_int_eq((int)a->stage_kind, (int)z->stage_kind);
	ck_assert_int_eq(a->stage_ord, z->stage_ord);
	ck_assert_int_eq((int)a->speaker, (int)z->speaker);
	ck_assert_int_eq((int)a->fault, (int)z->fault);
	ck_assert_int_eq(a->intensity, z->intensity);
	ck_assert_int_eq(a->peak_intensity, z->peak_intensity);
	ck_assert_int_eq(a->release, z->release);
	ck_assert(a->created == z->created);
	ck_assert(a->updated == z->updated);
	ck_assert_int_eq(a->turns, z->turns);
	ck_assert_int_eq(a->undoes, z->undoes);
	ck_assert_mem_eq(a->counts, z->counts, sizeof(a->counts));
	ck_assert_int_eq(a->apologized, z->apologized);
	ck_assert_int_eq(a->flags, z->flags);
}

/* ${z} came back. */
static void
same(const struct kase *a, const struct kase *z)
{
	same_numbers(a, z);
	same_text(a->category, z->category);
	same_text(a->protocol, z->protocol);
	same_text(a->stage, z->stage);
	same_text(a->channel, z->channel);
	same_text(a->locale, z->locale);
	same_text(a->ref, z->ref);
	same_text(a->subject, z->subject);
	same_text(a->outcome, z->outcome);
	same_text(a->root_cause, z->root_cause);
	same_text(a->back, z->back);
	same_text(a->offered, z->offered);
	same_list(a->may_offer, a->nmay_offer, z->may_offer, z->nmay_offer);
	same_list(a->used, a->nused, z->used, z->nused);
	same_list(a->visited, a->nvisited, z->visited, z->nvisited);
	same_list(a->categories, a->ncategories, z->categories, z->ncategories);
	same_records(a, z);
}

static void
same_turn(const struct case_turn *a, const struct case_turn *z)
{
	ck_assert_int_eq(a->n, z->n);
	ck_assert(a->at == z->at);
	ck_assert_int_eq((int)a->kind, (int)z->kind);
	same_text(a->signal, z->signal);
	same_text(a->from, z->from);
	same_text(a->to, z->to);
	ck_assert_int_eq(a->moved, z->moved);
	ck_assert_int_eq(a->intensity, z->intensity);
	ck_assert_int_eq(a->release, z->release);
	same_list(a->phrases, a->nphrases, z->phrases, z->nphrases);
	same_text(a->note, z->note);
	same_text(a->before, z->before);
}

/* --- writing ---------------------------------------------------------------
 */

static void
setup(void)
{
	fixture_migrated();
	b = batch_open(pg_url(), &err);
	db = fixture_db(DB_WRITER);
}

static void
teardown(void)
{
	arena_free(&arena);
	batch_close(b);
	db_close(db);
}

static void
prepare(struct whole *w, const uint8_t *id, int version)
{
	*w = (struct whole){ .change = { .keyed = true,
					 .start = version == 1,
					 .apply = apply,
					 .done = done } };
	memcpy(w->change.conversation, id, CASE_ID);
	memset(w->change.key, version, BATCH_HASH);
	memset(w->change.fingerprint, version + 64, BATCH_HASH);
	fill(&w->after, id, version);
	w->turn = (struct case_turn){
		.n = version,
		.at = w->after.updated,
		.kind = version == 1 ? TURN_START : TURN_FOLLOW_UP,
		.signal = version == 1 ? NULL : "deadline_missed",
		.from = version == 1 ? NULL : "listen",
		.to = "restate",
		.moved = version != 1,
		.intensity = w->after.intensity,
		.release = w->after.release,
		.phrases = version == 1 ? NULL : said,
		.nphrases = version == 1 ? 0 : 2,
		.note = version == 1 ? NULL : "stage-replaced,forced",
		.before = version == 1 ? NULL : "{\"a\": [1, null]}",
	};
}

static void
write_it(struct whole *w)
{
	w->change.arena = &w->arena;
	batch_push(b, &w->change, fixture_ms());
	ck_assert(batch_wait(b, 5000));
	ck_assert_msg(w->outcome == BATCH_OK, "%d %s", w->outcome,
		      w->change.why);
}

/* ${w} as it was read, and as the next change of it is given it. */
static void
comes_back(const struct whole *w, bool known)
{
	struct whole next;
	struct kase k;
	uint64_t kept = batch_stats(b)->kept;

	ck_status(conversations_read(db, &arena, w->after.id, &k, &err), DB_OK,
		  err);
	same(&w->after, &k);
	prepare(&next, w->after.id, w->after.version + 1);
	write_it(&next);
	ck_assert(next.had);
	same(&w->after, &next.seen);
	ck_assert_int_eq((int)(batch_stats(b)->kept - kept), known);
	arena_free(&next.arena);
}

START_TEST(all_of_it_comes_back)
{
	struct whole one, two;
	struct case_turn *turns;
	uint8_t id[CASE_ID];
	size_t n;

	request_id(id);
	prepare(&one, id, 1);
	if (_i >= 2)
		give(&one.after);
	write_it(&one);
	ck_assert(!one.had);
	prepare(&two, id, 2);
	two.after.locale = one.after.locale;
	give(&two.after);
	write_it(&two);
	same(&one.after, &two.seen);
	if (_i % 2 == 1) {
		batch_close(b);
		b = batch_open(pg_url(), &err);
	}
	comes_back(&two, _i % 2 == 0);

	ck_status(conversations_turns(db, &arena, id, &turns, &n, &err), DB_OK,
		  err);
	ck_assert_int_eq((int)n, 3);
	same_turn(&one.turn, &turns[0]);
	same_turn(&two.turn, &turns[1]);
	arena_free(&one.arena);
	arena_free(&two.arena);
}
END_TEST

START_TEST(nothing_is_nothing)
{
	struct whole w;
	uint8_t id[CASE_ID];

	request_id(id);
	prepare(&w, id, 1);
	w.after = (struct kase){ .version = 1,
				 .category = "general",
				 .protocol = "heart",
				 .stage = "open",
				 .channel = "phone",
				 .locale = "en",
				 .created = w.after.created,
				 .updated = w.after.created,
				 .turns = 1 };
	memcpy(w.after.id, id, CASE_ID);
	write_it(&w);
	comes_back(&w, true);
	arena_free(&w.arena);
}
END_TEST

START_TEST(a_key_keeps_what_was_done)
{
	struct whole w, again;
	uint8_t id[CASE_ID];

	request_id(id);
	prepare(&w, id, 1);
	write_it(&w);
	arena_free(&w.arena);
	prepare(&w, id, 2);
	write_it(&w);
	prepare(&again, id, 2);
	again.change.arena = &again.arena;
	batch_push(b, &again.change, fixture_ms());
	ck_assert(batch_wait(b, 5000));
	ck_assert_int_eq(again.outcome, BATCH_REPLAY);
	const struct batch_replay *replay = &again.change.replay;
	ck_assert_mem_eq(replay->conversation, id, CASE_ID);
	ck_assert_int_eq(replay->version, 2);
	ck_assert_int_eq(replay->release, 123456);
	ck_assert(replay->at == w.turn.at);
	ck_assert_str_eq(replay->snapshot, "{\"a snapshot\":\"\xc3\xa9\"}");
	same(&w.after, again.change.row);
	arena_free(&w.arena);
	arena_free(&again.arena);
}
END_TEST

/* A column that a table has and a test above does not know is an error.  (Three
   are written by the database alone, for its events: the xid of a turn,
   told_xid and told_due of a follow-up.) */
START_TEST(no_column_is_forgotten)
{
	ck_assert_str_eq(
		pg_sql("SELECT string_agg(relname || ' ' || relnatts, ', ' "
		       "ORDER BY relname) FROM pg_class WHERE relnamespace = "
		       "'evenkeel'::regnamespace AND relname IN "
		       "('conversation', 'turn', 'promise', 'follow_up', "
		       "'idempotency')"),
		"conversation 35, follow_up 10, idempotency 7, promise 6, "
		"turn 14");
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("case rows");
	TCase *tc = tcase_create("case rows");

	tcase_add_unchecked_fixture(tc, fixture_start, fixture_stop);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 30);
	tcase_add_loop_test(tc, all_of_it_comes_back, 0, 4);
	tcase_add_test(tc, nothing_is_nothing);
	tcase_add_test(tc, a_key_keeps_what_was_done);
	tcase_add_test(tc, no_column_is_forgotten);
	suite_add_tcase(suite, tc);
	return fixture_main(suite, CK_NOFORK);
}
