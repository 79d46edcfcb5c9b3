/*
 * test_sift.c - a large object in pieces: what is kept of it, and that the
 * whole is JSON; held against jansson.
 */
#include <check.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "server/sift.h"

#define NELEMS(a) (sizeof(a) / sizeof((a)[0]))

static const char *const paths[] = {
	"a", "b.c", "b.d.e", "b.d.f", "m.*", NULL
};

/* Those of "m" whose names are as long as ${arg}. */
static bool
wants(const void *arg, const char *name, size_t len)
{
	(void)name;
	return len == strlen(arg);
}

static const struct sift_rules rules = { paths, wants };
static const char known[] = "xyz";

/* Sift ${text} in pieces of ${size} bytes. */
static enum sift_verdict
run(const char *text, size_t len, size_t size, char **kept, size_t *kept_len)
{
	struct sift *sift = sift_new(&rules);
	size_t at;

	ck_assert_ptr_nonnull(sift);
	for (size_t i = 0; i < len; i += size)
		sift_piece(sift, known, text + i,
			   len - i < size ? len - i : size);
	enum sift_verdict verdict = sift_end(sift, kept, kept_len, &at);

	ck_assert_uint_le(at, len);
	sift_free(sift);
	return verdict;
}

/* clang-format off */
static const struct {
	const char *text, *kept;
} good[] = {
	{ "{}", "{}" },
	{ " \t\r\n{ \n} ", "{}" },
	{ "{\"a\":1}", "{\"a\":1}" },
	{ "{\"a\":-0.5e+10 , \"x\":0}", "{\"a\":-0.5e+10}" },
	{ "{\"a\" : \"x\\\"y\"}", "{\"a\":\"x\\\"y\"}" },
	{ "{\"x\":1,\"a\":[1, {\"a\":2}]}", "{\"a\":[1, {\"a\":2}]}" },
	{ "{\"b\":{\"c\":null,\"x\":[]},\"a\":true}", "{\"b.c\":null,\"a\":true}" },
	{ "{\"b\":{\"d\":{\"e\":{},\"f\":[ ]}}}", "{\"b.d.e\":{},\"b.d.f\":[ ]}" },
	{ "{\"b\":{\"d\":{\"g\":1},\"c\":2}}", "{\"b.c\":2}" },
	{ "{\"b\":[{\"c\":1}],\"c\":2}", "{}" },
	{ "{\"b\":{\"x\":{\"c\":1}}}", "{}" },
	{ "{\"\\u0061\":1,\"\xc3\xa4\":2,\"b.c\":3}", "{}" },
	{ "{\"b\":1,\"bb\":{\"c\":2}}", "{}" },
	{ "{\"m\":{\"one\":1,\"three\":3,\"two\":{\"a\":\"22\"}}}", "{\"m.one\":1,\"m.two\":{\"a\":\"22\"}}" },
	{ "{\"m\":[{\"one\":1}],\"x\":{\"m\":{\"one\":1}},\"one\":1,\"*\":2}", "{}" },
	{ "{\"a\":\"0123456701234567 01234567\x7f \\t\",\"x\":\"01234567012345670\\\"34567\"}", "{\"a\":\"0123456701234567 01234567\x7f \\t\"}" },
	{ "{\"x\":\"\xf0\x9f\x99\x82 \\ud83d\\ude42\",\"a\":\"\xe2\x82\xac\"}", "{\"a\":\"\xe2\x82\xac\"}" },
};

