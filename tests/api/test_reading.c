/*
 * test_reading.c - the library, read over HTTP.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "tests/api/asking.h"
#include "tests/api/service.h"
#include "tests/sql/pg.h"

#define NELEMS(a) (sizeof(a) / sizeof((a)[0]))

static struct service *service;
static json_t *shipped;

static void
start(void)
{
	pg_start(PG_FAST);
	service_shipped();
	ck_assert_int_eq(service_command("export", NULL), 0);
	shipped = json_loads(service_output(), 0, NULL);
	ck_assert_ptr_nonnull(shipped);
	service = service_start(NULL);
	service_expect(service, "release 1");
}

static void
stop(void)
{
	ck_assert_int_eq(service_stop(service), 0);
	json_decref(shipped);
	pg_stop();
}

/* All items of a list, a page of ${limit} at a time. */
static json_t *
all_items(const char *pattern, const char *query, int limit)
{
	json_t *all = json_array();
	char cursor[600] = "", target[1400];

	for (int pages = 0; pages < 2000; pages++) {
		(void)snprintf(target, sizeof(target), "%s?limit=%d%s%s%s%s",
			       pattern, limit, query[0] != '\0' ? "&" : "",
			       query, cursor[0] != '\0' ? "&cursor=" : "",
			       cursor);
		struct answer a = client_get(service->port, target);
		char link[1400];
		json_t *page = asking_get(service->port, pattern, target, 200);
		json_array_extend(all, json_object_get(page, "items"));
		const char *next = asking_text(page, "next_cursor");
		/* The link leads where the cursor does. */
		(void)answer_header(&a, "Link", link, sizeof(link));
		ck_assert_int_eq(next[0] == '\0', link[0] == '\0');
		answer_free(&a);
		size_t n = 0;
		for (const char *p = next; *p != '\0'; p++)
			n += (size_t)snprintf(cursor + n, sizeof(cursor) - n,
					      "%%%02X", (unsigned char)*p);
		cursor[n] = '\0';
		json_decref(page);
		if (n == 0)
			return all;
	}
	ck_abort_msg("%s never ends", pattern);
	return all;
}

/* clang-format off */
static const struct {
	const char *pattern, *member, *key;
} lists[] = {
	{ "/v1/categories",   "categories",   "code" },
	{ "/v1/protocols",    "protocols",    "code" },
	{ "/v1/stages",       "stages",       "code" },
	{ "/v1/signals",      "signals",      "code" },
	{ "/v1/channels",     "channels",     "code" },
	{ "/v1/placeholders", "placeholders", "name" },
	{ "/v1/facts",        "facts",        "id" },
	{ "/v1/principles",   "principles",   "id" },
	{ "/v1/sources",      "sources",      "id" },
	{ "/v1/phrases",      "phrases",      "id" },
};
/* clang-format on */

START_TEST(a_list_gives_every_item_once)
{
	json_t *want = json_object_get(shipped, lists[_i].member);
	static const int limits[] = { 7, 100 };

	for (size_t l = 0; l < NELEMS(limits); l++) {
		json_t *items = all_items(lists[_i].pattern, "", limits[l]);
		ck_assert_uint_eq(json_array_size(items),
				  json_array_size(want));
		for (size_t i = 0; i < json_array_size(want); i++)
			ck_assert_str_eq(asking_text(json_array_get(items, i),
						     lists[_i].key),
					 asking_text(json_array_get(want, i),
						     lists[_i].key));
		json_decref(items);
	}
}
END_TEST

START_TEST(one_item_is_what_the_list_shows)
{
	static const char *const singles[][2] = {
		{ "/v1/categories/{code}", "/v1/categories/delivery.late" },
		{ "/v1/protocols/{code}", "/v1/protocols/heart" },
		{ "/v1/stages/{code}", "/v1/stages/validate" },
	};

	for (size_t i = 0; i < NELEMS(singles); i++) {
		json_t *item = asking_get(service->port, singles[i][0],
					  singles[i][1], 200);
		ck_assert_str_eq(asking_text(item, "code"),
				 strrchr(singles[i][1], '/') + 1);
		json_decref(item);
	}
	json_t *phrase =
		asking_get(service->port, "/v1/phrases/{category}/{stage}/{n}",
			   "/v1/phrases/general/validate/2", 200);
	ck_assert_str_eq(asking_text(phrase, "id"), "general/validate/2");
	json_decref(phrase);
}
END_TEST

