/*
 * arena.c - memory that is given out piece by piece and freed all at once.
 */
#include <stdalign.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "script/arena.h"

#define CHUNK_MIN ((size_t)16 << 10)
#define CHUNK_MAX ((size_t)1 << 20)
#define ALIGN alignof(max_align_t)

struct arena_chunk {
	alignas(max_align_t) struct arena_chunk *next;
	size_t size;
};

/* Add a chunk with ${size} free bytes at its start. */
static struct arena_chunk *
chunk_new(struct arena *a, size_t size)
{
	if (size > SIZE_MAX - sizeof(struct arena_chunk))
		return NULL;
	struct arena_chunk *c = malloc(sizeof(*c) + size);

	if (c != NULL) {
		c->size = size;
		a->bytes += sizeof(*c) + size;
	}
	return c;
}

/* Make room for ${size} bytes and return where they begin. */
static char *
room(struct arena *a, size_t size)
{
	size_t usual = a->chunks == NULL ? CHUNK_MIN : 2 * a->chunks->size;
	struct arena_chunk *c;

	if (usual > CHUNK_MAX)
		usual = CHUNK_MAX;

	/* A large piece gets a chunk to itself, behind the one in use, whose
	 * rest stays good for small pieces. */
	if (size > usual / 4 && a->chunks != NULL) {
		if ((c = chunk_new(a, size)) == NULL)
			return NULL;
		c->next = a->chunks->next;
		a->chunks->next = c;
		return (char *)(c + 1);
	}

	if (usual < size)
		usual = size;
	if ((c = chunk_new(a, usual)) == NULL)
		return NULL;
	c->next = a->chunks;
	a->chunks = c;
	a->at = (char *)(c + 1) + size;
	a->end = (char *)(c + 1) + usual;
	return (char *)(c + 1);
}

char *
arena_bytes(struct arena *a, size_t size)
{
	if (a->at == NULL || (size_t)(a->end - a->at) < size)
		return room(a, size);

	char *ptr = a->at;
	a->at += size;
	return ptr;
}

void *
arena_zeroed(struct arena *a, size_t n, size_t size)
{
	size_t bytes;

	if (__builtin_mul_overflow(n, size, &bytes))
		return NULL;

	/* A new chunk begins aligned; in an old one skip to where it is. */
	size_t skip = -(uintptr_t)a->at % ALIGN;
	char *ptr = a->at != NULL && (size_t)(a->end - a->at) >= skip &&
				    (size_t)(a->end - a->at) - skip >= bytes
			    ? arena_bytes(a, skip + bytes) + skip
			    : room(a, bytes);
	return ptr == NULL ? NULL : memset(ptr, 0, bytes);
}

char *
arena_copy(struct arena *a, const char *ptr, size_t len)
{
	char *copy = arena_bytes(a, len + 1);

	if (copy != NULL) {
		if (len > 0)
			memcpy(copy, ptr, len);
		copy[len] = '\0';
	}
	return copy;
}

void
arena_free(struct arena *a)
{
	struct arena_chunk *c, *next;

	for (c = a->chunks; c != NULL; c = next) {
		next = c->next;
		free(c);
	}
	*a = (struct arena){ 0 };
}
