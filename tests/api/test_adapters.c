/*
 * test_adapters.c - bot platforms: their recorded requests, and the shapes that
 * they take.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/api/asking.h"
#include "tests/api/client.h"
#include "tests/api/openapi.h"
#include "tests/api/service.h"
#include "tests/sql/pg.h"

#define NL "\r\n"
#define RASA "/v1/adapters/rasa/nlg"
#define CX "/v1/adapters/dialogflow-cx"
#define NELEMS(a) (sizeof(a) / sizeof((a)[0]))

static struct service *service;

static void
begin(void)
{
	pg_start(PG_FAST);
	service_shipped();
	service = service_start(NULL);
}

static void
end(void)
{
	ck_assert_int_eq(service_stop(service), 0);
	pg_stop();
}

/* A recorded request, with the members of ${changes} (JSON, with ' for ")
   in place of its own. */
static json_t *
recorded(const char *name, const char *changes)
{
	char path[128], text[1024];
	json_error_t err;

	(void)snprintf(path, sizeof(path), "tests/api/bots/%s.json", name);
	json_t *body = json_load_file(path, 0, &err);

	ck_assert_msg(body != NULL, "%s: %s", path, err.text);
	(void)snprintf(text, sizeof(text), "%s", changes);
	for (char *p = text; *p != '\0'; p++)
		if (*p == '\'')
			*p = '"';
	json_t *more = json_loads(text, 0, &err);
	ck_assert_msg(more != NULL, "%s: %s", text, err.text);
	ck_assert_int_eq(json_object_update_recursive(body, more), 0);
	json_decref(more);
	return body;
}

static json_t *
ask(const char *path, const char *name, const char *changes, int status)
{
	return asking_post(service->port, path, recorded(name, changes),
			   status);
}

static bool
has(const json_t *object, const char *name)
{
	return json_object_get(object, name) != NULL;
}

/* What Rasa takes, of any version: one object with all of these. */
static void
ck_rasa(const json_t *answer)
{
	const json_t *custom = json_object_get(answer, "custom");

	ck_assert(json_is_object(answer));
	ck_assert(json_is_string(json_object_get(answer, "text")));
	ck_assert_uint_eq(json_array_size(json_object_get(answer, "buttons")),
			  0);
	ck_assert(json_is_array(json_object_get(answer, "buttons")));
	ck_assert(json_is_array(json_object_get(answer, "elements")));
	ck_assert(has(answer, "image"));
	ck_assert(has(answer, "attachment"));
	ck_assert(has(answer, "id"));
	ck_assert(json_is_object(custom));
	ck_assert(json_is_object(json_object_get(custom, "state")));
	ck_assert(json_is_array(json_object_get(custom, "do")));
	ck_assert_ptr_null(strpbrk(asking_text(answer, "text"), "{}[]"));
}

/* ---- Rasa ---- */

static const char *const versions[] = { "rasa_1", "rasa_2", "rasa_3",
					"rasa_36" };

START_TEST(answers_each_version)
{
	json_t *answer = ask(RASA, versions[_i], "{}", 200);

	ck_rasa(answer);
	/* The last part of the response's name is an alias of a stage. */
	ck_assert_str_eq(asking_text(answer, "custom/stage"), "validate");
	ck_assert_int_ne(asking_text(answer, "text")[0], '\0');
	json_decref(answer);
}
END_TEST

START_TEST(reads_arguments_before_slots)
{
	json_t *answer = ask(RASA, "rasa_3",
			     "{'response':'utter_open','arguments':"
			     "{'category':'payment','phrases_to_come':1}}",
			     200);

	ck_assert_str_eq(asking_text(answer, "custom/stage"), "open");
	json_decref(answer);
	answer = ask(RASA, "rasa_3",
		     "{'arguments':{'category':'delivery.lat'}}", 404);
	ck_assert_str_eq(asking_text(answer, "type"),
			 "/problems/unknown-category");
	json_decref(answer);
}
END_TEST

