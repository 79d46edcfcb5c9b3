/*
 * test_case.c - what may happen to a conversation, and what may not.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/small.h"
#include "tests/unit/talk.h"

static struct library *lib;
static struct talk t;

static void
setup(void)
{
	lib = talk_library();
}

static void
teardown(void)
{
	library_unref(lib);
}

static void
begin(void)
{
	talk_begin(&t, lib, "delivery.late", "live_chat");
}

static void
end(void)
{
	talk_end(&t);
}

#define expect_stage(want) ck_assert_str_eq(t.now.stage, want)
#define expect_note(want) ck_assert_str_eq(t.change.turn.note, want)

/* To thank, in the shortest way. */
static const char to_thank[] =
	"told confirms next next gives_facts accepts accepts done";

/* --- turns ---------------------------------------------------------------- */

START_TEST(begins_at_the_entry)
{
	ck_assert_int_eq(t.now.version, 1);
	ck_assert_int_eq(t.now.turns, 1);
	ck_assert_int_eq(t.now.undoes, 0);
	ck_assert_int_eq(t.now.release, 7);
	ck_assert_int_eq((int)t.now.status, CASE_ACTIVE);
	ck_assert_int_eq(t.now.created, TALK_START);
	ck_assert_str_eq(t.now.locale, "en");
	ck_assert_str_eq(t.now.protocol, "full-recovery");
	ck_assert_uint_gt(t.now.nmay_offer, 0);
	ck_assert_ptr_null(t.turns[0].from);
	ck_assert_ptr_null(t.turns[0].signal);
	ck_assert_ptr_null(t.turns[0].note);
	ck_assert_ptr_null(t.turns[0].before);
	ck_assert_str_eq(t.turns[0].to, t.now.stage);
	ck_assert(t.turns[0].moved);
	ck_assert(t.change.step.begins);
}
END_TEST

START_TEST(counts_each_change)
{
	talk_all(&t, "next told satisfied");
	ck_assert_int_eq(t.now.version, 4);
	ck_assert_int_eq(t.now.turns, 4);
	for (size_t i = 0; i < t.nturns; i++)
		ck_assert_int_eq(t.turns[i].n, (int)i + 1);
	ck_assert_str_eq(t.turns[2].from, "open");
	ck_assert_str_eq(t.turns[2].to, "restate");
	ck_assert_str_eq(t.turns[2].signal, "told");
	/* Also when the stage does not move. */
	talk_all(&t, "due");
	ck_assert(!t.change.turn.moved);
	ck_assert_int_eq(t.now.version, 5);
}
END_TEST

START_TEST(never_goes_back_in_time)
{
	int64_t updated = t.now.updated;

	t.ctx.now -= 3600000000;
	talk_all(&t, "next");
	ck_assert_int_eq(t.now.updated, updated);
	ck_assert_int_eq(t.change.turn.at, updated);
}
END_TEST

START_TEST(notes_what_was_said)
{
	struct case_ask ask;
	const struct frag used[] = { { "general/mine/1xx", 14 },
				     { "general/mine/2", 14 } };
	const char *offered;

	talk_all(&t, "next");
	offered = t.now.offered;
	ck_assert_ptr_nonnull(offered);
	talk_all(&t, "next");
	ck_assert_uint_eq(t.change.turn.nphrases, 1);
	ck_assert_str_eq(t.change.turn.phrases[0], offered);

	case_ask_init(&ask);
	ask.used_given = true;
	ck_assert(talk_ask(&t, &ask));
	ck_assert_uint_eq(t.change.turn.nphrases, 0);
	ask.used = used;
	ask.nused = 2;
	ck_assert(talk_ask(&t, &ask));
	ck_assert_uint_eq(t.change.turn.nphrases, 2);
	ck_assert_uint_eq(t.now.nused, 3);
	ck_assert_str_eq(t.now.used[0], offered);
	ck_assert_str_eq(t.now.used[1], "general/mine/1");
}
END_TEST

START_TEST(warns_once_then_ends)
{
	talk_all(&t, "next abusive");
	expect_stage("boundary");
	ck_assert_int_eq(t.now.counts[COUNT_WARNINGS], 1);
	talk_all(&t, "next abusive");
	expect_stage("exit");
	/* The case goes on with a lead; the counter stays. */
	talk_all(&t, "calmer");
	expect_stage("handover");
	talk_all(&t, "abusive");
	expect_stage("exit");
}
END_TEST

