/*
 * test_keys.c - keys are kept as hashes, stay revoked, and are told of.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sql/keys.h"
#include "tests/sql/fixture.h"

static struct db *writer, *reader;

static void
setup(void)
{
	fixture_migrated();
	writer = fixture_db(DB_WRITER);
	reader = fixture_db(DB_READER);
}

static void
teardown(void)
{
	db_close(writer);
	db_close(reader);
}

static struct key_row
row_of(const char *id, const char *role, int64_t expires)
{
	struct key_row row = { .expires = expires };

	snprintf(row.id, sizeof(row.id), "%s", id);
	snprintf(row.role, sizeof(row.role), "%s", role);
	for (size_t i = 0; i < KEYS_HASH; i++)
		row.sha256[i] = (unsigned char)((size_t)id[0] + i * 7);
	return row;
}

static json_t *
make(const char *id, const char *role, const char *note, int64_t expires)
{
	struct db_error err;
	json_t *key = NULL;
	struct key_row row = row_of(id, role, expires);

	ck_status(keys_create(writer, &row, note, &key, &err), DB_OK, err);
	return key;
}

static void
make_only(const char *id, const char *role, int64_t expires)
{
	json_decref(make(id, role, "", expires));
}

static const char *
text(const json_t *key, const char *name)
{
	const json_t *value = json_object_get(key, name);

	ck_assert_msg(value != NULL, "no %s", name);
	return json_is_null(value) ? "null" : json_string_value(value);
}

START_TEST(what_was_made_is_loaded)
{
	struct db_error err;
	struct key_rows keys;

	ck_status(keys_load(reader, &keys, &err), DB_OK, err);
	ck_assert_uint_eq(keys.n, 0);
	free(keys.rows);

	make_only("bbbbbbbb", "admin", 0);
	make_only("aAaAaA09", "publisher", 4102444800);
	ck_status(keys_load(reader, &keys, &err), DB_OK, err);
	ck_assert_uint_eq(keys.n, 2);
	struct key_row a = row_of("aAaAaA09", "publisher", 4102444800);
	struct key_row b = row_of("bbbbbbbb", "admin", 0);

	ck_assert_mem_eq(&keys.rows[0], &a, sizeof(a));
	ck_assert_mem_eq(&keys.rows[1], &b, sizeof(b));
	free(keys.rows);
}
END_TEST

START_TEST(one_that_is_made_is_told_as_it_is_kept)
{
	json_t *key = make("abcdefgh", "agent", "shop \"ü\"", 4102444800);

	ck_assert_str_eq(text(key, "id"), "abcdefgh");
	ck_assert_str_eq(text(key, "role"), "agent");
	ck_assert_str_eq(text(key, "note"), "shop \"ü\"");
	ck_assert_str_eq(text(key, "expires_at"), "2100-01-01T00:00:00Z");
	ck_assert_str_eq(text(key, "revoked_at"), "null");
	ck_assert_uint_eq(strlen(text(key, "created_at")),
			  strlen("2026-01-01T00:00:00Z"));
	ck_assert_uint_eq(json_object_size(key), 6);
	json_decref(key);
}
END_TEST

START_TEST(an_id_is_taken_once)
{
	struct db_error err;
	json_t *key = NULL;
	struct key_row row = row_of("abcdefgh", "agent", 0);

	make_only("abcdefgh", "reader", 0);
	ck_status(keys_create(writer, &row, "", &key, &err), DB_CONFLICT, err);
	ck_assert_ptr_null(key);
}
END_TEST

/* clang-format off */
static const struct {
	const char *id, *role;
	size_t note;	/* its length */
} wrong[] = {
	{ "abcdefg", "reader", 0 },
	{ "abcdefg!", "reader", 0 },
	{ "abcdefgh", "none", 0 },
	{ "abcdefgh", "Reader", 0 },
	{ "abcdefgh", "", 0 },
	{ "abcdefgh", "reader", 201 },
};
/* clang-format on */

START_TEST(what_is_no_key_is_not_kept)
{
	char note[256] = "";
	struct db_error err;
	json_t *key = NULL;
	struct key_row row = row_of(wrong[_i].id, wrong[_i].role, 0);

	memset(note, 'x', wrong[_i].note);
	ck_status(keys_create(writer, &row, note, &key, &err), DB_INVALID, err);
}
END_TEST

