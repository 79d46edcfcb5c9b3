/*
 * test_hearing.c - what a customer's message shows, by the library that ships.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "script/buf.h"
#include "script/bundle.h"
#include "script/library.h"
#include "script/reading.h"
#include "script/reading_json.h"
#include "script/report.h"
#include "tests/unit/edit.h"
#include "tests/unit/small.h"
#include "tests/unit/talk.h"

#define NELEMS(a) (sizeof(a) / sizeof((a)[0]))

static struct library *lib;

static void
begin(void)
{
	lib = talk_library();
}

static void
end(void)
{
	library_unref(lib);
}

static struct heard
hear(const char *text)
{
	struct heard h;

	reading_hear(lib, text, strlen(text), &h);
	return h;
}

static const struct heard_item *
find(const struct heard *h, const char *code)
{
	for (size_t i = 0; i < h->nsignals; i++)
		if (strcmp(lib->signals[h->signals[i].number].code, code) == 0)
			return &h->signals[i];
	return NULL;
}

static int
score(const char *text, const char *code)
{
	struct heard h = hear(text);
	const struct heard_item *item = find(&h, code);

	return item == NULL ? 0 : item->score;
}

static const char *
drives(const char *text)
{
	struct heard h = hear(text);
	const struct heard_item *item = reading_drives(lib, &h);

	return lib->signals[item->number].code;
}

/* clang-format off */
static const struct {
	const char *text;
	int lo, hi;
} moods[] = {
	{ "",                                             0, 0 },
	{ "hello",                                        0, 0 },
	{ "What time do you open?",                       0, 1 },
	{ "thank you so much, that was great",            0, 0 },
	{ "👍",                                           0, 0 },
	{ "I had a small question about my bill",         0, 1 },
	{ "not bad at all",                               0, 0 },
	{ "no complaints",                                0, 0 },
	{ "I'm not angry, just curious",                  0, 0 },
	{ "it didn't help, what a waste of time",         2, 4 },
	{ "I hate to bother you, but where is my order?", 0, 1 },
	{ "can't complain",                               0, 0 },
	{ "cant complain",                                0, 0 },
	{ "never had a problem with you",                 0, 0 },
	{ "fucking awesome service guys!!!",              0, 0 },
	{ "holy shit that was fast, thanks",              0, 0 },
	{ "it isn’t working",                             1, 2 },
	{ "it isnt working",                              1, 2 },
	{ "I am not happy",                               2, 3 },
	{ "I'm unhappy with this",                        1, 2 },
	{ "great job losing my bag",                      2, 4 },
	{ "thanks for nothing",                           2, 4 },
	{ "fuck, it broke again",                         2, 4 },
	{ "I am furious",                                 3, 4 },
	{ "I am dissapointed and frustrted",              2, 4 },
	{ "this is rediculous :(",                        3, 4 },
	{ "😡😡😡",                                       3, 4 },
	{ "This is the worst experience of my life. I am furious, "
	  "you lied to us twice. Disgusting!!!",          4, 4 },
	{ "THIS IS UNACCEPTABLE!!! I WANT MY MONEY BACK", 3, 4 },
	{ "see http://terrible.example/worst @angry_man", 0, 0 },
};

/* The second is angrier than the first. */
static const struct {
	const char *less, *more;
} heats[] = {
	{ "this is annoying",             "this is so annoying" },
	{ "this is annoying",             "THIS IS ANNOYING" },
	{ "this is annoying",             "this is annoyiiiiing" },
	{ "this is annoying",             "this is annoying!!!" },
	{ "a bit annoying",               "annoying" },
	{ "I am not angry",               "I am angry" },
	{ "I am happy",                   "I am not happy" },
	{ "why is it late",               "why is it late??" },
	{ "it is late, thanks",           "it is late" },
	{ "it is late",                   "it is late :(" },
	{ "it is late",                   "it is f**king late" },
	{ "the box is late #thanks",      "the box is late #worstserviceever" },
};

