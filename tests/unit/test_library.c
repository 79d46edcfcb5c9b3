/*
 * test_library.c - a bundle becomes a snapshot, or is told why not.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "script/library.h"
#include "script/report.h"
#include "script/usable.h"
#include "tests/unit/edit.h"

#define NELEMS(a) (sizeof(a) / sizeof((a)[0]))

static json_t *small;
static struct library *lib;

static void
setup(void)
{
	struct report r = { 0 };

	small = edit_small();
	lib = library_from_bundle(small, 7, &r);
	ck_assert_msg(lib != NULL, "%s",
		      r.n > 0 ? r.lines[0].detail : "no memory");
}

static void
teardown(void)
{
	library_unref(lib);
	json_decref(small);
}

static void
expect(struct frag frag, const char *text)
{
	ck_assert_msg(frag.len == strlen(text) &&
			      memcmp(frag.ptr, text, frag.len) == 0,
		      "\"%.*s\" is not \"%s\"", (int)frag.len, frag.ptr, text);
}

static const struct stage *
stage(const char *code)
{
	int i = library_stage(lib, code, strlen(code));

	ck_assert_msg(i >= 0, "no stage %s", code);
	return &lib->stages[i];
}

static const struct phrase *
phrase(const char *id)
{
	int64_t i = library_phrase(lib, id, strlen(id));

	ck_assert_msg(i >= 0, "no phrase %s", id);
	return &lib->phrases[i];
}

/* --- what is in it ------------------------------------------------------ */

START_TEST(finds_codes)
{
	ck_assert_str_eq(lib->stages[library_stage(lib, "openly", 4)].code,
			 "open");
	ck_assert_ptr_eq(stage("hear"), stage("listen")); /* an alias */
	ck_assert_int_eq(library_stage(lib, "nowhere", 7), -1);
	ck_assert_int_eq(library_stage(lib, "", 0), -1);
	ck_assert_int_eq(library_signal(lib, "next", 4), lib->signal_next);
	ck_assert_int_ge(library_protocol(lib, "brief", 5), 0);
	ck_assert_int_ge(library_category(lib, "post.late", 9), 0);
	ck_assert_int_eq(library_category(lib, "post.", 5), -1);
	ck_assert_int_ge(library_channel(lib, "phone", 5), 0);
	ck_assert_int_ge(library_placeholder(lib, "when", 4), 0);
	ck_assert_int_ge(library_offer(lib, "gift", 4), 0);
	ck_assert_int_eq(library_phrase(lib, "general/open/9", 14), -1);
	for (size_t i = 0; i < lib->nphrases; i++)
		ck_assert_int_eq(library_phrase(lib, lib->phrases[i].id,
						lib->phrases[i].id_len),
				 (int64_t)i);
	ck_assert_int_eq(lib->release, 7);
}
END_TEST

#define RULE(match, better) \
	"[{\"id\": \"W1\", \"cls\": \"a\", \"sub\": \"b\", \"severity\": \"low\"," match \
	",\"example\": \"x\", \"better\": \"" better "\", \"why\": \"z\"}]"

/* clang-format off */
static const struct {
	const char *code;
	int locale;
} locales[] = {
	{ "en", 0 }, { "EN", 0 }, { "en-GB", 0 }, { "en-GB-oxendict", 0 },
	{ "fr", -1 }, { "e", -1 }, { "eng", -1 }, { "", -1 }, { "-", -1 },
	{ "xen", -1 },
};
/* clang-format on */

START_TEST(finds_locales_by_their_language)
{
	ck_assert_int_eq(
		library_locale(lib, locales[_i].code, strlen(locales[_i].code)),
		locales[_i].locale);
}
END_TEST

START_TEST(makes_fragments_of_stages)
{
	const struct stage *open = stage("open");

	expect(open->head,
	       "{\"code\":\"open\",\"name\":\"Open\",\"kind\":\"customer\","
	       "\"goal\":\"Begin.\",\"done_when\":\"Begun.\"}");
	expect(open->dos, "[{\"id\":\"open/do/1\",\"text\":\"Greet.\"}]");
	expect(open->avoids,
	       "[{\"id\":\"open/avoid/1\",\"text\":\"Do not rush.\"}]");
	expect(open->do_items[0].id, "open/do/1");
	expect(stage("listen")->dos, "[]");
	expect(stage("offer")->hold_because,
	       "They have not been \\\"heard\\\" yet.");
	ck_assert_ptr_eq(&lib->stages[stage("offer")->hold_until],
			 stage("sorry"));
	ck_assert_int_eq(open->hold_until, STAGE_NONE);
	ck_assert_int_eq(stage("sorry")->on_exit.apologized, 1);
	ck_assert(stage("limit")->shared && stage("exit")->shared);
	ck_assert(!open->shared);
	ck_assert(stage("pause")->pauses && !open->pauses);
	expect(lib->ways[(size_t)lib->signal_next * lib->nstages +
			 (size_t)(open - lib->stages)],
	       ",{\"signal\":\"next\",\"to\":\"open\"}");
}
END_TEST

