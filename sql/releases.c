/*
 * releases.c - the draft, and what was published of it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libpq-fe.h>

#include "gen/queries.h"
#include "script/buf.h"
#include "script/report.h"
#include "sql/incoming.h"
#include "sql/items.h"
#include "sql/releases.h"

#define PATIENCE_MS (10 * 60 * 1000) /* a million phrases take minutes */

#define INT_SIZE sizeof("-2147483648")

static enum db_status
no_memory(struct db_error *err)
{
	return db_fail(err, DB_FULL, "out of memory");
}

enum db_status
releases_newest(struct db *db, int *number, struct db_error *err)
{
	PGresult *res;
	enum db_status status =
		db_query(db, &query_release_newest, NULL, &res, err);

	if (status != DB_OK)
		return status;
	*number = (int)strtol(PQgetvalue(res, 0, 0), NULL, 10);
	PQclear(res);
	return DB_OK;
}

enum db_status
releases_find(struct db *db, int *number, struct db_error *err)
{
	int newest;
	enum db_status status = releases_newest(db, &newest, err);

	if (status != DB_OK)
		return status;
	if (*number == RELEASE_NEWEST)
		*number = newest;
	else if (*number == RELEASE_DRAFT)
		*number = ++newest;
	if (*number < 1 || *number > newest)
		return db_fail(err, DB_NO_ROWS, "there is no such release");
	return DB_OK;
}

/*
 * Begin to change the draft, whose number is set.  The lock comes first: what
 * is read after it cannot change any more.
 */
static enum db_status
begin_draft(struct db *db, int *draft, struct db_error *err)
{
	/*
	 * The planner knows nothing of rows that came a moment ago: taking
	 * them for few, it would compare each with each.
	 */
	const char *const no_loops[] = { "enable_nestloop", "off" };
	const char *const memory[] = { "work_mem", "64MB" };
	enum db_status status = db_begin(db, DB_CHANGE, err);

	if (status == DB_OK)
		status = db_patience(db, PATIENCE_MS, err);
	if (status == DB_OK)
		status = db_run(db, &query_setting_local, no_loops, err);
	if (status == DB_OK)
		status = db_run(db, &query_setting_local, memory, err);
	if (status == DB_OK)
		status = db_run(db, &query_library_lock, NULL, err);
	if (status == DB_OK)
		status = releases_newest(db, draft, err);
	if (status == DB_OK)
		++*draft;
	return status;
}

/* Leave nothing behind, and the planner informed: loads come at once. */
static enum db_status
finish_draft(struct db *db, struct db_error *err)
{
	enum db_status status = db_run(db, &query_incoming_clear, NULL, err);

	return status == DB_OK ? db_run(db, &query_phrases_analyze, NULL, err)
			       : status;
}

/* --- changing the draft ------------------------------------------------ */

/* Make the draft, whose lock is held, equal to ${bundle}; and commit. */
static enum db_status
replace(struct db *db, int draft, const json_t *bundle,
	releases_progress *progress, void *arg, struct db_error *err)
{
	enum db_status status = db_run(db, &query_incoming_clear, NULL, err);

	if (status == DB_OK)
		status = incoming(db, draft, bundle, progress, arg, err);
	if (status == DB_OK)
		status = finish_draft(db, err);
	return status == DB_OK ? db_commit(db, err) : status;
}

enum db_status
releases_import(struct db *db, const json_t *bundle,
		releases_progress *progress, void *arg, struct db_error *err)
{
	int draft;
	enum db_status status = begin_draft(db, &draft, err);

	if (status == DB_OK)
		status = replace(db, draft, bundle, progress, arg, err);
	db_rollback(db);
	return status;
}

/* --- exporting --------------------------------------------------------- */

/* Read release ${number} within a transaction. */
static enum db_status
read_release(struct db *db, int number, json_t **bundle, struct db_error *err)
{
	struct report report = { 0 };
	json_t *raw = items_bundle();
	enum db_status status;

	if (raw == NULL)
		return no_memory(err);
	status = items_read(db, &query_items_select, number, raw, err);
	if (status == DB_OK)
		status =
			items_read(db, &query_phrases_export, number, raw, err);
	if (status != DB_OK)
		goto out;
	*bundle = items_canonical(raw, &report);
	if (*bundle == NULL && report.n > 0)
		status = db_fail(err, DB_INVALID,
				 "release %d is no bundle: %s: %s", number,
				 report.lines[0].pointer,
				 report.lines[0].detail);
	else if (*bundle == NULL)
		status = no_memory(err);
out:
	report_free(&report);
	json_decref(raw);
	return status;
}

