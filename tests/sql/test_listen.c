/*
 * test_listen.c - a new release is seen soon, whatever happens to the
 * database, and a bad one never.
 */
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "script/library.h"
#include "sql/keys.h"
#include "sql/listen.h"
#include "sql/migrate.h"
#include "sql/releases.h"
#include "tests/sql/fixture.h"

#define N_EVENTS (LISTEN_FAILED + 1)

/* What the thread told. */
static struct {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	struct library *lib;
	int release;
	int events[N_EVENTS];
	char last[N_EVENTS][1024]; /* the text of each */
	int keys;		   /* how often they were given */
	int nkeys;		   /* how many they were last */
	int spurned;		   /* refuse them that often first */
} told = { .lock = PTHREAD_MUTEX_INITIALIZER };

static struct db *owner;
static json_t *shipped;
static struct listen *listener;

static void
on_library(void *arg, struct library *lib, int release)
{
	ck_assert_ptr_eq(arg, &told);
	pthread_mutex_lock(&told.lock);
	library_unref(told.lib);
	told.lib = lib;
	told.release = release;
	pthread_cond_broadcast(&told.changed);
	pthread_mutex_unlock(&told.lock);
}

static void
on_event(void *arg, enum listen_event event, const char *text)
{
	ck_assert_ptr_eq(arg, &told);
	pthread_mutex_lock(&told.lock);
	told.events[event]++;
	snprintf(told.last[event], sizeof(told.last[event]), "%s", text);
	pthread_cond_broadcast(&told.changed);
	pthread_mutex_unlock(&told.lock);
}

static bool
on_keys(void *arg, const struct key_rows *keys)
{
	ck_assert_ptr_eq(arg, &told);
	pthread_mutex_lock(&told.lock);
	bool taken = told.spurned-- <= 0;

	if (taken) {
		/* Before the first release, always. */
		ck_assert(told.keys > 0 || told.release == 0);
		told.keys++;
		told.nkeys = (int)keys->n;
		pthread_cond_broadcast(&told.changed);
	}
	pthread_mutex_unlock(&told.lock);
	return taken;
}

static void
setup(void)
{
	pthread_condattr_t attr;

	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&told.changed, &attr);
	told.lib = NULL;
	told.release = told.keys = told.spurned = 0;
	told.nkeys = -1;
	memset(told.events, 0, sizeof(told.events));
	fixture_migrated();
	owner = fixture_db(DB_OWNER);
	shipped = fixture_bundle();
	listener = NULL;
}

static void
teardown(void)
{
	long t = fixture_ms();

	listen_stop(listener);
	ck_assert_int_lt(fixture_ms() - t, 5000);
	library_unref(told.lib);
	json_decref(shipped);
	db_close(owner);
}

static void
start_with(const char *url, int poll_ms,
	   bool (*keys)(void *, const struct key_rows *))
{
	char why[256];
	const struct listen_options options = {
		.url = url,
		.poll_ms = poll_ms,
		.on_keys = keys,
		.on_library = on_library,
		.on_event = on_event,
		.arg = &told,
	};

	listener = listen_start(&options, why, sizeof(why));
	ck_assert_msg(listener != NULL, "%s", why);
}

static void
start(const char *url, int poll_ms)
{
	start_with(url, poll_ms, NULL);
}

/* Wait until ${counter} is at least ${want}; return how long that took. */
static long
wait_until(const int *counter, int want, int at_most_ms)
{
	long t = fixture_ms();
	struct timespec until;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += at_most_ms / 1000;
	until.tv_nsec += at_most_ms % 1000 * 1000000L;
	if (until.tv_nsec >= 1000000000) {
		until.tv_sec++;
		until.tv_nsec -= 1000000000;
	}
	int rc = 0;
	pthread_mutex_lock(&told.lock);
	while (*counter < want && rc == 0)
		rc = pthread_cond_timedwait(&told.changed, &told.lock, &until);
	int got = *counter;
	pthread_mutex_unlock(&told.lock);
	ck_assert_msg(got >= want, "it is %d, not %d, after %d ms", got, want,
		      at_most_ms);
	return fixture_ms() - t;
}

static int
count(enum listen_event event)
{
	pthread_mutex_lock(&told.lock);
	int n = told.events[event];
	pthread_mutex_unlock(&told.lock);
	return n;
}

/* Publish the shipped library with its first phrase saying ${text}. */
static int
publish(const char *text)
{
	json_object_set_new(
		json_array_get(json_object_get(shipped, "phrases"), 0), "text",
		json_string(text));
	return fixture_publish(owner, shipped);
}

static void
ignore(void *arg, int version, const char *name, int ms)
{
	(void)arg, (void)version, (void)name, (void)ms;
}

START_TEST(what_is_published_is_there_at_the_start)
{
	publish("One.");
	start(pg_url(), 60000);
	wait_until(&told.release, 1, 5000);
	wait_until(&told.events[LISTEN_LOADED], 1, 5000);
	ck_assert_int_eq(count(LISTEN_CONNECTED), 1);
	ck_assert_uint_gt(told.lib->nphrases, 100);
}
END_TEST

