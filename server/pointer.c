/*
 * pointer.c - JSON pointers (RFC 6901).
 */
#include "server/pointer.h"

size_t
pointer_step(char *buf, size_t size, size_t len, const char *name,
	     size_t name_len)
{
	if (len + 2 * name_len + 2 > size)
		return len;
	buf[len++] = '/';
	for (size_t i = 0; i < name_len; i++) {
		char c = name[i];

		if (c == '~' || c == '/') {
			buf[len++] = '~';
			c = c == '~' ? '0' : '1';
		}
		buf[len++] = c;
	}
	buf[len] = '\0';
	return len;
}
