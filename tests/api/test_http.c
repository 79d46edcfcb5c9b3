/*
 * test_http.c - what the server does to every request, seen on the wire.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "server/exchange.h"
#include "server/request.h"
#include "tests/api/client.h"
#include "tests/api/rig.h"

#define NL "\r\n"
#define HOST "Host: localhost" NL
#define NELEMS(a) (sizeof(a) / sizeof((a)[0]))

static struct rig *rig;
static int port;

static void
start(void)
{
	rig = rig_start(NULL);
	port = rig_port(rig);
}

static void
stop(void)
{
	rig_stop(rig);
}

/* The member of the problem or the object in ${a}, as text. */
static const char *
member(const struct answer *a, const char *name)
{
	static char text[4096];
	json_t *body = json_loadb(a->body, a->len, 0, NULL);
	const json_t *value = json_object_get(body, name);

	ck_assert_msg(body != NULL, "not JSON: %s", a->body);
	text[0] = '\0';
	if (json_is_string(value)) {
		(void)snprintf(text, sizeof(text), "%s",
			       json_string_value(value));
	} else if (value != NULL) {
		char *dump = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY |
						       JSON_SORT_KEYS);
		(void)snprintf(text, sizeof(text), "%s", dump);
		free(dump);
	}
	json_decref(body);
	return text;
}

/* ---- targets ---- */

/* clang-format off */
static const struct {
	const char *target;
	int status;
	const char *args, *params; /* of a 200 */
	const char *type;	   /* of a problem */
} targets[] = {
	{ "/things/a", 200, "{}", "[\"a\"]", "" },
	{ "/things/a?", 200, "{}", "[\"a\"]", "" },
	{ "/things/a?x=1&y=2", 200, "{\"x\":\"1\",\"y\":\"2\"}", "[\"a\"]", "" },
	{ "/things/a?x=a+b&y=a%2Bb", 200, "{\"x\":\"a b\",\"y\":\"a+b\"}", "[\"a\"]", "" },
	{ "/things/a?x&y=&&z=1&", 200, "{\"x\":\"\",\"y\":\"\",\"z\":\"1\"}", "[\"a\"]", "" },
	{ "/things/a?x=a=b", 200, "{\"x\":\"a=b\"}", "[\"a\"]", "" },
	{ "/things/a?q=%7B%22k%22%3A%22%C3%BC%22%7D", 200, "{\"q\":\"{\\\"k\\\":\\\"\xc3\xbc\\\"}\"}", "[\"a\"]", "" },
	{ "/things/a%2Fb", 200, "{}", "[\"a/b\"]", "" },
	{ "/things/a+b", 200, "{}", "[\"a+b\"]", "" },
	{ "http://localhost/things/a?x=1", 200, "{\"x\":\"1\"}", "[\"a\"]", "" },
	{ "/things/a/b", 404, "", "", "/problems/not-found" },
	{ "/things/", 404, "", "", "/problems/not-found" },
	{ "http://localhost", 404, "", "", "/problems/not-found" },
	{ "/things/a%00b", 400, "", "", "/problems/bad-request" },
	{ "/nowhere%00", 400, "", "", "/problems/bad-request" },
	{ "/things/a%2", 400, "", "", "/problems/bad-request" },
	{ "/things/a%", 400, "", "", "/problems/bad-request" },
	{ "/things/a%zz", 400, "", "", "/problems/bad-request" },
	{ "/things/a%0Ab", 400, "", "", "/problems/bad-request" },
	{ "/things/a%C2%85", 400, "", "", "/problems/bad-request" },
	{ "/things/%C3%28", 400, "", "", "/problems/bad-request" },
	{ "/things/\xc3\x28", 400, "", "", "/problems/bad-request" },
	{ "/things/%ED%A0%80", 400, "", "", "/problems/bad-request" },
	{ "/things/a?x=%00", 400, "", "", "/problems/bad-request" },
	{ "/things/a?x=%", 400, "", "", "/problems/bad-request" },
	{ "/things/a?%FF=1", 400, "", "", "/problems/bad-request" },
	{ "/things/a?x=1&x=1", 422, "", "", "/problems/invalid" },
	{ "/things/a?x=1&%78=2", 422, "", "", "/problems/invalid" },
};
/* clang-format on */

