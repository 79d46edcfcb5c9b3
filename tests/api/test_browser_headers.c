/*
 * test_browser_headers.c - what answers tell browsers and caches: who may read
 * them, what they are, and how long they hold.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/cors.h"
#include "server/http.h"
#include "tests/api/client.h"
#include "tests/api/rig.h"

#define NL "\r\n"
#define HOST "Host: localhost" NL
#define DESK "https://desk.example.com"
#define NELEMS(a) (sizeof(a) / sizeof((a)[0]))

static struct rig *rig;
static struct cors *cors;
static int port;

static void
start(void)
{
	char why[256];

	cors = cors_new(DESK " http://localhost:3000", why, sizeof(why));
	ck_assert_msg(cors != NULL, "%s", why);
	rig = rig_start(&(struct http_options){ .cors = cors });
	port = rig_port(rig);
}

static void
stop(void)
{
	rig_stop(rig);
	cors_free(cors);
}

static struct answer
ask(const char *line, const char *headers)
{
	return client_ask(port, "%s HTTP/1.1" NL HOST "%s" NL, line, headers);
}

static bool
has(const struct answer *a, const char *name)
{
	char value[512];

	return answer_header(a, name, value, sizeof(value))[0] != '\0';
}

/* ---- every answer ---- */

/* clang-format off */
static const struct {
	const char *line, *headers;
	int status;
	const char *vary, *cache;
} answers[] = {
	{ "GET /hello", "", 200, "Origin", "no-store" },
	{ "GET /things/a", "", 200, "Accept, Origin", "no-cache" },
	{ "GET /things/a", "If-None-Match: *" NL, 304, "Accept, Origin", "no-cache" },
	{ "GET /things/a", "Accept: text/plain" NL, 200, "Accept, Origin", "no-cache" },
	{ "GET /things/a?x=1&x=2", "", 422, "Accept, Origin", "no-store" },
	{ "DELETE /things/a", "", 204, "Origin", "no-store" },
	{ "GET /page", "", 200, "Accept-Encoding, Origin", "no-cache" },
	{ "GET /slow/0", "", 200, "Origin", "no-store" },
	{ "GET /held/0", "", 200, "Origin", "no-cache" },
	{ "GET /wrong", "", 422, "Origin", "no-store" },
	{ "GET /nowhere", "", 404, "Origin", "no-store" },
	{ "PUT /hello", "", 405, "Origin", "no-store" },
	{ "OPTIONS /hello", "", 204, "Origin", "no-store" },
	{ "OPTIONS *", "", 204, "Origin", "no-store" },
	{ "GET /hello", "Accept: image/png" NL, 406, "Origin", "no-store" },
	{ "GET /%zz", "", 400, "Origin", "no-store" },
	{ "POST /things", "Content-Length: 99999" NL, 413, "Origin", "no-store" },
	{ "POST /things", "Content-Type: text/csv" NL "Content-Length: 0" NL, 400, "Origin", "no-store" },
};
/* clang-format on */

START_TEST(every_answer_says_how_it_may_be_used)
{
	char text[512];
	struct answer a = ask(answers[_i].line, answers[_i].headers);

	ck_assert_int_eq(a.status, answers[_i].status);
	ck_assert_str_eq(answer_header(&a, "Vary", text, sizeof(text)),
			 answers[_i].vary);
	ck_assert_str_eq(answer_header(&a, "Cache-Control", text, sizeof(text)),
			 answers[_i].cache);
	ck_assert(answer_has(&a, "X-Content-Type-Options: nosniff"));
	ck_assert(answer_has(&a, "Content-Security-Policy: default-src 'none'; "
				 "frame-ancestors 'none'"));
	ck_assert(has(&a, "X-Request-Id"));
	ck_assert(!has(&a, "Access-Control-Allow-Origin"));
	answer_free(&a);
}
END_TEST

START_TEST(a_listed_page_may_read_every_answer)
{
	char text[512];
	char headers[256];

	(void)snprintf(headers, sizeof(headers), "%sOrigin: " DESK NL,
		       answers[_i].headers);
	struct answer a = ask(answers[_i].line, headers);

	ck_assert_int_eq(a.status, answers[_i].status);
	ck_assert(answer_has(&a, "Access-Control-Allow-Origin: " DESK));
	ck_assert_str_eq(answer_header(&a, "Access-Control-Expose-Headers",
				       text, sizeof(text)),
			 CORS_EXPOSE_HEADERS);
	ck_assert(!has(&a, "Access-Control-Allow-Credentials"));
	answer_free(&a);
}
END_TEST

/* clang-format off */
static const char *const strangers[] = {
	"https://evil.example", "http://desk.example.com", DESK ".evil.example",
	DESK ":8443", "https://DESK.example.com", "null", "*", DESK "/",
	DESK ", https://evil.example",
};
/* clang-format on */

START_TEST(no_other_page_may)
{
	char headers[256];

	(void)snprintf(headers, sizeof(headers), "Origin: %s" NL,
		       strangers[_i]);
	struct answer a = ask("GET /hello", headers);

	ck_assert_int_eq(a.status, 200);
	ck_assert(!has(&a, "Access-Control-Allow-Origin"));
	answer_free(&a);
	(void)snprintf(headers, sizeof(headers),
		       "Origin: %s" NL "Access-Control-Request-Method: GET" NL,
		       strangers[_i]);
	a = ask("OPTIONS /hello", headers);
	ck_assert_int_eq(a.status, 204);
	ck_assert(!has(&a, "Access-Control-Allow-Origin"));
	ck_assert(!has(&a, "Access-Control-Allow-Methods"));
	answer_free(&a);
}
END_TEST

/* ---- preflight ---- */