enum db_status
releases_export(struct db *db, int number, json_t **bundle,
		struct db_error *err)
{
	enum db_status status = db_begin(db, DB_SNAPSHOT, err);

	if (status == DB_OK)
		status = db_patience(db, PATIENCE_MS, err);
	if (status == DB_OK)
		status = releases_find(db, &number, err);
	if (status == DB_OK)
		status = read_release(db, number, bundle, err);
	db_rollback(db);
	return status;
}

static void
be_silent(void *arg, const char *kind, size_t done, size_t total)
{
	(void)arg, (void)kind, (void)done, (void)total;
}

enum db_status
releases_edit(struct db *db, releases_change *change, void *arg,
	      struct db_error *err)
{
	int number;
	json_t *draft = NULL, *bundle = NULL;
	enum db_status status = begin_draft(db, &number, err);

	if (status == DB_OK)
		status = read_release(db, number, &draft, err);
	if (status == DB_OK)
		bundle = change(arg, draft);
	if (bundle != NULL)
		status = replace(db, number, bundle, be_silent, NULL, err);
	db_rollback(db);
	json_decref(draft);
	json_decref(bundle);
	return status;
}

/* --- publishing -------------------------------------------------------- */

static enum db_status
draft_changed(struct db *db, int draft, bool *changed, struct db_error *err)
{
	char text[INT_SIZE];
	const char *params[] = { text };
	PGresult *res;

	snprintf(text, sizeof(text), "%d", draft);
	enum db_status status =
		db_query(db, &query_draft_changed, params, &res, err);
	if (status != DB_OK)
		return status;
	*changed = strcmp(PQgetvalue(res, 0, 0), "t") == 0;
	PQclear(res);
	return DB_OK;
}

/* Insert the release and tell who listens. */
static enum db_status
announce(struct db *db, int draft, const char *note, const char *by,
	 struct db_error *err)
{
	char text[INT_SIZE];
	const char *params[] = { text, note, by };

	snprintf(text, sizeof(text), "%d", draft);
	enum db_status status = db_run(db, &query_release_insert, params, err);
	if (status == DB_OK)
		status = db_run(db, &query_release_notify, params, err);
	return status;
}

/* Publish the draft, its lock held; the caller ends the transaction. */
static enum release_verdict
publish(struct db *db, int draft, const char *note, const char *by,
	releases_check *check, void *arg, struct db_error *err)
{
	bool changed, good = true;
	json_t *bundle = NULL;

	if (draft_changed(db, draft, &changed, err) != DB_OK)
		return RELEASE_FAILED;
	if (!changed) {
		db_fail(err, DB_OK,
			"nothing to publish: it equals the newest release");
		return RELEASE_SAME;
	}
	if (check != NULL) {
		if (read_release(db, draft, &bundle, err) != DB_OK)
			return RELEASE_FAILED;
		good = check(arg, bundle);
		json_decref(bundle);
	}
	if (!good) {
		db_fail(err, DB_OK, "the draft did not pass its check");
		return RELEASE_REFUSED;
	}
	return announce(db, draft, note, by, err) == DB_OK ? RELEASE_OK
							   : RELEASE_FAILED;
}

static enum release_verdict
end_draft(struct db *db, enum release_verdict verdict, int draft, int *number,
	  struct db_error *err)
{
	if (verdict != RELEASE_OK) {
		db_rollback(db);
		return verdict;
	}
	if (db_commit(db, err) != DB_OK)
		return RELEASE_FAILED;
	*number = draft;
	return RELEASE_OK;
}

enum release_verdict
releases_publish(struct db *db, const char *note, const char *by,
		 releases_check *check, void *arg, int *number,
		 struct db_error *err)
{
	int draft = 0;
	enum release_verdict verdict = RELEASE_FAILED;

	if (begin_draft(db, &draft, err) == DB_OK)
		verdict = publish(db, draft, note, by, check, arg, err);
	return end_draft(db, verdict, draft, number, err);
}

