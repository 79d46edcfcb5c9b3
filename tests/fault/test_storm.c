/*
 * test_storm.c - thousands of connections a second, then no descriptors: it
 * sheds, it idles, it comes back alone.
 *
 * STORM_SECONDS (2) is how long the storm lasts.  The program runs with no
 * database; what is asked here needs none.
 */
#include <arpa/inet.h>
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "tests/api/alone.h"
#include "tests/api/client.h"

#define NL "\r\n"
#define HELLO "GET /livez HTTP/1.1" NL "Host: localhost" NL NL
#define RATE 5000 /* connections a second */
#define STORMERS 2

static struct alone program;

static void
setup(void)
{
	alone_start(&program);
}

static void
teardown(void)
{
	ck_assert_int_eq(alone_stop(&program), 0);
}

static int64_t
now_us(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

static void
rest_us(int64_t us)
{
	struct timespec ts = { us / 1000000, (us % 1000000) * 1000 };

	if (us > 0)
		(void)nanosleep(&ts, NULL);
}

/* The processor's time that the program has used, in ms. */
static long
used_ms(void)
{
	char name[64], text[1024];
	unsigned long user = 0, kernel = 0;

	(void)snprintf(name, sizeof(name), "/proc/%d/stat", (int)program.pid);
	FILE *file = fopen(name, "re");

	ck_assert_ptr_nonnull(file);
	ck_assert_ptr_nonnull(fgets(text, sizeof(text), file));
	(void)fclose(file);
	ck_assert_int_eq(sscanf(strrchr(text, ')') + 1,
				" %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u "
				"%lu %lu",
				&user, &kernel),
			 2);
	return (long)(user + kernel) * 1000 / sysconf(_SC_CLK_TCK);
}

static void
limit_files(rlim_t n)
{
	struct rlimit files;

	ck_assert_int_eq(prlimit(program.pid, RLIMIT_NOFILE, NULL, &files), 0);
	files.rlim_cur = n;
	ck_assert_int_eq(prlimit(program.pid, RLIMIT_NOFILE, &files, NULL), 0);
}

static rlim_t
files_limit(void)
{
	struct rlimit files;

	ck_assert_int_eq(prlimit(program.pid, RLIMIT_NOFILE, NULL, &files), 0);
	return files.rlim_cur;
}

/* The status of the answer to a request on ${c}, 0 for none in ${ms}. */
static int
status_of(struct client *c, int ms)
{
	struct answer a;

	if (!client_read(c, &a, ms))
		return 0;
	int status = a.status;

	if (status == 503)
		ck_assert(answer_has(&a, "Retry-After: 1"));
	answer_free(&a);
	return status;
}

static int
ask_afresh(int ms)
{
	struct client *c = client_open(program.port);

	(void)client_text(c, HELLO);
	int status = status_of(c, ms);

	client_close(c);
	return status;
}

/* ---- the storm ---- */

struct stormer {
	pthread_t thread;
	int64_t seconds;
	long opened, answered, shed, failed;
};

/* Connect; ask, or leave at once; go with a RST, to leave no port behind. */
static void
one_connection(struct stormer *s)
{
	struct client *c = client_open(program.port);

	s->opened++;
	if (s->opened % 10 == 9) { /* never says a word */
		client_reset(c);
		return;
	}
	(void)client_text(c, HELLO);
	if (s->opened % 10 != 8) { /* 8: does not wait for the answer */
		int status = status_of(c, 10000);

		s->answered += status == 200;
		s->shed += status == 503;
		s->failed += status != 200 && status != 503;
	}
	client_reset(c);
}

static void *
storm(void *arg)
{
	struct stormer *s = arg;
	int64_t start = now_us(), end = start + s->seconds * 1000000;

	while (now_us() < end) {
		int64_t due = start + s->opened * 1000000 * STORMERS / RATE;

		rest_us(due - now_us());
		one_connection(s);
	}
	return NULL;
}

static long
setting(const char *name, long standard)
{
	const char *text = getenv(name);

	return text != NULL ? atol(text) : standard;
}

START_TEST(stands_a_storm_of_connections)
{
	struct stormer s[STORMERS] = { 0 };
	struct client *calm = client_open(program.port);
	long opened = 0, answered = 0, shed = 0, failed = 0, seconds, calms = 0;
	long before = used_ms();

	seconds = setting("STORM_SECONDS", 2);
	for (int i = 0; i < STORMERS; i++) {
		s[i].seconds = seconds;
		ck_assert_int_eq(
			pthread_create(&s[i].thread, NULL, storm, &s[i]), 0);
	}
	/* Meanwhile somebody asks on one connection, and is answered. */
	for (int64_t end = now_us() + seconds * 1000000; now_us() < end;) {
		ck_assert(client_text(calm, HELLO));
		ck_assert_int_eq(status_of(calm, 5000), 200);
		ck_assert_int_lt(++calms, 999);
		rest_us(20000);
	}
	for (int i = 0; i < STORMERS; i++) {
		pthread_join(s[i].thread, NULL);
		opened += s[i].opened;
		answered += s[i].answered;
		shed += s[i].shed;
		failed += s[i].failed;
	}
	printf("%ld connections in %ld s: %ld answered, %ld shed, %ld failed; "
	       "%ld ms of processor\n",
	       opened, seconds, answered, shed, failed, used_ms() - before);
	ck_assert_int_eq(failed, 0);
	ck_assert_int_gt(answered, 0);
	client_close(calm);
	ck_assert_int_eq(ask_afresh(5000), 200);
}
END_TEST

/* ---- no descriptors ---- */

#define MANY 200

static void
open_many(struct client **c, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		c[i] = client_open(program.port);
		(void)client_text(c[i], HELLO);
	}
}

