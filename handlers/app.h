/*
 * app.h - what main.c gives the handlers.
 */
#ifndef HANDLERS_APP_H
#define HANDLERS_APP_H

#include <stdbool.h>

#include "handlers/events.h"

struct batch;
struct config;
struct db;
struct log;
struct loop;
struct metrics;

/* For all of them, as req->app. */
struct app {
	struct log *log;
	struct metrics *metrics;
	const struct config *cfg; /* the settings */
	/* for the loop's thread */
	struct loop *loop;
	struct batch *batch;	    /* changes of conversations */
	bool pushed;		    /* it has new ones: it is to be turned */
	struct events_queue events; /* who waits for them */
};

/* For those that may block, one for each job thread, as req->desk. */
struct desk {
	struct db *reader; /* any server */
	struct db *writer; /* the primary */
};

#endif /* !HANDLERS_APP_H */
