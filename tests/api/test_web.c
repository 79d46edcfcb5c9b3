/*
 * test_web.c - pages and files, as they come over the wire.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/api/asking.h"
#include "tests/api/client.h"
#include "tests/api/service.h"
#include "tests/sql/pg.h"

#define NL "\r\n"
#define HOST "Host: localhost" NL
#define NELEMS(a) (sizeof(a) / sizeof((a)[0]))

static struct service *service;

static void
begin(void)
{
	pg_start(PG_FAST);
	service_shipped();
	service = service_start("--frame-ancestors",
				"https://desk.example.com http://localhost:1",
				NULL);
}

static void
end(void)
{
	ck_assert_int_eq(service_stop(service), 0);
	pg_stop();
}

static struct answer
ask(const char *line, const char *headers)
{
	return client_ask(service->port, "%s HTTP/1.1" NL HOST "%s" NL, line,
			  headers);
}

static const char *
header(const struct answer *a, const char *name)
{
	static char value[1024];

	return answer_header(a, name, value, sizeof(value));
}

/* clang-format off */
static const struct {
	const char *target, *type, *holds;
} files[] = {
	{ "/panel", "text/html; charset=utf-8", "<script type=\"module\"" },
	{ "/panel?ref=T-1&values=%7B%7D", "text/html; charset=utf-8", "<main" },
	{ "/docs", "text/html; charset=utf-8", "id=\"postNext\"" },
	{ "/library", "text/html; charset=utf-8", "library.js" },
	{ "/panel/demo", "text/html; charset=utf-8", "<evenkeel-panel" },
	{ "/web/evenkeel-panel.js", "text/javascript; charset=utf-8", "customElements.define" },
	{ "/web/panel.css", "text/css; charset=utf-8", ":host" },
	{ "/web/icon.svg", "image/svg+xml", "<svg" },
	{ "/web/openapi.json", "application/json", "\"openapi\"" },
	{ "/openapi.json", "application/json", "\"openapi\"" },
	{ "/bundle.schema.json", "application/schema+json", "\"$schema\"" },
};
/* clang-format on */

static bool
holds(const struct answer *a, const char *text)
{
	return memmem(a->body, a->len, text, strlen(text)) != NULL;
}

START_TEST(serves_files)
{
	char line[128];

	(void)snprintf(line, sizeof(line), "GET %s", files[_i].target);
	struct answer a = ask(line, "");
	ck_assert_int_eq(a.status, 200);
	ck_assert_str_eq(header(&a, "Content-Type"), files[_i].type);
	ck_assert_str_eq(header(&a, "Content-Encoding"), "");
	ck_assert_str_eq(header(&a, "Vary"), "Accept-Encoding, Origin");
	ck_assert_str_eq(header(&a, "Cache-Control"), "no-cache");
	ck_assert(holds(&a, files[_i].holds));
	answer_free(&a);
}
END_TEST

/* What gzip gives back of the ${len} bytes at ${packed}. */
static char *
unpacked(const char *packed, size_t len, size_t *size)
{
	char name[] = "/tmp/evenkeel-gzip-XXXXXX", command[64];
	FILE *file = fdopen(mkstemp(name), "w");
	char *text = malloc(1 << 20);

	ck_assert_ptr_nonnull(file);
	ck_assert_uint_eq(fwrite(packed, 1, len, file), len);
	fclose(file);
	(void)snprintf(command, sizeof(command), "gzip -dc <%s", name);
	FILE *pipe = popen(command, "r");
	*size = fread(text, 1, 1 << 20, pipe);
	ck_assert_int_eq(pclose(pipe), 0);
	(void)remove(name);
	return text;
}

START_TEST(packs_what_may_be_packed)
{
	char line[128], tag[64];
	size_t size;

	(void)snprintf(line, sizeof(line), "GET %s", files[_i].target);
	struct answer plain = ask(line, "");
	(void)snprintf(tag, sizeof(tag), "%s", header(&plain, "ETag"));
	struct answer a = ask(line, "Accept-Encoding: deflate, gzip" NL);
	ck_assert_str_eq(header(&a, "Content-Encoding"), "gzip");
	ck_assert_str_ne(header(&a, "ETag"), tag);
	char *text = unpacked(a.body, a.len, &size);
	ck_assert_uint_eq(size, plain.len);
	ck_assert(memcmp(text, plain.body, size) == 0);
	free(text);
	answer_free(&a);
	a = ask(line, "Accept-Encoding: gzip;q=0, br" NL);
	ck_assert_str_eq(header(&a, "Content-Encoding"), "");
	ck_assert_str_eq(header(&a, "ETag"), tag);
	answer_free(&a);
	answer_free(&plain);
}
END_TEST

