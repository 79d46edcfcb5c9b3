/*
 * test_keys.c - a key is good as a whole or not at all.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/keys.h"

#define N 40

static struct key keys[N];
static char texts[N][KEY_SIZE];
static struct key_table *table;

static enum role
role_at(int i)
{
	return (enum role)(ROLE_READER + i % 5);
}

static void
setup(void)
{
	for (int i = 0; i < N; i++)
		ck_assert(key_make(role_at(i), &keys[i], texts[i]));
	table = key_table_new(keys, N);
	ck_assert_ptr_nonnull(table);
}

static void
teardown(void)
{
	free(table);
}

static enum key_verdict
check(const char *text, const struct key **key)
{
	return key_check(table, text, strlen(text), 1000, key);
}

START_TEST(roles_have_names)
{
	static const char *const names[] = { "reader", "agent", "editor",
					     "publisher", "admin" };

	for (size_t i = 0; i < 5; i++) {
		enum role role = (enum role)(ROLE_READER + i);

		ck_assert_str_eq(role_name(role), names[i]);
		ck_assert_int_eq(role_find(names[i], strlen(names[i])), role);
		ck_assert_int_eq(role_find(names[i], strlen(names[i]) - 1),
				 ROLE_NONE);
	}
	ck_assert_int_eq(role_find("none", 4), ROLE_NONE);
	ck_assert_int_eq(role_find("", 0), ROLE_NONE);
	ck_assert_int_eq(role_find("Admin", 5), ROLE_NONE);
}
END_TEST

START_TEST(a_key_has_its_form)
{
	static const char alphabet[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				       "abcdefghijklmnopqrstuvwxyz";

	for (int i = 0; i < N; i++) {
		char head[32];
		int n = snprintf(head, sizeof(head), "ek_%s_",
				 role_name(role_at(i)));

		ck_assert_int_eq(strncmp(texts[i], head, (size_t)n), 0);
		ck_assert_uint_eq(strspn(texts[i] + n, alphabet), KEY_ID);
		ck_assert_int_eq(strncmp(texts[i] + n, keys[i].id, KEY_ID), 0);
		ck_assert_int_eq(texts[i][n + KEY_ID], '_');
		ck_assert_uint_eq(strspn(texts[i] + n + KEY_ID + 1, alphabet),
				  KEY_SECRET);
		ck_assert_uint_eq(strlen(texts[i]),
				  (size_t)n + KEY_ID + 1 + KEY_SECRET);
		ck_assert_uint_le(strlen(texts[i]), KEY_MAX);
	}
}
END_TEST

/* Of 62 characters each is as likely: no more than chance lies between. */
START_TEST(secrets_use_their_alphabet_evenly)
{
	struct key key;
	char text[KEY_SIZE];
	unsigned seen[256] = { 0 }, least = ~0u, most = 0;
	const unsigned rounds = 4000, mean = rounds * KEY_SECRET / 62;

	for (unsigned i = 0; i < rounds; i++) {
		ck_assert(key_make(ROLE_AGENT, &key, text));
		const char *secret = strrchr(text, '_') + 1;

		for (size_t j = 0; j < KEY_SECRET; j++)
			seen[(unsigned char)secret[j]]++;
	}
	for (int c = 0; c < 256; c++) {
		if (seen[c] == 0)
			continue;
		least = seen[c] < least ? seen[c] : least;
		most = seen[c] > most ? seen[c] : most;
	}
	/* A modulo of 256 would make eight of them likelier by a quarter;
	   the deviation here is 2 in 100. */
	ck_assert_uint_gt(least, mean - mean / 8);
	ck_assert_uint_lt(most, mean + mean / 8);
}
END_TEST

START_TEST(each_key_is_found)
{
	const struct key *key;

	for (int i = 0; i < N; i++) {
		ck_assert_int_eq(check(texts[i], &key), KEY_GOOD);
		ck_assert_str_eq(key->id, keys[i].id);
		ck_assert_int_eq(key->role, role_at(i));
	}
}
END_TEST

