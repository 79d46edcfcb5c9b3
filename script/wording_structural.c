/*
 * wording_structural.c - the draft as a whole: what it lacks, repeats or has
 * too much of.  A test that was not told what it must know stays silent.
 */
#include <string.h>

#include "script/wording_parts.h"

#define HALF_FROM 3	  /* the intensity from which half of the words do */
#define FEELING_FROM 3	  /* and from which feeling comes before remedy */
#define TRIGRAMS_MAX 4096 /* of a draft; what follows is not compared */
#define TRIGRAM_TRIES 64  /* places for one; ordinary text takes a few */
#define ALIKE_PERCENT 60
#define NAME_WORDS 8

/* The draft without the white space around it. */
static struct span
all_of(const struct draft *d)
{
	struct span s = { 0, (uint32_t)d->len };

	while (s.at < s.end && strchr(" \t\r\n", d->text[s.at]) != NULL)
		s.at++;
	while (s.at < s.end && strchr(" \t\r\n", d->text[s.end - 1]) != NULL)
		s.end--;
	return s;
}

/* Its first sentence, or its last: where something is missing. */
static struct span
sentence_of(const struct draft *d, bool last)
{
	struct span found = all_of(d), all = found;
	struct tokens t;
	struct token token;
	bool begins = true;

	tokens_begin(&t, d->text, d->len, NULL);
	while (tokens_next(&t, &token)) {
		bool ends = token.flags & TOKEN_ENDS;

		if (begins && !ends) {
			found = (struct span){ token.at, all.end };
			begins = false;
		} else if (!begins && ends) {
			if (!last) {
				found.end = token.end;
				return found;
			}
			begins = true;
		}
	}
	return found;
}

/* --- apology ------------------------------------------------------------ */

/* Is ${stage} one where an apology belongs, when the fault is ours? */
static bool
wants_apology(const struct wording *w, const struct library *lib,
	      const struct draft *d)
{
	int ord;

	if (d->stage == STAGE_NONE)
		return false;
	if (d->stage == w->apologize)
		return true;
	if (d->fault != FAULT_OURS || w->validate == STAGE_NONE ||
	    w->propose == STAGE_NONE)
		return false;
	ord = lib->stages[d->stage].ord;
	return lib->stages[d->stage].kind == KIND_CUSTOMER &&
	       ord >= lib->stages[w->validate].ord &&
	       ord <= lib->stages[w->propose].ord;
}

/* How many apologies the earlier replies hold; leaves the draft's cues. */
static uint32_t
said_apologies(struct check *c)
{
	const struct cues before = c->cues;
	uint32_t n = 0;

	for (size_t i = 0; i < c->draft->nsaid; i++) {
		c->cues = (struct cues){ 0 };
		check_words(c, c->draft->said[i].ptr, c->draft->said[i].len,
			    true);
		n += c->cues.n[CUE_APOLOGY];
	}
	c->cues = before;
	return n;
}

static void
no_apology(struct check *c, size_t rule)
{
	const struct wording *w = c->lib->wording;

	if (w->has_cue[CUE_APOLOGY] && c->cues.n[CUE_APOLOGY] == 0 &&
	    wants_apology(w, c->lib, c->draft) && said_apologies(c) == 0)
		check_add(c, rule, sentence_of(c->draft, false));
}

static void
over_apology(struct check *c, size_t rule)
{
	uint32_t n = c->cues.n[CUE_APOLOGY];

	if (n > 1)
		check_add(c, rule, c->cues.at[CUE_APOLOGY][1]);
	else if (n == 1 && said_apologies(c) > 0)
		check_add(c, rule, c->cues.at[CUE_APOLOGY][0]);
}

/* --- length ------------------------------------------------------------- */

static void
too_long(struct check *c, size_t rule)
{
	const struct draft *d = c->draft;
	struct tokens t;
	struct token token;
	int n = 0, max;
	uint32_t end = 0;

	if (d->channel < 0)
		return;
	max = c->lib->channels[d->channel].max_words;
	if (d->intensity >= HALF_FROM)
		max /= 2;
	tokens_begin(&t, d->text, d->len, NULL);
	while (tokens_next(&t, &token)) {
		bool joined = end > 0 && token.at == end + 1 &&
			      strchr("-/.:", d->text[end]) != NULL;

		if (token.kind == TOKEN_MARK || token.kind == TOKEN_SYMBOL ||
		    token.flags & TOKEN_HALF)
			continue;
		end = token.end;
		if (!joined && ++n > max) {
			check_add(c, rule,
				  (struct span){ token.at, all_of(d).end });
			return;
		}
	}
}

/* --- the same line twice -------------------------------------------------- */

