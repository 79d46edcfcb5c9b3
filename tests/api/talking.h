/*
 * talking.h - conversations over HTTP, every answer held against openapi.json.
 *
 * In a body, and in what an answer is to show, ' stands for ".  All of these
 * fail the running test if they cannot do what they say.
 */
#ifndef TESTS_API_TALKING_H
#define TESTS_API_TALKING_H

#include <jansson.h>

#include "tests/api/client.h"

#define TALK_LATER "2130-01-31T15:00:00Z" /* a time to come */

/* What was asked: it can be asked again. */
struct said {
	char what[64];
	char headers[1024];
	char *body; /* owned; NULL: none */
};

struct talk {
	int port;
	struct client *client;
	char id[40];	/* of the conversation */
	int version;	/* as last told */
	json_t *known;	/* the conversation as last told; owned */
	struct said at; /* the last request */
	struct answer answer;
	json_t *json; /* the answer's body, NULL if it is not JSON; owned */
};

/**
 * talk_open(t, port), talk_close(t):
 * A connection, and no conversation yet.
 */
void talk_open(struct talk *t, int port);
void talk_close(struct talk *t);

/**
 * talk_send(t, what, headers, body):
 * Send one request with these header lines and no others that matter, and read
 * the answer.  ${what} is a word:
 *
 *	start                  POST   /v1/conversations
 *	turns, undo            POST   /v1/conversations/{id}/...
 *	promises/2             POST   /v1/conversations/{id}/promises/2
 *	patch, get, delete     /v1/conversations/{id}; also get?turns=all
 *	follow-ups/0           POST   /v1/follow-ups/{id}, of the first one
 *	erasures               POST   /v1/erasures
 *	list?ref=x             GET    /v1/conversations?ref=x
 *	export?subject=x       GET    /v1/conversations.ndjson?subject=x
 *	due?status=open        GET    /v1/follow-ups?status=open
 *	next, check, read      POST   /v1/next ...
 */
void talk_send(struct talk *t, const char *what, const char *headers,
	       const char *body);

/**
 * talk_do(t, status, what, body):
 * The same with a fresh Idempotency-Key and the newest version in If-Match,
 * where they belong, and expect ${status}.
 */
void talk_do(struct talk *t, int status, const char *what, const char *body);

/**
 * talk_fmt(fmt, ...):
 * Formatted text, valid until the eighth call after it.
 */
const char *talk_fmt(const char *fmt, ...)
	__attribute__((format(printf, 1, 2)));

/**
 * talk_start(t, body):
 * talk_do() for the start of a conversation, which ${t} is about from now on.
 */
void talk_start(struct talk *t, const char *body);

/**
 * talk_signals(t, signals):
 * Turns: one for each word of ${signals}; each is 200.
 */
void talk_signals(struct talk *t, const char *signals);

/**
 * talk_said(t), said_free(said):
 * A copy of the last request; talk_repeat(t, said) sends it again.
 */
struct said talk_said(const struct talk *t);
void said_free(struct said *said);
void talk_repeat(struct talk *t, const struct said *said);

/**
 * talk_shows(t, text):
 * Is all that ${text} holds in the answer?  Objects may have more members;
 * arrays are of the same length.
 */
void talk_shows(const struct talk *t, const char *text);

/**
 * talk_text(t, path):
 * asking_text() of the answer.
 */
const char *talk_text(const struct talk *t, const char *path);

/* One event of a table, and what its answer shows; talk_through() does all up
 * to one whose ${what} is NULL. */
struct event {
	const char *what, *body;
	int status;
	const char *shows; /* NULL: nothing more */
};
void talk_through(struct talk *t, const struct event *events);

/**
 * talk_quoted(text):
 * ${text} with " for '; the caller frees it.
 */
char *talk_quoted(const char *text);

#endif /* !TESTS_API_TALKING_H */
