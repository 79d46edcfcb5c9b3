/*
 * test_request.c - targets, arguments and bodies: decoded within their limits.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/body.h"
#include "server/problem.h"
#include "server/reply.h"
#include "server/request.h"
#include "server/url.h"

#define NELEMS(a) (sizeof(a) / sizeof((a)[0]))

/* ---- targets ---- */

/* clang-format off */
static const struct {
	const char *target, *path, *query;
} splits[] = {
	{ "/a/b?c=d", "/a/b", "c=d" },
	{ "/a", "/a", "" },
	{ "/a?", "/a", "" },
	{ "/a?b?c", "/a", "b?c" },
	{ "?x", "", "x" },
	{ "", "", "" },
	{ "*", "*", "" },
	{ "http://host/a?b", "/a", "b" },
	{ "HTTPS://host:1/a", "/a", "" },
	{ "http://host", "/", "" },
	{ "http://host?b", "/", "b" },
	{ "http://", "/", "" },
	{ "ftp://host/a", "ftp://host/a", "" },
};
/* clang-format on */

START_TEST(splits_targets)
{
	char *target = strdup(splits[_i].target);
	struct url url;

	url_split(target, strlen(target), &url);
	ck_assert_uint_eq(url.path_len, strlen(splits[_i].path));
	ck_assert_mem_eq(url.path, splits[_i].path, url.path_len);
	ck_assert_str_eq(url.query, splits[_i].query);
	ck_assert_uint_eq(url.query_len, strlen(splits[_i].query));
	free(target);
}
END_TEST

/* clang-format off */
static const struct {
	const char *text;
	enum url_verdict verdict;
	const char *decoded; /* of a URL_OK, as a path */
} escapes[] = {
	{ "/plain-._~!$'()*,;:@", URL_OK, "/plain-._~!$'()*,;:@" },
	{ "%61%62", URL_OK, "ab" },
	{ "%2F%2f", URL_OK, "//" },
	{ "%25", URL_OK, "%" },
	{ "%2541", URL_OK, "%41" },
	{ "a+b", URL_OK, "a+b" },
	{ "%C3%BC", URL_OK, "\xc3\xbc" },
	{ "\xc3\xbc", URL_OK, "\xc3\xbc" },
	{ "%F0%9F%98%80", URL_OK, "\xf0\x9f\x98\x80" },
	{ "%F4%8F%BF%BF", URL_OK, "\xf4\x8f\xbf\xbf" },
	{ "%EF%BF%BD", URL_OK, "\xef\xbf\xbd" },
	{ "%", URL_BAD_ESCAPE, "" },
	{ "%4", URL_BAD_ESCAPE, "" },
	{ "%4g", URL_BAD_ESCAPE, "" },
	{ "%g4", URL_BAD_ESCAPE, "" },
	{ "%%41", URL_BAD_ESCAPE, "" },
	{ "%-1", URL_BAD_ESCAPE, "" },
	{ "a%00b", URL_NUL, "" },
	{ "%0a", URL_CONTROL, "" },
	{ "%1F", URL_CONTROL, "" },
	{ "%7F", URL_CONTROL, "" },
	{ "\x01", URL_CONTROL, "" },
	{ "\t", URL_CONTROL, "" },
	{ "%C2%80", URL_CONTROL, "" },
	{ "%C2%9F", URL_CONTROL, "" },
	{ "%C2%A0", URL_OK, "\xc2\xa0" },
	{ "a b", URL_SPACE, "" },
	{ "a#b", URL_FRAGMENT, "" },
	{ "%23", URL_OK, "#" },
	{ "%20", URL_OK, " " },
	{ "%80", URL_NOT_UTF8, "" },
	{ "%C3", URL_NOT_UTF8, "" },
	{ "%C3a", URL_NOT_UTF8, "" },
	{ "%C0%80", URL_NOT_UTF8, "" },
	{ "%C1%BF", URL_NOT_UTF8, "" },
	{ "%E0%9F%BF", URL_NOT_UTF8, "" },
	{ "%ED%A0%80", URL_NOT_UTF8, "" },
	{ "%ED%BF%BF", URL_NOT_UTF8, "" },
	{ "%F0%8F%BF%BF", URL_NOT_UTF8, "" },
	{ "%F4%90%80%80", URL_NOT_UTF8, "" },
	{ "%F8%88%80%80%80", URL_NOT_UTF8, "" },
	{ "%FF", URL_NOT_UTF8, "" },
	{ "\xff", URL_NOT_UTF8, "" },
};
/* clang-format on */

