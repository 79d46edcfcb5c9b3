/*
 * test_forms.c - bodies that are forms, and bodies that are large.
 */
#include <check.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/body.h"
#include "server/request.h"
#include "tests/api/client.h"
#include "tests/api/rig.h"

#define NL "\r\n"
#define HOST "Host: localhost" NL
#define FORM "application/x-www-form-urlencoded"

static struct rig *rig;
static int port;

static void
set_up(void)
{
	rig = rig_start(NULL);
	port = rig_port(rig);
}

static void
tear_down(void)
{
	rig_stop(rig);
}

/* POST the ${len} bytes at ${body} to ${target}. */
static struct answer
post(const char *target, const char *type, const char *body, size_t len)
{
	struct client *c = client_open(port);
	struct answer a;

	client_text(c,
		    "POST %s HTTP/1.1" NL HOST "Content-Type: %s" NL
		    "Content-Length: %zu" NL NL,
		    target, type, len);
	(void)client_send(c, body, len);
	ck_assert(client_read(c, &a, 5000));
	client_close(c);
	return a;
}

/* The argument ${name} as the handler saw it, the caller frees it. */
static char *
seen(const struct answer *a, const char *name)
{
	json_t *all = json_loadb(a->body, a->len, 0, NULL);
	const json_t *value =
		json_object_get(json_object_get(all, "args"), name);
	char *text =
		json_is_string(value) ? strdup(json_string_value(value)) : NULL;

	json_decref(all);
	return text;
}

START_TEST(fields_come_as_arguments)
{
	static const char body[] =
		"text=You+said%0Aso &language=en-US&unknown=%F0%9F%98%A0";
	static const char *const expected[][2] = {
		{ "text", "You said\nso " },
		{ "language", "en-US" },
		{ "unknown", "\xf0\x9f\x98\xa0" },
	};
	/* Those of the URL do not count beside it. */
	struct answer a =
		post("/form?language=de", FORM, body, sizeof(body) - 1);

	ck_assert_int_eq(a.status, 200);
	for (int i = 0; i < 3; i++) {
		char *value = seen(&a, expected[i][0]);

		ck_assert_ptr_nonnull(value);
		ck_assert_str_eq(value, expected[i][1]);
		free(value);
	}
	answer_free(&a);
}
END_TEST

/* clang-format off */
static const struct {
	const char *target, *type, *body;
	size_t len;
	int status;
	const char *problem;
} refusals[] = {
#define B(text) text, sizeof(text) - 1
	{ "/form", "application/json", B("{}"), 415, "unsupported-type" },
	{ "/form", "multipart/form-data; boundary=x", B("--x--"), 415, "unsupported-type" },
	{ "/form", FORM "; charset=latin1", B("a=1"), 415, "unsupported-type" },
	{ "/form", FORM NL "Content-Encoding: gzip", B("a=1"), 415, "unsupported-type" },
	{ "/large", FORM, B("a=1"), 415, "unsupported-type" },
	{ "/form", FORM, B("text=a\0b"), 400, "bad-request" },
	{ "/form", FORM, B("text=a%00b"), 400, "bad-request" },
	{ "/form", FORM, B("text=100%"), 400, "bad-request" },
	{ "/form", FORM, B("text=%C3"), 400, "bad-request" },
	{ "/form", FORM, B("text=\xc3("), 400, "bad-request" },
	{ "/form", FORM, B("text=%07"), 400, "bad-request" },
	{ "/form", FORM, B("a=1&a=2"), 422, "invalid" },
	{ "/form", FORM, B("a&b&c&d&e&f&g&h&i&j&k&l&m&n&o&p&q&r&s&t&u&v&w&x&y&z&1&2&3&4&5&6&7"), 422, "invalid" },
#undef B
};
/* clang-format on */

START_TEST(refuses)
{
	struct answer a = post(refusals[_i].target, refusals[_i].type,
			       refusals[_i].body, refusals[_i].len);
	char type[64];

	ck_assert_int_eq(a.status, refusals[_i].status);
	(void)snprintf(type, sizeof(type), "\"/problems/%s\"",
		       refusals[_i].problem);
	ck_assert_ptr_nonnull(strstr(a.body, type));
	answer_free(&a);
}
END_TEST

/* A body of ${len} bytes: a form, or JSON. */
static void
fill(char *to, size_t len, bool form)
{
	const char *head = form ? "text=" : "{\"text\":\"";
	size_t n = strlen(head);

	memset(to, 'x', len);
	memcpy(to, head, n);
	if (!form)
		memcpy(to + len - 2, "\"}", 2);
}

START_TEST(takes_64_kib_and_no_more)
{
	static char body[REQUEST_MAX_LARGE + 1];
	bool form = _i == 1;

	for (size_t len = REQUEST_MAX_LARGE - 1; len <= REQUEST_MAX_LARGE + 1;
	     len++) {
		fill(body, len, form);
		struct answer a =
			post(form ? "/form" : "/large",
			     form ? FORM : "application/json", body, len);

		ck_assert_int_eq(a.status,
				 len <= REQUEST_MAX_LARGE ? 200 : 413);
		ck_assert(len <= REQUEST_MAX_LARGE ||
			  strstr(a.body, "65536") != NULL);
		answer_free(&a);
	}
}
END_TEST

/* The same in chunks, whose end nobody announces. */
START_TEST(takes_64_kib_in_chunks_and_no_more)
{
	static char body[REQUEST_MAX_LARGE + 1];

	for (size_t len = REQUEST_MAX_LARGE; len <= REQUEST_MAX_LARGE + 1;
	     len++) {
		struct client *c = client_open(port);
		struct answer a;

		fill(body, len, true);
		client_text(c, "POST /form HTTP/1.1" NL HOST
			       "Content-Type: " FORM NL
			       "Transfer-Encoding: chunked" NL NL);
		for (size_t at = 0; at < len; at += 4096) {
			size_t n = len - at < 4096 ? len - at : 4096;

			client_text(c, "%zx" NL, n);
			client_send(c, body + at, n);
			client_text(c, NL);
		}
		client_text(c, "0" NL NL);
		ck_assert(client_read(c, &a, 5000));
		ck_assert_int_eq(a.status,
				 len <= REQUEST_MAX_LARGE ? 200 : 413);
		answer_free(&a);
		client_close(c);
	}
}
END_TEST

/* Elsewhere a text has its own limit. */
START_TEST(texts_are_as_long_as_a_large_body_only)
{
	static char body[REQUEST_MAX_BODY];
	const size_t len = BODY_MAX_TEXT + 100;

	fill(body, len, false);
	struct answer a = post("/things", "application/json", body, len);

	ck_assert_int_eq(a.status, 422);
	answer_free(&a);
	a = post("/large", "application/json", body, len);
	ck_assert_int_eq(a.status, 200);
	answer_free(&a);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("forms");
	TCase *tc = tcase_create("forms");

	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, fields_come_as_arguments);
	tcase_add_loop_test(tc, refuses, 0,
			    sizeof(refusals) / sizeof(refusals[0]));
	tcase_add_loop_test(tc, takes_64_kib_and_no_more, 0, 2);
	tcase_add_test(tc, takes_64_kib_in_chunks_and_no_more);
	tcase_add_test(tc, texts_are_as_long_as_a_large_body_only);
	suite_add_tcase(s, tc);
	return s;
}

int
main(void)
{
	SRunner *sr = srunner_create(suite());

	srunner_run_all(sr, CK_ENV);
	int failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}
