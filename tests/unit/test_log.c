/*
 * test_log.c - lines are whole, escaped, and never waited for.
 */
#include <check.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <jansson.h>

#include "server/log.h"

static int ends[2]; /* of a pipe: ours to read, the log's to write */
static char text[1 << 20];

static void
setup(void)
{
	signal(SIGPIPE, SIG_IGN);
	ck_assert_int_eq(pipe2(ends, O_CLOEXEC), 0);
	fcntl(ends[0], F_SETFL, O_NONBLOCK);
}

static void
teardown(void)
{
	close(ends[0]);
	close(ends[1]);
}

/* What has been written since the last call. */
static const char *
written(void)
{
	size_t len = 0;
	ssize_t n;

	while ((n = read(ends[0], text + len, sizeof(text) - 1 - len)) > 0)
		len += (size_t)n;
	text[len] = '\0';
	return text;
}

static uint64_t
now_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000 + (uint64_t)ts.tv_nsec / 1000;
}

/* Note one exchange. */
static void
note(struct log *log, const char *id, uint64_t start)
{
	struct log_line *line = log_next(log);

	ck_assert_ptr_nonnull(line);
	memset(line, 0xff, sizeof(*line)); /* they are used again */
	line->id_len = (unsigned char)strlen(id);
	memcpy(line->id, id, line->id_len);
	line->has_key = false;
	line->method = "GET";
	line->route = "/v1/things/{id}";
	line->status = 200;
	line->release = 7;
	line->bytes = 12345;
	line->start = start;
}

START_TEST(an_exchange_is_a_line_of_json)
{
	struct log *log = log_open(ends[1], LOG_JSON);

	note(log, "abc_1", now_us() - 5000);
	ck_assert_str_eq(written(), "");
	log_turn(log);

	json_t *line = json_loads(written(), 0, NULL);

	ck_assert_msg(line != NULL, "%s", text);
	ck_assert_int_eq(text[strlen(text) - 1], '\n');
	const char *time = json_string_value(json_object_get(line, "time"));
	int y, mo, d, h, mi, s, ms, end = 0;

	ck_assert_int_eq(sscanf(time, "%4d-%2d-%2dT%2d:%2d:%2d.%3dZ%n", &y, &mo,
				&d, &h, &mi, &s, &ms, &end),
			 7);
	ck_assert_int_eq(end, 24);
	long long us = json_integer_value(json_object_get(line, "us"));

	ck_assert_int_ge(us, 5000);
	ck_assert_int_lt(us, 5000000);
	json_object_del(line, "time");
	json_object_del(line, "us");
	char *rest = json_dumps(line, JSON_COMPACT);

	ck_assert_str_eq(rest,
			 "{\"event\":\"request\",\"id\":\"abc_1\","
			 "\"method\":\"GET\",\"route\":\"/v1/things/{id}\","
			 "\"status\":200,\"bytes\":12345,\"release\":7}");
	free(rest);
	json_decref(line);
	log_close(log);
}
END_TEST

/* The id alone: the log line has no room for more of it. */
START_TEST(the_id_of_a_key_is_told)
{
	for (int i = 0; i < 2; i++) {
		struct log *log = log_open(ends[1], i ? LOG_TEXT : LOG_JSON);
		struct log_line *line = log_next(log);

		*line = (struct log_line){ .start = now_us(),
					   .has_key = true,
					   .key = "AbCdEf12" };
		log_turn(log);
		ck_assert_ptr_nonnull(
			strstr(written(),
			       i ? "  AbCdEf12\n" : ",\"key\":\"AbCdEf12\","));
		log_close(log);
	}
}
END_TEST

START_TEST(what_is_not_known_is_a_dash)
{
	struct log *log = log_open(ends[1], LOG_JSON);

	note(log, "", now_us());
	struct log_line *line = log_next(log);

	*line = (struct log_line){ .start = now_us() + 1000000 };
	log_turn(log);
	ck_assert_ptr_nonnull(strstr(
		written(), "\"id\":\"-\",\"method\":\"-\",\"route\":\"-\","
			   "\"status\":0,\"bytes\":0,\"us\":0,\"release\":0}"));
	log_close(log);
}
END_TEST

