/*
 * metrics_table.h - the inside of the counters: for metrics.c, which counts,
 * and metrics_text.c, which writes it down; nobody else's.
 */
#ifndef SERVER_METRICS_TABLE_H
#define SERVER_METRICS_TABLE_H

#include <stdatomic.h>

#include "server/metrics.h"
#include "server/process.h"

#define METRICS_METHODS 9    /* names; one row more is for all others */
#define METRICS_OTHER 33     /* the column of a status that has none */
#define METRICS_STATUSES 600 /* and more are "other" */
#define METRICS_BOUNDS 16
#define METRICS_ENDED \
	128 /* requests in a turn before their times are taken \
	     */

extern const char *const metrics_methods[METRICS_METHODS];
extern const unsigned short metrics_codes[METRICS_OTHER];
/* Microseconds that a request of each bucket takes at most; then no limit. */
extern const uint64_t metrics_bounds[METRICS_BOUNDS + 1];

struct times {
	uint64_t buckets[METRICS_BOUNDS + 1]; /* each without those before it */
	uint64_t sum;			      /* us */
};

struct counts {
	uint64_t by_status[METRICS_OTHER + 1];
};

/* A request that has ended in this turn. */
struct ended {
	uint64_t start;
	unsigned place; /* of its route, or nroutes */
};

struct metrics {
	struct metrics_options opt;
	struct counts *requests; /* see metrics.c; owned */
	struct times *times;	 /* by place; owned */
	unsigned char column[METRICS_STATUSES];
	size_t nended;
	struct ended ended[METRICS_ENDED];

	uint64_t refused[METRICS_MAX_REFUSALS], limited;
	int release;
	bool has_keys;
	size_t keys;
	uint64_t release_since; /* us of the monotonic clock */
	void (*now)(void *arg, struct metrics_now *to);
	void *now_arg;
	struct process at_start;

	/* Any thread's. */
	atomic_ullong reloads[N_METRICS_RELOADS];
	atomic_bool database_up;
};

#endif /* !SERVER_METRICS_TABLE_H */
