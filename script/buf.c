/*
 * buf.c - a growing run of bytes.
 */
#include <stdlib.h>

#include "script/buf.h"

void
buf_init(struct buf *b, size_t size)
{
	*b = (struct buf){ 0 };
	if (size > 0)
		(void)buf_room(b, size);
}

char *
buf_room(struct buf *b, size_t n)
{
	if (b->failed)
		return NULL;
	if (b->size - b->len >= n && b->ptr != NULL)
		return b->ptr + b->len;

	size_t size = b->size < 256 ? 256 : b->size;
	while (size - b->len < n)
		size *= 2;
	char *ptr = realloc(b->ptr, size);
	if (ptr == NULL) {
		/* size = len makes every later buf_add() come here and stop. */
		b->failed = true;
		b->size = b->len;
		return NULL;
	}
	b->ptr = ptr;
	b->size = size;
	return ptr + b->len;
}

void
buf_add_more(struct buf *b, const char *ptr, size_t len)
{
	char *to = buf_room(b, len);

	if (to == NULL)
		return;
	memcpy(to, ptr, len);
	b->len += len;
}

void
buf_digits(struct buf *b, int64_t value)
{
	char digits[20];
	size_t i = sizeof(digits);
	uint64_t u = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;

	do {
		digits[--i] = (char)('0' + u % 10);
		u /= 10;
	} while (u > 0);
	if (value < 0)
		buf_char(b, '-');
	buf_add(b, digits + i, sizeof(digits) - i);
}

void
buf_json(struct buf *b, const char *text, size_t len)
{
	static const char hex[] = "0123456789abcdef";
	size_t from = 0;

	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)text[i];

		if (c >= 0x20 && c != '"' && c != '\\')
			continue;
		buf_add(b, text + from, i - from);
		from = i + 1;
		if (c == '"' || c == '\\') {
			buf_char(b, '\\');
			buf_char(b, (char)c);
		} else if (c == '\n') {
			buf_lit(b, "\\n");
		} else {
			buf_lit(b, "\\u00");
			buf_char(b, hex[c >> 4]);
			buf_char(b, hex[c & 15]);
		}
	}
	buf_add(b, text + from, len - from);
}

char *
buf_take(struct buf *b, size_t *len)
{
	if (b->failed) {
		buf_free(b);
		return NULL;
	}
	char *ptr = b->ptr;

	*len = b->len;
	*b = (struct buf){ 0 };
	return ptr;
}

void
buf_free(struct buf *b)
{
	free(b->ptr);
	*b = (struct buf){ 0 };
}
