/*
 * library.c - rows become a library.
 */
#include <stdio.h>
#include <stdlib.h>

#include <libpq-fe.h>

#include "gen/queries.h"
#include "script/library.h"
#include "script/report.h"
#include "sql/items.h"
#include "sql/library.h"
#include "sql/releases.h"

#define PATIENCE_MS (60 * 1000) /* for a million phrases */

/* A row of phrases_load, in the order of its columns. */
static bool
add_phrase(void *arg, const PGresult *res)
{
	struct library_builder *builder = arg;
	struct phrase_row row = {
		.id = PQgetvalue(res, 0, 0),
		.category = PQgetvalue(res, 0, 1),
		.stage = PQgetvalue(res, 0, 2),
		.purpose = PQgetvalue(res, 0, 3),
		.text = PQgetvalue(res, 0, 4),
		.fault = PQgetvalue(res, 0, 5),
		.speaker = PQgetvalue(res, 0, 6),
		.channels = PQgetvalue(res, 0, 7),
		.tone = PQgetvalue(res, 0, 8),
		.locale = PQgetvalue(res, 0, 9),
		.when = PQgetvalue(res, 0, 10),
		.offers = PQgetvalue(res, 0, 11),
		.seeds = PQgetvalue(res, 0, 12),
		.lo = (int)strtol(PQgetvalue(res, 0, 13), NULL, 10),
		.hi = (int)strtol(PQgetvalue(res, 0, 14), NULL, 10),
		.true_only = PQgetvalue(res, 0, 15)[0] == 't',
	};

	library_builder_phrase(builder, &row);
	return true;
}

/* Everything but the phrases, in canonical form. */
static enum db_status
read_head(struct db *db, int release, json_t **head, struct report *report,
	  struct db_error *err)
{
	json_t *raw = items_bundle();
	enum db_status status;

	if (raw == NULL)
		return db_fail(err, DB_FULL, "out of memory");
	status = items_read(db, &query_items_select, release, raw, err);
	if (status == DB_OK) {
		*head = items_canonical(raw, report);
		if (*head == NULL)
			status = DB_INVALID;
	}
	json_decref(raw);
	return status;
}

static enum db_status
build(struct db *db, int release, struct library **lib, struct report *report,
      struct db_error *err)
{
	char number[sizeof("-2147483648")];
	const char *params[] = { number };
	json_t *head = NULL;
	struct library_builder *builder = NULL;
	enum db_status status = read_head(db, release, &head, report, err);

	if (status != DB_OK)
		return status;
	builder = library_builder_new(head, release, report);
	if (builder == NULL) {
		json_decref(head);
		return db_fail(err, DB_FULL, "out of memory");
	}
	snprintf(number, sizeof(number), "%d", release);
	status = db_stream(db, &query_phrases_load, params, add_phrase, builder,
			   err);
	struct library *built = library_builder_finish(builder);
	json_decref(head);
	if (status == DB_OK && built == NULL)
		return DB_INVALID;
	if (status == DB_OK)
		*lib = built;
	else
		library_unref(built);
	return status;
}

enum db_status
library_load(struct db *db, int release, struct library **lib,
	     struct report *report, struct db_error *err)
{
	enum db_status status = db_begin(db, DB_SNAPSHOT, err);

	if (status == DB_OK)
		status = db_patience(db, PATIENCE_MS, err);
	if (status == DB_OK)
		status = releases_find(db, &release, err);
	if (status == DB_OK)
		status = build(db, release, lib, report, err);
	db_rollback(db);
	if (status != DB_INVALID)
		return status;
	if (report->n == 0)
		return db_fail(err, DB_FULL, "out of memory");
	return db_fail(err, DB_INVALID, "release %d does not build: %s: %s",
		       release, report->lines[0].pointer,
		       report->lines[0].detail);
}