START_TEST(adds_the_end_of_the_case)
{
	const struct stage *done = stage("done");

	ck_assert_ptr_eq(&lib->stages[lib->stage_done], done);
	ck_assert_int_eq(done->kind, KIND_END);
	ck_assert(done->shared);
	ck_assert_uint_eq(done->rows.n, 0);
	ck_assert_int_eq(lib->stage_public, STAGE_NONE);
	ck_assert_ptr_eq(&lib->stages[lib->stage_listen], stage("listen"));
}
END_TEST

START_TEST(knows_how_to_say_it)
{
	size_t open = (size_t)(stage("open") - lib->stages) * N_SPEAKERS;
	const struct channel
		*phone = &lib->channels[library_channel(lib, "phone", 5)],
		*chat = &lib->channels[library_channel(lib, "live_chat", 9)];

	expect(phone->delivery[open + SPEAKER_HUMAN], "[\"Slowly.\"]");
	/* A voice is no bot's to slow down. */
	expect(phone->delivery[open + SPEAKER_BOT], "[\"Say what you are.\"]");
	expect(chat->delivery[open + SPEAKER_HUMAN], "[]");
	expect(chat->delivery[open + SPEAKER_BOT], "[\"Say what you are.\"]");
	ck_assert_int_eq(chat->silence_seconds, 60);
	ck_assert_int_eq(phone->silence_seconds, 0);
}
END_TEST

START_TEST(spreads_rows_for_all_stages)
{
	const struct row_range *open = &stage("open")->rows;
	int last = -1;

	/* Two of its own, and three of "*". */
	ck_assert_uint_eq(open->n, 5);
	for (uint32_t i = 0; i < open->n; i++) {
		const struct row *row = &lib->rows[open->first + i];
		ck_assert_int_ge(row->signal, last);
		last = row->signal;
	}
	const struct row *abusive = &lib->rows[open->first];
	ck_assert_str_eq(lib->signals[abusive->signal].code, "abusive");
	ck_assert_uint_eq(abusive[0].guard, GUARD_WARNINGS_LEFT);
	ck_assert_uint_eq(abusive[1].guard, GUARD_WARNINGS_SPENT);
	ck_assert(abusive->wild);
	ck_assert_uint_eq(abusive->effects.counts, 1 << COUNT_WARNINGS);
	/* Not for stages where nobody speaks to the customer. */
	ck_assert_uint_eq(stage("exit")->rows.n, 1);
	ck_assert_uint_eq(stage("recover")->rows.n, 1);
	/* Before the common ones, a protocol's own. */
	const struct protocol *brief =
		&lib->protocols[library_protocol(lib, "brief", 5)];
	const struct row_range *own = &brief->own[stage("offer") - lib->stages];
	ck_assert_uint_eq(own->n, 1);
	ck_assert_ptr_eq(&lib->stages[lib->rows[own->first].to],
			 stage("listen"));
	ck_assert_uint_eq(brief->own[stage("open") - lib->stages].n, 0);
}
END_TEST

START_TEST(describes_protocols)
{
	const struct protocol *plan = &lib->protocols[lib->default_protocol];

	ck_assert_str_eq(plan->code, "plan");
	ck_assert_ptr_null(plan->own);
	ck_assert_ptr_eq(&lib->stages[plan->entry], stage("open"));
	expect(plan->head, "{\"code\":\"plan\",\"name\":\"Plan\",\"step\":");
	expect(plan->steps[stage("offer") - lib->stages],
	       "{\"n\":2,\"of\":3,\"name\":\"Mend\"}");
	expect(plan->steps[stage("pause") - lib->stages], "null");
	ck_assert((plan->visits >> (stage("sorry") - lib->stages) & 1) != 0);
	ck_assert((plan->visits >> (stage("exit") - lib->stages) & 1) != 0);

	const struct protocol *brief =
		&lib->protocols[library_protocol(lib, "brief", 5)];
	ck_assert((brief->visits >> (stage("sorry") - lib->stages) & 1) == 0);
}
END_TEST

