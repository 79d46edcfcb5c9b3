/*
 * test_db.c - whatever the database does, we know what it means and never
 * wait without an end.
 */
#include <arpa/inet.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <libpq-fe.h>

#include "gen/queries.h"
#include "sql/writable.h"
#include "tests/sql/fixture.h"

static struct db *db;
static struct db_error err;

static void
setup(void)
{
	fixture_migrated();
	db = fixture_db(DB_WRITER);
}

static void
teardown(void)
{
	db_close(db);
}

#define QUERY(sql, n) (&(struct query){ .name = "", .text = sql, .nparams = n })

/* The first value of ${sql}, which must succeed. */
static const char *
value(const char *sql)
{
	static char text[256];
	PGresult *res;

	ck_status(db_query(db, QUERY(sql, 0), NULL, &res, &err), DB_OK, err);
	snprintf(text, sizeof(text), "%s", PQgetvalue(res, 0, 0));
	PQclear(res);
	return text;
}

/* clang-format off */
static const struct {
	const char *sqlstate;
	enum db_status status;
} states[] = {
	{ "23505", DB_CONFLICT },
	{ "23P01", DB_CONFLICT },
	{ "23514", DB_INVALID },
	{ "22001", DB_INVALID },
	{ "25006", DB_READ_ONLY },
	{ "40001", DB_AGAIN },
	{ "40P01", DB_AGAIN },
	{ "53100", DB_FULL },
	{ "53200", DB_FULL },
	{ "53300", DB_DOWN },
	{ "55P03", DB_BUSY },
	{ "57014", DB_BUSY },
	{ "08006", DB_DOWN },
	{ "42501", DB_BUG },
	{ "42P01", DB_BUG },
	{ "P0001", DB_BUG },
	{ "XX000", DB_BUG },
};
/* clang-format on */

START_TEST(each_sqlstate_has_its_meaning)
{
	char sql[160];

	for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++) {
		enum db_status want = states[i].status;

		ck_assert_int_eq(db_status_from_sqlstate(states[i].sqlstate),
				 want);
		/* Nobody knows what it means from a server that lives. */
		if (want == DB_DOWN)
			want = DB_UNKNOWN;
		snprintf(sql, sizeof(sql),
			 "DO $$ BEGIN RAISE 'no' USING ERRCODE = '%s'; END $$",
			 states[i].sqlstate);
		ck_status(db_exec(db, sql, &err), want, err);
		ck_assert_str_eq(err.sqlstate, states[i].sqlstate);
		ck_assert_str_eq(err.message, "no");
		ck_assert_int_eq(err.status, want);
		ck_assert_str_eq(value("SELECT 'alive'"), "alive");
	}
}
END_TEST

START_TEST(a_vanished_server_is_down)
{
	ck_assert_int_eq(db_status_from_sqlstate(""), DB_DOWN);
}
END_TEST

START_TEST(a_session_is_set_up)
{
	ck_assert_str_eq(value("SHOW search_path"),
			 "evenkeel, pg_catalog, pg_temp");
	ck_assert_str_eq(value("SHOW statement_timeout"), "2s");
	ck_assert_str_eq(value("SHOW lock_timeout"), "500ms");
	ck_assert_str_eq(value("SHOW application_name"), "evenkeel");
	ck_assert_str_eq(value("SHOW client_encoding"), "UTF8");
	ck_assert_str_eq(value("SHOW idle_in_transaction_session_timeout"),
			 "5s");
}
END_TEST

START_TEST(rows_none_and_no_rows_at_all)
{
	PGresult *res = NULL;
	const char *params[] = { "7", NULL };

	ck_status(db_query(db, QUERY("SELECT $1::int + 1, $2::text IS NULL", 2),
			   params, &res, &err),
		  DB_OK, err);
	ck_assert_str_eq(PQgetvalue(res, 0, 0), "8");
	ck_assert_str_eq(PQgetvalue(res, 0, 1), "t");
	PQclear(res);
	ck_status(db_query(db, QUERY("SELECT 1 WHERE false", 0), NULL, &res,
			   &err),
		  DB_NO_ROWS, err);
	ck_status(db_query(db, QUERY("SET jit = off", 0), NULL, &res, &err),
		  DB_BUG, err);
	ck_status(db_run(db, QUERY("SELECT 1 WHERE false", 0), NULL, &err),
		  DB_OK, err);
}
END_TEST

START_TEST(a_query_is_prepared_once)
{
	for (int i = 0; i < 3; i++)
		ck_status(db_run(db, &query_release_newest, NULL, &err), DB_OK,
			  err);
	ck_assert_str_eq(value("SELECT string_agg(name, ' ') FROM "
			       "pg_prepared_statements"),
			 "release_newest");
}
END_TEST

