/*
 * test_report.c - everything wrong in one list, and the nearest code.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "script/report.h"

#define NELEMS(a) (sizeof(a) / sizeof((a)[0]))

START_TEST(keeps_lines_in_order)
{
	struct report r = { 0 };

	ck_assert(report_ok(&r));
	report_add(&r, "/a", "%s is %d", "one", 1);
	report_add(&r, "/b/0", "two");
	ck_assert(!report_ok(&r));
	ck_assert_uint_eq(r.n, 2);
	ck_assert_str_eq(r.lines[0].pointer, "/a");
	ck_assert_str_eq(r.lines[0].detail, "one is 1");
	ck_assert_str_eq(r.lines[1].detail, "two");
	report_free(&r);
	ck_assert(report_ok(&r));
}
END_TEST

START_TEST(counts_beyond_what_it_keeps)
{
	struct report r = { 0 };
	char last[16];

	(void)snprintf(last, sizeof(last), "%d", REPORT_MAX - 1);
	for (size_t i = 0; i < REPORT_MAX + 5; i++)
		report_add(&r, "", "%zu", i);
	ck_assert_uint_eq(r.n, REPORT_MAX);
	ck_assert_uint_eq(r.total, REPORT_MAX + 5);
	ck_assert_str_eq(r.lines[REPORT_MAX - 1].detail, last);
	report_free(&r);
}
END_TEST

START_TEST(is_not_whole_without_memory)
{
	struct report r = { .failed = true };

	ck_assert(!report_ok(&r));
	report_add(&r, "", "unseen");
	ck_assert_uint_eq(r.n, 0);
	ck_assert_uint_eq(r.total, 1);
	report_free(&r);
}
END_TEST

/* clang-format off */
static const struct {
	const char *name;
	size_t size;
	const char *escaped;
} parts[] = {
	{ "plain",    16, "plain" },
	{ "a/b~c",    16, "a~1b~0c" },
	{ "",         16, "" },
	{ "abcdef",    4, "abc" },
	{ "ab/",       4, "ab" },         /* "~1" does not fit */
	{ "a\xc3\xa9", 3, "a" },          /* no half characters */
	{ "a\xc3\xa9", 4, "a\xc3\xa9" },
	{ "a",         1, "" },
};
/* clang-format on */

START_TEST(escapes_parts_of_pointers)
{
	char part[16];

	ck_assert_str_eq(report_escape(parts[_i].name, part, parts[_i].size),
			 parts[_i].escaped);
}
END_TEST

static const char *const codes[] = { "open",   "listen", "restate", "validate",
				     "résumé", "go",	 NULL };

static const char *
next_code(void *arg)
{
	return codes[(*(size_t *)arg)++];
}

/* clang-format off */
static const struct {
	const char *word, *closest;
} words[] = {
	{ "validate",    "validate" },
	{ "valdate",     "validate" },  /* dropped */
	{ "vallidate",   "validate" },  /* added */
	{ "valibate",    "validate" },  /* changed */
	{ "vailadte",    "validate" },  /* two pairs swapped */
	{ "vldte",       NULL },        /* three of five differ */
	{ "lsten",       "listen" },
	{ "opne",        "open" },
	{ "xx",          NULL },        /* too short to guess */
	{ "",            NULL },
	{ "r\xc3\xa9sum\xc3\xa9", "r\xc3\xa9sum\xc3\xa9" },
	{ "something else entirely", NULL },
};
/* clang-format on */

START_TEST(finds_the_closest_code)
{
	size_t i = 0;
	const char *found =
		closest(words[_i].word, strlen(words[_i].word), next_code, &i);

	if (words[_i].closest == NULL)
		ck_assert_ptr_null(found);
	else
		ck_assert_pstr_eq(found, words[_i].closest);
}
END_TEST

START_TEST(gives_up_on_very_long_words)
{
	char word[4096];
	size_t i = 0;

	memset(word, 'a', sizeof(word));
	ck_assert_ptr_null(closest(word, sizeof(word), next_code, &i));
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("report");
	TCase *tc = tcase_create("report");
	tcase_add_test(tc, keeps_lines_in_order);
	tcase_add_test(tc, counts_beyond_what_it_keeps);
	tcase_add_test(tc, is_not_whole_without_memory);
	tcase_add_loop_test(tc, escapes_parts_of_pointers, 0,
			    (int)NELEMS(parts));
	tcase_add_loop_test(tc, finds_the_closest_code, 0, (int)NELEMS(words));
	tcase_add_test(tc, gives_up_on_very_long_words);
	suite_add_tcase(suite, tc);

	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
