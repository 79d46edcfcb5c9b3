/*
 * test_roles.c - every route for every caller.
 */
#include <check.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "handlers/handlers.h"
#include "tests/api/keyring.h"
#include "tests/api/openapi.h"
#include "tests/api/service.h"
#include "tests/sql/pg.h"

static struct service *service;
static struct client *client;

static void
start(void)
{
	pg_start(PG_DURABLE); /* /readyz/write wants no less */
	service_shipped();
	keyring_fill();
	service = service_start("--auth", "keys", NULL);
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
	client = client_open(service->port);
}

static void
teardown(void)
{
	client_close(client);
}

/* --- every route for every caller ----------------------------------------- */

/* What is there to be asked for, and need not be for long: made when needed. */
#define ONE "/v1/conversations/*"
#define DUE "/v1/follow-ups/*"
#define OLD_KEY "/v1/keys/*"

/* How to call each, so that whoever may is answered with 2xx. */
/* clang-format off */
static const struct {
	const char *method, *pattern, *target, *body;
} calls[] = {
	{ "GET", "/v1/next", "/v1/next?category=delivery.late&stage=restate", NULL },
	{ "POST", "/v1/next", "/v1/next", "{\"category\":\"delivery.late\"}" },
	{ "GET", "/v1/steps/{stage}", "/v1/steps/listen?category=general", NULL },
	{ "POST", "/v1/steps/{stage}", "/v1/steps/listen", "{\"category\":\"general\"}" },
	{ "POST", "/v1/check", "/v1/check", "{\"text\":\"You should have called.\"}" },
	{ "POST", "/v1/read", "/v1/read", "{\"text\":\"Where is it?\"}" },
	{ "POST", "/v2/check", "/v2/check", "language=en-US&text=Calm+down." },
	{ "GET", "/v2/check", "/v2/check?language=en-US&text=Calm+down.", NULL },
	{ "GET", "/v2/languages", "/v2/languages", NULL },
	{ "GET", "/v1/names", "/v1/names", NULL },
	{ "GET", "/v1/categories", "/v1/categories", NULL },
	{ "GET", "/v1/categories/{code}", "/v1/categories/delivery.late", NULL },
	{ "GET", "/v1/protocols", "/v1/protocols", NULL },
	{ "GET", "/v1/protocols/{code}", "/v1/protocols/full-recovery", NULL },
	{ "GET", "/v1/stages", "/v1/stages", NULL },
	{ "GET", "/v1/stages/{code}", "/v1/stages/listen", NULL },
	{ "GET", "/v1/signals", "/v1/signals", NULL },
	{ "GET", "/v1/channels", "/v1/channels", NULL },
	{ "GET", "/v1/placeholders", "/v1/placeholders", NULL },
	{ "GET", "/v1/facts", "/v1/facts", NULL },
	{ "GET", "/v1/principles", "/v1/principles", NULL },
	{ "GET", "/v1/sources", "/v1/sources", NULL },
	{ "GET", "/v1/releases", "/v1/releases", NULL },
	{ "GET", "/v1/phrases", "/v1/phrases?limit=1", NULL },
	{ "GET", "/v1/phrases/{category}/{stage}/{n}", "/v1/phrases/delivery.late/validate/1", NULL },
	{ "GET", "/v1/export/{format}", "/v1/export/markdown?category=delivery.late", NULL },
	{ "GET", "/v1/coverage", "/v1/coverage?limit=1", NULL },
	{ "POST", "/v1/adapters/rasa/nlg", "/v1/adapters/rasa/nlg", "{\"response\":\"utter_open\",\"arguments\":{\"category\":\"general\"}}" },
	{ "POST", "/v1/adapters/dialogflow-cx", "/v1/adapters/dialogflow-cx", "{\"fulfillmentInfo\":{\"tag\":\"evenkeel.next\"},\"sessionInfo\":{\"parameters\":{\"category\":\"general\"}}}" },
	{ "GET", "/v1/events", "/v1/events?limit=1", NULL },
	{ "POST", "/v1/conversations", "/v1/conversations", "{\"category\":\"general\"}" },
	{ "GET", "/v1/conversations", "/v1/conversations?limit=1", NULL },
	{ "GET", "/v1/conversations.ndjson", "/v1/conversations.ndjson?subject=x", NULL },
	{ "GET", "/v1/conversations/{id}", ONE, NULL },
	{ "PATCH", "/v1/conversations/{id}", ONE, "{\"status\":\"paused\"}" },
	{ "DELETE", "/v1/conversations/{id}", ONE, NULL },
	{ "POST", "/v1/conversations/{id}/turns", ONE "/turns", "{\"signal\":\"next\"}" },
	{ "POST", "/v1/conversations/{id}/undo", ONE "/undo", "{}" },
	{ "POST", "/v1/conversations/{id}/promises/{n}", ONE "/promises/1", "{\"result\":\"kept\"}" },
	{ "GET", "/v1/follow-ups", "/v1/follow-ups?limit=1", NULL },
	{ "POST", "/v1/follow-ups/{id}", DUE, "{\"result\":\"done\"}" },
	{ "POST", "/v1/erasures", "/v1/erasures", "{\"subject\":\"x\"}" },
	{ "GET", "/v1/keys", "/v1/keys?limit=1", NULL },
	{ "POST", "/v1/keys", "/v1/keys", "{\"role\":\"reader\"}" },
	{ "DELETE", "/v1/keys/{id}", OLD_KEY, NULL },
	{ "GET", "/livez", "/livez", NULL },
	{ "GET", "/readyz", "/readyz", NULL },
	{ "GET", "/readyz/write", "/readyz/write", NULL },
	{ "GET", "/metrics", "/metrics", NULL },
	{ "GET", "/version", "/version", NULL },
	{ "GET", "/openapi.json", "/openapi.json", NULL },
	{ "GET", "/bundle.schema.json", "/bundle.schema.json", NULL },
	{ "GET", "/problems", "/problems", NULL },
	{ "GET", "/problems/{type}", "/problems/forbidden", NULL },
	{ "GET", "/panel", "/panel?ref=T-1", NULL },
	{ "GET", "/panel/demo", "/panel/demo", NULL },
	{ "GET", "/panel/settings.json", "/panel/settings.json", NULL },
	{ "GET", "/web/{file}", "/web/panel.css", NULL },
	{ "GET", "/docs", "/docs", NULL },
	{ "GET", "/library", "/library", NULL },
};
#define NCALLS (sizeof(calls) / sizeof(calls[0]))
/* clang-format on */

