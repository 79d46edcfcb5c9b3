/*
 * test_case_due.c - what the clock brings: follow-ups, deadlines, promises.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/small.h"
#include "tests/unit/talk.h"

#define NELEMS(a) ((int)(sizeof(a) / sizeof((a)[0])))

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

/* --- what the clock brings ------------------------------------------------ */

START_TEST(schedules_a_follow_up)
{
	talk_all(&t, to_thank);
	ck_assert_uint_eq(t.now.nfollow_ups, 0);
	talk_all(&t, "next");
	expect_stage("closed");
	ck_assert_uint_eq(t.now.nfollow_ups, 1);
	const struct case_follow_up *f = &t.now.follow_ups[0];
	ck_assert_int_eq(f->kind, FOLLOW_UP);
	ck_assert_int_eq(f->due, t.ctx.now + lib->followup_days * TALK_DAY);
	ck_assert_str_eq(f->signal, "due");
	ck_assert(f->changed);
	ck_assert_mem_eq(f->id, t.now.id, 6); /* the same time */
	ck_assert_mem_ne(f->id, t.now.id, CASE_ID);
	ck_assert_int_eq(f->id[6] >> 4, 7);
	ck_assert_int_eq(f->id[8] >> 6, 2);
	/* Closed again: one is enough, and it is put off. */
	talk_all(&t, "told");
	ck_assert(!t.now.follow_ups[0].changed);
	talk_all(&t, "leaves");
	ck_assert_uint_eq(t.now.nfollow_ups, 1);
	ck_assert_int_eq(t.now.follow_ups[0].due,
			 t.ctx.now + lib->followup_days * TALK_DAY);
}
END_TEST

/* clang-format off */
static const struct {
	enum follow_up_result result;
	const char *stage, *signal, *note;
} follow_ups[] = {
	{ RESULT_SATISFIED, "prevent", "satisfied", "follow-up-satisfied" },
	{ RESULT_UNSATISFIED, "listen", "unsatisfied", "follow-up-unsatisfied" },
	{ RESULT_NO_ANSWER, "prevent", "silent", "follow-up-no_answer" },
	{ RESULT_DONE, "follow_up", "due", "follow-up-done" },
};
/* clang-format on */

START_TEST(a_follow_up_drives_the_conversation)
{
	talk_all(&t, to_thank);
	talk_all(&t, "next");
	ck_assert(talk_follow_up(&t, 1, follow_ups[_i].result));
	expect_stage(follow_ups[_i].stage);
	expect_note(follow_ups[_i].note);
	ck_assert_str_eq(t.change.turn.signal, follow_ups[_i].signal);
	ck_assert_str_eq(t.change.turn.from, "closed");
	ck_assert_int_eq(t.change.step.move.from, small_stage(lib, "closed"));
	ck_assert(t.change.turn.moved);
	ck_assert_int_eq(t.now.follow_ups[0].status, FOLLOW_UP_DONE);
	ck_assert(!talk_follow_up(&t, 1, follow_ups[_i].result));
	ck_assert_int_eq(t.refusal, CASE_FOLLOW_UP_SETTLED);
	ck_assert(!talk_follow_up(&t, 2, follow_ups[_i].result));
	ck_assert_int_eq(t.refusal, CASE_NO_SUCH_FOLLOW_UP);
	ck_assert(talk_undo(&t));
	expect_stage("closed");
	ck_assert_int_eq(t.now.follow_ups[0].status, FOLLOW_UP_OPEN);
}
END_TEST

/* After a threat it is a lead who asks: that "due" says, not the answer. */
START_TEST(what_both_moves_ask_is_asked)
{
	uint32_t by_lead = 1;

	for (int i = 0; strcmp(ask_code(i), "by_lead") != 0; i++)
		by_lead <<= 1;
	talk_all(&t, "next leaves told threat");
	expect_stage("exit");
	ck_assert(talk_follow_up(&t, 1, RESULT_SATISFIED));
	expect_stage("prevent");
	ck_assert_uint_ne(t.change.step.move.asks & by_lead, 0);
}
END_TEST

/* Recovered and looked for the cause, all in one day: the case has ended, but
 * the customer is still asked. */
START_TEST(a_follow_up_is_answered_after_the_end)
{
	talk_all(&t, to_thank);
	talk_all(&t, "next next next next");
	expect_stage("done");
	ck_assert_int_eq(t.now.follow_ups[0].status, FOLLOW_UP_OPEN);
	ck_assert(!talk_follow_up(&t, 1, RESULT_UNSATISFIED));
	ck_assert_int_eq(t.refusal, CASE_IS_DONE);
	ck_assert(talk_follow_up(&t, 1, RESULT_SATISFIED));
	expect_stage("done");
	ck_assert(!t.change.turn.moved);
	ck_assert_int_eq(t.now.follow_ups[0].status, FOLLOW_UP_DONE);
}
END_TEST

