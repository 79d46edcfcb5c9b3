/*
 * guard.c - what HTTP we refuse before anyone looks at what it asks for.
 */
#include <stdint.h>
#include <string.h>
#include <strings.h>

#include "server/guard.h"

/* RFC 9110, 5.6.2: what names and methods are made of. */
enum {
	TOKEN = 1,
	HOST = 2, /* RFC 3986, 3.2.2: a reg-name, or what is in [] */
};

/* clang-format off */
#define A (TOKEN | HOST)
static const unsigned char kinds[256] = {
	['a'] = A, A, A, A, A, A, A, A, A, A, A, A, A,
		A, A, A, A, A, A, A, A, A, A, A, A, A,
	['A'] = A, A, A, A, A, A, A, A, A, A, A, A, A,
		A, A, A, A, A, A, A, A, A, A, A, A, A,
	['0'] = A, A, A, A, A, A, A, A, A, A,
	['!'] = A, ['$'] = A, ['%'] = A, ['&'] = A, ['\''] = A, ['*'] = A,
	['+'] = A, ['-'] = A, ['.'] = A, ['_'] = A, ['~'] = A,
	['#'] = TOKEN, ['^'] = TOKEN, ['`'] = TOKEN, ['|'] = TOKEN,
	['('] = HOST, [')'] = HOST, [';'] = HOST, ['='] = HOST,
};
#undef A
/* clang-format on */

static bool
all_are(const char *text, size_t len, unsigned kind)
{
	const unsigned char *p = (const unsigned char *)text;

	for (size_t i = 0; i < len; i++)
		if ((kinds[p[i]] & kind) == 0)
			return false;
	return true;
}

/* Is there a byte below ${low} (at most 0x80) among the eight of ${word}? */
#define EACH(byte) (UINT64_C(0x0101010101010101) * (byte))
#define BELOW(word, low) (((word)-EACH(low)) & ~(word)&EACH(0x80))

static bool
is_control(unsigned char c)
{
	return (c < 0x20 && c != '\t') || c == 0x7f;
}

/* Eight bytes at a time, for this stands on the way of every look-up. */
static bool
has_control(const char *text, size_t len)
{
	size_t i = 0;

	for (; i + 8 <= len; i += 8) {
		uint64_t word;

		memcpy(&word, text + i, sizeof(word));
		if ((BELOW(word, 0x20) | BELOW(word ^ EACH(0x7f), 1)) == 0)
			continue;
		for (size_t k = i; k < i + 8; k++)
			if (is_control((unsigned char)text[k]))
				return true;
	}
	for (; i < len; i++)
		if (is_control((unsigned char)text[i]))
			return true;
	return false;
}

/* The first thing found is what we tell. */
static void
found(struct guard *g, enum guard_reason reason)
{
	if (g->reason == GUARD_OK)
		g->reason = reason;
}

static bool
begins(const char *text, const char *prefix)
{
	return strncasecmp(text, prefix, strlen(prefix)) == 0;
}

/* The host of a URL in absolute form, and its length; NULL for other forms. */
static const char *
authority(const struct guard_line *line, size_t *len)
{
	const char *host = begins(line->url, "http://")	   ? line->url + 7
			   : begins(line->url, "https://") ? line->url + 8
							   : NULL;

	if (host != NULL)
		*len = strcspn(host, "/?");
	return host;
}

static bool
good_target(const struct guard_line *line)
{
	size_t len;

	if (memchr(line->url, '#', line->url_len) != NULL)
		return false;
	if (line->url[0] == '/')
		return true;
	if (strcmp(line->url, "*") == 0)
		return strcmp(line->method, "OPTIONS") == 0;
	return authority(line, &len) != NULL && len > 0;
}

void
guard_line(struct guard *g, const struct guard_line *line, bool placed)
{
	size_t method_len = strlen(line->method);

	*g = (struct guard){ .placed = placed };
	g->old = strcmp(line->version, "HTTP/1.0") == 0;
	if (!all_are(line->method, method_len, TOKEN) || method_len == 0)
		found(g, GUARD_METHOD);
	if (strncmp(line->version, "HTTP/1.", 7) != 0)
		found(g, GUARD_VERSION);
	if (placed) {
		/* A NUL inside of the URL, or a second space before it. */
		if (line->target != line->method + method_len + 1 ||
		    (!line->cut &&
		     line->version != line->target + line->url_len + 1))
			found(g, GUARD_LINE);
		g->next = line->version + 8 + 2;
	}
	if (!line->cut && !good_target(line))
		found(g, GUARD_TARGET);
}