static const char *const bad[] = {
	"", " ", "[]", "1", "\"a\"", "null", "{", "{\"a\"", "{\"a\":", "{\"a\":1",
	"{\"a\":1,", "{\"a\":1,}", "{,}", "{\"a\" 1}", "{\"a\":1 \"b\":2}", "{a:1}", "{'a':1}",
	"{\"a\":01}", "{\"a\":-}", "{\"a\":1.}", "{\"a\":.5}", "{\"a\":1e}", "{\"a\":1e+}", "{\"a\":+1}",
	"{\"a\":tru}", "{\"a\":truE}", "{\"a\":nulll}", "{\"a\":NaN}",
	"{\"a\":[1,]}", "{\"a\":[}", "{\"a\":{]}", "{\"a\":[1 2]}", "{}}", "{} x", "{}{}",
	"{\"a\":\"\n\"}", "{\"a\":\"\\x\"}", "{\"a\":\"\\u12g4\"}", "{\"x\":\"\xff\"}",
	"{\"x\":\"\xc0\x80\"}", "{\"x\":\"\xed\xa0\x80\"}", "{\"x\":\"\xf4\x90\x80\x80\"}", "{\"x\":\"\xe2\x82\"}",
	"{\"x\":\"0123456\x1f\"}", "{\"x\":\"0123456701234\n67\"}", "{\"x\":\"012345\xff\x37\"}", "{\"x\":\"\xc3\"}", "\xef\xbb\xbf{}", "{\"a\":1}\x01",
};
/* clang-format on */

START_TEST(keeps_what_is_wanted)
{
	size_t whole = strlen(good[_i].text), len;

	for (size_t size = 1; size <= whole; size++) {
		char *kept = NULL;

		ck_assert_int_eq(run(good[_i].text, whole, size, &kept, &len),
				 SIFT_OK);
		ck_assert_uint_eq(len, strlen(good[_i].kept));
		ck_assert(memcmp(kept, good[_i].kept, len) == 0);
		free(kept);
	}
}
END_TEST

START_TEST(refuses_what_is_no_object)
{
	size_t whole = strlen(bad[_i]), len;

	for (size_t size = 1; size <= whole + 1; size++) {
		char *kept = NULL;

		ck_assert_int_eq(run(bad[_i], whole, size, &kept, &len),
				 SIFT_NO_JSON);
		ck_assert_ptr_null(kept);
	}
}
END_TEST

/* {"x":[[...]]} with ${depth} levels in all. */
static char *
nested(size_t depth, size_t *len)
{
	char *text = malloc(2 * depth + 16), *end = stpcpy(text, "{\"x\":");

	for (size_t i = 1; i < depth; i++)
		*end++ = '[';
	for (size_t i = 1; i < depth; i++)
		*end++ = ']';
	*end++ = '}';
	*len = (size_t)(end - text);
	return text;
}

START_TEST(bounds_the_depth)
{
	size_t len, kept_len;
	char *kept = NULL, *text = nested(SIFT_MAX_DEPTH, &len);

	ck_assert_int_eq(run(text, len, 7, &kept, &kept_len), SIFT_OK);
	free(text);
	free(kept);
	text = nested(SIFT_MAX_DEPTH + 1, &len);
	ck_assert_int_eq(run(text, len, 7, &kept, &kept_len), SIFT_TOO_DEEP);
	free(text);
}
END_TEST

/* {"a":"xxx"}: ${n} bytes once it is kept, which is as it came. */
static enum sift_verdict
keep_bytes(size_t n, size_t more, size_t *len)
{
	char *text = malloc(n + more + 16), *kept = NULL;
	char *end = stpcpy(text, "{\"x\":\"");

	memset(end, 'y', more);
	end = stpcpy(end + more, "\",\"a\":\"");
	memset(end, 'x', n - 8);
	end = stpcpy(end + n - 8, "\"}");
	enum sift_verdict verdict =
		run(text, (size_t)(end - text), 4096, &kept, len);

	free(kept);
	free(text);
	return verdict;
}

START_TEST(bounds_what_is_kept)
{
	size_t len;

	ck_assert_int_eq(keep_bytes(SIFT_MAX_KEPT, 4 << 20, &len), SIFT_OK);
	ck_assert_uint_eq(len, SIFT_MAX_KEPT);
	ck_assert_int_eq(keep_bytes(SIFT_MAX_KEPT + 1, 0, &len),
			 SIFT_TOO_LARGE);
}
END_TEST

