/*
 * test_exchange.c - the headers that a request keeps of its own.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "server/exchange.h"

static struct exchange *ex;

static void
setup(void)
{
	ex = exchange_new();
	ck_assert_ptr_nonnull(ex);
	exchange_begin(ex, "/v1/conversations");
}

static void
teardown(void)
{
	exchange_free(ex);
}

/* Both are kept alike, each up to a length of its own. */
static const struct {
	const char *name, *other; /* the same, written otherwise */
	size_t max;
} headers[] = {
	{ "If-Match", "iF-mATCH", REQUEST_MAX_IF_MATCH },
	{ "Idempotency-Key", "IDEMPOTENCY-KEY", REQUEST_MAX_KEY },
};

static const char *
kept(int i)
{
	return i == 0 ? ex->req.if_match : ex->req.idempotency_key;
}

/* As the connection lends it, which then takes it back. */
static void
give(const char *name, const char *value, size_t len)
{
	char *lent = malloc(len + 1);

	ck_assert_ptr_nonnull(lent);
	memcpy(lent, value, len);
	lent[len] = '"'; /* no byte too many */
	exchange_header(ex, name, strlen(name), lent, len);
	memset(lent, 'x', len + 1);
	free(lent);
}

START_TEST(a_header_is_copied)
{
	ck_assert_ptr_null(kept(_i));
	give(headers[_i].name, "\"12\"", 4);
	ck_assert_str_eq(kept(_i), "\"12\"");
	ck_assert_ptr_null(kept(1 - _i));
	give(headers[1 - _i].other, "k", 1);
	ck_assert_str_eq(kept(1 - _i), "k");
	ck_assert_str_eq(kept(_i), "\"12\"");
}
END_TEST

START_TEST(others_are_not_taken_for_it)
{
	static const char *const names[] = { "If-Macht",    "If-None-Match",
					     "If-Matc",	    "X-Match!",
					     "Idempotency", "Idempotency-Kez" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		give(names[i], "v", 1);
	ck_assert_ptr_null(kept(0));
	ck_assert_ptr_null(kept(1));
}
END_TEST

/* What cannot be kept is no header that is missing, nor half of one. */
START_TEST(one_that_is_too_long_is_empty)
{
	char value[REQUEST_MAX_KEY + 2];
	size_t max = headers[_i].max;

	memset(value, 'v', sizeof(value));
	give(headers[_i].name, value, max);
	ck_assert_uint_eq(strlen(kept(_i)), max);
	exchange_begin(ex, "/");
	ck_assert_ptr_null(kept(_i));
	give(headers[_i].name, value, max + 1);
	ck_assert_str_eq(kept(_i), "");
	give(headers[_i].name, "v", 1);
	ck_assert_str_eq(kept(_i), "");
}
END_TEST

START_TEST(one_that_comes_twice_is_empty)
{
	for (int n = 2; n <= 4; n++) {
		exchange_begin(ex, "/");
		for (int i = 0; i < n; i++)
			give(i % 2 == 0 ? headers[_i].name : headers[_i].other,
			     "v", 1);
		ck_assert_str_eq(kept(_i), "");
	}
	exchange_begin(ex, "/");
	give(headers[_i].name, "", 0);
	ck_assert_str_eq(kept(_i), "");
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("exchange");
	TCase *tc = tcase_create("exchange");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, a_header_is_copied, 0, 2);
	tcase_add_test(tc, others_are_not_taken_for_it);
	tcase_add_loop_test(tc, one_that_is_too_long_is_empty, 0, 2);
	tcase_add_loop_test(tc, one_that_comes_twice_is_empty, 0, 2);
	suite_add_tcase(suite, tc);

	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
