/*
 * rate.c - how often a key may ask: a token bucket for each.
 *
 * Kept is not how much is in a bucket but when it is full (the "generic cell
 * rate algorithm"): there is nothing to refill.  In whole nanoseconds a rate
 * near RATE_MAX comes out greater, by one in a thousand at most.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/keys.h"

#include "server/rate.h"

#define SECOND 1000000000ull /* ns */
#define BURST 2		     /* seconds' worth in a full bucket */

struct bucket {
	char id[KEY_ID];
	uint64_t full_at; /* ns */
};

struct rate {
	uint64_t drop;		/* ns that one request takes to come back */
	uint64_t depth;		/* ns that an empty bucket takes to fill */
	size_t n;		/* as many as keys */
	struct bucket *buckets; /* in the order of the table; owned */
	char policy[RATE_TEXT];
};

struct rate *
rate_new(unsigned per_second)
{
	struct rate *rate = calloc(1, sizeof(*rate));

	if (rate == NULL)
		return NULL;
	rate->drop = SECOND / per_second;
	rate->depth = BURST * per_second * rate->drop;
	(void)snprintf(rate->policy, sizeof(rate->policy), "\"key\";q=%u;w=%d",
		       BURST * per_second, BURST);
	return rate;
}

void
rate_free(struct rate *rate)
{
	if (rate == NULL)
		return;
	free(rate->buckets);
	free(rate);
}

bool
rate_follow(struct rate *rate, const struct key_table *table)
{
	struct bucket *before = rate->buckets, *now;
	size_t n = rate->n, j = 0;

	now = calloc(table->n > 0 ? table->n : 1, sizeof(*now));
	rate->buckets = now;
	rate->n = now != NULL ? table->n : 0;
	/* Both are sorted by id. */
	for (size_t i = 0; i < rate->n; i++) {
		memcpy(now[i].id, table->keys[i].id, KEY_ID);
		while (j < n && memcmp(before[j].id, now[i].id, KEY_ID) < 0)
			j++;
		if (j < n && memcmp(before[j].id, now[i].id, KEY_ID) == 0)
			now[i].full_at = before[j].full_at;
	}
	free(before);
	return now != NULL;
}

/* ${ns} in whole seconds, rounded up. */
static unsigned
seconds(uint64_t ns)
{
	return (unsigned)((ns + SECOND - 1) / SECOND);
}

bool
rate_take(struct rate *rate, size_t i, uint64_t now, struct rate_left *left)
{
	uint64_t ns = now * 1000, missing;

	*left = (struct rate_left){ .requests = (unsigned)(rate->depth /
							   rate->drop) };
	if (i >= rate->n)
		return true;
	struct bucket *bucket = &rate->buckets[i];

	missing = bucket->full_at > ns ? bucket->full_at - ns : 0;
	bool taken = missing + rate->drop <= rate->depth;

	if (taken) {
		missing += rate->drop;
		bucket->full_at = ns + missing;
	} else {
		left->wait = seconds(missing + rate->drop - rate->depth);
	}
	left->requests = (unsigned)((rate->depth - missing) / rate->drop);
	/* Retry-After must not be earlier than what RateLimit says. */
	left->full = taken ? seconds(missing) : left->wait;
	return taken;
}

const char *
rate_policy(const struct rate *rate)
{
	return rate->policy;
}

/* ${n} in decimal; return where the text goes on. */
static char *
add_number(char *to, unsigned n)
{
	char digits[10];
	size_t len = 0;

	do {
		digits[len++] = (char)('0' + n % 10);
		n /= 10;
	} while (n > 0);
	while (len > 0)
		*to++ = digits[--len];
	return to;
}

void
rate_text(const struct rate_left *left, char *text)
{
	static const char first[] = "\"key\";r=", second[] = ";t=";

	memcpy(text, first, sizeof(first) - 1);
	text = add_number(text + sizeof(first) - 1, left->requests);
	memcpy(text, second, sizeof(second) - 1);
	*add_number(text + sizeof(second) - 1, left->full) = '\0';
}
