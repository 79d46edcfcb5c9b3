/*
 * test_http_life.c - connections, jobs and deadlines, seen on the wire.
 */
#include <check.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "server/request.h"
#include "tests/api/client.h"
#include "tests/api/rig.h"

#define NL "\r\n"
#define HOST "Host: localhost" NL
#define HELLO "GET /hello HTTP/1.1" NL HOST NL
#define NELEMS(a) (sizeof(a) / sizeof((a)[0]))

static int64_t
now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static void
rest(int ms)
{
	struct timespec ts = { 0, ms * 1000000L };

	nanosleep(&ts, NULL);
}

/* The next answer on ${c} has this ${status}, and its body this ${text}. */
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

static struct client *
ask(int port, const char *target)
{
	struct client *c = client_open(port);

	ck_assert(client_text(c, "GET %s HTTP/1.1" NL HOST NL, target));
	return c;
}

/* Wait until ${n} more jobs have begun than had ${before}. */
static void
wait_begun(int before, int n)
{
	for (int64_t end = now_ms() + 5000; rig_begun() < before + n; rest(1))
		ck_assert_msg(now_ms() < end, "a job does not begin");
}

/* What was sent before this has been read by the server when it returns. */
static void
settle(int port)
{
	struct client *c = client_open(port);

	for (int i = 0; i < 3; i++) {
		client_text(c, HELLO);
		expect(c, 200, "hello");
	}
	client_close(c);
}

/* ---- connections ---- */

START_TEST(answers_in_order)
{
	struct rig *rig = rig_start(NULL);
	struct client *c = client_open(rig_port(rig));

	for (int i = 0; i < 50; i++)
		client_text(
			c, "GET /%s HTTP/1.1" NL HOST "X-Request-Id: n%d" NL NL,
			i % 7 == 3 ? "slow/1" : "hello", i);
	for (int i = 0; i < 50; i++) {
		struct answer a;
		char line[40];

		ck_assert(client_read(c, &a, 5000));
		ck_assert_int_eq(a.status, 200);
		(void)snprintf(line, sizeof(line), "X-Request-Id: n%d", i);
		ck_assert(answer_has(&a, line));
		answer_free(&a);
	}
	client_close(c);
	rig_stop(rig);
}
END_TEST

START_TEST(closes_with_the_1000th_answer)
{
	struct rig *rig = rig_start(NULL);
	struct client *c = client_open(rig_port(rig));

	for (int i = 1; i <= HTTP_MAX_ANSWERS; i++) {
		struct answer a;

		ck_assert(client_text(c, HELLO));
		ck_assert(client_read(c, &a, 5000));
		ck_assert_int_eq(a.status, 200);
		ck_assert_int_eq(answer_has(&a, "Connection: close"),
				 i == HTTP_MAX_ANSWERS);
		answer_free(&a);
	}
	ck_assert(client_closed(c, 5000));
	client_close(c);
	rig_stop(rig);
}
END_TEST

START_TEST(speaks_http_1_0)
{
	struct rig *rig = rig_start(NULL);
	struct client *c = client_open(rig_port(rig));

	client_text(c, "GET /hello HTTP/1.0" NL "Connection: keep-alive" NL NL);
	expect(c, 200, "hello");
	client_text(c, "GET /hello HTTP/1.0" NL NL);
	expect(c, 200, "hello");
	ck_assert(client_closed(c, 5000));
	client_close(c);
	rig_stop(rig);
}
END_TEST

START_TEST(sends_bodies_of_any_size)
{
	struct rig *rig = rig_start(NULL);
	struct client *c = client_open(rig_port(rig));
	static const int sizes[] = { 0,	   1,	 1000, 2500,   1,
				     9000, 3000, 2500, 200000, 70000 };

	for (int round = 0; round < 3; round++)
		for (size_t i = 0; i < NELEMS(sizes); i++) {
			struct answer a;

			client_text(c, "GET /bytes/%d HTTP/1.1" NL HOST NL,
				    sizes[i]);
			ck_assert(client_read(c, &a, 5000));
			ck_assert_uint_eq(a.len, (size_t)sizes[i]);
			ck_assert_uint_eq(strspn(a.body, "b"), a.len);
			answer_free(&a);
		}
	client_close(c);
	rig_stop(rig);
}
END_TEST

static const int crowds[] = { 127, 128, 129, 256 };