START_TEST(describes_categories)
{
	const struct category *late =
		&lib->categories[library_category(lib, "post.late", 9)];

	ck_assert_str_eq(lib->categories[late->parent].code, "post");
	ck_assert_int_eq(
		lib->categories[lib->categories[late->parent].parent].parent,
		-1);
	ck_assert_int_eq(late->fault, FAULT_UNKNOWN);
	ck_assert_int_eq(lib->categories[late->parent].fault, FAULT_OURS);
	ck_assert_uint_eq(late->offers,
			  UINT64_C(1) << library_offer(lib, "refund", 6));
	expect(late->head, "{\"code\":\"post.late\",\"name\":\"Late post\"}");
}
END_TEST

START_TEST(compiles_phrases)
{
	const struct phrase *greet = phrase("general/open/1"),
			    *plain = phrase("general/open/2"),
			    *due = phrase("post/listen/1"),
			    *order = phrase("post/listen/3");
	int name = library_placeholder(lib, "name", 4);

	/* "Hello[[, {name}]]." */
	ck_assert_uint_eq(greet->text_len, 14);
	ck_assert_mem_eq(greet->text, "Hello\2\5\0, \1", 11);
	ck_assert_int_eq(greet->text[11], name);
	ck_assert_mem_eq(greet->text + 12, "\3.", 2);
	ck_assert_uint_eq(greet->nneeds, 0);
	ck_assert(!greet->plain && plain->plain);
	ck_assert_uint_eq(due->nneeds, 1);
	ck_assert_int_eq(due->needs[0], library_placeholder(lib, "when", 4));
	ck_assert(!due->needs_private && order->needs_private);
	expect(lib->tails[plain->tail],
	       ",\"true_only\":false,\"offers\":[],\"claims\":[]}");
	expect(lib->leads[plain->locale * N_TONES + plain->tone],
	       "\",\"locale\":\"en\",\"tone\":\"warm\",\"fallback\":");
	ck_assert_uint_eq(phrase_channels(plain), UINT32_MAX);
	ck_assert_int_eq(plain->fault, FAULT_ANY);
	ck_assert_int_eq(plain->hi, INTENSITY_MAX);
	ck_assert_uint_eq(plain->n, 2);
	ck_assert_uint_eq(plain->when, 0);
}
END_TEST

START_TEST(sorts_phrases_into_cells)
{
	for (size_t c = 0; c < lib->ncategories; c++) {
		for (size_t s = 0; s < lib->nstages; s++) {
			size_t cell = c * lib->nstages + s;
			for (uint32_t i = lib->cells[cell];
			     i < lib->cells[cell + 1]; i++) {
				const struct phrase *p = &lib->phrases[i];
				ck_assert_uint_eq(p->category, c);
				ck_assert_uint_eq(p->stage, s);
				if (i > lib->cells[cell])
					ck_assert_uint_gt(p->n, p[-1].n);
			}
		}
	}
	ck_assert_uint_eq(lib->cells[lib->ncategories * lib->nstages],
			  lib->nphrases);
}
END_TEST

/* The order of a bundle does not matter. */
START_TEST(builds_the_same_from_any_order)
{
	struct report r = { 0 };
	json_t *phrases = json_object_get(small, "phrases"),
	       *turned = json_array();

	for (size_t i = json_array_size(phrases); i > 0; i--)
		json_array_append(turned, json_array_get(phrases, i - 1));
	json_object_set_new(small, "phrases", turned);
	struct library *other = library_from_bundle(small, 7, &r);
	ck_assert_ptr_nonnull(other);
	ck_assert_uint_eq(other->nphrases, lib->nphrases);
	for (size_t i = 0; i < lib->nphrases; i++)
		ck_assert_str_eq(other->phrases[i].id, lib->phrases[i].id);
	library_unref(other);
}
END_TEST

START_TEST(lives_as_long_as_someone_holds_it)
{
	struct library *other = library_ref(lib);

	library_unref(other);
	ck_assert_str_eq(lib->stages[0].code, "closed");
	ck_assert_ptr_null(library_ref(NULL));
	library_unref(NULL);
	ck_assert_uint_gt(library_bytes(lib), 1000);
}
END_TEST

/* --- who may say what --------------------------------------------------- */

