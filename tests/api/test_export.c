/*
 * test_export.c - a release in the words of other systems, over HTTP and on the
 * command line.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/api/asking.h"
#include "tests/api/openapi.h"
#include "tests/api/service.h"
#include "tests/sql/pg.h"

#define NELEMS(a) (sizeof(a) / sizeof((a)[0]))
#define ROUTE "/v1/export/{format}"
#define NL "\r\n"

static struct service *service;

static void
start(void)
{
	pg_start(PG_FAST);
	service_shipped();
	service = service_start(NULL);
	service_expect(service, "release 1");
}

static void
stop(void)
{
	ck_assert_int_eq(service_stop(service), 0);
	pg_stop();
}

/* clang-format off */
static const struct {
	const char *format, *type;
} formats[] = {
	{ "chatwoot", "application/json" },
	{ "zendesk",  "application/json" },
	{ "zammad",   "text/csv; charset=utf-8; header=present" },
	{ "rasa",     "application/yaml" },
	{ "markdown", "text/markdown; charset=utf-8" },
};
/* clang-format on */

START_TEST(the_command_prints_what_the_route_answers)
{
	char target[64], type[64], tag[64];

	(void)snprintf(target, sizeof(target), "/v1/export/%s",
		       formats[_i].format);
	struct answer a = client_get(service->port, target);

	ck_assert_int_eq(a.status, 200);
	ck_assert_str_eq(answer_header(&a, "Content-Type", type, sizeof(type)),
			 formats[_i].type);
	ck_assert_str_ne(answer_header(&a, "ETag", tag, sizeof(tag)), "");
	ck_assert(answer_has(&a, "Transfer-Encoding: chunked"));
	ck_assert_uint_gt(a.len, 100000);
	openapi_expect("GET", ROUTE, 200, type, a.body, a.len);
	ck_assert_int_eq(
		service_command("export", "--format", formats[_i].format, NULL),
		0);
	ck_assert_uint_eq(strlen(service_output()), a.len);
	ck_assert_str_eq(service_output(), a.body);
	answer_free(&a);

	struct answer again =
		client_ask(service->port,
			   "GET %s HTTP/1.1" NL "Host: localhost" NL
			   "If-None-Match: %s" NL NL,
			   target, tag);
	ck_assert_int_eq(again.status, 304);
	answer_free(&again);
}
END_TEST

/* There is nothing after the head: not even the end of a body. */
START_TEST(head_has_no_body)
{
	struct client *c = client_open(service->port);
	struct answer a;
	char tag[64];

	(void)client_text(c, "HEAD /v1/export/zammad HTTP/1.1" NL
			     "Host: localhost" NL NL);
	ck_assert(client_read_head(c, &a, 5000));
	ck_assert_int_eq(a.status, 200);
	ck_assert_str_ne(answer_header(&a, "ETag", tag, sizeof(tag)), "");
	ck_assert(client_closed(c, 5000));
	answer_free(&a);
	client_close(c);
}
END_TEST

/* A client of HTTP/1.0 knows no chunks: the connection ends the body. */
START_TEST(old_clients_get_it_too)
{
	struct answer a = client_ask(service->port,
				     "GET /v1/export/zammad HTTP/1.0" NL NL);

	ck_assert_int_eq(a.status, 200);
	ck_assert(!answer_has(&a, "Transfer-Encoding: chunked"));
	ck_assert_uint_gt(a.len, 100000);
	ck_assert_str_eq(a.body + a.len - 6, "true\r\n");
	answer_free(&a);
}
END_TEST

/* Nobody waits for one who reads slowly, and one who leaves leaves nothing. */
START_TEST(others_are_answered_meanwhile)
{
	struct client *slow[8];

	for (size_t i = 0; i < NELEMS(slow); i++) {
		slow[i] = client_open(service->port);
		(void)client_text(slow[i], "GET /v1/export/zendesk HTTP/1.1" NL
					   "Host: localhost" NL NL);
	}
	struct answer a =
		client_get(service->port, "/v1/next?category=delivery.late");
	ck_assert_int_eq(a.status, 200);
	answer_free(&a);
	for (size_t i = 0; i < NELEMS(slow); i++) {
		if (i % 2 == 0) {
			client_reset(slow[i]);
			continue;
		}
		ck_assert(client_read(slow[i], &a, 10000));
		ck_assert_int_eq(a.status, 200);
		ck_assert_str_eq(a.body + a.len - 3, "]}\n");
		answer_free(&a);
		client_close(slow[i]);
	}
}
END_TEST

/* Publish another release: other words in its first line and its last. */
static void
publish_another(void)
{
	char path[] = "/tmp/evenkeel-release-XXXXXX";
	int fd = mkstemp(path);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(service_command("export", NULL), 0);
	json_t *bundle = json_loads(service_output(), 0, NULL);
	json_t *phrases = json_object_get(bundle, "phrases");
	size_t last = json_array_size(phrases) - 1;

	json_object_set_new(json_array_get(phrases, 0), "text",
			    json_string("This is the first line."));
	json_object_set_new(json_array_get(phrases, last), "text",
			    json_string("This is the last line."));
	ck_assert_int_eq(json_dumpfd(bundle, fd, 0), 0);
	(void)close(fd);
	json_decref(bundle);
	ck_assert_msg(service_command("import", "--publish", path, NULL) == 0,
		      "%s", service_output());
	(void)unlink(path);
	service_expect(service, "release 2");
}

