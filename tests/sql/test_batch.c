/*
 * test_batch.c - what was acknowledged is never lost, doubled or guessed.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/sql/changes.h"
#include "tests/sql/fixture.h"

static struct batch *b;

static void
setup(void)
{
	struct db_error err;

	fixture_migrated();
	b = batch_open(pg_url(), &err);
	ck_assert_msg(b != NULL, "%s", err.message);
}

static void
teardown(void)
{
	batch_close(b);
	b = NULL;
}

/* Another batch, which remembers nothing. */
static void
reopen(void)
{
	struct db_error err;

	batch_close(b);
	b = batch_open(pg_url(), &err);
	ck_assert_msg(b != NULL, "%s", err.message);
}

static int
number(const char *sql)
{
	return atoi(pg_sql("%s", sql));
}

/* Push ${r}, wait, and expect ${want}. */
static void
expect(struct request *r, enum batch_outcome want)
{
	request_push(b, r);
	ck_assert(batch_wait(b, 5000));
	ck_assert_msg(r->outcome == want, "outcome %d, not %d: %s", r->outcome,
		      want, r->change.why);
	ck_assert_int_eq(r->done, 1);
	ck_assert_int_le(r->spent, 3500);
}

static void
start(struct request *r)
{
	request_start(r);
	expect(r, BATCH_OK);
	ck_assert_int_eq(r->applied, 1);
}

/* The same request again. */
static void
repeat(struct request *r, const struct request *of)
{
	request_turn(r, of->change.conversation, of->change.if_match);
	if (of->change.start)
		request_start(r);
	memcpy(r->change.key, of->change.key, BATCH_HASH);
	memcpy(r->change.fingerprint, of->change.fingerprint, BATCH_HASH);
}

START_TEST(it_begins_and_goes_on)
{
	struct request r, t, u;

	start(&r);
	request_turn(&t, r.change.conversation, 1);
	t.promises = 2;
	expect(&t, BATCH_OK);
	ck_assert_int_eq(t.change.row->version, 1);
	ck_assert_str_eq(t.change.row->category, "delivery.late");
	ck_assert_str_eq(t.change.row->may_offer[1], "replacement");
	ck_assert_int_eq((int)t.change.row->nvisited, 1);

	request_turn(&u, r.change.conversation, 0);
	expect(&u, BATCH_OK);
	ck_assert_int_eq(u.change.row->version, 2);
	ck_assert_int_eq((int)u.change.row->npromises, 2);
	ck_assert_str_eq(u.change.row->promises[1].who, "the desk");
	ck_assert_int_eq((int)u.change.row->nfollow_ups, 2);
	ck_assert(u.change.row->created == r.after.created);
	ck_assert_int_eq(number("SELECT version FROM evenkeel.conversation"),
			 3);
	ck_assert_str_eq(pg_sql("SELECT string_agg(n::text, ' ' ORDER BY n) "
				"FROM evenkeel.turn"),
			 "1 2 3");
	request_free(&r);
	request_free(&t);
	request_free(&u);
}
END_TEST

START_TEST(what_is_not_so_is_said)
{
	struct request r, t;
	uint8_t id[CASE_ID];

	start(&r);
	request_turn(&t, r.change.conversation, 4);
	expect(&t, BATCH_VERSION);
	ck_assert_int_eq(t.change.row->version, 1);
	request_free(&t);

	request_turn(&t, r.change.conversation, 1);
	t.refuse = true;
	expect(&t, BATCH_REFUSED);
	request_free(&t);

	request_id(id);
	request_turn(&t, id, 1);
	expect(&t, BATCH_NOT_FOUND);
	request_free(&t);
	ck_assert_int_eq(number("SELECT count(*) FROM evenkeel.idempotency"),
			 1);
	request_free(&r);
}
END_TEST

START_TEST(a_repeat_does_nothing)
{
	struct request r, t, again;

	start(&r);
	request_turn(&t, r.change.conversation, 1);
	expect(&t, BATCH_OK);

	/* With its old If-Match. */
	repeat(&again, &t);
	expect(&again, BATCH_REPLAY);
	ck_assert_int_eq(again.applied, 0);
	ck_assert_int_eq(again.change.replay.version, 2);
	ck_assert_int_eq(again.change.replay.release, 7);
	ck_assert(again.change.replay.at == t.turn.at);
	ck_assert_str_eq(again.change.replay.snapshot, "{\"format\":1}");
	ck_assert_int_eq(again.change.row->version, 2);
	request_free(&again);

	/* Of a beginning, which gave it another id. */
	repeat(&again, &r);
	expect(&again, BATCH_REPLAY);
	ck_assert_mem_eq(again.change.replay.conversation,
			 r.change.conversation, CASE_ID);
	ck_assert_mem_eq(again.change.row->id, r.change.conversation, CASE_ID);
	request_free(&again);

	repeat(&again, &t);
	again.change.fingerprint[0] ^= 1;
	expect(&again, BATCH_MISUSED);
	request_free(&again);
	ck_assert_int_eq(number("SELECT count(*) FROM evenkeel.turn"), 2);
	request_free(&r);
	request_free(&t);
}
END_TEST

