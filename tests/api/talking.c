/*
 * talking.c - conversations over HTTP.
 */
#include <check.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/api/asking.h"
#include "tests/api/openapi.h"
#include "tests/api/talking.h"

#define WAIT_MS 10000
#define ONE "/v1/conversations/{id}"

/* clang-format off */
static const struct way {
	const char *what, *method, *pattern;
	bool keyed, versioned;
} ways[] = {
	{ "start", "POST", "/v1/conversations", true, false },
	{ "turns", "POST", ONE "/turns", true, true },
	{ "undo", "POST", ONE "/undo", true, true },
	{ "promises/", "POST", ONE "/promises/{n}", true, false },
	{ "patch", "PATCH", ONE, true, true },
	{ "get", "GET", ONE, false, false },
	{ "delete", "DELETE", ONE, false, true },
	{ "follow-ups/", "POST", "/v1/follow-ups/{id}", true, false },
	{ "erasures", "POST", "/v1/erasures", true, false },
	{ "list", "GET", "/v1/conversations", false, false },
	{ "export", "GET", "/v1/conversations.ndjson", false, false },
	{ "due", "GET", "/v1/follow-ups", false, false },
	{ "events", "GET", "/v1/events", false, false },
	{ "next", "POST", "/v1/next", false, false },
	{ "check", "POST", "/v1/check", false, false },
	{ "read", "POST", "/v1/read", false, false },
};
/* clang-format on */

static const struct way *
find_way(const char *what)
{
	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++)
		if (strncmp(ways[i].what, what, strlen(ways[i].what)) == 0)
			return &ways[i];
	ck_abort_msg("no way to %s", what);
}

void
talk_open(struct talk *t, int port)
{
	*t = (struct talk){ .port = port, .client = client_open(port) };
	strcpy(t->id, "01900000-0000-7000-8000-000000000000");
}

static void
forget_answer(struct talk *t)
{
	if (t->answer.head != NULL)
		answer_free(&t->answer);
	t->answer = (struct answer){ 0 };
	json_decref(t->json);
	t->json = NULL;
}

void
talk_close(struct talk *t)
{
	forget_answer(t);
	said_free(&t->at);
	json_decref(t->known);
	client_close(t->client);
}

const char *
talk_fmt(const char *fmt, ...)
{
	static char texts[8][16384];
	static int turn;
	va_list ap;

	turn = (turn + 1) % 8;
	va_start(ap, fmt);
	int len = vsnprintf(texts[turn], sizeof(texts[0]), fmt, ap);
	va_end(ap);
	ck_assert_int_lt(len, (int)sizeof(texts[0]));
	return texts[turn];
}

char *
talk_quoted(const char *text)
{
	char *copy = strdup(text);

	ck_assert_ptr_nonnull(copy);
	for (char *at = copy; (at = strchr(at, '\'')) != NULL;)
		*at = '"';
	return copy;
}

/* --- what was asked ------------------------------------------------------- */

struct said
talk_said(const struct talk *t)
{
	struct said copy = t->at;

	if (copy.body != NULL)
		copy.body = strdup(copy.body);
	return copy;
}

void
said_free(struct said *said)
{
	free(said->body);
	said->body = NULL;
}

void
talk_repeat(struct talk *t, const struct said *said)
{
	struct said copy = *said; /* it may be the last one itself */

	if (copy.body != NULL)
		copy.body = strdup(copy.body);
	talk_send(t, copy.what, copy.headers, copy.body);
	said_free(&copy);
}

/* --- sending -------------------------------------------------------------- */

static const char *
target_of(const struct talk *t, const struct way *way, const char *what)
{
	const char *rest = what + strlen(way->what);

	if (strcmp(way->what, "follow-ups/") == 0) {
		const char *id = asking_text(
			t->known, talk_fmt("follow_ups/%s/id", rest));

		return talk_fmt("/v1/follow-ups/%s", id[0] != '\0' ? id : rest);
	}
	if (strncmp(way->pattern, ONE, sizeof(ONE) - 1) != 0)
		return talk_fmt("%s%s", way->pattern, rest);
	return talk_fmt("/v1/conversations/%s%s%s", t->id,
			strlen(way->pattern) > sizeof(ONE) - 1 ? "/" : "",
			strlen(way->pattern) > sizeof(ONE) - 1 ? what : rest);
}

/* What is told of the conversation, and by which headers. */
static void
take_answer(struct talk *t)
{
	char etag[64];
	json_t *c = json_object_get(t->json, "conversation");

	ck_assert(answer_has(&t->answer, "Cache-Control: no-store"));
	(void)answer_header(&t->answer, "ETag", etag, sizeof(etag));
	if (strncmp(t->at.what, "export", 6) == 0 || !json_is_object(c)) {
		ck_assert(etag[0] == '\0' || t->answer.status >= 400);
		return;
	}
	json_decref(t->known);
	t->known = json_incref(c);
	t->version = (int)json_integer_value(json_object_get(c, "version"));
	ck_assert_str_eq(etag, talk_fmt("\"%d\"", t->version));
	(void)snprintf(t->id, sizeof(t->id), "%s", asking_text(c, "id"));
}

