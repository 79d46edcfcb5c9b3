/*
 * ask_fields.c - the fields of a request for a step: one setter each.
 */
#include <string.h>

#include "handlers/nearest.h"
#include "handlers/reading.h"

/* The nearest of the ${n} codes that ${code} gives, at most 16. */
static const char *
nearest_of(const char *(*code)(int), int n, struct slice text)
{
	const char *codes[16];

	for (int i = 0; i < n; i++)
		codes[i] = code(i);
	return nearest(codes, sizeof(codes[0]), (size_t)n, text);
}

static void
set_category(struct intake *r, const char *at, struct slice text)
{
	(void)at;
	r->category_text = text;
	r->category = library_category(r->lib, text.ptr, text.len);
}

static void
set_fallback(struct intake *r, const char *at, struct slice text)
{
	r->fallback = library_category(r->lib, text.ptr, text.len);
	if (r->fallback < 0)
		UNKNOWN(r, PROBLEM_INVALID, at,
			nearest(r->lib->categories, sizeof(struct category),
				r->lib->ncategories, text),
			"fallback must be a category, such as general.");
}

int
reading_stage(struct intake *r, const char *at, struct slice text)
{
	int stage = library_stage(r->lib, text.ptr, text.len);

	if (stage >= 0)
		return stage;
	UNKNOWN(r, PROBLEM_UNKNOWN_STAGE, at,
		nearest(r->lib->stages, sizeof(struct stage), r->lib->nstages,
			text),
		"No stage has this code.");
	return STAGE_NONE;
}

static void
set_stage(struct intake *r, const char *at, struct slice text)
{
	r->ask->query.stage = reading_stage(r, at, text);
}

static void
set_to(struct intake *r, const char *at, struct slice text)
{
	r->ask->query.wish.to = reading_stage(r, at, text);
}

static void
set_signal(struct intake *r, const char *at, struct slice text)
{
	r->ask->query.signal = library_signal(r->lib, text.ptr, text.len);
	if (r->ask->query.signal < 0)
		UNKNOWN(r, PROBLEM_INVALID, at,
			nearest(r->lib->signals, sizeof(struct signal),
				r->lib->nsignals, text),
			"No signal has this code; GET /v1/signals lists them.");
}

static void
set_protocol(struct intake *r, const char *at, struct slice text)
{
	r->protocol = library_protocol(r->lib, text.ptr, text.len);
	if (r->protocol < 0)
		UNKNOWN(r, PROBLEM_UNKNOWN_PROTOCOL, at,
			nearest(r->lib->protocols, sizeof(struct protocol),
				r->lib->nprotocols, text),
			"No protocol has this code.");
}

static void
set_channel(struct intake *r, const char *at, struct slice text)
{
	r->channel = library_channel(r->lib, text.ptr, text.len);
	if (r->channel < 0)
		UNKNOWN(r, PROBLEM_INVALID, at,
			nearest(r->lib->channels, sizeof(struct channel),
				r->lib->nchannels, text),
			"No channel has this code; GET /v1/channels lists them.");
}

static void
set_speaker(struct intake *r, const char *at, struct slice text)
{
	int speaker = speaker_find(text.ptr, text.len);

	if (speaker < 0)
		REFUSE(r, PROBLEM_INVALID, at,
		       nearest_of(speaker_code, N_SPEAKERS, text),
		       "speaker is human or bot.");
	else
		r->ask->query.sit.speaker = (enum speaker)speaker;
}

static void
set_fault(struct intake *r, const char *at, struct slice text)
{
	r->fault = fault_find(text.ptr, text.len);
	if (r->fault < 0 || r->fault == FAULT_ANY)
		REFUSE(r, PROBLEM_INVALID, at,
		       nearest_of(fault_code, N_FAULTS, text),
		       "fault is ours, theirs, third_party or unknown.");
}

static void
set_tone(struct intake *r, const char *at, struct slice text)
{
	r->tone = tone_find(text.ptr, text.len);
	if (r->tone < 0)
		REFUSE(r, PROBLEM_INVALID, at,
		       nearest_of(tone_code, N_TONES, text),
		       "tone is warm, plain or formal.");
}

static void
set_locale(struct intake *r, const char *at, struct slice text)
{
	int locale = library_locale(r->lib, text.ptr, text.len);

	if (locale < 0)
		UNKNOWN(r, PROBLEM_INVALID, at,
			nearest(r->lib->locales, sizeof(char *),
				r->lib->nlocales, text),
			"This release has no line in that language.");
	else
		r->ask->query.sit.locale = locale;
}

static void
set_offer(struct intake *r, const char *at, struct slice text)
{
	int offer = library_offer(r->lib, text.ptr, text.len);

	if (offer < 0)
		UNKNOWN(r, PROBLEM_INVALID, at,
			nearest(r->lib->offers, sizeof(char *), r->lib->noffers,
				text),
			"This is nothing that can be offered; the resolutions "
			"of GET /v1/categories can.");
	else
		r->offers |= UINT64_C(1) << offer;
}