START_TEST(a_key_is_for_one_at_a_time)
{
	struct request r, t, twin;

	start(&r);
	request_turn(&t, r.change.conversation, 1);
	repeat(&twin, &t);
	request_push(b, &t);
	request_push(b, &twin);
	ck_assert(batch_wait(b, 5000));
	ck_assert_int_eq(t.outcome, BATCH_OK);
	ck_assert_int_eq(twin.outcome, BATCH_RUNNING);
	request_free(&r);
	request_free(&t);
	request_free(&twin);
}
END_TEST

START_TEST(exactly_one_of_64_wins_a_version)
{
	struct request r, t[64];

	start(&r);
	for (int round = 1; round <= 20; round++) {
		int won = 0, lost = 0;

		for (int i = 0; i < 64; i++) {
			request_turn(&t[i], r.change.conversation, round);
			request_push(b, &t[i]);
		}
		ck_assert(batch_wait(b, 5000));
		for (int i = 0; i < 64; i++) {
			won += t[i].outcome == BATCH_OK;
			lost += t[i].outcome == BATCH_VERSION;
			request_free(&t[i]);
		}
		ck_assert_int_eq(won, 1);
		ck_assert_int_eq(lost, 63);
	}
	ck_assert_int_eq(number("SELECT count(*) FROM evenkeel.turn"), 21);
	ck_assert_int_eq(number("SELECT max(n) FROM evenkeel.turn"), 21);
	request_free(&r);
}
END_TEST

/* Two servers, or two loops: the row decides. */
START_TEST(two_batches_never_both_win)
{
	struct db_error err;
	struct request r, t[2][8];
	struct batch *two[2] = { b, batch_open(pg_url(), &err) };

	start(&r);
	for (int round = 1; round <= 20; round++) {
		int won = 0;

		for (int i = 0; i < 16; i++) {
			request_turn(&t[i % 2][i / 2], r.change.conversation,
				     round);
			request_push(two[i % 2], &t[i % 2][i / 2]);
		}
		bool busy = true;
		while (busy) {
			busy = !batch_wait(two[0], 0);
			busy = !batch_wait(two[1], 0) || busy;
		}
		for (int i = 0; i < 16; i++) {
			won += t[i % 2][i / 2].outcome == BATCH_OK;
			request_free(&t[i % 2][i / 2]);
		}
		ck_assert_int_eq(won, 1);
	}
	batch_close(two[1]);
	request_free(&r);
}
END_TEST

START_TEST(many_become_one_commit)
{
	enum {
		N = 300
	};
	struct request *r = calloc(N, sizeof(*r));

	start(&r[0]);
	uint64_t before = batch_stats(b)->batches;
	for (int i = 1; i < N; i++) {
		request_start(&r[i]);
		request_push(b, &r[i]);
	}
	ck_assert(batch_wait(b, 5000));
	for (int i = 0; i < N; i++) {
		ck_assert_int_eq(r[i].outcome, BATCH_OK);
		request_free(&r[i]);
	}
	ck_assert_int_eq((int)(batch_stats(b)->batches - before), 1);
	ck_assert_int_eq(number("SELECT count(*) FROM evenkeel.conversation"),
			 N);
	free(r);
}
END_TEST

START_TEST(one_that_is_wrong_harms_no_other)
{
	struct request r[16];

	for (int i = 0; i < 16; i++) {
		request_start(&r[i]);
		r[i].poison = i == 5;
		request_push(b, &r[i]);
	}
	ck_assert(batch_wait(b, 5000));
	for (int i = 0; i < 16; i++) {
		ck_assert_int_eq(r[i].outcome, i == 5 ? BATCH_BUG : BATCH_OK);
		request_free(&r[i]);
	}
	ck_assert_int_eq(number("SELECT count(*) FROM evenkeel.conversation"),
			 15);
}
END_TEST