/* The hash is SHA-256 of the secret alone, as others can compute it. */
START_TEST(the_hash_is_sha256)
{
	static const char text[] =
		"ek_reader_abcdefgh_"
		"0123456789012345678901234567890123456789012";
	/* printf 0123456789012345678901234567890123456789012 | sha256sum */
	static const char line[] =
		"abcdefgh reader "
		"fd1a5f1eac3ca40648a26cd5504eec8d198748ce78dd655d0b8a3e29ce3fdc2d"
		" 0\n";
	const struct key *key;
	struct key_table *one = key_table_unpack(line, sizeof(line) - 1);

	ck_assert_ptr_nonnull(one);
	ck_assert_int_eq(key_check(one, text, sizeof(text) - 1, 0, &key),
			 KEY_GOOD);
	free(one);
}
END_TEST

/* Change any character, leave any out, add any: it is no good. */
START_TEST(a_key_is_good_only_whole)
{
	const struct key *key;
	char text[KEY_SIZE + 1];
	const char *good = texts[_i];
	size_t len = strlen(good);

	for (size_t i = 0; i < len; i++) {
		strcpy(text, good);
		text[i] = text[i] == 'x' ? 'y' : 'x';
		ck_assert_int_ne(check(text, &key), KEY_GOOD);
		text[i] = (char)(good[i] | -128);
		ck_assert_int_eq(check(text, &key), KEY_MALFORMED);
		memmove(text + i, good + i + 1, len - i);
		ck_assert_int_eq(check(text, &key), KEY_MALFORMED);
	}
	for (size_t i = 0; i <= len; i++)
		ck_assert_int_eq(key_check(table, good, i, 1000, &key),
				 i == len ? KEY_GOOD : KEY_MALFORMED);
	(void)snprintf(text, sizeof(text), "%sx", good);
	ck_assert_int_eq(check(text, &key), KEY_MALFORMED);
}
END_TEST

/* The id of one with the secret of another; another role's name. */
START_TEST(parts_of_keys_make_no_key)
{
	const struct key *key;
	char text[KEY_SIZE];

	(void)snprintf(text, sizeof(text), "ek_reader_%s_%s", keys[0].id,
		       strrchr(texts[5], '_') + 1);
	ck_assert_int_eq(check(text, &key), KEY_UNKNOWN);
	(void)snprintf(text, sizeof(text), "ek_admin_%s_%s", keys[0].id,
		       strrchr(texts[0], '_') + 1);
	ck_assert_int_eq(check(text, &key), KEY_UNKNOWN);
	(void)snprintf(text, sizeof(text), "ek_none_%s_%s", keys[0].id,
		       strrchr(texts[0], '_') + 1);
	ck_assert_int_eq(check(text, &key), KEY_MALFORMED);
}
END_TEST

START_TEST(an_empty_table_knows_none)
{
	const struct key *key;
	struct key_table *empty = key_table_new(NULL, 0);

	ck_assert_ptr_nonnull(empty);
	ck_assert_int_eq(key_check(empty, texts[0], strlen(texts[0]), 0, &key),
			 KEY_UNKNOWN);
	free(empty);
}
END_TEST

START_TEST(a_key_ends_when_it_is_to)
{
	const struct key *key;
	struct key one = keys[0];

	one.expires = 1000;
	struct key_table *t = key_table_new(&one, 1);
	struct key_memo memo = { 0 };
	size_t len = strlen(texts[0]);

	ck_assert_int_eq(key_check(t, texts[0], len, 999, &key), KEY_GOOD);
	key_note(&memo, key, 1, texts[0], len);
	ck_assert_ptr_eq(key_recall(&memo, 1, texts[0], len, 999), key);
	ck_assert_ptr_null(key_recall(&memo, 1, texts[0], len, 1000));
	ck_assert_int_eq(key_check(t, texts[0], len, 1000, &key), KEY_EXPIRED);
	/* Without the secret one does not learn that. */
	texts[0][len - 1] ^= 1;
	ck_assert_int_ne(key_check(t, texts[0], len, 1000, &key), KEY_EXPIRED);
	free(t);
}
END_TEST

