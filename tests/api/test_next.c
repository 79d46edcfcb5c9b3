/*
 * test_next.c - what to say next, over HTTP, with the library that ships.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "tests/api/asking.h"
#include "tests/api/openapi.h"
#include "tests/api/service.h"
#include "tests/finished.h"
#include "tests/sql/pg.h"

#define NELEMS(a) (sizeof(a) / sizeof((a)[0]))
#define NEXT "/v1/next"

static struct service *service;

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

static json_t *
next(json_t *body)
{
	return asking_post(service->port, NEXT, body, 200);
}

/* --- the walk ---------------------------------------------------------------
 */

START_TEST(every_walkthrough_passes_with_the_state_given_back)
{
	json_t *all = json_load_file("tests/api/walkthroughs.json", 0, NULL);
	const json_t *talk = json_array_get(all, (size_t)_i);
	json_t *steps = json_object_get(talk, "steps");
	json_t *state = NULL, *step;
	size_t i;

	ck_assert_ptr_nonnull(talk);
	json_array_foreach(steps, i, step) {
		json_t *body =
			json_pack("{s:s, s:s, s:s}", "category",
				  asking_text(talk, "category"), "channel",
				  asking_text(talk, "channel"), "signal",
				  asking_text(step, "signal"));
		if (state == NULL)
			json_object_set_new(
				body, "stage",
				json_string(asking_text(talk, "start")));
		else
			json_object_set_new(body, "state", state);
		json_t *answer = next(body);
		ck_assert_msg(strcmp(asking_text(answer, "stage/code"),
				     asking_text(step, "expect_stage")) == 0,
			      "%s, step %zu: %s, not %s",
			      asking_text(talk, "name"), i + 1,
			      asking_text(answer, "stage/code"),
			      asking_text(step, "expect_stage"));
		ck_assert_int_eq(json_is_true(json_object_get(answer, "moved")),
				 json_is_true(json_object_get(step, "moved")));
		state = json_incref(json_object_get(answer, "state"));
		json_decref(answer);
	}
	json_decref(state);
	json_decref(all);
}
END_TEST

/* clang-format off */
static const struct {
	const char *protocol, *signals, *stages;
} plans[] = {
	{ "heart", "next next next next next next next next next",
	  "listen validate apologize propose agree resolve thank closed done" },
	{ "last", "next next next next next next next next next next",
	  "listen restate validate apologize clarify propose agree resolve thank closed" },
	{ "leaps", "next next next next next",
	  "listen validate clarify restate agree" },
};
/* clang-format on */

START_TEST(a_protocol_walks_in_its_listed_order)
{
	const char *signals = plans[_i].signals, *stages = plans[_i].stages;
	json_t *state = NULL;
	char signal[32], stage[32];
	int n, m;

	while (sscanf(stages, "%31s%n", stage, &m) == 1) {
		ck_assert_int_eq(sscanf(signals, "%31s%n", signal, &n), 1);
		json_t *body = json_pack("{s:s, s:s, s:s}", "category",
					 "general", "protocol",
					 plans[_i].protocol, "signal", signal);
		if (state != NULL)
			json_object_set_new(body, "state", state);
		else
			json_object_set_new(body, "stage", json_string("open"));
		json_t *answer = next(body);
		ck_assert_str_eq(asking_text(answer, "stage/code"), stage);
		state = json_incref(json_object_get(answer, "state"));
		json_decref(answer);
		signals += n;
		stages += m;
	}
	json_decref(state);
}
END_TEST

