/*
 * http.h - the HTTP server: from a socket to a handler and back.
 *
 * It lives on the thread of its loop: handlers of plain rows run there,
 * between two waits; those of ROUTE_JOB rows on job threads.  All functions
 * below are for the loop's thread, or for any while the loop does not run.
 *
 * What it does before and after a handler: what is no HTTP, or could be read in
 * two ways (guard.h), is refused and the connection closed.  URLs over 2,048
 * bytes, bad escapes, repeated arguments, bodies over 16 KiB (ROUTE_LARGE: 64)
 * or neither JSON nor the form that a row takes, media
 * types nobody can make: refused.  HEAD as GET, OPTIONS, 404, 405, ETag and 304
 * of rows made from the release, request ids.  The body of a request to a row
 * that takes none is read and forgotten.
 */
#ifndef SERVER_HTTP_H
#define SERVER_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

struct cors;
struct http;
struct key_table;
struct library;
struct log;
struct loop;
struct metrics;
struct route;
struct sift_rules;

/* The 1,000th answer of a connection closes it. */
#define HTTP_MAX_ANSWERS 1000

/* All pointers are borrowed until http_stop(). */
struct http_options {
	struct loop *loop;
	struct log *log;
	struct metrics *metrics;	/* NULL: nothing is counted */
	const struct sockaddr *address; /* port 0: the kernel chooses */
	socklen_t address_len;
	const struct route *routes;
	size_t nroutes;
	void *app;  /* every request's */
	bool local; /* answer only to localhost, 127.0.0.1 and [::1] (421) */
	const struct cors *cors;       /* pages that may read; NULL: none */
	const struct sift_rules *sift; /* what ROUTE_STREAM rows read; wants()
				  gets the library */
	bool keys; /* rows with a role take a key of http_set_keys(); else any
		      caller has every role but admin */
	unsigned rate;	     /* requests a second for each key; 0: no limit */
	const char *version; /* of the program; stands in ETags */

	/* Times in milliseconds, 0 for the default. */
	unsigned idle_ms;    /* 15,000: until the line of a request is there */
	unsigned headers_ms; /*  5,000: from then on until the last header */
	unsigned request_ms; /* 10,000: for the body; again for the answer */
	unsigned job_ms;     /* 10,000: for a job */
	unsigned drain_ms;   /*  5,000: for all of it, after http_drain() */

	unsigned max_connections; /* 0: 8,192, or what the process may open */

	unsigned jobs;	      /* threads; none: ROUTE_JOB rows answer 503 */
	unsigned max_waiting; /* jobs that wait for one; 0: 256 */
	/* What a job thread has for itself (req->desk), made before it starts;
	   NULL: failed. */
	void *(*job_open)(void *app);
	void (*job_close)(void *app, void *desk);

	/* References to a library; required with http_set_library(). */
	struct library *(*lib_ref)(struct library *lib);
	void (*lib_unref)(struct library *lib);

	/* After http_drain(): no request is left, or the time is over. */
	void (*drained)(void *app);
};

/**
 * http_start(opt):
 * Listen, and serve while the loop runs.  Copies ${opt}.  Return NULL and log
 * why on failure.
 */
struct http *http_start(const struct http_options *opt);

/**
 * http_port(http):
 * The port that ${http} listens on.
 */
uint16_t http_port(const struct http *http);

/**
 * http_set_library(http, lib, release):
 * Answer from ${lib}, which is ${release}, from now on.  Takes the reference;
 * the one to the library before is given back.  NULL: there is none.
 */
void http_set_library(struct http *http, struct library *lib, int release);

/**
 * http_set_keys(http, table):
 * From now on the keys of ${table} are good, and no other; takes it.  Until the
 * first call all that takes a key answers 503.
 */
void http_set_keys(struct http *http, struct key_table *table);

/**
 * http_drain(http):
 * Begin to stop: accept no more connections, tell every client to close, start
 * no more jobs, and call drained() when that is done.  Look-ups are answered
 * until then.  A second call does nothing.
 */
void http_drain(struct http *http);

/**
 * http_stop(http):
 * End what is left and free ${http}; without http_drain() before it, requests
 * under way are cut.  Return false if a job would not end: then the process
 * must exit without freeing what handlers use.  NULL is allowed.
 */
bool http_stop(struct http *http);

#endif /* !SERVER_HTTP_H */