START_TEST(cuts_and_decodes_targets)
{
	struct answer a = client_get(port, targets[_i].target);

	ck_assert_int_eq(a.status, targets[_i].status);
	if (a.status == 200) {
		ck_assert_str_eq(member(&a, "args"), targets[_i].args);
		ck_assert_str_eq(member(&a, "params"), targets[_i].params);
		ck_assert(answer_has(&a, "Content-Type: application/json"));
	} else {
		char id[80];

		ck_assert_str_eq(member(&a, "type"), targets[_i].type);
		answer_header(&a, "X-Request-Id", id, sizeof(id));
		ck_assert_str_eq(member(&a, "instance"), id);
		ck_assert(answer_has(&a,
				     "Content-Type: application/problem+json"));
		ck_assert(answer_has(&a, "Cache-Control: no-store"));
	}
	answer_free(&a);
}
END_TEST

START_TEST(says_which_argument_came_twice)
{
	struct answer a = client_get(port, "/things/a?y=1&a%2F~b=2&a%2F~b=3");

	ck_assert_int_eq(a.status, 422);
	ck_assert_str_eq(member(&a, "errors"),
			 "[{\"detail\":\"Send each argument once.\","
			 "\"pointer\":\"/a~1~0b\"}]");
	answer_free(&a);
}
END_TEST

START_TEST(takes_32_arguments_and_no_more)
{
	char target[1024] = "/things/a?a=1";

	for (int i = 1; i <= 32; i++) {
		struct answer a = client_get(port, target);

		ck_assert_int_eq(a.status, 200);
		answer_free(&a);
		(void)snprintf(target + strlen(target), 32, "&a%d=%d", i, i);
	}
	struct answer a = client_get(port, target);

	ck_assert_int_eq(a.status, 422);
	answer_free(&a);
}
END_TEST

START_TEST(takes_urls_of_2048_bytes_and_no_more)
{
	for (int len = REQUEST_MAX_URL - 1; len <= REQUEST_MAX_URL + 1; len++) {
		char target[REQUEST_MAX_URL + 2];

		memset(target, 'a', sizeof(target));
		memcpy(target, "/things/a?x=", 12);
		target[len] = '\0';
		struct answer a = client_get(port, target);

		ck_assert_int_eq(a.status, len <= REQUEST_MAX_URL ? 200 : 414);
		answer_free(&a);
	}
}
END_TEST

/* ---- methods ---- */

/* clang-format off */
static const struct {
	const char *method, *target;
	int status;
	const char *allow;
} methods[] = {
	{ "OPTIONS", "/hello",    204, "GET, HEAD, OPTIONS" },
	{ "OPTIONS", "/things/a", 204, "GET, HEAD, DELETE, OPTIONS" },
	{ "OPTIONS", "/things",   204, "POST, OPTIONS" },
	{ "OPTIONS", "*",         204, "" },
	{ "OPTIONS", "/nowhere",  404, "" },
	{ "POST",    "/hello",    405, "GET, HEAD, OPTIONS" },
	{ "HEAD",    "/things",   405, "POST, OPTIONS" },
	{ "BREW",    "/things",   405, "POST, OPTIONS" },
	{ "get",     "/hello",    405, "GET, HEAD, OPTIONS" },
	{ "BREW",    "/nowhere",  404, "" },
	{ "DELETE",  "/things/a", 204, "" },
	{ "HEAD",    "/nowhere",  404, "" },
};
/* clang-format on */

START_TEST(answers_every_method)
{
	struct client *c = client_open(port);
	struct answer a;
	char allow[80];
	bool head = strcmp(methods[_i].method, "HEAD") == 0;

	client_text(c, "%s %s HTTP/1.1" NL HOST NL, methods[_i].method,
		    methods[_i].target);
	ck_assert(head ? client_read_head(c, &a, 5000)
		       : client_read(c, &a, 5000));
	ck_assert_int_eq(a.status, methods[_i].status);
	ck_assert_str_eq(answer_header(&a, "Allow", allow, sizeof(allow)),
			 methods[_i].allow);
	if (a.status == 204)
		ck_assert_str_eq(a.body, "");
	answer_free(&a);
	/* The connection goes on. */
	client_text(c, "GET /hello HTTP/1.1" NL HOST NL);
	ck_assert(client_read(c, &a, 5000));
	ck_assert_int_eq(a.status, 200);
	answer_free(&a);
	client_close(c);
}
END_TEST

