/*
 * wording.c - the phrase rules, and findings in their order.
 */
#include <stdlib.h>
#include <string.h>

#include "script/wording_parts.h"

static const char *const severities[N_SEVERITIES] = {
	[SEVERITY_INFO] = "info",
	[SEVERITY_LOW] = "low",
	[SEVERITY_MEDIUM] = "medium",
	[SEVERITY_HIGH] = "high",
};

static const char *const tests[N_TESTS] = {
	[TEST_PHRASE] = "",
	[TEST_NO_APOLOGY] = "no_apology",
	[TEST_OVER_APOLOGY] = "over_apology",
	[TEST_NO_NEXT_STEP] = "no_next_step",
	[TEST_TOO_LONG] = "too_long",
	[TEST_REPEATED_LINE] = "repeated_line",
	[TEST_NO_NAME] = "no_name",
	[TEST_SHOUTING] = "shouting",
	[TEST_SOLUTION_FIRST] = "solution_before_empathy",
	[TEST_WE_OVER_I] = "we_over_i",
	[TEST_UNFILLED] = "unfilled_placeholder",
	[TEST_PRIVATE_DATA] = "private_data_in_public",
	[TEST_YES_NO_OPTION] = "yes_no_option",
};

const char *const draft_cues[N_DRAFT_CUES] = {
	[CUE_APOLOGY] = "DRAFT_APOLOGY", [CUE_FEELING] = "DRAFT_FEELING",
	[CUE_REMEDY] = "DRAFT_REMEDY",	 [CUE_TIME] = "DRAFT_TIME",
	[CUE_OPTION] = "DRAFT_OPTION",
};

const char *
severity_code(enum severity severity)
{
	return severities[severity];
}

int
severity_find(const char *code)
{
	for (int i = 0; i < N_SEVERITIES; i++)
		if (strcmp(severities[i], code) == 0)
			return i;
	return -1;
}

int
rule_test_find(const char *sub)
{
	for (int i = TEST_PHRASE + 1; i < N_TESTS; i++)
		if (strcmp(tests[i], sub) == 0)
			return i;
	return -1;
}

void
check_add(struct check *c, size_t rule, struct span span)
{
	if (c->n == WORDING_MAX) {
		c->more = true;
		return;
	}
	c->taken_back[c->n] = false;
	c->first[c->n] = c->last[c->n] = 0;
	c->out[c->n++] = (struct finding){ .rule = (uint32_t)rule,
					   .at = span.at,
					   .end = span.end };
}

/* --- words -------------------------------------------------------------- */

/* The words of an "except" of ${rule}: what touches them is no match. */
static void
spare(struct check *c, uint32_t rule, const struct match *m)
{
	c->spared[rule] = m->last + 1;
	for (size_t i = c->n; i > 0 && c->last[i - 1] >= m->first; i--)
		if (c->out[i - 1].rule == rule)
			c->taken_back[i - 1] = true;
	while (c->n > 0 && c->taken_back[c->n - 1])
		c->n--;
}

/* Cues are counted where they do not overlap. */
static void
cue(struct check *c, uint32_t list, const struct match *m)
{
	uint32_t n = c->cues.n[list];

	if (n > 0 && m->first <= c->cues.last[list])
		return;
	if (n < 2)
		c->cues.at[list][n] = (struct span){ m->at, m->end };
	c->cues.last[list] = m->last;
	c->cues.n[list]++;
}

static void
match(void *cookie, const struct match *m)
{
	struct check *c = cookie;
	const struct wording *w = c->lib->wording;
	uint32_t rule = m->number / 2;

	if (m->number >= 2 * w->nrules) {
		cue(c, m->number - 2 * (uint32_t)w->nrules, m);
		return;
	}
	if (m->number % 2 != 0) {
		spare(c, rule, m);
		return;
	}
	if (c->spared[rule] > m->first)
		return;
	if (c->draft->stage < 64 &&
	    (w->rules[rule].exempt >> c->draft->stage & 1) != 0)
		return;
	check_add(c, rule, (struct span){ m->at, m->end });
	if (c->more)
		return;
	c->first[c->n - 1] = m->first;
	c->last[c->n - 1] = m->last;
}

static void
match_said(void *cookie, const struct match *m)
{
	struct check *c = cookie;
	uint32_t first = 2 * (uint32_t)c->lib->wording->nrules;

	if (m->number >= first)
		cue(c, m->number - first, m);
}

/* What neither is looked for nor stands between the words of a sentence. */
static bool
is_silent(const struct token *token)
{
	return token->kind == TOKEN_SYMBOL || token->kind == TOKEN_LINK ||
	       token->kind == TOKEN_MENTION;
}

void
check_words(struct check *c, const char *text, size_t len, bool said)
{
	const struct wording *w = c->lib->wording;
	struct tokens t;
	struct token token;

	tokens_begin(&t, text, len, &w->vocab);
	matcher_begin(&c->run, &w->matcher);
	while (!c->more && tokens_next(&t, &token))
		if (!is_silent(&token))
			matcher_step(&c->run, &token, said ? match_said : match,
				     c);
}

