/*
 * test_content.c - the library that ships is whole, and carries every claim.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "script/audit.h"
#include "script/bundle.h"
#include "script/coverage.h"
#include "script/library.h"
#include "script/report.h"
#include "tests/unit/edit.h"

#define NELEMS(a) (sizeof(a) / sizeof((a)[0]))

/* How many faults are printed before the rest is only counted. */
#define PRINTED 20

static char *text;
static size_t len;
static json_t *bundle;

static void
expect_none(const struct report *r, const char *what)
{
	for (size_t i = 0; i < r->n && i < PRINTED; i++)
		fprintf(stderr, "%s: %s\n", r->lines[i].pointer,
			r->lines[i].detail);
	ck_assert_msg(report_ok(r), "%s: %zu faults", what, r->total);
}

static void
setup(void)
{
	struct report r = { 0 };

	text = edit_file("sql/content/library.json", &len);
	bundle = bundle_read(text, len, &r);
	expect_none(&r, "sql/content/library.json");
}

static void
teardown(void)
{
	free(text);
	json_decref(bundle);
}

START_TEST(is_canonical)
{
	size_t n, same = 0, line = 1;
	char *canonical = bundle_write(bundle, &n);

	while (same < n && same < len && canonical[same] == text[same])
		line += text[same++] == '\n';
	ck_assert_msg(same == n && same == len,
		      "sql/content/library.json departs from its canonical "
		      "form in line %zu",
		      line);
	free(canonical);
}
END_TEST

START_TEST(may_be_published)
{
	struct report r = { 0 };
	struct library *lib = library_from_bundle(bundle, 1, &r);

	expect_none(&r, "building");
	audit(lib, bundle, &r);
	expect_none(&r, "audit");
	library_unref(lib);
}
END_TEST

/* --- claims ------------------------------------------------------------- */

/* Claims about the sources themselves: when they were written, by whom. */
static const char *const uncarried[] = { "S0-1", "S4-45" };

static bool
has_seed(const json_t *item, const char *claim)
{
	const json_t *seeds = json_object_get(item, "seeds");

	for (size_t i = 0; i < json_array_size(seeds); i++)
		if (strcmp(json_string_value(json_array_get(seeds, i)),
			   claim) == 0)
			return true;
	return false;
}

/* What of the bundle is of one kind of carrier. */
static const struct {
	const char *kind;    /* before the colon */
	const char *path[2]; /* of the list: in the bundle, or in an item */
	const char *name;    /* what the rest of the carrier names */
} carriers[] = {
	{ "stage", { "stages", NULL }, "code" },
	{ "step", { "stages", "steps" }, "n" },
	{ "dont", { "stages", "dont" }, "n" },
	{ "protocol", { "protocols", NULL }, "code" },
	{ "category", { "categories", NULL }, "code" },
	{ "phrase", { "phrases", NULL }, "id" },
	{ "principle", { "principles", NULL }, "id" },
	{ "fact", { "facts", NULL }, "id" },
};

static const json_t *
item_of(const json_t *list, const char *member, const char *name, size_t n)
{
	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *item = json_array_get(list, i);
		const char *own =
			json_string_value(json_object_get(item, member));
		if (own != NULL && strlen(own) == n &&
		    memcmp(own, name, n) == 0)
			return item;
	}
	return NULL;
}

/* "validate/2" in a list of a stage. */
static const json_t *
numbered(const char *list, const char *name)
{
	size_t n = strcspn(name, "/");
	const json_t *items = json_object_get(
		item_of(json_object_get(bundle, "stages"), "code", name, n),
		list);

	for (size_t i = 0; i < json_array_size(items) && name[n] == '/'; i++) {
		const json_t *item = json_array_get(items, i);
		if (json_integer_value(json_object_get(item, "n")) ==
		    atoi(name + n + 1))
			return item;
	}
	return NULL;
}

