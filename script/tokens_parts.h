/*
 * tokens_parts.h - what the files that cut text share; nobody else's.
 *
 *   tokens.c        the way through a text; marks, {names}, emoji
 *   tokens_word.c   words: folding and contractions
 *   tokens_link.c   addresses
 */
#ifndef SCRIPT_TOKENS_PARTS_H
#define SCRIPT_TOKENS_PARTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "script/tokens.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* What an ASCII character is to us. */
enum letter_kind {
	SEPARATES,
	LETTER,
	DIGIT,
	MARKS,
	DOT,
	QUOTE,
	BRACE,
	AT
};

extern const uint8_t letter_kinds[128];

/* The code point at ${at} in ${cp}; return its bytes, 1 for what is none. */
size_t tokens_decode(const struct tokens *t, size_t at, int32_t *cp);

/* A letter, or, if ${inside} a word already, what may follow one. */
bool tokens_is_word(int32_t cp, bool inside);

/* Curly quotes, primes and the like, which people use as apostrophes. */
bool tokens_is_quote(int32_t cp);

/* The bytes that a name on the web may have, and those in ${more}. */
bool tokens_is_name(const struct tokens *t, size_t at, const char *more);

/* Make t->last the token from t->at to ${end}, and go on behind it. */
void tokens_emit(struct tokens *t, enum token_kind kind, size_t end);

/* Say what the last token is, folded. */
void tokens_look_up(struct tokens *t, const char *fold, size_t len);

/* Read the word at t->at, which may turn out to be a link. */
void tokens_word(struct tokens *t);

/* The end of a link that begins with the word from t->at to ${end}, or 0. */
size_t tokens_link(struct tokens *t, size_t end);

#endif /* !SCRIPT_TOKENS_PARTS_H */