/* The runs of three words of the draft, each once; and who had them, too. */
struct trigrams {
	uint32_t n;
	uint64_t hash[2 * TRIGRAMS_MAX]; /* 0: free */
	uint32_t seen[2 * TRIGRAMS_MAX]; /* the last text that had it, + 1 */
};

/*
 * Where ${hash} is or belongs; or another's place, if there are many before it:
 * whoever writes a text can make all of its runs want one place.
 */
static size_t
slot_of(const struct trigrams *set, uint64_t hash)
{
	size_t i = hash % (2 * TRIGRAMS_MAX);

	for (int tries = 1;
	     tries < TRIGRAM_TRIES && set->hash[i] != 0 && set->hash[i] != hash;
	     tries++)
		i = (i + 1) % (2 * TRIGRAMS_MAX);
	return i;
}

/*
 * Go through the runs of three words of ${text}.  With ${who} 0 put them into
 * ${set}; else return how many of the set are there.
 */
static uint32_t
trigrams(struct trigrams *set, const char *text, size_t len, uint32_t who)
{
	struct tokens t;
	struct token token;
	uint64_t a = 0, b = 0, c;
	uint32_t words = 0, shared = 0;

	tokens_begin(&t, text, len, NULL);
	while (tokens_next(&t, &token)) {
		uint64_t hash;
		size_t i;

		if (token.kind != TOKEN_WORD)
			continue;
		c = hash_bytes(t.fold, t.nfold);
		hash = (a * 31 + b) * 0x9e3779b97f4a7c15u + c;
		a = b;
		b = c;
		if (++words < 3)
			continue;
		hash |= 1; /* never 0 */
		i = slot_of(set, hash);
		if (who == 0 && set->hash[i] == 0 && set->n < TRIGRAMS_MAX) {
			set->hash[i] = hash;
			set->n++;
		} else if (who > 0 && set->hash[i] == hash &&
			   set->seen[i] != who) {
			set->seen[i] = who;
			shared++;
		}
	}
	return shared;
}

static void
repeated_line(struct check *c, size_t rule)
{
	const struct draft *d = c->draft;
	struct trigrams set;

	if (d->nsaid == 0)
		return;
	memset(&set, 0, sizeof(set));
	trigrams(&set, d->text, d->len, 0);
	for (size_t i = 0; set.n > 0 && i < d->nsaid; i++) {
		uint32_t n = trigrams(&set, d->said[i].ptr, d->said[i].len,
				      (uint32_t)i + 1);

		if ((uint64_t)n * 100 >= (uint64_t)set.n * ALIKE_PERCENT) {
			check_add(c, rule, all_of(d));
			return;
		}
	}
}

/* --- the name ------------------------------------------------------------- */

struct name_word {
	char fold[TOKEN_MAX];
	size_t len;
};

/* The words of a name that say who it is: not "Ms", no initials. */
static size_t
name_words(const struct frag *name, struct name_word *words)
{
	static const char *const titles[] = { "mr",   "mrs",  "ms",
					      "mx",   "miss", "dr",
					      "prof", "sir",  "madam" };
	struct tokens t;
	struct token token;
	size_t n = 0;

	tokens_begin(&t, name->ptr, name->len, NULL);
	while (n < NAME_WORDS && tokens_next(&t, &token)) {
		bool title = t.nfold < 2;

		for (size_t i = 0; i < sizeof(titles) / sizeof(titles[0]); i++)
			title = title ||
				(strlen(titles[i]) == t.nfold &&
				 memcmp(titles[i], t.fold, t.nfold) == 0);
		if (token.kind != TOKEN_WORD || title)
			continue;
		memcpy(words[n].fold, t.fold, t.nfold);
		words[n++].len = t.nfold;
	}
	return n;
}

/* Is the token just read ${word}, or its genitive? */
static bool
is_name(const struct tokens *t, const struct name_word *word)
{
	if (t->nfold < word->len || memcmp(t->fold, word->fold, word->len) != 0)
		return false;
	return t->nfold == word->len ||
	       (t->nfold == word->len + 2 &&
		memcmp(t->fold + word->len, "'s", 2) == 0);
}

static void
no_name(struct check *c, size_t rule)
{
	const struct draft *d = c->draft;
	int ph = c->lib->wording->customer_name;
	struct name_word words[NAME_WORDS];
	struct tokens t;
	struct token token;
	size_t n;

	if (ph < 0 || d->nsaid > 0 || d->values == NULL ||
	    !values_have(d->values, ph))
		return;
	n = name_words(&d->values->text[ph], words);
	tokens_begin(&t, d->text, d->len, NULL);
	while (n > 0 && tokens_next(&t, &token)) {
		if (token.kind == TOKEN_PLACEHOLDER &&
		    t.nfold == sizeof("{customer_name}") - 1 &&
		    memcmp(t.fold, "{customer_name}", t.nfold) == 0)
			return;
		for (size_t i = 0; i < n; i++)
			if (is_name(&t, &words[i]))
				return;
	}
	if (n > 0)
		check_add(c, rule, sentence_of(d, false));
}

