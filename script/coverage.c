/*
 * coverage.c - for whom is there something to say, and for whom too little?
 *
 * The 40 cells of a channel are 40 bits of a word, and their counts lie across
 * four such words: bit i of word k is bit k of the count of cell i.  So one
 * line counts for all its cells at once, with a few ANDs and XORs.
 */
#include <stdlib.h>
#include <string.h>

#include "script/coverage.h"
#include "script/usable.h"

#define PLANES 4 /* counts to 15 */
#define ALL_CELLS ((UINT64_C(1) << COVERAGE_BITS) - 1)

_Static_assert(COVERAGE_BITS <= 64, "the cells of a channel are one word");
_Static_assert(COVERAGE_MAX == (1 << PLANES) - 1, "counting stops there");

struct counts {
	uint64_t plane[PLANES];
};

/* The counts of one category, those of its parents included. */
struct level {
	int category;	       /* or -1: not made yet */
	struct counts *counts; /* by stage * nchannels + channel */
};

struct counting {
	const struct library *lib;
	int locale, stage;			/* stage: or -1 for all */
	struct level levels[LIBRARY_MAX_DEPTH]; /* by depth in the tree */
};

/* Add one to each count whose bit is in ${cells}; full ones stay full. */
static void
count(struct counts *c, uint64_t cells)
{
	cells &= ~(c->plane[0] & c->plane[1] & c->plane[2] & c->plane[3]);
	for (size_t i = 0; i < PLANES && cells != 0; i++) {
		uint64_t carry = c->plane[i] & cells;

		c->plane[i] ^= cells;
		cells = carry;
	}
}

/* The cells of a channel of its own in which ${p} may always be said; none if
 * it needs something that a cell cannot promise. */
static uint64_t
cells_of(const struct library *lib, const struct phrase *p, int locale)
{
	const uint64_t range = (UINT64_C(2) << p->hi) - (UINT64_C(1) << p->lo);
	uint64_t cells = 0;

	if (p->nneeds > 0 || p->offers != 0 || p->when != 0 ||
	    p->locale != locale || phrase_channels(p) == 0)
		return 0;
	for (int i = 0; i < N_SPEAKERS * N_FAULTS; i++) {
		struct cell_query q = {
			.stage = p->stage,
			.channel = __builtin_ctz(phrase_channels(p)),
			.speaker = (enum speaker)(i / N_FAULTS),
			.fault = (enum fault)(i % N_FAULTS),
			.intensity = p->lo,
		};
		if (line_fits(lib, p, &q))
			cells |= range << coverage_bit(q.speaker, q.fault, 0);
	}
	return cells;
}

/* Count the own lines of ${category}. */
static void
count_own(const struct counting *c, int category, struct counts *counts)
{
	const struct library *lib = c->lib;
	size_t first = c->stage < 0 ? 0 : (size_t)c->stage,
	       last = c->stage < 0 ? lib->nstages - 1 : (size_t)c->stage,
	       cell = (size_t)category * lib->nstages;

	for (size_t i = lib->cells[cell + first];
	     i < lib->cells[cell + last + 1]; i++) {
		const struct phrase *p = &lib->phrases[i];
		uint64_t cells = cells_of(lib, p, c->locale);

		for (size_t ch = 0; ch < lib->nchannels && cells != 0; ch++)
			if ((phrase_channels(p) >> ch & 1) != 0)
				count(&counts[p->stage * lib->nchannels + ch],
				      cells);
	}
}

/* How far below its root ${category} is. */
static size_t
depth_of(const struct library *lib, int category)
{
	size_t depth = 0;

	while ((category = lib->categories[category].parent) >= 0)
		depth++;
	return depth;
}

/* The counts of ${category}.  Its parents' are mostly there still from the
 * category before it. */
static const struct counts *
counts_of(struct counting *c, int category)
{
	const struct library *lib = c->lib;
	int parent = lib->categories[category].parent;
	struct level *level = &c->levels[depth_of(lib, category)];
	size_t size = lib->nstages * lib->nchannels * sizeof(struct counts);

	if (level->category == category)
		return level->counts;
	if (parent >= 0)
		memcpy(level->counts, counts_of(c, parent), size);
	else
		memset(level->counts, 0, size);
	count_own(c, category, level->counts);
	level->category = category;
	return level->counts;
}

/* The cells with exactly ${n} lines. */
static uint64_t
cells_with(const struct counts *c, unsigned n)
{
	uint64_t cells = ALL_CELLS;

	for (unsigned i = 0; i < PLANES; i++)
		cells &= (n >> i & 1) != 0 ? c->plane[i] : ~c->plane[i];
	return cells;
}

/* Look at one channel. */
static void
add_channel(struct coverage *to, int channel, const struct counts *c)
{
	to->holes[channel] = cells_with(c, 0);
	to->empty += (size_t)__builtin_popcountll(to->holes[channel]);
	for (unsigned n = 1; n < COVERAGE_THIN; n++)
		to->thin += (size_t)__builtin_popcountll(cells_with(c, n));

	/* The first cell of the channel's least count, if it beats the rest. */
	unsigned n = 0;
	while (n < COVERAGE_MAX && cells_with(c, n) == 0)
		n++;
	if (to->cells == 0 || n < to->least) {
		unsigned bit = (unsigned)__builtin_ctzll(cells_with(c, n));

		to->least = n;
		to->worst = (struct coverage_cell){
			.channel = channel,
			.speaker = (enum speaker)(bit /
						  (COVERAGE_BITS / N_SPEAKERS)),
			.fault = (enum fault)(bit / (INTENSITY_MAX + 1) %
					      N_FAULTS),
			.intensity = (int)(bit % (INTENSITY_MAX + 1)),
		};
	}
	to->cells += (size_t)COVERAGE_BITS;
}

/* Tell about one category: true to go on. */
static bool
tell(struct counting *c, int category,
     bool (*each)(void *arg, const struct coverage *coverage), void *arg)
{
	const struct library *lib = c->lib;
	const struct counts *counts = counts_of(c, category);

	for (size_t s = 0; s < lib->nstages; s++) {
		struct coverage coverage = {
			.category = category,
			.stage = (int)s,
			.locale = c->locale,
		};

		if (c->stage >= 0 && s != (size_t)c->stage)
			continue;
		for (size_t ch = 0; ch < lib->nchannels; ch++)
			if (stage_faces_customer(lib, (int)s, (int)ch))
				add_channel(&coverage, (int)ch,
					    &counts[s * lib->nchannels + ch]);
		if (coverage.cells > 0 && !each(arg, &coverage))
			return false;
	}
	return true;
}

bool
coverage_each(const struct library *lib, int locale, int category, int stage,
	      bool (*each)(void *arg, const struct coverage *coverage),
	      void *arg)
{
	size_t n = lib->nstages * lib->nchannels;
	struct counting c = { .lib = lib, .locale = locale, .stage = stage };
	struct counts *room = calloc(LIBRARY_MAX_DEPTH * n + 1, sizeof(*room));

	if (room == NULL)
		return false;
	for (size_t i = 0; i < LIBRARY_MAX_DEPTH; i++)
		c.levels[i] = (struct level){ -1, room + i * n };
	for (size_t i = 0; i < lib->ncategories; i++)
		if (category < 0 || i == (size_t)category)
			if (!tell(&c, (int)i, each, arg))
				break;
	free(room);
	return true;
}
