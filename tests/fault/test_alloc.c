/*
 * test_alloc.c - each allocation of each request fails once, alone and with all
 * that follow; and the service neither lies, nor hangs, nor dies, nor leaks.
 *
 * It is the real program, and what libmicrohttpd, jansson and libpq ask for
 * fails as well: see scarce.h.  The thread that listens for releases is spared,
 * as it would only make the count uncertain.
 *
 * ALLOC_CALL is the number of the only call to be tried.
 */
#include <check.h>
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "handlers/handlers.h"
#include "tests/api/keyring.h"
#include "tests/api/service.h"
#include "tests/fault/calls.h"
#include "tests/fault/kept.h"
#include "tests/fault/scarce.h"
#include "tests/sql/fixture.h"

#define NL "\r\n"
#define WAIT_MS 15000 /* the deadline of a request, and some more */
#define SLACK 24      /* blocks that may stay: what is kept for later */

static struct scarce *page;
static struct service *service;
static char key[KEY_SIZE];
static int listener;	       /* the database's process for it */
static unsigned long refusals; /* of all tests */
static long nfresh;	       /* FRESH calls so far */

/* --- asking -------------------------------------------------------------- */

/* The target of ${call}, with letters of its query written as %XX: another one
   for every ${n}, and the same to whoever reads it. */
static void
write_target(char *to, const char *target, unsigned n)
{
	bool query = false;

	for (; *target != '\0'; target++) {
		query |= *target == '=';
		if (query && *target >= 'a' && *target <= 'z') {
			if (n % 2 != 0)
				to += sprintf(to, "%%%02X", (unsigned)*target);
			else
				*to++ = *target;
			n /= 2;
		} else {
			*to++ = *target;
		}
	}
	*to = '\0';
}

/* "/v1/keys/" and the id of a key that is good. */
static void
write_key_target(char *to)
{
	static unsigned n;

	n++;
	pg_sql("INSERT INTO evenkeel.api_key (id, role, sha256) VALUES "
	       "('%08u', 'reader', sha256('%08u'))",
	       n, n);
	sprintf(to, "/v1/keys/%08u", n);
}

static bool
send_call(struct client *c, const struct asked *a)
{
	const struct call *call = a->call;
	const char *body = call->body != NULL ? call->body : "";
	size_t len = strlen(body), half = len / 2;
	char framing[64] = "";

	if ((call->how & RAW) != 0)
		return client_text(c, "%s", body);
	if ((call->how & CHUNKED) == 0 && call->body != NULL)
		(void)snprintf(framing, sizeof(framing),
			       "Content-Length: %zu" NL, len);
	else if (call->body != NULL)
		(void)snprintf(framing, sizeof(framing),
			       "Transfer-Encoding: chunked" NL);
	if (!client_text(c,
			 "%s %s HTTP/1.1" NL "Host: localhost" NL
			 "X-Request-Id: one" NL "%s%s%s%s" NL,
			 call->method, a->target, call->headers, a->headers,
			 (call->how & NO_KEY) != 0 ? "" : keyring_bearer(key),
			 framing))
		return false;
	if ((call->how & CHUNKED) == 0)
		return client_text(c, "%s", body);
	return client_text(c, "%zx" NL "%.*s" NL "%zx" NL "%s" NL "0" NL NL,
			   half, (int)half, body, len - half, body + half);
}

/* Was it closed?  Else nothing has come, and nothing will. */
static bool
is_closed(struct client *c)
{
	char byte;

	return recv(client_fd(c), &byte, 1, MSG_DONTWAIT) >= 0 ||
	       (errno != EAGAIN && errno != EWOULDBLOCK);
}

/* Is it about a change?  One whose memory was lost may end at its deadline. */
static bool
is_slow(const struct call *call)
{
	return (call->how & FRESH) != 0 || (strchr(call->target, '@') != NULL &&
					    strcmp(call->method, "GET") != 0);
}

/* On a connection of its own; with the ${n}th allocation failing, unless 0. */
static unsigned long
ask(struct asked *a, unsigned long n, bool onward)
{
	bool head = strcmp(a->call->method, "HEAD") == 0, got;
	unsigned long refused = 0;
	struct client *c;

	if ((a->call->how & ACCEPTED) != 0 && n > 0)
		scarce_fail(page, n, onward);
	c = client_open(service->port);
	if ((a->call->how & ACCEPTED) == 0 && n > 0) {
		struct answer warm = keyring_ask(c, "GET", "/livez", "", NULL);

		answer_free(&warm);
		scarce_fail(page, n, onward);
	}
	(void)send_call(c, a);
	if (n > 0 && onward && is_slow(a->call)) {
		/* Without memory there is no connection to the database: it
		   would be waited for until the deadline. */
		struct pollfd fd = { client_fd(c), POLLIN, 0 };

		(void)poll(&fd, 1, 100);
		refused = scarce_end(page);
	}
	got = head ? client_read_head(c, &a->answer, WAIT_MS)
		   : client_read(c, &a->answer, WAIT_MS);
	if (n > 0 && refused == 0)
		refused = scarce_end(page);
	if (!got) {
		ck_assert_msg(is_closed(c), "%s %s: no answer", a->call->method,
			      a->target);
		answer_free(&a->answer);
	}
	client_close(c);
	return refused;
}