START_TEST(a_plan_that_a_migration_broke_is_made_anew)
{
	ck_status(db_run(db, &query_release_newest, NULL, &err), DB_OK, err);
	pg_sql("ALTER TABLE evenkeel.release ALTER number TYPE bigint");
	ck_status(db_run(db, &query_release_newest, NULL, &err), DB_BUSY, err);
	ck_status(db_run(db, &query_release_newest, NULL, &err), DB_OK, err);
}
END_TEST

START_TEST(a_long_statement_is_cut_off)
{
	long t = fixture_ms();

	ck_status(db_exec(db, "SELECT pg_sleep(9)", &err), DB_BUSY, err);
	ck_assert_str_eq(err.sqlstate, "57014");
	ck_assert_int_lt(fixture_ms() - t, 2900);
}
END_TEST

START_TEST(a_lock_is_not_waited_for_long)
{
	struct db *other = fixture_db(DB_OWNER);
	long t = fixture_ms();

	ck_status(db_begin(other, DB_CHANGE, &err), DB_OK, err);
	ck_status(db_exec(other, "LOCK TABLE release", &err), DB_OK, err);
	ck_status(db_exec(db, "SELECT FROM release", &err), DB_BUSY, err);
	ck_assert_str_eq(err.sqlstate, "55P03");
	ck_assert_int_lt(fixture_ms() - t, 1500);
	db_rollback(other);
	db_close(other);
}
END_TEST

START_TEST(a_clash_is_tried_again)
{
	/* Two out of three times it fails; a sequence is not rolled back. */
	const char *clash =
		"WITH n AS MATERIALIZED (SELECT nextval('tries') AS n) SELECT "
		"CASE WHEN n < 3 THEN clash() ELSE n END FROM n";
	PGresult *res;

	pg_sql("CREATE SEQUENCE evenkeel.tries");
	pg_sql("CREATE FUNCTION evenkeel.clash() RETURNS bigint LANGUAGE "
	       "plpgsql AS $$ BEGIN RAISE 'clash' USING ERRCODE = '40001'; "
	       "END $$");
	ck_status(db_query(db, &(struct query){ .text = clash }, NULL, &res,
			   &err),
		  DB_OK, err);
	ck_assert_str_eq(PQgetvalue(res, 0, 0), "3");
	PQclear(res);

	/* In a transaction it is the caller's to begin again. */
	pg_sql("SELECT setval('evenkeel.tries', 1, false)");
	ck_status(db_begin(db, DB_CHANGE, &err), DB_OK, err);
	ck_status(db_query(db, &(struct query){ .text = clash }, NULL, &res,
			   &err),
		  DB_AGAIN, err);
	db_rollback(db);

	/* And three times are enough. */
	pg_sql("ALTER SEQUENCE evenkeel.tries MINVALUE -9 RESTART -9");
	ck_status(db_query(db, &(struct query){ .text = clash }, NULL, &res,
			   &err),
		  DB_AGAIN, err);
}
END_TEST

START_TEST(a_transaction_is_whole_or_nothing)
{
	pg_sql("CREATE TABLE evenkeel.t (n int)");
	ck_status(db_begin(db, DB_CHANGE, &err), DB_OK, err);
	ck_status(db_exec(db, "INSERT INTO t VALUES (1)", &err), DB_OK, err);
	db_rollback(db);
	ck_assert_str_eq(value("SELECT count(*) FROM t"), "0");

	ck_status(db_begin(db, DB_CHANGE, &err), DB_OK, err);
	ck_status(db_exec(db, "INSERT INTO t VALUES (1)", &err), DB_OK, err);
	ck_status(db_commit(db, &err), DB_OK, err);
	ck_assert_str_eq(value("SELECT count(*) FROM t"), "1");

	/* What failed cannot be committed. */
	ck_status(db_begin(db, DB_CHANGE, &err), DB_OK, err);
	ck_status(db_exec(db, "INSERT INTO t VALUES (2)", &err), DB_OK, err);
	ck_status(db_exec(db, "SELECT 1 / 0", &err), DB_INVALID, err);
	ck_status(db_commit(db, &err), DB_BUG, err);
	ck_assert_str_eq(value("SELECT count(*) FROM t"), "1");
}
END_TEST

