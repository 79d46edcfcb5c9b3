/*
 * batch_line.c - the connection of a batch: made, set up, watched, let go.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "sql/batch_parts.h"
#include "sql/sqlstate.h"

#define KNOCK_MS 200  /* between two tries to connect */
#define SETUP_MS 2000 /* for all that comes before the first batch */

static const struct query *const prepared[] = {
	&query_batch_look,	 &query_cases_select, &query_cases_promises,
	&query_cases_follow_ups, &query_cases_keys,   &query_cases_before,
	&query_batch_starts,	 &query_batch_turns,  &query_batch_turns_only,
};
#define NPREPARED (sizeof(prepared) / sizeof(prepared[0]))

/* --- the socket ------------------------------------------------------------
 */

/* Wait for ${events} of the socket, which libpq may have made anew. */
static void
watch(struct batch *b, unsigned events, bool anew)
{
	int fd = b->conn != NULL ? PQsocket(b->conn) : -1;
	struct epoll_event e = { .events = events };

	if (fd == b->fd && events == b->events && !anew)
		return;
	/* One that was closed is gone from there already. */
	if (b->fd >= 0 && (anew || fd != b->fd)) {
		(void)epoll_ctl(b->ep, EPOLL_CTL_DEL, b->fd, NULL);
		b->fd = -1;
	}
	if (fd >= 0 &&
	    epoll_ctl(b->ep, b->fd < 0 ? EPOLL_CTL_ADD : EPOLL_CTL_MOD, fd,
		      &e) != 0)
		fd = -1;
	b->fd = fd;
	b->events = events;
}

static bool
is_ready(const struct batch *b)
{
	struct epoll_event e;

	return epoll_wait(b->ep, &e, 1, 0) > 0;
}

void
line_clear(struct batch *b)
{
	for (int i = 0; i < MOST_RESULTS; i++) {
		PQclear(b->res[i]);
		b->res[i] = NULL;
	}
	b->nres = 0;
	b->err = (struct db_error){ .status = DB_OK };
}

static void
let_go(struct batch *b)
{
	if (b->fd >= 0)
		(void)epoll_ctl(b->ep, EPOLL_CTL_DEL, b->fd, NULL);
	b->fd = -1;
	PQfinish(b->conn);
	b->conn = NULL;
	/* Another primary may know otherwise. */
	memo_clear(b);
	b->state = LINE_OFF;
	b->deadline = INT64_MAX;
	b->stats.connected = false;
}

/* Is there another address of the same host? */
static bool
has_another(const struct batch *b)
{
	return b->lookup != NULL && resolve_state(b->lookup) == RESOLVE_DONE &&
	       b->address < resolve_count(b->lookup);
}

static void
forget_addresses(struct batch *b)
{
	uint64_t n;

	resolve_free(b->lookup);
	/* It may have been done a moment ago, and is to wake nobody now. */
	(void)!read(b->found, &n, sizeof(n));
	b->lookup = NULL;
	b->address = 0;
}

void
line_drop(struct batch *b, int64_t now)
{
	bool served = b->state >= LINE_IDLE;

	b->stats.lost += b->state > LINE_IDLE;
	if (b->nwork > 0)
		work_lost(b, now);
	let_go(b);
	line_clear(b);
	if (!served && has_another(b)) {
		b->retry = now;
		return;
	}
	forget_addresses(b);
	/* Once round all hosts; then rest. */
	b->host = served ? 0 : (b->host + 1) % conninfo_hosts(b->ci);
	b->retry = served || b->host != 0 ? now : now + KNOCK_MS;
}

static void
connect_to(struct batch *b, const char *address, int64_t now)
{
	b->conn = conninfo_start(b->ci, b->host, address);
	b->state = LINE_CONNECTING;
	b->deadline = now + conninfo_timeout_ms(b->ci);
	if (b->conn == NULL || PQstatus(b->conn) == CONNECTION_BAD)
		line_drop(b, now);
	else
		watch(b, EPOLLOUT, true);
}

/* Go on with a host whose name is being looked up, or is known. */
static void
resolve_more(struct batch *b, int64_t now)
{
	uint64_t n;

	if (resolve_state(b->lookup) == RESOLVE_WAIT) {
		if (now >= b->deadline)
			line_drop(b, now);
		return;
	}
	(void)!read(b->found, &n, sizeof(n));
	if (has_another(b))
		connect_to(b, resolve_address(b->lookup, b->address++), now);
	else
		line_drop(b, now);
}

