/*
 * library.h - the snapshot: one release of the knowledge, ready to answer.
 *
 * A library is built once, from a bundle or from rows, checked while it is
 * built, and never changed after: any thread may read it.  Everything lives
 * in one arena and goes in one free.  Text is kept as it is needed: JSON
 * fragments already escaped, templates already compiled, codes already
 * numbers.  Nothing on the way of a look-up allocates or locks.
 *
 * Who uses it holds a reference: library_ref() / library_unref().
 */
#ifndef SCRIPT_LIBRARY_H
#define SCRIPT_LIBRARY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#include "script/terms.h"

struct report;
struct wording;
struct reading;

/* What a library may hold; a bundle with more is refused. */
#define LIBRARY_MAX_STAGES 64
#define LIBRARY_MAX_SIGNALS 64
#define LIBRARY_MAX_CHANNELS 32
#define LIBRARY_MAX_PLACEHOLDERS 256
#define LIBRARY_MAX_CATEGORIES 4096
#define LIBRARY_MAX_PROTOCOLS 256
#define LIBRARY_MAX_OFFERS 64
#define LIBRARY_MAX_LOCALES 32
#define LIBRARY_MAX_GROUPS 4 /* [[...]] in one template */
#define LIBRARY_MAX_DEPTH 8  /* of the category tree */

/* A run of bytes in the arena; not NUL-terminated unless said. */
struct frag {
	const char *ptr;
	uint32_t len;
};

/* Rows of one stage within library.rows: sorted by signal, then priority. */
struct row_range {
	uint32_t first, n;
};

struct row {
	struct effects effects;
	uint32_t guard; /* bits that must hold */
	uint8_t signal;
	uint8_t to; /* a stage, or STAGE_RETURN */
	bool wild;  /* from a "*" row: it outranks the caller's wish */
};

#define STAGE_NONE 255	 /* no stage */
#define STAGE_RETURN 254 /* a row's target: the stage before the silence */

struct item {		  /* a "do" or an "avoid" of a stage */
	struct frag id;	  /* "validate/do/1" */
	struct frag text; /* JSON-escaped */
};

struct stage {
	const char *code;   /* NUL-terminated */
	struct frag quoted; /* the same in quotation marks */
	struct frag name;   /* JSON-escaped */
	struct frag goal;   /* JSON-escaped */
	struct frag
		head; /* {"code":..,"name":..,"kind":..,"goal":..,"done_when":..}
		       */
	struct frag dos,
		avoids; /* the whole arrays, [{"id":..,"text":..},..] */
	struct item *do_items, *avoid_items;
	uint8_t ndo, navoid;
	uint8_t kind;	/* enum stage_kind */
	bool shared;	/* belongs to every protocol */
	bool pauses;	/* has a row to "return": keeps the stage before it */
	bool is_public; /* the stage "public_reply": speaks on public channels
			   only */
	int ord;
	uint8_t hold_until; /* a stage, or STAGE_NONE: not before that one */
	struct frag hold_because; /* JSON-escaped */
	struct effects on_exit;
	struct row_range rows; /* common rows, "*" ones merged in */
	struct frag json;      /* the whole item, as in the bundle */
	uint64_t hash;
};

struct signal {
	const char *code;
	struct frag quoted; /* the same in quotation marks */
	uint8_t source;
	struct frag json;
};

struct protocol {
	const char *code;
	struct frag head;   /* {"code":"heart","name":"HEART","step": */
	uint8_t entry;	    /* its first stage */
	uint64_t visits;    /* 1 << stage: it lists it, or all share it */
	struct frag *steps; /* by stage: {"n":..,"of":..,"name":..} or null */
	struct row_range
		*own; /* by stage; NULL when it has no rows of its own */
	struct frag json;
};

struct category {
	const char *code;
	struct frag head; /* {"code":"delivery.late","name":"Late or lost
			     delivery"} */
	int parent;	  /* -1 at the root */
	uint8_t fault;	  /* default */
	uint64_t offers;  /* the bits of its resolutions that lines may offer */
	struct frag
		questions; /* of its "prevent":
			      {"id":"delivery.late/question/1","text":".."},..
			    */
	struct frag json;
	uint64_t hash;
};

