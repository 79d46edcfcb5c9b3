/*
 * test_conversations.c - what was written is read, listed and erased.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sql/conversations.h"
#include "tests/sql/changes.h"
#include "tests/sql/fixture.h"

#define N 12

static struct batch *b;
static struct db *db;
static struct request r[N], t;
static struct arena arena;
static struct db_error err;

/* Twelve conversations; the first has a turn with two promises. */
static void
setup(void)
{
	fixture_migrated();
	b = batch_open(pg_url(), &err);
	db = fixture_db(DB_WRITER);
	for (int i = 0; i < N; i++) {
		request_start(&r[i]);
		r[i].change.conversation[5] = (uint8_t)i; /* in order */
		request_push(b, &r[i]);
	}
	ck_assert(batch_wait(b, 5000));
	request_turn(&t, r[0].change.conversation, 1);
	t.promises = 2;
	t.stage = "listen";
	request_push(b, &t);
	ck_assert(batch_wait(b, 5000));
	ck_assert_int_eq(t.outcome, BATCH_OK);
}

static void
teardown(void)
{
	for (int i = 0; i < N; i++)
		request_free(&r[i]);
	request_free(&t);
	arena_free(&arena);
	batch_close(b);
	db_close(db);
}

START_TEST(all_of_one_is_read)
{
	struct kase k;
	struct case_turn *turns;
	size_t n;
	uint8_t other[CASE_ID];

	ck_status(conversations_read(db, &arena, t.after.id, &k, &err), DB_OK,
		  err);
	ck_assert_mem_eq(k.id, t.after.id, CASE_ID);
	ck_assert_int_eq(k.version, 2);
	ck_assert_str_eq(k.stage, "listen");
	ck_assert_int_eq(k.stage_ord, 10);
	ck_assert_int_eq((int)k.stage_kind, KIND_CUSTOMER);
	ck_assert_str_eq(k.ref, "T-1");
	ck_assert_ptr_null(k.outcome);
	ck_assert_int_eq(k.peak_intensity, 3);
	ck_assert(k.updated == t.after.updated);
	ck_assert_int_eq((int)k.npromises, 2);
	ck_assert_str_eq(k.promises[0].what, "a call");
	ck_assert(k.promises[0].due == t.after.promises[0].due);
	ck_assert_int_eq((int)k.nfollow_ups, 2);
	ck_assert_str_eq(k.follow_ups[1].signal, "deadline_missed");

	ck_status(conversations_turns(db, &arena, k.id, &turns, &n, &err),
		  DB_OK, err);
	ck_assert_int_eq((int)n, 2);
	ck_assert_ptr_null(turns[0].from);
	ck_assert_str_eq(turns[1].from, "open");
	ck_assert_str_eq(turns[1].to, "listen");
	ck_assert_str_eq(turns[1].before, "{\"stage\":\"open\"}");

	request_id(other);
	ck_status(conversations_read(db, &arena, other, &k, &err), DB_NO_ROWS,
		  err);
}
END_TEST

/* clang-format off */
static const struct {
	struct case_filter filter;
	size_t n;
} filters[] = {
	{ { .status = -1 }, N },
	{ { .status = CASE_ACTIVE, .category = "delivery.late" }, N },
	{ { .status = CASE_CLOSED }, 0 },
	{ { .status = -1, .category = "general" }, 0 },
	{ { .status = -1, .ref = "T-1" }, N },
	{ { .status = -1, .ref = "T-2" }, 0 },
	{ { .status = -1, .subject = "customer-1", .ref = "T-1" }, N },
	{ { .status = -1, .subject = "customer-1", .ref = "T-2" }, 0 },
	{ { .status = CASE_PAUSED, .subject = "customer-1" }, 0 },
};
/* clang-format on */

