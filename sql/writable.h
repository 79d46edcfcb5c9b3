/*
 * writable.h - may an answered write be relied on?
 */
#ifndef SQL_WRITABLE_H
#define SQL_WRITABLE_H

#include <stdbool.h>

#include "sql/db.h"

/**
 * writable_check(db, yes, err):
 * Set ${yes} if the server is a primary that takes writes and keeps them over
 * a power cut.  If not, err->message says what it lacks.  Anything but DB_OK:
 * there was nobody to ask.
 */
enum db_status writable_check(struct db *db, bool *yes, struct db_error *err);

#endif /* !SQL_WRITABLE_H */
