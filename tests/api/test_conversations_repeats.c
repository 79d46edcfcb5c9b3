/*
 * test_conversations_repeats.c - the same request with the same
 * Idempotency-Key: one effect, and the same bytes, whatever came between.
 */
#include <check.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "tests/api/asking.h"
#include "tests/api/client.h"
#include "tests/api/keyring.h"
#include "tests/api/service.h"
#include "tests/api/talking.h"
#include "tests/sql/fixture.h"

#define MAX_KEPT 32

static struct service *service;
static struct talk t;

/* A request and its first answer. */
static struct kept {
	struct said said;
	int status;
	char *body;
	char etag[64], location[128];
} kept[MAX_KEPT];
static int nkept;

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

static void
setup(void)
{
	talk_open(&t, service->port);
}

static void
teardown(void)
{
	talk_close(&t);
	for (; nkept > 0; nkept--) {
		said_free(&kept[nkept - 1].said);
		free(kept[nkept - 1].body);
	}
}

static const char *
replayed(void)
{
	return talk_fmt("%s", answer_has(&t.answer, "Idempotency-Replayed: "
						    "true")
				      ? "true"
				      : "");
}

/* --- the same bytes ------------------------------------------------------- */

/* Keep what was just asked and answered. */
static void
keep(void)
{
	struct kept *k = &kept[nkept++];

	ck_assert_int_le(nkept, MAX_KEPT);
	k->said = talk_said(&t);
	k->status = t.answer.status;
	k->body = strdup(t.answer.body);
	ck_assert_ptr_nonnull(k->body);
	answer_header(&t.answer, "ETag", k->etag, sizeof(k->etag));
	answer_header(&t.answer, "Location", k->location, sizeof(k->location));
	ck_assert_str_eq(replayed(), "");
}

static void
do_and_keep(int status, const char *what, const char *body)
{
	talk_do(&t, status, what, body);
	keep();
}

/* All again: the last first, so that nothing depends on the order. */
static void
repeat_all(const char *when)
{
	char text[128], count[32];

	(void)snprintf(count, sizeof(count), "%s",
		       pg_sql("SELECT count(*) FROM evenkeel.turn"));
	for (int i = nkept; i-- > 0;) {
		const struct kept *k = &kept[i];

		talk_repeat(&t, &k->said);
		ck_assert_msg(t.answer.status == k->status &&
				      strcmp(t.answer.body, k->body) == 0,
			      "%s, %s %s: %d %.1500s, not %d %.1500s", when,
			      k->said.what, k->said.body, t.answer.status,
			      t.answer.body, k->status, k->body);
		ck_assert_str_eq(replayed(), "true");
		ck_assert_str_eq(
			answer_header(&t.answer, "ETag", text, sizeof(text)),
			k->etag);
		ck_assert_str_eq(answer_header(&t.answer, "Location", text,
					       sizeof(text)),
				 k->location);
	}
	ck_assert_str_eq(pg_sql("SELECT count(*) FROM evenkeel.turn"), count);
}

/* As RFC 3339, so many seconds from now. */
static const char *
in_seconds(int seconds)
{
	char text[32];
	time_t then = time(NULL) + seconds;
	struct tm tm;

	(void)strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ",
		       gmtime_r(&then, &tm));
	return talk_fmt("%s", text);
}

static void
talk_at_length(const char *category)
{
	do_and_keep(201, "start",
		    talk_fmt("{'category':'%s','ref':'T','subject':'s',"
			     "'values':{'customer_name':'Ana'},'phrases':2}",
			     category));
	do_and_keep(200, "turns", "{ 'signal' : 'next','intensity':4}");
	do_and_keep(200, "turns",
		    talk_fmt("{'signal':'told','values':{'matter':'the cracked "
			     "kettle','customer_name':'\xf0\x9f\x98\xa1'},"
			     "'promise':{'who':'we','what':'call','due':'%s'},"
			     "'phrases':10}",
			     in_seconds(2)));
	do_and_keep(200, "turns", "{'signal':'confirms','used':[],'raw':true}");
	do_and_keep(200, "turns",
		    "{'message':'You idiot! I want to speak to a manager "
		    "NOW!!','read':true,'phrases':2}");
	ck_assert_str_eq(talk_text(&t, "read/signal"), "asks_manager");
	ck_assert_str_eq(talk_text(&t, "read/confirm/0/code"), "abusive");
	do_and_keep(200, "undo", "{}");
	do_and_keep(200, "undo", "{'values':{'customer_name':'Bo'}}");
	do_and_keep(200, "undo", "{}");
	do_and_keep(200, "turns",
		    "{'signal':'told','flags':['helper_present'],"
		    "'promise':{'who':'I','what':'write','due':'" TALK_LATER
		    "'}}");
	do_and_keep(200, "promises/2", "{'result':'broken','phrases':4}");
	do_and_keep(200, "patch", "{'category':'payment','status':'paused'}");
	do_and_keep(200, "turns",
		    "{'signal':'angrier','speaker':'bot','promise':{'who':'I',"
		    "'what':'see','due':'" TALK_LATER "'}}");
	do_and_keep(200, "follow-ups/2", "{'result':'no_answer'}");
	do_and_keep(200, "turns", "{'signal':'leaves'}");
	do_and_keep(200, "patch",
		    "{'status':'closed','outcome':'left','root_cause':'x.1'}");
	do_and_keep(200, "patch", "{'status':'active','outcome':null}");
	do_and_keep(200, "turns", "{'signal':'due','to':'thank'}");
	do_and_keep(200, "undo", "{'phrases':1}");
}

