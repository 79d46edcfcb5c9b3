/*
 * releases.h - the draft, and what was published of it.
 *
 * A row of the library holds for a range of releases.  The draft is the
 * release after the newest one: importing changes it, publishing closes it.
 * So every release ever published can be read again as it was.
 *
 * All that changes the draft takes turns, under a lock of its tables that also
 * keeps out a hand at psql; each call is one transaction, done wholly or not at
 * all.
 * ${db} must be an owner's (DB_OWNER), but a reader's will do to export and
 * list.
 */
#ifndef SQL_RELEASES_H
#define SQL_RELEASES_H

#include <stdbool.h>
#include <stddef.h>

#include <jansson.h>

#include "sql/db.h"

#define RELEASE_NEWEST 0 /* in place of a number: the newest one */
#define RELEASE_DRAFT (-1)

/* What came of publishing; the sentence for a person is in db_error. */
enum release_verdict {
	RELEASE_OK,
	RELEASE_SAME,	 /* it would equal the newest one: nothing was done */
	RELEASE_REFUSED, /* the check said no */
	RELEASE_MISSING, /* there is no release of that number */
	RELEASE_DIRTY,	 /* the draft holds changes that would be lost */
	RELEASE_FAILED,	 /* the database would not: see err->status */
};

/**
 * releases_newest(db, number, err):
 * Set ${number} to the newest release's, 0 if there is none.
 */
enum db_status releases_newest(struct db *db, int *number,
			       struct db_error *err);

/**
 * releases_find(db, number, err):
 * Turn RELEASE_NEWEST and RELEASE_DRAFT in ${number} into a number.
 * DB_NO_ROWS: there is no such release.
 */
enum db_status releases_find(struct db *db, int *number, struct db_error *err);

typedef void releases_progress(void *arg, const char *kind, size_t done,
			       size_t total);

/**
 * releases_import(db, bundle, progress, arg, err):
 * Make the draft equal to ${bundle}, which must be in canonical form.  Rows
 * that are equal stay as they are.  Call ${progress}(${arg}, kind, done,
 * total) as rows of a kind are sent, and with done = total once they are in
 * place.  DB_BUSY: another import is at work.
 */
enum db_status releases_import(struct db *db, const json_t *bundle,
			       releases_progress *progress, void *arg,
			       struct db_error *err);

/* What ${draft}, which is borrowed, becomes: in canonical form, for the caller
   to free; NULL to leave it as it is. */
typedef json_t *releases_change(void *arg, json_t *draft);

/**
 * releases_edit(db, change, arg, err):
 * Make the draft equal to ${change}(${arg}, the draft as a bundle).  Nobody can
 * change it in between.  DB_INVALID as below; DB_BUSY as above.
 */
enum db_status releases_edit(struct db *db, releases_change *change, void *arg,
			     struct db_error *err);

/**
 * releases_export(db, number, bundle, err):
 * Set ${bundle} to release ${number}, RELEASE_NEWEST or RELEASE_DRAFT in
 * canonical form; the caller owns it.  DB_NO_ROWS: there is no such release.
 * DB_INVALID: it is no bundle, because somebody changed rows by hand.
 */
enum db_status releases_export(struct db *db, int number, json_t **bundle,
			       struct db_error *err);

/* May this be published?  Borrows ${bundle}, which is in canonical form. */
typedef bool releases_check(void *arg, const json_t *bundle);

/**
 * releases_publish(db, note, by, check, arg, number, err):
 * Publish the draft with ${note}, by ${by} (NULL: the role that is connected),
 * if ${check}(${arg}, the draft as a bundle) returns true; NULL always does.
 * Nothing can change the draft in between.  Set ${number} to its number.
 */
enum release_verdict releases_publish(struct db *db, const char *note,
				      const char *by, releases_check *check,
				      void *arg, int *number,
				      struct db_error *err);

/**
 * releases_rollback(db, to, discard, note, by, check, arg, number, err):
 * Publish what release ${to} held once more, as a new release; the rest as
 * releases_publish().  Changes of the draft are lost with ${discard}, and
 * RELEASE_DIRTY without.
 */
enum release_verdict releases_rollback(struct db *db, int to, bool discard,
				       const char *note, const char *by,
				       releases_check *check, void *arg,
				       int *number, struct db_error *err);

/**
 * releases_draft(db, draft, err):
 * Set ${draft} to {"number", "changed", "kinds": [{"kind", "items", "added",
 * "removed"}]}, against the newest release; the caller owns it.
 */
enum db_status releases_draft(struct db *db, json_t **draft,
			      struct db_error *err);

/**
 * releases_list(db, before, limit, list, err):
 * Set ${list} to at most ${limit} releases with numbers below ${before} (0:
 * all), newest first: [{"number", "published_at", "note", "published_by",
 * "phrases", "categories"}]; the caller owns it.
 */
enum db_status releases_list(struct db *db, int before, int limit,
			     json_t **list, struct db_error *err);

#endif /* !SQL_RELEASES_H */
