/*
 * test_guard.c - whatever a stranger sends, it is answered, refused or cut;
 * never is a part of it taken for another request.
 *
 * Each row of malformed.c is sent alone and with a good request right behind
 * it, to the server in this process and to the program itself.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <jansson.h>

#include "tests/api/alone.h"
#include "tests/api/client.h"
#include "tests/api/malformed.h"
#include "tests/api/rig.h"

#define NL "\r\n"
#define MARKER \
	"GET /hello HTTP/1.1" NL "Host: localhost" NL \
	"X-Request-Id: marker" NL NL

/* ---- where it is sent ---- */

static struct rig *rig;
static int port;
static struct alone program;

static void
start_rig(void)
{
	rig = rig_start(&(struct http_options){
		.idle_ms = 500, .headers_ms = 500, .request_ms = 500 });
	port = rig_port(rig);
}

static void
stop_rig(void)
{
	rig_stop(rig);
	rig = NULL;
}

static void
start_program(void)
{
	alone_start(&program);
	port = program.port;
}

static void
stop_program(void)
{
	ck_assert_int_eq(alone_stop(&program), 0);
}

/* ---- what comes back ---- */

/* Is ${a} a refusal as it should be? */
static void
expect_problem(const struct answer *a, const char *row)
{
	char id[80];
	json_t *body = json_loadb(a->body, a->len, 0, NULL);

	answer_header(a, "X-Request-Id", id, sizeof(id));
	ck_assert_msg(json_is_object(body), "%s: not JSON: %s", row, a->body);
	ck_assert_msg(answer_has(a, "Content-Type: application/problem+json"),
		      "%s: %s", row, a->head);
	ck_assert_msg(answer_has(a, "Cache-Control: no-store"), "%s", row);
	ck_assert_int_eq(json_integer_value(json_object_get(body, "status")),
			 a->status);
	ck_assert_ptr_nonnull(json_object_get(body, "title"));
	ck_assert_int_eq(
		strncmp(json_string_value(json_object_get(body, "type")),
			"/problems/", 10),
		0);
	ck_assert_str_eq(json_string_value(json_object_get(body, "instance")),
			 id);
	json_decref(body);
}

static void
expect_closed(struct client *c, const char *row)
{
	ck_assert_msg(client_closed(c, 5000), "%s: not closed", row);
}

/* The answers to a row, and to the marker behind it if there is one. */
static void
expect_outcome(struct client *c, const struct malformed *m, bool marker,
	       const char *row)
{
	struct answer a = { 0 };
	bool answered = client_read(c, &a, 5000);

	if (answered) {
		ck_assert_msg(a.status != 500, "%s: 500", row);
		ck_assert_msg(strstr(a.head, "Request-Id: smuggled") == NULL,
			      "%s: smuggled", row);
		ck_assert_msg(strstr(a.head, "Request-Id: marker") == NULL,
			      "%s: the marker came first", row);
	}
	if (m->outcome == SILENT || m->outcome == OPEN) {
		ck_assert_msg(!answered ||
				      (m->outcome == OPEN && a.status >= 400),
			      "%s: answered %d", row, a.status);
		if (answered)
			expect_problem(&a, row);
		answer_free(&a);
		expect_closed(c, row);
		return;
	}
	ck_assert_msg(answered, "%s: not answered", row);
	if (m->status != 0 && rig != NULL)
		ck_assert_msg(a.status == m->status, "%s: %d, not %d", row,
			      a.status, m->status);
	if (m->outcome == REFUSED || a.status >= 400)
		expect_problem(&a, row);
	if (m->outcome == REFUSED) {
		ck_assert_msg(a.status >= 400, "%s: %d", row, a.status);
		ck_assert_msg(answer_has(&a, "Connection: close"),
			      "%s: stays open", row);
	}
	answer_free(&a);
	if (m->outcome != TAKEN) {
		expect_closed(c, row);
	} else if (marker) {
		ck_assert_msg(client_read(c, &a, 5000), "%s: no marker", row);
		ck_assert_msg(answer_has(&a, "X-Request-Id: marker"),
			      "%s: then %s", row, a.head);
		ck_assert_int_eq(a.status, 200);
		answer_free(&a);
	}
}

/* The program has another path than the rig. */
static void
point(char *bytes, size_t len)
{
	char *at = bytes;

	if (rig != NULL)
		return;
	while ((at = memmem(at, (size_t)(bytes + len - at), "/hello", 6)) !=
	       NULL)
		memcpy(at, "/livez", 6);
}

/*
 * The program's deadlines are long: tell it that no more comes.  Not at once:
 * a FIN that comes with the last bytes is seen at the deadline only.
 */
static void
hang_up(struct client *c)
{
	if (rig != NULL)
		return;
	usleep(50000);
	shutdown(client_fd(c), SHUT_WR);
}

static void
attack(const struct malformed *m, bool marker, const char *row)
{
	size_t len = m->len + (marker ? strlen(MARKER) : 0);
	char *bytes = malloc(len + 1);
	struct client *c = client_open(port);

	ck_assert_ptr_nonnull(bytes);
	memcpy(bytes, m->bytes, m->len);
	if (marker)
		memcpy(bytes + m->len, MARKER, strlen(MARKER));
	point(bytes, len);
	(void)client_send(c, bytes, len); /* it may be closed in the middle */
	if (m->outcome == OPEN)
		hang_up(c);
	expect_outcome(c, m, marker, row);
	client_close(c);
	free(bytes);
}

/* An open row may be made whole by a marker: then it is another row. */
static bool
grows(const struct malformed *m)
{
	return m->outcome == OPEN;
}

