/*
 * test_keys.c - keys while things go wrong: revoked, expired, too eager; with
 * the database away; and what a log must never say.
 */
#include <check.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "tests/api/keyring.h"
#include "tests/api/service.h"
#include "tests/sql/fixture.h"

static const char target[] = "/v1/stages";

static void
start(void)
{
	pg_start(PG_FAST);
}

static void
stop(void)
{
	pg_stop();
}

static void
setup(void)
{
	service_shipped();
}

static void
sleep_ms(int ms)
{
	nanosleep(&(struct timespec){ .tv_sec = ms / 1000,
				      .tv_nsec = (long)(ms % 1000) * 1000000 },
		  NULL);
}

static struct service *
serve(void)
{
	struct service *s =
		service_start("--auth", "keys", "--poll", "3600", NULL);

	service_expect(s, "release 1");
	return s;
}

static int
status_on(struct client *c, const char *header)
{
	struct answer answer = keyring_ask(c, "GET", target, header, NULL);
	int status = answer.status;

	answer_free(&answer);
	return status;
}

/* How long until ${c} gets ${status}?  At most 10 s. */
static long
wait_on(struct client *c, const char *header, int status)
{
	long t = fixture_ms();

	while (status_on(c, header) != status) {
		ck_assert_int_lt(fixture_ms() - t, 10000);
		sleep_ms(20);
	}
	return fixture_ms() - t;
}

/* --- revoked -------------------------------------------------------------- */

/* Each on a connection that was let in a moment ago; ${told}: by NOTIFY. */
static void
revoke_on_two(bool told)
{
	char text[KEY_SIZE];
	struct service *nodes[2];
	struct client *clients[2];

	keyring_make("reader", text);
	for (int i = 0; i < 2; i++) {
		nodes[i] = serve();
		clients[i] = client_open(nodes[i]->port);
		ck_assert_int_eq(status_on(clients[i], keyring_bearer(text)),
				 200);
	}
	if (!told)
		pg_sql("ALTER TABLE evenkeel.api_key DISABLE TRIGGER ALL");
	ck_assert_int_eq(
		service_command("key", "revoke", keyring_id(text), NULL), 0);
	long t = fixture_ms();

	for (int i = 0; i < 2; i++) {
		wait_on(clients[i], keyring_bearer(text), 401);
		ck_assert_int_lt(fixture_ms() - t, told ? 2000 : 5000);
	}
	for (int i = 0; i < 2; i++) {
		client_close(clients[i]);
		ck_assert_int_eq(service_stop(nodes[i]), 0);
	}
}

START_TEST(a_revoked_key_is_out_on_every_node)
{
	revoke_on_two(true);
}
END_TEST

START_TEST(a_revoked_key_is_out_though_nobody_was_told)
{
	revoke_on_two(false);
}
END_TEST

START_TEST(a_key_ends_on_a_connection_that_goes_on)
{
	char text[KEY_SIZE];

	keyring_make("reader", text);
	pg_sql("UPDATE evenkeel.api_key SET expires_at = now() + interval '4 "
	       "seconds'");
	struct service *s = serve();
	struct client *c = client_open(s->port);

	ck_assert_int_eq(status_on(c, keyring_bearer(text)), 200);
	ck_assert_int_lt(wait_on(c, keyring_bearer(text), 401), 6000);
	struct answer answer =
		keyring_ask(c, "GET", target, keyring_bearer(text), NULL);

	ck_assert_ptr_nonnull(strstr(answer.body, "has expired"));
	answer_free(&answer);
	client_close(c);
	ck_assert_int_eq(service_stop(s), 0);
}
END_TEST

/* --- the database is away ------------------------------------------------- */

START_TEST(keys_work_without_the_database)
{
	keyring_fill();
	struct service *s = serve();

	pg_kill();
	service_expect(s, "database-lost");
	for (enum caller caller = 0; caller < NCALLERS; caller++)
		ck_assert_msg(keyring_status(s->port, target,
					     keyring_header(caller)) ==
				      (caller < READER ? 401 : 200),
			      "%s", keyring_name(caller));
	/* What needs it says so, and only to whom it is for. */
	ck_assert_int_eq(
		keyring_status(s->port, "/v1/keys", keyring_header(ADMIN)),
		503);
	ck_assert_int_eq(
		keyring_status(s->port, "/v1/keys", keyring_header(AGENT)),
		403);
	pg_restart();
	ck_assert_int_eq(service_stop(s), 0);
}
END_TEST

