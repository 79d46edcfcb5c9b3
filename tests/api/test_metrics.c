/*
 * test_metrics.c - the counters of the real program.
 */
#include <check.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/wait.h>
#include <time.h>

#include "tests/api/client.h"
#include "tests/api/openapi.h"
#include "tests/api/prometheus.h"
#include "tests/api/service.h"
#include "tests/sql/pg.h"

#define NL "\r\n"
#define HOST "Host: localhost" NL
#define REQUESTS "evenkeel_http_requests_total"

static struct service *service;
static struct answer page;

static void
start(void)
{
	pg_start(PG_FAST);
}

static void
stop(void)
{
	pg_stop();
}

static void
setup(void)
{
	service_shipped();
	service = service_start("--poll", "1", NULL);
	service_expect(service, "release 1");
}

static void
teardown(void)
{
	answer_free(&page);
	page = (struct answer){ 0 };
	ck_assert_int_eq(service_stop(service), 0);
}

static void
look(void)
{
	char type[128];

	answer_free(&page);
	page = client_get(service->port, "/metrics");
	ck_assert_int_eq(page.status, 200);
	(void)answer_header(&page, "Content-Type", type, sizeof(type));
	ck_assert_str_eq(type, "text/plain; version=0.0.4; charset=utf-8");
	openapi_expect("GET", "/metrics", 200, type, page.body, page.len);
	prometheus_expect(page.body);
}

static double
value(const char *series)
{
	return prometheus_value(page.body, series);
}

/* Look until ${series} is ${wanted}, for at most 20 seconds. */
static void
wait_for(const char *series, double wanted)
{
	struct timespec rest = { .tv_nsec = 20000000 };

	for (int i = 0; i < 1000; i++) {
		look();
		if (value(series) == wanted)
			return;
		(void)nanosleep(&rest, NULL);
	}
	ck_abort_msg("%s is %g, never %g", series, value(series), wanted);
}

/* Send ${text} alone and take the status of what comes. */
static int
ask(const char *text)
{
	struct answer a = client_ask(service->port, "%s", text);
	int status = a.status;

	answer_free(&a);
	return status;
}

/* clang-format off */
static const struct {
	const char *request;
	int status;
	const char *series;
} asked[] = {
	{ "GET /livez HTTP/1.1" NL HOST NL, 200,
	  "{route=\"/livez\",method=\"GET\",code=\"200\"}" },
	{ "GET /v1/next?category=general HTTP/1.1" NL HOST NL, 200,
	  "{route=\"/v1/next\",method=\"GET\",code=\"200\"}" },
	{ "GET /v1/next?category=nothing HTTP/1.1" NL HOST NL, 404,
	  "{route=\"/v1/next\",method=\"GET\",code=\"404\"}" },
	{ "GET /v1/stages/open HTTP/1.1" NL HOST NL, 200,
	  "{route=\"/v1/stages/{code}\",method=\"GET\",code=\"200\"}" },
	{ "GET /v1/releases HTTP/1.1" NL HOST NL, 200,
	  "{route=\"/v1/releases\",method=\"GET\",code=\"200\"}" },
	{ "POST /v1/next HTTP/1.1" NL HOST "Content-Type: application/json" NL
	  "Content-Length: 1" NL NL "{", 400,
	  "{route=\"/v1/next\",method=\"POST\",code=\"400\"}" },
	{ "POST /v2/check HTTP/1.1" NL HOST
	  "Content-Type: application/x-www-form-urlencoded" NL
	  "Content-Length: 25" NL NL "language=en&text=you+lied", 200,
	  "{route=\"/v2/check\",method=\"POST\",code=\"200\"}" },
	{ "GET /nowhere HTTP/1.1" NL HOST NL, 404,
	  "{route=\"-\",method=\"GET\",code=\"404\"}" },
	{ "DELETE /livez HTTP/1.1" NL HOST NL, 405,
	  "{route=\"-\",method=\"DELETE\",code=\"405\"}" },
	{ "OPTIONS /v1/next HTTP/1.1" NL HOST NL, 204,
	  "{route=\"-\",method=\"OPTIONS\",code=\"204\"}" },
	{ "GET /v1/stages HTTP/1.1" NL "Host: elsewhere.example" NL NL, 421,
	  "{route=\"/v1/stages\",method=\"GET\",code=\"421\"}" },
};
/* clang-format on */

#define NASKED (sizeof(asked) / sizeof(asked[0]))