START_TEST(walks_on_from_the_state_slot)
{
	json_t *first = ask(RASA, "rasa_3", "{}", 200);
	json_t *body = recorded("rasa_3", "{'arguments':{'signal':'calmer'}}");
	json_t *slots =
		json_object_get(json_object_get(body, "tracker"), "slots");
	json_t *custom = json_object_get(first, "custom");

	json_object_set(slots, "state", json_object_get(custom, "state"));
	json_t *second = asking_post(service->port, RASA, body, 200);
	ck_assert_str_eq(asking_text(second, "custom/stage"), "apologize");
	/* As its text, too: not every bot keeps objects. */
	body = recorded("rasa_3", "{'arguments':{'signal':'calmer'}}");
	slots = json_object_get(json_object_get(body, "tracker"), "slots");
	char *text = json_dumps(json_object_get(custom, "state"), 0);
	json_object_set_new(slots, "state", json_string(text));
	json_t *again = asking_post(service->port, RASA, body, 200);
	ck_assert(json_equal(second, again));
	free(text);
	json_decref(first);
	json_decref(second);
	json_decref(again);
}
END_TEST

START_TEST(fills_from_slots_and_passes_over_what_does_not_fit)
{
	/* due_date is a number, order_ref null, mood a list: no matter. */
	json_t *answer = ask(
		RASA, "rasa_3",
		"{'tracker':{'slots':{'order_ref':'A\\nB','when':[1]}}}", 200);

	ck_rasa(answer);
	json_decref(answer);
	/* But an argument is for us. */
	answer =
		ask(RASA, "rasa_3", "{'arguments':{'order_ref':'A\\nB'}}", 422);
	ck_assert_str_eq(asking_text(answer, "errors/0/pointer"),
			 "/values/order_ref");
	json_decref(answer);
}
END_TEST

START_TEST(is_a_bot_and_hands_over_early)
{
	json_t *answer =
		ask(RASA, "rasa_3",
		    "{'arguments':{'speaker':'human','intensity':2}}", 200);

	ck_assert_str_eq(asking_text(answer, "custom/stage"), "validate");
	json_decref(answer);
	answer = ask(RASA, "rasa_3", "{'arguments':{'intensity':3}}", 200);
	ck_assert_str_eq(asking_text(answer, "custom/stage"), "handover");
	json_decref(answer);
	/* What the customer says goes before how. */
	answer = ask(RASA, "rasa_3",
		     "{'arguments':{'intensity':4,'stage':'open','signal':"
		     "'gives_facts'}}",
		     200);
	ck_assert_str_eq(asking_text(answer, "custom/stage"), "restate");
	json_decref(answer);
}
END_TEST

START_TEST(reads_the_message_when_asked)
{
	static const char said[] =
		"'tracker':{'latest_message':{'text':'Let me talk to a human'}}";
	char changes[256];

	(void)snprintf(changes, sizeof(changes), "{%s}", said);
	json_t *answer = ask(RASA, "rasa_3", changes, 200);
	ck_assert_str_eq(asking_text(answer, "custom/stage"), "validate");
	json_decref(answer);
	(void)snprintf(changes, sizeof(changes),
		       "{'arguments':{'read':true},%s}", said);
	answer = ask(RASA, "rasa_3", changes, 200);
	ck_assert_str_eq(asking_text(answer, "custom/stage"), "handover");
	json_decref(answer);
}
END_TEST

