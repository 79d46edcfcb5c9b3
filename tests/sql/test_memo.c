/*
 * test_memo.c - what a batch remembers is right, bounded, and never trusted.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sql/batch_parts.h"
#include "sql/conversations.h"
#include "tests/sql/changes.h"
#include "tests/sql/fixture.h"

/* --- on its own -------------------------------------------------------------
 */

static const char long_text[] =
	"0123456789012345678901234567890123456789012345678901234567890123456789"
	"0123456789012345678901234567890123456789012345678901234567890123456789";

static void
some_case(struct kase *k, const char **used, size_t nused)
{
	*k = (struct kase){ .version = 1,
			    .category = "general",
			    .protocol = "heart",
			    .stage = "open",
			    .channel = "phone",
			    .locale = "en",
			    .used = used,
			    .nused = nused };
	request_id(k->id);
}

START_TEST(memory_is_bounded_and_freed)
{
	struct batch *m = calloc(1, sizeof(*m));
	const char *used[200];
	struct kase k;
	size_t most = 0;

	for (int i = 0; i < 200; i++)
		used[i] = long_text;
	for (int i = 0; i < 20000; i++) {
		some_case(&k, used, (size_t)(i % 200));
		memo_keep(m, &k);
		most = m->memo_bytes > most ? m->memo_bytes : most;
		if (i % 3 == 0)
			memo_forget(m, k.id);
	}
	ck_assert_int_le((int)most, (int)MEMO_BYTES);
	ck_assert_int_gt((int)most, (int)MEMO_BYTES / 2);
	memo_clear(m);
	ck_assert_int_eq((int)m->memo_bytes, 0);
	free(m);
}
END_TEST

START_TEST(the_newest_is_found_and_too_large_a_one_is_not)
{
	struct batch *m = calloc(1, sizeof(*m));
	const char *used[200];
	struct arena arena = { 0 };
	struct change c = { .arena = &arena };
	struct kase k;

	for (int i = 0; i < 200; i++)
		used[i] = long_text;
	some_case(&k, used, 3);
	memcpy(c.conversation, k.id, CASE_ID);
	ck_assert(!memo_find(m, &c));
	memo_keep(m, &k);
	k.version = 2;
	memo_keep(m, &k);
	ck_assert(memo_find(m, &c));
	ck_assert_int_eq(c.row->version, 2);
	ck_assert_str_eq(c.row->used[2], long_text);
	ck_assert_ptr_ne(c.row->used[2], long_text);

	/* What was there of it before is not the newest any more. */
	k.nused = 200;
	memo_keep(m, &k);
	ck_assert(!memo_find(m, &c));
	ck_assert_int_eq((int)m->memo_bytes, 0);
	arena_free(&arena);
	free(m);
}
END_TEST

/* --- beside a database -------------------------------------------------------
 */

static struct batch *b;
static struct db_error err;
static uint8_t id[CASE_ID];

static void
expect(struct batch *of, int if_match, enum batch_outcome want, int version,
       const char *stage)
{
	struct request r;

	request_turn(&r, id, if_match);
	request_push(of, &r);
	ck_assert(batch_wait(of, 5000));
	ck_assert_msg(r.outcome == want, "%d: %s", r.outcome, r.change.why);
	if (want != BATCH_NOT_FOUND) {
		ck_assert_int_eq(r.change.row->version, version);
		ck_assert_str_eq(r.change.row->stage, stage);
	}
	request_free(&r);
}

/* It is at version 2, which ${b} remembers. */
static void
setup(void)
{
	struct request r;

	fixture_migrated();
	b = batch_open(pg_url(), &err);
	request_start(&r);
	memcpy(id, r.change.conversation, CASE_ID);
	request_push(b, &r);
	ck_assert(batch_wait(b, 5000));
	ck_assert_int_eq(r.outcome, BATCH_OK);
	request_free(&r);
	expect(b, 1, BATCH_OK, 1, "open");
	ck_assert_int_eq((int)batch_stats(b)->kept, 1);
}

