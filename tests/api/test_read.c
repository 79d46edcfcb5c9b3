/*
 * test_read.c - POST /v1/read, and turns that are made of a message.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/api/asking.h"
#include "tests/api/openapi.h"
#include "tests/api/service.h"
#include "tests/api/talking.h"
#include "tests/sql/pg.h"

#define NELEMS(a) (sizeof(a) / sizeof((a)[0]))

static struct service *service;
static struct talk t;

static void
start(void)
{
	pg_start(PG_FAST);
	service_shipped();
	service = service_start(NULL);
	service_expect(service, "release 1");
}

static void
stop(void)
{
	ck_assert_int_eq(service_stop(service), 0);
	pg_stop();
}

static void
setup(void)
{
	talk_open(&t, service->port);
}

static void
teardown(void)
{
	talk_close(&t);
}

static json_t *
read_text(const char *text)
{
	return asking_post(
		service->port, "/v1/read",
		json_pack("{s:s, s:s}", "text", text, "locale", "en"), 200);
}

static const json_t *
heard(const json_t *answer, const char *list, const char *code)
{
	size_t i;
	const json_t *item;

	json_array_foreach(json_object_get(answer, list), i, item)
		if (strcmp(asking_text(item, "code"), code) == 0)
			return item;
	return NULL;
}

/* clang-format off */
static const struct {
	const char *text, *list, *code, *words; /* of its first span */
	json_int_t offset;			/* of these, in UTF-16 */
	bool confirm;
} messages[] = {
	{ "Let me speak to a manager.", "signals", "asks_manager", "speak to a manager", 7, false },
	{ "\xf0\x9f\x98\xa1\xf0\x9f\x98\xa1 Cafe\xcc\x81! Let me speak to a manager.", "signals", "asks_manager", "speak to a manager", 19, false },
	{ "\xe2\x80\x9cHello\xe2\x80\x9d. You idiot.", "signals", "abusive", "You idiot", 9, true },
	{ "My parcel is late.", "categories", "delivery", "parcel", 3, false },
};
/* clang-format on */

START_TEST(tells_by_which_words)
{
	json_t *answer = read_text(messages[_i].text);
	const json_t *item =
		heard(answer, messages[_i].list, messages[_i].code);
	json_int_t at = messages[_i].offset;
	bool found = false;
	const json_t *span;
	size_t i;

	ck_assert_msg(item != NULL, "no %s in %s", messages[_i].code,
		      messages[_i].text);
	ck_assert_int_eq(json_is_true(json_object_get(item, "confirm")),
			 messages[_i].confirm);
	json_array_foreach(json_object_get(item, "spans"), i, span) {
		json_int_t from =
			json_integer_value(json_object_get(span, "offset"));
		json_int_t to = from + json_integer_value(
					       json_object_get(span, "length"));

		/* The span may take in words around these, but no others. */
		found = found ||
			(from <= at &&
			 at + (json_int_t)strlen(messages[_i].words) <= to &&
			 at - from < 8);
	}
	ck_assert_msg(found, "%s", messages[_i].text);
	json_decref(answer);
}
END_TEST

START_TEST(tells_calm_from_furious)
{
	json_t *calm = read_text("Thank you so much, that was quick.");
	json_t *angry = read_text(
		"I am FURIOUS!!! This is the worst service ever, I hate it.");

	ck_assert_int_eq(json_integer_value(json_object_get(calm, "intensity")),
			 0);
	ck_assert_int_ge(
		json_integer_value(json_object_get(angry, "intensity")), 3);
	ck_assert_double_lt(json_number_value(json_object_get(calm, "heat")),
			    json_number_value(json_object_get(angry, "heat")));
	json_decref(calm);
	json_decref(angry);
}
END_TEST

/* clang-format off */
static const struct {
	const char *body;
	int status;
	const char *pointer, *meant;
} refusals[] = {
	{ "{}", 422, "/text", "" },
	{ "{'text':1}", 422, "/text", "" },
	{ "{'text':'x','values':{}}", 422, "/values", "" },
	{ "{'text':'x','local':'en'}", 422, "/local", "locale" },
	{ "{'text':'x','locale':'xx'}", 422, "/locale", "" },
	{ "{'text':'a\\u0007b'}", 422, "/text", "" },
	{ "[]", 400, NULL, "" },
};
/* clang-format on */

START_TEST(refuses)
{
	char *body = talk_quoted(refusals[_i].body);
	struct answer a = client_post(service->port, "/v1/read", body);

	ck_assert_msg(a.status == refusals[_i].status, "%s: %s", body, a.body);
	openapi_expect("POST", "/v1/read", a.status, "application/problem+json",
		       a.body, a.len);
	json_t *answer = json_loads(a.body, 0, NULL);

	if (refusals[_i].pointer != NULL)
		ck_assert_str_eq(asking_text(answer, "errors/0/pointer"),
				 refusals[_i].pointer);
	ck_assert_str_eq(asking_text(answer, "did_you_mean"),
			 refusals[_i].meant);
	json_decref(answer);
	answer_free(&a);
	free(body);
}
END_TEST

START_TEST(an_empty_message_says_nothing)
{
	json_t *answer = read_text("");

	ck_assert_uint_eq(json_array_size(json_object_get(answer, "signals")),
			  0);
	ck_assert_int_eq(
		json_integer_value(json_object_get(answer, "intensity")), 0);
	json_decref(answer);
}
END_TEST

