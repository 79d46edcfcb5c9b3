/*
 * choose.c - which lines to offer.
 *
 * One pass over the lines of the stage, category by category up the tree.
 * Every usable line gets a key; the smallest keys win.  Unused and used lines
 * are kept apart, for a used one counts only when no unused one is left.
 */
#include <string.h>

#include "script/choose.h"
#include "script/usable.h"

struct ranked {
	uint64_t key;
	const struct phrase *phrase;
	int fallback;
};

/* The ${room} smallest keys seen, sorted. */
struct top {
	struct ranked best[CHOOSE_MAX];
	size_t n, room;
};

struct pass {
	const struct situation *sit;
	const struct choose_query *q;
	struct cell_query cell;
	uint64_t bits, self_bits; /* what a line must have to be said, or kept
				   */
	struct top fresh, used, self;
	/* There are fresh lines enough from nearer categories: the rest is only
	 * looked at for what it is worth asking for, and for the agent. */
	bool enough;
	uint32_t said[STATE_MAX_USED]; /* phrase numbers, newest last */
	int nsaid;
	uint64_t seed;
	/* How many lines wait for a placeholder; 0 where asked has no bit. */
	uint16_t waits[LIBRARY_MAX_PLACEHOLDERS];
	uint64_t asked[LIBRARY_MAX_PLACEHOLDERS / 64];
};

static void
keep(struct top *t, struct ranked r)
{
	size_t i = t->n;

	if (i == t->room) {
		if (r.key >= t->best[i - 1].key)
			return;
		i--;
	} else {
		t->n++;
	}
	for (; i > 0 && t->best[i - 1].key > r.key; i--)
		t->best[i] = t->best[i - 1];
	t->best[i] = r;
}

/* Spread the bits of ${x}, so that equal fits come in a mixed order. */
static uint64_t
mix(uint64_t x)
{
	x ^= x >> 31;
	x *= UINT64_C(0x9e3779b97f4a7c15);
	return x ^ x >> 29;
}

/*
 * The same request must get the same answer on every node and after every
 * restart: codes go in by the hash of their text, never by their number.
 */
static uint64_t
seed_of(const struct situation *sit, const struct state *s,
	const struct choose_query *q)
{
	const struct library *lib = sit->lib;
	uint64_t h = lib->categories[sit->category].hash;

	h = mix(h ^ lib->stages[q->stage].hash);
	h ^= (uint64_t)sit->speaker << 8 | (uint64_t)sit->fault << 12 |
	     (uint64_t)sit->intensity << 16 | (uint64_t)sit->tone << 20;
	for (int c = 0; c < N_COUNTERS; c++)
		h = h * 31 + (uint64_t)s->counts[c];
	for (const char *p = lib->channels[sit->channel].code; *p != '\0'; p++)
		h = h * 131 + (unsigned char)*p;
	return mix(h);
}

/* When was line number ${phrase} said?  0 is longest ago, -1 never. */
static int
said_at(const struct pass *p, uint32_t phrase)
{
	for (int i = p->nsaid - 1; i >= 0; i--)
		if (p->said[i] == phrase)
			return i;
	return -1;
}

/*
 * 0 fits best: the tone asked for, the narrowest range of intensity, and, of
 * two that fit alike, the one that holds the details of the case.
 */
static unsigned
misfit(const struct situation *sit, const struct phrase *ph)
{
	unsigned width = (unsigned)(ph->hi - ph->lo);
	unsigned tone = ph->tone == (uint8_t)sit->tone ? 0 : 8;

	return 2 * (width + tone) + (ph->nneeds == 0);
}

/* One more line waits for ${placeholder}. */
static void
wait_for(struct pass *p, unsigned placeholder)
{
	uint64_t *word = &p->asked[placeholder / 64];
	uint64_t bit = UINT64_C(1) << placeholder % 64;

	if ((*word & bit) == 0) {
		*word |= bit;
		p->waits[placeholder] = 0;
	}
	if (p->waits[placeholder] < UINT16_MAX)
		p->waits[placeholder]++;
}

/*
 * Are all the values there that ${ph} needs?  A line that has them can be
 * said; any other makes its missing ones worth asking for.
 */
static bool
has_values(struct pass *p, const struct phrase *ph)
{
	const struct values *values = p->q->values;
	bool all = true;

	if (values == NULL)
		return true;
	for (unsigned i = 0; i < ph->nneeds; i++) {
		if (values_have(values, ph->needs[i]))
			continue;
		wait_for(p, ph->needs[i]);
		all = false;
	}
	return all;
}

/* Rank ${ph}, which can be said to the customer. */
static void
offer(struct pass *p, const struct phrase *ph, int fallback)
{
	uint64_t level = (uint64_t)fallback;
	int at = p->nsaid == 0
			 ? -1
			 : said_at(p, (uint32_t)(ph - p->sit->lib->phrases));
	if (at >= 0) {
		keep(&p->used, (struct ranked){ (uint64_t)at, ph, fallback });
		return;
	}
	uint64_t order = mix(p->seed ^ ph->hash) >> 32;

	keep(&p->fresh,
	     (struct ranked){ level << 40 | (uint64_t)misfit(p->sit, ph) << 32 |
				      order,
			      ph, fallback });
}

