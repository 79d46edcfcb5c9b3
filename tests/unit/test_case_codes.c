/*
 * test_case_codes.c - in other releases, and as the API shows it.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "script/case_json.h"
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

/* --- other releases ------------------------------------------------------- */

/* clang-format off */
static const struct {
	const char *stage;
	enum stage_kind kind;
	int ord;
	const char *to;
} gone[] = {
	{ "calm", KIND_CUSTOMER, 44, "restate" },
	{ "calm", KIND_CUSTOMER, 45, "restate" },  /* between: the earlier */
	{ "calm", KIND_CUSTOMER, 46, "validate" },
	{ "farewell", KIND_CUSTOMER, 9999, "follow_up" },
	{ "stop", KIND_TERMINAL, 0, "closed" },
	{ "ponder", KIND_INTERNAL, 141, "recover" },
	{ "aside", KIND_SIDE, 20, "reengage" }, /* public_reply is not here */
	{ "over", KIND_END, 1, "done" },
	{ "hear", KIND_SIDE, 1, "listen" },     /* an alias is no loss */
};
/* clang-format on */

START_TEST(a_stage_that_is_gone_is_replaced)
{
	t.now.release = 3;
	t.now.stage = gone[_i].stage;
	t.now.stage_kind = gone[_i].kind;
	t.now.stage_ord = gone[_i].ord;
	ck_assert_int_eq(case_look(&t.ctx, &t.now, &t.change), CASE_OK);
	ck_assert_str_eq(t.change.after.stage, gone[_i].to);
	ck_assert_int_eq(t.change.after.version, 1);
	ck_assert_int_eq(t.change.after.release, t.now.release);
	if (!talk_say(&t, "due")) {
		ck_assert_int_eq(t.refusal, CASE_IS_DONE);
		return;
	}
	ck_assert_str_eq(t.change.turn.from, gone[_i].to);
	if (strcmp(gone[_i].stage, "hear") == 0)
		ck_assert_ptr_null(t.change.turn.note);
	else
		expect_note("stage-replaced");
	talk_all(&t, "due");
	ck_assert_ptr_null(t.change.turn.note);
}
END_TEST

START_TEST(all_else_that_is_gone_is_replaced)
{
	const char *offers[] = { "gold", "refund" };

	t.now.category = "delivery.early.by_far";
	t.now.protocol = "hope";
	t.now.channel = "pigeon";
	t.now.locale = "xx";
	t.now.back = "gone";
	t.now.may_offer = offers;
	t.now.nmay_offer = 2;
	talk_all(&t, "next");
	expect_note("category-replaced,protocol-replaced,channel-replaced");
	ck_assert_str_eq(t.now.category, "delivery");
	ck_assert_str_eq(t.now.protocol, "full-recovery");
	ck_assert_str_eq(t.now.channel, "live_chat");
	ck_assert_str_eq(t.now.locale, "xx");
	ck_assert_ptr_null(t.now.back);
	ck_assert_uint_eq(t.now.nmay_offer, 2);
	ck_assert(__builtin_popcountll(t.change.query.sit.may_offer) == 1);

	t.now.category = "weather";
	talk_all(&t, "next");
	ck_assert_str_eq(t.now.category, "general");

	/* Chosen, not replaced. */
	struct case_patch_ask ask = { .status = -1 };
	t.now.category = "weather";
	ask.category = library_category(lib, "payment", 7);
	ck_assert(talk_patch(&t, &ask));
	expect_note("patch");
}
END_TEST

START_TEST(what_was_public_stays_public)
{
	talk_end(&t);
	talk_begin(&t, lib, "review.negative", "social_public");
	expect_stage("public_reply");
	t.now.channel = "wall";
	ck_assert_int_eq(case_look(&t.ctx, &t.now, &t.change), CASE_OK);
	ck_assert(lib->channels[t.change.query.sit.channel].is_public);
}
END_TEST

/* --- JSON ----------------------------------------------------------------- */

