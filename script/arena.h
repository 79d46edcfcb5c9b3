/*
 * arena.h - memory that is given out piece by piece and freed all at once.
 *
 * Pieces lie in chunks that double from 16 KiB to 1 MiB, so that a small
 * library stays small and a large one wastes at most a mebibyte.
 */
#ifndef SCRIPT_ARENA_H
#define SCRIPT_ARENA_H

#include <stddef.h>

struct arena_chunk;

struct arena {
	struct arena_chunk *chunks; /* the newest first; NULL: nothing yet */
	char *at, *end;		    /* what is left of the newest */
	size_t bytes;		    /* allocated in all */
};

/**
 * arena_bytes(a, size):
 * Return ${size} bytes of ${a} with no particular alignment, or NULL if out of
 * memory.  They live until arena_free().
 */
char *arena_bytes(struct arena *a, size_t size);

/**
 * arena_zeroed(a, n, size):
 * Return an array of ${n} zeroed things of ${size} bytes each, aligned for
 * anything, or NULL if out of memory.
 */
void *arena_zeroed(struct arena *a, size_t n, size_t size);

/**
 * arena_copy(a, ptr, len):
 * Return a copy of the ${len} bytes at ${ptr} with a NUL after them, or NULL
 * if out of memory.
 */
char *arena_copy(struct arena *a, const char *ptr, size_t len);

/**
 * arena_free(a):
 * Free everything and empty ${a}.
 */
void arena_free(struct arena *a);

#endif /* !SCRIPT_ARENA_H */