START_TEST(serves_every_busy_connection)
{
	struct rig *rig = rig_start(NULL);
	struct client *c[256];
	int n = crowds[_i];

	for (int i = 0; i < n; i++)
		c[i] = client_open(rig_port(rig));
	for (int round = 0; round < 5; round++) {
		for (int i = 0; i < n; i++)
			client_text(c[i], HELLO HELLO);
		for (int i = 0; i < n; i++) {
			expect(c[i], 200, "hello");
			expect(c[i], 200, "hello");
		}
	}
	for (int i = 0; i < n; i++)
		client_close(c[i]);
	rig_stop(rig);
}
END_TEST

START_TEST(sheds_newcomers_at_the_limit)
{
	struct rig *rig =
		rig_start(&(struct http_options){ .max_connections = 4 });
	struct client *c[6];
	struct answer a;

	for (size_t i = 0; i < NELEMS(c); i++)
		c[i] = ask(rig_port(rig), "/hello");
	for (size_t i = 0; i < 4; i++)
		expect(c[i], 200, "hello");
	for (size_t i = 4; i < NELEMS(c); i++) {
		ck_assert(client_read(c[i], &a, 5000));
		ck_assert_int_eq(a.status, 503);
		ck_assert(answer_has(&a, "Retry-After: 1"));
		ck_assert(answer_has(&a, "Connection: close"));
		ck_assert(answer_has(&a,
				     "Content-Type: application/problem+json"));
		ck_assert_ptr_nonnull(strstr(a.body, "/problems/overloaded"));
		answer_free(&a);
		ck_assert(client_closed(c[i], 5000));
		client_close(c[i]);
	}
	/* One goes, one may come. */
	client_close(c[0]);
	for (int tries = 0;; tries++) {
		struct client *fresh = ask(rig_port(rig), "/hello");

		ck_assert(client_read(fresh, &a, 5000));
		int status = a.status;

		answer_free(&a);
		client_close(fresh);
		if (status == 200)
			break;
		ck_assert_int_lt(tries, 100);
		rest(10);
	}
	for (size_t i = 1; i < 4; i++)
		client_close(c[i]);
	rig_stop(rig);
}
END_TEST

/* ---- deadlines ---- */

/* Send ${head}, then a byte each 20 ms until closed; how long did it take? */
static int64_t
dribble(struct client *c, const char *head)
{
	int64_t start = now_ms();

	client_text(c, "%s", head);
	while (now_ms() - start < 5000) {
		char peek;

		client_send(c, "x", 1);
		rest(20);
		ssize_t n =
			recv(client_fd(c), &peek, 1, MSG_PEEK | MSG_DONTWAIT);
		if (n >= 0 || errno != EAGAIN)
			break;
	}
	return now_ms() - start;
}

/* clang-format off */
static const struct {
	const char *head;
	int after; /* ms */
	int status; /* 0: closed without a word */
} slows[] = {
	{ "GET /hel", 300, 0 },
	{ "GET /hello HTTP/1.1" NL "X: ", 200, 408 },
	{ "POST /things HTTP/1.1" NL HOST "Content-Length: 9999" NL NL "{", 100, 408 },
	{ "POST /things HTTP/1.1" NL HOST "Transfer-Encoding: chunked" NL NL "2000" NL, 100, 408 },
};
/* clang-format on */

START_TEST(cuts_slow_clients)
{
	struct rig *rig = rig_start(&(struct http_options){
		.idle_ms = 300, .headers_ms = 200, .request_ms = 100 });
	struct client *c = client_open(rig_port(rig));
	struct answer a;
	int64_t took = dribble(c, slows[_i].head);

	ck_assert_int_ge(took, slows[_i].after);
	ck_assert_int_lt(took, slows[_i].after + 2000);
	if (slows[_i].status != 0) {
		ck_assert(client_read(c, &a, 1000));
		ck_assert_int_eq(a.status, slows[_i].status);
		ck_assert(answer_has(&a,
				     "Content-Type: application/problem+json"));
		ck_assert_ptr_nonnull(strstr(a.body, "request-timeout"));
		answer_free(&a);
		ck_assert(rig_logged(rig, "\"status\":408", 1000));
	}
	ck_assert(client_closed(c, 1000));
	client_close(c);
	rig_stop(rig);
}
END_TEST

START_TEST(closes_idle_connections)
{
	struct rig *rig = rig_start(&(struct http_options){ .idle_ms = 200 });
	struct client *fresh = client_open(rig_port(rig));
	struct client *used = client_open(rig_port(rig));
	int64_t start = now_ms();

	ck_assert(!client_closed(used, 100));
	client_text(used, HELLO);
	expect(used, 200, "hello");
	ck_assert(client_closed(fresh, 2000));
	ck_assert_int_ge(now_ms() - start, 199);
	ck_assert(client_closed(used, 2000));
	ck_assert_int_ge(now_ms() - start, 299);
	client_close(fresh);
	client_close(used);
	rig_stop(rig);
}
END_TEST

