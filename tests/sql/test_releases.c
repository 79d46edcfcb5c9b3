/*
 * test_releases.c - the draft, publishing, and that no release ever changes.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "script/bundle.h"
#include "script/report.h"
#include "sql/releases.h"
#include "tests/sql/fixture.h"

static struct db *owner;
static json_t *shipped;

static void
setup(void)
{
	fixture_migrated();
	owner = fixture_db(DB_OWNER);
	shipped = fixture_bundle();
}

static void
teardown(void)
{
	json_decref(shipped);
	db_close(owner);
}

static void
ck_export_is(int release, const json_t *want)
{
	struct db_error err;
	json_t *got;

	ck_status(releases_export(owner, release, &got, &err), DB_OK, err);
	char *a = fixture_text(got), *b = fixture_text(want);
	size_t same = 0;
	while (a[same] != '\0' && a[same] == b[same])
		same++;
	ck_assert_msg(a[same] == b[same], "they differ from \"%.60s\" on",
		      a + same);
	free(a);
	free(b);
	json_decref(got);
}

static json_t *
phrase_of(json_t *bundle, size_t i)
{
	return json_array_get(json_object_get(bundle, "phrases"), i);
}

/* ${bundle} with the text of its first phrase changed; the caller owns it. */
static json_t *
with_text(const json_t *bundle, const char *text)
{
	json_t *copy = json_deep_copy(bundle);

	json_object_set_new(phrase_of(copy, 0), "text", json_string(text));
	return copy;
}

START_TEST(an_import_is_exported_byte_by_byte)
{
	fixture_import(owner, shipped);
	ck_export_is(RELEASE_DRAFT, shipped);
}
END_TEST

/* Turn every array of objects round, at every depth. */
static void
shuffle(json_t *value)
{
	const char *key;
	json_t *item;
	size_t i;

	json_object_foreach(value, key, item)
		shuffle(item);
	json_array_foreach(value, i, item)
		shuffle(item);
	if (!json_is_object(json_array_get(value, 0)))
		return;
	json_t *turned = json_array();
	for (i = json_array_size(value); i-- > 0;)
		json_array_append(turned, json_array_get(value, i));
	json_array_clear(value);
	json_array_extend(value, turned);
	json_decref(turned);
}

START_TEST(any_order_imports_to_the_same)
{
	struct report report = { 0 };
	json_t *turned = json_deep_copy(shipped);

	shuffle(turned);
	char *text = json_dumps(turned, JSON_SORT_KEYS);
	json_t *bundle = bundle_read(text, strlen(text), &report);
	ck_assert_ptr_nonnull(bundle);
	fixture_import(owner, bundle);
	ck_export_is(RELEASE_DRAFT, shipped);
	free(text);
	json_decref(bundle);
	json_decref(turned);
}
END_TEST

START_TEST(equal_rows_stay_as_they_are)
{
	struct db_error err;
	json_t *draft;

	ck_assert_int_eq(fixture_publish(owner, shipped), 1);
	json_t *changed = with_text(shipped, "Another sentence.");
	fixture_import(owner, changed);
	ck_assert_str_eq(pg_sql("SELECT string_agg(valid::text, ' ' ORDER BY "
				"valid) FROM evenkeel.phrase WHERE id = '%s'",
				json_string_value(json_object_get(
					phrase_of(shipped, 0), "id"))),
			 "[1,2) [2,)");
	ck_assert_str_eq(pg_sql("SELECT count(*) FROM evenkeel.item WHERE "
				"valid <> '[1,)'"),
			 "2");

	ck_status(releases_draft(owner, &draft, &err), DB_OK, err);
	ck_assert(json_is_true(json_object_get(draft, "changed")));
	ck_assert_int_eq(json_integer_value(json_object_get(draft, "number")),
			 2);
	json_t *kind = fixture_find(json_object_get(draft, "kinds"), "kind",
				    "phrases");
	ck_assert_int_eq(json_integer_value(json_object_get(kind, "added")), 1);
	ck_assert_int_eq(json_integer_value(json_object_get(kind, "removed")),
			 1);
	json_decref(draft);

	/* And back again: as if nothing had been. */
	fixture_import(owner, shipped);
	ck_assert_str_eq(pg_sql("SELECT count(*) FROM evenkeel.item WHERE "
				"valid <> '[1,)'"),
			 "0");
	json_decref(changed);
}
END_TEST