START_TEST(says_what_is_usable)
{
	struct cell_query human = {
		.stage = (int)(stage("listen") - lib->stages),
		.channel = library_channel(lib, "live_chat", 9),
		.fault = FAULT_OURS,
		.intensity = 2,
		.signal = -1,
	};
	struct cell_query bot = human, furious = human, there = human;

	bot.speaker = SPEAKER_BOT;
	furious.intensity = 4;
	there.stage = (int)(stage("open") - lib->stages);
	ck_assert(line_fits(lib, phrase("general/listen/1"), &human));
	ck_assert(!line_fits(lib, phrase("general/listen/1"), &there));
	ck_assert(!line_fits(lib, phrase("general/listen/2"), &human));
	ck_assert(line_fits(lib, phrase("general/listen/2"), &furious));
	ck_assert(line_fits(lib, phrase("post/listen/2"), &human));
	ck_assert(!line_fits(lib, phrase("post/listen/2"), &bot));
}
END_TEST

/* --- what is refused ---------------------------------------------------- */

#define ROW(from, signal, guard, to, effects) \
	"{\"from\": \"" from "\", \"signal\": \"" signal \
	"\", \"guard\": \"" guard "\", \"to\": \"" to \
	"\", \"effects\": [" effects "], \"prio\": 99}"
#define PHRASE "/phrases/general~1open~11"

