/*
 * test_conversations_lists.c - conversations and what is due, listed in pages,
 * exported and erased.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/api/asking.h"
#include "tests/api/service.h"
#include "tests/api/talking.h"
#include "tests/sql/fixture.h"

#define MANY 250

static struct service *service;
static struct talk t;
static char ids[MANY][40]; /* of conversations with the ref "many" */

/* Every fifth is of another subject, every seventh of another category, every
   third is paused; each has a deadline a minute after the one before. */
static void
fill(void)
{
	talk_open(&t, service->port);
	for (int i = 0; i < MANY; i++) {
		talk_start(&t, talk_fmt("{'category':'%s','ref':'many',"
					"'subject':'s%d'}",
					i % 7 == 0 ? "food.quality" : "general",
					i % 5));
		(void)snprintf(ids[i], sizeof(ids[i]), "%s", t.id);
		talk_do(&t, 200, "turns",
			talk_fmt("{'signal':'next','promise':{'who':'we',"
				 "'what':'call','due':'2131-01-%02dT%02d:%02d:"
				 "00Z'}}",
				 1 + i / 120, i / 60 % 2, i % 60));
		if (i % 3 == 0)
			talk_do(&t, 200, "patch", "{'status':'paused'}");
	}
	talk_close(&t);
}

static void
start(void)
{
	pg_start(PG_FAST);
	service_shipped();
	service = service_start(NULL);
	service_expect(service, "release 1");
	service_writes(service, "");
	fill();
}

static void
stop(void)
{
	ck_assert_int_eq(service_stop(service), 0);
	pg_stop();
}

static void
setup(void)
{
	talk_open(&t, service->port);
}

static void
teardown(void)
{
	talk_close(&t);
}

/* --- pages ---------------------------------------------------------------- */

/* Every item of ${list} ("list?x=y&"), in pages of ${limit}. */
static json_t *
all_pages(const char *list, int limit)
{
	json_t *items = json_array();
	char what[256], cursor[256] = "", link[512], want[512];

	(void)snprintf(what, sizeof(what), "%s", list);
	do {
		talk_do(&t, 200,
			talk_fmt("%slimit=%d%s%s", what, limit,
				 cursor[0] != '\0' ? "&cursor=" : "", cursor),
			NULL);
		json_t *page = json_object_get(t.json, "items");

		ck_assert_uint_le(json_array_size(page), (size_t)limit);
		json_array_extend(items, page);
		(void)snprintf(cursor, sizeof(cursor), "%s",
			       talk_text(&t, "next_cursor"));
		(void)answer_header(&t.answer, "Link", link, sizeof(link));
		(void)snprintf(want, sizeof(want), "cursor=%s", cursor);
		ck_assert(cursor[0] == '\0' ? link[0] == '\0'
					    : strstr(link, want) != NULL);
		if (cursor[0] != '\0')
			ck_assert_uint_eq(json_array_size(page), (size_t)limit);
	} while (cursor[0] != '\0');
	return items;
}

START_TEST(pages_have_no_gap_and_no_repeat)
{
	static const int limits[] = { 1, 7, 50, 99, 100 };
	json_t *items = all_pages("list?ref=many&", limits[_i]);

	ck_assert_uint_eq(json_array_size(items), MANY);
	for (size_t i = 0; i < MANY; i++)
		ck_assert_str_eq(asking_text(json_array_get(items, i), "id"),
				 ids[i]);
	json_decref(items);
}
END_TEST

/* clang-format off */
static const struct {
	const char *filter;
	const char *where; /* of those with the ref */
} filters[] = {
	{ "", "true" },
	{ "subject=s2&", "subject = 's2'" },
	{ "status=paused&", "status = 1" },
	{ "status=active&", "status = 0" },
	{ "status=closed&", "false" },
	{ "category=food.quality&", "category = 'food.quality'" },
	{ "subject=s2&status=paused&category=general&",
	  "subject = 's2' AND status = 1 AND category = 'general'" },
	{ "subject=nobody&", "false" },
	{ "category=food&", "false" },
};
/* clang-format on */

