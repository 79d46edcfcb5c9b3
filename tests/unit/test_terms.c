/*
 * test_terms.c - the closed sets, and nothing else.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "script/terms.h"

#define NELEMS(a) (sizeof(a) / sizeof((a)[0]))

START_TEST(finds_every_code_it_prints)
{
	for (int i = 0; i < N_KINDS; i++)
		ck_assert_int_eq(kind_find(kind_code(i)), i);
	for (int i = 0; i < N_SOURCES; i++)
		ck_assert_int_eq(source_find(source_code(i)), i);
	for (int i = 0; i < N_VOICES; i++)
		ck_assert_int_eq(voice_find(voice_code(i)), i);
	for (int i = 0; i < N_TYPES; i++)
		ck_assert_int_eq(type_find(type_code(i)), i);
	for (int i = 0; i < N_SPEAKERS; i++)
		ck_assert_int_eq(
			speaker_find(speaker_code(i), strlen(speaker_code(i))),
			i);
	for (int i = 0; i <= FAULT_ANY; i++)
		ck_assert_int_eq(
			fault_find(fault_code(i), strlen(fault_code(i))), i);
	for (int i = 0; i < N_TONES; i++)
		ck_assert_int_eq(tone_find(tone_code(i), strlen(tone_code(i))),
				 i);
	for (int i = 0; i < N_FLAGS; i++)
		ck_assert_int_eq(flag_find(flag_code(i), strlen(flag_code(i))),
				 i);
}
END_TEST

START_TEST(finds_no_others)
{
	ck_assert_int_eq(kind_find(""), -1);
	ck_assert_int_eq(kind_find("Customer"), -1);
	ck_assert_int_eq(voice_find("robot"), -1);
	ck_assert_int_eq(speaker_find("any", 3), -1);
	ck_assert_int_eq(tone_find("warmer", 6), -1);
	/* A length, not a NUL, ends these. */
	ck_assert_int_eq(tone_find("warmer", 4), TONE_WARM);
	ck_assert_int_eq(flag_find("deferredx", 8), FLAG_DEFERRED);
	ck_assert_int_eq(fault_find("our", 3), -1);
}
END_TEST

/* clang-format off */
static const struct {
	const char *code;
	bool good;
	uint32_t bits;
} guards[] = {
	{ "",                     true,  0 },
	{ "warnings_left",        true,  GUARD_WARNINGS_LEFT },
	{ "silences_spent",       true,  GUARD_SILENCES_SPENT },
	{ "first_reescalation",   true,  GUARD_FIRST_REESCALATION },
	{ "bot",                  true,  GUARD_BOT },
	{ "apologized",           true,  GUARD_APOLOGIZED },
	{ "flag:option_on_table", true,  GUARD_FLAG0 },
	{ "flag:no_admission",    true,  (uint32_t)GUARD_FLAG0 << FLAG_NO_ADMISSION },
	{ "flag:",                false, 0 },
	{ "flag:unknown",         false, 0 },
	{ "deferred",             false, 0 },
	{ "warnings",             false, 0 },
	{ "live ",                false, 0 },
};
/* clang-format on */

START_TEST(reads_guards)
{
	uint32_t bits = 12345;

	ck_assert(guard_parse(guards[_i].code, &bits) == guards[_i].good);
	ck_assert_uint_eq(bits, guards[_i].good ? guards[_i].bits : 12345);
}
END_TEST

START_TEST(reads_effects)
{
	struct effects fx = { 0 };

	ck_assert(effect_parse("count:warnings", &fx));
	ck_assert(effect_parse("count:silences", &fx));
	ck_assert_uint_eq(fx.counts, 1 << COUNT_WARNINGS | 1 << COUNT_SILENCES);
	ck_assert(effect_parse("mark:apologized", &fx));
	ck_assert_int_eq(fx.apologized, 1);
	ck_assert(effect_parse("clear:apologized", &fx));
	ck_assert_int_eq(fx.apologized, -1);
	ck_assert(effect_parse("set:no_admission", &fx));
	ck_assert_uint_eq(fx.set, 1 << FLAG_NO_ADMISSION);
	ck_assert(effect_parse("clear:deferred", &fx));
	ck_assert_uint_eq(fx.clear, 1 << FLAG_DEFERRED);
	ck_assert(effect_parse("schedule:follow_up", &fx));
	ck_assert(effect_parse("note:contact_first", &fx));
	ck_assert_uint_eq(fx.asks, 1u | 1u << (n_asks - 1));
	ck_assert_str_eq(ask_code(0), "schedule_follow_up");
	ck_assert_str_eq(ask_code(n_asks - 1), "contact_first");
	ck_assert_str_eq(counter_code(COUNT_REJECTIONS), "rejections");
}
END_TEST

