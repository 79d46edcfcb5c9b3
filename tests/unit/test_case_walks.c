/*
 * test_case_walks.c - what must hold on every way a conversation can take.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "script/render.h"
#include "tests/unit/small.h"
#include "tests/unit/talk.h"

#define NELEMS(a) ((int)(sizeof(a) / sizeof((a)[0])))
#define WALKS 10000
#define MAX_STEPS 24

static struct library *lib;
static json_t *walkthroughs;

static void
setup(void)
{
	lib = talk_library();
	walkthroughs = json_load_file("tests/api/walkthroughs.json", 0, NULL);
	ck_assert_ptr_nonnull(walkthroughs);
}

static void
teardown(void)
{
	library_unref(lib);
	json_decref(walkthroughs);
}

/* --- the walkthroughs ----------------------------------------------------- */

static const char *
text_at(const json_t *object, const char *name)
{
	const char *text = json_string_value(json_object_get(object, name));

	ck_assert_ptr_nonnull(text);
	return text;
}

/* As a database would keep it: other order, other spaces. */
static char *
jumbled(const char *text)
{
	json_t *json = json_loads(text, 0, NULL);
	char *other = json_dumps(json, JSON_SORT_KEYS | JSON_INDENT(1));

	ck_assert_ptr_nonnull(other);
	json_decref(json);
	return other;
}

/* As if it had been written down and read again. */
static void
forget(struct talk *t)
{
	struct kase c;
	char *text = talk_saved(&t->now, true), *again = jumbled(text);

	ck_assert(case_load(&t->arena, &t->now, again, &c));
	free(again);
	again = talk_saved(&c, true);
	ck_assert_str_eq(text, again);
	free(again);
	free(text);
	text = talk_shown(&t->now);
	again = talk_shown(&c);
	ck_assert_str_eq(text, again);
	free(again);
	free(text);
	t->now = c;
}

/* The step of the stateless way, from ${state} on, as JSON. */
static char *
stateless(const struct talk *t, struct state *state, const char *signal)
{
	struct step_query q = { .sit = t->change.query.sit,
				.state = *state,
				.stage = STAGE_NONE,
				.signal = small_signal(lib, signal),
				.wish = { .to = STAGE_NONE },
				.phrases = 3 };
	struct step step;
	struct buf out = { 0 };
	size_t len;

	if (q.state.offered.len > 0)
		state_used(&q.state, q.state.offered);
	step_make(&q, &step);
	*state = q.state;
	render_json(&out, &step);
	buf_char(&out, '\0');
	return buf_take(&out, &len);
}

START_TEST(every_walkthrough_passes_step_by_step_as_without_memory)
{
	const json_t *talk = json_array_get(walkthroughs, (size_t)_i);
	const json_t *steps = json_object_get(talk, "steps");
	const char *start = text_at(talk, "start");
	struct state state;
	struct talk t;

	talk_begin(&t, lib, text_at(talk, "category"),
		   text_at(talk, "channel"));
	if (strcmp(t.now.stage, start) != 0)
		ck_assert(talk_to(&t, "next", start, true));
	state = t.change.query.state;
	for (size_t i = 0; i < json_array_size(steps); i++) {
		const json_t *step = json_array_get(steps, i);
		const char *signal = text_at(step, "signal");
		struct buf out = { 0 };

		forget(&t);
		talk_all(&t, signal);
		ck_assert_str_eq(t.now.stage, text_at(step, "expect_stage"));
		ck_assert_int_eq(t.change.turn.moved,
				 json_is_true(json_object_get(step, "moved")));
		char *want = stateless(&t, &state, signal);
		render_json(&out, &t.change.step);
		buf_char(&out, '\0');
		ck_assert_str_eq(out.ptr, want);
		buf_free(&out);
		free(want);
	}
	talk_end(&t);
}
END_TEST

/* --- random walks --------------------------------------------------------- */

static uint64_t seed;

/* xorshift: the same walks each time. */
static unsigned
any(unsigned n)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (unsigned)(seed >> 20) % n;
}

static void
check_state(const struct kase *c, const struct talk *t)
{
	struct situation sit;
	struct state s;
	struct kase copy = *c;
	struct arena arena = { 0 };
	char *is = talk_saved(c, true), *was;

	/* From codes to numbers and back. */
	ck_assert_uint_eq(case_restore(lib, c, &sit, &s), 0);
	ck_assert_int_lt(s.stage, (int)lib->nstages);
	ck_assert(case_codes(&arena, &sit, &s, &copy));
	was = talk_saved(&copy, true);
	ck_assert_str_eq(is, was);
	free(was);
	free(is);
	arena_free(&arena);

	/* What the answer gave is what was kept. */
	ck_assert_int_eq(s.stage, t->change.query.state.stage);
	ck_assert_int_eq(s.back, t->change.query.state.back);
	ck_assert_int_eq(s.flags, t->change.query.state.flags);
	ck_assert_mem_eq(s.counts, t->change.query.state.counts,
			 sizeof(s.counts));
}