/* --- against jansson -------------------------------------------------------
 */

static unsigned seed;

static unsigned
roll(unsigned n)
{
	seed = seed * 1103515245 + 12345;
	return (seed >> 16) % n;
}

static json_t *
any_value(int depth)
{
	static const char *const names[] = { "a", "b", "c",	   "d",
					     "e", "f", "\xc3\xa4", "x\"y" };
	json_t *value;

	switch (roll(depth > 0 ? 8 : 6)) {
	case 0:
		return json_null();
	case 1:
		return json_boolean(roll(2));
	case 2:
		return json_integer((json_int_t)roll(100000) - 50000);
	case 3:
		return json_real(roll(1000) / 8.0);
	case 4:
		return json_string(
			"caf\xc3\xa9 \xf0\x9f\x99\x82 \\ \"quoted\"");
	case 5:
		return json_string("");
	case 6:
		value = json_array();
		for (unsigned n = roll(4); n > 0; n--)
			json_array_append_new(value, any_value(depth - 1));
		return value;
	default:
		value = json_object();
		for (unsigned n = roll(5); n > 0; n--)
			json_object_set_new(value, names[roll(8)],
					    any_value(depth - 1));
		return value;
	}
}

/* The same by hand. */
static json_t *
expected(const json_t *whole)
{
	json_t *kept = json_object();

	for (size_t i = 0; paths[i] != NULL; i++) {
		char path[64], *rest = NULL;
		const json_t *at = whole;

		strcpy(path, paths[i]);
		for (char *name = strtok_r(path, ".", &rest); name != NULL;
		     name = strtok_r(NULL, ".", &rest))
			at = json_object_get(at, name);
		if (at != NULL)
			json_object_set(kept, paths[i],
					(json_t *)(uintptr_t)at);
	}
	return kept;
}

START_TEST(agrees_with_jansson)
{
	for (seed = 1; seed < 3000; seed++) {
		unsigned start = seed;
		json_t *whole = json_object(), *want;

		json_object_set_new(whole, "b", any_value(4));
		json_object_set_new(whole, "a", any_value(3));
		json_object_set_new(whole, "c", any_value(3));
		/* Not JSON_ENSURE_ASCII: of two halves of a pair the sift does
		   not ask whether they fit, and jansson does. */
		char *text = json_dumps(whole, roll(2) ? JSON_INDENT(2) : 0);
		char *kept = NULL;
		size_t len, size = 1 + roll(40);

		ck_assert_int_eq(run(text, strlen(text), size, &kept, &len),
				 SIFT_OK);
		json_t *got =
			json_loadb(kept, len, JSON_REJECT_DUPLICATES, NULL);
		want = expected(whole);
		ck_assert_msg(json_equal(got, want), "%u: %s: %.*s", start,
			      text, (int)len, kept);
		/* One byte wrong: both see it, or neither. */
		size_t n = strlen(text), at = roll((unsigned)n);
		text[at] = "{}[]\",:0x\\\xff "[roll(12)];
		free(kept);
		kept = NULL;
		json_t *again = json_loadb(text, n, 0, NULL);
		bool is_json = json_is_object(again);
		enum sift_verdict verdict = run(text, n, size, &kept, &len);
		ck_assert_msg((verdict == SIFT_OK) == is_json, "%u: %s", start,
			      text);
		json_decref(again);
		json_decref(got);
		json_decref(want);
		json_decref(whole);
		free(kept);
		free(text);
		seed = start;
	}
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("sift");
	TCase *tc = tcase_create("sift");

	tcase_add_loop_test(tc, keeps_what_is_wanted, 0, NELEMS(good));
	tcase_add_loop_test(tc, refuses_what_is_no_object, 0, NELEMS(bad));
	tcase_add_test(tc, bounds_the_depth);
	tcase_add_test(tc, bounds_what_is_kept);
	tcase_add_test(tc, agrees_with_jansson);
	tcase_set_timeout(tc, 60);
	suite_add_tcase(suite, tc);

	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
