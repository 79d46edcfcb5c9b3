/*
 * test_library.c - rows become the very library that their bundle does.
 */
#include <stdio.h>
#include <string.h>

#include "script/library.h"
#include "script/report.h"
#include "sql/library.h"
#include "sql/releases.h"
#include "tests/sql/fixture.h"

static struct db *owner, *reader;
static json_t *shipped;
static struct db_error err;

static void
setup(void)
{
	fixture_migrated();
	owner = fixture_db(DB_OWNER);
	reader = fixture_db(DB_READER);
	shipped = fixture_bundle();
}

static void
teardown(void)
{
	json_decref(shipped);
	db_close(reader);
	db_close(owner);
}

static struct library *
load(int release)
{
	struct report report = { 0 };
	struct library *lib;

	ck_status(library_load(reader, release, &lib, &report, &err), DB_OK,
		  err);
	ck_assert(report_ok(&report));
	return lib;
}

static struct library *
built(const json_t *bundle, int release)
{
	struct report report = { 0 };
	struct library *lib = library_from_bundle(bundle, release, &report);

	ck_assert_msg(lib != NULL, "%s: %s", report.lines[0].pointer,
		      report.lines[0].detail);
	return lib;
}

#define ck_frag_eq(a, b) \
	do { \
		ck_assert_uint_eq((a).len, (b).len); \
		ck_assert_mem_eq((a).ptr, (b).ptr, (a).len); \
	} while (0)

#define ck_frags_eq(a, b, n) \
	for (size_t f_ = 0; f_ < (n); f_++) \
	ck_frag_eq((a)[f_], (b)[f_])

static void
ck_rows_eq(const struct library *a, const struct library *b,
	   struct row_range ra, struct row_range rb)
{
	ck_assert_uint_eq(ra.n, rb.n);
	for (uint32_t i = 0; i < ra.n; i++) {
		const struct row *x = &a->rows[ra.first + i];
		const struct row *y = &b->rows[rb.first + i];

		ck_assert_uint_eq(x->guard, y->guard);
		ck_assert_uint_eq(x->signal, y->signal);
		ck_assert_uint_eq(x->to, y->to);
		ck_assert_uint_eq(x->wild, y->wild);
		ck_assert_uint_eq(x->effects.asks, y->effects.asks);
		ck_assert_uint_eq(x->effects.counts, y->effects.counts);
		ck_assert_uint_eq(x->effects.set, y->effects.set);
		ck_assert_uint_eq(x->effects.clear, y->effects.clear);
	}
}

static void
ck_stages_eq(const struct library *a, const struct library *b)
{
	ck_assert_uint_eq(a->nstages, b->nstages);
	for (size_t i = 0; i < a->nstages; i++) {
		const struct stage *x = &a->stages[i], *y = &b->stages[i];

		ck_assert_str_eq(x->code, y->code);
		ck_frag_eq(x->head, y->head);
		ck_frag_eq(x->dos, y->dos);
		ck_frag_eq(x->avoids, y->avoids);
		ck_frag_eq(x->json, y->json);
		ck_assert_uint_eq(x->kind, y->kind);
		ck_assert_uint_eq(x->hold_until, y->hold_until);
		ck_assert_uint_eq(x->pauses, y->pauses);
		ck_rows_eq(a, b, x->rows, y->rows);
	}
}