START_TEST(shows_what_the_contract_says)
{
	char *text = talk_shown(&t.now);

	ck_assert_str_eq(
		text,
		"{\"id\":\"01a20304-0506-7abc-bf11-223344556677\",\"version\":1,"
		"\"status\":\"active\",\"category\":\"delivery.late\","
		"\"protocol\":\"full-recovery\",\"stage\":\"prepare\","
		"\"channel\":\"live_chat\",\"speaker\":\"human\","
		"\"fault\":\"unknown\",\"intensity\":2,\"peak_intensity\":2,"
		"\"locale\":\"en\",\"may_offer\":[\"information\",\"goodwill\",\"replacement\",\"refund\"],"
		"\"ref\":null,\"subject\":null,\"outcome\":null,"
		"\"root_cause\":null,\"release\":7,"
		"\"created_at\":\"2027-01-15T08:00:00Z\","
		"\"updated_at\":\"2027-01-15T08:00:00Z\",\"promises\":[],"
		"\"follow_ups\":[],\"handover\":null}");
	free(text);
}
END_TEST

START_TEST(hands_over_with_a_summary)
{
	struct case_patch_ask ask = { .status = -1 };
	struct case_ask furious;

	case_ask_init(&furious);
	furious.intensity = 4;
	furious.signal = small_signal(lib, "angrier");
	talk_all(&t, "next");
	ck_assert(talk_ask(&t, &furious));
	ask.category = library_category(lib, "conduct.rude", 12);
	ck_assert(talk_patch(&t, &ask));
	ck_assert(talk_promise(&t, "asks_manager", TALK_START));
	char *text = talk_answer(&t);
	ck_assert_ptr_eq(strchr(text, '\n'), text + strlen(text) - 1);
	json_t *json = json_loads(text, JSON_REJECT_DUPLICATES, NULL), *got;
	json_t *handover = json_object_get(
		json_object_get(json, "conversation"), "handover");

	ck_assert(json_is_object(json_object_get(json, "step")));
	got = json_pack("[s,s,s,s]", "prepare", "open", "listen", "handover");
	ck_assert(json_equal(json_object_get(handover, "stages"), got));
	json_decref(got);
	got = json_pack("[s,s]", "delivery.late", "conduct.rude");
	ck_assert(json_equal(json_object_get(handover, "categories"), got));
	json_decref(got);
	ck_assert_uint_eq(
		json_array_size(json_object_get(handover, "promises")), 1);
	ck_assert_uint_eq(json_array_size(json_object_get(handover, "phrases")),
			  t.now.nused);
	ck_assert_int_eq(
		json_integer_value(json_object_get(handover, "peak_intensity")),
		4);
	ck_assert_int_eq(
		json_integer_value(json_object_get(handover, "reescalations")),
		1);
	json_decref(json);
	free(text);
	/* And it stays. */
	talk_all(&t, "calmer");
	ck_assert(talk_undo(&t));
	text = talk_shown(&t.now);
	ck_assert_ptr_null(strstr(text, "\"handover\":null"));
	free(text);
	ck_assert(talk_undo(&t));
	text = talk_shown(&t.now);
	ck_assert_ptr_nonnull(strstr(text, "\"handover\":null"));
	free(text);
}
END_TEST

START_TEST(tells_its_history)
{
	struct buf out = { 0 };

	talk_all(&t, "next told");
	case_json_answer(&out, &t.change, t.turns, t.nturns);
	json_t *json =
		json_loadb(out.ptr, out.len, JSON_REJECT_DUPLICATES, NULL);
	const json_t *turns = json_object_get(json, "turns");

	ck_assert_uint_eq(json_array_size(turns), 3);
	char *text = json_dumps(json_array_get(turns, 2), JSON_COMPACT);
	char want[300];
	(void)snprintf(want, sizeof(want),
		       "{\"n\":3,\"at\":\"2027-01-15T08:00:02Z\","
		       "\"signal\":\"told\",\"from\":\"open\","
		       "\"to\":\"restate\",\"moved\":true,\"intensity\":2,"
		       "\"release\":7,\"phrases\":[\"%s\"],\"note\":null}",
		       t.turns[2].phrases[0]);
	ck_assert_str_eq(text, want);
	free(text);
	json_decref(json);
	buf_free(&out);
}
END_TEST

