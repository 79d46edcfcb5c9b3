/*
 * reading.h - what a customer's message shows: how angry they are, what they
 * signal, what it is about.
 *
 * All of it comes from cue lists that are content of the library ("cues" and
 * the keywords of categories); what each list does stands in reading_lists.c.
 * Nobody's words are judged by anything else, and every result says by which
 * words it was found, so that an agent can be told why.
 *
 * How the intensity is made.  Each cue of the lists ANGER, EMOJI_ANGRY,
 * EMOJI_SAD, PROFANE and SARCASM gives points of anger, each of CALM, PRAISE
 * and EMOJI_GLAD points of content: 1 to 3 by its weight in the list.  Where
 * cues overlap, the longest counts.  Then
 *   - after a word of NEGATION (up to 3 words before) a cue changes sides:
 *     "not happy" is anger, "not bad" is half a point of content;
 *   - a word of INTENSIFY before it makes one and a half of it, one of DAMPEN
 *     a half, capitals and stretched letters add a quarter;
 *   - swearing right before praise is none;
 *   - ! adds to the side that leads, ?? and ?! to anger, so does shouting;
 *   - cues of weight 1 count less and less, above all in a long message;
 *   - next to anger praise counts less, and next to SARCASM hardly at all.
 * What is signalled with a score of 500 or more adds to the anger, too: an
 * insult up to 2 points, a threat 3, the law or a manager 1.  Anger less
 * content, from calm to no end, is the heat of 0 to 1000; where it
 * crosses 150, 380, 500 and 650 begin the intensities 1 to 4.
 *
 * Anger is not abuse: `abusive` is for insults that have a person near them
 * (words of SECOND, THIRD, PERSON) and for what is said at nobody else
 * (ABUSE_MW).  It and `threat` are for a person to confirm; neither drives.
 *
 * Integers only: the same text gives the same answer everywhere.  Time is
 * linear; nothing is allocated; any thread may ask.
 */
#ifndef SCRIPT_READING_H
#define SCRIPT_READING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf;
struct library;

#define HEARD_SIGNALS 24
#define HEARD_CATEGORIES 8
#define HEARD_SPANS 4	 /* of one result; the first ones */
#define HEARD_BECAUSE 12 /* of the intensity; the strongest ones */

struct heard_span {
	uint32_t at, end; /* bytes of the text */
};

/* A signal or a category. */
struct heard_item {
	int number; /* in the library */
	int score;  /* per mille */
	bool confirm;
	uint8_t nspans;
	struct heard_span spans[HEARD_SPANS]; /* in order */
};

/* What made the heat: points (per mille of one) of anger, or of content. */
struct heard_because {
	struct heard_span span;
	int points;	  /* below 0: content */
	const char *list; /* of the cue: "ANGER" */
};

struct heard {
	int intensity; /* 0 to INTENSITY_MAX */
	int heat;      /* per mille, finer */
	size_t nsignals, ncategories, nbecause;
	struct heard_item signals[HEARD_SIGNALS]; /* highest score first */
	struct heard_item categories[HEARD_CATEGORIES];
	struct heard_because because[HEARD_BECAUSE]; /* as they are said */
	struct heard_item told; /* what drives when nothing else does */
};

/**
 * reading_hear(lib, text, len, out):
 * Read the ${len} bytes (less than 4 GiB) at ${text} into ${out}.
 */
void reading_hear(const struct library *lib, const char *text, size_t len,
		  struct heard *out);

/**
 * reading_drives(lib, h):
 * The signal of ${h} that a turn is made of; never one to confirm.  What the
 * customer asks for goes before what they say of the matter, and that before
 * their mood:
 *
 *   asks_manager, asks_human, legal, corrects, rejects, unsatisfied,
 *   new_issue, only_heard, satisfied, accepts, leaves, confirms, angrier,
 *   gives_facts, told, calmer
 *
 * The first of these with a score of 500 or more; else the one with the
 * highest score; with none at all `told` with score 0 (number -1 if ${lib}
 * does not have it).
 */
const struct heard_item *reading_drives(const struct library *lib,
					const struct heard *h);

#endif /* !SCRIPT_READING_H */
