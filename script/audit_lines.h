/*
 * audit_lines.h - does a line read well, whatever is left out of it?
 */
#ifndef SCRIPT_AUDIT_LINES_H
#define SCRIPT_AUDIT_LINES_H

#include "script/buf.h"

struct library;
struct phrase;
struct report;

/* A line as it would be read; the room is used again for the next one. */
struct rendering {
	struct buf text;
	struct buf from; /* of each byte: 0 from the template, 1 the first of a
			  * value, 2 the rest of one */
	struct buf values; /* the placeholders in it, one byte each */
};

/**
 * audit_line(lib, p, r, pointer, report):
 * Render ${p} with each combination of its [[...]], examples for values, and
 * add what is wrong to ${report} at ${pointer}: each kind of fault once.
 * ${r} begins zeroed; its bufs are the caller's to free, and show
 * when memory ran out.
 */
void audit_line(const struct library *lib, const struct phrase *p,
		struct rendering *r, const char *pointer,
		struct report *report);

#endif /* !SCRIPT_AUDIT_LINES_H */
