/*
 * test_keys.c - how a key is sent; keys made, listed and revoked over HTTP.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/api/asking.h"
#include "tests/api/keyring.h"
#include "tests/api/openapi.h"
#include "tests/api/service.h"
#include "tests/sql/pg.h"

static struct service *service;
static struct client *client;

static void
start(void)
{
	pg_start(PG_FAST);
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

/* --- how it is sent ------------------------------------------------------- */

/* clang-format off */
static const struct {
	const char *before, *after;	/* around a good key */
	int status;
} forms[] = {
	{ "Authorization: Bearer ", "", 200 },
	{ "authorization:Bearer ", "", 200 },
	{ "AUTHORIZATION: BEARER ", "", 200 },
	{ "Authorization: bearer   ", "   ", 200 },
	{ "Authorization: Bearer\t", "", 401 },
	{ "Authorization: Bearer", "", 401 },
	{ "Authorization: ", "", 401 },
	{ "Authorization: Bearer =", "", 401 },
	{ "Authorization: Bearer ", "=", 401 },
	{ "Authorization: Bearer ", ", Bearer x", 401 },
	{ "Authorization: Bearer \"", "\"", 401 },
	{ "Authorization: Token ", "", 401 },
	{ "X-Authorization: Bearer ", "", 401 },
	{ "Proxy-Authorization: Bearer ", "", 401 },
	{ "X-Api-Key: ", "", 401 },
	{ "Cookie: key=", "", 401 },
};
/* clang-format on */

START_TEST(a_key_comes_in_one_form)
{
	char key[KEY_SIZE], header[256];

	keyring_make("reader", key);
	keyring_wait(service->port, key, 200);
	(void)snprintf(header, sizeof(header), "%s%s%s\r\n", forms[_i].before,
		       key, forms[_i].after);
	ck_assert_int_eq(keyring_status(service->port, "/v1/stages", header),
			 forms[_i].status);
}
END_TEST

/* In a URL it would end in logs: there it is no key, with or without one. */
START_TEST(a_key_in_a_url_is_none)
{
	static const char *const arguments[] = { "key", "token", "api_key",
						 "access_token" };
	char target[256];
	const char *text = strstr(keyring_header(ADMIN), "ek_");

	for (size_t i = 0; i < 4; i++) {
		(void)snprintf(target, sizeof(target), "/v1/stages?%s=%.*s",
			       arguments[i], (int)strcspn(text, "\r"), text);
		ck_assert_int_eq(keyring_status(service->port, target, ""),
				 401);
		ck_assert_int_eq(keyring_status(service->port, target,
						keyring_header(ADMIN)),
				 422);
	}
}
END_TEST

/* With keys it may be called by any name. */
START_TEST(any_host_will_do)
{
	struct answer answer =
		client_ask(service->port,
			   "GET /v1/stages HTTP/1.1\r\nHost: x.example\r\n"
			   "%s\r\n",
			   keyring_header(READER));

	ck_assert_int_eq(answer.status, 200);
	answer_free(&answer);
}
END_TEST

/* --- /v1/keys ------------------------------------------------------------- */

static json_t *
ask_keys(const char *method, const char *target, const char *body, int status)
{
	char type[128];
	struct answer answer = keyring_ask(client, method, target,
					   keyring_header(ADMIN), body);
	const char *pattern =
		strcmp(method, "DELETE") == 0 ? "/v1/keys/{id}" : "/v1/keys";

	ck_assert_msg(answer.status == status, "%s %s %s: %d, not %d: %s",
		      method, target, body != NULL ? body : "", answer.status,
		      status, answer.body);
	openapi_expect(
		method, pattern, status,
		answer_header(&answer, "Content-Type", type, sizeof(type)),
		answer.body, answer.len);
	ck_assert(answer_has(&answer, "Cache-Control: no-store"));
	json_t *json = json_loads(answer.body, 0, NULL);

	answer_free(&answer);
	return json;
}

/* Two at once, and then the first no more: how one is replaced. */
START_TEST(a_key_is_made_used_replaced_and_revoked)
{
	char target[64];
	json_t *old =
		ask_keys("POST", "/v1/keys",
			 "{\"role\":\"reader\",\"note\":\"the shop\"}", 201);
	const char *old_key = asking_text(old, "key");

	ck_assert_str_eq(asking_text(old, "note"), "the shop");
	keyring_wait(service->port, old_key, 200);
	json_t *new =
		ask_keys("POST", "/v1/keys", "{\"role\":\"reader\"}", 201);
	const char *new_key = asking_text(new, "key");

	keyring_wait(service->port, new_key, 200);
	keyring_wait(service->port, old_key, 200);
	(void)snprintf(target, sizeof(target), "/v1/keys/%s",
		       asking_text(old, "id"));
	for (int i = 0; i < 2; i++)
		json_decref(ask_keys("DELETE", target, NULL, 204));
	keyring_wait(service->port, old_key, 401);
	keyring_wait(service->port, new_key, 200);

	/* The list has both, and neither's secret. */
	json_t *list = ask_keys("GET", "/v1/keys?limit=2", NULL, 200);

	ck_assert_str_eq(asking_text(list, "items/0/id"),
			 asking_text(new, "id"));
	ck_assert_str_eq(asking_text(list, "items/0/revoked_at"), "");
	ck_assert_str_eq(asking_text(list, "items/1/id"),
			 asking_text(old, "id"));
	ck_assert_str_ne(asking_text(list, "items/1/revoked_at"), "");
	char *text = json_dumps(list, 0);

	ck_assert_ptr_null(strstr(text, "ek_"));
	ck_assert_ptr_null(strstr(text, "sha"));
	free(text);
	json_decref(list);
	json_decref(old);
	json_decref(new);
}
END_TEST

