/*
 * test_audit.c - what must not be published is told, at the right place.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "script/audit.h"
#include "script/library.h"
#include "script/report.h"
#include "tests/unit/edit.h"

#define NELEMS(a) (sizeof(a) / sizeof((a)[0]))

static json_t *small;

static void
setup(void)
{
	small = edit_small();
}

static void
teardown(void)
{
	json_decref(small);
}

/* Build ${small} and audit it. */
static void
look(struct report *r)
{
	struct library *lib = library_from_bundle(small, 1, r);

	ck_assert_msg(lib != NULL, "%s: %s", r->n ? r->lines[0].pointer : "",
		      r->n ? r->lines[0].detail : "");
	audit(lib, small, r);
	library_unref(lib);
}

START_TEST(finds_nothing_in_a_good_library)
{
	struct report r = { 0 };

	look(&r);
	if (!report_ok(&r))
		edit_expect(&r, small, "", "nothing");
}
END_TEST

#define STAGE(code, kind) \
	"{\"code\": \"" code "\", \"ord\": 1, \"kind\": \"" kind \
	"\", \"name\": \"N\", \"goal\": \"G\", \"done_when\": \"D\"}"
#define ROW(from, signal, to) \
	"{\"from\": \"" from "\", \"signal\": \"" signal "\", \"to\": \"" to \
	"\", \"prio\": 99}"

#define RULE(match, example, better) \
	"[{\"id\": \"W1\", \"cls\": \"calm_down\", \"sub\": \"x\"," \
	"\"severity\": \"low\", \"match\": [\"" match \
	"\"], \"example\": \"" example "\", \"better\": \"" better \
	"\", \"why\": \"z\"}]"

/* clang-format off */
static const struct {
	const char *path[2], *value[2];
	const char *at, *word;
} breaks[] = {
	/* Ways. */
	{ { "/stages/-", "/transitions/-" },
	  { STAGE("attic", "internal"), ROW("attic", "next", "done") },
	  "/stages/attic", "no conversation can reach attic" },
	{ { "/stages/-", "/transitions/-" },
	  { STAGE("cellar", "internal"), ROW("open", "told", "cellar") },
	  "/stages/cellar", "no way out of cellar" },
	/* Only a protocol's own row leads there, which is enough. */
	{ { "/protocols/brief/transitions/0/to", NULL }, { "\"recover\"", NULL }, NULL, NULL },
	/* Cells. */
	{ { "/phrases/general~1closed~11", NULL }, { NULL, NULL },
	  "/stages/closed", "closed has no line that needs no value and grants nothing,"
	  " in category general and 2 below it" },
	{ { "/phrases/general~1limit~11/intensity", NULL }, { "[1, 4]", NULL },
	  "/stages/limit", "nothing at intensity 0, in" },
	{ { "/phrases/general~1limit~11/fault", NULL }, { "\"theirs\"", NULL },
	  "/stages/limit", "nothing when the fault is ours, third_party, unknown, in" },
	{ { "/phrases/general~1limit~11/speaker", NULL }, { "\"human\"", NULL },
	  "/stages/limit", "nothing for a bot, in" },
	{ { "/phrases/general~1limit~11/speaker", NULL }, { "\"bot\"", NULL },
	  "/stages/limit", "nothing for a person, in" },
	{ { "/phrases/general~1limit~11/channels", NULL }, { "[\"phone\", \"live_chat\"]", NULL },
	  "/stages/limit", "nothing on email, wall, in" },
	{ { "/phrases/general~1limit~11/true_only", NULL }, { "true", NULL },
	  "/stages/limit", "nothing for a bot, in" },
	{ { "/phrases/general~1limit~11/offers", NULL }, { "[\"refund\"]", NULL },
	  "/stages/limit", "limit has no line" },
	{ { "/phrases/general~1limit~11/when", NULL }, { "[\"live\"]", NULL },
	  "/stages/limit", "limit has no line" },
	{ { "/phrases/general~1limit~11/locale", NULL }, { "\"de\"", NULL },
	  "/stages/limit", "limit has no line" },
	{ { "/phrases/general~1limit~11/text", NULL }, { "\"By {when} at the latest.\"", NULL },
	  "/stages/limit", "limit has no line" },
	{ { "/phrases/general~1limit~11/text", NULL }, { "\"So {name} is {feeling}.\"", NULL },
	  "/stages/limit", "limit has no line" },
	/* Words. */
	{ { "/wording_rules/rules", "/phrases/general~1closed~11/text" },
	  { RULE("calm down", "Calm down.", "I hear you."), "\"Now CALM DOWN.\"" },
	  "/phrases/general~1closed~11/text", "rule W1 (Calm down: x), at /wording_rules/rules/0, finds \"CALM DOWN\" here" },
	/* only in one of the forms of the line, or with a value in it */
	{ { "/wording_rules/rules", "/phrases/general~1closed~11/text" },
	  { RULE("calm down", "Calm down.", "I hear you."), "\"Bye. Calm[[ {name}]] down.\"" },
	  "/phrases/general~1closed~11/text", "\"Calm down\"" },
	{ { "/wording_rules/rules", "/stages/open/steps" },
	  { RULE("calm down", "Calm down.", "I hear you."), "[{\"n\": 1, \"do\": \"Tell them to calm down.\"}]" },
	  "/stages/open/steps/0/do", "rule W1" },
	{ { "/wording_rules/rules", "/stages/open/delivery" },
	  { RULE("calm down", "Calm down.", "I hear you."), "{\"phone\": [\"Slow.\", \"Calm down.\"]}" },
	  "/stages/open/delivery/phone/1", "rule W1" },
	{ { "/wording_rules/rules", NULL }, { RULE("calm down", "Calm down.", "Then calm down."), NULL },
	  "/wording_rules/rules/0/better", "\"calm down\"" },
	{ { "/wording_rules/rules", NULL }, { RULE("calm down", "Relax.", "I hear you."), NULL },
	  "/wording_rules/rules/0/example", "does not find its own example" },
	/* With a default nothing is missing. */
	{ { "/phrases/general~1limit~11/text", NULL }, { "\"You are {feeling}.\"", NULL }, NULL, NULL },
};
/* clang-format on */

