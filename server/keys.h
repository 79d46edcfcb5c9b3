/*
 * keys.h - who may do what: API keys, held in memory.
 *
 * A key is "ek_<role>_<id>_<secret>": 8 characters of base62 that name it, 43
 * (256 bits) that prove it.  Only the SHA-256 of the secret is ever kept, in
 * the database and here.  The id is no secret: it stands in logs and lists.
 *
 * A table never changes once it is made; when the keys change, another takes
 * its place.  So it works while the database is down.
 */
#ifndef SERVER_KEYS_H
#define SERVER_KEYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "server/router.h"

#define KEY_ID 8
#define KEY_SECRET 43
#define KEY_NOTE 200 /* characters */
#define KEY_HASH 32  /* bytes of a SHA-256 */

/* The longest key, and room for it with a NUL. */
#define KEY_MAX (sizeof("ek_publisher__") - 1 + KEY_ID + KEY_SECRET)
#define KEY_SIZE (KEY_MAX + 1)

struct key {
	char id[KEY_ID + 1];
	enum role role;
	unsigned char hash[KEY_HASH]; /* of the secret */
	int64_t expires;	      /* seconds since 1970; 0: never */
};

struct key_table {
	size_t n;
	struct key keys[]; /* by id */
};

enum key_verdict {
	KEY_GOOD,
	KEY_MALFORMED, /* no key of ours looks like that */
	KEY_UNKNOWN,   /* never made, revoked, or not with this secret */
	KEY_EXPIRED,   /* with its right secret */
};

/* A key that was good a moment ago, on this connection.  Start from { 0 }. */
struct key_memo {
	const struct key *key; /* NULL: none */
	uint64_t edition;      /* of the table that key lies in */
	size_t len;
	char text[KEY_SIZE];
};

/**
 * role_name(role), role_find(text, len):
 * "reader" and so on; "none" for ROLE_NONE.  The role of that name, ROLE_NONE
 * if there is no such role to be had.
 */
const char *role_name(enum role role);
enum role role_find(const char *text, size_t len);

/**
 * key_is_note(text):
 * Is ${text} fit to be the note of a key: one line of at most KEY_NOTE
 * characters of UTF-8, none of which controls a terminal?
 */
bool key_is_note(const char *text);

/**
 * key_make(role, key, text):
 * A fresh key of ${role} that never expires: write it into the KEY_SIZE bytes
 * at ${text}, to be shown once and then wiped, and what is kept of it into
 * ${key}.  Return false if the system has no random bytes.
 */
bool key_make(enum role role, struct key *key, char *text);

/**
 * key_table_new(keys, n):
 * A table of a copy of the ${n} ${keys}, each with another id, in any order.
 * NULL if out of memory.  free() it.
 */
struct key_table *key_table_new(const struct key *keys, size_t n);

/**
 * key_check(table, text, len, now, key):
 * Is the ${len} bytes at ${text} a key of ${table}, at ${now} (seconds since
 * 1970)?  On KEY_GOOD and KEY_EXPIRED set ${key}, borrowed from ${table}.  The
 * time it takes tells nothing about any secret, nor whether an id exists.
 */
enum key_verdict key_check(const struct key_table *table, const char *text,
			   size_t len, int64_t now, const struct key **key);

/**
 * key_recall(memo, edition, text, len, now):
 * The key that key_note() was told of, if ${text} is the very same, the table
 * is still ${edition}, and it has not expired; else NULL.  Hashes nothing.
 */
const struct key *key_recall(const struct key_memo *memo, uint64_t edition,
			     const char *text, size_t len, int64_t now);

/**
 * key_note(memo, key, edition, text, len):
 * ${text}, at most KEY_MAX bytes, was found to be ${key}, which lies in the
 * table ${edition}.  It holds a secret then: wipe ${memo} before it is freed.
 */
void key_note(struct key_memo *memo, const struct key *key, uint64_t edition,
	      const char *text, size_t len);

/**
 * key_table_pack(table, len):
 * ${table} as text, a line for each key, from malloc(), its length in ${len}.
 * There is no secret in it, but who can change it can make keys.  NULL if out
 * of memory.
 */
char *key_table_pack(const struct key_table *table, size_t *len);

/**
 * key_table_unpack(text, len):
 * The table that was packed as the ${len} bytes at ${text}; NULL if they are
 * not exactly that, or out of memory.
 */
struct key_table *key_table_unpack(const char *text, size_t len);

#endif /* !SERVER_KEYS_H */