START_TEST(one_that_is_locked_harms_no_other)
{
	struct request r[8], t[8];
	struct db_error err;

	for (int i = 0; i < 8; i++)
		start(&r[i]);
	struct db *db = fixture_db(DB_OWNER);
	ck_status(db_exec(db, "SET idle_in_transaction_session_timeout = 0",
			  &err),
		  DB_OK, err);
	ck_status(db_begin(db, DB_CHANGE, &err), DB_OK, err);
	ck_status(db_exec(db,
			  "SELECT FROM conversation ORDER BY id LIMIT 1 FOR "
			  "UPDATE",
			  &err),
		  DB_OK, err);
	for (int i = 0; i < 8; i++) {
		request_turn(&t[i], r[i].change.conversation, 1);
		request_push(b, &t[i]);
	}
	ck_assert(batch_wait(b, 5000));
	int ok = 0, busy = 0;
	for (int i = 0; i < 8; i++) {
		ok += t[i].outcome == BATCH_OK;
		busy += t[i].outcome == BATCH_BUSY;
		request_free(&t[i]);
		request_free(&r[i]);
	}
	ck_assert_int_eq(ok, 7);
	ck_assert_int_eq(busy, 1);
	db_rollback(db);
	db_close(db);
}
END_TEST

/* Turns of ${r} go on within 2 s. */
static void
recovered(const struct request *r)
{
	struct request t;
	long since = fixture_ms();

	do {
		request_turn(&t, r->change.conversation, 1);
		request_push(b, &t);
		ck_assert(batch_wait(b, 5000));
		request_free(&t);
	} while (t.outcome != BATCH_OK && fixture_ms() - since < 5000);
	ck_assert_int_eq(t.outcome, BATCH_OK);
	ck_assert_int_le((int)(fixture_ms() - since), 2000);
}

START_TEST(no_database_is_said_soon)
{
	struct request r, t;

	start(&r);
	pg_kill();
	request_turn(&t, r.change.conversation, 1);
	expect(&t, BATCH_DOWN);
	ck_assert_int_le(t.spent, 600);
	request_free(&t);
	pg_restart();
	recovered(&r);
	request_free(&r);
}
END_TEST

/* It is sent, and the server may yet do it. */
START_TEST(a_paused_database_is_not_guessed_about)
{
	struct request r, t, again;

	start(&r);
	pg_pause();
	request_start(&t);
	request_push(b, &t);
	bool all = batch_wait(b, 5000);
	pg_resume();
	ck_assert(all);
	ck_assert_int_eq(t.outcome, BATCH_UNKNOWN);
	ck_assert_int_le(t.spent, 3500);

	/* Whatever came of it: the same key settles it. */
	long since = fixture_ms();
	do {
		repeat(&again, &t);
		memcpy(again.change.conversation, t.change.conversation,
		       CASE_ID);
		request_push(b, &again);
		ck_assert(batch_wait(b, 5000));
		request_free(&again);
	} while (again.outcome != BATCH_OK && again.outcome != BATCH_REPLAY &&
		 fixture_ms() - since < 5000);
	ck_assert(again.outcome == BATCH_OK || again.outcome == BATCH_REPLAY);
	ck_assert_int_eq(number("SELECT count(*) FROM evenkeel.turn"), 2);
	request_free(&r);
	request_free(&t);
}
END_TEST

/* Nothing was sent but a question. */
START_TEST(a_paused_database_did_nothing_that_it_was_not_told)
{
	struct request r, t;

	start(&r);
	reopen();
	request_start(&t);
	t.refuse = true;
	expect(&t, BATCH_REFUSED);
	request_free(&t);
	pg_pause();
	request_turn(&t, r.change.conversation, 1);
	request_push(b, &t);
	bool all = batch_wait(b, 5000);
	pg_resume();
	ck_assert(all);
	ck_assert_int_eq(t.outcome, BATCH_DOWN);
	recovered(&r);
	request_free(&r);
	request_free(&t);
}
END_TEST

START_TEST(a_demoted_primary_is_left)
{
	struct request r, t;

	start(&r);
	pg_sql("ALTER SYSTEM SET default_transaction_read_only = on");
	pg_sql("SELECT pg_reload_conf()");
	pg_sql("SELECT pg_sleep(0.1)");
	request_turn(&t, r.change.conversation, 1);
	expect(&t, BATCH_DOWN);
	ck_assert_ptr_nonnull(strstr(t.change.why, "25006"));
	request_free(&t);
	pg_sql("ALTER SYSTEM RESET default_transaction_read_only");
	pg_sql("SELECT pg_reload_conf()");
	recovered(&r);
	request_free(&r);
}
END_TEST

/* The server dies again and again while 8 go on; each knows where it is. */
#define WRITERS 8
struct writer {
	struct request r;
	uint8_t id[CASE_ID];
	int version; /* acknowledged */
	bool again;  /* the outcome was unknown: the same once more */
	int unknown;
};

static void
go_on(struct writer *w)
{
	struct request last = w->r;

	if (w->again)
		repeat(&w->r, &last);
	else
		request_turn(&w->r, w->id, w->version);
	request_push(b, &w->r);
}

