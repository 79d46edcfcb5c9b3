/*
 * test_export.c - a line as each of the other systems has it.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "script/export.h"
#include "tests/unit/small.h"

#define NELEMS(a) (sizeof(a) / sizeof((a)[0]))

/* clang-format off */
static const struct {
	const char *template, *expect[N_EXPORT_FORMATS];
} lines[] = {
	{ "Plain.", { "Plain.", "Plain.", "Plain.", "Plain.", "Plain." } },
	{ "I'm sorry[[, {customer_name}]].",
	  { "I'm sorry.", "I'm sorry, {{ticket.requester.name}}.", "I'm sorry.",
	    "I'm sorry.", "I'm sorry, *Ms Rivera*." } },
	{ "Dear {customer_name}, I am {agent_name}.",
	  { "Dear {{contact.name}}, I am {{agent.first_name}}.",
	    "Dear {{ticket.requester.name}}, I am {{current_user.first_name}}.",
	    "Dear #{ticket.customer.firstname}, I am #{user.firstname}.",
	    "Dear {customer_name}, I am {agent_name}.",
	    "Dear *Ms Rivera*, I am *Sam*." } },
	{ "You are {feeling}. {feeling}?",
	  { "You are upset. Upset?", "You are upset. Upset?",
	    "You are upset. Upset?", "You are upset. Upset?",
	    "You are upset. Upset?" } },
	{ "By {when}[[ for {count}]], then[[ {feeling}]].",
	  { "By ____, then upset.", "By ____, then upset.",
	    "By ____, then upset.", "By {when}, then upset.",
	    "By *noon* for *24*, then upset." } },
	{ "Say \"no\" \\ or _not_.",
	  { "Say \"no\" \\ or _not_.", "Say \"no\" \\ or _not_.",
	    "Say \"no\" \\ or _not_.", "Say \"no\" \\ or _not_.",
	    "Say \"no\" \\\\ or \\_not\\_." } },
	{ "1. is not - a list, * or & <b>.",
	  { "1. is not - a list, * or & <b>.", "1. is not - a list, * or & <b>.",
	    "1. is not - a list, * or & <b>.", "1. is not - a list, * or & <b>.",
	    "1\\. is not - a list, \\* or \\& \\<b\\>." } },
};
/* clang-format on */

static void
add_placeholder(json_t *bundle, const char *name, const char *example)
{
	json_t *all = json_object_get(bundle, "placeholders"), *one;
	size_t i;

	json_array_foreach(all, i, one)
		if (strcmp(json_string_value(json_object_get(one, "name")),
			   name) == 0) {
			json_object_set_new(one, "example",
					    json_string(example));
			return;
		}
	ck_assert_int_eq(
		json_array_append_new(all, json_pack("{s:s, s:s, s:s, s:s}",
						     "name", name, "type",
						     "string", "meaning", "It.",
						     "example", example)),
		0);
}

static struct library *
with_line(const char *template)
{
	json_t *bundle = small_bundle();

	add_placeholder(bundle, "customer_name", "Ms Rivera");
	add_placeholder(bundle, "agent_name", "Sam");
	add_placeholder(bundle, "when", "noon");
	add_placeholder(bundle, "count", "24");
	json_t *line = json_pack("{s:s, s:s, s:s, s:s}", "id",
				 "general/closed/9", "category", "general",
				 "stage", "closed", "text", template);
	ck_assert_int_eq(
		json_array_append_new(json_object_get(bundle, "phrases"), line),
		0);
	struct library *lib = small_build(bundle);

	json_decref(bundle);
	return lib;
}

START_TEST(a_line_is_said_in_their_words)
{
	struct library *lib = with_line(lines[_i].template);
	const struct phrase *p =
		&lib->phrases[library_phrase(lib, "general/closed/9", 16)];
	struct buf out = { 0 };

	for (int f = 0; f < N_EXPORT_FORMATS; f++) {
		out.len = 0;
		export_text(&out, lib, p, (enum export_format)f,
			    f == EXPORT_MARKDOWN ? ESCAPE_MARKDOWN
						 : ESCAPE_NONE);
		buf_char(&out, '\0');
		ck_assert_str_eq(out.ptr, lines[_i].expect[f]);
	}
	buf_free(&out);
	library_unref(lib);
}
END_TEST

