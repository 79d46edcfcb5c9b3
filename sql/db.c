/*
 * db.c - ask the database something, and know what came of it.
 */
#include <poll.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libpq-fe.h>

#include "sql/db.h"
#include "sql/sqlstate.h"
#include "sql/wire.h"

#define STATEMENT_MS 3000 /* the server's own limit is 2 s */
#define GRACE_MS 1000	  /* how much ours comes after it */
#define LOCK_MS "10000"
#define TRIES 3 /* of a statement that clashed */

struct db {
	struct wire wire;
	bool in_transaction; /* stays set when the connection is lost in it */
};

enum db_status
db_status_from_sqlstate(const char *sqlstate)
{
	return sqlstate_find(sqlstate)->status;
}

enum db_status
db_fail(struct db_error *err, enum db_status status, const char *fmt, ...)
{
	va_list ap;

	*err = (struct db_error){ .status = status };
	va_start(ap, fmt);
	vsnprintf(err->message, sizeof(err->message), fmt, ap);
	va_end(ap);
	err->message[strcspn(err->message, "\n")] = '\0';
	return status;
}

enum db_status
db_connect(struct db *db, struct db_error *err)
{
	if (wire_alive(&db->wire))
		return DB_OK;
	if (db->in_transaction)
		return db_fail(err, DB_DOWN, "the transaction was lost");
	return wire_connect(&db->wire, err);
}

unsigned
db_connections(const struct db *db)
{
	return db->wire.connections;
}

/* --- statements -------------------------------------------------------- */

/* What it means to lose the connection once a statement was sent. */
static enum db_status
status_when_lost(const struct db *db)
{
	return db->in_transaction || db->wire.role == DB_READER ? DB_DOWN
								: DB_UNKNOWN;
}

static enum db_status
prepare(struct db *db, const struct query *q, struct db_error *err)
{
	if (q->number == 0 || db->wire.prepared[q->number])
		return DB_OK;
	if (PQsendPrepare(db->wire.conn, q->name, q->text, 0, NULL) == 0)
		return wire_lose(&db->wire, DB_DOWN, err);
	enum db_status status =
		wire_collect(&db->wire, DB_DOWN, NULL, NULL, NULL, err);
	if (status == DB_OK)
		db->wire.prepared[q->number] = true;
	return status;
}

static enum db_status
run_once(struct db *db, const struct query *q, const char *const *params,
	 wire_row *row, void *arg, PGresult **res, struct db_error *err)
{
	enum db_status status = db_connect(db, err);
	int sent;

	if (status == DB_OK)
		status = prepare(db, q, err);
	if (status != DB_OK)
		return status;
	if (q->number != 0)
		sent = PQsendQueryPrepared(db->wire.conn, q->name, q->nparams,
					   params, NULL, NULL, q->binary);
	else
		sent = PQsendQueryParams(db->wire.conn, q->text, q->nparams,
					 NULL, params, NULL, NULL, q->binary);
	if (sent == 0)
		return wire_lose(&db->wire, DB_DOWN, err);
	if (row != NULL)
		PQsetSingleRowMode(db->wire.conn);
	return wire_collect(&db->wire, status_when_lost(db), row, arg, res,
			    err);
}

static enum db_status
run(struct db *db, const struct query *q, const char *const *params,
    PGresult **res, struct db_error *err)
{
	enum db_status status;
	int tries = db->in_transaction ? 1 : TRIES;

	do {
		status = run_once(db, q, params, NULL, NULL, res, err);
	} while (status == DB_AGAIN && --tries > 0);
	return status;
}

enum db_status
db_query(struct db *db, const struct query *query, const char *const *params,
	 PGresult **res, struct db_error *err)
{
	PGresult *rows;
	enum db_status status = run(db, query, params, &rows, err);

	if (status != DB_OK)
		return status;
	if (PQresultStatus(rows) != PGRES_TUPLES_OK)
		status = db_fail(err, DB_BUG, "%s gives no rows", query->name);
	else if (PQntuples(rows) == 0)
		status = db_fail(err, DB_NO_ROWS, "no rows");
	if (status == DB_OK)
		*res = rows;
	else
		PQclear(rows);
	return status;
}

enum db_status
db_run(struct db *db, const struct query *query, const char *const *params,
       struct db_error *err)
{
	return run(db, query, params, NULL, err);
}

enum db_status
db_stream(struct db *db, const struct query *query, const char *const *params,
	  wire_row *row, void *arg, struct db_error *err)
{
	return run_once(db, query, params, row, arg, NULL, err);
}