START_TEST(decodes_what_it_accepts)
{
	char *text = strdup(escapes[_i].text);
	struct slice part = { text, strlen(text) };

	ck_assert_int_eq(url_check(part.ptr, part.len), escapes[_i].verdict);
	if (escapes[_i].verdict == URL_OK) {
		ck_assert_ptr_null(url_advice(URL_OK));
		url_decode(&part);
		ck_assert_uint_eq(part.len, strlen(escapes[_i].decoded));
		ck_assert_mem_eq(part.ptr, escapes[_i].decoded, part.len);
	} else {
		ck_assert_ptr_nonnull(url_advice(escapes[_i].verdict));
	}
	free(text);
}
END_TEST

START_TEST(every_byte_stands_for_itself_or_is_refused)
{
	for (int c = 1; c < 256; c++) {
		char text[] = { 'x', '=', 'a', (char)c, 'b', '\0' };
		struct request req = { 0 };
		enum url_verdict verdict = url_query(text, &req);
		char in = (char)c;

		if (c < 0x20 || c == 0x7f) {
			ck_assert_int_eq(verdict, URL_CONTROL);
		} else if (c == ' ') {
			ck_assert_int_eq(verdict, URL_SPACE);
		} else if (c == '#') {
			ck_assert_int_eq(verdict, URL_FRAGMENT);
		} else if (c == '%') {
			ck_assert_int_eq(verdict, URL_BAD_ESCAPE);
		} else if (c >= 0x80) {
			ck_assert_int_eq(verdict, URL_NOT_UTF8);
		} else if (c == '&') {
			ck_assert_int_eq(verdict, URL_OK);
			ck_assert_uint_eq(req.nargs, 2);
		} else {
			ck_assert_int_eq(verdict, URL_OK);
			ck_assert_uint_eq(req.nargs, 1);
			ck_assert_uint_eq(req.args[0].value.len, 3);
			ck_assert_int_eq(req.args[0].value.ptr[1],
					 c == '+' ? ' ' : in);
		}
	}
}
END_TEST

/* clang-format off */
static const struct {
	const char *query, *seen; /* name=value; for each */
	enum url_verdict verdict;
} queries[] = {
	{ "", "", URL_OK },
	{ "a=1", "a=1;", URL_OK },
	{ "a=1&b=2", "a=1;b=2;", URL_OK },
	{ "&&a=1&&", "a=1;", URL_OK },
	{ "a", "a=;", URL_OK },
	{ "a=", "a=;", URL_OK },
	{ "=1", "=1;", URL_OK },
	{ "a==1", "a==1;", URL_OK },
	{ "a=b=c", "a=b=c;", URL_OK },
	{ "a%3Db=c%26d", "a=b=c&d;", URL_OK },
	{ "a+b=c+d", "a b=c d;", URL_OK },
	{ "values.name=%C3%9C", "values.name=\xc3\x9c;", URL_OK },
	{ "a=1&a=2", "", URL_TWICE },
	{ "a=1&b=2&%61=3", "", URL_TWICE },
	{ "=1&=2", "", URL_TWICE },
	{ "a&a", "", URL_TWICE },
	{ "a=%0", "", URL_BAD_ESCAPE },
	{ "%0=a", "", URL_BAD_ESCAPE },
	{ "a=1&b=%00", "", URL_NUL },
};
/* clang-format on */

START_TEST(cuts_queries)
{
	char *query = strdup(queries[_i].query), seen[256] = "";
	struct request req;

	ck_assert_int_eq(url_query(query, &req), queries[_i].verdict);
	for (size_t i = 0; i < req.nargs && queries[_i].verdict == URL_OK; i++)
		(void)snprintf(seen + strlen(seen), 100, "%.*s=%.*s;",
			       (int)req.args[i].name.len, req.args[i].name.ptr,
			       (int)req.args[i].value.len,
			       req.args[i].value.ptr);
	ck_assert_str_eq(seen, queries[_i].seen);
	free(query);
}
END_TEST

