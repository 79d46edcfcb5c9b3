/*
 * audit.c - may this library be published?
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "script/audit.h"
#include "script/audit_lines.h"
#include "script/audit_wording.h"
#include "script/buf.h"
#include "script/coverage.h"
#include "script/library.h"
#include "script/report.h"
#include "script/strtab.h"
#include "script/usable.h"

#define POINTER_SIZE 64

/* --- ways --------------------------------------------------------------- */

/* For each stage the stages that its rows lead to, one bit each. */
struct ways {
	uint64_t to[LIBRARY_MAX_STAGES];
};

static void
add_ways(struct ways *ways, const struct library *lib, size_t from,
	 const struct row_range *range)
{
	for (uint32_t i = 0; i < range->n; i++) {
		uint8_t to = lib->rows[range->first + i].to;

		if (to < lib->nstages)
			ways->to[from] |= UINT64_C(1) << to;
	}
}

/* Every row counts, whatever its guard: it may hold. */
static void
find_ways(struct ways *ways, const struct library *lib)
{
	*ways = (struct ways){ 0 };
	for (size_t s = 0; s < lib->nstages; s++) {
		add_ways(ways, lib, s, &lib->stages[s].rows);
		for (size_t p = 0; p < lib->nprotocols; p++)
			if (lib->protocols[p].own != NULL)
				add_ways(ways, lib, s,
					 &lib->protocols[p].own[s]);
	}

	/* "return" goes back to where the pause was entered from. */
	struct ways direct = *ways;
	for (size_t s = 0; s < lib->nstages; s++) {
		if (!lib->stages[s].pauses)
			continue;
		if (lib->stage_listen != STAGE_NONE)
			ways->to[s] |= UINT64_C(1) << lib->stage_listen;
		for (size_t from = 0; from < lib->nstages; from++)
			if ((direct.to[from] >> s & 1) != 0)
				ways->to[s] |= UINT64_C(1) << from;
	}
}

static uint64_t
entries(const struct library *lib)
{
	uint64_t stages = 0;

	for (size_t p = 0; p < lib->nprotocols; p++)
		stages |= UINT64_C(1) << lib->protocols[p].entry;
	for (size_t c = 0; c < lib->nchannels; c++)
		if (lib->channels[c].is_public &&
		    lib->stage_public != STAGE_NONE)
			stages |= UINT64_C(1) << lib->stage_public;
	return stages;
}

static void
audit_ways(const struct library *lib, struct report *report)
{
	struct ways ways;
	uint64_t reached = entries(lib), out = UINT64_C(1) << lib->stage_done,
		 before;
	char pointer[POINTER_SIZE];

	find_ways(&ways, lib);
	do {
		before = reached;
		for (size_t s = 0; s < lib->nstages; s++)
			if ((reached >> s & 1) != 0)
				reached |= ways.to[s];
	} while (reached != before);
	do {
		before = out;
		for (size_t s = 0; s < lib->nstages; s++)
			if ((ways.to[s] & out) != 0)
				out |= UINT64_C(1) << s;
	} while (out != before);

	for (size_t s = 0; s < lib->nstages; s++) {
		snprintf(pointer, sizeof(pointer), "/stages/%zu", s);
		if ((reached >> s & 1) == 0)
			report_add(report, pointer,
				   "no conversation can reach %s: no row leads "
				   "there from the first stage of a protocol",
				   lib->stages[s].code);
		if ((out >> s & 1) == 0)
			report_add(report, pointer,
				   "there is no way out of %s: no rows lead "
				   "from it to done",
				   lib->stages[s].code);
	}
}

/* --- lines -------------------------------------------------------------- */

/* Where phrases stand in a bundle that is not in canonical order. */
struct places {
	struct strtab by_id;
	bool failed;
};

static const char *
id_at(const json_t *phrases, size_t i)
{
	const char *id = json_string_value(
		json_object_get(json_array_get(phrases, i), "id"));

	return id == NULL ? "" : id;
}

/* The place of phrase ${i} of ${lib} among ${phrases}. */
static size_t
place_of(struct places *places, const struct library *lib, size_t i,
	 const json_t *phrases)
{
	size_t n = json_array_size(phrases);
	const struct phrase *p = &lib->phrases[i];

	if (n == 0 || strcmp(id_at(phrases, i), p->id) == 0)
		return i;
	for (size_t k = places->by_id.n; k < n; k++) {
		const char *id = id_at(phrases, k);
		if (!strtab_add(&places->by_id, id, strlen(id), (uint32_t)k))
			places->failed = true;
	}
	int64_t place = strtab_find(&places->by_id, p->id, p->id_len);
	return place < 0 ? i : (size_t)place;
}

