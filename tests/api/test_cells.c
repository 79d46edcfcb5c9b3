/*
 * test_cells.c - in every cell somebody can stand in there is something to
 * say, and it is finished.
 *
 * Every category, stage, channel, speaker, fault and intensity of the library
 * that ships, over HTTP: once without values, and an eighth of them once more
 * with some.  Requests go out in bundles on one connection, or it would take
 * long.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "tests/api/asking.h"
#include "tests/api/service.h"
#include "tests/finished.h"
#include "tests/sql/pg.h"

#define BATCH 64

static struct service *service;
static json_t *shipped; /* the library as it was imported */
static json_t *voices;	/* phrase id -> who may say it */
static json_t *hints;	/* what stands under in_person: text -> true */

static void
read_shipped(void)
{
	json_t *phrase, *stage, *hint;
	size_t i, k;

	/* As anybody would get it: printed by the program. */
	ck_assert_int_eq(service_command("export", NULL), 0);
	shipped = json_loads(service_output(), 0, NULL);
	ck_assert_ptr_nonnull(shipped);
	voices = json_object();
	hints = json_object();
	json_array_foreach(json_object_get(shipped, "phrases"), i, phrase)
		json_object_set(voices, asking_text(phrase, "id"),
				json_object_get(phrase, "speaker"));
	json_array_foreach(json_object_get(shipped, "stages"), i, stage)
		json_array_foreach(
			json_object_get(json_object_get(stage, "delivery"),
					"in_person"),
			k, hint)
			json_object_set_new(hints, json_string_value(hint),
					    json_true());
}

static void
start(void)
{
	pg_start(PG_FAST);
	service_shipped();
	read_shipped();
	service = service_start(NULL);
	service_expect(service, "release 1");
}

static void
stop(void)
{
	ck_assert_int_eq(service_stop(service), 0);
	json_decref(shipped);
	json_decref(voices);
	json_decref(hints);
	pg_stop();
}

struct cell {
	const char *category, *stage, *kind, *channel, *speaker, *fault;
	int intensity;
	bool is_public;
	bool values;
};

/*
 * A value for every placeholder, of the kind that people send: some begin with
 * a small letter, some are strange.
 */
static const char *const samples[] = {
	"the blue kettle",
	"Ana",
	"tomorrow noon",
	"two days",
	"\xc3\xa9t\xc3\xa9",
	"12",
	"x",
	"our line manager",
	"it broke again",
	"O'Neil & Sons",
	"a spare one",
	"late <again>",
};

static size_t
add_values(char *target, size_t size, unsigned seed)
{
	json_t *placeholder;
	size_t i, n = 0, given = 0;

	json_array_foreach(json_object_get(shipped, "placeholders"), i,
			   placeholder) {
		const char *name = asking_text(placeholder, "name");
		const char *value =
			samples[(seed + i * 7) %
				(sizeof(samples) / sizeof(samples[0]))];

		/* A third of them, few enough for one URL. */
		if ((seed / 3 + i * 5) % 3 != 0 || given == 20)
			continue;
		given++;
		n += (size_t)snprintf(target + n, size - n,
				      "&values.%s=", name);
		if (json_is_true(json_object_get(placeholder, "private")))
			value = "PRIVATE";
		for (; *value != '\0'; value++)
			n += (size_t)snprintf(target + n, size - n, "%%%02X",
					      (unsigned char)*value);
	}
	return n;
}

static void
expect_line(const struct cell *c, const json_t *line, const char *where)
{
	const char *text = asking_text(line, "text");
	const char *voice = json_string_value(
		json_object_get(voices, asking_text(line, "id")));
	const char *fault = finished_fault(text);

	ck_assert_msg(voice != NULL, "%s: no such phrase", where);
	ck_assert_msg(fault == NULL, "%s: %s: %s", where, fault, text);
	if (c->is_public)
		ck_assert_msg(strstr(text, "PRIVATE") == NULL, "%s: %s", where,
			      text);
	if (strcmp(c->speaker, "bot") != 0) {
		ck_assert_msg(strcmp(voice, "any") == 0 ||
				      strcmp(voice, "human") == 0,
			      "%s: %s is for %s", where,
			      asking_text(line, "id"), voice);
		return;
	}
	ck_assert_msg(strcmp(voice, "any") == 0 || strcmp(voice, "bot") == 0,
		      "%s: a bot says %s", where, asking_text(line, "id"));
	ck_assert(json_is_false(json_object_get(line, "true_only")));
	ck_assert_uint_eq(json_array_size(json_object_get(line, "offers")), 0);
}