START_TEST(big_numbers_and_long_names_fit)
{
	struct log *log = log_open(ends[1], _i == 0 ? LOG_JSON : LOG_TEXT);
	char id[HEADERS_ID_SIZE], route[2000];

	memset(id, 'i', sizeof(id));
	id[sizeof(id) - 1] = '\0';
	memset(route, 'r', sizeof(route));
	route[sizeof(route) - 1] = '\0';
	note(log, id, 0);
	struct log_line *line = log_next(log);

	memcpy(line->id, id, sizeof(id));
	line->id_len = HEADERS_MAX_ID;
	line->method = "OPTIONS";
	line->route = route;
	line->status = 999;
	line->release = 2147483647;
	line->bytes = UINT64_MAX;
	line->start = 0;
	log_turn(log);
	ck_assert_ptr_nonnull(strstr(written(), "18446744073709551615"));
	ck_assert_ptr_nonnull(strstr(text, id));
	ck_assert_uint_lt(strlen(text), 1024);
	log_close(log);
}
END_TEST

START_TEST(a_person_gets_columns)
{
	struct log *log = log_open(ends[1], LOG_TEXT);

	note(log, "abc", now_us());
	log_info(log, "ready", "on port %d", 8080);
	log_error(log, "lost", "the \"database\"\n\x1b[31mis gone");
	log_turn(log);
	written();
	ck_assert_ptr_nonnull(strstr(text, "Z  200"));
	ck_assert_ptr_nonnull(strstr(text, " us   12345 B  GET     "
					   "/v1/things/{id}  abc\n"));
	ck_assert_ptr_nonnull(strstr(text, "Z  ready: on port 8080\n"));
	ck_assert_ptr_nonnull(
		strstr(text, "Z  ERROR lost: the \"database\"  [31mis gone\n"));
	log_close(log);
}
END_TEST

START_TEST(events_are_escaped_and_written_at_once)
{
	struct log *log = log_open(ends[1], LOG_JSON);

	log_info(log, "ready", "a \"b\" \\ c\n\x7f\xc2\x85 \xc3\xbc \xff end");
	json_t *line = json_loads(written(), 0, NULL);

	ck_assert_msg(line != NULL, "%s", text);
	ck_assert_str_eq(json_string_value(json_object_get(line, "message")),
			 "a \"b\" \\ c    \xc3\xbc ? end");
	ck_assert_str_eq(json_string_value(json_object_get(line, "level")),
			 "info");
	ck_assert_str_eq(json_string_value(json_object_get(line, "event")),
			 "ready");
	json_decref(line);

	/* A long one is cut, but its line is whole. */
	char *big = malloc(5000);

	memset(big, '"', 4999);
	big[4999] = '\0';
	log_error(log, "big", "%s", big);
	line = json_loads(written(), 0, NULL);
	ck_assert_ptr_nonnull(line);
	ck_assert_str_eq(json_string_value(json_object_get(line, "level")),
			 "error");
	json_decref(line);
	free(big);
	log_info(NULL, "nothing", "happens");
	log_close(log);
}
END_TEST

START_TEST(off_leaves_errors_only)
{
	struct log *log = log_open(ends[1], LOG_OFF);

	ck_assert_ptr_null(log_next(log));
	log_info(log, "ready", "x");
	log_turn(log);
	ck_assert_str_eq(written(), "");
	log_error(log, "lost", "x");
	ck_assert_ptr_nonnull(strstr(written(), "\"event\":\"lost\""));
	log_close(log);
}
END_TEST

START_TEST(auto_is_json_where_nobody_looks)
{
	struct log *log = log_open(ends[1], LOG_AUTO);

	log_info(log, "ready", "x");
	ck_assert_int_eq(written()[0], '{');
	log_close(log);
}
END_TEST

START_TEST(lines_and_events_keep_their_order)
{
	struct log *log = log_open(ends[1], LOG_TEXT);

	for (int i = 0; i < 400; i++) {
		char id[16];

		(void)snprintf(id, sizeof(id), "n%d.", i);
		note(log, id, now_us());
	}
	log_turn(log);
	log_info(log, "after", "all");
	const char *at = written();

	for (int i = 0; i < 400; i++) {
		char id[16];

		(void)snprintf(id, sizeof(id), "n%d.\n", i);
		at = strstr(at, id);
		ck_assert_ptr_nonnull(at);
	}
	ck_assert_ptr_nonnull(strstr(at, "after: all"));
	log_close(log);
}
END_TEST

/* ---- a standard error that nobody reads ---- */

/* clang-format off */
static const struct {
	bool socket;
} outs[] = { { false }, { true } };
/* clang-format on */