static const struct {
	const char *text, *has, *lacks;
} signals[] = {
	{ "i'd like to speak to a live agent",      "asks_human",   "asks_manager" },
	{ "agent",                                  "asks_human",   NULL },
	{ "AGENT PLEASE!!!",                        "asks_human",   NULL },
	{ "speak to a humna",                       "asks_human",   NULL },
	{ "operater",                               "asks_human",   NULL },
	{ "are you a bot",                          "asks_human",   NULL },
	{ "i dont want to talk to a robot",         "asks_human",   NULL },
	{ "is there a phone number i can call",     "asks_human",   NULL },
	{ "the agent was rude to me",               NULL,           "asks_human" },
	{ "I want to speak to my bank about it",    NULL,           "asks_human" },
	{ "how do I add a person to my account",    NULL,           "asks_human" },
	{ "call me a cab",                          NULL,           "asks_human" },
	{ "who do I ask in human resources",        NULL,           "asks_human" },
	{ "i spoke to an agent yesterday",          NULL,           "asks_human" },
	{ "let me speak to your supervisor",        "asks_manager", "asks_human" },
	{ "your manager was lovely",                NULL,           "asks_manager" },
	{ "you will hear from my lawyer",           "legal",        NULL },
	{ "where is the food court",                NULL,           "legal" },
	{ "no thanks",                              "rejects",      "accepts" },
	{ "no complaints",                          NULL,           "rejects" },
	{ "yes please",                             "accepts",      "rejects" },
	{ "yes exactly",                            "confirms",     "accepts" },
	{ "it was order 4711",                      "gives_facts",  NULL },
	{ "it works now, thanks",                   "satisfied",    "unsatisfied" },
	{ "it still does not work",                 "unsatisfied",  "satisfied" },
	/* anger is not abuse */
	{ "this fucking printer",                   NULL,           "abusive" },
	{ "what a shit service",                    NULL,           "abusive" },
	{ "fuck, it broke again",                   NULL,           "abusive" },
	{ "this f**king thing is sh1t",             NULL,           "abusive" },
	{ "your website is stupid and useless",     NULL,           "abusive" },
	{ "I feel stupid for asking",               NULL,           "abusive" },
	{ "I was an idiot to order here",           NULL,           "abusive" },
	{ "damn it, where the hell is my parcel",   NULL,           "abusive" },
	{ "this is a joke and your shop is a scam", NULL,           "abusive" },
	{ "the waiter was rude and slow",           NULL,           "abusive" },
	{ "you are an idiot",                       "abusive",      NULL },
	{ "you stupid bitch",                       "abusive",      NULL },
	{ "you people are useless morons",          "abusive",      NULL },
	{ "you are an a$$hole",                     "abusive",      NULL },
	{ "ur an idoit",                            "abusive",      NULL },
	{ "go to hell",                             "abusive",      NULL },
	{ "the agent was an idiot",                 "abusive",      NULL },
	{ "i will kill you",                        "threat",       NULL },
	{ "this heat will kill me",                 NULL,           "threat" },
};

/* What goes first when several show. */
static const struct {
	const char *text, *signal;
} firsts[] = {
	{ "",                                                   "told" },
	{ "my parcel went to the wrong street",                 "told" },
	{ "this is ridiculous!",                                "angrier" },
	{ "this is ridiculous, get me your manager",            "asks_manager" },
	{ "get me a human, no, get me your manager",            "asks_manager" },
	{ "I am furious, let me talk to a real person",         "asks_human" },
	{ "that's not good enough, I am furious",               "rejects" },
	{ "no, that is not it, this is ridiculous",             "corrects" },
	{ "it broke again, the worst service ever",             "unsatisfied" },
	{ "all good now, bye",                                  "satisfied" },
	{ "you are an idiot. get me your manager",              "asks_manager" },
	{ "thanks, order 4711",                                 "calmer" },
};