/* Make the draft what release ${to} was. */
static enum db_status
go_back(struct db *db, int to, int draft, struct db_error *err)
{
	enum db_status status = db_run(db, &query_incoming_clear, NULL, err);

	if (status == DB_OK)
		status = incoming_again(db, to, draft, err);
	return status == DB_OK ? finish_draft(db, err) : status;
}

enum release_verdict
releases_rollback(struct db *db, int to, bool discard, const char *note,
		  const char *by, releases_check *check, void *arg, int *number,
		  struct db_error *err)
{
	int draft = 0;
	bool changed;
	enum release_verdict verdict = RELEASE_FAILED;

	if (begin_draft(db, &draft, err) != DB_OK)
		goto out;
	if (to < 1 || to >= draft) {
		db_fail(err, DB_OK, "there is no release %d", to);
		verdict = RELEASE_MISSING;
		goto out;
	}
	if (draft_changed(db, draft, &changed, err) != DB_OK)
		goto out;
	if (changed && !discard) {
		db_fail(err, DB_OK,
			"the draft holds changes that would be lost");
		verdict = RELEASE_DIRTY;
		goto out;
	}
	if (go_back(db, to, draft, err) == DB_OK)
		verdict = publish(db, draft, note, by, check, arg, err);
out:
	return end_draft(db, verdict, draft, number, err);
}

/* --- looking ----------------------------------------------------------- */

/* Text ${column} of a row as a number. */
static json_int_t
number_at(const PGresult *res, int row, int column)
{
	return (json_int_t)strtoll(PQgetvalue(res, row, column), NULL, 10);
}

static json_t *
draft_from_rows(const PGresult *res, int draft, bool changed)
{
	json_t *kinds = json_array();

	for (int i = 0; i < PQntuples(res); i++) {
		json_t *kind = json_pack(
			"{s:s, s:I, s:I, s:I}", "kind", PQgetvalue(res, i, 0),
			"items", number_at(res, i, 1), "added",
			number_at(res, i, 2), "removed", number_at(res, i, 3));
		if (json_array_append_new(kinds, kind) != 0) {
			json_decref(kinds);
			return NULL;
		}
	}
	return json_pack("{s:i, s:b, s:o}", "number", draft, "changed", changed,
			 "kinds", kinds);
}

enum db_status
releases_draft(struct db *db, json_t **draft, struct db_error *err)
{
	char text[INT_SIZE];
	const char *params[] = { text };
	PGresult *res = NULL;
	int number = 0;
	bool changed = false;
	enum db_status status = db_begin(db, DB_SNAPSHOT, err);

	if (status == DB_OK)
		status = releases_newest(db, &number, err);
	if (status == DB_OK)
		status = draft_changed(db, ++number, &changed, err);
	if (status == DB_OK) {
		snprintf(text, sizeof(text), "%d", number);
		status = db_query(db, &query_draft_select, params, &res, err);
	}
	db_rollback(db);
	if (status != DB_OK && status != DB_NO_ROWS)
		return status;
	*draft = draft_from_rows(res, number, changed);
	PQclear(res);
	return *draft != NULL ? DB_OK : no_memory(err);
}

enum db_status
releases_list(struct db *db, int before, int limit, json_t **list,
	      struct db_error *err)
{
	char from[INT_SIZE], most[INT_SIZE];
	const char *params[] = { before > 0 ? from : NULL, most };
	PGresult *res = NULL;

	snprintf(from, sizeof(from), "%d", before);
	snprintf(most, sizeof(most), "%d", limit);
	enum db_status status =
		db_query(db, &query_releases_select, params, &res, err);
	if (status != DB_OK && status != DB_NO_ROWS)
		return status;
	*list = json_array();
	for (int i = 0; i < PQntuples(res); i++) {
		json_t *row = json_pack("{s:I, s:s, s:s, s:s, s:I, s:I}",
					"number", number_at(res, i, 0),
					"published_at", PQgetvalue(res, i, 1),
					"note", PQgetvalue(res, i, 2),
					"published_by", PQgetvalue(res, i, 3),
					"phrases", number_at(res, i, 4),
					"categories", number_at(res, i, 5));
		if (json_array_append_new(*list, row) != 0) {
			json_decref(*list);
			*list = NULL;
			break;
		}
	}
	PQclear(res);
	return *list != NULL ? DB_OK : no_memory(err);
}
