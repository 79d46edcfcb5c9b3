/*
 * releases.c - what was published, where the library is thin, and whether the
 * database takes writes.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "handlers/app.h"
#include "handlers/handlers.h"
#include "handlers/list.h"
#include "handlers/nearest.h"
#include "handlers/refuse.h"
#include "script/coverage.h"
#include "script/library.h"
#include "server/problem.h"
#include "server/reply.h"
#include "sql/releases.h"
#include "sql/writable.h"

/* GET /v1/releases: newest first; the cursor is a number. */
int
releases_show(const struct request *req, struct reply *reply)
{
	struct list list;
	struct db_error err;
	json_t *releases = NULL;
	int status = list_begin(req, reply, &list, NULL, 0);

	if (status != 0)
		return status;
	int before = list_number(list.cursor);
	if (list.cursor.len > 0 && before < 1) {
		buf_free(&list.out);
		return problem_field(reply, PROBLEM_INVALID, "/cursor", NULL,
				     "A cursor is the next_cursor of a page.");
	}
	/* One more than a page tells whether there is another. */
	enum db_status asked =
		releases_list(req->desk->reader, before, (int)list.limit + 1,
			      &releases, &err);
	if (asked != DB_OK && asked != DB_NO_ROWS) {
		buf_free(&list.out);
		return refuse_db(req, reply, &err);
	}

	size_t i;
	json_t *release;
	json_array_foreach(releases, i, release) {
		char key[16];
		size_t len;
		int n = snprintf(key, sizeof(key), "%d",
				 (int)json_integer_value(
					 json_object_get(release, "number")));
		if (!list_add(&list, key, (size_t)n))
			break;
		char *body = NULL;

		if (json_object_set(release, "id",
				    json_object_get(release, "number")) == 0)
			body = reply_dump(release, &len);
		if (body == NULL)
			list.out.failed = true;
		else
			buf_add(&list.out, body, len);
		free(body);
	}
	json_decref(releases);
	return list_end(&list, reply);
}

/* --- coverage ------------------------------------------------------------- */

struct coverage_page {
	struct list list;
	char category[160], stage[80]; /* of the cursor, or "" */
};

/* Was this pair on a page before? */
static bool
is_before(const struct coverage_page *page, const char *category,
	  const char *stage)
{
	int order = strcmp(category, page->category);

	if (page->category[0] == '\0')
		return false;
	return order < 0 || (order == 0 && strcmp(stage, page->stage) <= 0);
}

static void
add_member(struct buf *out, const char *name, const char *code)
{
	buf_lit(out, ",\"");
	buf_str(out, name);
	buf_lit(out, "\":\"");
	buf_str(out, code);
	buf_char(out, '"');
}

static void
add_count(struct buf *out, const char *name, size_t n)
{
	buf_lit(out, ",\"");
	buf_str(out, name);
	buf_lit(out, "\":");
	buf_int(out, (int64_t)n);
}

static bool
add_coverage(void *arg, const struct coverage *c)
{
	struct coverage_page *page = arg;
	const struct library *lib = page->list.req->lib;
	const char *category = lib->categories[c->category].code;
	const char *stage = lib->stages[c->stage].code;
	struct buf *out = &page->list.out;
	char key[256];

	if ((c->empty == 0 && c->thin == 0) || is_before(page, category, stage))
		return true;
	int n = snprintf(key, sizeof(key), "%s/%s", category, stage);
	if (!list_add(&page->list, key, (size_t)n))
		return false;
	buf_lit(out, "{\"category\":\"");
	buf_str(out, category);
	buf_char(out, '"');
	add_member(out, "stage", stage);
	add_member(out, "locale", lib->locales[c->locale]);
	add_count(out, "lines", c->least);
	add_count(out, "cells", c->cells);
	add_count(out, "empty", c->empty);
	add_count(out, "thin", c->thin);
	buf_lit(out, ",\"worst\":{\"channel\":\"");
	buf_str(out, lib->channels[c->worst.channel].code);
	buf_char(out, '"');
	add_member(out, "speaker", speaker_code((int)c->worst.speaker));
	add_member(out, "fault", fault_code((int)c->worst.fault));
	add_count(out, "intensity", (size_t)c->worst.intensity);
	buf_lit(out, "}}");
	return true;
}

/* The number that ${look} knows ${name} by, -1 if it was not given. */
static int
narrow(const struct request *req, struct reply *reply, const char *name,
       int (*look)(const struct library *, const char *, size_t),
       enum problem_code code, int *status)
{
	const struct slice *arg = request_arg(req, name);
	char at[16];

	if (arg == NULL || *status != 0)
		return -1;
	int i = look(req->lib, arg->ptr, arg->len);
	(void)snprintf(at, sizeof(at), "/%s", name);
	if (i < 0)
		*status = problem_field(reply, code, at, NULL,
					"This release has nothing of that "
					"code.");
	return i;
}

/* GET /v1/coverage: where a customer would be told little, or nothing. */
int
coverage_list(const struct request *req, struct reply *reply)
{
	static const char *const names[] = { "category", "stage", "locale" };
	struct coverage_page page = { 0 };
	char cursor[256];
	int status = list_begin(req, reply, &page.list, names, 3);

	if (status != 0)
		return status;
	int category = narrow(req, reply, "category", library_category,
			      PROBLEM_UNKNOWN_CATEGORY, &status);
	int stage = narrow(req, reply, "stage", library_stage,
			   PROBLEM_UNKNOWN_STAGE, &status);
	int locale = narrow(req, reply, "locale", library_locale,
			    PROBLEM_INVALID, &status);
	if (page.list.cursor.len > 0) {
		memcpy(cursor, page.list.cursor.ptr, page.list.cursor.len);
		cursor[page.list.cursor.len] = '\0';
		if (status == 0 && sscanf(cursor, "%159[^/]/%79[^/]",
					  page.category, page.stage) != 2)
			status = problem_field(
				reply, PROBLEM_INVALID, "/cursor", NULL,
				"A cursor is the next_cursor of a page.");
	}
	if (status != 0) {
		buf_free(&page.list.out);
		return status;
	}
	if (!coverage_each(req->lib, locale < 0 ? 0 : locale, category, stage,
			   add_coverage, &page) &&
	    !page.list.more)
		page.list.out.failed = true;
	return list_end(&page.list, reply);
}

/* --- writes --------------------------------------------------------------- */

/* GET /readyz/write: the primary answers and keeps what it is told. */
int
readyz_write(const struct request *req, struct reply *reply)
{
	static const char body[] = "{\"status\":\"ready\"}\n";
	struct db_error err;
	bool yes = false;
	int refused = takes_nothing(req, reply);

	if (refused != 0)
		return refused;
	if (writable_check(req->desk->writer, &yes, &err) != DB_OK)
		return refuse_db(req, reply, &err);
	if (!yes) {
		reply->retry_after = 2;
		return problem(reply, PROBLEM_DB_UNAVAILABLE,
			       "The database answers, but it is not a primary "
			       "that keeps what it is told.");
	}
	return reply_fixed(reply, 200, REPLY_JSON, body, sizeof(body) - 1);
}
