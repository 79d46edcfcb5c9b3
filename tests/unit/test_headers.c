/*
 * test_headers.c - what the headers of a request mean.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "server/etag.h"
#include "server/headers.h"

#define NELEMS(a) (sizeof(a) / sizeof((a)[0]))

/* clang-format off */
static const struct {
	const char *value;
	bool json, text; /* takes JSON; would rather have text */
} accepts[] = {
	{ "*/*", true, false },
	{ "", true, false },
	{ " , ,", true, false },
	{ "application/json", true, false },
	{ "APPLICATION/JSON", true, false },
	{ "application/*", true, false },
	{ "text/plain", false, true },
	{ "text/*", false, true },
	{ "text/plain, application/json", true, false },
	{ "text/plain, */*", true, true },
	{ "text/*, */*", true, true },
	{ "text/plain;q=0.9, */*", true, false },
	{ "text/plain;q=0.9, */*;q=0.8", true, true },
	{ "*/*;q=0.1, text/plain;q=0.05", true, false },
	{ "text/plain;q=0", false, false },
	{ "text/plain;q=0, */*", true, false },
	{ "application/json;q=0, */*", false, true },
	{ "application/json;q=0.000, text/plain;q=0.001", false, true },
	{ "application/json ; q=0.5 ; x=y, text/plain ; Q=0.6", true, true },
	{ "text/plain;q=1.000", false, true },
	{ "text/plain;q=high", false, true },
	{ "text/plain;format=\"a,b;q=0\"", false, true },
	{ "text/plain;x=\"\\\",*/*\"", false, true },
	{ "text/html", false, false },
	{ "application/problem+json", false, false },
	{ "json", false, false },
	{ "*", false, false },
	{ "*/json", false, false },
};
/* clang-format on */

START_TEST(weighs_media_types)
{
	struct accept accept = { 0 };

	accept_add(&accept, accepts[_i].value, strlen(accepts[_i].value));
	ck_assert_int_eq(accept_json(&accept), accepts[_i].json);
	ck_assert_int_eq(accept_text(&accept), accepts[_i].text);
}
END_TEST

/* clang-format off */
static const struct {
	const char *value;
	bool gzip;
} encodings[] = {
	{ "gzip", true },
	{ "GZIP", true },
	{ "gzip, deflate, br", true },
	{ "br;q=1.0, gzip;q=0.001", true },
	{ "*", true },
	{ "identity, *;q=0.5", true },
	{ "", false },
	{ " , ,", false },
	{ "identity", false },
	{ "br", false },
	{ "gzip;q=0", false },
	{ "gzip ; q=0.000 , *", false },
	{ "*;q=0", false },
	{ "xgzip", false },
	{ "gzip-9", false },
};
/* clang-format on */

START_TEST(knows_who_takes_gzip)
{
	ck_assert_int_eq(header_takes_gzip(encodings[_i].value,
					   strlen(encodings[_i].value)),
			 encodings[_i].gzip);
	ck_assert(!header_takes_gzip(NULL, 0));
}
END_TEST

START_TEST(adds_up_accept_headers)
{
	struct accept accept = { 0 };

	accept_add(&accept, "text/plain;q=0.5", 16);
	accept_add(&accept, "application/json;q=0.4", 22);
	ck_assert(accept_json(&accept));
	ck_assert(accept_text(&accept));
}
END_TEST

/* clang-format off */
static const struct {
	const char *value;
	bool json;
} types[] = {
	{ "application/json", true },
	{ "Application/Json", true },
	{ " application/json ", true },
	{ "application/json;charset=utf-8", true },
	{ "application/json ; Charset=\"UTF-8\"", true },
	{ "application/json; version=2", true },
	{ "application/json;", true },
	{ "application/json; charset=latin1", false },
	{ "application/json; charset=utf-16", false },
	{ "application/jsonp", false },
	{ "application/json+x", false },
	{ "text/json", false },
	{ "text/plain", false },
	{ "", false },
};
/* clang-format on */

START_TEST(knows_json)
{
	ck_assert_int_eq(
		header_is_json(types[_i].value, strlen(types[_i].value)),
		types[_i].json);
}
END_TEST

START_TEST(knows_forms)
{
	static const char *const good[] = {
		"application/x-www-form-urlencoded",
		"Application/X-WWW-Form-Urlencoded ; charset=UTF-8",
	};
	static const char *const bad[] = {
		"application/x-www-form-urlencoded; charset=latin1",
		"application/x-www-form",
		"multipart/form-data",
		"application/json",
		"",
	};

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		ck_assert(header_is_form(good[i], strlen(good[i])));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ck_assert(!header_is_form(bad[i], strlen(bad[i])));
}
END_TEST

/* clang-format off */
static const struct {
	const char *list;
	bool has;
} lists[] = {
	{ "\"a\"", true },
	{ "W/\"a\"", true },
	{ "\"b\", \"a\"", true },
	{ "\"b\",W/\"a\" ,\"c\"", true },
	{ "\t\"a\"\t", true },
	{ "\"x,\\\"y\", \"a\"", true },
	{ "\"b\"", false },
	{ "a", false },
	{ "\"a", false },
	{ "w/\"a\"", false },
	{ "\"aa\"", false },
	{ "\"x,\"a\"", false },
	{ "*", false },
	{ "", false },
	{ ",,,", false },
};
/* clang-format on */

