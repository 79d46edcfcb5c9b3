#include <string.h>

#include "script/reading_parts.h"

#define TAG_MAX 48 /* bytes of a hashtag that is taken apart */
#define PIECE_MIN 4
#define PIECE_MAX 16

static void
on_hit(void *cookie, const struct match *m)
{
	struct hearing *h = cookie;
	const struct cue *cue = &h->r->cues[m->number];

	switch ((enum cue_kind)cue->kind) {
	case CUE_INSULT:
		abuse_hit(h, cue, m);
		break;
	case CUE_ANGER:
	case CUE_CONTENT:
	case CUE_SARCASM:
	case CUE_PROFANE:
		mood_hit(h, cue, m);
		break;
	case CUE_SIGNAL:
	case CUE_SHORT:
	case CUE_VETO:
		signal_hit(h, cue, m);
		break;
	case CUE_CATEGORY:
		category_hit(h, cue, m);
		break;
	case CUE_ROLE:
	case CUE_PLAIN:
	case CUE_DRAFT:
		break;
	}
}

static void
feed(struct hearing *h, const struct token *token, unsigned roles)
{
	if (token->word != 0)
		roles |= h->r->roles[token->word];
	if (token->at > h->told &&
	    memchr(h->text + h->told, ',', token->at - h->told) != NULL)
		roles |= ROLE_COMMA;
	h->told = token->end;
	h->roles[h->now % RECENT] = (uint16_t)roles;
	matcher_step(&h->run, token, on_hit, h);
	abuse_token(h);
	h->now++;
}

/* "#worstserviceever": the words in it that somebody asks for. */
static void
tag(struct hearing *h, struct token token, const char *fold, size_t len)
{
	size_t not = len > 3 ? 3 : 0;

	/* "#nothappy" */
	token.word = vocab_find(&h->r->vocab, fold, not );
	if (token.word != 0 && (h->r->roles[token.word] & ROLE_NEGATION))
		feed(h, &token, 0);
	else
		not = 0;
	for (size_t at = not ; at + PIECE_MIN <= len;) {
		size_t n = len - at < PIECE_MAX ? len - at : PIECE_MAX;

		while (n >= PIECE_MIN &&
		       (token.word = vocab_find(&h->r->vocab, fold + at, n)) ==
			       0)
			n--;
		if (n < PIECE_MIN) {
			at++;
			continue;
		}
		feed(h, &token, 0);
		at += n;
	}
}

