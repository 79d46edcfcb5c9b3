/*
 * test_when.c - points in time, as people and programs write them.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "server/when.h"

#define NELEMS(a) ((int)(sizeof(a) / sizeof((a)[0])))

/* clang-format off */
static const struct {
	const char *text;
	int64_t seconds;	/* -1: it is none */
} times[] = {			/* date -d TEXT +%s */
	{ "1970-01-01T00:00:00Z", 0 },
	{ "2027-01-31T00:00:00Z", 1801353600 },
	{ "2027-01-31t00:00:00z", 1801353600 },
	{ "2027-01-31T23:59:59.999Z", 1801439999 },
	{ "2028-02-29T12:34:56+01:30", 1835435096 },
	{ "2028-02-29T12:34:56-08:00", 1835469296 },
	{ "9999-12-31T23:59:59Z", 253402300799 },
	{ "1969-12-31T23:59:59Z", -1 },
	{ "1970-01-01T00:00:00+00:01", -1 },
	{ "2027-02-29T00:00:00Z", -1 },
	{ "2027-04-31T00:00:00Z", -1 },
	{ "2027-13-01T00:00:00Z", -1 },
	{ "2027-00-01T00:00:00Z", -1 },
	{ "2027-01-00T00:00:00Z", -1 },
	{ "2027-01-31T24:00:00Z", -1 },
	{ "2027-01-31T00:60:00Z", -1 },
	{ "2027-01-31T00:00:60Z", -1 },
	{ "2027-01-31T00:00:00", -1 },
	{ "2027-01-31T00:00:00.Z", -1 },
	{ "2027-01-31T00:00:00X", -1 },
	{ "2027-01-31T00:00:00ZZ", -1 },
	{ "2027-01-31T00:00:00+0100", -1 },
	{ "2027-01-31T00:00:00+24:00", -1 },
	{ "2027-01-31T00:00:00+01:60", -1 },
	{ "2027-01-31 00:00:00Z", -1 },
	{ "2027/01/31T00:00:00Z", -1 },
	{ "+027-01-31T00:00:00Z", -1 },
	{ "2027-01-31T00:-1:00Z", -1 },
	{ "2027-01-31", -1 },
	{ "", -1 },
};

#define NOW 1800000000
static const struct {
	const char *text;
	int64_t seconds;
} expiries[] = {
	{ "1", NOW + 86400 },
	{ "90", NOW + 90 * 86400 },
	{ "36500", NOW + (int64_t)36500 * 86400 },
	{ "2027-01-31", 1801353600 },
	{ "2027-01-31T01:00:00Z", 1801357200 },
	{ "0", -1 },
	{ "-1", -1 },
	{ "36501", -1 },
	{ "100000", -1 },
	{ "90d", -1 },
	{ "2027-1-31", -1 },
	{ "2027-02-30", -1 },
	{ "tomorrow", -1 },
	{ "", -1 },
};
/* clang-format on */

START_TEST(reads_what_is_a_time)
{
	int64_t when = -1;
	size_t len = strlen(times[_i].text);
	/* With nothing behind it: an overrun is seen. */
	char *text = malloc(len > 0 ? len : 1);

	memcpy(text, times[_i].text, len);
	ck_assert_msg(when_read(text, len, &when) == (times[_i].seconds >= 0),
		      "%s", times[_i].text);
	if (times[_i].seconds >= 0)
		ck_assert_int_eq(when, times[_i].seconds);
	for (size_t i = 0; i < len && times[_i].seconds >= 0; i++)
		ck_assert(!when_read(text, i, &when));
	free(text);
}
END_TEST

START_TEST(reads_what_people_type)
{
	int64_t when = -1;
	bool good = expiries[_i].seconds >= 0;

	ck_assert_msg(when_read_expiry(expiries[_i].text, NOW, &when) == good,
		      "%s", expiries[_i].text);
	if (good)
		ck_assert_int_eq(when, expiries[_i].seconds);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("when");
	TCase *tc = tcase_create("when");

	tcase_add_loop_test(tc, reads_what_is_a_time, 0, NELEMS(times));
	tcase_add_loop_test(tc, reads_what_people_type, 0, NELEMS(expiries));
	suite_add_tcase(suite, tc);

	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