/* The header, which is not "Host: ", "Content-Length: " ..., twice. */
static void
once(struct guard *g, bool *seen, enum guard_reason reason)
{
	if (*seen)
		found(g, reason);
	*seen = true;
}

static bool
is_number(const char *value, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (value[i] < '0' || value[i] > '9')
			return false;
	return len > 0;
}

/* The headers that say where a request ends and whom it is for. */
static void
frame(struct guard *g, const char *name, size_t name_len, const char *value,
      size_t value_len)
{
	switch (name_len) {
	case 4:
		if (strncasecmp(name, "Host", 4) != 0)
			return;
		once(g, &g->host_seen, GUARD_HOST_TWICE);
		g->host = value;
		g->host_len = value_len;
		break;
	case 14:
		if (strncasecmp(name, "Content-Length", 14) != 0)
			return;
		once(g, &g->length_seen, GUARD_LENGTH_TWICE);
		if (!is_number(value, value_len))
			found(g, GUARD_LENGTH_BAD);
		break;
	case 17:
		if (strncasecmp(name, "Transfer-Encoding", 17) != 0)
			return;
		once(g, &g->coding_seen, GUARD_CODING);
		if (g->old || value_len != 7 ||
		    strncasecmp(value, "chunked", 7) != 0)
			found(g, GUARD_CODING);
		break;
	}
}

void
guard_header(struct guard *g, const char *name, size_t name_len,
	     const char *value, size_t value_len)
{
	if (g->placed) {
		if (name != g->next)
			found(g, GUARD_LINE_END);
		g->next = value + value_len + 2;
	}
	if (!all_are(name, name_len, TOKEN) || name_len == 0)
		found(g, GUARD_NAME);
	if (has_control(value, value_len))
		found(g, GUARD_VALUE);
	frame(g, name, name_len, value, value_len);
}

void
guard_trailer(struct guard *g, const char *name, size_t name_len,
	      const char *value, size_t value_len)
{
	if (!all_are(name, name_len, TOKEN) || name_len == 0 ||
	    has_control(value, value_len))
		found(g, GUARD_TRAILER);
}

/* RFC 9112, 3.2: a name, an address or [an address], and perhaps ":port". */
static bool
good_host(const char *host, size_t len)
{
	const char *end = host + len, *colon = end;

	if (len > 0 && *host == '[') {
		const char *close = memchr(host, ']', len);

		if (close == NULL || close == host + 1)
			return false;
		for (const char *p = host + 1; p < close; p++)
			if (*p != ':' && (kinds[(unsigned char)*p] & HOST) == 0)
				return false;
		colon = close + 1;
		if (colon < end && *colon != ':')
			return false;
	} else {
		const char *at = memchr(host, ':', len);

		colon = at != NULL ? at : end;
		if (!all_are(host, (size_t)(colon - host), HOST))
			return false;
		if (colon == host && len > 0)
			return false; /* a port alone */
	}
	for (const char *p = colon; p < end; p++)
		if (p > colon && (*p < '0' || *p > '9'))
			return false;
	return end - colon <= 6;
}

enum guard_reason
guard_end(struct guard *g, const struct guard_line *line, const char *end)
{
	size_t len;

	/* The blank line: a longer one begins with a NUL. */
	if (g->placed &&
	    (end != g->next + 2 || memcmp(g->next - 2, "\0\0\0", 4) != 0))
		found(g, GUARD_LINE_END);
	if (g->length_seen && g->coding_seen)
		found(g, GUARD_CODING_LENGTH);
	if (!g->host_seen) {
		if (!g->old)
			found(g, GUARD_HOST_NONE);
		return g->reason;
	}
	while (g->host_len > 0 && (g->host[g->host_len - 1] == ' ' ||
				   g->host[g->host_len - 1] == '\t'))
		g->host_len--;
	if (!good_host(g->host, g->host_len))
		found(g, GUARD_HOST_BAD);
	if (line->cut || line->url[0] == '/')
		return g->reason;

	const char *named = authority(line, &len);

	if (named != NULL &&
	    (len != g->host_len || strncasecmp(named, g->host, len) != 0))
		found(g, GUARD_HOST_OTHER);
	return g->reason;
}

const char *
guard_reason_name(enum guard_reason reason)
{
	static const char *const names[N_GUARD_REASONS] = {
#define X(name, word, advice) word,
		GUARD_MAP(X)
#undef X
	};

	return names[reason];
}

const char *
guard_advice(enum guard_reason reason)
{
	static const char *const advices[N_GUARD_REASONS] = {
#define X(name, word, advice) advice,
		GUARD_MAP(X)
#undef X
	};

	return advices[reason];
}
