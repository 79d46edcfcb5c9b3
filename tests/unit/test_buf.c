/*
 * test_buf.c - bytes go in and come out.
 */
#include <check.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "script/buf.h"

#define NELEMS(a) (sizeof(a) / sizeof((a)[0]))

static void
expect(const struct buf *b, const char *text)
{
	ck_assert_uint_eq(b->len, strlen(text));
	if (b->len > 0)
		ck_assert_mem_eq(b->ptr, text, b->len);
}

START_TEST(grows_as_needed)
{
	struct buf b;
	size_t len;

	buf_init(&b, 0);
	for (int i = 0; i < 10000; i++)
		buf_lit(&b, "abc");
	ck_assert_uint_eq(b.len, 30000);
	char *text = buf_take(&b, &len);
	ck_assert_uint_eq(len, 30000);
	ck_assert_mem_eq(text + 29997, "abc", 3);
	ck_assert_ptr_null(b.ptr);
	free(text);
}
END_TEST

START_TEST(takes_nothing_at_all)
{
	struct buf b;

	buf_init(&b, 16);
	buf_add(&b, "", 0);
	buf_str(&b, "");
	ck_assert_uint_eq(b.len, 0);
	ck_assert(!b.failed);
	buf_free(&b);
	ck_assert_ptr_null(b.ptr);
	buf_free(&b);
}
END_TEST

/* clang-format off */
static const struct {
	int64_t value;
	const char *text;
} numbers[] = {
	{ 0,         "0" },
	{ 7,         "7" },
	{ -1,        "-1" },
	{ 1000000,   "1000000" },
	{ INT64_MAX, "9223372036854775807" },
	{ INT64_MIN, "-9223372036854775808" },
};
/* clang-format on */

START_TEST(prints_numbers)
{
	struct buf b = { 0 };

	buf_int(&b, numbers[_i].value);
	expect(&b, numbers[_i].text);
	buf_free(&b);
}
END_TEST

/* clang-format off */
static const struct {
	const char *text, *escaped;
} strings[] = {
	{ "",                  "" },
	{ "plain",             "plain" },
	{ "\"",                "\\\"" },
	{ "a\"b\\c",           "a\\\"b\\\\c" },
	{ "two\nlines",        "two\\nlines" },
	{ "\x01\x1f",          "\\u0001\\u001f" },
	{ "\xc3\xa9 \xf0\x9f\x99\x82", "\xc3\xa9 \xf0\x9f\x99\x82" },
	{ "</script>",         "</script>" },
};
/* clang-format on */

START_TEST(escapes_for_json)
{
	struct buf b = { 0 };

	buf_json(&b, strings[_i].text, strlen(strings[_i].text));
	expect(&b, strings[_i].escaped);
	buf_free(&b);
}
END_TEST

START_TEST(stays_failed)
{
	struct buf b = { 0 };
	size_t len = 99;

	buf_lit(&b, "kept");
	b.failed = true;
	b.size = b.len;
	buf_lit(&b, "dropped");
	buf_int(&b, 42);
	buf_char(&b, 'x');
	expect(&b, "kept");
	ck_assert_ptr_null(buf_room(&b, 1));
	ck_assert_ptr_null(buf_take(&b, &len));
	ck_assert_ptr_null(b.ptr);
	ck_assert(!b.failed);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("buf");
	TCase *tc = tcase_create("buf");
	tcase_add_test(tc, grows_as_needed);
	tcase_add_test(tc, takes_nothing_at_all);
	tcase_add_loop_test(tc, prints_numbers, 0, (int)NELEMS(numbers));
	tcase_add_loop_test(tc, escapes_for_json, 0, (int)NELEMS(strings));
	tcase_add_test(tc, stays_failed);
	suite_add_tcase(suite, tc);

	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