static const struct {
	const char *path, *methods;
} preflights[] = {
	{ "/hello", "GET, HEAD, OPTIONS" },
	{ "/things", "POST, OPTIONS" },
	{ "/things/a", "GET, HEAD, DELETE, OPTIONS" },
};

START_TEST(a_preflight_is_told_what_the_path_takes)
{
	char line[64], text[512];

	(void)snprintf(line, sizeof(line), "OPTIONS %s", preflights[_i].path);
	struct answer a = ask(line, "Origin: http://localhost:3000" NL
				    "Access-Control-Request-Method: POST" NL
				    "Access-Control-Request-Headers: "
				    "authorization,content-type" NL);

	ck_assert_int_eq(a.status, 204);
	ck_assert_uint_eq(a.len, 0);
	ck_assert(answer_has(&a, "Access-Control-Allow-Origin: "
				 "http://localhost:3000"));
	ck_assert_str_eq(answer_header(&a, "Access-Control-Allow-Methods", text,
				       sizeof(text)),
			 preflights[_i].methods);
	ck_assert_str_eq(answer_header(&a, "Access-Control-Allow-Headers", text,
				       sizeof(text)),
			 CORS_ALLOW_HEADERS);
	ck_assert(answer_has(&a, "Access-Control-Max-Age: 600"));
	answer_free(&a);
}
END_TEST

/* ---- answers that were given before ---- */

START_TEST(an_answer_given_again_is_the_same_but_for_its_id)
{
	struct client *c = client_open(port);
	char first[64] = "", id[80], before[80] = "";

	for (int i = 0; i < 6; i++) {
		struct answer a;

		ck_assert(client_text(
			c, "GET /things/again?x=1 HTTP/1.1" NL HOST "%s" NL,
			i == 4 ? "Origin: " DESK NL : ""));
		ck_assert(client_read(c, &a, 5000));
		ck_assert_int_eq(a.status, 200);
		answer_header(&a, "X-Request-Id", id, sizeof(id));
		ck_assert_str_ne(id, before);
		(void)snprintf(before, sizeof(before), "%s", id);
		/* Exactly one, whatever was sent with it before. */
		char *at = strstr(a.head, "X-Request-Id:");

		ck_assert_ptr_nonnull(at);
		ck_assert_ptr_null(strstr(at + 1, "X-Request-Id:"));
		ck_assert_int_eq(has(&a, "Access-Control-Allow-Origin"),
				 i == 4);
		ck_assert(answer_has(&a, "Vary: Accept, Origin"));
		if (i == 0)
			answer_header(&a, "ETag", first, sizeof(first));
		char tag[64];
		ck_assert_str_eq(answer_header(&a, "ETag", tag, sizeof(tag)),
				 first);
		answer_free(&a);
	}
	client_close(c);
}
END_TEST

START_TEST(many_may_be_given_it_at_once)
{
	enum {
		CLIENTS = 20
	};
	struct client *c[CLIENTS];
	char ids[CLIENTS][80];

	for (int i = 0; i < CLIENTS; i++)
		c[i] = client_open(port);
	for (int round = 0; round < 5; round++) {
		for (int i = 0; i < CLIENTS; i++)
			ck_assert(client_text(
				c[i],
				"GET /things/many HTTP/1.1" NL HOST
				"X-Request-Id: round-%d-of-%d" NL NL,
				round, i));
		for (int i = 0; i < CLIENTS; i++) {
			struct answer a;
			char want[80];

			ck_assert(client_read(c[i], &a, 5000));
			(void)snprintf(want, sizeof(want), "round-%d-of-%d",
				       round, i);
			ck_assert_str_eq(answer_header(&a, "X-Request-Id",
						       ids[i], sizeof(ids[i])),
					 want);
			answer_free(&a);
		}
	}
	for (int i = 0; i < CLIENTS; i++)
		client_close(c[i]);
}
END_TEST

/* ---- pages ---- */

START_TEST(a_page_is_asked_for_again_and_not_sent_again)
{
	char tag[80], headers[128];
	struct answer a = ask("GET /page", "");

	answer_header(&a, "ETag", tag, sizeof(tag));
	ck_assert_uint_eq(strlen(tag), 18);
	ck_assert_str_eq(a.body, "<!doctype html>");
	answer_free(&a);
	(void)snprintf(headers, sizeof(headers), "If-None-Match: %s" NL, tag);
	a = ask("GET /page", headers);
	ck_assert_int_eq(a.status, 304);
	ck_assert_uint_eq(a.len, 0);
	answer_free(&a);
	a = ask("GET /page", "If-None-Match: \"other\"" NL);
	ck_assert_int_eq(a.status, 200);
	answer_free(&a);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("browser_headers");
	TCase *tc = tcase_create("browser_headers");
	int n = (int)NELEMS(answers);

	tcase_add_checked_fixture(tc, start, stop);
	tcase_add_loop_test(tc, every_answer_says_how_it_may_be_used, 0, n);
	tcase_add_loop_test(tc, a_listed_page_may_read_every_answer, 0, n);
	tcase_add_loop_test(tc, no_other_page_may, 0, (int)NELEMS(strangers));
	tcase_add_loop_test(tc, a_preflight_is_told_what_the_path_takes, 0,
			    (int)NELEMS(preflights));
	tcase_add_test(tc, an_answer_given_again_is_the_same_but_for_its_id);
	tcase_add_test(tc, many_may_be_given_it_at_once);
	tcase_add_test(tc, a_page_is_asked_for_again_and_not_sent_again);
	suite_add_tcase(suite, tc);

	SRunner *runner = srunner_create(suite);

	srunner_run_all(runner, CK_NORMAL);
	int failed = srunner_ntests_failed(runner);

	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