static size_t
call_of(const struct route *route)
{
	for (size_t i = 0; i < NCALLS; i++)
		if (strcmp(calls[i].method, route->method) == 0 &&
		    strcmp(calls[i].pattern, route->pattern) == 0)
			return i;
	ck_abort_msg("%s %s is not in the table", route->method,
		     route->pattern);
}

/* Send as ${header} says, with what a change needs besides. */
static struct answer
ask(const char *method, const char *target, const char *header,
    const char *body)
{
	static unsigned n;
	char lines[1024];

	(void)snprintf(lines, sizeof(lines),
		       "%sIdempotency-Key: %d-%u\r\nIf-Match: *\r\n", header,
		       (int)getpid(), ++n);
	return keyring_ask(client, method, target, lines, body);
}

/* The text after ${name} and before the next quotation mark. */
static const char *
after(const struct answer *answer, const char *name)
{
	static char text[64];
	const char *at = strstr(answer->body, name);

	ck_assert_msg(at != NULL, "no %s: %s", name, answer->body);
	at += strlen(name);
	(void)snprintf(text, sizeof(text), "%.*s", (int)strcspn(at, "\""), at);
	return text;
}

/* The id of a conversation with a promise, or of what is due of it. */
static const char *
fresh_id(bool due)
{
	static char id[64];
	char target[128];
	struct answer answer =
		ask("POST", "/v1/conversations", keyring_header(ADMIN),
		    "{\"category\":\"general\"}");

	(void)snprintf(target, sizeof(target), "/v1/conversations/%s/turns",
		       after(&answer, "{\"id\":\""));
	(void)snprintf(id, sizeof(id), "%s", after(&answer, "{\"id\":\""));
	answer_free(&answer);
	answer =
		ask("POST", target, keyring_header(ADMIN),
		    "{\"signal\":\"next\",\"promise\":{\"who\":\"we\",\"what\":"
		    "\"call\",\"due\":\"2130-01-01T00:00:00Z\"}}");
	if (due)
		(void)snprintf(id, sizeof(id), "%s",
			       after(&answer, "\"follow_ups\":[{\"id\":\""));
	answer_free(&answer);
	return id;
}

