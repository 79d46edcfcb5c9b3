#include <string.h>

#include <utf8proc.h>

#include "script/arena.h"
#include "script/tokens.h"
#include "script/tokens_parts.h"

const uint8_t letter_kinds[128] = {
	['0'] = DIGIT,	['1'] = DIGIT,	['2'] = DIGIT,	['3'] = DIGIT,
	['4'] = DIGIT,	['5'] = DIGIT,	['6'] = DIGIT,	['7'] = DIGIT,
	['8'] = DIGIT,	['9'] = DIGIT,	['%'] = DIGIT,	['!'] = MARKS,
	['?'] = MARKS,	[':'] = MARKS,	[';'] = MARKS,	['('] = MARKS,
	[')'] = MARKS,	['.'] = DOT,	['\''] = QUOTE, ['`'] = QUOTE,
	['{'] = BRACE,	['@'] = AT,	['a'] = LETTER, ['b'] = LETTER,
	['c'] = LETTER, ['d'] = LETTER, ['e'] = LETTER, ['f'] = LETTER,
	['g'] = LETTER, ['h'] = LETTER, ['i'] = LETTER, ['j'] = LETTER,
	['k'] = LETTER, ['l'] = LETTER, ['m'] = LETTER, ['n'] = LETTER,
	['o'] = LETTER, ['p'] = LETTER, ['q'] = LETTER, ['r'] = LETTER,
	['s'] = LETTER, ['t'] = LETTER, ['u'] = LETTER, ['v'] = LETTER,
	['w'] = LETTER, ['x'] = LETTER, ['y'] = LETTER, ['z'] = LETTER,
	['A'] = LETTER, ['B'] = LETTER, ['C'] = LETTER, ['D'] = LETTER,
	['E'] = LETTER, ['F'] = LETTER, ['G'] = LETTER, ['H'] = LETTER,
	['I'] = LETTER, ['J'] = LETTER, ['K'] = LETTER, ['L'] = LETTER,
	['M'] = LETTER, ['N'] = LETTER, ['O'] = LETTER, ['P'] = LETTER,
	['Q'] = LETTER, ['R'] = LETTER, ['S'] = LETTER, ['T'] = LETTER,
	['U'] = LETTER, ['V'] = LETTER, ['W'] = LETTER, ['X'] = LETTER,
	['Y'] = LETTER, ['Z'] = LETTER
};

uint32_t
vocab_add(struct vocab *v, struct arena *a, const char *word, size_t len)
{
	uint32_t n = vocab_find(v, word, len);
	const char *copy;

	if (n != 0)
		return n;
	copy = arena_copy(a, word, len);
	if (copy == NULL || !strtab_add(&v->index, copy, len, v->n + 1))
		return 0;
	return ++v->n;
}

void
vocab_free(struct vocab *v)
{
	strtab_free(&v->index);
	*v = (struct vocab){ 0 };
}

size_t
utf16_length(const char *text, size_t len)
{
	size_t n = 0;

	/* One for each first byte, and one more for those of four bytes. */
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)text[i];

		n += (size_t)((c & 0xc0) != 0x80) + (size_t)(c >= 0xf0);
	}
	return n;
}

void
tokens_begin(struct tokens *t, const char *text, size_t len,
	     const struct vocab *vocab)
{
	t->text = text;
	t->len = len;
	t->at = 0;
	t->vocab = vocab;
	t->fold = t->buf;
	t->nfold = 0;
	t->half = NULL;
	t->last = (struct token){ 0 };
	t->no_mail = 0;
	t->open = t->initial = false;
}

/* The code point at ${at} in ${cp}; return its bytes, 1 for what is none. */
size_t
tokens_decode(const struct tokens *t, size_t at, int32_t *cp)
{
	utf8proc_ssize_t n;

	if (at >= t->len) {
		*cp = 0;
		return 0;
	}
	if ((unsigned char)t->text[at] < 128) {
		*cp = (unsigned char)t->text[at];
		return 1;
	}
	n = utf8proc_iterate((const utf8proc_uint8_t *)t->text + at,
			     (utf8proc_ssize_t)(t->len - at), cp);
	if (n <= 0) {
		*cp = 0xfffd;
		return 1;
	}
	return (size_t)n;
}

/* Curly quotes, primes and the like, which people use as apostrophes. */
bool
tokens_is_quote(int32_t cp)
{
	return cp == '\'' || cp == '`' || cp == 0xb4 || cp == 0x2bc ||
	       cp == 0x2018 || cp == 0x2019 || cp == 0x201b || cp == 0x2032 ||
	       cp == 0xff07;
}

