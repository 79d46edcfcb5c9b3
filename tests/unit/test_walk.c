/*
 * test_walk.c - the right stage after every reaction.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "script/walk.h"
#include "tests/unit/small.h"

#define NELEMS(a) (sizeof(a) / sizeof((a)[0]))

static struct library *lib;

static void
setup(void)
{
	lib = small_library();
}

static void
teardown(void)
{
	library_unref(lib);
}

static struct move
step_on(const struct situation *sit, struct state *s, const char *signal)
{
	struct wish none = { .to = STAGE_NONE };

	return walk_move(sit, s, small_signal(lib, signal), none);
}

static struct state
at(const char *stage)
{
	struct state s;

	state_init(&s);
	s.stage = small_stage(lib, stage);
	return s;
}

#define expect_at(s, want) ck_assert_str_eq(lib->stages[(s).stage].code, want)

/* clang-format off */
static const struct {
	const char *from, *signal, *to;
	bool moved;
} moves[] = {
	{ "open",    "next",    "listen",  true },
	{ "open",    "accepts", "open",    false }, /* no row: stay */
	{ "listen",  "next",    "sorry",   true },
	{ "sorry",   "angrier", "listen",  true },
	{ "open",    "threat",  "exit",    true },  /* a "*" row */
	{ "pause",   "threat",  "exit",    true },
	{ "exit",    "threat",  "exit",    false }, /* "*" is no terminal stage */
	{ "open",    "abusive", "limit",   true },
	{ "pause",   "told",    "listen",  true },  /* nothing to return to */
	{ "recover", "next",    "done",    true },
	{ "done",    "next",    "done",    false },
	{ "done",    "threat",  "done",    false },
};
/* clang-format on */

START_TEST(follows_the_rows)
{
	struct situation sit = small_situation(lib, "general", "live_chat");
	struct state s = at(moves[_i].from);
	struct move m = step_on(&sit, &s, moves[_i].signal);

	expect_at(s, moves[_i].to);
	ck_assert_int_eq(m.moved, moves[_i].moved);
	ck_assert_int_eq(m.to, s.stage);
}
END_TEST

START_TEST(warns_once_then_ends)
{
	struct situation sit = small_situation(lib, "general", "live_chat");
	struct state s = at("open");

	(void)step_on(&sit, &s, "abusive");
	expect_at(s, "limit");
	ck_assert_int_eq(s.counts[COUNT_WARNINGS], 1);
	(void)step_on(&sit, &s, "abusive");
	expect_at(s, "exit");
}
END_TEST

START_TEST(apologizes_once)
{
	struct situation sit = small_situation(lib, "general", "live_chat");
	struct state s = at("sorry");

	(void)step_on(&sit, &s, "angrier");
	expect_at(s, "listen");
	ck_assert(s.apologized);
	(void)step_on(&sit, &s, "next");
	expect_at(s, "offer");
}
END_TEST

START_TEST(gives_up_after_the_last_reescalation)
{
	struct situation sit = small_situation(lib, "general", "live_chat");
	struct state s = at("sorry");

	s.counts[COUNT_REESCALATIONS] = lib->limits[COUNT_REESCALATIONS];
	(void)step_on(&sit, &s, "angrier");
	expect_at(s, "exit");
}
END_TEST

START_TEST(returns_to_where_the_silence_began)
{
	struct situation sit = small_situation(lib, "general", "live_chat");
	struct state s = at("listen");

	(void)step_on(&sit, &s, "silent");
	expect_at(s, "pause");
	ck_assert_int_eq(s.back, small_stage(lib, "listen"));
	(void)step_on(&sit, &s, "silent");
	expect_at(s, "pause");
	ck_assert_int_eq(s.back, small_stage(lib, "listen"));
	(void)step_on(&sit, &s, "told");
	expect_at(s, "listen");
	ck_assert_int_eq(s.back, STAGE_NONE);
	ck_assert_int_eq(s.counts[COUNT_SILENCES], 0);
}
END_TEST