START_TEST(nobody_is_let_in_before_the_keys_are_known)
{
	char retry[32];

	keyring_fill();
	pg_kill();
	struct service *s = service_start("--auth", "keys", NULL);

	ck_assert_int_eq(keyring_status(s->port, "/livez", ""), 200);
	ck_assert_int_eq(keyring_status(s->port, "/readyz", ""), 503);
	ck_assert_int_eq(keyring_status(s->port, target, ""), 401);
	struct client *c = client_open(s->port);
	struct answer answer =
		keyring_ask(c, "GET", target, keyring_header(ADMIN), NULL);

	ck_assert_int_eq(answer.status, 503);
	ck_assert_ptr_nonnull(strstr(answer.body, "/problems/no-keys"));
	ck_assert_str_eq(
		answer_header(&answer, "Retry-After", retry, sizeof(retry)),
		"2");
	answer_free(&answer);
	ck_assert_int_eq(status_on(c, keyring_header(UNKNOWN)), 503);

	pg_restart();
	service_expect(s, "release 1");
	ck_assert_int_eq(status_on(c, keyring_header(ADMIN)), 200);
	ck_assert_int_eq(status_on(c, keyring_header(UNKNOWN)), 401);
	client_close(c);
	ck_assert_int_eq(service_stop(s), 0);
}
END_TEST

/* --- too eager ------------------------------------------------------------ */

/* One a second, two at once; another key does not notice. */
START_TEST(a_key_that_asks_too_often_must_wait)
{
	char eager[KEY_SIZE], calm[KEY_SIZE], more[KEY_SIZE], type[64];
	int allowed = 0, refused = 0, wait = 0;

	keyring_make("reader", eager);
	keyring_make("reader", calm);
	struct service *s =
		service_start("--auth", "keys", "--rate", "1", NULL);

	service_expect(s, "release 1");
	struct client *c = client_open(s->port);
	long t = fixture_ms();

	for (int i = 0; i < 20; i++) {
		struct answer answer = keyring_ask(c, "GET", target,
						   keyring_bearer(eager), NULL);

		allowed += answer.status == 200;
		refused += answer.status == 429;
		if (answer.status == 429) {
			wait = atoi(answer_header(&answer, "Retry-After", type,
						  sizeof(type)));
			ck_assert_ptr_nonnull(
				strstr(answer.body, "too-many-requests"));
			ck_assert(answer_has(&answer,
					     "RateLimit-Policy: \"key\";q=2;"
					     "w=2"));
		}
		answer_free(&answer);
	}
	ck_assert_int_eq(allowed + refused, 20);
	ck_assert_int_ge(allowed, 2);
	ck_assert_int_le(allowed, 3 + (int)((fixture_ms() - t) / 1000));
	ck_assert_int_eq(wait, 1);
	ck_assert_int_eq(status_on(c, keyring_bearer(calm)), 200);

	/* Nor may it go on asking for what it may not have. */
	refused = 0;
	for (int i = 0; i < 20; i++)
		refused += keyring_status(s->port, "/v1/keys",
					  keyring_bearer(eager)) == 429;
	ck_assert_int_ge(refused, 16);
	/* What takes no key is not counted. */
	for (int i = 0; i < 5; i++)
		ck_assert_int_eq(keyring_status(s->port, "/livez",
						keyring_bearer(eager)),
				 200);
	/* Other keys change nothing of it; a rest does. */
	keyring_make("reader", more);
	service_expect(s, "3 in force");
	sleep_ms(1000 * wait);
	ck_assert_int_eq(status_on(c, keyring_bearer(eager)), 200);
	client_close(c);
	ck_assert_int_eq(service_stop(s), 0);
}
END_TEST

/* --- without keys --------------------------------------------------------- */

START_TEST(an_open_service_has_no_admin_and_looks_at_no_key)
{
	keyring_fill();
	struct service *s = service_start(NULL);

	service_expect(s, "release 1");
	for (enum caller caller = 0; caller < NCALLERS; caller++) {
		struct client *c = client_open(s->port);
		struct answer answer = keyring_ask(
			c, "GET", target, keyring_header(caller), NULL);
		char text[64];

		ck_assert_int_eq(answer.status, 200);
		ck_assert_str_eq(
			answer_header(&answer, "RateLimit", text, sizeof(text)),
			"");
		answer_free(&answer);
		ck_assert_int_eq(keyring_status(s->port, "/v1/keys",
						keyring_header(caller)),
				 403);
		client_close(c);
	}
	ck_assert_int_eq(service_stop(s), 0);
}
END_TEST

START_TEST(an_open_service_listens_on_loopback_alone)
{
	ck_assert_int_eq(service_command("serve", "--auth", "open", "--listen",
					 "0.0.0.0:0", NULL),
			 2);
	ck_assert_ptr_nonnull(strstr(service_output(), "loopback"));
}
END_TEST

/* --- what a log must never say -------------------------------------------- */