/* "open+next": some row for both. */
static bool
transition_carries(const char *name, const char *claim)
{
	const json_t *rows = json_object_get(bundle, "transitions");
	size_t n = strcspn(name, "+");

	for (size_t i = 0; i < json_array_size(rows) && name[n] == '+'; i++) {
		const json_t *row = json_array_get(rows, i);
		const char *from = json_string_value(
				   json_object_get(row, "from")),
			   *signal = json_string_value(
				   json_object_get(row, "signal"));
		if (strlen(from) == n && memcmp(from, name, n) == 0 &&
		    strcmp(signal, name + n + 1) == 0 && has_seed(row, claim))
			return true;
	}
	return false;
}

static bool
wording_carries(const char *name, const char *claim)
{
	const json_t *rules = json_object_get(bundle, "wording_rules");
	size_t n = strlen(name);

	return has_seed(item_of(json_object_get(rules, "rules"), "id", name, n),
			claim) ||
	       has_seed(item_of(json_object_get(rules, "structural"), "id",
				name, n),
			claim);
}

static bool
carries(const char *carrier, const char *claim)
{
	size_t n = strcspn(carrier, ":");
	const char *name = carrier[n] == ':' ? carrier + n + 1 : "";

	if (strncmp(carrier, "transition:", n + 1) == 0)
		return transition_carries(name, claim);
	if (strncmp(carrier, "wording:", n + 1) == 0)
		return wording_carries(name, claim);
	for (size_t i = 0; i < NELEMS(carriers); i++) {
		if (strlen(carriers[i].kind) != n ||
		    memcmp(carriers[i].kind, carrier, n) != 0)
			continue;
		if (carriers[i].path[1] != NULL)
			return has_seed(numbered(carriers[i].path[1], name),
					claim);
		return has_seed(
			item_of(json_object_get(bundle, carriers[i].path[0]),
				carriers[i].name, name, strlen(name)),
			claim);
	}
	return false;
}

START_TEST(carries_every_claim)
{
	json_t *file = json_load_file("tests/unit/claims.json", 0, NULL);
	const json_t *claims = json_object_get(file, "claims");
	size_t lost = 0;

	ck_assert_uint_eq(json_array_size(claims), 156);
	for (size_t i = 0; i < json_array_size(claims); i++) {
		const json_t *claim = json_array_get(claims, i),
			     *by = json_object_get(claim, "covered_by");
		const char *id =
			json_string_value(json_object_get(claim, "id"));
		bool bare = strcmp(id, uncarried[0]) == 0 ||
			    strcmp(id, uncarried[1]) == 0;

		if (json_array_size(by) == 0 && !bare) {
			fprintf(stderr, "%s: nothing carries it\n", id);
			lost++;
		}
		for (size_t k = 0; k < json_array_size(by); k++) {
			const char *carrier =
				json_string_value(json_array_get(by, k));
			if (carries(carrier, id))
				continue;
			fprintf(stderr, "%s: not in the seeds of %s\n", id,
				carrier);
			lost++;
		}
	}
	json_decref(file);
	ck_assert_msg(lost == 0, "%zu carriers are lost", lost);
}
END_TEST

/* --- how much there is -------------------------------------------------- */

static bool
is_not_empty(void *arg, const struct coverage *c)
{
	size_t *n = arg;

	ck_assert_uint_gt(c->least, 0);
	(*n)++;
	return true;
}

START_TEST(has_something_to_say_everywhere)
{
	struct report r = { 0 };
	struct library *lib = library_from_bundle(bundle, 1, &r);
	size_t n = 0;

	expect_none(&r, "building");
	ck_assert(coverage_each(lib, 0, -1, -1, is_not_empty, &n));
	ck_assert_uint_ge(n, lib->ncategories);
	library_unref(lib);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("content");
	TCase *tc = tcase_create("content");
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, is_canonical);
	tcase_add_test(tc, may_be_published);
	tcase_add_test(tc, carries_every_claim);
	tcase_add_test(tc, has_something_to_say_everywhere);
	suite_add_tcase(suite, tc);

	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