enum db_status
db_exec(struct db *db, const char *text, struct db_error *err)
{
	enum db_status status = db_connect(db, err);

	if (status != DB_OK)
		return status;
	if (PQsendQuery(db->wire.conn, text) == 0)
		return wire_lose(&db->wire, DB_DOWN, err);
	return wire_collect(&db->wire, status_when_lost(db), NULL, NULL, NULL,
			    err);
}

/* --- transactions ------------------------------------------------------ */

enum db_status
db_begin(struct db *db, enum db_isolation isolation, struct db_error *err)
{
	static const char *const begin[] = {
		[DB_CHANGE] = "BEGIN ISOLATION LEVEL READ COMMITTED",
		[DB_SNAPSHOT] = "BEGIN ISOLATION LEVEL REPEATABLE READ READ "
				"ONLY",
	};
	enum db_status status = db_exec(db, begin[isolation], err);

	/* A transaction that nobody is left to commit has done nothing. */
	if (status == DB_UNKNOWN)
		status = err->status = DB_DOWN;
	db->in_transaction = status == DB_OK;
	return status;
}

enum db_status
db_patience(struct db *db, int ms, struct db_error *err)
{
	char text[sizeof("-2147483648")];
	const char *const values[][2] = {
		{ "statement_timeout", text },
		{ "idle_in_transaction_session_timeout", text },
		{ "lock_timeout", LOCK_MS },
	};
	enum db_status status = DB_OK;

	snprintf(text, sizeof(text), "%d", ms);
	for (size_t i = 0; status == DB_OK && i < 3; i++)
		status = db_run(db, &query_setting_local, values[i], err);
	if (status == DB_OK)
		db->wire.statement_ms = ms + GRACE_MS;
	return status;
}

enum db_status
db_commit(struct db *db, struct db_error *err)
{
	PGresult *res;
	enum db_status status = db_connect(db, err);

	if (status == DB_OK && PQsendQuery(db->wire.conn, "COMMIT") == 0)
		status = wire_lose(&db->wire, DB_DOWN, err);
	if (status == DB_OK)
		status = wire_collect(&db->wire, DB_UNKNOWN, NULL, NULL, &res,
				      err);
	if (status == DB_OK) {
		/* After an error in the transaction it says ROLLBACK. */
		if (strcmp(PQcmdStatus(res), "COMMIT") != 0)
			status = db_fail(err, DB_BUG, "it was rolled back");
		PQclear(res);
	}
	db->in_transaction = false;
	db->wire.statement_ms = STATEMENT_MS;
	return status;
}

void
db_rollback(struct db *db)
{
	struct db_error ignored;

	if (db->wire.conn != NULL && db->in_transaction &&
	    db_exec(db, "ROLLBACK", &ignored) != DB_OK && db->wire.conn != NULL)
		wire_drop(&db->wire);
	db->in_transaction = false;
	db->wire.statement_ms = STATEMENT_MS;
}

enum db_status
db_notified(struct db *db, int timeout_ms, struct db_error *err)
{
	int64_t until = wire_now() + timeout_ms;

	if (db->wire.conn == NULL)
		return db_fail(err, DB_DOWN, "not connected");
	for (;;) {
		PGnotify *note;
		bool any = false;

		while ((note = PQnotifies(db->wire.conn)) != NULL) {
			PQfreemem(note);
			any = true;
		}
		if (any)
			return DB_OK;
		switch (wire_wait(&db->wire, POLLIN, until)) {
		case WIRE_READY:
			break;
		case WIRE_LATE:
			return db_fail(err, DB_NO_ROWS, "nothing new");
		case WIRE_STOP:
			wire_drop(&db->wire);
			return db_fail(err, DB_DOWN, "stopping");
		}
		if (PQconsumeInput(db->wire.conn) == 0 ||
		    PQstatus(db->wire.conn) != CONNECTION_OK)
			return wire_lose(&db->wire, DB_DOWN, err);
	}
}

/* --- the handle -------------------------------------------------------- */

struct db *
db_open(const char *url, enum db_role role, struct db_error *err)
{
	char why[sizeof(err->message)];
	struct db *db = calloc(1, sizeof(*db));

	if (db == NULL) {
		db_fail(err, DB_DOWN, "out of memory");
		return NULL;
	}
	db->wire.ci = conninfo_new(url, role, why, sizeof(why));
	if (db->wire.ci == NULL) {
		db_fail(err, DB_DOWN, "the database's address: %s", why);
		free(db);
		return NULL;
	}
	db->wire.role = role;
	db->wire.stop_fd = -1;
	db->wire.statement_ms = STATEMENT_MS;
	return db;
}

void
db_stop_on(struct db *db, int fd)
{
	db->wire.stop_fd = fd;
}

void
db_close(struct db *db)
{
	if (db == NULL)
		return;
	PQfinish(db->wire.conn);
	conninfo_free(db->wire.ci);
	free(db);
}