START_TEST(a_list_has_what_its_filters_let_through)
{
	json_t *items =
		all_pages(talk_fmt("list?ref=many&%s", filters[_i].filter), 17);
	size_t n = json_array_size(items);

	ck_assert_str_eq(pg_sql("SELECT count(*) FROM evenkeel.conversation "
				"WHERE ref = 'many' AND %s",
				filters[_i].where),
			 talk_fmt("%zu", n));
	for (size_t i = 0; i < n; i++) {
		const char *id = asking_text(json_array_get(items, i), "id");

		ck_assert_str_eq(
			pg_sql("SELECT count(*) FROM evenkeel.conversation "
			       "WHERE id = '%s' AND ref = 'many' AND %s",
			       id, filters[_i].where),
			"1");
		if (i > 0)
			ck_assert_str_lt(
				asking_text(json_array_get(items, i - 1), "id"),
				id);
	}
	json_decref(items);
}
END_TEST

/* An item is the conversation as it is read, whole. */
START_TEST(an_item_is_the_conversation)
{
	talk_do(&t, 200, "list?ref=many&limit=1", NULL);
	json_t *item = json_incref(
		json_array_get(json_object_get(t.json, "items"), 0));

	(void)snprintf(t.id, sizeof(t.id), "%s", ids[0]);
	talk_do(&t, 200, "get", NULL);
	ck_assert(json_equal(item, json_object_get(t.json, "conversation")));
	json_decref(item);
}
END_TEST

START_TEST(a_ref_or_subject_is_found_as_it_was_written)
{
	talk_start(&t, "{'category':'general','ref':'\xc3\xbc/& %+#=?',"
		       "'subject':'\xf0\x9f\x98\xa1 x'}");
	talk_do(&t, 200, "list?ref=%C3%BC/%26%20%25%2B%23%3D%3F", NULL);
	talk_shows(&t, talk_fmt("{'items':[{'id':'%s'}]}", t.id));
	talk_do(&t, 200, "list?subject=%F0%9F%98%A1+x", NULL);
	talk_shows(&t, talk_fmt("{'items':[{'id':'%s'}]}", t.id));
	talk_do(&t, 200, "export?subject=%F0%9F%98%A1%20x", NULL);
	ck_assert_ptr_nonnull(strstr(t.answer.body, t.id));
}
END_TEST

/* --- what is due ---------------------------------------------------------- */

START_TEST(what_is_due_comes_by_its_time)
{
	json_t *items = all_pages("due?", _i == 0 ? 100 : 9);
	size_t n = json_array_size(items);

	ck_assert_uint_eq(n, MANY);
	for (size_t i = 0; i < n; i++) {
		const json_t *item = json_array_get(items, i);

		ck_assert_str_eq(asking_text(item, "kind"), "deadline");
		ck_assert_str_eq(asking_text(item, "status"), "open");
		ck_assert_str_eq(asking_text(item, "signal"),
				 "deadline_missed");
		ck_assert_str_eq(asking_text(item, "conversation"), ids[i]);
	}
	json_decref(items);
}
END_TEST

