/*
 * replies.c - a team's own replies, out of the file of another system.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <utf8proc.h>

#include "script/replies.h"
#include "script/report.h"

#define TEXT_MAX 1000 /* code points: of a phrase, see bundle.schema.json */

struct collecting {
	enum replies_format format;
	json_t *all;
	json_t *seen; /* texts, as the names of an object */
	struct report *report;
};

int
replies_find(const char *code)
{
	static const char *const codes[N_REPLIES_FORMATS] = {
		[REPLIES_CHATWOOT] = "chatwoot",
		[REPLIES_ZAMMAD] = "zammad",
		[REPLIES_INTERCOM] = "intercom",
	};

	for (int i = 0; i < N_REPLIES_FORMATS; i++)
		if (strcmp(codes[i], code) == 0)
			return i;
	return -1;
}

/* Code points of UTF-8; -1 if it is none. */
static long
characters(const struct buf *text)
{
	long n = 0;
	utf8proc_int32_t c;

	for (size_t i = 0; i < text->len; n++) {
		utf8proc_ssize_t len = utf8proc_iterate(
			(const utf8proc_uint8_t *)text->ptr + i,
			(utf8proc_ssize_t)(text->len - i), &c);
		if (len < 1)
			return -1;
		i += (size_t)len;
	}
	return n;
}

static void
add(struct collecting *c, const char *at, const struct buf *text)
{
	long n = characters(text);

	if (n < 0) {
		report_add(c->report, at, "this is not UTF-8");
	} else if (n == 0) {
		report_add(c->report, at, "there is no text");
	} else if (n > TEXT_MAX) {
		report_add(c->report, at,
			   "a phrase has at most %d characters, this has %ld",
			   TEXT_MAX, n);
	} else {
		json_t *one = json_pack("{s:s, s:s%}", "at", at, "text",
					text->ptr, text->len);
		const char *key =
			json_string_value(json_object_get(one, "text"));

		if (key != NULL && json_object_get(c->seen, key) != NULL)
			json_decref(one);
		else if (one == NULL ||
			 json_object_set_new(c->seen, key, json_true()) != 0 ||
			 json_array_append_new(c->all, one) != 0)
			c->report->failed = true;
	}
}

static void
take(void *arg, const char *at, const char *text, size_t len)
{
	struct collecting *c = arg;
	struct buf with = { 0 }, without = { 0 };
	int fallbacks = replies_template(c->format, text, len, &with, &without,
					 c->report, at);

	if (with.failed || without.failed) {
		c->report->failed = true;
	} else if (fallbacks >= 0) {
		add(c, at, &with);
		if (fallbacks > 0)
			add(c, at, &without);
	}
	buf_free(&with);
	buf_free(&without);
}

/* Zammad keeps HTML, but takes plain text: a tag tells. */
static bool
has_tag(const char *text, size_t len)
{
	for (size_t i = 0; i + 2 < len; i++)
		if (text[i] == '<' &&
		    ((text[i + 1] | 32) >= 'a' && (text[i + 1] | 32) <= 'z') &&
		    memchr(text + i, '>', len - i) != NULL)
			return true;
	return false;
}

static void
take_html(void *arg, const char *at, const char *text, size_t len)
{
	struct collecting *c = arg;
	struct buf plain = { 0 };

	if (!has_tag(text, len)) {
		take(arg, at, text, len);
		return;
	}
	replies_html(&plain, text, len);
	if (plain.failed)
		c->report->failed = true;
	else
		take(arg, at, plain.ptr != NULL ? plain.ptr : "", plain.len);
	buf_free(&plain);
}

/* The list in a document: the document, or its first member that is one. */
static json_t *
list_in(json_t *document)
{
	static const char *const names[] = { "canned_responses", "payload",
					     "data", "macros" };
	json_t *list = json_is_array(document) ? document : NULL;

	for (size_t i = 0; list == NULL && i < sizeof(names) / sizeof(names[0]);
	     i++) {
		json_t *member = json_object_get(document, names[i]);
		if (json_is_array(member))
			list = member;
	}
	return list;
}

static void
take_item(struct collecting *c, const char *at, json_t *item)
{
	json_t *inner = json_object_get(item, "canned_response");
	const char *name =
		c->format == REPLIES_INTERCOM ? "body_text" : "content";
	json_t *text = json_object_get(inner != NULL ? inner : item, name);
	json_t *body = json_object_get(item, "body");

	if (json_is_string(text))
		take(c, at, json_string_value(text), json_string_length(text));
	else if (c->format == REPLIES_INTERCOM && json_is_string(body))
		take_html(c, at, json_string_value(body),
			  json_string_length(body));
	else
		report_add(c->report, at, "%s is missing, or no string", name);
}

static void
read_json(struct collecting *c, const char *text, size_t len)
{
	json_error_t err;
	json_t *document = json_loadb(text, len, JSON_REJECT_DUPLICATES, &err);
	json_t *list = list_in(document), *item;
	char at[32];
	size_t i;

	if (document == NULL) {
		(void)snprintf(at, sizeof(at), "line %d", err.line);
		report_add(c->report, at, "this is not JSON: %s", err.text);
	} else if (list == NULL) {
		report_add(c->report, "line 1",
			   "this is not the list of %s that was expected",
			   c->format == REPLIES_INTERCOM ? "macros"
							 : "canned responses");
	}
	json_array_foreach(list, i, item) {
		(void)snprintf(at, sizeof(at), "item %zu", i + 1);
		take_item(c, at, item);
	}
	json_decref(document);
}

json_t *
replies_read(enum replies_format format, const char *text, size_t len,
	     struct report *report)
{
	struct collecting c = { format, json_array(), json_object(), report };

	if (c.all == NULL || c.seen == NULL)
		report->failed = true;
	if (len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0) {
		text += 3;
		len -= 3;
	}
	if (!report->failed && format == REPLIES_ZAMMAD)
		replies_csv(text, len, take_html, &c, report);
	else if (!report->failed)
		read_json(&c, text, len);
	json_decref(c.seen);
	if (report_ok(report))
		return c.all;
	json_decref(c.all);
	return NULL;
}
