/*
 * pack.c - values as PostgreSQL has them on the wire, to and fro.
 */
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "sql/pack.h"

/* PostgreSQL's time begins in the year 2000. */
#define EPOCH INT64_C(946684800000000)
#define LENGTH_AT 12 /* of an array's header of 20 bytes */

static char *
grow(struct pack *p, size_t len)
{
	if (p->failed)
		return NULL;
	if (len > p->cap - p->len) {
		size_t cap = p->cap == 0 ? 4096 : p->cap;

		while (cap - p->len < len && cap < INT_MAX)
			cap *= 2;
		char *data = cap < INT_MAX ? realloc(p->data, cap) : NULL;
		if (data == NULL) {
			p->failed = true;
			return NULL;
		}
		p->data = data;
		p->cap = cap;
	}
	p->len += len;
	return p->data + p->len - len;
}

static void
put32(char *at, uint32_t n)
{
	at[0] = (char)(n >> 24);
	at[1] = (char)(n >> 16);
	at[2] = (char)(n >> 8);
	at[3] = (char)n;
}

static void
add32(struct pack *p, uint32_t n)
{
	char *at = grow(p, 4);

	if (at != NULL)
		put32(at, n);
}

static void
add(struct pack *p, const void *data, size_t len)
{
	char *at = grow(p, len);

	if (at != NULL && len > 0)
		memcpy(at, data, len);
}

void
pack_begin(struct pack *p, unsigned type)
{
	p->len = 0;
	p->n = 0;
	p->failed = false;
	add32(p, 1); /* dimension */
	add32(p, 0); /* no NULL */
	add32(p, type);
	add32(p, 0); /* elements: pack_end() */
	add32(p, 1); /* the first is number 1 */
}

void
pack_bytes(struct pack *p, const void *data, size_t len)
{
	add32(p, (uint32_t)len);
	add(p, data, len);
	p->n++;
}

void
pack_row(struct pack *p, int columns)
{
	p->row = p->len;
	add32(p, 0); /* its length: pack_row_end() */
	add32(p, (uint32_t)columns);
	p->n++;
}

void
pack_row_end(struct pack *p)
{
	if (!p->failed)
		put32(p->data + p->row, (uint32_t)(p->len - p->row - 4));
}

static void
column(struct pack *p, uint32_t type, const void *data, size_t len)
{
	char *at = grow(p, 8 + (data != NULL ? len : 0));

	if (at == NULL)
		return;
	put32(at, type);
	put32(at + 4, data != NULL ? (uint32_t)len : UINT32_MAX);
	if (data != NULL && len > 0)
		memcpy(at + 8, data, len);
}

void
pack_int2(struct pack *p, int n)
{
	const uint8_t data[] = { (uint8_t)(n >> 8), (uint8_t)n };

	column(p, PACK_INT2, data, sizeof(data));
}

void
pack_int4(struct pack *p, int n)
{
	char data[4];

	put32(data, (uint32_t)n);
	column(p, PACK_INT4, data, sizeof(data));
}

void
pack_bool(struct pack *p, bool b)
{
	column(p, PACK_BOOL, b ? "\1" : "\0", 1);
}

void
pack_time(struct pack *p, int64_t us)
{
	uint64_t n = (uint64_t)(us - EPOCH);
	char data[8];

	put32(data, (uint32_t)(n >> 32));
	put32(data + 4, (uint32_t)n);
	column(p, PACK_TIME, data, sizeof(data));
}

void
pack_text(struct pack *p, const char *text)
{
	column(p, PACK_TEXT, text, text != NULL ? strlen(text) : 0);
}

void
pack_uuid(struct pack *p, const uint8_t *id)
{
	column(p, PACK_UUID, id, 16);
}

void
pack_bytea(struct pack *p, const uint8_t *data, size_t len)
{
	column(p, PACK_BYTEA, data, len);
}

void
pack_list(struct pack *p, const char *const *list, size_t n)
{
	size_t at = p->len;

	column(p, PACK_TEXT, "", 0);
	for (size_t i = 0; i < n; i++) {
		if (i > 0)
			add(p, " ", 1);
		add(p, list[i], strlen(list[i]));
	}
	if (!p->failed)
		put32(p->data + at + 4, (uint32_t)(p->len - at - 8));
}

bool
pack_end(struct pack *p)
{
	if (!p->failed)
		put32(p->data + LENGTH_AT, p->n);
	return !p->failed;
}

void
pack_free(struct pack *p)
{
	free(p->data);
	*p = (struct pack){ 0 };
}

/* --- the other way ------------------------------------------------------- */

/* The next column; NULL, with ${len} 0, if it is SQL NULL. */
static const unsigned char *
next(struct unpack *u, size_t *len)
{
	int column = u->column++;

	*len = 0;
	if (PQgetisnull(u->res, u->row, column))
		return NULL;
	*len = (size_t)PQgetlength(u->res, u->row, column);
	return (const unsigned char *)PQgetvalue(u->res, u->row, column);
}

static uint32_t
get32(const unsigned char *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 |
	       (uint32_t)p[2] << 8 | p[3];
}

int
unpack_int(struct unpack *u)
{
	size_t len;
	const unsigned char *p = next(u, &len);

	switch (len) {
	case 0:
		return 0;
	case 1:
		return p[0];
	case 2:
		return (int16_t)(uint16_t)(p[0] << 8 | p[1]);
	case 4:
		return (int)get32(p);
	}
	u->failed = true;
	return 0;
}

int64_t
unpack_time(struct unpack *u)
{
	size_t len;
	const unsigned char *p = next(u, &len);

	if (len == 8)
		return (int64_t)((uint64_t)get32(p) << 32 | get32(p + 4)) +
		       EPOCH;
	u->failed = true;
	return 0;
}

const char *
unpack_text(struct unpack *u)
{
	size_t len;
	const unsigned char *p = next(u, &len);

	if (p == NULL)
		return NULL;
	const char *copy = arena_copy(u->arena, (const char *)p, len);

	u->failed = u->failed || copy == NULL;
	return copy;
}

void
unpack_bytes(struct unpack *u, uint8_t *data, size_t len)
{
	size_t have;
	const unsigned char *p = next(u, &have);

	if (have == len)
		memcpy(data, p, len);
	else
		u->failed = true;
}

void
unpack_id(struct unpack *u, uint8_t id[16])
{
	unpack_bytes(u, id, 16);
}

const char **
unpack_list(struct unpack *u, size_t *n)
{
	size_t len, most = 1;
	const unsigned char *p = next(u, &len);

	*n = 0;
	if (len == 0)
		return NULL;
	char *text = arena_copy(u->arena, (const char *)p, len);

	for (size_t i = 0; i < len; i++)
		most += p[i] == ' ';
	const char **list = arena_zeroed(u->arena, most, sizeof(*list));
	if (text == NULL || list == NULL) {
		u->failed = true;
		return NULL;
	}
	for (char *part = text; part != NULL; *n += 1) {
		list[*n] = part;
		part = strchr(part, ' ');
		if (part != NULL)
			*part++ = '\0';
	}
	return list;
}
