/*
 * rate.h - how often a key may ask: a token bucket for each.
 *
 * A key may ask RATE times a second, and twice as often in a burst: its bucket
 * holds 2 * RATE and fills within two seconds.  What is said of it follows
 * draft-ietf-httpapi-ratelimit-headers-11:
 *
 *	RateLimit-Policy: "key";q=2000;w=2   2,000 in two seconds
 *	RateLimit: "key";r=998;t=2           998 left; all again in two
 *
 * They stand on every answer for which a key was looked at and found good.
 *
 * Each bucket is one number, the time at which it will be full again.  One
 * thread, no memory but in rate_follow().
 */
#ifndef SERVER_RATE_H
#define SERVER_RATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct key_table;
struct rate;

#define RATE_MAX 1000000 /* a second */

/* Room for either header's value. */
#define RATE_TEXT sizeof("\"key\";r=2000000;t=2000000")

/* What a client is told. */
struct rate_left {
	unsigned requests; /* that may follow at once */
	unsigned full; /* seconds until the bucket is; if refused, as wait */
	unsigned wait; /* seconds until another may come; 0: now */
};

/**
 * rate_new(per_second):
 * Buckets for ${per_second} requests, 1 to RATE_MAX, and no key yet.  NULL if
 * out of memory.
 */
struct rate *rate_new(unsigned per_second);

/**
 * rate_free(rate):
 * Free ${rate}.  NULL is allowed.
 */
void rate_free(struct rate *rate);

/**
 * rate_follow(rate, table):
 * The keys are those of ${table} now.  One that was there before keeps its
 * bucket as it is; a new one gets a full one.  Return false if out of memory:
 * nobody is limited then until this is called again.
 */
bool rate_follow(struct rate *rate, const struct key_table *table);

/**
 * rate_take(rate, i, now, left):
 * May key ${i} of the table ask once more at ${now} (microseconds of a clock
 * that never goes back)?  If so take it out of its bucket.  Fill in ${left} in
 * either case.
 */
bool rate_take(struct rate *rate, size_t i, uint64_t now,
	       struct rate_left *left);

/**
 * rate_policy(rate):
 * The value of RateLimit-Policy; borrowed.
 */
const char *rate_policy(const struct rate *rate);

/**
 * rate_text(left, text):
 * Write the value of RateLimit for ${left} and a NUL into the RATE_TEXT bytes
 * at ${text}.
 */
void rate_text(const struct rate_left *left, char *text);

#endif /* !SERVER_RATE_H */
