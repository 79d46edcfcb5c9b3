/*
 * wire.c - one connection's talk with the server, no wait without an end.
 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "sql/sqlstate.h"
#include "sql/wire.h"

int64_t
wire_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

/* --- waiting and losing ------------------------------------------------ */

void
wire_drop(struct wire *w)
{
	PQfinish(w->conn);
	w->conn = NULL;
	memset(w->prepared, 0, sizeof(w->prepared));
}

enum db_status
wire_lose(struct wire *w, enum db_status status, struct db_error *err)
{
	const char *message = PQerrorMessage(w->conn);

	db_fail(err, status, "%s",
		message[0] != '\0' ? message : "the connection was lost");
	wire_drop(w);
	return status;
}

enum wire_wait
wire_wait(struct wire *w, short events, int64_t until)
{
	for (;;) {
		struct pollfd fds[2] = {
			{ .fd = PQsocket(w->conn), .events = events },
			{ .fd = w->stop_fd, .events = POLLIN },
		};
		int64_t left = until - wire_now();
		int n = poll(fds, 2, left > 0 ? (int)left : 0);

		if (n < 0 && errno != EINTR)
			return WIRE_LATE;
		if (n > 0 && fds[1].revents != 0)
			return WIRE_STOP;
		if (n > 0 && fds[0].revents != 0)
			return WIRE_READY;
		if (n == 0 && left <= 0)
			return WIRE_LATE;
	}
}

/* Wait as above; if it comes to nothing, let the connection go. */
static bool
wait_or_lose(struct wire *w, short events, int64_t until,
	     enum db_status when_lost, struct db_error *err)
{
	switch (wire_wait(w, events, until)) {
	case WIRE_READY:
		return true;
	case WIRE_LATE:
		db_fail(err, when_lost, "the server did not answer in time");
		break;
	case WIRE_STOP:
		db_fail(err, when_lost, "stopping");
		break;
	}
	wire_drop(w);
	return false;
}

/*
 * The next result of what was sent, NULL after the last.  Return false if the
 * connection was lost, which is ${when_lost} then.
 */
static bool
next_result(struct wire *w, int64_t until, enum db_status when_lost,
	    PGresult **res, struct db_error *err)
{
	int flush;

	while ((flush = PQflush(w->conn)) == 1) {
		if (!wait_or_lose(w, POLLIN | POLLOUT, until, when_lost, err))
			return false;
		if (PQconsumeInput(w->conn) == 0)
			break;
	}
	while (flush != -1 && PQisBusy(w->conn)) {
		if (!wait_or_lose(w, POLLIN, until, when_lost, err))
			return false;
		/* If it fails, PQgetResult() still has what was said last. */
		if (PQconsumeInput(w->conn) == 0)
			break;
	}
	*res = PQgetResult(w->conn);
	return true;
}

/* --- results ----------------------------------------------------------- */

static void
copy_field(char *to, size_t size, const PGresult *res, int field)
{
	const char *text = PQresultErrorField(res, field);

	if (text != NULL)
		snprintf(to, size, "%s", text);
}

/* Describe a failed ${res}, and free it. */
static enum db_status
failed(struct wire *w, PGresult *res, enum db_status when_lost,
       struct db_error *err)
{
	/* Unless PostgreSQL has words of its own, libpq's must do. */
	db_fail(err, DB_BUG, "%s", PQresultErrorMessage(res));
	copy_field(err->message, sizeof(err->message), res,
		   PG_DIAG_MESSAGE_PRIMARY);
	copy_field(err->sqlstate, sizeof(err->sqlstate), res, PG_DIAG_SQLSTATE);
	copy_field(err->constraint, sizeof(err->constraint), res,
		   PG_DIAG_CONSTRAINT_NAME);
	PQclear(res);

	/*
	 * No SQLSTATE: libpq itself speaks, of a connection that broke or of
	 * memory.  A server that is told to stop may say so in the moment
	 * between a commit and its answer.
	 */
	const struct sqlstate *s = sqlstate_find(err->sqlstate);
	bool lives = PQstatus(w->conn) == CONNECTION_OK;
	if (err->sqlstate[0] == '\0' && lives)
		err->status = DB_FULL;
	else if (s->status == DB_DOWN)
		err->status = when_lost;
	else
		err->status = s->status;

	/* A standby may refuse what a reader asks and still serve it. */
	bool serves = s->status == DB_READ_ONLY && w->role == DB_READER;
	if (!lives || (s->drop && !serves))
		wire_drop(w);
	return err->status;
}