START_TEST(a_revoked_key_is_loaded_no_more_and_stays_so)
{
	struct db_error err;
	struct key_rows keys;
	json_t *list = NULL;
	char before[64];

	make_only("aaaaaaaa", "reader", 0);
	make_only("bbbbbbbb", "reader", 0);
	ck_status(keys_revoke(writer, "aaaaaaaa", &err), DB_OK, err);
	ck_status(keys_load(reader, &keys, &err), DB_OK, err);
	ck_assert_uint_eq(keys.n, 1);
	ck_assert_str_eq(keys.rows[0].id, "bbbbbbbb");
	free(keys.rows);

	snprintf(before, sizeof(before), "%s",
		 pg_sql("SELECT revoked_at FROM evenkeel.api_key WHERE id = "
			"'aaaaaaaa'"));
	ck_status(keys_revoke(writer, "aaaaaaaa", &err), DB_OK, err);
	ck_assert_str_eq(pg_sql("SELECT revoked_at FROM evenkeel.api_key "
				"WHERE id = 'aaaaaaaa'"),
			 before);
	ck_status(db_exec(writer,
			  "UPDATE api_key SET revoked_at = NULL WHERE id = "
			  "'aaaaaaaa'",
			  &err),
		  DB_INVALID, err);
	ck_assert_ptr_nonnull(strstr(err.message, "stays revoked"));

	ck_status(keys_list(writer, NULL, 10, &list, &err), DB_OK, err);
	ck_assert_uint_eq(json_array_size(list), 2);
	ck_assert_str_ne(
		text(fixture_find(list, "id", "aaaaaaaa"), "revoked_at"),
		"null");
	json_decref(list);

	ck_status(keys_revoke(writer, "nobodyxx", &err), DB_NO_ROWS, err);
	ck_status(keys_revoke(writer, "'; --", &err), DB_NO_ROWS, err);
}
END_TEST

START_TEST(one_that_expired_stays_a_month)
{
	struct db_error err;
	struct key_rows keys;

	make_only("aaaaaaaa", "reader", 4102444800);
	make_only("bbbbbbbb", "reader", 4102444800);
	pg_sql("UPDATE evenkeel.api_key SET expires_at = now() - interval '29 "
	       "days' WHERE id = 'aaaaaaaa'");
	pg_sql("UPDATE evenkeel.api_key SET expires_at = now() - interval '31 "
	       "days' WHERE id = 'bbbbbbbb'");
	ck_status(keys_load(reader, &keys, &err), DB_OK, err);
	ck_assert_uint_eq(keys.n, 1);
	ck_assert_str_eq(keys.rows[0].id, "aaaaaaaa");
	free(keys.rows);
}
END_TEST

START_TEST(a_list_comes_in_pages_newest_first)
{
	static const char *const ids[] = { "cccccccc", "aaaaaaaa", "dddddddd",
					   "bbbbbbbb", "eeeeeeee" };
	struct db_error err;
	const char *after = NULL;
	char last[16];
	json_t *list = NULL;

	for (int i = 0; i < 5; i++)
		make_only(ids[i], "reader", 0);
	for (int i = 4; i >= 0; i--) {
		ck_status(keys_list(writer, after, 1, &list, &err), DB_OK, err);
		ck_assert_uint_eq(json_array_size(list), 1);
		ck_assert_str_eq(text(json_array_get(list, 0), "id"), ids[i]);
		snprintf(last, sizeof(last), "%s", ids[i]);
		after = last;
		json_decref(list);
	}
	ck_status(keys_list(writer, after, 1, &list, &err), DB_OK, err);
	ck_assert_uint_eq(json_array_size(list), 0);
	json_decref(list);
}
END_TEST

/* Whoever changes the table, and however: who listens hears of it. */
START_TEST(each_change_is_told)
{
	static const char insert[] =
		"INSERT INTO evenkeel.api_key (id, role, sha256) VALUES "
		"('12345678', 'reader', decode(repeat('00', 32), 'hex'))";
	const char *const changes[] = {
		insert,
		"UPDATE evenkeel.api_key SET role = 'agent'",
		"DELETE FROM evenkeel.api_key",
		"TRUNCATE evenkeel.api_key",
	};
	struct db_error err;

	ck_status(db_exec(reader, "LISTEN evenkeel_key", &err), DB_OK, err);
	for (int i = 0; i < 4; i++) {
		pg_sql("%s", changes[i]);
		ck_status(db_notified(reader, 5000, &err), DB_OK, err);
	}
	ck_status(db_notified(reader, 50, &err), DB_NO_ROWS, err);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("keys");
	TCase *tc = tcase_create("keys");

	tcase_add_unchecked_fixture(tc, fixture_start, fixture_stop);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 30);
	tcase_add_test(tc, what_was_made_is_loaded);
	tcase_add_test(tc, one_that_is_made_is_told_as_it_is_kept);
	tcase_add_test(tc, an_id_is_taken_once);
	tcase_add_loop_test(tc, what_is_no_key_is_not_kept, 0,
			    (int)(sizeof(wrong) / sizeof(wrong[0])));
	tcase_add_test(tc, a_revoked_key_is_loaded_no_more_and_stays_so);
	tcase_add_test(tc, one_that_expired_stays_a_month);
	tcase_add_test(tc, a_list_comes_in_pages_newest_first);
	tcase_add_test(tc, each_change_is_told);
	suite_add_tcase(suite, tc);
	return fixture_main(suite, CK_NOFORK);
}
