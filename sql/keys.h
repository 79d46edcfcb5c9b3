/*
 * keys.h - API keys: made, listed, revoked, loaded.
 *
 * The database has only the SHA-256 of a secret; whoever makes a key shows it
 * once.  Every change is told to all who listen (sql/listen.h), by a trigger.
 */
#ifndef SQL_KEYS_H
#define SQL_KEYS_H

#include <stdint.h>

#include <jansson.h>

#include "sql/db.h"

#define KEYS_ID 8    /* characters */
#define KEYS_HASH 32 /* bytes */

/* What a server must know of a key to recognize it. */
struct key_row {
	char id[KEYS_ID + 1];
	char role[16];
	unsigned char sha256[KEYS_HASH];
	int64_t expires; /* seconds since 1970; 0: never */
};

struct key_rows {
	struct key_row *rows; /* by id; owned */
	size_t n;
};

/**
 * keys_load(db, keys, err):
 * Read all keys that are not revoked.  On DB_OK the caller must free()
 * keys->rows; no keys at all are DB_OK, too.  A reader may.
 */
enum db_status keys_load(struct db *db, struct key_rows *keys,
			 struct db_error *err);

/**
 * keys_create(db, row, note, key, err):
 * Keep a new key.  On DB_OK set ${key} to it, as in keys_list(); the caller
 * owns it.  DB_CONFLICT: there is one of that id.  ${db} is a writer's.
 */
enum db_status keys_create(struct db *db, const struct key_row *row,
			   const char *note, json_t **key,
			   struct db_error *err);

/**
 * keys_list(db, after, limit, list, err):
 * At most ${limit} keys, newest first, from the one after the id ${after} on
 * (NULL: from the newest): an array of objects with id, role, note,
 * created_at, expires_at and revoked_at, the latter two perhaps null.  The
 * caller owns it.  ${db} is a writer's.
 */
enum db_status keys_list(struct db *db, const char *after, int limit,
			 json_t **list, struct db_error *err);

/**
 * keys_revoke(db, id, err):
 * Let the key ${id} be good no more; a second time changes nothing.
 * DB_NO_ROWS: there is none.  ${db} is a writer's.
 */
enum db_status keys_revoke(struct db *db, const char *id, struct db_error *err);

#endif /* !SQL_KEYS_H */
