/*
 * report.c - everything that is wrong with a document, in one list.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "script/report.h"

/* Longer words are no mistyped codes; it bounds the work and the memory. */
#define CLOSEST_MAX 128

void
report_add(struct report *r, const char *pointer, const char *fmt, ...)
{
	struct report_line line = { 0 };
	va_list ap;

	r->total++;
	if (r->failed || r->n == REPORT_MAX)
		return;

	if (r->n == r->size) {
		size_t size = r->size == 0 ? 16 : 2 * r->size;
		struct report_line *lines =
			realloc(r->lines, size * sizeof(*lines));
		if (lines == NULL)
			goto fail;
		r->lines = lines;
		r->size = size;
	}

	va_start(ap, fmt);
	int len = vasprintf(&line.detail, fmt, ap);
	va_end(ap);
	if (len < 0)
		goto fail;
	if ((line.pointer = strdup(pointer)) == NULL) {
		free(line.detail);
		goto fail;
	}
	r->lines[r->n++] = line;
	return;

fail:
	r->failed = true;
}

bool
report_ok(const struct report *r)
{
	return r->total == 0 && !r->failed;
}

void
report_cut(struct report *r, size_t total)
{
	while (r->n > total) {
		r->n--;
		free(r->lines[r->n].pointer);
		free(r->lines[r->n].detail);
	}
	if (r->total > total)
		r->total = total;
}

void
report_free(struct report *r)
{
	report_cut(r, 0);
	free(r->lines);
	*r = (struct report){ 0 };
}

const char *
report_escape(const char *name, char *to, size_t size)
{
	size_t n = 0, whole = 0;

	for (;; name++) {
		/* Before the first byte of a character all is whole. */
		if (((unsigned char)*name & 0xc0) != 0x80)
			whole = n;
		bool special = *name == '~' || *name == '/';
		if (*name == '\0' || n + 1 + special >= size)
			break;
		if (*name == '~') {
			to[n++] = '~';
			to[n++] = '0';
		} else if (*name == '/') {
			to[n++] = '~';
			to[n++] = '1';
		} else {
			to[n++] = *name;
		}
	}
	to[whole] = '\0';
	return to;
}

/*
 * How many letters must be added, dropped, changed or swapped with their
 * neighbour to make ${b} of ${a}?  Three rows of the table are enough: a swap
 * looks two rows back.  The shorter ways to leave early are not worth it: this
 * runs once a mistake.
 */
static size_t
distance(const char *a, size_t na, const char *b, size_t nb)
{
	size_t rows[3][CLOSEST_MAX + 1];
	size_t *two = rows[0], *one = rows[1], *now = rows[2];

	for (size_t j = 0; j <= nb; j++)
		one[j] = j;
	for (size_t i = 1; i <= na; i++) {
		now[0] = i;
		for (size_t j = 1; j <= nb; j++) {
			size_t d = one[j - 1] + (a[i - 1] != b[j - 1]);

			if (d > one[j] + 1)
				d = one[j] + 1;
			if (d > now[j - 1] + 1)
				d = now[j - 1] + 1;
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] &&
			    a[i - 2] == b[j - 1] && d > two[j - 2] + 1)
				d = two[j - 2] + 1;
			now[j] = d;
		}
		size_t *oldest = two;
		two = one;
		one = now;
		now = oldest;
	}
	return one[nb];
}

const char *
closest(const char *word, size_t len, const char *(*next)(void *arg), void *arg)
{
	const char *best = NULL, *code;
	size_t least = len / 3 + 1;

	if (len > CLOSEST_MAX)
		return NULL;
	while ((code = next(arg)) != NULL) {
		size_t n = strlen(code);
		if (n > CLOSEST_MAX || (n > len ? n - len : len - n) >= least)
			continue;
		size_t d = distance(word, len, code, n);
		if (d < least) {
			least = d;
			best = code;
		}
	}
	return best;
}