/* One after the other on one connection: nothing of an answer stays behind. */
START_TEST(packs_no_answer_by_mistake)
{
	struct answer a = ask("GET /panel", "Accept-Encoding: gzip" NL);
	answer_free(&a);
	a = ask("GET /v1/stages", "Accept-Encoding: gzip" NL);
	ck_assert_str_eq(header(&a, "Content-Encoding"), "");
	ck_assert_ptr_nonnull(
		strstr(header(&a, "Content-Security-Policy"), "'none'"));
	ck_assert_int_eq(a.body[0], '{');
	answer_free(&a);
}
END_TEST

START_TEST(answers_304)
{
	char headers[160];
	struct answer a = ask("GET /web/panel.css", "Accept-Encoding: gzip" NL);

	(void)snprintf(headers, sizeof(headers),
		       "Accept-Encoding: gzip" NL "If-None-Match: %s" NL,
		       header(&a, "ETag"));
	answer_free(&a);
	a = ask("GET /web/panel.css", headers);
	ck_assert_int_eq(a.status, 304);
	answer_free(&a);
	/* The plain one is another. */
	a = ask("GET /web/panel.css", strchr(headers, '\n') + 1);
	ck_assert_int_eq(a.status, 200);
	answer_free(&a);
}
END_TEST

START_TEST(lets_the_list_frame_pages_and_nobody_else)
{
	struct answer a = ask("GET /panel", "");

	ck_assert_str_eq(
		header(&a, "Content-Security-Policy"),
		"default-src 'none'; script-src 'self'; style-src 'self'; "
		"img-src 'self'; connect-src 'self'; base-uri 'none'; "
		"form-action 'none'; frame-ancestors 'self' "
		"https://desk.example.com http://localhost:1");
	answer_free(&a);
	a = ask("GET /web/panel.css", "");
	ck_assert_str_eq(header(&a, "Content-Security-Policy"),
			 "default-src 'none'; frame-ancestors 'none'");
	answer_free(&a);
}
END_TEST

START_TEST(tells_the_panel_its_settings)
{
	json_t *answer = asking_get(service->port, "/panel/settings.json",
				    "/panel/settings.json", 200);
	json_t *list = json_object_get(answer, "frame_ancestors");

	ck_assert(json_is_false(json_object_get(answer, "keys")));
	ck_assert_uint_eq(json_array_size(list), 2);
	ck_assert_str_eq(json_string_value(json_array_get(list, 1)),
			 "http://localhost:1");
	json_decref(answer);
}
END_TEST

/* clang-format off */
static const struct {
	const char *line;
	int status;
} wrong[] = {
	{ "GET /web/nothing.js", 404 },
	{ "GET /web/..%2fopenapi.json", 404 },
	{ "GET /web/", 404 },
	{ "GET /web/panel.css?v=2", 422 },
	{ "GET /panel/nothing", 404 },
	{ "POST /panel", 405 },
};
/* clang-format on */

START_TEST(refuses)
{
	struct answer a = ask(wrong[_i].line, "Content-Length: 0" NL);

	ck_assert_int_eq(a.status, wrong[_i].status);
	ck_assert_str_eq(header(&a, "Content-Type"),
			 "application/problem+json");
	answer_free(&a);
}
END_TEST

/* ---- POST /v1/steps/{stage}, which the panel fills its lines by ---- */

START_TEST(gives_a_step_for_a_body)
{
	json_t *get =
		asking_get(service->port, "/v1/steps/{stage}",
			   "/v1/steps/validate?category=delivery.late&phrases=2"
			   "&values.due_date=Friday",
			   200);
	struct answer a = client_post(service->port, "/v1/steps/validate",
				      "{\"category\":\"delivery.late\","
				      "\"phrases\":2,"
				      "\"values\":{\"due_date\":\"Friday\"}}");
	ck_assert_int_eq(a.status, 200);
	json_t *post = json_loadb(a.body, a.len, 0, NULL);

	ck_assert(json_equal(get, post));
	answer_free(&a);
	json_decref(get);
	json_decref(post);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("web");
	TCase *tc = tcase_create("files");

	tcase_add_unchecked_fixture(tc, begin, end);
	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, serves_files, 0, NELEMS(files));
	tcase_add_loop_test(tc, packs_what_may_be_packed, 0, NELEMS(files));
	tcase_add_test(tc, packs_no_answer_by_mistake);
	tcase_add_test(tc, answers_304);
	tcase_add_test(tc, lets_the_list_frame_pages_and_nobody_else);
	tcase_add_test(tc, tells_the_panel_its_settings);
	tcase_add_loop_test(tc, refuses, 0, NELEMS(wrong));
	tcase_add_test(tc, gives_a_step_for_a_body);
	suite_add_tcase(suite, tc);

	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
