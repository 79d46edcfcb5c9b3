/*
 * cut.h - cuts a request as libmicrohttpd 0.9.75 does, mistakes and all, and
 * shows the parts to the guard as serve.c does.
 */
#ifndef TESTS_FUZZ_CUT_H
#define TESTS_FUZZ_CUT_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "server/guard.h"

struct cut {
	char *buf;
	size_t len, at;	   /* what has been read of it */
	size_t begin, end; /* the request with its blank line */
	struct guard guard;
	bool refused; /* by the library, or not whole */
};

/* The next line, its end overwritten; NULL if there is none. */
static inline char *
cut_next_line(struct cut *cut, size_t *len)
{
	char *line = cut->buf + cut->at;
	char *lf = memchr(line, '\n', cut->len - cut->at);

	if (lf == NULL)
		return NULL;
	cut->at = (size_t)(lf + 1 - cut->buf);
	*lf = '\0';
	if (lf > line && lf[-1] == '\r')
		*--lf = '\0';
	*len = (size_t)(lf - line);
	return line;
}

static inline bool
cut_request_line(char *line, size_t len, struct guard_line *out, char *copy,
		 size_t size)
{
	char *uri = memchr(line, ' ', len), *end = line + len, *version;

	if (uri == NULL || uri == line)
		return false;
	*uri++ = '\0';
	while (uri < end && *uri == ' ')
		uri++;
	for (version = end - 1; version > uri && *version == ' '; version--)
		;
	while (version > uri && *version != ' ')
		version--;
	if (uri >= end || version <= uri)
		return false;
	*version++ = '\0';
	if (end - version != 8 || memcmp(version, "HTTP/1.", 7) != 0 ||
	    version[7] < '0' || version[7] > '9')
		return false;

	size_t url_len = strnlen(uri, size);

	*out = (struct guard_line){ .method = line,
				    .version = version,
				    .target = uri,
				    .url = copy,
				    .url_len = url_len,
				    .cut = url_len == size };
	memcpy(copy, uri, url_len < size ? url_len : 0);
	copy[url_len < size ? url_len : 0] = '\0';
	return true;
}

/* The headers up to the first line that begins with a NUL. */
static inline bool
cut_headers(struct cut *cut)
{
	/* A value that goes on in the next line is moved to a new place. */
	static const char elsewhere[] = "moved";
	const char *name = NULL, *value = NULL;
	bool moved = false;
	size_t len;

	for (;;) {
		char *line = cut_next_line(cut, &len);

		if (line == NULL)
			return false;
		if (name != NULL && (*line == ' ' || *line == '\t')) {
			moved = true;
			continue;
		}
		if (name != NULL)
			guard_header(&cut->guard, moved ? elsewhere : name,
				     strlen(moved ? elsewhere : name), value,
				     strlen(value));
		if (*line == '\0')
			return true;
		char *colon = strchr(line, ':');

		if (colon == NULL)
			return false;
		*colon++ = '\0';
		while (*colon == ' ' || *colon == '\t')
			colon++;
		name = line;
		value = colon;
		moved = false;
	}
}

/* Cut the ${len} bytes at ${buf}, with one more behind them that is ours. */
static inline enum guard_reason
cut_request(struct cut *cut, char *buf, size_t len)
{
	static struct guard_host last;
	static char copy[2049];
	struct guard_line line;
	char *first;
	size_t n;

	*cut = (struct cut){ .buf = buf, .len = len, .refused = true };
	buf[len] = '\0';
	do {
		cut->begin = cut->at;
		first = cut_next_line(cut, &n);
	} while (first != NULL && *first == '\0');
	if (first == NULL ||
	    !cut_request_line(first, n, &line, copy, sizeof(copy) - 1))
		return GUARD_UNREADABLE;
	guard_line(&cut->guard, &line, true);
	if (!cut_headers(cut))
		return GUARD_UNREADABLE;
	cut->refused = false;
	cut->end = cut->at;
	return guard_end(&cut->guard, &line, buf + cut->end, &last);
}

#endif /* !TESTS_FUZZ_CUT_H */