/* --- one call ------------------------------------------------------------ */

/* Another ${a} of its kind. */
static void
begin(struct asked *a, const struct call *call)
{
	static unsigned n;

	a->call = call;
	nfresh += (call->how & FRESH) != 0;
	if ((call->how & FRESH) != 0 || strchr(call->target, '@') != NULL)
		kept_begin(a, service->port, keyring_bearer(key));
	else if (strcmp(call->method, "DELETE") == 0)
		write_key_target(a->target);
	else
		write_target(a->target, call->target,
			     (call->how & NEW_URL) != 0 ? ++n : 0);
}

static bool
is_for_later(const struct answer *answer)
{
	return answer_has(answer, "Retry-After: 1") ||
	       answer_has(answer, "Retry-After: 2");
}

/* What is changed may have to wait for a new connection to the database. */
static void
ask_again(struct asked *a, const struct answer *model, const char *when)
{
	bool fresh = (a->call->how & FRESH) != 0;
	int tries = 0;

	/* It is gone, or is not: nobody can be asked. */
	if (fresh && strcmp(a->call->method, "DELETE") == 0)
		begin(a, a->call);
	ask(a, 0, false);
	while (fresh && tries++ < 300 && is_for_later(&a->answer)) {
		answer_free(&a->answer);
		(void)nanosleep(&(struct timespec){ .tv_nsec = 10000000 },
				NULL);
		ask(a, 0, false);
	}
	ck_assert_msg(calls_right(a, model), "%s %s, %s: %.900s%.900s",
		      a->call->method, a->target, when,
		      a->answer.head != NULL ? a->answer.head : "closed",
		      a->answer.body != NULL ? a->answer.body : "");
	answer_free(&a->answer);
}

/* All but the one that listens, which was there first. */
static void
cut_database(void)
{
	static const char others[] =
		"FROM pg_stat_activity WHERE datname = current_database() AND "
		"pid NOT IN (pg_backend_pid(), ";

	char pids[256], *at = pids;

	(void)snprintf(pids, sizeof(pids), "%s",
		       pg_sql("SELECT string_agg(pid::text, ' ') %s%d)", others,
			      listener));
	pg_sql("SELECT count(pg_terminate_backend(pid)) %s%d)", others,
	       listener);
	/* The sockets end with the processes. */
	for (long pid; (pid = strtol(at, &at, 10)) > 0;)
		while (kill((pid_t)pid, 0) == 0 || errno != ESRCH)
			;
}

/* How many blocks it holds, when it is at rest: at most ${most}, or soon. */
static long
live(long most)
{
	struct timespec moment = { .tv_nsec = 10000000 };

	(void)nanosleep(&moment, NULL);
	for (int i = 0; i < 100 && atomic_load(&page->live) > most; i++)
		(void)nanosleep(&moment, NULL);
	return atomic_load(&page->live);
}

/* Does it know of no request but the one that asks? */
static bool
is_at_rest(void)
{
	static const char line[] = "evenkeel_http_requests_in_flight 1\n";
	bool rest = false;

	for (int i = 0; i < 100 && !rest; i++) {
		struct client *c = client_open(service->port);
		struct answer answer = keyring_ask(c, "GET", "/metrics",
						   keyring_bearer(key), NULL);

		rest = strstr(answer.body, line) != NULL;
		answer_free(&answer);
		client_close(c);
		if (!rest)
			(void)live(LONG_MAX);
	}
	return rest;
}

/* Read what it logs, or it could not even say what it dies of. */
static void
read_log(void)
{
	struct pollfd fd = { .fd = service->err, .events = POLLIN };
	char piece[65536];

	while (poll(&fd, 1, 0) > 0) {
		ssize_t n = read(service->err, piece, sizeof(piece) - 1);

		ck_assert_msg(n > 0, "the service has ended");
		piece[n] = '\0';
		if (strncmp(piece, "{", 1) != 0)
			printf("%s", piece);
	}
}

/* Let the ${n}th allocation fail.  False if there are not so many. */
static bool
attempt(struct asked *a, const struct answer *model, unsigned long n,
	bool onward)
{
	unsigned long refused;

	read_log();
	begin(a, a->call);
	for (int i = 0; i < a->call->before; i++)
		ask_again(a, model, "before");
	if ((a->call->how & LOST) != 0)
		cut_database();
	refused = ask(a, n, onward);
	ck_assert_msg(refused > 0 ? calls_honest(a, model)
				  : calls_right(a, model),
		      "%s %s, allocation %lu%s: %.900s%.900s", a->call->method,
		      a->target, n, onward ? " and on" : "",
		      a->answer.head != NULL ? a->answer.head : "closed",
		      a->answer.body != NULL ? a->answer.body : "");
	answer_free(&a->answer);
	for (int i = 0; i < 2; i++)
		ask_again(a, model, "after");
	ck_assert_int_eq(keyring_status(service->port, "/livez", ""), 200);
	refusals += refused;
	return refused > 0;
}