START_TEST(a_list_goes_on_where_it_stopped)
{
	struct case_filter f = filters[_i].filter;
	struct case_list list;
	size_t n = 0;

	f.limit = 5;
	do {
		ck_status(conversations_list(db, &arena, &f, &list, &err),
			  DB_OK, err);
		for (size_t i = 0; i < list.n; i++, n++) {
			ck_assert_int_gt(
				memcmp(list.cases[i].id, f.after, CASE_ID), 0);
			memcpy(f.after, list.cases[i].id, CASE_ID);
		}
		if (n > 0 && n <= 5)
			ck_assert_int_eq((int)list.cases[0].npromises, 2);
	} while (list.n == 5);
	ck_assert_int_eq((int)n, (int)filters[_i].n);
}
END_TEST

static bool
count(void *arg, const struct kase *c, const struct case_turn *turns, size_t n)
{
	int *all = arg;

	ck_assert_str_eq(c->subject, "customer-1");
	ck_assert_int_eq(turns[n - 1].n, c->turns);
	*all += (int)n;
	return *all < 100;
}

/* Erase those of ${subject}, with a key and a fingerprint of such bytes. */
static enum db_status
erase_of(const char *subject, int key, int fingerprint, struct erasure *e)
{
	uint8_t k[BATCH_HASH], f[BATCH_HASH];

	memset(k, key, sizeof(k));
	memset(f, fingerprint, sizeof(f));
	*e = (struct erasure){ .key = k, .fingerprint = f, .n = -1 };
	return conversations_erase_of(db, subject, e, &err);
}

START_TEST(a_customer_s_are_told_and_erased)
{
	int all = 0;
	struct erasure e;

	ck_status(conversations_of(db, "customer-1", count, &all, &err), DB_OK,
		  err);
	ck_assert_int_eq(all, N + 1);
	all = 1000;
	ck_status(conversations_of(db, "customer-1", count, &all, &err),
		  DB_NO_ROWS, err);
	ck_status(erase_of("customer-2", 1, 1, &e), DB_OK, err);
	ck_assert_int_eq(e.n, 0);
	ck_status(erase_of("customer-1", 2, 2, &e), DB_OK, err);
	ck_assert_int_eq(e.n, N);
	ck_assert(!e.replayed);
	ck_assert_str_eq(
		pg_sql("SELECT (SELECT count(*) FROM evenkeel.conversation) + "
		       "(SELECT count(*) FROM evenkeel.turn) + (SELECT "
		       "count(*) FROM evenkeel.promise) + (SELECT count(*) "
		       "FROM evenkeel.follow_up)"),
		"0");
	ck_assert_str_eq(pg_sql("SELECT count(*) FROM evenkeel.idempotency"),
			 "2");

	/* A repeat erases nothing, and tells what the first one did. */
	ck_status(erase_of("customer-1", 2, 2, &e), DB_OK, err);
	ck_assert_int_eq(e.n, N);
	ck_assert(e.replayed);
	ck_status(erase_of("customer-1", 2, 3, &e), DB_INVALID, err);
}
END_TEST

START_TEST(one_is_erased_at_its_version)
{
	struct request late;
	int now = 0;

	ck_status(conversations_erase(db, t.after.id, 1, &now, &err),
		  DB_CONFLICT, err);
	ck_assert_int_eq(now, 2);
	ck_status(conversations_erase(db, t.after.id, 2, &now, &err), DB_OK,
		  err);
	ck_status(conversations_erase(db, t.after.id, 2, &now, &err),
		  DB_NO_ROWS, err);
	ck_assert_str_eq(pg_sql("SELECT count(*) FROM evenkeel.turn"), "11");

	ck_status(conversations_erase(db, t.after.id, 0, &now, &err),
		  DB_NO_ROWS, err);

	/* It does not come back, whatever a batch remembers. */
	request_turn(&late, t.after.id, 2);
	request_push(b, &late);
	ck_assert(batch_wait(b, 5000));
	ck_assert_int_eq(late.outcome, BATCH_NOT_FOUND);
	request_free(&late);
}
END_TEST

