/*
 * test_start_stop.c - the first and the last moments of the service.
 */
#include <arpa/inet.h>
#include <check.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tests/api/client.h"
#include "tests/api/service.h"
#include "tests/sql/fixture.h"
#include "tests/sql/pg.h"

#define NL "\r\n"
#define HOST "Host: localhost" NL

static struct service *service;

static long
now_ms(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000L + ts.tv_nsec / 1000000L;
}

static void
setup(void)
{
	pg_start(0);
	service_shipped();
}

static void
teardown(void)
{
	pg_stop();
}

/* --- the end ---------------------------------------------------------------
 */

START_TEST(who_stops_is_not_ready)
{
	struct answer a;

	service = service_start(NULL);
	service_expect(service, "release 1");

	struct client *begun = client_open(service->port);
	struct client *idle = client_open(service->port);

	client_text(idle, "GET /readyz HTTP/1.1" NL HOST NL);
	ck_assert(client_read(idle, &a, 5000));
	ck_assert_int_eq(a.status, 200);
	answer_free(&a);
	client_text(begun, "GET /readyz HTTP/1.1" NL);
	/* It has been read when another one has been answered. */
	a = client_get(service->port, "/livez");
	answer_free(&a);

	service_signal(service, SIGTERM);
	service_expect(service, "stopping");
	ck_assert(client_closed(idle, 5000));
	client_text(begun, HOST NL);
	ck_assert(client_read(begun, &a, 5000));
	ck_assert_int_eq(a.status, 503);
	ck_assert_ptr_nonnull(strstr(a.body, "/problems/stopping"));
	ck_assert(answer_has(&a, "Connection: close"));
	answer_free(&a);
	client_close(begun);
	client_close(idle);
	ck_assert_int_eq(service_stop(service), 0);
}
END_TEST

START_TEST(a_hang_up_changes_nothing)
{
	service = service_start(NULL);
	service_expect(service, "release 1");
	service_signal(service, SIGHUP);
	struct answer a = client_get(service->port, "/readyz");

	ck_assert_int_eq(a.status, 200);
	answer_free(&a);
	ck_assert_int_eq(service_stop(service), 0);
}
END_TEST

/* --- the beginning ---------------------------------------------------------
 */

/* A port that takes connections and says nothing. */
static int
silent_port(int *fd)
{
	struct sockaddr_in sin = { .sin_family = AF_INET };
	socklen_t len = sizeof(sin);

	*fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	ck_assert_int_eq(bind(*fd, (struct sockaddr *)&sin, len), 0);
	ck_assert_int_eq(listen(*fd, 16), 0);
	ck_assert_int_eq(getsockname(*fd, (struct sockaddr *)&sin, &len), 0);
	return ntohs(sin.sin_port);
}

/* Three hosts that say nothing take six seconds to be tried. */
START_TEST(a_database_that_says_nothing_is_not_waited_for)
{
	char url[128];
	int fd, port = silent_port(&fd);
	long start = now_ms();

	(void)snprintf(url, sizeof(url),
		       "host=127.0.0.1,127.0.0.1,127.0.0.1 port=%d", port);
	service = service_start("--database-url", url, NULL);

	struct answer a = client_get(service->port, "/livez");

	ck_assert_int_eq(a.status, 200);
	ck_assert_int_lt(now_ms() - start, 4000);
	answer_free(&a);
	a = client_get(service->port, "/readyz");
	ck_assert_int_eq(a.status, 503);
	answer_free(&a);
	ck_assert_int_eq(service_stop(service), 0);
	(void)close(fd);
}
END_TEST

START_TEST(a_newer_schema_is_not_served)
{
	pg_sql("INSERT INTO evenkeel.schema_migrations (version, name, "
	       "checksum) SELECT 9999, 'from_the_future', checksum FROM "
	       "evenkeel.schema_migrations WHERE version = 1");
	ck_assert_int_eq(service_command("serve", "--listen", "127.0.0.1:0",
					 "--auth", "open", NULL),
			 1);
	ck_assert_ptr_nonnull(strstr(service_output(), "newer program"));
}
END_TEST

/* What goes to a closed stream must not reach the next socket. */
START_TEST(a_key_that_cannot_be_shown_is_an_error)
{
	const char *build = getenv("BUILD");
	char command[4096];

	(void)setenv("EVENKEEL_DATABASE_URL", pg_url(), 1);
	(void)snprintf(command, sizeof(command),
		       "'%s/evenkeel' key create reader 2>/dev/null >&-",
		       build != NULL ? build : "build");
	int status = system(command); /* NOLINT: a shell closes the stream */

	ck_assert(WIFEXITED(status));
	ck_assert_int_eq(WEXITSTATUS(status), 1);
	(void)unsetenv("EVENKEEL_DATABASE_URL");
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("start_stop");
	TCase *tc = tcase_create("start_stop");

	tcase_set_timeout(tc, 120);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, who_stops_is_not_ready);
	tcase_add_test(tc, a_hang_up_changes_nothing);
	tcase_add_test(tc, a_database_that_says_nothing_is_not_waited_for);
	tcase_add_test(tc, a_newer_schema_is_not_served);
	tcase_add_test(tc, a_key_that_cannot_be_shown_is_an_error);
	suite_add_tcase(suite, tc);

	/* The cluster is this process's child: no forks in between. */
	return fixture_main(suite, CK_NOFORK);
}
