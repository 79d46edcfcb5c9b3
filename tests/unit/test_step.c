/*
 * test_step.c - which lines are offered, and what the answer looks like.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "script/render.h"
#include "tests/unit/small.h"

#define NELEMS(a) (sizeof(a) / sizeof((a)[0]))

static struct library *lib;

static void
setup(void)
{
	lib = small_library();
}

static void
teardown(void)
{
	library_unref(lib);
}

static void
query_init(struct step_query *q, const char *category, const char *channel)
{
	memset(q, 0, sizeof(*q));
	q->sit = small_situation(lib, category, channel);
	q->sit.may_offer = lib->categories[q->sit.category].offers;
	state_init(&q->state);
	q->stage = STAGE_NONE;
	q->signal = -1;
	q->wish.to = STAGE_NONE;
	q->phrases = 3;
}

/* The ids of say, with a space between, as they would be offered at ${stage}.
 */
static const char *
said(struct step_query *q, const char *stage, struct step *step)
{
	static char ids[400];

	q->state.stage = small_stage(lib, stage);
	q->stay = true;
	step_make(q, step);
	ids[0] = '\0';
	for (size_t i = 0; i < step->lines.nsay; i++) {
		if (i > 0)
			strcat(ids, " ");
		strcat(ids, step->lines.say[i].phrase->id);
	}
	return ids;
}

START_TEST(offers_the_most_specific_line_first)
{
	struct step_query q;
	struct step step;

	query_init(&q, "post.late", "live_chat");
	ck_assert_str_eq(said(&q, "open", &step),
			 "post.late/open/1 general/open/2 general/open/1");
	ck_assert_int_eq(step.lines.say[0].fallback, 0);
	ck_assert_int_eq(step.lines.say[1].fallback, 2);
}
END_TEST

START_TEST(asks_for_what_would_unlock_more)
{
	struct step_query q;
	struct step step;
	char room[8];
	int when = library_placeholder(lib, "when", 4);

	query_init(&q, "post", "live_chat");
	ck_assert_str_eq(said(&q, "listen", &step),
			 "post/listen/2 general/listen/1");
	ck_assert_uint_eq(step.lines.nask, 2);
	ck_assert_int_eq(step.lines.ask[0].unlocks, 1);

	ck_assert_int_eq(values_set(&q.values, lib, when, "noon", 4, room),
			 VALUE_OK);
	(void)said(&q, "listen", &step);
	ck_assert_uint_eq(step.lines.nsay, 3);
	ck_assert_uint_eq(step.lines.nask, 1);
	ck_assert_str_eq(lib->placeholders[step.lines.ask[0].placeholder].name,
			 "order_ref");
}
END_TEST

START_TEST(prefers_the_details_of_the_case)
{
	struct step_query q;
	struct step step;
	char room[8];

	query_init(&q, "post", "live_chat");
	ck_assert_int_eq(values_set(&q.values, lib,
				    library_placeholder(lib, "when", 4), "noon",
				    4, room),
			 VALUE_OK);
	(void)said(&q, "listen", &step);
	ck_assert_str_eq(step.lines.say[0].phrase->id, "post/listen/1");
}
END_TEST

START_TEST(shows_nothing_private_in_public)
{
	struct step_query q;
	struct step step;
	char room[8];

	query_init(&q, "post", "wall");
	ck_assert_int_eq(values_set(&q.values, lib,
				    library_placeholder(lib, "order_ref", 9),
				    "A1", 2, room),
			 VALUE_OK);
	ck_assert_ptr_null(strstr(said(&q, "listen", &step), "post/listen/3"));
	ck_assert_uint_eq(step.lines.nask, 1); /* nor is it asked for */
}
END_TEST

START_TEST(a_bot_vouches_for_nothing_and_grants_nothing)
{
	struct step_query q;
	struct step step;

	query_init(&q, "post", "live_chat");
	q.sit.speaker = SPEAKER_BOT;
	ck_assert_str_eq(said(&q, "listen", &step), "general/listen/1");
	ck_assert_str_eq(said(&q, "offer", &step), "general/offer/1");
	/* and it has no breath to take */
	(void)said(&q, "recover", &step);
	ck_assert_uint_eq(step.lines.nself, 1);
	ck_assert_str_eq(step.lines.self[0].phrase->id, "general/recover/2");
}
END_TEST

START_TEST(offers_only_what_may_be_granted)
{
	struct step_query q;
	struct step step;

	query_init(&q, "post", "live_chat");
	ck_assert_ptr_nonnull(strstr(said(&q, "offer", &step), "post/offer/1"));
	q.sit.may_offer = UINT64_C(1) << library_offer(lib, "refund", 6);
	ck_assert_ptr_null(strstr(said(&q, "offer", &step), "post/offer/1"));
	ck_assert_ptr_nonnull(
		strstr(said(&q, "offer", &step), "general/offer/2"));
	q.sit.may_offer = 0;
	ck_assert_str_eq(said(&q, "offer", &step), "general/offer/1");
}
END_TEST