/* clang-format off */
static const struct {
	const char *pattern, *target, *type, *meant;
	int status;
} misses[] = {
	{ "/v1/categories/{code}", "/v1/categories/delivery.lat", "unknown-category", "delivery.late", 404 },
	{ "/v1/protocols/{code}", "/v1/protocols/hearts", "unknown-protocol", "heart", 404 },
	{ "/v1/stages/{code}", "/v1/stages/vaildate", "unknown-stage", "validate", 404 },
	{ "/v1/steps/{stage}", "/v1/steps/vaildate?category=general", "unknown-stage", "validate", 404 },
	{ "/v1/steps/{stage}", "/v1/steps/open?category=general&signal=next", "invalid", "", 422 },
	{ "/v1/phrases/{category}/{stage}/{n}", "/v1/phrases/general/validate/9999", "unknown-phrase", "", 404 },
	{ "/v1/phrases", "/v1/phrases?category=nothing", "unknown-category", "", 404 },
	{ "/v1/phrases", "/v1/phrases?stage=nothing", "unknown-stage", "", 404 },
	{ "/v1/phrases", "/v1/phrases?tone=icy", "invalid", "", 422 },
	{ "/v1/phrases", "/v1/phrases?cursor=x", "invalid", "", 422 },
	{ "/v1/phrases", "/v1/phrases?cursor=a/b/0", "invalid", "", 422 },
	{ "/v1/phrases", "/v1/phrases?cursor=x&q=sorry", "invalid", "", 422 },
	{ "/v1/phrases", "/v1/phrases?q=", "invalid", "", 422 },
	{ "/v1/stages", "/v1/stages?limit=0", "invalid", "", 422 },
	{ "/v1/stages", "/v1/stages?limit=101", "invalid", "", 422 },
	{ "/v1/stages", "/v1/stages?limit=x", "invalid", "", 422 },
	{ "/v1/stages", "/v1/stages?colour=red", "invalid", "", 422 },
	{ "/v1/releases", "/v1/releases?cursor=x", "invalid", "", 422 },
	{ "/v1/coverage", "/v1/coverage?stage=nothing", "unknown-stage", "", 404 },
	{ "/v1/coverage", "/v1/coverage?cursor=x", "invalid", "", 422 },
	{ NULL, "/v1/nothing", "not-found", "", 404 },
	{ "/problems/{type}", "/problems/nothing", "not-found", "", 404 },
};
/* clang-format on */

START_TEST(a_miss_says_what_was_meant)
{
	char type[128];
	json_t *a = asking_get(service->port, misses[_i].pattern,
			       misses[_i].target, misses[_i].status);

	(void)snprintf(type, sizeof(type), "/problems/%s", misses[_i].type);
	ck_assert_str_eq(asking_text(a, "type"), type);
	if (misses[_i].meant[0] != '\0')
		ck_assert_str_eq(asking_text(a, "did_you_mean"),
				 misses[_i].meant);
	json_decref(a);
}
END_TEST

START_TEST(phrases_can_be_narrowed_and_searched)
{
	json_t *items = all_items("/v1/phrases",
				  "category=delivery.late&stage=validate", 50);
	size_t i;
	json_t *item;

	ck_assert_uint_gt(json_array_size(items), 0);
	json_array_foreach(items, i, item) {
		ck_assert_str_eq(asking_text(item, "category"),
				 "delivery.late");
		ck_assert_str_eq(asking_text(item, "stage"), "validate");
	}
	json_decref(items);

	/* Words are found in any form: "apologize" finds "apologized". */
	items = all_items("/v1/phrases", "q=sorry&stage=apologize", 5);
	ck_assert_uint_gt(json_array_size(items), 5);
	json_array_foreach(items, i, item) {
		ck_assert_str_eq(asking_text(item, "stage"), "apologize");
		for (size_t k = 0; k < i; k++)
			ck_assert_str_ne(
				asking_text(item, "id"),
				asking_text(json_array_get(items, k), "id"));
	}
	json_decref(items);
	items = all_items("/v1/phrases", "q=xyzzy", 50);
	ck_assert_uint_eq(json_array_size(items), 0);
	json_decref(items);
	/* What would be SQL is only words here. */
	items = all_items("/v1/phrases",
			  "q=%27%3B%20DROP%20TABLE%20evenkeel.phrase%3B--", 50);
	json_decref(items);
	items = all_items("/v1/phrases", "q=sorry", 100);
	ck_assert_uint_gt(json_array_size(items), 0);
	json_decref(items);
}
END_TEST