START_TEST(finds_etags_in_lists)
{
	ck_assert_int_eq(header_has_etag(lists[_i].list, strlen(lists[_i].list),
					 "\"a\"", 3),
			 lists[_i].has);
}
END_TEST

START_TEST(knows_the_star)
{
	ck_assert(header_is_star("*", 1));
	ck_assert(header_is_star(" *\t", 3));
	ck_assert(!header_is_star("**", 2));
	ck_assert(!header_is_star("\"*\"", 3));
	ck_assert(!header_is_star("", 0));
}
END_TEST

START_TEST(lets_tokens_of_64_be_ids)
{
	char id[HEADERS_MAX_ID + 1];

	memset(id, 'x', sizeof(id));
	ck_assert(!header_is_id(id, 0));
	ck_assert(header_is_id(id, 1));
	ck_assert(header_is_id(id, HEADERS_MAX_ID - 1));
	ck_assert(header_is_id(id, HEADERS_MAX_ID));
	ck_assert(!header_is_id(id, HEADERS_MAX_ID + 1));
	for (int c = 0; c < 256; c++) {
		char one = (char)c;
		bool good = strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNO"
				   "PQRSTUVWXYZ0123456789-_",
				   c) != NULL &&
			    c != 0;

		ck_assert_int_eq(header_is_id(&one, 1), good);
	}
}
END_TEST

START_TEST(makes_ids_that_differ)
{
	struct id_source a, b;
	char first[HEADERS_ID_SIZE], id[HEADERS_ID_SIZE];

	id_source_init(&a);
	id_source_init(&b);
	ck_assert_mem_ne(a.prefix, b.prefix, sizeof(a.prefix));
	id_next(&a, first);
	for (int i = 0; i < 100000; i++) {
		id_next(&a, id);
		ck_assert_str_ne(id, first);
	}
	ck_assert(header_is_id(id, strlen(id)));
	a.count = UINT64_MAX;
	id_next(&a, id);
	ck_assert(header_is_id(id, strlen(id)));
}
END_TEST

START_TEST(reads_lengths)
{
	ck_assert_uint_eq(header_length("0", 1), 0);
	ck_assert_uint_eq(header_length("16384", 5), 16384);
	ck_assert_uint_eq(header_length("007", 3), 7);
	ck_assert_uint_eq(header_length("", 0), UINT64_MAX);
	ck_assert_uint_eq(header_length("-1", 2), UINT64_MAX);
	ck_assert_uint_eq(header_length("1 ", 2), UINT64_MAX);
	ck_assert_uint_eq(header_length("99999999999999999999999", 23),
			  UINT64_MAX);
}
END_TEST

/* ---- etag.h ---- */

START_TEST(digits_of_an_etag_are_hexadecimal)
{
	static const struct route route = { "GET", "/x", NULL, 0, ROLE_NONE };
	struct request req = { .match.route = &route };
	struct etag_base base;
	bool seen[256] = { false };
	char etag[64], value[16] = "";

	etag_base(&base, 2147483647, "a version much longer than it may be");
	req.nargs = 1;
	req.args[0] = (struct arg){ { "n\0\0\0\0\0\0\0", 1 }, { value, 8 } };
	for (int i = 0; i < 1000; i++) {
		memcpy(value, &i, sizeof(i));
		etag_make(&base, &req, etag);
		ck_assert_uint_lt(strlen(etag), sizeof(etag));
		const char *digits = strrchr(etag, '-') + 1;

		ck_assert_uint_eq(strspn(digits, "0123456789abcdef"), 16);
		ck_assert_str_eq(digits + 16, "\"");
		for (int d = 0; d < 16; d++)
			seen[(unsigned char)digits[d]] = true;
	}
	for (const char *d = "0123456789abcdef"; *d != '\0'; d++)
		ck_assert(seen[(unsigned char)*d]);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("headers");
	TCase *tc = tcase_create("headers");

	tcase_add_loop_test(tc, weighs_media_types, 0, (int)NELEMS(accepts));
	tcase_add_loop_test(tc, knows_who_takes_gzip, 0, NELEMS(encodings));
	tcase_add_test(tc, adds_up_accept_headers);
	tcase_add_loop_test(tc, knows_json, 0, (int)NELEMS(types));
	tcase_add_test(tc, knows_forms);
	tcase_add_loop_test(tc, finds_etags_in_lists, 0, (int)NELEMS(lists));
	tcase_add_test(tc, knows_the_star);
	tcase_add_test(tc, lets_tokens_of_64_be_ids);
	tcase_add_test(tc, makes_ids_that_differ);
	tcase_add_test(tc, reads_lengths);
	tcase_add_test(tc, digits_of_an_etag_are_hexadecimal);
	suite_add_tcase(suite, tc);

	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
