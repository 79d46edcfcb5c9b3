/*
 * replies_html.c - what a reader sees of the HTML of a reply.
 *
 * Helpdesks make it from what was typed: paragraphs, breaks, emphasis, links.
 * A parser of all of HTML would be a large library for that.
 */
#include <string.h>
#include <strings.h>

#include <utf8proc.h>

#include "script/library.h"
#include "script/replies.h"

/* Tags within a word or a line; any other ends it. */
static bool
is_inline(const char *name, size_t len)
{
	static const char *const names[] = { "a",   "b",    "i",      "u",
					     "em",  "span", "strong", "font",
					     "sub", "sup",  "code" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strlen(names[i]) == len &&
		    strncasecmp(names[i], name, len) == 0)
			return true;
	return false;
}

/* The value of the attribute ${name} of a tag, in quotation marks. */
static bool
attribute(const char *tag, const char *end, const char *name,
	  struct frag *value)
{
	size_t len = strlen(name);

	for (const char *s = tag; end - s > (ptrdiff_t)len + 2; s++) {
		if ((unsigned char)s[-1] > ' ' || memcmp(s, name, len) != 0 ||
		    s[len] != '=' || (s[len + 1] != '"' && s[len + 1] != '\''))
			continue;
		const char *from = s + len + 2;
		const char *to = memchr(from, s[len + 1], (size_t)(end - from));
		if (to == NULL)
			return false;
		*value = (struct frag){ from, (uint32_t)(to - from) };
		return true;
	}
	return false;
}

static void
add_code(struct buf *out, utf8proc_int32_t code)
{
	utf8proc_uint8_t bytes[4];

	if (utf8proc_codepoint_valid(code) && code > 0)
		buf_add(out, (const char *)bytes,
			(size_t)utf8proc_encode_char(code, bytes));
}

/* "&#8217;": its length, or 0 if it is none. */
static size_t
number(struct buf *out, const char *s, size_t len)
{
	bool hex = len > 3 && (s[2] == 'x' || s[2] == 'X');
	size_t i = hex ? 3 : 2, digits = 0;
	utf8proc_int32_t code = 0;

	for (; i < len && s[i] != ';'; i++, digits++) {
		static const char all[] = "0123456789abcdef0123456789ABCDEF";
		const char *at = s[i] == '\0' ? NULL : strchr(all, s[i]);
		int value = at == NULL ? 99 : (int)((at - all) % 16);

		if (value >= (hex ? 16 : 10) || digits == 7)
			return 0;
		code = code * (hex ? 16 : 10) + value;
	}
	if (i == len || digits == 0)
		return 0;
	add_code(out, code);
	return i + 1;
}

static size_t
entity(struct buf *out, const char *s, size_t len)
{
	static const struct {
		const char *name, *text;
	} names[] = {
		{ "&amp;", "&" },   { "&lt;", "<" },   { "&gt;", ">" },
		{ "&quot;", "\"" }, { "&apos;", "'" }, { "&nbsp;", " " },
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		size_t n = strlen(names[i].name);

		if (len >= n && memcmp(s, names[i].name, n) == 0) {
			buf_str(out, names[i].text);
			return n;
		}
	}
	if (len > 2 && s[1] == '#')
		return number(out, s, len);
	return 0;
}

static void
add_html(struct buf *out, const char *text, size_t len)
{
	for (size_t i = 0, n; i < len; i += n) {
		n = text[i] == '&' ? entity(out, text + i, len - i) : 0;
		if (n == 0) {
			buf_char(out, text[i]);
			n = 1;
		}
	}
}

static void
add_tag(struct buf *out, const char *tag, const char *end)
{
	size_t n = 0;
	struct frag key, other;

	if (tag < end && *tag == '/')
		tag++;
	while (tag + n < end && strchr(" \t\r\n/>", tag[n]) == NULL)
		n++;
	if (n == 9 && strncasecmp(tag, "attribute", 9) == 0 &&
	    attribute(tag + n, end, "key", &key)) {
		buf_lit(out, "{{");
		buf_add(out, key.ptr, key.len);
		if (attribute(tag + n, end, "default", &other)) {
			buf_lit(out, "|fallback:\"");
			add_html(out, other.ptr, other.len);
			buf_char(out, '"');
		}
		buf_lit(out, "}}");
	} else if (!is_inline(tag, n)) {
		buf_char(out, ' ');
	}
}

/* The next "<" that a tag begins with, or NULL: "1 < 2" has none. */
static const char *
next_tag(const char *text, const char *end)
{
	for (; end - text > 1; text++)
		if (*text == '<' &&
		    (text[1] == '/' || text[1] == '!' ||
		     ((text[1] | 32) >= 'a' && (text[1] | 32) <= 'z')))
			return text;
	return NULL;
}

void
replies_html(struct buf *out, const char *text, size_t len)
{
	const char *end = text + len, *tag, *close;

	while ((tag = next_tag(text, end)) != NULL &&
	       (close = memchr(tag, '>', (size_t)(end - tag))) != NULL) {
		add_html(out, text, (size_t)(tag - text));
		add_tag(out, tag + 1, close);
		text = close + 1;
	}
	add_html(out, text, (size_t)(end - text));
}
