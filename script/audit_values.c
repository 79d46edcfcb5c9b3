/*
 * audit_values.c - does every value fit where it stands in a line?
 */
#include <string.h>
#include <strings.h>

#include <utf8proc.h>

#include "script/audit_parts.h"
#include "script/buf.h"
#include "script/library.h"
#include "script/report.h"

#define WORD_MAX 80 /* bytes of a word that is looked up in "follows" */

/* May a sentence begin with ${ph}?  Filling gives these a capital. */
static bool
takes_capital(const struct placeholder *ph)
{
	return ph->type == TYPE_NOUN_PHRASE || ph->type == TYPE_CLAUSE ||
	       ph->type == TYPE_ROLE || ph->type == TYPE_ADJECTIVE;
}

static void
check_value_start(struct line *l, int number, size_t at)
{
	const struct placeholder *ph = &l->lib->placeholders[number];
	const char *text = l->r->text.ptr;
	size_t i = at;

	/* An opener is one to three bytes long. */
	for (size_t n = 1; n <= 3 && n <= i; n++) {
		if (l->r->from.ptr[i - n] == 0 &&
		    audit_opener(text + i - n, n) == n) {
			i -= n;
			n = 0;
		}
	}
	if (!audit_begins_sentence(text, i) || (i == at && takes_capital(ph)) ||
	    value_set_has(&l->misplaced, (unsigned)number))
		return;
	value_set_add(&l->misplaced, (unsigned)number);
	if (i < at)
		report_add(l->report, l->pointer,
			   "a sentence begins with {%s} in quotation marks or "
			   "brackets, where it gets no capital",
			   ph->name);
	else
		report_add(l->report, l->pointer,
			   "a sentence begins with {%s}: only a noun_phrase, "
			   "clause, role or adjective may stand there, and it "
			   "is of type %s",
			   ph->name, type_code(ph->type));
}

/* The length of the character that ends at ${end}. */
static size_t
character_before(const char *text, size_t end)
{
	size_t n = 1;

	while (n < end && ((unsigned char)text[end - n] & 0xc0) == 0x80)
		n++;
	return n;
}

/* The same if it belongs to a word (a letter, a digit, an apostrophe), or 0. */
static size_t
letter_before(const char *text, size_t end)
{
	size_t n = character_before(text, end);
	utf8proc_int32_t c;

	if (utf8proc_iterate((const utf8proc_uint8_t *)text + end - n,
			     (utf8proc_ssize_t)n, &c) <= 0)
		return 0;
	utf8proc_category_t category = utf8proc_category(c);
	bool letter = (category >= UTF8PROC_CATEGORY_LU &&
		       category <= UTF8PROC_CATEGORY_NO) ||
		      c == '\'' || c == 0x2019;
	return letter ? n : 0;
}

static char
small_letter(char c)
{
	static const char capitals[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
			  small[] = "abcdefghijklmnopqrstuvwxyz";
	const char *at = c == '\0' ? NULL : strchr(capitals, c);

	return at == NULL ? c : small[at - capitals];
}

/*
 * Write what stands before ${at} into ${word}: "^" for the start, a word in
 * small letters, or a mark; "" for another value.
 */
static void
word_before(const struct rendering *r, size_t at, char *word, size_t size)
{
	const char *text = r->text.ptr, *from = r->from.ptr;
	size_t end = at, start, n;

	while (end > 0 && text[end - 1] == ' ' && from[end - 1] == 0)
		end--;
	word[0] = '\0';
	if (end == 0) {
		memcpy(word, "^", 2);
		return;
	}
	if (from[end - 1] != 0)
		return;

	start = end;
	while (start > 0 && from[start - 1] == 0 &&
	       (n = letter_before(text, start)) > 0)
		start -= n;
	if (start == end)
		start -= character_before(text, end);
	if (end - start >= size)
		return;
	for (size_t i = start; i < end; i++) {
		char c = text[i];

		if (strncmp(text + i, "\u2019", 3) == 0) {
			c = '\'';
			i += 2;
		}
		*word++ = small_letter(c);
	}
	*word = '\0';
}

static bool
may_follow(const struct placeholder *ph, const char *word)
{
	size_t len = strlen(word);

	for (size_t i = 0; i < ph->nfollows; i++) {
		const char *entry = ph->follows[i];
		size_t n = strlen(entry);

		if (strcasecmp(entry, word) == 0 ||
		    (entry[0] == '\'' && n <= len &&
		     strcasecmp(word + len - n, entry) == 0))
			return true;
	}
	return ph->nfollows == 0;
}

static void
check_value_place(struct line *l, int number, size_t at)
{
	const struct placeholder *ph = &l->lib->placeholders[number];
	struct buf list = { 0 };
	char word[WORD_MAX];

	word_before(l->r, at, word, sizeof(word));
	if (may_follow(ph, word) || value_set_has(&l->unfit, (unsigned)number))
		return;
	value_set_add(&l->unfit, (unsigned)number);
	for (size_t i = 0; i < ph->nfollows; i++) {
		buf_str(&list, i > 0 ? " " : "");
		buf_str(&list, ph->follows[i]);
	}
	buf_char(&list, '\0');
	report_add(l->report, l->pointer,
		   "{%s} stands after %s; it fits only after: %s", ph->name,
		   word[0] == '\0'	    ? "another value"
		   : strcmp(word, "^") == 0 ? "nothing (^)"
					    : word,
		   list.failed ? "" : list.ptr);
	buf_free(&list);
}

void
audit_values(struct line *l)
{
	size_t value = 0;

	for (size_t i = 0; i < l->r->from.len; i++) {
		if (l->r->from.ptr[i] != 1)
			continue;
		int number = (unsigned char)l->r->values.ptr[value++];
		check_value_start(l, number, i);
		check_value_place(l, number, i);
	}
}
