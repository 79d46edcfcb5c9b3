/*
 * test_check.c - POST /v1/check and LanguageTool's /v2/check.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "server/request.h"
#include "tests/api/asking.h"
#include "tests/api/openapi.h"
#include "tests/api/service.h"
#include "tests/sql/pg.h"

#define NELEMS(a) (sizeof(a) / sizeof((a)[0]))
#define NL "\r\n"

static struct service *service;
static int releases; /* published so far */

static void
start(void)
{
	pg_start(PG_FAST);
	service_shipped();
	/* It hears of a release, or never does. */
	service = service_start("--poll", "3600", NULL);
	service_expect(service, "release 1");
	releases = 1;
}

static void
stop(void)
{
	ck_assert_int_eq(service_stop(service), 0);
	pg_stop();
}

/* --- places --------------------------------------------------------------- */

/* The bytes at UTF-16 ${units} of ${text}, told character by character. */
static size_t
byte_at(const char *text, json_int_t units)
{
	size_t at = 0;

	while (units > 0) {
		unsigned char c = (unsigned char)text[at];

		ck_assert_uint_ne(c, 0);
		units -= c >= 0xf0 ? 2 : 1;
		at += c >= 0xf0 ? 4 : c >= 0xe0 ? 3 : c >= 0xc0 ? 2 : 1;
	}
	ck_assert_int_eq(units, 0);
	return at;
}

static json_int_t
number(const json_t *object, const char *name)
{
	const json_t *value = json_object_get(object, name);

	ck_assert_msg(json_is_integer(value), "no %s", name);
	return json_integer_value(value);
}

/* What ${span} says of ${text}; the caller frees it. */
static char *
slice(const char *text, const json_t *span)
{
	json_int_t offset = number(span, "offset");
	size_t at = byte_at(text, offset);
	size_t end = byte_at(text, offset + number(span, "length"));

	return strndup(text + at, end - at);
}

/* The match of ${rule} in an answer, or NULL. */
static const json_t *
match_of(const json_t *answer, const char *rule)
{
	size_t i;
	const json_t *match;

	json_array_foreach(json_object_get(answer, "matches"), i, match)
		if (strcmp(asking_text(match, "rule/id"), rule) == 0)
			return match;
	return NULL;
}

static json_t *
check(json_t *body)
{
	return asking_post(service->port, "/v1/check", body, 200);
}

static json_t *
check_text(const char *text)
{
	return check(json_pack("{s:s}", "text", text));
}

/* clang-format off */
static const struct {
	const char *text, *rule, *words;
} places[] = {
	{ "You should have called.", "W01", "You should have" },
	{ "Hi \xf0\x9f\x98\xa1\xf0\x9f\x91\x8d\xf0\x9f\x8f\xbd. You should have called.", "W01", "You should have" },
	{ "Cafe\xcc\x81, e\xcc\x81\xcc\x82: you should have called.", "W01", "you should have" },
	{ "\xe2\x80\x9cNo\xe2\x80\x9d, \xe2\x80\x98no\xe2\x80\x99. You shouldn\xe2\x80\x99t have called.", "W01", "You shouldn\xe2\x80\x99t have" },
	{ "\xf0\x9f\x87\xa9\xf0\x9f\x87\xaa YOU   SHOULD\nHAVE called \xf0\x9f\x98\xa1", "W01", "YOU   SHOULD\nHAVE" },
	{ "First line\r\n\tPlease calm down.", "W43", "calm down" },
};
/* clang-format on */

START_TEST(finds_the_words_where_they_are)
{
	const char *text = places[_i].text;
	json_t *answer = check_text(text);
	const json_t *match = match_of(answer, places[_i].rule);

	ck_assert_msg(match != NULL, "no %s in %s", places[_i].rule, text);
	char *words = slice(text, match);
	const json_t *context = json_object_get(match, "context");
	char *shown = slice(asking_text(context, "text"), context);

	ck_assert_str_eq(words, places[_i].words);
	ck_assert_str_eq(shown, words);
	ck_assert_ptr_nonnull(strstr(asking_text(match, "sentence"), words));
	ck_assert_ptr_nonnull(strstr(text, asking_text(match, "sentence")));
	free(words);
	free(shown);
	json_decref(answer);
}
END_TEST

