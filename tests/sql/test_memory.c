/*
 * test_memory.c - when memory runs out, we say so: no crash, no leak, and
 * nothing half done.
 *
 * It is jansson's allocations that fail here: what sql/ makes of bundles is
 * made of them.
 */
#include <limits.h>
#include <stdlib.h>

#include "script/library.h"
#include "script/report.h"
#include "sql/keys.h"
#include "sql/library.h"
#include "sql/releases.h"
#include "tests/sql/fixture.h"

static struct db *owner;
static json_t *shipped;
static struct db_error err;

/*
 * Allocations left until there is no more memory, for the rest of a call: a
 * single one that fails jansson 2.14 may overlook while it reads a string.
 */
static unsigned long left = ULONG_MAX;
static bool refused;

static void *
scarce(size_t size)
{
	if (left == 0) {
		refused = true;
		return NULL;
	}
	left--;
	return malloc(size);
}

static void
setup(void)
{
	fixture_migrated();
	owner = fixture_db(DB_OWNER);
	shipped = fixture_bundle();
	fixture_publish(owner, shipped);
}

static void
teardown(void)
{
	json_decref(shipped);
	db_close(owner);
}

static void
progress(void *arg, const char *kind, size_t done, size_t total)
{
	(void)arg, (void)kind, (void)done, (void)total;
}

static enum db_status
do_import(void)
{
	return releases_import(owner, shipped, progress, NULL, &err);
}

static enum db_status
do_export(void)
{
	json_t *bundle = NULL;
	enum db_status status =
		releases_export(owner, RELEASE_NEWEST, &bundle, &err);

	json_decref(bundle);
	return status;
}

static enum db_status
do_list(void)
{
	json_t *list = NULL;
	enum db_status status = releases_list(owner, 0, 9, &list, &err);

	json_decref(list);
	return status;
}

static enum db_status
do_draft(void)
{
	json_t *draft = NULL;
	enum db_status status = releases_draft(owner, &draft, &err);

	json_decref(draft);
	return status;
}

static enum db_status
do_load(void)
{
	struct report report = { 0 };
	struct library *lib = NULL;
	enum db_status status =
		library_load(owner, RELEASE_NEWEST, &lib, &report, &err);

	library_unref(lib);
	report_free(&report);
	return status;
}

/* What it could not tell of, it has not made. */
static enum db_status
do_create_key(void)
{
	const struct key_row row = { .id = "abcdefgh", .role = "reader" };
	json_t *key = NULL;

	ck_assert_str_eq(pg_sql("SELECT count(*) FROM evenkeel.api_key"), "0");
	enum db_status status = keys_create(owner, &row, "", &key, &err);

	ck_assert_int_eq(key != NULL, status == DB_OK);
	json_decref(key);
	return status;
}

static enum db_status
do_list_keys(void)
{
	json_t *list = NULL;

	pg_sql("INSERT INTO evenkeel.api_key (id, role, sha256) VALUES "
	       "('12345678', 'reader', decode(repeat('00', 32), 'hex')) ON "
	       "CONFLICT DO NOTHING");
	enum db_status status = keys_list(owner, NULL, 9, &list, &err);

	json_decref(list);
	return status;
}

static enum db_status (*const calls[])(void) = { do_import,   do_export,
						 do_list,     do_draft,
						 do_load,     do_create_key,
						 do_list_keys };

/* After each of the first hundred, then ever fewer, until it was enough. */
START_TEST(each_failure_is_told)
{
	json_malloc_t before_malloc;
	json_free_t before_free;
	unsigned long n = 0;

	json_get_alloc_funcs(&before_malloc, &before_free);
	json_set_alloc_funcs(scarce, free);
	for (;;) {
		left = n;
		refused = false;
		enum db_status status = calls[_i]();
		left = ULONG_MAX;
		ck_status(status, refused ? DB_FULL : DB_OK, err);
		if (!refused)
			break;
		n += n < 100 ? 1 : n / 7;
	}
	json_set_alloc_funcs(before_malloc, before_free);
	ck_assert_str_eq(pg_sql("SELECT count(*) FROM evenkeel.item WHERE "
				"valid <> '[1,)'"),
			 "0");
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("memory");
	TCase *tc = tcase_create("memory");

	tcase_add_unchecked_fixture(tc, fixture_start, fixture_stop);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 120);
	tcase_add_loop_test(tc, each_failure_is_told, 0,
			    sizeof(calls) / sizeof(calls[0]));
	suite_add_tcase(suite, tc);
	return fixture_main(suite, CK_NOFORK);
}
