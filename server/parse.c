/*
 * parse.c - JSON from a client, whole or not at all.
 *
 * While it reads, jansson never learns that memory has run out: from then on it
 * lives on a reserve, and gets no more to read.  It ends soon, and all that it
 * made is thrown away.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "server/parse.h"

#define PIECE 16 /* bytes that it reads at once */

/*
 * What it may ask for within one PIECE: the text doubles its room (4 times its
 * length), is copied as a value or a name (1), and what is open at that point
 * doubles its room (8); besides, each byte begins something small.
 */
#define RESERVE(len) (16 * (len) + (size_t)512 * PIECE)

struct parsing {
	const char *text;
	size_t len;
	char *reserve;
	size_t used, size;
	bool ran_out;
};

static _Thread_local struct parsing *current;

static bool
is_reserve(const struct parsing *p, const void *ptr)
{
	uintptr_t at = (uintptr_t)ptr, from = (uintptr_t)p->reserve;

	return at >= from && at - from < p->size;
}

static void *
parse_malloc(size_t size)
{
	struct parsing *p = current;
	void *ptr = p != NULL && p->ran_out ? NULL : malloc(size);

	if (ptr != NULL || p == NULL)
		return ptr;
	p->ran_out = true;
	size = (size + 15) & ~(size_t)15;
	if (size > p->size - p->used)
		return NULL; /* not what a text needs */
	ptr = p->reserve + p->used;
	p->used += size;
	return ptr;
}

static void
parse_free(void *ptr)
{
	if (current == NULL || !is_reserve(current, ptr))
		free(ptr);
}

void
parse_start(void)
{
	json_set_alloc_funcs(parse_malloc, parse_free);
}

static size_t
next_piece(void *buffer, size_t size, void *arg)
{
	struct parsing *p = arg;
	size_t len = p->len < PIECE ? p->len : PIECE;

	(void)size;
	if (p->ran_out)
		return 0; /* as if that were all */
	memcpy(buffer, p->text, len);
	p->text += len;
	p->len -= len;
	return len;
}

json_t *
parse_json(const char *text, size_t len, json_error_t *err)
{
	struct parsing p = { .text = text, .len = len, .size = RESERVE(len) };
	json_t *json = NULL;

	if ((p.reserve = malloc(p.size)) != NULL) {
		current = &p;
		json = json_load_callback(next_piece, &p,
					  JSON_REJECT_DUPLICATES, err);
		if (p.ran_out)
			json_decref(json);
		current = NULL;
		free(p.reserve);
		if (!p.ran_out)
			return json;
	}
	/* Where json_error_code() looks. */
	err->text[JSON_ERROR_TEXT_LENGTH - 1] = json_error_out_of_memory;
	return NULL;
}
