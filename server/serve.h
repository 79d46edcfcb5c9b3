/*
 * serve.h - the inside of the HTTP server: for http.c, serve.c and park.c
 * alone.
 *
 * http.c starts, turns and stops it; serve.c takes one request after another
 * through it, and park.c those that are answered later.
 */
#ifndef SERVER_SERVE_H
#define SERVER_SERVE_H

#include <microhttpd.h>

#include "server/accept.h"
#include "server/exchange.h"
#include "server/http.h"
#include "server/loop.h"
#include "server/problem.h"

/*
 * What a connection is waiting for.  Each has one constant time, so that every
 * queue is in the order of its deadlines and only its head is looked at.
 */
enum wait {
	WAIT_IDLE,    /* for a request line */
	WAIT_HEADERS, /* for the rest of the headers */
	WAIT_REQUEST, /* for the body, or to send the answer */
	WAIT_JOB,     /* suspended */
	WAIT_LONG,    /* likewise, by reply.patient */
	NWAITS,
};

struct conn {
	struct conn *prev, *next; /* in a queue, or alone */
	uint64_t deadline;	  /* us */
	struct exchange *ex;	  /* the request under way, or NULL */
	struct http *http;
	int fd;
	bool paced;		 /* suspended in the middle of its body, */
	struct conn *paced_next; /* and these come after it */
	bool stuck;		 /* at the last look it had bytes to be read, */
	uint64_t stuck_at;	 /* and had got so far with its body */
	unsigned answers;
	struct key_memo memo; /* holds a secret: wiped at the end */
};

struct http {
	struct http_options opt;
	struct site site;
	struct MHD_Daemon *daemon;
	struct jobs *jobs; /* NULL: no job threads */
	struct acceptor acceptor;
	unsigned connections, max_connections;
	struct loop_source source;
	struct loop_hook hook;
	uint16_t port;

	struct conn queues[NWAITS]; /* heads */
	uint64_t times[NWAITS];	    /* us */

	struct exchange *spare; /* for the next requests */
	size_t nspare;

	struct guard_host host;
	bool host_foreign; /* of that one: see site.local */
	bool placed; /* the library leaves headers in place: see guard.h */

	unsigned work; /* calls by libmicrohttpd in this round */
	size_t live;   /* exchanges with a connection */
	size_t parked; /* of them, suspended */
	struct conn *paced, **last_paced; /* long bodies, first come first */

	unsigned busy; /* turns in which libmicrohttpd would not rest */

	bool draining, released, drained;
	uint64_t drain_end; /* us */
};

/* What libmicrohttpd calls, ${cls} being a struct http. */
void *serve_url(void *cls, const char *url, struct MHD_Connection *c);
size_t serve_unescape(void *cls, struct MHD_Connection *c, char *text);
enum MHD_Result serve_request(void *cls, struct MHD_Connection *c,
			      const char *url, const char *method,
			      const char *version, const char *piece,
			      size_t *len, void **state);
void serve_completed(void *cls, struct MHD_Connection *c, void **state,
		     enum MHD_RequestTerminationCode why);
void serve_connection(void *cls, struct MHD_Connection *c, void **state,
		      enum MHD_ConnectionNotificationCode what);

/**
 * serve_arm(http, what, k):
 * From now on ${k} waits for ${what}.
 */
void serve_arm(struct http *http, enum wait what, struct conn *k);

/**
 * serve_pace(http):
 * Let the long body that has waited for the longest send its next piece.  False
 * if there is none.
 */
bool serve_pace(struct http *http);

/**
 * serve_put(http, ex):
 * ${ex} is over, and nobody holds it.
 */
void serve_put(struct http *http, struct exchange *ex);

/**
 * serve_expire(http, what, k):
 * The deadline of ${k}, which waits for ${what}, has passed: answer without
 * its job, or close it.
 */
void serve_expire(struct http *http, enum wait what, struct conn *k);

/* ---- park.c: requests whose answer comes later ---- */

/**
 * park(http, ex):
 * Suspend ${ex}, whose status is REPLY_LATER or REPLY_ON_JOB, and have its job
 * run.  False if it cannot be: then its status is that of a refusal.
 */
bool park(struct http *http, struct exchange *ex);

/**
 * park_job(job, desk):
 * Run the handler of a parked exchange, on a job thread.
 */
void park_job(struct job *job, void *desk);

/**
 * park_take(http):
 * Resume the exchanges whose jobs have finished.
 */
void park_take(struct http *http);

/**
 * park_patient(http):
 * How many wait for something to happen, or look whether it has.
 */
unsigned park_patient(const struct http *http);

/**
 * park_expire(http, ex):
 * ${ex} has waited for too long: answer without what it waits for.
 */
void park_expire(struct http *http, struct exchange *ex);

/**
 * park_give_up(http, begun):
 * The server stops: answer every parked request without its job.  Those whose
 * job a thread has begun, and those that somebody will reply_later() to, get
 * the problem ${begun}; if it is negative they are left alone.
 */
void park_give_up(struct http *http, int begun);

#endif /* !SERVER_SERVE_H */
