/*
 * test_pooler.c - behind a pooler that tells what the server was once.
 *
 * PgBouncer gives each newcomer the parameters that the server had at the first
 * login.  If that was in the moment before a standby became the primary, it
 * says "in_hot_standby: on" for as long as it lives.
 */
#include <arpa/inet.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/sql/fixture.h"

/* One connection, in which the server's ${name} is told as ${value}. */
struct pooler {
	const char *name, *value;
	int listener;
	pthread_t thread;
};

static size_t
length_of(const char *message)
{
	uint32_t n;

	memcpy(&n, message + 1, sizeof(n));
	return 1 + (size_t)ntohl(n);
}

/* Copy the message at ${from}, with what is to be told otherwise; its length.
 */
static size_t
retell(const struct pooler *p, const char *from, char *to)
{
	size_t len = length_of(from), name = strlen(p->name) + 1;

	if (from[0] != 'S' || strcmp(from + 5, p->name) != 0) {
		memcpy(to, from, len);
		return len;
	}
	uint32_t n = htonl((uint32_t)(4 + name + strlen(p->value) + 1));

	to[0] = 'S';
	memcpy(to + 1, &n, sizeof(n));
	memcpy(to + 5, p->name, name);
	memcpy(to + 5 + name, p->value, strlen(p->value) + 1);
	return length_of(to);
}

/* All that the server says until it is ready for the first query. */
static void
greet(const struct pooler *p, int server, int client)
{
	char in[4096], out[sizeof(in) + 64];
	size_t had = 0, at = 0, said = 0;
	bool ready = false;

	while (!ready) {
		ssize_t n = read(server, in + had, sizeof(in) - had);

		if (n <= 0)
			return;
		had += (size_t)n;
		while (had - at >= 5 && had - at >= length_of(in + at)) {
			ready = in[at] == 'Z';
			said += retell(p, in + at, out + said);
			at += length_of(in + at);
		}
	}
	(void)!write(client, out, said);
}

/* Give on what ${from} says.  False: it has gone. */
static bool
pass(int from, int to)
{
	char text[4096];
	ssize_t n = read(from, text, sizeof(text));

	return n > 0 && write(to, text, (size_t)n) == n;
}

static void *
run(void *arg)
{
	struct pooler *p = arg;
	struct sockaddr_in pg = { .sin_family = AF_INET,
				  .sin_port = htons((uint16_t)pg_port()) };
	int client = accept(p->listener, NULL, NULL);
	int server = socket(AF_INET, SOCK_STREAM, 0);

	pg.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	bool on = connect(server, (struct sockaddr *)&pg, sizeof(pg)) == 0 &&
		  pass(client, server);

	if (on)
		greet(p, server, client);
	while (on) {
		struct pollfd fds[2] = { { .fd = client, .events = POLLIN },
					 { .fd = server, .events = POLLIN } };

		(void)poll(fds, 2, -1);
		on = (fds[0].revents == 0 || pass(client, server)) &&
		     (fds[1].revents == 0 || pass(server, client));
	}
	close(client);
	close(server);
	return NULL;
}

/* What a writer finds who comes that way. */
static enum db_status
connect_by(struct pooler *p, struct db_error *err)
{
	struct sockaddr_in sin = { .sin_family = AF_INET };
	socklen_t len = sizeof(sin);
	char url[256];

	sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	p->listener = socket(AF_INET, SOCK_STREAM, 0);
	ck_assert_int_eq(bind(p->listener, (struct sockaddr *)&sin, len), 0);
	ck_assert_int_eq(listen(p->listener, 1), 0);
	getsockname(p->listener, (struct sockaddr *)&sin, &len);
	ck_assert_int_eq(pthread_create(&p->thread, NULL, run, p), 0);
	(void)snprintf(url, sizeof(url),
		       "host=127.0.0.1 port=%d dbname=%s user=postgres "
		       "sslmode=disable gssencmode=disable",
		       ntohs(sin.sin_port), pg_database_name());
	struct db *db = db_open(url, DB_WRITER, err);

	ck_assert_ptr_nonnull(db);
	enum db_status status = db_connect(db, err);

	db_close(db);
	pthread_join(p->thread, NULL);
	close(p->listener);
	return status;
}

START_TEST(a_primary_that_was_a_standby_is_written_to)
{
	struct pooler stale = { .name = "in_hot_standby", .value = "on" };
	struct db_error err;

	ck_status(connect_by(&stale, &err), DB_OK, err);
}
END_TEST

START_TEST(a_standby_that_was_a_primary_is_not)
{
	struct pooler stale = { .name = "default_transaction_read_only",
				.value = "off" };
	struct db_error err;

	pg_sql("DO $$ BEGIN EXECUTE format('ALTER DATABASE %%I SET "
	       "default_transaction_read_only = on', current_database()); "
	       "END $$");
	ck_status(connect_by(&stale, &err), DB_DOWN, err);
	ck_assert_str_eq(err.message, "the server is read-only");
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("pooler");
	TCase *tc = tcase_create("pooler");

	tcase_add_unchecked_fixture(tc, fixture_start, fixture_stop);
	tcase_add_checked_fixture(tc, fixture_migrated, NULL);
	tcase_add_test(tc, a_primary_that_was_a_standby_is_written_to);
	tcase_add_test(tc, a_standby_that_was_a_primary_is_not);
	suite_add_tcase(suite, tc);
	return fixture_main(suite, CK_FORK);
}