/* clang-format off */
static const struct {
	const char *path, *value; /* what is broken */
	const char *at, *word;	  /* what is said */
} broken[] = {
	/* Rows. */
	{ "/transitions/-", ROW("opn", "next", "", "listen", ""), "/transitions/21/from",
	  "there is no stage \"opn\"; did you mean \"open\"?" },
	{ "/transitions/-", ROW("open", "nxt", "", "listen", ""), "/transitions/21/signal",
	  "there is no signal \"nxt\"; did you mean \"next\"?" },
	{ "/transitions/-", ROW("open", "told", "", "lissen", ""), "/transitions/21/to",
	  "did you mean \"listen\"?" },
	{ "/transitions/-", ROW("open", "told", "", "nowhere", ""), "/transitions/21/to",
	  "there is no stage \"nowhere\"" },
	{ "/transitions/-", ROW("open", "told", "livid", "listen", ""), "/transitions/21/guard",
	  "there is no guard \"livid\"" },
	{ "/transitions/-", ROW("open", "told", "", "listen", "\"close\", \"note:all\""),
	  "/transitions/21/effects/1", "there is no effect \"note:all\"" },
	{ "/transitions/-", ROW("hear", "told", "", "listen", ""), "/transitions/21/from",
	  "there is no stage \"hear\"" }, /* an alias is for callers */
	{ "/transitions/0/prio", "3", "/transitions/1/prio", "/transitions/0 is for the same" },
	{ "/protocols/brief/transitions/-", ROW("offer", "told", "", "done", ""),
	  NULL, NULL },
	{ "/protocols/brief/transitions/-", ROW("offer", "tld", "", "done", ""),
	  "/protocols/brief/transitions/1/signal", "did you mean \"told\"?" },
	/* Stages. */
	{ "/stages/offer/hold/until", "\"sory\"", "/stages/offer/hold/until", "did you mean \"sorry\"?" },
	{ "/stages/open/on_exit", "[\"mark:sorry\"]", "/stages/open/on_exit/0", "no effect" },
	{ "/stages/open/aliases", "[\"listen\"]", "/stages/open/aliases/0", "listen already" },
	{ "/stages/open/delivery", "{\"phne\": [\"Slow.\"]}", "/stages/open/delivery/phne",
	  "did you mean \"phone\"?" },
	{ "/stages/open/delivery", "{\"a/b\": []}", "/stages/open/delivery/a~1b", "no channel" },
	{ "/stages/open/steps/-", "{\"n\": 1, \"do\": \"Again.\"}", "/stages/open/steps/1/n", "1 is taken" },
	{ "/stages/open/dont/-", "{\"n\": 1, \"text\": \"Again.\"}", "/stages/open/dont/1/n", "1 is taken" },
	{ "/stages/-", "{\"code\": \"over\", \"kind\": \"end\"}", "/stages/9/kind", "done is the one stage of kind end" },
	{ "/stages/-", "{\"code\": \"done\", \"kind\": \"side\"}", "/stages/9/kind", "done is the one stage of kind end" },
	{ "/stages/-", "{\"code\": \"return\", \"kind\": \"side\"}", "/stages/9/code", "the stage before the silence" },
	{ "/transitions/-", ROW("done", "told", "", "listen", ""), "/transitions/21/from",
	  "nothing leads on from done" },
	/* Protocols. */
	{ "/protocols/plan/steps/0/stages/1", "\"lsten\"", "/protocols/plan/steps/0/stages/1",
	  "did you mean \"listen\"?" },
	{ "/protocols/plan/steps/1/n", "1", "/protocols/plan/steps/1/n", "another step" },
	{ "/protocols/plan/channels", "[\"any\", \"telex\"]", "/protocols/plan/channels/1", "no channel" },
	{ "/protocols/brief/steps", "[{\"n\": 1, \"name\": \"x\", \"stages\": []}]",
	  "/protocols/brief/steps", "must list a stage" },
	{ "/defaults/protocol", "\"paln\"", "/defaults/protocol", "did you mean \"plan\"?" },
	/* Channels, categories, rules. */
	{ "/defaults/silence_seconds/fon", "9", "/defaults/silence_seconds/fon", "no channel" },
	{ "/categories/post/parent", "\"generl\"", "/categories/post/parent", "did you mean \"general\"?" },
	{ "/categories/-", "{\"code\": \"post\", \"parent\": \"general\"}", "/categories/3/code",
	  "post is taken by /categories/1" },
	{ "/channels/-", "{\"code\": \"bot\"}", "/channels/4/code", "no channel may be named bot" },
	{ "/wording_rules/rules", "[{\"id\": \"W1\", \"cls\": \"a\", \"sub\": \"b\", \"severity\": \"low\","
	  "\"match\": [\"x\"], \"example\": \"x\", \"better\": \"y\", \"why\": \"z\","
	  "\"exempt_stages\": [\"opn\"]}]", "/wording_rules/rules/0/exempt_stages/0", "did you mean \"open\"?" },
	{ "/wording_rules/rules", RULE("\"match\": [\"x\", \"x ...\"]", "y"), "/wording_rules/rules/0/match/1", "no words" },
	{ "/wording_rules/rules", RULE("\"match\": [\"x\"], \"except\": [\"|\"]", "y"), "/wording_rules/rules/0/except/0",
	  "no words" },
	{ "/wording_rules/rules", RULE("\"match\": [\"x\"]", "y {when"), "/wording_rules/rules/0/better", "" },
	{ "/wording_rules/rules", RULE("\"match\": [\"x\"]", "y {nowhere}"), "/wording_rules/rules/0/better", "nowhere" },
	{ "/wording_rules/structural", "[{\"id\": \"WS1\", \"sub\": \"no_apologies\", \"severity\": \"low\", \"test\": \"a\","
	  "\"why\": \"z\"}]", "/wording_rules/structural/0/sub", "no test \"no_apologies\"" },
	/* Phrases. */
	{ PHRASE "/category", "\"genral\"", NULL, NULL }, /* two lines: below */
	{ PHRASE "/id", "\"general/open/2\"", "/phrases/9/id", "general/open/2 is taken by /phrases/8" },
	{ PHRASE "/id", "\"general/listen/7\"", "/phrases/8/id", "general/open/1" },
	{ PHRASE "/channels", "[\"phone\", \"fax\"]", PHRASE "/channels/1", "no channel \"fax\"" },
	{ PHRASE "/offers", "[\"refud\"]", PHRASE "/offers/0", "did you mean \"refund\"?" },
	{ PHRASE "/when", "[\"live\", \"!lively\"]", PHRASE "/when/1", "neither a guard nor" },
	{ PHRASE "/when", "[\"signal:told|tolled\"]", PHRASE "/when/0", "neither a guard nor" },
	{ PHRASE "/intensity", "[3, 2]", PHRASE "/intensity", "from the lower to the higher" },
	{ PHRASE "/text", "\"Hello {nam}.\"", PHRASE "/text", "did you mean {name}?" },
	{ PHRASE "/text", "\"Hello {xyzzy}.\"", PHRASE "/text", "no placeholder is named {xyzzy}" },
	{ PHRASE "/text", "\"Hello {name.\"", PHRASE "/text", "this { has no }" },
	{ PHRASE "/text", "\"Hello name}.\"", PHRASE "/text", "this } has no {" },
	{ PHRASE "/text", "\"Hello [[, {name}.\"", PHRASE "/text", "a [[ has no ]]" },
	{ PHRASE "/text", "\"Hello , {name}]].\"", PHRASE "/text", "this ]] has no [[" },
	{ PHRASE "/text", "\"Hello [[a {name} [[b {name}]]]].\"", PHRASE "/text", "inside another" },
	{ PHRASE "/text", "\"Hello [[there]].\"", PHRASE "/text", "without a {placeholder}" },
	{ PHRASE "/text", "\"Hello [you].\"", PHRASE "/text", "a single bracket" },
	{ PHRASE "/text", "\"Hello\\nyou.\"", PHRASE "/text", "no control character" },
	{ PHRASE "/text", "\"a[[ {name}]][[ {name}]][[ {name}]][[ {name}]][[ {name}]].\"",
	  PHRASE "/text", "at most four" },
};
/* clang-format on */