/* What a browser or curl -d sends; NUL by its length. */
/* clang-format off */
static const struct {
	const char *form;
	size_t len;
	const char *seen;
	enum url_verdict verdict;
} forms[] = {
#define F(text) text, sizeof(text) - 1
	{ F(""), "", URL_OK },
	{ F("a=one+two%20three four"), "a=one two three four;", URL_OK },
	{ F("a=x%0Ay\nz%09\t%0D\r"), "a=x\ny\nz\t\t\r\r;", URL_OK },
	{ F("a=#1&b==?/"), "a=#1;b==?/;", URL_OK },
	{ F("a=%F0%9F%98%A0&b=\xf0\x9f\x98\xa0"), "a=\xf0\x9f\x98\xa0;b=\xf0\x9f\x98\xa0;", URL_OK },
	{ F("a=1\0b"), "", URL_NUL },
	{ F("\0"), "", URL_NUL },
	{ F("a=%00"), "", URL_NUL },
	{ F("a=%01"), "", URL_CONTROL },
	{ F("a=\x7f"), "", URL_CONTROL },
	{ F("a=100%"), "", URL_BAD_ESCAPE },
	{ F("a=%zz"), "", URL_BAD_ESCAPE },
	{ F("a=%FF"), "", URL_NOT_UTF8 },
	{ F("a=%ED%A0%80"), "", URL_NOT_UTF8 },
	{ F("a=1&%61=2"), "", URL_TWICE },
#undef F
};
/* clang-format on */

START_TEST(cuts_forms)
{
	char form[64], seen[256] = "";
	struct request req;

	memcpy(form, forms[_i].form, forms[_i].len + 1);
	ck_assert_int_eq(url_form(form, forms[_i].len, &req),
			 forms[_i].verdict);
	for (size_t i = 0; i < req.nargs && forms[_i].verdict == URL_OK; i++)
		(void)snprintf(seen + strlen(seen), 100, "%.*s=%.*s;",
			       (int)req.args[i].name.len, req.args[i].name.ptr,
			       (int)req.args[i].value.len,
			       req.args[i].value.ptr);
	ck_assert_str_eq(seen, forms[_i].seen);
}
END_TEST

START_TEST(takes_32_arguments_and_no_more)
{
	for (int n = REQUEST_MAX_ARGS - 1; n <= REQUEST_MAX_ARGS + 1; n++) {
		char query[512] = "";
		struct request req;

		for (int i = 0; i < n; i++)
			(void)snprintf(query + strlen(query), 16, "a%d&",
				       i & 63);
		ck_assert_int_eq(url_query(query, &req),
				 n <= REQUEST_MAX_ARGS ? URL_OK : URL_TOO_MANY);
	}
}
END_TEST

START_TEST(finds_arguments_by_name)
{
	char query[] = "stage=open&stages=2&st=";
	struct request req;

	ck_assert_int_eq(url_query(query, &req), URL_OK);
	const struct slice *value = request_arg(&req, "stage");

	ck_assert_ptr_nonnull(value);
	ck_assert_uint_eq(value->len, 4);
	ck_assert_mem_eq(value->ptr, "open", 4);
	ck_assert_uint_eq(request_arg(&req, "st")->len, 0);
	ck_assert_ptr_null(request_arg(&req, "sta"));
	ck_assert_ptr_null(request_arg(&req, ""));
}
END_TEST

/* ---- bodies ---- */

/* Parse, and tell the status (0: accepted) and the problem's text. */
static int
parse(const char *text, size_t len, char *body, size_t size)
{
	struct reply reply = { 0 };
	int status = 0;
	json_t *object = body_parse(text, len, &body_usual, &reply, &status);

	body[0] = '\0';
	if (object == NULL) {
		size_t n;
		char *dump = problem_body(&reply, "id", &n);

		ck_assert_int_eq(status, problems[reply.problem - 1].status);
		(void)snprintf(body, size, "%.*s", (int)n, dump);
		free(dump);
	} else {
		ck_assert_int_eq(status, 0);
		ck_assert(json_is_object(object));
	}
	json_decref(object);
	reply_clear(&reply);
	return status;
}

