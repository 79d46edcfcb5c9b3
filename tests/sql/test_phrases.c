/*
 * test_phrases.c - phrases are found by their words, page after page.
 */
#include <stdlib.h>
#include <string.h>

#include "sql/phrases.h"
#include "sql/releases.h"
#include "tests/sql/fixture.h"

static struct db *reader;
static struct db_error err;
static struct phrases_hit hits[PHRASES_MAX];

/* One release for all tests: they only read. */
static void
setup(void)
{
	fixture_start();
}

static void
publish(void)
{
	static bool done;

	if (!done) {
		fixture_migrated();
		struct db *owner = fixture_db(DB_OWNER);
		json_t *bundle = fixture_grown(50);
		fixture_publish(owner, bundle);
		/* In the draft only: release 1 must not find it. */
		json_t *phrase =
			json_array_get(json_object_get(bundle, "phrases"), 0);
		json_object_set_new(phrase, "text",
				    json_string("A zebra came."));
		fixture_import(owner, bundle);
		json_decref(bundle);
		db_close(owner);
		done = true;
	}
	reader = fixture_db(DB_READER);
}

static void
unpublish(void)
{
	db_close(reader);
}

static int
search(const struct phrases_query *query)
{
	int n = -1;

	ck_status(phrases_search(reader, query, hits, &n, &err), DB_OK, err);
	return n;
}

START_TEST(words_are_found_in_any_form)
{
	ck_assert_int_eq(
		search(&(struct phrases_query){
			.release = 1, .words = "deliveries 17", .limit = 10 }),
		1);
	ck_assert_str_eq(hits[0].id, "grown/listen/17");
}
END_TEST

START_TEST(marks_of_a_template_are_no_words)
{
	ck_assert_int_eq(
		search(&(struct phrases_query){
			.release = 1, .words = "customer_name", .limit = 10 }),
		0);
}
END_TEST

START_TEST(only_the_release_asked_for_is_searched)
{
	struct phrases_query query = { .release = 1,
				       .words = "zebra",
				       .limit = 10 };

	ck_assert_int_eq(search(&query), 0);
	query.release = 2;
	ck_assert_int_eq(search(&query), 1);
}
END_TEST

START_TEST(anything_can_be_typed)
{
	static const char *const words[] = {
		"",
		"the",
		"\"",
		"- -",
		"or or",
		"(((",
		"\"sorry -",
		"'",
		"\\",
		"%",
		"a:*",
		"!!&|",
		"\xc3\xa9t\xc3\xa9",
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		ck_assert_int_ge(
			search(&(struct phrases_query){
				.release = 1, .words = words[i], .limit = 10 }),
			0);
}
END_TEST

START_TEST(pages_follow_one_another)
{
	struct phrases_query query = { .release = 1,
				       .words = "delivery number",
				       .category = "grown",
				       .limit = 7 };
	char seen[51] = { 0 };
	char id[256], rank[24];
	int n, total = 0;

	while ((n = search(&query)) > 0) {
		ck_assert_int_le(n, 7);
		for (int i = 0; i < n; i++) {
			int k = atoi(strrchr(hits[i].id, '/') + 1);
			ck_assert_int_eq(seen[k]++, 0);
		}
		total += n;
		strcpy(id, hits[n - 1].id);
		strcpy(rank, hits[n - 1].rank);
		query.after_id = id;
		query.after_rank = rank;
	}
	ck_assert_int_eq(total, 50);
}
END_TEST

START_TEST(filters_narrow)
{
	struct phrases_query query = { .release = 1,
				       .words = "treated",
				       .limit = PHRASES_MAX };
	int all = search(&query);

	ck_assert_int_gt(all, 3);
	ck_assert_int_lt(all, PHRASES_MAX);
	query.stage = "apologize";
	int at_stage = search(&query);
	ck_assert_int_gt(at_stage, 0);
	ck_assert_int_lt(at_stage, all);
	for (int i = 0; i < at_stage; i++)
		ck_assert_ptr_nonnull(strstr(hits[i].id, "/apologize/"));
	query.tone = "formal";
	ck_assert_int_lt(search(&query), at_stage);
	query.tone = NULL;
	query.speaker = "bot";
	query.channel = "email";
	query.locale = "en";
	ck_assert_int_le(search(&query), at_stage);
	query.locale = "de";
	ck_assert_int_eq(search(&query), 0);
}
END_TEST

START_TEST(a_broken_cursor_is_invalid)
{
	int n;
	struct phrases_query query = { .release = 1,
				       .words = "sorry",
				       .after_rank = "x",
				       .after_id = "y",
				       .limit = 1 };

	ck_status(phrases_search(reader, &query, hits, &n, &err), DB_INVALID,
		  err);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("phrases");
	TCase *tc = tcase_create("phrases");

	tcase_add_unchecked_fixture(tc, setup, fixture_stop);
	tcase_add_checked_fixture(tc, publish, unpublish);
	tcase_set_timeout(tc, 30);
	tcase_add_test(tc, words_are_found_in_any_form);
	tcase_add_test(tc, marks_of_a_template_are_no_words);
	tcase_add_test(tc, only_the_release_asked_for_is_searched);
	tcase_add_test(tc, anything_can_be_typed);
	tcase_add_test(tc, pages_follow_one_another);
	tcase_add_test(tc, filters_narrow);
	tcase_add_test(tc, a_broken_cursor_is_invalid);
	suite_add_tcase(suite, tc);
	return fixture_main(suite, CK_NOFORK);
}
