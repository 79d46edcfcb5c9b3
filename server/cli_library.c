/*
 * cli_library.c - the subcommands that change the library, and that show what
 * it was.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "script/audit.h"
#include "script/buf.h"
#include "script/bundle.h"
#include "script/library.h"
#include "script/report.h"
#include "server/cli.h"
#include "sql/migrate.h"
#include "sql/releases.h"

struct db *
cli_open_owner(const struct cli *cli)
{
	struct db_error err;
	struct db *db = db_open(cli->cfg.owner_url, DB_OWNER, &err);

	if (db != NULL && db_connect(db, &err) == DB_OK)
		return db;
	(void)cli_db_failed(cli, &err);
	db_close(db);
	return NULL;
}

static const char *
note_of(struct cli *cli)
{
	const char *note = cli_option(cli, "--note");

	return note != NULL ? note : "";
}

/* --- migrate -------------------------------------------------------------- */

static void
tell_applied(void *arg, int version, const char *name, int ms)
{
	(void)arg;
	(void)version;
	printf("migrate: %s applied in %d ms\n", name, ms);
	(void)fflush(stdout);
}

int
cli_migrate(struct cli *cli)
{
	struct db_error err;
	struct db *db;

	if (!cli_done(cli))
		return CLI_USAGE;
	if ((db = cli_open_owner(cli)) == NULL)
		return CLI_FAILED;
	enum migrate_verdict verdict =
		migrate_run(db, tell_applied, NULL, &err);
	db_close(db);
	if (verdict != MIGRATE_CURRENT)
		return cli_db_failed(cli, &err);
	puts("migrate: the schema is up to date");
	return EXIT_SUCCESS;
}

/* --- what a release must be ------------------------------------------------
 */

/* Collect what publishing would refuse of ${bundle}. */
static bool
check(void *arg, const json_t *bundle)
{
	struct report *report = arg;
	struct library *lib = library_from_bundle(bundle, 0, report);

	if (lib != NULL)
		audit(lib, bundle, report);
	library_unref(lib);
	return report_ok(report);
}

static int
tell_verdict(const struct cli *cli, enum release_verdict verdict, int number,
	     const struct report *report, const struct db_error *err)
{
	switch (verdict) {
	case RELEASE_OK:
		printf("%s: release %d is published\n", cli->name, number);
		return EXIT_SUCCESS;
	case RELEASE_SAME:
		printf("%s: %s\n", cli->name, err->message);
		return EXIT_SUCCESS;
	case RELEASE_REFUSED:
		return cli_report(cli, report);
	case RELEASE_MISSING:
	case RELEASE_DIRTY:
		return cli_complain(cli, "%s", err->message);
	case RELEASE_FAILED:
		break;
	}
	return cli_db_failed(cli, err);
}

static int
publish(const struct cli *cli, struct db *db, const char *note)
{
	struct report report = { 0 };
	struct db_error err;
	int number = 0;
	enum release_verdict verdict =
		releases_publish(db, note, NULL, check, &report, &number, &err);
	int status = tell_verdict(cli, verdict, number, &report, &err);

	report_free(&report);
	return status;
}

/* --- import ----------------------------------------------------------------
 */

bool
cli_read_file(const struct cli *cli, const char *path, struct buf *text)
{
	bool is_stdin = strcmp(path, "-") == 0;
	FILE *in = is_stdin ? stdin : fopen(path, "rb");
	bool good = false;

	if (in == NULL) {
		(void)cli_complain(cli, "%s: %s", path, strerror(errno));
		return false;
	}
	for (;;) {
		char *room = buf_room(text, 65536);
		if (room == NULL)
			break;
		size_t n = fread(room, 1, 65536, in);
		text->len += n;
		if (n < 65536)
			break;
	}
	if (text->failed)
		(void)cli_complain(cli, "%s: out of memory", path);
	else if (ferror(in))
		(void)cli_complain(cli, "%s: %s", path, strerror(errno));
	else
		good = true;
	if (!is_stdin)
		(void)fclose(in);
	return good;
}

/* A line that is drawn over on a terminal, and one a kind elsewhere. */
static void
tell_progress(void *arg, const char *kind, size_t done, size_t total)
{
	(void)arg;
	if (isatty(STDOUT_FILENO))
		printf("\rimport: %-14s %zu of %zu%s", kind, done, total,
		       done == total ? "\n" : "");
	else if (done == total && total > 0)
		printf("import: %s: %zu\n", kind, total);
	(void)fflush(stdout);
}

static int
import(const struct cli *cli, struct db *db, const json_t *bundle,
       bool if_empty)
{
	struct db_error err;
	int newest = 0;

	if (if_empty) {
		if (releases_newest(db, &newest, &err) != DB_OK)
			return cli_db_failed(cli, &err);
		if (newest > 0) {
			printf("import: release %d is there; nothing to do\n",
			       newest);
			return EXIT_SUCCESS;
		}
	}
	if (releases_import(db, bundle, tell_progress, NULL, &err) != DB_OK)
		return cli_db_failed(cli, &err);
	puts("import: the draft is what the bundle says");
	return EXIT_SUCCESS;
}

static json_t *
read_bundle(const struct cli *cli, const char *path)
{
	struct report report = { 0 };
	struct buf text = { 0 };
	json_t *bundle = NULL;

	if (cli_read_file(cli, path, &text)) {
		bundle = bundle_read(text.ptr, text.len, &report);
		if (bundle == NULL)
			(void)cli_report(cli, &report);
	}
	buf_free(&text);
	report_free(&report);
	return bundle;
}

