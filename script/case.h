/*
 * case.h - a conversation that is kept, and what may happen to it.
 *
 * Pure: no SQL, no clock, no socket.  A conversation outlives releases, so it
 * is kept in codes; case_restore() turns them into the numbers of the release
 * in force.  Each change takes the conversation as it is and makes it as it
 * will be, with the turn that records it and the step to answer with, or says
 * why not.  The same change of the same conversation at the same time gives
 * the same result, ids included: a repeat is answered by doing it again.
 *
 *   case.c        what may happen            case_parts.h  what its parts share
 *   case_turn.c   how a turn is made         case_save.c   snapshots
 *   case_codes.c  codes to state and back
 *   case_json.c   as the API shows it (case_json.h)
 */
#ifndef SCRIPT_CASE_H
#define SCRIPT_CASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#include "script/arena.h"
#include "script/buf.h"
#include "script/step.h"

#define CASE_ID 16		/* bytes: a UUIDv7 */
#define CASE_MAX_PROMISES 100	/* of one conversation */
#define CASE_MAX_FOLLOW_UPS 100 /* the same */
#define CASE_MAX_VISITED 128	/* stages remembered for a handover */
#define CASE_MAX_CATEGORIES 32	/* the same */
#define CASE_MAX_ROOT_CAUSE 64

/* The closed sets; case_status_code() and the like print them, _find() reads
 * them.  Their numbers never change: they may be stored. */
enum case_status {
	CASE_ACTIVE,
	CASE_PAUSED,
	CASE_CLOSED,
	N_CASE_STATUSES
};

enum promise_status {
	PROMISE_OPEN,
	PROMISE_KEPT,
	PROMISE_BROKEN,
	PROMISE_WITHDRAWN, /* its turn was undone */
	N_PROMISE_STATUSES
};

enum follow_up_kind {
	FOLLOW_UP,
	FOLLOW_UP_DEADLINE,
	FOLLOW_UP_REMINDER,
	N_FOLLOW_UP_KINDS
};

enum follow_up_status {
	FOLLOW_UP_OPEN,
	FOLLOW_UP_DONE,
	FOLLOW_UP_CANCELLED,
	N_FOLLOW_UP_STATUSES
};

enum follow_up_result {
	RESULT_SATISFIED,
	RESULT_UNSATISFIED,
	RESULT_NO_ANSWER,
	RESULT_DONE,
	N_FOLLOW_UP_RESULTS
};

enum turn_kind {
	TURN_START,
	TURN_SIGNAL,
	TURN_UNDO,
	TURN_PATCH,
	TURN_PROMISE,
	TURN_FOLLOW_UP,
	N_TURN_KINDS
};

/* Times are microseconds since 1970.  Strings end in a NUL and are never NULL
 * but where said. */

struct case_promise {
	int id; /* 1.. in order, without a gap */
	const char *who, *what;
	int64_t due;
	enum promise_status status;
	bool changed; /* by the change that made this; else false */
};

struct case_follow_up {
	int n;		     /* 1.. in order, without a gap */
	uint8_t id[CASE_ID]; /* of the conversation and n: case_follow_up_id */
	enum follow_up_kind kind;
	int64_t due;
	enum follow_up_status status;
	int promise;	    /* whose deadline it is; 0: none */
	const char *signal; /* follow_up_signal(kind) */
	bool changed;	    /* as above */
};

struct kase {
	uint8_t id[CASE_ID];
	int version; /* 1: just begun; one more with each accepted change */
	enum case_status status;
	const char *category, *protocol, *stage, *channel, *locale;
	enum stage_kind
		stage_kind; /* of ${stage}, as of ${release}: with them */
	int stage_ord;	    /* it is replaced when it is gone */
	const char *ref, *subject;	  /* NULL: none */
	const char *outcome, *root_cause; /* NULL: none */
	enum speaker speaker;
	enum fault fault;
	int intensity, peak_intensity;
	const char **may_offer; /* offer codes */
	size_t nmay_offer;
	int release; /* of the last turn */
	int64_t created, updated;
	int turns;  /* number of the last turn; turns have no gap */
	int undoes; /* the turn that an undo takes back; 0: none */
	/* the state of /v1/next */
	int counts[N_COUNTERS];
	bool apologized;
	uint8_t flags;	   /* 1 << enum flag; stored as codes or as they are */
	const char *back;  /* NULL: none */
	const char **used; /* phrase ids, newest last, at most STATE_MAX_USED */
	size_t nused;
	const char *offered; /* NULL: none */
	/* what a handover tells; in the order of their first time */
	const char **visited; /* stages */
	size_t nvisited;
	const char **categories;
	size_t ncategories;
	struct case_promise *promises; /* all, by id */
	size_t npromises;
	struct case_follow_up *follow_ups; /* all, by n */
	size_t nfollow_ups;
};