START_TEST(a_new_release_is_seen_without_asking)
{
	start(pg_url(), 60000);
	wait_until(&told.events[LISTEN_EMPTY], 1, 5000);
	for (int i = 1; i <= 3; i++) {
		char text[] = "One.";
		text[0] = (char)('A' + i);
		ck_assert_int_eq(publish(text), i);
		wait_until(&told.release, i, 5000);
	}
}
END_TEST

START_TEST(a_lost_notification_is_made_good_by_asking)
{
	start(pg_url(), 300);
	wait_until(&told.events[LISTEN_EMPTY], 1, 5000);
	fixture_import(owner, shipped);
	/* As publishing does, but without a word. */
	pg_sql("INSERT INTO evenkeel.release VALUES (1, now(), 'x', '', 0, "
	       "0)");
	wait_until(&told.release, 1, 5000);
}
END_TEST

START_TEST(a_killed_database_is_found_again_within_two_seconds)
{
	publish("One.");
	start(pg_url(), 60000);
	wait_until(&told.release, 1, 5000);
	pg_kill();
	wait_until(&told.events[LISTEN_LOST], 1, 5000);
	nanosleep(&(struct timespec){ .tv_nsec = 700000000 }, NULL);
	ck_assert_int_eq(count(LISTEN_LOST), 1); /* said once */
	pg_restart();
	ck_assert_int_lt(wait_until(&told.events[LISTEN_CONNECTED], 2, 5000),
			 2000);
	/* And it listens again: its next question is a minute away. */
	ck_assert_int_eq(publish("Two."), 2);
	wait_until(&told.release, 2, 5000);
	wait_until(&told.events[LISTEN_LOADED], 2, 5000);
	ck_assert_int_eq(count(LISTEN_LOADED), 2);
}
END_TEST

START_TEST(what_was_published_while_it_was_away_is_seen)
{
	publish("One.");
	pg_kill();
	start(pg_url(), 60000);
	wait_until(&told.events[LISTEN_LOST], 1, 5000);
	pg_restart();
	wait_until(&told.release, 1, 2500);
}
END_TEST

START_TEST(a_session_that_is_ended_is_replaced)
{
	publish("One.");
	start(pg_url(), 60000);
	wait_until(&told.release, 1, 5000);
	pg_sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE "
	       "pid <> pg_backend_pid() AND application_name = 'evenkeel' AND "
	       "datname = current_database()");
	wait_until(&told.events[LISTEN_CONNECTED], 2, 5000);
	ck_assert_int_eq(publish("Two."), 2);
	wait_until(&told.release, 2, 5000);
}
END_TEST

START_TEST(a_release_that_does_not_build_is_told_once_and_never_taken)
{
	publish("One.");
	start(pg_url(), 200);
	wait_until(&told.release, 1, 5000);
	ck_assert_int_eq(publish("Hello {nobody}."), 2);
	wait_until(&told.events[LISTEN_REFUSED], 1, 2000);
	pthread_mutex_lock(&told.lock);
	ck_assert_int_eq(told.release, 1);
	ck_assert_ptr_nonnull(strstr(told.last[LISTEN_REFUSED], "release 2"));
	ck_assert_ptr_nonnull(strstr(told.last[LISTEN_REFUSED], "/phrases/"));
	pthread_mutex_unlock(&told.lock);
	/* It is asked about again and again, and not tried again. */
	nanosleep(&(struct timespec){ .tv_nsec = 900000000 }, NULL);
	ck_assert_int_eq(count(LISTEN_REFUSED), 1);
	ck_assert_int_eq(publish("Three."), 3);
	wait_until(&told.release, 3, 2000);
}
END_TEST

START_TEST(a_schema_that_is_not_there_yet_is_waited_for)
{
	pg_database();
	start(pg_url(), 100);
	wait_until(&told.events[LISTEN_SCHEMA], 2, 5000);
	pthread_mutex_lock(&told.lock);
	ck_assert_ptr_nonnull(
		strstr(told.last[LISTEN_SCHEMA], "run evenkeel migrate"));
	pthread_mutex_unlock(&told.lock);

	struct db_error err;
	struct db *db = fixture_db(DB_OWNER);
	ck_status(migrate_run(db, ignore, NULL, &err), MIGRATE_CURRENT, err);
	fixture_publish(db, shipped);
	db_close(db);
	wait_until(&told.release, 1, 5000);
}
END_TEST

START_TEST(stopping_never_waits_for_the_database)
{
	publish("One.");
	start(pg_url(), 60000);
	wait_until(&told.release, 1, 5000);
	listen_stop(listener);
	pg_pause();
	start(pg_url(), 60000); /* it hangs in connecting */
	nanosleep(&(struct timespec){ .tv_nsec = 100000000 }, NULL);
	long t = fixture_ms();
	listen_stop(listener);
	ck_assert_int_lt(fixture_ms() - t, 1500);
	listener = NULL;
	pg_resume();
}
END_TEST

