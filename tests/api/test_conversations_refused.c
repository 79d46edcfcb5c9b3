/*
 * test_conversations_refused.c - what is refused, why, and in which order.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/api/asking.h"
#include "tests/api/service.h"
#include "tests/api/talking.h"
#include "tests/sql/fixture.h"

#define NELEMS(a) ((int)(sizeof(a) / sizeof((a)[0])))

static struct service *service;
static struct talk t;

static void
start(void)
{
	pg_start(PG_FAST);
	service_shipped();
	service = service_start(NULL);
	service_expect(service, "release 1");
	service_writes(service, "");
}

static void
stop(void)
{
	ck_assert_int_eq(service_stop(service), 0);
	pg_stop();
}

/* A conversation at version 2, with an open promise. */
static void
setup(void)
{
	talk_open(&t, service->port);
	talk_start(&t, "{'category':'delivery.late'}");
	talk_do(&t, 200, "turns",
		"{'signal':'next','promise':{'who':'we','what':'call','due':'" TALK_LATER
		"'}}");
}

static void
teardown(void)
{
	talk_close(&t);
}

static void
check_problem(int status, const char *type)
{
	ck_assert_msg(t.answer.status == status, "%s %s%s: %d, not %d: %s",
		      t.at.what, t.at.headers,
		      t.at.body != NULL ? t.at.body : "", t.answer.status,
		      status, t.answer.body);
	talk_shows(&t, talk_fmt("{'type':'/problems/%s'}", type));
}

/* Refused, and nothing has come of it. */
static void
check_refused(const char *what, const char *headers, const char *body,
	      int status, const char *type)
{
	int version = t.version;

	talk_send(&t, what, headers, body);
	check_problem(status, type);
	talk_do(&t, 200, "get", NULL);
	ck_assert_int_eq(t.version, version);
}

/* --- the order of checks -------------------------------------------------- */

#define KEY "Idempotency-Key: k\r\n"
#define NOW "If-Match: \"2\"\r\n"
#define OLD "If-Match: \"1\"\r\n"
#define PLEDGE "{'who':'we','what':'call','due':'" TALK_LATER "'}"

/* clang-format off */
static const struct {
	const char *what, *headers, *body;
	int status;
	const char *type;
} order[] = {
	/* the body, then the key, then the version */
	{ "start", "", "{'category':'genral'}", 404, "unknown-category" },
	{ "start", "", "{'category':'general'}", 400, "idempotency-key-missing" },
	{ "start", KEY, "{'category':'genral'}", 404, "unknown-category" },
	{ "turns", "", "{'signal':'next'", 400, "bad-json" },
	{ "turns", "", "{'signal':'nxt'}", 422, "invalid" },
	{ "turns", OLD, "{'signal':'nxt'}", 422, "invalid" },
	{ "turns", KEY OLD, "{'signal':'nxt'}", 422, "invalid" },
	{ "turns", "", "{'signal':'next'}", 400, "idempotency-key-missing" },
	{ "turns", OLD, "{'signal':'next'}", 400, "idempotency-key-missing" },
	{ "turns", KEY, "{'signal':'next'}", 428, "version-required" },
	{ "turns", KEY OLD, "{'signal':'next'}", 412, "version-mismatch" },
	{ "undo", "", "{}", 400, "idempotency-key-missing" },
	{ "undo", KEY, "{}", 428, "version-required" },
	{ "undo", KEY OLD, "{}", 412, "version-mismatch" },
	{ "patch", "", "{'status':'gone'}", 422, "invalid" },
	{ "patch", "", "{'status':'paused'}", 400, "idempotency-key-missing" },
	{ "patch", KEY, "{'status':'paused'}", 428, "version-required" },
	{ "patch", KEY OLD, "{'status':'paused'}", 412, "version-mismatch" },
	{ "delete", "", NULL, 428, "version-required" },
	{ "delete", OLD, NULL, 412, "version-mismatch" },
	{ "promises/1", "", "{'result':'kept'}", 400, "idempotency-key-missing" },
	{ "promises/1", "", "{'result':'mended'}", 422, "invalid" },
	{ "promises/1", KEY OLD, "{'result':'kept'}", 412, "version-mismatch" },
	{ "follow-ups/0", "", "{'result':'done'}", 400, "idempotency-key-missing" },
	{ "follow-ups/0", KEY OLD, "{'result':'done'}", 412, "version-mismatch" },
	{ "erasures", "", "{'subject':'x'}", 400, "idempotency-key-missing" },
	{ "erasures", "", "{'subject':''}", 422, "invalid" },
	/* and what it is about last */
	{ "turns", KEY OLD, "{'signal':'next','to':'done','force':false}", 412, "version-mismatch" },
	{ "patch", KEY OLD, "{'status':'closed'}", 412, "version-mismatch" },
	{ "patch", KEY NOW, "{'status':'closed'}", 409, "promise-open" },
	{ "promises/2", KEY OLD, "{'result':'kept'}", 412, "version-mismatch" },
	{ "promises/2", KEY NOW, "{'result':'kept'}", 404, "unknown-promise" },
};
/* clang-format on */