struct channel {
	const char *code;
	bool live, body, voice, is_public;
	int max_words;
	int silence_seconds; /* 0: has none */
	struct frag
		*delivery; /* by stage * N_SPEAKERS + speaker: ["..",".."] */
	struct frag json;
};

struct placeholder {
	const char *name;
	uint8_t type;
	bool is_private;
	struct frag standard; /* default value, raw; len 0: none */
	struct frag example;  /* raw */
	const char **follows; /* what may stand before it; none: anything */
	size_t nfollows;
	struct frag
		ask; /* {"name":..,"type":..,"meaning":..,"example":..,"unlocks":
		      */
	struct frag json;
};

/*
 * A compiled template is JSON-escaped text with marks that no text can hold:
 *   \1 N      placeholder number N (one byte)
 *   \2 L H    [[ : if a value inside is missing, skip the L + 256 H bytes
 *             that follow these three, up to and with the \3
 *   \3        ]]
 */
#define MARK_VALUE '\1'
#define MARK_GROUP '\2'
#define MARK_END '\3'

/*
 * Where each signal leads from a stage, made beforehand for one case: the
 * default protocol, (facts of the state & guards) == facts.  That is a person
 * on a live channel to whom nothing special has happened; bots, callers who
 * were warned and other protocols mostly have their list made anew.
 */
struct usual {
	uint32_t guards, facts;
	uint8_t *to;	  /* by signal: a stage, or STAGE_NONE */
	struct frag json; /* [{"signal":..,"to":..},..]; len 0: depends on more
			   */
};

/*
 * Where a phrase may be said, as a set of bits, so that most of the question
 * is one AND: first a bit for each channel, then
 */
#define FITS_FAULT 32	  /* + enum fault */
#define FITS_INTENSITY 36 /* + intensity */
#define FITS_PUBLIC 41	  /* on a public channel: it needs nothing private */
#define FITS_TOLD 42	  /* + enum speaker: to the customer */
#define FITS_KEPT 44	  /* + enum speaker: to oneself, or within the house */

_Static_assert(LIBRARY_MAX_CHANNELS <= FITS_FAULT &&
		       N_FAULTS <= FITS_INTENSITY - FITS_FAULT &&
		       INTENSITY_MAX < FITS_PUBLIC - FITS_INTENSITY &&
		       N_SPEAKERS <= FITS_KEPT - FITS_TOLD,
	       "each has the bits that it needs");

struct phrase {
	const char *id;	      /* NUL-terminated */
	const char *text;     /* compiled template */
	const uint8_t *needs; /* placeholders that must have a value */
	uint16_t id_len, text_len;
	uint8_t nneeds;
	bool plain;	    /* the template has no mark at all */
	bool needs_private; /* one of ${needs} is private */
	bool true_only;
	uint8_t voice, fault, tone; /* fault may be FAULT_ANY */
	uint8_t lo, hi;		    /* intensity */
	uint8_t locale;
	uint8_t stage;
	uint16_t category;
	uint16_t when;	 /* into library.conditions; 0 always holds */
	uint32_t tail;	 /* into library.tails; here it fills a gap */
	uint64_t fits;	 /* where it may be said: FITS_ bits */
	uint64_t offers; /* 1 << offer */
	uint64_t hash;
	uint32_t purpose; /* into library.purposes */
	uint32_t n;	  /* the last part of its id */
};

/* The channels of ${p}: 1 << channel; all of the bits for "any". */
static inline uint32_t
phrase_channels(const struct phrase *p)
{
	return (uint32_t)p->fits;
}