/* --- turns ---------------------------------------------------------------- */

#define MANAGER \
	"{'message':'\xf0\x9f\x98\xa1 Zaqwsx answers! Let me speak to a " \
	"manager.','read':true}"

START_TEST(a_message_drives_a_turn)
{
	talk_start(&t, "{'category':'delivery.late'}");
	talk_do(&t, 200, "turns", MANAGER);
	talk_shows(&t, "{'conversation':{'stage':'handover'},"
		       "'step':{'signal':'asks_manager'},"
		       "'read':{'signal':'asks_manager','confirm':[]}}");
	/* Its intensity is the turn's, but for one that is said. */
	ck_assert_int_eq(
		json_integer_value(json_object_get(
			json_object_get(t.json, "conversation"), "intensity")),
		json_integer_value(json_object_get(
			json_object_get(t.json, "read"), "intensity")));
	const json_t *span = json_array_get(
		json_object_get(json_object_get(t.json, "read"), "spans"), 0);

	/* Past "X Zaqwsx answers! Let ", with two units for X. */
	ck_assert_int_ge(json_integer_value(json_object_get(span, "offset")),
			 18);
	talk_do(&t, 200, "turns",
		"{'message':'WHERE IS IT?! I am furious!!','read':true,"
		"'intensity':1}");
	talk_shows(&t, "{'conversation':{'intensity':1}}");
	/* The history has the signal, and no word of it. */
	talk_do(&t, 200, "get?turns=all", NULL);
	ck_assert_ptr_nonnull(strstr(t.answer.body, "\"asks_manager\""));
	ck_assert_ptr_null(strstr(t.answer.body, "aqwsx"));
}
END_TEST

/* With words that say nothing the customer has told something. */
START_TEST(a_message_that_says_nothing_is_told)
{
	talk_start(&t, "{'category':'delivery.late'}");
	talk_do(&t, 200, "turns", "{'message':'Mhm.','read':true}");
	talk_shows(&t, "{'step':{'signal':'told'},"
		       "'read':{'signal':'told','score':0,'spans':[]}}");
}
END_TEST

START_TEST(abuse_is_for_a_person_to_confirm)
{
	talk_start(&t, "{'category':'delivery.late'}");
	talk_do(&t, 200, "turns",
		"{'message':'You are a fucking idiot.','read':true}");
	ck_assert_str_ne(talk_text(&t, "step/signal"), "abusive");
	ck_assert_str_ne(talk_text(&t, "read/signal"), "abusive");
	ck_assert_str_eq(talk_text(&t, "read/confirm/0/code"), "abusive");
	ck_assert_str_ne(talk_text(&t, "conversation/stage"), "boundary");
	/* It counts as soon as somebody says so. */
	talk_do(&t, 200, "turns", "{'signal':'abusive'}");
	ck_assert_str_eq(talk_text(&t, "conversation/stage"), "boundary");
}
END_TEST

/* clang-format off */
static const struct {
	const char *body, *pointer;
} halves[] = {
	{ "{}", "/signal" },
	{ "{'read':false}", "/signal" },
	{ "{'read':true}", "/message" },
	{ "{'message':'x'}", "/message" },
	{ "{'message':'x','read':false}", "/message" },
	{ "{'message':'x','read':true,'signal':'told'}", "/signal" },
	{ "{'message':'x','signal':'told'}", "/message" },
	{ "{'message':7,'read':true}", "/message" },
	{ "{'message':'x','read':'yes'}", "/read" },
	{ "{'signal':'told','read':true}", "/message" },
};
/* clang-format on */

START_TEST(takes_a_signal_or_a_message)
{
	talk_start(&t, "{'category':'delivery.late'}");
	talk_do(&t, 422, "turns", halves[_i].body);
	ck_assert_str_eq(talk_text(&t, "errors/0/pointer"), halves[_i].pointer);
	/* Nothing was done. */
	talk_do(&t, 200, "get", NULL);
	talk_shows(&t, "{'conversation':{'version':1}}");
}
END_TEST

START_TEST(a_repeat_is_the_same_bytes)
{
	talk_start(&t, "{'category':'delivery.late'}");
	talk_do(&t, 200, "turns", MANAGER);
	struct said said = talk_said(&t);
	char *body = strdup(t.answer.body);

	talk_do(&t, 200, "turns", "{'message':'Thanks!','read':true}");
	talk_repeat(&t, &said);
	ck_assert_int_eq(t.answer.status, 200);
	ck_assert_str_eq(t.answer.body, body);
	ck_assert(answer_has(&t.answer, "Idempotency-Replayed: true"));
	free(body);
	said_free(&said);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("read");
	TCase *tc = tcase_create("read");

	tcase_add_unchecked_fixture(tc, start, stop);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, tells_by_which_words, 0, (int)NELEMS(messages));
	tcase_add_test(tc, tells_calm_from_furious);
	tcase_add_loop_test(tc, refuses, 0, (int)NELEMS(refusals));
	tcase_add_test(tc, an_empty_message_says_nothing);
	tcase_add_test(tc, a_message_drives_a_turn);
	tcase_add_test(tc, a_message_that_says_nothing_is_told);
	tcase_add_test(tc, abuse_is_for_a_person_to_confirm);
	tcase_add_loop_test(tc, takes_a_signal_or_a_message, 0,
			    (int)NELEMS(halves));
	tcase_add_test(tc, a_repeat_is_the_same_bytes);
	suite_add_tcase(suite, tc);

	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