void
reading_flag(struct intake *r, const char *at, struct slice text)
{
	int flag = flag_find(text.ptr, text.len);

	if (flag < 0)
		REFUSE(r, PROBLEM_INVALID, at,
		       nearest_of(flag_code, N_FLAGS, text),
		       "No flag has this code; /openapi.json lists them.");
	else
		r->flags |= (uint8_t)(1u << flag);
}

/* Phrase ids come and go with releases: only their shape is checked. */
static bool
is_phrase_id(struct slice text)
{
	size_t slashes = 0;

	if (text.len == 0 || text.len > 220)
		return false;
	for (size_t i = 0; i < text.len; i++) {
		char c = text.ptr[i];

		if (c == '/')
			slashes++;
		else if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
			   c == '_' || c == '-' || c == '.'))
			return false;
	}
	return slashes == 2;
}

bool
reading_id(struct intake *r, const char *at, struct slice text, struct frag *id)
{
	if (!is_phrase_id(text)) {
		REFUSE(r, PROBLEM_INVALID, at, NULL,
		       "This must be the id of a phrase: category/stage/n.");
		return false;
	}
	*id = (struct frag){ text.ptr, (uint32_t)text.len };
	return true;
}

/* No more than the state keeps: the newest stay. */
static void
set_used(struct intake *r, const char *at, struct slice text)
{
	struct frag id;

	if (!reading_id(r, at, text, &id))
		return;
	if (r->nused == STATE_MAX_USED)
		memmove(r->used, r->used + 1,
			(size_t)--r->nused * sizeof(r->used[0]));
	r->used[r->nused++] = id;
}

static void
offers_given(struct intake *r, int value)
{
	r->offers_given = value != 0;
}

static void
used_given(struct intake *r, int value)
{
	r->used_given = value != 0;
}

static void
set_intensity(struct intake *r, int value)
{
	r->ask->query.sit.intensity = value;
}

static void
set_phrases(struct intake *r, int value)
{
	r->ask->query.phrases = (size_t)value;
}

static void
set_force(struct intake *r, int value)
{
	r->ask->query.wish.force = value != 0;
}

static void
set_raw(struct intake *r, int value)
{
	r->ask->query.raw = value != 0;
}

static void
set_flat(struct intake *r, int value)
{
	r->ask->flat = value != 0;
}

#define MOVE ASK_MOVE
#define STEP (ASK_MOVE | ASK_STAY)
#define START (STEP | ASK_START)
#define TURN (ASK_MOVE | ASK_TURN)
#define ALL (START | ASK_TURN | ASK_PATCH | ASK_LOOK)

/* clang-format off */
const struct field ask_fields[] = {
	/* pointer       form       kinds  min max */
	{ "/category",  FORM_CODE, START | ASK_PATCH | ASK_CHECK, 0, 0, set_category, NULL },
	{ "/stage",     FORM_CODE, MOVE | ASK_CHECK, 0, 0, set_stage,     NULL },
	{ "/signal",    FORM_CODE, TURN,  0, 0, set_signal,    NULL },
	{ "/protocol",  FORM_CODE, START, 0, 0, set_protocol,  NULL },
	{ "/channel",   FORM_CODE, START | ASK_CHECK, 0, 0, set_channel,   NULL },
	{ "/speaker",   FORM_CODE, START | ASK_TURN | ASK_CHECK, 0, 0, set_speaker, NULL },
	{ "/fault",     FORM_CODE, START | ASK_CHECK, 0, 0, set_fault,     NULL },
	{ "/intensity", FORM_INT,  START | ASK_TURN | ASK_CHECK, 0, INTENSITY_MAX, NULL, set_intensity },
	{ "/tone",      FORM_CODE, STEP,  0, 0, set_tone,      NULL },
	{ "/locale",    FORM_CODE, START | ASK_CHECK | ASK_HEAR, 0, 0, set_locale,    NULL },
	{ "/may_offer", FORM_LIST, START, 0, 0, set_offer,     offers_given },
	{ "/to",        FORM_CODE, TURN,  0, 0, set_to,        NULL },
	{ "/force",     FORM_BOOL, TURN | ASK_PATCH, 0, 0, NULL, set_force },
	{ "/flags",     FORM_LIST, STEP | ASK_TURN, 0, 0, reading_flag, NULL },
	{ "/used",      FORM_LIST, STEP | ASK_TURN, 0, 0, set_used, used_given },
	{ "/phrases",   FORM_INT,  ALL,   1, CHOOSE_MAX, NULL, set_phrases },
	{ "/raw",       FORM_BOOL, ALL,   0, 0, NULL, set_raw },
	{ "/flat",      FORM_BOOL, STEP,  0, 0, NULL, set_flat },
	{ "/fallback",  FORM_CODE, STEP,  0, 0, set_fallback,  NULL },
};
/* clang-format on */

const size_t n_ask_fields = sizeof(ask_fields) / sizeof(ask_fields[0]);
