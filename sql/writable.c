/*
 * writable.c - may an answered write be relied on?
 */
#include <string.h>

#include <libpq-fe.h>

#include "gen/queries.h"
#include "sql/writable.h"

/* clang-format off */
static const struct {
	const char *bad;	/* the value that will not do */
	const char *why;
} columns[] = {			/* of server_writable */
	{ "t",   "the server is a standby" },
	{ "on",  "default_transaction_read_only is on" },
	{ "off", "synchronous_commit is off" },
	{ "off", "fsync is off" },
	{ "off", "full_page_writes is off" },
};
/* clang-format on */
#define NCOLUMNS ((int)(sizeof(columns) / sizeof(columns[0])))

enum db_status
writable_check(struct db *db, bool *yes, struct db_error *err)
{
	PGresult *res;
	enum db_status status =
		db_query(db, &query_server_writable, NULL, &res, err);

	if (status != DB_OK)
		return status;
	*yes = true;
	for (int i = 0; *yes && i < NCOLUMNS; i++) {
		if (strcmp(PQgetvalue(res, 0, i), columns[i].bad) != 0)
			continue;
		db_fail(err, DB_OK, "%s", columns[i].why);
		*yes = false;
	}
	PQclear(res);
	return DB_OK;
}