/* --- what comes first, and how ------------------------------------------- */

static void
solution_first(struct check *c, size_t rule)
{
	const struct wording *w = c->lib->wording;

	if (c->draft->intensity >= FEELING_FROM && w->has_cue[CUE_APOLOGY] &&
	    w->has_cue[CUE_FEELING] && c->cues.n[CUE_REMEDY] > 0 &&
	    c->cues.n[CUE_FEELING] == 0 && c->cues.n[CUE_APOLOGY] == 0)
		check_add(c, rule, c->cues.at[CUE_REMEDY][0]);
}

static void
no_next_step(struct check *c, size_t rule)
{
	const struct wording *w = c->lib->wording;
	int stage = c->draft->stage;

	if (stage == STAGE_NONE ||
	    (stage != w->agree && stage != w->defer && stage != w->handover))
		return;
	if (w->has_cue[CUE_TIME] && c->cues.n[CUE_TIME] == 0 &&
	    !check_has_time(c))
		check_add(c, rule, sentence_of(c->draft, true));
}

static void
yes_no_option(struct check *c, size_t rule)
{
	const struct draft *d = c->draft;

	if (d->stage == STAGE_NONE || d->stage != c->lib->wording->propose ||
	    !c->lib->wording->has_cue[CUE_OPTION])
		return;
	if (c->cues.n[CUE_OPTION] == 0 || memchr(d->text, '?', d->len) == NULL)
		check_add(c, rule, sentence_of(d, true));
}

static bool
is_one_of(const struct tokens *t, const char *const *words)
{
	for (; *words != NULL; words++)
		if (strlen(*words) == t->nfold &&
		    memcmp(*words, t->fold, t->nfold) == 0)
			return true;
	return false;
}

static void
we_over_i(struct check *c, size_t rule)
{
	static const char *const ours[] = { "we",   "us",	 "our",
					    "ours", "ourselves", NULL };
	static const char *const mine[] = { "i",    "me",     "my",
					    "mine", "myself", NULL };
	struct tokens t;
	struct token token;
	struct span first = { 0 };
	int we = 0, i = 0;

	if (c->draft->speaker != SPEAKER_HUMAN)
		return;
	tokens_begin(&t, c->draft->text, c->draft->len, NULL);
	while (tokens_next(&t, &token)) {
		/* "Let's" is an invitation, not an organization. */
		if (token.kind != TOKEN_WORD || t.nfold > 9 ||
		    token.flags & TOKEN_HALF)
			continue;
		if (is_one_of(&t, ours)) {
			if (we++ == 0)
				first = (struct span){ token.at, token.end };
		} else if (is_one_of(&t, mine)) {
			i++;
		}
	}
	if (we >= i + 2)
		check_add(c, rule, first);
}

static void
test(struct check *c, size_t rule)
{
	const struct draft *d = c->draft;

	switch ((enum rule_test)c->lib->wording->rules[rule].test) {
	case TEST_PHRASE:
	case N_TESTS:
		break;
	case TEST_NO_APOLOGY:
		no_apology(c, rule);
		break;
	case TEST_OVER_APOLOGY:
		over_apology(c, rule);
		break;
	case TEST_NO_NEXT_STEP:
		no_next_step(c, rule);
		break;
	case TEST_TOO_LONG:
		too_long(c, rule);
		break;
	case TEST_REPEATED_LINE:
		repeated_line(c, rule);
		break;
	case TEST_NO_NAME:
		no_name(c, rule);
		break;
	case TEST_SHOUTING:
		check_shouting(c, rule);
		break;
	case TEST_SOLUTION_FIRST:
		solution_first(c, rule);
		break;
	case TEST_WE_OVER_I:
		we_over_i(c, rule);
		break;
	case TEST_UNFILLED:
		check_unfilled(c, rule);
		break;
	case TEST_PRIVATE_DATA:
		if (d->channel >= 0 && c->lib->channels[d->channel].is_public)
			check_private(c, rule);
		break;
	case TEST_YES_NO_OPTION:
		yes_no_option(c, rule);
		break;
	}
}

void
check_structure(struct check *c)
{
	const struct wording *w = c->lib->wording;

	/* Not a word: nothing to say of it. */
	if (all_of(c->draft).at == all_of(c->draft).end)
		return;
	for (size_t i = w->nphrases; i < w->nrules; i++)
		test(c, i);
}
