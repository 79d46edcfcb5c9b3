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
#include "script/wording.h"
#include "server/request.h"

struct intake;
struct reply;

/*
 * A member or argument that one resource takes beside those of the table.
 * ${value} is NULL and ${text} the argument where it came in a query.
 */
struct ask_extra {
	const char *name;
	void (*set)(struct intake *r, void *arg, const json_t *value,
		    struct slice text);
};

struct ask {
	struct step_query query;
	bool flat;
	bool unknown; /* a code was refused that another release may know */
	/* What ask_read() does not settle, but for ASK_MOVE and ASK_STAY */
	bool used_given;
	struct frag used[STATE_MAX_USED];
	size_t nused;
	/* The caller's, to be set before ask_read(). */
	const struct ask_extra *extras;
	size_t nextras;
	void *arg;		     /* of the extras */
	json_t *state;		     /* owned: parsed from a query, or NULL */
	char room[REQUEST_MAX_BODY]; /* where cleaned values live */
};

/* Which fields a request may have. */
enum ask_kind {
	ASK_MOVE = 1u << 0, /* all of /v1/next */
	ASK_STAY = 1u << 1, /* those of /v1/steps/{stage}: nothing that moves */
	ASK_START = 1u << 2, /* those that a conversation begins with */
	ASK_TURN = 1u << 3,  /* those of a turn: intensity and speaker are -1
				where they were left out */
	ASK_PATCH = 1u << 4, /* sit.category is -1 where it was left out */
	ASK_LOOK = 1u << 5,  /* how a step is shown: values, phrases, raw */
	ASK_CHECK =
		1u << 6,    /* where a draft shall be said: stage, sit.category,
			       channel, speaker, fault and intensity are -1 (or
			       STAGE_NONE) where they were left out */
	ASK_HEAR = 1u << 7, /* a message's locale, and no values */
};

/**
 * ask_read(req, kind, ask, reply):
 * Read the arguments or the body of ${req}, which must have a library, into
 * ${ask}, which borrows from ${req}; its extras must be set.  Return 0, or the
 * status of the problem that is then in ${reply}, with every field that is
 * wrong.
 */
int ask_read(const struct request *req, enum ask_kind kind, struct ask *ask,
	     struct reply *reply);

/**
 * ask_draft(ask, text):
 * The draft ${text}, which shall be said where an ASK_CHECK said.  It borrows
 * from both.
 */
struct draft ask_draft(const struct ask *ask, struct slice text);

/**
 * ask_done(ask):
 * Free what ask_read() made.  To be called whatever it returned.
 */
void ask_done(struct ask *ask);

#endif /* !HANDLERS_ASK_H */