static void
settle(struct writer *w)
{
	switch (w->r.outcome) {
	case BATCH_OK:
		w->version++;
		w->again = false;
		break;
	case BATCH_REPLAY:
		ck_assert_int_eq(w->r.change.replay.version, w->version + 1);
		w->version++;
		w->again = false;
		break;
	case BATCH_UNKNOWN:
		w->unknown++;
		w->again = true;
		break;
	case BATCH_DOWN:
	case BATCH_BUSY:
	case BATCH_FULL:
		break;
	default:
		ck_abort_msg("outcome %d: %s", w->r.outcome, w->r.change.why);
	}
	ck_assert_int_le(w->r.spent, 3500);
	request_free(&w->r);
}

START_TEST(nothing_acknowledged_is_lost_or_doubled)
{
	struct writer *w = calloc(WRITERS, sizeof(*w));
	int unknown = 0, all = 0;

	for (int i = 0; i < WRITERS; i++) {
		start(&w[i].r);
		memcpy(w[i].id, w[i].r.change.conversation, CASE_ID);
		w[i].version = 1;
		request_free(&w[i].r);
	}
	for (int kill = 0; kill < 5; kill++) {
		long until = fixture_ms() + 700;
		bool killed = false;

		while (fixture_ms() < until) {
			for (int i = 0; i < WRITERS; i++)
				go_on(&w[i]);
			if (fixture_ms() > until - 500 && !killed) {
				batch_wait(b, kill % 2);
				pg_kill();
				pg_restart();
				killed = true;
			}
			ck_assert(batch_wait(b, 5000));
			for (int i = 0; i < WRITERS; i++)
				settle(&w[i]);
		}
	}
	for (int i = 0; i < WRITERS; i++) {
		while (w[i].again) {
			go_on(&w[i]);
			ck_assert(batch_wait(b, 5000));
			settle(&w[i]);
		}
		unknown += w[i].unknown;
		all += w[i].version;
	}
	ck_assert_int_eq(number("SELECT sum(version) FROM "
				"evenkeel.conversation"),
			 all);
	ck_assert_int_eq(number("SELECT count(*) FROM evenkeel.turn"), all);
	ck_assert_int_gt(all, 100);
	printf("%d turns, %d unknown\n", all, unknown);
	free(w);
}
END_TEST

/* Turns touch no index, and find their rows by one. */
START_TEST(turns_are_hot_and_nothing_is_scanned)
{
	struct request r, t;

	start(&r);
	for (int i = 1; i <= 50; i++) {
		request_turn(&t, r.change.conversation, i);
		t.stage = i % 2 ? "listen" : "open";
		expect(&t, BATCH_OK);
		request_free(&t);
	}
	batch_close(b);
	b = NULL;
	for (int i = 0; i < 50; i++) {
		if (number("SELECT sum(n_tup_upd) FROM pg_stat_user_tables "
			   "WHERE relname LIKE 'conversation%'") == 50)
			break;
		pg_sql("SELECT pg_sleep(0.1)");
	}
	ck_assert_int_eq(number("SELECT sum(n_tup_hot_upd) FROM "
				"pg_stat_user_tables WHERE relname LIKE "
				"'conversation%'"),
			 50);
	ck_assert_str_eq(
		pg_sql("SELECT string_agg(relname, ' ') FROM "
		       "pg_stat_user_tables WHERE seq_scan > 0 AND relname ~ "
		       "'^(conversation|turn|promise|follow_up)_2|idem'"),
		"");
	request_free(&r);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("batch");
	TCase *tc = tcase_create("batch");

	tcase_add_unchecked_fixture(tc, fixture_start, fixture_stop);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, it_begins_and_goes_on);
	tcase_add_test(tc, what_is_not_so_is_said);
	tcase_add_test(tc, a_repeat_does_nothing);
	tcase_add_test(tc, a_key_is_for_one_at_a_time);
	tcase_add_test(tc, exactly_one_of_64_wins_a_version);
	tcase_add_test(tc, two_batches_never_both_win);
	tcase_add_test(tc, many_become_one_commit);
	tcase_add_test(tc, one_that_is_wrong_harms_no_other);
	tcase_add_test(tc, one_that_is_locked_harms_no_other);
	tcase_add_test(tc, turns_are_hot_and_nothing_is_scanned);
	tcase_add_test(tc, no_database_is_said_soon);
	tcase_add_test(tc, a_paused_database_is_not_guessed_about);
	tcase_add_test(tc, a_paused_database_did_nothing_that_it_was_not_told);
	tcase_add_test(tc, a_demoted_primary_is_left);
	tcase_add_test(tc, nothing_acknowledged_is_lost_or_doubled);
	suite_add_tcase(suite, tc);
	return fixture_main(suite, CK_NOFORK);
}