/* Until ${text} is in the log; all of it stays in s->log. */
static void
read_log(struct service *s, const char *text)
{
	long end = fixture_ms() + 20000;
	char piece[4096];

	while (strstr(s->log, text) == NULL) {
		struct pollfd fd = { .fd = s->err, .events = POLLIN };

		ck_assert_int_lt(fixture_ms(), end);
		if (poll(&fd, 1, 100) <= 0)
			continue;
		ssize_t n = read(s->err, piece, sizeof(piece));

		ck_assert_int_gt(n, 0);
		s->log = realloc(s->log, s->log_len + (size_t)n + 1);
		ck_assert_ptr_nonnull(s->log);
		memcpy(s->log + s->log_len, piece, (size_t)n);
		s->log_len += (size_t)n;
		s->log[s->log_len] = '\0';
	}
}

_Static_assert(KEY_SIZE == 66, "the width that sscanf() gets below");

#define MARK "mArK" /* in everything that is somebody's */

START_TEST(the_log_tells_the_id_of_a_key_and_no_more)
{
	static const char *const headers[] = {
		"Authorization: Bearer " MARK "\r\n",
		"Authorization: Basic " MARK "\r\n",
		"Authorization: Bearer ek_admin_" MARK "1234_"
		"0123456789012345678901234567890123456" MARK "78\r\n",
		"Cookie: " MARK "=" MARK "\r\n",
	};
	char text[KEY_SIZE], header[256];

	keyring_make("admin", text);
	struct service *s = serve();
	struct client *c = client_open(s->port);
	const char *good = keyring_bearer(text), *secret = strrchr(text, '_');

	for (size_t i = 0; i < 4; i++)
		(void)status_on(c, headers[i]);
	static const char *const targets[] = {
		"/v1/stages?key=" MARK,
		"/v1/" MARK,
		"/v1/steps/" MARK "?category=" MARK,
		"/v1/next?category=general&values.customer_name=" MARK,
		"/v1/keys?cursor=" MARK "1234",
		"/v1/phrases?q=" MARK,
	};
	for (size_t i = 0; i < 6; i++) {
		struct answer answer =
			keyring_ask(c, "GET", targets[i], good, NULL);

		answer_free(&answer);
	}
	struct answer answer = keyring_ask(
		c, "POST", "/v1/keys", good,
		"{\"role\":\"agent\",\"note\":\"" MARK "\",\"" MARK "\":1}");

	answer_free(&answer);
	answer = keyring_ask(c, "POST", "/v1/keys", good,
			     "{\"role\":\"agent\",\"note\":\"" MARK "\"}");
	ck_assert_int_eq(answer.status, 201);
	char made[KEY_SIZE] = "";

	(void)sscanf(strstr(answer.body, "\"key\":\"") + 7, "%65[^\"]", made);
	answer_free(&answer);
	/* And when the database fails in the middle of it. */
	pg_sql("ALTER TABLE evenkeel.api_key ADD CONSTRAINT no CHECK (note <> "
	       "'" MARK "2')");
	answer = keyring_ask(c, "POST", "/v1/keys", good,
			     "{\"role\":\"agent\",\"note\":\"" MARK "2\"}");
	ck_assert_int_eq(answer.status, 500);
	answer_free(&answer);
	(void)snprintf(header, sizeof(header),
		       "%sX-Request-Id: the-last-one\r\n", good);
	ck_assert_int_eq(status_on(c, header), 200);

	read_log(s, "the-last-one");
	ck_assert_ptr_null(strcasestr(s->log, MARK));
	ck_assert_ptr_null(strstr(s->log, secret));
	ck_assert_ptr_null(strstr(s->log, strrchr(made, '_')));
	ck_assert_ptr_null(strstr(s->log, "ek_"));
	(void)snprintf(header, sizeof(header), "\"key\":\"%s\"",
		       keyring_id(text));
	ck_assert_ptr_nonnull(strstr(s->log, header));
	client_close(c);
	ck_assert_int_eq(service_stop(s), 0);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("keys");
	TCase *tc = tcase_create("keys");

	tcase_add_unchecked_fixture(tc, start, stop);
	tcase_add_checked_fixture(tc, setup, NULL);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, a_revoked_key_is_out_on_every_node);
	tcase_add_test(tc, a_revoked_key_is_out_though_nobody_was_told);
	tcase_add_test(tc, a_key_ends_on_a_connection_that_goes_on);
	tcase_add_test(tc, keys_work_without_the_database);
	tcase_add_test(tc, nobody_is_let_in_before_the_keys_are_known);
	tcase_add_test(tc, a_key_that_asks_too_often_must_wait);
	tcase_add_test(tc, an_open_service_has_no_admin_and_looks_at_no_key);
	tcase_add_test(tc, an_open_service_listens_on_loopback_alone);
	tcase_add_test(tc, the_log_tells_the_id_of_a_key_and_no_more);
	suite_add_tcase(suite, tc);
	return fixture_main(suite, CK_NOFORK);
}