static bool
same(const struct answer *a, const struct answer *b)
{
	return a->len == b->len && memcmp(a->body, b->body, a->len) == 0;
}

/* Many for one who does not read, until there is another release. */
START_TEST(each_is_wholly_of_one_release)
{
	enum {
		MANY = 24
	};
	struct client *c = client_open(service->port);
	struct answer first = client_get(service->port, "/v1/export/zendesk");
	size_t old = 0;

	for (int i = 0; i < MANY; i++)
		(void)client_text(c, "GET /v1/export/zendesk HTTP/1.1" NL
				     "Host: localhost" NL NL);
	publish_another();
	struct answer second = client_get(service->port, "/v1/export/zendesk");

	ck_assert(!same(&first, &second));
	for (size_t i = 0; i < MANY; i++) {
		struct answer a;

		ck_assert(client_read(c, &a, 10000));
		ck_assert(same(&a, &second) || (same(&a, &first) && old == i));
		old += same(&a, &first);
		answer_free(&a);
	}
	/* One of them was under way. */
	ck_assert_uint_gt(old, 0);
	ck_assert_uint_lt(old, MANY);
	client_close(c);
	answer_free(&first);
	answer_free(&second);
}
END_TEST

static size_t
number(const json_t *all)
{
	return json_array_size(json_object_get(all, "canned_responses"));
}

START_TEST(filters_narrow_it)
{
	json_t *all = asking_get(service->port, ROUTE,
				 "/v1/export/chatwoot?category=delivery.late"
				 "&stage=validate",
				 200);
	json_t *bot =
		asking_get(service->port, ROUTE,
			   "/v1/export/chatwoot?speaker=bot&locale=en", 200);
	json_t *none = asking_get(service->port, ROUTE,
				  "/v1/export/chatwoot?stage=done", 200);
	size_t i;
	json_t *item;

	ck_assert_uint_gt(number(all), 0);
	json_array_foreach(json_object_get(all, "canned_responses"), i, item)
		ck_assert_int_eq(strncmp(asking_text(item, "short_code"),
					 "delivery.late.validate.", 23),
				 0);
	ck_assert_uint_gt(number(bot), number(all));
	ck_assert_uint_eq(number(none), 0);
	json_decref(all);
	json_decref(bot);
	json_decref(none);
}
END_TEST

/* clang-format off */
static const struct {
	const char *target, *type, *meant;
	int status;
} misses[] = {
	{ "/v1/export/zenddesk", "not-found", "zendesk", 404 },
	{ "/v1/export/zammad?category=nothing", "unknown-category", "", 404 },
	{ "/v1/export/zammad?stage=nothing", "unknown-stage", "", 404 },
	{ "/v1/export/zammad?locale=xx", "invalid", "", 422 },
	{ "/v1/export/zammad?speaker=cat", "invalid", "", 422 },
	{ "/v1/export/zammad?categry=general", "invalid", "category", 422 },
};
/* clang-format on */

START_TEST(refuses)
{
	json_t *p = asking_get(service->port, ROUTE, misses[_i].target,
			       misses[_i].status);
	char type[64];

	(void)snprintf(type, sizeof(type), "/problems/%s", misses[_i].type);
	ck_assert_str_eq(asking_text(p, "type"), type);
	ck_assert_str_eq(asking_text(p, "did_you_mean"), misses[_i].meant);
	json_decref(p);
}
END_TEST

/* What is empty is whole, too. */
START_TEST(nothing_is_a_document_of_nothing)
{
	struct answer a =
		client_get(service->port, "/v1/export/rasa?stage=done");

	ck_assert_int_eq(a.status, 200);
	ck_assert_str_eq(a.body + a.len - 15, "\nresponses: {}\n");
	answer_free(&a);
	a = client_get(service->port, "/v1/export/zammad?stage=done");
	ck_assert_str_eq(a.body, "id,name,keywords,content,note,active\r\n");
	answer_free(&a);
}
END_TEST

START_TEST(the_command_refuses)
{
	ck_assert_int_eq(service_command("export", "--format", "word", NULL),
			 2);
	ck_assert_int_eq(service_command("export", "--format", "rasa",
					 "--stage", "nothing", NULL),
			 2);
	ck_assert_ptr_nonnull(strstr(service_output(), "nothing"));
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("export");
	TCase *tc = tcase_create("export");

	tcase_add_unchecked_fixture(tc, start, stop);
	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, the_command_prints_what_the_route_answers, 0,
			    (int)NELEMS(formats));
	tcase_add_test(tc, head_has_no_body);
	tcase_add_test(tc, old_clients_get_it_too);
	tcase_add_test(tc, others_are_answered_meanwhile);
	tcase_add_test(tc, each_is_wholly_of_one_release);
	tcase_add_test(tc, filters_narrow_it);
	tcase_add_loop_test(tc, refuses, 0, (int)NELEMS(misses));
	tcase_add_test(tc, nothing_is_a_document_of_nothing);
	tcase_add_test(tc, the_command_refuses);
	suite_add_tcase(s, tc);
	SRunner *sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	int failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
