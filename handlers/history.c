/*
 * history.c - conversations read, listed and erased; what is due.
 *
 * All of it blocks, on job threads, and asks the primary: an answer about a
 * conversation must not lag behind.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "handlers/app.h"
#include "handlers/handlers.h"
#include "handlers/kept.h"
#include "handlers/list.h"
#include "handlers/nearest.h"
#include "handlers/reading.h"
#include "handlers/refuse.h"
#include "script/case_json.h"
#include "server/problem.h"
#include "server/reply.h"
#include "server/when.h"
#include "sql/conversations.h"

#define NDJSON "application/x-ndjson"

static bool
is(struct slice text, const char *word)
{
	return strlen(word) == text.len &&
	       memcmp(text.ptr, word, text.len) == 0;
}

/* ${text} with a NUL; NULL if out of memory or it was not given. */
static const char *
copy(struct arena *a, const struct slice *text)
{
	return text != NULL ? arena_copy(a, text->ptr, text->len) : NULL;
}

/* --- GET /v1/conversations/{id} ------------------------------------------- */

struct look {
	struct ask ask;
	bool turns;
	struct arena arena;
	struct case_change shown;
};

static void
look_free(void *work)
{
	struct look *look = work;

	ask_done(&look->ask);
	arena_free(&look->arena);
	free(look);
}

static void
set_turns(struct intake *r, void *arg, const json_t *value, struct slice text)
{
	struct look *look = arg;

	(void)value;
	look->turns = is(text, "all");
	if (!look->turns)
		REFUSE(r, PROBLEM_INVALID, "/turns", NULL,
		       "turns=all shows the history; without it there is none.");
}

static const struct ask_extra of_look[] = { { "turns", set_turns } };

static int
show(const struct request *req, struct reply *reply, struct look *look,
     const struct kase *c, const struct case_turn *turns, size_t n)
{
	const struct case_context ctx = { .lib = req->lib,
					  .arena = &look->arena,
					  .now = c->updated,
					  .values = &look->ask.query.values,
					  .phrases = look->ask.query.phrases,
					  .raw = look->ask.query.raw };
	struct buf out;
	size_t len = 0;

	if (case_look(&ctx, c, &look->shown) != CASE_OK)
		return problem(reply, PROBLEM_INTERNAL, NULL);
	/* What came after the conversation was read is not of it yet. */
	while (n > 0 && turns[n - 1].n > c->turns)
		n--;
	buf_init(&out, 8192);
	case_json_answer(&out, &look->shown, look->turns ? turns : NULL, n);
	char *body = buf_take(&out, &len);

	kept_etag(reply, c->version);
	return reply_bytes(reply, 200, REPLY_JSON, body, len);
}

int
conversation_get(const struct request *req, struct reply *reply)
{
	static const struct case_turn none;
	uint8_t id[CASE_ID];
	struct kase c;
	struct case_turn *turns = NULL;
	size_t n = 0;
	struct db_error err;
	struct look *look = calloc(1, sizeof(*look));

	if (look == NULL)
		return problem(reply, PROBLEM_INTERNAL, NULL);
	reply->work = look;
	reply->free_work = look_free;
	look->ask.extras = of_look;
	look->ask.nextras = 1;
	look->ask.arg = look;
	int status = ask_read(req, ASK_LOOK, &look->ask, reply);
	if (status != 0)
		return status;
	if (!kept_id(req->match.params[0], id))
		return problem(reply, PROBLEM_UNKNOWN_CONVERSATION, NULL);

	struct db *db = req->desk->writer;
	enum db_status found =
		conversations_read(db, &look->arena, id, &c, &err);
	if (found == DB_OK && look->turns)
		found = conversations_turns(db, &look->arena, id, &turns, &n,
					    &err);
	if (found == DB_NO_ROWS)
		return problem(reply, PROBLEM_UNKNOWN_CONVERSATION, NULL);
	if (found != DB_OK)
		return refuse_db(req, reply, &err);
	return show(req, reply, look, &c, turns != NULL ? turns : &none, n);
}

/* --- GET /v1/conversations ------------------------------------------------ */

static int
read_status(struct reply *reply, const struct slice *text, int *status)
{
	const char *codes[N_CASE_STATUSES];

	*status = -1;
	if (text == NULL)
		return 0;
	*status = case_status_find(text->ptr, text->len);
	if (*status >= 0)
		return 0;
	for (int i = 0; i < N_CASE_STATUSES; i++)
		codes[i] = case_status_code((enum case_status)i);
	return problem_field(
		reply, PROBLEM_INVALID, "/status",
		nearest(codes, sizeof(codes[0]), N_CASE_STATUSES, *text),
		"status is active, paused or closed.");
}

static int
bad_cursor(struct reply *reply)
{
	return problem_field(reply, PROBLEM_INVALID, "/cursor", NULL,
			     "A cursor is the next_cursor of a page.");
}

