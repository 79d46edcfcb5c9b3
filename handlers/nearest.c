/*
 * nearest.c - "did you mean ...?"
 */
#include <string.h>

#include "handlers/nearest.h"
#include "script/report.h"

struct codes {
	const char *at;
	size_t size, left;
};

static const char *
next_code(void *arg)
{
	struct codes *codes = arg;
	const char *code;

	if (codes->left == 0)
		return NULL;
	memcpy(&code, codes->at, sizeof(code));
	codes->at += codes->size;
	codes->left--;
	return code;
}

const char *
nearest(const void *items, size_t size, size_t n, struct slice word)
{
	struct codes codes = { items, size, n };

	return closest(word.ptr, word.len, next_code, &codes);
}
