/*
 * batch.h - many durable changes of conversations, one commit.
 *
 * One connection in pipeline mode.  Whatever waits when it is idle becomes one
 * batch: the rows are read, each change is applied to its row, all are written
 * by one statement and one Sync, and only what comes after the Sync is told as
 * done.  No timer holds anything back.  At most one change of a conversation
 * is in a batch; the others wait in the order they came.
 *
 * Nothing here waits, blocks or knows the loop: it gives a descriptor and a
 * deadline, and batch_turn() does what can be done.  All of it belongs to one
 * thread.  Callbacks are called from batch_turn() and batch_close() alone, and
 * may batch_push().
 *
 * What was acknowledged is never guessed: a batch whose connection was lost is
 * asked for by its keys on the next one, and what cannot be found out in time
 * is BATCH_UNKNOWN.  No change is ever done twice: the statement asks for the
 * version before and for a key that is new.
 *
 *   batch.c       what waits          batch_line.c  the connection
 *   batch_work.c  what is in work     batch_rows.c  what comes and goes with it
 *   batch_memo.c  what was written last, which need not be read again
 */
#ifndef SQL_BATCH_H
#define SQL_BATCH_H

#include "script/case.h"
#include "sql/db.h"

#define BATCH_HASH 32	   /* bytes of a key and of a fingerprint */
#define BATCH_MOST 512	   /* changes in a batch */
#define BATCH_WAIT_MS 1000 /* nothing waits longer for its batch to begin */

struct batch;

enum batch_outcome {
	BATCH_OK,	 /* it is durable: ${row} is how it was before */
	BATCH_REPLAY,	 /* its key was used for the same: ${replay}, ${row} */
	BATCH_MISUSED,	 /* its key was used for something else */
	BATCH_RUNNING,	 /* its key is in use at this moment */
	BATCH_REFUSED,	 /* apply() said no, to ${row} */
	BATCH_VERSION,	 /* the conversation is at another: row->version */
	BATCH_NOT_FOUND, /* no such conversation */
	BATCH_BUSY,	 /* nothing was done: too much to do, or a lock */
	BATCH_DOWN,	 /* nothing was done: no database */
	BATCH_FULL,	 /* nothing was done: its disk or memory is full */
	BATCH_UNKNOWN,	 /* perhaps done: ask again with the same key */
	BATCH_BUG,	 /* nothing was done: our mistake; ${why} */
	N_BATCH_OUTCOMES
};

/* What was done when the key was used first. */
struct batch_replay {
	uint8_t conversation[CASE_ID];
	int version; /* after it */
	int release;
	int64_t at;
	const char *snapshot; /* as it was given then; NULL: none */
};

/* What the batch notes on a change. */
struct batch_own {
	struct change *next, *prev;    /* all that were pushed, in order */
	struct change *queue;	       /* behind it in the queue */
	struct change *behind, *last;  /* of the same conversation */
	struct change *by_id, *by_key; /* in its bucket */
	int64_t pushed;
	uint8_t read_id[CASE_ID]; /* the row it needs */
	int base;		  /* the version that it was applied to */
	int tries;
	bool queued, working;	    /* waiting; in the batch at work */
	bool refused;		    /* neither: it is only to be told ... */
	enum batch_outcome refusal; /* ... this */
	bool look;		    /* its key must be looked for */
	bool alone;		    /* a batch with it failed */
	bool lost;		    /* perhaps done already */
	bool hit;		    /* its key was found */
	bool applied, written;
	uint8_t fingerprint[BATCH_HASH]; /* the one found */
	const char *before;
};

/*
 * One change of one conversation.  The caller owns it and keeps it, with all
 * that it points to, until done() was called; that may free it.
 */
struct change {
	uint8_t conversation[CASE_ID];
	bool start;   /* it begins; else it must be there */
	bool undo;    /* apply() needs what the last turn's undo gives back */
	int if_match; /* the version that it must be at; 0: any */
	bool keyed;   /* has these: */
	uint8_t key[BATCH_HASH], fingerprint[BATCH_HASH];
	struct arena *arena; /* where the row is put */

	/*
	 * Fill in ${after}, ${turn} and ${snapshot} for the conversation as it
	 * is (NULL: it begins); they must live until done().  ${before} is for
	 * an undo, or NULL.  False: no, and the change knows why.  It may be
	 * called again, with another row, when that was not the newest.
	 */
	bool (*apply)(struct change *c, const struct kase *row,
		      const char *before);
	void (*done)(struct change *c, enum batch_outcome outcome);

	const struct kase *after;
	const struct case_turn *turn;
	const char *snapshot;

	/* Told with done(). */
	const struct kase *row;
	struct batch_replay replay;
	bool was_lost; /* a BATCH_REPLAY is this very request, then */
	char why[128]; /* for the log, "" or of a failure */

	struct batch_own own;
};

/**
 * batch_open(url, err):
 * Return a batch for the database at ${url}, of a role that may write.  Does
 * not connect yet.  NULL, with ${err}, if ${url} makes no sense.
 */
struct batch *batch_open(const char *url, struct db_error *err);

/**
 * batch_close(b):
 * Tell all that waits BATCH_DOWN, or BATCH_UNKNOWN if it was sent; disconnect;
 * free.  NULL is allowed.
 */
void batch_close(struct batch *b);

/**
 * batch_fd(b):
 * The same for the life of ${b}: to be waited for until it is readable.
 */
int batch_fd(const struct batch *b);

/**
 * batch_deadline(b):
 * When to call batch_turn() at the latest though nothing is readable, in
 * milliseconds of the monotonic clock; INT64_MAX: never.
 */
int64_t batch_deadline(const struct batch *b);

/**
 * batch_push(b, c, now):
 * Take ${c} on.  Its outcome comes by done(), never from within.
 */
void batch_push(struct batch *b, struct change *c, int64_t now);

/**
 * batch_turn(b, now):
 * Do what can be done: when batch_fd() is readable, when batch_deadline() is
 * over, and after batch_push(), once for all that were pushed.
 */
void batch_turn(struct batch *b, int64_t now);

struct batch_stats {
	uint64_t batches; /* that were committed */
	uint64_t outcomes[N_BATCH_OUTCOMES];
	uint64_t conflicts; /* changes that another server was before */
	uint64_t lost;	    /* connections, in the middle of a batch */
	uint64_t kept;	    /* changes that needed no reading */
	int waiting;	    /* changes, now */
	bool connected;
};

/**
 * batch_stats(b):
 * What came of it so far.
 */
const struct batch_stats *batch_stats(const struct batch *b);

#endif /* !SQL_BATCH_H */