static const struct {
	const char *text, *code;
} topics[] = {
	{ "my steak was raw",                                         "food.quality.steak" },
	{ "the cake was too small for my guests",                     "order.short.cake" },
	{ "you charged me twice this month",                          "payment.double_charge" },
	{ "I was charged twiec",                                      "payment.double_charge" },
	{ "you keep billing me although I cancelled my subscription", "payment.subscription" },
	{ "your crew mowed down my garden",                           "property.damage.garden" },
	{ "my card was declined at the till",                         "payment.declined" },
	{ "the wifi is down",                                         "service.outage" },
	{ "still waiting for my refund",                              "payment.refund_delay" },
	{ "where is my parcel? it should have been here on Monday",   "delivery.late" },
	{ "you cancelled my order without asking",                    "order.cancelled" },
	{ "there was a piece of glass in my salad",                   "food.unsafe" },
	{ "the battery caught fire while charging",                   "product.unsafe" },
	{ "you sent me the wrong size",                               "order.wrong_item" },
	{ "I want to return these, but the return period is over",    "returns.window" },
	{ "we booked a room with a sea view",                         "stay.room" },
	{ "the promo code does not work",                             "pricing" },
	{ "I forgot my password",                                     "account.locked" },
	{ "my account is locked",                                     "account.locked" },
	{ "there is a mistake on my bill",                            "payment.billing_error" },
	{ "it says delivered but there is no parcel",                 "delivery.not_received" },
	{ "the driver left my parcel with a neighbour I don't know",  "delivery.wrong_place" },
	{ "nobody showed up for the appointment",                     "service.no_show" },
	{ "my flight was delayed for six hours",                      "travel.delay" },
	{ "my suitcase never came off the belt",                      "travel.baggage" },
	{ "you sent my personal data to a stranger",                  "privacy.breach" },
};
/* clang-format on */

START_TEST(tells_the_mood)
{
	struct heard h = hear(moods[_i].text);

	ck_assert_msg(h.intensity >= moods[_i].lo &&
			      h.intensity <= moods[_i].hi,
		      "\"%s\": %d (%d)", moods[_i].text, h.intensity, h.heat);
}
END_TEST

START_TEST(tells_more_from_less)
{
	int less = hear(heats[_i].less).heat, more = hear(heats[_i].more).heat;

	ck_assert_msg(less < more, "\"%s\": %d, \"%s\": %d", heats[_i].less,
		      less, heats[_i].more, more);
}
END_TEST

START_TEST(tells_signals)
{
	if (signals[_i].has != NULL)
		ck_assert_msg(score(signals[_i].text, signals[_i].has) >= 500,
			      "\"%s\" is not %s", signals[_i].text,
			      signals[_i].has);
	if (signals[_i].lacks != NULL)
		ck_assert_msg(score(signals[_i].text, signals[_i].lacks) == 0,
			      "\"%s\" is %s", signals[_i].text,
			      signals[_i].lacks);
}
END_TEST

START_TEST(ranks_insults)
{
	int you = score("you are an idiot", "abusive"),
	    she = score("she is an idiot", "abusive"),
	    staff = score("your staff are useless", "abusive"),
	    thing = score("this phone is useless", "abusive");

	ck_assert_int_gt(you, she);
	ck_assert_int_gt(she, staff);
	ck_assert_int_gt(staff, thing);
}
END_TEST

START_TEST(puts_one_first)
{
	ck_assert_msg(strcmp(drives(firsts[_i].text), firsts[_i].signal) == 0,
		      "\"%s\" is %s", firsts[_i].text, drives(firsts[_i].text));
}
END_TEST

/* What is for a person to confirm moves nothing, however sure it is. */
START_TEST(never_acts_on_abuse)
{
	struct heard h = hear("i will kill you");
	const struct heard_item *item = find(&h, "threat");

	ck_assert_ptr_nonnull(item);
	ck_assert(item->confirm);
	ck_assert(!reading_drives(lib, &h)->confirm);
	h = hear("you idiot");
	ck_assert(find(&h, "abusive")->confirm);
	ck_assert(!reading_drives(lib, &h)->confirm);
}
END_TEST

