#include <string.h>

#include <utf8proc.h>

#include "script/tokens_parts.h"

/*
 * Contractions as they are written without an apostrophe, in order.  Those
 * that are words of their own (its, were, well, ill, hell, shell, id, lets)
 * are left alone.
 */
static const struct contraction {
	const char *word, *first, *second;
} contractions[] = {
	{ "aint", "is", "not" },
	{ "arent", "are", "not" },
	{ "cannot", "can", "not" },
	{ "cant", "can", "not" },
	{ "coulda", "could", "have" },
	{ "couldnt", "could", "not" },
	{ "couldve", "could", "have" },
	{ "didnt", "did", "not" },
	{ "doesnt", "does", "not" },
	{ "dont", "do", "not" },
	{ "gonna", "going", "to" },
	{ "gotta", "got", "to" },
	{ "hadnt", "had", "not" },
	{ "hasnt", "has", "not" },
	{ "havent", "have", "not" },
	{ "heres", "here", "is" },
	{ "im", "i", "am" },
	{ "isnt", "is", "not" },
	{ "itll", "it", "will" },
	{ "ive", "i", "have" },
	{ "mustnt", "must", "not" },
	{ "neednt", "need", "not" },
	{ "shant", "shall", "not" },
	{ "shoulda", "should", "have" },
	{ "shouldnt", "should", "not" },
	{ "shouldve", "should", "have" },
	{ "thatll", "that", "will" },
	{ "thats", "that", "is" },
	{ "theres", "there", "is" },
	{ "theyd", "they", "'d" },
	{ "theyll", "they", "will" },
	{ "theyre", "they", "are" },
	{ "theyve", "they", "have" },
	{ "wanna", "want", "to" },
	{ "wasnt", "was", "not" },
	{ "werent", "were", "not" },
	{ "weve", "we", "have" },
	{ "whats", "what", "is" },
	{ "wont", "will", "not" },
	{ "woulda", "would", "have" },
	{ "wouldnt", "would", "not" },
	{ "wouldve", "would", "have" },
	{ "youd", "you", "'d" },
	{ "youll", "you", "will" },
	{ "youre", "you", "are" },
	{ "youve", "you", "have" },
};

/* What stands before 's when it is "is"; else it is a genitive. */
static const char is_words[][12] = {
	"everything", "he",	   "here", "how",   "it",    "nothing",
	"she",	      "something", "that", "there", "this",  "what",
	"when",	      "where",	   "who",  "why",   "nobody"
};

/* Words with a dot behind them that ends no sentence. */
static const char titles[][4] = { "dr", "mr", "mrs", "ms", "vs" };

static bool
is_letter(int32_t cp)
{
	return cp < 128 ? letter_kinds[cp] == LETTER
			: tokens_is_word(cp, false);
}

/* A word while it is read. */
struct word {
	size_t n;	/* bytes in t->buf; more than TOKEN_MAX: too long */
	size_t quote;	/* where its apostrophe is, or 0 */
	size_t letters; /* with a case */
	bool ascii, capitals;
};

static void
put(struct tokens *t, struct word *w, const char *ptr, size_t len)
{
	if (w->n + len <= TOKEN_MAX)
		memcpy(t->buf + w->n, ptr, len);
	w->n += len;
}

/* One more character of the word; ASCII is folded at once. */
static void
put_point(struct tokens *t, struct word *w, size_t at, size_t n, int32_t cp)
{
	char c = (char)cp;

	if (cp >= 128) {
		utf8proc_category_t cat = utf8proc_category(cp);

		w->ascii = false;
		put(t, w, t->text + at, n);
		w->letters += cat == UTF8PROC_CATEGORY_LU ||
			      cat == UTF8PROC_CATEGORY_LL;
		w->capitals &= cat != UTF8PROC_CATEGORY_LL;
		return;
	}
	if (c >= 'A' && c <= 'Z') {
		c = (char)(c | 0x20);
		w->letters++;
	} else if (c >= 'a' && c <= 'z') {
		w->capitals = false;
		w->letters++;
	}
	put(t, w, &c, 1);
}

/* Read the word at ${at}; return its end. */
static size_t
read_word(struct tokens *t, struct word *w, size_t at)
{
	int32_t cp, next;
	size_t n, m;

	*w = (struct word){ .ascii = true, .capitals = true };
	/* Nearly all words are this loop and no more. */
	for (; at < t->len; at++) {
		unsigned char c = (unsigned char)t->text[at];

		if (c >= 128 ||
		    (letter_kinds[c] != LETTER && letter_kinds[c] != DIGIT))
			break;
		if (letter_kinds[c] == LETTER) {
			w->letters++;
			w->capitals &= (c & 0x20) == 0;
			c |= 0x20;
		}
		if (w->n < TOKEN_MAX)
			t->buf[w->n] = (char)c;
		w->n++;
	}
	while ((n = tokens_decode(t, at, &cp)) > 0) {
		if (tokens_is_word(cp, true) &&
		    (w->quote == 0 || is_letter(cp) ||
		     !tokens_is_word(cp, false))) {
			put_point(t, w, at, n, cp);
		} else if (tokens_is_quote(cp) && w->quote == 0) {
			m = tokens_decode(t, at + n, &next);
			if (m == 0 || !is_letter(next))
				break;
			w->quote = w->n;
			put(t, w, "'", 1);
		} else {
			break;
		}
		at += n;
	}
	return at;
}