static void
teardown(void)
{
	batch_close(b);
}

START_TEST(what_another_server_did_is_seen)
{
	struct batch *other = batch_open(pg_url(), &err);

	expect(other, 2, BATCH_OK, 2, "open");
	pg_sql("UPDATE evenkeel.conversation SET stage = 'listen'");
	if (_i == 0)
		expect(b, 0, BATCH_OK, 3, "listen");
	else if (_i == 1)
		expect(b, 2, BATCH_VERSION, 3, "listen");
	else
		expect(b, 3, BATCH_OK, 3, "listen");
	batch_close(other);
}
END_TEST

START_TEST(what_is_erased_stays_so)
{
	struct db *db = fixture_db(DB_WRITER);
	int now;

	ck_status(conversations_erase(db, id, 2, &now, &err), DB_OK, err);
	expect(b, _i == 0 ? 0 : 2, BATCH_NOT_FOUND, 0, NULL);
	expect(b, 0, BATCH_NOT_FOUND, 0, NULL);
	ck_assert_str_eq(pg_sql("SELECT count(*) FROM evenkeel.turn"), "0");
	db_close(db);
}
END_TEST

/* After a failover the same version may be another one. */
START_TEST(nothing_is_remembered_across_connections)
{
	pg_sql("UPDATE evenkeel.conversation SET stage = 'listen'");
	pg_sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE "
	       "datname = current_database() AND pid <> pg_backend_pid()");
	pg_sql("SELECT pg_sleep(0.1)");
	batch_wait(b, 100);
	expect(b, 2, BATCH_OK, 2, "listen");
	ck_assert_int_eq((int)batch_stats(b)->kept, 1);
}
END_TEST

/* A key that was used is found though nothing had to be read. */
START_TEST(a_repeat_is_seen)
{
	struct request r, again;

	request_turn(&r, id, 0);
	request_push(b, &r);
	ck_assert(batch_wait(b, 5000));
	ck_assert_int_eq(r.outcome, BATCH_OK);
	request_turn(&again, id, 0);
	memcpy(again.change.key, r.change.key, BATCH_HASH);
	memcpy(again.change.fingerprint, r.change.fingerprint, BATCH_HASH);
	request_push(b, &again);
	ck_assert(batch_wait(b, 5000));
	ck_assert_int_eq(again.outcome, BATCH_REPLAY);
	ck_assert_int_eq(again.change.replay.version, 3);
	request_free(&r);
	request_free(&again);
	ck_assert_str_eq(pg_sql("SELECT count(*) FROM evenkeel.turn"), "3");
}
END_TEST

/* A refusal is only for what was read. */
START_TEST(what_is_refused_was_read)
{
	struct request r;

	pg_sql("UPDATE evenkeel.conversation SET stage = 'listen'");
	request_turn(&r, id, 0);
	r.refuse = true;
	request_push(b, &r);
	ck_assert(batch_wait(b, 5000));
	ck_assert_int_eq(r.outcome, BATCH_REFUSED);
	ck_assert_int_eq(r.applied, 2);
	ck_assert_str_eq(r.change.row->stage, "listen");
	request_free(&r);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("memo");
	TCase *alone = tcase_create("alone"), *tc = tcase_create("beside");

	tcase_add_test(alone, memory_is_bounded_and_freed);
	tcase_add_test(alone, the_newest_is_found_and_too_large_a_one_is_not);
	suite_add_tcase(suite, alone);
	tcase_add_unchecked_fixture(tc, fixture_start, fixture_stop);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 30);
	tcase_add_loop_test(tc, what_another_server_did_is_seen, 0, 3);
	tcase_add_loop_test(tc, what_is_erased_stays_so, 0, 2);
	tcase_add_test(tc, nothing_is_remembered_across_connections);
	tcase_add_test(tc, a_repeat_is_seen);
	tcase_add_test(tc, what_is_refused_was_read);
	suite_add_tcase(suite, tc);
	return fixture_main(suite, CK_NOFORK);
}