START_TEST(the_memo_recalls_only_the_very_same)
{
	struct key_memo memo = { 0 };
	char text[KEY_SIZE];
	size_t len = strlen(texts[_i]);

	ck_assert_ptr_null(key_recall(&memo, 0, texts[_i], len, 0));
	key_note(&memo, &table->keys[0], 7, texts[_i], len);
	ck_assert_ptr_eq(key_recall(&memo, 7, texts[_i], len, 0),
			 &table->keys[0]);
	ck_assert_ptr_null(key_recall(&memo, 8, texts[_i], len, 0));
	ck_assert_ptr_null(key_recall(&memo, 7, texts[_i], len - 1, 0));
	for (size_t i = 0; i < len; i++) {
		strcpy(text, texts[_i]);
		text[i] ^= 1;
		ck_assert_ptr_null(key_recall(&memo, 7, text, len, 0));
	}
}
END_TEST

/* --- as text -------------------------------------------------------------- */

START_TEST(a_table_comes_back_as_it_was)
{
	size_t len, again_len;

	table->keys[3].expires = 1767225600;
	char *text = key_table_pack(table, &len);

	ck_assert_ptr_nonnull(text);
	struct key_table *back = key_table_unpack(text, len);

	ck_assert_ptr_nonnull(back);
	ck_assert_uint_eq(back->n, N);
	for (size_t i = 0; i < N; i++)
		ck_assert_mem_eq(&back->keys[i], &table->keys[i],
				 sizeof(back->keys[i]));
	char *again = key_table_pack(back, &again_len);

	ck_assert_uint_eq(len, again_len);
	ck_assert_mem_eq(text, again, len);
	/* Cut within a line it is none. */
	for (size_t i = 1; text[len - i - 1] != '\n'; i++)
		ck_assert_ptr_null(key_table_unpack(text, len - i));
	free(again);
	free(back);
	free(text);
}
END_TEST

/* clang-format off */
#define H "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
static const char *const wrong[] = {
	"\n", " \n", "x", "abcdefgh", "abcdefgh reader\n",
	"abcdefgh reader " H "\n",
	"abcdefgh reader " H " \n",
	"abcdefgh reader " H " 0",
	"abcdefgh reader " H " -1\n",
	"abcdefgh reader " H " 01\n",
	"abcdefgh reader " H " 1234567890123456789\n",
	"abcdefgh reader " H " 0 \n",
	"abcdefgh reader " H "0 0\n",
	"abcdefgh none " H " 0\n",
	"abcdefgh  " H " 0\n",
	"abcdefg reader " H " 0\n",
	"abcdefg! reader " H " 0\n",
	"abcdefgh reader 0G112233445566778899aabbccddeeff00112233445566778899aabbccddeeff 0\n",
	"abcdefgh reader " H " 0\nabcdefgh reader " H " 0\n",
	"bbcdefgh reader " H " 0\nabcdefgh reader " H " 0\n",
	"abcdefgh reader " H " 0\n\n",
};
/* clang-format on */

START_TEST(what_is_no_table_is_refused)
{
	ck_assert_ptr_null(key_table_unpack(wrong[_i], strlen(wrong[_i])));
}
END_TEST

START_TEST(an_empty_table_is_an_empty_text)
{
	size_t len = 1;
	struct key_table *empty = key_table_unpack("", 0);

	ck_assert_ptr_nonnull(empty);
	ck_assert_uint_eq(empty->n, 0);
	free(key_table_pack(empty, &len));
	ck_assert_uint_eq(len, 0);
	free(empty);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("keys");
	TCase *tc = tcase_create("keys");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, roles_have_names);
	tcase_add_test(tc, a_key_has_its_form);
	tcase_add_test(tc, secrets_use_their_alphabet_evenly);
	tcase_add_test(tc, each_key_is_found);
	tcase_add_test(tc, the_hash_is_sha256);
	tcase_add_loop_test(tc, a_key_is_good_only_whole, 0, 5);
	tcase_add_test(tc, parts_of_keys_make_no_key);
	tcase_add_test(tc, an_empty_table_knows_none);
	tcase_add_test(tc, a_key_ends_when_it_is_to);
	tcase_add_loop_test(tc, the_memo_recalls_only_the_very_same, 0, 5);
	tcase_add_test(tc, a_table_comes_back_as_it_was);
	tcase_add_loop_test(tc, what_is_no_table_is_refused, 0,
			    (int)(sizeof(wrong) / sizeof(wrong[0])));
	tcase_add_test(tc, an_empty_table_is_an_empty_text);
	suite_add_tcase(suite, tc);

	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