/* Far behind, too, where offsets are counted from a mark on the way. */
START_TEST(finds_words_at_the_end_of_a_long_text)
{
	static char text[60000];
	size_t len = 0;

	while (len < 50000)
		len += (size_t)sprintf(text + len, "%s",
				       "Gr\xc3\xbc\xc3\x9f"
				       "e \xf0\x9f\x98\x80, a kettle. ");
	(void)sprintf(text + len, "You should have called. ");
	json_t *answer = check_text(text);
	char *words = slice(text, match_of(answer, "W01"));

	ck_assert_str_eq(words, "You should have");
	free(words);
	json_decref(answer);
}
END_TEST

/* --- better wordings ------------------------------------------------------ */

START_TEST(fills_a_better_wording_with_values)
{
	static const char text[] =
		"Hello \xf0\x9f\x98\x80. You should have called us earlier.";
	json_t *answer =
		check(json_pack("{s:s, s:{s:s}}", "text", text, "values",
				"solution", "a \"new\" kettle"));
	const json_t *match = match_of(answer, "W01");
	const json_t *better =
		json_array_get(json_object_get(match, "replacements"), 0);
	char *replaced = slice(text, better);

	ck_assert_ptr_nonnull(
		strstr(asking_text(better, "value"), "a \"new\" kettle"));
	ck_assert_str_eq(replaced, "You should have called us earlier.");
	ck_assert(json_is_null(json_object_get(match, "hint")));
	free(replaced);
	json_decref(answer);
}
END_TEST

START_TEST(hints_at_one_that_lacks_a_value)
{
	json_t *answer = check_text("You should have called us earlier.");
	const json_t *match = match_of(answer, "W01");
	const char *hint = asking_text(match, "hint/text");

	ck_assert_uint_eq(
		json_array_size(json_object_get(match, "replacements")), 0);
	ck_assert_ptr_nonnull(strstr(hint, "\xe2\x80\xa6"));
	ck_assert_ptr_null(strpbrk(hint, "{}[]"));
	ck_assert_str_eq(asking_text(match, "hint/ask/0/name"), "solution");
	json_decref(answer);
}
END_TEST

/* --- what is known -------------------------------------------------------- */

/* clang-format off */
static const struct {
	const char *rule, *text, *member, *value; /* JSON */
} known[] = {
	{ "WS6", "I will look into it.", "values", "{'customer_name':'Ana'}" },
	{ "WS9", "We will look, and our courier tells us on Monday.", "speaker", "'human'" },
	{ "WS5", "I will look into it at once for you.", "said", "['I will look into it at once for you.']" },
	{ "WS11", "Your order 4471-2290 is on its way.", "channel", "'social_public'" },
};
/* clang-format on */

static json_t *
quoted(const char *text)
{
	char copy[256];

	(void)snprintf(copy, sizeof(copy), "%s", text);
	for (char *c = copy; *c != '\0'; c++)
		if (*c == '\'')
			*c = '"';
	json_t *value = json_loads(copy, JSON_DECODE_ANY, NULL);
	ck_assert_ptr_nonnull(value);
	return value;
}

START_TEST(looks_at_the_whole_only_as_far_as_it_is_known)
{
	const char *rule = known[_i].rule;
	json_t *answer = check_text(known[_i].text);

	ck_assert_msg(match_of(answer, rule) == NULL, "%s", rule);
	json_decref(answer);
	answer = check(json_pack("{s:s, s:o}", "text", known[_i].text,
				 known[_i].member, quoted(known[_i].value)));
	ck_assert_msg(match_of(answer, rule) != NULL, "%s", rule);
	json_decref(answer);
}
END_TEST

