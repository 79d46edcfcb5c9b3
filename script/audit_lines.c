/*
 * audit_lines.c - does a line read well, whatever is left out of it?
 */
#include <string.h>

#include <utf8proc.h>

#include "script/audit_lines.h"
#include "script/audit_parts.h"
#include "script/buf.h"
#include "script/library.h"
#include "script/report.h"
#include "script/template.h"

#define NELEMS(a) (sizeof(a) / sizeof((a)[0]))

#define MARKS ",.!?;:"
#define CLOSERS "\")'"

/* What can be wrong; each is said once a line. */
enum flaw {
	FLAW_DOUBLE_SPACE,
	FLAW_SPACE_BEFORE,
	FLAW_MARKS,
	FLAW_DASH,
	FLAW_NO_SPACE,
	FLAW_BLANK,
	FLAW_BRACKETS,
	FLAW_BEGIN,
	FLAW_SPACE_AT_END,
	FLAW_END,
	FLAW_SMALL_LETTER,
	FLAW_EMPTY,
};

static const char *const flaws[] = {
	[FLAW_DOUBLE_SPACE] = "two spaces in a row",
	[FLAW_SPACE_BEFORE] = "a space before a mark",
	[FLAW_MARKS] = "two marks in a row",
	[FLAW_DASH] = "a dash for a pause",
	[FLAW_NO_SPACE] = "no space after the end of a sentence",
	[FLAW_BLANK] = "null or None, as a program fills a blank",
	[FLAW_BRACKETS] = "empty or loose round brackets",
	[FLAW_BEGIN] = "it begins with a space or a mark",
	[FLAW_SPACE_AT_END] = "it ends with a space",
	[FLAW_END] = "it does not end with . ! or ?",
	[FLAW_SMALL_LETTER] = "a sentence begins with a small letter",
	[FLAW_EMPTY] = "nothing is left",
};

/* --- rendering ---------------------------------------------------------- */

static void
add_value(struct rendering *r, const struct library *lib, int placeholder)
{
	const struct frag *example = &lib->placeholders[placeholder].example;

	buf_add(&r->text, example->ptr, example->len);
	for (uint32_t i = 0; i < example->len; i++)
		buf_char(&r->from, i == 0 ? 1 : 2);
	buf_char(&r->values, (char)(unsigned char)placeholder);
}

static void
add_char(struct rendering *r, char c)
{
	/* As in filling: a value's own . ! ? gives way to the template's. */
	if (strchr(MARKS, c) != NULL)
		while (r->text.len > 0 && r->from.len > 0 &&
		       r->from.ptr[r->from.len - 1] == 2 &&
		       strchr(".!?", r->text.ptr[r->text.len - 1]) != NULL) {
			r->text.len--;
			r->from.len--;
		}
	buf_char(&r->text, c);
	buf_char(&r->from, 0);
}

/* Write the line with those of its groups whose bits are in ${shown}. */
static void
render(struct line *l, unsigned shown)
{
	struct rendering *r = l->r;
	const char *at = l->p->text, *end = at + l->p->text_len;

	r->text.len = r->from.len = r->values.len = 0;
	while (at < end) {
		switch (*at) {
		case MARK_VALUE:
			add_value(r, l->lib, (unsigned char)at[1]);
			at += 2;
			break;
		case MARK_GROUP:
			if ((shown & 1) == 0)
				at += (unsigned char)at[1] +
				      256 * (size_t)(unsigned char)at[2];
			at += 3;
			shown >>= 1;
			break;
		case MARK_END:
			at++;
			break;
		default:
			at += *at == '\\';
			add_char(r, *at++);
		}
	}
}

/* --- what stands where -------------------------------------------------- */

bool
audit_begins_sentence(const char *text, size_t i)
{
	size_t spaces = 0;

	while (i > 0 && text[i - 1] == ' ') {
		spaces++;
		i--;
	}
	if (i == 0)
		return true;
	return spaces > 0 && is_one_of(text[i - 1], ".!?") &&
	       !(i >= 2 && text[i - 1] == '.' && text[i - 2] == '.');
}

size_t
audit_opener(const char *text, size_t left)
{
	static const char *const openers[] = { "\"",	 "(",	   "'",
					       "\u201c", "\u2018", "\u00ab",
					       "\u00bf", "\u00a1" };

	for (size_t i = 0; i < NELEMS(openers); i++) {
		size_t n = strlen(openers[i]);
		if (left >= n && memcmp(text, openers[i], n) == 0)
			return n;
	}
	return 0;
}

static bool
is_small(const char *text, size_t left)
{
	utf8proc_int32_t c;

	return utf8proc_iterate((const utf8proc_uint8_t *)text,
				(utf8proc_ssize_t)left, &c) > 0 &&
	       utf8proc_category(c) == UTF8PROC_CATEGORY_LL;
}

/* The ends of sentences, some of them of other scripts. */
static bool
ends_sentence(const char *text, size_t len)
{
	static const char *const ends[] = { ".",      "!",	"?",
					    "\u3002", "\uff01", "\uff1f",
					    "\u061f", "\u0964" };

	while (len > 0 && is_one_of(text[len - 1], CLOSERS))
		len--;
	for (size_t i = 0; i < NELEMS(ends); i++) {
		size_t n = strlen(ends[i]);
		if (len >= n && memcmp(text + len - n, ends[i], n) == 0)
			return true;
	}
	return false;
}

/* --- saying no ---------------------------------------------------------- */

/* How much of a line is shown, in bytes. */
#define SHOWN 160

static bool
inside_character(char c)
{
	return ((unsigned char)c & 0xc0) == 0x80;
}

