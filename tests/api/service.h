/*
 * service.h - the real program, as a child of the test.
 *
 * The binary is ${BUILD}/evenkeel (build/evenkeel).  It is ended by its pid
 * when the test program ends, however that ends.  All of these fail the
 * running test, or end the program with a message, if they cannot.
 */
#ifndef TESTS_API_SERVICE_H
#define TESTS_API_SERVICE_H

#include <stddef.h>
#include <sys/types.h>

struct service {
	pid_t pid;
	int port;
	int err;   /* its standard error, ours to read */
	char *log; /* what it has written there so far */
	size_t log_len;
};

/**
 * service_command(args, ...):
 * Run the program with these arguments (the last is NULL) against the newest
 * database of pg.h.  Return its exit status.  What it printed, both streams,
 * is service_output(), until the next call.
 */
int service_command(const char *arg, ...);
const char *service_output(void);

/**
 * service_start(arg, ...):
 * Serve the newest database on a port of the kernel's choice, without keys
 * unless they say so, with these arguments besides (the last is NULL), and wait
 * until it listens.
 */
struct service *service_start(const char *arg, ...);

/**
 * service_expect(s, text):
 * Wait until ${s} has logged ${text} after what was waited for before; fail
 * after 10 seconds.
 */
void service_expect(struct service *s, const char *text);

/**
 * service_writes(s, headers):
 * Wait until ${s} changes conversations for who sends ${headers} ("", or lines
 * each with its end): one that has just begun, or has lost its database, may
 * have no connection yet.
 */
void service_writes(const struct service *s, const char *headers);

/**
 * service_signal(s, signal):
 * Send it a signal.
 */
void service_signal(struct service *s, int signal);

/**
 * service_stop(s):
 * SIGTERM, wait, and return its exit status (128 + signal if it was killed).
 * Frees ${s}.
 */
int service_stop(struct service *s);

/**
 * service_memory(s):
 * Its resident memory in bytes.
 */
size_t service_memory(const struct service *s);

/**
 * service_shipped():
 * A fresh database with the schema and the shipped library, published.
 */
void service_shipped(void);

#endif /* !TESTS_API_SERVICE_H */
