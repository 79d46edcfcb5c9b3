/*
 * fill.c - placeholders to text.
 */
#include <string.h>
#include <strings.h>

#include <utf8proc.h>

#include "script/fill.h"

/* --- values in ---------------------------------------------------------- */

/* White space of any kind, and what is as good as nothing to the eye. */
static bool
is_space(utf8proc_int32_t c)
{
	if (c < 0x80)
		return c == ' ';
	return c == 0xa0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200b) ||
	       c == 0x2028 || c == 0x2029 || c == 0x202f || c == 0x205f ||
	       c == 0x2060 || c == 0x3000 || c == 0xfeff;
}

/* Control characters, and those that turn the direction of what follows. */
static bool
is_control(utf8proc_int32_t c)
{
	if (c < 0x7f)
		return c < 0x20;
	return c < 0xa0 || (c >= 0x202a && c <= 0x202e) ||
	       (c >= 0x2066 && c <= 0x2069);
}

static bool
is_time(enum value_type type)
{
	return type == TYPE_DATE || type == TYPE_TIME || type == TYPE_DATETIME;
}

static bool
is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* A word that promises nothing where a customer needs a date or a time. */
static bool
is_vague(const char *text, size_t len)
{
	static const char *const vague[] = { "soon",	"asap",	   "shortly",
					     "sooner",	"soonest", "later",
					     "possible" };

	for (size_t i = 0; i < len;) {
		size_t n = 0;

		while (i + n < len && is_letter(text[i + n]))
			n++;
		for (size_t k = 0; k < sizeof(vague) / sizeof(vague[0]); k++)
			if (strlen(vague[k]) == n &&
			    strncasecmp(vague[k], text + i, n) == 0)
				return true;
		i += n + 1;
	}
	return false;
}

/* Punctuation alone says nothing. */
static bool
says_something(utf8proc_int32_t c)
{
	switch (utf8proc_category(c)) {
	case UTF8PROC_CATEGORY_PC:
	case UTF8PROC_CATEGORY_PD:
	case UTF8PROC_CATEGORY_PS:
	case UTF8PROC_CATEGORY_PE:
	case UTF8PROC_CATEGORY_PI:
	case UTF8PROC_CATEGORY_PF:
	case UTF8PROC_CATEGORY_PO:
		return false;
	default:
		return true;
	}
}

enum value_verdict
values_set(struct values *values, const struct library *lib, int placeholder,
	   const char *text, size_t len, char *room)
{
	size_t used = 0, points = 0, i = 0;
	bool space = false, says = false;

	while (i < len) {
		utf8proc_int32_t c = (unsigned char)text[i];
		utf8proc_ssize_t n = 1;

		if (c >= 0x80)
			n = utf8proc_iterate((const utf8proc_uint8_t *)text + i,
					     (utf8proc_ssize_t)(len - i), &c);
		if (n < 1 || is_control(c))
			return VALUE_CONTROL;
		if (is_space(c)) {
			space = used > 0;
		} else {
			if (space) {
				room[used++] = ' ';
				points++;
			}
			space = false;
			memcpy(room + used, text + i, (size_t)n);
			used += (size_t)n;
			points++;
			says = says || says_something(c);
		}
		i += (size_t)n;
	}
	if (!says)
		return VALUE_EMPTY;
	if (points > VALUE_MAX)
		return VALUE_TOO_LONG;
	if (is_time((enum value_type)lib->placeholders[placeholder].type) &&
	    is_vague(room, used))
		return VALUE_VAGUE;
	values->have[placeholder / 64] |= UINT64_C(1) << (placeholder % 64);
	values->text[placeholder] = (struct frag){ room, (uint32_t)used };
	return VALUE_OK;
}

/* --- lines out ---------------------------------------------------------- */

struct filling {
	struct buf *out;
	size_t start; /* where the line begins in out */
	const struct library *lib;
	const struct values *values;
	bool hide_private;
	enum fill_form form;
};

/* The value of a placeholder, or its default, or { NULL, 0 }. */
static struct frag
value_of(const struct filling *f, int placeholder)
{
	if (f->values != NULL && values_have(f->values, placeholder))
		return f->values->text[placeholder];
	return f->lib->placeholders[placeholder].standard;
}

/* Append ${len} bytes of a template, which stands there JSON-escaped. */
static void
add_text(struct filling *f, const char *text, size_t len)
{
	if (f->form == FILL_JSON) {
		buf_add(f->out, text, len);
		return;
	}
	/* A template holds no control character: only \" and \\ to undo. */
	for (size_t i = 0; i < len; i++) {
		if (text[i] == '\\' && i + 1 < len)
			i++;
		buf_char(f->out, text[i]);
	}
}

static void
add_raw(struct filling *f, const char *text, size_t len)
{
	if (f->form == FILL_JSON)
		buf_json(f->out, text, len);
	else
		buf_add(f->out, text, len);
}

static bool
is_end_mark(char c)
{
	return c == '.' || c == '!' || c == '?';
}

