/*
 * wording_traits.c - capitals, numbers and blanks in a draft.
 */
#include <string.h>

#include "script/wording_parts.h"

static bool
is_upper(char c)
{
	return c >= 'A' && c <= 'Z';
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool
is_any(char c, const char *set)
{
	return c != '\0' && strchr(set, c) != NULL;
}

static bool
is_letter(char c)
{
	return is_upper((char)(c & ~0x20));
}

static bool
same(const struct tokens *t, const char *word)
{
	return strlen(word) == t->nfold && memcmp(word, t->fold, t->nfold) == 0;
}

static bool
is_one_of(const struct tokens *t, const char *const *words)
{
	for (; *words != NULL; words++)
		if (same(t, *words))
			return true;
	return false;
}

/* --- capitals ------------------------------------------------------------- */

/* Is the token a keyword of the draft's category, or of one above it? */
static bool
is_keyword(const struct check *c, const struct tokens *t)
{
	const struct wording *w = c->lib->wording;
	int cat = c->draft->category;

	for (int i = 0; cat >= 0 && i < LIBRARY_MAX_DEPTH; i++) {
		uint32_t k = w->first_keyword[cat];

		for (; k < w->first_keyword[cat + 1]; k++)
			if (w->keywords[k].len == t->nfold &&
			    memcmp(w->keywords[k].ptr, t->fold, t->nfold) == 0)
				return true;
		cat = c->lib->categories[cat].parent;
	}
	return false;
}

/*
 * Words that may stand in capitals in any voice: with a digit, without a
 * vowel, or so short that only the words that our patterns know are taken for
 * words.
 */
static bool
is_acronym(const struct tokens *t, const struct token *token)
{
	bool vowel = false, digit = false;

	for (size_t i = 0; i < t->nfold; i++) {
		vowel = vowel || is_any(t->fold[i], "aeiouy");
		digit = digit || is_digit(t->fold[i]);
	}
	if (digit || !vowel)
		return true;
	return t->nfold <= 3 && token->word == 0;
}

void
check_shouting(struct check *c, size_t rule)
{
	struct tokens t;
	struct token token;
	struct span run = { 0 };
	int words = 0;

	tokens_begin(&t, c->draft->text, c->draft->len,
		     &c->lib->wording->vocab);
	while (tokens_next(&t, &token)) {
		if (token.kind == TOKEN_MARK || token.flags & TOKEN_HALF)
			continue;
		if (token.kind == TOKEN_WORD && token.flags & TOKEN_CAPS) {
			if (is_acronym(&t, &token) || is_keyword(c, &t))
				continue;
			if (words++ == 0)
				run.at = token.at;
			run.end = token.end;
			continue;
		}
		/* "AM I WRONG": I has no small form to tell it from. */
		if (token.kind == TOKEN_WORD && token.end - token.at == 1 &&
		    is_upper(c->draft->text[token.at]))
			continue;
		if (words >= 2)
			check_add(c, rule, run);
		words = 0;
	}
	if (words >= 2)
		check_add(c, rule, run);
}

/* --- blanks --------------------------------------------------------------- */

/* The end of [Some name] or <some name> at ${at}, or ${at}. */
static size_t
bracketed(const struct draft *d, size_t at)
{
	char close = d->text[at] == '[' ? ']' : '>';
	size_t end = at + 1;
	bool spaced = close == ']';

	if (end >= d->len || !is_letter(d->text[end]))
		return at;
	while (end < d->len && end - at < TOKEN_MAX &&
	       (is_letter(d->text[end]) || is_digit(d->text[end]) ||
		strchr(" _-'/", d->text[end]) != NULL)) {
		spaced = spaced || d->text[end] == ' ' || d->text[end] == '_';
		end++;
	}
	return spaced && end < d->len && d->text[end] == close ? end + 1 : at;
}

/* The end of three or more of the same character at ${at}, or ${at}. */
static size_t
blank(const struct draft *d, size_t at)
{
	size_t end = at;

	while (end < d->len && d->text[end] == d->text[at])
		end++;
	if (end - at < 3)
		return at;
	if (d->text[at] == 'X' && ((end < d->len && is_letter(d->text[end])) ||
				   (at > 0 && is_letter(d->text[at - 1]))))
		return at;
	return end;
}

void
check_unfilled(struct check *c, size_t rule)
{
	const struct draft *d = c->draft;
	struct tokens t;
	struct token token;

	tokens_begin(&t, d->text, d->len, NULL);
	while (tokens_next(&t, &token))
		if (token.kind == TOKEN_PLACEHOLDER)
			check_add(c, rule,
				  (struct span){ token.at, token.end });
	for (size_t at = 0; at < d->len && !c->more; at++) {
		size_t end = at;

		if (d->text[at] == '[' || d->text[at] == '<')
			end = bracketed(d, at);
		else if (d->text[at] == '_' || d->text[at] == 'X')
			end = blank(d, at);
		if (end > at) {
			check_add(c, rule,
				  (struct span){ (uint32_t)at, (uint32_t)end });
			at = end - 1;
		}
	}
}

/* --- numbers -------------------------------------------------------------- */

/* A run of digits with what may stand between them in a number. */
struct number {
	struct span span;
	size_t digits, groups, letters;
	size_t group[4]; /* digits of the first groups */
	bool plus, slashes;
};

/* Read a number from ${at}, a digit, a + or a (; or return false. */
static bool
read_number(const struct draft *d, size_t at, struct number *n)
{
	size_t end = at, last = at;

	*n = (struct number){ .plus = d->text[at] == '+' };
	for (bool within = false; end < d->len; end++) {
		char ch = d->text[end];

		if (is_digit(ch)) {
			if (!within && n->groups++ < 4)
				n->group[n->groups - 1] = 0;
			if (n->groups <= 4)
				n->group[n->groups - 1]++;
			n->digits++;
			within = true;
			last = end + 1;
			continue;
		}
		within = false;
		if (!is_any(ch, " -./()+") ||
		    (end > last && ch != '(' && ch != ')' && ch != ' '))
			break;
		n->slashes = n->slashes || ch == '/';
		/* A mark and a space end a sentence. */
		if (ch == '.' &&
		    (end + 1 == d->len || !is_digit(d->text[end + 1])))
			break;
	}
	n->span = (struct span){ (uint32_t)at, (uint32_t)last };
	return n->digits > 0;
}

/* 2026-11-23, 23.11.2026, 11/23/26, 2019-2026 */
static bool
is_date(const struct number *n)
{
	if (n->groups == 3 && n->group[0] == 4 && n->group[1] <= 2 &&
	    n->group[2] <= 2)
		return true;
	if (n->groups == 3 && n->group[0] <= 2 && n->group[1] <= 2 &&
	    (n->group[2] == 4 || n->group[2] == 2))
		return true;
	return n->groups == 2 && n->group[0] == 4 && n->group[1] == 4;
}

/* Seven digits or more in groups, or many in one; dates are none. */
static bool
is_private_number(const struct draft *d, const struct number *n)
{
	bool zero = d->text[n->span.at] == '0';

	if (is_date(n))
		return false;
	if (n->plus || zero)
		return n->digits >= 7;
	if (n->groups == 1)
		return n->digits >= 6;
	return n->groups <= 5 && n->digits >= 7 && n->group[0] >= 2 &&
	       !n->slashes;
}

static void
phone_numbers(struct check *c, size_t rule)
{
	const struct draft *d = c->draft;

	for (size_t at = 0; at < d->len && !c->more; at++) {
		struct number n;
		char ch = d->text[at];

		if (!is_digit(ch) && ch != '+')
			continue;
		if (!read_number(d, at, &n))
			continue;
		if (is_private_number(d, &n))
			check_add(c, rule, n.span);
		at = n.span.end - 1;
	}
}

/* What a number belongs to, and what may stand before it. */
static const char *const numbered[] = { "order",    "booking",	   "invoice",
					"account",  "reference",   "ref",
					"tracking", "parcel",	   "case",
					"ticket",   "customer",	   "contract",
					"policy",   "reservation", NULL };
static const char *const before_number[] = {
	"number", "no", "nr", "num", "id", "code", "is", "reference", ":", NULL
};

/* Does a word hold three digits or more?  Then it may be a number. */
static bool
has_digits(const struct tokens *t, size_t least)
{
	size_t n = 0;

	for (size_t i = 0; i < t->nfold; i++)
		n += is_digit(t->fold[i]);
	return n >= least;
}

static bool
has_letters(const struct tokens *t)
{
	for (size_t i = 0; i < t->nfold; i++)
		if (is_letter(t->fold[i]))
			return true;
	return false;
}

/* The words of a street, after the number of the house. */
static const char *const streets[] = {
	"street", "st",	    "road",    "rd",	    "avenue", "ave",
	"lane",	  "ln",	    "drive",   "boulevard", "blvd",   "court",
	"close",  "square", "terrace", "crescent",  "place",  NULL
};

/* Where we are in an order number, and in the address of a street. */
struct place {
	bool numbered; /* after "order number" */
	int words;     /* capitals since the number of a house; 0: none */
	struct span house;
	uint32_t name_at; /* a word in ...strasse */
};

static bool
is_strasse(const struct tokens *t)
{
	static const char *const ends[] = { "strasse", "str",	"weg",
					    "platz",   "allee", "gasse" };

	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		size_t n = strlen(ends[i]);

		if (t->nfold >= n + 3 &&
		    memcmp(t->fold + t->nfold - n, ends[i], n) == 0)
			return true;
	}
	return false;
}