/* The text of ${id} in the 37 bytes at ${to}. */
static void
id_text(const uint8_t *id, char to[37])
{
	struct buf text = { 0 };

	case_json_id(&text, id);
	(void)snprintf(to, 37, "%.*s", (int)text.len,
		       text.failed ? "" : text.ptr);
	buf_free(&text);
}

static int
list_cases(const struct request *req, struct reply *reply, struct list *list,
	   struct arena *a, const struct case_filter *filter)
{
	struct case_list found;
	struct db_error err;
	char key[37];

	if (conversations_list(req->desk->writer, a, filter, &found, &err) !=
	    DB_OK) {
		buf_free(&list->out);
		return refuse_db(req, reply, &err);
	}
	for (size_t i = 0; i < found.n; i++) {
		id_text(found.cases[i].id, key);
		if (!list_add(list, key, strlen(key)))
			break;
		case_json(&list->out, &found.cases[i]);
	}
	return list_end(list, reply);
}

int
conversations_get(const struct request *req, struct reply *reply)
{
	static const char *const known[] = { "ref", "subject", "status",
					     "category" };
	struct arena a = { 0 };
	struct list list;
	struct case_filter filter = { .status = -1 };
	int status = list_begin(req, reply, &list, known, 4);

	if (status != 0)
		return status;
	status = read_status(reply, request_arg(req, "status"), &filter.status);
	if (status == 0 && list.cursor.len > 0 &&
	    !kept_id(list.cursor, filter.after))
		status = bad_cursor(reply);
	if (status != 0) {
		buf_free(&list.out);
		return status;
	}
	filter.ref = copy(&a, request_arg(req, "ref"));
	filter.subject = copy(&a, request_arg(req, "subject"));
	filter.category = copy(&a, request_arg(req, "category"));
	filter.limit = (int)list.limit + 1;
	/* A filter that was lost would show what nobody asked for. */
	if ((filter.ref == NULL && request_arg(req, "ref") != NULL) ||
	    (filter.subject == NULL && request_arg(req, "subject") != NULL) ||
	    (filter.category == NULL && request_arg(req, "category") != NULL)) {
		arena_free(&a);
		buf_free(&list.out);
		return problem(reply, PROBLEM_INTERNAL, NULL);
	}
	status = list_cases(req, reply, &list, &a, &filter);
	arena_free(&a);
	return status;
}

/* --- GET /v1/conversations.ndjson ----------------------------------------- */

static bool
add_line(void *arg, const struct kase *c, const struct case_turn *turns,
	 size_t n)
{
	struct buf *out = arg;

	buf_lit(out, "{\"conversation\":");
	case_json(out, c);
	buf_lit(out, ",\"turns\":");
	case_json_turns(out, turns, n);
	buf_lit(out, "}\n");
	return !out->failed;
}

int
conversations_export(const struct request *req, struct reply *reply)
{
	const struct slice *subject = request_arg(req, "subject");
	struct arena a = { 0 };
	struct buf out;
	struct db_error err;
	size_t len = 0;

	if (req->nargs != 1 || subject == NULL || subject->len == 0)
		return problem_field(reply, PROBLEM_INVALID, "/subject", NULL,
				     "Say whose conversations: subject, and "
				     "nothing else.");
	const char *text = copy(&a, subject);
	if (text == NULL)
		return problem(reply, PROBLEM_INTERNAL, NULL);
	buf_init(&out, 8192);
	enum db_status status =
		conversations_of(req->desk->writer, text, add_line, &out, &err);

	arena_free(&a);
	if (status != DB_OK && status != DB_NO_ROWS) {
		buf_free(&out);
		return refuse_db(req, reply, &err);
	}
	char *body = buf_take(&out, &len);
	return reply_bytes(reply, 200, NDJSON, body, len);
}

/* --- erasing -------------------------------------------------------------- */

int
conversation_delete(const struct request *req, struct reply *reply)
{
	uint8_t id[CASE_ID];
	int version, now = 0, status = takes_nothing(req, reply);
	struct db_error err;

	if (status == 0)
		status = kept_version(req, reply, true, &version);
	if (status != 0)
		return status;
	if (!kept_id(req->match.params[0], id))
		return problem(reply, PROBLEM_UNKNOWN_CONVERSATION, NULL);
	switch (conversations_erase(req->desk->writer, id, version, &now,
				    &err)) {
	case DB_OK:
		return 204;
	case DB_NO_ROWS:
		return problem(reply, PROBLEM_UNKNOWN_CONVERSATION, NULL);
	case DB_CONFLICT:
		status = problem(reply, PROBLEM_VERSION,
				 "The conversation is at version %d.", now);
		kept_etag(reply, now);
		return status;
	default:
		return refuse_db(req, reply, &err);
	}
}

static int
refuse_subject(struct reply *reply)
{
	return problem_field(reply, PROBLEM_INVALID, "/subject", NULL,
			     "The body is an object with the subject whose "
			     "conversations are to be erased, and nothing "
			     "else.");
}