static bool
is_letter(char c)
{
	return (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
}

/* Could the word ${w} be the beginning of f**k, of a$$, or sh1t? */
static bool
looks_masked(const struct hearing *h, const struct token *w, const char *fold,
	     size_t len)
{
	const char *next = h->text + w->end;
	size_t left = h->len - w->end;

	if (w->end - w->at > MASK_MAX)
		return false;
	if (left >= 1 &&
	    (*next == '*' || *next == '$' || *next == '@' || *next == '#'))
		return true;
	if (left >= 2 && *next == '!' && is_letter(next[1]))
		return true;
	for (size_t i = 1; i < len; i++)
		if (fold[i] >= '0' && fold[i] <= '9')
			return is_letter(fold[0]);
	return false;
}

static void
number(struct hearing *h, const struct token *token, const char *fold,
       size_t len)
{
	size_t digits = 0;

	for (size_t i = 0; i < len; i++)
		digits += (size_t)(fold[i] >= '0' && fold[i] <= '9');
	if (digits < 4)
		return;
	if (h->numbers < HEARD_SPANS)
		h->number_spans[h->numbers] =
			(struct heard_span){ token->at, token->end };
	h->numbers++;
}

static void
word(struct hearing *h, struct tokens *t, struct token *token)
{
	unsigned roles = 0;
	uint32_t masked = 0;
	bool stretched = false;
	size_t end = 0;

	if (token->flags & TOKEN_HALF) {
		feed(h, token, 0);
		return;
	}
	h->words++;
	if (token->flags & TOKEN_CAPS) {
		h->caps++;
		roles |= ROLE_CAPS;
	}
	if (t->nfold > 0 && t->half == NULL &&
	    looks_masked(h, token, t->fold, t->nfold))
		masked = reading_masked(h->r, h->text, h->len, token->at, &end);
	if (masked != 0) {
		token->word = masked;
		token->end = (uint32_t)end;
		t->at = end;
	} else if (t->nfold > 0 && t->half == NULL && token->word == 0) {
		if (token->at > 0 && h->text[token->at - 1] == '#') {
			if (t->nfold <= TAG_MAX)
				tag(h, *token, t->fold, t->nfold);
			return;
		}
		number(h, token, t->fold, t->nfold);
		token->word = reading_word(h->r, t->fold, t->nfold, &stretched);
	}
	feed(h, token, roles | (stretched ? ROLE_STRETCH : 0));
}

static void
mark(struct hearing *h, const struct tokens *t, const struct token *token,
     char last)
{
	char c = t->nfold == 1 ? t->fold[0] : '.';

	if (c == '!')
		h->exclaims++;
	if (c == '?')
		h->questions++;
	if ((c == '?' && (last == '?' || last == '!')) ||
	    (c == '!' && last == '?'))
		h->doubled++;
	feed(h, token, (token->flags & TOKEN_ENDS) ? ROLE_ENDS : ROLE_MARK);
}

static bool
stands_alone(const struct hearing *h, size_t at, size_t end)
{
	char c = end < h->len ? h->text[end] : ' ';

	if (at > 0 && (is_letter(h->text[at - 1]) ||
		       (h->text[at - 1] >= '0' && h->text[at - 1] <= '9')))
		return false;
	return !is_letter(c) && !(c >= '0' && c <= '9') && c != '/';
}

static bool
has_bit(const uint8_t *bits, unsigned char c)
{
	return (bits[c / 8] >> (c & 7)) & 1;
}

/* Emoticons are no tokens: a way of their own through the text. */
static void
emoticons(struct hearing *h)
{
	const struct reading *r = h->r;

	for (size_t at = 0; at < h->len; at++) {
		unsigned char c = (unsigned char)h->text[at];

		if (!has_bit(r->starts, c) || at + 1 == h->len ||
		    !has_bit(r->seconds, (unsigned char)h->text[at + 1]))
			continue;
		for (size_t i = 0; i < r->nemoticons; i++) {
			const struct emoticon *e = &r->emoticons[i];
			int points = e->weight * 1000;

			if (e->text[1] != h->text[at + 1] ||
			    e->len > h->len - at ||
			    memcmp(h->text + at, e->text, e->len) != 0 ||
			    !stands_alone(h, at, at + e->len))
				continue;
			if (cue_lists[e->list].kind == CUE_CONTENT)
				points = -points;
			mood_add(
				h, e->list, points,
				(struct heard_span){ (uint32_t)at,
						     (uint32_t)(at + e->len) });
			at += (size_t)e->len - 1;
			break;
		}
	}
}

static void
begin(struct hearing *h, const struct library *lib, const char *text,
      size_t len, struct heard *out)
{
	h->lib = lib;
	h->r = lib->reading;
	h->text = text;
	h->len = len;
	h->out = out;
	h->now = h->told = h->words = h->caps = h->letters = 0;
	h->exclaims = h->questions = h->doubled = 0;
	h->nmoods = h->ntouched = 0;
	h->anger = h->content = h->mild_anger = h->mild_content = 0;
	h->sarcasm = h->insult_open = false;
	h->numbers = 0;
	for (size_t i = 0; i < lib->nsignals; i++)
		h->signals[i].nhits = h->signals[i].nvetoes = 0;
	matcher_begin(&h->run, &h->r->matcher);
	out->intensity = out->heat = 0;
	out->nsignals = out->ncategories = out->nbecause = 0;
	out->told = (struct heard_item){ .number = h->r->told };
}

void
reading_hear(const struct library *lib, const char *text, size_t len,
	     struct heard *out)
{
	struct hearing h; /* large, and mostly never touched */
	struct tokens t;
	struct token token;
	char last = '\0';

	begin(&h, lib, text, len, out);
	emoticons(&h);
	tokens_begin(&t, text, len, &h.r->vocab);
	while (tokens_next(&t, &token)) {
		char now = '\0';

		switch ((enum token_kind)token.kind) {
		case TOKEN_WORD:
			word(&h, &t, &token);
			break;
		case TOKEN_MARK:
			now = t.nfold == 1 ? t.fold[0] : '.';
			mark(&h, &t, &token, last);
			break;
		case TOKEN_SYMBOL:
			feed(&h, &token, 0);
			break;
		case TOKEN_PLACEHOLDER:
		case TOKEN_LINK:
		case TOKEN_MENTION:
			break;
		}
		last = now;
	}
	abuse_done(&h);
	signals_mood(&h);
	mood_done(&h);
	signals_done(&h);
}