static void
audit_lines(const struct library *lib, const json_t *phrases,
	    struct report *report)
{
	struct rendering r = { 0 };
	struct places places = { 0 };
	struct buf words = { 0 };
	char pointer[POINTER_SIZE];

	for (size_t i = 0; i < lib->nphrases; i++) {
		snprintf(pointer, sizeof(pointer), "/phrases/%zu/text",
			 place_of(&places, lib, i, phrases));
		audit_line(lib, &lib->phrases[i], &r, pointer, report);
		audit_line_words(lib, &lib->phrases[i], pointer, report,
				 &words);
	}
	if (r.text.failed || r.from.failed || r.values.failed ||
	    places.failed || words.failed)
		report->failed = true;
	strtab_free(&places.by_id);
	buf_free(&r.text);
	buf_free(&r.from);
	buf_free(&r.values);
	buf_free(&words);
}

/* --- cells -------------------------------------------------------------- */

#define INTENSITIES ((1u << (INTENSITY_MAX + 1)) - 1)
#define SPEAKER_BITS (COVERAGE_BITS / N_SPEAKERS)
#define SPEAKER_CELLS ((UINT64_C(1) << SPEAKER_BITS) - 1)

/* Empty cells that are told in one line. */
struct hole {
	uint64_t cells;	   /* bits of coverage_bit() */
	uint32_t channels; /* 1 << channel */
	unsigned speakers; /* 1 << speaker */
	unsigned faults;   /* 1 << fault */
	unsigned intensities;
	size_t below; /* categories that have some of it, too */
};

/* A stage has no more: they differ in channel, speaker or fault. */
#define HOLES_MAX (LIBRARY_MAX_CHANNELS * N_SPEAKERS * N_FAULTS)

/* The holes of one root of the category tree at one stage. */
struct cells {
	const struct library *lib;
	struct report *report;
	int root;
	uint32_t facing; /* the channels of the stage, 1 << channel */
	struct hole holes[HOLES_MAX];
	size_t nholes;
};

/* Name the members of ${set} after ${before}; none if it is all of ${whole}. */
static void
add_set(struct buf *to, const char *before, const struct library *lib,
	uint32_t set, uint32_t whole,
	const char *(*name)(const struct library *lib, int i))
{
	if (set == whole)
		return;
	for (; set != 0; set &= set - 1) {
		buf_str(to, before);
		buf_str(to, name(lib, __builtin_ctz(set)));
		before = ", ";
	}
}

static const char *
channel_name(const struct library *lib, int i)
{
	return lib->channels[i].code;
}

static const char *
speaker_name(const struct library *lib, int i)
{
	(void)lib;
	return i == SPEAKER_BOT ? "a bot" : "a person";
}

static const char *
fault_name(const struct library *lib, int i)
{
	(void)lib;
	return fault_code(i);
}

/* "0, 2-4" */
static void
add_intensities(struct buf *to, unsigned set)
{
	const char *before = " at intensity ";

	if (set == INTENSITIES)
		return;
	for (int i = 0; i <= INTENSITY_MAX; i++) {
		int last = i;

		if ((set >> i & 1) == 0)
			continue;
		while ((set >> (last + 1) & 1) != 0)
			last++;
		buf_str(to, before);
		buf_int(to, i);
		if (last > i) {
			buf_char(to, '-');
			buf_int(to, last);
		}
		before = ", ";
		i = last;
	}
}

static void
tell_hole(const struct cells *c, int stage, const struct hole *h)
{
	struct buf where = { 0 };
	char pointer[POINTER_SIZE];

	add_set(&where, " for ", c->lib, h->speakers, (1u << N_SPEAKERS) - 1,
		speaker_name);
	add_set(&where, " on ", c->lib, h->channels, c->facing, channel_name);
	add_set(&where, " when the fault is ", c->lib, h->faults,
		(1u << N_FAULTS) - 1, fault_name);
	add_intensities(&where, h->intensities);
	buf_lit(&where, ", in category ");
	buf_str(&where, c->lib->categories[c->root].code);
	if (h->below > 0) {
		buf_lit(&where, " and ");
		buf_int(&where, (int64_t)h->below);
		buf_lit(&where, " below it");
	}
	buf_char(&where, '\0');
	snprintf(pointer, sizeof(pointer), "/stages/%d", stage);
	if (where.failed)
		c->report->failed = true;
	else
		report_add(c->report, pointer,
			   "%s has no line that needs no value and grants "
			   "nothing%s",
			   c->lib->stages[stage].code, where.ptr);
	buf_free(&where);
}