START_TEST(checks_come_in_their_order)
{
	check_refused(order[_i].what, order[_i].headers, order[_i].body,
		      order[_i].status, order[_i].type);
	if (order[_i].status != 412)
		return;
	char etag[64];

	talk_send(&t, order[_i].what, order[_i].headers, order[_i].body);
	ck_assert_str_eq(answer_header(&t.answer, "ETag", etag, sizeof(etag)),
			 "\"2\"");
}
END_TEST

/* --- headers -------------------------------------------------------------- */

START_TEST(a_key_has_1_to_255_visible_characters)
{
	static const struct {
		int n, status;
	} sizes[] = { { 0, 400 }, { 1, 201 }, { 255, 201 }, { 256, 400 } };
	static const char *const wrong[] = { "a b", "\xc3\xbc", "a\tb" };
	char key[300];

	for (size_t i = 0; i < 4; i++) {
		memset(key, '~', sizeof(key));
		key[sizes[i].n] = '\0';
		talk_send(&t, "start", talk_fmt("Idempotency-Key: %s\r\n", key),
			  "{'category':'general'}");
		ck_assert_int_eq(t.answer.status, sizes[i].status);
		if (sizes[i].status == 400)
			check_problem(400, "bad-request");
	}
	for (size_t i = 0; i < 3; i++) {
		talk_send(&t, "start",
			  talk_fmt("Idempotency-Key: %s\r\n", wrong[i]),
			  "{'category':'general'}");
		check_problem(400, "bad-request");
	}
	talk_send(&t, "start", "Idempotency-Key: a\r\nIdempotency-Key: a\r\n",
		  "{'category':'general'}");
	check_problem(400, "bad-request");
	talk_send(&t, "start", "idempotency-key:   !  \r\n",
		  "{'category':'general'}");
	ck_assert_int_eq(t.answer.status, 201);
}
END_TEST

#define DIGITS "00000000000000000000000000000000000000000000000000000000000"

/* clang-format off */
static const struct {
	const char *lines;
	int status;
	const char *type;
} matches[] = {
	{ "", 428, "version-required" },
	{ "If-Match:\r\n", 400, "bad-request" },
	{ "If-Match: 2\r\n", 400, "bad-request" },
	{ "If-Match: '2'\r\n", 400, "bad-request" },
	{ "If-Match: \"2\r\n", 400, "bad-request" },
	{ "If-Match: 2\"\r\n", 400, "bad-request" },
	{ "If-Match: \"\r\n", 400, "bad-request" },
	{ "If-Match: \"2\", \"1\"\r\n", 400, "bad-request" },
	{ "If-Match: \"2\",\r\n", 400, "bad-request" },
	{ "If-Match: W/\"2\"\r\n", 412, "version-mismatch" },
	{ "If-Match: **\r\n", 400, "bad-request" },
	{ "If-Match: *, \"2\"\r\n", 400, "bad-request" },
	{ "If-Match: \"2\"\r\nIf-Match: \"2\"\r\n", 400, "bad-request" },
	{ "If-Match: *\r\nIf-Match: \"1\"\r\n", 400, "bad-request" },
	{ "If-Match: \"" DIGITS "02\"\r\n", 412, "version-mismatch" },
	{ "If-Match: \"" DIGITS "002\"\r\n", 400, "bad-request" },
	{ "If-Match: \"*\"\r\n", 412, "version-mismatch" },
	{ "If-Match: \"\"\r\n", 412, "version-mismatch" },
	{ "If-Match: \"0\"\r\n", 412, "version-mismatch" },
	{ "If-Match: \"1\"\r\n", 412, "version-mismatch" },
	{ "If-Match: \"3\"\r\n", 412, "version-mismatch" },
	{ "If-Match: \"02\"\r\n", 412, "version-mismatch" },
	{ "If-Match: \"-2\"\r\n", 412, "version-mismatch" },
	{ "If-Match: \"2 \"\r\n", 412, "version-mismatch" },
	{ "If-Match: \"999999999\"\r\n", 412, "version-mismatch" },
	{ "If-Match: \"4294967298\"\r\n", 412, "version-mismatch" },
	{ "If-Match: \"1-3f-aa\"\r\n", 412, "version-mismatch" },
};
/* clang-format on */

