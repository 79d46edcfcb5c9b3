/*
 * events.c - what happened, in an order that nothing is added to later.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include <libpq-fe.h>

#include "gen/queries.h"
#include "sql/events.h"

#define NOBODY "00000000-0000-0000-0000-000000000000"

/* As in events_select. */
enum column {
	HORIZON,
	XID,
	CONVERSATION,
	N,
	TYPE,
	TIME,
	RELEASE,
	SIGNAL,
	FROM,
	TO,
	MOVED,
	INTENSITY,
	FOLLOW_UP,
	KIND,
};

static const char *
text(const PGresult *res, int row, enum column c)
{
	return PQgetisnull(res, row, (int)c) ? NULL
					     : PQgetvalue(res, row, (int)c);
}

static int
number(const PGresult *res, int row, enum column c)
{
	return (int)strtol(PQgetvalue(res, row, (int)c), NULL, 10);
}

static void
read_event(const PGresult *res, int row, struct event *e)
{
	*e = (struct event){
		.at = { .xid = strtoull(PQgetvalue(res, row, XID), NULL, 10),
			.n = number(res, row, N) },
		.type = text(res, row, TYPE),
		.time = text(res, row, TIME),
		.signal = text(res, row, SIGNAL),
		.from = text(res, row, FROM),
		.to = text(res, row, TO),
		.moved = number(res, row, MOVED) != 0,
		.intensity = number(res, row, INTENSITY),
		.release = number(res, row, RELEASE),
		.follow_up = text(res, row, FOLLOW_UP),
		.kind = number(res, row, KIND),
	};
	(void)snprintf(e->at.conversation, sizeof(e->at.conversation), "%s",
		       PQgetvalue(res, row, CONVERSATION));
}

enum db_status
events_read(struct db *db, const struct event_place *after, int limit,
	    void (*each)(void *arg, const struct event *e), void *arg,
	    struct event_place *horizon, struct db_error *err)
{
	char xid[24], n[16], most[16];
	const char *params[] = { xid,
				 after->conversation[0] != '\0'
					 ? after->conversation
					 : NOBODY,
				 n, most };
	PGresult *res = NULL;

	(void)snprintf(xid, sizeof(xid), "%" PRIu64, after->xid);
	(void)snprintf(n, sizeof(n), "%d", after->n);
	(void)snprintf(most, sizeof(most), "%d", limit);
	enum db_status status = db_run(db, &query_events_due, NULL, err);
	if (status == DB_OK)
		status = db_query(db, &query_events_select, params, &res, err);
	if (status != DB_OK)
		return status;
	*horizon = (struct event_place){
		.xid = strtoull(PQgetvalue(res, 0, HORIZON), NULL, 10)
	};
	for (int i = 0; i < PQntuples(res); i++) {
		struct event e;

		if (text(res, i, XID) == NULL)
			break;
		read_event(res, i, &e);
		each(arg, &e);
	}
	PQclear(res);
	return DB_OK;
}
