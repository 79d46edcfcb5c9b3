/*
 * cli_export.c - "evenkeel export --format": what GET /v1/export answers, from
 * the same code.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "script/export.h"
#include "script/report.h"
#include "server/cli.h"
#include "sql/library.h"
#include "sql/releases.h"

static struct library *
load(const struct cli *cli, int number)
{
	struct report report = { 0 };
	struct db_error err;
	struct library *lib = NULL;
	struct db *db = db_open(cli->cfg.reader_url, DB_READER, &err);

	if (db == NULL ||
	    library_load(db, number, &lib, &report, &err) != DB_OK) {
		if (report.total > 0)
			(void)cli_report(cli, &report);
		else
			(void)cli_db_failed(cli, &err);
	}
	report_free(&report);
	db_close(db);
	return lib;
}

/* A code that may be given: its number, -1 if not; false if it is unknown. */
static bool
read_code(const struct cli *cli, const struct library *lib, const char *name,
	  const char *code,
	  int (*find)(const struct library *, const char *, size_t), int *to)
{
	*to = code == NULL ? -1 : find(lib, code, strlen(code));
	if (code == NULL || *to >= 0)
		return true;
	(void)cli_complain(cli, "%s: this release has no \"%s\"", name, code);
	return false;
}

static int
find_speaker(const struct library *lib, const char *code, size_t len)
{
	(void)lib;
	return speaker_find(code, len);
}

static int
write_all(const struct cli *cli, struct exporter *e)
{
	struct buf piece = { 0 };
	int status = EXIT_SUCCESS;

	while (status == EXIT_SUCCESS && export_more(e, &piece)) {
		if (piece.failed)
			status = cli_complain(cli, "out of memory");
		else if (fwrite(piece.ptr, 1, piece.len, stdout) != piece.len)
			status = cli_complain(cli, "%s", strerror(errno));
		piece.len = 0;
	}
	buf_free(&piece);
	return status;
}

int
cli_export_format(struct cli *cli, const char *format, int number)
{
	const char *category = cli_option(cli, "--category");
	const char *stage = cli_option(cli, "--stage");
	const char *locale = cli_option(cli, "--locale");
	const char *speaker = cli_option(cli, "--speaker");
	int found = export_find(format, strlen(format));
	struct export_filter f;
	struct exporter e;
	int status = CLI_USAGE;

	if (found < 0) {
		(void)cli_complain(cli, "--format is chatwoot, zendesk, "
					"zammad, rasa or markdown");
		return CLI_USAGE;
	}
	if (!cli_done(cli))
		return CLI_USAGE;
	struct library *lib = load(cli, number);
	if (lib == NULL)
		return CLI_FAILED;
	if (read_code(cli, lib, "--category", category, library_category,
		      &f.category) &&
	    read_code(cli, lib, "--stage", stage, library_stage, &f.stage) &&
	    read_code(cli, lib, "--locale", locale, library_locale,
		      &f.locale) &&
	    read_code(cli, lib, "--speaker", speaker, find_speaker,
		      &f.speaker)) {
		export_begin(&e, lib, (enum export_format)found, &f);
		status = write_all(cli, &e);
	}
	library_unref(lib);
	return status;
}