START_TEST(releases_are_listed)
{
	json_t *a =
		asking_get(service->port, "/v1/releases", "/v1/releases", 200);
	json_t *first = json_array_get(json_object_get(a, "items"), 0);

	ck_assert_uint_eq(json_array_size(json_object_get(a, "items")), 1);
	ck_assert_int_eq(json_integer_value(json_object_get(first, "number")),
			 1);
	json_decref(a);
}
END_TEST

START_TEST(the_shipped_library_is_nowhere_thin)
{
	json_t *a =
		asking_get(service->port, "/v1/coverage", "/v1/coverage", 200);

	ck_assert_msg(json_array_size(json_object_get(a, "items")) == 0,
		      "thin: %s", json_dumps(a, 0));
	json_decref(a);
}
END_TEST

START_TEST(machines_are_told_what_they_ask)
{
	static const char *const targets[] = {
		"/livez",	 "/readyz",   "/version",
		"/openapi.json", "/problems", "/bundle.schema.json",
	};

	for (size_t i = 0; i < NELEMS(targets); i++) {
		json_t *a =
			asking_get(service->port, targets[i], targets[i], 200);
		json_decref(a);
	}
	json_decref(asking_get(service->port, "/problems/{type}",
			       "/problems/unknown-category", 200));
}
END_TEST

START_TEST(browsers_may_read_the_pages_of_problems)
{
	struct answer a = client_ask(
		service->port, "GET /problems/invalid HTTP/1.1\r\n"
			       "Host: localhost\r\nAccept: text/html\r\n\r\n");

	ck_assert_int_eq(a.status, 200);
	ck_assert_ptr_nonnull(strstr(a.body, "<h1>"));
	answer_free(&a);
}
END_TEST

START_TEST(no_other_site_can_ask)
{
	static const char *const hosts[] = { "evil.example", "localhost.evil",
					     "127.0.0.1.evil", "10.0.0.1" };
	static const char *const ours[] = { "localhost", "LOCALHOST:8080",
					    "127.0.0.1:1", "[::1]:8080" };

	for (size_t i = 0; i < NELEMS(hosts); i++) {
		struct answer a = client_ask(
			service->port,
			"GET /v1/stages HTTP/1.1\r\nHost: %s\r\n\r\n",
			hosts[i]);
		ck_assert_int_eq(a.status, 421);
		answer_free(&a);
		a = client_ask(service->port,
			       "GET /livez HTTP/1.1\r\nHost: %s\r\n\r\n",
			       hosts[i]);
		ck_assert_int_eq(a.status, 200);
		answer_free(&a);
	}
	for (size_t i = 0; i < NELEMS(ours); i++) {
		struct answer a = client_ask(
			service->port,
			"GET /v1/stages HTTP/1.1\r\nHost: %s\r\n\r\n", ours[i]);
		ck_assert_int_eq(a.status, 200);
		answer_free(&a);
	}
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("reading");
	TCase *tc = tcase_create("reading");
	tcase_set_timeout(tc, 60);
	tcase_add_unchecked_fixture(tc, start, stop);
	tcase_add_loop_test(tc, a_list_gives_every_item_once, 0,
			    (int)NELEMS(lists));
	tcase_add_test(tc, one_item_is_what_the_list_shows);
	tcase_add_loop_test(tc, a_miss_says_what_was_meant, 0,
			    (int)NELEMS(misses));
	tcase_add_test(tc, phrases_can_be_narrowed_and_searched);
	tcase_add_test(tc, releases_are_listed);
	tcase_add_test(tc, the_shipped_library_is_nowhere_thin);
	tcase_add_test(tc, machines_are_told_what_they_ask);
	tcase_add_test(tc, no_other_site_can_ask);
	tcase_add_test(tc, browsers_may_read_the_pages_of_problems);
	suite_add_tcase(suite, tc);

	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
