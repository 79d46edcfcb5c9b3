/*
 * terms.h - the closed sets of the knowledge: kinds, guards, effects, flags.
 *
 * A library may combine these, never add to them; each is a row of a table
 * here, and everything else (parsing, printing, refusing) reads the table.
 */
#ifndef SCRIPT_TERMS_H
#define SCRIPT_TERMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum stage_kind {
	KIND_INTERNAL, /* for the agent alone: prepare, recover, prevent */
	KIND_CUSTOMER, /* in front of the customer */
	KIND_SIDE,     /* aside from the plan: defer, handover, boundary ... */
	KIND_TERMINAL, /* ends the contact: closed, exit */
	KIND_END,      /* ends the case: done */
	N_KINDS
};

enum source {
	SOURCE_AGENT,
	SOURCE_CUSTOMER,
	SOURCE_CLOCK,
	N_SOURCES
};

/* Who speaks a line: the first three to the customer, the others not. */
enum voice {
	VOICE_ANY,
	VOICE_HUMAN,
	VOICE_BOT,
	VOICE_AGENT_SELF,
	VOICE_ORGANIZATION,
	N_VOICES
};

enum speaker {
	SPEAKER_HUMAN,
	SPEAKER_BOT,
	N_SPEAKERS
};

enum fault {
	FAULT_OURS,
	FAULT_THEIRS,
	FAULT_THIRD_PARTY,
	FAULT_UNKNOWN,
	N_FAULTS,
	FAULT_ANY = N_FAULTS /* of a phrase only */
};

enum tone {
	TONE_WARM,
	TONE_PLAIN,
	TONE_FORMAL,
	N_TONES
};

/* What a placeholder stands for; how its value is treated depends on it. */
enum value_type {
	TYPE_STRING,
	TYPE_NOUN_PHRASE, /* these four take a capital at a sentence start */
	TYPE_CLAUSE,
	TYPE_ROLE,
	TYPE_ADJECTIVE,
	TYPE_INTEGER,
	TYPE_MONEY,
	TYPE_DATE,
	TYPE_TIME,
	TYPE_DATETIME,
	TYPE_DURATION,
	N_TYPES
};

#define INTENSITY_MAX 4

/* The marks a caller or an effect may set; they stay in the state. */
enum flag {
	FLAG_OPTION_ON_TABLE,
	FLAG_DEFERRED,
	FLAG_HELPER_PRESENT,
	FLAG_CUSTOMER_STAYS,
	FLAG_NOBODY_AVAILABLE,
	FLAG_PRIVATE_CHANNEL_OPENED,
	FLAG_NO_ADMISSION,
	N_FLAGS
};

enum counter {
	COUNT_WARNINGS,
	COUNT_REESCALATIONS,
	COUNT_REJECTIONS,
	COUNT_SILENCES,
	N_COUNTERS
};

/*
 * Facts about a situation, one bit each; "flag:x" is GUARD_FLAG0 << x.  A
 * state is turned into these bits once (walk_facts), and every guard is then
 * one AND.
 */
enum {
	GUARD_WARNINGS_LEFT = 1u << 0,
	GUARD_WARNINGS_SPENT = 1u << 1,
	GUARD_REESCALATIONS_LEFT = 1u << 2,
	GUARD_REESCALATIONS_SPENT = 1u << 3,
	GUARD_REJECTIONS_LEFT = 1u << 4,
	GUARD_REJECTIONS_SPENT = 1u << 5,
	GUARD_SILENCES_LEFT = 1u << 6,
	GUARD_SILENCES_SPENT = 1u << 7,
	GUARD_FIRST_REESCALATION = 1u << 8, /* none so far */
	GUARD_LIVE = 1u << 9,
	GUARD_ASYNC = 1u << 10,
	GUARD_BOT = 1u << 11,
	GUARD_HUMAN = 1u << 12,
	GUARD_APOLOGIZED = 1u << 13,
	GUARD_FLAG0 = 1u << 14,
};