/* What would be refused, without a database. */
static int
dry_run(const struct cli *cli, const json_t *bundle)
{
	struct report report = { 0 };
	int status = EXIT_SUCCESS;

	if (check(&report, bundle))
		printf("import: %zu phrases; the bundle could be published\n",
		       json_array_size(json_object_get(bundle, "phrases")));
	else
		status = cli_report(cli, &report);
	report_free(&report);
	return status;
}

int
cli_import(struct cli *cli)
{
	const char *format = cli_option(cli, "--format");

	if (format != NULL)
		return cli_import_format(cli, format);
	bool dry = cli_flag(cli, "--dry-run");
	bool then_publish = cli_flag(cli, "--publish");
	bool if_empty = cli_flag(cli, "--if-empty");
	const char *note = note_of(cli);
	const char *path = cli_operand(cli);
	struct db *db = NULL;
	struct db_error err;
	int before = 0, status = CLI_FAILED;

	if (path == NULL) {
		(void)cli_complain(cli, "which bundle?  FILE, or - for "
					"standard input");
		return CLI_USAGE;
	}
	if (!cli_done(cli))
		return CLI_USAGE;
	json_t *bundle = read_bundle(cli, path);
	if (bundle == NULL)
		goto out;
	if (dry) {
		status = dry_run(cli, bundle);
		goto out;
	}
	if ((db = cli_open_owner(cli)) == NULL)
		goto out;
	if (releases_newest(db, &before, &err) != DB_OK) {
		status = cli_db_failed(cli, &err);
		goto out;
	}
	status = import(cli, db, bundle, if_empty);
	if (status == EXIT_SUCCESS && then_publish && !(if_empty && before > 0))
		status = publish(cli, db, note);
out:
	db_close(db);
	json_decref(bundle);
	return status;
}

/* --- publish, rollback, export, releases -----------------------------------
 */

int
cli_publish(struct cli *cli)
{
	const char *note = note_of(cli);
	struct db *db;

	if (!cli_done(cli))
		return CLI_USAGE;
	if ((db = cli_open_owner(cli)) == NULL)
		return CLI_FAILED;
	int status = publish(cli, db, note);
	db_close(db);
	return status;
}

int
cli_rollback(struct cli *cli)
{
	bool discard = cli_flag(cli, "--discard-draft");
	const char *note = note_of(cli);
	const char *text = cli_operand(cli);
	struct report report = { 0 };
	struct db_error err;
	struct db *db;
	int number = 0;
	int to = text == NULL ? 0 : cli_number(cli, text, "N");

	if (text == NULL)
		(void)cli_complain(cli, "to which release?  \"evenkeel "
					"releases\" lists them");
	if (to == 0 || !cli_done(cli))
		return CLI_USAGE;
	if ((db = cli_open_owner(cli)) == NULL)
		return CLI_FAILED;
	enum release_verdict verdict = releases_rollback(
		db, to, discard, note, NULL, check, &report, &number, &err);
	int status = tell_verdict(cli, verdict, number, &report, &err);
	report_free(&report);
	db_close(db);
	return status;
}

int
cli_export(struct cli *cli)
{
	const char *format = cli_option(cli, "--format");
	const char *text = cli_option(cli, "--release");
	int number = cli_flag(cli, "--draft") ? RELEASE_DRAFT : RELEASE_NEWEST;
	struct db_error err;
	json_t *bundle = NULL;
	size_t len = 0;
	char *out = NULL;
	int status = CLI_FAILED;

	if (text != NULL && (number = cli_number(cli, text, "--release")) == 0)
		return CLI_USAGE;
	if (format != NULL)
		return cli_export_format(cli, format, number);
	if (!cli_done(cli))
		return CLI_USAGE;
	struct db *db = db_open(cli->cfg.reader_url, DB_READER, &err);
	if (db == NULL || releases_export(db, number, &bundle, &err) != DB_OK)
		status = cli_db_failed(cli, &err);
	else if ((out = bundle_write(bundle, &len)) == NULL)
		status = cli_complain(cli, "out of memory");
	else if (fwrite(out, 1, len, stdout) != len)
		status = cli_complain(cli, "%s", strerror(errno));
	else
		status = EXIT_SUCCESS;
	free(out);
	json_decref(bundle);
	db_close(db);
	return status;
}

static const char *
member(const json_t *object, const char *name)
{
	const char *text = json_string_value(json_object_get(object, name));

	return text != NULL ? text : "";
}

int
cli_releases(struct cli *cli)
{
	struct db_error err;
	json_t *list = NULL, *release;
	size_t i;

	if (!cli_done(cli))
		return CLI_USAGE;
	struct db *db = db_open(cli->cfg.reader_url, DB_READER, &err);
	enum db_status asked =
		db == NULL ? err.status
			   : releases_list(db, 0, 1000, &list, &err);
	db_close(db);
	if (asked == DB_NO_ROWS ||
	    (asked == DB_OK && json_array_size(list) == 0)) {
		json_decref(list);
		puts("releases: none yet; \"evenkeel import FILE --publish\" "
		     "makes the first");
		return EXIT_SUCCESS;
	}
	if (asked != DB_OK)
		return cli_db_failed(cli, &err);
	json_array_foreach(list, i, release)
		printf("%5d  %s  %7d phrases  %-12s  %s\n",
		       (int)json_integer_value(
			       json_object_get(release, "number")),
		       member(release, "published_at"),
		       (int)json_integer_value(
			       json_object_get(release, "phrases")),
		       member(release, "published_by"),
		       member(release, "note"));
	json_decref(list);
	return EXIT_SUCCESS;
}
