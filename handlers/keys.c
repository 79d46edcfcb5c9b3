/*
 * keys.c - API keys, for admins: made, listed, revoked.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "handlers/app.h"
#include "handlers/handlers.h"
#include "handlers/list.h"
#include "handlers/nearest.h"
#include "handlers/refuse.h"
#include "server/keys.h"
#include "server/problem.h"
#include "server/reply.h"
#include "server/when.h"
#include "sql/keys.h"

#define TRIES 3 /* for an id that is not taken */

/* --- GET /v1/keys --------------------------------------------------------- */

/* Is the cursor the id of a key?  Copy it, or "" if there is none. */
static bool
read_cursor(struct slice cursor, char *id)
{
	id[0] = '\0';
	if (cursor.len == 0)
		return true;
	if (cursor.len != KEY_ID)
		return false;
	memcpy(id, cursor.ptr, KEY_ID);
	id[KEY_ID] = '\0';
	return true;
}

static void
add_keys(struct list *list, const json_t *keys)
{
	size_t i, len;
	const json_t *key;

	json_array_foreach(keys, i, key) {
		const char *id = json_string_value(json_object_get(key, "id"));

		if (!list_add(list, id, strlen(id)))
			return;
		char *body = reply_dump(key, &len);

		if (body == NULL)
			list->out.failed = true;
		else
			buf_add(&list->out, body, len);
		free(body);
	}
}

/* GET /v1/keys: newest first; the cursor is an id. */
int
keys_get(const struct request *req, struct reply *reply)
{
	char after[KEY_ID + 1];
	struct list list;
	struct db_error err;
	json_t *keys = NULL;
	int status = list_begin(req, reply, &list, NULL, 0);

	if (status != 0)
		return status;
	if (!read_cursor(list.cursor, after)) {
		buf_free(&list.out);
		return problem_field(reply, PROBLEM_INVALID, "/cursor", NULL,
				     "A cursor is the next_cursor of a page.");
	}
	/* One more than a page tells whether there is another. */
	if (keys_list(req->desk->writer, after[0] != '\0' ? after : NULL,
		      (int)list.limit + 1, &keys, &err) != DB_OK) {
		buf_free(&list.out);
		return refuse_db(req, reply, &err);
	}
	add_keys(&list, keys);
	json_decref(keys);
	return list_end(&list, reply);
}

/* --- POST /v1/keys -------------------------------------------------------- */

/* What a new key is to be. */
struct wish {
	enum role role;
	const char *note;
	int64_t expires; /* 0: never */
};

static int
refuse(struct reply *reply, const char *pointer, const char *detail)
{
	return problem_field(reply, PROBLEM_INVALID, pointer, NULL, "%s",
			     detail);
}

static int
read_role(struct reply *reply, const json_t *value, struct wish *wish)
{
	static const char *const names[] = { "reader", "agent", "editor",
					     "publisher", "admin" };
	struct slice text = { json_string_value(value),
			      json_string_length(value) };

	if (text.ptr != NULL)
		wish->role = role_find(text.ptr, text.len);
	if (wish->role != ROLE_NONE)
		return 0;
	return problem_field(
		reply, PROBLEM_INVALID, "/role",
		text.ptr == NULL ? NULL
				 : nearest(names, sizeof(names[0]), 5, text),
		"role is reader, agent, editor, publisher or "
		"admin.");
}

static int
read_expiry(struct reply *reply, const json_t *value, struct wish *wish)
{
	if (json_is_null(value))
		return 0;
	if (!json_is_string(value) ||
	    !when_read(json_string_value(value), json_string_length(value),
		       &wish->expires))
		return refuse(reply, "/expires_at",
			      "expires_at is a time such as "
			      "2030-01-31T00:00:00Z, or null.");
	if (wish->expires <= (int64_t)time(NULL))
		return refuse(reply, "/expires_at",
			      "expires_at is in the past.");
	return 0;
}

static int
read_member(struct reply *reply, const char *name, const json_t *value,
	    struct wish *wish)
{
	static const char *const names[] = { "role", "note", "expires_at" };

	if (strcmp(name, "role") == 0)
		return read_role(reply, value, wish);
	if (strcmp(name, "expires_at") == 0)
		return read_expiry(reply, value, wish);
	if (strcmp(name, "note") != 0)
		return problem_field(
			reply, PROBLEM_INVALID, "",
			nearest(names, sizeof(names[0]), 3,
				(struct slice){ name, strlen(name) }),
			"A key has role, note and expires_at.");
	if (!json_is_string(value) || !key_is_note(json_string_value(value)))
		return refuse(reply, "/note",
			      "note is a line of at most 200 characters.");
	wish->note = json_string_value(value);
	return 0;
}

static int
read_wish(const struct request *req, struct reply *reply, struct wish *wish)
{
	const char *name;
	json_t *value;
	int status = takes_nothing(req, reply);

	*wish = (struct wish){ .note = "" };
	json_object_foreach(req->body, name, value) {
		int refused = read_member(reply, name, value, wish);

		if (refused != 0)
			status = refused;
	}
	if (json_object_get(req->body, "role") == NULL)
		status = refuse(reply, "/role", "A key needs a role.");
	return status;
}

/* Make one and keep it; an id that is taken is no reason to give up. */
static enum db_status
make(const struct request *req, const struct wish *wish, char *text,
     json_t **made, struct db_error *err)
{
	struct key_row row = { .expires = wish->expires };
	enum db_status status = DB_CONFLICT;
	struct key key;

	(void)snprintf(row.role, sizeof(row.role), "%s", role_name(wish->role));
	for (int i = 0; i < TRIES && status == DB_CONFLICT; i++) {
		if (!key_make(wish->role, &key, text))
			return db_fail(err, DB_BUG, "no random bytes");
		memcpy(row.id, key.id, sizeof(row.id));
		memcpy(row.sha256, key.hash, sizeof(row.sha256));
		status = keys_create(req->desk->writer, &row, wish->note, made,
				     err);
	}
	return status;
}

/* POST /v1/keys: the only answer that ever shows the key. */
int
key_post(const struct request *req, struct reply *reply)
{
	char text[KEY_SIZE];
	struct wish wish;
	struct db_error err;
	json_t *made = NULL;
	int status = read_wish(req, reply, &wish);

	if (status != 0)
		return status;
	if (make(req, &wish, text, &made, &err) != DB_OK)
		status = refuse_db(req, reply, &err);
	else if (json_object_set_new(made, "key", json_string(text)) != 0)
		status = problem(reply, PROBLEM_INTERNAL, NULL);
	else
		status = reply_json(reply, 201, json_incref(made));
	explicit_bzero(text, sizeof(text));
	json_decref(made);
	return status;
}

/* --- DELETE /v1/keys/{id} ------------------------------------------------- */

int
key_delete(const struct request *req, struct reply *reply)
{
	struct slice id = req->match.params[0];
	char text[KEY_ID + 1];
	struct db_error err;
	int refused = takes_nothing(req, reply);

	if (refused != 0)
		return refused;
	/* What has another length is none, and needs no question. */
	if (id.len != KEY_ID)
		return problem(reply, PROBLEM_UNKNOWN_KEY, NULL);
	memcpy(text, id.ptr, KEY_ID);
	text[KEY_ID] = '\0';
	enum db_status done = keys_revoke(req->desk->writer, text, &err);

	if (done == DB_NO_ROWS)
		return problem(reply, PROBLEM_UNKNOWN_KEY, NULL);
	return done == DB_OK ? 204 : refuse_db(req, reply, &err);
}