START_TEST(finds_what_was_broken)
{
	struct report r = { 0 };

	for (size_t i = 0; i < 2 && breaks[_i].path[i] != NULL; i++)
		edit_set(small, breaks[_i].path[i], breaks[_i].value[i]);
	look(&r);
	if (breaks[_i].at == NULL)
		ck_assert(report_ok(&r));
	else
		edit_expect(&r, small, breaks[_i].at, breaks[_i].word);
	report_free(&r);
}
END_TEST

/* A category's own line fills its hole, but not the one above it. */
START_TEST(counts_those_below_that_share_a_hole)
{
	struct report r = { 0 };

	edit_set(small, "/phrases/general~1listen~11", NULL);
	look(&r);
	edit_expect(&r, small, "/stages/listen",
		    "nothing at intensity 0-2, in category general and 2 "
		    "below it");
	report_free(&r);

	edit_set(small, "/phrases/post~1listen~13/text", "\"Please go on.\"");
	look(&r);
	edit_expect(&r, small, "/stages/listen", "in category general");
	ck_assert_ptr_null(strstr(r.lines[0].detail, "below"));
	report_free(&r);
}
END_TEST

START_TEST(tells_different_holes_apart)
{
	struct report r = { 0 };

	edit_set(small, "/phrases/general~1limit~11/speaker", "\"human\"");
	edit_set(small, "/phrases/general~1limit~11/intensity", "[0, 2]");
	edit_set(small, "/phrases/general~1exit~11/fault", "\"ours\"");
	look(&r);
	ck_assert_uint_eq(r.total, 3);
	ck_assert_ptr_nonnull(strstr(r.lines[0].detail, "exit has no line"));
	ck_assert_ptr_nonnull(
		strstr(r.lines[1].detail, "for a person at intensity 3-4, in"));
	ck_assert_ptr_nonnull(strstr(r.lines[2].detail, "for a bot, in"));
	report_free(&r);
}
END_TEST

START_TEST(wants_a_public_reply_only_where_it_is_public)
{
	struct report r = { 0 };

	edit_set(small, "/stages/-", STAGE("public_reply", "customer"));
	edit_set(small, "/transitions/-",
		 ROW("public_reply", "next", "closed"));
	look(&r);
	edit_expect(&r, small, "/stages/public_reply",
		    "public_reply has no line that needs no value and grants "
		    "nothing, in");
	report_free(&r);

	/* Nobody sees it, nobody misses it; but nobody gets there, either. */
	edit_set(small, "/channels/wall/public", "false");
	look(&r);
	edit_expect(&r, small, "/stages/public_reply",
		    "no conversation can reach public_reply");
	report_free(&r);
}
END_TEST

