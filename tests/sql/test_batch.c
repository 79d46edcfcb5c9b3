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
	fixture_migrated();
	b = batch_anew(NULL);
}

static void
teardown(void)
{
	batch_close(b);
	b = NULL;
}

static int
number(const char *sql)
{
	return atoi(pg_sql("%s", sql));
}

static void
start(struct request *r)
{
	request_start(r);
	request_expect(b, r, BATCH_OK);
	ck_assert_int_eq(r->applied, 1);
}

START_TEST(it_begins_and_goes_on)
{
	struct request r, t, u;

	start(&r);
	request_turn(&t, r.change.conversation, 1);
	t.promises = 2;
	request_expect(b, &t, BATCH_OK);
	ck_assert_int_eq(t.change.row->version, 1);
	ck_assert_str_eq(t.change.row->category, "delivery.late");
	ck_assert_str_eq(t.change.row->may_offer[1], "replacement");
	ck_assert_int_eq((int)t.change.row->nvisited, 1);

	request_turn(&u, r.change.conversation, 0);
	request_expect(b, &u, BATCH_OK);
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
	request_expect(b, &t, BATCH_VERSION);
	ck_assert_int_eq(t.change.row->version, 1);
	request_free(&t);

	request_turn(&t, r.change.conversation, 1);
	t.refuse = true;
	request_expect(b, &t, BATCH_REFUSED);
	request_free(&t);

	request_id(id);
	request_turn(&t, id, 1);
	request_expect(b, &t, BATCH_NOT_FOUND);
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
	request_expect(b, &t, BATCH_OK);

	/* With its old If-Match. */
	request_repeat(&again, &t);
	request_expect(b, &again, BATCH_REPLAY);
	ck_assert_int_eq(again.applied, 0);
	ck_assert_int_eq(again.change.replay.version, 2);
	ck_assert_int_eq(again.change.replay.release, 7);
	ck_assert(again.change.replay.at == t.turn.at);
	ck_assert_str_eq(again.change.replay.snapshot, "{\"format\":1}");
	ck_assert_int_eq(again.change.row->version, 2);
	request_free(&again);

	/* Of a beginning, which gave it another id. */
	request_repeat(&again, &r);
	request_expect(b, &again, BATCH_REPLAY);
	ck_assert_mem_eq(again.change.replay.conversation,
			 r.change.conversation, CASE_ID);
	ck_assert_mem_eq(again.change.row->id, r.change.conversation, CASE_ID);
	request_free(&again);

	request_repeat(&again, &t);
	again.change.fingerprint[0] ^= 1;
	request_expect(b, &again, BATCH_MISUSED);
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
	request_repeat(&twin, &t);
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

/* Rows were returned, and yet it is not done: only the commit counts. */
START_TEST(what_fails_at_the_commit_is_not_done)
{
	struct request r[6];

	pg_sql("CREATE FUNCTION public.late() RETURNS trigger LANGUAGE plpgsql "
	       "AS $$ BEGIN IF NEW.to_stage = 'bad' THEN RAISE "
	       "check_violation; END IF; RETURN NULL; END $$; CREATE "
	       "CONSTRAINT TRIGGER late AFTER INSERT ON evenkeel.turn "
	       "DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION "
	       "public.late()");
	for (int i = 0; i < 6; i++) {
		request_start(&r[i]);
		r[i].stage = i == 3 ? "bad" : "good";
		request_push(b, &r[i]);
	}
	ck_assert(batch_wait(b, 5000));
	for (int i = 0; i < 6; i++) {
		ck_assert_int_eq(r[i].outcome, i == 3 ? BATCH_BUG : BATCH_OK);
		ck_assert_int_eq(r[i].done, 1);
		request_free(&r[i]);
	}
	ck_assert_int_eq(number("SELECT count(*) FROM evenkeel.conversation"),
			 5);
}
END_TEST

/* Two servers get the same request at once: one does it, both know. */
START_TEST(a_key_is_for_one_server_at_a_time)
{
	struct request r, t[2];
	struct batch *two[2] = { b, batch_anew(NULL) };

	for (int round = 1; round <= 20; round++) {
		int won = 0, told = 0;

		start(&r);
		request_turn(&t[0], r.change.conversation, round % 2);
		if (round % 3 == 0)
			request_start(&t[0]);
		request_repeat(&t[1], &t[0]);
		request_push(two[0], &t[0]);
		request_push(two[1], &t[1]);
		bool busy = true;
		while (busy) {
			busy = !batch_wait(two[0], 0);
			busy = !batch_wait(two[1], 0) || busy;
		}
		for (int i = 0; i < 2; i++) {
			won += t[i].outcome == BATCH_OK;
			told += t[i].outcome == BATCH_REPLAY;
			request_free(&t[i]);
		}
		ck_assert_int_eq(won, 1);
		ck_assert_int_eq(told, 1);
		request_free(&r);
	}
	ck_assert_int_eq(number("SELECT count(*) FROM evenkeel.turn"), 40);
	batch_close(two[1]);
}
END_TEST

/* A key that began one conversation does nothing to another. */
START_TEST(a_key_is_for_one_request)
{
	struct request r, other, t;

	start(&r);
	start(&other);
	request_turn(&t, other.change.conversation, _i);
	memcpy(t.change.key, r.change.key, BATCH_HASH);
	request_expect(b, &t, BATCH_MISUSED);
	request_free(&t);
	request_start(&t);
	memcpy(t.change.key, r.change.key, BATCH_HASH);
	request_expect(b, &t, BATCH_MISUSED);
	ck_assert_int_eq(number("SELECT count(*) FROM evenkeel.turn"), 2);
	request_free(&t);
	request_free(&r);
	request_free(&other);
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
		request_expect(b, &t, BATCH_OK);
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
	tcase_add_test(tc, what_fails_at_the_commit_is_not_done);
	tcase_add_test(tc, a_key_is_for_one_server_at_a_time);
	tcase_add_loop_test(tc, a_key_is_for_one_request, 0, 2);
	suite_add_tcase(suite, tc);
	return fixture_main(suite, CK_NOFORK);
}