START_TEST(knows_the_topic)
{
	struct heard h = hear(topics[_i].text);

	ck_assert_uint_gt(h.ncategories, 0);
	ck_assert_msg(strcmp(lib->categories[h.categories[0].number].code,
			     topics[_i].code) == 0,
		      "\"%s\" is %s", topics[_i].text,
		      lib->categories[h.categories[0].number].code);
}
END_TEST

/* The library says itself what each signal sounds like. */
START_TEST(knows_its_own_examples)
{
	size_t len, n = 0;
	char *text = edit_file("sql/content/library.json", &len);
	json_t *bundle = json_loadb(text, len, 0, NULL), *signal, *example;
	size_t i, k;

	json_array_foreach(json_object_get(bundle, "signals"), i, signal) {
		const char *code =
			json_string_value(json_object_get(signal, "code"));

		json_array_foreach(json_object_get(signal, "examples"), k,
				   example) {
			const char *said = json_string_value(example);

			n++;
			ck_assert_msg(score(said, code) > 0, "\"%s\": %s", said,
				      code);
		}
	}
	ck_assert_uint_gt(n, 20);
	json_decref(bundle);
	free(text);
}
END_TEST

START_TEST(shows_the_words)
{
	static const char text[] = "😡 é you are an idiot";
	struct heard h = hear(text);
	const struct heard_item *item = find(&h, "abusive");

	ck_assert_uint_eq(item->nspans, 1);
	ck_assert_int_eq(memcmp(text + item->spans[0].at, "idiot", 5), 0);
	ck_assert_uint_eq(item->spans[0].end, sizeof(text) - 1);
	ck_assert_uint_ge(h.nbecause, 2);
	ck_assert_uint_eq(h.because[0].span.at, 0);
	ck_assert_str_eq(h.because[0].list, "EMOJI_ANGRY");
}
END_TEST

START_TEST(answers_in_json)
{
	static const char text[] = "😡 you are an idiot. my steak was raw";
	struct heard h = hear(text);
	struct buf out = { 0 };
	json_t *all, *first, *span;

	reading_json(&out, lib, text, strlen(text), &h);
	all = json_loadb(out.ptr, out.len, JSON_REJECT_DUPLICATES, NULL);
	ck_assert_ptr_nonnull(all);
	ck_assert_int_eq(json_integer_value(json_object_get(all, "release")),
			 lib->release);
	ck_assert_int_eq(json_integer_value(json_object_get(all, "intensity")),
			 h.intensity);
	ck_assert(json_is_real(json_object_get(all, "heat")));
	first = json_array_get(json_object_get(all, "signals"), 0);
	ck_assert_str_eq(json_string_value(json_object_get(first, "code")),
			 "abusive");
	ck_assert(json_is_true(json_object_get(first, "confirm")));
	span = json_array_get(json_object_get(first, "spans"), 0);
	/* An emoji is two units. */
	ck_assert_int_eq(json_integer_value(json_object_get(span, "offset")),
			 14);
	ck_assert_int_eq(json_integer_value(json_object_get(span, "length")),
			 5);
	ck_assert_ptr_nonnull(json_object_get(
		json_array_get(json_object_get(all, "categories"), 0),
		"spans"));
	json_decref(all);
	buf_free(&out);
}
END_TEST

START_TEST(writes_scores)
{
	static const struct {
		int score;
		const char *text;
	} scores[] = { { 0, "0" },	 { 1000, "1" },	 { 930, "0.93" },
		       { 5, "0.005" },	 { 50, "0.05" }, { 700, "0.7" },
		       { -1500, "-1.5" } };
	struct buf out = { 0 };

	for (size_t i = 0; i < NELEMS(scores); i++) {
		out.len = 0;
		reading_json_score(&out, scores[i].score);
		buf_char(&out, '\0');
		ck_assert_str_eq(out.ptr, scores[i].text);
	}
	buf_free(&out);
}
END_TEST