struct case_turn {
	int n; /* as kase.turns and kase.version after it */
	int64_t at;
	enum turn_kind kind;
	const char *signal;    /* NULL: none */
	const char *from, *to; /* from: NULL at the start */
	bool moved;
	int intensity, release;
	const char **phrases; /* said since the turn before */
	size_t nphrases;
	const char *note; /* codes with commas between, or NULL: see below */
	/* What an undo of this turn gives back, by case_save(); NULL: this
	 * turn is never undone. */
	const char *before;
};

/*
 * Notes: stage-replaced category-replaced protocol-replaced channel-replaced
 * (the release has it no more), forced, held-back, undo, patch, closed (by the
 * patch), promise-made, promise-kept, promise-broken, not-scheduled (100
 * follow-ups were), and follow-up- with a result behind it.
 */

/* Why a change is refused; nothing has changed then. */
enum case_refusal {
	CASE_OK,
	CASE_NO_MEMORY,
	CASE_IS_CLOSED,		 /* its status: only a PATCH opens it again */
	CASE_IS_DONE,		 /* its stage: the case has ended */
	CASE_PROMISE_STILL_OPEN, /* change.promise; may be forced */
	CASE_NOTHING_TO_UNDO,
	CASE_NO_SUCH_PROMISE,
	CASE_PROMISE_SETTLED, /* kept, broken or withdrawn already */
	CASE_NO_SUCH_FOLLOW_UP,
	CASE_FOLLOW_UP_SETTLED, /* done or cancelled already */
	CASE_TOO_MANY_PROMISES,
	CASE_TOO_MANY_FOLLOW_UPS,
	CASE_BAD_SNAPSHOT, /* what was stored cannot be read: a bug */
	N_CASE_REFUSALS
};

/* What every change needs. */
struct case_context {
	const struct library *lib;
	struct arena *arena; /* where lists and strings go that are made */
	int64_t now;
	const struct values *values; /* for the step; NULL: none */
	size_t phrases;		     /* how many lines, 1 to CHOOSE_MAX */
	bool raw;
};

/*
 * A change, or a look.  It borrows from all that it was made of: context,
 * conversation, request and library must live as long.  Not to be copied.
 */
struct case_change {
	struct kase after;
	struct case_turn turn; /* of a look: n is 0 */
	struct step_query query;
	struct step step; /* ready for render_json() */
	int promise;	  /* which one, for CASE_PROMISE_STILL_OPEN */
};

/* --- what may happen ----------------------------------------------------- */

struct case_new {
	const uint8_t *id;
	struct situation sit;	   /* tone does not matter */
	const char *locale;	   /* NULL: that of ${sit} */
	const char *ref, *subject; /* NULL: none */
};

/**
 * case_start(ctx, ask, out):
 * Begin a conversation: version 1, its entry stage, turn 1.
 */
enum case_refusal case_start(const struct case_context *ctx,
			     const struct case_new *ask,
			     struct case_change *out);

struct case_pledge {
	const char *who, *what;
	int64_t due;
};

struct case_ask {
	int signal;	 /* -1: "next" */
	int intensity;	 /* -1: as it is */
	int speaker;	 /* -1: as it is */
	bool used_given; /* else the first line of the last step counts */
	const struct frag *used;
	size_t nused;
	uint8_t flags; /* 1 << enum flag, to set */
	struct wish wish;
	const struct case_pledge *promise; /* NULL: none */
};

/**
 * case_ask_init(ask):
 * Nothing but "next".
 */
void case_ask_init(struct case_ask *ask);

/**
 * case_signal(ctx, c, ask, out):
 * What just happened.  What it schedules becomes due; a paused conversation
 * goes on.  The end of a case is refused while a promise is open, unless
 * ask->wish.force.
 */
enum case_refusal case_signal(const struct case_context *ctx,
			      const struct kase *c, const struct case_ask *ask,
			      struct case_change *out);

/**
 * case_undo(ctx, c, before, out):
 * Take back turn c->undoes, of which ${before} is the turn's own (NULL when
 * there is none): all is as it was but the used phrases and what was patched.
 * A promise made by it is withdrawn, what it scheduled is cancelled.  Again:
 * the one before.
 */
enum case_refusal case_undo(const struct case_context *ctx,
			    const struct kase *c, const char *before,
			    struct case_change *out);

struct case_patch_ask {
	int status;	     /* enum case_status; -1: as it is */
	const char *outcome; /* NULL: as it is */
	const char *root_cause;
	bool clear_outcome, clear_root_cause; /* null was given */
	int category;			      /* -1: as it is */
	bool force; /* close though a promise is open */
};

/**
 * case_patch(ctx, c, ask, out):
 * Change what is no matter of the walk.  Closing cancels what is scheduled;
 * opened again, the deadlines of open promises stand again.
 */