START_TEST(who_is_back_need_not_be_reminded)
{
	talk_all(&t, "next silent silent silent");
	expect_stage("closed");
	ck_assert_uint_eq(t.now.nfollow_ups, 1);
	ck_assert_int_eq(t.now.follow_ups[0].kind, FOLLOW_UP_REMINDER);
	ck_assert_int_eq(t.now.follow_ups[0].status, FOLLOW_UP_OPEN);
	talk_all(&t, "told");
	expect_stage("restate");
	ck_assert_int_eq(t.now.follow_ups[0].status, FOLLOW_UP_DONE);
}
END_TEST

START_TEST(what_the_signals_say_counts_as_answered)
{
	talk_all(&t, to_thank);
	talk_all(&t, "next due");
	ck_assert_int_eq(t.now.follow_ups[0].status, FOLLOW_UP_OPEN);
	talk_all(&t, "satisfied");
	ck_assert_int_eq(t.now.follow_ups[0].status, FOLLOW_UP_DONE);
}
END_TEST

START_TEST(reminds_of_a_silence_by_mail)
{
	talk_end(&t);
	talk_begin(&t, lib, "delivery.late", "email");
	talk_all(&t, "next silent");
	expect_stage("closed");
	ck_assert_int_eq(t.now.follow_ups[0].kind, FOLLOW_UP_REMINDER);
	ck_assert(talk_follow_up(&t, 1, RESULT_DONE));
	expect_stage("closed");
	ck_assert(!t.change.turn.moved);
	ck_assert_ptr_null(t.change.turn.signal);
	ck_assert_int_eq(t.now.follow_ups[0].status, FOLLOW_UP_DONE);
}
END_TEST

/* Told, understood, and out of our hands. */
static void
defer(int64_t due)
{
	talk_all(&t, "told confirms confirms next next next cannot_fix");
	expect_stage("defer");
	if (due != 0)
		ck_assert(talk_promise(&t, "accepts", due));
	else
		talk_all(&t, "accepts");
	expect_stage("closed");
}

START_TEST(a_promise_is_its_own_deadline)
{
	int64_t due = TALK_START + 5 * TALK_DAY;

	defer(due);
	ck_assert_uint_eq(t.now.npromises, 1);
	ck_assert_int_eq(t.now.promises[0].id, 1);
	ck_assert_str_eq(t.now.promises[0].who, "Ana");
	ck_assert_uint_eq(t.now.nfollow_ups, 1);
	ck_assert_int_eq(t.now.follow_ups[0].kind, FOLLOW_UP_DEADLINE);
	ck_assert_int_eq(t.now.follow_ups[0].due, due);
	ck_assert_int_eq(t.now.follow_ups[0].promise, 1);
	ck_assert_str_eq(t.now.follow_ups[0].signal, "deadline_missed");
	expect_note("promise-made");
}
END_TEST

/* clang-format off */
static const struct {
	bool kept;
	const char *stage, *signal, *note;
} promises[] = {
	{ true,  "resolve",   "deadline_met",    "promise-kept" },
	{ false, "apologize", "deadline_missed", "promise-broken" },
};
/* clang-format on */

START_TEST(a_promise_drives_the_conversation)
{
	defer(TALK_START + TALK_DAY);
	ck_assert(talk_promised(&t, 1, promises[_i].kept));
	expect_stage(promises[_i].stage);
	expect_note(promises[_i].note);
	ck_assert_str_eq(t.change.turn.signal, promises[_i].signal);
	ck_assert_int_eq(t.now.promises[0].status,
			 promises[_i].kept ? PROMISE_KEPT : PROMISE_BROKEN);
	ck_assert_int_eq(t.now.follow_ups[0].status, FOLLOW_UP_DONE);
	ck_assert_int_eq(t.now.flags & 1 << FLAG_DEFERRED, 0);
	ck_assert(!talk_promised(&t, 1, true));
	ck_assert_int_eq(t.refusal, CASE_PROMISE_SETTLED);
	ck_assert(!talk_promised(&t, 2, true));
	ck_assert_int_eq(t.refusal, CASE_NO_SUCH_PROMISE);
	ck_assert(!talk_promised(&t, 0, true));
	ck_assert_int_eq(t.refusal, CASE_NO_SUCH_PROMISE);
}
END_TEST

