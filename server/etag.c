/*
 * etag.c - the name of an answer.
 */
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "server/etag.h"

#define MULTIPLIER 0x9e3779b97f4a7c15u /* 2^64 / golden ratio */

void
etag_base(struct etag_base *base, int release, const char *version)
{
	int len = snprintf(base->text, sizeof(base->text), "\"%d-%.24s-",
			   release, version);

	base->len = (size_t)len;
}

static uint64_t
stir_word(uint64_t hash, uint64_t word)
{
	hash = (hash ^ word) * MULTIPLIER;
	return hash ^ hash >> 32;
}

/*
 * Stir ${text} into ${hash}, a word at a time.  The last word is read whole and
 * cut: a loop over its bytes would cost more than all the rest.
 */
static uint64_t
stir(uint64_t hash, const struct slice *text)
{
	const char *p = text->ptr;
	size_t len = text->len;
	uint64_t word;

	hash = stir_word(hash, len);
	for (; len >= sizeof(word); len -= sizeof(word), p += sizeof(word)) {
		memcpy(&word, p, sizeof(word));
		hash = stir_word(hash, word);
	}
	if (len > 0) {
		memcpy(&word, p, sizeof(word));
		hash = stir_word(hash, word & ((1ull << 8 * len) - 1));
	}
	return hash;
}

/* A pattern cannot be read past its end. */
static uint64_t
stir_pattern(uint64_t hash, const char *pattern)
{
	for (; *pattern != '\0'; pattern++)
		hash = (hash ^ (unsigned char)*pattern) * MULTIPLIER;
	return hash;
}

/* ${half} in hexadecimal: 8 digits at ${out}, all of them at once. */
static void
write_hex(uint64_t half, char *out)
{
	uint64_t digits = half, letters;

	/* One digit a byte, the first one lowest. */
	digits = (digits >> 16 | digits << 32) & 0x0000ffff0000ffffu;
	digits = (digits >> 8 | digits << 16) & 0x00ff00ff00ff00ffu;
	digits = (digits >> 4 | digits << 8) & 0x0f0f0f0f0f0f0f0fu;
	letters = (digits + 0x0606060606060606u) >> 4 & 0x0101010101010101u;
	digits += 0x3030303030303030u + letters * ('a' - '0' - 10);
	memcpy(out, &digits, sizeof(digits));
}

/* The digits of ${hash}, a quote and a NUL. */
static void
write_hash(uint64_t hash, char *out)
{
	write_hex(hash >> 32, out);
	write_hex(hash & 0xffffffffu, out + 8);
	out[16] = '"';
	out[17] = '\0';
}

void
etag_page(const char *body, size_t len, char *out)
{
	uint64_t hash = len, word;

	for (; len >= sizeof(word); body += sizeof(word), len -= sizeof(word)) {
		memcpy(&word, body, sizeof(word));
		hash = stir_word(hash, word);
	}
	word = 0;
	memcpy(&word, body, len);
	out[0] = '"';
	write_hash(stir_word(hash, word), out + 1);
}

void
etag_make(const struct etag_base *base, const struct request *req, char *out)
{
	uint64_t hash = stir_pattern(req->text, req->match.route->pattern);
	uint64_t sum = 0;

	for (size_t i = 0; i < req->match.nparams; i++)
		hash = stir(hash, &req->match.params[i]);
	/* Added up, so that their order does not matter. */
	for (size_t i = 0; i < req->nargs; i++)
		sum += stir(stir(1, &req->args[i].name), &req->args[i].value);
	hash = stir_word(hash, sum);

	memcpy(out, base->text, base->len);
	out += base->len;
	write_hash(hash, out);
}
