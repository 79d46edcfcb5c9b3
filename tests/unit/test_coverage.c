/*
 * test_coverage.c - the counts of usable lines, against counting by hand.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "script/coverage.h"
#include "script/library.h"
#include "script/report.h"
#include "script/usable.h"
#include "tests/unit/edit.h"

static json_t *small;
static struct library *lib;

static void
setup(void)
{
	struct report r = { 0 };

	small = edit_small();
	lib = library_from_bundle(small, 1, &r);
	ck_assert_ptr_nonnull(lib);
}

static void
teardown(void)
{
	library_unref(lib);
	json_decref(small);
}

/* Count the slow way: every cell, every line, all the way up. */
static unsigned
lines_in(const struct coverage *c, const struct coverage_cell *cell)
{
	struct cell_query q = {
		.stage = c->stage,
		.channel = cell->channel,
		.speaker = cell->speaker,
		.fault = cell->fault,
		.intensity = cell->intensity,
		.signal = -1,
	};
	unsigned n = 0;

	for (int up = c->category; up >= 0; up = lib->categories[up].parent) {
		for (size_t i = 0; i < lib->nphrases; i++) {
			const struct phrase *p = &lib->phrases[i];
			n += p->category == up && p->locale == c->locale &&
			     p->nneeds == 0 && p->when == 0 && p->offers == 0 &&
			     line_fits(lib, p, &q);
		}
	}
	return n < COVERAGE_MAX ? n : COVERAGE_MAX;
}

struct seen {
	size_t n, stop;
	struct coverage last;
};

static bool
compare_with_slow(void *arg, const struct coverage *c)
{
	struct seen *seen = arg;
	size_t cells = 0, empty = 0, thin = 0;
	unsigned least = COVERAGE_MAX + 1;

	for (int ch = 0; ch < (int)lib->nchannels; ch++) {
		if (!stage_faces_customer(lib, c->stage, ch)) {
			ck_assert_uint_eq(c->holes[ch], 0);
			continue;
		}
		for (int i = 0; i < COVERAGE_BITS; i++) {
			struct coverage_cell cell = {
				.channel = ch,
				.speaker = (enum speaker)(i / 20),
				.fault = (enum fault)(i / 5 % 4),
				.intensity = i % 5,
			};
			unsigned n = lines_in(c, &cell),
				 bit = coverage_bit(cell.speaker, cell.fault,
						    cell.intensity);

			ck_assert_int_eq(c->holes[ch] >> bit & 1, n == 0);
			cells++;
			empty += n == 0;
			thin += n > 0 && n < COVERAGE_THIN;
			least = n < least ? n : least;
		}
	}
	ck_assert_uint_eq(c->cells, cells);
	ck_assert_uint_eq(c->empty, empty);
	ck_assert_uint_eq(c->thin, thin);
	ck_assert_uint_eq(c->least, least);
	ck_assert_uint_eq(lines_in(c, &c->worst), least);
	seen->n++;
	seen->last = *c;
	return true;
}

START_TEST(agrees_with_counting_by_hand)
{
	struct seen seen = { 0 };

	/* Eight stages of nine face a customer, in three categories. */
	ck_assert(coverage_each(lib, 0, -1, -1, compare_with_slow, &seen));
	ck_assert_uint_eq(seen.n, 3 * 8);
	ck_assert(coverage_each(lib, 1, -1, -1, compare_with_slow, &seen));
	ck_assert_uint_eq(seen.n, 2 * 3 * 8);
}
END_TEST

START_TEST(looks_at_what_it_is_asked)
{
	struct seen seen = { 0 };
	int late = library_category(lib, "post.late", 9),
	    open = library_stage(lib, "open", 4),
	    recover = library_stage(lib, "recover", 7);

	ck_assert(coverage_each(lib, 0, late, -1, compare_with_slow, &seen));
	ck_assert_uint_eq(seen.n, 8);
	ck_assert_int_eq(seen.last.category, late);
	seen.n = 0;
	ck_assert(coverage_each(lib, 0, -1, open, compare_with_slow, &seen));
	ck_assert_uint_eq(seen.n, 3);
	seen.n = 0;
	ck_assert(coverage_each(lib, 0, late, open, compare_with_slow, &seen));
	ck_assert_uint_eq(seen.n, 1);
	/* Its own line, and the two of general; each may always be said. */
	ck_assert_uint_eq(seen.last.least, 3);
	ck_assert_uint_eq(seen.last.thin, 0);
	seen.n = 0;
	ck_assert(
		coverage_each(lib, 0, late, recover, compare_with_slow, &seen));
	ck_assert_uint_eq(seen.n, 0);
}
END_TEST

static bool
stop_at(void *arg, const struct coverage *c)
{
	struct seen *seen = arg;

	(void)c;
	return ++seen->n < seen->stop;
}

START_TEST(stops_when_told)
{
	struct seen seen = { .stop = 5 };

	ck_assert(coverage_each(lib, 0, -1, -1, stop_at, &seen));
	ck_assert_uint_eq(seen.n, 5);
}
END_TEST

START_TEST(stops_counting_at_its_limit)
{
	struct report r = { 0 };
	struct seen seen = { 0 };
	char item[160];

	for (int i = 0; i < 20; i++) {
		snprintf(item, sizeof(item),
			 "{\"id\": \"general/open/%d\", \"category\": "
			 "\"general\", \"stage\": \"open\", \"text\": \"So.\"}",
			 i + 10);
		json_t *phrase = json_loads(item, 0, NULL),
		       *full = json_deep_copy(
			       edit_at(small, "/phrases/general~1open~12"));
		json_object_update(full, phrase);
		json_array_append_new(json_object_get(small, "phrases"), full);
		json_decref(phrase);
	}
	library_unref(lib);
	lib = library_from_bundle(small, 1, &r);
	ck_assert_ptr_nonnull(lib);
	ck_assert(coverage_each(lib, 0, 0, library_stage(lib, "open", 4),
				compare_with_slow, &seen));
	ck_assert_uint_eq(seen.last.least, COVERAGE_MAX);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("coverage");
	TCase *tc = tcase_create("coverage");
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, agrees_with_counting_by_hand);
	tcase_add_test(tc, looks_at_what_it_is_asked);
	tcase_add_test(tc, stops_when_told);
	tcase_add_test(tc, stops_counting_at_its_limit);
	suite_add_tcase(suite, tc);

	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