static void
begin(struct batch *b, int64_t now)
{
	char name[256];

	if (b->lookup != NULL) {
		resolve_more(b, now);
		return;
	}
	conninfo_name(b->ci, b->host, name, sizeof(name));
	if (name[0] == '\0') {
		connect_to(b, NULL, now);
		return;
	}
	b->state = LINE_RESOLVING;
	b->deadline = now + conninfo_timeout_ms(b->ci);
	b->lookup = resolve_start(name, b->found);
	if (b->lookup == NULL)
		line_drop(b, now);
}

static void
be_silent(void *arg, const PGresult *res)
{
	(void)arg, (void)res;
}

/* Send the rest of what was queued. */
static void
flush(struct batch *b, int64_t now)
{
	int left = PQflush(b->conn);

	if (left < 0)
		line_drop(b, now);
	else
		watch(b, left > 0 ? EPOLLIN | EPOLLOUT : EPOLLIN, false);
}

static void
connected(struct batch *b, int64_t now)
{
	const char *encoding = PQparameterStatus(b->conn, "server_encoding");

	PQsetNoticeReceiver(b->conn, be_silent, NULL);
	if (encoding == NULL || strcmp(encoding, "UTF8") != 0 ||
	    PQsetnonblocking(b->conn, 1) != 0 ||
	    PQsendQuery(b->conn, conninfo_setup(b->ci)) == 0) {
		line_drop(b, now);
		return;
	}
	b->state = LINE_SETUP;
	b->deadline = now + SETUP_MS;
	watch(b, EPOLLIN, true);
	flush(b, now);
}

static void
connect_more(struct batch *b, int64_t now)
{
	switch (PQconnectPoll(b->conn)) {
	case PGRES_POLLING_OK:
		connected(b, now);
		break;
	case PGRES_POLLING_READING:
	case PGRES_POLLING_ACTIVE:
		watch(b, EPOLLIN, true);
		break;
	case PGRES_POLLING_WRITING:
		watch(b, EPOLLOUT, true);
		break;
	case PGRES_POLLING_FAILED:
		line_drop(b, now);
		break;
	}
}

/* --- setting up ------------------------------------------------------------
 */

static void
ask_types(struct batch *b, int64_t now)
{
	line_clear(b);
	b->state = LINE_TYPES;
	if (PQsendQueryParams(b->conn, query_batch_setup.text, 0, NULL, NULL,
			      NULL, NULL, 0) == 0)
		line_drop(b, now);
	else
		flush(b, now);
}

static void
prepare_all(struct batch *b, int64_t now)
{
	bool ok = b->res[0] != NULL && PQntuples(b->res[0]) == 1;

	for (int i = 0; i < 3 && ok; i++)
		b->types[i] = (unsigned)strtoul(PQgetvalue(b->res[0], 0, i),
						NULL, 10);
	ok = ok && PQenterPipelineMode(b->conn) == 1;
	for (size_t i = 0; i < NPREPARED && ok; i++)
		ok = PQsendPrepare(b->conn, prepared[i]->name,
				   prepared[i]->text, 0, NULL) == 1;
	if (ok)
		line_sync(b, LINE_PREPARE, b->deadline, now);
	else
		line_drop(b, now);
}

static void
idle(struct batch *b)
{
	line_clear(b);
	b->state = LINE_IDLE;
	b->deadline = INT64_MAX;
	b->host = 0;
	forget_addresses(b);
	b->stats.connected = true;
}

/* --- sending and results ----------------------------------------------------
 */

bool
line_send(struct batch *b, const struct query *q, struct pack *const *params,
	  int n)
{
	const char *values[3];
	int lengths[3];
	static const int formats[3] = { 1, 1, 1 };

	for (int i = 0; i < n; i++) {
		if (!pack_end(params[i]))
			return false;
		values[i] = params[i]->data;
		lengths[i] = (int)params[i]->len;
	}
	return PQsendQueryPrepared(b->conn, q->name, n, values, lengths,
				   formats, 1) == 1;
}

void
line_sync(struct batch *b, enum line_state state, int64_t deadline, int64_t now)
{
	line_clear(b);
	b->state = state;
	b->deadline = deadline;
	if (PQpipelineSync(b->conn) == 1)
		flush(b, now);
	else
		line_drop(b, now);
}

