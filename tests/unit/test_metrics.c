/*
 * test_metrics.c - what is counted, and how it is written down.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "server/metrics.h"
#include "server/problem.h"
#include "tests/api/prometheus.h"

#define REQUESTS "evenkeel_http_requests_total"
#define TIMES "evenkeel_http_request_duration_seconds"

static const struct route routes[] = {
	{ "GET", "/things", NULL, 0, ROLE_NONE },
	{ "GET", "/things/{id}", NULL, 0, ROLE_NONE },
	{ "POST", "/things", NULL, 0, ROLE_NONE },
};

static struct metrics *m;
static char *page;

static const char *
reason(unsigned i)
{
	static const char *const names[] = { "two_hosts", "bad_name" };

	return names[i];
}

static double keys_are; /* seconds old */

static double
keys_age(void *arg)
{
	return *(const double *)arg;
}

static void
setup(void)
{
	m = metrics_new(&(struct metrics_options){ .routes = routes,
						   .nroutes = 3,
						   .version = "1.2.3",
						   .refusal_name = reason,
						   .nrefusals = 2,
						   .keys_age = keys_age,
						   .arg = &keys_are });
	ck_assert_ptr_nonnull(m);
	keys_are = 2.5;
}

static void
teardown(void)
{
	free(page);
	page = NULL;
	metrics_free(m);
}

static void
look(void)
{
	size_t len = 0;

	free(page);
	page = metrics_text(m, &len);
	ck_assert_ptr_nonnull(page);
	ck_assert_uint_eq(strlen(page), len);
	prometheus_expect(page);
}

static void
expect(const char *series, double value)
{
	double is = prometheus_value(page, series);

	ck_assert_msg(is == value, "%s is %g and not %g:\n%s", series, is,
		      value, page);
}

static uint64_t
now_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000 + (uint64_t)ts.tv_nsec / 1000;
}

START_TEST(counts_by_route_method_and_status)
{
	for (int i = 0; i < 3; i++)
		metrics_request(m, &routes[0], "GET", 200, now_us());
	metrics_request(m, &routes[0], "HEAD", 200, now_us());
	metrics_request(m, &routes[1], "GET", 404, now_us());
	metrics_request(m, &routes[2], "POST", 422, now_us());
	metrics_request(m, &routes[2], "POST", 0, now_us());
	look();
	expect(REQUESTS "{route=\"/things\",method=\"GET\",code=\"200\"}", 3);
	expect(REQUESTS "{route=\"/things\",method=\"HEAD\",code=\"200\"}", 1);
	expect(REQUESTS "{route=\"/things/{id}\",method=\"GET\",code=\"404\"}",
	       1);
	expect(REQUESTS "{route=\"/things\",method=\"POST\",code=\"422\"}", 1);
	expect(REQUESTS "{route=\"/things\",method=\"POST\",code=\"000\"}", 1);
	ck_assert(prometheus_sum(page, REQUESTS) == 7);
}
END_TEST

START_TEST(counts_what_found_no_route)
{
	static const char *const methods[] = { "GET",	  "POST",    "HEAD",
					       "OPTIONS", "PUT",     "PATCH",
					       "DELETE",  "CONNECT", "TRACE" };

	for (size_t i = 0; i < 9; i++)
		metrics_request(m, NULL, methods[i], 404, now_us());
	metrics_request(m, NULL, NULL, 405, now_us());
	look();
	for (size_t i = 0; i < 9; i++) {
		char series[128];

		(void)snprintf(series, sizeof(series),
			       REQUESTS "{route=\"-\",method=\"%s\","
					"code=\"404\"}",
			       methods[i]);
		expect(series, 1);
	}
	expect(REQUESTS "{route=\"-\",method=\"-\",code=\"405\"}", 1);
	expect(TIMES "_count{route=\"-\",method=\"-\"}", 10);
}
END_TEST

static void
expect_known(int status)
{
	char series[128];

	metrics_request(m, &routes[1], "GET", status, now_us());
	look();
	(void)snprintf(series, sizeof(series),
		       REQUESTS "{route=\"/things/{id}\",method=\"GET\","
				"code=\"%d\"}",
		       status);
	ck_assert_msg(prometheus_value(page, series) > 0,
		      "%d has no column in metrics_text.c", status);
}

