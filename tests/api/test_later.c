/*
 * test_later.c - answers that come later, seen on the wire.
 */
#include <check.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tests/api/client.h"
#include "tests/api/later.h"
#include "tests/api/rig.h"

#define NL "\r\n"
#define NELEMS(a) (sizeof(a) / sizeof((a)[0]))

static struct client *
ask(int port, const char *target)
{
	struct client *c = client_open(port);

	ck_assert(client_text(c, "GET %s HTTP/1.1" NL "Host: localhost" NL NL,
			      target));
	return c;
}

static void
expect(struct client *c, int status, const char *text)
{
	struct answer a;

	ck_assert_msg(client_read(c, &a, 5000), "no answer");
	ck_assert_int_eq(a.status, status);
	ck_assert_msg(strstr(a.body, text) != NULL, "%s not in %s", text,
		      a.body);
	answer_free(&a);
}

/* Until ${n} timers have called back. */
static void
wait_answers(int n)
{
	struct timespec ts = { 0, 2000000 };

	for (int i = 0; i < 2500 && later_answers() < n; i++)
		nanosleep(&ts, NULL);
	ck_assert_int_ge(later_answers(), n);
}

static void
stop(struct rig *rig)
{
	rig_stop(rig); /* fails if a release is still held */
	ck_assert_int_eq(later_works(), 0);
}

START_TEST(an_answer_comes_when_it_is_given)
{
	struct rig *rig = rig_start(NULL);
	struct client *slow = ask(rig_port(rig), "/later/100");
	struct client *quick = ask(rig_port(rig), "/later/1");

	expect(quick, 200, "\"jobs\":0,\"loop\":0");
	expect(slow, 200, "\"jobs\":0,\"loop\":0");
	/* And the connections go on. */
	client_text(slow, "GET /hello HTTP/1.1" NL "Host: localhost" NL NL);
	expect(slow, 200, "hello");
	client_close(slow);
	client_close(quick);
	stop(rig);
}
END_TEST

START_TEST(a_request_goes_from_thread_to_thread)
{
	struct rig *rig = rig_start(NULL);
	struct client *c[8];

	for (size_t i = 0; i < NELEMS(c); i++)
		c[i] = ask(rig_port(rig), "/round/5");
	for (size_t i = 0; i < NELEMS(c); i++) {
		expect(c[i], 200, "\"jobs\":5,\"loop\":5,\"strange\":false");
		client_close(c[i]);
	}
	stop(rig);
}
END_TEST

START_TEST(clients_may_leave_before)
{
	struct rig *rig = rig_start(NULL);
	int before = later_answers();

	for (int i = 0; i < 10; i++) {
		client_close(ask(rig_port(rig), "/later/50"));
		client_close(ask(rig_port(rig), "/round/20"));
	}
	/* Those that were given before they left are given to nobody. */
	struct client *c = ask(rig_port(rig), "/later/100");

	expect(c, 200, "jobs");
	client_close(c);
	ck_assert_int_ge(later_answers(), before + 1);
	stop(rig);
}
END_TEST

START_TEST(who_waits_too_long_is_told)
{
	struct rig *rig = rig_start(&(struct http_options){ .job_ms = 50 });
	int before = later_answers();
	struct client *c = ask(rig_port(rig), "/later/300");

	expect(c, 503, "/problems/overloaded");
	ck_assert_int_eq(later_answers(), before);
	/* What comes after that is not sent as the answer to another. */
	client_text(c, "GET /later/400 HTTP/1.1" NL "Host: localhost" NL NL
		       "GET /hello HTTP/1.1" NL "Host: localhost" NL NL);
	expect(c, 503, "/problems/overloaded");
	expect(c, 200, "hello");
	wait_answers(before + 2);
	client_close(c);
	stop(rig);
}
END_TEST

START_TEST(a_drain_waits_for_it)
{
	struct rig *rig = rig_start(NULL);
	struct client *c = ask(rig_port(rig), "/later/200");
	struct client *other = ask(rig_port(rig), "/later/1");

	expect(other, 200, "jobs"); /* so the first one is held, too */
	rig_drain(rig);
	expect(c, 200, "jobs");
	client_close(c);
	client_close(other);
	stop(rig);
}
END_TEST

START_TEST(a_drain_starts_no_job_for_it)
{
	struct rig *rig = rig_start(NULL);
	struct client *c = client_open(rig_port(rig));

	/* A request that has begun: an idle connection would be closed. */
	client_text(c, "GET /round/1 HTTP/1.1" NL);
	struct client *held = ask(rig_port(rig), "/later/300");
	struct client *other = ask(rig_port(rig), "/later/1");

	expect(other, 200, "jobs"); /* by now the others have come */
	rig_drain(rig);
	client_text(c, "Host: localhost" NL NL);
	expect(c, 503, "/problems/stopping");
	expect(held, 200, "jobs");
	client_close(c);
	client_close(held);
	client_close(other);
	stop(rig);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("later");
	TCase *tc = tcase_create("later");
	SRunner *runner = srunner_create(suite);

	tcase_set_timeout(tc, 30);
	tcase_add_test(tc, an_answer_comes_when_it_is_given);
	tcase_add_test(tc, a_request_goes_from_thread_to_thread);
	tcase_add_test(tc, clients_may_leave_before);
	tcase_add_test(tc, who_waits_too_long_is_told);
	tcase_add_test(tc, a_drain_waits_for_it);
	tcase_add_test(tc, a_drain_starts_no_job_for_it);
	suite_add_tcase(suite, tc);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);

	srunner_free(runner);
	return failed == 0 ? 0 : 1;
}