/* A null is no context either. */
START_TEST(takes_all_members)
{
	json_t *answer = check(json_pack(
		"{s:s, s:s, s:s, s:s, s:s, s:s, s:i, s:s, s:{}, s:[]}", "text",
		"", "stage", "listen", "category", "delivery.late", "channel",
		"live_chat", "speaker", "human", "fault", "ours", "intensity",
		3, "locale", "en", "values", "said"));

	ck_assert_str_eq(asking_text(answer, "language/code"), "en");
	json_decref(answer);
	answer = check_text("");
	ck_assert_uint_eq(json_array_size(json_object_get(answer, "matches")),
			  0);
	json_decref(answer);
}
END_TEST

/* clang-format off */
static const struct {
	const char *body;
	int status;
	const char *pointer, *meant;
} refusals[] = {
	{ "{}", 422, "/text", "" },
	{ "{'text':null}", 422, "/text", "" },
	{ "{'text':['x']}", 422, "/text", "" },
	{ "{'text':'x','stag':'open'}", 422, "/stag", "stage" },
	{ "{'text':'x','state':{}}", 422, "/state", "stage" },
	{ "{'text':'x','signal':'told'}", 422, "/signal", "" },
	{ "{'text':'x','stage':'listn'}", 404, "/stage", "listen" },
	{ "{'text':'x','category':'delivery.lat'}", 404, "/category", "delivery.late" },
	{ "{'text':'x','channel':'live_cha'}", 422, "/channel", "live_chat" },
	{ "{'text':'x','speaker':'humn'}", 422, "/speaker", "human" },
	{ "{'text':'x','fault':'our'}", 422, "/fault", "ours" },
	{ "{'text':'x','intensity':5}", 422, "/intensity", "" },
	{ "{'text':'x','locale':'xx'}", 422, "/locale", "" },
	{ "{'text':'x','said':'x'}", 422, "/said", "" },
	{ "{'text':'x','said':['x',1]}", 422, "/said/1", "" },
	{ "{'text':'x','values':{'customer_nam':'x'}}", 422, "/values", "customer_name" },
	{ "{'text':'a\\u0001b'}", 422, "/text", "" },
	{ "{'text':'a\\u0000b'}", 400, NULL, "" },
};
/* clang-format on */

START_TEST(refuses)
{
	json_t *answer;
	char body[128];

	(void)snprintf(body, sizeof(body), "%s", refusals[_i].body);
	for (char *c = body; *c != '\0'; c++)
		if (*c == '\'')
			*c = '"';
	struct answer a = client_post(service->port, "/v1/check", body);

	ck_assert_msg(a.status == refusals[_i].status, "%s: %s", body, a.body);
	openapi_expect("POST", "/v1/check", a.status,
		       "application/problem+json", a.body, a.len);
	answer = json_loads(a.body, 0, NULL);
	if (refusals[_i].pointer != NULL)
		ck_assert_str_eq(asking_text(answer, "errors/0/pointer"),
				 refusals[_i].pointer);
	ck_assert_str_eq(asking_text(answer, "did_you_mean"),
			 refusals[_i].meant);
	json_decref(answer);
	answer_free(&a);
}
END_TEST

START_TEST(takes_32_earlier_replies_and_no_more)
{
	for (int n = 32; n <= 33; n++) {
		json_t *said = json_array();

		for (int i = 0; i < n; i++)
			json_array_append_new(said, json_string("Good."));
		json_decref(asking_post(
			service->port, "/v1/check",
			json_pack("{s:s, s:o}", "text", "x", "said", said),
			n == 32 ? 200 : 422));
	}
}
END_TEST