/* Any length will do, and the same text gives the same answer. */
START_TEST(bears_long_messages)
{
	static const char *const parts[] = { "angry ",	 "you idiot ",
					     ":( ",	 "#worst",
					     "soooo ",	 "f**k ",
					     "\xff\xf0", "talk to an agent " };
	static char text[65536];
	struct heard one, two;

	memset(&one, 0, sizeof(one));
	memset(&two, 0, sizeof(two));
	for (size_t i = 0; i < NELEMS(parts); i++) {
		size_t n = strlen(parts[i]);

		for (size_t at = 0; at + n <= sizeof(text); at += n)
			memcpy(text + at, parts[i], n);
		reading_hear(lib, text, sizeof(text), &one);
		reading_hear(lib, text, sizeof(text), &two);
		ck_assert_int_eq(memcmp(&one, &two, sizeof(one)), 0);
		ck_assert_int_le(one.heat, 1000);
		ck_assert_int_ge(one.heat, 0);
	}
}
END_TEST

/* A library without cues hears nothing, and that is no error. */
START_TEST(bears_a_library_without_cues)
{
	struct library *small = small_library();
	struct heard h;

	reading_hear(small, "you idiot", 9, &h);
	ck_assert_int_eq(h.intensity, 0);
	ck_assert_uint_eq(h.nsignals, 0);
	ck_assert_str_eq(small->signals[reading_drives(small, &h)->number].code,
			 "told");
	library_unref(small);
}
END_TEST

/* clang-format off */
static const struct {
	const char *path, *value, *at, *word;
} wrongs[] = {
	{ "/cues", "{\"ANGERS\": [\"mad\"]}",         "/cues",           "ANGER" },
	{ "/cues", "{\"ANGER\": {\"9\": [\"mad\"]}}", "/cues/ANGER",     "1, 2 or 3" },
	{ "/cues", "{\"FIRST\": [\"I\", \"to me\"]}", "/cues/FIRST/1",   "one word" },
	{ "/cues", "{\"ANGER\": {\"2\": [\"a\", \"b ... ... c\"]}}",
	                                              "/cues/ANGER/2/1", "cue" },
	{ "/categories/post/keywords", "[\"box\", \"...\"]",
	                                 "/categories/post/keywords/1",  "cue" },
};
/* clang-format on */

START_TEST(says_what_is_wrong_with_cues)
{
	json_t *bundle = edit_small();
	struct report r = { 0 };
	struct library *none;

	edit_set(bundle, wrongs[_i].path, wrongs[_i].value);
	none = library_from_bundle(bundle, 1, &r);
	ck_assert_ptr_null(none);
	edit_expect(&r, bundle, wrongs[_i].at, wrongs[_i].word);
	report_free(&r);
	json_decref(bundle);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("hearing");
	TCase *tc = tcase_create("hearing");
	SRunner *sr;
	int failed;

	tcase_add_unchecked_fixture(tc, begin, end);
	tcase_add_loop_test(tc, tells_the_mood, 0, (int)NELEMS(moods));
	tcase_add_loop_test(tc, tells_more_from_less, 0, (int)NELEMS(heats));
	tcase_add_loop_test(tc, tells_signals, 0, (int)NELEMS(signals));
	tcase_add_test(tc, ranks_insults);
	tcase_add_loop_test(tc, puts_one_first, 0, (int)NELEMS(firsts));
	tcase_add_test(tc, never_acts_on_abuse);
	tcase_add_loop_test(tc, knows_the_topic, 0, (int)NELEMS(topics));
	tcase_add_test(tc, knows_its_own_examples);
	tcase_add_test(tc, shows_the_words);
	tcase_add_test(tc, answers_in_json);
	tcase_add_test(tc, writes_scores);
	tcase_add_test(tc, bears_long_messages);
	tcase_add_test(tc, bears_a_library_without_cues);
	tcase_add_loop_test(tc, says_what_is_wrong_with_cues, 0,
			    (int)NELEMS(wrongs));
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
