#include <string.h>

#include "script/arena.h"
#include "script/reading_parts.h"

/*
 * Misspelt words are found by deletions: two words that differ by one letter
 * added, left out, changed or swapped with its neighbour are equal after one
 * deletion in each.  The table holds each word under its own hash and under
 * that of each of its deletions; a candidate is then compared letter by
 * letter.  The first letter must be right, as it nearly always is.
 */
#define BASE 0x01000193u

static uint32_t
mixed(uint32_t h)
{
	h ^= h >> 15;
	h *= 0x2c1b3c6du;
	h ^= h >> 12;
	h *= 0x297a2d39u;
	return h ^ h >> 15;
}

/* Hashes of ${w} without each of its letters, and at [len] of all of it. */
static void
deletions(const char *w, size_t len, uint32_t out[SPELL_MAX + 1])
{
	uint32_t before = 0, after = 0, power = 1;

	/* out[i] for now: the hash of what stands behind i, and the power. */
	uint32_t powers[SPELL_MAX + 1] = { 0 };

	for (size_t i = len; i-- > 0;) {
		out[i] = after;
		powers[i] = power;
		after += (uint32_t)(unsigned char)w[i] * power;
		power *= BASE;
	}
	out[len] = mixed(after);
	for (size_t i = 0; i < len; i++) {
		uint32_t rest = out[i];

		/* before * BASE^(letters behind) + rest */
		out[i] = mixed(before * powers[i] + rest);
		before = before * BASE + (unsigned char)w[i];
	}
}

static bool
is_spelt(const char *w, size_t len)
{
	if (len < SPELL_MIN || len > SPELL_MAX)
		return false;
	for (size_t i = 0; i < len; i++)
		if (w[i] < 'a' || w[i] > 'z')
			return false;
	return true;
}

static void
put(struct reading *r, uint32_t hash, uint32_t word)
{
	size_t i = hash & (r->nslots - 1);

	while (r->slots[i] != 0 && r->slots[i] != word)
		i = (i + 1) & (r->nslots - 1);
	r->slots[i] = word;
}

bool
reading_spell_build(struct reading *r, struct arena *a)
{
	uint32_t hashes[SPELL_MAX + 1];
	size_t n = 0;

	for (uint32_t i = 1; i <= r->vocab.n; i++) {
		size_t len = r->words[i] == NULL ? 0 : strlen(r->words[i]);

		if (!is_spelt(r->words[i], len))
			r->words[i] = NULL;
		else
			n += len + 1;
	}
	for (r->nslots = 64; r->nslots < n * 2; r->nslots *= 2)
		;
	r->slots = arena_zeroed(a, r->nslots, sizeof(*r->slots));
	if (r->slots == NULL)
		return false;
	for (uint32_t i = 1; i <= r->vocab.n; i++) {
		size_t len;

		if (r->words[i] == NULL)
			continue;
		len = strlen(r->words[i]);
		deletions(r->words[i], len, hashes);
		for (size_t k = 0; k <= len; k++)
			put(r, hashes[k], i);
	}
	return true;
}

/* One letter added, left out, changed, or two neighbours swapped? */
static bool
is_near(const char *a, size_t n, const char *b, size_t m)
{
	size_t i = 0, j = 0;

	while (i < n && i < m && a[i] == b[i])
		i++;
	while (j < n - i && j < m - i && a[n - 1 - j] == b[m - 1 - j])
		j++;
	n -= i + j; /* what is left of each */
	m -= i + j;
	return n + m <= 1 || (n == 1 && m == 1) ||
	       (n == 2 && m == 2 && a[i] == b[i + 1] && a[i + 1] == b[i]);
}

/* A short word is near many others: only swaps and doubled letters count. */
static bool
is_meant(const char *is, size_t n, const char *w, size_t len)
{
	if (!is_near(is, n, w, len))
		return false;
	if (n > SPELL_MIN)
		return len > SPELL_MIN;
	if (n == len)
		for (size_t i = 1; i < n; i++)
			if (is[i] != w[i])
				return i + 1 < n && is[i] == w[i + 1];
	for (size_t i = 1; len == n + 1 && i < len; i++)
		if (w[i] != is[i])
			return w[i] == w[i - 1];
	return false;
}