/* The largest draft there may be, and the worst: nothing but findings. */
START_TEST(bounds_its_answer)
{
	static const char head[] = "{\"text\":\"", words[] = "calm down. ";
	static char body[REQUEST_MAX_LARGE + 1];
	size_t len = sizeof(head) - 1;

	memcpy(body, head, len);
	while (len + sizeof(words) + 2 < REQUEST_MAX_LARGE) {
		memcpy(body + len, words, sizeof(words) - 1);
		len += sizeof(words) - 1;
	}
	memcpy(body + len, "\"}", 3);
	len += 2;
	struct client *c = client_open(service->port);
	struct answer a;

	client_text(c,
		    "POST /v1/check HTTP/1.1" NL "Host: localhost" NL
		    "Content-Type: application/json" NL
		    "Content-Length: %zu" NL NL,
		    len);
	ck_assert(client_send(c, body, len) && client_read(c, &a, 5000));
	client_close(c);
	json_t *answer = json_loadb(a.body, a.len, 0, NULL);

	ck_assert_int_eq(a.status, 200);
	ck_assert_uint_eq(json_array_size(json_object_get(answer, "matches")),
			  256);
	ck_assert(json_is_true(json_object_get(
		json_object_get(answer, "warnings"), "incompleteResults")));
	ck_assert_uint_lt(a.len, 1 << 20);
	json_decref(answer);
	answer_free(&a);
}
END_TEST

/* --- as LanguageTool ------------------------------------------------------ */

/* POST ${form} to /v2/check; the answer is held against openapi.json. */
static json_t *
tool(const char *form, int status)
{
	struct answer a = client_ask(
		service->port,
		"POST /v2/check HTTP/1.1" NL "Host: localhost" NL
		"Content-Type: application/x-www-form-urlencoded" NL
		"Content-Length: %zu" NL "Connection: close" NL NL "%s",
		strlen(form), form);
	char type[64];

	ck_assert_msg(a.status == status, "%s: %d %s", form, a.status, a.body);
	openapi_expect("POST", "/v2/check", status,
		       answer_header(&a, "Content-Type", type, sizeof(type)),
		       a.body, a.len);
	json_t *json = json_loadb(a.body, a.len, 0, NULL);

	answer_free(&a);
	return json;
}

/* clang-format off */
static const struct {
	const char *form, *rules; /* found, each with a blank after it */
} filters[] = {
#define TEXT "language=en-US&text=You+should+have+called.+Calm+down."
	{ TEXT, "W01 W43 " },
	{ TEXT "&disabledRules=W43", "W01 " },
	{ TEXT "&disabledRules=X,W43,%20W01", "" },
	{ TEXT "&disabledCategories=blame", "W43 " },
	{ TEXT "&disabledCategories=BLAME,TYPOS", "W43 " },
	{ TEXT "&disabledCategories=blame&enabledRules=W01", "W01 W43 " },
	{ TEXT "&enabledOnly=true&enabledRules=W43", "W43 " },
	{ TEXT "&enabledOnly=true&enabledCategories=blame", "W01 " },
	{ TEXT "&enabledOnly=false&enabledRules=W43", "W01 W43 " },
	{ TEXT "&level=picky&motherTongue=de&username=a&apiKey=b&noneSuch=c", "W01 W43 " },
#undef TEXT
};
/* clang-format on */

START_TEST(takes_what_languagetool_takes)
{
	json_t *answer = tool(filters[_i].form, 200);
	char rules[64] = "";
	size_t i;
	const json_t *match;

	json_array_foreach(json_object_get(answer, "matches"), i, match)
		(void)snprintf(rules + strlen(rules), 16, "%s ",
			       asking_text(match, "rule/id"));
	ck_assert_str_eq(rules, filters[_i].rules);
	json_decref(answer);
}
END_TEST