START_TEST(knows_every_status_that_is_sent)
{
	static const int good[] = { 200, 201, 204, 304 };

	for (size_t i = 0; i < 4; i++)
		expect_known(good[i]);
	for (size_t i = 0; i < N_PROBLEMS; i++)
		expect_known(problems[i].status);
}
END_TEST

START_TEST(any_other_status_is_other)
{
	static const int odd[] = { -1, 1, 99, 100, 299, 418, 599, 600, 70000 };

	for (size_t i = 0; i < 9; i++)
		metrics_request(m, &routes[1], "GET", odd[i], now_us());
	look();
	expect(REQUESTS
	       "{route=\"/things/{id}\",method=\"GET\",code=\"other\"}",
	       9);
}
END_TEST

START_TEST(puts_times_into_buckets)
{
	uint64_t now = now_us();

	metrics_request(m, &routes[0], "GET", 200, now - 3000000);
	metrics_request(m, &routes[0], "HEAD", 200, now - 3000000);
	metrics_request(m, &routes[0], "GET", 200, now - 60000000);
	/* A clock that went back: it took no time. */
	metrics_request(m, &routes[0], "GET", 200, now + 60000000);
	metrics_turn(m);
	look();
#define BUCKET(le) \
	TIMES "_bucket{route=\"/things\",method=\"GET\",le=\"" le "\"}"
	expect(BUCKET("0.0001"), 1);
	expect(BUCKET("2.5"), 1);
	expect(BUCKET("5"), 3);
	expect(BUCKET("10"), 3);
	expect(BUCKET("+Inf"), 4);
	expect(TIMES "_count{route=\"/things\",method=\"GET\"}", 4);
	double sum = prometheus_value(page, TIMES "_sum{route=\"/things\","
						  "method=\"GET\"}");
	ck_assert_msg(sum >= 66 && sum < 76, "%g s", sum);
	/* Without a request a route has no times. */
	ck_assert_ptr_null(strstr(page, TIMES "_count{route=\"/things/{id}\""));
}
END_TEST

/* A turn may end more requests than are noted down at once. */
START_TEST(loses_none_in_a_long_turn)
{
	for (int i = 0; i < 1000; i++)
		metrics_request(m, &routes[i % 3], i % 3 == 2 ? "POST" : "GET",
				200, now_us());
	look();
	ck_assert(prometheus_sum(page, REQUESTS) == 1000);
	ck_assert(prometheus_sum(page, TIMES "_count") == 1000);
}
END_TEST

START_TEST(counts_refusals_by_reason)
{
	metrics_refused(m, 1);
	metrics_refused(m, 1);
	metrics_refused(m, 63);
	metrics_refused(m, 64); /* is none */
	metrics_limited(m);
	look();
	expect("evenkeel_http_refused_total{reason=\"two_hosts\"}", 0);
	expect("evenkeel_http_refused_total{reason=\"bad_name\"}", 2);
	expect("evenkeel_http_rate_limited_total", 1);
}
END_TEST

START_TEST(tells_of_releases_and_keys)
{
	look();
	expect("evenkeel_release", 0);
	expect("evenkeel_database_up", 0);
	expect("evenkeel_release_age_seconds", -1);
	expect("evenkeel_keys", -1);
	expect("evenkeel_keys_age_seconds", -1);

	metrics_release(m, 7);
	metrics_keys(m, 0);
	metrics_database(m, true);
	for (int i = 0; i < N_METRICS_RELOADS; i++)
		for (int n = 0; n <= i; n++)
			metrics_reloaded(m, (enum metrics_reload)i);
	look();
	expect("evenkeel_release", 7);
	expect("evenkeel_database_up", 1);
	expect("evenkeel_keys", 0);
	expect("evenkeel_release_reloads_total{result=\"loaded\"}", 1);
	expect("evenkeel_release_reloads_total{result=\"refused\"}", 2);
	expect("evenkeel_release_reloads_total{result=\"failed\"}", 3);
	expect("evenkeel_release_reloads_total{result=\"cached\"}", 4);
	double age = prometheus_value(page, "evenkeel_release_age_seconds");
	ck_assert_msg(age >= 0 && age < 10, "%g s", age);
	ck_assert_double_eq(prometheus_value(page, "evenkeel_keys_age_seconds"),
			    2.5);
	keys_are = -1; /* nobody knows */
	look();
	expect("evenkeel_keys", 0);
	expect("evenkeel_keys_age_seconds", -1);

	metrics_release(m, 0);
	metrics_database(m, false);
	look();
	expect("evenkeel_release", 0);
	expect("evenkeel_release_age_seconds", -1);
	expect("evenkeel_database_up", 0);
}
END_TEST