/* clang-format off */
static const struct {
	const char *text;
	int status;
	const char *says;
} bodies[] = {
	{ "{}", 0, "" },
	{ " {\"a\": [1, 2.5, true, null, \"\\u00fc\"]}\n", 0, "" },
	{ "{\"a\":\"line\\nline\\r\\ttab\"}", 0, "" },
	{ "{\"a\":9223372036854775807,\"b\":-9223372036854775808}", 0, "" },
	{ "{\"a\":9223372036854775808}", 400, "fit into 64 bits: line 1, column 24" },
	{ "{\"a\":1e400}", 400, "fit into 64 bits: line 1, column 10" },
	{ "{\"a\":-1e400}", 400, "fit into 64 bits" },
	{ "{\"a\":1e-400}", 0, "" },
	{ "{\"a\":1,\n\"a\":2}", 400, "Name each member once: line 2, column 3" },
	{ "{\"a\":{\"b\":1,\"b\":1}}", 400, "Name each member once" },
	{ "{\"a\":\"\\u0000\"}", 400, "Leave \\\\u0000 out: line 1, column" },
	{ "{\"\\u0000\":1}", 400, "Leave \\\\u0000 out" },
	{ "{\"a\":\"\xff\"}", 400, "Encode the body as UTF-8" },
	{ "{\"a\":\"\xed\xa0\x80\"}", 400, "Encode the body as UTF-8" },
	{ "{\"a\":\"\\ud800\"}", 400, "This is not JSON" },
	{ "{\"a\":1", 400, "ends too early: line 1, column 6" },
	{ "{} {}", 400, "Something follows the object: line 1, column 4" },
	{ "", 400, "ends too early" },
	{ "a", 400, "This is not JSON: line 1, column 1" },
	{ "{'a':1}", 400, "This is not JSON: line 1, column 2" },
	{ "{\"a\":01}", 400, "This is not JSON" },
	{ "{\"a\":NaN}", 400, "This is not JSON" },
	{ "\xef\xbb\xbf{}", 400, "line 1, column" },
	{ "[]", 400, "must be an object" },
	{ "[{}]", 400, "must be an object" },
	{ "null", 400, "This is not JSON" },
	{ "\"x\"", 400, "This is not JSON" },
	{ "{\"a\":\"\\u0007\"}", 422, "\"pointer\":\"/a\",\"detail\":\"Leave control" },
	{ "{\"a\":[{\"b/c~\":\"\\u009f\"}]}", 422, "\"pointer\":\"/a/0/b~1c~0\"" },
	{ "{\"\\u0007\":1}", 422, "\"pointer\":\"\"" },
	{ "{\"a\":\"[[[[[[[[[[[[[[[[[[[[\\\"[[[\"}", 0, "" },
};
/* clang-format on */

START_TEST(reads_json_objects)
{
	char says[2048];
	size_t len = strlen(bodies[_i].text);
	/* Not NUL-terminated: the length is what counts. */
	char *text = malloc(len > 0 ? len : 1);

	memcpy(text, bodies[_i].text, len);
	ck_assert_int_eq(parse(text, len, says, sizeof(says)),
			 bodies[_i].status);
	ck_assert_msg(strstr(says, bodies[_i].says) != NULL, "%s", says);
	free(text);
}
END_TEST

START_TEST(a_nul_in_the_bytes_is_no_end)
{
	char says[2048];

	ck_assert_int_eq(parse("{}\0{}", 5, says, sizeof(says)), 400);
	ck_assert_int_eq(parse("{\"a\":\"x\0y\"}", 11, says, sizeof(says)),
			 400);
}
END_TEST

/* {"a":[[...]]} or {"a":{"a":...}}, ${depth} levels in all. */
static size_t
nest(char *text, int depth, bool objects)
{
	size_t len = 0;

	for (int i = 0; i < depth; i++)
		len += (size_t)sprintf(text + len, "%s",
				       i == 0 || objects ? "{\"a\":" : "[");
	len += (size_t)sprintf(text + len, "1");
	for (int i = depth - 1; i >= 0; i--)
		text[len++] = i == 0 || objects ? '}' : ']';
	return len;
}

START_TEST(takes_16_levels_and_no_more)
{
	static char text[100000];
	char says[2048];

	for (int depth = BODY_MAX_DEPTH - 1; depth <= BODY_MAX_DEPTH + 1;
	     depth++)
		for (int objects = 0; objects < 2; objects++) {
			size_t len = nest(text, depth, objects != 0);

			ck_assert_int_eq(parse(text, len, says, sizeof(says)),
					 depth <= BODY_MAX_DEPTH ? 0 : 400);
		}
	ck_assert_ptr_nonnull(strstr(says, "levels: line 1, column"));
	ck_assert_int_eq(
		parse(text, nest(text, 10000, true), says, sizeof(says)), 400);
	memset(text, '[', sizeof(text));
	ck_assert_int_eq(parse(text, sizeof(text), says, sizeof(says)), 400);
}
END_TEST