static void
check_sets(const struct talk *t)
{
	const struct kase *c = &t->now;

	ck_assert_int_eq(c->version, (int)t->nturns);
	ck_assert_int_eq(c->turns, (int)t->nturns);
	ck_assert_int_eq(t->change.turn.n, (int)t->nturns);
	ck_assert_uint_lt(c->status, N_CASE_STATUSES);
	ck_assert_int_ge(c->peak_intensity, c->intensity);
	ck_assert_int_le(c->peak_intensity, INTENSITY_MAX);
	ck_assert_uint_le(c->nused, STATE_MAX_USED);
	ck_assert_int_lt(c->undoes, c->turns + 1);
	ck_assert_int_eq(c->flags >> N_FLAGS, 0);
	for (size_t i = 0; i < c->npromises; i++) {
		ck_assert_int_eq(c->promises[i].id, (int)i + 1);
		ck_assert_uint_lt(c->promises[i].status, N_PROMISE_STATUSES);
	}
	unsigned open = 0;
	for (size_t i = 0; i < c->nfollow_ups; i++) {
		const struct case_follow_up *f = &c->follow_ups[i];

		ck_assert_int_eq(f->n, (int)i + 1);
		ck_assert_uint_lt(f->status, N_FOLLOW_UP_STATUSES);
		if (f->status != FOLLOW_UP_OPEN)
			continue;
		/* Of what was not promised, one of a kind is open. */
		if (f->promise == 0) {
			ck_assert_uint_eq(open >> f->kind & 1, 0);
			open |= 1u << f->kind;
		} else {
			ck_assert_int_eq(c->promises[f->promise - 1].status,
					 PROMISE_OPEN);
		}
	}
	if (c->status == CASE_CLOSED)
		ck_assert(t->change.turn.kind == TURN_PATCH);
}

/* One thing, of any sort; whether it can be taken back. */
static bool
do_anything(struct talk *t)
{
	struct case_ask ask;
	const struct case_pledge pledge = { "Ana", "call", TALK_START };
	struct frag used[2];

	switch (any(12)) {
	case 0:
		(void)talk_promised(t, 1 + (int)any(3), any(2) == 0);
		break;
	case 1:
		(void)talk_follow_up(
			t, 1 + (int)any(5),
			(enum follow_up_result)any(N_FOLLOW_UP_RESULTS));
		break;
	case 2:
		(void)talk_status(t, (enum case_status)any(N_CASE_STATUSES),
				  any(2) == 0);
		return false;
	default:
		case_ask_init(&ask);
		ask.signal = (int)any((unsigned)lib->nsignals);
		ask.intensity = (int)any(INTENSITY_MAX + 2) - 1;
		ask.speaker = (int)any(N_SPEAKERS + 1) - 1;
		if (any(4) == 0)
			ask.flags = (uint8_t)(1u << any(N_FLAGS));
		if (any(8) == 0)
			ask.promise = &pledge;
		if (any(4) == 0)
			ask.wish.to = (int)any((unsigned)lib->nstages);
		ask.wish.force = any(2) == 0;
		ask.used_given = any(2) == 0;
		ask.used = used;
		ask.nused = any(3);
		for (size_t i = 0; i < 2; i++) {
			const struct phrase *p =
				&lib->phrases[any((unsigned)lib->nphrases)];
			used[i] = (struct frag){ p->id, p->id_len };
		}
		(void)talk_ask(t, &ask);
		break;
	}
	return t->refusal == CASE_OK;
}

/* All but the used phrases, versions, and what can only be withdrawn. */
static void
check_undone(const struct kase *was, const struct kase *is)
{
	struct kase a = *was, b = *is;
	char *want, *got;

	for (size_t i = a.npromises; i < b.npromises; i++)
		ck_assert_int_eq(b.promises[i].status, PROMISE_WITHDRAWN);
	for (size_t i = a.nfollow_ups; i < b.nfollow_ups; i++)
		ck_assert_int_eq(b.follow_ups[i].status, FOLLOW_UP_CANCELLED);
	b.npromises = a.npromises;
	b.nfollow_ups = a.nfollow_ups;
	want = talk_saved(&a, false);
	got = talk_saved(&b, false);
	ck_assert_str_eq(got, want);
	free(got);
	free(want);
	ck_assert_str_eq(a.category, b.category);
	ck_assert_uint_eq(a.ncategories, b.ncategories);
	ck_assert_uint_ge(b.nused, a.nused);
}

static void
walk_once(void)
{
	const struct category *category =
		&lib->categories[any((unsigned)lib->ncategories)];
	const struct channel *channel =
		&lib->channels[any((unsigned)lib->nchannels)];
	struct talk t;

	talk_begin(&t, lib, category->code, channel->code);
	for (unsigned steps = 1 + any(MAX_STEPS); steps > 0; steps--) {
		struct kase was = t.now;
		bool can_undo = do_anything(&t);

		if (t.refusal != CASE_OK) {
			ck_assert_int_ne((int)t.refusal, CASE_BAD_SNAPSHOT);
			ck_assert_int_ne((int)t.refusal, CASE_NO_MEMORY);
			continue;
		}
		check_sets(&t);
		check_state(&t.now, &t);
		if (can_undo && any(4) == 0) {
			ck_assert(talk_undo(&t));
			check_sets(&t);
			check_state(&t.now, &t);
			check_undone(&was, &t.now);
		}
		if (any(4) == 0)
			forget(&t);
	}
	talk_end(&t);
}

