/*
 * batch_parts.h - what the parts of sql/batch.h share.
 */
#ifndef SQL_BATCH_PARTS_H
#define SQL_BATCH_PARTS_H

#include <libpq-fe.h>

#include "gen/queries.h"
#include "sql/batch.h"
#include "sql/conninfo.h"
#include "sql/pack.h"
#include "sql/resolve.h"

#define BUCKETS 4096
#define MOST_RESULTS 8
/* Conversations remembered: so many, and so many bytes of them. */
#define MEMOS 8192
#define MEMO_WAYS 4
#define MEMO_BYTES ((size_t)16 << 20)
#define MEMO_MOST ((size_t)16 << 10) /* of one of them */

enum line_state {
	LINE_OFF,
	LINE_RESOLVING, /* the host's name */
	LINE_CONNECTING,
	LINE_SETUP,   /* search_path and the like */
	LINE_TYPES,   /* batch_setup.sql */
	LINE_PREPARE, /* the statements; from here on in pipeline mode */
	LINE_IDLE,
	LINE_READ,
	LINE_WRITE,
};

/* What a batch reads, in this order, and then writes. */
enum {
	READ_LOOK, /* nothing: all of it in one snapshot */
	READ_CASES,
	READ_PROMISES,
	READ_FOLLOW_UPS,
	READ_KEYS,
	READ_BEFORE,
	N_READS
};

struct memo;

struct batch {
	struct conninfo *ci;
	size_t host;		/* that is tried, or to be tried next */
	struct resolve *lookup; /* of its name; NULL: it has none */
	size_t address;		/* of those found, the next */
	int found;		/* an eventfd: the look-up is done */
	PGconn *conn;
	int ep;		 /* an epoll of the one socket: batch_fd() */
	int fd;		 /* that socket, as it was added to ${ep}; or -1 */
	unsigned events; /* waited for */
	enum line_state state;
	int64_t deadline; /* of that state; INT64_MAX: none */
	int64_t retry;	  /* when to connect next */
	unsigned types[3];

	/* Results of what was sent; the first thing that went wrong. */
	PGresult *res[MOST_RESULTS];
	int nres;
	struct db_error err;

	struct change *first, *newest; /* all that were pushed, in order */
	int refusals;		       /* of them, that wait for nothing else */
	struct change *queue, *queue_end;
	struct change *by_id[BUCKETS]; /* the first of each conversation */
	struct change *by_key[BUCKETS];
	struct memo *memo[MEMOS]; /* as they were written last */
	size_t memo_bytes;
	unsigned memo_next; /* the way to go next */
	int64_t expiry;	    /* when to look at all of them next */

	struct change *work[BATCH_MOST]; /* the batch at work */
	int nwork;
	struct pack ids, keys, starts, turns, promises[2], follow_ups[2];
	struct batch_stats stats;
};

/* --- batch.c: what waits -------------------------------------------------- */

/* Tell ${c} what came of it; not at work any more. */
void batch_done(struct batch *b, struct change *c, enum batch_outcome outcome);

/* Put ${c} in front of the queue again. */
void batch_again(struct batch *b, struct change *c);

/* Take changes off the queue into b->work; how many. */
int batch_take(struct batch *b);

/* --- batch_line.c: the connection ----------------------------------------- */

/* Connect, if it is time to, and go on with what was begun. */
void line_turn(struct batch *b, int64_t now);

/* Let the connection go; what was at work is put back or given up. */
void line_drop(struct batch *b, int64_t now);

/* Queue a statement with array parameters. */
bool line_send(struct batch *b, const struct query *q,
	       struct pack *const *params, int n);

/* Send what was queued, with a Sync; its results are for ${state}. */
void line_sync(struct batch *b, enum line_state state, int64_t deadline,
	       int64_t now);

void line_clear(struct batch *b); /* forget the results */

/* --- batch_work.c ----------------------------------------------------------
 */

void work_begin(struct batch *b, int64_t now); /* when idle */
void work_read(struct batch *b, int64_t now);  /* when all was read */
void work_written(struct batch *b, int64_t now);
void work_lost(struct batch *b, int64_t now); /* with the connection */

/* --- batch_memo.c ----------------------------------------------------------
 */

/* Remember ${k}, forget that of ${id}, forget all. */
void memo_keep(struct batch *b, const struct kase *k);
void memo_forget(struct batch *b, const uint8_t *id);
void memo_clear(struct batch *b);

/* Give ${c} the row that is remembered; false: none is. */
bool memo_find(struct batch *b, struct change *c);

/* --- batch_rows.c ----------------------------------------------------------
 */

/* Give the changes at work, by read_id, what was read.  False: no memory. */
bool rows_take(struct batch *b);

/* Send what was applied.  False: it cannot be sent. */
bool rows_write(struct batch *b);

#endif /* !SQL_BATCH_PARTS_H */