START_TEST(a_deadline_settles_its_promise)
{
	defer(TALK_START + TALK_DAY);
	ck_assert(talk_follow_up(&t, 1, RESULT_DONE));
	expect_stage("resolve");
	expect_note("follow-up-done,promise-kept");
	ck_assert_int_eq(t.now.promises[0].status, PROMISE_KEPT);
	ck_assert(talk_undo(&t));
	ck_assert_int_eq(t.now.promises[0].status, PROMISE_OPEN);
	ck_assert(t.now.promises[0].changed);
	ck_assert(talk_follow_up(&t, 1, RESULT_NO_ANSWER));
	expect_stage("apologize");
	ck_assert_int_eq(t.now.promises[0].status, PROMISE_BROKEN);
}
END_TEST

START_TEST(a_deadline_without_a_promise_is_heard_of_by_signal)
{
	defer(0);
	ck_assert_uint_eq(t.now.nfollow_ups, 1);
	ck_assert_int_eq(t.now.follow_ups[0].promise, 0);
	talk_all(&t, "deadline_missed");
	ck_assert_int_eq(t.now.follow_ups[0].status, FOLLOW_UP_DONE);
}
END_TEST

START_TEST(an_open_promise_is_due_again_when_opened_again)
{
	defer(TALK_START + TALK_DAY);
	talk_all(&t, "told leaves");
	ck_assert_uint_eq(t.now.nfollow_ups, 2);
	ck_assert(talk_status(&t, CASE_CLOSED, true));
	for (size_t i = 0; i < 2; i++)
		ck_assert_int_eq(t.now.follow_ups[i].status,
				 FOLLOW_UP_CANCELLED);
	ck_assert(talk_status(&t, CASE_ACTIVE, false));
	ck_assert_int_eq(t.now.follow_ups[0].status, FOLLOW_UP_OPEN);
	ck_assert(t.now.follow_ups[0].changed);
	ck_assert_int_eq(t.now.follow_ups[1].status, FOLLOW_UP_CANCELLED);
	ck_assert(talk_follow_up(&t, 1, RESULT_SATISFIED));
	ck_assert_int_eq(t.now.promises[0].status, PROMISE_KEPT);
}
END_TEST

START_TEST(refuses_what_is_too_much)
{
	for (int i = 0; i < CASE_MAX_PROMISES; i++)
		ck_assert(talk_promise(&t, "due", TALK_START));
	ck_assert(!talk_promise(&t, "due", TALK_START));
	ck_assert_int_eq(t.refusal, CASE_TOO_MANY_PROMISES);
	/* What the knowledge would schedule is left out, and said. */
	talk_all(&t, "leaves");
	ck_assert_ptr_nonnull(strstr(t.change.turn.note, "not-scheduled"));
	ck_assert_uint_eq(t.now.nfollow_ups, CASE_MAX_FOLLOW_UPS);
	for (int i = 1; i < CASE_MAX_FOLLOW_UPS; i++)
		for (int k = 0; k < i; k++)
			ck_assert_mem_ne(t.now.follow_ups[i].id,
					 t.now.follow_ups[k].id, CASE_ID);
}
END_TEST

START_TEST(undo_withdraws_what_was_promised)
{
	defer(TALK_START + TALK_DAY);
	ck_assert(talk_undo(&t));
	expect_stage("defer");
	ck_assert_int_eq(t.now.promises[0].status, PROMISE_WITHDRAWN);
	ck_assert_int_eq(t.now.follow_ups[0].status, FOLLOW_UP_CANCELLED);
	ck_assert(t.now.promises[0].changed && t.now.follow_ups[0].changed);
	ck_assert(!talk_promised(&t, 1, true));
	ck_assert(talk_status(&t, CASE_CLOSED, false));
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("case_due");
	TCase *tc = tcase_create("case_due");
	tcase_add_unchecked_fixture(tc, setup, teardown);
	tcase_add_checked_fixture(tc, begin, end);
	tcase_add_test(tc, schedules_a_follow_up);
	tcase_add_loop_test(tc, a_follow_up_drives_the_conversation, 0,
			    NELEMS(follow_ups));
	tcase_add_test(tc, what_both_moves_ask_is_asked);
	tcase_add_test(tc, a_follow_up_is_answered_after_the_end);
	tcase_add_test(tc, who_is_back_need_not_be_reminded);
	tcase_add_test(tc, what_the_signals_say_counts_as_answered);
	tcase_add_test(tc, reminds_of_a_silence_by_mail);
	tcase_add_test(tc, a_promise_is_its_own_deadline);
	tcase_add_loop_test(tc, a_promise_drives_the_conversation, 0,
			    NELEMS(promises));
	tcase_add_test(tc, a_deadline_settles_its_promise);
	tcase_add_test(tc, a_deadline_without_a_promise_is_heard_of_by_signal);
	tcase_add_test(tc, an_open_promise_is_due_again_when_opened_again);
	tcase_add_test(tc, refuses_what_is_too_much);
	tcase_add_test(tc, undo_withdraws_what_was_promised);
	suite_add_tcase(suite, tc);

	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