/* The target of calls[i], with an id of what is there for its star. */
static const char *
target_of(size_t i)
{
	static char target[128];
	const char *star = strchr(calls[i].target, '*'), *id;

	if (star == NULL)
		return calls[i].target;
	if (strcmp(calls[i].target, OLD_KEY) == 0)
		id = pg_sql("SELECT id FROM evenkeel.api_key WHERE revoked_at "
			    "IS NOT NULL");
	else
		id = fresh_id(strcmp(calls[i].target, DUE) == 0);
	(void)snprintf(target, sizeof(target), "%.*s%s%s",
		       (int)(star - calls[i].target), calls[i].target, id,
		       star + 1);
	return target;
}

/* What is the status to be, and the challenge with it? */
static int
expected(const struct route *route, enum caller caller, const char **challenge)
{
	*challenge = "";
	if (route->role == ROLE_NONE)
		return 200;
	if (caller < READER) {
		*challenge = caller <= BASIC || caller == EMPTY
				     ? "Bearer realm=\"evenkeel\""
				     : "Bearer realm=\"evenkeel\", "
				       "error=\"invalid_token\"";
		return 401;
	}
	if (keyring_role(caller) < route->role) {
		*challenge = "Bearer realm=\"evenkeel\", "
			     "error=\"insufficient_scope\"";
		return 403;
	}
	if (strcmp(route->method, "DELETE") == 0)
		return 204;
	return strcmp(route->method, "POST") == 0 &&
			       (strcmp(route->pattern, "/v1/keys") == 0 ||
				strcmp(route->pattern, "/v1/conversations") ==
					0)
		       ? 201
		       : 200;
}

static void
check_answer(const struct route *route, enum caller caller,
	     const struct answer *answer)
{
	const char *challenge;
	char text[128], type[128];
	int want = expected(route, caller, &challenge);
	bool is_known = want == 403 || (want < 300 && route->role != ROLE_NONE);

	ck_assert_msg(answer->status == want, "%s %s for %s: %d, not %d: %s",
		      route->method, route->pattern, keyring_name(caller),
		      answer->status, want, answer->body);
	ck_assert_str_eq(
		answer_header(answer, "WWW-Authenticate", text, sizeof(text)),
		challenge);
	/* Only whose key is known is told what is left of it. */
	(void)answer_header(answer, "RateLimit", text, sizeof(text));
	ck_assert_int_eq(strncmp(text, "\"key\";r=", 8) == 0, is_known);
	(void)answer_header(answer, "RateLimit-Policy", text, sizeof(text));
	ck_assert_str_eq(text, is_known ? "\"key\";q=2000;w=2" : "");
	openapi_expect(
		route->method, route->pattern, want,
		answer_header(answer, "Content-Type", type, sizeof(type)),
		answer->body, answer->len);
}

START_TEST(every_route_for_every_caller)
{
	const struct route *route = &routes[_i];
	size_t i = call_of(route);

	for (enum caller caller = 0; caller < NCALLERS; caller++) {
		const char *header = keyring_header(caller);
		struct answer answer =
			ask(route->method, target_of(i), header, calls[i].body);
		bool in = answer.status < 300;

		check_answer(route, caller, &answer);
		if (answer.status == 403)
			ck_assert_ptr_nonnull(
				strstr(answer.body, role_name(route->role)));
		answer_free(&answer);
		if (in || calls[i].body == NULL)
			continue;
		/* The key and its role come before the body. */
		answer = keyring_ask(client, route->method, calls[i].target,
				     header, "{");
		check_answer(route, caller, &answer);
		answer_free(&answer);
	}
}
END_TEST

/* HEAD is as GET; OPTIONS, 404 and 405 tell nothing that openapi.json hides. */
/* The head of an answer that is made on the way ends the connection. */
static void
renew(const struct answer *answer)
{
	if (!answer_has(answer, "Connection: close"))
		return;
	client_close(client);
	client = client_open(service->port);
}

