/*
 * rig.h - the HTTP server with routes made for tests, in this process.
 *
 * No database, no knowledge: only what server/ does by itself.
 *
 *	GET    /hello           {"hello":true}
 *	GET    /things/{id}     from the release: what the handler was given
 *	POST   /things          the same, with the body
 *	DELETE /things/{id}     204
 *	GET    /bytes/{n}       n bytes of text
 *	GET    /stream/{n}      the same, made on the way; 7 breaks off
 *	GET    /slow/{ms}       a job that sleeps
 *	POST   /slow            a job that answers with the body
 *	GET    /held/{ms}       a job made from the release: the number of it
 *	GET    /later/{ms}, /round/{n}: see later.h
 *	GET    /wrong           a problem with two fields
 *	GET    /page            a page, the same for ever
 */
#ifndef TESTS_API_RIG_H
#define TESTS_API_RIG_H

#include <stdbool.h>
#include <sys/types.h>

#include "server/guard.h"
#include "server/http.h"

struct loop;
struct request;
struct rig;

/**
 * rig_start(opt):
 * Start a server on a port of the kernel's choice, with release 1 loaded and 2
 * job threads.  What ${opt} sets of times, jobs and limits holds; NULL for the
 * defaults.
 */
struct rig *rig_start(const struct http_options *opt);

/**
 * rig_stop(rig):
 * Drain, stop, and free it.  Fails the test unless all ended well, and every
 * reference to every library came back.
 */
void rig_stop(struct rig *rig);

/**
 * rig_drain(rig):
 * Begin to drain, and return at once.
 */
void rig_drain(struct rig *rig);

/**
 * rig_cut(rig):
 * End the loop as it is, without draining.
 */
void rig_cut(struct rig *rig);

/* The loop of the rig that ${req} came to. */
struct loop *rig_loop(const struct request *req);

int rig_port(const struct rig *rig);

/**
 * rig_library(rig, release):
 * Put another library in force, or none for 0; return when it is.
 */
void rig_library(struct rig *rig, int release);

/**
 * rig_refused(rig, reason):
 * How many requests it has refused for ${reason} so far.
 */
uint64_t rig_refused(struct rig *rig, enum guard_reason reason);

/**
 * rig_logged(rig, text, ms):
 * Is ${text} in the log within ${ms}?
 */
bool rig_logged(struct rig *rig, const char *text, int ms);

/**
 * rig_fork(port):
 * Start a server as a child process which drains on SIGTERM and exits with 0
 * when all ended well.  Set ${port}; the caller waits for the child.
 */
pid_t rig_fork(int *port);

/**
 * rig_begun(), rig_slept():
 * The sleeping jobs that have begun, and that have ended, of all servers of
 * this process.
 */
int rig_begun(void);
int rig_slept(void);

#endif /* !TESTS_API_RIG_H */
