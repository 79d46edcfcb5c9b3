/*
 * replies.h - a team's own replies, out of the system that has them.
 *
 * Each becomes the text of a phrase: on one line, with our placeholders for
 * theirs.  A placeholder of theirs that we lack is refused and not dropped, as
 * are braces and brackets, which mean something to us: nothing is lost unseen.
 * A fallback ("there", where the name is missing) makes a second text, with the
 * fallback in it; an empty one makes [[...]].
 */
#ifndef SCRIPT_REPLIES_H
#define SCRIPT_REPLIES_H

#include <stddef.h>

#include <jansson.h>

#include "script/buf.h"

struct report;

enum replies_format {
	REPLIES_CHATWOOT, /* canned responses: JSON, as its API lists them or
			     as we export them */
	REPLIES_ZAMMAD,	  /* text modules: CSV with a line of names, by ; , or a
			     tab */
	REPLIES_INTERCOM, /* macros: JSON, as its API lists them */
	N_REPLIES_FORMATS
};

/* "chatwoot" and so on: its number, or -1. */
int replies_find(const char *code);

/**
 * replies_read(format, text, len, report):
 * Read the ${len} bytes at ${text} and return [{"at": "item 3", "text":
 * "..."}], each text once; the caller owns it.  NULL if anything was added to
 * ${report}, with "item 3" or "line 7" for a pointer, or if out of memory
 * (report->failed).
 */
json_t *replies_read(enum replies_format format, const char *text, size_t len,
		     struct report *report);

/* --- its parts, for replies*.c and their tests -----------------------------
 */

/* Takes each reply as it stands in the file, and where it was found. */
typedef void replies_take(void *arg, const char *at, const char *text,
			  size_t len);

/**
 * replies_csv(text, len, take, arg, report):
 * Give the column "content" of each record to ${take}(${arg}, ...).
 */
void replies_csv(const char *text, size_t len, replies_take *take, void *arg,
		 struct report *report);

/**
 * replies_html(out, text, len):
 * Append what a reader of that HTML sees, on one line; Intercom's <attribute>
 * becomes the mark that its plain text has.
 */
void replies_html(struct buf *out, const char *text, size_t len);

/**
 * replies_template(format, text, len, with, without, report, at):
 * Append ${text} as a template to ${with}, and to ${without} the same with
 * every fallback in place of its placeholder.  Return how many fallbacks are
 * in it, or -1 with a line in ${report}.
 */
int replies_template(enum replies_format format, const char *text, size_t len,
		     struct buf *with, struct buf *without,
		     struct report *report, const char *at);

#endif /* !SCRIPT_REPLIES_H */
