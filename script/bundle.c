/*
 * bundle.c - a whole library as one JSON text.
 */
#include <stdbool.h>
#include <string.h>

#include "script/buf.h"
#include "script/bundle.h"
#include "script/embed.h"
#include "script/report.h"
#include "script/schema.h"

/* jansson itself would go down 2,048 levels, and its copies without end. */
#define DEPTH_MAX 16

/* How far a reader of the text has come, as an editor counts. */
struct place {
	size_t line, column; /* from 1; columns in characters */
};

static void
step_over(struct place *at, char c)
{
	if (c == '\n') {
		at->line++;
		at->column = 1;
	} else if (((unsigned char)c & 0xc0) != 0x80) {
		at->column++;
	}
}

/* The length of the UTF-8 character at ${s}, of which ${left} bytes are left;
 * 0 if it is none: cut off, longer than need be, half a pair, too high. */
static size_t
character(const unsigned char *s, size_t left)
{
	unsigned char low = 0x80, high = 0xbf;
	size_t len;

	if (s[0] < 0x80)
		return 1;
	if (s[0] >= 0xc2 && s[0] <= 0xdf)
		len = 2;
	else if (s[0] >= 0xe0 && s[0] <= 0xef)
		len = 3;
	else if (s[0] >= 0xf0 && s[0] <= 0xf4)
		len = 4;
	else
		return 0;
	if (s[0] == 0xe0)
		low = 0xa0;
	else if (s[0] == 0xed)
		high = 0x9f;
	else if (s[0] == 0xf0)
		low = 0x90;
	else if (s[0] == 0xf4)
		high = 0x8f;
	if (left < len || s[1] < low || s[1] > high)
		return 0;
	for (size_t i = 2; i < len; i++)
		if ((s[i] & 0xc0) != 0x80)
			return 0;
	return len;
}

static bool
check_characters(const char *text, size_t len, struct report *report)
{
	struct place at = { 1, 1 };

	if (len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0) {
		report_add(report, "",
			   "line 1, column 1: take the byte order mark away");
		return false;
	}
	for (size_t i = 0; i < len;) {
		size_t n = character((const unsigned char *)text + i, len - i);

		if (n == 0) {
			report_add(report, "",
				   "line %zu, column %zu: this is not UTF-8",
				   at.line, at.column);
			return false;
		}
		step_over(&at, text[i]);
		i += n;
	}
	return true;
}

/* Count brackets outside strings.  What is no JSON at all passes here. */
static bool
check_depth(const char *text, size_t len, struct report *report)
{
	struct place at = { 1, 1 };
	size_t depth = 0;
	bool quoted = false;

	for (size_t i = 0; i < len; step_over(&at, text[i++])) {
		if (quoted && text[i] == '\\' && i + 1 < len)
			step_over(&at, text[i++]);
		else if (text[i] == '"')
			quoted = !quoted;
		else if (quoted)
			continue;
		else if (text[i] == '{' || text[i] == '[')
			depth++;
		else if ((text[i] == '}' || text[i] == ']') && depth > 0)
			depth--;
		if (depth > DEPTH_MAX) {
			report_add(report, "",
				   "line %zu, column %zu: this is nested "
				   "deeper than %d",
				   at.line, at.column, DEPTH_MAX);
			return false;
		}
	}
	return true;
}

static json_t *
parse(const char *text, size_t len, struct report *report)
{
	json_error_t err;
	json_t *doc = json_loadb(text, len, JSON_REJECT_DUPLICATES, &err);

	if (doc != NULL)
		return doc;
	if (json_error_code(&err) == json_error_out_of_memory ||
	    err.text[0] == '\0')
		report->failed = true;
	else
		report_add(report, "", "line %d, column %d: %s", err.line,
			   err.column, err.text);
	return NULL;
}

json_t *
bundle_read(const char *text, size_t len, struct report *report)
{
	json_t *schema = NULL, *doc = NULL, *canonical = NULL;

	if (!check_characters(text, len, report) ||
	    !check_depth(text, len, report))
		return NULL;
	if ((doc = parse(text, len, report)) == NULL)
		goto out;
	schema = json_loadb(embed_bundle_schema_json,
			    embed_bundle_schema_json_len, 0, NULL);
	if (schema == NULL) {
		report->failed = true;
		goto out;
	}
	if (!schema_check(schema, doc, report))
		goto out;
	if ((canonical = schema_canonical(schema, doc)) == NULL)
		report->failed = true;
out:
	json_decref(schema);
	json_decref(doc);
	return canonical;
}

static int
add_text(const char *ptr, size_t len, void *arg)
{
	struct buf *buf = arg;

	buf_add(buf, ptr, len);
	return buf->failed ? -1 : 0;
}

char *
bundle_write(const json_t *canonical, size_t *len)
{
	struct buf text = { 0 };

	if (json_dump_callback(canonical, add_text, &text, JSON_INDENT(1)) !=
	    0) {
		buf_free(&text);
		return NULL;
	}
	buf_char(&text, '\n');
	return buf_take(&text, len);
}