START_TEST(takes_64_members_and_no_more)
{
	char text[2048], says[2048];

	for (int n = BODY_MAX_MEMBERS - 1; n <= BODY_MAX_MEMBERS + 1; n++) {
		(void)sprintf(text, "{\"o\":{");
		for (int i = 0; i < n; i++)
			(void)sprintf(text + strlen(text), "%s\"m%d\":1",
				      i > 0 ? "," : "", i);
		(void)strcat(text, "}}");
		ck_assert_int_eq(parse(text, strlen(text), says, sizeof(says)),
				 n <= BODY_MAX_MEMBERS ? 0 : 422);
	}
	ck_assert_ptr_nonnull(strstr(
		says,
		"{\"pointer\":\"/o\",\"detail\":\"At most 64 members.\"}"));
}
END_TEST

START_TEST(takes_256_items_and_no_more)
{
	char text[2048], says[2048];

	for (int n = BODY_MAX_ITEMS - 1; n <= BODY_MAX_ITEMS + 1; n++) {
		(void)sprintf(text, "{\"l\":[1");
		for (int i = 1; i < n; i++)
			(void)strcat(text, ",1");
		(void)strcat(text, "]}");
		ck_assert_int_eq(parse(text, strlen(text), says, sizeof(says)),
				 n <= BODY_MAX_ITEMS ? 0 : 422);
	}
	ck_assert_ptr_nonnull(strstr(says, "\"pointer\":\"/l\""));
}
END_TEST

START_TEST(takes_4000_characters_and_no_more)
{
	static char text[20000];
	char says[2048];
	static const char *const letters[] = { "a", "\xc3\xbc",
					       "\xf0\x9f\x98\x80" };

	for (size_t l = 0; l < NELEMS(letters); l++)
		for (int n = BODY_MAX_TEXT - 1; n <= BODY_MAX_TEXT + 1; n++) {
			size_t len = (size_t)sprintf(text, "{\"t\":[\"");

			for (int i = 0; i < n; i++)
				len += (size_t)sprintf(text + len, "%s",
						       letters[l]);
			len += (size_t)sprintf(text + len, "\"]}");
			ck_assert_int_eq(parse(text, len, says, sizeof(says)),
					 n <= BODY_MAX_TEXT ? 0 : 422);
		}
	ck_assert_ptr_nonnull(strstr(says, "\"pointer\":\"/t/0\""));
}
END_TEST

START_TEST(a_long_pointer_ends_at_a_parent)
{
	static char text[4096];
	char says[4096];
	size_t len = (size_t)sprintf(text, "{\"short\":{\"");

	memset(text + len, '/', 1000);
	len += 1000;
	len += (size_t)sprintf(text + len, "\":{\"x\":\"\\u0001\"}}}");
	ck_assert_int_eq(parse(text, len, says, sizeof(says)), 422);
	ck_assert_ptr_nonnull(strstr(says, "\"pointer\":\"/short\""));
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("request");
	TCase *tc = tcase_create("request");

	tcase_add_loop_test(tc, splits_targets, 0, (int)NELEMS(splits));
	tcase_add_loop_test(tc, decodes_what_it_accepts, 0,
			    (int)NELEMS(escapes));
	tcase_add_test(tc, every_byte_stands_for_itself_or_is_refused);
	tcase_add_loop_test(tc, cuts_queries, 0, (int)NELEMS(queries));
	tcase_add_loop_test(tc, cuts_forms, 0, (int)NELEMS(forms));
	tcase_add_test(tc, takes_32_arguments_and_no_more);
	tcase_add_test(tc, finds_arguments_by_name);
	tcase_add_loop_test(tc, reads_json_objects, 0, (int)NELEMS(bodies));
	tcase_add_test(tc, a_nul_in_the_bytes_is_no_end);
	tcase_add_test(tc, takes_16_levels_and_no_more);
	tcase_add_test(tc, takes_64_members_and_no_more);
	tcase_add_test(tc, takes_256_items_and_no_more);
	tcase_add_test(tc, takes_4000_characters_and_no_more);
	tcase_add_test(tc, a_long_pointer_ends_at_a_parent);
	suite_add_tcase(suite, tc);

	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