/* clang-format off */
static const struct {
	const char *form, *code; /* NULL: 400 */
} tongues[] = {
	{ "text=x&language=en", "en" },
	{ "text=x&language=en-GB", "en-GB" },
	{ "text=x&language=EN-us", "en-US" },
	{ "text=x&language=auto", "en-US" },
	{ "text=x&language=auto&preferredVariants=de-AT,en-AU", "en-AU" },
	{ "text=&language=en", "en" },
	{ "text=x", NULL },
	{ "text=x&language=", NULL },
	{ "text=x&language=de-DE", NULL },
	{ "text=x&language=english", NULL },
	{ "language=en", NULL },
	{ "language=en&text=x&data=%7B%22annotation%22%3A%5B%5D%7D", NULL },
	{ "language=en&text=x&enabledOnly=true", NULL },
	{ "language=en&text=x&enabledOnly=true&enabledRules=W01&disabledRules=W02", NULL },
	{ "language=en&data=%7B%7D", NULL },
	{ "language=en&data=%7B%22annotation%22%3A%5B1%5D%7D", NULL },
	{ "language=en&data=%7B%22annotation%22%3A%5B%7B%22text%22%3A%22a%22%2C%22markup%22%3A%22b%22%7D%5D%7D", NULL },
	{ "language=en&data=nonsense", NULL },
	{ "language=en&text=%00", NULL },
	{ "language=en&text=%ff", NULL },
};
/* clang-format on */

START_TEST(says_which_language_or_no)
{
	const char *code = tongues[_i].code;
	json_t *answer = tool(tongues[_i].form, code != NULL ? 200 : 400);

	if (code != NULL) {
		ck_assert_str_eq(asking_text(answer, "language/code"), code);
		ck_assert_str_eq(
			asking_text(answer, "language/detectedLanguage/code"),
			code);
	}
	json_decref(answer);
}
END_TEST

/* Offsets count the markup, and what a client puts there fits. */
START_TEST(counts_markup)
{
	static const char shown[] =
		"A <b>\xf0\x9f\x98\xa1. Calm</b> down!<p>You should <i>have</i> called.";
	json_t *answer =
		tool("language=en-US&data={\"annotation\":[{\"text\":\"A \"},"
		     "{\"markup\":\"<b>\"},{\"text\":\"\\ud83d\\ude21. Calm\"},"
		     "{\"markup\":\"</b>\"},{\"text\":\" down!\"},"
		     "{\"markup\":\"<p>\",\"interpretAs\":\"\\n\\n\"},"
		     "{\"text\":\"You should \"},{\"markup\":\"<i>\"},"
		     "{\"text\":\"have\"},{\"markup\":\"</i>\"},"
		     "{\"text\":\" called.\"}]}",
		     200);
	const json_t *calm = match_of(answer, "W43");
	const json_t *should = match_of(answer, "W01");
	char *first = slice(shown, calm), *second = slice(shown, should);

	ck_assert_str_eq(first, "Calm</b> down!");
	ck_assert_str_eq(second, "You should <i>have");
	ck_assert_str_eq(asking_text(calm, "sentence"), "Calm down!");
	/* All of a sentence is replaced, part of one is not. */
	ck_assert_str_ne(asking_text(calm, "replacements/0/value"), "");
	ck_assert_uint_eq(
		json_array_size(json_object_get(should, "replacements")), 0);
	ck_assert_ptr_nonnull(
		strstr(asking_text(should, "message"), "Better: "));
	free(first);
	free(second);
	json_decref(answer);
}
END_TEST

START_TEST(answers_a_query_as_well)
{
	static const char target[] =
		"/v2/check?language=en-US&text=Calm%20down.";
	json_t *answer = asking_get(service->port, "/v2/check", target, 200);

	ck_assert_ptr_nonnull(match_of(answer, "W43"));
	json_decref(answer);
	answer = asking_get(service->port, "/v2/languages", "/v2/languages",
			    200);
	ck_assert_str_eq(asking_text(answer, "1/longCode"), "en-US");
	json_decref(answer);
}
END_TEST

/* --- other releases ------------------------------------------------------- */

static struct answer
ask_tool(void)
{
	return client_ask(service->port,
			  "POST /v2/check HTTP/1.1" NL "Host: localhost" NL
			  "Content-Type: application/x-www-form-urlencoded" NL
			  "Content-Length: 38" NL "Connection: close" NL NL
			  "language=en&text=You+should+have+come.");
}

static struct answer
ask_own(void)
{
	return client_post(service->port, "/v1/check",
			   "{\"text\":\"You should have come.\"}");
}