/* In each category the first thing that it says is what it is. */
START_TEST(says_that_it_is_one)
{
	json_t *all = asking_get(service->port, "/v1/categories",
				 "/v1/categories", 200),
	       *item;
	size_t i;

	ck_assert_uint_gt(json_array_size(json_object_get(all, "items")), 30);
	json_array_foreach(json_object_get(all, "items"), i, item) {
		json_t *body = recorded("rasa_3", "{'response':'utter_x'}");

		json_object_set(json_object_get(body, "arguments"), "category",
				json_object_get(item, "code"));
		json_t *answer = asking_post(service->port, RASA, body, 200);
		const char *text = asking_text(answer, "text");

		ck_assert_str_eq(asking_text(answer, "custom/stage"), "open");
		ck_assert_msg(strstr(text, "automated") != NULL, "%s: %s",
			      asking_text(item, "code"), text);
		json_decref(answer);
	}
	json_decref(all);
}
END_TEST

static void
ck_no_person(const char *id, const char *text)
{
	static const char *const claims[] = {
		"I feel",	 "I remember",	 "I know how",
		"I would be",	 "I'd be",	 "I promise",
		"my manager",	 "I decide",	 "I've decide",
		"I can imagine", "I've been",	 "I've seen",
		"I care",	 "I'm a person", "in my experience",
		"I understand"
	};

	for (size_t j = 0; j < NELEMS(claims); j++)
		ck_assert_msg(strcasestr(text, claims[j]) == NULL, "%s: %s", id,
			      text);
}

/* What a bot has not, in all that it may say: feelings, a memory, authority. */
START_TEST(claims_nothing_that_is_a_persons)
{
	static const char first[] = "/v1/phrases?speaker=bot&limit=100";
	char target[256];
	json_t *page, *item;
	size_t i, n = 0;

	(void)snprintf(target, sizeof(target), "%s", first);
	for (bool more = true; more; json_decref(page)) {
		page = asking_get(service->port, "/v1/phrases", target, 200);
		json_array_foreach(json_object_get(page, "items"), i, item) {
			ck_no_person(asking_text(item, "id"),
				     asking_text(item, "text"));
			n++;
		}
		more = json_is_string(json_object_get(page, "next_cursor"));
		if (more)
			(void)snprintf(target, sizeof(target), "%s&cursor=%s",
				       first, asking_text(page, "next_cursor"));
	}
	ck_assert_uint_gt(n, 1000);
}
END_TEST

/* ---- Dialogflow CX ---- */

static void
ck_cx(const json_t *answer)
{
	const json_t *fulfillment =
		json_object_get(answer, "fulfillmentResponse");
	const json_t *text = json_object_get(
		json_object_get(
			json_array_get(json_object_get(fulfillment, "messages"),
				       0),
			"text"),
		"text");

	ck_assert_uint_eq(json_array_size(text), 1);
	ck_assert(json_is_string(json_array_get(text, 0)));
	ck_assert_str_eq(asking_text(fulfillment, "mergeBehavior"), "REPLACE");
	ck_assert(json_is_object(json_object_get(
		json_object_get(json_object_get(answer, "sessionInfo"),
				"parameters"),
		"evenkeel_state")));
}

/* The session's parameters of ${answer}, as they come back: each number with a
   point. */
static void
add_points(json_t *value)
{
	const char *name;
	json_t *item;
	size_t i;

	json_object_foreach(value, name, item) {
		if (json_is_integer(item))
			json_object_set_new(
				value, name,
				json_real((double)json_integer_value(item)));
		add_points(item);
	}
	json_array_foreach(value, i, item)
		add_points(item);
}

/* What is said next in the session of ${answer} (taken), on ${changes}. */
static json_t *
go_on(json_t *answer, const char *changes)
{
	json_t *body = recorded("dialogflow_cx", changes);

	add_points(answer);
	json_object_update(
		json_object_get(json_object_get(body, "sessionInfo"),
				"parameters"),
		json_object_get(json_object_get(answer, "sessionInfo"),
				"parameters"));
	json_decref(answer);
	return asking_post(service->port, CX, body, 200);
}

