/*
 * events.h - what happened, in an order that nothing is added to later.
 *
 * For job threads: it waits.  ${db} is a writer's.  An event is a row that is
 * there anyway, with the transaction that wrote it: a turn, a release, a
 * follow-up that is due.  They come by transaction, and only those before the
 * oldest that is still open, so that whoever goes on after the last one that
 * it has seen misses none.  Any transaction that writes holds them back until
 * it ends, in whatever database of the cluster; none is lost.
 */
#ifndef SQL_EVENTS_H
#define SQL_EVENTS_H

#include <stdbool.h>
#include <stdint.h>

#include "sql/db.h"

/* Between two events.  Zeros: before the first. */
struct event_place {
	uint64_t xid;
	char conversation[37]; /* "": before any */
	int n;
};

/* Borrowed for the call; text that does not apply is NULL, numbers are 0. */
struct event {
	struct event_place at;
	const char *type, *time;
	const char *signal, *from, *to;
	bool moved;
	int intensity, release;
	const char *follow_up; /* its id */
	int kind;	       /* its enum follow_up_kind */
};

/**
 * events_read(db, after, limit, each, arg, horizon, err):
 * Note which follow-ups are due, then call ${each} with the first ${limit}
 * events behind ${after}.  None are DB_OK.  ${horizon} is where the next one
 * can be at the earliest: a place behind it was never given by this database.
 */
enum db_status events_read(struct db *db, const struct event_place *after,
			   int limit,
			   void (*each)(void *arg, const struct event *e),
			   void *arg, struct event_place *horizon,
			   struct db_error *err);

#endif /* !SQL_EVENTS_H */