static void
attack_with_all(bool marker)
{
	char row[32];

	for (size_t i = 0; i < n_malformed; i++) {
		if (marker && grows(&malformed[i]))
			continue;
		(void)snprintf(row, sizeof(row), "row %zu%s", i,
			       marker ? "+" : "");
		attack(&malformed[i], marker, row);
	}
	for (size_t i = 0;; i++) {
		struct malformed m = { .outcome = REFUSED };
		char *bytes = malformed_long(i, &m.status, &m.len);

		if (bytes == NULL)
			break;
		m.bytes = bytes;
		(void)snprintf(row, sizeof(row), "long row %zu", i);
		attack(&m, marker, row);
		free(bytes);
	}
	/* After all that it serves as before. */
	attack(&malformed[0], true, "the end");
}

START_TEST(withstands_each_alone)
{
	ck_assert_uint_ge(n_malformed, 150);
	attack_with_all(false);
}
END_TEST

START_TEST(withstands_each_before_another)
{
	attack_with_all(true);
}
END_TEST

/* What is cut by its deadline never lets the marker in its body through. */
START_TEST(withstands_what_swallows_another)
{
	for (size_t i = 0; i < n_malformed; i++) {
		char row[32];

		if (malformed[i].outcome != OPEN)
			continue;
		struct client *c = client_open(port);
		struct answer a;

		(void)snprintf(row, sizeof(row), "row %zu", i);
		size_t len = malformed[i].len;
		char *bytes = malloc(len + strlen(MARKER));

		ck_assert_ptr_nonnull(bytes);
		memcpy(bytes, malformed[i].bytes, len);
		memcpy(bytes + len, MARKER, strlen(MARKER));
		len += strlen(MARKER);
		point(bytes, len);
		client_send(c, bytes, len);
		hang_up(c);
		while (client_read(c, &a, 5000)) {
			ck_assert_msg(a.status != 500, "%s: 500", row);
			ck_assert_msg(strcmp(malformed[i].bytes, "\r\n\r\n") ==
						      0 ||
					      a.status >= 400,
				      "%s: %s", row, a.head);
			answer_free(&a);
		}
		expect_closed(c, row);
		client_close(c);
		free(bytes);
	}
}
END_TEST

/* However a good body is cut on its way, it is taken. */
START_TEST(takes_chunks_however_they_arrive)
{
	static const char head[] =
		"POST /things HTTP/1.1" NL "Host: localhost" NL
		"Content-Type: application/json" NL
		"Transfer-Encoding: chunked" NL NL;
	static const char body[] =
		"1" NL "{" NL "001;x=y" NL "\"" NL "A" NL "0123456789" NL "4" NL
		"\":1}" NL "0" NL "X: 1" NL NL;
	struct client *c = client_open(port);
	size_t len = strlen(body);

	for (size_t one = 0; one <= len; one++) {
		for (size_t two = one; two <= len; two += 7) {
			struct answer a;

			client_text(c, "%s%.*s", head, (int)one, body);
			usleep(2000);
			client_send(c, body + one, two - one);
			usleep(2000);
			client_send(c, body + two, len - two);
			ck_assert(client_read(c, &a, 5000));
			ck_assert_msg(a.status == 200, "cut at %zu and %zu: %s",
				      one, two, a.body);
			if (answer_has(&a, "Connection: close")) {
				client_close(c);
				c = client_open(port);
			}
			answer_free(&a);
		}
	}
	client_close(c);
}
END_TEST

/* Of all that is malformed, each reason is met and counted. */
START_TEST(counts_refusals_by_reason)
{
	struct client *c;
	char id[80];

	attack_with_all(false);
	for (int i = GUARD_OK + 1; i < N_GUARD_REASONS; i++)
		if (i != GUARD_FULL) /* see http_life */
			ck_assert_msg(rig_refused(rig, (enum guard_reason)i) >
					      0,
				      "none for %s",
				      guard_reason_name((enum guard_reason)i));

	/* Once each, and in the log, though nothing of it was read. */
	uint64_t before = rig_refused(rig, GUARD_UNREADABLE);
	struct answer a;

	c = client_open(port);
	client_text(c, "GET /secret" NL NL);
	ck_assert(client_read(c, &a, 5000));
	answer_header(&a, "X-Request-Id", id, sizeof(id));
	ck_assert(rig_logged(rig, id, 5000));
	ck_assert(!rig_logged(rig, "secret", 0));
	ck_assert_uint_eq(rig_refused(rig, GUARD_UNREADABLE), before + 1);
	answer_free(&a);
	client_close(c);
}
END_TEST

static TCase *
cases(const char *name, SFun start, SFun stop)
{
	TCase *tc = tcase_create(name);

	tcase_add_checked_fixture(tc, start, stop);
	tcase_set_timeout(tc, 120);
	tcase_add_test(tc, withstands_each_alone);
	tcase_add_test(tc, withstands_each_before_another);
	tcase_add_test(tc, withstands_what_swallows_another);
	return tc;
}

int
main(void)
{
	Suite *suite = suite_create("guard");
	SRunner *runner = srunner_create(suite);

	TCase *rigged = cases("rig", start_rig, stop_rig);

	tcase_add_test(rigged, counts_refusals_by_reason);
	tcase_add_test(rigged, takes_chunks_however_they_arrive);
	suite_add_tcase(suite, rigged);
	suite_add_tcase(suite, cases("program", start_program, stop_program));
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);

	srunner_free(runner);
	return failed == 0 ? 0 : 1;
}