START_TEST(admits_nothing_after_a_legal_threat)
{
	struct step_query q;
	struct step step;

	query_init(&q, "post", "live_chat");
	q.sit.fault = FAULT_OURS;
	ck_assert_ptr_nonnull(
		strstr(said(&q, "sorry", &step), "general/sorry/2"));
	q.state.flags = 1u << FLAG_NO_ADMISSION;
	ck_assert_str_eq(said(&q, "sorry", &step), "general/sorry/1");
}
END_TEST

START_TEST(says_some_lines_only_for_their_reason)
{
	struct step_query q;
	struct step step;

	query_init(&q, "general", "live_chat");
	ck_assert_str_eq(said(&q, "exit", &step), "general/exit/1");
	q.stay = false;
	q.stage = small_stage(lib, "open");
	q.state.stage = q.stage;
	q.signal = small_signal(lib, "threat");
	step_make(&q, &step);
	ck_assert_uint_eq(step.lines.nsay, 2);
}
END_TEST

START_TEST(fits_the_line_to_the_mood)
{
	struct step_query q;
	struct step step;

	query_init(&q, "general", "live_chat");
	q.sit.intensity = 4;
	q.sit.tone = TONE_PLAIN;
	ck_assert_str_eq(said(&q, "listen", &step),
			 "general/listen/2 general/listen/1");
	q.sit.intensity = 1;
	ck_assert_str_eq(said(&q, "listen", &step), "general/listen/1");
}
END_TEST

/* Give the state back as a caller would: the first line counts as said. */
static void
give_back(struct step_query *q)
{
	if (q->state.offered.len > 0)
		state_used(&q->state, q->state.offered);
}

START_TEST(never_repeats_while_something_new_is_left)
{
	struct step_query q;
	struct step step;
	char first[7][40];

	query_init(&q, "post.late", "live_chat");
	for (int i = 0; i < 7; i++) {
		(void)said(&q, "open", &step);
		ck_assert_uint_ge(step.lines.nsay, 1);
		strcpy(first[i], step.lines.say[0].phrase->id);
		ck_assert_int_eq(step.lines.say[0].repeated, i >= 3);
		if (i < 3)
			for (int j = 0; j < i; j++)
				ck_assert_str_ne(first[i], first[j]);
		else /* then the one said longest ago */
			ck_assert_str_eq(first[i], first[i - 3]);
		give_back(&q);
	}
}
END_TEST

START_TEST(speaks_the_language_it_has)
{
	struct step_query q;
	struct step step;

	query_init(&q, "post.late", "live_chat");
	q.sit.locale = library_locale(lib, "de-AT", 5);
	ck_assert_int_gt(q.sit.locale, 0);
	ck_assert_str_eq(said(&q, "open", &step), "general/open/3");
	ck_assert_str_eq(said(&q, "closed", &step), "general/closed/1");
	ck_assert_int_eq(library_locale(lib, "fr", 2), -1);
	ck_assert_int_eq(library_locale(lib, "en-GB", 5), 0);
}
END_TEST

START_TEST(an_agents_own_line_ends_no_search_for_a_language)
{
	json_t *bundle = small_bundle();
	struct step_query q;
	struct step step;

	json_array_append_new(json_object_get(bundle, "phrases"),
			      json_pack("{s:s, s:s, s:s, s:s, s:s, s:s}", "id",
					"general/offer/9", "category",
					"general", "stage", "offer", "text",
					"Ruhig bleiben.", "speaker",
					"agent_self", "locale", "de"));
	library_unref(lib);
	lib = small_build(bundle);
	json_decref(bundle);
	query_init(&q, "general", "live_chat");
	q.sit.locale = library_locale(lib, "de", 2);
	(void)said(&q, "offer", &step);
	ck_assert_uint_gt(step.lines.nsay, 0);
	ck_assert_uint_eq(step.lines.nself, 1);
}
END_TEST

START_TEST(begins_with_the_entry)
{
	struct step_query q;
	struct step step;

	query_init(&q, "general", "live_chat");
	step_make(&q, &step);
	ck_assert_int_eq(step.state->stage, small_stage(lib, "open"));
	ck_assert(step.move.moved);
	ck_assert_int_eq(step.move.from, STAGE_NONE);
	ck_assert_int_eq(step.move.signal, -1);

	/* but a threat as the first message is answered as one */
	query_init(&q, "general", "live_chat");
	q.signal = small_signal(lib, "threat");
	step_make(&q, &step);
	ck_assert_int_eq(step.state->stage, small_stage(lib, "exit"));
}
END_TEST

START_TEST(offers_a_breather_after_a_hard_one)
{
	struct step_query q;
	struct step step;

	query_init(&q, "general", "live_chat");
	(void)said(&q, "closed", &step);
	ck_assert_int_eq(step.strain, STRAIN_NONE);
	q.state.counts[COUNT_WARNINGS] = 1;
	(void)said(&q, "open", &step);
	ck_assert_int_eq(step.strain, STRAIN_NONE);
	(void)said(&q, "closed", &step);
	ck_assert_int_eq(step.strain, STRAIN_ABUSE);
	ck_assert_uint_eq(step.nideas, 1);
	ck_assert_str_eq(step.ideas[0].phrase->id, "general/recover/1");
}
END_TEST