START_TEST(counts_what_was_asked)
{
	char series[256];

	for (size_t i = 0; i < NASKED; i++)
		for (size_t n = 0; n <= i; n++) {
			int status = ask(asked[i].request);

			ck_assert_msg(status == asked[i].status, "%s: %d",
				      asked[i].series, status);
		}
	look();
	for (size_t i = 0; i < NASKED; i++) {
		(void)snprintf(series, sizeof(series), REQUESTS "%s",
			       asked[i].series);
		double is = value(series);

		ck_assert_msg(is == (double)(i + 1), "%s: %g, not %zu", series,
			      is, i + 1);
	}
	/* Every request has a time, too. */
	ck_assert(prometheus_sum(
			  page.body,
			  "evenkeel_http_request_duration_seconds_count") ==
		  prometheus_sum(page.body, REQUESTS));
}
END_TEST

START_TEST(promtool_finds_nothing_wrong)
{
	for (size_t i = 0; i < NASKED; i++)
		(void)ask(asked[i].request);
	look();
	FILE *tool = popen("tests/tool.sh prometheus usr/bin/promtool -- check "
			   "metrics",
			   "w");

	ck_assert_ptr_nonnull(tool);
	ck_assert_uint_eq(fwrite(page.body, 1, page.len, tool), page.len);
	int status = pclose(tool);
	ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == 0,
		      "promtool says no, see above (status %d)", status);
}
END_TEST

/* Does ${text} hold ${word}, in whatever case? */
static bool
holds(const char *text, const char *word)
{
	for (; *text != '\0'; text++)
		if (strncasecmp(text, word, strlen(word)) == 0)
			return true;
	return false;
}

START_TEST(repeats_nothing_of_a_client)
{
	/* clang-format off */
	static const char *const marked[] = {
		"GET /zqmarker HTTP/1.1" NL HOST NL,
		"GET /v1/stages/zqmarker HTTP/1.1" NL HOST NL,
		"GET /v1/next?category=zqmarker HTTP/1.1" NL HOST NL,
		"GET /v1/next?zqmarker=1 HTTP/1.1" NL HOST NL,
		"GET /v1/next?category=general&values.customer_name=Zqmarker HTTP/1.1" NL HOST NL,
		"GET /livez HTTP/1.1" NL HOST "X-Request-Id: zqmarker" NL NL,
		"GET /livez HTTP/1.1" NL HOST "Authorization: Bearer zqmarker" NL NL,
		"GET /livez HTTP/1.1" NL HOST "Zqmarker: zqmarker" NL NL,
		"GET /v1/stages HTTP/1.1" NL "Host: zqmarker.example" NL NL,
		"ZQMARKER /livez HTTP/1.1" NL HOST NL,
		"POST /v1/next HTTP/1.1" NL HOST "Content-Type: application/json" NL
		"Content-Length: 23" NL NL "{\"category\":\"zqmarker\"}\n",
		"POST /v1/check HTTP/1.1" NL HOST "Content-Type: application/json" NL
		"Content-Length: 28" NL NL "{\"text\":\"You zqmarker lied.\"}",
		"POST /v1/read HTTP/1.1" NL HOST "Content-Type: application/json" NL
		"Content-Length: 19" NL NL "{\"text\":\"zqmarker\"}",
		"POST /v2/check HTTP/1.1" NL HOST
		"Content-Type: application/x-www-form-urlencoded" NL
		"Content-Length: 25" NL NL "language=en&text=zqmarker",
		"GET /v2/check?language=zqmarker&text=zqmarker HTTP/1.1" NL HOST NL,
	};
	/* clang-format on */
	size_t n = sizeof(marked) / sizeof(marked[0]);

	for (size_t i = 0; i < n; i++)
		ck_assert_int_ge(ask(marked[i]), 200);
	look();
	ck_assert(prometheus_sum(page.body, REQUESTS) >= (double)n);
	ck_assert_msg(!holds(page.body, "zqmarker"), "%s", page.body);
}
END_TEST

/* Labels do not grow with what is asked. */
START_TEST(has_no_more_series_for_more_paths)
{
	size_t lines[2] = { 0, 0 };

	for (int round = 0; round < 2; round++) {
		for (int i = 0; i < 100; i++) {
			char text[128];

			(void)snprintf(text, sizeof(text),
				       "GET /x%d HTTP/1.1" NL HOST NL,
				       round * 100 + i);
			ck_assert_int_eq(ask(text), 404);
		}
		look();
		look(); /* now /metrics itself has been asked for */
		for (const char *at = page.body; *at != '\0'; at++)
			lines[round] += *at == '\n';
	}
	ck_assert_uint_eq(lines[0], lines[1]);
}
END_TEST