static void
close_many(struct client **c, size_t n)
{
	for (size_t i = 0; i < n; i++)
		client_close(c[i]);
}

static void
expect_idle(long ms)
{
	long used = used_ms();

	rest_us(2000000);
	used = used_ms() - used;
	printf("%ld ms of processor in 2 s without descriptors\n", used);
	ck_assert_int_lt(used, ms);
}

/*
 * It has more open than it may.  With 64 the spare one has a number that may
 * be used again, and newcomers are told 503; with 4 nothing can be opened, and
 * they wait.  It does not spin, and serves those who were there.
 */
START_TEST(idles_while_there_is_no_descriptor)
{
	struct client *old[MANY], *fresh[20];
	rlim_t before = files_limit();
	bool shed = _i == 0;

	open_many(old, MANY);
	for (size_t i = 0; i < MANY; i++)
		ck_assert_int_eq(status_of(old[i], 5000), 200);
	limit_files(shed ? 64 : 4);
	open_many(fresh, 20);
	expect_idle(500);
	for (size_t i = 0; i < 20; i++)
		ck_assert_int_eq(status_of(fresh[i], 0), shed ? 503 : 0);
	ck_assert(client_text(old[7], HELLO));
	ck_assert_int_eq(status_of(old[7], 5000), 200);

	if (shed) { /* it is enough that the old ones go */
		close_many(old, MANY);
		for (int tries = 0; ask_afresh(5000) != 200; tries++)
			ck_assert_int_lt(tries, 50);
	} else { /* those who waited are served */
		limit_files(before);
		for (size_t i = 0; i < 20; i++)
			ck_assert_int_eq(status_of(fresh[i], 5000), 200);
		close_many(old, MANY);
	}
	close_many(fresh, 20);
	limit_files(before);
	ck_assert_int_eq(ask_afresh(5000), 200);
}
END_TEST

/* The descriptors run out one by one: the last one says 503. */
START_TEST(sheds_with_the_last_descriptor)
{
	struct client *c[MANY];
	rlim_t before = files_limit();
	int served = 0, shed = 0;

	limit_files(64);
	open_many(c, MANY);
	for (size_t i = 0; i < MANY; i++) {
		int status = status_of(c[i], 5000);

		served += status == 200;
		shed += status == 503;
	}
	printf("of %d: %d served, %d shed\n", MANY, served, shed);
	ck_assert_int_gt(served, 10);
	ck_assert_int_gt(shed, 10);
	ck_assert_int_eq(served + shed, MANY);
	long used = used_ms();

	rest_us(1000000);
	ck_assert_int_lt(used_ms() - used, 300);
	limit_files(before);
	for (int tries = 0; ask_afresh(5000) != 200; tries++)
		ck_assert_int_lt(tries, 50);
	close_many(c, MANY);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("storm");
	TCase *tc = tcase_create("storm");
	SRunner *runner = srunner_create(suite);

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 120);
	tcase_add_test(tc, stands_a_storm_of_connections);
	tcase_add_loop_test(tc, idles_while_there_is_no_descriptor, 0, 2);
	tcase_add_test(tc, sheds_with_the_last_descriptor);
	suite_add_tcase(suite, tc);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);

	srunner_free(runner);
	return failed == 0 ? 0 : 1;
}
