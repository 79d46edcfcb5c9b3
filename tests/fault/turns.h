/*
 * turns.h - durable turns as bytes on the wire, and in the database.
 *
 * Nothing in here but turns_check() calls libcheck, which knows one thread
 * only.
 */
#ifndef TESTS_FAULT_TURNS_H
#define TESTS_FAULT_TURNS_H

#include <stdbool.h>
#include <stddef.h>

#define TURNS_ID 36	   /* characters of a conversation's id */
#define TURNS_REQUEST 1024 /* more than any request of ours */

enum turns_what {
	TURNS_START,
	TURNS_TURN,
	TURNS_UNDO,
	TURNS_PATCH,
};

/* --- a connection --------------------------------------------------------- */

struct wire;

/* What an answer says.  The body stays the wire's, until it is used again. */
struct said {
	int status;
	int version;	 /* of its ETag; 0: none */
	int retry_after; /* s; 0: not said */
	bool replayed;
	char id[TURNS_ID + 1]; /* of the conversation in its Location, or "" */
	const char *body;      /* NUL-terminated */
	size_t len;
};

/**
 * wire_new(), wire_free(w):
 * A connection that is not made yet; NULL if out of memory.
 */
struct wire *wire_new(void);
void wire_free(struct wire *w);

/**
 * wire_send(w, port, text):
 * Send ${text}, on the connection there is or on a new one to ${port}.  False
 * if that cannot be.
 */
bool wire_send(struct wire *w, int port, const char *text);

/**
 * wire_read(w, said, ms):
 * Wait for an answer.  False, and no connection is left, if none came whole.
 */
bool wire_read(struct wire *w, struct said *said, int ms);

/**
 * wire_cut(w, reset):
 * Close the connection, with a RST if ${reset}.
 */
void wire_cut(struct wire *w, bool reset);

/**
 * turns_request(text, what, id, key, version, body):
 * Write a request into ${text} (TURNS_REQUEST bytes): a new conversation, or
 * ${what} is done to the conversation ${id} at ${version} (0: any).
 */
void turns_request(char *text, enum turns_what what, const char *id,
		   const char *key, int version, const char *body);

/* --- for all tests here --------------------------------------------------- */

long turns_now_ms(void);
long turns_setting(const char *name, long standard);

/**
 * turns_check(turns, conversations):
 * Fail the test unless the database holds so many, each numbered without a gap,
 * with one key each.
 */
void turns_check(long turns, long conversations);

#endif /* !TESTS_FAULT_TURNS_H */