static void
ck_small_kinds_eq(const struct library *a, const struct library *b)
{
	ck_assert_uint_eq(a->nsignals, b->nsignals);
	for (size_t i = 0; i < a->nsignals; i++)
		ck_frag_eq(a->signals[i].json, b->signals[i].json);
	ck_assert_uint_eq(a->nprotocols, b->nprotocols);
	for (size_t i = 0; i < a->nprotocols; i++)
		ck_frag_eq(a->protocols[i].json, b->protocols[i].json);
	ck_assert_uint_eq(a->ncategories, b->ncategories);
	for (size_t i = 0; i < a->ncategories; i++) {
		ck_frag_eq(a->categories[i].json, b->categories[i].json);
		ck_assert_int_eq(a->categories[i].parent,
				 b->categories[i].parent);
		ck_assert_uint_eq(a->categories[i].offers,
				  b->categories[i].offers);
	}
	ck_assert_uint_eq(a->nchannels, b->nchannels);
	for (size_t i = 0; i < a->nchannels; i++) {
		ck_frag_eq(a->channels[i].json, b->channels[i].json);
		ck_assert_int_eq(a->channels[i].silence_seconds,
				 b->channels[i].silence_seconds);
		ck_frags_eq(a->channels[i].delivery, b->channels[i].delivery,
			    a->nstages * N_SPEAKERS);
	}
	ck_assert_uint_eq(a->nplaceholders, b->nplaceholders);
	for (size_t i = 0; i < a->nplaceholders; i++)
		ck_frag_eq(a->placeholders[i].json, b->placeholders[i].json);
	ck_assert_uint_eq(a->nfacts, b->nfacts);
	ck_frags_eq(a->facts, b->facts, a->nfacts);
	ck_assert_uint_eq(a->nprinciples, b->nprinciples);
	ck_frags_eq(a->principles, b->principles, a->nprinciples);
	ck_assert_uint_eq(a->nsources, b->nsources);
	ck_frags_eq(a->sources, b->sources, a->nsources);
	ck_assert_uint_eq(a->nrules, b->nrules);
	ck_frags_eq(a->rules, b->rules, a->nrules);
	ck_assert_mem_eq(a->limits, b->limits, sizeof(a->limits));
	ck_assert_int_eq(a->default_protocol, b->default_protocol);
	ck_assert_int_eq(a->followup_days, b->followup_days);
	ck_assert_int_eq(a->breather_minutes, b->breather_minutes);
	ck_frags_eq(a->breather_why, b->breather_why, 3);
}

static void
ck_phrases_eq(const struct library *a, const struct library *b)
{
	ck_assert_uint_eq(a->nphrases, b->nphrases);
	for (size_t i = 0; i < a->nphrases; i++) {
		const struct phrase *x = &a->phrases[i], *y = &b->phrases[i];

		ck_assert_str_eq(x->id, y->id);
		ck_assert_uint_eq(x->text_len, y->text_len);
		ck_assert_mem_eq(x->text, y->text, x->text_len);
		ck_assert_uint_eq(x->nneeds, y->nneeds);
		ck_assert_mem_eq(x->needs, y->needs, x->nneeds);
		ck_assert_uint_eq(x->true_only, y->true_only);
		ck_assert_uint_eq(x->voice, y->voice);
		ck_assert_uint_eq(x->fault, y->fault);
		ck_assert_uint_eq(x->tone, y->tone);
		ck_assert_uint_eq(x->lo, y->lo);
		ck_assert_uint_eq(x->hi, y->hi);
		ck_assert_uint_eq(x->locale, y->locale);
		ck_assert_uint_eq(x->stage, y->stage);
		ck_assert_uint_eq(x->category, y->category);
		ck_assert_uint_eq(x->fits, y->fits);
		ck_assert_uint_eq(x->offers, y->offers);
		ck_assert_uint_eq(x->hash, y->hash);
		ck_assert_uint_eq(x->n, y->n);
		ck_frag_eq(a->tails[x->tail], b->tails[y->tail]);
		ck_frag_eq(a->purposes[x->purpose], b->purposes[y->purpose]);
		const struct condition *when = &a->conditions[x->when];
		const struct condition *then = &b->conditions[y->when];
		ck_assert_uint_eq(when->need, then->need);
		ck_assert_uint_eq(when->forbid, then->forbid);
		ck_assert_uint_eq(when->signals, then->signals);
		ck_assert_uint_eq(when->not_signals, then->not_signals);
	}
}

START_TEST(loading_and_building_give_the_same)
{
	struct library *b = built(shipped, 1);

	ck_assert_int_eq(fixture_publish(owner, shipped), 1);
	struct library *a = load(RELEASE_NEWEST);
	ck_assert_int_eq(a->release, 1);
	ck_stages_eq(a, b);
	ck_small_kinds_eq(a, b);
	ck_phrases_eq(a, b);
	library_unref(a);
	library_unref(b);
}
END_TEST