START_TEST(an_old_release_is_exported_as_it_was)
{
	json_t *second = with_text(shipped, "Another sentence.");
	json_t *third = json_deep_copy(second);

	json_array_remove(json_object_get(third, "phrases"), 1);
	json_object_set_new(json_object_get(third, "defaults"), "followup_days",
			    json_integer(9));
	json_array_remove(json_object_get(third, "transitions"), 0);
	json_object_set_new(json_array_get(json_object_get(third, "stages"), 0),
			    "name", json_string("Other"));

	ck_assert_int_eq(fixture_publish(owner, shipped), 1);
	ck_assert_int_eq(fixture_publish(owner, second), 2);
	ck_assert_int_eq(fixture_publish(owner, third), 3);
	fixture_import(owner, shipped);
	ck_export_is(1, shipped);
	ck_export_is(2, second);
	ck_export_is(3, third);
	ck_export_is(RELEASE_NEWEST, third);
	ck_export_is(RELEASE_DRAFT, shipped);
	json_decref(second);
	json_decref(third);
}
END_TEST

START_TEST(a_release_that_is_not_there_is_no_rows)
{
	struct db_error err;
	json_t *bundle;

	ck_status(releases_export(owner, RELEASE_NEWEST, &bundle, &err),
		  DB_NO_ROWS, err);
	ck_status(releases_export(owner, 7, &bundle, &err), DB_NO_ROWS, err);
	ck_status(releases_export(owner, -7, &bundle, &err), DB_NO_ROWS, err);
}
END_TEST

START_TEST(publishing_the_same_twice_is_refused)
{
	struct db_error err;
	int number;

	ck_assert_int_eq(fixture_publish(owner, shipped), 1);
	ck_status(releases_publish(owner, "again", NULL, NULL, NULL, &number,
				   &err),
		  RELEASE_SAME, err);
	ck_assert_str_eq(pg_sql("SELECT count(*) FROM evenkeel.release"), "1");
}
END_TEST

START_TEST(an_empty_draft_is_nothing_to_publish)
{
	struct db_error err;
	int number;

	ck_status(releases_publish(owner, "", NULL, NULL, NULL, &number, &err),
		  RELEASE_SAME, err);
}
END_TEST

struct seen {
	bool answer;
	int calls;
	char *text;
};

static bool
look(void *arg, const json_t *bundle)
{
	struct seen *seen = arg;

	seen->calls++;
	seen->text = fixture_text(bundle);
	return seen->answer;
}

START_TEST(the_check_sees_the_draft_and_decides)
{
	struct db_error err;
	struct seen seen = { .answer = false };
	int number;

	fixture_import(owner, shipped);
	ck_status(releases_publish(owner, "", NULL, look, &seen, &number, &err),
		  RELEASE_REFUSED, err);
	ck_assert_str_eq(pg_sql("SELECT count(*) FROM evenkeel.release"), "0");
	char *want = fixture_text(shipped);
	ck_assert(strcmp(seen.text, want) == 0);
	free(seen.text);

	seen.answer = true;
	ck_status(releases_publish(owner, "a note", "ana", look, &seen, &number,
				   &err),
		  RELEASE_OK, err);
	ck_assert_int_eq(number, 1);
	ck_assert_int_eq(seen.calls, 2);
	free(seen.text);
	free(want);
}
END_TEST

/* While the check runs, neither an import nor a hand can get at the draft. */
static bool
try_to_change(void *arg, const json_t *bundle)
{
	struct db_error err;
	struct db *other = fixture_db(DB_OWNER);
	bool *kept_out = arg;

	(void)bundle;
	enum db_status status = db_exec(other, "DELETE FROM phrase", &err);
	*kept_out = status == DB_BUSY;
	db_close(other);
	return true;
}