START_TEST(what_is_due_is_chosen_by_time_and_status)
{
	json_t *items = all_pages("due?due_before=2131-01-01T01:00:00Z&", 100);

	ck_assert_uint_eq(json_array_size(items), 60); /* not at that time */
	json_decref(items);
	items = all_pages("due?status=done&", 100);
	ck_assert_uint_eq(json_array_size(items), 0);
	json_decref(items);
	talk_start(&t, "{'category':'general'}");
	talk_do(&t, 200, "turns",
		"{'signal':'next','promise':{'who':'we','what':'call',"
		"'due':'2129-01-01T00:00:00.5+02:00'}}");
	talk_do(&t, 200, "due?due_before=2130-01-01T00:00:00Z", NULL);
	talk_shows(&t, talk_fmt("{'items':[{'conversation':'%s'}]}", t.id));
	talk_do(&t, 200, "promises/1", "{'result':'kept'}");
	talk_do(&t, 200, "due?status=done&due_before=2130-01-01T00:00:00Z",
		NULL);
	talk_shows(&t, talk_fmt("{'items':[{'conversation':'%s',"
				"'status':'done'}]}",
				t.id));
	talk_do(&t, 204, "delete", NULL);
	talk_do(&t, 200, "due?status=done", NULL);
	talk_shows(&t, "{'items':[],'next_cursor':null}");
}
END_TEST

/* --- what makes no sense -------------------------------------------------- */

/* clang-format off */
static const struct {
	const char *what, *pointer;
} wrong[] = {
	{ "list?limit=0", "/limit" },
	{ "list?limit=101", "/limit" },
	{ "list?limit=-1", "/limit" },
	{ "list?limit=", "/limit" },
	{ "list?limit=ten", "/limit" },
	{ "list?cursor=x", "/cursor" },
	{ "list?cursor=0197zzzz-0000-7000-8000-000000000000", "/cursor" },
	{ "list?cursor=01970000-0000-7000-8000-0000000000001", "/cursor" },
	{ "list?cursor=%27%3B--", "/cursor" },
	{ "list?status=open", "/status" },
	{ "list?status=", "/status" },
	{ "list?reff=x", "" },
	{ "list?turns=all", "" },
	{ "due?limit=0", "/limit" },
	{ "due?limit=101", "/limit" },
	{ "due?cursor=x", "/cursor" },
	{ "due?cursor=01970000-0000-7000-8000-000000000000", "/cursor" },
	{ "due?cursor=1_01970000-0000-7000-8000-00000000000", "/cursor" },
	{ "due?cursor=_01970000-0000-7000-8000-000000000000", "/cursor" },
	{ "due?cursor=1e9_01970000-0000-7000-8000-000000000000", "/cursor" },
	{ "due?cursor=%201_01970000-0000-7000-8000-000000000000", "/cursor" },
	{ "due?cursor=-1_01970000-0000-7000-8000-000000000000", "/cursor" },
	{ "due?cursor=99999999999999999999_01970000-0000-7000-8000-000000000000", "/cursor" },
	{ "due?status=active", "/status" },
	{ "due?due_before=tomorrow", "/due_before" },
	{ "due?due_before=2030-02-30T00:00:00Z", "/due_before" },
	{ "due?due_before=2030-01-31", "/due_before" },
	{ "due?subject=x", "" },
	{ "export", "/subject" },
	{ "export?subject=", "/subject" },
	{ "export?ref=x", "/subject" },
	{ "export?subject=x&ref=y", "/subject" },
	{ "get?turns=some", "/turns" },
	{ "get?turn=all", "/turn" },
	{ "get?phrases=0", "/phrases" },
	{ "get?phrases=11", "/phrases" },
	{ "get?values.custmer_name=x", "/values" },
	{ "get?signal=next", "/signal" },
	{ "delete?force=true", "" },
};
/* clang-format on */

START_TEST(what_makes_no_sense_is_refused)
{
	(void)snprintf(t.id, sizeof(t.id), "%s", ids[0]);
	t.version = 99;
	talk_do(&t, 422, wrong[_i].what, NULL);
	talk_shows(&t, "{'type':'/problems/invalid'}");
	if (json_object_get(t.json, "errors") != NULL)
		ck_assert_str_eq(talk_text(&t, "errors/0/pointer"),
				 wrong[_i].pointer);
}
END_TEST

