/*
 * test_cold.c - a start while the database is away: EVENKEEL_CACHE.
 */
#include <check.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "server/cache.h"
#include "tests/api/asking.h"
#include "tests/api/prometheus.h"
#include "tests/api/service.h"
#include "tests/sql/pg.h"

#define LOOK_UP "/v1/next?category=general&stage=restate&signal=confirms"
#define WAIT_MS 20000 /* much: sanitizers and a busy machine are slow */

static struct service *service;
static char dir[64], path[96];

static bool away; /* the database was killed */

static void
begin(void)
{
	pg_start(PG_FAST);
}

static void
end(void)
{
	pg_stop();
}

static void
kill_database(void)
{
	pg_kill();
	away = true;
}

static void
restart_database(void)
{
	pg_restart();
	away = false;
}

static void
setup(void)
{
	if (away)
		restart_database();
	service_shipped();
	strcpy(dir, "/tmp/evenkeel-cold-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	(void)snprintf(path, sizeof(path), "%s/cache", dir);
}

static void
teardown(void)
{
	if (service != NULL)
		ck_assert_int_eq(service_stop(service), 0);
	service = NULL;
	(void)unlink(path);
	(void)rmdir(dir);
}

static void
start(void)
{
	service = service_start("--poll", "1", "--cache", path, NULL);
}

static void
stop(void)
{
	ck_assert_int_eq(service_stop(service), 0);
	service = NULL;
}

/* Serve once, so that there is a file with the newest release. */
static void
fill_cache(void)
{
	start();
	service_expect(service, "is kept");
	stop();
}

/* The answer's body; its ETag in ${etag}.  The caller frees the body. */
static char *
look_up(char *etag, size_t size)
{
	struct answer a = client_get(service->port, LOOK_UP);
	char *body = a.body;

	ck_assert_msg(a.status == 200, "%d %s", a.status, a.body);
	(void)answer_header(&a, "ETag", etag, size);
	a.body = NULL;
	answer_free(&a);
	return body;
}

static void
expect_status(const char *target, int status)
{
	struct client *client = client_open(service->port);
	struct answer a;

	ck_assert(client_text(
		client, "GET %s HTTP/1.1\r\nHost: localhost\r\n\r\n", target));
	ck_assert_msg(client_read(client, &a, WAIT_MS), "%s: no answer",
		      target);
	ck_assert_msg(a.status == status, "%s: %d %s", target, a.status,
		      a.body);
	answer_free(&a);
	client_close(client);
}

static void
expect_metric(const char *series, double value)
{
	struct answer a = client_get(service->port, "/metrics");
	double is = prometheus_value(a.body, series);

	ck_assert_msg(is == value, "%s is %g and not %g", series, is, value);
	answer_free(&a);
}

/* Ask until the answer is of ${release}. */
static void
wait_for_release(int release)
{
	for (int ms = 0; ms < WAIT_MS; ms += 20) {
		json_t *json =
			asking_get(service->port, "/version", "/version", 200);
		int is = (int)json_integer_value(
			json_object_get(json, "release"));

		json_decref(json);
		if (is == release)
			return;
		(void)nanosleep(&(struct timespec){ .tv_nsec = 20000000 },
				NULL);
	}
	ck_abort_msg("release %d is not served", release);
}

/* Publish a release that differs from the one before. */
static void
publish(void)
{
	ck_assert_int_eq(service_command("export", NULL), 0);
	json_t *bundle = json_loads(service_output(), 0, NULL), *item;
	char name[] = "/tmp/evenkeel-bundle-XXXXXX";
	static int n;
	char text[64];
	size_t i;

	(void)snprintf(text, sizeof(text), "This is goal %d.", ++n);
	json_array_foreach(json_object_get(bundle, "stages"), i, item)
		if (strcmp(asking_text(item, "code"), "validate") == 0)
			json_object_set_new(item, "goal", json_string(text));
	int fd = mkstemp(name);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(json_dumpfd(bundle, fd, 0), 0);
	(void)close(fd);
	json_decref(bundle);
	ck_assert_msg(service_command("import", "--publish", "--note", text,
				      name, NULL) == 0,
		      "%s", service_output());
	(void)unlink(name);
}

/* The number of the release in the file. */
static unsigned
kept(void)
{
	struct cache cache;
	char why[256] = "";

	ck_assert_msg(cache_read(path, &cache, why, sizeof(why)) == CACHE_OK,
		      "%s", why);
	unsigned number = cache.parts[CACHE_RELEASE].number;
	cache_free(&cache);
	return number;
}

START_TEST(serves_from_the_file_as_from_the_database)
{
	char before_etag[80], after_etag[80];

	start();
	service_expect(service, "is kept");
	char *before = look_up(before_etag, sizeof(before_etag));
	stop();
	kill_database();

	start();
	service_expect(service, "cold-start");
	wait_for_release(1);
	char *after = look_up(after_etag, sizeof(after_etag));
	ck_assert_str_eq(before, after);
	ck_assert_str_eq(before_etag, after_etag);
	free(before);
	free(after);
	expect_status("/readyz", 200);
	expect_status("/readyz/write", 503);
	expect_status("/v1/releases", 503);
	expect_metric("evenkeel_database_up", 0);
	expect_metric("evenkeel_release", 1);
	expect_metric("evenkeel_release_reloads_total{result=\"cached\"}", 1);

	/* What the database has takes its place, and is kept. */
	restart_database();
	publish();
	wait_for_release(2);
	service_expect(service, "release 2 is kept");
	ck_assert_uint_eq(kept(), 2);
	expect_metric("evenkeel_database_up", 1);

	/* What is in memory is good enough when it goes again. */
	kill_database();
	service_expect(service, "database-lost");
	restart_database();
	service_expect(service, "\"event\":\"database\"");
	expect_metric("evenkeel_release", 2);
	expect_metric("evenkeel_release_reloads_total{result=\"cached\"}", 1);
}
END_TEST

START_TEST(keeps_each_new_release)
{
	struct stat st;

	start();
	service_expect(service, "release 1 is kept");
	publish();
	service_expect(service, "release 2 is kept");
	ck_assert_uint_eq(kept(), 2);
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_uint_eq(st.st_mode & 07777, 0600);
	/* One that does not build is not kept. */
	(void)pg_sql("UPDATE evenkeel.transition SET to_stage = 'nowhere' "
		     "WHERE from_stage = 'open'");
	(void)pg_sql("INSERT INTO evenkeel.release (number, published_by, "
		     "note, phrases, categories) VALUES (3, 'psql', '', 0, "
		     "0)");
	(void)pg_sql("NOTIFY evenkeel_release, '3'");
	service_expect(service, "release-refused");
	stop();
	ck_assert_uint_eq(kept(), 2);
}
END_TEST

/* With the database there, nobody ever sees the older release. */
START_TEST(does_not_read_it_while_the_database_is_there)
{
	fill_cache();
	publish();
	start();
	service_expect(service, "release 2 is kept");
	expect_metric("evenkeel_release_reloads_total{result=\"cached\"}", 0);
	expect_metric("evenkeel_release_reloads_total{result=\"loaded\"}", 1);
}
END_TEST

START_TEST(serves_while_the_database_says_nothing)
{
	fill_cache();
	pg_pause();
	start();
	service_expect(service, "cold-start");
	wait_for_release(1);
	expect_status(LOOK_UP, 200);
	pg_resume();
	service_expect(service, "release 1 is kept");
}
END_TEST

static void
damage(void)
{
	int fd = open(path, O_RDWR | O_CLOEXEC);
	char byte;

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(pread(fd, &byte, 1, 5000), 1);
	byte ^= 1;
	ck_assert_int_eq(pwrite(fd, &byte, 1, 5000), 1);
	(void)close(fd);
}

static void
open_up(void)
{
	ck_assert_int_eq(chmod(path, 0640), 0);
}

static void
empty_it(void)
{
	ck_assert_int_eq(truncate(path, 0), 0);
}

/* Whole by its checksum, but no library. */
static void
fill_with_nonsense(void)
{
	char why[256];
	struct cache cache = { .parts = { [CACHE_RELEASE] = { "{\"a\": 1}", 8,
							      1, 9 } } };

	ck_assert(cache_write(path, &cache, why, sizeof(why)));
}

static const struct {
	void (*spoil)(void);
	const char *says;
} spoiled[] = {
	{ damage, "damaged" },
	{ open_up, "mode is 0640" },
	{ empty_it, "not a cache" },
	{ fill_with_nonsense, "does not build" },
};

/* Then it is as if there were none; the database heals it. */
START_TEST(refuses_a_spoiled_file)
{
	fill_cache();
	spoiled[_i].spoil();
	kill_database();
	start();
	service_expect(service, "cache-refused");
	service_expect(service, spoiled[_i].says);
	ck_assert_ptr_null(strstr(service->log, path));
	expect_status("/livez", 200);
	expect_status("/readyz", 503);
	expect_status(LOOK_UP, 503);
	restart_database();
	service_expect(service, "release 1 is kept");
	expect_status("/readyz", 200);
	expect_status(LOOK_UP, 200);
	ck_assert_uint_eq(kept(), 1);
}
END_TEST

START_TEST(a_missing_file_is_no_error)
{
	kill_database();
	start();
	service_expect(service, "database-lost");
	expect_status("/livez", 200);
	expect_status("/readyz", 503);
	restart_database();
	service_expect(service, "release 1 is kept");
	expect_status(LOOK_UP, 200);
}
END_TEST

/* The folder goes and comes: told of once, and tried again. */
START_TEST(goes_on_without_a_place_to_write)
{
	ck_assert_int_eq(rmdir(dir), 0);
	start();
	service_expect(service, "cache-failed");
	expect_status(LOOK_UP, 200);
	ck_assert_int_eq(mkdir(dir, 0700), 0);
	service_expect(service, "release 1 is kept");
	ck_assert_uint_eq(kept(), 1);
}
END_TEST

/* Killed at any moment, the next start finds a file that is whole. */
START_TEST(survives_being_killed)
{
	fill_cache();
	for (int i = 0; i < 12; i++) {
		start();
		service_expect(service, "release 1 in");
		(void)nanosleep(&(struct timespec){ .tv_nsec = i * 12000000L },
				NULL);
		service_signal(service, SIGKILL);
		ck_assert_int_eq(service_stop(service), 128 + SIGKILL);
		service = NULL;
		ck_assert_uint_eq(kept(), 1);
	}
	kill_database();
	start();
	service_expect(service, "cold-start");
	wait_for_release(1);
	(void)snprintf(path, sizeof(path), "%s/cache.new", dir);
	(void)unlink(path);
	(void)snprintf(path, sizeof(path), "%s/cache", dir);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("cold");
	TCase *tc = tcase_create("cold");
	int n = (int)(sizeof(spoiled) / sizeof(spoiled[0]));

	tcase_set_timeout(tc, 300);
	tcase_add_unchecked_fixture(tc, begin, end);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, serves_from_the_file_as_from_the_database);
	tcase_add_test(tc, keeps_each_new_release);
	tcase_add_test(tc, does_not_read_it_while_the_database_is_there);
	tcase_add_test(tc, serves_while_the_database_says_nothing);
	tcase_add_loop_test(tc, refuses_a_spoiled_file, 0, n);
	tcase_add_test(tc, a_missing_file_is_no_error);
	tcase_add_test(tc, goes_on_without_a_place_to_write);
	tcase_add_test(tc, survives_being_killed);
	suite_add_tcase(suite, tc);

	/* The clusters are this process's children: no forks in between. */
	SRunner *runner = srunner_create(suite);
	srunner_set_fork_status(runner, CK_NOFORK);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