START_TEST(head_is_get_without_the_body)
{
	struct client *c = client_open(port);
	struct answer head, get;
	char tag[2][80], len[2][16];

	client_text(c, "HEAD /things/a?x=1 HTTP/1.1" NL HOST
		       "X-Request-Id: same" NL NL
		       "GET /things/a?x=1 HTTP/1.1" NL HOST
		       "X-Request-Id: same" NL NL);
	ck_assert(client_read_head(c, &head, 5000));
	ck_assert(client_read(c, &get, 5000));
	ck_assert_int_eq(head.status, 200);
	ck_assert_str_eq(answer_header(&head, "ETag", tag[0], 80),
			 answer_header(&get, "ETag", tag[1], 80));
	answer_header(&head, "Content-Length", len[0], 16);
	answer_header(&get, "Content-Length", len[1], 16);
	/* The handler says HEAD where it says GET: one byte more. */
	ck_assert_int_eq(atoi(len[0]), atoi(len[1]) + 1);
	answer_free(&head);
	answer_free(&get);
	client_close(c);
}
END_TEST

/* ---- media types ---- */

/* clang-format off */
static const struct {
	const char *target, *accept;
	int status;
	bool text;
} accepts[] = {
	{ "/things/a", "Accept: */*" NL, 200, false },
	{ "/things/a", "", 200, false },
	{ "/things/a", "Accept: " NL, 200, false },
	{ "/things/a", "Accept: text/plain" NL, 200, true },
	{ "/things/a", "Accept: text/*" NL, 200, true },
	{ "/things/a", "Accept: text/plain, */*;q=0.8" NL, 200, true },
	{ "/things/a", "Accept: text/plain;q=0.5, application/json;q=0.4" NL, 200, true },
	{ "/things/a", "Accept: text/plain;q=0.5, application/json" NL, 200, false },
	{ "/things/a", "Accept: application/json, text/plain, */*" NL, 200, false },
	{ "/things/a", "Accept: application/json;q=0, */*" NL, 200, true },
	{ "/things/a", "Accept: text/html,application/xml;q=0.9,*/*;q=0.8" NL, 200, false },
	{ "/things/a", "Accept: text/html" NL "Accept: TEXT/PLAIN; charset=utf-8 ; q=0.3" NL, 200, true },
	{ "/things/a", "Accept: text/html" NL, 406, false },
	{ "/things/a", "Accept: */*;q=0" NL, 406, false },
	{ "/hello", "Accept: text/plain" NL, 406, false },
	{ "/hello", "Accept: application/*" NL, 200, false },
	{ "/hello", "Accept: application/problem+json" NL, 406, false },
};
/* clang-format on */

START_TEST(chooses_the_media_type)
{
	struct answer a = client_ask(port, "GET %s HTTP/1.1" NL HOST "%s" NL,
				     accepts[_i].target, accepts[_i].accept);

	ck_assert_int_eq(a.status, accepts[_i].status);
	if (accepts[_i].text)
		ck_assert(answer_has(
			&a, "Content-Type: text/plain; charset=utf-8"));
	else
		ck_assert(answer_has(
			&a, a.status == 200 ? "Content-Type: application/json"
					    : "Content-Type: "
					      "application/problem+json"));
	answer_free(&a);
}
END_TEST

/* ---- request ids ---- */

/* clang-format off */
static const struct {
	const char *sent;
	bool echoed;
} ids[] = {
	{ "a", true },
	{ "A-z_09", true },
	{ "0123456789012345678901234567890123456789012345678901234567890123", true },
	{ "01234567890123456789012345678901234567890123456789012345678901234", false },
	{ "", false },
	{ "a b", false },
	{ "a\"b", false },
	{ "\xc3\xbc", false },
};
/* clang-format on */

START_TEST(echoes_good_request_ids)
{
	char id[80];
	struct answer a = client_ask(
		port, "GET /hello HTTP/1.1" NL HOST "X-Request-Id: %s" NL NL,
		ids[_i].sent);

	answer_header(&a, "X-Request-Id", id, sizeof(id));
	if (ids[_i].echoed)
		ck_assert_str_eq(id, ids[_i].sent);
	else
		ck_assert(strspn(id, "0123456789abcdefghjkmnpqrstvwxyz") ==
				  strlen(id) &&
			  strlen(id) >= 14);
	answer_free(&a);
}
END_TEST