/* Does what has been written so far end where a sentence begins? */
static bool
at_sentence_start(const struct filling *f)
{
	const char *line = f->out->ptr + f->start;
	size_t len = f->out->len - f->start;

	if (f->out->failed)
		return false;
	return len == 0 ||
	       (len >= 2 && line[len - 1] == ' ' && is_end_mark(line[len - 2]));
}

static bool
takes_capital(enum value_type type)
{
	return type == TYPE_NOUN_PHRASE || type == TYPE_CLAUSE ||
	       type == TYPE_ROLE || type == TYPE_ADJECTIVE;
}

/*
 * The first mark from ${at} on, or ${end}.  Eight bytes at a time: a line has
 * fifty, and most are text.
 */
static const char *
next_mark(const char *at, const char *end)
{
	/* MARK_END is the highest mark: 4 is the next byte. */
	const uint64_t fours = UINT64_C(0x0404040404040404),
		       highest = UINT64_C(0x8080808080808080);
	uint64_t word;

	for (; end - at >= (ptrdiff_t)sizeof(word); at += sizeof(word)) {
		memcpy(&word, at, sizeof(word));
		/* Less 4, what is below 4 borrows and gets its highest bit. */
		if (((word - fours) & ~word & highest) != 0)
			break;
	}
	while (at < end && (unsigned char)*at > MARK_END)
		at++;
	return at;
}

/*
 * Is every value there that stands between ${at} and the end of the group?
 * Public pages also do without what is private.
 */
static bool
group_complete(const struct filling *f, const char *at)
{
	for (; *at != MARK_END; at++) {
		if (*at != MARK_VALUE)
			continue;
		int ph = (unsigned char)*++at;
		if (value_of(f, ph).len == 0 ||
		    (f->hide_private && f->lib->placeholders[ph].is_private))
			return false;
	}
	return true;
}

static size_t
group_len(const char *mark)
{
	return (size_t)(unsigned char)mark[1] +
	       256 * (size_t)(unsigned char)mark[2];
}

/* The first byte of text that will follow ${at}, or '\0' at the end. */
static char
coming(const struct filling *f, const char *at, const char *end)
{
	while (at < end) {
		switch (*at) {
		case MARK_END:
			at++;
			break;
		case MARK_GROUP:
			at += group_complete(f, at + 3) ? 3 : 3 + group_len(at);
			break;
		case MARK_VALUE:
			return 'x';
		default:
			return *at;
		}
	}
	return '\0';
}

static void
add_value(struct filling *f, int ph, char next)
{
	struct frag v = value_of(f, ph);
	enum value_type type = (enum value_type)f->lib->placeholders[ph].type;

	/* "It was late!" before a full stop loses its own mark. */
	if (next != '\0' && strchr(".!?,;:", next) != NULL)
		while (v.len > 1 && strchr(".!?,;:", v.ptr[v.len - 1]) != NULL)
			v.len--;

	if (takes_capital(type) && at_sentence_start(f)) {
		utf8proc_int32_t c;
		utf8proc_uint8_t up[4];
		utf8proc_ssize_t n = utf8proc_iterate(
			(const utf8proc_uint8_t *)v.ptr, v.len, &c);

		if (n > 0) {
			utf8proc_ssize_t m =
				utf8proc_encode_char(utf8proc_toupper(c), up);
			add_raw(f, (const char *)up, (size_t)m);
			v.ptr += n;
			v.len -= (uint32_t)n;
		}
	}
	add_raw(f, v.ptr, v.len);
}

void
fill_line(struct buf *out, const struct library *lib, const struct phrase *p,
	  const struct values *values, bool hide_private, enum fill_form form)
{
	struct filling f = { out, out->len, lib, values, hide_private, form };
	const char *at = p->text, *end = at + p->text_len;

	if (p->plain) {
		add_text(&f, at, p->text_len);
		return;
	}
	while (at < end) {
		const char *run = at;

		at = next_mark(at, end);
		add_text(&f, run, (size_t)(at - run));
		if (at == end)
			break;
		switch (*at) {
		case MARK_VALUE:
			add_value(&f, (unsigned char)at[1],
				  coming(&f, at + 2, end));
			at += 2;
			break;
		case MARK_GROUP:
			at += group_complete(&f, at + 3) ? 3
							 : 3 + group_len(at);
			break;
		default:
			at++; /* MARK_END */
		}
	}
}

void
fill_template(struct buf *out, const struct library *lib,
	      const struct phrase *p, enum fill_form form)
{
	struct filling f = { out, out->len, lib, NULL, false, form };
	const char *end = p->text + p->text_len;

	for (const char *at = p->text; at < end; at++) {
		const char *name;

		switch (*at) {
		case MARK_VALUE:
			name = lib->placeholders[(unsigned char)*++at].name;
			buf_char(out, '{');
			buf_str(out, name);
			buf_char(out, '}');
			break;
		case MARK_GROUP:
			buf_lit(out, "[[");
			at += 2;
			break;
		case MARK_END:
			buf_lit(out, "]]");
			break;
		default:
			add_text(&f, at, *at == '\\' ? 2 : 1);
			if (*at == '\\')
				at++;
		}
	}
}