/* Follow an address: "12 Long Acre Road", "Lange Strasse 12". */
static bool
address(const struct draft *d, const struct tokens *t,
	const struct token *token, struct place *p, struct span *found)
{
	char ch = d->text[token->at];

	if (p->name_at > 0 && is_digit(ch) && token->end - token->at <= 4) {
		*found = (struct span){ p->name_at - 1, token->end };
		p->name_at = 0;
		return true;
	}
	p->name_at = is_upper(ch) && is_strasse(t) ? token->at + 1 : 0;
	if (is_digit(ch) && token->end - token->at <= 5) {
		p->house = (struct span){ token->at, token->end };
		p->words = 1;
	} else if (p->words > 1 && is_one_of(t, streets) &&
		   (is_upper(ch) || t->nfold > 2)) {
		*found = (struct span){ p->house.at, token->end };
		p->words = 0;
		return true;
	} else if (p->words > 0 && p->words < 5 && is_upper(ch)) {
		p->words++;
	} else {
		p->words = 0;
	}
	return false;
}

/* A number after what it belongs to, after a #, or mixed with letters. */
static bool
is_reference(const struct draft *d, const struct tokens *t,
	     const struct token *token, struct place *p)
{
	bool after = p->numbered;

	if (is_one_of(t, numbered)) {
		p->numbered = true;
		return false;
	}
	if (after && is_one_of(t, before_number))
		return false;
	p->numbered = false;
	if (token->kind != TOKEN_WORD || memchr(t->fold, '%', t->nfold) != NULL)
		return false;
	if (token->at > 0 && d->text[token->at - 1] == '#')
		return has_digits(t, 3);
	if (has_digits(t, 4) && has_letters(t) && token->end - token->at >= 6)
		return true;
	return after && has_digits(t, 3);
}

