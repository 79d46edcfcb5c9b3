/*
 * alone.h - the real program without a database.
 *
 * It listens, and answers what needs none, such as /livez.  The binary is
 * ${EVENKEEL} (build/evenkeel).  Both fail the running test if they cannot; it
 * ends with the process that started it, however that ends.
 */
#ifndef TESTS_API_ALONE_H
#define TESTS_API_ALONE_H

#include <sys/types.h>

struct alone {
	pid_t pid;
	int port;
	int log; /* its standard error: nobody reads it after the start */
};

/**
 * alone_start(program):
 * Start it on a port of the kernel's choice, and wait until it listens.
 */
void alone_start(struct alone *program);

/**
 * alone_stop(program):
 * SIGTERM, wait, and return its exit status (128 + signal if it was killed).
 */
int alone_stop(struct alone *program);

#endif /* !TESTS_API_ALONE_H */