START_TEST(a_version_comes_in_one_form)
{
	static const char *const whats[] = { "turns", "undo", "patch",
					     "delete" };
	static const char *const bodies[] = { "{'signal':'next'}", "{}",
					      "{'status':'paused'}", NULL };

	for (size_t i = 0; i < 4; i++)
		check_refused(whats[i], talk_fmt(KEY "%s", matches[_i].lines),
			      bodies[i], matches[_i].status, matches[_i].type);
}
END_TEST

START_TEST(a_star_is_any_version)
{
	talk_send(&t, "turns", "Idempotency-Key: n\r\nIf-Match: *\r\n",
		  "{'signal':'next'}");
	ck_assert_int_eq(t.answer.status, 200);
	talk_send(&t, "patch", "Idempotency-Key: l\r\nIf-Match: *\r\n",
		  "{'status':'paused'}");
	ck_assert_int_eq(t.answer.status, 200);
	talk_send(&t, "undo", "Idempotency-Key: m\r\nif-match:*\r\n", "{}");
	ck_assert_int_eq(t.answer.status, 200);
	talk_shows(&t, "{'conversation':{'version':5}}");
	talk_send(&t, "delete", "If-Match: *\r\n", NULL);
	ck_assert_int_eq(t.answer.status, 204);
}
END_TEST

/* --- what is not there ---------------------------------------------------- */

static const char *const ids[] = {
	"01900000-0000-7000-8000-000000000000",
	"00000000-0000-0000-0000-000000000000",
	"ffffffff-ffff-ffff-ffff-ffffffffffff",
	"x",
	"0",
	"01900000-0000-7000-8000-00000000000",
	"01900000-0000-7000-8000-0000000000000",
	"0190000000007000800000000000000000000",
	"01900000_0000-7000-8000-000000000000",
	"01900000-0000-7000-8000-00000000000g",
	"%27%3B%20--",
};

START_TEST(what_is_not_there_is_404)
{
	static const struct {
		const char *what, *body;
	} calls[] = {
		{ "get", NULL },
		{ "get?turns=all", NULL },
		{ "delete", NULL },
		{ "patch", "{'status':'paused'}" },
		{ "turns", "{'signal':'next'}" },
		{ "undo", "{}" },
		{ "promises/1", "{'result':'kept'}" },
		{ "follow-ups/", "{'result':'done'}" },
	};

	(void)snprintf(t.id, sizeof(t.id), "%s", ids[_i]);
	json_decref(t.known);
	t.known = NULL;
	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		bool follows = strncmp(calls[i].what, "follow", 6) == 0;

		talk_do(&t, 404,
			follows ? talk_fmt("follow-ups/%s", ids[_i])
				: calls[i].what,
			calls[i].body);
		check_problem(404, follows ? "unknown-follow-up"
					   : "unknown-conversation");
	}
}
END_TEST

START_TEST(a_promise_has_a_number)
{
	static const char *const numbers[] = { "0",	      "2",	   "-1",
					       "x",	      "1x",	   "+1",
					       "99999999999", "4294967297" };

	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		talk_do(&t, 404, talk_fmt("promises/%s", numbers[i]),
			"{'result':'kept'}");
		check_problem(404, "unknown-promise");
	}
	talk_do(&t, 200, "promises/1", "{'result':'kept'}");
}
END_TEST

/* --- where it stands ------------------------------------------------------ */

#define CLOSED "{'type':'/problems/conversation-closed'}"