START_TEST(makes_no_request_id_twice)
{
	char a_id[80], b_id[80];
	struct answer a = client_get(port, "/hello");
	struct answer b = client_get(port, "/hello");

	ck_assert_str_ne(answer_header(&a, "X-Request-Id", a_id, 80),
			 answer_header(&b, "X-Request-Id", b_id, 80));
	answer_free(&a);
	answer_free(&b);
}
END_TEST

/* ---- ETags ---- */

static void
etag_of(const char *target, const char *headers, char *buf, size_t size)
{
	struct answer a = client_ask(port, "GET %s HTTP/1.1" NL HOST "%s" NL,
				     target, headers);

	answer_header(&a, "ETag", buf, size);
	answer_free(&a);
}

START_TEST(names_an_answer_by_what_makes_it)
{
	char tag[80], other[80];
	unsigned long long hash;
	int end = 0;

	etag_of("/things/a?x=1&y=2", "", tag, sizeof(tag));
	ck_assert(sscanf(tag, "\"1-0.0.0-%16llx\"%n", &hash, &end) == 1);
	ck_assert_int_eq(end, 26);
	ck_assert_uint_eq(strlen(tag), 26);

	etag_of("/things/a?y=2&x=1", "", other, sizeof(other));
	ck_assert_str_eq(other, tag);
	etag_of("/things/%61?x=%31&y=2", "", other, sizeof(other));
	ck_assert_str_eq(other, tag);

	static const char *const differ[] = {
		"/things/b?x=1&y=2",   "/things/a?x=2&y=1", "/things/a?x=1",
		"/things/a?x=1&y=2&z", "/things/a",	    "/things/a?x=12&y="
	};
	for (size_t i = 0; i < NELEMS(differ); i++) {
		etag_of(differ[i], "", other, sizeof(other));
		ck_assert_str_ne(other, tag);
	}
	etag_of("/things/a?x=1&y=2", "Accept: text/plain" NL, other,
		sizeof(other));
	ck_assert_str_ne(other, tag);

	rig_library(rig, 2);
	etag_of("/things/a?x=1&y=2", "", other, sizeof(other));
	ck_assert(strncmp(other, "\"2-0.0.0-", 9) == 0);
	ck_assert_str_eq(other + 3, tag + 3);

	etag_of("/hello", "", other, sizeof(other));
	ck_assert_str_eq(other, "");
	etag_of("/things/a?x=1&x=1", "", other, sizeof(other));
	ck_assert_str_eq(other, "");
}
END_TEST

/* clang-format off */
static const struct {
	const char *list; /* %s is the ETag */
	int status;
} lists[] = {
	{ "%s", 304 },
	{ "W/%s", 304 },
	{ "\"other\", %s", 304 },
	{ "\"a,b\",W/\"x\" , W/%s", 304 },
	{ "*", 304 },
	{ "\"other\"", 200 },
	{ "", 200 },
	{ "x%s", 200 },
};
/* clang-format on */

START_TEST(answers_304_for_what_the_client_has)
{
	char tag[80], value[200];
	struct answer a;

	etag_of("/things/a", "", tag, sizeof(tag));
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	(void)snprintf(value, sizeof(value), lists[_i].list, tag);
#pragma GCC diagnostic pop
	a = client_ask(port,
		       "GET /things/a HTTP/1.1" NL HOST
		       "If-None-Match: %s" NL NL,
		       value);
	ck_assert_int_eq(a.status, lists[_i].status);
	ck_assert(answer_has(&a, "Cache-Control: no-cache"));
	answer_header(&a, "ETag", value, sizeof(value));
	ck_assert_str_eq(value, tag);
	if (a.status == 304)
		ck_assert_uint_eq(a.len, 0);
	answer_free(&a);
}
END_TEST