static uint32_t
probe(const struct reading *r, uint32_t hash, const char *w, size_t len,
      uint32_t best)
{
	for (size_t i = hash & (r->nslots - 1), tries = 0;
	     r->slots[i] != 0 && tries < 32;
	     i = (i + 1) & (r->nslots - 1), tries++) {
		uint32_t word = r->slots[i];
		const char *is = r->words[word];

		if (is[0] == w[0] && (best == 0 || word < best) &&
		    is_meant(is, strlen(is), w, len))
			best = word;
	}
	return best;
}

static uint32_t
misspelt(const struct reading *r, const char *w, size_t len)
{
	uint32_t hashes[SPELL_MAX + 1], best = 0;

	if (!is_spelt(w, len) || r->nslots == 0)
		return 0;
	deletions(w, len, hashes);
	for (size_t i = 0; i <= len; i++)
		best = probe(r, hashes[i], w, len, best);
	return best;
}

/*
 * ${w} with each letter that stands ${from} times in a row or more ${to} times
 * instead; return its length.
 */
static size_t
squeezed(const char *w, size_t len, size_t from, size_t to, char *out)
{
	size_t n = 0, run;

	for (size_t i = 0; i < len; i += run) {
		size_t most;

		for (run = 1; i + run < len && w[i + run] == w[i]; run++)
			;
		most = run >= from ? to : run;
		memset(out + n, w[i], most);
		n += most;
	}
	return n;
}

static bool
is_stretched(const char *w, size_t len)
{
	for (size_t i = 2; i < len; i++)
		if (w[i] == w[i - 1] && w[i] == w[i - 2])
			return true;
	return false;
}

uint32_t
reading_word(const struct reading *r, const char *w, size_t len,
	     bool *stretched)
{
	/* cooool, annoyiiing, greeeaat */
	static const struct {
		uint8_t from, to;
	} ways[] = { { 3, 2 }, { 3, 1 }, { 2, 1 } };
	char buf[TOKEN_MAX];
	size_t n;
	uint32_t word;

	*stretched = false;
	if (len == 0 || len > TOKEN_MAX)
		return 0;
	if (!is_stretched(w, len))
		return misspelt(r, w, len);
	*stretched = true;
	for (size_t i = 0; i < COUNT(ways); i++) {
		n = squeezed(w, len, ways[i].from, ways[i].to, buf);
		word = vocab_find(&r->vocab, buf, n);
		if (word != 0)
			return word;
	}
	return misspelt(r, buf, squeezed(w, len, 3, 1, buf));
}

/* --- masked swearing ------------------------------------------------------ */

/* The letter that ${c} is drawn for; '*' for any, 0 for none. */
static char
unmasked(char c)
{
	static const char from[] = "0134578@$!+#*", to[] = "oieastbasit**";
	const char *p;

	if (c >= 'A' && c <= 'Z')
		return (char)(c | 0x20);
	if (c >= 'a' && c <= 'z')
		return c;
	p = c == '\0' ? NULL : strchr(from, c);
	return p == NULL ? '\0' : to[p - from];
}

static bool
fits(const struct masked *word, const char *mask, size_t len)
{
	if (word->len != len)
		return false;
	for (size_t i = 0; i < len; i++)
		if (mask[i] != '*' && mask[i] != word->text[i])
			return false;
	return true;
}

uint32_t
reading_masked(const struct reading *r, const char *text, size_t len, size_t at,
	       size_t *end)
{
	char mask[MASK_MAX];
	size_t n = 0;
	char c;

	while (at + n < len && n < MASK_MAX &&
	       (c = unmasked(text[at + n])) != '\0')
		mask[n++] = c;
	while (n > 0 && (text[at + n - 1] == '!' || text[at + n - 1] == '+'))
		n--;
	if (n < 3 || mask[0] == '*')
		return 0;
	*end = at + n;
	for (size_t i = r->mask_first[mask[0] - 'a'];
	     i < r->mask_first[mask[0] - 'a' + 1]; i++)
		if (fits(&r->masked[i], mask, n))
			return r->masked[i].word;
	return 0;
}