/* --- lines -------------------------------------------------------------- */

/* clang-format off */
static const struct {
	const char *text, *word; /* NULL: it is well */
} lines[] = {
	{ "Hello.", NULL },
	{ "Is it so? It is! Yes.", NULL },
	{ "He said: \"No.\"", NULL },
	{ "It costs 49.90 today, e-mail included.", NULL },
	{ "Well ... let me see.", "a space before a mark" },
	{ "Well... let me see.", NULL },
	{ "Hello[[, {name}]].", NULL },
	{ "Hello[[ {name}]][[ and {matter}]].", NULL },
	{ "Two  spaces.", "two spaces in a row" },
	{ "Wait - please.", "a dash for a pause" },
	{ "Thank you.Bye.", "no space after the end of a sentence" },
	{ "It is null.", "null or None" },
	{ "None.", "null or None" },
	{ "One [[{name} ]]two.", NULL },
	{ "One [[{name}]] two.", "two spaces in a row: \"One  two.\"" },
	{ "Hello [[{name}]].", "a space before a mark: \"Hello .\"" },
	{ "Hello , you.", "a space before a mark" },
	{ "Hello,[[ {name}]].", "two marks in a row: \"Hello,.\"" },
	{ "Hello, [[{name}]], you.", "two marks in a row: \"Hello, , you.\"" },
	{ "Hello..", "two marks in a row" },
	{ "Hello?.", "two marks in a row" },
	{ "Hello ([[{name}]]).", "empty or loose round brackets" },
	{ " Hello.", "it begins with a space or a mark" },
	{ "[[About {matter}]], hello.", "it begins with a space or a mark: \", hello.\"" },
	{ "Hello. ", "it ends with a space" },
	{ "Hello", "it does not end with . ! or ?" },
	{ "Hello:", "it does not end with . ! or ?" },
	{ "Hello,", "it does not end with . ! or ?" },
	{ "Hello {name}", "it does not end with . ! or ?" },
	{ "hello.", "a sentence begins with a small letter" },
	{ "\xc3\xa9t\xc3\xa9.", "a sentence begins with a small letter" },
	{ "\xc3\x89t\xc3\xa9.", NULL },
	{ "Hello. you.", "a sentence begins with a small letter" },
	{ "Hello. \"you\".", "a sentence begins with a small letter" },
	{ "[[{matter} is here. ]]and so.", "a sentence begins with a small letter" },
	{ "3 of them.", NULL },
	{ "[[{matter}.]]", "nothing is left" },
	/* Values. */
	{ "{matter} is here.", NULL },
	{ "Yes. {issue}.", NULL },
	{ "{name} is here.", "only a noun_phrase, clause, role or adjective may stand there, and it is of type string" },
	{ "So. {count} of them.", "it is of type integer" },
	{ "[[Dear ]]{name}.", "without a {placeholder}" },
	{ "[[Dear {matter}, ]]{name} is here.", "a sentence begins with {name}" },
	{ "\"{matter}\" is what you said.", "in quotation marks or brackets" },
	{ "Done by {when}.", NULL },
	{ "Done BY {when}.", NULL },
	{ "Done at {when}.", "{when} stands after at; it fits only after: by" },
	{ "Done by: {when}.", "{when} stands after :;" },
	{ "Done by {name} {when}.", "{when} stands after another value;" },
	{ "Done by[[ {name}]] {when}.", "{when} stands after another value;" },
	{ "Thereby {when}.", "{when} stands after thereby;" },
};
/* clang-format on */

START_TEST(reads_every_line_aloud)
{
	struct report r = { 0 };
	const char *at = "/phrases/post.late~1open~11/text";
	json_t *text = edit_at(small, at);

	json_string_set(text, lines[_i].text);
	struct library *lib = library_from_bundle(small, 1, &r);
	if (lib != NULL)
		audit(lib, NULL, &r);
	library_unref(lib);
	if (lines[_i].word != NULL)
		edit_expect(&r, small, at, lines[_i].word);
	else
		ck_assert_msg(report_ok(&r), "%s", r.lines[0].detail);
	report_free(&r);
}
END_TEST