START_TEST(ends_at_once_on_a_threat)
{
	talk_all(&t, "threat");
	expect_stage("exit");
	ck_assert_int_eq(t.now.counts[COUNT_WARNINGS], 0);
}
END_TEST

START_TEST(keeps_the_peak_for_the_breather)
{
	struct case_ask ask;

	case_ask_init(&ask);
	ask.intensity = 4;
	ck_assert(talk_ask(&t, &ask));
	ask.intensity = 1;
	ck_assert(talk_ask(&t, &ask));
	ck_assert_int_eq(t.now.intensity, 1);
	ck_assert_int_eq(t.now.peak_intensity, 4);
	ck_assert_int_eq(t.change.step.strain, STRAIN_NONE);
	talk_all(&t, "leaves");
	expect_stage("closed");
	ck_assert_int_eq(t.now.intensity, 1);
	ck_assert_int_eq(t.change.step.strain, STRAIN_INTENSITY);
}
END_TEST

START_TEST(says_what_was_held_back_and_forced)
{
	talk_all(&t, "next");
	ck_assert(talk_to(&t, "next", "propose", false));
	expect_stage("listen");
	expect_note("held-back");
	ck_assert(talk_to(&t, "next", "propose", true));
	expect_stage("propose");
	expect_note("forced");
}
END_TEST

START_TEST(goes_on_after_a_pause)
{
	ck_assert(talk_status(&t, CASE_PAUSED, false));
	ck_assert_int_eq((int)t.now.status, CASE_PAUSED);
	talk_all(&t, "next");
	ck_assert_int_eq((int)t.now.status, CASE_ACTIVE);
	ck_assert(talk_undo(&t));
	ck_assert_int_eq((int)t.now.status, CASE_PAUSED);
}
END_TEST

/* --- the end -------------------------------------------------------------- */

START_TEST(a_closed_one_refuses_all_but_a_patch)
{
	uint8_t id[CASE_ID];

	talk_all(&t, "next");
	ck_assert(talk_promise(&t, "next", TALK_START));
	ck_assert(talk_status(&t, CASE_CLOSED, true));
	case_follow_up_id(&t.now, 1, id);

	ck_assert(!talk_say(&t, "next"));
	ck_assert_int_eq(t.refusal, CASE_IS_CLOSED);
	ck_assert(!talk_undo(&t));
	ck_assert_int_eq(t.refusal, CASE_IS_CLOSED);
	ck_assert(!talk_promised(&t, 1, true));
	ck_assert_int_eq(t.refusal, CASE_IS_CLOSED);
	ck_assert(!talk_follow_up(&t, 1, RESULT_DONE));
	ck_assert_int_eq(t.refusal, CASE_IS_CLOSED);
	ck_assert_int_eq(t.now.version, 4);

	ck_assert(talk_status(&t, CASE_ACTIVE, false));
	talk_all(&t, "next");
}
END_TEST

START_TEST(closing_waits_for_promises)
{
	talk_all(&t, "next");
	ck_assert(talk_promise(&t, "next", TALK_START + TALK_DAY));
	ck_assert(talk_promise(&t, "told", TALK_START + 2 * TALK_DAY));
	ck_assert(!talk_status(&t, CASE_CLOSED, false));
	ck_assert_int_eq(t.refusal, CASE_PROMISE_STILL_OPEN);
	ck_assert_int_eq(t.change.promise, 1);
	ck_assert(talk_promised(&t, 1, true));
	ck_assert(!talk_status(&t, CASE_CLOSED, false));
	ck_assert_int_eq(t.change.promise, 2);
	ck_assert(talk_status(&t, CASE_CLOSED, true));
	ck_assert_int_eq(t.now.promises[1].status, PROMISE_OPEN);
	ck_assert_int_eq(t.now.follow_ups[1].status, FOLLOW_UP_CANCELLED);
	ck_assert(t.now.follow_ups[1].changed);
}
END_TEST

