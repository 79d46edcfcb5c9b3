/*
 * phrases.c - find phrases by their words.
 */
#include <stdio.h>

#include <libpq-fe.h>

#include "gen/queries.h"
#include "sql/phrases.h"

enum db_status
phrases_search(struct db *db, const struct phrases_query *query,
	       struct phrases_hit *hits, int *n, struct db_error *err)
{
	char release[sizeof("-2147483648")], limit[sizeof("-2147483648")];
	const char *params[] = {
		release,	 query->words,	 query->category,
		query->stage,	 query->channel, query->speaker,
		query->tone,	 query->locale,	 query->after_rank,
		query->after_id, limit
	};
	PGresult *res = NULL;

	snprintf(release, sizeof(release), "%d", query->release);
	snprintf(limit, sizeof(limit), "%d", query->limit);
	enum db_status status =
		db_query(db, &query_phrases_search, params, &res, err);
	if (status != DB_OK && status != DB_NO_ROWS)
		return status;
	*n = res != NULL ? PQntuples(res) : 0;
	for (int i = 0; i < *n; i++) {
		snprintf(hits[i].id, sizeof(hits[i].id), "%s",
			 PQgetvalue(res, i, 0));
		snprintf(hits[i].rank, sizeof(hits[i].rank), "%s",
			 PQgetvalue(res, i, 1));
	}
	PQclear(res);
	return DB_OK;
}