START_TEST(patience_ends_with_the_transaction)
{
	ck_status(db_begin(db, DB_CHANGE, &err), DB_OK, err);
	ck_status(db_patience(db, 60000, &err), DB_OK, err);
	ck_assert_str_eq(value("SHOW statement_timeout"), "1min");
	ck_status(db_exec(db, "SELECT pg_sleep(3.5)", &err), DB_OK, err);
	ck_status(db_commit(db, &err), DB_OK, err);
	ck_assert_str_eq(value("SHOW statement_timeout"), "2s");
}
END_TEST

static bool
add_up(void *arg, const PGresult *res)
{
	int *sum = arg;

	*sum += atoi(PQgetvalue(res, 0, 0));
	return *sum < 100;
}

START_TEST(a_stream_comes_row_by_row_and_can_be_given_up)
{
	int sum = 0;

	ck_status(db_stream(db, QUERY("SELECT generate_series(1, 10)", 0), NULL,
			    add_up, &sum, &err),
		  DB_OK, err);
	ck_assert_int_eq(sum, 55);
	ck_status(db_stream(db, QUERY("SELECT generate_series(1, 1000)", 0),
			    NULL, add_up, &sum, &err),
		  DB_NO_ROWS, err);
	ck_assert_str_eq(value("SELECT 'alive'"), "alive");
	ck_status(db_stream(db, QUERY("SELECT 1 / 0", 0), NULL, add_up, &sum,
			    &err),
		  DB_INVALID, err);
	sum = -9000;
	ck_status(db_stream(db,
			    QUERY("SELECT 10 / (8 - g) FROM "
				  "generate_series(1, 10) AS g",
				  0),
			    NULL, add_up, &sum, &err),
		  DB_INVALID, err);
	ck_assert_str_eq(value("SELECT 'alive'"), "alive");
}
END_TEST

/* --- addresses --------------------------------------------------------- */

static const struct {
	const char *url, *says;
} bad_urls[] = {
	{ "host", "no libpq connection string" },
	{ "nonsense=1", "no libpq connection string" },
	{ "postgresql://:geheim@[::1", "no libpq connection string" },
	{ "host=a,b port=1,2,3", "differ in number" },
};

START_TEST(a_bad_address_is_refused_without_repeating_it)
{
	for (size_t i = 0; i < sizeof(bad_urls) / sizeof(bad_urls[0]); i++) {
		ck_assert_ptr_null(db_open(bad_urls[i].url, DB_READER, &err));
		ck_assert_ptr_nonnull(strstr(err.message, bad_urls[i].says));
		ck_assert_ptr_null(strstr(err.message, "geheim"));
	}
}
END_TEST

/* A port where connecting succeeds and nobody ever answers. */
static int
silent_port(int *fd)
{
	struct sockaddr_in addr = { .sin_family = AF_INET };
	socklen_t len = sizeof(addr);

	addr.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	*fd = socket(AF_INET, SOCK_STREAM, 0);
	ck_assert_int_eq(bind(*fd, (struct sockaddr *)&addr, len), 0);
	ck_assert_int_eq(listen(*fd, 8), 0);
	getsockname(*fd, (struct sockaddr *)&addr, &len);
	return ntohs(addr.sin_port);
}

START_TEST(hosts_are_tried_in_turn_also_silent_ones)
{
	char url[256];
	int fd, port = silent_port(&fd);
	long t = fixture_ms();

	snprintf(url, sizeof(url),
		 "postgresql://postgres@127.0.0.1:%d,127.0.0.1:1,127.0.0.1:%d/"
		 "%s",
		 port, pg_port(), pg_sql("SELECT current_database()"));
	struct db *many = db_open(url, DB_WRITER, &err);
	ck_assert_ptr_nonnull(many);
	ck_status(db_connect(many, &err), DB_OK, err);
	ck_assert_int_ge(fixture_ms() - t, 1900);
	ck_assert_int_lt(fixture_ms() - t, 3500);
	db_close(many);
	close(fd);
}
END_TEST

START_TEST(nobody_there_is_down_at_once)
{
	struct db *nobody = db_open("host=/nowhere", DB_WRITER, &err);

	ck_status(db_connect(nobody, &err), DB_DOWN, err);
	ck_assert_int_eq(err.status, DB_DOWN);
	db_close(nobody);
}
END_TEST

START_TEST(another_encoding_is_refused)
{
	char url[256];

	pg_sql("CREATE DATABASE latin ENCODING 'LATIN1' TEMPLATE template0");
	snprintf(url, sizeof(url), "host=%s port=%d user=postgres dbname=latin",
		 pg_socket_dir(), pg_port());
	struct db *latin = db_open(url, DB_READER, &err);
	ck_status(db_connect(latin, &err), DB_DOWN, err);
	ck_assert_ptr_nonnull(strstr(err.message, "UTF8"));
	db_close(latin);
	pg_sql("DROP DATABASE latin");
}
END_TEST

