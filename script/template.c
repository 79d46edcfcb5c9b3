/*
 * template.c - from "I'm sorry[[, {customer_name}]]." to marked bytes.
 */
#include <stdint.h>
#include <string.h>

#include "script/buf.h"
#include "script/library.h"
#include "script/report.h"
#include "script/template.h"

#define NOT_OPEN SIZE_MAX

/* What is known while a template is read from left to right. */
struct reader {
	const struct library *lib;
	struct buf *out;
	struct template *t;
	struct report *report;
	const char *pointer;
	size_t group;	 /* where the mark of the open [[ is, or NOT_OPEN */
	bool group_used; /* it holds a placeholder */
	bool ok;
};

/* How many of the ${len} bytes at ${s} to show, at a code point's end. */
static int
shown(const char *s, size_t len)
{
	size_t n = len < 40 ? len : 40;

	while (n < len && n > 0 && ((unsigned char)s[n] & 0xc0) == 0x80)
		n--;
	return (int)n;
}

/* Refuse the template for ${what}; ${at}, if any, shows where. */
static void
refuse(struct reader *r, const char *what, const char *at)
{
	r->ok = false;
	if (at == NULL)
		report_add(r->report, r->pointer, "%s", what);
	else
		report_add(r->report, r->pointer, "%s: \"%.*s\"", what,
			   shown(at, strlen(at)), at);
}

struct names {
	const struct library *lib;
	size_t i;
};

static const char *
next_name(void *arg)
{
	struct names *n = arg;

	return n->i < n->lib->nplaceholders ? n->lib->placeholders[n->i++].name
					    : NULL;
}

static void
refuse_name(struct reader *r, const char *name, size_t len)
{
	struct names names = { r->lib, 0 };
	const char *near = NULL;
	int n = shown(name, len);

	r->ok = false;
	if (r->report->n < REPORT_MAX)
		near = closest(name, len, next_name, &names);
	if (near != NULL)
		report_add(r->report, r->pointer,
			   "no placeholder is named {%.*s}; did you mean {%s}?",
			   n, name, near);
	else
		report_add(r->report, r->pointer,
			   "no placeholder is named {%.*s}", n, name);
}

/* Read the "{name}" at ${s} and return what follows it, or NULL. */
static const char *
value(struct reader *r, const char *s)
{
	size_t len = strcspn(s + 1, "{}[]\n");

	if (s[1 + len] != '}') {
		refuse(r, "this { has no }", s);
		return NULL;
	}

	int i = library_placeholder(r->lib, s + 1, len);
	if (i < 0) {
		refuse_name(r, s + 1, len);
	} else {
		buf_char(r->out, MARK_VALUE);
		buf_char(r->out, (char)(unsigned char)i);
		if (r->group == NOT_OPEN &&
		    r->lib->placeholders[i].standard.len == 0)
			value_set_add(&r->t->needs, (unsigned)i);
	}
	r->t->plain = false;
	r->group_used = true;
	return s + 1 + len + 1;
}

/* The "[[" at ${s}: leave room for the length, which "]]" fills in. */
static const char *
group_begin(struct reader *r, const char *s)
{
	if (r->group != NOT_OPEN) {
		refuse(r, "this [[ stands inside another [[ ]]", s);
		return NULL;
	}
	r->t->ngroups++;
	r->t->plain = false;
	r->group = r->out->len;
	r->group_used = false;
	buf_char(r->out, MARK_GROUP);
	buf_add(r->out, "\0\0", 2);
	return s + 2;
}

static const char *
group_end(struct reader *r, const char *s)
{
	if (r->group == NOT_OPEN) {
		refuse(r, "this ]] has no [[ before it", s);
		return NULL;
	}
	if (!r->group_used)
		refuse(r,
		       "[[...]] without a {placeholder} inside never "
		       "disappears: take the brackets away",
		       NULL);
	buf_char(r->out, MARK_END);
	if (!r->out->failed) {
		size_t len = r->out->len - r->group - 3;
		r->out->ptr[r->group + 1] = (char)(unsigned char)(len & 255);
		r->out->ptr[r->group + 2] = (char)(unsigned char)(len >> 8);
	}
	r->group = NOT_OPEN;
	return s + 2;
}

/* Brackets, braces, control characters: what ordinary text ends at. */
static bool
is_special(char c)
{
	return c == '{' || c == '}' || c == '[' || c == ']' ||
	       (unsigned char)c < 0x20 || c == 0x7f;
}

/* Copy ordinary text as far as it goes. */
static const char *
literal(struct reader *r, const char *s)
{
	size_t len = 0;

	while (!is_special(s[len]))
		len++;
	if (len == 0) {
		switch (*s) {
		case '}':
			refuse(r, "this } has no { before it", s);
			break;
		case '[':
		case ']':
			refuse(r, "a single bracket: write [[ and ]]", s);
			break;
		default:
			refuse(r, "a line of text holds no control character",
			       NULL);
		}
		return NULL;
	}
	buf_json(r->out, s, len);
	return s + len;
}

bool
template_compile(const struct library *lib, const char *text, struct buf *out,
		 struct template *t, struct report *report, const char *pointer)
{
	size_t start = out->len;
	struct reader r = {
		.lib = lib,
		.out = out,
		.t = t,
		.report = report,
		.pointer = pointer,
		.group = NOT_OPEN,
		.ok = true,
	};

	*t = (struct template){ .plain = true };
	for (const char *s = text; s != NULL && *s != '\0';) {
		if (s[0] == '{')
			s = value(&r, s);
		else if (s[0] == '[' && s[1] == '[')
			s = group_begin(&r, s);
		else if (s[0] == ']' && s[1] == ']')
			s = group_end(&r, s);
		else
			s = literal(&r, s);
	}
	if (r.ok && r.group != NOT_OPEN)
		refuse(&r, "a [[ has no ]]", NULL);
	if (t->ngroups > LIBRARY_MAX_GROUPS)
		refuse(&r, "at most four [[...]] may stand in it", NULL);
	if (out->len - start > UINT16_MAX)
		refuse(&r, "the text is too long", NULL);
	if (!r.ok)
		out->len = start;
	return r.ok;
}
