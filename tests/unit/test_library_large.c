/*
 * test_library_large.c - another knowledge altogether, and much of it.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "script/library.h"
#include "script/report.h"

#define NPHRASES 100000
#define NCATEGORIES 65
#define NSTAGES 12

/* A category of a tree that is four levels deep: 1 + 4 + 16 + 44. */
static void
category_code(int i, char *code, size_t size)
{
	if (i == 0)
		snprintf(code, size, "root");
	else if (i <= 4)
		snprintf(code, size, "area%d", i - 1);
	else if (i <= 20)
		snprintf(code, size, "area%d.topic%d", (i - 5) % 4,
			 (i - 5) / 4);
	else
		snprintf(code, size, "area%d.topic%d.kind%d", (i - 21) % 4,
			 (i - 21) / 4 % 4, (i - 21) / 16);
}

/* A head with no code in common with what ships. */
static json_t *
other_head(void)
{
	json_t *head = json_pack("{s:{s:s,s:s},s:[],s:[],s:[],s:[],s:[],s:[]}",
				 "defaults", "protocol", "p0", "locale", "nl",
				 "stages", "signals", "transitions",
				 "protocols", "categories", "channels");
	char code[64], parent[64];

	for (int i = 0; i < NSTAGES; i++) {
		snprintf(code, sizeof(code), "stage%02d", i);
		json_array_append_new(json_object_get(head, "stages"),
				      json_pack("{s:s,s:i,s:s,s:s,s:s,s:s}",
						"code", code, "ord", i, "kind",
						"customer", "name", code,
						"goal", "g", "done_when", "d"));
		snprintf(parent, sizeof(parent), "signal%d", i);
		json_array_append_new(json_object_get(head, "signals"),
				      json_pack("{s:s,s:s,s:s}", "code", parent,
						"source", "customer", "meaning",
						"m"));
		json_array_append_new(json_object_get(head, "transitions"),
				      json_pack("{s:s,s:s,s:s,s:s,s:i}", "from",
						code, "signal", parent, "guard",
						"", "to", code, "prio", 1));
	}
	json_array_append_new(json_object_get(head, "protocols"),
			      json_pack("{s:s,s:s,s:[{s:i,s:s,s:[s]}]}", "code",
					"p0", "name", "P", "steps", "n", 1,
					"name", "S", "stages", "stage00"));
	for (int i = 0; i < NCATEGORIES; i++) {
		category_code(i, code, sizeof(code));
		char *dot = strrchr(strcpy(parent, code), '.');
		if (dot != NULL)
			*dot = '\0';
		else
			strcpy(parent, "root");
		json_array_append_new(
			json_object_get(head, "categories"),
			json_pack("{s:s,s:s?,s:s}", "code", code, "parent",
				  i == 0 ? NULL : parent, "name", code));
	}
	json_array_append_new(
		json_object_get(head, "channels"),
		json_pack("{s:s,s:b}", "code", "telex", "live", 0));
	return head;
}

/* Phrase ${i} of 100,000, spread over all cells; count its bytes. */
static void
other_phrase(struct library_builder *b, int i, size_t *bytes)
{
	char category[64], stage_code[16], id[128], text[160];
	int cell = i % (NCATEGORIES * NSTAGES);

	category_code(cell / NSTAGES, category, sizeof(category));
	snprintf(stage_code, sizeof(stage_code), "stage%02d", cell % NSTAGES);
	snprintf(id, sizeof(id), "%s/%s/%d", category, stage_code,
		 i / (NCATEGORIES * NSTAGES) + 1);
	snprintf(text, sizeof(text),
		 "Line %d is as long as such lines are: it takes some eighty "
		 "characters of text.",
		 i);
	struct phrase_row row = {
		.id = id,
		.category = category,
		.stage = stage_code,
		.purpose = i % 3 == 0 ? "comfort" : "summary",
		.text = text,
		.fault = "any",
		.speaker = "any",
		.channels = "any",
		.tone = "warm",
		.locale = i % 5 == 0 ? "nl-BE" : "nl",
		.when = i % 7 == 0 ? "live !bot" : "",
		.offers = "",
		.seeds = "A-1 A-2",
		.hi = 4,
	};
	*bytes += strlen(id) + strlen(category) + strlen(stage_code) +
		  strlen(row.purpose) + strlen(text) + strlen(row.when) +
		  strlen("anyanyanywarmnlA-1A-2");
	library_builder_phrase(b, &row);
}

START_TEST(holds_any_knowledge)
{
	struct report r = { 0 };
	json_t *head = other_head();
	struct library_builder *b = library_builder_new(head, 3, &r);
	size_t bytes = 0;
	char code[64];

	/* Backwards: a database may give them in any order. */
	for (int i = NPHRASES; i > 0; i--)
		other_phrase(b, i - 1, &bytes);
	struct library *other = library_builder_finish(b);
	json_decref(head);
	ck_assert_msg(other != NULL, "%s: %s", r.n ? r.lines[0].pointer : "",
		      r.n ? r.lines[0].detail : "");

	ck_assert_uint_eq(other->nphrases, NPHRASES);
	ck_assert_uint_eq(other->ncategories, NCATEGORIES);
	ck_assert_uint_eq(other->nstages, NSTAGES + 1); /* and done */
	ck_assert_uint_eq(other->nlocales, 2);
	ck_assert_int_eq(library_locale(other, "nl-NL", 5), 0);
	ck_assert_int_eq(library_locale(other, "nl-be", 5), 1);
	ck_assert_msg((double)library_bytes(other) <= 1.3 * (double)bytes,
		      "%zu bytes for %zu of text", library_bytes(other), bytes);

	int depth = 0;
	category_code(NCATEGORIES - 1, code, sizeof(code));
	for (int c = library_category(other, code, strlen(code)); c >= 0;
	     c = other->categories[c].parent)
		depth++;
	ck_assert_int_eq(depth, 4);

	/* Every phrase is found, and stands in the cell that its id names. */
	for (size_t i = 0; i < other->nphrases; i++) {
		const struct phrase *p = &other->phrases[i];
		size_t cell = p->category * other->nstages + p->stage;
		char id[128];

		snprintf(id, sizeof(id), "%s/%s/%u",
			 other->categories[p->category].code,
			 other->stages[p->stage].code, (unsigned)p->n);
		ck_assert_str_eq(p->id, id);
		ck_assert_int_eq(library_phrase(other, id, strlen(id)),
				 (int64_t)i);
		ck_assert(other->cells[cell] <= i &&
			  i < other->cells[cell + 1]);
	}
	library_unref(other);
	report_free(&r);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("library_large");
	TCase *tc = tcase_create("library_large");
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, holds_any_knowledge);
	suite_add_tcase(suite, tc);

	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