START_TEST(notices_a_fin_that_came_with_the_request)
{
	struct rig *rig = rig_start(&(struct http_options){ .idle_ms = 200 });
	struct client *c[20];

	for (size_t i = 0; i < NELEMS(c); i++) {
		c[i] = ask(rig_port(rig), "/hello");
		shutdown(client_fd(c[i]), SHUT_WR);
	}
	for (size_t i = 0; i < NELEMS(c); i++) {
		expect(c[i], 200, "hello");
		ck_assert(client_closed(c[i], 2000));
		client_close(c[i]);
	}
	rig_stop(rig);
}
END_TEST

/* ---- jobs ---- */

START_TEST(look_ups_do_not_wait_for_jobs)
{
	struct rig *rig = rig_start(NULL);
	struct client *job = ask(rig_port(rig), "/slow/400");
	struct client *c = client_open(rig_port(rig));
	int before = rig_slept();

	for (int i = 0; i < 100; i++) {
		client_text(c, HELLO);
		expect(c, 200, "hello");
	}
	ck_assert_int_eq(rig_slept(), before);
	expect(job, 200, "{\"desk\":true}");
	client_close(job);
	client_close(c);
	rig_stop(rig);
}
END_TEST

START_TEST(jobs_get_bodies)
{
	struct rig *rig = rig_start(NULL);
	struct answer a = client_post(rig_port(rig), "/slow", "{\"a\":1}");

	ck_assert_int_eq(a.status, 200);
	ck_assert_ptr_nonnull(strstr(a.body, "\"body\":{\"a\":1}"));
	answer_free(&a);
	rig_stop(rig);
}
END_TEST

START_TEST(sheds_jobs_when_too_many_wait)
{
	struct rig *rig = rig_start(
		&(struct http_options){ .jobs = 1, .max_waiting = 2 });
	int begun = rig_begun(), answered = 0, shed = 0;
	struct client *running = ask(rig_port(rig), "/slow/300"), *c[3];

	wait_begun(begun, 1);
	for (size_t i = 0; i < NELEMS(c); i++)
		c[i] = ask(rig_port(rig), "/slow/1");
	for (size_t i = 0; i < NELEMS(c); i++) {
		struct answer a;

		ck_assert(client_read(c[i], &a, 5000));
		if (a.status == 503) {
			ck_assert_ptr_nonnull(
				strstr(a.body, "/problems/overloaded"));
			ck_assert(answer_has(&a, "Retry-After: 1"));
			shed++;
		} else {
			ck_assert_int_eq(a.status, 200);
			answered++;
		}
		answer_free(&a);
		client_close(c[i]);
	}
	ck_assert_int_eq(shed, 1);
	ck_assert_int_eq(answered, 2);
	expect(running, 200, "desk");
	client_close(running);
	rig_stop(rig);
}
END_TEST

START_TEST(gives_up_on_jobs_that_take_too_long)
{
	struct rig *rig =
		rig_start(&(struct http_options){ .jobs = 1, .job_ms = 100 });
	int before = rig_slept(), begun = rig_begun();
	struct client *running = ask(rig_port(rig), "/held/500");

	wait_begun(begun, 1);
	struct client *waiting = ask(rig_port(rig), "/held/1");

	expect(running, 503, "/problems/overloaded");
	expect(waiting, 503, "/problems/overloaded");
	ck_assert_int_eq(rig_slept(), before);

	/* The same connection, while its old job still runs. */
	rig_library(rig, 2);
	client_text(running, HELLO);
	expect(running, 200, "hello");
	client_close(running);
	client_close(waiting);

	/* The thread comes back; the job that never began never ran. */
	struct client *c = NULL;
	struct answer a = { 0 };

	for (int tries = 0; tries < 30 && a.status != 200; tries++) {
		answer_free(&a);
		client_close(c);
		c = ask(rig_port(rig), "/held/1");
		ck_assert(client_read(c, &a, 5000));
	}
	ck_assert_str_eq(a.body, "{\"release\":2}");
	ck_assert_int_eq(rig_slept(), before + 2);
	answer_free(&a);
	client_close(c);
	rig_stop(rig);
}
END_TEST

