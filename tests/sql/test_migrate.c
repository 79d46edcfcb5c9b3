/*
 * test_migrate.c - the schema gets where it should, once, whoever runs it.
 */
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "sql/migrate.h"
#include "tests/sql/fixture.h"

static struct db *owner;

static void
setup(void)
{
	pg_database();
	owner = fixture_db(DB_OWNER);
}

static void
teardown(void)
{
	db_close(owner);
}

static void
count(void *arg, int version, const char *name, int ms)
{
	int *n = arg;

	ck_assert_int_eq(version, *n + 1);
	ck_assert_int_eq(name[3] - '0', version);
	ck_assert_int_ge(ms, 0);
	++*n;
}

static void
ignore(void *arg, int version, const char *name, int ms)
{
	(void)arg, (void)version, (void)name, (void)ms;
}

START_TEST(each_is_applied_once)
{
	struct db_error err;
	int n = 0;

	ck_status(migrate_check(owner, &err), MIGRATE_OLDER, err);
	ck_status(migrate_run(owner, count, &n, &err), MIGRATE_CURRENT, err);
	ck_assert_int_eq(n, n_migrations);
	ck_status(migrate_check(owner, &err), MIGRATE_CURRENT, err);

	/* count() would fail: nothing is left to apply. */
	ck_status(migrate_run(owner, count, &n, &err), MIGRATE_CURRENT, err);
	ck_assert_int_eq(n, n_migrations);
}
END_TEST

START_TEST(the_checksum_is_that_of_the_file)
{
	struct db_error err;
	char line[128], want[65] = "";

	ck_status(migrate_run(owner, ignore, NULL, &err), MIGRATE_CURRENT, err);
	FILE *f = popen("sha256sum sql/migrations/0002_*.sql", "r");
	ck_assert_ptr_nonnull(f);
	ck_assert_ptr_nonnull(fgets(line, sizeof(line), f));
	pclose(f);
	snprintf(want, sizeof(want), "%.64s", line);
	ck_assert_str_eq(pg_sql("SELECT checksum FROM "
				"evenkeel.schema_migrations WHERE version = "
				"2"),
			 want);
}
END_TEST

struct migration_run {
	enum migrate_verdict verdict;
	struct db_error err;
};

static void *
migrate_too(void *arg)
{
	struct migration_run *r = arg;
	struct db *db = db_open(pg_url(), DB_OWNER, &r->err);

	r->verdict = migrate_run(db, ignore, NULL, &r->err);
	db_close(db);
	return NULL;
}

START_TEST(many_at_once_take_turns)
{
	enum {
		N = 6
	};
	pthread_t threads[N];
	struct migration_run runs[N];

	for (int i = 0; i < N; i++)
		pthread_create(&threads[i], NULL, migrate_too, &runs[i]);
	for (int i = 0; i < N; i++)
		pthread_join(threads[i], NULL);
	for (int i = 0; i < N; i++)
		ck_status(runs[i].verdict, MIGRATE_CURRENT, runs[i].err);
	ck_assert_int_eq(atoi(pg_sql("SELECT count(*) FROM "
				     "evenkeel.schema_migrations")),
			 n_migrations);
}
END_TEST

START_TEST(an_altered_one_is_refused)
{
	struct db_error err;

	ck_status(migrate_run(owner, ignore, NULL, &err), MIGRATE_CURRENT, err);
	pg_sql("UPDATE evenkeel.schema_migrations SET checksum = repeat('0', "
	       "64) WHERE version = 2");
	ck_status(migrate_run(owner, ignore, NULL, &err), MIGRATE_ALTERED, err);
	ck_assert_ptr_nonnull(strstr(err.message, "0002_"));
	ck_status(migrate_check(owner, &err), MIGRATE_ALTERED, err);
}
END_TEST

START_TEST(a_newer_schema_is_refused)
{
	struct db_error err;

	ck_status(migrate_run(owner, ignore, NULL, &err), MIGRATE_CURRENT, err);
	pg_sql("INSERT INTO evenkeel.schema_migrations SELECT max(version) + "
	       "1, 'tomorrow', repeat('0', 64) FROM "
	       "evenkeel.schema_migrations");
	ck_status(migrate_run(owner, ignore, NULL, &err), MIGRATE_NEWER, err);
	ck_status(migrate_check(owner, &err), MIGRATE_NEWER, err);
	ck_assert_ptr_nonnull(strstr(err.message, "newer program"));
}
END_TEST

START_TEST(a_run_that_broke_off_goes_on)
{
	struct db_error err;
	int n = 1;

	/* A view stands in the way of the third. */
	pg_sql("CREATE SCHEMA evenkeel");
	pg_sql("CREATE VIEW evenkeel.item AS SELECT 1");
	ck_status(migrate_run(owner, ignore, NULL, &err), MIGRATE_FAILED, err);
	ck_assert_str_eq(err.sqlstate, "42P07");
	ck_assert_ptr_nonnull(strstr(err.message, "0003_items"));
	ck_assert_str_eq(pg_sql("SELECT max(version) FROM "
				"evenkeel.schema_migrations"),
			 "2");
	ck_status(migrate_check(owner, &err), MIGRATE_OLDER, err);

	pg_sql("DROP VIEW evenkeel.item");
	n = 2;
	ck_status(migrate_run(owner, count, &n, &err), MIGRATE_CURRENT, err);
}
END_TEST

