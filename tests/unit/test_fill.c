/*
 * test_fill.c - values go in, finished text comes out.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "script/fill.h"
#include "tests/unit/small.h"

#define NELEMS(a) (sizeof(a) / sizeof((a)[0]))

/* clang-format off */
static const struct {
	const char *template, *name, *value, *expect;
} lines[] = {
	{ "Plain.", NULL, NULL, "Plain." },
	{ "Hello[[, {name}]].", NULL, NULL, "Hello." },
	{ "Hello[[, {name}]].", "name", "Ana", "Hello, Ana." },
	{ "Hello[[, {name}]].", "name", "  Ana \xc2\xa0 Maria ", "Hello, Ana Maria." },
	{ "It is by {when}.", "when", "noon.", "It is by noon." },
	{ "It is by {when}. Good.", "when", "4 p.m.", "It is by 4 p.m. Good." },
	{ "It is by {when}, then.", "when", "noon!?", "It is by noon, then." },
	{ "You are {feeling}.", NULL, NULL, "You are upset." },
	{ "You are {feeling}.", "feeling", "let down", "You are let down." },
	{ "{matter} is here.", "matter", "the kettle", "The kettle is here." },
	{ "So. {matter} is here.", "matter", "the kettle", "So. The kettle is here." },
	{ "So: {matter} is here.", "matter", "the kettle", "So: the kettle is here." },
	{ "{matter} is here.", "matter", "\xc3\xa9" "clair", "\xc3\x89" "clair is here." },
	{ "{issue}. Is that it?", "issue", "it broke!", "It broke. Is that it?" },
	{ "Hello[[, {name}]].", "name", "Ana,", "Hello, Ana." },
	{ "A {matter}[[ for {count} people]].", "matter", "cake", "A cake." },
	{ "Hello {name} there.", "name", "{order_ref}", "Hello {order_ref} there." },
	{ "Hello {name} there.", "name", "</script>", "Hello </script> there." },
	{ "Hello {name} there.", "name", "a \"b\" \\ c", "Hello a \"b\" \\ c there." },
	{ "Hello {name} there.", "name", "[[x]]", "Hello [[x]] there." },
	{ "Say \"{name}\" now.", "name", "x", "Say \"x\" now." },
	/* Marks at every distance from each other and from the end. */
	{ "Hello to all of you[[, {name}]]!", "name", "A", "Hello to all of you, A!" },
	{ "Hello to all of you[[, {name} B]]", "name", "A", "Hello to all of you, A B" },
	{ "Hello to all of you[[, {name} Bcdefg]]", "name", "A", "Hello to all of you, A Bcdefg" },
	{ "Hello to all of you[[, {name} Bcdefgh]]", "name", "A", "Hello to all of you, A Bcdefgh" },
	{ "Hello to all of you[[, {name} B]] [[{matter}]].", "name", "A", "Hello to all of you, A B ." },
	{ "Hello[[, {name}]][[ and {matter}]].", "matter", "you all", "Hello and you all." },
};
/* clang-format on */