/* What it answers when it has memory; with that for a header, if it is to be
   asked whether it changed. */
static struct answer
find_model(struct asked *a)
{
	struct answer model;
	char etag[128];

	if ((a->call->how & IS_FRESH) != 0) {
		ask(a, 0, false);
		answer_header(&a->answer, "ETag", etag, sizeof(etag));
		ck_assert_str_ne(etag, "");
		(void)snprintf(a->headers, sizeof(a->headers),
			       "If-None-Match: %s" NL, etag);
		answer_free(&a->answer);
	}
	ask(a, 0, false);
	model = a->answer;
	a->answer = (struct answer){ 0 };
	ck_assert_msg(model.status == a->call->status, "%s %s: %.900s%.900s",
		      a->call->method, a->target, model.head, model.body);
	return model;
}

START_TEST(each_allocation_may_fail)
{
	struct asked a = { 0 };
	unsigned long n[2];

	begin(&a, &calls[_i]);
	struct answer model = find_model(&a);

	for (int i = 0; i < 4; i++)
		ask_again(&a, &model, "first");
	/* A connection that was cut is many blocks, and is back soon. */
	service_writes(service, keyring_bearer(key));
	/* What was written last is remembered: one block a conversation. */
	long before = live(LONG_MAX) + SLACK - nfresh;

	for (int onward = 0; onward < 2; onward++)
		for (n[onward] = 1;
		     attempt(&a, &model, n[onward], onward == 1);)
			n[onward] += onward == 1 && is_slow(a.call) ? 16 : 1;
	printf("%-7s %-40.40s %3d: %4lu %4lu\n", a.call->method, a.target,
	       a.call->status, n[0] - 1, n[1] - 1);
	ck_assert_uint_gt(n[0], 1);
	ck_assert_msg(is_at_rest(), "a request has not ended");
	if ((a.call->how & NEW_URL) == 0)
		ck_assert_int_le(live(before + nfresh), before + nfresh);
	answer_free(&model);
}
END_TEST

START_TEST(every_route_is_asked)
{
	for (size_t i = 0; i < nroutes; i++) {
		size_t j = 0;

		while (j < ncalls &&
		       (strcmp(calls[j].method, routes[i].method) != 0 ||
			strcmp(calls[j].pattern, routes[i].pattern) != 0))
			j++;
		ck_assert_msg(j < ncalls, "%s %s is not asked",
			      routes[i].method, routes[i].pattern);
	}
}
END_TEST

/* --- the service --------------------------------------------------------- */

/* The one that listens for releases was made last. */
static int
last_thread(pid_t pid)
{
	char path[64];
	int last = 0, n = 0;

	(void)snprintf(path, sizeof(path), "/proc/%d/task", (int)pid);
	DIR *dir = opendir(path);

	ck_assert_ptr_nonnull(dir);
	for (const struct dirent *e; (e = readdir(dir)) != NULL;) {
		int id = atoi(e->d_name);

		n += id > 0;
		last = id > last ? id : last;
	}
	closedir(dir);
	ck_assert_int_ge(n, 3);
	return last;
}

static void
start(void)
{
	pg_start(PG_DURABLE); /* /readyz/write wants no less */
	service_shipped();
	/* Nobody is told of new keys: that would be one more thing to count. */
	pg_sql("ALTER TABLE evenkeel.api_key DISABLE TRIGGER ALL");
	for (int i = 0; i < 3; i++)
		keyring_make("admin", key);
	page = scarce_ready();
	service = service_start("--auth", "keys", "--poll", "3600", "--jobs",
				"1", "--rate", "1000000", "--cors-origins",
				CALLS_DESK, NULL);
	scarce_off();
	service_expect(service, "release 1");
	atomic_store(&page->spared, last_thread(service->pid));
	listener = atoi(pg_sql("SELECT pid FROM pg_stat_activity WHERE datname "
			       "= current_database() AND pid <> "
			       "pg_backend_pid()"));
}

static void
stop(void)
{
	printf("%lu allocations failed\n", refusals);
	ck_assert_int_eq(service_stop(service), 0);
	pg_stop();
}

int
main(void)
{
	const char *only = getenv("ALLOC_CALL");

	(void)setvbuf(stdout, NULL, _IOLBF, 0);
	Suite *suite = suite_create("alloc");
	TCase *tc = tcase_create("alloc");

	tcase_add_unchecked_fixture(tc, start, stop);
	tcase_set_timeout(tc, 120);
	tcase_add_test(tc, every_route_is_asked);
	if (only != NULL)
		tcase_add_loop_test(tc, each_allocation_may_fail, atoi(only),
				    atoi(only) + 1);
	else
		tcase_add_loop_test(tc, each_allocation_may_fail, 0,
				    (int)ncalls);
	suite_add_tcase(suite, tc);
	return fixture_main(suite, CK_NOFORK);
}
