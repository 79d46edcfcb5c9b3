/*
 * migrate.h - bring the schema up to what this program expects.
 *
 * Each migration is one transaction with its own row in schema_migrations, so
 * a run that breaks off goes on where it stopped, and two at once take turns.
 *
 * The first one makes three roles without a login: evenkeel_owner (migrates,
 * imports, publishes), evenkeel_writer (conversations) and evenkeel_reader.
 * Each login that the program uses must be GRANTed one of them.  Who runs the
 * first migration must own the database.
 */
#ifndef SQL_MIGRATE_H
#define SQL_MIGRATE_H

#include "sql/db.h"

/* What to do about a schema; the sentence for a person is in db_error. */
enum migrate_verdict {
	MIGRATE_CURRENT, /* nothing */
	MIGRATE_OLDER,	 /* run "evenkeel migrate" */
	MIGRATE_NEWER,	 /* a newer program's: use that one */
	MIGRATE_ALTERED, /* one was not applied as this program has it */
	MIGRATE_FAILED,	 /* the database would not say: see err->status */
};

/**
 * migrate_run(db, applied, arg, err):
 * Apply what is missing, as the owner that ${db} is; call ${applied}(${arg},
 * version, name, ms) after each.  Return MIGRATE_CURRENT if the schema is
 * this program's now; never MIGRATE_OLDER.  What was applied before a
 * failure stays.
 */
enum migrate_verdict migrate_run(struct db *db,
				 void (*applied)(void *arg, int version,
						 const char *name, int ms),
				 void *arg, struct db_error *err);

/**
 * migrate_check(db, err):
 * Compare the schema with what this program expects, changing nothing.  Any
 * role may ask.
 */
enum migrate_verdict migrate_check(struct db *db, struct db_error *err);

#endif /* !SQL_MIGRATE_H */