void
talk_send(struct talk *t, const char *what, const char *headers,
	  const char *body)
{
	const struct way *way = find_way(what);
	const char *target = target_of(t, way, what);
	struct said said = { .body = NULL };
	char type[128];

	(void)snprintf(said.what, sizeof(said.what), "%s", what);
	(void)snprintf(said.headers, sizeof(said.headers), "%s", headers);
	if (body != NULL)
		said.body = talk_quoted(body);
	forget_answer(t);
	said_free(&t->at);
	t->at = said;

	(void)client_text(t->client, "%s %s HTTP/1.1\r\nHost: localhost\r\n%s",
			  way->method, target, headers);
	if (said.body != NULL)
		(void)client_text(t->client,
				  "Content-Type: application/json\r\n"
				  "Content-Length: %zu\r\n\r\n%s",
				  strlen(said.body), said.body);
	else
		(void)client_text(t->client, "\r\n");
	ck_assert_msg(client_read(t->client, &t->answer, WAIT_MS),
		      "%s %s: no answer", way->method, target);
	(void)answer_header(&t->answer, "Content-Type", type, sizeof(type));
	openapi_expect(way->method, way->pattern, t->answer.status, type,
		       t->answer.body, t->answer.len);
	t->json = json_loadb(t->answer.body, t->answer.len,
			     JSON_REJECT_DUPLICATES, NULL);
	if (strcmp(what, "next") != 0)
		take_answer(t);
}

void
talk_do(struct talk *t, int status, const char *what, const char *body)
{
	static unsigned n;
	const struct way *way = find_way(what);
	const char *key = "", *version = "";

	if (way->keyed)
		key = talk_fmt("Idempotency-Key: %d-%u\r\n", (int)getpid(),
			       ++n);
	if (way->versioned)
		version = talk_fmt("If-Match: \"%d\"\r\n", t->version);
	talk_send(t, what, talk_fmt("%s%s", key, version), body);
	ck_assert_msg(t->answer.status == status, "%s %s: %d, not %d: %.2000s",
		      what, body != NULL ? body : "", t->answer.status, status,
		      t->answer.body);
}

void
talk_start(struct talk *t, const char *body)
{
	talk_do(t, 201, "start", body);
}

void
talk_signals(struct talk *t, const char *signals)
{
	char signal[32];
	int n;

	for (; sscanf(signals, "%31s%n", signal, &n) == 1; signals += n)
		talk_do(t, 200, "turns", talk_fmt("{'signal':'%s'}", signal));
}

void
talk_through(struct talk *t, const struct event *events)
{
	for (; events->what != NULL; events++) {
		talk_do(t, events->status, events->what, events->body);
		if (events->shows != NULL)
			talk_shows(t, events->shows);
	}
}

/* --- what is answered ----------------------------------------------------- */

/* Is all of ${want} in ${got}?  Else ${path} is where it is not. */
static bool
holds(const json_t *got, const json_t *want, char *path, size_t len)
{
	const char *key;
	size_t i;
	json_t *part;

	if (!json_is_object(want) && !json_is_array(want))
		return got != NULL && json_equal(got, want) != 0;
	if (json_typeof(want) != (got != NULL ? json_typeof(got) : JSON_NULL) ||
	    (json_is_array(want) &&
	     json_array_size(want) != json_array_size(got)))
		return false;
	json_array_foreach(want, i, part) {
		int n = snprintf(path + len, 256 - len, "/%zu", i);

		if (!holds(json_array_get(got, i), part, path, len + (size_t)n))
			return false;
	}
	json_object_foreach((json_t *)(uintptr_t)want, key, part) {
		int n = snprintf(path + len, 256 - len, "/%s", key);

		if (!holds(json_object_get(got, key), part, path,
			   len + (size_t)n))
			return false;
	}
	path[len] = '\0';
	return true;
}

void
talk_shows(const struct talk *t, const char *text)
{
	char path[512] = "", *quoted = talk_quoted(text);
	json_error_t err;
	json_t *want = json_loads(quoted, 0, &err);

	ck_assert_msg(want != NULL, "%s: %s", quoted, err.text);
	ck_assert_msg(holds(t->json, want, path, 0),
		      "%s %s: %s is not %s: %.2000s", t->at.what,
		      t->at.body != NULL ? t->at.body : "", path, quoted,
		      t->answer.body);
	json_decref(want);
	free(quoted);
}

const char *
talk_text(const struct talk *t, const char *path)
{
	return asking_text(t->json, path);
}