START_TEST(any_release_loads_and_the_draft_too)
{
	json_t *second = json_deep_copy(shipped);
	json_t *third = json_deep_copy(shipped);

	json_array_remove(json_object_get(second, "facts"), 0);
	json_array_remove(json_object_get(third, "facts"), 0);
	json_array_remove(json_object_get(third, "facts"), 0);
	fixture_publish(owner, shipped);
	fixture_publish(owner, second);
	fixture_import(owner, third);

	static const int releases[] = { 1, RELEASE_NEWEST, RELEASE_DRAFT };
	for (int i = 0; i < 3; i++) {
		struct library *lib = load(releases[i]);
		ck_assert_int_eq(lib->release, i + 1);
		ck_assert_uint_eq(lib->nfacts, json_array_size(json_object_get(
						       shipped, "facts")) -
						       (size_t)i);
		library_unref(lib);
	}
	json_decref(second);
	json_decref(third);
}
END_TEST

START_TEST(what_is_not_there_does_not_load)
{
	struct report report = { 0 };
	struct library *lib;

	ck_status(library_load(reader, RELEASE_NEWEST, &lib, &report, &err),
		  DB_NO_ROWS, err);
	fixture_publish(owner, shipped);
	ck_status(library_load(reader, 3, &lib, &report, &err), DB_NO_ROWS,
		  err);
	ck_assert(report_ok(&report));
}
END_TEST

/* clang-format off */
static const struct {
	const char *sql, *pointer;
} damage[] = {
	{ "UPDATE evenkeel.transition SET to_stage = 'nowhere' WHERE "
	  "from_stage = 'listen' AND signal = 'next'", "/transitions/" },
	{ "UPDATE evenkeel.stage SET dont = '[7]' WHERE code = 'listen'",
	  "/stages/" },
	{ "UPDATE evenkeel.phrase SET text = 'Hello {nobody}.' WHERE id = "
	  "'general/listen/1'", "/phrases/" },
};
/* clang-format on */

START_TEST(what_does_not_build_is_reported_not_returned)
{
	struct report report = { 0 };
	struct library *lib = NULL;

	fixture_publish(owner, shipped);
	pg_sql("%s", damage[_i].sql);
	ck_status(library_load(reader, 1, &lib, &report, &err), DB_INVALID,
		  err);
	ck_assert_ptr_null(lib);
	ck_assert_uint_gt(report.n, 0);
	ck_assert_msg(strncmp(report.lines[0].pointer, damage[_i].pointer,
			      strlen(damage[_i].pointer)) == 0,
		      "%s: %s", report.lines[0].pointer,
		      report.lines[0].detail);
	ck_assert_ptr_nonnull(strstr(err.message, "release 1 does not build"));
	report_free(&report);
}
END_TEST

/* A pointer into the phrases counts as an export does. */
START_TEST(a_pointer_finds_the_phrase_in_the_bundle)
{
	struct report report = { 0 };
	struct library *lib = NULL;
	size_t i;

	fixture_publish(owner, shipped);
	pg_sql("UPDATE evenkeel.phrase SET text = 'Hello {nobody}.' WHERE id "
	       "= 'general/listen/1'");
	ck_status(library_load(reader, 1, &lib, &report, &err), DB_INVALID,
		  err);
	ck_assert_int_eq(sscanf(report.lines[0].pointer, "/phrases/%zu/", &i),
			 1);
	json_t *phrase = json_array_get(json_object_get(shipped, "phrases"), i);
	ck_assert_str_eq(json_string_value(json_object_get(phrase, "id")),
			 "general/listen/1");
	report_free(&report);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("library");
	TCase *tc = tcase_create("library");

	tcase_add_unchecked_fixture(tc, fixture_start, fixture_stop);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 30);
	tcase_add_test(tc, loading_and_building_give_the_same);
	tcase_add_test(tc, any_release_loads_and_the_draft_too);
	tcase_add_test(tc, what_is_not_there_does_not_load);
	tcase_add_loop_test(tc, what_does_not_build_is_reported_not_returned, 0,
			    sizeof(damage) / sizeof(damage[0]));
	tcase_add_test(tc, a_pointer_finds_the_phrase_in_the_bundle);
	suite_add_tcase(suite, tc);
	return fixture_main(suite, CK_NOFORK);
}
