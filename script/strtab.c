/*
 * strtab.c - from a string to its number.
 */
#include <stdlib.h>

#include "script/strtab.h"

/* The slot of ${key}, or the free one where it would go. */
static struct strtab_slot *
slot(const struct strtab *t, const char *key, size_t len, uint64_t hash)
{
	size_t i = hash & (t->size - 1);

	while (t->slots[i].key != NULL &&
	       (t->slots[i].hash != hash || t->slots[i].len != len ||
		memcmp(t->slots[i].key, key, len) != 0))
		i = (i + 1) & (t->size - 1);
	return &t->slots[i];
}

int64_t
strtab_find(const struct strtab *t, const char *key, size_t len)
{
	if (t->size == 0)
		return -1;
	const struct strtab_slot *s = slot(t, key, len, hash_bytes(key, len));
	return s->key == NULL ? -1 : (int64_t)s->value;
}

/* Make the table twice as large. */
static bool
grow(struct strtab *t)
{
	struct strtab new = { .size = t->size == 0 ? 16 : 2 * t->size,
			      .n = t->n };

	new.slots = calloc(new.size, sizeof(*new.slots));
	if (new.slots == NULL)
		return false;
	for (size_t i = 0; i < t->size; i++) {
		const struct strtab_slot *s = &t->slots[i];
		if (s->key != NULL)
			*slot(&new, s->key, s->len, s->hash) = *s;
	}
	free(t->slots);
	*t = new;
	return true;
}

bool
strtab_add(struct strtab *t, const char *key, size_t len, uint32_t value)
{
	if (2 * (t->n + 1) > t->size && !grow(t))
		return false;

	uint64_t hash = hash_bytes(key, len);
	struct strtab_slot *s = slot(t, key, len, hash);
	if (s->key == NULL) {
		*s = (struct strtab_slot){ key, hash, (uint32_t)len, value };
		t->n++;
	}
	return true;
}

size_t
strtab_bytes(const struct strtab *t)
{
	return t->size * sizeof(*t->slots);
}

void
strtab_free(struct strtab *t)
{
	free(t->slots);
	*t = (struct strtab){ 0 };
}
