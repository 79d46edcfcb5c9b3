/*
 * keyring.h - keys for tests: good ones, and every kind that is not.
 *
 * All of these fail the running test if they cannot.
 */
#ifndef TESTS_API_KEYRING_H
#define TESTS_API_KEYRING_H

#include "server/keys.h"
#include "tests/api/client.h"

/* Who asks. */
enum caller {
	NOBODY,	      /* no Authorization */
	BASIC,	      /* of another scheme */
	EMPTY,	      /* "Bearer" and nothing */
	MALFORMED,    /* no key of ours looks like that */
	TWICE,	      /* a good key, and once more */
	UNKNOWN,      /* of the right form, never made */
	WRONG_SECRET, /* one that there is, with its last character changed */
	WRONG_ROLE,   /* a reader's, that says it is an admin's */
	REVOKED,
	EXPIRED,
	READER, /* from here on good ones */
	AGENT,
	EDITOR,
	PUBLISHER,
	ADMIN,
	NCALLERS,
};

/**
 * keyring_make(role, text):
 * Make a key for ${role} with the program's own command; write it to the
 * KEY_SIZE bytes at ${text}.
 */
void keyring_make(const char *role, char *text);

/**
 * keyring_fill():
 * Make what is needed for every caller, in the newest database.
 */
void keyring_fill(void);

/**
 * keyring_id(text):
 * The id in the key ${text}; valid until the next call.
 */
const char *keyring_id(const char *text);

/**
 * keyring_header(caller):
 * The header lines of ${caller}, "" or with a line break at their end.  Valid
 * until the next keyring_fill().
 */
const char *keyring_header(enum caller caller);

/**
 * keyring_bearer(text):
 * The header line with the key ${text}; valid until the next call.
 */
const char *keyring_bearer(const char *text);

/**
 * keyring_name(caller):
 * For messages.
 */
const char *keyring_name(enum caller caller);

/**
 * keyring_role(caller):
 * The role of a good one, else ROLE_NONE.
 */
enum role keyring_role(enum caller caller);

/**
 * keyring_ask(c, method, target, header, body):
 * Send a request on ${c} with the lines ${header}, and ${body} as JSON if it
 * is not NULL; read the answer.  The caller frees it.
 */
struct answer keyring_ask(struct client *c, const char *method,
			  const char *target, const char *header,
			  const char *body);

/**
 * keyring_status(port, target, header):
 * The status of a GET on a connection of its own.
 */
int keyring_status(int port, const char *target, const char *header);

/**
 * keyring_wait(port, text, status):
 * Wait until the service answers the key ${text} with ${status}, at most 10 s:
 * it hears of a change soon, and that is not now.
 */
void keyring_wait(int port, const char *text, int status);

#endif /* !TESTS_API_KEYRING_H */
