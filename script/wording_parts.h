/*
 * wording_parts.h - what the files that check a draft share; nobody else's.
 *
 *   wording.c             the phrase rules; findings in order
 *   wording_structural.c  the draft as a whole
 *   wording_traits.c      names, numbers and capitals in it
 */
#ifndef SCRIPT_WORDING_PARTS_H
#define SCRIPT_WORDING_PARTS_H

#include "script/wording.h"

/* A run of bytes of the draft. */
struct span {
	uint32_t at, end;
};

/* The cues of structural tests: how many, where the first two are. */
struct cues {
	uint32_t n[N_DRAFT_CUES];
	struct span at[N_DRAFT_CUES][2];
	uint32_t last[N_DRAFT_CUES]; /* token of the latest */
};

/* Findings while they are made. */
struct check {
	const struct library *lib;
	const struct draft *draft;
	struct finding *out;
	size_t n;
	bool more;
	/* beside out: tokens, and whether an "except" took it back */
	uint32_t first[WORDING_MAX], last[WORDING_MAX];
	bool taken_back[WORDING_MAX];
	/* by rule: 1 + the last token of its latest "except" */
	uint32_t spared[WORDING_RULES];
	struct cues cues;
	struct matcher_run run;
};

/* Add what rule ${rule} finds in the bytes ${span}. */
void check_add(struct check *c, size_t rule, struct span span);

/* Run the automaton over ${text}; of a text ${said} only cues are counted. */
void check_words(struct check *c, const char *text, size_t len, bool said);

/* All structural rules; the words of the draft have been looked at. */
void check_structure(struct check *c);

/* --- traits: call ${found} for each --------------------------------------- */

/* Two words or more in capitals. */
void check_shouting(struct check *c, size_t rule);

/* {names}, [Names], ___ and XXXX: what was not filled in. */
void check_unfilled(struct check *c, size_t rule);

/* Numbers of orders and phones, mail, streets. */
void check_private(struct check *c, size_t rule);

/* A date or a time in digits, or a {name} that stands for one. */
bool check_has_time(const struct check *c);

#endif /* !SCRIPT_WORDING_PARTS_H */