START_TEST(begins_with_the_entry_stage)
{
	json_t *a = next(json_pack("{s:s}", "category", "general"));

	ck_assert(json_is_null(json_object_get(a, "from")));
	ck_assert(json_is_null(json_object_get(a, "signal")));
	ck_assert(json_is_true(json_object_get(a, "moved")));
	ck_assert_str_eq(asking_text(a, "stage/code"), "prepare");
	json_decref(a);
	a = next(json_pack("{s:s, s:s}", "category", "general", "channel",
			   "social_public"));
	ck_assert_str_eq(asking_text(a, "stage/code"), "public_reply");
	json_decref(a);
	a = next(json_pack("{s:s, s:s}", "category", "general", "signal",
			   "threat"));
	ck_assert_str_eq(asking_text(a, "stage/code"), "exit");
	json_decref(a);
	a = next(json_pack("{s:s, s:s}", "category", "general", "signal",
			   "told"));
	ck_assert(json_is_null(json_object_get(a, "from")));
	ck_assert(json_is_null(json_object_get(a, "signal")));
	json_decref(a);
	/* A wish is judged from there. */
	a = next(json_pack("{s:s, s:s}", "category", "general", "to",
			   "propose"));
	ck_assert_str_eq(asking_text(a, "held_back/stage"), "propose");
	json_decref(a);
	/* And being held back never ends a conversation. */
	a = next(json_pack("{s:s, s:s, s:s}", "category", "general", "stage",
			   "handover", "to", "propose"));
	ck_assert_str_eq(asking_text(a, "held_back/stage"), "propose");
	ck_assert_str_eq(asking_text(a, "stage/code"), "handover");
	json_decref(a);
}
END_TEST

START_TEST(holds_an_offer_back_until_the_customer_was_heard)
{
	json_t *a = next(json_pack("{s:s, s:s, s:s, s:s}", "category",
				   "general", "stage", "open", "signal", "told",
				   "to", "propose"));

	ck_assert_str_eq(asking_text(a, "held_back/stage"), "propose");
	ck_assert_str_ne(asking_text(a, "held_back/because"), "");
	ck_assert_str_eq(asking_text(a, "stage/code"), "restate");
	json_decref(a);
	a = next(json_pack("{s:s, s:s, s:s, s:s, s:b}", "category", "general",
			   "stage", "open", "signal", "told", "to", "propose",
			   "force", 1));
	ck_assert(json_is_null(json_object_get(a, "held_back")));
	ck_assert_str_eq(asking_text(a, "stage/code"), "propose");
	json_decref(a);
}
END_TEST

START_TEST(takes_the_old_names_of_stages)
{
	static const char *const names[][2] = {
		{ "hear", "listen" },	      { "empathize", "validate" },
		{ "sympathize", "validate" }, { "apologize", "apologize" },
		{ "resolve", "resolve" },     { "thank", "thank" },
	};

	for (size_t i = 0; i < NELEMS(names); i++) {
		char target[128];
		(void)snprintf(target, sizeof(target),
			       "/v1/steps/%s?category=general", names[i][0]);
		json_t *a = asking_get(service->port, "/v1/steps/{stage}",
				       target, 200);
		ck_assert_str_eq(asking_text(a, "stage/code"), names[i][1]);
		ck_assert(json_is_false(json_object_get(a, "moved")));
		json_decref(a);
	}
}
END_TEST

/* --- the words --------------------------------------------------------------
 */

/* What the first line was in each of 200 calls, and whether it was a repeat. */
static void
talk_on(char first[200][64], bool repeated[200])
{
	json_t *state = NULL;

	for (int i = 0; i < 200; i++) {
		json_t *body = json_pack("{s:s, s:s}", "category",
					 "delivery.late", "signal", "calmer");
		if (state == NULL)
			json_object_set_new(body, "stage",
					    json_string("propose"));
		else
			json_object_set_new(body, "state", state);
		json_t *a = next(body);
		ck_assert_str_eq(asking_text(a, "stage/code"), "propose");
		(void)snprintf(first[i], 64, "%s", asking_text(a, "say/0/id"));
		repeated[i] = json_is_true(json_object_get(
			json_array_get(json_object_get(a, "say"), 0),
			"repeated"));
		state = json_incref(json_object_get(a, "state"));
		json_decref(a);
	}
	json_decref(state);
}

START_TEST(never_says_a_line_twice_before_all_were_said)
{
	static char first[200][64], again[200][64];
	static bool repeated[200], same[200];
	int n = 0;

	talk_on(first, repeated);
	while (n < 200 && !repeated[n])
		n++;
	ck_assert_int_ge(n, 3);
	ck_assert_int_lt(n, 200);
	for (int i = 0; i < 200; i++) {
		ck_assert_int_eq(repeated[i], i >= n);
		/* from then on, the one said longest ago */
		for (int j = i - 1; j >= 0 && j > i - n; j--)
			ck_assert_str_ne(first[i], first[j]);
	}
	/* The same calls again: the same answers. */
	talk_on(again, same);
	ck_assert_mem_eq(first, again, sizeof(first));
}
END_TEST

/* The step of ${stage} with so many lines; takes ${used}, the ids said before.
 */