/*
 * NFKC and case folding of what is not plain ASCII, without an allocation:
 * utf8proc_map() in its two steps.
 */
static void
fold_word(struct tokens *t, struct word *w)
{
	const utf8proc_option_t options = UTF8PROC_COMPAT | UTF8PROC_COMPOSE |
					  UTF8PROC_CASEFOLD | UTF8PROC_IGNORE |
					  UTF8PROC_STABLE;
	int32_t points[TOKEN_MAX * 2 + 1];
	utf8proc_ssize_t n;
	const char *quote;

	n = utf8proc_decompose((const utf8proc_uint8_t *)t->buf,
			       (utf8proc_ssize_t)w->n, points, TOKEN_MAX * 2,
			       options);
	if (n >= 0 && n <= TOKEN_MAX * 2)
		n = utf8proc_reencode(points, n, options);
	else
		n = -1;
	if (n < 0 || n > TOKEN_MAX) {
		w->n = TOKEN_MAX + 1;
		return;
	}
	w->n = (size_t)n;
	memcpy(t->buf, points, w->n);
	quote = memchr(t->buf, '\'', w->n);
	w->quote = quote == NULL ? 0 : (size_t)(quote - t->buf);
}

static bool
same(const char *ptr, size_t len, const char *word)
{
	return strlen(word) == len && memcmp(ptr, word, len) == 0;
}

/* What stands before ${n} bytes with an apostrophe after: "you" of you're. */
static bool
split_quoted(const char *w, size_t quote, size_t n, struct contraction *out,
	     size_t *first)
{
	const char *tail = w + quote + 1;
	size_t len = n - quote - 1;

	out->first = w;
	*first = quote;
	if (same(tail, len, "t") && quote >= 2 && w[quote - 1] == 'n') {
		out->second = "not";
		*first = quote - 1;
		if (same(w, quote, "can"))
			*first = quote;
		else if (same(w, quote, "won"))
			out->first = "will";
		else if (same(w, quote, "shan"))
			out->first = "shall";
		else if (same(w, quote, "ain"))
			out->first = "is";
		if (out->first != w)
			*first = strlen(out->first);
		return true;
	}
	if (same(tail, len, "re"))
		out->second = "are";
	else if (same(tail, len, "ve"))
		out->second = "have";
	else if (same(tail, len, "ll"))
		out->second = "will";
	else if (same(tail, len, "d"))
		out->second = "'d";
	else if (same(tail, len, "m") && same(w, quote, "i"))
		out->second = "am";
	else if (same(tail, len, "s") && same(w, quote, "let"))
		out->second = "us";
	else if (!same(tail, len, "s"))
		return false;
	if (out->second != NULL)
		return true;
	for (size_t i = 0; i < COUNT(is_words); i++)
		if (same(w, quote, is_words[i])) {
			out->second = "is";
			return true;
		}
	return false;
}

static const struct contraction *
find_contraction(const char *w, size_t n)
{
	size_t lo = 0, hi = COUNT(contractions);

	if (n < 2 || n > 8 || w[n - 1] < 'a' ||
	    !((1u << (w[n - 1] - 'a')) &
	      (1u << 0 | 1u << ('d' - 'a') | 1u << ('e' - 'a') |
	       1u << ('l' - 'a') | 1u << ('m' - 'a') | 1u << ('s' - 'a') |
	       1u << ('t' - 'a'))))
		return NULL;
	while (lo < hi) {
		size_t mid = (lo + hi) / 2;
		const char *word = contractions[mid].word;
		int order = strncmp(w, word, n);

		if (order == 0 && word[n] == '\0')
			return &contractions[mid];
		if (order > 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return NULL;
}

/* A dot behind this word ends nothing: "e.g.", "Mr. Smith". */
static bool
is_initial(const char *w, size_t n)
{
	if (n == 1 && w[0] >= 'a' && w[0] <= 'z' && w[0] != 'i')
		return true;
	if (n < 2 || n > 3)
		return false;
	for (size_t i = 0; i < COUNT(titles); i++)
		if (same(w, n, titles[i]))
			return true;
	return false;
}

void
tokens_word(struct tokens *t)
{
	const struct contraction *c = NULL;
	struct contraction quoted = { 0 };
	struct word w;
	size_t end = read_word(t, &w, t->at), to = tokens_link(t, end),
	       first = 0;

	if (to > t->at) {
		tokens_emit(t, TOKEN_LINK, to);
		return;
	}
	tokens_emit(t, TOKEN_WORD, end);
	if (w.capitals && w.letters >= 2)
		t->last.flags |= TOKEN_CAPS;
	if (!w.ascii && w.n <= TOKEN_MAX)
		fold_word(t, &w);
	if (w.n > TOKEN_MAX)
		return;
	if (w.quote > 0 && w.quote + 1 < w.n) {
		if (split_quoted(t->buf, w.quote, w.n, &quoted, &first))
			c = &quoted;
	} else {
		c = find_contraction(t->buf, w.n);
		if (c != NULL)
			first = strlen(c->first);
	}
	if (c == NULL) {
		t->initial = is_initial(t->buf, w.n);
		tokens_look_up(t, t->buf, w.n);
		return;
	}
	t->half = c->second;
	tokens_look_up(t, c->first, first);
}