static void
tell_now(void *arg, struct metrics_now *to)
{
	ck_assert_ptr_eq(arg, &page);
	*to = (struct metrics_now){ 5, 4, 6, 3, 2, 1 };
}

START_TEST(asks_what_is_true_now)
{
	look();
	expect("evenkeel_http_connections", -1);
	metrics_ask(m, tell_now, &page);
	look();
	expect("evenkeel_http_connections", 5);
	expect("evenkeel_http_requests_in_flight", 4);
	expect("evenkeel_http_requests_waiting", 6);
	expect("evenkeel_job_threads", 3);
	expect("evenkeel_jobs_waiting", 2);
	expect("evenkeel_jobs_running", 1);
	metrics_ask(m, NULL, NULL);
	look();
	expect("evenkeel_http_connections", -1);
}
END_TEST

START_TEST(tells_of_the_process)
{
	struct timespec ts;
	double fds, cpu;

	look();
	expect("evenkeel_build_info{version=\"1.2.3\"}", 1);
	fds = prometheus_value(page, "process_open_fds");
	cpu = prometheus_value(page, "process_cpu_seconds_total");
	int fd = dup(STDERR_FILENO);
	look();
	(void)close(fd);
	expect("process_open_fds", fds + 1);
	ck_assert(prometheus_value(page, "process_cpu_seconds_total") >= cpu);
	ck_assert(prometheus_value(page, "process_max_fds") > fds);
	ck_assert(prometheus_value(page, "process_threads") >= 1);
	double resident =
		prometheus_value(page, "process_resident_memory_bytes");
	ck_assert_msg(resident > 100000, "%g bytes", resident);
	ck_assert(prometheus_value(page, "process_virtual_memory_bytes") >
		  resident);
	clock_gettime(CLOCK_REALTIME, &ts);
	double started = prometheus_value(page, "process_start_time_seconds");
	ck_assert_msg(started <= (double)ts.tv_sec + 2 &&
			      started > (double)ts.tv_sec - 3600,
		      "%f", started);
}
END_TEST

/* No descriptor is left: the page comes all the same, without some lines. */
START_TEST(needs_no_descriptor)
{
	struct rlimit before, none;

	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &before), 0);
	none = before;
	none.rlim_cur = 0;
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &none), 0);
	look();
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &before), 0);
	expect("process_open_fds", -1);
	expect("process_resident_memory_bytes", -1);
	expect("process_max_fds", 0);
	ck_assert(prometheus_value(page, "process_cpu_seconds_total") >= 0);
	ck_assert(prometheus_value(page, "process_start_time_seconds") > 0);
	expect("evenkeel_build_info{version=\"1.2.3\"}", 1);
}
END_TEST

START_TEST(without_counters_nothing_is_counted)
{
	metrics_request(NULL, &routes[0], "GET", 200, 0);
	metrics_turn(NULL);
	metrics_refused(NULL, 0);
	metrics_limited(NULL);
	metrics_release(NULL, 1);
	metrics_keys(NULL, 1);
	metrics_ask(NULL, tell_now, NULL);
	metrics_reloaded(NULL, METRICS_LOADED);
	metrics_database(NULL, true);
	metrics_free(NULL);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("metrics");
	TCase *tc = tcase_create("metrics");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, counts_by_route_method_and_status);
	tcase_add_test(tc, counts_what_found_no_route);
	tcase_add_test(tc, knows_every_status_that_is_sent);
	tcase_add_test(tc, any_other_status_is_other);
	tcase_add_test(tc, puts_times_into_buckets);
	tcase_add_test(tc, loses_none_in_a_long_turn);
	tcase_add_test(tc, counts_refusals_by_reason);
	tcase_add_test(tc, tells_of_releases_and_keys);
	tcase_add_test(tc, asks_what_is_true_now);
	tcase_add_test(tc, tells_of_the_process);
	tcase_add_test(tc, needs_no_descriptor);
	tcase_add_test(tc, without_counters_nothing_is_counted);
	suite_add_tcase(suite, tc);

	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