/* The body but for the number of the release. */
static const char *
behind_release(const struct answer *a)
{
	static const char head[] = "{\"release\":";

	ck_assert_int_eq(strncmp(a->body, head, sizeof(head) - 1), 0);
	return a->body + strcspn(a->body, ",");
}

/* The library that is shipped, with another reason for W01, as a file. */
static void
write_edited(char *path)
{
	size_t i;
	json_t *rule;

	ck_assert_int_eq(service_command("export", NULL), 0);
	json_t *bundle = json_loads(service_output(), 0, NULL);
	json_t *rules = json_object_get(
		json_object_get(bundle, "wording_rules"), "rules");

	json_array_foreach(rules, i, rule)
		if (strcmp(asking_text(rule, "id"), "W01") == 0)
			json_object_set_new(rule, "why",
					    json_string("It is too late."));
	int fd = mkstemp(path);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(json_dumpfd(bundle, fd, JSON_COMPACT), 0);
	(void)close(fd);
	json_decref(bundle);
}

/* Until the next release is in force: at once, for nobody looks by the clock.
 */
static void
wait_for_release(void)
{
	char text[32];

	(void)snprintf(text, sizeof(text), "release %d", ++releases);
	service_expect(service, text);
}

START_TEST(an_edited_rule_is_in_force_at_once_and_can_be_taken_back)
{
	char path[] = "/tmp/evenkeel-test-XXXXXX";
	struct answer tool_before = ask_tool(), own_before = ask_own();

	ck_assert_int_eq(tool_before.status, 200);
	ck_assert_ptr_nonnull(strstr(own_before.body, "\"W01\""));
	write_edited(path);
	ck_assert_msg(service_command("import", "--publish", path, NULL) == 0,
		      "%s", service_output());
	(void)unlink(path);
	wait_for_release();
	struct answer tool_then = ask_tool(), own_then = ask_own();

	ck_assert_ptr_nonnull(strstr(tool_then.body, "It is too late."));
	ck_assert_ptr_nonnull(strstr(own_then.body, "It is too late."));
	ck_assert_ptr_null(strstr(own_before.body, "It is too late."));

	ck_assert_int_eq(service_command("rollback", "1", NULL), 0);
	wait_for_release();
	struct answer tool_after = ask_tool(), own_after = ask_own();

	ck_assert_str_eq(tool_after.body, tool_before.body);
	ck_assert_str_eq(behind_release(&own_after),
			 behind_release(&own_before));
	answer_free(&tool_before);
	answer_free(&tool_then);
	answer_free(&tool_after);
	answer_free(&own_before);
	answer_free(&own_then);
	answer_free(&own_after);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("check");
	TCase *tc = tcase_create("check");

	tcase_add_unchecked_fixture(tc, start, stop);
	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, finds_the_words_where_they_are, 0,
			    (int)NELEMS(places));
	tcase_add_test(tc, finds_words_at_the_end_of_a_long_text);
	tcase_add_test(tc, fills_a_better_wording_with_values);
	tcase_add_test(tc, hints_at_one_that_lacks_a_value);
	tcase_add_loop_test(tc, looks_at_the_whole_only_as_far_as_it_is_known,
			    0, (int)NELEMS(known));
	tcase_add_test(tc, takes_all_members);
	tcase_add_loop_test(tc, refuses, 0, (int)NELEMS(refusals));
	tcase_add_test(tc, takes_32_earlier_replies_and_no_more);
	tcase_add_test(tc, bounds_its_answer);
	tcase_add_loop_test(tc, takes_what_languagetool_takes, 0,
			    (int)NELEMS(filters));
	tcase_add_loop_test(tc, says_which_language_or_no, 0,
			    (int)NELEMS(tongues));
	tcase_add_test(tc, counts_markup);
	tcase_add_test(tc, answers_a_query_as_well);
	tcase_add_test(
		tc, an_edited_rule_is_in_force_at_once_and_can_be_taken_back);
	suite_add_tcase(suite, tc);

	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
