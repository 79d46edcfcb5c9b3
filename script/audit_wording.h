/*
 * audit_wording.h - does the library keep to its own rules for words?
 */
#ifndef SCRIPT_AUDIT_WORDING_H
#define SCRIPT_AUDIT_WORDING_H

#include "script/buf.h"
#include "script/library.h"

struct report;

/**
 * audit_line_words(lib, p, pointer, report, b):
 * Add to ${report}, at ${pointer}, each phrase rule that finds something in
 * the line ${p} at its stage: with each combination of its [[...]], with names
 * and with examples for values.  ${b} is room, the caller's to free; it shows
 * when memory ran out.
 */
void audit_line_words(const struct library *lib, const struct phrase *p,
		      const char *pointer, struct report *report,
		      struct buf *b);

/**
 * audit_words(lib, stages, report):
 * The same for the better wordings of rules, and for the steps and the
 * delivery hints of the ${stages} of the bundle that face a customer.  A rule
 * that does not find its own example is reported, too.
 */
void audit_words(const struct library *lib, const json_t *stages,
		 struct report *report);

#endif /* !SCRIPT_AUDIT_WORDING_H */