static void
consider(struct pass *p, const struct phrase *ph, int fallback)
{
	const struct library *lib = p->sit->lib;

	if (line_has(ph, p->bits)) {
		if (p->enough && ph->nneeds == 0)
			return;
		if (line_allowed(lib, ph, &p->cell) && has_values(p, ph) &&
		    !p->enough)
			offer(p, ph, fallback);
	} else if (line_has(ph, p->self_bits)) {
		/* In their own order: they are read, not said. */
		if (line_allowed(lib, ph, &p->cell) && has_values(p, ph))
			keep(&p->self,
			     (struct ranked){ (uint64_t)fallback << 32 | ph->n,
					      ph, fallback });
	}
}

/* Look at every line of the stage in ${locale}. */
static void
look(struct pass *p, int locale)
{
	const struct library *lib = p->sit->lib;
	int fallback = 0;

	for (int c = p->sit->category; c >= 0;
	     c = lib->categories[c].parent, fallback++) {
		const uint32_t *cell = lib->cells + (size_t)c * lib->nstages +
				       (size_t)p->q->stage;
		const struct phrase *ph = lib->phrases + cell[0];
		const struct phrase *end = lib->phrases + cell[1];

		p->enough = p->fresh.n == p->fresh.room;
		for (; ph < end; ph++)
			if (ph->locale == locale)
				consider(p, ph, fallback);
	}
}

/* "de-AT" falls back to "de" if the library has it, else to the default. */
static int
next_locale(const struct library *lib, int locale)
{
	const char *code = lib->locales[locale];
	const char *dash = strchr(code, '-');

	if (locale == 0)
		return -1;
	if (dash != NULL) {
		int base = library_locale(lib, code, (size_t)(dash - code));
		if (base >= 0)
			return base;
	}
	return 0;
}

static void
take(const struct top *t, bool repeated, struct choice *out, size_t *n)
{
	for (size_t i = 0; i < t->n; i++)
		out[i] = (struct choice){ t->best[i].phrase,
					  t->best[i].fallback, repeated };
	*n = t->n;
}

static void
take_questions(const struct pass *p, struct choices *out)
{
	out->nask = 0;
	for (int word = 0; word < LIBRARY_MAX_PLACEHOLDERS / 64; word++) {
		uint64_t left = p->asked[word];

		for (; left != 0; left &= left - 1) {
			int i = 64 * word + __builtin_ctzll(left);
			struct question asked = { i, p->waits[i] };
			size_t at = out->nask++;

			/* What unlocks most comes first. */
			for (;
			     at > 0 && out->ask[at - 1].unlocks < asked.unlocks;
			     at--)
				out->ask[at] = out->ask[at - 1];
			out->ask[at] = asked;
		}
	}
}

void
choose(const struct situation *sit, const struct state *s,
       const struct choose_query *q, struct choices *out)
{
	const struct library *lib = sit->lib;
	struct pass p;

	p.sit = sit;
	p.q = q;
	memset(p.asked, 0, sizeof(p.asked));
	p.seed = seed_of(sit, s, q);
	p.cell = (struct cell_query){
		.stage = q->stage,
		.channel = sit->channel,
		.speaker = sit->speaker,
		/* After a legal threat nothing is admitted any more. */
		.fault = (s->flags >> FLAG_NO_ADMISSION & 1) != 0
				 ? FAULT_UNKNOWN
				 : sit->fault,
		.intensity = sit->intensity,
		.facts = q->facts,
		.signal = q->signal,
		.may_offer = sit->may_offer,
	};
	p.bits = cell_bits(lib, &p.cell);
	p.self_bits = cell_bits_self(lib, &p.cell);
	p.fresh.n = p.used.n = p.self.n = 0;
	p.fresh.room = p.used.room = q->phrases;
	p.self.room = CHOOSE_MAX;
	p.nsaid = 0;
	for (int i = 0; i < s->nused; i++) {
		int64_t n = library_phrase(lib, s->used[i].ptr, s->used[i].len);
		if (n >= 0)
			p.said[p.nsaid++] = (uint32_t)n;
	}

	bool faces = stage_faces_customer(lib, q->stage, sit->channel);
	for (int locale = sit->locale; locale >= 0;
	     locale = next_locale(lib, locale)) {
		look(&p, locale);
		/* What is only for the agent does not speak to a customer. */
		if (p.fresh.n + p.used.n > 0 || (!faces && p.self.n > 0))
			break;
	}

	out->nsay = 0;
	if (faces) {
		bool again = p.fresh.n == 0;
		take(again ? &p.used : &p.fresh, again, out->say, &out->nsay);
	}
	take(&p.self, false, out->self, &out->nself);
	take_questions(&p, out);
}
