/*
 * incoming.h - the rows of a bundle, on their way into the draft.
 */
#ifndef SQL_INCOMING_H
#define SQL_INCOMING_H

#include <jansson.h>

#include "sql/db.h"
#include "sql/releases.h"

/**
 * incoming(db, draft, bundle, progress, arg, err):
 * Within a transaction that holds the lock of the draft, whose number is
 * ${draft}: close its rows that are not in ${bundle}, which is in canonical
 * form, and add those that are not in the draft.  The table "incoming" must be
 * empty before, and is not afterwards.
 */
enum db_status incoming(struct db *db, int draft, const json_t *bundle,
			releases_progress *progress, void *arg,
			struct db_error *err);

/**
 * incoming_again(db, release, draft, err):
 * The same with the rows that ${release} had.
 */
enum db_status incoming_again(struct db *db, int release, int draft,
			      struct db_error *err);

#endif /* !SQL_INCOMING_H */