START_TEST(parks_after_the_last_silence)
{
	struct situation sit = small_situation(lib, "general", "live_chat");
	struct state s = at("open");

	for (int i = 0; i < 2; i++) {
		(void)step_on(&sit, &s, "silent");
		expect_at(s, "pause");
	}
	(void)step_on(&sit, &s, "silent");
	expect_at(s, "closed");
}
END_TEST

START_TEST(ignores_silence_where_nobody_waits)
{
	struct situation sit = small_situation(lib, "general", "email");
	struct state s = at("open");

	ck_assert(!step_on(&sit, &s, "silent").moved);
}
END_TEST

START_TEST(passes_over_what_the_protocol_leaves_out)
{
	struct situation sit = small_situation(lib, "general", "live_chat");
	struct state s = at("listen");

	sit.protocol = library_protocol(lib, "brief", 5);
	ck_assert_int_eq(walk_entry(&sit), small_stage(lib, "listen"));
	ck_assert_int_eq(walk_look(&sit, &s, walk_facts(&sit, &s),
				   small_signal(lib, "next")),
			 small_stage(lib, "offer"));
	/* Of "sorry", passed over, only what it schedules is asked. */
	struct move m = step_on(&sit, &s, "next");
	expect_at(s, "offer");
	ck_assert_uint_eq(m.asks, 1u << 2);
	ck_assert(!s.apologized);
	/* Its own row comes first; the common ones still count. */
	(void)step_on(&sit, &s, "told");
	expect_at(s, "listen");
}
END_TEST

/* clang-format off */
static const struct {
	const char *from, *back, *signal, *to;
	bool force;
	const char *at, *held;
} wishes[] = {
	{ "open",   NULL,     "next",    "offer",  false, "listen", "offer" },
	{ "open",   NULL,     "next",    "offer",  true,  "offer",  NULL },
	{ "listen", NULL,     "told",    "offer",  false, "listen", "offer" },
	{ "sorry",  NULL,     "told",    "offer",  false, "offer",  NULL },
	{ "listen", NULL,     "next",    "sorry",  false, "sorry",  NULL },
	{ "listen", NULL,     "told",    "open",   false, "open",   NULL },
	{ "listen", NULL,     "threat",  "open",   false, "exit",   "open" },
	{ "listen", NULL,     "threat",  "open",   true,  "open",   NULL },
	{ "limit",  NULL,     "next",    "offer",  false, "listen", "offer" },
	{ "pause",  "sorry",  "told",    "offer",  false, "offer",  NULL },
	{ "pause",  "listen", "told",    "offer",  false, "listen", "offer" },
	{ "closed", NULL,     "next",    "offer",  false, "offer",  NULL },
	{ "listen", NULL,     "told",    "exit",   false, "listen", "exit" },
	{ "listen", NULL,     "told",    "closed", false, "listen", "closed" },
	{ "listen", NULL,     "told",    "done",   false, "listen", "done" },
	{ "listen", NULL,     "told",    "exit",   true,  "exit",   NULL },
};
/* clang-format on */

START_TEST(holds_back_what_comes_too_early)
{
	struct situation sit = small_situation(lib, "general", "live_chat");
	struct state s = at(wishes[_i].from);
	struct wish wish = { small_stage(lib, wishes[_i].to),
			     wishes[_i].force };

	if (wishes[_i].back != NULL)
		s.back = small_stage(lib, wishes[_i].back);
	struct move m =
		walk_move(&sit, &s, small_signal(lib, wishes[_i].signal), wish);
	expect_at(s, wishes[_i].at);
	if (wishes[_i].held == NULL) {
		ck_assert_int_eq(m.held, STAGE_NONE);
	} else {
		ck_assert_int_eq(m.held, small_stage(lib, wishes[_i].held));
		ck_assert_uint_gt(m.because.len, 0);
	}
}
END_TEST