static json_t *
lines_of(const char *stage, int phrases, json_t *used)
{
	return next(json_pack("{s:s, s:s, s:s, s:i, s:{s:s, s:o}}", "category",
			      "account", "to", stage, "signal", "next",
			      "phrases", phrases, "state", "stage", stage,
			      "used", used));
}

/* What to ask for does not depend on how many lines were wanted. */
START_TEST(a_line_that_is_not_shown_may_still_be_asked_for)
{
	static const char *const stages[] = { "validate", "propose", "restate",
					      "clarify" };

	for (size_t i = 0; i < NELEMS(stages); i++) {
		json_t *few = lines_of(stages[i], 1, json_array());
		json_t *many = lines_of(stages[i], 10, json_array());
		const json_t *ask = json_object_get(few, "ask");

		ck_assert_uint_gt(json_array_size(ask), 0);
		ck_assert_msg(json_equal(ask, json_object_get(many, "ask")),
			      "from %s", stages[i]);
		json_decref(few);
		json_decref(many);
	}
}
END_TEST

/* Lines that were said are no reason not to look further up for fresh ones. */
START_TEST(what_was_said_does_not_fill_the_choice)
{
	json_t *all = lines_of("validate", 10, json_array());
	json_t *used = json_array();
	const json_t *say = json_object_get(all, "say");
	size_t near = 0, i;
	json_t *line;

	json_array_foreach(say, i, line) {
		if (json_integer_value(json_object_get(line, "fallback")) > 0)
			continue;
		near++;
		json_array_append(used, json_object_get(line, "id"));
	}
	ck_assert_uint_ge(near, 2);
	ck_assert_uint_ge(json_array_size(say), near + 2);
	json_array_remove(used, 0); /* one of the nearest is fresh still */

	json_t *two = lines_of("validate", 2, used);

	ck_assert_uint_eq(json_array_size(json_object_get(two, "say")), 2);
	json_array_foreach(json_object_get(two, "say"), i, line)
		ck_assert(!json_is_true(json_object_get(line, "repeated")));
	json_decref(two);
	json_decref(all);
}
END_TEST

START_TEST(a_value_comes_out_as_it_went_in)
{
	static const char *const values[] = {
		"{order_ref}",
		"</script>",
		"[[x]]",
		"\"q\" \\ 'r'",
		"\xf0\x9f\x98\xa1 \xc3\x85sa",
	};
	const char *value = values[_i];
	json_t *line;
	size_t i, found = 0;
	json_t *a = next(json_pack("{s:s, s:s, s:s, s:b, s:i, s:{s:s}}",
				   "category", "general", "stage", "validate",
				   "to", "apologize", "force", 1, "phrases", 10,
				   "values", "customer_name", value));
	json_array_foreach(json_object_get(a, "say"), i, line)
		if (strstr(asking_text(line, "text"), value) != NULL)
			found++;
	ck_assert_uint_gt(found, 0);
	json_decref(a);
}
END_TEST

START_TEST(gives_templates_as_they_stand_when_asked)
{
	json_t *a = asking_get(
		service->port, "/v1/steps/{stage}",
		"/v1/steps/agree?category=general&raw=true&phrases=10", 200);
	bool brace = false;
	size_t i;
	json_t *line;

	json_array_foreach(json_object_get(a, "say"), i, line)
		if (strchr(asking_text(line, "text"), '{') != NULL)
			brace = true;
	ck_assert(brace);
	ck_assert_uint_eq(json_array_size(json_object_get(a, "ask")), 0);
	json_decref(a);
}
END_TEST

/* --- the forms of an answer -------------------------------------------------
 */