/* Calm at the end, but furious before: that was hard, too. */
START_TEST(offers_a_breather_after_a_peak)
{
	struct step_query q;
	struct step step;

	query_init(&q, "general", "live_chat");
	q.sit.intensity = 0;
	q.peak = lib->breather_intensity - 1;
	(void)said(&q, "closed", &step);
	ck_assert_int_eq(step.strain, STRAIN_NONE);
	q.peak = lib->breather_intensity;
	(void)said(&q, "open", &step);
	ck_assert_int_eq(step.strain, STRAIN_NONE);
	(void)said(&q, "closed", &step);
	ck_assert_int_eq(step.strain, STRAIN_INTENSITY);
}
END_TEST

static json_t *
rendered(struct step_query *q,
	 void (*render)(struct buf *, const struct step *))
{
	struct step step;
	struct buf out;
	json_error_t err;

	step_make(q, &step);
	buf_init(&out, 0);
	render(&out, &step);
	json_t *json =
		json_loadb(out.ptr, out.len, JSON_REJECT_DUPLICATES, &err);
	ck_assert_msg(json != NULL, "%s: %.*s", err.text, (int)out.len,
		      out.ptr);
	buf_free(&out);
	return json;
}

START_TEST(renders_every_stage_as_json)
{
	for (size_t i = 0; i < lib->nstages; i++)
		for (size_t c = 0; c < lib->nchannels; c++) {
			struct step_query q;

			query_init(&q, "post.late", lib->channels[c].code);
			q.stage = (int)i;
			q.signal = 0;
			json_t *json = rendered(&q, render_json);
			ck_assert(
				json_is_object(json_object_get(json, "state")));
			json_decref(json);

			query_init(&q, "post.late", lib->channels[c].code);
			q.stage = (int)i;
			json = rendered(&q, render_flat);
			const char *key;
			json_t *value;
			json_object_foreach(json, key, value)
				ck_assert_msg(!json_is_object(value) &&
						      !json_is_array(value),
					      "%s is not flat", key);
			json_decref(json);
		}
}
END_TEST

START_TEST(renders_the_whole_answer)
{
	struct step_query q;

	query_init(&q, "post.late", "live_chat");
	q.stage = small_stage(lib, "open");
	q.signal = small_signal(lib, "next");
	json_t *json = rendered(&q, render_json);
	json_t *want = json_loads(
		"{\"release\":1,"
		"\"category\":{\"code\":\"post.late\",\"name\":\"Late post\"},"
		"\"protocol\":{\"code\":\"plan\",\"name\":\"Plan\",\"step\":"
		"{\"n\":1,\"of\":3,\"name\":\"Begin\"}},"
		"\"from\":\"open\",\"signal\":\"next\",\"moved\":true,"
		"\"held_back\":null,\"stage\":{\"code\":\"listen\","
		"\"name\":\"Listen\",\"kind\":\"customer\",\"goal\":\"Hear.\","
		"\"done_when\":\"Heard.\"},\"do\":[],\"avoid\":[],"
		"\"delivery\":[],\"self\":[],\"effects\":[],"
		"\"breather\":null,\"silence_after\":60}",
		0, NULL);
	const char *key;
	json_t *value;

	json_object_foreach(want, key, value)
		ck_assert_msg(json_equal(value, json_object_get(json, key)),
			      "%s differs", key);
	ck_assert_uint_eq(json_array_size(json_object_get(json, "say")), 2);
	ck_assert_uint_eq(json_array_size(json_object_get(json, "next")), 4);
	json_decref(want);
	json_decref(json);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("step");
	TCase *tc = tcase_create("step");
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, offers_the_most_specific_line_first);
	tcase_add_test(tc, asks_for_what_would_unlock_more);
	tcase_add_test(tc, prefers_the_details_of_the_case);
	tcase_add_test(tc, shows_nothing_private_in_public);
	tcase_add_test(tc, a_bot_vouches_for_nothing_and_grants_nothing);
	tcase_add_test(tc, offers_only_what_may_be_granted);
	tcase_add_test(tc, admits_nothing_after_a_legal_threat);
	tcase_add_test(tc, says_some_lines_only_for_their_reason);
	tcase_add_test(tc, fits_the_line_to_the_mood);
	tcase_add_test(tc, never_repeats_while_something_new_is_left);
	tcase_add_test(tc, speaks_the_language_it_has);
	tcase_add_test(tc, an_agents_own_line_ends_no_search_for_a_language);
	tcase_add_test(tc, begins_with_the_entry);
	tcase_add_test(tc, offers_a_breather_after_a_hard_one);
	tcase_add_test(tc, offers_a_breather_after_a_peak);
	tcase_add_test(tc, renders_every_stage_as_json);
	tcase_add_test(tc, renders_the_whole_answer);
	suite_add_tcase(suite, tc);

	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
