/*
 * test_conversations.c - conversations: each way to ask, and what is answered.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/api/asking.h"
#include "tests/api/openapi.h"
#include "tests/api/service.h"
#include "tests/api/talking.h"
#include "tests/sql/fixture.h"

#define DESK "https://desk.example.com" /* may read from a browser */

static struct service *service;
static struct talk t;

static void
start(void)
{
	pg_start(PG_FAST);
	service_shipped();
	service = service_start("--cors-origins", DESK, NULL);
	service_expect(service, "release 1");
	service_writes(service, "");
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

/* --- one conversation ----------------------------------------------------- */

START_TEST(a_start_gives_the_conversation_and_its_first_step)
{
	char text[128];

	talk_start(&t, "{'category':'delivery.late','ref':'T-1',"
		       "'may_offer':['refund'],'intensity':3}");
	talk_shows(&t,
		   "{'conversation':{'version':1,'status':'active',"
		   "'category':'delivery.late','protocol':'full-recovery',"
		   "'stage':'prepare','channel':'live_chat','speaker':'human',"
		   "'fault':'ours','intensity':3,'peak_intensity':3,"
		   "'locale':'en','may_offer':['refund'],'ref':'T-1',"
		   "'subject':null,'outcome':null,'root_cause':null,"
		   "'release':1,'promises':[],'follow_ups':[],'handover':null},"
		   "'step':{'from':null,'signal':null,'moved':true,"
		   "'stage':{'code':'prepare'}}}");
	ck_assert_str_eq(
		answer_header(&t.answer, "Location", text, sizeof(text)),
		talk_fmt("/v1/conversations/%s", t.id));
	ck_assert_str_eq(answer_header(&t.answer, "Idempotency-Replayed", text,
				       sizeof(text)),
			 "");
	/* A UUIDv7, of this hour. */
	ck_assert_int_eq(t.id[14], '7');
	ck_assert_ptr_nonnull(strchr("89ab", t.id[19]));
	ck_assert_str_eq(
		pg_sql("SELECT abs(extract(epoch FROM now()) * 1000 - "
		       "('x' || left(replace('%s', '-', ''), 12))::bit(48)"
		       "::bigint) < 3600000",
		       t.id),
		"t");
	ck_assert_str_eq(talk_text(&t, "conversation/created_at"),
			 talk_text(&t, "conversation/updated_at"));
}
END_TEST

/* Every member but category may be left out, or say what it is anyway. */
START_TEST(a_start_takes_what_a_step_takes)
{
	talk_start(&t, "{'category':'general'}");
	talk_shows(&t, "{'conversation':{'speaker':'human','intensity':2,"
		       "'channel':'live_chat','ref':null,'subject':null}}");
	talk_start(&t, "{'category':'general','speaker':'bot'}");
	talk_shows(&t, "{'conversation':{'speaker':'bot','may_offer':[]}}");
	talk_start(&t, "{'category':'general','protocol':'heart',"
		       "'channel':'phone','speaker':'human','fault':'theirs',"
		       "'intensity':0,'locale':'en','may_offer':[],'ref':null,"
		       "'subject':'c-1','values':{'customer_name':'Ana'},"
		       "'phrases':1,'raw':true}");
	talk_shows(&t, "{'conversation':{'protocol':'heart','channel':'phone',"
		       "'fault':'theirs','intensity':0,'may_offer':[],"
		       "'ref':null,'subject':'c-1'}}");
	talk_start(&t, "{'category':'general','channel':'social_public'}");
	talk_shows(&t, "{'conversation':{'stage':'public_reply'}}");
}
END_TEST

START_TEST(every_change_is_one_version_more)
{
	static const struct event events[] = {
		{ "start", "{'category':'delivery.late'}", 201, NULL },
		{ "turns", "{'signal':'next'}", 200,
		  "{'conversation':{'version':2,'stage':'open'},"
		  "'step':{'from':'prepare','signal':'next','moved':true}}" },
		/* nothing moves, and yet it happened */
		{ "turns", "{'signal':'deadline_met'}", 200,
		  "{'conversation':{'version':3,'stage':'open'},"
		  "'step':{'moved':false}}" },
		{ "patch", "{'status':'paused'}", 200,
		  "{'conversation':{'version':4,'status':'paused'},"
		  "'step':{'moved':false,'stage':{'code':'open'}}}" },
		{ "turns",
		  "{'signal':'told','promise':{'who':'Kim','what':'call',"
		  "'due':'" TALK_LATER "'}}",
		  200,
		  "{'conversation':{'version':5,'status':'active',"
		  "'stage':'restate','promises':[{'id':1,'who':'Kim',"
		  "'what':'call','due':'" TALK_LATER "','status':'open'}],"
		  "'follow_ups':[{'kind':'deadline','due':'" TALK_LATER
		  "','status':'open'}]}}" },
		{ "promises/1", "{'result':'kept'}", 200,
		  "{'conversation':{'version':6,'promises':[{'status':'kept'}],"
		  "'follow_ups':[{'status':'done'}]},"
		  "'step':{'signal':'deadline_met'}}" },
		{ "undo", "{}", 200,
		  "{'conversation':{'version':7,"
		  "'promises':[{'status':'open'}],"
		  "'follow_ups':[{'status':'open'}]}}" },
		{ "follow-ups/0", "{'result':'done'}", 200,
		  "{'conversation':{'version':8,'promises':[{'status':'kept'}]}"
		  "}" },
		{ "get", NULL, 200, "{'conversation':{'version':8}}" },
		{ 0 },
	};

	talk_through(&t, events);
	ck_assert_ptr_null(json_object_get(t.json, "turns"));
	talk_do(&t, 200, "get?turns=all", NULL);
	talk_shows(&t,
		   "{'turns':[{'n':1,'signal':null,'from':null,'to':'prepare',"
		   "'moved':true,'note':null},"
		   "{'n':2,'signal':'next','from':'prepare','to':'open',"
		   "'moved':true,'intensity':2,'release':1,'note':null},"
		   "{'n':3,'signal':'deadline_met','from':'open','to':'open',"
		   "'moved':false},{'n':4,'signal':null,'note':'patch'},"
		   "{'n':5,'signal':'told','note':'promise-made'},"
		   "{'n':6,'signal':'deadline_met','note':'promise-kept'},"
		   "{'n':7,'note':'undo'},"
		   "{'n':8,'note':'follow-up-done,promise-kept'}]}");
	talk_do(&t, 204, "delete", NULL);
	ck_assert_uint_eq(t.answer.len, 0);
	for (int i = 0; i < 2; i++)
		talk_do(&t, 404, i == 0 ? "get" : "delete", NULL);
	talk_do(&t, 404, "turns", "{'signal':'next'}");
	talk_shows(&t, "{'type':'/problems/unknown-conversation'}");
}
END_TEST

/* What is read is what the last change answered, but for the move. */
START_TEST(a_look_shows_the_step_where_it_stands)
{
	talk_start(&t, "{'category':'delivery.late'}");
	talk_signals(&t, "next told confirms");
	json_t *then = json_incref(t.json);
	static const char *const same[] = { "say", "do",   "avoid", "self",
					    "ask", "next", "stage", "state" };

	talk_do(&t, 200, "get", NULL);
	ck_assert(json_equal(json_object_get(t.json, "conversation"),
			     json_object_get(then, "conversation")));
	for (size_t i = 0; i < sizeof(same) / sizeof(same[0]); i++)
		ck_assert_msg(
			json_equal(
				json_object_get(json_object_get(t.json, "step"),
						same[i]),
				json_object_get(json_object_get(then, "step"),
						same[i])),
			"%s", same[i]);
	talk_shows(&t, "{'step':{'moved':false,'effects':[]}}");
	talk_do(&t, 200, "get?phrases=1&raw=true&values.customer_name=Ana",
		NULL);
	ck_assert_uint_eq(json_array_size(json_object_get(
				  json_object_get(t.json, "step"), "say")),
			  1);
	/* Upper case names the same one. */
	for (char *at = t.id; *at != '\0'; at++)
		*at = (char)(*at >= 'a' && *at <= 'f' ? *at - 32 : *at);
	talk_do(&t, 200, "get", NULL);
	json_decref(then);
}
END_TEST

/* --- as /v1/next ---------------------------------------------------------- */

/* One turn, and the same by /v1/next with the ${state} of the step before, of
   which the new one is left in its place. */
static void
turn_as_next(const json_t *talk, json_t **state, const char *more,
	     const char *signal)
{
	json_t *had, *step;

	talk_do(&t, 200, "turns", talk_fmt("{'signal':'%s'%s}", signal, more));
	step = json_incref(json_object_get(t.json, "step"));
	char *text = json_dumps(*state, JSON_COMPACT);

	talk_do(&t, 200, "next",
		talk_fmt("{'category':'%s','channel':'%s','signal':'%s',"
			 "'state':%s%s}",
			 asking_text(talk, "category"),
			 asking_text(talk, "channel"), signal, text, more));
	free(text);
	/* A breather looks back on the whole conversation. */
	had = json_incref(t.json);
	json_object_del(had, "breather");
	json_decref(*state);
	*state = json_incref(json_object_get(had, "state"));
	json_t *kept = json_copy(step);
	json_object_del(kept, "breather");
	char *one = json_dumps(kept, JSON_COMPACT);
	char *other = json_dumps(had, JSON_COMPACT);

	ck_assert_str_eq(one, other);
	free(one);
	free(other);
	json_decref(kept);
	json_decref(step);
	json_decref(had);
}

START_TEST(a_walkthrough_is_as_with_its_state_given_back)
{
	static const char *const mores[] = {
		"", ",'intensity':4,'phrases':10",
		(",'values':{'customer_name':'Ana','order_ref':'B-7'},"
		 "'speaker':'bot'"),
		",'used':[]", ",'flags':['helper_present']"
	};
	json_t *all = json_load_file("tests/api/walkthroughs.json", 0, NULL);
	const json_t *talk =
		json_array_get(all, (size_t)_i % json_array_size(all));
	const char *more = mores[(size_t)_i / json_array_size(all)];
	json_t *steps = json_object_get(talk, "steps"), *step;
	size_t i;

	ck_assert_ptr_nonnull(talk);
	talk_start(&t, talk_fmt("{'category':'%s','channel':'%s'%s}",
				asking_text(talk, "category"),
				asking_text(talk, "channel"),
				strstr(more, "bot") != NULL ? ",'speaker':'bot'"
							    : ""));
	json_t *state = json_incref(
		json_object_get(json_object_get(t.json, "step"), "state"));

	json_array_foreach(steps, i, step) {
		turn_as_next(talk, &state, more, asking_text(step, "signal"));
		ck_assert_str_eq(asking_text(t.known, "stage"),
				 asking_text(state, "stage"));
		if (more[0] == '\0') /* a helper, say, makes it another */
			ck_assert_str_eq(asking_text(state, "stage"),
					 asking_text(step, "expect_stage"));
		ck_assert_int_eq(t.version, (int)i + 2);
	}
	json_decref(state);
	json_decref(all);
}
END_TEST

/* In each its own: a line is fresh in one that was said in another. */
START_TEST(lines_are_repeated_per_conversation)
{
	static char first[40][64];
	int n = 0;

	talk_start(&t, "{'category':'delivery.late'}");
	talk_do(&t, 200, "turns",
		"{'signal':'next','to':'propose','force':true}");
	for (; n < 40; n++) {
		talk_do(&t, 200, "turns", "{'signal':'calmer'}");
		talk_shows(&t, "{'conversation':{'stage':'propose'}}");
		const json_t *line = json_array_get(
			json_object_get(json_object_get(t.json, "step"), "say"),
			0);

		if (json_is_true(json_object_get(line, "repeated")))
			break;
		(void)snprintf(first[n], sizeof(first[n]), "%s",
			       asking_text(line, "id"));
		for (int i = 0; i < n; i++)
			ck_assert_str_ne(first[i], first[n]);
	}
	ck_assert_int_gt(n, 3);
	ck_assert_int_lt(n, 40);
	talk_start(&t, "{'category':'delivery.late'}");
	talk_do(&t, 200, "turns",
		"{'signal':'next','to':'propose','force':true}");
	talk_shows(&t, "{'step':{'say':[{'repeated':false},{'repeated':false},"
		       "{'repeated':false}]}}");
}
END_TEST

/* --- browsers ------------------------------------------------------------- */

/* clang-format off */
static const struct {
	const char *target, *allow;
} targets[] = {
	{ "/v1/conversations", "GET, HEAD, OPTIONS, POST" },
	{ "/v1/conversations/{id}", "DELETE, GET, HEAD, OPTIONS, PATCH" },
	{ "/v1/conversations/{id}/turns", "OPTIONS, POST" },
	{ "/v1/conversations/{id}/undo", "OPTIONS, POST" },
	{ "/v1/conversations/{id}/promises/1", "OPTIONS, POST" },
	{ "/v1/conversations.ndjson", "GET, HEAD, OPTIONS" },
	{ "/v1/follow-ups", "GET, HEAD, OPTIONS" },
	{ "/v1/follow-ups/{id}", "OPTIONS, POST" },
	{ "/v1/events", "GET, HEAD, OPTIONS" },
	{ "/v1/erasures", "OPTIONS, POST" },
};
/* clang-format on */

/* Is each word of ${list} in ${of}, and as many? */
static void
same_words(const char *list, const char *of)
{
	char word[32];
	int n, words = 0;

	for (const char *at = list; sscanf(at, "%31[A-Z]%n", word, &n) == 1;
	     at += n + (int)strspn(at + n, ", "), words++)
		ck_assert_msg(strstr(of, word) != NULL, "%s, not %s", of, list);
	for (; *of != '\0'; of++)
		words -= *of == ',';
	ck_assert_int_eq(words, 1);
}

/* ${target} with the conversation's id for its {id}. */
static const char *
with_id(const char *target)
{
	const char *at = strstr(target, "{id}");

	return at == NULL ? target
			  : talk_fmt("%.*s%s%s", (int)(at - target), target,
				     t.id, at + 4);
}

START_TEST(what_may_be_asked_is_told)
{
	char text[256];

	talk_start(&t, "{'category':'general'}");
	const char *target = with_id(targets[_i].target);
	struct answer a = client_ask(service->port,
				     "OPTIONS %s HTTP/1.1\r\n"
				     "Host: localhost\r\n\r\n",
				     target);

	ck_assert_int_eq(a.status, 204);
	same_words(targets[_i].allow,
		   answer_header(&a, "Allow", text, sizeof(text)));
	answer_free(&a);
	a = client_ask(service->port,
		       "OPTIONS %s HTTP/1.1\r\nHost: localhost\r\n"
		       "Origin: " DESK "\r\n"
		       "Access-Control-Request-Method: PATCH\r\n"
		       "Access-Control-Request-Headers: if-match, "
		       "idempotency-key, content-type, authorization\r\n\r\n",
		       target);
	ck_assert_int_eq(a.status, 204);
	ck_assert(answer_has(&a, "Access-Control-Allow-Origin: " DESK));
	same_words(targets[_i].allow,
		   answer_header(&a, "Access-Control-Allow-Methods", text,
				 sizeof(text)));
	(void)answer_header(&a, "Access-Control-Allow-Headers", text,
			    sizeof(text));
	ck_assert_ptr_nonnull(strcasestr(text, "if-match"));
	ck_assert_ptr_nonnull(strcasestr(text, "idempotency-key"));
	answer_free(&a);
}
END_TEST

/* A page reads what it has to send back. */
START_TEST(a_page_may_read_the_version)
{
	char text[256];

	talk_send(&t, "start", "Idempotency-Key: p\r\nOrigin: " DESK "\r\n",
		  "{'category':'general'}");
	ck_assert_int_eq(t.answer.status, 201);
	(void)answer_header(&t.answer, "Access-Control-Expose-Headers", text,
			    sizeof(text));
	ck_assert_ptr_nonnull(strcasestr(text, "etag"));
	ck_assert_ptr_nonnull(strcasestr(text, "location"));
	ck_assert_ptr_nonnull(strcasestr(text, "idempotency-replayed"));
}
END_TEST

START_TEST(head_is_get_without_a_body)
{
	static const char *const gets[] = { "/v1/conversations?ref=h",
					    "/v1/conversations/{id}",
					    ("/v1/conversations.ndjson?"
					     "subject=h"),
					    "/v1/follow-ups",
					    "/v1/events?limit=3" };
	char one[64], other[64];

	talk_start(&t, "{'category':'general','ref':'h','subject':'h'}");
	for (size_t i = 0; i < 5; i++) {
		struct answer head, get;

		const char *target = with_id(gets[i]);

		get = client_get(service->port, target);
		(void)client_text(t.client,
				  "HEAD %s HTTP/1.1\r\nHost: localhost\r\n\r\n",
				  target);
		ck_assert(client_read_head(t.client, &head, 5000));
		ck_assert_int_eq(head.status, 200);
		ck_assert_uint_eq(head.len, 0);
		ck_assert_str_eq(
			answer_header(&head, "ETag", one, sizeof(one)),
			answer_header(&get, "ETag", other, sizeof(other)));
		ck_assert_str_eq(answer_header(&head, "Content-Length", one,
					       sizeof(one)),
				 answer_header(&get, "Content-Length", other,
					       sizeof(other)));
		ck_assert_str_ne(one, "");
		answer_free(&head);
		answer_free(&get);
	}
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("conversations");
	TCase *tc = tcase_create("conversations");

	tcase_add_unchecked_fixture(tc, start, stop);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, a_start_gives_the_conversation_and_its_first_step);
	tcase_add_test(tc, a_start_takes_what_a_step_takes);
	tcase_add_test(tc, every_change_is_one_version_more);
	tcase_add_test(tc, a_look_shows_the_step_where_it_stands);
	tcase_add_loop_test(tc, a_walkthrough_is_as_with_its_state_given_back,
			    0, 50);
	tcase_add_test(tc, lines_are_repeated_per_conversation);
	tcase_add_loop_test(tc, what_may_be_asked_is_told, 0,
			    (int)(sizeof(targets) / sizeof(targets[0])));
	tcase_add_test(tc, a_page_may_read_the_version);
	tcase_add_test(tc, head_is_get_without_a_body);
	suite_add_tcase(suite, tc);
	return fixture_main(suite, CK_FORK);
}