START_TEST(get_and_post_say_the_same)
{
	json_t *posted = next(
		json_pack("{s:s, s:s, s:s, s:s, s:i, s:[s,s], s:[s], s:{s:s}}",
			  "category", "delivery.late", "stage", "restate",
			  "signal", "confirms", "channel", "phone", "intensity",
			  3, "may_offer", "refund", "replacement", "flags",
			  "option_on_table", "values", "customer_name",
			  "Ana Mar\xc3\xad"
			  "a"));
	json_t *got = asking_get(
		service->port, NEXT,
		NEXT "?category=delivery.late&stage=restate&signal=confirms"
		     "&channel=phone&intensity=3&may_offer=refund,replacement"
		     "&flags=option_on_table"
		     "&values.customer_name=Ana+Mar%C3%ADa",
		200);

	ck_assert(json_equal(posted, got));
	/* The state can be given back in a query too. */
	char *state =
		json_dumps(json_object_get(posted, "state"), JSON_COMPACT);
	char target[4096];
	size_t n = (size_t)snprintf(target, sizeof(target),
				    NEXT "?category=delivery.late&state=");
	for (const char *p = state; *p != '\0'; p++)
		n += (size_t)snprintf(target + n, sizeof(target) - n, "%%%02X",
				      (unsigned char)*p);
	json_t *a = asking_get(service->port, NEXT, target, 200);
	json_t *b = next(json_pack("{s:s, s:O}", "category", "delivery.late",
				   "state", json_object_get(posted, "state")));
	ck_assert(json_equal(a, b));
	ck_assert_str_eq(asking_text(a, "from"), "validate");
	free(state);
	json_decref(a);
	json_decref(b);
	json_decref(posted);
	json_decref(got);
}
END_TEST

START_TEST(speaks_plain_text)
{
	char stage[64];
	struct answer a = client_ask(
		service->port,
		"GET /v1/steps/validate?category=general HTTP/1.1\r\n"
		"Host: localhost\r\nAccept: text/plain\r\n\r\n");

	ck_assert_int_eq(a.status, 200);
	ck_assert_str_eq(
		answer_header(&a, "Evenkeel-Stage", stage, sizeof(stage)),
		"validate");
	ck_assert_int_eq(a.body[a.len - 1], '\n');
	a.body[a.len - 1] = '\0';
	ck_assert_ptr_null(finished_fault(a.body));
	answer_free(&a);

	a = client_ask(service->port,
		       "GET /v1/steps/done?category=general HTTP/1.1\r\n"
		       "Host: localhost\r\nAccept: text/plain\r\n\r\n");
	ck_assert_int_eq(a.status, 200);
	ck_assert_uint_eq(a.len, 0);
	answer_free(&a);
}
END_TEST

START_TEST(speaks_flat)
{
	json_t *a =
		asking_get(service->port, "/v1/steps/{stage}",
			   "/v1/steps/validate?category=general&flat=1", 200);
	const char *key;
	json_t *value;

	ck_assert_str_eq(asking_text(a, "stage"), "validate");
	ck_assert_ptr_null(finished_fault(asking_text(a, "say")));
	ck_assert_str_ne(asking_text(a, "say_2"), "");
	ck_assert_str_ne(asking_text(a, "do_1"), "");
	ck_assert_str_eq(asking_text(a, "next_calmer"), "apologize");
	json_object_foreach(a, key, value)
		ck_assert(!json_is_object(value) && !json_is_array(value) &&
			  !json_is_null(value));
	json_t *state = json_loads(asking_text(a, "state"), 0, NULL);
	ck_assert_str_eq(asking_text(state, "stage"), "validate");
	json_decref(state);
	json_decref(a);
}
END_TEST

START_TEST(answers_304_to_what_is_known)
{
	char etag[80];
	struct answer a = client_get(service->port, NEXT "?category=general");

	(void)answer_header(&a, "ETag", etag, sizeof(etag));
	ck_assert_str_ne(etag, "");
	answer_free(&a);
	a = client_ask(service->port,
		       "GET " NEXT "?category=general HTTP/1.1\r\n"
		       "Host: localhost\r\nIf-None-Match: %s\r\n\r\n",
		       etag);
	ck_assert_int_eq(a.status, 304);
	ck_assert_uint_eq(a.len, 0);
	answer_free(&a);
	a = client_ask(service->port,
		       "GET " NEXT "?category=delivery HTTP/1.1\r\n"
		       "Host: localhost\r\nIf-None-Match: %s\r\n\r\n",
		       etag);
	ck_assert_int_eq(a.status, 200);
	answer_free(&a);
}
END_TEST

/* --- what is refused --------------------------------------------------------
 */