START_TEST(lists_a_follow_up)
{
	struct buf out = { 0 };
	char want[300], *text;
	size_t len;

	ck_assert(talk_promise(&t, "next", TALK_START + TALK_DAY));
	case_json_follow_up(&out, t.now.id, &t.now.follow_ups[0]);
	buf_char(&out, '\0');
	text = buf_take(&out, &len);
	(void)snprintf(want, sizeof(want),
		       "\",\"conversation\":"
		       "\"01a20304-0506-7abc-bf11-223344556677\",\"kind\":"
		       "\"deadline\",\"due\":\"2027-01-16T08:00:00Z\","
		       "\"status\":\"open\",\"signal\":\"deadline_missed\"}");
	ck_assert_mem_eq(text, "{\"id\":\"01a20304-0506-7abc-", 25);
	ck_assert_str_eq(text + 43, want);
	free(text);
}
END_TEST

/* --- codes ---------------------------------------------------------------- */

START_TEST(knows_its_closed_sets)
{
	ck_assert_int_eq(case_status_find("paused", 6), CASE_PAUSED);
	ck_assert_int_eq(case_status_find("pause", 5), -1);
	ck_assert_int_eq(follow_up_result_find("no_answer", 9),
			 RESULT_NO_ANSWER);
	ck_assert_int_eq(follow_up_status_find("done", 4), FOLLOW_UP_DONE);
	ck_assert_str_eq(promise_status_code(PROMISE_WITHDRAWN), "withdrawn");
	ck_assert_str_eq(follow_up_kind_code(FOLLOW_UP_DEADLINE), "deadline");
	ck_assert_int_eq(case_status_find("", 0), -1);
	ck_assert_ptr_null(case_outcome_find("fine", 4));
	for (int i = 0; i < N_CASE_REFUSALS; i++)
		ck_assert_ptr_nonnull(case_refusal_text((enum case_refusal)i));
	/* What the effects of a move are known by. */
	ck_assert_str_eq(ask_code(FOLLOW_UP), "schedule_follow_up");
	ck_assert_str_eq(ask_code(FOLLOW_UP_DEADLINE), "schedule_deadline");
	ck_assert_str_eq(ask_code(FOLLOW_UP_REMINDER), "schedule_reminder");
	ck_assert_str_eq(ask_code(4), "close");
}
END_TEST

START_TEST(a_root_cause_is_a_code)
{
	char longest[66];

	memset(longest, 'a', sizeof(longest));
	ck_assert(case_root_cause_ok("Depot_4.scan-x", 14));
	ck_assert(case_root_cause_ok(longest, 64));
	ck_assert(!case_root_cause_ok(longest, 65));
	ck_assert(!case_root_cause_ok("", 0));
	ck_assert(!case_root_cause_ok("Ana was late", 12));
	ck_assert(!case_root_cause_ok("a\0b", 3));
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("case_codes");
	TCase *tc = tcase_create("case_codes");
	tcase_add_unchecked_fixture(tc, setup, teardown);
	tcase_add_checked_fixture(tc, begin, end);
	tcase_add_loop_test(tc, a_stage_that_is_gone_is_replaced, 0,
			    NELEMS(gone));
	tcase_add_test(tc, all_else_that_is_gone_is_replaced);
	tcase_add_test(tc, what_was_public_stays_public);
	tcase_add_test(tc, shows_what_the_contract_says);
	tcase_add_test(tc, hands_over_with_a_summary);
	tcase_add_test(tc, tells_its_history);
	tcase_add_test(tc, lists_a_follow_up);
	tcase_add_test(tc, knows_its_closed_sets);
	tcase_add_test(tc, a_root_cause_is_a_code);
	suite_add_tcase(suite, tc);

	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
