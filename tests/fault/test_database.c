/*
 * test_database.c - the database goes, comes, and changes under look-ups.
 *
 * FAULT_SECONDS (4) is how long it stays away, FAULT_PUBLISHES (25) how many
 * releases follow one another.
 */
#include <arpa/inet.h>
#include <check.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "tests/api/asking.h"
#include "tests/api/service.h"
#include "tests/sql/pg.h"

/* A sanitizer keeps freed memory for a while, to see who still uses it. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED true
#else
#define SANITIZED false
#endif

static struct service *service;

static void
setup(void)
{
	pg_start(PG_DURABLE); /* or it would not call itself ready to write */
	service_shipped();
	service = service_start("--poll", "1", NULL);
	service_expect(service, "release 1");
}

static void
teardown(void)
{
	ck_assert_int_eq(service_stop(service), 0);
	pg_stop();
}

static long
setting(const char *name, long standard)
{
	const char *text = getenv(name);

	return text != NULL ? atol(text) : standard;
}

static long
now_ms(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000L + ts.tv_nsec / 1000000L;
}

/* --- a steady stream of look-ups in a thread of its own --------------------
 */

struct stream {
	pthread_t thread;
	int port;
	atomic_bool stop;
	long answered, failed, mixed; /* read after stream_stop() */
	atomic_int release;	      /* of the newest answer */
};

/*
 * Is the answer of one release throughout?  Releases of these tests carry
 * their number in the goal of the stage and in a line.
 */
static bool
is_whole(const json_t *json)
{
	int release = (int)json_integer_value(json_object_get(json, "release"));
	char goal[64];

	if (release == 1)
		return true;
	(void)snprintf(goal, sizeof(goal), "This is release %d.", release);
	const json_t *stage = json_object_get(json, "stage");
	const json_t *line = json_array_get(json_object_get(json, "say"), 0);
	const char *said = json_string_value(json_object_get(line, "text"));
	const char *told = json_string_value(json_object_get(stage, "goal"));

	return said != NULL && told != NULL && strcmp(told, goal) == 0 &&
	       strcmp(said, goal) == 0;
}

/*
 * A plain client: this is not the test's own thread, and libcheck knows only
 * one.  The answer's body, NUL-terminated in ${buf}, or NULL.
 */
static const char *
look_up(int fd, char *buf, size_t size)
{
	static const char request[] =
		"GET /v1/steps/validate?category=general&phrases=1&speaker=bot"
		"&channel=sms&intensity=4 HTTP/1.1\r\nHost: localhost\r\n\r\n";
	size_t n = 0;

	if (send(fd, request, sizeof(request) - 1, MSG_NOSIGNAL) !=
	    (ssize_t)sizeof(request) - 1)
		return NULL;
	while (n + 1 < size) {
		ssize_t got = recv(fd, buf + n, size - 1 - n, 0);

		if (got <= 0)
			return NULL;
		n += (size_t)got;
		buf[n] = '\0';
		/* Every answer of this kind is one line and a newline. */
		const char *body = strstr(buf, "\r\n\r\n");
		if (body != NULL && buf[n - 1] == '\n' && body[4] != '\0')
			return strncmp(buf, "HTTP/1.1 200 ", 13) == 0 ? body + 4
								      : NULL;
	}
	return NULL;
}

static int
connect_to(int port)
{
	struct sockaddr_in sin = { .sin_family = AF_INET,
				   .sin_port = htons((uint16_t)port) };
	struct timeval second = { .tv_sec = 1 };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	(void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &second, sizeof(second));
	if (fd >= 0 && connect(fd, (struct sockaddr *)&sin, sizeof(sin)) != 0) {
		(void)close(fd);
		fd = -1;
	}
	return fd;
}

