/*
 * test_queries.c - every statement of sql/queries/ must make sense to
 * PostgreSQL with the migrations applied: a typing mistake fails here, not in
 * production.
 */
#include "gen/queries.h"
#include "tests/sql/fixture.h"

#include <libpq-fe.h>

static PGconn *conn;

static void
setup(void)
{
	fixture_start();
	fixture_migrated();
	conn = PQconnectdb(pg_url());
	PQclear(PQexec(conn, "SET search_path = evenkeel, pg_catalog"));
}

static void
teardown(void)
{
	PQfinish(conn);
	fixture_stop();
}

START_TEST(prepares)
{
	const struct query *q = all_queries[_i];
	PGresult *res = PQprepare(conn, "", q->text, 0, NULL);

	ck_assert_msg(PQresultStatus(res) == PGRES_COMMAND_OK,
		      "sql/queries/%s.sql: %s", q->name,
		      PQresultErrorMessage(res));
	PQclear(res);

	res = PQdescribePrepared(conn, "");
	ck_assert_int_eq(PQnparams(res), q->nparams);
	ck_assert_int_eq(q->number, _i + 1);
	PQclear(res);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("queries");
	TCase *tc = tcase_create("queries");

	tcase_add_unchecked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, prepares, 0, N_QUERIES);
	suite_add_tcase(suite, tc);
	return fixture_main(suite, CK_NOFORK);
}