START_TEST(next_agrees_with_every_move)
{
	static const char *const channels[] = { "live_chat", "email", "wall" };
	struct wish none = { .to = STAGE_NONE };
	uint8_t to[LIBRARY_MAX_SIGNALS];

	for (size_t c = 0; c < NELEMS(channels); c++) {
		struct situation sit =
			small_situation(lib, "post", channels[c]);
		for (size_t p = 0; p < lib->nprotocols; p++) {
			sit.protocol = (int)p;
			for (size_t i = 0; i < lib->nstages; i++) {
				struct state s;

				state_init(&s);
				s.stage = (int)i;
				walk_next(&sit, &s, walk_facts(&sit, &s), to);
				for (int g = 0; g < (int)lib->nsignals; g++) {
					struct state copy = s;
					struct move m =
						walk_move(&sit, &copy, g, none);
					ck_assert_int_eq(m.moved,
							 to[g] != STAGE_NONE);
					if (m.moved)
						ck_assert_int_eq(m.to, to[g]);
				}
			}
		}
	}
}
END_TEST

/* The ways that were made when the library was built are those of any state
 * that they are given for. */
START_TEST(usual_ways_are_the_ways)
{
	struct situation sit = small_situation(lib, "post", "live_chat");
	uint8_t to[LIBRARY_MAX_SIGNALS];
	size_t usual = 0, others = 0;

	sit.protocol = lib->default_protocol;
	for (int i = 0; i < (int)lib->nstages * 4 * 4 * (1 << N_FLAGS); i++) {
		struct state s;

		state_init(&s);
		s.stage = i % (int)lib->nstages;
		s.counts[COUNT_WARNINGS] = i / (int)lib->nstages % 4;
		s.counts[COUNT_REJECTIONS] = i / (int)lib->nstages / 4 % 4;
		s.flags = (uint8_t)(i / (int)lib->nstages / 16);
		uint32_t facts = walk_facts(&sit, &s);
		const struct usual *u = walk_usual(&sit, &s, facts);

		if (u == NULL) {
			others++;
			continue;
		}
		usual++;
		walk_next(&sit, &s, facts, to);
		ck_assert_mem_eq(u->to, to, lib->nsignals);
	}
	ck_assert_uint_gt(usual, 0);
	ck_assert_uint_gt(others, 0);

	struct state s = at("listen");
	sit.protocol = lib->default_protocol == 0 ? 1 : 0;
	ck_assert_ptr_null(walk_usual(&sit, &s, walk_facts(&sit, &s)));
}
END_TEST

START_TEST(keeps_the_newest_128_ids)
{
	static char ids[130][24];
	struct state s;

	state_init(&s);
	for (int i = 0; i < 130; i++) {
		int n = snprintf(ids[i], sizeof(ids[i]), "general/open/%d", i);
		state_used(&s, (struct frag){ ids[i], (uint32_t)n });
	}
	ck_assert_int_eq(s.nused, STATE_MAX_USED);
	ck_assert_mem_eq(s.used[127].ptr, "general/open/129", 16);
	ck_assert_mem_eq(s.used[0].ptr, "general/open/2", 14);
	/* Said again: it becomes the newest, and stands there once. */
	state_used(&s, s.used[5]);
	ck_assert_int_eq(s.nused, STATE_MAX_USED);
	ck_assert_mem_eq(s.used[127].ptr, "general/open/7", 14);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("walk");
	TCase *tc = tcase_create("walk");
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, follows_the_rows, 0, (int)NELEMS(moves));
	tcase_add_test(tc, warns_once_then_ends);
	tcase_add_test(tc, apologizes_once);
	tcase_add_test(tc, gives_up_after_the_last_reescalation);
	tcase_add_test(tc, returns_to_where_the_silence_began);
	tcase_add_test(tc, parks_after_the_last_silence);
	tcase_add_test(tc, ignores_silence_where_nobody_waits);
	tcase_add_test(tc, passes_over_what_the_protocol_leaves_out);
	tcase_add_loop_test(tc, holds_back_what_comes_too_early, 0,
			    (int)NELEMS(wishes));
	tcase_add_test(tc, next_agrees_with_every_move);
	tcase_add_test(tc, usual_ways_are_the_ways);
	tcase_add_test(tc, keeps_the_newest_128_ids);
	suite_add_tcase(suite, tc);

	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