/* A cursor of another list is a place, if it is one at all. */
START_TEST(a_cursor_may_be_of_what_is_gone)
{
	talk_start(&t, "{'category':'general','ref':'gone'}");
	talk_do(&t, 204, "delete", NULL);
	talk_do(&t, 200, talk_fmt("list?ref=gone&cursor=%s", t.id), NULL);
	talk_shows(&t, "{'items':[],'next_cursor':null}");
	talk_do(&t, 200, talk_fmt("list?ref=many&cursor=%s", ids[MANY - 2]),
		NULL);
	talk_shows(&t, talk_fmt("{'items':[{'id':'%s'}]}", ids[MANY - 1]));
}
END_TEST

/* --- a customer ----------------------------------------------------------- */

START_TEST(all_of_a_customer_is_exported_and_erased)
{
	static const char *const tables[] = { "turn", "promise", "follow_up",
					      "idempotency" };
	char own[3][40];

	for (int i = 0; i < 3; i++) {
		talk_start(&t, "{'category':'general','subject':'c-9',"
			       "'ref':'erase'}");
		talk_signals(&t, "next told");
		talk_do(&t, 200, "turns",
			"{'signal':'confirms','promise':{'who':'we',"
			"'what':'call','due':'" TALK_LATER "'}}");
		(void)snprintf(own[i], sizeof(own[i]), "%s", t.id);
	}
	talk_start(&t, "{'category':'general','subject':'c-99',"
		       "'ref':'erase'}");
	talk_do(&t, 200, "export?subject=c-9", NULL);
	char *line = t.answer.body;

	for (int i = 0; i < 3; i++) {
		size_t len = strcspn(line, "\n");
		json_t *one = json_loadb(line, len, 0, NULL);

		ck_assert_ptr_nonnull(one);
		ck_assert_str_eq(asking_text(one, "conversation/id"), own[i]);
		ck_assert_str_eq(asking_text(one, "conversation/subject"),
				 "c-9");
		ck_assert_uint_eq(
			json_array_size(json_object_get(one, "turns")), 4);
		json_decref(one);
		line += len + 1;
	}
	ck_assert_str_eq(line, "");

	talk_do(&t, 200, "erasures", "{'subject':'c-9'}");
	talk_shows(&t, "{'erased':3}");
	talk_do(&t, 200, "list?ref=erase", NULL);
	talk_shows(&t, "{'items':[{'subject':'c-99'}]}");
	talk_do(&t, 200, "export?subject=c-9", NULL);
	ck_assert_uint_eq(t.answer.len, 0);
	for (size_t i = 0; i < 3 * 4; i++)
		ck_assert_str_eq(pg_sql("SELECT count(*) FROM evenkeel.%s "
					"WHERE conversation = '%s'",
					tables[i / 3], own[i % 3]),
				 "0");
	talk_do(&t, 200, "erasures", "{'subject':'c-9'}");
	talk_shows(&t, "{'erased':0}");
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("conversations_lists");
	TCase *tc = tcase_create("lists");

	tcase_add_unchecked_fixture(tc, start, stop);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, pages_have_no_gap_and_no_repeat, 0, 5);
	tcase_add_loop_test(tc, a_list_has_what_its_filters_let_through, 0,
			    (int)(sizeof(filters) / sizeof(filters[0])));
	tcase_add_test(tc, an_item_is_the_conversation);
	tcase_add_test(tc, a_ref_or_subject_is_found_as_it_was_written);
	tcase_add_loop_test(tc, what_is_due_comes_by_its_time, 0, 2);
	tcase_add_test(tc, what_is_due_is_chosen_by_time_and_status);
	tcase_add_loop_test(tc, what_makes_no_sense_is_refused, 0,
			    (int)(sizeof(wrong) / sizeof(wrong[0])));
	tcase_add_test(tc, a_cursor_may_be_of_what_is_gone);
	tcase_add_test(tc, all_of_a_customer_is_exported_and_erased);
	suite_add_tcase(suite, tc);
	return fixture_main(suite, CK_FORK);
}