START_TEST(wants_a_release_where_it_answers_from_one)
{
	rig_library(rig, 0);
	struct answer a = client_get(port, "/things/a");

	ck_assert_int_eq(a.status, 503);
	ck_assert_str_eq(member(&a, "type"), "/problems/no-release");
	ck_assert(answer_has(&a, "Retry-After: 2"));
	answer_free(&a);
	a = client_get(port, "/hello");
	ck_assert_int_eq(a.status, 200);
	answer_free(&a);
	rig_library(rig, 3);
	a = client_get(port, "/things/a");
	ck_assert_str_eq(member(&a, "release"), "3");
	answer_free(&a);
}
END_TEST

/* ---- bodies ---- */

/* clang-format off */
static const struct {
	const char *type, *body;
	int status;
	const char *problem;
} bodies[] = {
	{ "application/json", "{\"a\":1}", 200, "" },
	{ "Application/JSON; charset=UTF-8", "{}", 200, "" },
	{ "application/json;charset=\"utf-8\"", "{}", 200, "" },
	{ "application/json; charset=latin1", "{}", 415, "unsupported-type" },
	{ "text/plain", "{}", 415, "unsupported-type" },
	{ "application/jsonp", "{}", 415, "unsupported-type" },
	{ "application/json" NL "Content-Encoding: gzip", "{}", 415, "unsupported-type" },
	{ "application/json", "", 400, "bad-json" },
	{ "text/plain", "", 400, "bad-json" },
	{ "application/json", "{", 400, "bad-json" },
	{ "application/json", "[]", 400, "bad-json" },
	{ "application/json", "1", 400, "bad-json" },
	{ "application/json", "{\"a\":1,\"a\":2}", 400, "bad-json" },
	{ "application/json", "{\"a\":\"\\u0000\"}", 400, "bad-json" },
	{ "application/json", "{\"a\":9223372036854775808}", 400, "bad-json" },
	{ "application/json", "{\"a\":1e400}", 400, "bad-json" },
	{ "application/json", "{\"a\":\"\\u0007\"}", 422, "invalid" },
};
/* clang-format on */

START_TEST(takes_json_objects)
{
	char type[80];
	struct answer a = client_ask(
		port,
		"POST /things HTTP/1.1" NL HOST "Content-Type: %s" NL
		"Content-Length: %zu" NL NL "%s",
		bodies[_i].type, strlen(bodies[_i].body), bodies[_i].body);

	ck_assert_int_eq(a.status, bodies[_i].status);
	if (a.status == 200) {
		ck_assert_str_eq(member(&a, "body"), bodies[_i].body);
		ck_assert(answer_has(&a, "Cache-Control: no-store"));
	} else {
		(void)snprintf(type, sizeof(type), "/problems/%s",
			       bodies[_i].problem);
		ck_assert_str_eq(member(&a, "type"), type);
	}
	answer_free(&a);
}
END_TEST

/* A JSON object of ${len} bytes. */
static void
fill_object(char *body, size_t len)
{
	memset(body, ' ', len);
	body[0] = '{';
	body[len - 1] = '}';
	body[len] = '\0';
}

START_TEST(takes_16_kib_and_no_more)
{
	static char body[REQUEST_MAX_BODY + 2];

	for (int len = REQUEST_MAX_BODY - 1; len <= REQUEST_MAX_BODY + 1;
	     len++) {
		fill_object(body, (size_t)len);
		struct answer a = client_post(port, "/things", body);

		ck_assert_int_eq(a.status, len <= REQUEST_MAX_BODY ? 200 : 413);
		ck_assert(len <= REQUEST_MAX_BODY ||
			  answer_has(&a, "Connection: close"));
		answer_free(&a);
	}
}
END_TEST

START_TEST(refuses_a_big_body_before_it_is_sent)
{
	struct client *c = client_open(port);
	struct answer a;

	client_text(c, "POST /things HTTP/1.1" NL HOST
		       "Content-Type: application/json" NL
		       "Content-Length: 16385" NL "Expect: 100-continue" NL NL);
	ck_assert(client_read(c, &a, 5000));
	ck_assert_int_eq(a.status, 413);
	ck_assert(answer_has(&a, "Connection: close"));
	answer_free(&a);
	ck_assert(client_closed(c, 5000));
	client_close(c);

	/* One of good size is asked for. */
	c = client_open(port);
	client_text(c, "POST /things HTTP/1.1" NL HOST
		       "Content-Type: application/json" NL
		       "Content-Length: 2" NL "Expect: 100-continue" NL NL);
	ck_assert(client_read(c, &a, 5000));
	ck_assert_int_eq(a.status, 100);
	answer_free(&a);
	client_text(c, "{}");
	ck_assert(client_read(c, &a, 5000));
	ck_assert_int_eq(a.status, 200);
	answer_free(&a);
	client_close(c);

	/* One for nowhere is not. */
	c = client_open(port);
	client_text(c, "POST /nowhere HTTP/1.1" NL HOST "Content-Length: 2" NL
		       "Expect: 100-continue" NL NL);
	ck_assert(client_read(c, &a, 5000));
	ck_assert_int_eq(a.status, 404);
	answer_free(&a);
	ck_assert(client_closed(c, 5000));
	client_close(c);
}
END_TEST

