/*
 * reading_parts.h - what the files that read messages share; nobody else's.
 *
 *   reading.c         the way through a message
 *   reading_lists.c   what each list of cues is for, and compiling them
 *   reading_word.c    words as people write them: stretched, misspelt, masked
 *   reading_mood.c    points of anger and content, and the heat
 *   reading_abuse.c   insults: who they are for
 *   reading_signals.c signals, categories, and what drives
 */
#ifndef SCRIPT_READING_PARTS_H
#define SCRIPT_READING_PARTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "script/library.h"
#include "script/matcher.h"
#include "script/reading.h"
#include "script/tokens.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* What a list does. */
enum cue_kind {
	CUE_ANGER,   /* points of anger */
	CUE_CONTENT, /* points of content */
	CUE_SARCASM, /* points of anger, and praise is none */
	CUE_PROFANE, /* points of anger, unless it stresses praise */
	CUE_ROLE,    /* says something of the words near it */
	CUE_INSULT,  /* abusive, if it is for a person */
	CUE_SIGNAL,  /* its signal */
	CUE_SHORT,   /* its signal, if the message is hardly more */
	CUE_VETO,    /* not its signal: voids the cues that it overlaps */
	CUE_PLAIN,   /* known words: no misspelling of others */
	CUE_DRAFT,   /* for drafts (wording.h); nothing here */
	CUE_CATEGORY /* no list: a keyword of a category */
};

/* Roles of words, as bits. */
#define ROLE_NEGATION 1u
#define ROLE_INTENSIFY 2u
#define ROLE_DAMPEN 4u
#define ROLE_FIRST 8u	 /* I, my */
#define ROLE_SECOND 16u	 /* you */
#define ROLE_YOURS 32u	 /* your */
#define ROLE_THIRD 64u	 /* he, they */
#define ROLE_PERSON 128u /* staff, woman */
#define ROLE_PROFANE 256u
#define ROLE_CAPS 512u /* not of the word but of its writing */
#define ROLE_STRETCH 1024u
#define ROLE_ENDS 2048u	 /* a mark that ends a sentence */
#define ROLE_MARK 4096u	 /* any other mark */
#define ROLE_COMMA 8192u /* comes after a comma */

struct cue_list {
	const char *name;
	uint8_t kind;	    /* enum cue_kind */
	uint16_t role;	    /* of CUE_ROLE and CUE_PROFANE */
	const char *signal; /* of CUE_SIGNAL, CUE_SHORT, CUE_VETO, or NULL */
};

extern const struct cue_list cue_lists[];
extern const size_t ncue_lists;

struct cue {
	uint8_t kind, list; /* list: in cue_lists */
	uint8_t weight;	    /* 1 to 3; of a keyword: its words */
	int16_t number;	    /* of the signal or the category, or -1 */
};

struct emoticon {
	char text[8];
	uint8_t len, list, weight;
};

#define MASK_MAX 14

/* A word that people write with stars in it. */
struct masked {
	uint32_t word;
	uint8_t len;
	char text[MASK_MAX];
};

struct reading {
	struct vocab vocab;
	struct matcher matcher;
	struct cue *cues;
	size_t ncues;
	uint16_t *roles;       /* by word */
	const char **words;    /* by word; NULL where none is corrected to it */
	uint32_t *slots;       /* spelling: words by the hash of a deletion */
	uint32_t nslots;       /* a power of two, or 0 */
	struct masked *masked; /* by first letter, then as listed */
	uint32_t mask_first[27];
	struct emoticon emoticons[64];
	size_t nemoticons;
	uint8_t starts[32];  /* bit: an emoticon begins with that byte */
	uint8_t seconds[32]; /* .. and goes on with that one */
	int abusive, threat, angrier, calmer, facts, told; /* or -1 */
};

struct library_builder;

/* Compile the cues and keywords of the bundle into b->lib->reading. */
void builder_reading(struct library_builder *b);

/* Free what is not in the arena; what it holds besides the arena. */
void reading_free(struct reading *r);
size_t reading_bytes(const struct reading *r);

/* --- words --------------------------------------------------------------- */

#define SPELL_MIN 4 /* letters of a word that is corrected */
#define SPELL_MAX 20

/* Make r->slots of r->words; false if out of memory. */
bool reading_spell_build(struct reading *r, struct arena *a);

/*
 * The word that the ${len} folded bytes at ${w} are meant to be, or 0;
 * ${stretched} is set if letters were repeated.
 */
uint32_t reading_word(const struct reading *r, const char *w, size_t len,
		      bool *stretched);

/* The word behind f**k, a$$, sh1t at ${at}; ${end} is set behind it; or 0. */
uint32_t reading_masked(const struct reading *r, const char *text, size_t len,
			size_t at, size_t *end);

/* --- hearing ------------------------------------------------------------- */

#define RECENT 64  /* tokens that are remembered; a power of two */
#define KEPT 8	   /* hits of one signal that are kept */
#define MOODS 16   /* hits that a longer one may still replace */
#define TOUCHED 64 /* categories in one message */

struct found {
	uint32_t first, last; /* tokens */
	struct heard_span span;
	int points;	/* mood */
	uint16_t score; /* signals */
	uint8_t list;
	bool is_short;
	bool is_mild; /* mood: of weight 1 */
};

struct found_signal {
	uint8_t nhits, nvetoes;
	struct found hits[KEPT], vetoes[KEPT];
};

struct hearing {
	const struct library *lib;
	const struct reading *r;
	const char *text;
	size_t len;
	struct heard *out;
	uint32_t now;  /* tokens so far */
	uint32_t told; /* bytes up to the end of the last token */
	uint16_t roles[RECENT];
	uint32_t words, caps, letters; /* counted in words */
	uint32_t exclaims, questions, doubled;
	/* mood */
	struct found moods[MOODS];
	size_t nmoods;
	int64_t anger, content, mild_anger, mild_content;
	bool sarcasm;
	/* insults */
	struct found insult; /* the last, while its target may still follow */
	uint8_t insult_weight;
	bool insult_open;
	/* facts */
	uint32_t numbers;
	struct heard_span number_spans[HEARD_SPANS];
	/* signals and categories */
	struct found_signal signals[LIBRARY_MAX_SIGNALS];
	size_t ntouched;
	struct {
		int number, points;
		uint8_t nspans;
		int newest;    /* points of the last hit */
		uint32_t last; /* its last token */
		struct heard_span spans[HEARD_SPANS];
	} touched[TOUCHED];
	struct matcher_run run;
};

/* What the token ${i} was, of the last RECENT ones. */
static inline unsigned
role_at(const struct hearing *h, uint32_t i)
{
	return h->roles[i % RECENT];
}

void mood_hit(struct hearing *h, const struct cue *cue, const struct match *m);
void mood_add(struct hearing *h, uint8_t list, int points,
	      struct heard_span span);
void mood_done(struct hearing *h); /* heat, intensity, because */

void abuse_hit(struct hearing *h, const struct cue *cue, const struct match *m);
void abuse_token(struct hearing *h); /* after each token */
void abuse_done(struct hearing *h);

void signal_found(struct hearing *h, int number, const struct found *f);
void signal_hit(struct hearing *h, const struct cue *cue,
		const struct match *m);
void category_hit(struct hearing *h, const struct cue *cue,
		  const struct match *m);
void signals_mood(struct hearing *h); /* what they add to the anger */
void signals_done(struct hearing *h);

#endif /* !SCRIPT_READING_PARTS_H */
