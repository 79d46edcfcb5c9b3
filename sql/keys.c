/*
 * keys.c - API keys: made, listed, revoked, loaded.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libpq-fe.h>

#include "gen/queries.h"
#include "sql/keys.h"

static enum db_status
no_memory(struct db_error *err)
{
	return db_fail(err, DB_FULL, "out of memory");
}

/* --- loading ------------------------------------------------------------- */

static bool
read_hash(const char *hex, unsigned char *out)
{
	if (strlen(hex) != (size_t)2 * KEYS_HASH)
		return false;
	for (size_t i = 0; i < KEYS_HASH; i++) {
		const char pair[] = { hex[2 * i], hex[2 * i + 1], '\0' };
		char *end;

		out[i] = (unsigned char)strtoul(pair, &end, 16);
		if (*end != '\0')
			return false;
	}
	return true;
}

static bool
read_row(const PGresult *res, int i, struct key_row *row)
{
	const char *id = PQgetvalue(res, i, 0), *role = PQgetvalue(res, i, 1);

	if (strlen(id) != KEYS_ID || strlen(role) >= sizeof(row->role))
		return false;
	memcpy(row->id, id, sizeof(row->id));
	memcpy(row->role, role, strlen(role) + 1);
	/* NULL reads as "", and that as 0. */
	row->expires = strtoll(PQgetvalue(res, i, 3), NULL, 10);
	return read_hash(PQgetvalue(res, i, 2), row->sha256);
}

enum db_status
keys_load(struct db *db, struct key_rows *keys, struct db_error *err)
{
	PGresult *res = NULL;
	enum db_status status = db_query(db, &query_keys_load, NULL, &res, err);

	*keys = (struct key_rows){ 0 };
	if (status == DB_NO_ROWS)
		return DB_OK;
	if (status != DB_OK)
		return status;
	size_t n = (size_t)PQntuples(res);

	keys->rows = calloc(n, sizeof(keys->rows[0]));
	if (keys->rows == NULL) {
		PQclear(res);
		return no_memory(err);
	}
	for (size_t i = 0; i < n && status == DB_OK; i++)
		if (read_row(res, (int)i, &keys->rows[i]))
			keys->n++;
		else
			status = db_fail(err, DB_BUG, "a key that is none");
	PQclear(res);
	if (status != DB_OK) {
		free(keys->rows);
		*keys = (struct key_rows){ 0 };
	}
	return status;
}

/* --- for people ---------------------------------------------------------- */

static json_t *
text_at(const PGresult *res, int row, int column)
{
	return PQgetisnull(res, row, column)
		       ? json_null()
		       : json_string(PQgetvalue(res, row, column));
}

static json_t *
key_at(const PGresult *res, int row)
{
	return json_pack(
		"{s:o, s:o, s:o, s:o, s:o, s:o}", "id", text_at(res, row, 0),
		"role", text_at(res, row, 1), "note", text_at(res, row, 2),
		"created_at", text_at(res, row, 3), "expires_at",
		text_at(res, row, 4), "revoked_at", text_at(res, row, 5));
}

enum db_status
keys_create(struct db *db, const struct key_row *row, const char *note,
	    json_t **key, struct db_error *err)
{
	char hex[2 * KEYS_HASH + 1], expires[24];
	const char *params[] = { row->id, row->role, hex, note,
				 row->expires != 0 ? expires : NULL };
	PGresult *res = NULL;

	for (size_t i = 0; i < KEYS_HASH; i++)
		(void)snprintf(hex + 2 * i, 3, "%02x", row->sha256[i]);
	(void)snprintf(expires, sizeof(expires), "%lld",
		       (long long)row->expires);
	enum db_status status = db_begin(db, DB_CHANGE, err);

	/* One that could not be told of must not stay. */
	*key = NULL;
	if (status == DB_OK)
		status = db_query(db, &query_keys_insert, params, &res, err);
	if (status == DB_OK && (*key = key_at(res, 0)) == NULL)
		status = no_memory(err);
	PQclear(res);
	if (status == DB_OK)
		status = db_commit(db, err);
	else
		db_rollback(db);
	if (status != DB_OK) {
		json_decref(*key);
		*key = NULL;
	}
	return status;
}

enum db_status
keys_list(struct db *db, const char *after, int limit, json_t **list,
	  struct db_error *err)
{
	char most[16];
	const char *params[] = { after, most };
	PGresult *res = NULL;

	(void)snprintf(most, sizeof(most), "%d", limit);
	enum db_status status =
		db_query(db, &query_keys_select, params, &res, err);

	if (status != DB_OK && status != DB_NO_ROWS)
		return status;
	*list = json_array();
	for (int i = 0; i < PQntuples(res); i++)
		if (json_array_append_new(*list, key_at(res, i)) != 0) {
			json_decref(*list);
			*list = NULL;
			break;
		}
	PQclear(res);
	return *list != NULL ? DB_OK : no_memory(err);
}

enum db_status
keys_revoke(struct db *db, const char *id, struct db_error *err)
{
	PGresult *res = NULL;
	enum db_status status =
		db_query(db, &query_keys_revoke, &id, &res, err);

	if (status == DB_OK)
		PQclear(res);
	return status;
}