/* Send ${len} bytes in chunks of 1,000. */
static void
send_chunked(struct client *c, const char *target, size_t len)
{
	static char body[5 * REQUEST_MAX_BODY + 1];

	fill_object(body, len);
	client_text(c,
		    "POST %s HTTP/1.1" NL HOST
		    "Content-Type: application/json" NL
		    "Transfer-Encoding: chunked" NL NL,
		    target);
	for (size_t at = 0; at < len; at += 1000) {
		size_t n = len - at < 1000 ? len - at : 1000;

		if (!client_text(c, "%zx" NL, n) ||
		    !client_send(c, body + at, n) || !client_text(c, NL))
			return;
	}
	client_text(c, "0" NL NL);
}

/* What follows a chunked body on its connection is not taken. */
START_TEST(takes_chunked_bodies_up_to_the_limit)
{
	static const size_t lens[] = { REQUEST_MAX_BODY - 1, REQUEST_MAX_BODY,
				       REQUEST_MAX_BODY + 1,
				       4 * REQUEST_MAX_BODY };

	for (size_t i = 0; i < NELEMS(lens); i++) {
		struct client *c = client_open(port);
		struct answer a;

		send_chunked(c, "/things", lens[i]);
		(void)client_text(c, "GET /hello HTTP/1.1" NL HOST NL);
		ck_assert(client_read(c, &a, 5000));
		ck_assert_int_eq(a.status,
				 lens[i] <= REQUEST_MAX_BODY ? 200 : 413);
		ck_assert(answer_has(&a, "Connection: close"));
		answer_free(&a);
		ck_assert(client_closed(c, 5000));
		client_close(c);
	}
}
END_TEST

START_TEST(forgets_a_body_that_nobody_wants)
{
	struct client *c = client_open(port);
	struct answer a;

	client_text(c, "GET /hello HTTP/1.1" NL HOST "Content-Length: 5" NL NL
		       "hello"
		       "POST /nowhere HTTP/1.1" NL HOST
		       "Content-Length: 5" NL NL "hello"
		       "GET /hello HTTP/1.1" NL HOST NL);
	ck_assert(client_read(c, &a, 5000));
	ck_assert_int_eq(a.status, 200);
	answer_free(&a);
	ck_assert(client_read(c, &a, 5000));
	ck_assert_int_eq(a.status, 404);
	answer_free(&a);
	ck_assert(client_read(c, &a, 5000));
	ck_assert_int_eq(a.status, 200);
	answer_free(&a);
	client_close(c);
}
END_TEST

/* ---- headers ---- */

START_TEST(takes_64_headers_and_no_more)
{
	for (int n = EXCHANGE_MAX_HEADERS - 1; n <= EXCHANGE_MAX_HEADERS + 1;
	     n++) {
		char headers[4096] = "";

		for (int i = 1; i < n; i++)
			(void)snprintf(headers + strlen(headers), 40,
				       "H%d: %d" NL, i, i);
		struct answer a = client_ask(
			port, "GET /hello HTTP/1.1" NL HOST "%s" NL, headers);

		ck_assert_int_eq(a.status,
				 n <= EXCHANGE_MAX_HEADERS ? 200 : 431);
		answer_free(&a);
	}
}
END_TEST