START_TEST(answers_a_webhook)
{
	static const char text[] = "fulfillmentResponse/messages/0/text/text/0";
	json_t *answer = ask(CX, "dialogflow_cx", "{}", 200);

	/* They are angry; but first it says what it is. */
	ck_cx(answer);
	ck_assert_str_eq(
		asking_text(answer, "sessionInfo/parameters/evenkeel_stage"),
		"open");
	ck_assert_ptr_nonnull(strstr(asking_text(answer, text), "automated"));
	answer = go_on(answer, "{}");
	ck_cx(answer);
	ck_assert_str_eq(asking_text(answer, "payload/stage"), "listen");
	answer = go_on(answer, "{'intentInfo':{'displayName':'told'}}");
	ck_cx(answer);
	ck_assert_str_eq(asking_text(answer, "payload/stage"), "restate");
	ck_assert_ptr_nonnull(strstr(asking_text(answer, text), " "));
	json_decref(answer);
}
END_TEST

START_TEST(hears_what_is_spoken)
{
	json_t *body = recorded("dialogflow_cx",
				"{'transcript':'Let me talk to a human',"
				"'intentInfo':{'displayName':'complain'},"
				"'sessionInfo':{'parameters':{'stage':'listen',"
				"'evenkeel_read':true}}}");

	json_object_del(body, "text");
	json_t *answer = asking_post(service->port, CX, body, 200);

	ck_assert_str_eq(asking_text(answer, "payload/stage"), "handover");
	json_decref(answer);
}
END_TEST

/* What a flow keeps under our names by chance ends no conversation. */
static const char *const strange[] = {
	"'channel':'web'",
	"'stage':'step_2'",
	"'signal':'green'",
	"'signal':7.5",
	"'intensity':9",
	"'intensity':-1",
	"'intensity':'high'",
	"'protocol':'https'",
	"'fault':'user'",
	"'fallback':'none'",
	"'may_offer':['kisses']",
	"'may_offer':'x'",
	"'state':'California'",
	"'state':{'name':'California'}",
	"'state':{'stage':'validate','used':[1,2]}",
	"'state':'{stage'",
	"'customer_name':'A\\nB'",
	"'customer_name':['Ana']",
	"'order_ref':1.5",
	"'customer_name':{'a':{'a':{'a':{'a':{'a':{'a':1}}}}}}",
	"'channel':'web','stage':'step_2','signal':'green','intensity':9",
	"'protocol':'https','fault':'user','state':{'name':'California'}",
};

START_TEST(passes_over_what_is_not_ours)
{
	char changes[512];

	(void)snprintf(changes, sizeof(changes), "{'tracker':{'slots':{%s}}}",
		       strange[_i]);
	json_t *answer = ask(RASA, "rasa_3", changes, 200);
	/* As the response's name says. */
	ck_assert_str_eq(asking_text(answer, "custom/stage"), "validate");
	ck_assert_int_ne(asking_text(answer, "text")[0], '\0');
	json_decref(answer);
	(void)snprintf(changes, sizeof(changes),
		       "{'sessionInfo':{'parameters':{%s}}}", strange[_i]);
	answer = ask(CX, "dialogflow_cx", changes, 200);
	ck_assert_str_eq(asking_text(answer, "payload/stage"), "open");
	json_decref(answer);
}
END_TEST

/* A category that is not one is refused all the same: nothing else will do. */
START_TEST(needs_a_category)
{
	json_t *answer = ask(CX, "dialogflow_cx",
			     "{'sessionInfo':{'parameters':{'category':"
			     "'delivery.lat'}}}",
			     404);

	ck_assert_str_eq(asking_text(answer, "did_you_mean"), "delivery.late");
	json_decref(answer);
}
END_TEST

/* clang-format off */
static const struct {
	double score;
	const char *stage;
} moods[] = {
	{ 0.9, "restate" }, { -0.59, "restate" }, { -0.6, "handover" }, { -1, "handover" },
};
/* clang-format on */

