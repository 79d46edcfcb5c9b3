/*
 * fixture.c - what the tests of sql/ start from.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "script/bundle.h"
#include "script/report.h"
#include "sql/items.h"
#include "sql/migrate.h"
#include "sql/releases.h"
#include "tests/sql/fixture.h"

void
fixture_start(void)
{
	pg_start(PG_FAST);
}

void
fixture_stop(void)
{
	pg_stop();
}

static void
applied(void *arg, int version, const char *name, int ms)
{
	(void)arg, (void)version, (void)name, (void)ms;
}

void
fixture_migrated(void)
{
	static char migrated[32];
	struct db_error err;

	if (migrated[0] != '\0') {
		pg_database_like(migrated);
		return;
	}
	pg_database();
	struct db *db = fixture_db(DB_OWNER);
	ck_status(migrate_run(db, applied, NULL, &err), MIGRATE_CURRENT, err);
	db_close(db);

	/* It is kept as it is: whoever asks next gets a copy. */
	snprintf(migrated, sizeof(migrated), "%s", pg_database_name());
	pg_database_like(migrated);
}

struct db *
fixture_db(enum db_role role)
{
	struct db_error err;
	struct db *db = db_open(pg_url(), role, &err);

	ck_assert_msg(db != NULL, "%s", err.message);
	return db;
}

static char *
read_file(const char *path, size_t *len)
{
	FILE *f = fopen(path, "r");
	char *text = NULL;
	size_t size = 0;

	ck_assert_msg(f != NULL, "%s: run this from the root", path);
	ssize_t n = getdelim(&text, &size, '\0', f);
	ck_assert_int_gt(n, 0);
	fclose(f);
	*len = (size_t)n;
	return text;
}

json_t *
fixture_bundle(void)
{
	struct report report = { 0 };
	size_t len;
	char *text = read_file(SHIPPED, &len);
	json_t *bundle = bundle_read(text, len, &report);

	ck_assert_msg(bundle != NULL, "%s: %s: %s", SHIPPED,
		      report.n > 0 ? report.lines[0].pointer : "",
		      report.n > 0 ? report.lines[0].detail : "no memory");
	free(text);
	report_free(&report);
	return bundle;
}

json_t *
fixture_grown(size_t n)
{
	struct report report = { 0 };
	json_t *bundle = fixture_bundle();
	json_t *phrases = json_object_get(bundle, "phrases");
	char id[64], line[160];

	json_t *grown = json_deep_copy(
		json_array_get(json_object_get(bundle, "categories"), 0));
	json_object_set_new(grown, "code", json_string("grown"));
	json_object_set_new(grown, "parent", json_string("general"));
	json_array_append_new(json_object_get(bundle, "categories"), grown);

	for (size_t i = 1; i <= n; i++) {
		snprintf(id, sizeof(id), "grown/listen/%zu", i);
		snprintf(line, sizeof(line),
			 "Please tell me what happened with delivery number "
			 "%zu, from the start, and I'll listen[[, "
			 "{customer_name}]].",
			 i);
		json_t *phrase = json_pack(
			"{s:s, s:s, s:s, s:s, s:s, s:[i,i], s:s, s:s, s:[s],"
			" s:s, s:s, s:[], s:[], s:b, s:[s]}",
			"id", id, "category", "grown", "stage", "listen",
			"purpose", "line", "text", line, "intensity", 0, 4,
			"fault", "any", "speaker", "any", "channels", "any",
			"tone", "warm", "locale", "en", "when", "offers",
			"true_only", 0, "seeds", "S0-1");
		ck_assert_int_eq(json_array_append_new(phrases, phrase), 0);
	}
	json_t *canonical = items_canonical(bundle, &report);
	ck_assert_ptr_nonnull(canonical);
	json_decref(bundle);
	return canonical;
}

static void
progress(void *arg, const char *kind, size_t done, size_t total)
{
	(void)arg, (void)kind, (void)done, (void)total;
}

void
fixture_import(struct db *db, const json_t *bundle)
{
	struct db_error err;

	ck_status(releases_import(db, bundle, progress, NULL, &err), DB_OK,
		  err);
}

int
fixture_publish(struct db *db, const json_t *bundle)
{
	struct db_error err;
	int number;

	fixture_import(db, bundle);
	ck_status(
		releases_publish(db, "a note", NULL, NULL, NULL, &number, &err),
		RELEASE_OK, err);
	return number;
}

char *
fixture_text(const json_t *bundle)
{
	size_t len;
	char *text = bundle_write(bundle, &len);

	ck_assert_ptr_nonnull(text);
	text = realloc(text, len + 1);
	ck_assert_ptr_nonnull(text);
	text[len] = '\0';
	return text;
}

json_t *
fixture_find(json_t *array, const char *key, const char *value)
{
	size_t i;
	json_t *item;

	json_array_foreach(array, i, item) {
		const char *found =
			json_string_value(json_object_get(item, key));
		if (found != NULL && strcmp(found, value) == 0)
			return item;
	}
	ck_abort_msg("there is no %s %s", key, value);
}

int
fixture_main(Suite *suite, enum fork_status fork)
{
	SRunner *runner = srunner_create(suite);

	if (fork == CK_NOFORK)
		srunner_set_fork_status(runner, fork);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

long
fixture_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}