struct library {
	int release;
	struct stage *stages;
	struct signal *signals;
	struct protocol *protocols;
	struct category *categories;
	struct channel *channels;
	struct placeholder *placeholders;
	struct phrase *phrases; /* by category, stage, n */
	uint32_t *cells; /* category * nstages + stage: first phrase; one more
			    at the end */
	struct row *rows;
	struct frag
		*ways; /* by signal * nstages + to: ,{"signal":..,"to":..} */
	struct usual *usual; /* by stage */
	struct condition *conditions;
	struct frag
		*tails; /* ,"true_only":false,"offers":[],"claims":["S0-11"]} */
	struct frag *leads;    /* by locale * N_TONES + tone:
				  ","locale":"en","tone":"warm","fallback": */
	struct frag *purposes; /* JSON-escaped */
	const char **offers;   /* codes */
	const char **locales;  /* codes; 0 is the default */
	size_t nstages, nsignals, nprotocols, ncategories, nchannels,
		nplaceholders, nphrases, noffers, nlocales;
	int limits[N_COUNTERS]; /* max_warnings ... */
	int default_protocol;
	int default_channel; /* live_chat, or the first */
	int signal_next;     /* the signal "next", or -1 */
	int stage_done, stage_listen, stage_public; /* or STAGE_NONE */
	int followup_days;
	/* after a hard conversation */
	int breather_minutes, breather_intensity, breather_reescalations;
	struct frag breather_why[3]; /* abuse, loops, intensity: JSON-escaped */
	/* the rest of the bundle, ready to list; each a canonical object */
	struct frag *facts, *principles, *sources, *rules;
	size_t nfacts, nprinciples, nsources, nrules;
	const struct wording *wording; /* rules for drafts: wording.h */
	struct reading *reading;       /* cues and keywords, compiled */
	struct library_private *priv;  /* arena, indexes, reference count */
};

/*
 * Look a code up.  Return its number, or -1.  stage_find also takes aliases.
 */
int library_stage(const struct library *lib, const char *code, size_t len);
int library_signal(const struct library *lib, const char *code, size_t len);
int library_protocol(const struct library *lib, const char *code, size_t len);
int library_category(const struct library *lib, const char *code, size_t len);
int library_channel(const struct library *lib, const char *code, size_t len);
int library_placeholder(const struct library *lib, const char *name,
			size_t len);
int library_offer(const struct library *lib, const char *code, size_t len);
int64_t library_phrase(const struct library *lib, const char *id, size_t len);

/**
 * library_locale(lib, code, len):
 * The number of the locale ${code}, or of its language if only that one is
 * there ("en-GB" is "en"), or -1.
 */
int library_locale(const struct library *lib, const char *code, size_t len);

/**
 * library_ref(lib), library_unref(lib):
 * Take and give back a reference.  The last one frees.  NULL is allowed.
 */
struct library *library_ref(struct library *lib);
void library_unref(struct library *lib);

/**
 * library_bytes(lib):
 * The memory that ${lib} holds, in bytes.
 */
size_t library_bytes(const struct library *lib);

/* --- building ---------------------------------------------------------- */

/* One phrase as it stands in a row.  Lists are codes with a space between. */
struct phrase_row {
	const char *id, *category, *stage, *purpose, *text, *fault, *speaker,
		*channels, *tone, *locale, *when, *offers, *seeds;
	int lo, hi;
	bool true_only;
};

struct library_builder;

/**
 * library_builder_new(head, release, report):
 * Begin a library of release ${release} from ${head}, a bundle in canonical
 * form (bundle_read()); its "phrases" are not looked at.  Borrows ${head} until
 * library_builder_finish() and ${report} too; what does not hold is reported
 * there with a pointer into the bundle.  NULL if out of memory.
 */
struct library_builder *library_builder_new(const json_t *head, int release,
					    struct report *report);

/**
 * library_builder_phrase(b, row):
 * Add a phrase.  Copies ${row}.  The i-th call is reported as /phrases/i.
 */
void library_builder_phrase(struct library_builder *b,
			    const struct phrase_row *row);

/**
 * library_builder_finish(b):
 * Check what must hold between the parts (every reference resolves, every
 * guard, effect and condition is of the closed sets, every template compiles
 * and its placeholders are declared, ids are unique) and return the library
 * with one reference.  NULL if anything was reported or memory ran out.
 * Frees ${b} either way.
 */
struct library *library_builder_finish(struct library_builder *b);

/**
 * library_from_bundle(bundle, release, report):
 * The three calls above in one, for a bundle with its phrases inside.
 */
struct library *library_from_bundle(const json_t *bundle, int release,
				    struct report *report);

#endif /* !SCRIPT_LIBRARY_H */