/* clang-format off */
static const struct event stories[][20] = {
	{ /* what is closed takes nothing but a patch */
		{ "patch", "{'status':'closed'}", 409, "{'type':'/problems/promise-open'}" },
		{ "patch", "{'status':'closed','force':true,'outcome':'left'}", 200,
		  "{'conversation':{'version':3,'status':'closed','outcome':'left',"
		  "'promises':[{'status':'open'}],'follow_ups':[{'status':'cancelled'}]}}" },
		{ "turns", "{'signal':'next'}", 409, CLOSED },
		{ "turns", "{'signal':'next','to':'listen','force':true}", 409, CLOSED },
		{ "undo", "{}", 409, CLOSED },
		{ "promises/1", "{'result':'kept'}", 409, CLOSED },
		{ "follow-ups/0", "{'result':'done'}", 409, CLOSED },
		{ "patch", "{'outcome':'resolved','root_cause':'a'}", 200,
		  "{'conversation':{'version':4,'status':'closed','outcome':'resolved'}}" },
		{ "patch", "{'status':'active','outcome':null}", 200,
		  "{'conversation':{'version':5,'status':'active','outcome':null,'root_cause':'a',"
		  "'follow_ups':[{'status':'open'}]}}" },
		{ "turns", "{'signal':'next'}", 200, NULL },
		{ 0 } },
	{ /* the end of the case waits for what was promised */
		{ "turns", "{'signal':'next','to':'prevent','force':true}", 200,
		  "{'conversation':{'stage':'prevent'}}" },
		{ "turns", "{'signal':'next'}", 409, "{'type':'/problems/promise-open'}" },
		{ "promises/1", "{'result':'kept'}", 200, NULL },
		{ "turns", "{'signal':'next','to':'prevent','force':true}", 200, NULL },
		{ "turns", "{'signal':'next'}", 200, "{'conversation':{'stage':'done','status':'active'},'step':{'say':[]}}" },
		{ "turns", "{'signal':'next'}", 409, CLOSED },
		{ "undo", "{}", 200, "{'conversation':{'stage':'prevent'}}" },
		{ "turns", "{'signal':'next'}", 200, "{'conversation':{'stage':'done'}}" },
		{ "patch", "{'status':'closed'}", 200, "{'conversation':{'stage':'done','status':'closed'}}" },
		{ 0 } },
	{ /* unless it is forced */
		{ "turns", "{'signal':'next','to':'prevent','force':true}", 200, NULL },
		{ "turns", "{'signal':'next','force':true}", 200,
		  "{'conversation':{'stage':'done','promises':[{'status':'open'}]}}" },
		{ "turns", "{'signal':'next','force':true}", 409, CLOSED },
		{ 0 } },
	{ /* there is nothing before the start */
		{ "undo", "{}", 200, "{'conversation':{'stage':'prepare','promises':[{'status':'withdrawn'}],'follow_ups':[{'status':'cancelled'}]}}" },
		{ "undo", "{}", 409, "{'type':'/problems/nothing-to-undo'}" },
		{ "patch", "{'status':'paused'}", 200, NULL },
		{ "undo", "{}", 409, "{'type':'/problems/nothing-to-undo'}" },
		{ "promises/1", "{'result':'kept'}", 409, "{'type':'/problems/settled'}" },
		{ "follow-ups/0", "{'result':'done'}", 409, "{'type':'/problems/settled'}" },
		{ "patch", "{'status':'closed'}", 200, NULL },
		{ 0 } },
	{ /* what is settled stays so */
		{ "promises/1", "{'result':'broken'}", 200, "{'conversation':{'promises':[{'status':'broken'}],'follow_ups':[{'status':'done'}]}}" },
		{ "promises/1", "{'result':'broken'}", 409, "{'type':'/problems/settled'}" },
		{ "promises/1", "{'result':'kept'}", 409, "{'type':'/problems/settled'}" },
		{ "follow-ups/0", "{'result':'done'}", 409, "{'type':'/problems/settled'}" },
		{ 0 } },
};
/* clang-format on */

START_TEST(what_cannot_be_is_409)
{
	talk_through(&t, stories[_i]);
}
END_TEST

/* Every 409 says which version it judged. */
START_TEST(a_conflict_tells_the_version)
{
	char etag[64];

	talk_do(&t, 409, "patch", "{'status':'closed'}");
	ck_assert_str_eq(answer_header(&t.answer, "ETag", etag, sizeof(etag)),
			 "\"2\"");
	ck_assert_ptr_nonnull(strstr(talk_text(&t, "detail"), "1"));
}
END_TEST

START_TEST(there_are_at_most_100_promises)
{
	static const char pledge[] =
		"{'signal':'next','to':'listen','force':true,'promise':" PLEDGE
		"}";

	for (int i = 2; i <= 100; i++)
		talk_do(&t, 200, "turns", pledge);
	ck_assert_uint_eq(json_array_size(json_object_get(t.known, "promises")),
			  100);
	talk_do(&t, 409, "turns", pledge);
	talk_shows(&t, "{'type':'/problems/too-many'}");
	talk_do(&t, 200, "turns", "{'signal':'next'}");
	talk_do(&t, 200, "promises/100", "{'result':'kept'}");
	talk_do(&t, 409, "turns", pledge);
	talk_do(&t, 200, "get?turns=all", NULL);
	ck_assert_uint_eq(json_array_size(json_object_get(t.json, "turns")),
			  103);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("conversations_refused");
	TCase *tc = tcase_create("refused");

	tcase_add_unchecked_fixture(tc, start, stop);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, checks_come_in_their_order, 0, NELEMS(order));
	tcase_add_test(tc, a_key_has_1_to_255_visible_characters);
	tcase_add_loop_test(tc, a_version_comes_in_one_form, 0,
			    NELEMS(matches));
	tcase_add_test(tc, a_star_is_any_version);
	tcase_add_loop_test(tc, what_is_not_there_is_404, 0, NELEMS(ids));
	tcase_add_test(tc, a_promise_has_a_number);
	tcase_add_loop_test(tc, what_cannot_be_is_409, 0, NELEMS(stories));
	tcase_add_test(tc, a_conflict_tells_the_version);
	tcase_add_test(tc, there_are_at_most_100_promises);
	suite_add_tcase(suite, tc);
	return fixture_main(suite, CK_FORK);
}