START_TEST(what_else_may_be_asked_of_a_route)
{
	const struct route *route = &routes[_i];
	size_t i = call_of(route);
	const char *target = target_of(i);
	bool is_get = strcmp(route->method, "GET") == 0, again = false;

	for (enum caller caller = 0; caller < NCALLERS; caller++) {
		const char *header = keyring_header(caller), *challenge;
		struct answer answer;

		if (is_get) {
			answer = keyring_ask(client, "HEAD", target, header,
					     NULL);
			ck_assert_int_eq(answer.status,
					 expected(route, caller, &challenge));
			renew(&answer);
			answer_free(&answer);
		}
		answer = keyring_ask(client, "OPTIONS", target, header, NULL);
		ck_assert_int_eq(answer.status, 204);
		answer_free(&answer);
		answer = keyring_ask(client, "PUT", target, header, NULL);
		ck_assert_int_eq(answer.status, 405);
		answer_free(&answer);
		if (!again) {
			answer = keyring_ask(client, "GET", "/nowhere", header,
					     NULL);
			ck_assert_int_eq(answer.status, 404);
			answer_free(&answer);
			again = true;
		}
	}
}
END_TEST

/* --- one connection, many callers ----------------------------------------- */

/* A proxy may do so: nobody gets in by what another has proved. */
START_TEST(a_connection_remembers_no_more_than_its_last_key)
{
	static const enum caller order[] = {
		READER, NOBODY, READER,	      READER, WRONG_SECRET, READER,
		ADMIN,	READER, WRONG_ROLE,   ADMIN,  UNKNOWN,	    ADMIN,
		AGENT,	EMPTY,	WRONG_SECRET, ADMIN,  REVOKED,	    EXPIRED,
		ADMIN,	BASIC,	TWICE,	      READER,
	};

	for (size_t i = 0; i < sizeof(order) / sizeof(order[0]); i++) {
		enum role role = keyring_role(order[i]);
		struct answer answer =
			keyring_ask(client, "GET", "/v1/keys",
				    keyring_header(order[i]), NULL);

		ck_assert_msg(answer.status == (role == ROLE_NONE    ? 401
						: role == ROLE_ADMIN ? 200
								     : 403),
			      "%zu: %s gets %d", i, keyring_name(order[i]),
			      answer.status);
		answer_free(&answer);
	}
}
END_TEST

/* Also with an answer that was given before, which keeps most headers. */
START_TEST(what_is_left_is_told_with_every_answer)
{
	static const char *const targets[] = { "/v1/stages", "/v1/releases",
					       "/v1/nowhere" };
	const char *header = keyring_header(READER);

	for (int i = 0; i < 12; i++) {
		char text[64];
		bool there = i / 4 < 2; /* what is nowhere takes no key */
		unsigned left, seconds;
		struct answer answer = keyring_ask(
			client, "GET", targets[i / 4], header, NULL);

		(void)answer_header(&answer, "RateLimit", text, sizeof(text));
		ck_assert_int_eq(
			sscanf(text, "\"key\";r=%u;t=%u", &left, &seconds),
			there ? 2 : -1);
		(void)answer_header(&answer, "RateLimit-Policy", text,
				    sizeof(text));
		ck_assert_str_eq(text, there ? "\"key\";q=2000;w=2" : "");
		/* Once each. */
		char *at = strstr(answer.head, "RateLimit:");

		ck_assert(at == NULL || strstr(at + 1, "RateLimit:") == NULL);
		answer_free(&answer);
	}
}
END_TEST

/* An answer that is kept for the next is kept for those who may have it. */
START_TEST(an_answer_given_before_still_takes_a_key)
{
	static const char target[] = "/v1/steps/listen?category=delivery.late";

	for (int round = 0; round < 4; round++)
		for (enum caller caller = 0; caller < NCALLERS; caller++)
			ck_assert_int_eq(keyring_status(service->port, target,
							keyring_header(caller)),
					 caller < READER ? 401 : 200);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("roles");
	TCase *tc = tcase_create("roles");
	int n = (int)nroutes;

	tcase_add_unchecked_fixture(tc, start, stop);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, every_route_for_every_caller, 0, n);
	tcase_add_loop_test(tc, what_else_may_be_asked_of_a_route, 0, n);
	tcase_add_test(tc, a_connection_remembers_no_more_than_its_last_key);
	tcase_add_test(tc, what_is_left_is_told_with_every_answer);
	tcase_add_test(tc, an_answer_given_before_still_takes_a_key);
	suite_add_tcase(suite, tc);

	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
