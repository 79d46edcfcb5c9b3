/*
 * replies_csv.c - the column "content" of a CSV.
 *
 * RFC 4180, with lines that end in CR LF or LF and a separator that the first
 * line tells.  libcsv would do, but cannot say in which line it was; this is
 * short.
 */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "script/replies.h"
#include "script/report.h"

struct csv {
	const char *at, *end;
	size_t line; /* of ${at}, from 1 */
	char separator;
	struct buf field;
	bool last; /* the field ended its record */
	struct report *report;
};

static void
refuse(const struct csv *c, size_t line, const char *why)
{
	char at[32];

	(void)snprintf(at, sizeof(at), "line %zu", line);
	report_add(c->report, at, "%s", why);
}

/* Inside quotation marks, after the first one; false if there is no second. */
static bool
read_quoted(struct csv *c)
{
	size_t line = c->line;

	for (; c->at < c->end; c->at++) {
		if (*c->at == '\n')
			c->line++;
		if (*c->at != '"') {
			buf_char(&c->field, *c->at);
		} else if (c->at + 1 < c->end && c->at[1] == '"') {
			buf_char(&c->field, *c->at++);
		} else {
			c->at++;
			return true;
		}
	}
	refuse(c, line, "a quotation mark is opened here and never closed");
	return false;
}

/* Read the next field and its separator; false after a refusal. */
static bool
read_field(struct csv *c)
{
	c->field.len = 0;
	c->last = true;
	if (c->at < c->end && *c->at == '"') {
		c->at++;
		if (!read_quoted(c))
			return false;
	} else {
		while (c->at < c->end && *c->at != c->separator &&
		       *c->at != '\n' && *c->at != '\r')
			buf_char(&c->field, *c->at++);
	}
	if (c->at < c->end && *c->at == '\r')
		c->at++;
	if (c->at == c->end)
		return true;
	if (*c->at == '\n')
		c->line++;
	else if (*c->at == c->separator)
		c->last = false;
	else {
		refuse(c, c->line,
		       "a field ends here, and no separator "
		       "follows");
		return false;
	}
	c->at++;
	return true;
}

/* Read the names; the number of the one wanted, or -1, and how many. */
static int
read_names(struct csv *c, size_t *n)
{
	int found = -1;

	*n = 0;
	do {
		if (!read_field(c))
			return -1;
		if (found < 0 && c->field.len == 7 &&
		    strncasecmp(c->field.ptr, "content", 7) == 0)
			found = (int)*n;
		++*n;
	} while (!c->last);
	return found;
}

/* One record; false after a refusal. */
static bool
read_record(struct csv *c, size_t columns, size_t wanted, replies_take *take,
	    void *arg)
{
	struct buf content = { 0 };
	size_t line = c->line, n = 0;
	char at[32];
	bool good;

	while ((good = read_field(c))) {
		if (n == wanted)
			buf_add(&content, c->field.ptr, c->field.len);
		n++;
		if (c->last)
			break;
	}
	if (content.failed || c->field.failed)
		c->report->failed = true;
	if (good && n != columns && (n > 1 || c->field.len > 0)) {
		refuse(c, line,
		       "this line has not as many fields as the "
		       "first");
	} else if (good && n == columns && !content.failed) {
		(void)snprintf(at, sizeof(at), "line %zu", line);
		take(arg, at, content.ptr != NULL ? content.ptr : "",
		     content.len);
	}
	buf_free(&content);
	return good;
}

void
replies_csv(const char *text, size_t len, replies_take *take, void *arg,
	    struct report *report)
{
	static const char separators[] = ";,\t";
	struct csv c = { 0 };
	size_t columns = 0, before = report->total;
	int wanted = -1;

	for (const char *s = separators; *s != '\0' && wanted < 0; s++) {
		buf_free(&c.field);
		report_cut(report, before);
		c = (struct csv){ .at = text,
				  .end = text + len,
				  .line = 1,
				  .separator = *s,
				  .report = report };
		wanted = read_names(&c, &columns);
	}
	if (wanted < 0 && report->total == before)
		refuse(&c, 1,
		       "the first line names the columns, one of them "
		       "\"content\"");
	while (wanted >= 0 && c.at < c.end && !report->failed)
		if (!read_record(&c, columns, (size_t)wanted, take, arg))
			break;
	if (c.field.failed)
		report->failed = true;
	buf_free(&c.field);
}