/* A library with one more line, ${template}. */
static struct library *
with_line(const char *template)
{
	json_t *bundle = small_bundle();
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

static const struct phrase *
the_line(const struct library *lib)
{
	int64_t n = library_phrase(lib, "general/closed/9", 16);

	ck_assert_int_ge(n, 0);
	return &lib->phrases[n];
}

START_TEST(fills)
{
	struct library *lib = with_line(lines[_i].template);
	struct values values = { 0 };
	char room[300];
	struct buf out;

	if (lines[_i].name != NULL) {
		int ph = library_placeholder(lib, lines[_i].name,
					     strlen(lines[_i].name));
		ck_assert_int_eq(values_set(&values, lib, ph, lines[_i].value,
					    strlen(lines[_i].value), room),
				 VALUE_OK);
	}
	buf_init(&out, 0);
	fill_line(&out, lib, the_line(lib), &values, false, FILL_PLAIN);
	buf_char(&out, '\0');
	ck_assert_str_eq(out.ptr, lines[_i].expect);

	/* The JSON form is the same text inside a JSON string. */
	out.len = 0;
	buf_char(&out, '"');
	fill_line(&out, lib, the_line(lib), &values, false, FILL_JSON);
	buf_char(&out, '"');
	json_t *text = json_loadb(out.ptr, out.len, JSON_DECODE_ANY, NULL);
	ck_assert_str_eq(json_string_value(text), lines[_i].expect);
	json_decref(text);

	/* And raw gives back what was written. */
	out.len = 0;
	fill_template(&out, lib, the_line(lib), FILL_PLAIN);
	buf_char(&out, '\0');
	ck_assert_str_eq(out.ptr, lines[_i].template);
	buf_free(&out);
	library_unref(lib);
}
END_TEST

START_TEST(hides_what_is_private_in_public)
{
	struct library *lib = with_line("We have it[[: {order_ref}]].");
	struct values values = { 0 };
	char room[8];
	struct buf out;

	ck_assert_int_eq(values_set(&values, lib,
				    library_placeholder(lib, "order_ref", 9),
				    "A1", 2, room),
			 VALUE_OK);
	buf_init(&out, 0);
	fill_line(&out, lib, the_line(lib), &values, true, FILL_PLAIN);
	buf_char(&out, '|');
	fill_line(&out, lib, the_line(lib), &values, false, FILL_PLAIN);
	buf_char(&out, '\0');
	ck_assert_str_eq(out.ptr, "We have it.|We have it: A1.");
	buf_free(&out);
	library_unref(lib);
}
END_TEST

/* clang-format off */
static const struct {
	const char *name, *value;
	enum value_verdict verdict;
} inputs[] = {
	{ "name", "", VALUE_EMPTY },
	{ "name", " \xe2\x80\x8b ", VALUE_EMPTY },
	{ "name", "a\tb", VALUE_CONTROL },
	{ "name", "a\nb", VALUE_CONTROL },
	{ "name", "a\x7f", VALUE_CONTROL },
	{ "name", "a\xc2\x85", VALUE_CONTROL },
	{ "name", "a\xe2\x80\xae", VALUE_CONTROL },
	{ "name", "a\xff", VALUE_CONTROL },
	{ "when", "soon", VALUE_VAGUE },
	{ "when", "ASAP", VALUE_VAGUE },
	{ "when", "soon.", VALUE_VAGUE },
	{ "when", "very soon!", VALUE_VAGUE },
	{ "when", "as soon as we can", VALUE_VAGUE },
	{ "when", "Monday at noon", VALUE_OK },
	{ "name", "...", VALUE_EMPTY },
	{ "name", "-", VALUE_EMPTY },
	{ "name", "soon", VALUE_OK },
};
/* clang-format on */

START_TEST(judges_values)
{
	struct library *lib = small_library();
	struct values values = { 0 };
	char room[64];

	ck_assert_int_eq(
		values_set(&values, lib,
			   library_placeholder(lib, inputs[_i].name,
					       strlen(inputs[_i].name)),
			   inputs[_i].value, strlen(inputs[_i].value), room),
		inputs[_i].verdict);
	library_unref(lib);
}
END_TEST

START_TEST(takes_200_characters_and_not_201)
{
	struct library *lib = small_library();
	struct values values = { 0 };
	int ph = library_placeholder(lib, "name", 4);
	char text[2 * 201], room[2 * 201];

	for (int i = 0; i < 201; i++)
		memcpy(text + 2 * i, "\xc3\xa9", 2);
	ck_assert_int_eq(values_set(&values, lib, ph, text, 402, room),
			 VALUE_TOO_LONG);
	ck_assert(!values_have(&values, ph));
	ck_assert_int_eq(values_set(&values, lib, ph, text, 400, room),
			 VALUE_OK);
	ck_assert(values_have(&values, ph));
	library_unref(lib);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("fill");
	TCase *tc = tcase_create("fill");
	tcase_add_loop_test(tc, fills, 0, (int)NELEMS(lines));
	tcase_add_test(tc, hides_what_is_private_in_public);
	tcase_add_loop_test(tc, judges_values, 0, (int)NELEMS(inputs));
	tcase_add_test(tc, takes_200_characters_and_not_201);
	suite_add_tcase(suite, tc);

	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
