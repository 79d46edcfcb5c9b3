/*
 * pack.h - values as PostgreSQL has them on the wire, to and fro.
 *
 * For sql/ alone.  What a batch sends is an array of rows in one parameter;
 * in binary form nothing has to be escaped, printed or read again.
 */
#ifndef SQL_PACK_H
#define SQL_PACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <libpq-fe.h>

#include "script/arena.h"

/* Types of our columns, by PostgreSQL's fixed numbers. */
enum {
	PACK_BOOL = 16,
	PACK_BYTEA = 17,
	PACK_INT2 = 21,
	PACK_INT4 = 23,
	PACK_TEXT = 25,
	PACK_TIME = 1184,
	PACK_UUID = 2950,
};

/* An array that is being put together; {0} is an empty one of no type. */
struct pack {
	char *data;
	size_t len, cap;
	size_t row;  /* where the row that is being written begins */
	uint32_t n;  /* elements */
	bool failed; /* out of memory, or beyond what a parameter may hold */
};

/**
 * pack_begin(p, type):
 * Forget what ${p} holds and begin an array of ${type}.
 */
void pack_begin(struct pack *p, unsigned type);

/**
 * pack_bytes(p, data, len):
 * An element of its own: of uuid[] or bytea[].
 */
void pack_bytes(struct pack *p, const void *data, size_t len);

/**
 * pack_row(p, columns), pack_row_end(p):
 * An element that is a row of so many columns; add all of them in between.
 */
void pack_row(struct pack *p, int columns);
void pack_row_end(struct pack *p);

/* A column each.  NULL is SQL NULL. */
void pack_int2(struct pack *p, int n);
void pack_int4(struct pack *p, int n);
void pack_bool(struct pack *p, bool b);
void pack_time(struct pack *p, int64_t us); /* since 1970 */
void pack_text(struct pack *p, const char *text);
void pack_uuid(struct pack *p, const uint8_t *id);
void pack_bytea(struct pack *p, const uint8_t *data, size_t len);

/**
 * pack_list(p, list, n):
 * A column: the ${n} codes of ${list} as text, with spaces between.
 */
void pack_list(struct pack *p, const char *const *list, size_t n);

/**
 * pack_end(p):
 * Make ${p} ready to be sent.  Return false if it failed.
 */
bool pack_end(struct pack *p);

/**
 * pack_free(p):
 * Free what ${p} holds.
 */
void pack_free(struct pack *p);

/* --- the other way: columns of a binary result --------------------------- */

/* Reads a row from left to right. */
struct unpack {
	const PGresult *res;
	int row, column;
	struct arena *arena; /* for what is not a number */
	bool failed;	     /* out of memory, or not what it should be */
};

int unpack_int(struct unpack *u); /* int2, int4 and bool; NULL is 0 */
int64_t unpack_time(struct unpack *u);
const char *unpack_text(struct unpack *u); /* NULL: SQL NULL */
void unpack_id(struct unpack *u, uint8_t id[16]);

/**
 * unpack_bytes(u, data, len):
 * Fill ${data} with a bytea that has exactly ${len} bytes.
 */
void unpack_bytes(struct unpack *u, uint8_t *data, size_t len);

/**
 * unpack_list(u, n):
 * The parts of a text with spaces between, ${n} of them.
 */
const char **unpack_list(struct unpack *u, size_t *n);

#endif /* !SQL_PACK_H */