static void *
stream_run(void *arg)
{
	struct stream *s = arg;
	static char buf[65536];
	int fd = -1;

	for (int n = 0; !atomic_load(&s->stop); n++) {
		struct timespec ms = { .tv_nsec = 1000000 };

		if (n % 900 == 0) { /* a connection has 1,000 answers */
			(void)close(fd);
			fd = connect_to(s->port);
		}
		const char *body = look_up(fd, buf, sizeof(buf));
		if (body == NULL) {
			s->failed++;
			n = -1;
			continue;
		}
		s->answered++;
		json_t *json = json_loads(body, 0, NULL);
		if (!is_whole(json))
			s->mixed++;
		atomic_store(&s->release,
			     (int)json_integer_value(
				     json_object_get(json, "release")));
		json_decref(json);
		(void)nanosleep(&ms, NULL);
	}
	(void)close(fd);
	return NULL;
}

static void
stream_start(struct stream *s)
{
	memset(s, 0, sizeof(*s));
	s->port = service->port;
	ck_assert_int_eq(pthread_create(&s->thread, NULL, stream_run, s), 0);
}

static void
stream_stop(struct stream *s)
{
	atomic_store(&s->stop, true);
	ck_assert_int_eq(pthread_join(s->thread, NULL), 0);
	ck_assert_int_eq(s->failed, 0);
	ck_assert_int_eq(s->mixed, 0);
	ck_assert_int_gt(s->answered, 0);
}

static void
expect_status(const char *target, int status)
{
	struct client *client = client_open(service->port);
	struct answer a;

	/* Long: what asks a database that says nothing waits for it first. */
	ck_assert(client_text(
		client, "GET %s HTTP/1.1\r\nHost: localhost\r\n\r\n", target));
	ck_assert_msg(client_read(client, &a, 30000), "%s: no answer", target);
	ck_assert_msg(a.status == status, "%s: %d %s", target, a.status,
		      a.body);
	answer_free(&a);
	client_close(client);
}

/* --- releases that carry their number ---------------------------------------
 */

static void
publish(int number)
{
	char path[] = "/tmp/evenkeel-bundle-XXXXXX", text[64];
	json_t *bundle, *item;
	size_t i;

	ck_assert_int_eq(service_command("export", NULL), 0);
	bundle = json_loads(service_output(), 0, NULL);
	ck_assert_ptr_nonnull(bundle);
	(void)snprintf(text, sizeof(text), "This is release %d.", number);
	json_array_foreach(json_object_get(bundle, "stages"), i, item)
		if (strcmp(asking_text(item, "code"), "validate") == 0)
			json_object_set_new(item, "goal", json_string(text));
	/* One line that always comes first: the only one of that category. */
	json_array_foreach(json_object_get(bundle, "phrases"), i, item)
		if (strcmp(asking_text(item, "stage"), "validate") == 0 &&
		    strcmp(asking_text(item, "category"), "general") == 0)
			json_object_set_new(item, "text", json_string(text));
	int fd = mkstemp(path);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(json_dumpfd(bundle, fd, 0), 0);
	(void)close(fd);
	json_decref(bundle);
	ck_assert_msg(service_command("import", "--publish", "--note", text,
				      path, NULL) == 0,
		      "%s", service_output());
	(void)unlink(path);
}

/* How long until the stream sees ${release}, in ms. */
static long
wait_for_release(const struct stream *s, int release)
{
	long start = now_ms();

	while (atomic_load(&s->release) != release) {
		struct timespec ms = { .tv_nsec = 5000000 };
		ck_assert_msg(now_ms() - start < 20000,
			      "release %d is not served", release);
		(void)nanosleep(&ms, NULL);
	}
	return now_ms() - start;
}

