/*
 * bundle.h - a whole library as one JSON text.
 *
 * Its shape is described by bundle.schema.json, which the program carries
 * along (script/embed.h).  Two texts that mean the same library have one
 * canonical form; see schema.h for the rules.
 */
#ifndef SCRIPT_BUNDLE_H
#define SCRIPT_BUNDLE_H

#include <stddef.h>

#include <jansson.h>

struct report;

/**
 * bundle_read(text, len, report):
 * Read the ${len} bytes at ${text} as a bundle and return it in canonical
 * form; the caller owns it.  NULL if it is not JSON in UTF-8, names a member
 * twice, nests deeper than 16, or departs from the schema, all of which is
 * added to ${report}; or if out of memory (report->failed).
 */
json_t *bundle_read(const char *text, size_t len, struct report *report);

/**
 * bundle_write(canonical, len):
 * Return ${canonical} as text and set ${len}: an indent of one space, one
 * newline at the end.  The caller owns it (free()).  NULL if out of memory.
 */
char *bundle_write(const json_t *canonical, size_t *len);

#endif /* !SCRIPT_BUNDLE_H */