START_TEST(the_end_waits_for_promises)
{
	ck_assert(talk_promise(&t, "next", TALK_START + TALK_DAY));
	talk_all(&t, to_thank);
	talk_all(&t, "next next next");
	expect_stage("prevent");
	ck_assert(!talk_say(&t, "next"));
	ck_assert_int_eq(t.refusal, CASE_PROMISE_STILL_OPEN);
	expect_stage("prevent");
	struct case_ask force;
	case_ask_init(&force);
	force.wish.force = true;
	ck_assert(talk_ask(&t, &force));
	expect_stage("done");
	ck_assert(talk_undo(&t));
	ck_assert(talk_promised(&t, 1, true));
	talk_all(&t, "next");
	expect_stage("done");
	ck_assert(!talk_say(&t, "told"));
	ck_assert_int_eq(t.refusal, CASE_IS_DONE);
	ck_assert(!talk_to(&t, "told", "listen", true));
	ck_assert_int_eq(t.refusal, CASE_IS_DONE);
	/* A slip of the finger can be taken back. */
	ck_assert(talk_undo(&t));
	expect_stage("prevent");
}
END_TEST

START_TEST(patches_what_is_no_matter_of_the_walk)
{
	struct case_patch_ask ask = { .status = -1, .category = -1 };

	talk_all(&t, "next told");
	ask.outcome = case_outcome_find("resolved", 8);
	ask.root_cause = "depot.scan";
	ask.category = library_category(lib, "payment", 7);
	ck_assert(talk_patch(&t, &ask));
	expect_stage("restate");
	ck_assert_str_eq(t.now.category, "payment");
	ck_assert_str_eq(t.now.outcome, "resolved");
	ck_assert_str_eq(t.now.root_cause, "depot.scan");
	ck_assert_uint_eq(t.now.ncategories, 2);
	expect_note("patch");
	ck_assert(!t.change.turn.moved);
	/* Undo takes the turn back, and leaves what was patched. */
	ck_assert(talk_undo(&t));
	expect_stage("open");
	ck_assert_str_eq(t.now.category, "payment");
	ask = (struct case_patch_ask){ .status = -1,
				       .category = -1,
				       .clear_outcome = true };
	ck_assert(talk_patch(&t, &ask));
	ck_assert_ptr_null(t.now.outcome);
	ck_assert_str_eq(t.now.root_cause, "depot.scan");
}
END_TEST

/* --- undo ----------------------------------------------------------------- */

START_TEST(undo_goes_back_turn_by_turn)
{
	ck_assert(!talk_undo(&t));
	ck_assert_int_eq(t.refusal, CASE_NOTHING_TO_UNDO);
	talk_all(&t, "next told abusive");
	expect_stage("boundary");
	ck_assert(talk_undo(&t));
	expect_stage("restate");
	expect_note("undo");
	ck_assert_int_eq(t.now.counts[COUNT_WARNINGS], 0);
	ck_assert(t.change.turn.moved);
	ck_assert_str_eq(t.change.turn.from, "boundary");
	ck_assert_ptr_null(t.change.turn.signal);
	ck_assert(talk_undo(&t));
	expect_stage("open");
	talk_all(&t, "next");
	expect_stage("listen");
	ck_assert(talk_undo(&t));
	expect_stage("open");
	ck_assert(talk_undo(&t));
	expect_stage("prepare");
	ck_assert(!talk_undo(&t));
	ck_assert_int_eq(t.refusal, CASE_NOTHING_TO_UNDO);
	ck_assert_int_eq(t.now.version, 9);
	ck_assert_uint_gt(t.now.nused, 0);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("case");
	TCase *tc = tcase_create("case");
	tcase_add_unchecked_fixture(tc, setup, teardown);
	tcase_add_checked_fixture(tc, begin, end);
	tcase_add_test(tc, begins_at_the_entry);
	tcase_add_test(tc, counts_each_change);
	tcase_add_test(tc, never_goes_back_in_time);
	tcase_add_test(tc, notes_what_was_said);
	tcase_add_test(tc, warns_once_then_ends);
	tcase_add_test(tc, ends_at_once_on_a_threat);
	tcase_add_test(tc, keeps_the_peak_for_the_breather);
	tcase_add_test(tc, says_what_was_held_back_and_forced);
	tcase_add_test(tc, goes_on_after_a_pause);
	tcase_add_test(tc, a_closed_one_refuses_all_but_a_patch);
	tcase_add_test(tc, closing_waits_for_promises);
	tcase_add_test(tc, the_end_waits_for_promises);
	tcase_add_test(tc, patches_what_is_no_matter_of_the_walk);
	tcase_add_test(tc, undo_goes_back_turn_by_turn);
	suite_add_tcase(suite, tc);

	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
