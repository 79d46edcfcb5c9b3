/*
 * coverage.h - for whom is there something to say, and for whom too little?
 *
 * A cell is a category, a stage, a channel, a speaker, a fault and an
 * intensity.  What counts is a line that anybody may be told there at any
 * time: it needs no value, grants nothing and has no "when".  As in choosing a
 * line, what a category lacks its parents lend.
 *
 * Only cells in front of a customer count: an internal stage has none, and
 * public_reply none off a public channel.
 */
#ifndef SCRIPT_COVERAGE_H
#define SCRIPT_COVERAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "script/library.h"

/* With fewer lines than this a cell is thin: the third time they repeat. */
#define COVERAGE_THIN 3

/* Counting stops here: so many lines, or more. */
#define COVERAGE_MAX 15

/* The bits of a set of cells of one channel. */
#define COVERAGE_BITS (N_SPEAKERS * N_FAULTS * (INTENSITY_MAX + 1))

struct coverage_cell {
	int channel;
	enum speaker speaker;
	enum fault fault;
	int intensity;
};

/* One category and stage in one locale. */
struct coverage {
	int category, stage, locale;
	unsigned least; /* lines in its worst cell, at most COVERAGE_MAX */
	size_t cells, empty, thin;  /* empty ones are not thin */
	struct coverage_cell worst; /* a cell with ${least} lines */
	/* by channel: the empty cells, see coverage_bit() */
	uint64_t holes[LIBRARY_MAX_CHANNELS];
};

/**
 * coverage_each(lib, locale, category, stage, each, arg):
 * Call ${each} for every category and stage of ${lib}, or only for ${category}
 * or ${stage} where they are not -1, in the order of the library, until it
 * returns false.  What it is given is good until it returns.  Stages that
 * never face a customer are left out.  Return false if out of memory.
 */
bool coverage_each(const struct library *lib, int locale, int category,
		   int stage,
		   bool (*each)(void *arg, const struct coverage *coverage),
		   void *arg);

/* The number of a cell's bit within its channel, and the cell of a bit. */
static inline unsigned
coverage_bit(enum speaker speaker, enum fault fault, int intensity)
{
	return ((unsigned)speaker * N_FAULTS + (unsigned)fault) *
		       (INTENSITY_MAX + 1) +
	       (unsigned)intensity;
}

#endif /* !SCRIPT_COVERAGE_H */