/* What a move asks of the caller's system, one bit each in this order. */
#define ASK_MAP(X) \
	X("schedule:follow_up", "schedule_follow_up") \
	X("schedule:deadline", "schedule_deadline") \
	X("schedule:reminder", "schedule_reminder") \
	X("reopen", "reopen") \
	X("close", "close") \
	X("note:alert_lead", "alert_lead") \
	X("note:keep_summary", "keep_summary") \
	X("note:state_person_first", "state_person_first") \
	X("note:set_owner", "set_owner") \
	X("note:second_issue", "second_issue") \
	X("note:give_summary", "give_summary") \
	X("note:ask_which", "ask_which") \
	X("note:next_option", "next_option") \
	X("note:rerank", "rerank") \
	X("note:record_plan", "record_plan") \
	X("note:record_for_prevent", "record_for_prevent") \
	X("note:helper_owns", "helper_owns") \
	X("note:new_agent", "new_agent") \
	X("note:offer_time", "offer_time") \
	X("note:book_time", "book_time") \
	X("note:park_summary", "park_summary") \
	X("note:skip_greeting", "skip_greeting") \
	X("note:do_not_chase", "do_not_chase") \
	X("note:by_lead", "by_lead") \
	X("note:contact_first", "contact_first")
#define ASK_SCHEDULES 7u /* the first three: also applied when skipped */

/* The effects of a row, or of leaving a stage, put together. */
struct effects {
	uint32_t asks;	    /* bits in the order of ASK_MAP */
	uint8_t counts;	    /* 1 << enum counter: add one */
	uint8_t set, clear; /* 1 << enum flag */
	int8_t apologized;  /* +1 mark, -1 clear, 0 leave */
};

/*
 * When a line may be said: all of ${need} hold, none of ${forbid}, and the
 * signal that led here is in ${signals} (0: any) and not in ${not_signals}.
 */
struct condition {
	uint32_t need, forbid;
	uint64_t signals, not_signals; /* 1 << index of the signal */
};

/* Look a code up in a closed set: its number, or -1. */
int kind_find(const char *code);
int source_find(const char *code);
int voice_find(const char *code);
int speaker_find(const char *code, size_t len);
int fault_find(const char *code, size_t len); /* "any" is FAULT_ANY */
int tone_find(const char *code, size_t len);
int type_find(const char *code);
int flag_find(const char *code, size_t len);

/* The code of a number; the number must be valid. */
const char *kind_code(int kind);
const char *source_code(int source);
const char *voice_code(int voice);
const char *speaker_code(int speaker);
const char *fault_code(int fault);
const char *tone_code(int tone);
const char *type_code(int type);
const char *flag_code(int flag);
const char *counter_code(int counter); /* "warnings", ... */
const char *ask_code(int ask);	       /* as the answer prints it */
extern const int n_asks;

/**
 * guard_parse(code, bits):
 * Read a guard such as "warnings_left" or "flag:deferred" ("" is none) into
 * ${bits}.  Return false if there is no such guard.
 */
bool guard_parse(const char *code, uint32_t *bits);

/**
 * effect_parse(code, fx):
 * Add the effect ${code} ("count:warnings", "mark:apologized",
 * "set:deferred", "schedule:follow_up", "note:alert_lead" ...) to ${fx}.
 * Return false, and leave ${fx} alone, if there is no such effect.
 */
bool effect_parse(const char *code, struct effects *fx);

/**
 * condition_parse(term, signal_find, arg, cond):
 * Add one term of a phrase's "when" to ${cond}: a guard, or "signal:a|b" with
 * codes that ${signal_find}(${arg}, code, len) numbers (below 64, -1 for
 * unknown); a "!" before the term turns it round.  Return false, and leave
 * ${cond} alone, if it is neither.
 */
bool condition_parse(const char *term,
		     int (*signal_find)(const void *arg, const char *code,
					size_t len),
		     const void *arg, struct condition *cond);

/* Does ${c} hold, given the bits of the situation and the last signal (-1)? */
static inline bool
condition_holds(const struct condition *c, uint32_t facts, int signal)
{
	uint64_t s = signal < 0 ? 0 : UINT64_C(1) << signal;

	return (c->need & ~facts) == 0 && (c->forbid & facts) == 0 &&
	       (c->signals == 0 || (c->signals & s) != 0) &&
	       (c->not_signals & s) == 0;
}

#endif /* !SCRIPT_TERMS_H */
