/*
 * incoming.c - the rows of a bundle, on their way into the draft.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gen/queries.h"
#include "script/buf.h"
#include "sql/incoming.h"
#include "sql/items.h"

#define CHUNK 1000 /* rows sent at once */
#define INT_SIZE sizeof("-2147483648")

static enum db_status
no_memory(struct db_error *err)
{
	return db_fail(err, DB_FULL, "out of memory");
}

/* Run a ${query} of one number for its effect. */
static enum db_status
run_with(struct db *db, const struct query *query, int number,
	 struct db_error *err)
{
	char text[INT_SIZE];
	const char *params[] = { text };

	snprintf(text, sizeof(text), "%d", number);
	return db_run(db, query, params, err);
}

static int
add_text(const char *ptr, size_t len, void *arg)
{
	struct buf *text = arg;

	buf_add(text, ptr, len);
	return text->failed ? -1 : 0;
}

/*
 * ${n} of ${items} from ${first} on, as the text of an array; NULL if out of
 * memory.  Not json_dumps(): it goes on after a key for which it had none.
 */
static char *
chunk_text(const json_t *items, size_t first, size_t n)
{
	struct buf text = { 0 };
	size_t len;

	buf_char(&text, '[');
	for (size_t i = first; i < first + n && !text.failed; i++) {
		if (i > first)
			buf_char(&text, ',');
		if (json_dump_callback(json_array_get(items, i), add_text,
				       &text, JSON_COMPACT) != 0)
			text.failed = true;
	}
	buf_add(&text, "]", sizeof("]"));
	return buf_take(&text, &len);
}

/* Send ${n} of ${items} from ${first} on to wait in "incoming". */
static enum db_status
send_chunk(struct db *db, const char *kind, const json_t *items, size_t first,
	   size_t n, struct db_error *err)
{
	char count[sizeof("18446744073709551615")];
	char *rows = chunk_text(items, first, n);
	const char *params[] = { kind, count, rows };

	if (rows == NULL)
		return no_memory(err);
	snprintf(count, sizeof(count), "%zu", first);
	enum db_status status = db_run(db, &query_incoming_add, params, err);
	free(rows);
	return status;
}

static enum db_status
settle(struct db *db, const struct item_kind *kind, int draft,
       struct db_error *err)
{
	enum db_status status = run_with(db, kind->close, draft, err);

	return status == DB_OK ? run_with(db, kind->add, draft, err) : status;
}

static enum db_status
import_kind(struct db *db, const struct item_kind *kind, const json_t *bundle,
	    int draft, releases_progress *progress, void *arg,
	    struct db_error *err)
{
	json_t *items;
	size_t done = 0;
	enum db_status status = DB_OK;

	if (!items_from_bundle(bundle, kind, &items))
		return no_memory(err);
	size_t total = json_array_size(items);
	while (status == DB_OK && done < total) {
		size_t n = total - done < CHUNK ? total - done : CHUNK;

		progress(arg, kind->name, done, total);
		status = send_chunk(db, kind->name, items, done, n, err);
		done += n;
	}
	json_decref(items);
	if (status == DB_OK)
		status = settle(db, kind, draft, err);
	if (status == DB_OK)
		progress(arg, kind->name, total, total);
	return status;
}

enum db_status
incoming(struct db *db, int draft, const json_t *bundle,
	 releases_progress *progress, void *arg, struct db_error *err)
{
	enum db_status status = DB_OK;

	for (size_t i = 0; status == DB_OK && i < n_item_kinds; i++)
		status = import_kind(db, &item_kinds[i], bundle, draft,
				     progress, arg, err);
	return status;
}

enum db_status
incoming_again(struct db *db, int release, int draft, struct db_error *err)
{
	enum db_status status =
		run_with(db, &query_incoming_fill, release, err);

	for (size_t i = 0; status == DB_OK && i < n_item_kinds; i++)
		status = settle(db, &item_kinds[i], draft, err);
	return status;
}