START_TEST(a_writer_wants_a_server_that_takes_writes)
{
	struct db *reader = fixture_db(DB_READER);
	bool yes;

	ck_status(db_connect(db, &err), DB_OK, err);
	ck_status(writable_check(db, &yes, &err), DB_OK, err);
	pg_sql("DO $$ BEGIN EXECUTE format('ALTER DATABASE %%I SET "
	       "default_transaction_read_only = on', current_database()); "
	       "END $$");
	/* As a demoted primary: the session that is there is refused too. */
	ck_status(db_exec(db,
			  "SET default_transaction_read_only = on; SET "
			  "SESSION CHARACTERISTICS AS TRANSACTION READ ONLY",
			  &err),
		  DB_OK, err);
	ck_status(db_exec(db, "CREATE TABLE x ()", &err), DB_READ_ONLY, err);
	ck_status(db_connect(db, &err), DB_DOWN, err);
	ck_status(db_connect(reader, &err), DB_OK, err);
	db_close(reader);
}
END_TEST

START_TEST(what_would_lose_writes_is_not_writable)
{
	bool yes = true;

	/* The tests' own cluster runs without fsync. */
	ck_status(writable_check(db, &yes, &err), DB_OK, err);
	ck_assert(!yes);
	ck_assert_str_eq(err.message, "fsync is off");
	ck_status(db_exec(db, "SET synchronous_commit = off", &err), DB_OK,
		  err);
	ck_status(writable_check(db, &yes, &err), DB_OK, err);
	ck_assert(!yes);
	ck_assert_str_eq(err.message, "synchronous_commit is off");
}
END_TEST

/* --- servers that go away ---------------------------------------------- */

START_TEST(a_killed_server_is_found_again)
{
	ck_assert_str_eq(value("SELECT 1"), "1");
	pg_kill();
	ck_status(db_exec(db, "SELECT 1", &err), DB_DOWN, err);
	ck_status(db_exec(db, "SELECT 1", &err), DB_DOWN, err);
	pg_restart();
	ck_assert_str_eq(value("SELECT 1"), "1");
	/* A stop and start between two statements goes unnoticed. */
	pg_restart();
	ck_assert_str_eq(value("SELECT 2"), "2");
}
END_TEST

static void *
kill_soon(void *arg)
{
	(void)arg;
	nanosleep(&(struct timespec){ .tv_nsec = 300000000 }, NULL);
	pg_kill();
	return NULL;
}

START_TEST(lost_in_the_middle_of_a_write_is_unknown)
{
	pthread_t thread;
	struct db *reader = fixture_db(DB_READER);

	ck_status(db_connect(db, &err), DB_OK, err);
	ck_status(db_connect(reader, &err), DB_OK, err);
	pthread_create(&thread, NULL, kill_soon, NULL);
	ck_status(db_exec(db, "SELECT pg_sleep(1.5)", &err), DB_UNKNOWN, err);
	pthread_join(thread, NULL);
	pg_restart();

	/* In a transaction nothing is done before the commit. */
	ck_status(db_begin(db, DB_CHANGE, &err), DB_OK, err);
	pthread_create(&thread, NULL, kill_soon, NULL);
	ck_status(db_exec(db, "SELECT pg_sleep(1.5)", &err), DB_DOWN, err);
	ck_status(db_exec(db, "SELECT 1", &err), DB_DOWN, err);
	ck_status(db_commit(db, &err), DB_DOWN, err);
	pthread_join(thread, NULL);
	pg_restart();

	/* Nor does reading leave a doubt. */
	pthread_create(&thread, NULL, kill_soon, NULL);
	ck_status(db_exec(reader, "SELECT pg_sleep(1.5)", &err), DB_DOWN, err);
	pthread_join(thread, NULL);
	pg_restart();
	ck_assert_str_eq(value("SELECT 'alive'"), "alive");
	db_close(reader);
}
END_TEST

