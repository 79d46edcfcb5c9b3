/*
 * fixture.h - what the tests of sql/ start from.
 *
 * All of these fail the running test if they cannot.
 */
#ifndef TESTS_SQL_FIXTURE_H
#define TESTS_SQL_FIXTURE_H

#include <stddef.h>

#include <check.h>
#include <jansson.h>

#include "sql/db.h"
#include "tests/sql/pg.h"

/* The shipped library, as seen from the root of the project. */
#define SHIPPED "sql/content/library.json"

/* Fail unless ${call}, which fills ${err}, gives ${want}. */
#define ck_status(call, want, err) \
	do { \
		int got_ = (int)(call); \
		ck_assert_msg(got_ == (int)(want), \
			      #call " is %d, not %d: " \
				    "%s %s", \
			      got_, (int)(want), (err).sqlstate, \
			      (err).message); \
	} while (0)

/**
 * fixture_start(), fixture_stop():
 * A cluster for all tests of a program: an unchecked fixture.
 */
void fixture_start(void);
void fixture_stop(void);

/**
 * fixture_migrated():
 * A fresh database with the schema in it, at pg_url(): a checked fixture.
 */
void fixture_migrated(void);

/**
 * fixture_db(role):
 * Open the newest database.  The caller must db_close() it.
 */
struct db *fixture_db(enum db_role role);

/**
 * fixture_bundle():
 * The shipped library in canonical form; the caller owns it.
 */
json_t *fixture_bundle(void);

/**
 * fixture_grown(n):
 * As fixture_bundle(), with ${n} phrases more in a category "grown".
 */
json_t *fixture_grown(size_t n);

/**
 * fixture_import(db, bundle), fixture_publish(db, bundle):
 * Import, and publish too; the latter returns the number.
 */
void fixture_import(struct db *db, const json_t *bundle);
int fixture_publish(struct db *db, const json_t *bundle);

/**
 * fixture_text(bundle):
 * The text of a canonical bundle; the caller owns it.
 */
char *fixture_text(const json_t *bundle);

/**
 * fixture_find(array, key, value):
 * The object of ${array} whose ${key} is ${value}; borrowed.
 */
json_t *fixture_find(json_t *array, const char *key, const char *value);

/**
 * fixture_main(suite, fork):
 * Run ${suite} and return the program's exit status.  Tests that kill the
 * server run in this process, so ${fork} is CK_NOFORK for them.
 */
int fixture_main(Suite *suite, enum fork_status fork);

/**
 * fixture_ms():
 * Milliseconds of a clock that only goes forward.
 */
long fixture_ms(void);

#endif /* !TESTS_SQL_FIXTURE_H */
