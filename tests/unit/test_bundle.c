/*
 * test_bundle.c - text to bundle and back.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "script/bundle.h"
#include "script/report.h"
#include "tests/unit/edit.h"

#define NELEMS(a) (sizeof(a) / sizeof((a)[0]))

/* clang-format off */
static const struct {
	const char *text, *pointer, *word;
} texts[] = {
	{ "",                          "", "line 1, column 0" },
	{ "{\n \"format\": }",         "", "line 2, column 12" },
	{ "{}x",                       "", "line 1" },
	{ "[]",                        "", "must be an object" },
	{ "\"x\"",                     "", "line 1" },
	{ "\xef\xbb\xbf{}",            "", "byte order mark" },
	{ "{\"a\":\n\"b\xff\"}",       "", "line 2, column 3: this is not UTF-8" },
	{ "{\"\xc3\xa9\xc3\xa9\": \"\xc0\xaf\"}", "", "line 1, column 9" },
	{ "\"\xed\xa0\x80\"",          "", "line 1, column 2" }, /* half a pair */
	{ "\"\xf4\x90\x80\x80\"",      "", "line 1, column 2" }, /* too high */
	{ "\"\xe2\x82",                "", "line 1, column 2" }, /* cut off */
	{ "\"\xe0\x80\x80\"",          "", "line 1, column 2" }, /* too long */
	{ "{\"a\":1,\"a\":2}",         "", "line 1" },
	{ "{\"a\":\"\\u0000\"}",       "", "line 1" },
	{ "{\"a\":\n99999999999999999999}", "", "line 2" },
};
/* clang-format on */

START_TEST(says_where_a_text_goes_wrong)
{
	struct report r = { 0 };
	json_t *bundle =
		bundle_read(texts[_i].text, strlen(texts[_i].text), &r);

	ck_assert_ptr_null(bundle);
	ck_assert_uint_ge(r.total, 1);
	ck_assert_str_eq(r.lines[0].pointer, texts[_i].pointer);
	ck_assert_msg(strstr(r.lines[0].detail, texts[_i].word) != NULL,
		      "\"%s\"", r.lines[0].detail);
	report_free(&r);
}
END_TEST

/* A NUL is no end of the text, and no JSON either. */
START_TEST(reads_all_bytes)
{
	struct report r = { 0 };

	ck_assert_ptr_null(bundle_read("{}\0{}", 5, &r));
	ck_assert_ptr_nonnull(strstr(r.lines[0].detail, "line 1"));
	report_free(&r);
}
END_TEST

START_TEST(refuses_to_go_too_deep)
{
	struct report r = { 0 };
	static char text[100000];

	/* Brackets in strings do not count, nor does a quote behind a \. */
	ck_assert_ptr_null(
		bundle_read("\"[[[[[[[[[[[[[[[[[\\\"[[[[\"", 26, &r));
	ck_assert_ptr_null(strstr(r.lines[0].detail, "nested"));
	report_free(&r);

	memcpy(text, "[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]", 32);
	ck_assert_ptr_null(bundle_read(text, 32, &r));
	ck_assert_ptr_null(strstr(r.lines[0].detail, "nested"));
	report_free(&r);

	memset(text, '[', sizeof(text));
	ck_assert_ptr_null(bundle_read(text, sizeof(text), &r));
	ck_assert_ptr_nonnull(
		strstr(r.lines[0].detail,
		       "line 1, column 17: this is nested deeper than 16"));
	report_free(&r);
}
END_TEST

/* The same library whatever order its text is in. */
START_TEST(has_one_canonical_form)
{
	struct report r = { 0 };
	json_t *small = edit_small();
	size_t len, len_again;
	char *text = bundle_write(small, &len);

	ck_assert_int_eq(text[len - 1], '\n');
	ck_assert_int_eq(text[len - 2], '}');
	ck_assert_int_eq(strncmp(text, "{\n \"format\": ", 13), 0);

	/* Turn the lists round. */
	static const char *const lists[] = { "stages", "transitions", "phrases",
					     "categories" };
	for (size_t i = 0; i < NELEMS(lists); i++) {
		json_t *list = json_object_get(small, lists[i]),
		       *turned = json_array();
		for (size_t k = json_array_size(list); k > 0; k--)
			json_array_append(turned, json_array_get(list, k - 1));
		json_object_set_new(small, lists[i], turned);
	}
	char *other = json_dumps(small, JSON_SORT_KEYS);
	json_t *bundle = bundle_read(other, strlen(other), &r);
	ck_assert_ptr_nonnull(bundle);
	char *again = bundle_write(bundle, &len_again);
	ck_assert_uint_eq(len, len_again);
	ck_assert_mem_eq(text, again, len);
	free(text);
	free(other);
	free(again);
	json_decref(bundle);
	json_decref(small);
}
END_TEST

/* clang-format off */
static const struct {
	const char *path, *value;
	const char *at, *word;
} departures[] = {
	{ "/format", "\"evenkeel-bundle-2\"", "/format", "evenkeel-bundle-1" },
	{ "/phrases", NULL, "", "the member phrases is missing" },
	{ "/extra", "1", "/extra", "unknown member" },
	{ "/stages/open/code", "\"Open\"", "/stages/Open/code", "must match" },
	{ "/stages/open/kind", "\"costumer\"", "/stages/open/kind", "did you mean customer?" },
	{ "/stages/offer/hold", "7", "/stages/offer/hold", "null or an object" },
	{ "/stages/offer/hold/until", NULL, "/stages/offer/hold", "until is missing" },
	{ "/stages/open/steps/0/do", "\"\"", "/stages/open/steps/0/do", "must not be empty" },
	{ "/categories/general/parent", "1", "/categories/general/parent", "null or a string" },
	{ "/phrases/general~1open~11/intensity", "[0]", "/phrases/general~1open~11/intensity", "2 items" },
	{ "/phrases/general~1open~11/id", "\"general/open/01\"", "/phrases/general~1open~101/id", "must match" },
	{ "/phrases/general~1open~11/tone", "\"warn\"", "/phrases/general~1open~11/tone", "did you mean warm?" },
	{ "/phrases/general~1open~11/tonne", "1", "/phrases/general~1open~11/tonne", "did you mean tone?" },
	{ "/defaults/max_silences", "11", "/defaults/max_silences", "from 0 to 10" },
	{ "/channels/phone/live", "\"yes\"", "/channels/phone/live", "true or false" },
	{ "/cues", "{\"ANGER\": {\"3\": [1]}}", "/cues/ANGER/3/0", "must be a string" },
};
/* clang-format on */

START_TEST(holds_to_the_schema)
{
	struct report r = { 0 };
	json_t *small = edit_small();

	edit_set(small, departures[_i].path, departures[_i].value);
	char *text = json_dumps(small, 0);
	ck_assert_ptr_null(bundle_read(text, strlen(text), &r));
	edit_expect(&r, small, departures[_i].at, departures[_i].word);
	report_free(&r);
	free(text);
	json_decref(small);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("bundle");
	TCase *tc = tcase_create("bundle");
	tcase_add_loop_test(tc, says_where_a_text_goes_wrong, 0,
			    (int)NELEMS(texts));
	tcase_add_test(tc, reads_all_bytes);
	tcase_add_test(tc, refuses_to_go_too_deep);
	tcase_add_test(tc, has_one_canonical_form);
	tcase_add_loop_test(tc, holds_to_the_schema, 0,
			    (int)NELEMS(departures));
	suite_add_tcase(suite, tc);

	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