START_TEST(a_bad_address_is_refused_at_once)
{
	char why[256] = "";
	const struct listen_options options = { .url = "nonsense=1" };

	ck_assert_ptr_null(listen_start(&options, why, sizeof(why)));
	ck_assert_ptr_nonnull(strstr(why, "libpq connection string"));
	listen_stop(NULL);
}
END_TEST

/* --- keys ----------------------------------------------------------------- */

static const char key_sql[] =
	"INSERT INTO evenkeel.api_key (id, role, sha256) VALUES ('%s', "
	"'reader', decode(repeat('00', 32), 'hex'))";

START_TEST(keys_come_at_the_start_and_when_they_change)
{
	publish("One.");
	pg_sql(key_sql, "11111111");
	start_with(pg_url(), 60000, on_keys);
	wait_until(&told.keys, 1, 5000);
	ck_assert_int_eq(told.nkeys, 1);
	wait_until(&told.release, 1, 5000);
	pg_sql(key_sql, "22222222");
	ck_assert_int_lt(wait_until(&told.nkeys, 2, 5000), 1500);
	pg_sql("UPDATE evenkeel.api_key SET revoked_at = now() WHERE id = "
	       "'11111111'");
	ck_assert_int_lt(wait_until(&told.events[LISTEN_KEYS], 3, 5000), 1500);
	ck_assert_int_eq(told.nkeys, 1);
	ck_assert_int_eq(count(LISTEN_KEYS), 3);
	/* What changes nothing that matters is not told. */
	pg_sql("UPDATE evenkeel.api_key SET note = 'x'");
	nanosleep(&(struct timespec){ .tv_nsec = 300000000 }, NULL);
	ck_assert_int_eq(count(LISTEN_KEYS), 3);
	ck_assert_int_eq(count(LISTEN_LOADED), 1);
}
END_TEST

/* No news comes, and the next look for a release is an hour away. */
START_TEST(keys_are_asked_for_within_five_seconds)
{
	start_with(pg_url(), 3600 * 1000, on_keys);
	wait_until(&told.events[LISTEN_KEYS], 1, 5000);
	int64_t seen = listen_keys_seen(listener);

	ck_assert_int_gt(seen, 0);
	pg_sql("ALTER TABLE evenkeel.api_key DISABLE TRIGGER ALL");
	pg_sql(key_sql, "11111111");
	ck_assert_int_lt(wait_until(&told.events[LISTEN_KEYS], 2, 10000), 5000);
	ck_assert_int_gt(listen_keys_seen(listener), seen);
}
END_TEST

START_TEST(no_keys_at_all_are_told_too)
{
	start_with(pg_url(), 60000, on_keys);
	wait_until(&told.keys, 1, 5000);
	ck_assert_int_eq(told.nkeys, 0);
}
END_TEST

START_TEST(keys_that_were_not_taken_are_given_again)
{
	told.spurned = 1;
	start_with(pg_url(), 60000, on_keys);
	wait_until(&told.keys, 1, 8000);
	ck_assert_int_eq(count(LISTEN_FAILED), 1);
}
END_TEST

START_TEST(what_was_revoked_while_it_was_away_is_seen)
{
	pg_sql(key_sql, "11111111");
	start_with(pg_url(), 60000, on_keys);
	wait_until(&told.keys, 1, 5000);
	pg_kill();
	wait_until(&told.events[LISTEN_LOST], 1, 5000);
	pg_restart();
	pg_sql("UPDATE evenkeel.api_key SET revoked_at = now()");
	wait_until(&told.keys, 2, 5000);
	ck_assert_int_eq(told.nkeys, 0);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("listen");
	TCase *tc = tcase_create("listen");

	tcase_add_unchecked_fixture(tc, fixture_start, fixture_stop);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, what_is_published_is_there_at_the_start);
	tcase_add_test(tc, a_new_release_is_seen_without_asking);
	tcase_add_test(tc, a_lost_notification_is_made_good_by_asking);
	tcase_add_test(tc, a_killed_database_is_found_again_within_two_seconds);
	tcase_add_test(tc, what_was_published_while_it_was_away_is_seen);
	tcase_add_test(tc, a_session_that_is_ended_is_replaced);
	tcase_add_test(
		tc, a_release_that_does_not_build_is_told_once_and_never_taken);
	tcase_add_test(tc, a_schema_that_is_not_there_yet_is_waited_for);
	tcase_add_test(tc, stopping_never_waits_for_the_database);
	tcase_add_test(tc, a_bad_address_is_refused_at_once);
	tcase_add_test(tc, keys_come_at_the_start_and_when_they_change);
	tcase_add_test(tc, keys_are_asked_for_within_five_seconds);
	tcase_add_test(tc, no_keys_at_all_are_told_too);
	tcase_add_test(tc, keys_that_were_not_taken_are_given_again);
	tcase_add_test(tc, what_was_revoked_while_it_was_away_is_seen);
	suite_add_tcase(suite, tc);
	return fixture_main(suite, CK_NOFORK);
}