START_TEST(a_job_keeps_its_release)
{
	struct rig *rig = rig_start(NULL);
	int begun = rig_begun();
	struct client *c = ask(rig_port(rig), "/held/200");

	wait_begun(begun, 1);
	rig_library(rig, 2);
	rig_library(rig, 3);
	expect(c, 200, "{\"release\":1}");
	client_text(c, "GET /held/0 HTTP/1.1" NL HOST NL);
	expect(c, 200, "{\"release\":3}");
	client_close(c);
	rig_stop(rig);
}
END_TEST

START_TEST(clients_may_leave_while_their_job_runs)
{
	struct rig *rig = rig_start(NULL);
	int before = rig_slept();
	struct client *leaving[10], *half[10];

	for (int i = 0; i < 10; i++) {
		leaving[i] = ask(rig_port(rig), "/held/20");
		half[i] = ask(rig_port(rig), "/held/20");
	}
	settle(rig_port(rig));
	for (int i = 0; i < 10; i++) {
		shutdown(client_fd(half[i]), SHUT_WR);
		if (i % 2 == 0)
			client_close(leaving[i]);
		else
			client_reset(leaving[i]);
	}
	while (rig_slept() < before + 20)
		rest(5);
	struct answer a = client_get(rig_port(rig), "/held/0");

	ck_assert_int_eq(a.status, 200);
	answer_free(&a);
	for (int i = 0; i < 10; i++)
		client_close(half[i]);
	rig_stop(rig);
}
END_TEST

/* ---- the end ---- */

START_TEST(a_drain_waits_for_jobs_that_run)
{
	struct rig *rig = rig_start(&(struct http_options){ .jobs = 1 });
	struct client *idle = client_open(rig_port(rig));
	struct client *slow = client_open(rig_port(rig));

	client_text(idle, HELLO);
	expect(idle, 200, "hello");
	client_text(slow, "GET /hello HTTP/1.1" NL);
	int begun = rig_begun();
	struct client *running = ask(rig_port(rig), "/slow/300");

	wait_begun(begun, 1);
	struct client *waiting = ask(rig_port(rig), "/slow/300");
	struct answer a;

	settle(rig_port(rig));
	rig_drain(rig);
	ck_assert(client_read(waiting, &a, 5000));
	ck_assert_int_eq(a.status, 503);
	ck_assert_ptr_nonnull(strstr(a.body, "/problems/stopping"));
	ck_assert(answer_has(&a, "Connection: close"));
	answer_free(&a);
	ck_assert(client_closed(waiting, 5000));

	/* Who had asked nothing yet is let go, who had begun to is answered. */
	ck_assert(client_closed(idle, 5000));
	client_text(slow, HOST NL "GET /slow/1 HTTP/1.1" NL HOST NL);
	ck_assert(client_read(slow, &a, 5000));
	ck_assert_int_eq(a.status, 200);
	ck_assert(answer_has(&a, "Connection: close"));
	answer_free(&a);
	ck_assert(client_closed(slow, 5000));

	ck_assert(client_read(running, &a, 5000));
	ck_assert_int_eq(a.status, 200);
	ck_assert(answer_has(&a, "Connection: close"));
	answer_free(&a);
	rig_stop(rig);
	client_close(idle);
	client_close(slow);
	client_close(running);
	client_close(waiting);
}
END_TEST

START_TEST(who_changes_something_is_told_that_it_may_have_been_done)
{
	struct rig *rig =
		rig_start(&(struct http_options){ .jobs = 1, .job_ms = 100 });
	int begun = rig_begun();
	struct client *c = client_open(rig_port(rig));

	client_text(c, "POST /slow/500 HTTP/1.1" NL HOST
		       "Content-Type: application/json" NL
		       "Content-Length: 2" NL NL "{}");
	wait_begun(begun, 1);
	expect(c, 503, "/problems/outcome-unknown");
	client_close(c);
	rig_stop(rig);
}
END_TEST

START_TEST(a_drain_ends_without_a_job_that_takes_too_long)
{
	struct rig *rig = rig_start(&(struct http_options){ .drain_ms = 100 });
	int begun = rig_begun();
	struct client *c = ask(rig_port(rig), "/slow/1000");
	int64_t start = now_ms();

	wait_begun(begun, 1);
	rig_drain(rig);
	expect(c, 503, "/problems/stopping");
	ck_assert_int_lt(now_ms() - start, 900);
	rig_stop(rig); /* it waits for the job's thread */
	client_close(c);
}
END_TEST

