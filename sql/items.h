/*
 * items.h - a bundle as rows, and rows as a bundle.
 *
 * An item is one row as it stands in a bundle: an object, of a kind.  Most
 * kinds are an array of the bundle; settings, wording rules and cues are
 * nested otherwise there, and this is the only place that knows.
 */
#ifndef SQL_ITEMS_H
#define SQL_ITEMS_H

#include <stdbool.h>
#include <stddef.h>

#include <jansson.h>

#include "sql/db.h"

struct report;

struct item_kind {
	const char *name; /* as the view "item" calls it */
	const struct query *close, *add;
};

extern const struct item_kind item_kinds[];
extern const size_t n_item_kinds;

/**
 * items_from_bundle(bundle, kind, items):
 * Set ${items} to the array of the items of ${kind} in ${bundle}, which the
 * schema has accepted; the caller owns it.  Return false if out of memory.
 */
bool items_from_bundle(const json_t *bundle, const struct item_kind *kind,
		       json_t **items);

/**
 * items_bundle():
 * Return a bundle without any item, which the caller owns, or NULL if out of
 * memory.
 */
json_t *items_bundle(void);

/**
 * items_read(db, query, release, bundle, err):
 * Put the items of ${release} that ${query} gives, as (kind, body), into
 * ${bundle}.
 */
enum db_status items_read(struct db *db, const struct query *query, int release,
			  json_t *bundle, struct db_error *err);

/**
 * items_canonical(bundle, report):
 * Return ${bundle} in canonical form; the caller owns it.  NULL if it departs
 * from the schema, which is added to ${report}, or if out of memory
 * (report->failed).
 */
json_t *items_canonical(const json_t *bundle, struct report *report);

#endif /* !SQL_ITEMS_H */
