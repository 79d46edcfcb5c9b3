/*
 * answers.c - answers that were given before.
 */
#include <stdlib.h>
#include <string.h>

#include "server/answers.h"

#define SLOTS 512 /* a power of two */

struct slot {
	struct known *known; /* one reference, or NULL */
	uint64_t missed;     /* hash of the last URL that was not found */
};

struct answers {
	struct slot slots[SLOTS];
};

static uint64_t
hash_of(const char *url, size_t len)
{
	uint64_t h = len, word;

	for (; len >= sizeof(word); url += sizeof(word), len -= sizeof(word)) {
		memcpy(&word, url, sizeof(word));
		h = (h ^ word) * UINT64_C(0x9e3779b97f4a7c15);
		h ^= h >> 29;
	}
	word = 0;
	memcpy(&word, url, len);
	h = (h ^ word) * UINT64_C(0x9e3779b97f4a7c15);
	return h ^ h >> 32;
}

struct answers *
answers_new(void)
{
	return calloc(1, sizeof(struct answers));
}

void
answers_forget(struct answers *answers)
{
	if (answers == NULL)
		return;
	for (size_t i = 0; i < SLOTS; i++) {
		known_unref(answers->slots[i].known);
		answers->slots[i] = (struct slot){ NULL, 0 };
	}
}

void
answers_free(struct answers *answers)
{
	answers_forget(answers);
	free(answers);
}

static struct slot *
slot_of(struct answers *answers, uint64_t hash)
{
	return &answers->slots[hash & (SLOTS - 1)];
}

struct known *
answers_find(struct answers *answers, const char *url, size_t len)
{
	if (answers == NULL || len > ANSWERS_MAX_URL)
		return NULL;

	uint64_t hash = hash_of(url, len);
	struct known *k = slot_of(answers, hash)->known;

	if (k == NULL || k->hash != hash || k->url_len != len ||
	    memcmp(k->bytes, url, len) != 0)
		return NULL;
	k->refs++;
	return k;
}

void
answers_offer(struct answers *answers, const char *url, size_t len,
	      const struct known *like, const char *body)
{
	if (answers == NULL || len > ANSWERS_MAX_URL ||
	    like->len > ANSWERS_MAX_BODY)
		return;

	uint64_t hash = hash_of(url, len);
	struct slot *slot = slot_of(answers, hash);

	/* Only what is asked a second time. */
	if (slot->missed != hash) {
		slot->missed = hash;
		return;
	}
	struct known *k = malloc(sizeof(*k) + len + like->len);
	if (k == NULL)
		return;
	*k = *like;
	k->refs = 1;
	k->hash = hash;
	k->url_len = len;
	memcpy(k->bytes, url, len);
	memcpy(k->bytes + len, body, like->len);
	k->body = k->bytes + len;
	known_unref(slot->known);
	slot->known = k;
}

void
known_unref(struct known *known)
{
	if (known == NULL || --known->refs > 0)
		return;
	if (known->made != NULL)
		known->unmake(known->made);
	free(known);
}
