/*
 * test_turns.c - one effect for each version and each key, however many ask.
 *
 * Once of one server, once of two on the same database.
 *
 * TURNS_ROUNDS (1,000) is how often 64 clients want the same version,
 * TURNS_KEYS (10,000) how many keys are used five times and more; with two
 * servers or with a sanitizer a tenth of them.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "tests/api/client.h"
#include "tests/api/service.h"
#include "tests/fault/turns.h"
#include "tests/sql/pg.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SLOWER 10
#else
#define SLOWER 1
#endif
#define CLIENTS 64
#define WAIT_MS 10000
#define CASES 100 /* conversations that turns are taken in */
#define GROUP 8	  /* keys at a time */
#define REPLAYS 5 /* requests with each */
#define START_BODY "{\"category\":\"delivery.late\"}"
#define TURN_BODY "{\"signal\":\"told\"}"

static struct service *services[2];
static int nservices;
static struct wire *wires[CLIENTS];

static void
serve(void)
{
	services[nservices] = service_start(NULL);
	service_expect(services[nservices], "release 1");
	service_writes(services[nservices], "");
	nservices++;
}

/* The server that wire ${i} leads to; those of a key lead to all. */
static int
port(int i)
{
	return services[(i / GROUP + i) % nservices]->port;
}

static void
setup(void)
{
	pg_start(PG_FAST);
	service_shipped();
	nservices = 0;
	serve();
	for (int i = 0; i < CLIENTS; i++) {
		wires[i] = wire_new();
		ck_assert_ptr_nonnull(wires[i]);
	}
}

static void
teardown(void)
{
	for (int i = 0; i < CLIENTS; i++)
		wire_free(wires[i]);
	while (nservices > 0)
		ck_assert_int_eq(service_stop(services[--nservices]), 0);
	pg_stop();
}

static void
send_on(int i, const char *text)
{
	ck_assert(wire_send(wires[i], port(i), text));
}

static void
read_on(int i, struct said *said)
{
	ck_assert_msg(wire_read(wires[i], said, WAIT_MS), "no answer");
}

static void
ask(int i, const char *text, struct said *said)
{
	send_on(i, text);
	read_on(i, said);
}

/* A machine that has other things to do may say so: nothing was done. */
static bool
is_busy(const struct said *said)
{
	return said->status == 503 && said->retry_after > 0 &&
	       strstr(said->body, "/problems/busy") != NULL;
}

static void
begin(const char *key, char *id)
{
	char text[TURNS_REQUEST];
	struct said said;

	turns_request(text, TURNS_START, NULL, key, 0, START_BODY);
	ask(0, text, &said);
	ck_assert_msg(said.status == 201, "%d %s", said.status, said.body);
	memcpy(id, said.id, sizeof(said.id));
}

/* --- one version, 64 clients ---------------------------------------------- */

static void
write_round(char *text, const char *id, int round, int client)
{
	char key[48];

	(void)snprintf(key, sizeof(key), "round-%d-%d", round, client);
	turns_request(text, TURNS_TURN, id, key, round, TURN_BODY);
}

/* All ask before the first answer is read; another is the first each time. */
static void
play_round(const char *id, int round)
{
	char text[TURNS_REQUEST];
	struct said said;
	int won = 0;

	for (int i = 0; i < CLIENTS; i++) {
		int n = (i + round) % CLIENTS;

		write_round(text, id, round, n);
		send_on(n, text);
	}
	for (int i = 0; i < CLIENTS; i++) {
		read_on(i, &said);
		while (is_busy(&said)) {
			write_round(text, id, round, i);
			ask(i, text, &said);
		}
		won += said.status == 200;
		ck_assert_msg(said.status == 200 || said.status == 412,
			      "round %d: %d %s", round, said.status, said.body);
		ck_assert_int_eq(said.version, round + 1);
	}
	ck_assert_int_eq(won, 1);
}

/* With one server, and with two. */
static int
times(int loop, const char *name, long standard)
{
	while (nservices < loop + 1)
		serve();
	return (int)turns_setting(name,
				  standard / SLOWER / (loop > 0 ? 10 : 1));
}

START_TEST(one_of_64_clients_wins_each_version)
{
	int rounds = times(_i, "TURNS_ROUNDS", 1000);
	char id[TURNS_ID + 1], target[128];
	long start = turns_now_ms();
	size_t i;
	json_t *turn;

	begin("the-one", id);
	for (int round = 1; round <= rounds; round++)
		play_round(id, round);
	printf("%d rounds of %d clients in %ld ms\n", rounds, CLIENTS,
	       turns_now_ms() - start);
	turns_check(rounds + 1, 1);

	(void)snprintf(target, sizeof(target), "/v1/conversations/%s?turns=all",
		       id);
	struct answer a = client_get(port(0), target);
	json_t *json = json_loads(a.body, 0, NULL);
	json_t *turns = json_object_get(json, "turns");

	ck_assert_int_eq(a.status, 200);
	ck_assert_uint_eq(json_array_size(turns), (size_t)rounds + 1);
	json_array_foreach(turns, i, turn)
		ck_assert_int_eq(json_integer_value(json_object_get(turn, "n")),
				 (json_int_t)i + 1);
	json_decref(json);
	answer_free(&a);
}
END_TEST

