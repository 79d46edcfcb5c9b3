/*
 * fuzz_guard.c - what the guard lets through can be read in one way only.
 *
 * The request is cut as the library does it; whatever passes is held against
 * the grammar of RFC 9112, read from the bytes as they came.
 */
#include <assert.h>
#include <ctype.h>
#include <stdint.h>
#include <stdlib.h>
#include <strings.h>

#include "tests/fuzz/cut.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool
tchar(char c)
{
	return c > ' ' && c < 0x7f && strchr("\"(),/:;<=>?@[\\]{}", c) == NULL;
}

static bool
is(const char *name, size_t len, const char *text)
{
	return len == strlen(text) && strncasecmp(name, text, len) == 0;
}

/* How many of the headers that must stand there once at most. */
struct seen {
	int hosts, lengths, codings;
};

/* One header from ${p} on; return what follows it. */
static const char *
expect_header(const char *p, const char *end, struct seen *seen)
{
	const char *name = p, *value, *lf = memchr(p, '\n', (size_t)(end - p));

	while (p < end && tchar(*p))
		p++;
	assert(p > name && *p == ':' && lf != NULL);
	size_t len = (size_t)(p - name);

	/* A NUL before a bare LF looks like a CR, and is read as one. */
	assert(lf[-1] == '\r' || lf[-1] == '\0');
	for (value = p + 1; *value == ' ' || *value == '\t'; value++)
		;
	for (const char *v = value; v < lf - 1; v++)
		assert((unsigned char)*v >= ' ' ? *v != 0x7f : *v == '\t');
	seen->hosts += is(name, len, "Host");
	seen->codings += is(name, len, "Transfer-Encoding");
	if (is(name, len, "Transfer-Encoding"))
		assert(is(value, (size_t)(lf - 1 - value), "chunked"));
	if (is(name, len, "Content-Length")) {
		seen->lengths++;
		assert(value < lf - 1);
		for (; value < lf - 1; value++)
			assert(isdigit((unsigned char)*value));
	}
	return lf + 1;
}

static void
expect_http(const char *p, const char *end)
{
	struct seen seen = { 0 };
	const char *lf = memchr(p, '\n', (size_t)(end - p));

	while (tchar(*p))
		p++;
	assert(*p == ' ' && lf != NULL);
	assert((p[1] > ' ' || p[1] < 0) && p[1] != 0x7f);
	assert(memchr(p, '\0', (size_t)(lf - 1 - p)) == NULL);
	assert(lf[-1] == '\r' || lf[-1] == '\0');
	assert(memcmp(lf - 10, " HTTP/1.", 8) == 0);
	bool old = lf[-2] == '0';

	for (p = lf + 1; p + 2 < end;)
		p = expect_header(p, end, &seen);
	assert(p + 2 == end && p[1] == '\n');
	assert(p[0] == '\r' || p[0] == '\0');
	assert(old ? seen.hosts <= 1 : seen.hosts == 1);
	assert(seen.lengths + seen.codings <= 1);
	assert(!old || seen.codings == 0);
}

/* NULs there cannot be told from line ends: see guard.h. */
static void
mend_end(char *end)
{
	for (int i = 1; i <= 4; i++)
		if (end[-i] != '\0' && end[-i] != '\r' && end[-i] != '\n')
			return;
	memcpy(end - 4, "\r\n\r\n", 4);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cut cut;
	char *buf = malloc(size + 1), *raw = malloc(size + 1);

	if (buf != NULL && raw != NULL) {
		memcpy(buf, data, size);
		memcpy(raw, data, size);
		raw[size] = '\0';
		enum guard_reason reason = cut_request(&cut, buf, size);

		assert(reason < N_GUARD_REASONS);
		assert(guard_reason_name(reason)[0] != '\0');
		if (reason == GUARD_OK && !cut.refused) {
			mend_end(raw + cut.end);
			expect_http(raw + cut.begin, raw + cut.end);
		}
	}
	free(buf);
	free(raw);
	return 0;
}