/* A letter, or, if ${inside} a word already, what may follow one. */
bool
tokens_is_word(int32_t cp, bool inside)
{
	utf8proc_category_t c;

	if (cp < 128)
		return letter_kinds[cp] == LETTER || letter_kinds[cp] == DIGIT;
	if (tokens_is_quote(cp))
		return false;
	c = utf8proc_category(cp);
	if (c >= UTF8PROC_CATEGORY_LU && c <= UTF8PROC_CATEGORY_LO)
		return true;
	if (c >= UTF8PROC_CATEGORY_ND && c <= UTF8PROC_CATEGORY_NO)
		return true;
	return inside &&
	       ((c >= UTF8PROC_CATEGORY_MN && c <= UTF8PROC_CATEGORY_ME) ||
		c == UTF8PROC_CATEGORY_CF);
}

static bool
is_digit_at(const struct tokens *t, size_t at)
{
	return at < t->len && t->text[at] >= '0' && t->text[at] <= '9';
}

/* The bytes that a name on the web may have. */
bool
tokens_is_name(const struct tokens *t, size_t at, const char *more)
{
	unsigned char c;

	if (at >= t->len)
		return false;
	c = (unsigned char)t->text[at];
	return c < 128 && c != '%' && c != '\0' &&
	       (letter_kinds[c] == LETTER || letter_kinds[c] == DIGIT ||
		strchr(more, c) != NULL);
}

void
tokens_emit(struct tokens *t, enum token_kind kind, size_t end)
{
	t->last = (struct token){ .at = (uint32_t)t->at,
				  .end = (uint32_t)end,
				  .kind = (uint8_t)kind };
	t->at = end;
	t->open = true;
	t->initial = false;
	t->nfold = 0;
}

void
tokens_look_up(struct tokens *t, const char *fold, size_t len)
{
	t->fold = fold;
	t->nfold = len;
	t->last.word = t->vocab == NULL ? 0 : vocab_find(t->vocab, fold, len);
}

static void
mark(struct tokens *t, size_t end, char c)
{
	bool ends = c == '.' || c == '!' || c == '?';

	tokens_emit(t, TOKEN_MARK, end);
	t->open = !ends;
	t->last.flags = ends ? TOKEN_ENDS : 0;
	t->buf[0] = c;
	tokens_look_up(t, t->buf, 1);
}

/* The place of the first character after ${at} that is no space. */
static size_t
after_space(const struct tokens *t, size_t at)
{
	while (at < t->len && (t->text[at] == ' ' || t->text[at] == '\t'))
		at++;
	return at;
}

/* Does the sentence go on at ${at}?  It does with a small letter. */
static bool
goes_on(const struct tokens *t, size_t at)
{
	at = after_space(t, at);
	return at < t->len && ((t->text[at] >= 'a' && t->text[at] <= 'z') ||
			       t->text[at] == ',');
}

/* The dots at t->at: true if they are a mark, false if they separate. */
static bool
dots(struct tokens *t)
{
	size_t at = t->at, n = 0;
	bool initial = t->initial && t->last.end == t->at;

	while (at < t->len) {
		if (t->text[at] == '.') {
			n++;
			at++;
		} else if (t->len - at >= 3 &&
			   memcmp(t->text + at, "\xe2\x80\xa6", 3) == 0) {
			n += 3;
			at += 3;
		} else {
			break;
		}
	}
	t->initial = false;
	if (n > 1 ? goes_on(t, at)
		  : (is_digit_at(t, at) && t->at > 0 &&
		     is_digit_at(t, t->at - 1)) ||
			    (initial &&
			     (goes_on(t, at) ||
			      (at < t->len &&
			       (t->last.end - t->last.at > 1 ||
				letter_kinds[t->text[at] & 127] == LETTER))))) {
		t->at = at;
		return false;
	}
	mark(t, at, '.');
	return true;
}

/* {name} at t->at, with anything short inside. */
static bool
placeholder(struct tokens *t)
{
	size_t end = t->at + 1;

	while (tokens_is_name(t, end, "_-. ") && end - t->at < TOKEN_MAX - 1)
		end++;
	if (end == t->at + 1 || end >= t->len || t->text[end] != '}')
		return false;
	end++;
	for (size_t i = t->at; i < end; i++) {
		char c = t->text[i];

		t->buf[i - t->at] = c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
	}
	tokens_emit(t, TOKEN_PLACEHOLDER, end);
	tokens_look_up(t, t->buf, t->last.end - t->last.at);
	return true;
}