START_TEST(a_drain_ends_without_a_client_that_reads_nothing)
{
	struct rig *rig = rig_start(&(struct http_options){ .drain_ms = 100 });
	struct client *c = ask(rig_port(rig), "/bytes/9999999");
	int64_t start = now_ms();

	settle(rig_port(rig));
	rig_stop(rig);
	ck_assert_int_lt(now_ms() - start, 2000);
	client_close(c);
}
END_TEST

START_TEST(a_stop_without_a_drain_cuts_jobs)
{
	struct rig *rig = rig_start(NULL);
	int begun = rig_begun();
	struct client *c = ask(rig_port(rig), "/held/200");
	struct client *d = ask(rig_port(rig), "/held/200");

	wait_begun(begun, 2);
	rig_cut(rig);
	rig_stop(rig);
	client_close(c);
	client_close(d);
}
END_TEST

/* ---- a process of its own ---- */

struct load {
	pthread_t thread;
	int port;
	int answers, bad;
};

/* Ask until the server closes the connection; no answer may be wrong. */
static void *
keep_asking(void *arg)
{
	struct load *load = arg;
	struct client *c = client_open(load->port);
	struct answer a;

	for (;;) {
		const char *target =
			load->answers % 8 == 3 ? "slow/2" : "things/a?x=1";

		if (!client_text(c, "GET /%s HTTP/1.1" NL HOST NL, target) ||
		    !client_read(c, &a, 5000))
			break;
		load->answers++;
		if (a.status != 200 && a.status != 503)
			load->bad++;
		bool last = answer_has(&a, "Connection: close");

		answer_free(&a);
		if (last)
			break;
	}
	client_close(c);
	return NULL;
}

START_TEST(sigterm_in_mid_load_ends_well)
{
	struct load loads[16] = { 0 };
	int port, status, answers = 0;
	pid_t pid = rig_fork(&port);

	for (size_t i = 0; i < NELEMS(loads); i++) {
		loads[i].port = port;
		ck_assert_int_eq(pthread_create(&loads[i].thread, NULL,
						keep_asking, &loads[i]),
				 0);
	}
	rest(100);
	ck_assert_int_eq(kill(pid, SIGHUP), 0); /* nothing to anybody */
	rest(50);
	ck_assert_int_eq(waitpid(pid, &status, WNOHANG), 0);

	int64_t start = now_ms();

	ck_assert_int_eq(kill(pid, _i % 2 == 0 ? SIGTERM : SIGINT), 0);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_lt(now_ms() - start, 2000);
	ck_assert(WIFEXITED(status));
	ck_assert_int_eq(WEXITSTATUS(status), 0);
	for (size_t i = 0; i < NELEMS(loads); i++) {
		pthread_join(loads[i].thread, NULL);
		ck_assert_int_eq(loads[i].bad, 0);
		answers += loads[i].answers;
	}
	ck_assert_int_gt(answers, 100);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("http_life");
	TCase *tc = tcase_create("http_life");

	signal(SIGPIPE, SIG_IGN);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, answers_in_order);
	tcase_add_test(tc, closes_with_the_1000th_answer);
	tcase_add_test(tc, speaks_http_1_0);
	tcase_add_test(tc, sends_bodies_of_any_size);
	tcase_add_loop_test(tc, serves_every_busy_connection, 0,
			    (int)NELEMS(crowds));
	tcase_add_test(tc, sheds_newcomers_at_the_limit);
	tcase_add_loop_test(tc, cuts_slow_clients, 0, (int)NELEMS(slows));
	tcase_add_test(tc, closes_idle_connections);
	tcase_add_test(tc, notices_a_fin_that_came_with_the_request);
	tcase_add_test(tc, look_ups_do_not_wait_for_jobs);
	tcase_add_test(tc, jobs_get_bodies);
	tcase_add_test(tc, sheds_jobs_when_too_many_wait);
	tcase_add_test(tc, gives_up_on_jobs_that_take_too_long);
	tcase_add_test(
		tc, who_changes_something_is_told_that_it_may_have_been_done);
	tcase_add_test(tc, a_job_keeps_its_release);
	tcase_add_test(tc, clients_may_leave_while_their_job_runs);
	tcase_add_test(tc, a_drain_waits_for_jobs_that_run);
	tcase_add_test(tc, a_drain_ends_without_a_job_that_takes_too_long);
	tcase_add_test(tc, a_drain_ends_without_a_client_that_reads_nothing);
	tcase_add_test(tc, a_stop_without_a_drain_cuts_jobs);
	tcase_add_loop_test(tc, sigterm_in_mid_load_ends_well, 0, 4);
	suite_add_tcase(suite, tc);

	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