/* A release with other words, which hears other things and in which two
 * categories are no more. */
static void
publish_another(void)
{
	static const char path[] = "/tmp/evenkeel-test-XXXXXX";
	json_t *bundle = fixture_bundle(), *item;
	json_t *phrases = json_object_get(bundle, "phrases");
	json_t *categories = json_object_get(bundle, "categories");
	char name[sizeof(path)];

	for (size_t i = json_array_size(phrases); i-- > 0;) {
		const char *of =
			asking_text(json_array_get(phrases, i), "category");

		if (strcmp(of, "delivery.late") == 0 ||
		    strcmp(of, "stay.room") == 0)
			json_array_remove(phrases, i);
	}
	for (size_t i = json_array_size(categories); i-- > 0;) {
		item = json_array_get(categories, i);
		json_object_set_new(item, "name", json_string("Something"));
		if (strcmp(asking_text(item, "code"), "stay.room") == 0)
			json_array_remove(categories, i);
	}
	item = json_object_get(bundle, "cues");
	ck_assert_int_eq(json_object_del(item, "MANAGER_MW"), 0);
	strcpy(name, path);
	int fd = mkstemp(name);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(json_dumpfd(bundle, fd, JSON_COMPACT), 0);
	(void)close(fd);
	ck_assert_msg(service_command("import", "--publish", name, NULL) == 0,
		      "%s", service_output());
	(void)unlink(name);
	json_decref(bundle);
}

/* A conversation of this one is gone at once. */
static void
check_gone(void)
{
	const struct kept *first = &kept[0];

	talk_do(&t, 204, "delete", NULL);
	for (int i = nkept; i-- > 1;) {
		talk_repeat(&t, &kept[i].said);
		ck_assert_int_eq(t.answer.status, 404);
	}
	talk_repeat(&t, &first->said);
	ck_assert_int_eq(t.answer.status, 201);
	ck_assert_str_eq(replayed(), "");
	ck_assert_str_ne(t.answer.body, first->body);
}

/* What is in force does not matter, nor what has happened since. */
START_TEST(a_repeat_is_answered_with_the_same_bytes)
{
	static const char *const categories[] = { "delivery.late",
						  "stay.room" };
	struct service *own;

	service_shipped();
	own = service_start(NULL);
	service_expect(own, "release 1");
	service_writes(own, "");
	talk_close(&t);
	talk_open(&t, own->port);
	talk_at_length(categories[_i]);
	repeat_all("at once");
	talk_do(&t, 200, "get", NULL);
	talk_signals(&t, "angrier angrier");
	(void)usleep(2500000);
	repeat_all("after what was promised was due");
	publish_another();
	service_expect(own, "release 2");
	repeat_all("after another release");
	talk_do(&t, 200, "get", NULL);
	talk_signals(&t, "next");
	repeat_all("after a turn by it");
	ck_assert_int_eq(service_stop(own), 0);
	own = service_start(NULL);
	service_expect(own, "release 2");
	service_writes(own, "");
	client_close(t.client);
	t.client = client_open(own->port);
	repeat_all("after a restart");
	talk_do(&t, 200, "get", NULL);
	if (_i == 0)
		check_gone();
	ck_assert_int_eq(service_stop(own), 0);
}
END_TEST

/* --- another request ------------------------------------------------------ */

static void
check_misused(const char *what, const char *headers, const char *body)
{
	talk_send(&t, what, headers, body);
	ck_assert_msg(t.answer.status == 422, "%s %s: %d %s", what, body,
		      t.answer.status, t.answer.body);
	talk_shows(&t, "{'type':'/problems/idempotency-key-reused'}");
}

