/*
 * talk.c - a conversation that a test holds.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "script/bundle.h"
#include "script/case_json.h"
#include "script/report.h"
#include "tests/unit/edit.h"
#include "tests/unit/small.h"
#include "tests/unit/talk.h"

static const uint8_t some_id[CASE_ID] = { 0x01, 0xa2, 0x03, 0x04, 0x05, 0x06,
					  0x7a, 0xbc, 0xbf, 0x11, 0x22, 0x33,
					  0x44, 0x55, 0x66, 0x77 };

struct library *
talk_library(void)
{
	struct report report = { 0 };
	size_t len;
	char *text = edit_file("sql/content/library.json", &len);
	json_t *bundle = bundle_read(text, len, &report);

	ck_assert_ptr_nonnull(bundle);
	struct library *lib = library_from_bundle(bundle, 7, &report);
	ck_assert_ptr_nonnull(lib);
	json_decref(bundle);
	free(text);
	report_free(&report);
	return lib;
}

static bool
took(struct talk *t, enum case_refusal refusal)
{
	t->refusal = refusal;
	if (refusal != CASE_OK)
		return false;
	t->now = t->change.after;
	ck_assert_uint_lt(t->nturns, TALK_MAX_TURNS);
	t->turns[t->nturns++] = t->change.turn;
	return true;
}

void
talk_begin(struct talk *t, const struct library *lib, const char *category,
	   const char *channel)
{
	struct case_new ask = {
		.id = some_id,
		.sit = small_situation(lib, category, channel),
	};

	*t = (struct talk){
		.ctx = { .lib = lib, .now = TALK_START, .phrases = 3 }
	};
	t->ctx.arena = &t->arena;
	ask.sit.may_offer = lib->categories[ask.sit.category].offers;
	ck_assert(took(t, case_start(&t->ctx, &ask, &t->change)));
}

void
talk_end(struct talk *t)
{
	arena_free(&t->arena);
}

bool
talk_ask(struct talk *t, const struct case_ask *ask)
{
	t->ctx.now += 1000000;
	return took(t, case_signal(&t->ctx, &t->now, ask, &t->change));
}

bool
talk_say(struct talk *t, const char *signal)
{
	struct case_ask ask;

	case_ask_init(&ask);
	ask.signal = small_signal(t->ctx.lib, signal);
	return talk_ask(t, &ask);
}

bool
talk_promise(struct talk *t, const char *signal, int64_t due)
{
	const struct case_pledge pledge = { "Ana", "call the depot", due };
	struct case_ask ask;

	case_ask_init(&ask);
	ask.signal = small_signal(t->ctx.lib, signal);
	ask.promise = &pledge;
	return talk_ask(t, &ask);
}

bool
talk_to(struct talk *t, const char *signal, const char *to, bool force)
{
	struct case_ask ask;

	case_ask_init(&ask);
	ask.signal = small_signal(t->ctx.lib, signal);
	ask.wish.to = small_stage(t->ctx.lib, to);
	ask.wish.force = force;
	return talk_ask(t, &ask);
}

bool
talk_undo(struct talk *t)
{
	const char *before =
		t->now.undoes == 0 ? NULL : t->turns[t->now.undoes - 1].before;

	t->ctx.now += 1000000;
	return took(t, case_undo(&t->ctx, &t->now, before, &t->change));
}

bool
talk_patch(struct talk *t, const struct case_patch_ask *ask)
{
	t->ctx.now += 1000000;
	return took(t, case_patch(&t->ctx, &t->now, ask, &t->change));
}

bool
talk_status(struct talk *t, enum case_status status, bool force)
{
	struct case_patch_ask ask = { .status = (int)status,
				      .category = -1,
				      .force = force };

	return talk_patch(t, &ask);
}

bool
talk_promised(struct talk *t, int id, bool kept)
{
	t->ctx.now += 1000000;
	return took(
		t, case_promise_result(&t->ctx, &t->now, id, kept, &t->change));
}

bool
talk_follow_up(struct talk *t, int n, enum follow_up_result result)
{
	uint8_t id[CASE_ID];

	case_follow_up_id(&t->now, n, id);
	t->ctx.now += 1000000;
	return took(t, case_follow_up_result(&t->ctx, &t->now, id, result,
					     &t->change));
}

void
talk_all(struct talk *t, const char *signals)
{
	char signal[32];

	for (int n; sscanf(signals, "%31s%n", signal, &n) == 1; signals += n)
		ck_assert_msg(talk_say(t, signal), "%s at %s: %s", signal,
			      t->now.stage, case_refusal_text(t->refusal));
}

static char *
text_of(struct buf *out)
{
	size_t len;

	buf_char(out, '\0');
	char *text = buf_take(out, &len);
	ck_assert_ptr_nonnull(text);
	return text;
}

char *
talk_saved(const struct kase *c, bool whole)
{
	struct buf out = { 0 };

	case_save(&out, c, whole);
	return text_of(&out);
}

char *
talk_shown(const struct kase *c)
{
	struct buf out = { 0 };

	case_json(&out, c);
	return text_of(&out);
}

char *
talk_answer(const struct talk *t)
{
	struct buf out = { 0 };

	case_json_answer(&out, &t->change, NULL, 0);
	return text_of(&out);
}
