/*
 * client.h - a small HTTP client that sends the bytes it is given.
 *
 * It knows only enough of HTTP to tell where an answer ends, so that a test
 * can send what no client would.  Whatever fails here fails the running test,
 * unless a function says that it returns it.
 */
#ifndef TESTS_API_CLIENT_H
#define TESTS_API_CLIENT_H

#include <stdbool.h>
#include <stddef.h>

struct client;

/* An answer, whole. */
struct answer {
	int status;
	char *head; /* the status line and the headers, NUL-terminated */
	char *body; /* without its chunks, NUL-terminated */
	size_t len; /* bytes of the body */
};

/**
 * client_open(port):
 * Connect to ${port} of 127.0.0.1.  The caller closes it.
 */
struct client *client_open(int port);

/**
 * client_close(c):
 * Close and free ${c}.  NULL is allowed.
 */
void client_close(struct client *c);

/**
 * client_reset(c):
 * The same, with a RST instead of a FIN.
 */
void client_reset(struct client *c);

/**
 * client_fd(c):
 * The socket.
 */
int client_fd(const struct client *c);

/**
 * client_send(c, bytes, len), client_text(c, fmt, ...):
 * Send bytes, or formatted text of at most 64 KiB.  Return false if the server
 * has closed the connection.
 */
bool client_send(struct client *c, const void *bytes, size_t len);
bool client_text(struct client *c, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/**
 * client_read(c, answer, ms), client_read_head(c, answer, ms):
 * Wait at most ${ms} for the next answer; the second is for the answer to a
 * HEAD, which has no body.  What follows it stays for the next call.  Return
 * false if none came whole: closed, or too late.  answer_free() is due for a
 * whole one.
 */
bool client_read(struct client *c, struct answer *answer, int ms);
bool client_read_head(struct client *c, struct answer *answer, int ms);

/**
 * client_closed(c, ms):
 * Does the server close the connection within ${ms}, with nothing more sent?
 */
bool client_closed(struct client *c, int ms);

/**
 * client_ask(port, fmt, ...):
 * On a connection of its own: send the text, read one answer (5 s).  The
 * caller frees it.
 */
struct answer client_ask(int port, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/**
 * client_get(port, target), client_post(port, target, body):
 * The same for a plain GET of ${target}, and a POST of JSON.
 */
struct answer client_get(int port, const char *target);
struct answer client_post(int port, const char *target, const char *body);

/**
 * answer_header(answer, name, buf, size):
 * Copy the value of the first header ${name} into ${buf} and return ${buf};
 * "" if there is none.
 */
const char *answer_header(const struct answer *answer, const char *name,
			  char *buf, size_t size);

/**
 * answer_has(answer, line):
 * Is "Name: value" one of its headers?  The name is compared without case.
 */
bool answer_has(const struct answer *answer, const char *line);

/**
 * answer_free(answer):
 * Free what ${answer} holds.
 */
void answer_free(struct answer *answer);

#endif /* !TESTS_API_CLIENT_H */
