/*
 * refuse.c - what a failure of the database means to a client.
 */
#include <string.h>

#include "handlers/app.h"
#include "handlers/refuse.h"
#include "server/log.h"
#include "server/problem.h"
#include "server/reply.h"
#include "server/request.h"

static int
later(struct reply *reply, enum problem_code code, int seconds)
{
	int status = problem(reply, code, NULL);

	reply->retry_after = seconds;
	return status;
}

int
refuse_db(const struct request *req, struct reply *reply,
	  const struct db_error *err)
{
	const struct app *app = req->app;

	log_error(app->log, "database", "request=%s sqlstate=%s %s", req->id,
		  err->sqlstate, err->message);
	switch (err->status) {
	case DB_BUSY:
	case DB_AGAIN:
		return later(reply, PROBLEM_BUSY, 1);
	case DB_FULL:
		return later(reply, PROBLEM_BUSY, 30);
	case DB_UNKNOWN:
		/* What only reads has no outcome to wonder about. */
		if (strcmp(req->method, "GET") != 0 &&
		    strcmp(req->method, "HEAD") != 0)
			return later(reply, PROBLEM_OUTCOME_UNKNOWN, 2);
		return later(reply, PROBLEM_DB_UNAVAILABLE, 2);
	case DB_READ_ONLY:
	case DB_DOWN:
		return later(reply, PROBLEM_DB_UNAVAILABLE, 2);
	case DB_OK:
	case DB_NO_ROWS:
	case DB_CONFLICT:
	case DB_INVALID:
	case DB_BUG:
		break;
	}
	return problem(reply, PROBLEM_INTERNAL, NULL);
}
