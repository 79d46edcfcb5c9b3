/*
 * terms.c - the closed sets of the knowledge, as tables.
 */
#include <string.h>

#include "script/terms.h"

#define NELEMS(a) ((int)(sizeof(a) / sizeof((a)[0])))

static const char *const kinds[] = {
	[KIND_INTERNAL] = "internal", [KIND_CUSTOMER] = "customer",
	[KIND_SIDE] = "side",	      [KIND_TERMINAL] = "terminal",
	[KIND_END] = "end",
};

static const char *const sources[] = {
	[SOURCE_AGENT] = "agent",
	[SOURCE_CUSTOMER] = "customer",
	[SOURCE_CLOCK] = "clock",
};

static const char *const voices[] = {
	[VOICE_ANY] = "any",
	[VOICE_HUMAN] = "human",
	[VOICE_BOT] = "bot",
	[VOICE_AGENT_SELF] = "agent_self",
	[VOICE_ORGANIZATION] = "organization",
};

static const char *const speakers[] = {
	[SPEAKER_HUMAN] = "human",
	[SPEAKER_BOT] = "bot",
};

static const char *const faults[] = {
	[FAULT_OURS] = "ours",
	[FAULT_THEIRS] = "theirs",
	[FAULT_THIRD_PARTY] = "third_party",
	[FAULT_UNKNOWN] = "unknown",
	[FAULT_ANY] = "any",
};

static const char *const tones[] = {
	[TONE_WARM] = "warm",
	[TONE_PLAIN] = "plain",
	[TONE_FORMAL] = "formal",
};

static const char *const types[] = {
	[TYPE_STRING] = "string",	[TYPE_NOUN_PHRASE] = "noun_phrase",
	[TYPE_CLAUSE] = "clause",	[TYPE_ROLE] = "role",
	[TYPE_ADJECTIVE] = "adjective", [TYPE_INTEGER] = "integer",
	[TYPE_MONEY] = "money",		[TYPE_DATE] = "date",
	[TYPE_TIME] = "time",		[TYPE_DATETIME] = "datetime",
	[TYPE_DURATION] = "duration",
};

static const char *const flags[] = {
	[FLAG_OPTION_ON_TABLE] = "option_on_table",
	[FLAG_DEFERRED] = "deferred",
	[FLAG_HELPER_PRESENT] = "helper_present",
	[FLAG_CUSTOMER_STAYS] = "customer_stays",
	[FLAG_NOBODY_AVAILABLE] = "nobody_available",
	[FLAG_PRIVATE_CHANNEL_OPENED] = "private_channel_opened",
	[FLAG_NO_ADMISSION] = "no_admission",
};

static const char *const counters[] = {
	[COUNT_WARNINGS] = "warnings",
	[COUNT_REESCALATIONS] = "reescalations",
	[COUNT_REJECTIONS] = "rejections",
	[COUNT_SILENCES] = "silences",
};

/* clang-format off */
static const struct {
	const char *code;
	uint32_t bit;
} guards[] = {
	{ "warnings_left",       GUARD_WARNINGS_LEFT },
	{ "warnings_spent",      GUARD_WARNINGS_SPENT },
	{ "reescalations_left",  GUARD_REESCALATIONS_LEFT },
	{ "reescalations_spent", GUARD_REESCALATIONS_SPENT },
	{ "rejections_left",     GUARD_REJECTIONS_LEFT },
	{ "rejections_spent",    GUARD_REJECTIONS_SPENT },
	{ "silences_left",       GUARD_SILENCES_LEFT },
	{ "silences_spent",      GUARD_SILENCES_SPENT },
	{ "first_reescalation",  GUARD_FIRST_REESCALATION },
	{ "live",                GUARD_LIVE },
	{ "async",               GUARD_ASYNC },
	{ "bot",                 GUARD_BOT },
	{ "human",               GUARD_HUMAN },
	{ "apologized",          GUARD_APOLOGIZED },
};

static const struct {
	const char *effect, *code;
} asks[] = {
#define X(effect, code) { effect, code },
	ASK_MAP(X)
#undef X
};
/* clang-format on */

const int n_asks = NELEMS(asks);

/* A code added to an enum must be added to its table, and the other way. */
_Static_assert(NELEMS(kinds) == N_KINDS, "kinds");
_Static_assert(NELEMS(sources) == N_SOURCES, "sources");
_Static_assert(NELEMS(voices) == N_VOICES, "voices");
_Static_assert(NELEMS(speakers) == N_SPEAKERS, "speakers");
_Static_assert(NELEMS(faults) == N_FAULTS + 1, "faults");
_Static_assert(NELEMS(tones) == N_TONES, "tones");
_Static_assert(NELEMS(types) == N_TYPES, "types");
_Static_assert(NELEMS(flags) == N_FLAGS, "flags");
_Static_assert(NELEMS(counters) == N_COUNTERS, "counters");
_Static_assert(NELEMS(asks) <= 32, "asks fit into 32 bits");