START_TEST(answers_go_on_while_the_database_is_dead)
{
	static struct stream s; /* outlives a failing test */
	struct timespec pause = { .tv_sec = setting("FAULT_SECONDS", 4) };

	expect_status("/readyz/write", 200);
	stream_start(&s);
	pg_kill();
	expect_status("/readyz", 200);
	expect_status("/livez", 200);
	expect_status("/readyz/write", 503);
	expect_status("/v1/releases", 503);
	expect_status("/v1/phrases?category=general", 200);
	(void)nanosleep(&pause, NULL);
	pg_restart();
	publish(2);
	long ms = wait_for_release(&s, 2);
	stream_stop(&s);
	printf("%ld look-ups, release 2 after %ld ms\n", s.answered, ms);
	ck_assert_int_lt(ms, 2000);
	expect_status("/readyz/write", 200);
}
END_TEST

START_TEST(answers_go_on_while_the_database_says_nothing)
{
	static struct stream s; /* outlives a failing test */

	stream_start(&s);
	pg_pause();
	expect_status("/readyz", 200);
	expect_status("/readyz/write", 503);
	pg_resume();
	stream_stop(&s);
}
END_TEST

START_TEST(every_answer_is_wholly_of_one_release)
{
	static struct stream s; /* outlives a failing test */
	int n = (int)setting("FAULT_PUBLISHES", 25), first = 2;

	stream_start(&s);
	publish(first);
	(void)wait_for_release(&s, first);
	size_t before = 0, after = SIZE_MAX;
	for (int i = 1; i <= n; i++) {
		publish(first + i);
		(void)wait_for_release(&s, first + i);
		size_t memory = service_memory(service);
		/* It goes up and down: the high water, later the low. */
		if (i <= n / 2 && memory > before)
			before = memory;
		if (i > n - 5 && memory < after)
			after = memory;
	}
	stream_stop(&s);
	printf("%ld look-ups over %d releases, memory %zu -> %zu KiB\n",
	       s.answered, n, before / 1024, after / 1024);
	/* A snapshot is about 1 MiB: not one of them may stay behind. */
	if (!SANITIZED)
		ck_assert_uint_lt(after, before + (size_t)4 * 1024 * 1024);
}
END_TEST

START_TEST(a_release_that_does_not_build_changes_nothing)
{
	static struct stream s; /* outlives a failing test */

	stream_start(&s);
	/* A hand at psql: a row that points nowhere, published around us. */
	(void)pg_sql("UPDATE evenkeel.transition SET to_stage = 'nowhere' "
		     "WHERE from_stage = 'open'");
	(void)pg_sql("INSERT INTO evenkeel.release (number, published_by, "
		     "note, phrases, categories) VALUES (2, 'psql', '', 0, "
		     "0)");
	(void)pg_sql("NOTIFY evenkeel_release, '2'");
	service_expect(service, "release-refused");
	expect_status("/readyz", 200);
	stream_stop(&s);
	ck_assert_int_eq(atomic_load(&s.release), 1);
}
END_TEST

START_TEST(serves_as_soon_as_there_is_a_database)
{
	pg_start(PG_FAST);
	service_shipped();
	pg_kill();
	service = service_start(NULL);
	expect_status("/livez", 200);
	expect_status("/readyz", 503);
	expect_status("/v1/next?category=general", 503);
	pg_restart();
	service_expect(service, "release 1");
	expect_status("/readyz", 200);
	expect_status("/v1/next?category=general", 200);
	ck_assert_int_eq(service_stop(service), 0);
	pg_stop();
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("database");
	TCase *tc = tcase_create("under look-ups");
	tcase_set_timeout(tc, 900);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, answers_go_on_while_the_database_is_dead);
	tcase_add_test(tc, answers_go_on_while_the_database_says_nothing);
	tcase_add_test(tc, every_answer_is_wholly_of_one_release);
	tcase_add_test(tc, a_release_that_does_not_build_changes_nothing);
	suite_add_tcase(suite, tc);
	tc = tcase_create("at the start");
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, serves_as_soon_as_there_is_a_database);
	suite_add_tcase(suite, tc);

	/* The clusters are this process's children: no forks in between. */
	SRunner *runner = srunner_create(suite);
	srunner_set_fork_status(runner, CK_NOFORK);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