START_TEST(a_full_pipe_stops_nobody)
{
	int sockets[2] = { -1, -1 };

	/* The other way in: where a new description cannot be opened. */
	if (outs[_i].socket) {
		ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, sockets),
				 0);
		dup2(sockets[0], ends[0]);
		dup2(sockets[1], ends[1]);
		fcntl(ends[0], F_SETFL, O_NONBLOCK);
		close(sockets[0]);
		close(sockets[1]);
	}
	struct log *log = log_open(ends[1], LOG_JSON);
	uint64_t start = now_us();

	for (int i = 0; i < 20000; i++) {
		note(log, "x", now_us());
		if (i % 10 == 0)
			log_turn(log);
	}
	log_turn(log);
	log_info(log, "event", "x");
	ck_assert_uint_lt(now_us() - start, 20000000);
	ck_assert(log_pending(log));

	/* Somebody reads again: whole lines, and how many are missing. */
	size_t lines = 0, missing = 0;
	char *all = calloc(1, 8 << 20);

	for (int i = 0; i < 200 && log_pending(log); i++) {
		strcat(all + strlen(all), written());
		log_turn(log);
	}
	strcat(all, written());
	ck_assert(!log_pending(log));
	for (char *line = strtok(all, "\n"); line != NULL;
	     line = strtok(NULL, "\n")) {
		json_t *json = json_loads(line, 0, NULL);

		ck_assert_msg(json != NULL, "%s", line);
		const char *message =
			json_string_value(json_object_get(json, "message"));
		if (message != NULL && strstr(message, "dropped") != NULL)
			missing += strtoul(message, NULL, 10);
		else
			lines++;
		json_decref(json);
	}
	ck_assert_uint_gt(missing, 0);
	ck_assert_uint_eq(lines + missing, 20001);
	free(all);
	log_close(log);
}
END_TEST

START_TEST(a_closed_pipe_stops_nobody)
{
	struct log *log = log_open(ends[1], LOG_JSON);

	close(ends[0]);
	ends[0] = open("/dev/null", O_RDONLY);
	for (int i = 0; i < 1000; i++) {
		note(log, "x", now_us());
		log_turn(log);
		log_error(log, "lost", "x");
	}
	ck_assert(!log_pending(log));
	log_close(log);

	/* A descriptor that is not open at all. */
	log = log_open(99, LOG_AUTO);
	note(log, "x", now_us());
	log_turn(log);
	log_error(log, "lost", "x");
	log_close(log);
}
END_TEST

static void *
many_events(void *arg)
{
	for (int i = 0; i < 200; i++)
		log_info(arg, "event", "from another thread %d", i);
	return NULL;
}

START_TEST(threads_do_not_mix_lines)
{
	struct log *log = log_open(ends[1], LOG_JSON);
	pthread_t threads[2];
	size_t lines = 0;

	for (int i = 0; i < 2; i++)
		ck_assert_int_eq(
			pthread_create(&threads[i], NULL, many_events, log), 0);
	for (int i = 0; i < 100; i++) {
		note(log, "x", now_us());
		log_turn(log);
	}
	for (int i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);
	log_turn(log);
	written();
	for (char *line = strtok(text, "\n"); line != NULL;
	     line = strtok(NULL, "\n"), lines++) {
		json_t *json = json_loads(line, 0, NULL);

		ck_assert_msg(json != NULL, "%s", line);
		json_decref(json);
	}
	ck_assert_uint_eq(lines, 500);
	log_close(log);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("log");
	TCase *tc = tcase_create("log");

	tcase_set_timeout(tc, 60);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, an_exchange_is_a_line_of_json);
	tcase_add_test(tc, the_id_of_a_key_is_told);
	tcase_add_test(tc, what_is_not_known_is_a_dash);
	tcase_add_loop_test(tc, big_numbers_and_long_names_fit, 0, 2);
	tcase_add_test(tc, a_person_gets_columns);
	tcase_add_test(tc, events_are_escaped_and_written_at_once);
	tcase_add_test(tc, off_leaves_errors_only);
	tcase_add_test(tc, auto_is_json_where_nobody_looks);
	tcase_add_test(tc, lines_and_events_keep_their_order);
	tcase_add_loop_test(tc, a_full_pipe_stops_nobody, 0, 2);
	tcase_add_test(tc, a_closed_pipe_stops_nobody);
	tcase_add_test(tc, threads_do_not_mix_lines);
	suite_add_tcase(suite, tc);

	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
