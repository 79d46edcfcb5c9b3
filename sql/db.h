/*
 * db.h - ask the database something, and know what came of it.
 *
 * sql/ is the only folder that knows libpq, and this header keeps it so.
 * Nothing here logs or speaks HTTP: callers get a status to act on and a
 * db_error to log.
 *
 * A struct db is one connection for one thread at a time.  It connects when
 * it is first asked something, and again after it was lost.  It never waits
 * without an end: a server that says nothing for longer than a statement may
 * take counts as lost, also when it was only stopped.
 */
#ifndef SQL_DB_H
#define SQL_DB_H

#include <stdbool.h>
#include <stddef.h>

#include "sql/conninfo.h"
#include "sql/query.h"

struct db;
struct pg_result; /* libpq calls it PGresult */

/* What a caller can do about it. */
enum db_status {
	DB_OK,
	DB_NO_ROWS,   /* it ran, and found nothing */
	DB_CONFLICT,  /* it clashes with another row */
	DB_INVALID,   /* a value breaks a rule */
	DB_BUSY,      /* a lock or time ran out: nothing was done */
	DB_AGAIN,     /* clashed with another transaction: run it all again */
	DB_READ_ONLY, /* not the primary any more: it is looked for anew */
	DB_FULL,      /* disk or memory is full: later */
	DB_DOWN,      /* no database to ask: nothing was done */
	DB_UNKNOWN,   /* lost while it was at work: perhaps done, perhaps not */
	DB_BUG,	      /* we asked nonsense: mend the program */
};

struct db_error {
	enum db_status status;
	char sqlstate[6];    /* "" if the server did not answer */
	char constraint[64]; /* its name, or "" */
	char message[256];   /* for the log; never for a client */
};

/**
 * db_open(url, role, err):
 * Return a handle on the database at ${url} (a libpq connection string) for
 * ${role}.  Connects to nothing yet.  Return NULL and describe why in ${err}
 * if ${url} makes no sense or memory ran out.
 */
struct db *db_open(const char *url, enum db_role role, struct db_error *err);

/**
 * db_close(db):
 * Disconnect and free ${db}.  NULL is allowed.
 */
void db_close(struct db *db);

/**
 * db_stop_on(db, fd):
 * From now on give up whatever is waited for when ${fd} is readable, with
 * DB_DOWN or DB_UNKNOWN.  -1: never.
 */
void db_stop_on(struct db *db, int fd);

/**
 * db_connect(db, err):
 * Make sure that there is a connection that lives as far as one can tell.
 */
enum db_status db_connect(struct db *db, struct db_error *err);

/**
 * db_connections(db):
 * How often ${db} has connected so far: what a session was told (LISTEN) is
 * forgotten when this grows.
 */
unsigned db_connections(const struct db *db);

/**
 * db_query(db, query, params, res, err):
 * Run ${query} with its nparams text ${params} (NULL is SQL NULL; none: NULL).
 * On DB_OK set ${res} to the rows, at least one; the caller must PQclear() it.
 * On anything else leave ${res} alone and describe the failure in ${err}.
 * Outside a transaction, DB_AGAIN is tried three times before it is told.
 */
enum db_status db_query(struct db *db, const struct query *query,
			const char *const *params, struct pg_result **res,
			struct db_error *err);

/**
 * db_run(db, query, params, err):
 * As db_query(), for a statement whose rows do not matter; none are DB_OK.
 */
enum db_status db_run(struct db *db, const struct query *query,
		      const char *const *params, struct db_error *err);

/**
 * db_stream(db, query, params, row, arg, err):
 * As db_query(), but call ${row}(${arg}, res) for each row as it arrives; it
 * is row 0 of ${res}, which it borrows.  No rows are DB_OK.  If ${row} returns
 * false, the rest is not read and DB_NO_ROWS returned; the connection ends.
 */
enum db_status db_stream(struct db *db, const struct query *query,
			 const char *const *params,
			 bool (*row)(void *arg, const struct pg_result *res),
			 void *arg, struct db_error *err);

/**
 * db_exec(db, text, err):
 * Run ${text}, one or more statements of our own that are no query of
 * sql/queries/: a migration, LISTEN.  Never text with a value pasted in.
 */
enum db_status db_exec(struct db *db, const char *text, struct db_error *err);

enum db_isolation {
	DB_CHANGE,   /* read committed: sees what others commit meanwhile */
	DB_SNAPSHOT, /* repeatable read, read only: sees one moment */
};

/**
 * db_begin(db, isolation, err):
 * Begin a transaction.  Whatever comes of what follows, end it with
 * db_commit() or db_rollback().
 */
enum db_status db_begin(struct db *db, enum db_isolation isolation,
			struct db_error *err);

/**
 * db_patience(db, ms, err):
 * Until this transaction ends a statement may take ${ms}, a lock 10 s.
 */
enum db_status db_patience(struct db *db, int ms, struct db_error *err);

/**
 * db_commit(db, err):
 * End the transaction.  DB_OK: it is durable.  DB_UNKNOWN: it may be.
 * Anything else: nothing of it was done.
 */
enum db_status db_commit(struct db *db, struct db_error *err);

/**
 * db_rollback(db):
 * Undo the transaction.  Cannot fail.
 */
void db_rollback(struct db *db);

/**
 * db_notified(db, timeout_ms, err):
 * Wait for a notification.  DB_OK: there was one or more.  DB_NO_ROWS: none
 * within ${timeout_ms}.  DB_DOWN: the connection was lost, or db_stop_on().
 */
enum db_status db_notified(struct db *db, int timeout_ms, struct db_error *err);

/**
 * db_status_from_sqlstate(sqlstate):
 * Say what a SQLSTATE means to our callers.  "" is a server that vanished.
 */
enum db_status db_status_from_sqlstate(const char *sqlstate);

/**
 * db_fail(err, status, fmt, ...):
 * Describe in ${err} a failure that the database does not know of.  Return
 * ${status}.
 */
enum db_status db_fail(struct db_error *err, enum db_status status,
		       const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

#endif /* !SQL_DB_H */
