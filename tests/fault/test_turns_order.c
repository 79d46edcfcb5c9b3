/*
 * test_turns_order.c - what is read while another server writes.
 *
 * A batch reads by several statements, and each sees what was committed before
 * it began.  The other server is this test: it holds a lock that one of them
 * waits for, and writes meanwhile.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libpq-fe.h>

#include "tests/api/service.h"
#include "tests/fault/turns.h"
#include "tests/sql/pg.h"

#define WAIT_MS 10000
#define ATTEMPTS 10

static struct service *service;
static struct wire *wire;
static PGconn *other;

static void
setup(void)
{
	pg_start(PG_FAST);
	service_shipped();
	service = service_start(NULL);
	service_expect(service, "release 1");
	service_writes(service, "");
	wire = wire_new();
	ck_assert_ptr_nonnull(wire);
	other = PQconnectdb(pg_url());
	ck_assert_int_eq(PQstatus(other), CONNECTION_OK);
}

static void
teardown(void)
{
	PQfinish(other);
	wire_free(wire);
	ck_assert_int_eq(service_stop(service), 0);
	pg_stop();
}

static void
run(const char *sql)
{
	PGresult *res = PQexec(other, sql);
	ExecStatusType status = PQresultStatus(res);

	ck_assert_msg(status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK,
		      "%s", PQerrorMessage(other));
	PQclear(res);
}

static void
ask(const char *text, struct said *said)
{
	ck_assert(wire_send(wire, service->port, text));
	ck_assert_msg(wire_read(wire, said, WAIT_MS), "no answer to %s", text);
}

/* A conversation with one turn; the request that takes it back, and how. */
static char *
prepare(int n, char *undo)
{
	char text[TURNS_REQUEST], id[TURNS_ID + 1], key[32];
	struct said said;

	(void)snprintf(key, sizeof(key), "start-%d", n);
	turns_request(text, TURNS_START, NULL, key, 0,
		      "{\"category\":\"delivery.late\"}");
	ask(text, &said);
	ck_assert_int_eq(said.status, 201);
	memcpy(id, said.id, sizeof(id));
	(void)snprintf(key, sizeof(key), "turn-%d", n);
	turns_request(text, TURNS_TURN, id, key, 1, "{\"signal\":\"told\"}");
	ask(text, &said);
	ck_assert_int_eq(said.status, 200);
	run("CREATE TABLE public.past AS TABLE evenkeel.conversation");

	(void)snprintf(key, sizeof(key), "undo-%d", n);
	turns_request(undo, TURNS_UNDO, id, key, 2, "{}");
	ask(undo, &said);
	ck_assert_int_eq(said.status, 200);
	return strndup(said.body, said.len);
}

/* The undo has not happened, but is ready to. */
static void
turn_back(void)
{
	run("CREATE TABLE public.cases AS TABLE evenkeel.conversation;"
	    "CREATE TABLE public.turns AS SELECT * FROM evenkeel.turn"
	    " WHERE n = 3;"
	    "CREATE TABLE public.keys AS SELECT * FROM evenkeel.idempotency"
	    " WHERE version = 3;"
	    "DELETE FROM evenkeel.turn WHERE n = 3;"
	    "DELETE FROM evenkeel.idempotency WHERE version = 3;"
	    "DELETE FROM evenkeel.conversation;"
	    "INSERT INTO evenkeel.conversation TABLE public.past");
}

/* Now it does, while somebody waits to read turns. */
static void
happen(void)
{
	run("DO $$ BEGIN WHILE NOT EXISTS (SELECT FROM pg_locks"
	    " WHERE NOT granted AND relation = 'evenkeel.turn'::regclass)"
	    " LOOP ASSERT clock_timestamp() < now() + interval '10 s';"
	    " END LOOP; END $$;"
	    "DELETE FROM evenkeel.conversation;"
	    "INSERT INTO evenkeel.conversation TABLE public.cases;"
	    "INSERT INTO evenkeel.turn TABLE public.turns;"
	    "INSERT INTO evenkeel.idempotency TABLE public.keys;"
	    "COMMIT");
}

static void
forget(void)
{
	run("DROP TABLE public.past, public.cases, public.turns, public.keys;"
	    "TRUNCATE evenkeel.conversation, evenkeel.turn,"
	    " evenkeel.idempotency");
}

/*
 * Two servers get the same undo; the other one is done with it between two
 * statements of this one.  To this one there is nothing to undo any more, but
 * the key tells why.
 */
START_TEST(an_undo_that_another_server_did_is_replayed)
{
	struct said said = { .status = 503 };

	/* It does not wait long for a lock: on a busy machine, once more. */
	for (int n = 0; n < ATTEMPTS && said.status == 503; n++) {
		char undo[TURNS_REQUEST];
		char *body = prepare(n, undo);

		turn_back();
		run("BEGIN; LOCK TABLE evenkeel.turn");
		ck_assert(wire_send(wire, service->port, undo));
		happen();
		ck_assert(wire_read(wire, &said, WAIT_MS));
		if (said.status != 503) {
			ck_assert_str_eq(said.body, body);
			ck_assert(said.replayed);
			turns_check(3, 1);
		}
		free(body);
		forget();
	}
	ck_assert_int_eq(said.status, 200);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("turns, order");
	TCase *tc = tcase_create("order");

	tcase_set_timeout(tc, 60);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, an_undo_that_another_server_did_is_replayed);
	suite_add_tcase(suite, tc);

	/* The clusters are this process's children: no forks in between. */
	SRunner *runner = srunner_create(suite);
	srunner_set_fork_status(runner, CK_NOFORK);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
