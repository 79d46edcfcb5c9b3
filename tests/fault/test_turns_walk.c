/*
 * test_turns_walk.c - conversations outlive the server and the release.
 *
 * All walkthroughs go on side by side, one turn each at a time; in between
 * something happens to the server, and then each turn is asked for once more.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <jansson.h>

#include "tests/api/asking.h"
#include "tests/api/client.h"
#include "tests/api/service.h"
#include "tests/fault/turns.h"
#include "tests/sql/pg.h"

#define WALKS 10
#define WAIT_MS 10000

static struct service *service;
static struct wire *wire;

/* A conversation on its way. */
static struct walk {
	json_t *talk; /* borrowed from ${all} */
	char id[TURNS_ID + 1], stage[32];
	int turn; /* taken so far */
	/* the newest of these, and its answer */
	char text[TURNS_REQUEST], *body;
	size_t len;
} walks[WALKS];
static json_t *all;
static const char *renamed; /* what "restate" is called now */
static int replaced;	    /* turns that said so */

static void
serve(int release)
{
	char event[32];

	service = service_start(NULL);
	(void)snprintf(event, sizeof(event), "release %d", release);
	service_expect(service, event);
	service_writes(service, "");
}

static json_t *
ask(const char *text, int status, struct said *said)
{
	ck_assert(wire_send(wire, service->port, text));
	ck_assert_msg(wire_read(wire, said, WAIT_MS), "no answer to %s", text);
	ck_assert_msg(said->status == status, "%d %s", said->status,
		      said->body);
	json_t *json = json_loadb(said->body, said->len, 0, NULL);

	ck_assert_ptr_nonnull(json);
	return json;
}

static void
begin(struct walk *w, int n)
{
	char text[TURNS_REQUEST], body[256], key[32];
	struct said said;

	*w = (struct walk){ .talk = json_array_get(all, (size_t)n) };
	ck_assert_ptr_nonnull(w->talk);
	(void)snprintf(body, sizeof(body),
		       "{\"category\":\"%s\",\"channel\":\"%s\"}",
		       asking_text(w->talk, "category"),
		       asking_text(w->talk, "channel"));
	(void)snprintf(key, sizeof(key), "walk-%d", n);
	turns_request(text, TURNS_START, NULL, key, 0, body);
	json_t *json = ask(text, 201, &said);

	ck_assert_str_eq(asking_text(json, "conversation/stage"),
			 asking_text(w->talk, "start"));
	(void)snprintf(w->stage, sizeof(w->stage), "%s",
		       asking_text(json, "conversation/stage"));
	memcpy(w->id, said.id, sizeof(w->id));
	json_decref(json);
}

static void
setup(void)
{
	pg_start(PG_FAST);
	service_shipped();
	serve(1);
	wire = wire_new();
	all = json_load_file("tests/api/walkthroughs.json", 0, NULL);
	ck_assert_ptr_nonnull(wire);
	ck_assert_uint_eq(json_array_size(all), WALKS);
	renamed = "restate";
	replaced = 0;
	for (int i = 0; i < WALKS; i++)
		begin(&walks[i], i);
}

static void
teardown(void)
{
	for (int i = 0; i < WALKS; i++)
		free(walks[i].body);
	wire_free(wire);
	json_decref(all);
	ck_assert_int_eq(service_stop(service), 0);
	pg_stop();
}

/* --- a turn --------------------------------------------------------------- */

static const char *
name_now(const char *stage)
{
	return strcmp(stage, "restate") == 0 ? renamed : stage;
}

static const json_t *
next_step(const struct walk *w)
{
	return json_array_get(json_object_get(w->talk, "steps"),
			      (size_t)w->turn);
}

/* Is the answer the one of the walkthrough? */
static void
compare(const struct walk *w, const json_t *step, const json_t *json)
{
	const char *stage = asking_text(json, "conversation/stage");
	const char *expected = name_now(asking_text(step, "expect_stage"));
	const json_t *moved =
		json_object_get(json_object_get(json, "step"), "moved");

	ck_assert_msg(strcmp(stage, expected) == 0, "%s, turn %d: %s, not %s",
		      asking_text(w->talk, "name"), w->turn + 1, stage,
		      expected);
	ck_assert_str_eq(asking_text(json, "step/stage/code"), stage);
	ck_assert_int_eq(json_is_true(moved),
			 json_is_true(json_object_get(step, "moved")));
}

static void
take_turn(struct walk *w, int n)
{
	const json_t *step = next_step(w);
	char body[64], key[32];
	struct said said;

	(void)snprintf(body, sizeof(body), "{\"signal\":\"%s\"}",
		       asking_text(step, "signal"));
	(void)snprintf(key, sizeof(key), "walk-%d-%d", n, w->turn);
	turns_request(w->text, TURNS_TURN, w->id, key, w->turn + 1, body);
	json_t *json = ask(w->text, 200, &said);

	ck_assert_int_eq(said.version, w->turn + 2);
	ck_assert(!said.replayed);
	compare(w, step, json);
	(void)snprintf(w->stage, sizeof(w->stage), "%s",
		       asking_text(json, "conversation/stage"));
	w->turn++;
	free(w->body);
	w->body = strndup(said.body, said.len);
	w->len = said.len;
	json_decref(json);
}

