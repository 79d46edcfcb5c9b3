/*
 * refuse.h - what a failure of the database means to a client.
 */
#ifndef HANDLERS_REFUSE_H
#define HANDLERS_REFUSE_H

#include "sql/db.h"

struct reply;
struct request;

/**
 * refuse_db(req, reply, err):
 * Answer that the database failed as ${err} tells, and log it.  Return the
 * HTTP status.
 */
int refuse_db(const struct request *req, struct reply *reply,
	      const struct db_error *err);

#endif /* !HANDLERS_REFUSE_H */
