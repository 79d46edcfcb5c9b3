/*
 * fill.h - placeholders to text: a compiled template and values make a line.
 */
#ifndef SCRIPT_FILL_H
#define SCRIPT_FILL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "script/buf.h"
#include "script/library.h"

#define VALUE_MAX 200 /* code points */

/* The values of one request, by placeholder.  Start with all of have 0. */
struct values {
	uint64_t have[LIBRARY_MAX_PLACEHOLDERS / 64];
	struct frag text[LIBRARY_MAX_PLACEHOLDERS]; /* set where have says so */
};

enum value_verdict {
	VALUE_OK,
	VALUE_EMPTY,	/* counts as missing */
	VALUE_TOO_LONG, /* over VALUE_MAX code points */
	VALUE_CONTROL,	/* holds a control character */
	VALUE_VAGUE,	/* "soon" where a date or a time belongs */
};

/**
 * values_set(values, lib, placeholder, text, len, room):
 * Take the ${len} bytes of UTF-8 at ${text} as the value of ${placeholder}:
 * outer white space cut, inner runs made one space.  What is kept is written
 * to ${room} (${len} bytes, which must live as long as ${values}).  On any
 * verdict but VALUE_OK ${values} is unchanged.
 */
enum value_verdict values_set(struct values *values, const struct library *lib,
			      int placeholder, const char *text, size_t len,
			      char *room);

static inline bool
values_have(const struct values *values, int placeholder)
{
	return (values->have[placeholder / 64] >> (placeholder % 64) & 1) != 0;
}

/* How a line is to be written. */
enum fill_form {
	FILL_JSON, /* for the inside of a JSON string */
	FILL_PLAIN /* as it is read */
};

/**
 * fill_line(out, lib, p, values, hide_private, form):
 * Append the line ${p} with ${values} in it.  A [[...]] whose values are not
 * all there is left out, as is one with a private value when ${hide_private}.
 * The caller has made sure that all of p->needs have a value or a default.
 */
void fill_line(struct buf *out, const struct library *lib,
	       const struct phrase *p, const struct values *values,
	       bool hide_private, enum fill_form form);

/**
 * fill_template(out, lib, p, form):
 * Append the template of ${p} as it was written, {names} and [[...]] and all.
 */
void fill_template(struct buf *out, const struct library *lib,
		   const struct phrase *p, enum fill_form form);

#endif /* !SCRIPT_FILL_H */