static void
copy_field(char *to, size_t size, const PGresult *res, int field)
{
	const char *text = PQresultErrorField(res, field);

	(void)snprintf(to, size, "%s", text != NULL ? text : "");
}

/* Note the first failure: the others follow from it. */
static void
note_failure(struct batch *b, const PGresult *res)
{
	if (b->err.status != DB_OK)
		return;
	copy_field(b->err.message, sizeof(b->err.message), res,
		   PG_DIAG_MESSAGE_PRIMARY);
	copy_field(b->err.sqlstate, sizeof(b->err.sqlstate), res,
		   PG_DIAG_SQLSTATE);
	copy_field(b->err.constraint, sizeof(b->err.constraint), res,
		   PG_DIAG_CONSTRAINT_NAME);
	b->err.status = sqlstate_find(b->err.sqlstate)->status;
	if (b->err.sqlstate[0] == '\0' && PQstatus(b->conn) == CONNECTION_OK)
		b->err.status = DB_FULL;
}

/* Take in what has arrived.  True: that is all of it. */
static bool
collect(struct batch *b)
{
	while (!PQisBusy(b->conn)) {
		PGresult *res = PQgetResult(b->conn);

		if (res == NULL) {
			if (b->state <= LINE_TYPES)
				return true;
			if (PQstatus(b->conn) != CONNECTION_OK)
				return false;
			b->nres++;
			continue;
		}
		switch (PQresultStatus(res)) {
		case PGRES_PIPELINE_SYNC:
			PQclear(res);
			return true;
		case PGRES_TUPLES_OK:
			if (b->nres < MOST_RESULTS) {
				PQclear(b->res[b->nres]);
				b->res[b->nres] = res;
				break;
			}
			PQclear(res);
			break;
		case PGRES_COMMAND_OK:
		case PGRES_EMPTY_QUERY:
			PQclear(res);
			break;
		default:
			note_failure(b, res);
			PQclear(res);
			break;
		}
		/* Nothing more will come of a server that says good-bye. */
		if (PQstatus(b->conn) != CONNECTION_OK)
			return false;
	}
	return false;
}

static void
finish(struct batch *b, int64_t now)
{
	bool ok = b->err.status == DB_OK;

	switch (b->state) {
	case LINE_SETUP:
	case LINE_TYPES:
	case LINE_PREPARE:
		if (!ok)
			line_drop(b, now);
		else if (b->state == LINE_SETUP)
			ask_types(b, now);
		else if (b->state == LINE_TYPES)
			prepare_all(b, now);
		else
			idle(b);
		break;
	case LINE_READ:
	case LINE_WRITE:
		if (!ok && sqlstate_find(b->err.sqlstate)->drop) {
			line_drop(b, now);
			break;
		}
		if (b->state == LINE_READ)
			work_read(b, now);
		else
			work_written(b, now);
		/* Else more of the same batch was sent, or it was dropped. */
		if (b->conn != NULL && b->nwork == 0)
			idle(b);
		break;
	case LINE_OFF:
	case LINE_RESOLVING:
	case LINE_CONNECTING:
	case LINE_IDLE:
		break;
	}
}

void
line_turn(struct batch *b, int64_t now)
{
	if (b->state == LINE_RESOLVING)
		resolve_more(b, now);
	else if (b->conn == NULL && now >= b->retry)
		begin(b, now);
	if (b->conn == NULL)
		return;
	if (!is_ready(b)) {
		if (now >= b->deadline)
			line_drop(b, now);
		return;
	}
	if (b->state == LINE_CONNECTING) {
		connect_more(b, now);
		return;
	}
	/* It was not asked: it says goodbye, or its settings have changed. What
	   is sent after a goodbye may or may not be done, so ask another. */
	if (b->state == LINE_IDLE) {
		line_drop(b, now);
		return;
	}
	/* If it fails, what was said last is still to be read. */
	bool alive = PQconsumeInput(b->conn) == 1;
	enum line_state was;

	if (alive && b->events & EPOLLOUT)
		flush(b, now);
	do {
		was = b->state;
		if (b->conn == NULL || b->state == LINE_IDLE || !collect(b))
			break;
		finish(b, now);
	} while (b->state != was);
	if (b->conn != NULL && (!alive || PQstatus(b->conn) != CONNECTION_OK))
		line_drop(b, now);
}