START_TEST(no_walk_leaves_the_closed_sets)
{
	seed = 0x9e3779b97f4a7c15u + (uint64_t)_i;
	for (int i = 0; i < WALKS / 10; i++)
		walk_once();
}
END_TEST

/* --- repeats -------------------------------------------------------------- */

/* A request that comes again finds the conversation gone on.  What it was
 * before is kept with the key, and the answer is made again from that. */
START_TEST(a_repeat_is_answered_byte_for_byte)
{
	struct talk t;

	seed = 42 + (uint64_t)_i;
	talk_begin(&t, lib, "delivery.late", "live_chat");
	for (int i = 0; i < 30; i++) {
		const struct case_pledge pledge = { "Ana", "call", TALK_START };
		struct case_ask ask;
		struct kase before;

		case_ask_init(&ask);
		ask.signal = (int)any((unsigned)lib->nsignals);
		ask.promise = any(4) == 0 ? &pledge : NULL;
		char *kept = talk_saved(&t.now, true);
		if (!talk_ask(&t, &ask)) {
			free(kept);
			continue;
		}
		int64_t at = t.change.turn.at;
		char *want = talk_answer(&t);

		for (unsigned k = any(4); k > 0; k--)
			(void)do_anything(&t);
		if (t.now.undoes != 0)
			(void)talk_undo(&t);
		(void)talk_status(&t, CASE_ACTIVE, false);

		ck_assert(case_load(&t.arena, &t.now, kept, &before));
		struct case_context ctx = t.ctx;
		ctx.now = at;
		ck_assert_int_eq(case_signal(&ctx, &before, &ask, &t.change),
				 CASE_OK);
		char *got = talk_answer(&t);
		ck_assert_str_eq(got, want);
		free(got);
		free(want);
		free(kept);
	}
	talk_end(&t);
}
END_TEST

/* --- damaged snapshots ---------------------------------------------------- */

/* clang-format off */
static const struct {
	const char *name, *value; /* NULL: taken away */
} damages[] = {
	{ "format", "2" }, { "format", NULL }, { "status", "3" },
	{ "status", "\"active\"" }, { "stage", "null" }, { "stage", "1" },
	{ "kind", "5" }, { "kind", "-1" }, { "intensity", "5" },
	{ "peak", "1.5" }, { "counts", "[0,0,0]" }, { "counts", "[0,0,0,-1]" },
	{ "flags", "128" }, { "flags", "256" }, { "back", "[]" },
	{ "back", NULL }, { "used", "[1]" }, { "used", "{}" },
	{ "promises", "[0,0]" }, { "promises", "[9]" },
	{ "promises", "null" }, { "follow_ups", "[[0]]" },
	{ "follow_ups", "[[0,1],[0,1],[0,1]]" }, { "categories", "2" },
	{ "version", "-1" }, { "turns", "4294967296" }, { "visited", NULL },
	/* nothing wrong with these but the sum */
	{ "stage", "\"listen\"" }, { "intensity", "3" }, { "sum", "1" },
	{ "sum", NULL },
};
/* clang-format on */

START_TEST(a_damaged_snapshot_is_refused)
{
	struct talk t;
	struct kase c;

	talk_begin(&t, lib, "delivery.late", "live_chat");
	ck_assert(talk_promise(&t, "next", TALK_START));
	char *text = talk_saved(&t.now, true);
	json_t *json = json_loads(text, 0, NULL);
	free(text);
	ck_assert_ptr_nonnull(json_object_get(json, damages[_i].name));
	if (damages[_i].value == NULL)
		json_object_del(json, damages[_i].name);
	else
		json_object_set_new(
			json, damages[_i].name,
			json_loads(damages[_i].value, JSON_DECODE_ANY, NULL));
	text = json_dumps(json, 0);
	ck_assert(!case_load(&t.arena, &t.now, text, &c));
	ck_assert_int_eq(case_undo(&t.ctx, &t.now, text, &t.change),
			 CASE_BAD_SNAPSHOT);
	ck_assert(!case_load(&t.arena, &t.now, "", &c));
	ck_assert(!case_load(&t.arena, &t.now, "[]", &c));
	json_decref(json);
	free(text);
	talk_end(&t);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("case_walks");
	TCase *tc = tcase_create("case_walks");
	tcase_add_unchecked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 120);
	tcase_add_loop_test(
		tc, every_walkthrough_passes_step_by_step_as_without_memory, 0,
		10);
	tcase_add_loop_test(tc, no_walk_leaves_the_closed_sets, 0, 10);
	tcase_add_loop_test(tc, a_repeat_is_answered_byte_for_byte, 0, 20);
	tcase_add_loop_test(tc, a_damaged_snapshot_is_refused, 0,
			    NELEMS(damages));
	suite_add_tcase(suite, tc);

	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
