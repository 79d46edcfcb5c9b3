/*
 * conversations.h - conversations read, listed and erased.
 *
 * For job threads: all of it waits.  ${db} is a writer's, for an answer about
 * a conversation must not lag behind.  What is filled in lives as long as the
 * arena.  How conversations are written: sql/batch.h.
 */
#ifndef SQL_CONVERSATIONS_H
#define SQL_CONVERSATIONS_H

#include "script/case.h"
#include "sql/batch.h"
#include "sql/db.h"

#define CONVERSATIONS_PAGE 100 /* the most that a list may ask for */

struct case_list {
	struct kase *cases; /* with promises and follow-ups */
	size_t n;
};

/**
 * conversations_read(db, a, id, out, err):
 * Fill ${out} with one.  DB_NO_ROWS: there is none.
 */
enum db_status conversations_read(struct db *db, struct arena *a,
				  const uint8_t id[CASE_ID], struct kase *out,
				  struct db_error *err);

/**
 * conversations_turns(db, a, id, turns, n, err):
 * All its turns, from the first; none are DB_OK.
 */
enum db_status conversations_turns(struct db *db, struct arena *a,
				   const uint8_t id[CASE_ID],
				   struct case_turn **turns, size_t *n,
				   struct db_error *err);

/**
 * conversations_key(db, a, key, fingerprint, replay, err):
 * What was done with ${key}, and for which request.  DB_NO_ROWS: nothing.
 */
enum db_status conversations_key(struct db *db, struct arena *a,
				 const uint8_t key[BATCH_HASH],
				 uint8_t fingerprint[BATCH_HASH],
				 struct batch_replay *replay,
				 struct db_error *err);

struct case_filter {
	const char *ref, *subject, *category; /* NULL: any */
	int status;			      /* -1: any */
	uint8_t after[CASE_ID];		      /* zeros: from the first */
	int limit;			      /* 1 to CONVERSATIONS_PAGE + 1 */
};

/**
 * conversations_list(db, a, filter, list, err):
 * Those that ${filter} lets through, by id, the oldest first.  None are DB_OK.
 * Ask for one more than is shown to know whether there are more.
 */
enum db_status conversations_list(struct db *db, struct arena *a,
				  const struct case_filter *filter,
				  struct case_list *list, struct db_error *err);

/**
 * conversations_of(db, subject, each, arg, err):
 * Call ${each} with each conversation of a customer, by id, and all its turns.
 * It borrows them for the call.  Ends early, with DB_NO_ROWS, if that returns
 * false.
 */
enum db_status conversations_of(struct db *db, const char *subject,
				bool (*each)(void *arg, const struct kase *c,
					     const struct case_turn *turns,
					     size_t n),
				void *arg, struct db_error *err);

/**
 * conversations_erase(db, id, version, now, err):
 * Erase one, at ${version} (0: at any).  DB_NO_ROWS: there is none.
 * DB_CONFLICT: it is at version ${now}.
 */
enum db_status conversations_erase(struct db *db, const uint8_t id[CASE_ID],
				   int version, int *now, struct db_error *err);

struct erasure {
	const uint8_t *key, *fingerprint; /* of the request */
	int n;				  /* conversations that were erased */
	bool replayed; /* by the first request with the key */
};

/**
 * conversations_erase_of(db, subject, e, err):
 * Erase all of a customer's, or none, and keep the key.  DB_INVALID: it was
 * used for something else.  DB_CONFLICT: it is in use at this moment.
 */
enum db_status conversations_erase_of(struct db *db, const char *subject,
				      struct erasure *e, struct db_error *err);

/* --- follow-ups ----------------------------------------------------------- */

struct follow_up_row {
	uint8_t conversation[CASE_ID];
	struct case_follow_up f;
};

struct follow_up_filter {
	enum follow_up_status status;
	int64_t due_before; /* INT64_MAX: any */
	int64_t after_due;  /* with ${after}: from the one behind that on; */
	uint8_t after[CASE_ID]; /* INT64_MIN: from the first */
	int limit;
};

/**
 * conversations_follow_ups(db, a, filter, rows, n, err):
 * Follow-ups by the time they are due.  None are DB_OK.
 */
enum db_status conversations_follow_ups(struct db *db, struct arena *a,
					const struct follow_up_filter *filter,
					struct follow_up_row **rows, size_t *n,
					struct db_error *err);

/**
 * conversations_follow_up_of(db, id, conversation, err):
 * Whose follow-up is ${id}?  DB_NO_ROWS: nobody's.
 */
enum db_status conversations_follow_up_of(struct db *db,
					  const uint8_t id[CASE_ID],
					  uint8_t conversation[CASE_ID],
					  struct db_error *err);

/* --- from time to time ---------------------------------------------------- */

/**
 * conversations_months(db, err):
 * See that there are partitions for this month and the next two: now and then.
 * DB_BUSY is no harm: later.
 */
enum db_status conversations_months(struct db *db, struct db_error *err);

/**
 * conversations_retain(db, days, months, err):
 * Drop the months that ended ${days} ago and whose cases are all closed;
 * ${months} is how many were.
 */
enum db_status conversations_retain(struct db *db, int days, int *months,
				    struct db_error *err);

/**
 * conversations_forget_keys(db, n, err):
 * Forget idempotency keys that are older than a day, at most some thousands;
 * ${n} is how many were.
 */
enum db_status conversations_forget_keys(struct db *db, int *n,
					 struct db_error *err);

#endif /* !SQL_CONVERSATIONS_H */