START_TEST(a_commit_that_is_not_answered_is_unknown)
{
	pg_sql("CREATE TABLE evenkeel.slow (n int)");
	pg_sql("CREATE FUNCTION evenkeel.dawdle() RETURNS trigger LANGUAGE "
	       "plpgsql AS $$ BEGIN PERFORM pg_sleep(1.5); RETURN NULL; END "
	       "$$");
	pg_sql("CREATE CONSTRAINT TRIGGER dawdle AFTER INSERT ON "
	       "evenkeel.slow DEFERRABLE INITIALLY DEFERRED FOR EACH ROW "
	       "EXECUTE FUNCTION evenkeel.dawdle()");
	pthread_t thread;

	ck_status(db_begin(db, DB_CHANGE, &err), DB_OK, err);
	ck_status(db_exec(db, "INSERT INTO slow VALUES (1)", &err), DB_OK, err);
	pthread_create(&thread, NULL, kill_soon, NULL);
	ck_status(db_commit(db, &err), DB_UNKNOWN, err);
	pthread_join(thread, NULL);
	pg_restart();
	ck_assert_str_eq(value("SELECT count(*) FROM slow"), "0");
}
END_TEST

START_TEST(a_server_that_only_stopped_counts_as_lost)
{
	struct db *reader = fixture_db(DB_READER);
	long t;

	ck_status(db_connect(db, &err), DB_OK, err);
	pg_pause();
	t = fixture_ms();
	ck_status(db_exec(db, "SELECT 1", &err), DB_UNKNOWN, err);
	ck_assert_int_lt(fixture_ms() - t, 3500);
	t = fixture_ms();
	ck_status(db_connect(reader, &err), DB_DOWN, err);
	ck_assert_int_lt(fixture_ms() - t, 2500);
	pg_resume();
	ck_assert_str_eq(value("SELECT 'alive'"), "alive");
	db_close(reader);
}
END_TEST

static void *
stop_soon(void *arg)
{
	nanosleep(&(struct timespec){ .tv_nsec = 200000000 }, NULL);
	eventfd_write(*(int *)arg, 1);
	return NULL;
}

START_TEST(whatever_waits_can_be_stopped)
{
	int fd = eventfd(0, 0), silent;
	char url[64];
	pthread_t thread;
	long t = fixture_ms();

	db_stop_on(db, fd);
	pthread_create(&thread, NULL, stop_soon, &fd);
	ck_status(db_exec(db, "SELECT pg_sleep(1.5)", &err), DB_UNKNOWN, err);
	ck_assert_int_lt(fixture_ms() - t, 1000);
	pthread_join(thread, NULL);

	eventfd_t drained;
	eventfd_read(fd, &drained);
	snprintf(url, sizeof(url), "host=127.0.0.1 port=%d",
		 silent_port(&silent));
	struct db *lonely = db_open(url, DB_READER, &err);
	db_stop_on(lonely, fd);
	t = fixture_ms();
	pthread_create(&thread, NULL, stop_soon, &fd);
	ck_status(db_connect(lonely, &err), DB_DOWN, err);
	ck_assert_int_lt(fixture_ms() - t, 1000);
	pthread_join(thread, NULL);
	db_close(lonely);
	close(silent);
	close(fd);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("db");
	TCase *tc = tcase_create("db");

	tcase_add_unchecked_fixture(tc, fixture_start, fixture_stop);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 30);
	tcase_add_test(tc, each_sqlstate_has_its_meaning);
	tcase_add_test(tc, a_vanished_server_is_down);
	tcase_add_test(tc, a_session_is_set_up);
	tcase_add_test(tc, rows_none_and_no_rows_at_all);
	tcase_add_test(tc, a_query_is_prepared_once);
	tcase_add_test(tc, a_plan_that_a_migration_broke_is_made_anew);
	tcase_add_test(tc, a_long_statement_is_cut_off);
	tcase_add_test(tc, a_lock_is_not_waited_for_long);
	tcase_add_test(tc, a_clash_is_tried_again);
	tcase_add_test(tc, a_transaction_is_whole_or_nothing);
	tcase_add_test(tc, patience_ends_with_the_transaction);
	tcase_add_test(tc, a_stream_comes_row_by_row_and_can_be_given_up);
	tcase_add_test(tc, a_bad_address_is_refused_without_repeating_it);
	tcase_add_test(tc, hosts_are_tried_in_turn_also_silent_ones);
	tcase_add_test(tc, nobody_there_is_down_at_once);
	tcase_add_test(tc, another_encoding_is_refused);
	tcase_add_test(tc, a_writer_wants_a_server_that_takes_writes);
	tcase_add_test(tc, what_would_lose_writes_is_not_writable);
	tcase_add_test(tc, a_killed_server_is_found_again);
	tcase_add_test(tc, lost_in_the_middle_of_a_write_is_unknown);
	tcase_add_test(tc, a_commit_that_is_not_answered_is_unknown);
	tcase_add_test(tc, a_server_that_only_stopped_counts_as_lost);
	tcase_add_test(tc, whatever_waits_can_be_stopped);
	suite_add_tcase(suite, tc);
	return fixture_main(suite, CK_NOFORK);
}
