/*
 * sqlstate.h - what PostgreSQL's five letters mean to us.
 */
#ifndef SQL_SQLSTATE_H
#define SQL_SQLSTATE_H

#include <stdbool.h>

#include "sql/db.h"

struct sqlstate {
	const char *prefix;
	enum db_status status;
	bool drop; /* this connection will not do any more */
};

/**
 * sqlstate_find(sqlstate):
 * The row of our table for ${sqlstate}; one for DB_BUG if none fits, and one
 * for DB_DOWN if it is "", as when the server did not live to say.
 */
const struct sqlstate *sqlstate_find(const char *sqlstate);

#endif /* !SQL_SQLSTATE_H */