enum case_refusal case_patch(const struct case_context *ctx,
			     const struct kase *c,
			     const struct case_patch_ask *ask,
			     struct case_change *out);

/**
 * case_promise_result(ctx, c, id, kept, out):
 * Promise ${id} was kept or broken: deadline_met, deadline_missed.
 */
enum case_refusal case_promise_result(const struct case_context *ctx,
				      const struct kase *c, int id, bool kept,
				      struct case_change *out);

/**
 * case_follow_up_result(ctx, c, id, result, out):
 * Follow-up ${id} (CASE_ID bytes) was carried out.  One that was due for the
 * customer's word goes through "due" first; a deadline settles its promise.
 */
enum case_refusal case_follow_up_result(const struct case_context *ctx,
					const struct kase *c, const uint8_t *id,
					enum follow_up_result result,
					struct case_change *out);

/**
 * case_look(ctx, c, out):
 * No change: the conversation and its step, in the release in force.
 */
enum case_refusal case_look(const struct case_context *ctx,
			    const struct kase *c, struct case_change *out);

/* A sentence that tells the caller why, and what to do. */
const char *case_refusal_text(enum case_refusal refusal);

/* --- codes --------------------------------------------------------------- */

/* What a release has no more; bits. */
enum {
	REPLACED_STAGE = 1u << 0,
	REPLACED_CATEGORY = 1u << 1,
	REPLACED_PROTOCOL = 1u << 2,
	REPLACED_CHANNEL = 1u << 3,
};

/**
 * case_restore(lib, c, sit, s):
 * Fill ${sit} and ${s} with ${c} in the numbers of ${lib}; ${s} borrows from
 * ${c}.  What ${lib} lacks is replaced: a stage by the one of the same kind
 * and nearest order, a category by its parent, a protocol or a channel by the
 * default.  Return REPLACED_ bits.
 */
unsigned case_restore(const struct library *lib, const struct kase *c,
		      struct situation *sit, struct state *s);

/**
 * case_codes(a, sit, s, c):
 * The other way: write ${sit} and ${s} into ${c} as codes, but for may_offer
 * and the locale, which stay as they were asked for.  The list of used ids is
 * made in ${a}; the ids, which must end in a NUL, are borrowed, and codes are
 * those of the library.  False if out of memory.
 */
bool case_codes(struct arena *a, const struct situation *sit,
		const struct state *s, struct kase *c);

/**
 * case_follow_up_id(c, n, id):
 * The id of follow-up ${n} of ${c}: a UUIDv7 of the conversation's own time.
 */
void case_follow_up_id(const struct kase *c, int n, uint8_t id[CASE_ID]);

/* As the API writes them. */
const char *case_status_code(enum case_status status);
const char *promise_status_code(enum promise_status status);
const char *follow_up_kind_code(enum follow_up_kind kind);
const char *follow_up_status_code(enum follow_up_status status);
const char *follow_up_result_code(enum follow_up_result result);

/* What the clock gives when one is due: need not be stored.  NULL: nothing. */
const char *follow_up_signal(enum follow_up_kind kind);

/* Numbers of codes, or -1. */
int case_status_find(const char *code, size_t len);
int follow_up_status_find(const char *code, size_t len);
int follow_up_result_find(const char *code, size_t len);

/* The code of that outcome as a constant, or NULL. */
const char *case_outcome_find(const char *code, size_t len);

/* The tone when none is asked for. */
static inline enum tone
case_tone(int intensity)
{
	return intensity >= 3 ? TONE_PLAIN : TONE_WARM;
}

/* May ${code} be a root cause: 1 to 64 letters, digits, "_", "-", "."? */
bool case_root_cause_ok(const char *code, size_t len);

/* --- snapshots ----------------------------------------------------------- */

/**
 * case_save(out, c, whole):
 * Append ${c} as JSON in codes and numbers: what a turn may change, and if
 * ${whole} all that may ever change.  No text of a promise is in it.  It may
 * be kept as json or jsonb.
 */
void case_save(struct buf *out, const struct kase *c, bool whole);

/**
 * case_load(a, c, text, out):
 * The conversation as it was at ${text}, made from it as it is now: ${out} is
 * what was saved, and ${c} gives the rest.  ${out} borrows from ${c}.  False if
 * ${text} is no snapshot of ${c} or memory ran out.
 */
bool case_load(struct arena *a, const struct kase *c, const char *text,
	       struct kase *out);

/*
 * How case_load() reads JSON: as json_loadb(), each name once.  jansson's own
 * does not live through a lack of memory; who knows a better one sets it here
 * before there are threads.
 */
extern json_t *(*case_parse)(const char *text, size_t len, json_error_t *err);

#endif /* !SCRIPT_CASE_H */