START_TEST(nothing_changes_the_draft_while_it_is_checked)
{
	struct db_error err;
	bool kept_out = false;
	int number;

	fixture_import(owner, shipped);
	ck_status(releases_publish(owner, "", NULL, try_to_change, &kept_out,
				   &number, &err),
		  RELEASE_OK, err);
	ck_assert(kept_out);
	ck_export_is(1, shipped);
}
END_TEST

START_TEST(releases_are_listed_newest_first)
{
	struct db_error err;
	json_t *list;
	json_t *second = with_text(shipped, "Another sentence.");

	fixture_publish(owner, shipped);
	fixture_publish(owner, second);
	ck_status(releases_list(owner, 0, 10, &list, &err), DB_OK, err);
	ck_assert_uint_eq(json_array_size(list), 2);
	json_t *first = json_array_get(list, 1);
	ck_assert_int_eq(json_integer_value(json_object_get(first, "number")),
			 1);
	ck_assert_str_eq(json_string_value(json_object_get(first, "note")),
			 "a note");
	ck_assert_str_eq(
		json_string_value(json_object_get(first, "published_by")),
		"postgres");
	ck_assert_uint_eq(
		(size_t)json_integer_value(json_object_get(first, "phrases")),
		json_array_size(json_object_get(shipped, "phrases")));
	const char *at =
		json_string_value(json_object_get(first, "published_at"));
	ck_assert_uint_eq(strlen(at), strlen("2026-01-01T00:00:00Z"));
	json_decref(list);

	ck_status(releases_list(owner, 2, 10, &list, &err), DB_OK, err);
	ck_assert_uint_eq(json_array_size(list), 1);
	json_decref(list);
	ck_status(releases_list(owner, 1, 10, &list, &err), DB_OK, err);
	ck_assert_uint_eq(json_array_size(list), 0);
	json_decref(list);
	json_decref(second);
}
END_TEST

START_TEST(a_rollback_is_one_more_release)
{
	struct db_error err;
	int number;
	json_t *second = with_text(shipped, "Another sentence.");

	fixture_publish(owner, shipped);
	fixture_publish(owner, second);
	ck_status(releases_rollback(owner, 1, false, "back", NULL, NULL, NULL,
				    &number, &err),
		  RELEASE_OK, err);
	ck_assert_int_eq(number, 3);
	ck_export_is(1, shipped);
	ck_export_is(2, second);
	ck_export_is(3, shipped);
	ck_export_is(RELEASE_DRAFT, shipped);

	ck_status(releases_rollback(owner, 1, false, "", NULL, NULL, NULL,
				    &number, &err),
		  RELEASE_SAME, err);
	ck_status(releases_rollback(owner, 9, false, "", NULL, NULL, NULL,
				    &number, &err),
		  RELEASE_MISSING, err);
	json_decref(second);
}
END_TEST

START_TEST(a_rollback_keeps_a_changed_draft_unless_told)
{
	struct db_error err;
	int number;
	json_t *second = with_text(shipped, "Another sentence.");
	json_t *third = with_text(shipped, "A third sentence.");

	fixture_publish(owner, shipped);
	fixture_publish(owner, second);
	fixture_import(owner, third);
	ck_status(releases_rollback(owner, 1, false, "", NULL, NULL, NULL,
				    &number, &err),
		  RELEASE_DIRTY, err);
	ck_export_is(RELEASE_DRAFT, third);
	ck_status(releases_rollback(owner, 1, true, "", NULL, NULL, NULL,
				    &number, &err),
		  RELEASE_OK, err);
	ck_export_is(3, shipped);
	json_decref(second);
	json_decref(third);
}
END_TEST