static void *
erase(void *arg)
{
	static const uint8_t zeros[BATCH_HASH];
	struct erasure e = { .key = zeros, .fingerprint = zeros };
	struct db_error why;
	int now;

	*(enum db_status *)arg =
		*(enum db_status *)arg == DB_OK
			? conversations_erase(db, t.after.id, 3, &now, &why)
			: conversations_erase_of(db, "customer-1", &e, &why);
	return NULL;
}

/* A turn that is not committed yet when all of it is to go goes, too. */
START_TEST(nothing_stays_of_what_was_added_meanwhile)
{
	struct db *other = fixture_db(DB_OWNER);
	enum db_status status = _i == 0 ? DB_OK : DB_BUG;
	pthread_t thread;

	ck_status(db_begin(other, DB_CHANGE, &err), DB_OK, err);
	ck_status(db_exec(other,
			  "WITH c AS (UPDATE conversation SET version = 3, "
			  "turns = 3 WHERE version = 2 RETURNING *), t AS "
			  "(INSERT INTO turn SELECT id, 3, now(), 1, NULL, "
			  "NULL, 'open', true, 2, 1, '', NULL, NULL FROM c), k "
			  "AS (INSERT INTO idempotency SELECT sha256('1'), "
			  "sha256('2'), id, 3, 1, now(), NULL FROM c) INSERT "
			  "INTO promise SELECT id, 3, 'a', 'b', now(), 0 FROM "
			  "c",
			  &err),
		  DB_OK, err);
	pthread_create(&thread, NULL, erase, &status);
	pg_sql("SELECT pg_sleep(0.2)");
	ck_status(db_commit(other, &err), DB_OK, err);
	pthread_join(thread, NULL);
	ck_assert_int_eq((int)status, DB_OK);
	ck_assert_str_eq(
		pg_sql("SELECT (SELECT count(*) FROM evenkeel.turn WHERE n > "
		       "1) + (SELECT count(*) FROM evenkeel.promise) + "
		       "(SELECT count(*) FROM evenkeel.idempotency WHERE "
		       "version > 1 AND release > 0) + (SELECT count(*) FROM "
		       "evenkeel.follow_up)"),
		"0");
	db_close(other);
}
END_TEST

START_TEST(follow_ups_come_by_their_time)
{
	struct follow_up_filter f = { .status = FOLLOW_UP_OPEN,
				      .due_before = INT64_MAX,
				      .after_due = INT64_MIN,
				      .limit = 1 };
	struct follow_up_row *rows;
	uint8_t whose[CASE_ID];
	size_t n;

	for (int i = 0; i < 2; i++) {
		ck_status(conversations_follow_ups(db, &arena, &f, &rows, &n,
						   &err),
			  DB_OK, err);
		ck_assert_int_eq((int)n, 1);
		ck_assert_mem_eq(rows[0].conversation, t.after.id, CASE_ID);
		ck_status(conversations_follow_up_of(db, rows[0].f.id, whose,
						     &err),
			  DB_OK, err);
		ck_assert_mem_eq(whose, t.after.id, CASE_ID);
		f.after_due = rows[0].f.due;
		memcpy(f.after, rows[0].f.id, CASE_ID);
	}
	ck_status(conversations_follow_ups(db, &arena, &f, &rows, &n, &err),
		  DB_OK, err);
	ck_assert_int_eq((int)n, 0);
	f.after_due = INT64_MIN;
	f.due_before = t.after.promises[0].due;
	ck_status(conversations_follow_ups(db, &arena, &f, &rows, &n, &err),
		  DB_OK, err);
	ck_assert_int_eq((int)n, 0);
	request_id(whose);
	ck_status(conversations_follow_up_of(db, whose, whose, &err),
		  DB_NO_ROWS, err);
}
END_TEST

