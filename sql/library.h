/*
 * library.h - rows become a library.
 */
#ifndef SQL_LIBRARY_H
#define SQL_LIBRARY_H

#include "sql/db.h"

struct library;
struct report;

/**
 * library_load(db, release, lib, report, err):
 * Build release ${release} (of sql/releases.h: also RELEASE_NEWEST and
 * RELEASE_DRAFT), read at one moment, and set ${lib} to it; the caller holds
 * its reference.  DB_NO_ROWS: there is no such release.  DB_INVALID: it does
 * not build; why is in ${report}, with pointers into its bundle.
 */
enum db_status library_load(struct db *db, int release, struct library **lib,
			    struct report *report, struct db_error *err);

#endif /* !SQL_LIBRARY_H */