static void
expect_answer(const struct cell *c, const struct answer *a, const char *where)
{
	json_t *json =
		json_loadb(a->body, a->len, JSON_REJECT_DUPLICATES, NULL);
	json_t *item;
	size_t i;
	bool faces = strcmp(c->kind, "internal") != 0 &&
		     strcmp(c->kind, "end") != 0 &&
		     (strcmp(c->stage, "public_reply") != 0 || c->is_public);

	ck_assert_msg(a->status == 200, "%s: %d %s", where, a->status, a->body);
	ck_assert_msg(json != NULL, "%s: %s", where, a->body);
	ck_assert_str_eq(asking_text(json, "stage/code"), c->stage);
	ck_assert_msg(
		(json_array_size(json_object_get(json, "say")) > 0) == faces,
		"%s: %s", where, faces ? "nothing to say" : "something to say");
	json_array_foreach(json_object_get(json, "say"), i, item)
		expect_line(c, item, where);
	if (strcmp(c->channel, "in_person") != 0)
		json_array_foreach(json_object_get(json, "delivery"), i, item)
			ck_assert_msg(json_object_get(
					      hints, json_string_value(item)) ==
					      NULL,
				      "%s: body language: %s", where,
				      json_string_value(item));
	json_decref(json);
}

/* One batch of requests on a connection that lives for many. */
static struct {
	struct client *client;
	int answers; /* on this connection */
	struct cell cells[BATCH];
	char targets[BATCH][2048];
	int n;
	long total;
} queue;

static void
flush(void)
{
	struct answer a;

	if (queue.client == NULL || queue.answers + queue.n > 999) {
		client_close(queue.client);
		queue.client = client_open(service->port);
		queue.answers = 0;
	}
	for (int i = 0; i < queue.n; i++)
		ck_assert(client_text(
			queue.client,
			"GET %s HTTP/1.1\r\nHost: localhost\r\n\r\n",
			queue.targets[i]));
	for (int i = 0; i < queue.n; i++) {
		ck_assert_msg(client_read(queue.client, &a, 20000), "%s",
			      queue.targets[i]);
		expect_answer(&queue.cells[i], &a, queue.targets[i]);
		answer_free(&a);
	}
	queue.answers += queue.n;
	queue.total += queue.n;
	queue.n = 0;
}

static void
ask(struct cell c, unsigned seed)
{
	char *target = queue.targets[queue.n];
	size_t size = sizeof(queue.targets[0]);
	size_t n = (size_t)snprintf(
		target, size,
		"/v1/steps/%s?category=%s&channel=%s&speaker=%s&fault=%s"
		"&intensity=%d",
		c.stage, c.category, c.channel, c.speaker, c.fault,
		c.intensity);

	if (c.values)
		(void)add_values(target + n, size - n, seed);
	queue.cells[queue.n++] = c;
	if (queue.n == BATCH)
		flush();
}

/* All cells of a category and a stage. */
static void
ask_about(struct cell c)
{
	static const char *const speakers[] = { "human", "bot" };
	static const char *const faults[] = { "ours", "theirs", "third_party",
					      "unknown" };
	static unsigned seed;
	json_t *channel;
	size_t i;

	json_array_foreach(json_object_get(shipped, "channels"), i, channel) {
		c.channel = asking_text(channel, "code");
		c.is_public = json_is_true(json_object_get(channel, "public"));
		for (int k = 0; k < 2 * 4 * 5; k++) {
			c.speaker = speakers[k % 2];
			c.fault = faults[k / 2 % 4];
			c.intensity = k / 8;
			c.values = false;
			ask(c, 0);
			c.values = true;
			if (seed++ % 8 == 0)
				ask(c, seed);
		}
	}
}

START_TEST(every_cell_has_something_finished_to_say)
{
	json_t *categories = json_object_get(shipped, "categories");
	json_t *stages = json_object_get(shipped, "stages");
	json_t *category, *stage;
	size_t i, k;

	json_array_foreach(categories, i, category)
		json_array_foreach(stages, k, stage)
			ask_about((struct cell){
				.category = asking_text(category, "code"),
				.stage = asking_text(stage, "code"),
				.kind = asking_text(stage, "kind") });
	flush();
	client_close(queue.client);
	ck_assert_int_ge(queue.total, 100000);
	printf("%ld requests\n", queue.total);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("cells");
	TCase *tc = tcase_create("cells");
	tcase_set_timeout(tc, 900);
	tcase_add_unchecked_fixture(tc, start, stop);
	tcase_add_test(tc, every_cell_has_something_finished_to_say);
	suite_add_tcase(suite, tc);

	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
