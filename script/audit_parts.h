/*
 * audit_parts.h - what audit_lines.c and audit_values.c share.
 */
#ifndef SCRIPT_AUDIT_PARTS_H
#define SCRIPT_AUDIT_PARTS_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "script/audit_lines.h"
#include "script/template.h"

/* A line that is looked at, in all of its forms. */
struct line {
	const struct library *lib;
	const struct phrase *p;
	struct rendering *r;
	const char *pointer;
	struct report *report;
	unsigned told;		    /* 1 << flaw */
	struct value_set misplaced; /* told of these */
	struct value_set unfit;
};

static inline bool
is_one_of(char c, const char *set)
{
	return c != '\0' && strchr(set, c) != NULL;
}

/**
 * audit_begins_sentence(text, i):
 * Does a sentence begin at ${i}, as far as marks tell?  Three dots are a pause.
 */
bool audit_begins_sentence(const char *text, size_t i);

/**
 * audit_opener(text, left):
 * What may stand before the first word of a sentence: the length of one at
 * ${text}, which has ${left} bytes, or 0.
 */
size_t audit_opener(const char *text, size_t left);

/**
 * audit_values(l):
 * Report the values of ${l}, as it is rendered now, that stand where they do
 * not fit.
 */
void audit_values(struct line *l);

#endif /* !SCRIPT_AUDIT_PARTS_H */
