/*
 * test_cold_keys.c - what the file for a start without the database holds of
 * releases and keys, as they come one after the other.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "script/library.h"
#include "server/cache.h"
#include "server/cli_cold.h"
#include "server/log.h"
#include "tests/api/service.h"
#include "tests/sql/pg.h"

#define WAIT_MS 20000 /* much: sanitizers and a busy machine are slow */

static char dir[64], path[96];
static struct log *log_lines;
static struct cold *cold;
static struct cache cache;

static void
begin(void)
{
	pg_start(PG_FAST);
	service_shipped();
}

static void
end(void)
{
	pg_stop();
}

static void
open_cold(void)
{
	cold_stop(cold);
	cold = cold_start(&(struct cold_options){
		.path = path, .url = pg_url(), .log = log_lines });
	ck_assert_ptr_nonnull(cold);
}

static void
setup(void)
{
	strcpy(dir, "/tmp/evenkeel-cold-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	(void)snprintf(path, sizeof(path), "%s/cache", dir);
	log_lines = log_open(STDERR_FILENO, LOG_OFF);
	open_cold();
}

static void
teardown(void)
{
	cold_stop(cold);
	cold = NULL;
	cache_free(&cache);
	log_close(log_lines);
	(void)unlink(path);
	ck_assert_int_eq(rmdir(dir), 0);
}

static void
rest(int ms)
{
	(void)nanosleep(
		&(struct timespec){ ms / 1000, (long)(ms % 1000) * 1000000 },
		NULL);
}

static void
look(void)
{
	char why[256] = "";

	cache_free(&cache);
	if (cache_read(path, &cache, why, sizeof(why)) == CACHE_REFUSED)
		ck_abort_msg("%s", why);
}

static bool
has(const char *keys)
{
	const struct cache_part *part = &cache.parts[CACHE_KEYS];

	return part->len == strlen(keys) &&
	       (part->len == 0 || memcmp(part->bytes, keys, part->len) == 0);
}

/* Wait until the file holds release 1 and ${keys}. */
static void
wait_for(const char *keys)
{
	for (int ms = 0; ms < WAIT_MS; ms += 10, rest(10)) {
		look();
		if (cache.parts[CACHE_RELEASE].number == 1 && has(keys))
			return;
	}
	ck_abort_msg("the file does not come to hold release 1 and \"%s\"",
		     keys);
}

/* What somebody else, or an earlier run, may have left. */
static void
leave_file(unsigned number)
{
	char why[256];
	struct cache other = { .parts = {
				       [CACHE_RELEASE] = { "?", 1, 1, number },
				       [CACHE_KEYS] = { "other", 5, 1, 0 },
			       } };

	ck_assert(cache_write(path, &other, why, sizeof(why)));
}

START_TEST(holds_the_newest_of_both)
{
	cold_keep(cold, 1);
	wait_for("");
	cold_keep_keys(cold, "first", 5);
	wait_for("first");
	char *release = strndup(cache.parts[CACHE_RELEASE].bytes,
				cache.parts[CACHE_RELEASE].len);
	cold_keep_keys(cold, "second one", 10);
	cold_keep_keys(cold, "third", 5);
	wait_for("third");
	ck_assert_uint_eq(cache.parts[CACHE_RELEASE].len, strlen(release));
	ck_assert_mem_eq(cache.parts[CACHE_RELEASE].bytes, release,
			 strlen(release));
	free(release);
}
END_TEST

START_TEST(keys_alone_wait_for_a_release)
{
	cold_keep_keys(cold, "keys", 4);
	rest(200);
	ck_assert_int_ne(access(path, F_OK), 0);
	cold_keep(cold, 1);
	wait_for("keys");
}
END_TEST

/* Or it would be good again after a start without the database. */
START_TEST(the_last_key_to_be_revoked_goes_too)
{
	cold_keep_keys(cold, "keys", 4);
	cold_keep(cold, 1);
	wait_for("keys");
	cold_keep_keys(cold, "", 0);
	wait_for("");
}
END_TEST

START_TEST(gives_both_back)
{
	struct cold_found found;

	ck_assert(!cold_read(cold, &found));
	cold_keep_keys(cold, "keys", 4);
	cold_keep(cold, 1);
	wait_for("keys");

	open_cold();
	ck_assert(cold_read(cold, &found));
	ck_assert_int_eq(found.lib->release, 1);
	ck_assert_uint_eq(found.keys_len, 4);
	ck_assert_mem_eq(found.keys, "keys", 4);
	ck_assert(found.release_written > 1700000000);
	ck_assert(found.keys_written > 1700000000);
	library_unref(found.lib);
	free(found.keys);

	/* They are in force: a new release does not take them away. */
	(void)unlink(path);
	cold_keep(cold, 1);
	wait_for("keys");
}
END_TEST

/* A file that was not read may be another database's. */
START_TEST(takes_nothing_from_a_file_that_it_did_not_read)
{
	leave_file(1);
	cold_keep(cold, 1);
	wait_for("");
	ck_assert_uint_gt(cache.parts[CACHE_RELEASE].len, 1000);
}
END_TEST

START_TEST(a_file_that_went_is_made_again)
{
	cold_keep(cold, 1);
	wait_for("");
	(void)unlink(path);
	cold_keep_keys(cold, "keys", 4);
	wait_for("keys");
	leave_file(2);
	cold_keep_keys(cold, "more", 4);
	wait_for("more");
	ck_assert_uint_gt(cache.parts[CACHE_RELEASE].len, 1000);
}
END_TEST

START_TEST(waits_for_the_database)
{
	pg_kill();
	cold_keep(cold, 1);
	cold_keep_keys(cold, "keys", 4);
	rest(200);
	ck_assert_int_ne(access(path, F_OK), 0);
	pg_restart();
	wait_for("keys");
}
END_TEST

/* It is told of, and does not hinder what comes after. */
START_TEST(a_release_that_is_not_there_is_let_go)
{
	cold_keep(cold, 77);
	rest(200);
	ck_assert_int_ne(access(path, F_OK), 0);
	cold_keep(cold, 1);
	wait_for("");
}
END_TEST

/* Without waiting for a database that says nothing. */
START_TEST(stops_at_once)
{
	struct timespec from, to;

	pg_pause();
	cold_keep(cold, 1);
	rest(100);
	clock_gettime(CLOCK_MONOTONIC, &from);
	cold_stop(cold);
	cold = NULL;
	clock_gettime(CLOCK_MONOTONIC, &to);
	pg_resume();
	ck_assert_int_lt(to.tv_sec - from.tv_sec, 2);
}
END_TEST

START_TEST(without_a_file_nothing_is_kept)
{
	struct cold_found found;

	cold_keep(NULL, 1);
	cold_keep_keys(NULL, "keys", 4);
	ck_assert(!cold_read(NULL, &found));
	ck_assert_ptr_null(found.lib);
	cold_stop(NULL);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("cold keys");
	TCase *tc = tcase_create("cold keys");

	tcase_set_timeout(tc, 120);
	tcase_add_unchecked_fixture(tc, begin, end);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, holds_the_newest_of_both);
	tcase_add_test(tc, keys_alone_wait_for_a_release);
	tcase_add_test(tc, the_last_key_to_be_revoked_goes_too);
	tcase_add_test(tc, gives_both_back);
	tcase_add_test(tc, takes_nothing_from_a_file_that_it_did_not_read);
	tcase_add_test(tc, a_file_that_went_is_made_again);
	tcase_add_test(tc, waits_for_the_database);
	tcase_add_test(tc, a_release_that_is_not_there_is_let_go);
	tcase_add_test(tc, stops_at_once);
	tcase_add_test(tc, without_a_file_nothing_is_kept);
	suite_add_tcase(suite, tc);

	/* The cluster is this process's child: no forks in between. */
	SRunner *runner = srunner_create(suite);
	srunner_set_fork_status(runner, CK_NOFORK);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
