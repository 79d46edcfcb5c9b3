/*
 * strtab.h - from a string to its number.
 *
 * Open addressing with linear probing, at most half full.  Reading never
 * allocates; one table may be read by many threads.
 */
#ifndef SCRIPT_STRTAB_H
#define SCRIPT_STRTAB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct strtab_slot {
	const char *key; /* NULL: free */
	uint64_t hash;
	uint32_t len;
	uint32_t value;
};

struct strtab {
	struct strtab_slot *slots; /* from malloc(), or NULL */
	size_t size;		   /* a power of two, or 0 */
	size_t n;
};

/**
 * strtab_find(t, key, len):
 * Return the number of the ${len} bytes at ${key}, or -1.
 */
int64_t strtab_find(const struct strtab *t, const char *key, size_t len);

/**
 * strtab_add(t, key, len, value):
 * Give ${key} the number ${value}, unless it has one already (which then
 * stays).  Borrows ${key} until strtab_free().  False if out of memory.
 */
bool strtab_add(struct strtab *t, const char *key, size_t len, uint32_t value);

/**
 * strtab_bytes(t):
 * The memory that ${t} holds.
 */
size_t strtab_bytes(const struct strtab *t);

/**
 * strtab_free(t):
 * Free and empty ${t}; not the keys.
 */
void strtab_free(struct strtab *t);

/*
 * A fast 64-bit hash of good quality for short strings: eight bytes a round,
 * each folded by a 128-bit product.  Not for input that an enemy may add to a
 * table; ours are filled by editors only, or bound the tries.
 */
static inline uint64_t
hash_bytes(const char *ptr, size_t len)
{
	const uint64_t k0 = 0xa0761d6478bd642fu, k1 = 0xe7037ed1a0b428dbu;
	uint64_t h = k1 ^ len, v;
	__extension__ unsigned __int128 m;

	for (; len >= 8; ptr += 8, len -= 8) {
		memcpy(&v, ptr, 8);
		m = (h ^ v) * (__extension__(unsigned __int128) k0);
		h = (uint64_t)m ^ (uint64_t)(m >> 64);
	}
	v = 0;
	if (len > 0)
		memcpy(&v, ptr, len);
	m = (h ^ v) * (__extension__(unsigned __int128) k0);
	h = (uint64_t)m ^ (uint64_t)(m >> 64);
	m = (h ^ k0) * (__extension__(unsigned __int128) k1);
	return (uint64_t)m ^ (uint64_t)(m >> 64);
}

#endif /* !SCRIPT_STRTAB_H */