START_TEST(takes_sentiment_as_a_hint)
{
	char changes[256];

	(void)snprintf(changes, sizeof(changes),
		       "{'intentInfo':{'displayName':'told'},'sessionInfo':"
		       "{'parameters':{'stage':'open'}},"
		       "'sentimentAnalysisResult':{'score':%g}}",
		       moods[_i].score);
	json_t *answer = ask(CX, "dialogflow_cx", changes, 200);
	ck_assert_str_eq(asking_text(answer, "payload/stage"), moods[_i].stage);
	json_decref(answer);
}
END_TEST

/* ---- what they do not take ---- */

/* clang-format off */
static const struct {
	const char *path, *name, *changes;
	int status;
	const char *pointer;
} refusals[] = {
	{ RASA, "dialogflow_cx", "{}", 422, "/response" },
	{ RASA, "rasa_3", "{'response':7}", 422, "/response" },
	{ RASA, "rasa_3", "{'arguments':{'signal':'happy'}}", 422, "/signal" },
	{ RASA, "rasa_3", "{'arguments':{'intensity':9}}", 422, "/intensity" },
	{ RASA, "rasa_3", "{'arguments':{'state':'{'}}", 422, "/state" },
	{ RASA, "rasa_3", "{'arguments':{'stage':'sing'}}", 404, "/stage" },
	{ CX, "rasa_3", "{}", 422, "/fulfillmentInfo/tag" },
	{ CX, "dialogflow_cx", "{'fulfillmentInfo':{'tag':'other'}}", 422, "/fulfillmentInfo/tag" },
	{ CX, "dialogflow_cx", "{'sessionInfo':{'parameters':{'category':null}}}", 422, "/category" },
};
/* clang-format on */

START_TEST(refuses)
{
	json_t *answer = ask(refusals[_i].path, refusals[_i].name,
			     refusals[_i].changes, refusals[_i].status);

	ck_assert_str_eq(asking_text(answer, "errors/0/pointer"),
			 refusals[_i].pointer);
	json_decref(answer);
}
END_TEST

/* clang-format off */
static const struct {
	const char *body;
	int status;
} broken[] = {
	{ "[]", 400 }, { "", 400 }, { "{", 400 }, { "{\"response\":\"x\"", 400 },
	{ "{\"response\":\"a\",\"response\":\"b\"}", 400 },
	{ "{\"x\":\"\xff\",\"response\":\"utter_open\"}", 400 },
};
/* clang-format on */

START_TEST(refuses_what_is_no_object)
{
	struct answer a = client_post(service->port, RASA, broken[_i].body);

	ck_assert_int_eq(a.status, broken[_i].status);
	answer_free(&a);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("adapters");
	TCase *tc = tcase_create("bots");

	tcase_add_unchecked_fixture(tc, begin, end);
	tcase_set_timeout(tc, 120);
	tcase_add_loop_test(tc, answers_each_version, 0, NELEMS(versions));
	tcase_add_test(tc, reads_arguments_before_slots);
	tcase_add_test(tc, walks_on_from_the_state_slot);
	tcase_add_test(tc, fills_from_slots_and_passes_over_what_does_not_fit);
	tcase_add_test(tc, is_a_bot_and_hands_over_early);
	tcase_add_test(tc, reads_the_message_when_asked);
	tcase_add_test(tc, says_that_it_is_one);
	tcase_add_test(tc, claims_nothing_that_is_a_persons);
	tcase_add_test(tc, answers_a_webhook);
	tcase_add_test(tc, hears_what_is_spoken);
	tcase_add_loop_test(tc, passes_over_what_is_not_ours, 0,
			    NELEMS(strange));
	tcase_add_test(tc, needs_a_category);
	tcase_add_loop_test(tc, takes_sentiment_as_a_hint, 0, NELEMS(moods));
	tcase_add_loop_test(tc, refuses, 0, NELEMS(refusals));
	tcase_add_loop_test(tc, refuses_what_is_no_object, 0, NELEMS(broken));
	suite_add_tcase(suite, tc);

	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
