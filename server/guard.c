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

static bool
word_has_control(const char *text)
{
	uint64_t word;

	memcpy(&word, text, sizeof(word));
	if ((BELOW(word, 0x20) | BELOW(word ^ EACH(0x7f), 1)) == 0)
		return false;
	for (int i = 0; i < 8; i++) /* it may be a tab */
		if (is_control((unsigned char)text[i]))
			return true;
	return false;
}

/* Eight bytes at a time, for this stands on the way of every look-up. */
static bool
has_control(const char *text, size_t len)
{
	if (len >= 8) {
		for (size_t i = 0; i + 8 < len; i += 8)
			if (word_has_control(text + i))
				return true;
		return word_has_control(text + len - 8);
	}
	for (size_t i = 0; i < len; i++)
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

	if (line->url[0] == '/')
		return true;
	if (strcmp(line->url, "*") == 0)
		return strcmp(line->method, "OPTIONS") == 0;
	return authority(line, &len) != NULL && len > 0;
}

void
guard_line(struct guard *g, const struct guard_line *line, bool placed)
{
	const char *p = line->method;

	*g = (struct guard){ .placed = placed };
	while ((kinds[(unsigned char)*p] & TOKEN) != 0)
		p++;
	if (*p != '\0' || p == line->method)
		found(g, GUARD_METHOD);
	if (memcmp(line->version, "HTTP/1.", 7) != 0)
		found(g, GUARD_VERSION);
	g->old = line->version[7] == '0';
	if (placed) {
		/* A NUL inside of the URL, or a second space before it. */
		if (line->target != p + strlen(p) + 1 ||
		    (!line->cut &&
		     line->version != line->target + line->url_len + 1))
			found(g, GUARD_LINE);
		g->next = line->version + 8 + 2;
	}
	if (!line->cut && !good_target(line))
		found(g, GUARD_TARGET);
}

/* A header that may stand there once. */
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

static bool
is_host(const char *name)
{
	return (name[0] | 0x20) == 'h' && (name[1] | 0x20) == 'o' &&
	       (name[2] | 0x20) == 's' && (name[3] | 0x20) == 't';
}

/*
 * The headers that say where a request ends and whom it is for.  Return false
 * if it is none of these.
 */
static bool
frame(struct guard *g, const char *name, size_t name_len, const char *value,
      size_t value_len)
{
	switch (name_len) {
	case 4:
		if (!is_host(name))
			return false;
		once(g, &g->host_seen, GUARD_HOST_TWICE);
		g->host = value;
		g->host_len = value_len;
		return true;
	case 14:
		if (strncasecmp(name, "Content-Length", 14) != 0)
			return false;
		once(g, &g->length_seen, GUARD_LENGTH_TWICE);
		if (!is_number(value, value_len))
			found(g, GUARD_LENGTH_BAD);
		return true;
	case 17:
		if (strncasecmp(name, "Transfer-Encoding", 17) != 0)
			return false;
		once(g, &g->coding_seen, GUARD_CODING);
		if (g->old || value_len != 7 ||
		    strncasecmp(value, "chunked", 7) != 0)
			found(g, GUARD_CODING);
		return true;
	}
	return false;
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
	if (has_control(value, value_len))
		found(g, GUARD_VALUE);
	if (!frame(g, name, name_len, value, value_len) &&
	    (!all_are(name, name_len, TOKEN) || name_len == 0))
		found(g, GUARD_NAME);
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
	const char *end = host + len, *p = host;

	if (p < end && *p == '[') {
		for (p++; p < end &&
			  ((kinds[(unsigned char)*p] & HOST) != 0 || *p == ':');
		     p++)
			;
		if (p == end || *p != ']' || p == host + 1)
			return false;
		p++;
	} else {
		while (p < end && (kinds[(unsigned char)*p] & HOST) != 0)
			p++;
	}
	if (p == end)
		return true;
	if (*p != ':' || p == host || end - p > 6)
		return false;
	for (p++; p < end; p++)
		if (*p < '0' || *p > '9')
			return false;
	return true;
}

static void
check_host(struct guard *g, struct guard_host *last)
{
	if (g->host_len == last->len && g->host_len > 0 &&
	    memcmp(g->host, last->text, last->len) == 0) {
		g->host_known = true;
		return;
	}
	while (g->host_len > 0 && (g->host[g->host_len - 1] == ' ' ||
				   g->host[g->host_len - 1] == '\t'))
		g->host_len--;
	if (!good_host(g->host, g->host_len)) {
		found(g, GUARD_HOST_BAD);
	} else if (g->host_len <= sizeof(last->text)) {
		memcpy(last->text, g->host, g->host_len);
		last->len = g->host_len;
		g->host_kept = true;
	}
}

/* Whom a URL in absolute form names must be whom the header names. */
static void
compare_hosts(struct guard *g, const struct guard_line *line)
{
	size_t len;
	const char *named = authority(line, &len);

	if (named != NULL &&
	    (len != g->host_len || strncasecmp(named, g->host, len) != 0))
		found(g, GUARD_HOST_OTHER);
}

enum guard_reason
guard_end(struct guard *g, const struct guard_line *line, const char *end,
	  struct guard_host *last)
{
	/* The blank line: a longer one begins with a NUL. */
	if (g->placed &&
	    (end != g->next + 2 || memcmp(g->next - 2, "\0\0\0", 4) != 0))
		found(g, GUARD_LINE_END);
	g->body = end;
	if (g->length_seen && g->coding_seen)
		found(g, GUARD_CODING_LENGTH);
	if (!g->host_seen) {
		if (!g->old)
			found(g, GUARD_HOST_NONE);
		return g->reason;
	}
	check_host(g, last);
	if (line->url[0] != '/' && !line->cut)
		compare_hosts(g, line);
	return g->reason;
}

/*
 * Can this stand before a piece?  The end of the chunk before it, and the line
 * of its own; or nothing, in the middle of a chunk.
 */
static bool
is_chunk_line(const char *from, const char *to)
{
	if (from == to)
		return true;
	if (to - from >= 2 && from[0] == '\r' && from[1] == '\n')
		from += 2;
	return to - from >= 3 && to[-2] == '\r' && to[-1] == '\n' &&
	       !has_control(from, (size_t)(to - 2 - from));
}

/*
 * A piece follows the one before it, or stands in what was received since,
 * which is put to where the body began.  Which of the two it is cannot be
 * told, but it is one of them.
 */
void
guard_piece(struct guard *g, const char *piece, size_t len)
{
	if (!g->placed || !g->coding_seen)
		return;
	if (!is_chunk_line(g->body, piece) &&
	    (g->end == NULL || g->end > piece || !is_chunk_line(g->end, piece)))
		found(g, GUARD_CHUNK);
	g->end = piece + len;
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
