/*
 * schema.h - does a document have the shape that its schema describes?
 *
 * An interpreter of the part of JSON Schema (2020-12) that bundle.schema.json
 * uses: type, const, enum, properties, required, additionalProperties, items,
 * minItems, maxItems, minLength, maxLength (in code points), minimum, maximum,
 * pattern (a POSIX extended regular expression), anyOf, $ref to #/$defs/...,
 * default.  A schema with another word in it is refused, never half enforced.
 * A $ref may not lead back to itself, so that the schema bounds the depth.
 */
#ifndef SCRIPT_SCHEMA_H
#define SCRIPT_SCHEMA_H

#include <stdbool.h>

#include <jansson.h>

struct report;

/**
 * schema_check(schema, doc, report):
 * Add to ${report} all in which ${doc} departs from ${schema}, each with its
 * JSON pointer.  Borrows all three.  Return true if there was nothing (and
 * memory enough to know).
 */
bool schema_check(const json_t *schema, const json_t *doc,
		  struct report *report);

/**
 * schema_canonical(schema, doc):
 * Return a copy of ${doc}, which must have passed schema_check(), in canonical
 * form: members in the order of ${schema}, those left out filled with their
 * defaults, members without a name in the schema in the order of their names;
 * arrays of objects ordered by (from, signal, prio) where they have all three,
 * else by code, id, n or name, whichever is the first they have.  Ids are
 * compared part by part between slashes, and parts of digits by their value:
 * a/b/9 stands before a/b/10.  Shares nothing with ${doc}; the caller owns it.
 * NULL if out of memory.
 */
json_t *schema_canonical(const json_t *schema, const json_t *doc);

#endif /* !SCRIPT_SCHEMA_H */