static int
find(const char *const *codes, int n, const char *code, size_t len)
{
	for (int i = 0; i < n; i++)
		if (strlen(codes[i]) == len && memcmp(codes[i], code, len) == 0)
			return i;
	return -1;
}

int
kind_find(const char *code)
{
	return find(kinds, N_KINDS, code, strlen(code));
}

int
source_find(const char *code)
{
	return find(sources, N_SOURCES, code, strlen(code));
}

int
voice_find(const char *code)
{
	return find(voices, N_VOICES, code, strlen(code));
}

int
speaker_find(const char *code, size_t len)
{
	return find(speakers, N_SPEAKERS, code, len);
}

int
fault_find(const char *code, size_t len)
{
	return find(faults, N_FAULTS + 1, code, len);
}

int
tone_find(const char *code, size_t len)
{
	return find(tones, N_TONES, code, len);
}

int
type_find(const char *code)
{
	return find(types, N_TYPES, code, strlen(code));
}

int
flag_find(const char *code, size_t len)
{
	return find(flags, N_FLAGS, code, len);
}

const char *
kind_code(int kind)
{
	return kinds[kind];
}

const char *
source_code(int source)
{
	return sources[source];
}

const char *
voice_code(int voice)
{
	return voices[voice];
}

const char *
speaker_code(int speaker)
{
	return speakers[speaker];
}

const char *
fault_code(int fault)
{
	return faults[fault];
}

const char *
tone_code(int tone)
{
	return tones[tone];
}

const char *
type_code(int type)
{
	return types[type];
}

const char *
flag_code(int flag)
{
	return flags[flag];
}

const char *
counter_code(int counter)
{
	return counters[counter];
}

const char *
ask_code(int ask)
{
	return asks[ask].code;
}

/* If ${text} begins with ${word}, return what follows it, else NULL. */
static const char *
after(const char *text, const char *word)
{
	size_t len = strlen(word);

	return strncmp(text, word, len) == 0 ? text + len : NULL;
}

bool
guard_parse(const char *code, uint32_t *bits)
{
	const char *flag = after(code, "flag:");

	if (code[0] == '\0') {
		*bits = 0;
		return true;
	}
	if (flag != NULL) {
		int i = flag_find(flag, strlen(flag));
		if (i < 0)
			return false;
		*bits = (uint32_t)GUARD_FLAG0 << i;
		return true;
	}
	for (int i = 0; i < NELEMS(guards); i++) {
		if (strcmp(guards[i].code, code) == 0) {
			*bits = guards[i].bit;
			return true;
		}
	}
	return false;
}

bool
effect_parse(const char *code, struct effects *fx)
{
	const char *rest;
	int i;

	if ((rest = after(code, "count:")) != NULL) {
		i = find(counters, N_COUNTERS, rest, strlen(rest));
		if (i < 0)
			return false;
		fx->counts = (uint8_t)(fx->counts | 1u << i);
		return true;
	}
	if (strcmp(code, "mark:apologized") == 0) {
		fx->apologized = 1;
		return true;
	}
	if (strcmp(code, "clear:apologized") == 0) {
		fx->apologized = -1;
		return true;
	}
	if ((rest = after(code, "set:")) != NULL) {
		if ((i = flag_find(rest, strlen(rest))) < 0)
			return false;
		fx->set = (uint8_t)(fx->set | 1u << i);
		return true;
	}
	if ((rest = after(code, "clear:")) != NULL) {
		if ((i = flag_find(rest, strlen(rest))) < 0)
			return false;
		fx->clear = (uint8_t)(fx->clear | 1u << i);
		return true;
	}
	for (i = 0; i < n_asks; i++) {
		if (strcmp(asks[i].effect, code) == 0) {
			fx->asks |= 1u << i;
			return true;
		}
	}
	return false;
}

/* Read "a|b|c" into a set of signals; 0 if one of them is unknown. */
static uint64_t
signal_set(const char *codes,
	   int (*signal_find)(const void *arg, const char *code, size_t len),
	   const void *arg)
{
	uint64_t set = 0;

	for (;;) {
		size_t len = strcspn(codes, "|");
		int i = signal_find(arg, codes, len);

		if (i < 0 || i > 63)
			return 0;
		set |= UINT64_C(1) << i;
		if (codes[len] == '\0')
			return set;
		codes += len + 1;
	}
}

bool
condition_parse(const char *term,
		int (*signal_find)(const void *arg, const char *code,
				   size_t len),
		const void *arg, struct condition *cond)
{
	bool not = term[0] == '!';
	const char *codes = after(term + not, "signal:");

	if (codes != NULL) {
		uint64_t set = signal_set(codes, signal_find, arg);

		/* Of two such terms both must hold; with no signal in both
		 * they never do, and 0 would mean the contrary. */
		if (!not &&cond->signals != 0)
			set &= cond->signals;
		if (set == 0)
			return false;
		if (not )
			cond->not_signals |= set;
		else
			cond->signals = set;
		return true;
	}

	uint32_t bits;
	if (term[not ] == '\0' || !guard_parse(term + not, &bits))
		return false;
	if (not )
		cond->forbid |= bits;
	else
		cond->need |= bits;
	return true;
}