START_TEST(a_list_of_keys_comes_in_pages)
{
	char target[96] = "/v1/keys?limit=3", last[64] = "";
	int seen = 0, pages = 0;
	json_t *page;

	do {
		page = ask_keys("GET", target, NULL, 200);
		seen += (int)json_array_size(json_object_get(page, "items"));
		(void)snprintf(last, sizeof(last), "%s",
			       asking_text(page, "next_cursor"));
		(void)snprintf(target, sizeof(target),
			       "/v1/keys?limit=3&cursor=%s", last);
		json_decref(page);
	} while (last[0] != '\0' && ++pages < 1000);
	ck_assert_int_eq(seen,
			 atoi(pg_sql("SELECT count(*) FROM evenkeel.api_key")));
}
END_TEST

/* clang-format off */
static const struct {
	const char *method, *target, *body;
	int status;
} wrong[] = {
	{ "POST", "/v1/keys", "{}", 422 },
	{ "POST", "/v1/keys", "{\"role\":\"none\"}", 422 },
	{ "POST", "/v1/keys", "{\"role\":\"Admin\"}", 422 },
	{ "POST", "/v1/keys", "{\"role\":null}", 422 },
	{ "POST", "/v1/keys", "{\"role\":5}", 422 },
	{ "POST", "/v1/keys", "{\"role\":\"reader\",\"id\":\"00000000\"}", 422 },
	{ "POST", "/v1/keys", "{\"role\":\"reader\",\"note\":5}", 422 },
	{ "POST", "/v1/keys", "{\"role\":\"reader\",\"note\":\"a\\nb\"}", 422 },
	{ "POST", "/v1/keys", "{\"role\":\"reader\",\"expires_at\":\"2020-01-01T00:00:00Z\"}", 422 },
	{ "POST", "/v1/keys", "{\"role\":\"reader\",\"expires_at\":\"tomorrow\"}", 422 },
	{ "POST", "/v1/keys", "{\"role\":\"reader\",\"expires_at\":90}", 422 },
	{ "POST", "/v1/keys", "{\"role\":\"reader\"", 400 },
	{ "POST", "/v1/keys", "[]", 400 },
	{ "POST", "/v1/keys?x=1", "{\"role\":\"reader\"}", 422 },
	{ "GET", "/v1/keys?limit=0", NULL, 422 },
	{ "GET", "/v1/keys?limit=101", NULL, 422 },
	{ "GET", "/v1/keys?cursor=x", NULL, 422 },
	{ "GET", "/v1/keys?role=admin", NULL, 422 },
	{ "DELETE", "/v1/keys/00000000", NULL, 404 },
	{ "DELETE", "/v1/keys/0000000", NULL, 404 },
	{ "DELETE", "/v1/keys/%27%3B%20--%20xx", NULL, 404 },
	{ "DELETE", "/v1/keys/00000000?x=1", NULL, 422 },
};
#define NWRONG ((int)(sizeof(wrong) / sizeof(wrong[0])))
/* clang-format on */

START_TEST(what_makes_no_sense_is_refused)
{
	static const char count[] = "SELECT count(*) FROM evenkeel.api_key";
	int before = atoi(pg_sql(count));

	json_decref(ask_keys(wrong[_i].method, wrong[_i].target, wrong[_i].body,
			     wrong[_i].status));
	ck_assert_int_eq(atoi(pg_sql(count)), before);
}
END_TEST

/* A note of 200 characters, not bytes. */
START_TEST(a_note_has_its_limit)
{
	char body[1024];

	for (int n = 199; n <= 201; n++) {
		size_t len =
			(size_t)snprintf(body, sizeof(body),
					 "{\"role\":\"agent\","
					 "\"expires_at\":null,\"note\":\"");

		for (int i = 0; i < n; i++, len += 2)
			memcpy(body + len, "\xc3\xbc", 2);
		strcpy(body + len, "\"}");
		json_decref(ask_keys("POST", "/v1/keys", body,
				     n <= 200 ? 201 : 422));
	}
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("keys");
	TCase *tc = tcase_create("keys");

	tcase_add_unchecked_fixture(tc, start, stop);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, a_key_comes_in_one_form, 0,
			    (int)(sizeof(forms) / sizeof(forms[0])));
	tcase_add_test(tc, a_key_in_a_url_is_none);
	tcase_add_test(tc, any_host_will_do);
	tcase_add_test(tc, a_key_is_made_used_replaced_and_revoked);
	tcase_add_test(tc, a_list_of_keys_comes_in_pages);
	tcase_add_loop_test(tc, what_makes_no_sense_is_refused, 0, NWRONG);
	tcase_add_test(tc, a_note_has_its_limit);
	suite_add_tcase(suite, tc);

	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
