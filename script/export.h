/*
 * export.h - a release in the words of another system: what agents' tools and
 * bots take in.
 *
 * An export is made a piece at a time, so that a release of any size leaves
 * with the memory of one line.  Each line stands in it once.  In it
 *
 * - a placeholder that the other system has too becomes its own; one with a
 *   default is replaced by that; any other is a blank, "____", for the agent
 *   to fill in (a bot gets a slot of that name; a hand-out shows the example);
 * - [[...]] is kept where the other system never lacks the values in it, and
 *   left out elsewhere: none of them can leave out a part of a sentence.
 *
 * A CSV is for a helpdesk to read and not for a spreadsheet: a line that began
 * with "=" would keep it, for what guards a spreadsheet is text that a customer
 * would read.
 */
#ifndef SCRIPT_EXPORT_H
#define SCRIPT_EXPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "script/buf.h"
#include "script/library.h"

enum export_format {
	EXPORT_CHATWOOT, /* canned responses, JSON */
	EXPORT_ZENDESK,	 /* macros, JSON */
	EXPORT_ZAMMAD,	 /* text modules, CSV (RFC 4180) */
	EXPORT_RASA,	 /* responses of a domain, YAML */
	EXPORT_MARKDOWN, /* a hand-out for training */
	N_EXPORT_FORMATS
};

/* Which lines; all -1: every one. */
struct export_filter {
	int category, stage, locale;
	int speaker; /* enum speaker: only what that one may tell a customer */
};

#define EXPORT_ALL ((struct export_filter){ -1, -1, -1, -1 })

struct exporter {
	const struct library *lib;
	enum export_format format;
	struct export_filter filter;
	/* its own: */
	uint32_t at;	     /* the next phrase */
	uint32_t cell, next; /* of Rasa: the cell's first, the one after it */
	const struct phrase *last; /* printed before, or NULL */
	uint8_t part;		   /* enum part of export.c */
	bool any;		   /* a line was printed */
};

/* Its code ("chatwoot"), its number (or -1), and its Content-Type. */
const char *export_code(enum export_format format);
int export_find(const char *code, size_t len);
const char *export_type(enum export_format format);

/**
 * export_begin(e, lib, format, filter):
 * Begin an export.  Borrows ${lib}.
 */
void export_begin(struct exporter *e, const struct library *lib,
		  enum export_format format,
		  const struct export_filter *filter);

/**
 * export_more(e, out):
 * Append the next piece, of a few KiB, to ${out}.  Return false once there is
 * nothing more; then nothing was appended.
 */
bool export_more(struct exporter *e, struct buf *out);

/* How the text between the marks is escaped. */
enum export_escape {
	ESCAPE_NONE,
	ESCAPE_JSON,	 /* for the inside of a JSON string */
	ESCAPE_CSV,	 /* for the inside of a quoted field */
	ESCAPE_MARKDOWN, /* no character of it means anything */
};

/**
 * export_text(out, lib, p, format, escape):
 * Append the line ${p} as ${format} has it.
 */
void export_text(struct buf *out, const struct library *lib,
		 const struct phrase *p, enum export_format format,
		 enum export_escape escape);

/**
 * export_placeholder(format, name, len):
 * Our name for a placeholder of ${format}'s ("contact.name"), or NULL.
 */
const char *export_placeholder(enum export_format format, const char *name,
			       size_t len);

#endif /* !SCRIPT_EXPORT_H */
