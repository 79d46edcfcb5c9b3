/*
 * metrics.h - what an operator sees: counters, a histogram, gauges.
 *
 * GET /metrics answers with metrics_text(): Prometheus' text format 0.0.4.
 * Every label comes from a table of this program: the pattern of a route, a
 * method that it knows, a status that it sends.  Nothing that a client made up
 * becomes one, so nobody can make their number grow.
 *
 * What requests count is written and read by the loop's thread alone, without
 * an atomic: a request costs two slots of an array.  Job threads count
 * nothing.  The few functions at the end, for what another thread learns of
 * the database, are for any thread.
 *
 * A struct metrics may be NULL wherever one is taken: nothing is counted then.
 */
#ifndef SERVER_METRICS_H
#define SERVER_METRICS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "server/router.h"

struct metrics;

#define METRICS_TYPE "text/plain; version=0.0.4; charset=utf-8"
#define METRICS_MAX_REFUSALS 64

/* What is true now, asked for when somebody looks. */
struct metrics_now {
	unsigned connections; /* open */
	unsigned requests;    /* begun and not ended */
	unsigned waiting;     /* of them, for something to happen */
	unsigned job_threads;
	unsigned jobs_waiting; /* for a thread */
	unsigned jobs_running;
};

/* What became of changes that are kept, since the start. */
struct metrics_writes {
	bool connected;
	unsigned waiting;   /* changes, now */
	uint64_t batches;   /* commits, each of some changes */
	uint64_t overtaken; /* changes that another server was before */
	uint64_t lost;	    /* connections, in the middle of a batch */
	/* Changes by what came of them: ${n} numbers and names. */
	const uint64_t *outcomes;
	const char *const *names;
	unsigned n;
};

/* All pointers are borrowed until metrics_free(). */
struct metrics_options {
	const struct route *routes;
	size_t nroutes;
	const char *version; /* of the program */
	/*
	 * What is refused before anyone looks at it: the reasons are numbers
	 * below ${nrefusals}, at most METRICS_MAX_REFUSALS, and this is what
	 * they are called: a constant of lower-case letters and hyphens;
	 * NULL for a number that is no reason.
	 */
	const char *(*refusal_name)(unsigned reason);
	/*
	 * How many seconds ago the database last said which keys there are;
	 * negative: nobody knows.  NULL: there are none.
	 */
	double (*keys_age)(void *arg);
	/* On the loop's thread; NULL: nothing is kept.  False: not yet. */
	bool (*writes)(void *arg, struct metrics_writes *to);
	void *arg;
	unsigned nrefusals;
};

/**
 * metrics_new(opt):
 * Counters that stand at 0.  Copies ${opt}.  NULL if out of memory.
 */
struct metrics *metrics_new(const struct metrics_options *opt);

/**
 * metrics_free(m):
 * Free ${m}.  NULL is allowed.
 */
void metrics_free(struct metrics *m);

/* ---- for the loop's thread ---- */

/**
 * metrics_request(m, route, method, status, start):
 * A request has ended: it had found ${route}, a row of the table (NULL: none),
 * came with ${method} (NULL: one that we do not know) and was answered with
 * ${status} (0: with nothing).  It began at ${start}, by loop_now(), and takes
 * until the next metrics_turn().
 */
void metrics_request(struct metrics *m, const struct route *route,
		     const char *method, int status, uint64_t start);

/**
 * metrics_turn(m):
 * The turn is over: how long its requests took is known now.
 */
void metrics_turn(struct metrics *m);

/**
 * metrics_refused(m, reason):
 * A request was refused for ${reason} of refusal_name().
 */
void metrics_refused(struct metrics *m, unsigned reason);

/**
 * metrics_refusals(m, reason):
 * How many requests were refused for ${reason} so far.
 */
uint64_t metrics_refusals(const struct metrics *m, unsigned reason);

/**
 * metrics_limited(m):
 * A key asked more often than it may.
 */
void metrics_limited(struct metrics *m);

/**
 * metrics_release(m, number):
 * Answers come from release ${number} from now on; 0: from none.
 */
void metrics_release(struct metrics *m, int number);

/**
 * metrics_keys(m, live):
 * A table with ${live} keys is in force from now on.
 */
void metrics_keys(struct metrics *m, size_t live);

/**
 * metrics_ask(m, now, arg):
 * When somebody looks, call ${now}(${arg}, what to fill in); NULL: no more.
 */
void metrics_ask(struct metrics *m,
		 void (*now)(void *arg, struct metrics_now *to), void *arg);

/**
 * metrics_text(m, len):
 * All of it as text, from malloc(), its length in ${len}; the caller owns it.
 * NULL if out of memory.  What the system does not tell of the process, say
 * because no descriptor is left, is left out.
 */
char *metrics_text(struct metrics *m, size_t *len);

/* ---- for any thread ---- */

/* What came of a look for a new release. */
enum metrics_reload {
	METRICS_LOADED,
	METRICS_REFUSED, /* it does not build */
	METRICS_FAILED,	 /* the database would not give it */
	METRICS_CACHED,	 /* from EVENKEEL_CACHE, without a database */
	N_METRICS_RELOADS,
};

/**
 * metrics_reloaded(m, result):
 * Count one.
 */
void metrics_reloaded(struct metrics *m, enum metrics_reload result);

/**
 * metrics_database(m, up):
 * The listener's connection was made, or lost.
 */
void metrics_database(struct metrics *m, bool up);

#endif /* !SERVER_METRICS_H */