void
check_private(struct check *c, size_t rule)
{
	const struct draft *d = c->draft;
	struct tokens t;
	struct token token;
	struct place p = { 0 };
	struct span found;

	phone_numbers(c, rule);
	tokens_begin(&t, d->text, d->len, NULL);
	while (!c->more && tokens_next(&t, &token)) {
		found = (struct span){ token.at, token.end };
		if (token.kind == TOKEN_LINK) {
			const char *at = memchr(d->text + token.at, '@',
						token.end - token.at);

			if (at != NULL && memchr(d->text + token.at, '/',
						 token.end - token.at) == NULL)
				check_add(c, rule, found);
			continue;
		}
		if (token.kind != TOKEN_WORD && token.kind != TOKEN_MARK)
			continue;
		if (is_reference(d, &t, &token, &p) ||
		    (token.kind == TOKEN_WORD &&
		     address(d, &t, &token, &p, &found)))
			check_add(c, rule, found);
	}
}

/* --- times ---------------------------------------------------------------- */

/* 5pm, 14h, 3rd, or 10:30, 12/3, 2026-12-24, 24.12.2026 */
static bool
is_time(const struct draft *d, const struct tokens *t,
	const struct token *token)
{
	static const char *const units[] = { "am",  "pm",  "h",	   "hr",
					     "hrs", "th",  "st",   "rd",
					     "nd",  "min", "mins", NULL };
	size_t n = 0, end;
	struct tokens unit = *t;

	while (n < t->nfold && is_digit(t->fold[n]))
		n++;
	if (n == 0 || n > 4)
		return false;
	unit.fold += n;
	unit.nfold -= n;
	if (is_one_of(&unit, units))
		return true;
	if (n != t->nfold || token->end + 1 >= d->len ||
	    !is_digit(d->text[token->end + 1]))
		return false;
	switch (d->text[token->end]) {
	case ':':
	case '/':
		return n <= 2;
	case '-':
		return n == 4;
	case '.':
		/* 24.12. is a day, 49.90 is money. */
		for (end = token->end + 1;
		     end < d->len && is_digit(d->text[end]);)
			end++;
		return n <= 2 && end + 1 < d->len && d->text[end] == '.' &&
		       d->text[end + 1] != ' ';
	default:
		return false;
	}
}

bool
check_has_time(const struct check *c)
{
	struct tokens t;
	struct token token;

	tokens_begin(&t, c->draft->text, c->draft->len, NULL);
	while (tokens_next(&t, &token)) {
		if (token.kind == TOKEN_WORD && is_time(c->draft, &t, &token))
			return true;
		if (token.kind == TOKEN_PLACEHOLDER && t.nfold > 2) {
			int ph = library_placeholder(c->lib, t.fold + 1,
						     t.nfold - 2);

			if (ph >= 0 &&
			    c->lib->placeholders[ph].type >= TYPE_DATE)
				return true;
		}
	}
	return false;
}