START_TEST(one_code_cannot_hold_twice)
{
	static const struct {
		const char *table, *constraint;
	} tables[] = {
		{ "setting", "setting_code" },
		{ "stage", "stage_code" },
		{ "signal", "signal_code" },
		{ "transition", "transition_row" },
		{ "protocol", "protocol_code" },
		{ "category", "category_code" },
		{ "phrase", "phrase_id" },
		{ "placeholder", "placeholder_name" },
		{ "channel", "channel_code" },
		{ "wording_rule", "wording_rule_id" },
		{ "draft_rule", "draft_rule_id" },
		{ "cue", "cue_name" },
		{ "fact", "fact_id" },
		{ "principle", "principle_id" },
		{ "source", "source_id" },
	};
	struct db_error err;
	char sql[400];

	fixture_import(owner, shipped);
	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++) {
		const char *columns = pg_sql(
			"SELECT string_agg(quote_ident(attname), ', ') FROM "
			"pg_attribute WHERE attrelid = 'evenkeel.%s'::regclass"
			" AND attnum > 0 AND attname NOT IN ('valid', "
			"'words') OR (attrelid = 'evenkeel.cue'::regclass AND "
			"attname = 'words' AND '%s' = 'cue')",
			tables[i].table, tables[i].table);
		snprintf(sql, sizeof(sql),
			 "INSERT INTO %s (%s, valid) SELECT %s, '[1,9)' FROM "
			 "%s LIMIT 1",
			 tables[i].table, columns, columns, tables[i].table);
		ck_status(db_exec(owner, sql, &err), DB_CONFLICT, err);
		ck_assert_str_eq(err.constraint, tables[i].constraint);
		ck_assert_str_eq(err.sqlstate, "23P01");
	}
}
END_TEST

static const struct {
	const char *member, *key, *json, *constraint;
} bad_rows[] = {
	{ "phrases", "id", "\"general/listen/77\"", "phrase_id_parts" },
	{ "phrases", "intensity", "[3, 2]", "phrase_intensity" },
	{ "phrases", "fault", "\"mine\"", "phrase_fault" },
	{ "phrases", "speaker", "\"parrot\"", "phrase_speaker" },
	{ "phrases", "tone", "\"loud\"", "phrase_tone" },
	{ "phrases", "channels", "[]", "phrase_channels" },
	{ "phrases", "channels", "[\"No Code\"]", "code_form" },
	{ "phrases", "text", "\"\"", "phrase_text" },
	{ "stages", "kind", "\"odd\"", "stage_kind" },
	{ "stages", "name", "\"\"", "sentence_length" },
	{ "stages", "steps", "{}", "stage_steps" },
	{ "signals", "source", "\"moon\"", "signal_source" },
	{ "categories", "fault_default", "\"any\"", "category_fault" },
	{ "placeholders", "type", "\"colour\"", "placeholder_type" },
	{ "channels", "max_words", "0", "channel_max_words" },
	{ "facts", "confidence", "\"sure\"", "fact_confidence" },
	{ "transitions", "prio", "-1", "transition_prio" },
};

static void
progress(void *arg, const char *kind, size_t done, size_t total)
{
	size_t *last = arg;

	(void)kind;
	ck_assert_uint_le(done, total);
	if (last != NULL)
		*last = done;
}

START_TEST(a_bad_row_is_refused_by_name_and_nothing_is_done)
{
	struct db_error err;

	fixture_import(owner, shipped);
	for (size_t i = 0; i < sizeof(bad_rows) / sizeof(bad_rows[0]); i++) {
		json_t *bad = json_deep_copy(shipped);
		json_t *row = json_array_get(
			json_object_get(bad, bad_rows[i].member), 1);

		json_object_set_new(
			row, bad_rows[i].key,
			json_loads(bad_rows[i].json, JSON_DECODE_ANY, NULL));
		ck_status(releases_import(owner, bad, progress, NULL, &err),
			  DB_INVALID, err);
		ck_assert_str_eq(err.constraint, bad_rows[i].constraint);
		json_decref(bad);
	}
	ck_export_is(RELEASE_DRAFT, shipped);
}
END_TEST

struct import {
	const json_t *bundle;
	enum db_status status;
	struct db_error err;
};

static void *
import(void *arg)
{
	struct import *i = arg;
	struct db *db = db_open(pg_url(), DB_OWNER, &i->err);

	i->status = releases_import(db, i->bundle, progress, NULL, &i->err);
	db_close(db);
	return NULL;
}