/* --- keys ----------------------------------------------------------------- */

/* A key, what it is used for, and the first answer that was read. */
struct use {
	char text[TURNS_REQUEST], other[TURNS_REQUEST];
	int status; /* of the effect */
	char *body;
	size_t len;
	int fresh; /* answers that were no replay */
	int read;
};

static struct {
	long reused, running, cut;
} seen;

static void
take_turn(int n, const char *id)
{
	char text[TURNS_REQUEST], key[32];
	struct said said;

	(void)snprintf(key, sizeof(key), "before-%d", n);
	turns_request(text, TURNS_TURN, id, key, 0, TURN_BODY);
	ask(0, text, &said);
	ck_assert_msg(said.status == 200, "%d %s", said.status, said.body);
}

static void
prepare(struct use *u, int n, char ids[CASES][TURNS_ID + 1])
{
	static const struct {
		const char *body, *other;
	} bodies[] = {
		[TURNS_START] = { START_BODY, "{\"category\":\"general\"}" },
		[TURNS_TURN] = { TURN_BODY, "{\"signal\":\"due\"}" },
		[TURNS_UNDO] = { "{}", "{\"raw\":true}" },
		[TURNS_PATCH] = { "{\"root_cause\":\"hole\"}",
				  "{\"root_cause\":null}" },
	};
	enum turns_what what = (enum turns_what)(n % 4);
	const char *id = ids[n / 4 % (CASES / 2)];
	char key[32];

	*u = (struct use){ .status = what == TURNS_START ? 201 : 200 };
	(void)snprintf(key, sizeof(key), "key-%d", n);
	/* Where something is taken back, nothing else happens meanwhile. */
	if (what == TURNS_UNDO)
		take_turn(n, id = ids[CASES / 2 + n / 4 % (CASES / 2)]);
	turns_request(u->text, what, id, key, 0, bodies[what].body);
	turns_request(u->other, what, id, key, 0, bodies[what].other);
}

/* False: it is in use at this moment, or nobody had time for it. */
static bool
note(struct use *u, const struct said *said)
{
	if (is_busy(said))
		return false;
	if (said->status == 409) {
		ck_assert_ptr_nonnull(
			strstr(said->body, "idempotency-key-running"));
		ck_assert_int_gt(said->retry_after, 0);
		seen.running++;
		return false;
	}
	ck_assert_msg(said->status == u->status, "%d %s\n%s", said->status,
		      said->body, u->text);
	u->fresh += !said->replayed;
	u->read++;
	if (u->body == NULL) {
		u->body = strndup(said->body, said->len);
		ck_assert_ptr_nonnull(u->body);
		u->len = said->len;
	}
	ck_assert_uint_eq(u->len, said->len);
	ck_assert_str_eq(u->body, said->body);
	return true;
}

/* Ask until it is answered; one that was cut off may be at work still. */
static void
repeat(struct use *u, int i)
{
	long end = turns_now_ms() + WAIT_MS;
	struct said said;

	do {
		ck_assert_msg(turns_now_ms() < end, "a key in use for ever");
		ask(i, u->text, &said);
	} while (!note(u, &said));
}

static void
cut_off(struct use *u, int i, bool reset)
{
	send_on(i, u->text);
	wire_cut(wires[i], reset);
	seen.cut++;
}

/* All of all keys are sent before an answer is read. */
static void
at_once(struct use *uses)
{
	struct said said;
	bool done[GROUP * REPLAYS];

	for (int i = 0; i < GROUP * REPLAYS; i++)
		send_on(i, uses[i % GROUP].text);
	for (int i = 0; i < GROUP * REPLAYS; i++) {
		read_on(i, &said);
		done[i] = note(&uses[i % GROUP], &said);
	}
	for (int i = 0; i < GROUP * REPLAYS; i++)
		if (!done[i])
			repeat(&uses[i % GROUP], i);
}

/* The keys at once, but the uses of each one after the other. */
static void
in_turn(struct use *uses)
{
	struct said said;
	bool done[GROUP];

	for (int n = 0; n < REPLAYS; n++) {
		for (int i = 0; i < GROUP; i++)
			send_on(i + n * GROUP, uses[i].text);
		for (int i = 0; i < GROUP; i++) {
			read_on(i + n * GROUP, &said);
			done[i] = note(&uses[i], &said);
		}
		for (int i = 0; i < GROUP; i++)
			if (!done[i])
				repeat(&uses[i], i + n * GROUP);
	}
}