/* A result that is no row: keep the last good one, or the first failure. */
static void
keep(struct wire *w, PGresult *res, enum db_status when_lost, PGresult **last,
     struct db_error *err)
{
	switch (PQresultStatus(res)) {
	case PGRES_TUPLES_OK:
	case PGRES_COMMAND_OK:
	case PGRES_EMPTY_QUERY:
		PQclear(*last);
		*last = res;
		return;
	default:
		if (err->status == DB_OK)
			failed(w, res, when_lost, err);
		else
			PQclear(res);
		return;
	}
}

enum db_status
wire_collect(struct wire *w, enum db_status when_lost, wire_row *row, void *arg,
	     PGresult **out, struct db_error *err)
{
	struct db_error lost, said = { .status = DB_OK };
	PGresult *res = NULL, *last = NULL;

	while (w->conn != NULL) {
		if (!next_result(w, wire_now() + w->statement_ms, when_lost,
				 &res, &lost)) {
			if (said.status == DB_OK)
				said = lost;
			break;
		}
		if (res == NULL)
			break;
		if (PQresultStatus(res) != PGRES_SINGLE_TUPLE) {
			keep(w, res, when_lost, &last, &said);
			continue;
		}
		bool more = row != NULL && row(arg, res);
		PQclear(res);
		if (!more) {
			wire_drop(w);
			db_fail(&said, DB_NO_ROWS, "given up");
		}
	}
	if (said.status == DB_OK && last == NULL)
		wire_lose(w, when_lost, &said);
	if (said.status == DB_OK && out != NULL)
		*out = last;
	else
		PQclear(last);
	if (said.status != DB_OK)
		*err = said;
	return said.status;
}

/* --- connecting -------------------------------------------------------- */

/* Finish what PQconnectStart() began. */
static bool
finish_connect(struct wire *w, struct db_error *err)
{
	int64_t until = wire_now() + conninfo_timeout_ms(w->ci);
	PostgresPollingStatusType step = PGRES_POLLING_WRITING;

	if (PQstatus(w->conn) == CONNECTION_BAD)
		step = PGRES_POLLING_FAILED;
	for (;;) {
		switch (step) {
		case PGRES_POLLING_OK:
			return true;
		case PGRES_POLLING_READING:
		case PGRES_POLLING_ACTIVE:
			if (!wait_or_lose(w, POLLIN, until, DB_DOWN, err))
				return false;
			break;
		case PGRES_POLLING_WRITING:
			if (!wait_or_lose(w, POLLOUT, until, DB_DOWN, err))
				return false;
			break;
		case PGRES_POLLING_FAILED:
			wire_lose(w, DB_DOWN, err);
			return false;
		}
		step = PQconnectPoll(w->conn);
	}
}

static void
be_silent(void *arg, const PGresult *res)
{
	(void)arg, (void)res;
}

/* Make a fresh connection ours. */
static enum db_status
set_up(struct wire *w, struct db_error *err)
{
	const char *encoding = PQparameterStatus(w->conn, "server_encoding");

	if (encoding == NULL || strcmp(encoding, "UTF8") != 0) {
		wire_drop(w);
		return db_fail(err, DB_DOWN,
			       "the database's encoding must be UTF8");
	}
	PQsetNoticeReceiver(w->conn, be_silent, NULL);
	PQsetnonblocking(w->conn, 1);
	if (PQsendQuery(w->conn, conninfo_setup(w->ci)) == 0)
		return wire_lose(w, DB_DOWN, err);
	if (wire_collect(w, DB_DOWN, NULL, NULL, NULL, err) != DB_OK) {
		wire_drop(w);
		return err->status = DB_DOWN;
	}
	w->connections++;
	return DB_OK;
}

bool
wire_alive(struct wire *w)
{
	if (w->conn == NULL)
		return false;
	/* Its last words may be there to read, and then its end. */
	while (wire_wait(w, POLLIN, 0) == WIRE_READY)
		if (PQconsumeInput(w->conn) == 0)
			break;
	if (PQstatus(w->conn) != CONNECTION_OK)
		wire_drop(w);
	return w->conn != NULL;
}

enum db_status
wire_connect(struct wire *w, struct db_error *err)
{
	enum db_status status = DB_DOWN;

	for (size_t i = 0; i < conninfo_hosts(w->ci) && status != DB_OK; i++) {
		w->conn = conninfo_start(w->ci, i, NULL);
		if (w->conn == NULL)
			return db_fail(err, DB_DOWN, "out of memory");
		status = finish_connect(w, err) ? set_up(w, err) : DB_DOWN;
	}
	return status;
}