/* Add empty cells of ${channel}; equal ones of several channels are one. */
static void
add_hole(struct cells *c, int channel, unsigned speakers, unsigned faults,
	 unsigned intensities)
{
	struct hole new = {
		.channels = UINT32_C(1) << channel,
		.speakers = speakers,
		.faults = faults,
		.intensities = intensities,
	};

	for (size_t i = 0; i < c->nholes; i++) {
		struct hole *h = &c->holes[i];

		if (h->speakers == speakers && h->faults == faults &&
		    h->intensities == intensities) {
			h->channels |= new.channels;
			return;
		}
	}
	for (unsigned s = 0; s < N_SPEAKERS; s++)
		for (unsigned f = 0; f < N_FAULTS; f++)
			if ((speakers >> s & 1) != 0 && (faults >> f & 1) != 0)
				new.cells |= (uint64_t)intensities
					     << coverage_bit((enum speaker)s,
							     (enum fault)f, 0);
	c->holes[c->nholes++] = new;
}

/* The same intensities for several faults make one hole. */
static void
split_faults(struct cells *c, int channel, unsigned speakers, uint64_t cells)
{
	unsigned done = 0;

	for (unsigned f = 0; f < N_FAULTS; f++) {
		unsigned own = (unsigned)(cells >> f * (INTENSITY_MAX + 1)) &
			       INTENSITIES,
			 faults = 0;

		if (own == 0 || (done >> f & 1) != 0)
			continue;
		for (unsigned g = f; g < N_FAULTS; g++)
			if (((unsigned)(cells >> g * (INTENSITY_MAX + 1)) &
			     INTENSITIES) == own)
				faults |= 1u << g;
		done |= faults;
		add_hole(c, channel, speakers, faults, own);
	}
}

static void
split_speakers(struct cells *c, int channel, uint64_t cells)
{
	uint64_t human = cells & SPEAKER_CELLS, bot = cells >> SPEAKER_BITS;

	if (human == bot) {
		split_faults(c, channel,
			     1u << SPEAKER_HUMAN | 1u << SPEAKER_BOT, human);
		return;
	}
	split_faults(c, channel, 1u << SPEAKER_HUMAN, human);
	split_faults(c, channel, 1u << SPEAKER_BOT, bot);
}

/* Count a category below the root in the holes that it has, too. */
static bool
count_below(void *arg, const struct coverage *coverage)
{
	struct cells *c = arg;
	int up = coverage->category;

	while (c->lib->categories[up].parent >= 0)
		up = c->lib->categories[up].parent;
	if (up != c->root || coverage->category == c->root)
		return true;
	for (size_t i = 0; i < c->nholes; i++) {
		struct hole *h = &c->holes[i];

		for (size_t ch = 0; ch < c->lib->nchannels; ch++) {
			if ((h->channels >> ch & 1) != 0 &&
			    (h->cells & coverage->holes[ch]) != 0) {
				h->below++;
				break;
			}
		}
	}
	return true;
}

/* One stage of a root.  What a root has, all below it have, so that only the
 * roots need be looked at; the rest is told as a number. */
static bool
audit_stage(void *arg, const struct coverage *coverage)
{
	struct cells *c = arg;

	if (coverage->empty == 0)
		return true;
	c->nholes = 0;
	c->facing = 0;
	for (size_t ch = 0; ch < c->lib->nchannels; ch++) {
		if (stage_faces_customer(c->lib, coverage->stage, (int)ch))
			c->facing |= UINT32_C(1) << ch;
		if (coverage->holes[ch] != 0)
			split_speakers(c, (int)ch, coverage->holes[ch]);
	}
	if (!coverage_each(c->lib, 0, -1, coverage->stage, count_below, c))
		c->report->failed = true;
	for (size_t i = 0; i < c->nholes; i++)
		tell_hole(c, coverage->stage, &c->holes[i]);
	return true;
}

static void
audit_cells(const struct library *lib, struct report *report)
{
	struct cells c = { .lib = lib, .report = report };

	for (size_t i = 0; i < lib->ncategories; i++) {
		if (lib->categories[i].parent >= 0)
			continue;
		c.root = (int)i;
		if (!coverage_each(lib, 0, (int)i, -1, audit_stage, &c))
			report->failed = true;
	}
}

void
audit(const struct library *lib, const json_t *bundle, struct report *report)
{
	audit_ways(lib, report);
	audit_lines(lib, json_object_get(bundle, "phrases"), report);
	audit_words(lib, json_object_get(bundle, "stages"), report);
	audit_cells(lib, report);
}