START_TEST(the_house_is_kept)
{
	char url[256];
	int n;

	/* As who does it, who may do less than the owner of a test. */
	(void)snprintf(url, sizeof(url), "%s options='-c role=evenkeel_writer'",
		       pg_url());
	struct db *writer = db_open(url, DB_WRITER, &err);

	ck_assert_ptr_nonnull(writer);
	ck_status(conversations_months(writer, &err), DB_OK, err);
	ck_status(conversations_retain(writer, 30, &n, &err), DB_OK, err);
	ck_assert_int_eq(n, 0);
	pg_sql("UPDATE evenkeel.idempotency SET at = now() - interval '25 "
	       "hours' WHERE version = 1");
	pg_sql("UPDATE evenkeel.idempotency SET at = now() - interval '23 "
	       "hours 59 minutes' WHERE version = 2");
	ck_status(conversations_forget_keys(writer, &n, &err), DB_OK, err);
	ck_assert_int_eq(n, N);
	db_close(writer);
	ck_assert_str_eq(pg_sql("SELECT count(*) FROM evenkeel.idempotency"),
			 "1");
}
END_TEST

/* clang-format off */
static const struct {
	const char *sql;	/* with the id of a conversation for %s */
	const char *index;	/* by which it must go */
} plans[] = {
	{ "SELECT * FROM conversation WHERE id = ANY (ARRAY['%s'::uuid])", "_pkey" },
	{ "SELECT * FROM turn WHERE conversation = '%s' ORDER BY n", "_pkey" },
	{ "SELECT * FROM promise WHERE conversation = ANY (ARRAY['%s'::uuid])", "_pkey" },
	{ "UPDATE conversation SET turns = 2 WHERE id = '%s'", "_pkey" },
};
/* clang-format on */

START_TEST(a_look_up_touches_one_month)
{
	char id[40];

	snprintf(id, sizeof(id), "%s",
		 pg_sql("SELECT id FROM evenkeel.conversation LIMIT 1"));
	pg_sql("CREATE FUNCTION pg_temp.plan(text) RETURNS SETOF text LANGUAGE "
	       "plpgsql SET search_path = evenkeel SET enable_seqscan = off AS "
	       "'BEGIN RETURN QUERY EXECUTE ''EXPLAIN '' || $1; END'; CREATE "
	       "TABLE public.plan_%d AS SELECT p FROM pg_temp.plan(format($q$ "
	       "%s $q$, '%s')) AS p",
	       _i, plans[_i].sql, id);
	ck_assert_int_eq(atoi(pg_sql("SELECT count(*) FROM public.plan_%d "
				     "WHERE p ~ 'Seq Scan'",
				     _i)),
			 0);
	ck_assert_int_eq(atoi(pg_sql("SELECT count(*) FROM public.plan_%d "
				     "WHERE p ~ 'Scan (using|on) [a-z_]+_[0-9]"
				     "{4}_[0-9]{2}%s'",
				     _i, plans[_i].index)),
			 1);
	ck_assert_int_eq(atoi(pg_sql("SELECT count(*) FROM public.plan_%d "
				     "WHERE p ~ '_default'",
				     _i)),
			 0);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("conversations");
	TCase *tc = tcase_create("conversations");

	tcase_add_unchecked_fixture(tc, fixture_start, fixture_stop);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 30);
	tcase_add_test(tc, all_of_one_is_read);
	tcase_add_loop_test(tc, a_list_goes_on_where_it_stopped, 0,
			    (int)(sizeof(filters) / sizeof(filters[0])));
	tcase_add_test(tc, a_customer_s_are_told_and_erased);
	tcase_add_test(tc, one_is_erased_at_its_version);
	tcase_add_loop_test(tc, nothing_stays_of_what_was_added_meanwhile, 0,
			    2);
	tcase_add_test(tc, follow_ups_come_by_their_time);
	tcase_add_test(tc, the_house_is_kept);
	tcase_add_loop_test(tc, a_look_up_touches_one_month, 0,
			    (int)(sizeof(plans) / sizeof(plans[0])));
	suite_add_tcase(suite, tc);
	return fixture_main(suite, CK_NOFORK);
}
