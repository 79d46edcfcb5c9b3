/*
 * test_months.c - there is a partition for every conversation, and old ones go
 * when nobody needs them.
 */
#include <stdio.h>
#include <stdlib.h>

#include "sql/conversations.h"
#include "tests/sql/fixture.h"

/* A conversation begun ${ago} (an interval), of ${status}. */
static const char *
begin(const char *ago, int status)
{
	return pg_sql(
		"SET search_path = evenkeel, pg_catalog; WITH new AS (SELECT "
		"overlay(gen_random_uuid()::text PLACING "
		"substr(month_begin((now() - interval '%s')::date)::text, 1, "
		"13) FROM 1)::uuid AS id), turned AS (INSERT INTO turn SELECT "
		"id, 1, now(), 0, NULL, NULL, 'open', true, 2, 1, '', NULL, "
		"NULL FROM new) INSERT INTO conversation SELECT id, 1, %d, "
		"'general', 'heart', 'open', 1, 10, 'chat', 'en', NULL, NULL, "
		"NULL, NULL, 0, 0, 2, 2, '', 1, now(), now(), 1, 0, 0, 0, 0, "
		"0, false, 0, NULL, '', NULL, '', '' FROM new RETURNING "
		"tableoid::regclass",
		ago, status);
}

static int
number(const char *sql)
{
	return atoi(pg_sql("%s", sql));
}

#define MONTH(ago) \
	"SELECT to_char(now() AT TIME ZONE 'UTC' - interval '" ago \
	"', '\"conversation\"_YYYY_MM')"

START_TEST(this_month_and_two_more_are_there)
{
	char want[64];

	ck_assert_int_eq(number("SELECT count(*) FROM pg_inherits WHERE "
				"inhparent = 'evenkeel.turn'::regclass"),
			 4);
	ck_assert_int_eq(number("SELECT evenkeel.make_months(2)"), 0);
	snprintf(want, sizeof(want), "%s", pg_sql(MONTH("0")));
	ck_assert_str_eq(begin("0", 0), want);
	ck_assert_int_eq(number("SELECT evenkeel.make_months(3)"), 4);
}
END_TEST

START_TEST(a_month_too_early_is_caught_and_moved)
{
	ck_assert_str_eq(begin("-3 months", 0), "conversation_default");
	ck_assert_int_eq(number("SELECT evenkeel.make_months(3)"), 4);
	ck_assert_int_eq(
		number("SELECT count(*) FROM evenkeel.conversation_default"),
		0);
	ck_assert_int_eq(number("SELECT count(*) FROM evenkeel.turn_default"),
			 0);
	ck_assert_int_eq(number("SELECT count(*) FROM evenkeel.conversation"),
			 1);
}
END_TEST

static void
make_old(const char *ago)
{
	pg_sql("SET search_path = evenkeel, pg_catalog; SET ROLE "
	       "evenkeel_owner; SELECT "
	       "count(month_partition(parent, date_trunc('month', now() - "
	       "interval '%s')::date)) FROM unnest(ARRAY['conversation', "
	       "'turn', 'promise', 'follow_up']) AS parent",
	       ago);
}

START_TEST(only_old_months_that_are_closed_go)
{
	make_old("5 months");
	make_old("4 months");
	begin("5 months", 0);
	begin("4 months", 2);
	begin("0", 2);
	ck_assert_int_eq(number("SELECT evenkeel.drop_months(60)"), 1);
	ck_assert_int_eq(number("SELECT evenkeel.drop_months(60)"), 0);
	ck_assert_int_eq(number("SELECT count(*) FROM evenkeel.conversation"),
			 2);
	ck_assert_int_eq(number("SELECT count(*) FROM evenkeel.turn"), 2);

	pg_sql("UPDATE evenkeel.conversation SET status = 2");
	ck_assert_int_eq(number("SELECT evenkeel.drop_months(60)"), 1);
	ck_assert_int_eq(number("SELECT evenkeel.drop_months(1)"), 0);
	ck_assert_int_eq(number("SELECT count(*) FROM evenkeel.turn"), 1);
	ck_assert_int_eq(number("SELECT count(*) FROM pg_inherits WHERE "
				"inhparent = 'evenkeel.promise'::regclass"),
			 4);
}
END_TEST

/* A case that has come to its end needs nobody to close it. */
START_TEST(a_case_that_is_done_is_closed)
{
	make_old("4 months");
	begin("4 months", 1);
	ck_assert_int_eq(number("SELECT evenkeel.drop_months(60)"), 0);
	pg_sql("UPDATE evenkeel.conversation SET stage_kind = 4");
	ck_assert_int_eq(number("SELECT evenkeel.drop_months(60)"), 1);
	ck_assert_int_eq(number("SELECT count(*) FROM evenkeel.turn"), 0);
}
END_TEST

/* Whatever today is, it ended 89 to 123 days ago. */
START_TEST(a_month_is_kept_as_long_as_it_should_be)
{
	make_old("4 months");
	begin("4 months", 2);
	ck_assert_int_eq(number("SELECT evenkeel.drop_months(130)"), 0);
	ck_assert_int_eq(number("SELECT evenkeel.drop_months(80)"), 1);
}
END_TEST

/* Whoever is at work is not kept waiting for long, and it goes later. */
START_TEST(a_month_in_use_goes_later)
{
	struct db_error err;
	int n;

	make_old("4 months");
	begin("4 months", 2);
	struct db *db = fixture_db(DB_WRITER), *busy = fixture_db(DB_OWNER);
	ck_status(db_begin(busy, DB_CHANGE, &err), DB_OK, err);
	ck_status(db_exec(busy, "SELECT count(*) FROM turn", &err), DB_OK, err);
	long since = fixture_ms();
	ck_status(conversations_retain(db, 60, &n, &err), DB_BUSY, err);
	ck_assert_int_le((int)(fixture_ms() - since), 1000);
	db_rollback(busy);
	ck_status(conversations_retain(db, 60, &n, &err), DB_OK, err);
	ck_assert_int_eq(n, 1);
	db_close(db);
	db_close(busy);
}
END_TEST

/* Like the ones that a migration makes. */
START_TEST(months_are_alike)
{
	ck_assert_str_eq(
		pg_sql("SELECT string_agg(relname, ' ') FROM pg_class WHERE "
		       "relnamespace = 'evenkeel'::regnamespace AND "
		       "relispartition AND relkind = 'r' AND (relowner <> "
		       "'evenkeel_owner'::regrole OR relacl IS NOT NULL)"),
		"");
	ck_assert_int_eq(
		number("SELECT count(*) FROM pg_class WHERE relname LIKE "
		       "'conversation\\_2%' AND 'fillfactor=70' = ANY "
		       "(reloptions)"),
		3);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("months");
	TCase *tc = tcase_create("months");

	tcase_add_unchecked_fixture(tc, fixture_start, fixture_stop);
	tcase_add_checked_fixture(tc, fixture_migrated, NULL);
	tcase_set_timeout(tc, 30);
	tcase_add_test(tc, this_month_and_two_more_are_there);
	tcase_add_test(tc, a_month_too_early_is_caught_and_moved);
	tcase_add_test(tc, only_old_months_that_are_closed_go);
	tcase_add_test(tc, a_case_that_is_done_is_closed);
	tcase_add_test(tc, a_month_is_kept_as_long_as_it_should_be);
	tcase_add_test(tc, a_month_in_use_goes_later);
	tcase_add_test(tc, months_are_alike);
	suite_add_tcase(suite, tc);
	return fixture_main(suite, CK_NOFORK);
}