int
erasure_post(const struct request *req, struct reply *reply)
{
	const json_t *subject = json_object_get(req->body, "subject");
	uint8_t key[BATCH_HASH], fingerprint[BATCH_HASH];
	struct erasure e = { .key = key, .fingerprint = fingerprint };
	struct db_error err;
	int status = takes_nothing(req, reply);

	if (status == 0 && (json_object_size(req->body) != 1 ||
			    json_string_length(subject) == 0))
		status = refuse_subject(reply);
	if (status == 0)
		status = kept_key(req, reply);
	if (status != 0)
		return status;
	kept_hash(req, key, fingerprint);
	switch (conversations_erase_of(req->desk->writer,
				       json_string_value(subject), &e, &err)) {
	case DB_OK:
		reply->replayed = e.replayed;
		return reply_json(reply, 200,
				  json_pack("{s:i}", "erased", e.n));
	case DB_INVALID:
		return problem(reply, PROBLEM_KEY_REUSED, NULL);
	case DB_CONFLICT:
		reply->retry_after = 1;
		return problem(reply, PROBLEM_KEY_RUNNING, NULL);
	default:
		return refuse_db(req, reply, &err);
	}
}

/* --- GET /v1/follow-ups --------------------------------------------------- */

static int
read_due(struct reply *reply, const struct slice *text, int64_t *due)
{
	int64_t seconds;

	*due = INT64_MAX;
	if (text == NULL)
		return 0;
	if (!when_read(text->ptr, text->len, &seconds))
		return problem_field(reply, PROBLEM_INVALID, "/due_before",
				     NULL,
				     "due_before is a time such as "
				     "2030-01-31T15:00:00Z.");
	*due = seconds * 1000000;
	return 0;
}

static int
read_follow_status(struct reply *reply, const struct slice *text,
		   enum follow_up_status *to)
{
	const char *codes[N_FOLLOW_UP_STATUSES];
	int status = FOLLOW_UP_OPEN;

	if (text != NULL)
		status = follow_up_status_find(text->ptr, text->len);
	if (status >= 0) {
		*to = (enum follow_up_status)status;
		return 0;
	}
	for (int i = 0; i < N_FOLLOW_UP_STATUSES; i++)
		codes[i] = follow_up_status_code((enum follow_up_status)i);
	return problem_field(
		reply, PROBLEM_INVALID, "/status",
		nearest(codes, sizeof(codes[0]), N_FOLLOW_UP_STATUSES, *text),
		"status is open, done or cancelled.");
}

/* A cursor is the time, as microseconds, and the id: "1767225600000000_0197".
 */
static bool
read_place(struct slice cursor, struct follow_up_filter *filter)
{
	size_t digits = cursor.len - 37;
	int64_t due = 0;

	filter->after_due = INT64_MIN;
	if (cursor.len == 0)
		return true;
	if (cursor.len < 38 || digits > 18 || cursor.ptr[digits] != '_')
		return false;
	for (size_t i = 0; i < digits; i++) {
		if (cursor.ptr[i] < '0' || cursor.ptr[i] > '9')
			return false;
		due = due * 10 + (cursor.ptr[i] - '0');
	}
	filter->after_due = due;
	return kept_id((struct slice){ cursor.ptr + digits + 1, 36 },
		       filter->after);
}

static int
list_follow_ups(const struct request *req, struct reply *reply,
		struct list *list, const struct follow_up_filter *filter)
{
	struct arena a = { 0 };
	struct follow_up_row *rows;
	size_t n;
	struct db_error err;
	char id[37], key[64];

	if (conversations_follow_ups(req->desk->writer, &a, filter, &rows, &n,
				     &err) != DB_OK) {
		buf_free(&list->out);
		arena_free(&a);
		return refuse_db(req, reply, &err);
	}
	for (size_t i = 0; i < n; i++) {
		id_text(rows[i].f.id, id);
		int len = snprintf(key, sizeof(key), "%lld_%s",
				   (long long)rows[i].f.due, id);

		if (!list_add(list, key, (size_t)len))
			break;
		case_json_follow_up(&list->out, rows[i].conversation,
				    &rows[i].f);
	}
	arena_free(&a);
	return list_end(list, reply);
}

int
follow_ups_get(const struct request *req, struct reply *reply)
{
	static const char *const known[] = { "due_before", "status" };
	struct follow_up_filter filter = { .limit = 1 };
	struct list list;
	int status = list_begin(req, reply, &list, known, 2);

	if (status != 0)
		return status;
	int refused = read_due(reply, request_arg(req, "due_before"),
			       &filter.due_before);

	status = read_follow_status(reply, request_arg(req, "status"),
				    &filter.status);
	if (status == 0)
		status = refused;
	if (!read_place(list.cursor, &filter))
		status = bad_cursor(reply);
	if (status != 0) {
		buf_free(&list.out);
		return status;
	}
	filter.limit = (int)list.limit + 1;
	return list_follow_ups(req, reply, &list, &filter);
}
