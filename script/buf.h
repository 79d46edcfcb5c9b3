/*
 * buf.h - a growing run of bytes, for making text.
 *
 * A buf that ran out of memory stays failed and swallows what follows, so
 * that callers test once, at the end.
 */
#ifndef SCRIPT_BUF_H
#define SCRIPT_BUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct buf {
	char *ptr;   /* from malloc(), or NULL; not NUL-terminated */
	size_t len;  /* bytes in use */
	size_t size; /* bytes allocated */
	bool failed; /* out of memory: the content is not whole */
};

/**
 * buf_init(b, size):
 * Start ${b} empty with room for ${size} bytes (0: allocate when needed).
 */
void buf_init(struct buf *b, size_t size);

/**
 * buf_room(b, n):
 * Make room for ${n} more bytes and return where they go, or NULL if out of
 * memory (then ${b} has failed).  The caller writes and adds to b->len.
 */
char *buf_room(struct buf *b, size_t n);

/**
 * buf_json(b, text, len):
 * Append the ${len} bytes at ${text} escaped for the inside of a JSON string.
 */
void buf_json(struct buf *b, const char *text, size_t len);

/**
 * buf_take(b, len):
 * Return the bytes of ${b} and set ${len}; the caller owns them (free()).
 * ${b} is empty then.  NULL if ${b} has failed; its memory is freed.
 */
char *buf_take(struct buf *b, size_t *len);

/**
 * buf_free(b):
 * Free what ${b} holds and empty it.
 */
void buf_free(struct buf *b);

/* buf_add() of more than there is room for; call that. */
void buf_add_more(struct buf *b, const char *ptr, size_t len);

/* Append ${len} bytes at ${ptr}: inline, for the look-up is made of these. */
static inline void
buf_add(struct buf *b, const char *ptr, size_t len)
{
	if (len == 0)
		return;
	if (b->size - b->len < len) {
		buf_add_more(b, ptr, len);
		return;
	}
	memcpy(b->ptr + b->len, ptr, len);
	b->len += len;
}

/* Append a string constant, or an array known to end in a NUL. */
#define buf_lit(b, s) buf_add((b), "" s, sizeof(s) - 1)

static inline void
buf_str(struct buf *b, const char *s)
{
	buf_add(b, s, strlen(s));
}

static inline void
buf_char(struct buf *b, char c)
{
	buf_add(b, &c, 1);
}

/* buf_int() of any number; call that. */
void buf_digits(struct buf *b, int64_t value);

/* Append ${value} in decimal.  Most numbers of an answer have one digit. */
static inline void
buf_int(struct buf *b, int64_t value)
{
	if (value >= 0 && value < 10)
		buf_char(b, (char)('0' + value));
	else
		buf_digits(b, value);
}

#endif /* !SCRIPT_BUF_H */