START_TEST(the_database_s_owner_need_be_no_superuser)
{
	struct db_error err;

	pg_sql("SELECT current_database()");
	pg_sql("DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname "
	       "= 'keeper') THEN CREATE ROLE keeper LOGIN CREATEROLE; END IF; "
	       "END $$");
	pg_sql("DO $$ BEGIN EXECUTE format('ALTER DATABASE %%I OWNER TO "
	       "keeper', current_database()); END $$");
	struct db *db = db_open(pg_url_as("keeper"), DB_OWNER, &err);
	ck_status(migrate_run(db, ignore, NULL, &err), MIGRATE_CURRENT, err);
	db_close(db);
}
END_TEST

START_TEST(who_may_not_is_told_what_to_do)
{
	struct db_error err;

	/* The roles are there, but this one is not of them. */
	pg_sql("DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname "
	       "= 'guest') THEN CREATE ROLE guest LOGIN; END IF; END $$");
	pg_sql("DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname "
	       "= 'evenkeel_owner') THEN CREATE ROLE evenkeel_owner; CREATE "
	       "ROLE evenkeel_writer; CREATE ROLE evenkeel_reader; END IF; "
	       "END $$");
	pg_sql("DO $$ BEGIN EXECUTE format('ALTER DATABASE %%I OWNER TO "
	       "guest', current_database()); END $$");
	struct db *db = db_open(pg_url_as("guest"), DB_OWNER, &err);
	ck_status(migrate_run(db, ignore, NULL, &err), MIGRATE_FAILED, err);
	ck_assert_ptr_nonnull(
		strstr(err.message, "run GRANT evenkeel_owner TO guest"));

	/* Once it is, it may, without the right to make roles. */
	pg_sql("GRANT evenkeel_owner TO guest");
	ck_status(migrate_run(db, ignore, NULL, &err), MIGRATE_CURRENT, err);
	pg_sql("REVOKE evenkeel_owner FROM guest");
	db_close(db);
}
END_TEST

START_TEST(nobody_to_ask_is_told_apart)
{
	struct db_error err;
	struct db *db = db_open("host=/nowhere", DB_OWNER, &err);

	ck_status(migrate_check(db, &err), MIGRATE_FAILED, err);
	ck_assert_int_eq(err.status, DB_DOWN);
	db_close(db);
}
END_TEST

START_TEST(every_table_is_commented_and_owned)
{
	struct db_error err;

	ck_status(migrate_run(owner, ignore, NULL, &err), MIGRATE_CURRENT, err);
	ck_assert_str_eq(
		pg_sql("SELECT string_agg(relname, ' ') FROM pg_class WHERE "
		       "relnamespace = 'evenkeel'::regnamespace AND relkind "
		       "IN ('r', 'v', 'p') AND obj_description(oid, "
		       "'pg_class') IS NULL"),
		"");
	ck_assert_str_eq(
		pg_sql("SELECT string_agg(relname, ' ') FROM pg_class WHERE "
		       "relnamespace = 'evenkeel'::regnamespace AND relkind "
		       "IN ('r', 'v', 'p') AND relowner <> "
		       "'evenkeel_owner'::regrole"),
		"");
	/* A name that PostgreSQL made up is one that we forgot to give. */
	ck_assert_str_eq(
		pg_sql("SELECT string_agg(conname, ' ') FROM pg_constraint "
		       "WHERE connamespace = 'evenkeel'::regnamespace AND "
		       "conname ~ '(_check|_excl|_key|_fkey)[0-9]*$'"),
		"");
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("migrate");
	TCase *tc = tcase_create("migrate");

	tcase_add_unchecked_fixture(tc, fixture_start, fixture_stop);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 30);
	/* The first to make the roles, and many at once. */
	tcase_add_test(tc, many_at_once_take_turns);
	tcase_add_test(tc, each_is_applied_once);
	tcase_add_test(tc, the_checksum_is_that_of_the_file);
	tcase_add_test(tc, an_altered_one_is_refused);
	tcase_add_test(tc, a_newer_schema_is_refused);
	tcase_add_test(tc, a_run_that_broke_off_goes_on);
	tcase_add_test(tc, the_database_s_owner_need_be_no_superuser);
	tcase_add_test(tc, who_may_not_is_told_what_to_do);
	tcase_add_test(tc, nobody_to_ask_is_told_apart);
	tcase_add_test(tc, every_table_is_commented_and_owned);
	suite_add_tcase(suite, tc);
	return fixture_main(suite, CK_FORK);
}
