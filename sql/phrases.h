/*
 * phrases.h - find phrases by their words.
 *
 * Only the ids: what a phrase says is in the library that is in memory.
 */
#ifndef SQL_PHRASES_H
#define SQL_PHRASES_H

#include "sql/db.h"

#define PHRASES_MAX 100 /* on a page */

/* What to look for; NULL: anything. */
struct phrases_query {
	int release;
	const char *words; /* as one would type them into a search engine */
	const char *category, *stage, *tone, *locale; /* codes */
	const char *channel,
		*speaker; /* those for any are found too, but
			     any is no agent_self, no organization */
	/* Where the page before ended, from its phrases_hit; NULL: first. */
	const char *after_rank, *after_id;
	int limit; /* 1 to PHRASES_MAX */
};

struct phrases_hit {
	char id[256];
	char rank[24]; /* falls from page to page; of no meaning by itself */
};

/**
 * phrases_search(db, query, hits, n, err):
 * Find what matches ${query}, best first; write the ${n} hits, at most
 * query->limit of them, to ${hits}.  Finding nothing is DB_OK.  DB_INVALID:
 * after_rank is no number.
 */
enum db_status phrases_search(struct db *db, const struct phrases_query *query,
			      struct phrases_hit *hits, int *n,
			      struct db_error *err);

#endif /* !SQL_PHRASES_H */
