/*
 * test_rate.c - a key gets what it may, in a burst and in the long run.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "server/keys.h"
#include "server/rate.h"

#define SECOND 1000000ull
#define NOW (1000 * SECOND) /* no time in particular */

static const unsigned rates[] = { 1, 2, 3, 7, 1000, 999983, RATE_MAX };
#define NRATES ((int)(sizeof(rates) / sizeof(rates[0])))

static struct key_table *
table_of(const char *ids)
{
	struct key keys[16] = { 0 };
	size_t n = strlen(ids);

	for (size_t i = 0; i < n; i++) {
		memset(keys[i].id, ids[i], KEY_ID);
		keys[i].role = ROLE_READER;
	}
	return key_table_new(keys, n);
}

static struct rate *
rate_of(unsigned per_second, const char *ids)
{
	struct rate *rate = rate_new(per_second);
	struct key_table *table = table_of(ids);

	ck_assert_ptr_nonnull(rate);
	ck_assert(rate_follow(rate, table));
	free(table);
	return rate;
}

static void
follow(struct rate *rate, const char *ids)
{
	struct key_table *table = table_of(ids);

	ck_assert(rate_follow(rate, table));
	free(table);
}

/* How many of ${n} does key ${i} get at ${now}? */
static unsigned
take(struct rate *rate, size_t i, uint64_t now, unsigned n)
{
	struct rate_left left;
	unsigned taken = 0;

	while (n-- > 0)
		taken += rate_take(rate, i, now, &left);
	return taken;
}

START_TEST(a_burst_is_two_seconds_worth)
{
	struct rate *rate = rate_of(rates[_i], "a");
	unsigned n = rates[_i];

	ck_assert_uint_eq(take(rate, 0, NOW, 3 * n), 2 * n);
	ck_assert_uint_eq(take(rate, 0, NOW, 10), 0);
	/* A second later there is a second's worth, and so on for ever. */
	for (unsigned i = 1; i < 5; i++) {
		unsigned got = take(rate, 0, NOW + i * SECOND, 3 * n);

		ck_assert_uint_ge(got, n);
		ck_assert_uint_le(got, n + n / 1000);
	}
	/* After a rest it is full again, and not fuller. */
	ck_assert_uint_eq(take(rate, 0, NOW + 99 * SECOND, 3 * n), 2 * n);
	rate_free(rate);
}
END_TEST

START_TEST(a_steady_caller_is_never_refused)
{
	struct rate *rate = rate_of(1000, "a");
	struct rate_left left;

	for (unsigned i = 0; i < 20000; i++)
		ck_assert(rate_take(rate, 0, NOW + i * 1000, &left));
	ck_assert_uint_ge(left.requests, 1998);
	rate_free(rate);
}
END_TEST

START_TEST(it_tells_what_is_left)
{
	struct rate *rate = rate_of(10, "a");
	struct rate_left left;
	char text[RATE_TEXT];

	ck_assert_str_eq(rate_policy(rate), "\"key\";q=20;w=2");
	for (unsigned i = 1; i <= 20; i++) {
		ck_assert(rate_take(rate, 0, NOW, &left));
		ck_assert_uint_eq(left.requests, 20 - i);
		ck_assert_uint_eq(left.full, i <= 10 ? 1 : 2);
		ck_assert_uint_eq(left.wait, 0);
	}
	rate_text(&left, text);
	ck_assert_str_eq(text, "\"key\";r=0;t=2");
	ck_assert(!rate_take(rate, 0, NOW, &left));
	ck_assert_uint_eq(left.requests, 0);
	ck_assert_uint_eq(left.wait, 1);
	ck_assert_uint_eq(left.full, 1);
	ck_assert(!rate_take(rate, 0, NOW + 99999, &left));
	/* A tenth of a second brings one. */
	ck_assert(rate_take(rate, 0, NOW + 100000, &left));
	ck_assert(!rate_take(rate, 0, NOW + 100000, &left));
	rate_free(rate);
}
END_TEST

/* Who waits as long as is said is let in. */
START_TEST(the_wait_is_long_enough)
{
	struct rate *rate = rate_of(rates[_i], "a");
	struct rate_left left;

	take(rate, 0, NOW, 3 * rates[_i]);
	ck_assert(!rate_take(rate, 0, NOW, &left));
	ck_assert_uint_ge(left.wait, 1);
	ck_assert(rate_take(rate, 0, NOW + left.wait * SECOND, &left));
	rate_free(rate);
}
END_TEST

START_TEST(each_key_has_its_own)
{
	struct rate *rate = rate_of(5, "abc");

	ck_assert_uint_eq(take(rate, 1, NOW, 100), 10);
	ck_assert_uint_eq(take(rate, 0, NOW, 100), 10);
	ck_assert_uint_eq(take(rate, 2, NOW, 4), 4);
	ck_assert_uint_eq(take(rate, 2, NOW, 100), 6);
	rate_free(rate);
}
END_TEST

START_TEST(a_bucket_stays_with_its_key)
{
	struct rate *rate = rate_of(5, "bd");

	ck_assert_uint_eq(take(rate, 0, NOW, 100), 10);
	ck_assert_uint_eq(take(rate, 1, NOW, 7), 7);
	follow(rate, "abcde"); /* others come */
	ck_assert_uint_eq(take(rate, 0, NOW, 100), 10);
	ck_assert_uint_eq(take(rate, 1, NOW, 100), 0);
	ck_assert_uint_eq(take(rate, 2, NOW, 100), 10);
	ck_assert_uint_eq(take(rate, 3, NOW, 100), 3);
	follow(rate, "df"); /* and go */
	ck_assert_uint_eq(take(rate, 0, NOW, 100), 0);
	ck_assert_uint_eq(take(rate, 1, NOW, 100), 10);
	follow(rate, "");
	follow(rate, "d"); /* one that was gone begins anew */
	ck_assert_uint_eq(take(rate, 0, NOW, 100), 10);
	rate_free(rate);
}
END_TEST

/* The longest of texts fits. */
START_TEST(the_greatest_rate_fits)
{
	struct rate *rate = rate_of(RATE_MAX, "a");
	struct rate_left left = { .requests = 2 * RATE_MAX,
				  .full = 2 * RATE_MAX };
	char text[RATE_TEXT];

	ck_assert_str_eq(rate_policy(rate), "\"key\";q=2000000;w=2");
	rate_text(&left, text);
	ck_assert_str_eq(text, "\"key\";r=2000000;t=2000000");
	rate_free(rate);
	rate_free(NULL);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("rate");
	TCase *tc = tcase_create("rate");

	tcase_set_timeout(tc, 30);
	tcase_add_loop_test(tc, a_burst_is_two_seconds_worth, 0, NRATES);
	tcase_add_test(tc, a_steady_caller_is_never_refused);
	tcase_add_test(tc, it_tells_what_is_left);
	tcase_add_loop_test(tc, the_wait_is_long_enough, 0, NRATES);
	tcase_add_test(tc, each_key_has_its_own);
	tcase_add_test(tc, a_bucket_stays_with_its_key);
	tcase_add_test(tc, the_greatest_rate_fits);
	suite_add_tcase(suite, tc);

	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