START_TEST(refuses_what_does_not_hold)
{
	struct report r = { 0 };

	edit_set(small, broken[_i].path, broken[_i].value);
	struct library *other = library_from_bundle(small, 1, &r);
	if (broken[_i].at == NULL) {
		ck_assert_uint_ne(other == NULL, report_ok(&r));
	} else {
		ck_assert_ptr_null(other);
		/* An id that was changed is looked for by its place. */
		edit_expect(&r, small, broken[_i].at, broken[_i].word);
	}
	library_unref(other);
	report_free(&r);
}
END_TEST

START_TEST(tells_all_at_once)
{
	struct report r = { 0 };

	edit_set(small, "/transitions/0/to", "\"a\"");
	edit_set(small, "/transitions/1/guard", "\"b\"");
	edit_set(small, "/categories/post/parent", "\"c\"");
	edit_set(small, PHRASE "/category", "\"d\"");
	edit_set(small, PHRASE "/stage", "\"e\"");
	ck_assert_ptr_null(library_from_bundle(small, 1, &r));
	/* The id of the phrase is wrong now, too. */
	ck_assert_uint_eq(r.total, 6);
	report_free(&r);
}
END_TEST

START_TEST(refuses_rings_of_categories)
{
	struct report r = { 0 };

	edit_set(small, "/categories/general/parent", "\"post.late\"");
	ck_assert_ptr_null(library_from_bundle(small, 1, &r));
	ck_assert_uint_ge(r.total, 1);
	ck_assert_str_eq(r.lines[0].pointer, "/categories/0/parent");
	ck_assert_ptr_nonnull(strstr(r.lines[0].detail, "a ring"));
	report_free(&r);
}
END_TEST

START_TEST(takes_as_much_as_it_says)
{
	struct report r = { 0 };
	char item[160];

	/* 9 stages of its own and "done": 54 more are 64. */
	for (int i = 0; i < 55; i++) {
		struct library *other;
		snprintf(item, sizeof(item),
			 "{\"code\": \"s%d\", \"ord\": 1, \"kind\": "
			 "\"internal\", \"name\": \"S\", \"goal\": \"G\", "
			 "\"done_when\": \"D\"}",
			 i);
		edit_set(small, "/stages/-", item);
		if (i < 53)
			continue;
		other = library_from_bundle(small, 1, &r);
		if (i == 53) {
			ck_assert_ptr_nonnull(other);
			ck_assert_uint_eq(other->nstages, LIBRARY_MAX_STAGES);
		} else {
			ck_assert_ptr_null(other);
			ck_assert_str_eq(r.lines[0].pointer, "/stages");
		}
		library_unref(other);
	}
	report_free(&r);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("library");
	TCase *tc = tcase_create("library");
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, finds_codes);
	tcase_add_loop_test(tc, finds_locales_by_their_language, 0,
			    (int)NELEMS(locales));
	tcase_add_test(tc, makes_fragments_of_stages);
	tcase_add_test(tc, adds_the_end_of_the_case);
	tcase_add_test(tc, knows_how_to_say_it);
	tcase_add_test(tc, spreads_rows_for_all_stages);
	tcase_add_test(tc, describes_protocols);
	tcase_add_test(tc, describes_categories);
	tcase_add_test(tc, compiles_phrases);
	tcase_add_test(tc, sorts_phrases_into_cells);
	tcase_add_test(tc, builds_the_same_from_any_order);
	tcase_add_test(tc, lives_as_long_as_someone_holds_it);
	tcase_add_test(tc, says_what_is_usable);
	tcase_add_loop_test(tc, refuses_what_does_not_hold, 0,
			    (int)NELEMS(broken));
	tcase_add_test(tc, tells_all_at_once);
	tcase_add_test(tc, refuses_rings_of_categories);
	tcase_add_test(tc, takes_as_much_as_it_says);
	suite_add_tcase(suite, tc);

	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
