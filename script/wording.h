/*
 * wording.h - what in an agent's draft will make an upset customer angrier.
 *
 * The rules are content of the library ("wording_rules"), compiled when the
 * snapshot is built.  Phrase rules look for words (matcher.h has the language
 * of their patterns); structural rules look at the draft as a whole, and only
 * when what they need to know was said.  See builder_words.c for how they come
 * about.  Any thread may check with one library.
 */
#ifndef SCRIPT_WORDING_H
#define SCRIPT_WORDING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "script/fill.h"
#include "script/library.h"
#include "script/matcher.h"
#include "script/tokens.h"

#define WORDING_MAX 256	   /* findings in one text */
#define WORDING_RULES 1024 /* rules in one library */

enum severity {
	SEVERITY_INFO,
	SEVERITY_LOW,
	SEVERITY_MEDIUM,
	SEVERITY_HIGH,
	N_SEVERITIES
};

/* How a rule looks at a draft: its ${sub}, for all but the first. */
enum rule_test {
	TEST_PHRASE,	 /* for words */
	TEST_NO_APOLOGY, /* given stage: apologize, or fault ours before it */
	TEST_OVER_APOLOGY,
	TEST_NO_NEXT_STEP, /* given stage agree, defer or handover */
	TEST_TOO_LONG,	   /* given a channel */
	TEST_REPEATED_LINE,
	TEST_NO_NAME, /* given customer_name, and nothing said before */
	TEST_SHOUTING,
	TEST_SOLUTION_FIRST, /* "solution_before_empathy": from intensity 3 */
	TEST_WE_OVER_I,	     /* given a human speaker */
	TEST_UNFILLED,	     /* "unfilled_placeholder" */
	TEST_PRIVATE_DATA,   /* "private_data_in_public": a public channel */
	TEST_YES_NO_OPTION,  /* given stage propose */
	N_TESTS
};

struct wording_rule {
	struct frag id;	    /* W01; these four need no escape */
	struct frag cls;    /* blame; of structural rules: draft */
	struct frag name;   /* of the class: Blame, Policy hiding */
	struct frag sub;    /* hindsight */
	struct frag why;    /* JSON-escaped */
	struct frag about;  /* JSON-escaped: its example, or what it tests */
	struct frag claims; /* ["S4-12","S3-10"] */
	struct frag better; /* a compiled template (library.h); len 0: none */
	struct frag needs;  /* placeholders (bytes) that it must have */
	uint64_t exempt;    /* 1 << stage: silent there */
	uint8_t severity;   /* enum severity */
	uint8_t test;	    /* enum rule_test */
};

/* Lists of cues that structural tests look for: DRAFT_APOLOGY ... */
enum draft_cue {
	CUE_APOLOGY,
	CUE_FEELING,
	CUE_REMEDY,
	CUE_TIME,
	CUE_OPTION,
	N_DRAFT_CUES
};

/* The rules of a library; library.wording, never NULL. */
struct wording {
	struct wording_rule *rules; /* phrase rules, then the others */
	size_t nrules, nphrases;    /* of all; of these, phrase rules */
	struct vocab vocab;
	/* numbers: 2 * rule, + 1 for an "except"; then N_DRAFT_CUES */
	struct matcher matcher;
	bool has_cue[N_DRAFT_CUES];
	int customer_name; /* the placeholder, or -1 */
	/* stages that structural tests ask for, or STAGE_NONE */
	uint8_t apologize, validate, propose, agree, defer, handover;
	struct frag *keywords;	 /* of categories, those of one word: */
	uint32_t *first_keyword; /* by category; one more at the end */
};

/* A draft, and what is known of where it shall be said. */
struct draft {
	const char *text; /* UTF-8, less than 4 GiB */
	size_t len;
	int stage;    /* STAGE_NONE: not said */
	int category; /* -1: not said; so are these: */
	int channel;
	int speaker;
	int fault;
	int intensity;
	const struct values *values; /* or NULL */
	const struct frag *said;     /* earlier replies */
	size_t nsaid;
};

/* Nothing said but the text. */
#define DRAFT_OF(text_, len_) \
	((struct draft){ .text = (text_), \
			 .len = (len_), \
			 .stage = STAGE_NONE, \
			 .category = -1, \
			 .channel = -1, \
			 .speaker = -1, \
			 .fault = -1, \
			 .intensity = -1 })

struct finding {
	uint32_t rule;	  /* number in wording.rules */
	uint32_t at, end; /* bytes: the words that matter */
	uint32_t sentence_at,
		sentence_end; /* bytes: the sentences they are in */
};

/**
 * wording_check(lib, draft, out, more):
 * Write what the rules of ${lib} find in ${draft} to ${out}, which has room for
 * WORDING_MAX, by place, then by rule.  Return how many there are; ${more} says
 * that there was more than room.  One rule finds the same words once.
 */
size_t wording_check(const struct library *lib, const struct draft *draft,
		     struct finding *out, bool *more);

/**
 * wording_phrases(lib, text, len, stage, out, more):
 * The same with the phrase rules alone.
 */
size_t wording_phrases(const struct library *lib, const char *text, size_t len,
		       int stage, struct finding *out, bool *more);

/**
 * wording_better(out, lib, rule, values, form):
 * Append the better wording of ${rule} (which has one) with ${values} in it
 * (or NULL).  False if a value that it needs is missing; "…" stands there then.
 */
bool wording_better(struct buf *out, const struct library *lib,
		    const struct wording_rule *rule,
		    const struct values *values, enum fill_form form);

/* "high" and so on; the number of a code, or -1. */
const char *severity_code(enum severity severity);
int severity_find(const char *code);

/* The number of the ${sub} of a structural rule, or -1. */
int rule_test_find(const char *sub);

/* The names of the lists, by enum draft_cue: "DRAFT_APOLOGY" ... */
extern const char *const draft_cues[N_DRAFT_CUES];

#endif /* !SCRIPT_WORDING_H */
