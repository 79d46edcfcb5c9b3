/*
 * changes.h - conversations that go on, for tests of sql/batch.h.
 *
 * A change here moves nothing: it makes the next version, with its turn.
 */
#ifndef TESTS_SQL_CHANGES_H
#define TESTS_SQL_CHANGES_H

#include "sql/batch.h"

/* One request.  Its change comes first, so that one is the other. */
struct request {
	struct change change;
	struct kase after;
	struct case_turn turn;
	struct arena arena;
	bool refuse;	   /* apply() says no */
	int promises;	   /* to be made */
	bool poison;	   /* what is written breaks a rule */
	const char *stage; /* where it goes; NULL: stays */
	int done;	   /* how often done() was called */
	enum batch_outcome outcome;
	int64_t since, spent; /* milliseconds */
	int applied;	      /* how often */
	void (*then)(struct request *r);
	void *arg;
};

/**
 * request_id(id):
 * A fresh UUIDv7.
 */
void request_id(uint8_t id[CASE_ID]);

/**
 * request_start(r), request_turn(r, id, version):
 * Make ${r} begin a conversation of its own, or go on with ${id} if it is at
 * ${version} (0: any), each with a fresh key.
 */
void request_start(struct request *r);
void request_turn(struct request *r, const uint8_t id[CASE_ID], int version);

/**
 * request_repeat(r, of):
 * Make ${r} the same request as ${of} once more, as a client repeats it.
 */
void request_repeat(struct request *r, const struct request *of);

/**
 * request_push(b, r):
 * Hand it over.
 */
void request_push(struct batch *b, struct request *r);

/**
 * request_expect(b, r, want):
 * Push ${r}, wait, and fail the test unless ${want} comes of it, once.
 */
void request_expect(struct batch *b, struct request *r,
		    enum batch_outcome want);

/**
 * request_free(r):
 * Free what it was given.
 */
void request_free(struct request *r);

/**
 * batch_anew(b):
 * Open another batch, which remembers nothing; ${b}, if any, is closed.
 */
struct batch *batch_anew(struct batch *b);

/**
 * batch_wait(b, ms):
 * Turn ${b}, as a loop would, until nothing waits, or for ${ms}.  Return
 * whether nothing waits.
 */
bool batch_wait(struct batch *b, int ms);

#endif /* !TESTS_SQL_CHANGES_H */
