/*
 * test_turns_kill.c - what was acknowledged is there, whatever was killed.
 *
 * TURNS_KILLS (10; the contract is 200) is how often the server is killed,
 * TURNS_CRASHES (5; 50) how often PostgreSQL is, TURNS_LEAST (0; 10,000) how
 * many turns are acknowledged in each of the two at least.
 */
#include <check.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tests/api/client.h"
#include "tests/api/service.h"
#include "tests/fault/turns.h"
#include "tests/fault/turns_crew.h"
#include "tests/sql/pg.h"

#define WAIT_MS 30000
#define ANSWER_MS 3500 /* each write is answered within this */
#define AGAIN_MS 2000  /* and writing goes on within this */

static struct service *service;
static struct crew crew; /* both outlive a failing test */
static struct looker looker;
static unsigned seed = 1;

static void
serve(void)
{
	service = service_start(NULL);
	service_expect(service, "release 1");
	service_writes(service, "");
}

static void
setup(void)
{
	pg_start(PG_DURABLE);
	service_shipped();
	serve();
}

static void
teardown(void)
{
	ck_assert_int_eq(service_stop(service), 0);
	pg_stop();
}

static void
start_crew(void)
{
	const char *wrong = crew_start(&crew, service->port);

	ck_assert_msg(wrong == NULL, "%s", wrong);
}

/* Wait, and return how long it took in ms. */
static long
expect_crew(enum crew_event event, long n)
{
	long ms = crew_wait(&crew, event, n, WAIT_MS);

	if (ms < 0)
		ck_abort_msg("event %d did not come: %s", (int)event,
			     crew_sum(&crew).wrong);
	return ms;
}

/* Some turns, and then any moment of one. */
static void
let_them_write(long turns)
{
	expect_crew(CREW_ACKED, turns);
	(void)nanosleep(
		&(struct timespec){ .tv_nsec = rand_r(&seed) % 3000000 }, NULL);
}

static void
until_enough(long least)
{
	long acked = crew_sum(&crew).acked;

	if (acked < least)
		expect_crew(CREW_ACKED, least - acked);
}

/* What each has seen, and whether the database says the same. */
static struct writer
finish(void)
{
	crew_stop(&crew);
	struct writer sum = crew_sum(&crew);

	printf("%ld acknowledged (%ld replayed), %ld beginnings; 503: %ld, "
	       "unknown: %ld, broken off: %ld; slowest answer %ld ms\n",
	       sum.acked, sum.replayed, sum.starts, sum.refused, sum.unknown,
	       sum.broken, sum.worst);
	ck_assert_str_eq(sum.wrong, "");
	/* And the first turn of each, and of the one they share. */
	turns_check(sum.acked + TURNS_WRITERS + 1,
		    sum.starts + TURNS_WRITERS + 1);
	ck_assert_int_eq(atol(pg_sql("SELECT count(*) FROM evenkeel.promise")),
			 sum.promises);
	for (int i = 0; i < TURNS_WRITERS; i++) {
		const struct writer *w = &crew.writers[i];
		const char *version =
			pg_sql("SELECT version FROM evenkeel.conversation "
			       "WHERE id = '%s'",
			       w->id);

		ck_assert_int_eq(atol(version), w->version);
	}
	ck_assert_int_le(sum.worst, ANSWER_MS);
	return sum;
}

/* --- the server ----------------------------------------------------------- */

/* SIGKILL, to this one process. */
static void
kill_service(struct service *s)
{
	int status;

	ck_assert_int_eq(kill(s->pid, SIGKILL), 0);
	ck_assert_int_eq(waitpid(s->pid, &status, 0), s->pid);
	ck_assert(WIFSIGNALED(status));
	(void)close(s->err);
	free(s->log);
	free(s);
}

START_TEST(a_killed_server_loses_and_doubles_nothing)
{
	int kills = (int)turns_setting("TURNS_KILLS", 10);

	start_crew();
	for (int i = 0; i < kills; i++) {
		let_them_write(20 + rand_r(&seed) % 60);
		crew_port(&crew, 0);
		kill_service(service);
		serve();
		crew_port(&crew, service->port);
	}
	expect_crew(CREW_ALL, 1);
	until_enough(turns_setting("TURNS_LEAST", 0));
	printf("server killed %d times: ", kills);
	ck_assert_int_gt(finish().broken, 0);
}
END_TEST

/* What the dead one had sent may come true while the other one is asked. */
START_TEST(another_server_knows_what_became_of_it)
{
	int kills = (int)turns_setting("TURNS_KILLS", 10);

	start_crew();
	for (int i = 0; i < kills; i++) {
		struct service *old = service;

		serve();
		let_them_write(20 + rand_r(&seed) % 60);
		crew_port(&crew, service->port);
		kill_service(old);
	}
	expect_crew(CREW_ALL, 1);
	printf("server replaced %d times: ", kills);
	ck_assert_int_gt(finish().broken, 0);
}
END_TEST

/* --- PostgreSQL ----------------------------------------------------------- */