START_TEST(another_request_with_the_key_is_refused)
{
	static const char *const bodies[] = {
		"{'signal':'told','phrases':1}",
		"{'signal':'next','phrases':2}",
		"{ 'signal':'next','phrases':1}",
		"{'signal':'next','phrases':1} ",
		"{'phrases':1,'signal':'next'}",
		"{'signal':'next'}",
	};
	static const char headers[] =
		"Idempotency-Key: used\r\nIf-Match: *\r\n";
	char other[40];

	talk_start(&t, "{'category':'general'}");
	(void)snprintf(other, sizeof(other), "%s", t.id);
	talk_start(&t, "{'category':'general'}");
	talk_send(&t, "turns", headers, "{'signal':'next','phrases':1}");
	ck_assert_int_eq(t.answer.status, 200);
	for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++)
		check_misused("turns", headers, bodies[i]);
	check_misused("undo", headers, "{'phrases':1}");
	check_misused("start", headers, "{'category':'general'}");
	check_misused("patch", headers, "{'status':'paused'}");
	/* The version is no part of what is asked. */
	talk_send(&t, "turns", headers, "{'signal':'next','phrases':1}");
	ck_assert_str_eq(replayed(), "true");
	/* Another conversation is. */
	(void)snprintf(t.id, sizeof(t.id), "%s", other);
	check_misused("turns", headers, "{'signal':'next','phrases':1}");
	talk_do(&t, 200, "get", NULL);
	ck_assert_int_eq(t.version, 1);
}
END_TEST

/* What was refused was not done, and its key is free. */
START_TEST(a_refusal_is_not_kept)
{
	talk_start(&t, "{'category':'general'}");
	talk_send(&t, "undo", "Idempotency-Key: r\r\nIf-Match: \"7\"\r\n",
		  "{}");
	ck_assert_int_eq(t.answer.status, 412);
	talk_send(&t, "undo", "Idempotency-Key: r\r\nIf-Match: \"1\"\r\n",
		  "{}");
	ck_assert_int_eq(t.answer.status, 409);
	talk_send(&t, "turns", "Idempotency-Key: r\r\nIf-Match: \"1\"\r\n",
		  "{'signal':'nxt'}");
	ck_assert_int_eq(t.answer.status, 422);
	talk_send(&t, "turns", "Idempotency-Key: r\r\nIf-Match: \"1\"\r\n",
		  "{'signal':'next'}");
	ck_assert_int_eq(t.answer.status, 200);
	ck_assert_str_eq(replayed(), "");
	/* Still so when it could not be done now. */
	struct said said = talk_said(&t);

	talk_do(&t, 200, "patch", "{'status':'closed'}");
	talk_repeat(&t, &said);
	ck_assert_int_eq(t.answer.status, 200);
	talk_shows(&t, "{'conversation':{'version':2,'status':'active'}}");
	ck_assert_str_eq(replayed(), "true");
	said_free(&said);
}
END_TEST

/* --- at once, and cut off ------------------------------------------------- */

#define AT_ONCE 8

START_TEST(one_of_many_at_once_is_done)
{
	static const char request[] =
		"POST /v1/conversations HTTP/1.1\r\nHost: localhost\r\n"
		"Idempotency-Key: once\r\nContent-Type: application/json\r\n"
		"Content-Length: 38\r\n\r\n"
		"{\"category\":\"general\",\"ref\":\"at once\"}";
	struct client *clients[AT_ONCE];
	char first[8192] = "";
	int made = 0, again = 0;

	for (int i = 0; i < AT_ONCE; i++)
		clients[i] = client_open(service->port);
	for (int i = 0; i < AT_ONCE; i++)
		ck_assert(client_text(clients[i], "%s", request));
	for (int i = 0; i < AT_ONCE; i++) {
		struct answer a;

		ck_assert(client_read(clients[i], &a, 5000));
		if (a.status == 201) {
			if (first[0] == '\0')
				(void)snprintf(first, sizeof(first), "%s",
					       a.body);
			ck_assert_str_eq(a.body, first);
			if (answer_has(&a, "Idempotency-Replayed: true"))
				again++;
			else
				made++;
		} else {
			ck_assert_int_eq(a.status, 409);
			ck_assert_ptr_nonnull(strstr(a.body, "key-running"));
			ck_assert(answer_has(&a, "Retry-After: 1"));
		}
		answer_free(&a);
		client_close(clients[i]);
	}
	ck_assert_int_eq(made, 1);
	ck_assert_int_le(again, AT_ONCE - 1);
	ck_assert_str_eq(pg_sql("SELECT count(*) FROM evenkeel.conversation "
				"WHERE ref = 'at once'"),
			 "1");
}
END_TEST

