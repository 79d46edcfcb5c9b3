/*
 * test_matcher.c - the automaton against a matcher that tries everything.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "script/arena.h"
#include "script/matcher.h"

#define NELEMS(a) (sizeof(a) / sizeof((a)[0]))
#define HITS_MAX 65536

struct hit {
	uint32_t number, first, last;
};

static struct hit hits[HITS_MAX], naive_hits[HITS_MAX];
static size_t nhits, nnaive;
static struct matcher_run run;
static const char *text;
static char found[512]; /* the bytes of the last match */

static void
note(void *cookie, const struct match *match)
{
	(void)cookie;
	ck_assert_uint_lt(nhits, HITS_MAX);
	hits[nhits++] =
		(struct hit){ match->number, match->first, match->last };
	ck_assert_uint_lt(match->at, match->end);
	snprintf(found, sizeof(found), "%.*s", (int)(match->end - match->at),
		 text + match->at);
}

static void
match_text(const struct matcher *m, const char *words)
{
	struct tokens t;
	struct token token;

	nhits = 0;
	text = words;
	tokens_begin(&t, words, strlen(words), m->vocab);
	matcher_begin(&run, m);
	while (tokens_next(&t, &token))
		matcher_step(&run, &token, note, NULL);
}

/* --- by hand ------------------------------------------------------------ */

/* clang-format off */
static const struct {
	const char *pattern, *text, *found; /* NULL: nothing */
} cases[] = {
	{ "you should have", "Well, you should've called.", "you should've" },
	{ "you should have", "you should call", NULL },
	{ "i can't", "I cannot do it", "I cannot" },
	{ "i can't", "I can’t.", "I can’t" },
	{ "sorry ... but", "I'm sorry, but no.", "sorry, but" },
	{ "sorry ... but", "Sorry for that long wait, but no.",
	  "Sorry for that long wait, but" },
	{ "sorry ... but", "Sorry. But no.", NULL },
	{ "sorry ... but", "Sorry! It is so, but no.", NULL },
	{ "sorry ... but", "sorry 1 2 3 4 5 6 7 8 9 10 11 12 13 14 but",
	  "sorry 1 2 3 4 5 6 7 8 9 10 11 12 13 14 but" },
	{ "sorry ... but", "sorry 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 but",
	  NULL },
	{ "sorry . but", "Sorry. But no.", "Sorry. But" },
	{ "a ... a", "a b a", "a b a" },
	{ "a ... a", "b a", NULL },
	{ "a b ... b c", "a b c", NULL },
	{ "a b ... b c", "a b b c", "a b b c" },
	{ "a ... b ... c", "a x b y c", "a x b y c" },
	{ "a ... bb ... c", "a bb. c", NULL },
	{ "you |really should|ought_to have", "you ought to have",
	  "you ought to have" },
	{ "you |really should|ought_to have", "you really should have",
	  "you really should have" },
	{ "yes|yeah yes|yeah", "yeah, yes", "yeah, yes" },
	{ "that {x}", "is that {x} or", "that {x}" },
	{ "is that all ?", "Is that all?", "Is that all?" },
	{ "is that all ?", "Is that all.", NULL },
	{ "i 'd|would love", "I'd love to", "I'd love" },
};
/* clang-format on */

START_TEST(finds_one)
{
	struct arena a = { 0 };
	struct vocab v = { 0 };
	struct matcher m;
	struct matcher_build *b = matcher_build_new(&v, &a);

	ck_assert_int_eq(
		matcher_add(b, cases[_i].pattern, strlen(cases[_i].pattern), 7),
		MATCHER_OK);
	ck_assert(matcher_finish(b, &m));
	match_text(&m, cases[_i].text);
	if (cases[_i].found == NULL) {
		ck_assert_uint_eq(nhits, 0);
	} else {
		ck_assert_uint_eq(nhits, 1);
		ck_assert_uint_eq(hits[0].number, 7);
		ck_assert_str_eq(found, cases[_i].found);
	}
	vocab_free(&v);
	arena_free(&a);
}
END_TEST

