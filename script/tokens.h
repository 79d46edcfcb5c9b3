/*
 * tokens.h - from text to tokens, the same way for drafts, for messages of
 * customers and for the patterns that are looked for in them.
 *
 * A WORD is a run of letters and digits (and %), with at most one '[a-z]+
 * inside.  It is folded (NFKC and case, curly quotes made straight), so that
 * "DON’T" and "don't" are one.  Contractions are two tokens with one span:
 * "can't", "cant" and "cannot" are "can not", "you're" is "you are"; 'd, which
 * may be "had" or "would", stays a word of its own: "i'd" is "i 'd".
 *
 * A MARK is one of . ! ? : ; ( ) taken singly.  A . or : between digits, and
 * a . after an initial or a title, is none; two or more dots are one mark, and
 * none at all if the sentence goes on with a small letter.  An empty line ends
 * a sentence too: a mark . without bytes.  A PLACEHOLDER is {name}, a SYMBOL
 * an emoji, a LINK an address on the web or of mail, a MENTION @somebody.
 * Everything else only separates.
 *
 * Time is linear, nothing is allocated, any bytes will do.
 */
#ifndef SCRIPT_TOKENS_H
#define SCRIPT_TOKENS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "script/strtab.h"

struct arena;

#define TOKEN_MAX 64 /* bytes of a folded word; longer ones are unknown */

enum token_kind {
	TOKEN_WORD,
	TOKEN_MARK,
	TOKEN_PLACEHOLDER,
	TOKEN_SYMBOL,
	TOKEN_LINK,
	TOKEN_MENTION
};

#define TOKEN_CAPS 1 /* all capitals, two letters or more */
#define TOKEN_HALF 2 /* the second half of a contraction: span as before */
#define TOKEN_ENDS 4 /* a mark that ends a sentence */

struct token {
	uint32_t at, end; /* bytes of the text */
	uint32_t word;	  /* number in the vocabulary; 0: not in it */
	uint8_t kind;	  /* enum token_kind */
	uint8_t flags;
};

/*
 * The words that somebody asks for, numbered from 1.  Marks, {names} and
 * emoji are words here too.  Filled once, then only read.
 */
struct vocab {
	struct strtab index;
	uint32_t n; /* the highest number given */
};

/**
 * vocab_add(v, a, word, len):
 * The number of the folded ${word} in ${v}, which it gets if it has none; its
 * bytes are copied into ${a}.  0 if out of memory.
 */
uint32_t vocab_add(struct vocab *v, struct arena *a, const char *word,
		   size_t len);

/**
 * vocab_find(v, word, len):
 * The number of the folded ${word} in ${v}, or 0.
 */
static inline uint32_t
vocab_find(const struct vocab *v, const char *word, size_t len)
{
	int64_t n = strtab_find(&v->index, word, len);

	return n < 0 ? 0 : (uint32_t)n;
}

/**
 * vocab_free(v):
 * Free and empty ${v}; its words go with the arena.
 */
void vocab_free(struct vocab *v);

struct tokens {
	const char *text;
	size_t len, at;
	const struct vocab *vocab;
	const char *fold; /* the last token, folded; not NUL-terminated */
	size_t nfold;	  /* 0 for a word too long, a link, a mention */
	/* the rest is ours */
	const char *half; /* the second half still to give, or NULL */
	struct token last;
	size_t no_mail; /* no address of mail begins before that byte */
	bool open;	/* within a sentence */
	bool initial;	/* the last word was an initial or a title */
	char buf[TOKEN_MAX + 1];
};

/**
 * tokens_begin(t, text, len, vocab):
 * Start to cut the ${len} bytes (less than 4 GiB) at ${text}.  ${vocab} may be
 * NULL: all words are 0 then.  Borrows both while ${t} is in use.
 */
void tokens_begin(struct tokens *t, const char *text, size_t len,
		  const struct vocab *vocab);

/**
 * tokens_next(t, token):
 * Give the next token, and its folded bytes in t->fold until the next call.
 * False at the end.
 */
bool tokens_next(struct tokens *t, struct token *token);

/**
 * utf16_length(text, len):
 * How many UTF-16 code units the ${len} bytes of UTF-8 at ${text} are.
 */
size_t utf16_length(const char *text, size_t len);

#endif /* !SCRIPT_TOKENS_H */