static bool
is_symbol(int32_t cp)
{
	int bound = utf8proc_get_property(cp)->boundclass;

	return bound == UTF8PROC_BOUNDCLASS_EXTENDED_PICTOGRAPHIC ||
	       bound == UTF8PROC_BOUNDCLASS_REGIONAL_INDICATOR;
}

/* An emoji with its joiners; colours of the skin and forms are dropped. */
static void
symbol(struct tokens *t, int32_t cp, size_t n)
{
	size_t at = t->at, kept = 0;
	int32_t state = 0, next;

	for (;;) {
		if (cp != 0xfe0f && (cp < 0x1f3fb || cp > 0x1f3ff)) {
			if (kept + n <= TOKEN_MAX)
				memcpy(t->buf + kept, t->text + at, n);
			kept += n;
		}
		at += n;
		n = tokens_decode(t, at, &next);
		if (n == 0 ||
		    utf8proc_grapheme_break_stateful(cp, next, &state))
			break;
		cp = next;
	}
	tokens_emit(t, TOKEN_SYMBOL, at);
	if (kept <= TOKEN_MAX)
		tokens_look_up(t, t->buf, kept);
}

/* What begins with a character beyond ASCII; false if it only separates. */
static bool
beyond(struct tokens *t)
{
	int32_t cp;
	size_t n = tokens_decode(t, t->at, &cp);

	if (cp == 0x2026)
		return dots(t);
	if (cp == 0xff01 || cp == 0xff1f || cp == 0x3002) {
		mark(t, t->at + n,
		     cp == 0xff01   ? '!'
		     : cp == 0xff1f ? '?'
				    : '.');
		return true;
	}
	if (tokens_is_word(cp, false)) {
		tokens_word(t);
		return true;
	}
	if (is_symbol(cp)) {
		symbol(t, cp, n);
		return true;
	}
	t->at += n;
	return false;
}

/* 'd on its own, as patterns write it. */
static bool
lone_half(struct tokens *t)
{
	int32_t cp;

	if (t->at + 1 >= t->len || t->text[t->at] != '\'' ||
	    (t->text[t->at + 1] | 0x20) != 'd')
		return false;
	tokens_decode(t, t->at + 2, &cp);
	if (t->at + 2 < t->len &&
	    (tokens_is_word(cp, true) || tokens_is_quote(cp)))
		return false;
	tokens_emit(t, TOKEN_WORD, t->at + 2);
	tokens_look_up(t, "'d", 2);
	return true;
}

static bool
mention(struct tokens *t)
{
	size_t end = t->at + 1;

	while (tokens_is_name(t, end, "_"))
		end++;
	if (end == t->at + 1)
		return false;
	tokens_emit(t, TOKEN_MENTION, end);
	return true;
}

/* A token at t->at, or false and one character on. */
static bool
token_here(struct tokens *t)
{
	unsigned char c = (unsigned char)t->text[t->at];

	if (c >= 128)
		return beyond(t);
	switch ((enum letter_kind)letter_kinds[c]) {
	case LETTER:
	case DIGIT:
		tokens_word(t);
		return true;
	case DOT:
		return dots(t);
	case MARKS:
		if (c == ':' && t->at > 0 && is_digit_at(t, t->at - 1) &&
		    is_digit_at(t, t->at + 1))
			break;
		mark(t, t->at + 1, (char)c);
		return true;
	case QUOTE:
		if (lone_half(t))
			return true;
		break;
	case BRACE:
		if (placeholder(t))
			return true;
		break;
	case AT:
		if (mention(t))
			return true;
		break;
	case SEPARATES:
		break;
	}
	t->at++;
	return false;
}

bool
tokens_next(struct tokens *t, struct token *token)
{
	int lines = 0;

	if (t->half != NULL) {
		t->last.flags |= TOKEN_HALF;
		tokens_look_up(t, t->half, strlen(t->half));
		t->half = NULL;
		*token = t->last;
		return true;
	}
	while (t->at < t->len) {
		char c = t->text[t->at];

		if (c == '\n')
			lines++;
		if (c == ' ' || c == '\n' || c == '\r' || c == '\t') {
			t->at++;
			continue;
		}
		if (lines >= 2 && t->open) {
			mark(t, t->at, '.');
			*token = t->last;
			return true;
		}
		if (token_here(t)) {
			*token = t->last;
			return true;
		}
	}
	return false;
}