/* --- in order ----------------------------------------------------------- */

static int
by_place(const void *a, const void *b)
{
	const struct finding *x = a, *y = b;

	if (x->at != y->at)
		return x->at < y->at ? -1 : 1;
	if (x->rule != y->rule)
		return x->rule < y->rule ? -1 : 1;
	return x->end == y->end ? 0 : x->end < y->end ? -1 : 1;
}

/* What one rule found in words that overlap is one finding. */
static size_t
join(struct finding *f, size_t n)
{
	size_t kept = 0;

	for (size_t i = 0; i < n; i++) {
		size_t k = kept;

		while (k > 0 &&
		       (f[k - 1].rule != f[i].rule || f[k - 1].end <= f[i].at))
			k--;
		if (k == 0)
			f[kept++] = f[i];
		else if (f[k - 1].end < f[i].end)
			f[k - 1].end = f[i].end;
	}
	return kept;
}

/* The findings that [at, end) holds the beginning or the end of. */
static void
sentence(struct finding *f, size_t n, uint32_t at, uint32_t end)
{
	for (size_t i = 0; i < n && f[i].at < end; i++) {
		if (f[i].at >= at)
			f[i].sentence_at = at;
		if (f[i].end > at || f[i].at >= at)
			f[i].sentence_end = end;
	}
}

/* Does a line end between ${from} and ${to}, behind a greeting? */
static bool
greeting_ends(const char *text, uint32_t from, uint32_t to, size_t words)
{
	return words <= 5 && from < to && text[from] == ',' &&
	       memchr(text + from, '\n', to - from) != NULL;
}

/* Say for each finding in which sentence it is: one more way through. */
static void
sentences(const struct draft *d, struct finding *f, size_t n)
{
	struct tokens t;
	struct token token;
	uint32_t at = 0, end = 0;
	bool open = false, ended = false;
	size_t words = 0;

	if (n == 0)
		return;
	tokens_begin(&t, d->text, d->len, NULL);
	while (tokens_next(&t, &token)) {
		bool ends = token.flags & TOKEN_ENDS;

		/* "?!" ends one sentence, not two. */
		if (open && ((ended && !(ends && token.at == end)) ||
			     greeting_ends(d->text, end, token.at, words))) {
			sentence(f, n, at, end);
			open = false;
		}
		if (!open) {
			at = token.at;
			words = 0;
		}
		open = true;
		ended = ends;
		words++;
		if (token.end > token.at)
			end = token.end;
	}
	if (open)
		sentence(f, n, at, end);
}

static size_t
finish(struct check *c, bool *more)
{
	size_t kept = 0;

	for (size_t i = 0; i < c->n; i++)
		if (!c->taken_back[i])
			c->out[kept++] = c->out[i];
	qsort(c->out, kept, sizeof(*c->out), by_place);
	kept = join(c->out, kept);
	sentences(c->draft, c->out, kept);
	*more = c->more;
	return kept;
}

static void
begin(struct check *c, const struct library *lib, const struct draft *draft,
      struct finding *out)
{
	c->lib = lib;
	c->draft = draft;
	c->out = out;
	c->n = 0;
	c->more = false;
	memset(c->spared, 0, lib->wording->nrules * sizeof(*c->spared));
	c->cues = (struct cues){ 0 };
}

size_t
wording_phrases(const struct library *lib, const char *text, size_t len,
		int stage, struct finding *out, bool *more)
{
	struct draft draft = DRAFT_OF(text, len);
	struct check c;

	draft.stage = stage;
	begin(&c, lib, &draft, out);
	check_words(&c, text, len, false);
	return finish(&c, more);
}

size_t
wording_check(const struct library *lib, const struct draft *draft,
	      struct finding *out, bool *more)
{
	struct check c;

	begin(&c, lib, draft, out);
	check_words(&c, draft->text, draft->len, false);
	if (!c.more)
		check_structure(&c);
	return finish(&c, more);
}

bool
wording_better(struct buf *out, const struct library *lib,
	       const struct wording_rule *rule, const struct values *values,
	       enum fill_form form)
{
	struct phrase line = { .text = rule->better.ptr,
			       .text_len = (uint16_t)rule->better.len };
	struct values filled = { 0 };
	bool whole = true;

	if (values != NULL)
		filled = *values;
	for (uint32_t i = 0; i < rule->needs.len; i++) {
		unsigned char p = (unsigned char)rule->needs.ptr[i];

		if (values_have(&filled, p))
			continue;
		whole = false;
		filled.have[p / 64] |= UINT64_C(1) << p % 64;
		filled.text[p] = (struct frag){ "…", sizeof("…") - 1 };
	}
	fill_line(out, lib, &line, &filled, false, form);
	return whole;
}