static void
tell(struct line *l, enum flaw flaw)
{
	const char *text = l->r->text.ptr;
	size_t from = 0, to = l->r->text.len;

	if ((l->told >> flaw & 1) != 0)
		return;
	l->told |= 1u << flaw;

	/* Of a long line show the end that matters, in whole characters. */
	if (to > SHOWN && (flaw == FLAW_END || flaw == FLAW_SPACE_AT_END)) {
		from = to - SHOWN;
		while (inside_character(text[from]))
			from++;
	} else if (to > SHOWN) {
		to = SHOWN;
		while (inside_character(text[to]))
			to--;
	}
	report_add(l->report, l->pointer, "%s: \"%s%.*s%s\"", flaws[flaw],
		   from > 0 ? "..." : "", (int)(to - from), text + from,
		   to < l->r->text.len ? "..." : "");
}

/* --- the template ------------------------------------------------------- */

/* Are ${a} and ${b}, with perhaps a space between, one mark too many? */
static bool
clash(char a, char b)
{
	return (is_one_of(a, ",;:") && is_one_of(b, MARKS)) ||
	       (is_one_of(a, "!?") && is_one_of(b, ",.;:"));
}

/* Two dots, not three. */
static bool
is_double_stop(const char *text, size_t i)
{
	return text[i - 1] == '.' && text[i] == '.' && text[i + 1] != '.' &&
	       (i < 2 || text[i - 2] != '.');
}

/* Look at each pair of neighbours, unless both belong to one value. */
static void
check_pairs(struct line *l)
{
	const char *text = l->r->text.ptr, *from = l->r->from.ptr;

	for (size_t i = 1; i < l->r->text.len; i++) {
		char a = text[i - 1], b = text[i];

		if (from[i] == 2)
			continue;
		if (a == ' ' && b == ' ')
			tell(l, FLAW_DOUBLE_SPACE);
		else if (clash(a, b) || is_double_stop(text, i) ||
			 (a == ' ' && i >= 2 && clash(text[i - 2], b)))
			tell(l, FLAW_MARKS);
		else if (a == ' ' && is_one_of(b, MARKS))
			tell(l, FLAW_SPACE_BEFORE);
		else if (a == ' ' && b == '-' && text[i + 1] == ' ')
			tell(l, FLAW_DASH);
		else if (i >= 2 && is_one_of(a, ".!?") && b >= 'A' &&
			 b <= 'Z' && text[i - 2] >= 'a' && text[i - 2] <= 'z')
			tell(l, FLAW_NO_SPACE);
		else if ((a == '(' && (b == ' ' || b == ')')) ||
			 (a == ' ' && b == ')'))
			tell(l, FLAW_BRACKETS);
	}
}

static bool
is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* What leaks from programs into letters must not stand in a template. */
static void
check_words(struct line *l)
{
	static const char *const blanks[] = { "null", "None" };
	const char *text = l->r->text.ptr, *from = l->r->from.ptr;
	size_t len = l->r->text.len;

	for (size_t k = 0; k < NELEMS(blanks); k++) {
		size_t n = strlen(blanks[k]);

		for (size_t i = 0; i + n <= len; i++)
			if (from[i] == 0 &&
			    memcmp(text + i, blanks[k], n) == 0 &&
			    (i == 0 || !is_letter(text[i - 1])) &&
			    (i + n == len || !is_letter(text[i + n])))
				tell(l, FLAW_BLANK);
	}
}

static void
check_ends(struct line *l)
{
	const char *text = l->r->text.ptr;
	size_t len = l->r->text.len;

	if (text[0] == ' ' || is_one_of(text[0], MARKS))
		tell(l, FLAW_BEGIN);
	if (text[len - 1] == ' ')
		tell(l, FLAW_SPACE_AT_END);
	else if (!ends_sentence(text, len))
		tell(l, FLAW_END);
}

static void
check_starts(struct line *l)
{
	const char *text = l->r->text.ptr, *from = l->r->from.ptr;
	size_t len = l->r->text.len;

	for (size_t i = 0; i < len; i++) {
		size_t first = i, n;

		if (from[i] != 0 || text[i] == ' ' ||
		    !audit_begins_sentence(text, i))
			continue;
		/* Behind a quotation mark the sentence is what it holds. */
		while (first < len && from[first] == 0 &&
		       (n = audit_opener(text + first, len - first)) > 0)
			first += n;
		if (first < len && from[first] == 0 &&
		    is_small(text + first, len - first))
			tell(l, FLAW_SMALL_LETTER);
	}
}

/* ------------------------------------------------------------------------ */

static unsigned
count_groups(const struct phrase *p)
{
	const char *at = p->text, *end = at + p->text_len;
	unsigned n = 0;

	while (at < end) {
		n += *at == MARK_GROUP;
		at += *at == MARK_GROUP ? 3 : *at == MARK_VALUE ? 2 : 1;
	}
	return n;
}

void
audit_line(const struct library *lib, const struct phrase *p,
	   struct rendering *r, const char *pointer, struct report *report)
{
	struct line l = {
		.lib = lib,
		.p = p,
		.r = r,
		.pointer = pointer,
		.report = report,
	};
	unsigned ngroups = p->plain ? 0 : count_groups(p);

	/* All of them first: so a flaw is shown in the fullest form it has. */
	for (unsigned shown = 1u << ngroups; shown-- > 0;) {
		render(&l, shown);
		buf_char(&r->text, '\0');
		if (r->text.failed || r->from.failed || r->values.failed)
			return;
		if (--r->text.len == 0) {
			tell(&l, FLAW_EMPTY);
			continue;
		}
		check_pairs(&l);
		check_words(&l);
		check_ends(&l);
		check_starts(&l);
		audit_values(&l);
	}
}