START_TEST(refuses)
{
	/* clang-format off */
	static const struct {
		const char *pattern;
		enum matcher_verdict verdict;
	} bad[] = {
		{ "", MATCHER_EMPTY },
		{ " - ", MATCHER_EMPTY },
		{ "...", MATCHER_EMPTY },
		{ "a ...", MATCHER_EMPTY },
		{ "... a", MATCHER_EMPTY },
		{ "a ... ... b", MATCHER_EMPTY },
		{ "|a |b", MATCHER_EMPTY },
		{ "a|b|c|d a|b|c|d a|b|c|d 1|2|3|4|5|6|7|8", MATCHER_OK },
		{ "a|b|c|d a|b|c|d a|b|c|d 1|2|3|4|5|6|7|8|9",
		  MATCHER_TOO_MANY },
		{ "1 2 3 4 5 6 7 8 9 1 2 3 4 5 6 7 8 9 1 2 3 4 5 6",
		  MATCHER_OK },
		{ "1 2 3 4 5 6 7 8 9 1 2 3 4 5 6 7 8 9 1 2 3 4 5 6 7",
		  MATCHER_TOO_LONG },
		{ "a ... a ... a ... a ... a ... a ... a ... a ... a",
		  MATCHER_OK },
		{ "a ... a ... a ... a ... a ... a ... a ... a ... a ... a",
		  MATCHER_TOO_LONG },
	};
	/* clang-format on */
	struct arena a = { 0 };
	struct vocab v = { 0 };
	struct matcher_build *b = matcher_build_new(&v, &a);
	struct matcher m;

	for (size_t i = 0; i < NELEMS(bad); i++)
		ck_assert_msg(matcher_add(b, bad[i].pattern,
					  strlen(bad[i].pattern),
					  0) == bad[i].verdict,
			      "%s", bad[i].pattern);
	ck_assert(matcher_finish(b, &m));
	b = matcher_build_new(&v, &a);
	for (int i = 0; i < MATCHER_GAPS; i++)
		ck_assert_int_eq(matcher_add(b, "a ... b", 7, 0), MATCHER_OK);
	ck_assert_int_eq(matcher_add(b, "a ... c", 7, 0), MATCHER_FULL);
	ck_assert(matcher_finish(b, &m));
	ck_assert(!matcher_finish(NULL, &m));
	match_text(&m, "a a");
	vocab_free(&v);
	arena_free(&a);
}
END_TEST

/* No pattern at all is a matcher too. */
START_TEST(finds_nothing_without_patterns)
{
	struct arena a = { 0 };
	struct vocab v = { 0 };
	struct matcher m = { 0 };

	match_text(&m, "you should have");
	ck_assert_uint_eq(nhits, 0);
	ck_assert(matcher_finish(matcher_build_new(&v, &a), &m));
	match_text(&m, "you should have");
	ck_assert_uint_eq(nhits, 0);
	vocab_free(&v);
	arena_free(&a);
}
END_TEST

/* --- against the naive one ---------------------------------------------- */

static uint64_t seed;

static uint32_t
below(uint32_t n)
{
	seed = seed * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(seed >> 33) % n;
}

#define RUNS_MAX 3
#define ITEMS_MAX 4
#define WORDS_MAX 200
#define PATTERNS_MAX 12

/* A pattern as the naive one has it: each item a set of letters; '-' is none */
struct pattern {
	char item[RUNS_MAX][ITEMS_MAX][4];
	int nitems[RUNS_MAX], nruns;
	char text[256];
};

static void
invent(struct pattern *p, uint32_t letters)
{
	size_t len = 0;

	p->nruns = 1 + (int)below(RUNS_MAX);
	for (int k = 0; k < p->nruns; k++) {
		p->nitems[k] = 1 + (int)below(ITEMS_MAX);
		if (k > 0)
			len += (size_t)sprintf(p->text + len, "... ");
		for (int i = 0; i < p->nitems[k]; i++) {
			char *item = p->item[k][i];
			uint32_t how = i == 0 ? below(3) : below(5);

			memset(item, 0, 4);
			item[0] = (char)('a' + below(letters));
			if (how == 1)
				item[1] = (char)('a' + below(letters));
			if (how == 4)
				item[1] = '-';
			if (below(12) == 0)
				item[0] = '.', item[1] = '\0';
			if (item[1] == '-')
				len += (size_t)sprintf(p->text + len, "|%c ",
						       item[0]);
			else if (item[1] != '\0')
				len += (size_t)sprintf(p->text + len, "%c|%c ",
						       item[0], item[1]);
			else
				len += (size_t)sprintf(p->text + len, "%c ",
						       item[0]);
		}
	}
}