/* The newest turn once more: the same bytes, whoever makes them. */
static void
repeat(const struct walk *w)
{
	struct said said;

	if (w->body == NULL)
		return;
	json_decref(ask(w->text, 200, &said));
	ck_assert(said.replayed);
	ck_assert_uint_eq(said.len, w->len);
	ck_assert_str_eq(said.body, w->body);
}

/* A turn of each that is not at its end.  False: all are. */
static bool
go_on(void)
{
	bool any = false;

	for (int i = 0; i < WALKS; i++) {
		if (next_step(&walks[i]) == NULL)
			continue;
		take_turn(&walks[i], i);
		any = true;
	}
	return any;
}

/* All turns that were taken, in order, and no other. */
static void
expect_all(void)
{
	int turns = 0;

	for (int i = 0; i < WALKS; i++) {
		char target[128];
		size_t n;
		json_t *turn;

		(void)snprintf(target, sizeof(target),
			       "/v1/conversations/%s?turns=all", walks[i].id);
		json_t *json = asking_get(
			service->port, "/v1/conversations/{id}", target, 200);
		json_t *list = json_object_get(json, "turns");

		ck_assert_uint_eq(json_array_size(list),
				  (size_t)walks[i].turn + 1);
		json_array_foreach(list, n, turn) {
			ck_assert_int_eq(
				json_integer_value(json_object_get(turn, "n")),
				(json_int_t)n + 1);
			replaced += strcmp(asking_text(turn, "note"),
					   "stage-replaced") == 0;
		}
		turns += walks[i].turn + 1;
		json_decref(json);
	}
	turns_check(turns, WALKS);
}

/* --- the server ends and begins ------------------------------------------- */

START_TEST(a_restart_between_any_two_turns)
{
	int restarts = 0;

	do {
		wire_cut(wire, false);
		ck_assert_int_eq(service_stop(service), 0);
		serve(1);
		restarts++;
		for (int i = 0; i < WALKS; i++)
			repeat(&walks[i]);
	} while (go_on());
	expect_all();
	printf("%d restarts\n", restarts);
	ck_assert_int_eq(replaced, 0);
}
END_TEST

/* --- another release ------------------------------------------------------ */

/* Every string ${from} in ${json} becomes ${to}. */
static void
rename_all(json_t *json, const char *from, const char *to)
{
	const char *key;
	json_t *item;
	size_t i;

	json_array_foreach(json, i, item) {
		rename_all(item, from, to);
		if (json_is_string(item) &&
		    strcmp(json_string_value(item), from) == 0)
			json_array_set_new(json, i, json_string(to));
	}
	json_object_foreach(json, key, item) {
		rename_all(item, from, to);
		if (json_is_string(item) &&
		    strcmp(json_string_value(item), from) == 0)
			json_string_set(item, to);
	}
}

/* The id of a phrase is made of its category, its stage and a number. */
static void
rename_ids(json_t *phrases)
{
	json_t *phrase;
	size_t i;

	json_array_foreach(phrases, i, phrase) {
		char id[256];

		(void)snprintf(id, sizeof(id), "%s/%s%s",
			       asking_text(phrase, "category"),
			       asking_text(phrase, "stage"),
			       strrchr(asking_text(phrase, "id"), '/'));
		json_object_set_new(phrase, "id", json_string(id));
	}
}

/* A release in which the stage ${from} is gone, and ${to} in its place. */
static void
publish(int release, const char *from, const char *to)
{
	char path[] = "/tmp/evenkeel-bundle-XXXXXX", event[32];

	ck_assert_int_eq(service_command("export", NULL), 0);
	json_t *bundle = json_loads(service_output(), 0, NULL);
	ck_assert_ptr_nonnull(bundle);
	rename_all(bundle, from, to);
	rename_ids(json_object_get(bundle, "phrases"));
	int fd = mkstemp(path);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(json_dumpfd(bundle, fd, 0), 0);
	(void)close(fd);
	json_decref(bundle);
	ck_assert_msg(service_command("import", "--publish", path, NULL) == 0,
		      "%s", service_output());
	(void)unlink(path);
	(void)snprintf(event, sizeof(event), "release %d", release);
	service_expect(service, event);
	renamed = to;
}

static const char *
other_name(void)
{
	return strcmp(renamed, "echo") == 0 ? "restate" : "echo";
}

/* How many stand at ${stage} and go on from there? */
static int
standing_at(const char *stage)
{
	int n = 0;

	for (int i = 0; i < WALKS; i++)
		n += strcmp(walks[i].stage, stage) == 0 &&
		     next_step(&walks[i]) != NULL;
	return n;
}

START_TEST(a_release_without_the_stage_between_any_two_turns)
{
	int release = 1, expected = 0;

	do {
		const char *from = renamed;
		int n = standing_at(from);

		if (n > 0) {
			publish(++release, from, other_name());
			expected += n;
		}
		for (int i = 0; i < WALKS; i++)
			repeat(&walks[i]);
	} while (go_on());
	expect_all();
	printf("%d releases, %d stages replaced\n", release, replaced);
	ck_assert_int_gt(expected, 0);
	ck_assert_int_eq(replaced, expected);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("turns, walks");
	TCase *tc = tcase_create("walks");

	tcase_set_timeout(tc, 600);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, a_restart_between_any_two_turns);
	tcase_add_test(tc, a_release_without_the_stage_between_any_two_turns);
	suite_add_tcase(suite, tc);

	/* The clusters are this process's children: no forks in between. */
	SRunner *runner = srunner_create(suite);
	srunner_set_fork_status(runner, CK_NOFORK);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