START_TEST(takes_8_kib_of_headers_and_no_more)
{
	/* The request line and the blank line count. */
	size_t rest = strlen("GET /hello HTTP/1.1" NL HOST "X: " NL NL);

	for (size_t len = EXCHANGE_MAX_HEADER_BLOCK - 1;
	     len <= EXCHANGE_MAX_HEADER_BLOCK + 1; len++) {
		static char value[EXCHANGE_MAX_HEADER_BLOCK];

		memset(value, 'v', len - rest);
		value[len - rest] = '\0';
		struct answer a = client_ask(
			port, "GET /hello HTTP/1.1" NL HOST "X: %s" NL NL,
			value);

		ck_assert_int_eq(a.status,
				 len <= EXCHANGE_MAX_HEADER_BLOCK ? 200 : 431);
		answer_free(&a);
	}
}
END_TEST

/* ---- problems ---- */

START_TEST(lists_all_that_is_wrong)
{
	struct answer a = client_get(port, "/wrong");

	ck_assert_int_eq(a.status, 422);
	ck_assert_str_eq(member(&a, "did_you_mean"), "warm");
	ck_assert_str_eq(member(&a, "errors"),
			 "[{\"detail\":\"No such tone.\",\"did_you_mean\":"
			 "\"warm\",\"pointer\":\"/tone\"},"
			 "{\"detail\":\"1 to 10.\",\"pointer\":\"/phrases\"}]");
	answer_free(&a);
}
END_TEST

/* ---- the log ---- */

START_TEST(logs_an_exchange_without_what_it_was_about)
{
	struct answer a = client_ask(
		port, "GET /things/secret?secret=secret HTTP/1.1" NL HOST
		      "X-Request-Id: logged-1" NL "X-Secret: secret" NL NL);

	ck_assert_int_eq(a.status, 200);
	answer_free(&a);
	ck_assert(rig_logged(
		rig,
		"\"event\":\"request\",\"id\":\"logged-1\",\"method\":\"GET\","
		"\"route\":\"/things/{id}\",\"status\":200,\"bytes\":",
		5000));
	ck_assert(rig_logged(rig, ",\"release\":1}\n", 0));
	ck_assert(!rig_logged(rig, "secret", 0));

	a = client_ask(port, "BREW /secret HTTP/1.1" NL HOST
			     "X-Request-Id: logged-2" NL NL);
	answer_free(&a);
	ck_assert(rig_logged(rig,
			     "\"id\":\"logged-2\",\"method\":\"-\",\"route\":"
			     "\"-\",\"status\":404,",
			     5000));
	ck_assert(!rig_logged(rig, "BREW", 0));
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("http");
	TCase *tc = tcase_create("http");

	tcase_add_checked_fixture(tc, start, stop);
	tcase_set_timeout(tc, 30);
	tcase_add_loop_test(tc, cuts_and_decodes_targets, 0,
			    (int)NELEMS(targets));
	tcase_add_test(tc, says_which_argument_came_twice);
	tcase_add_test(tc, takes_32_arguments_and_no_more);
	tcase_add_test(tc, takes_urls_of_2048_bytes_and_no_more);
	tcase_add_loop_test(tc, answers_every_method, 0, (int)NELEMS(methods));
	tcase_add_test(tc, head_is_get_without_the_body);
	tcase_add_loop_test(tc, chooses_the_media_type, 0,
			    (int)NELEMS(accepts));
	tcase_add_loop_test(tc, echoes_good_request_ids, 0, (int)NELEMS(ids));
	tcase_add_test(tc, makes_no_request_id_twice);
	tcase_add_test(tc, names_an_answer_by_what_makes_it);
	tcase_add_loop_test(tc, answers_304_for_what_the_client_has, 0,
			    (int)NELEMS(lists));
	tcase_add_test(tc, wants_a_release_where_it_answers_from_one);
	tcase_add_loop_test(tc, takes_json_objects, 0, (int)NELEMS(bodies));
	tcase_add_test(tc, takes_16_kib_and_no_more);
	tcase_add_test(tc, refuses_a_big_body_before_it_is_sent);
	tcase_add_test(tc, takes_chunked_bodies_up_to_the_limit);
	tcase_add_test(tc, forgets_a_body_that_nobody_wants);
	tcase_add_test(tc, takes_64_headers_and_no_more);
	tcase_add_test(tc, takes_8_kib_of_headers_and_no_more);
	tcase_add_test(tc, lists_all_that_is_wrong);
	tcase_add_test(tc, logs_an_exchange_without_what_it_was_about);
	suite_add_tcase(suite, tc);

	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