START_TEST(two_imports_at_once_take_turns)
{
	json_t *other = with_text(shipped, "Another sentence.");
	struct import imports[] = { { .bundle = shipped },
				    { .bundle = other } };
	pthread_t threads[2];
	struct db_error err;
	json_t *draft;

	for (int i = 0; i < 2; i++)
		pthread_create(&threads[i], NULL, import, &imports[i]);
	for (int i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);
	ck_status(imports[0].status, DB_OK, imports[0].err);
	ck_status(imports[1].status, DB_OK, imports[1].err);

	/* One of them, wholly. */
	ck_status(releases_export(owner, RELEASE_DRAFT, &draft, &err), DB_OK,
		  err);
	ck_assert(json_equal(draft, shipped) || json_equal(draft, other));
	json_decref(draft);
	json_decref(other);
}
END_TEST

START_TEST(a_change_by_hand_that_is_no_bundle_is_told)
{
	struct db_error err;
	json_t *bundle;

	fixture_import(owner, shipped);
	pg_sql("UPDATE evenkeel.stage SET steps = '[{\"n\": 0}]' "
	       "WHERE code = 'listen'");
	ck_status(releases_export(owner, RELEASE_DRAFT, &bundle, &err),
		  DB_INVALID, err);
	ck_assert_ptr_nonnull(strstr(err.message, "/stages/"));
}
END_TEST

struct killer {
	size_t calls;
};

/* In the middle of the phrases the server dies. */
static void
kill_on_the_way(void *arg, const char *kind, size_t done, size_t total)
{
	struct killer *killer = arg;

	(void)total;
	if (strcmp(kind, "phrases") == 0 && done > 0 && killer->calls++ == 0)
		pg_kill();
}

START_TEST(a_server_killed_in_mid_import_has_changed_nothing)
{
	struct db_error err;
	struct killer killer = { 0 };
	json_t *grown = fixture_grown(3000);

	fixture_publish(owner, shipped);
	ck_status(releases_import(owner, grown, kill_on_the_way, &killer, &err),
		  DB_DOWN, err);
	ck_assert_uint_gt(killer.calls, 0);
	pg_restart();
	ck_export_is(1, shipped);
	ck_export_is(RELEASE_DRAFT, shipped);
	/* And the same handle goes on. */
	fixture_import(owner, grown);
	ck_export_is(RELEASE_DRAFT, grown);
	json_decref(grown);
}
END_TEST

START_TEST(an_import_tells_how_far_it_is)
{
	struct db_error err;
	size_t last = 0;

	ck_status(releases_import(owner, shipped, progress, &last, &err), DB_OK,
		  err);
	ck_assert_uint_eq(last,
			  json_array_size(json_object_get(shipped, "sources")));
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("releases");
	TCase *tc = tcase_create("releases");

	tcase_add_unchecked_fixture(tc, fixture_start, fixture_stop);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, an_import_is_exported_byte_by_byte);
	tcase_add_test(tc, any_order_imports_to_the_same);
	tcase_add_test(tc, equal_rows_stay_as_they_are);
	tcase_add_test(tc, an_old_release_is_exported_as_it_was);
	tcase_add_test(tc, a_release_that_is_not_there_is_no_rows);
	tcase_add_test(tc, publishing_the_same_twice_is_refused);
	tcase_add_test(tc, an_empty_draft_is_nothing_to_publish);
	tcase_add_test(tc, the_check_sees_the_draft_and_decides);
	tcase_add_test(tc, nothing_changes_the_draft_while_it_is_checked);
	tcase_add_test(tc, releases_are_listed_newest_first);
	tcase_add_test(tc, a_rollback_is_one_more_release);
	tcase_add_test(tc, a_rollback_keeps_a_changed_draft_unless_told);
	tcase_add_test(tc, one_code_cannot_hold_twice);
	tcase_add_test(tc, a_bad_row_is_refused_by_name_and_nothing_is_done);
	tcase_add_test(tc, two_imports_at_once_take_turns);
	tcase_add_test(tc, a_change_by_hand_that_is_no_bundle_is_told);
	tcase_add_test(tc, an_import_tells_how_far_it_is);
	tcase_add_test(tc, a_server_killed_in_mid_import_has_changed_nothing);
	suite_add_tcase(suite, tc);
	return fixture_main(suite, CK_NOFORK);
}
