/*
 * wire.h - one connection's talk with the server, no wait without an end.
 *
 * For sql/ alone.  All waiting is a poll() here, on libpq's asynchronous
 * calls: its blocking ones wait for ever on the Unix socket of a server that
 * was stopped.  Whatever is lost is let go at once: ${conn} is NULL then.
 */
#ifndef SQL_WIRE_H
#define SQL_WIRE_H

#include <stdbool.h>
#include <stdint.h>

#include <libpq-fe.h>

#include "gen/queries.h"
#include "sql/db.h"

struct wire {
	struct conninfo *ci;
	enum db_role role;
	PGconn *conn;	      /* NULL: not connected */
	int stop_fd;	      /* give up when it is readable; -1: never */
	int statement_ms;     /* how long the server may be silent */
	unsigned connections; /* made so far */
	bool prepared[N_QUERIES + 1]; /* by number; of this connection */
};

enum wire_wait {
	WIRE_READY,
	WIRE_LATE,
	WIRE_STOP,
};

/* What to do with a row that has arrived; false: no more. */
typedef bool wire_row(void *arg, const PGresult *res);

/**
 * wire_now():
 * Milliseconds of a clock that only goes forward.
 */
int64_t wire_now(void);

/**
 * wire_wait(w, events, until):
 * Wait until the socket is ready for ${events}, as poll() has them, or it is
 * ${until}.
 */
enum wire_wait wire_wait(struct wire *w, short events, int64_t until);

/**
 * wire_alive(w):
 * Is there a connection that the other side has not closed, as far as one can
 * tell without asking?  If not, it is let go.
 */
bool wire_alive(struct wire *w);

/**
 * wire_connect(w, err):
 * Connect, to the first host that will do, and set the session up.  Without a
 * connection before.  DB_DOWN: there is none.
 */
enum db_status wire_connect(struct wire *w, struct db_error *err);

/**
 * wire_collect(w, when_lost, row, arg, out, err):
 * Read all results of what was sent.  Set ${out} (NULL: nobody wants it) to
 * the last one, which the caller must PQclear(); or, after
 * PQsetSingleRowMode(), give each row to ${row}(${arg}) as it comes, and
 * return DB_NO_ROWS if that returns false.  Losing the connection means
 * ${when_lost}.
 */
enum db_status wire_collect(struct wire *w, enum db_status when_lost,
			    wire_row *row, void *arg, PGresult **out,
			    struct db_error *err);

/**
 * wire_lose(w, status, err):
 * Describe what libpq says of the connection, let it go, return ${status}.
 */
enum db_status wire_lose(struct wire *w, enum db_status status,
			 struct db_error *err);

/**
 * wire_drop(w):
 * Let the connection go.
 */
void wire_drop(struct wire *w);

#endif /* !SQL_WIRE_H */