START_TEST(leaves_effects_alone_when_there_is_none_such)
{
	static const char *const codes[] = {
		"",	     "count:",	     "count:money",   "mark:deferred",
		"set:",	     "set:nothing",  "clear:nothing", "note:nothing",
		"schedule:", "reopen:again", "closed",	      "mark:",
	};
	struct effects fx = { .asks = 3, .apologized = 1 };

	for (size_t i = 0; i < NELEMS(codes); i++)
		ck_assert_msg(!effect_parse(codes[i], &fx), "%s", codes[i]);
	ck_assert_uint_eq(fx.asks, 3);
	ck_assert_uint_eq(fx.set | fx.clear | fx.counts, 0);
}
END_TEST

/* Signals a, b, c ... are 0, 1, 2 ... */
static int
signal_find(const void *arg, const char *code, size_t len)
{
	return len == 1 && code[0] >= 'a' && code[0] <= *(const char *)arg
		       ? code[0] - 'a'
		       : -1;
}

/* clang-format off */
static const struct {
	const char *terms[3];
	bool good; /* the last of them */
	struct condition cond;
} conditions[] = {
	{ { "live" },                     true,  { .need = GUARD_LIVE } },
	{ { "!bot" },                     true,  { .forbid = GUARD_BOT } },
	{ { "live", "!flag:deferred" },   true,
	  { .need = GUARD_LIVE, .forbid = (uint32_t)GUARD_FLAG0 << FLAG_DEFERRED } },
	{ { "signal:a|c" },               true,  { .signals = 5 } },
	{ { "signal:a|c", "signal:c|d" }, true,  { .signals = 4 } },
	{ { "signal:a", "signal:b" },     false, { .signals = 1 } },
	{ { "!signal:b", "!signal:d" },   true,  { .not_signals = 10 } },
	{ { "signal:x" },                 false, { 0 } },
	{ { "signal:a|" },                false, { 0 } },
	{ { "signal:" },                  false, { 0 } },
	{ { "" },                         false, { 0 } },
	{ { "!" },                        false, { 0 } },
	{ { "!!live" },                   false, { 0 } },
	{ { "alive" },                    false, { 0 } },
};
/* clang-format on */

START_TEST(reads_conditions)
{
	const struct condition *want = &conditions[_i].cond;
	struct condition cond = { 0 };
	char last = 'h';
	bool good = true;

	for (size_t i = 0; i < 3 && conditions[_i].terms[i] != NULL; i++)
		good = condition_parse(conditions[_i].terms[i], signal_find,
				       &last, &cond);
	ck_assert(good == conditions[_i].good);
	ck_assert_uint_eq(cond.need, want->need);
	ck_assert_uint_eq(cond.forbid, want->forbid);
	ck_assert_uint_eq(cond.signals, want->signals);
	ck_assert_uint_eq(cond.not_signals, want->not_signals);
}
END_TEST

START_TEST(conditions_hold_or_not)
{
	struct condition c = { .need = GUARD_LIVE,
			       .forbid = GUARD_BOT,
			       .signals = 6,
			       .not_signals = 4 };
	struct condition none = { 0 };

	ck_assert(condition_holds(&none, 0, -1));
	ck_assert(condition_holds(&c, GUARD_LIVE | GUARD_HUMAN, 1));
	ck_assert(!condition_holds(&c, GUARD_LIVE, 2));
	ck_assert(!condition_holds(&c, GUARD_LIVE, -1));
	ck_assert(!condition_holds(&c, GUARD_LIVE | GUARD_BOT, 1));
	ck_assert(!condition_holds(&c, 0, 1));
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("terms");
	TCase *tc = tcase_create("terms");
	tcase_add_test(tc, finds_every_code_it_prints);
	tcase_add_test(tc, finds_no_others);
	tcase_add_loop_test(tc, reads_guards, 0, (int)NELEMS(guards));
	tcase_add_test(tc, reads_effects);
	tcase_add_test(tc, leaves_effects_alone_when_there_is_none_such);
	tcase_add_loop_test(tc, reads_conditions, 0, (int)NELEMS(conditions));
	tcase_add_test(tc, conditions_hold_or_not);
	suite_add_tcase(suite, tc);

	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
