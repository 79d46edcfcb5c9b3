/*
 * sqlstate.c - what PostgreSQL's five letters mean to us.
 */
#include <string.h>

#include "sql/sqlstate.h"

/* clang-format off */
static const struct sqlstate sqlstates[] = { /* the first match wins */
	{ "23505", DB_CONFLICT,  false }, /* unique_violation */
	{ "23P01", DB_CONFLICT,  false }, /* exclusion_violation */
	{ "22",    DB_INVALID,   false }, /* data exception */
	{ "23",    DB_INVALID,   false }, /* integrity constraint violation */
	{ "25006", DB_READ_ONLY, true },  /* read_only_sql_transaction */
	{ "25P03", DB_BUSY,      true },  /* idle in transaction too long */
	{ "40001", DB_AGAIN,     false }, /* serialization_failure */
	{ "40P01", DB_AGAIN,     false }, /* deadlock_detected */
	{ "40003", DB_UNKNOWN,   true },  /* statement_completion_unknown */
	{ "53300", DB_DOWN,      true },  /* too_many_connections */
	{ "53",    DB_FULL,      false }, /* disk_full, out_of_memory ... */
	{ "55P03", DB_BUSY,      false }, /* lock_not_available */
	{ "57014", DB_BUSY,      false }, /* query_canceled: took too long */
	{ "57",    DB_DOWN,      true },  /* the server stops or starts */
	{ "08",    DB_DOWN,      true },  /* connection exception */
	{ "0A000", DB_BUSY,      true },  /* a migration changed the plan */
	{ "26000", DB_BUSY,      true },  /* a pooler lost what we prepared */
	{ "",      DB_BUG,       false }, /* anything else */
};
/* clang-format on */

const struct sqlstate *
sqlstate_find(const char *sqlstate)
{
	static const struct sqlstate vanished = { "", DB_DOWN, true };
	const struct sqlstate *s = sqlstates;

	if (sqlstate[0] == '\0')
		return &vanished;
	while (strncmp(sqlstate, s->prefix, strlen(s->prefix)) != 0)
		s++;
	return s;
}