START_TEST(tells_of_releases_and_the_database)
{
	look();
	ck_assert(value("evenkeel_release") == 1);
	ck_assert(value("evenkeel_release_age_seconds") >= 0);
	ck_assert(value("evenkeel_database_up") == 1);
	ck_assert(value("evenkeel_release_reloads_total{result=\"loaded\"}") ==
		  1);
	ck_assert(value("evenkeel_job_threads") == 2);
	ck_assert(value("evenkeel_jobs_waiting") == 0);
	ck_assert(value("evenkeel_http_connections") >= 1);
	ck_assert(value("evenkeel_http_requests_in_flight") == 1);
	/* A release that does not build: a row that points nowhere. */
	(void)pg_sql("UPDATE evenkeel.transition SET to_stage = 'nowhere' "
		     "WHERE from_stage = 'open'");
	(void)pg_sql("INSERT INTO evenkeel.release (number, published_by, "
		     "note, phrases, categories) VALUES (2, 'psql', '', 0, "
		     "0)");
	(void)pg_sql("NOTIFY evenkeel_release, '2'");
	wait_for("evenkeel_release_reloads_total{result=\"refused\"}", 1);
	ck_assert(value("evenkeel_release") == 1);
	pg_kill();
	wait_for("evenkeel_database_up", 0);
	ck_assert(value("evenkeel_release") == 1);
	pg_restart();
	wait_for("evenkeel_database_up", 1);
}
END_TEST

START_TEST(tells_of_jobs)
{
	struct client *clients[12];

	/* As long as the database says nothing, two run and ten wait. */
	pg_pause();
	for (int i = 0; i < 12; i++) {
		clients[i] = client_open(service->port);
		ck_assert(client_text(clients[i],
				      "GET /v1/releases HTTP/1.1" NL HOST NL));
	}
	wait_for("evenkeel_jobs_running", 2);
	ck_assert_msg(value("evenkeel_jobs_waiting") > 0, "%s", page.body);
	pg_resume();
	for (int i = 0; i < 12; i++) {
		struct answer a;

		ck_assert(client_read(clients[i], &a, 20000));
		answer_free(&a);
		client_close(clients[i]);
	}
	wait_for("evenkeel_jobs_running", 0);
	ck_assert(value("evenkeel_jobs_waiting") == 0);
}
END_TEST

START_TEST(tells_of_connections)
{
	struct client *clients[5];

	for (int i = 0; i < 5; i++)
		clients[i] = client_open(service->port);
	wait_for("evenkeel_http_connections", 6); /* with the one that asks */
	for (int i = 0; i < 5; i++)
		client_close(clients[i]);
	wait_for("evenkeel_http_connections", 1);
}
END_TEST

START_TEST(takes_no_argument_and_only_get)
{
	ck_assert_int_eq(ask("GET /metrics?x=1 HTTP/1.1" NL HOST NL), 422);
	ck_assert_int_eq(ask("POST /metrics HTTP/1.1" NL HOST NL), 405);
	ck_assert_int_eq(
		ask("GET /metrics HTTP/1.1" NL "Host: elsewhere.example" NL NL),
		421);
	/* What Prometheus says that it takes. */
	ck_assert_int_eq(
		ask("GET /metrics HTTP/1.1" NL HOST
		    "Accept: application/openmetrics-text;version=1.0.0,"
		    "application/openmetrics-text;version=0.0.1;q=0.75,"
		    "text/plain;version=0.0.4;q=0.5,*/*;q=0.1" NL
		    "Accept-Encoding: gzip" NL
		    "X-Prometheus-Scrape-Timeout-Seconds: 10" NL NL),
		200);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("metrics");
	TCase *tc = tcase_create("metrics");

	tcase_set_timeout(tc, 120);
	tcase_add_unchecked_fixture(tc, start, stop);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, counts_what_was_asked);
	tcase_add_test(tc, promtool_finds_nothing_wrong);
	tcase_add_test(tc, repeats_nothing_of_a_client);
	tcase_add_test(tc, has_no_more_series_for_more_paths);
	tcase_add_test(tc, tells_of_releases_and_the_database);
	tcase_add_test(tc, tells_of_jobs);
	tcase_add_test(tc, tells_of_connections);
	tcase_add_test(tc, takes_no_argument_and_only_get);
	suite_add_tcase(suite, tc);

	/* The cluster is this process's child: no forks in between. */
	SRunner *runner = srunner_create(suite);
	srunner_set_fork_status(runner, CK_NOFORK);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