/* clang-format off */
static const struct {
	const char *follows, *text;
	bool fits;
} places[] = {
	{ "[\"^\"]",            "{matter} is here.",            true },
	{ "[\"^\"]",            "Yes. {matter} is here.",       false },
	{ "[\".\"]",            "Yes. {matter} is here.",       true },
	{ "[\":\"]",            "This: {matter}.",              true },
	{ "[\":\"]",            "This is {matter}.",            false },
	{ "[\"is\", \"feel\"]", "This is {matter}.",            true },
	{ "[\"is\"]",           "THIS IS {matter}.",            true },
	{ "[\"is\"]",           "So this {matter}.",            false },
	{ "[\"'re\"]",          "You're {matter}.",             true },
	{ "[\"'re\"]",          "You\xe2\x80\x99re {matter}.",  true },
	{ "[\"'re\"]",          "You are {matter}.",            false },
	{ "[\"(\"]",            "This ({matter}).",             true },
	{ "[\",\"]",            "This[[, {matter}]].",          true },
	{ "[\"\xc3\xa9t\xc3\xa9\"]", "This \xc3\xa9t\xc3\xa9 {matter}.", true },
	{ "[\"\xe2\x80\x94\"]", "This \xe2\x80\x94 {matter}.",  true },
	{ "[]",                 "Whatever {name} {matter}.",    true },
};
/* clang-format on */

START_TEST(holds_values_to_their_places)
{
	struct report r = { 0 };
	const char *at = "/phrases/post.late~1open~11/text";

	edit_set(small, "/placeholders/matter/follows", places[_i].follows);
	json_string_set(edit_at(small, at), places[_i].text);
	look(&r);
	if (!places[_i].fits)
		edit_expect(&r, small, at, "it fits only after");
	else
		ck_assert_msg(report_ok(&r), "%s", r.lines[0].detail);
	report_free(&r);
}
END_TEST

START_TEST(points_into_the_bundle_it_is_given)
{
	struct report r = { 0 };
	json_t *phrases = json_object_get(small, "phrases");
	json_t *first = json_incref(json_array_get(phrases, 0));

	/* Not the canonical order: the first one last. */
	json_array_remove(phrases, 0);
	json_array_append_new(phrases, first);
	json_object_set_new(first, "text", json_string("lower case."));
	look(&r);
	ck_assert_uint_eq(r.total, 1);
	ck_assert_str_eq(r.lines[0].pointer, "/phrases/21/text");
	report_free(&r);
}
END_TEST

START_TEST(shows_long_lines_in_part)
{
	struct report r = { 0 };
	char text[512];

	/* Two bytes a letter, so that a cut may fall inside one. */
	memset(text, 0, sizeof(text));
	strcpy(text, "Xy");
	for (size_t i = 2; i < 300; i += 2)
		memcpy(text + i, "\xc3\xa9", 2);
	json_string_set(edit_at(small, "/phrases/post.late~1open~11/text"),
			text);
	look(&r);
	ck_assert_uint_eq(r.total, 1);
	json_t *shown = json_string(r.lines[0].detail);
	ck_assert_ptr_nonnull(shown); /* it is UTF-8 */
	ck_assert_ptr_nonnull(strstr(r.lines[0].detail, ": \"..."));
	json_decref(shown);
	report_free(&r);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("audit");
	TCase *tc = tcase_create("audit");
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, finds_nothing_in_a_good_library);
	tcase_add_loop_test(tc, finds_what_was_broken, 0, (int)NELEMS(breaks));
	tcase_add_test(tc, counts_those_below_that_share_a_hole);
	tcase_add_test(tc, tells_different_holes_apart);
	tcase_add_test(tc, wants_a_public_reply_only_where_it_is_public);
	tcase_add_loop_test(tc, reads_every_line_aloud, 0, (int)NELEMS(lines));
	tcase_add_loop_test(tc, holds_values_to_their_places, 0,
			    (int)NELEMS(places));
	tcase_add_test(tc, points_into_the_bundle_it_is_given);
	tcase_add_test(tc, shows_long_lines_in_part);
	suite_add_tcase(suite, tc);

	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