static void
start_looking(void)
{
	ck_assert(looker_start(&looker, service->port));
}

static void
stop_looking(void)
{
	looker_stop(&looker);
	printf("%ld look-ups meanwhile; ", looker.asked);
	ck_assert_int_eq(looker.failed, 0);
	ck_assert_int_gt(looker.asked, 0);
}

START_TEST(a_killed_database_loses_and_doubles_nothing)
{
	int crashes = (int)turns_setting("TURNS_CRASHES", 5);
	long worst = 0;

	start_crew();
	start_looking();
	for (int i = 0; i < crashes; i++) {
		let_them_write(20 + rand_r(&seed) % 60);
		pg_kill();
		if (i % 2 == 1) /* else it comes back at once */
			expect_crew(CREW_REFUSED, 1);
		pg_restart();
		long ms = expect_crew(CREW_ALL, 1);
		worst = ms > worst ? ms : worst;
	}
	until_enough(turns_setting("TURNS_LEAST", 0));
	stop_looking();
	printf("PostgreSQL killed %d times: all write again after %ld ms at "
	       "most; ",
	       crashes, worst);
	ck_assert_int_eq(finish().broken, 0);
	ck_assert_int_le(worst, AGAIN_MS);
}
END_TEST

/* An administrator ends sessions, in the middle of whatever they do. */
START_TEST(a_session_that_is_ended_is_made_anew)
{
	int times = (int)turns_setting("TURNS_CRASHES", 5) * 4;
	long worst = 0;

	start_crew();
	start_looking();
	for (int i = 0; i < times; i++) {
		let_them_write(1 + rand_r(&seed) % 20);
		(void)pg_sql("SELECT count(pg_terminate_backend(pid)) "
			     "FROM pg_stat_activity "
			     "WHERE backend_type = 'client backend' "
			     "AND pid <> pg_backend_pid()");
		long ms = expect_crew(CREW_ALL, 1);
		worst = ms > worst ? ms : worst;
	}
	stop_looking();
	printf("sessions ended %d times: all write again after %ld ms at "
	       "most; ",
	       times, worst);
	ck_assert_int_eq(finish().broken, 0);
	ck_assert_int_le(worst, AGAIN_MS);
}
END_TEST

START_TEST(a_database_that_says_nothing_holds_nobody_up)
{
	long worst = 0;

	start_crew();
	start_looking();
	for (int i = 0; i < 3; i++) {
		let_them_write(20 + rand_r(&seed) % 60);
		pg_pause();
		/* The first ones are waited for, the next refused at once. */
		expect_crew(CREW_REFUSED, 3);
		pg_resume();
		long ms = expect_crew(CREW_ALL, 1);
		worst = ms > worst ? ms : worst;
	}
	stop_looking();
	printf("PostgreSQL stopped 3 times: all write again after %ld ms at "
	       "most; ",
	       worst);
	struct writer sum = finish();

	ck_assert_int_eq(sum.broken, 0);
	ck_assert_int_gt(sum.unknown, 0);
	ck_assert_int_le(worst, AGAIN_MS);
}
END_TEST

/* A primary that has become a standby, as far as a writer can tell. */
START_TEST(a_database_that_only_reads_is_waited_for)
{
	long worst = 0;

	start_crew();
	start_looking();
	for (int i = 0; i < 3; i++) {
		let_them_write(20 + rand_r(&seed) % 60);
		(void)pg_sql("ALTER SYSTEM SET default_transaction_read_only "
			     "= on");
		(void)pg_sql("SELECT pg_reload_conf()");
		expect_crew(CREW_REFUSED, 3);
		(void)pg_sql("ALTER SYSTEM RESET "
			     "default_transaction_read_only");
		(void)pg_sql("SELECT pg_reload_conf()");
		long ms = expect_crew(CREW_ALL, 1);
		worst = ms > worst ? ms : worst;
	}
	stop_looking();
	printf("read-only 3 times: all write again after %ld ms at most; ",
	       worst);
	struct writer sum = finish();

	ck_assert_int_eq(sum.broken, 0);
	ck_assert_int_eq(sum.unknown, 0); /* it said that it did nothing */
	ck_assert_int_le(worst, AGAIN_MS);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("turns, killed");
	TCase *tc = tcase_create("killed");

	tcase_set_timeout(tc, 1800);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, a_killed_server_loses_and_doubles_nothing);
	tcase_add_test(tc, another_server_knows_what_became_of_it);
	tcase_add_test(tc, a_session_that_is_ended_is_made_anew);
	tcase_add_test(tc, a_killed_database_loses_and_doubles_nothing);
	tcase_add_test(tc, a_database_that_says_nothing_holds_nobody_up);
	tcase_add_test(tc, a_database_that_only_reads_is_waited_for);
	suite_add_tcase(suite, tc);

	/* The clusters are this process's children: no forks in between. */
	SRunner *runner = srunner_create(suite);
	srunner_set_fork_status(runner, CK_NOFORK);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
