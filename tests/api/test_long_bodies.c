/*
 * test_long_bodies.c - a bot's whole history in one request: 4 MiB of which
 * next to nothing is held, in turn with what others ask.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/request.h"
#include "tests/api/asking.h"
#include "tests/api/client.h"
#include "tests/api/service.h"
#include "tests/sql/pg.h"

#define NL "\r\n"
#define RASA "/v1/adapters/rasa/nlg"
#define HEAD \
	"POST " RASA " HTTP/1.1" NL "Host: localhost" NL \
	"Content-Type: application/json" NL

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

/* A request of Rasa's with ${n} bytes in all. */
static char *
long_request(size_t n)
{
	static const char head[] =
		"{\"response\":\"utter_open\",\"arguments\":{\"category\":"
		"\"general\"},\"tracker\":{\"events\":[\"";
	static const char tail[] = "\"]}}";
	char *text = malloc(n + 1);

	memset(text, 'x', n);
	memcpy(text, head, sizeof(head) - 1);
	memcpy(text + n - (sizeof(tail) - 1), tail, sizeof(tail) - 1);
	text[n] = '\0';
	return text;
}

/* POST the ${n} bytes at ${text}, which it takes; the status. */
static int
send_bytes(char *text, size_t n)
{
	struct client *c = client_open(service->port);
	struct answer a = { 0 };

	(void)client_text(c, HEAD "Content-Length: %zu" NL NL, n);
	(void)client_send(c, text, n);
	bool came = client_read(c, &a, 20000);
	int status = came ? a.status : 0;

	if (came)
		answer_free(&a);
	client_close(c);
	free(text);
	return status;
}

static int
send_long(size_t n)
{
	return send_bytes(long_request(n), n);
}

START_TEST(takes_4_mebibytes_and_no_more)
{
	ck_assert_int_eq(send_long(REQUEST_MAX_STREAM), 200);
	ck_assert_int_eq(send_long(REQUEST_MAX_STREAM + 1), 413);
}
END_TEST

/* A request with a slot ${name} of ${n} bytes; its status. */
static int
send_slot(const char *name, size_t n)
{
	json_t *body = json_load_file("tests/api/bots/rasa_3.json", 0, NULL);
	char *value = malloc(n + 1);

	memset(value, 'x', n);
	value[n] = '\0';
	json_object_set_new(
		json_object_get(json_object_get(body, "tracker"), "slots"),
		name, json_string(value));
	char *text = json_dumps(body, JSON_COMPACT);
	json_decref(body);
	free(value);
	return send_bytes(text, strlen(text));
}

/* Of the slots only those with our names are kept; what is kept is bounded,
   too; test_sift.c has the very byte. */
START_TEST(takes_64_kibibytes_of_our_slots_and_no_more)
{
	ck_assert_int_eq(send_slot("notes", 3 << 20), 200);
	ck_assert_int_eq(send_slot("order_ref", 65000), 200);
	ck_assert_int_eq(send_slot("order_ref", 65536), 413);
}
END_TEST

/* 64 of them at once, piece by piece in turn, and look-ups between. */
START_TEST(holds_none_of_many)
{
	enum {
		CLIENTS = 64,
		PIECES = 64
	};
	size_t n = REQUEST_MAX_STREAM, size = n / PIECES;
	struct client *clients[CLIENTS];
	char *text = long_request(n);
	struct answer a;
	size_t most = 0, before;

	a = client_get(service->port, "/v1/next?category=general");
	answer_free(&a);
	before = service_memory(service);
	for (int i = 0; i < CLIENTS; i++) {
		clients[i] = client_open(service->port);
		(void)client_text(clients[i], HEAD "Content-Length: %zu" NL NL,
				  n);
	}
	for (size_t piece = 0; piece < PIECES; piece++) {
		for (int i = 0; i < CLIENTS; i++)
			ck_assert(client_send(clients[i], text + piece * size,
					      size));
		a = client_get(service->port, "/v1/next?category=general");
		ck_assert_int_eq(a.status, 200);
		answer_free(&a);
		size_t now = service_memory(service);
		most = now > most ? now : most;
	}
	for (int i = 0; i < CLIENTS; i++) {
		ck_assert(client_read(clients[i], &a, 20000));
		ck_assert_int_eq(a.status, 200);
		answer_free(&a);
		client_close(clients[i]);
	}
	free(text);
	printf("64 trackers of 4 MiB at once: %zu KiB more\n",
	       most > before ? (most - before) / 1024 : 0);
	/* Of what they sent this is a fourth; sanitizers take more. */
	ck_assert_uint_lt(most, before + (64u << 20));
}
END_TEST

/* In chunks, none of which is whole in what is read at once. */
START_TEST(takes_chunks)
{
	size_t n = 1 << 20, size = 5000;
	char *text = long_request(n);
	struct client *c = client_open(service->port);
	struct answer a;

	(void)client_text(c, HEAD "Transfer-Encoding: chunked" NL NL);
	for (size_t at = 0; at < n; at += size) {
		size_t len = n - at < size ? n - at : size;

		(void)client_text(c, "%zx" NL, len);
		(void)client_send(c, text + at, len);
		(void)client_text(c, NL);
	}
	(void)client_text(c, "0" NL NL);
	ck_assert(client_read(c, &a, 20000));
	ck_assert_int_eq(a.status, 200);
	answer_free(&a);
	client_close(c);
	free(text);
}
END_TEST

/* ${n} clients of ${s}, each in the middle of its body. */
static void
begin_many(const struct service *s, struct client **clients, size_t n)
{
	char *text = long_request(REQUEST_MAX_STREAM);

	for (size_t i = 0; i < n; i++) {
		clients[i] = client_open(s->port);
		(void)client_text(clients[i], HEAD "Content-Length: %d" NL NL,
				  REQUEST_MAX_STREAM);
		(void)client_send(clients[i], text, 200000);
	}
	free(text);
}

/* Are there no requests but the one that asks? */
static bool
is_at_rest(void)
{
	struct answer a = client_get(service->port, "/metrics");
	bool rest =
		strstr(a.body, "evenkeel_http_requests_in_flight 1\n") != NULL;

	answer_free(&a);
	return rest;
}

START_TEST(lets_go_of_those_who_leave)
{
	struct client *clients[16];

	begin_many(service, clients, 16);
	ck_assert(!is_at_rest());
	for (size_t i = 0; i < 16; i++)
		client_close(clients[i]);
	/* It sees each when its turn comes; the deadline is 10 s. */
	for (int i = 0; i < 5000 && !is_at_rest(); i++)
		;
	ck_assert(is_at_rest());
}
END_TEST

START_TEST(ends_in_the_middle)
{
	struct client *clients[16];
	struct service *other = service_start("--drain", "1", NULL);

	begin_many(other, clients, 16);
	ck_assert_int_eq(service_stop(other), 0);
	for (size_t i = 0; i < 16; i++)
		client_close(clients[i]);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("long bodies");
	TCase *tc = tcase_create("long bodies");

	tcase_add_unchecked_fixture(tc, begin, end);
	tcase_set_timeout(tc, 120);
	tcase_add_test(tc, takes_4_mebibytes_and_no_more);
	tcase_add_test(tc, takes_64_kibibytes_of_our_slots_and_no_more);
	tcase_add_test(tc, holds_none_of_many);
	tcase_add_test(tc, takes_chunks);
	tcase_add_test(tc, lets_go_of_those_who_leave);
	tcase_add_test(tc, ends_in_the_middle);
	suite_add_tcase(suite, tc);

	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