/* clang-format off */
static const struct {
	const char *body;
	int status;
	const char *type, *pointer, *meant;
} refusals[] = {
	{ "{}", 422, "invalid", "/category", "" },
	{ "{\"category\":\"delivry.late\"}", 404, "unknown-category", "/category", "delivery.late" },
	{ "{\"category\":\"general\",\"stage\":\"valdate\"}", 404, "unknown-stage", "/stage", "validate" },
	{ "{\"category\":\"general\",\"stage\":\"open\",\"to\":\"propse\"}", 404, "unknown-stage", "/to", "propose" },
	{ "{\"category\":\"general\",\"protocol\":\"hart\"}", 404, "unknown-protocol", "/protocol", "heart" },
	{ "{\"category\":\"general\",\"signal\":\"angryer\"}", 422, "invalid", "/signal", "angrier" },
	{ "{\"category\":\"general\",\"channel\":\"phon\"}", 422, "invalid", "/channel", "phone" },
	{ "{\"category\":\"general\",\"speaker\":\"humn\"}", 422, "invalid", "/speaker", "human" },
	{ "{\"category\":\"general\",\"fault\":\"any\"}", 422, "invalid", "/fault", "" },
	{ "{\"category\":\"general\",\"tone\":\"icy\"}", 422, "invalid", "/tone", "" },
	{ "{\"category\":\"general\",\"locale\":\"xx\"}", 422, "invalid", "/locale", "" },
	{ "{\"category\":\"general\",\"intensity\":5}", 422, "invalid", "/intensity", "" },
	{ "{\"category\":\"general\",\"intensity\":-1}", 422, "invalid", "/intensity", "" },
	{ "{\"category\":\"general\",\"intensity\":\"2\"}", 422, "invalid", "/intensity", "" },
	{ "{\"category\":\"general\",\"intensity\":2.5}", 422, "invalid", "/intensity", "" },
	{ "{\"category\":\"general\",\"phrases\":0}", 422, "invalid", "/phrases", "" },
	{ "{\"category\":\"general\",\"phrases\":11}", 422, "invalid", "/phrases", "" },
	{ "{\"category\":\"general\",\"raw\":1}", 422, "invalid", "/raw", "" },
	{ "{\"category\":\"general\",\"flags\":[\"deferd\"]}", 422, "invalid", "/flags/0", "deferred" },
	{ "{\"category\":\"general\",\"flags\":\"deferred\"}", 422, "invalid", "/flags", "" },
	{ "{\"category\":\"general\",\"may_offer\":[\"moon\"]}", 422, "invalid", "/may_offer/0", "" },
	{ "{\"category\":\"general\",\"used\":[\"x\"]}", 422, "invalid", "/used/0", "" },
	{ "{\"category\":\"general\",\"values\":{\"custmer_name\":\"x\"}}", 422, "invalid", "/values", "customer_name" },
	{ "{\"category\":\"general\",\"values\":{\"customer_name\":7}}", 422, "invalid", "/values/customer_name", "" },
	{ "{\"category\":\"general\",\"values\":{\"customer_name\":\"a\\nb\"}}", 422, "invalid", "/values/customer_name", "" },
	{ "{\"category\":\"general\",\"values\":{\"when\":\"soon\"}}", 422, "invalid", "/values/when", "" },
	{ "{\"category\":\"general\",\"values\":[]}", 422, "invalid", "/values", "" },
	{ "{\"category\":\"general\",\"catgory\":\"x\"}", 422, "invalid", "/catgory", "category" },
	{ "{\"category\":\"general\",\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\":1}", 422, "invalid", "/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "" },
	{ "{\"category\":\"general\",\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\":1}", 422, "invalid", "", "" },
	{ "{\"category\":\"general\",\"my own\":1}", 422, "invalid", "", "" },
	{ "{\"category\":\"general\",\"\":1}", 422, "invalid", "", "" },
	{ "{\"category\":\"general\",\"state\":{\"stage\":\"opn\"}}", 404, "unknown-stage", "/state/stage", "open" },
	{ "{\"category\":\"general\",\"state\":{\"warnings\":-1}}", 422, "invalid", "/state/warnings", "" },
	{ "{\"category\":\"general\",\"state\":{\"mood\":1}}", 422, "invalid", "/state", "" },
	{ "{\"category\":\"general\",\"state\":{\"used\":[\"a/b/1\",\"a/b/2\",\"a/b/3\",\"a/b/4\",\"a/b/5\",\"a/b/6\",\"a/b/7\",\"a/b/8\",\"a/b/9\",\"a/b/10\",7]}}", 422, "invalid", "/state/used/10", "" },
	{ "{\"category\":\"general\",\"state\":{\"used\":[\"a b\"]}}", 422, "invalid", "/state/used/0", "" },
	{ "{\"category\":\"general\",\"state\":{\"stage\":\"reengage\",\"back\":\"done\"}}", 422, "invalid", "/state/back", "" },
	{ "{\"category\":\"general\",\"values\":{\"when\":\"very soon!\"}}", 422, "invalid", "/values/when", "" },
	{ "{\"category\":\"general\",\"state\":[]}", 422, "invalid", "/state", "" },
	{ "{\"category\":\"general\",\"stage\":\"open\",\"state\":{\"stage\":\"listen\"}}", 422, "invalid", "/stage", "" },
	{ "{\"category\":\"general\",\"category\":\"general\"}", 400, "bad-json", "", "" },
	{ "[]", 400, "bad-json", "", "" },
	{ "{", 400, "bad-json", "", "" },
	{ "", 400, "bad-json", "", "" },
};
/* clang-format on */

START_TEST(refuses_with_a_reason)
{
	struct answer a = client_post(service->port, NEXT, refusals[_i].body);
	char type[128];

	ck_assert_msg(a.status == refusals[_i].status, "%s: %d %s",
		      refusals[_i].body, a.status, a.body);
	openapi_expect("POST", NEXT, a.status,
		       answer_header(&a, "Content-Type", type, sizeof(type)),
		       a.body, a.len);
	json_t *json = json_loadb(a.body, a.len, 0, NULL);
	ck_assert_ptr_nonnull(json);
	(void)snprintf(type, sizeof(type), "/problems/%s", refusals[_i].type);
	ck_assert_str_eq(asking_text(json, "type"), type);
	if (json_object_get(json, "errors") != NULL)
		ck_assert_str_eq(asking_text(json, "errors/0/pointer"),
				 refusals[_i].pointer);
	ck_assert_str_eq(asking_text(json, "did_you_mean"), refusals[_i].meant);
	json_decref(json);
	answer_free(&a);
}
END_TEST

START_TEST(tells_everything_that_is_wrong_at_once)
{
	json_t *a = asking_post(service->port, NEXT,
				json_pack("{s:s, s:i, s:s, s:s}", "category",
					  "general", "intensity", 9, "tone",
					  "icy", "speaker", "robot"),
				422);

	ck_assert_uint_eq(json_array_size(json_object_get(a, "errors")), 3);
	json_decref(a);
}
END_TEST

START_TEST(falls_back_to_any_complaint_when_told)
{
	json_t *a = asking_get(service->port, NEXT,
			       NEXT "?category=weather&fallback=general", 200);

	ck_assert_str_eq(asking_text(a, "category/code"), "general");
	json_decref(a);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("next");
	TCase *tc = tcase_create("next");
	tcase_set_timeout(tc, 60);
	tcase_add_unchecked_fixture(tc, start, stop);
	tcase_add_loop_test(
		tc, every_walkthrough_passes_with_the_state_given_back, 0, 10);
	tcase_add_loop_test(tc, a_protocol_walks_in_its_listed_order, 0,
			    (int)NELEMS(plans));
	tcase_add_test(tc, begins_with_the_entry_stage);
	tcase_add_test(tc, holds_an_offer_back_until_the_customer_was_heard);
	tcase_add_test(tc, takes_the_old_names_of_stages);
	tcase_add_test(tc, never_says_a_line_twice_before_all_were_said);
	tcase_add_test(tc, a_line_that_is_not_shown_may_still_be_asked_for);
	tcase_add_test(tc, what_was_said_does_not_fill_the_choice);
	tcase_add_loop_test(tc, a_value_comes_out_as_it_went_in, 0, 5);
	tcase_add_test(tc, gives_templates_as_they_stand_when_asked);
	tcase_add_test(tc, get_and_post_say_the_same);
	tcase_add_test(tc, speaks_plain_text);
	tcase_add_test(tc, speaks_flat);
	tcase_add_test(tc, answers_304_to_what_is_known);
	tcase_add_loop_test(tc, refuses_with_a_reason, 0,
			    (int)NELEMS(refusals));
	tcase_add_test(tc, tells_everything_that_is_wrong_at_once);
	tcase_add_test(tc, falls_back_to_any_complaint_when_told);
	suite_add_tcase(suite, tc);

	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