static void
finish(struct use *u, bool was_cut, bool other)
{
	struct said said;

	ck_assert_int_eq(u->read, REPLAYS);
	/* The answer that was cut off may have been the fresh one. */
	ck_assert_int_le(u->fresh, 1);
	ck_assert_int_ge(u->fresh, was_cut ? 0 : 1);
	if (other) {
		ask(0, u->other, &said);
		ck_assert_int_eq(said.status, 422);
		ck_assert_ptr_nonnull(
			strstr(said.body, "idempotency-key-reused"));
		seen.reused++;
	}
	free(u->body);
}

static void
use_keys(int first, char ids[CASES][TURNS_ID + 1])
{
	static struct use uses[GROUP]; /* large */

	for (int i = 0; i < GROUP; i++)
		prepare(&uses[i], first + i, ids);
	for (int i = 0; i < GROUP; i++)
		if ((first + i) % 10 == 3)
			cut_off(&uses[i], CLIENTS - 1 - i, i % 2 == 0);
	if (first / GROUP % 2 == 0)
		at_once(uses);
	else
		in_turn(uses);
	for (int i = 0; i < GROUP; i++)
		finish(&uses[i], (first + i) % 10 == 3, (first + i) % 10 == 7);
}

START_TEST(a_key_has_one_effect)
{
	static char ids[CASES][TURNS_ID + 1];
	int n = times(_i, "TURNS_KEYS", 10000) / GROUP * GROUP;
	long start = turns_now_ms();
	char key[32];

	memset(&seen, 0, sizeof(seen));
	for (int i = 0; i < CASES; i++) {
		(void)snprintf(key, sizeof(key), "case-%d", i);
		begin(key, ids[i]);
	}
	for (int first = 0; first < n; first += GROUP)
		use_keys(first, ids);
	printf("%d keys in %ld ms: %ld reused, %ld times running, %ld cut "
	       "off\n",
	       n, turns_now_ms() - start, seen.reused, seen.running, seen.cut);
	/* One turn more before each that was taken back. */
	turns_check(CASES + n + (n + 1) / 4, CASES + (n + 3) / 4);
	ck_assert_int_gt(seen.running, 0);
	ck_assert_int_gt(seen.reused, 0);
	ck_assert_int_gt(seen.cut, 0);
}
END_TEST

/* Wait until so many changes are in the server's hands. */
static void
expect_waiting(int n)
{
	long end = turns_now_ms() + WAIT_MS;
	char line[64];
	bool there;

	(void)snprintf(line, sizeof(line), "%d\n", n);
	do {
		struct answer a = client_get(port(0), "/metrics");
		const char *at = strstr(a.body, "\nevenkeel_writes_waiting ");

		ck_assert_msg(at != NULL, "%s", a.body);
		there = strncmp(strchr(at, ' ') + 1, line, strlen(line)) == 0;
		answer_free(&a);
		ck_assert_int_lt(turns_now_ms(), end);
	} while (!there);
}

START_TEST(a_key_at_work_is_409)
{
	char id[TURNS_ID + 1], text[TURNS_REQUEST], other[TURNS_REQUEST];
	struct said said, first;
	char *body;

	begin("held", id);
	turns_request(text, TURNS_TURN, id, "held-turn", 1, TURN_BODY);
	turns_request(other, TURNS_TURN, id, "held-turn", 1,
		      "{\"signal\":\"due\"}");
	pg_pause();
	send_on(0, text);
	expect_waiting(1);
	for (int i = 1; i <= 2; i++) {
		ask(i, i == 1 ? text : other, &said);
		ck_assert_int_eq(said.status, 409);
		ck_assert_int_gt(said.retry_after, 0);
		ck_assert_ptr_nonnull(
			strstr(said.body, "idempotency-key-running"));
	}
	pg_resume();
	read_on(0, &first);
	ck_assert_int_eq(first.status, 200);
	body = strndup(first.body, first.len);
	ask(1, text, &said);
	ck_assert_int_eq(said.status, 200);
	ck_assert(said.replayed);
	ck_assert_str_eq(said.body, body);
	free(body);
	ask(2, other, &said);
	ck_assert_int_eq(said.status, 422);
	turns_check(2, 1);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("turns");
	TCase *tc = tcase_create("at once");

	tcase_set_timeout(tc, 900);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, one_of_64_clients_wins_each_version, 0, 2);
	tcase_add_loop_test(tc, a_key_has_one_effect, 0, 2);
	tcase_add_test(tc, a_key_at_work_is_409);
	suite_add_tcase(suite, tc);

	/* The clusters are this process's children: no forks in between. */
	SRunner *runner = srunner_create(suite);
	srunner_set_fork_status(runner, CK_NOFORK);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
