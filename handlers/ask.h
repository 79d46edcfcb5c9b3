/*
 * ask.h - read what a caller wants to know: query or body to a step_query.
 *
 * GET and POST take the same names; one table says how each is read.
 */
#ifndef HANDLERS_ASK_H
#define HANDLERS_ASK_H

#include <stdbool.h>

#include <jansson.h>

#include "script/step.h"
#include "server/request.h"

struct reply;

struct ask {
	struct step_query query;
	bool flat;
	json_t *state;		     /* owned: parsed from a query, or NULL */
	char room[REQUEST_MAX_BODY]; /* where cleaned values live */
};

/* Which fields a request may have. */
enum ask_kind {
	ASK_MOVE, /* all of /v1/next */
	ASK_STAY  /* those of /v1/steps/{stage}: nothing that moves */
};

/**
 * ask_read(req, kind, ask, reply):
 * Read the arguments or the body of ${req}, which must have a library, into
 * ${ask}, which borrows from ${req}.  Return 0, or the status of the problem
 * that is then in ${reply}, with every field that is wrong.
 */
int ask_read(const struct request *req, enum ask_kind kind, struct ask *ask,
	     struct reply *reply);

/**
 * ask_done(ask):
 * Free what ask_read() made.  To be called whatever it returned.
 */
void ask_done(struct ask *ask);

#endif /* !HANDLERS_ASK_H */