/*
 * Call ${found} in effect: is there a way to say run ${k} from item ${i} on
 * that covers words [at, end)?
 */
static bool
says(const struct pattern *p, int k, int i, const char *words, int at, int end)
{
	const char *item;

	if (i == p->nitems[k])
		return at == end;
	item = p->item[k][i];
	if (item[1] == '-' && says(p, k, i + 1, words, at, end))
		return true;
	return at < end && (words[at] == item[0] || words[at] == item[1]) &&
	       says(p, k, i + 1, words, at + 1, end);
}

/* Where the nearest beginning is of runs 0..k that end before ${end}; or -1. */
static int nearest[RUNS_MAX][WORDS_MAX + 1];

static int
before(int k, const char *words, int start)
{
	for (int e = start; e >= 0 && e >= start - MATCHER_GAP; e--) {
		if (nearest[k][e] >= 0)
			return nearest[k][e];
		if (e > 0 && words[e - 1] == '.')
			break;
	}
	return -1;
}

static void
naive(const struct pattern *p, uint32_t number, const char *words, int n)
{
	for (int k = 0; k < p->nruns; k++)
		for (int end = 0; end <= n; end++) {
			nearest[k][end] = -1;
			for (int at = 0; at < end; at++) {
				int first = at;

				if (!says(p, k, 0, words, at, end))
					continue;
				if (k > 0)
					first = before(k - 1, words, at);
				if (first > nearest[k][end])
					nearest[k][end] = first;
				if (first >= 0 && k == p->nruns - 1)
					naive_hits[nnaive++] = (struct hit){
						number, (uint32_t)first,
						(uint32_t)end - 1
					};
			}
		}
}

static int
by_place(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct hit));
}

/* Sort and drop what is there twice. */
static size_t
unique(struct hit *h, size_t n)
{
	size_t kept = 0;

	qsort(h, n, sizeof(*h), by_place);
	for (size_t i = 0; i < n; i++)
		if (kept == 0 || memcmp(&h[kept - 1], &h[i], sizeof(*h)) != 0)
			h[kept++] = h[i];
	return kept;
}

START_TEST(agrees_with_the_naive_one)
{
	size_t total = 0;

	for (int round = 0; round < 300; round++) {
		struct arena a = { 0 };
		struct vocab v = { 0 };
		struct matcher m;
		struct matcher_build *b = matcher_build_new(&v, &a);
		struct pattern p[PATTERNS_MAX];
		uint32_t np = 1 + below(PATTERNS_MAX), letters;
		char words[WORDS_MAX + 1], spaced[2 * WORDS_MAX + 1];
		int n = (int)below(WORDS_MAX);

		seed = (uint64_t)(_i * 1000 + round);
		letters = 2 + below(4);
		for (int i = 0; i < n; i++) {
			/* Letters that no pattern knows make room for gaps. */
			words[i] = (char)('a' + below(letters + 1 + below(9)));
			if (below(15) == 0)
				words[i] = '.';
			spaced[2 * i] = words[i];
			spaced[2 * i + 1] = '-';
		}
		spaced[2 * n] = '\0';
		nnaive = 0;
		for (uint32_t i = 0; i < np; i++) {
			invent(&p[i], letters);
			ck_assert_int_eq(
				matcher_add(b, p[i].text, strlen(p[i].text), i),
				MATCHER_OK);
			naive(&p[i], i, words, n);
		}
		ck_assert(matcher_finish(b, &m));
		match_text(&m, spaced);
		nhits = unique(hits, nhits);
		nnaive = unique(naive_hits, nnaive);
		ck_assert_uint_eq(nhits, nnaive);
		ck_assert_mem_eq(hits, naive_hits, nhits * sizeof(*hits));
		total += nhits;
		vocab_free(&v);
		arena_free(&a);
	}
	ck_assert_uint_gt(total, 1000);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("matcher");
	TCase *tc = tcase_create("matcher");
	SRunner *sr;
	int failed;

	tcase_add_loop_test(tc, finds_one, 0, (int)NELEMS(cases));
	tcase_add_test(tc, refuses);
	tcase_add_test(tc, finds_nothing_without_patterns);
	tcase_add_loop_test(tc, agrees_with_the_naive_one, 1, 11);
	tcase_set_timeout(tc, 60);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
