/*
 * events.h - requests that wait for events.
 *
 * They hold neither a thread nor a connection to the database: parked, they
 * stand in a queue, the one that looked longest ago first.  It looks for all of
 * them: news come in order, so where it finds none, nobody behind it would, who
 * looked later.  Where it finds some, the next one looks at once.
 *
 * On the loop's thread.
 */
#ifndef HANDLERS_EVENTS_H
#define HANDLERS_EVENTS_H

#include <stdbool.h>
#include <stdint.h>

#include "server/loop.h"
#include "server/router.h"
#include "sql/events.h"

struct app;
struct reply;
struct request;
struct waiter;

#define EVENTS_WAIT_MAX 60 /* seconds */
#define EVENTS_WAITERS 100 /* at a time */
#define EVENTS_LOOK_MS 500 /* between two looks that find nothing */
#define EVENTS_HURRY_MS 10 /* from a write of our own to a look */

struct events_queue {
	struct waiter *first, *last;
	int n;		      /* with ${scout} */
	struct waiter *scout; /* it looks now, and is not in the queue */
	struct loop_timer timer;
	bool hurried; /* ${timer} is that of a write */
	bool missed;  /* there was a write while ${scout} looked */
	bool stopping;
};

/**
 * events_wake(app):
 * Something was written here: somebody may wait for it.
 */
void events_wake(struct app *app);

/**
 * events_stop(app):
 * The server stops: answer all who wait, and let nobody wait any more.
 */
void events_stop(struct app *app);

/* --- between events.c and events_wait.c ----------------------------------- */

/* One that waits; its reply owns it. */
struct waiter {
	struct waiter *prev, *next;
	struct events_queue
		*queue; /* that it stands in or looks for, or NULL */
	const struct request *req;
	struct reply *reply;
	struct event_place after;
	uint64_t until; /* loop_now() */
	int status;	/* of its last look; 0: there was nothing */
};

/**
 * events_wait(req, reply):
 * On the loop: have the waiter reply->work stand in the queue.
 */
handler_fn events_wait;

/**
 * waiter_free(w):
 * On the loop.  It leaves the queue.
 */
void waiter_free(void *w);

/**
 * events_look(req, reply, after, waits):
 * On a job thread: answer with the events behind ${after}.  If there are none
 * and ${waits}, return 0; ${after} is then a place that it can go on from.
 */
int events_look(const struct request *req, struct reply *reply,
		struct event_place *after, bool waits);

/**
 * events_none(reply, after):
 * Answer that nothing happened.
 */
int events_none(struct reply *reply, const struct event_place *after);

#endif /* !HANDLERS_EVENTS_H */