/* Whoever did not hear the answer asks again. */
START_TEST(an_answer_that_was_cut_off_is_there)
{
	talk_start(&t, "{'category':'general'}");
	for (int i = 0; i < 20; i++) {
		char headers[80]; /* for many tries: talk_fmt() would not last
				   */

		(void)snprintf(headers, sizeof(headers),
			       "Idempotency-Key: cut-%d\r\n"
			       "If-Match: \"%d\"\r\n",
			       i, i + 1);
		struct client *c = client_open(service->port);

		ck_assert(client_text(c,
				      "POST /v1/conversations/%s/turns "
				      "HTTP/1.1\r\nHost: localhost\r\n%s"
				      "Content-Type: application/json\r\n"
				      "Content-Length: 17\r\n\r\n"
				      "{\"signal\":\"next\"}",
				      t.id, headers));
		if (i % 2 == 0)
			client_reset(c);
		else
			client_close(c);
		for (int k = 0; k < 2; k++) {
			talk_send(&t, "turns", headers, "{'signal':'next'}");
			while (t.answer.status == 409 &&
			       strstr(t.answer.body, "running") != NULL) {
				/* A connection has only so many answers. */
				(void)poll(NULL, 0, 5);
				talk_send(&t, "turns", headers,
					  "{'signal':'next'}");
			}
			if (t.answer.status == 409) /* at its end */
				break;
			ck_assert_int_eq(t.answer.status, 200);
			ck_assert_int_eq(t.version, i + 2);
		}
		if (t.answer.status == 409)
			break;
		ck_assert_str_eq(replayed(), "true");
	}
}
END_TEST

/* --- whose key ------------------------------------------------------------ */

START_TEST(a_key_is_of_whoever_sent_it)
{
	char one[KEY_SIZE], other[KEY_SIZE], first[64];
	struct service *own;

	keyring_make("agent", one);
	keyring_make("agent", other);
	own = service_start("--auth", "keys", NULL);
	service_expect(own, "release 1");
	keyring_wait(own->port, other, 200);
	service_writes(own, keyring_bearer(other));
	client_close(t.client);
	t.client = client_open(own->port);
	talk_send(&t, "start",
		  talk_fmt("Idempotency-Key: mine\r\n%s", keyring_bearer(one)),
		  "{'category':'general'}");
	ck_assert_int_eq(t.answer.status, 201);
	(void)snprintf(first, sizeof(first), "%s", t.id);
	talk_send(
		&t, "start",
		talk_fmt("Idempotency-Key: mine\r\n%s", keyring_bearer(other)),
		"{'category':'general'}");
	ck_assert_int_eq(t.answer.status, 201);
	ck_assert_str_eq(replayed(), "");
	ck_assert_str_ne(t.id, first);
	talk_send(&t, "start",
		  talk_fmt("Idempotency-Key: mine\r\n%s", keyring_bearer(one)),
		  "{'category':'general'}");
	ck_assert_str_eq(replayed(), "true");
	ck_assert_str_eq(t.id, first);
	ck_assert_int_eq(service_stop(own), 0);
}
END_TEST

/*
 * Sixteen at once on a server that has nothing else to do: whatever becomes of
 * each, it is told at once, and not when something else wakes the server.
 */
START_TEST(all_are_answered_at_once)
{
	static const char body[] = "{\"category\":\"general\"}";
	struct client *c[16];
	int made = 0;

	for (int i = 0; i < 16; i++) {
		c[i] = client_open(service->port);
		client_text(c[i],
			    "POST /v1/conversations HTTP/1.1\r\n"
			    "Host: localhost\r\n"
			    "Content-Type: application/json\r\n"
			    "Idempotency-Key: at-once-%d\r\n"
			    "Content-Length: %zu\r\n\r\n%s",
			    _i, sizeof(body) - 1, body);
	}
	for (int i = 0; i < 16; i++) {
		struct answer a;

		ck_assert_msg(client_read(c[i], &a, 2500), "no answer");
		ck_assert(a.status == 201 || a.status == 409);
		made += a.status == 201 &&
			!answer_has(&a, "Idempotency-Replayed: true");
		answer_free(&a);
		client_close(c[i]);
	}
	ck_assert_int_eq(made, 1);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("conversations_repeats");
	TCase *tc = tcase_create("repeats");

	tcase_add_unchecked_fixture(tc, start, stop);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, all_are_answered_at_once, 0, 10);
	tcase_add_test(tc, another_request_with_the_key_is_refused);
	tcase_add_test(tc, a_refusal_is_not_kept);
	tcase_add_test(tc, one_of_many_at_once_is_done);
	tcase_add_test(tc, an_answer_that_was_cut_off_is_there);
	tcase_add_test(tc, a_key_is_of_whoever_sent_it);
	/* The last, for it leaves another database behind. */
	tcase_add_loop_test(tc, a_repeat_is_answered_with_the_same_bytes, 0, 2);
	suite_add_tcase(suite, tc);
	return fixture_main(suite, CK_FORK);
}