START_TEST(marks_of_the_carrier_are_escaped)
{
	struct library *lib =
		with_line("A \"b\" \\ c\xf0\x9f\x98\xa1, {when}.");
	const struct phrase *p =
		&lib->phrases[library_phrase(lib, "general/closed/9", 16)];
	struct buf out = { 0 };

	export_text(&out, lib, p, EXPORT_CHATWOOT, ESCAPE_JSON);
	buf_char(&out, '\0');
	ck_assert_str_eq(out.ptr, "A \\\"b\\\" \\\\ c\xf0\x9f\x98\xa1, ____.");
	out.len = 0;
	export_text(&out, lib, p, EXPORT_ZAMMAD, ESCAPE_CSV);
	buf_char(&out, '\0');
	ck_assert_str_eq(out.ptr, "A \"\"b\"\" \\ c\xf0\x9f\x98\xa1, ____.");
	buf_free(&out);
	library_unref(lib);
}
END_TEST

/* How often ${word} is in ${text}. */
static size_t
count(const struct buf *text, const char *word)
{
	size_t n = 0, len = strlen(word);

	for (size_t i = 0; i + len <= text->len; i++)
		n += memcmp(text->ptr + i, word, len) == 0;
	return n;
}

/* In pieces of which none is large. */
START_TEST(every_line_is_there_once)
{
	struct library *lib = with_line("{matter} is here.");
	struct buf all = { 0 }, piece = { 0 };
	struct exporter e;
	char mark[300];

	export_begin(&e, lib, (enum export_format)_i, &EXPORT_ALL);
	while (export_more(&e, &piece)) {
		ck_assert_uint_lt(piece.len, 16384);
		buf_add(&all, piece.ptr, piece.len);
		piece.len = 0;
	}
	ck_assert_uint_eq(piece.len, 0);
	for (size_t i = 0; i < lib->nphrases && _i != EXPORT_MARKDOWN; i++) {
		/* As it stands in each of them, with what follows. */
		const char *id = lib->phrases[i].id;

		if (_i == EXPORT_CHATWOOT) {
			(void)snprintf(mark, sizeof(mark),
				       "\"short_code\":\"%s\"", id);
			for (char *c = strchr(mark, '/'); c != NULL;
			     c = strchr(c, '/'))
				*c = '.';
		} else {
			(void)snprintf(mark, sizeof(mark), "%s%s", id,
				       _i == EXPORT_RASA ? "\"" : ", release");
		}
		ck_assert_msg(count(&all, mark) == 1, "%s: %zu", mark,
			      count(&all, mark));
	}
	if (_i == EXPORT_MARKDOWN)
		ck_assert_uint_eq(count(&all, "\n- "), lib->nphrases);
	buf_free(&all);
	buf_free(&piece);
	library_unref(lib);
}
END_TEST

START_TEST(names_are_found_both_ways)
{
	for (int f = 0; f < N_EXPORT_FORMATS; f++) {
		const char *code = export_code((enum export_format)f);

		ck_assert_int_eq(export_find(code, strlen(code)), f);
		ck_assert_int_eq(export_find(code, strlen(code) - 1), -1);
	}
	ck_assert_str_eq(
		export_placeholder(EXPORT_CHATWOOT, "contact.name", 12),
		"customer_name");
	ck_assert_ptr_null(
		export_placeholder(EXPORT_ZAMMAD, "contact.name", 12));
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("export");
	TCase *tc = tcase_create("export");

	tcase_add_loop_test(tc, a_line_is_said_in_their_words, 0,
			    (int)NELEMS(lines));
	tcase_add_test(tc, marks_of_the_carrier_are_escaped);
	tcase_add_loop_test(tc, every_line_is_there_once, 0, N_EXPORT_FORMATS);
	tcase_add_test(tc, names_are_found_both_ways);
	suite_add_tcase(s, tc);
	SRunner *sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	int failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
