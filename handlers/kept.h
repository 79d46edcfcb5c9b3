/*
 * kept.h - the way of a durable change, from a request to its answer.
 *
 * Read and checked on the loop's thread, pushed into the batch, applied there
 * to the conversation as it is, answered after the commit.  A repeat with the
 * same Idempotency-Key is made again from the conversation as it was and the
 * release of then, with what the repeat itself brings: nothing of an answer is
 * stored.
 */
#ifndef HANDLERS_KEPT_H
#define HANDLERS_KEPT_H

#include "handlers/ask.h"
#include "script/case.h"
#include "script/reading.h"
#include "sql/batch.h"

#define KEPT_TEXT 200 /* characters of ref, subject and a promise */

/* What may be done to a conversation; kept.c has a row for each. */
enum kept_op {
	KEPT_START,
	KEPT_TURN,
	KEPT_UNDO,
	KEPT_PATCH,
	KEPT_PROMISE,
	KEPT_FOLLOW_UP,
};

struct kept {
	struct change change;
	const struct request *req;
	struct reply *reply;
	enum kept_op op;
	int status; /* of a refusal, for kept_refused() */
	/* what was asked for */
	const char *ref, *subject; /* NULL: none */
	struct case_pledge pledge;
	bool pledged;
	struct case_patch_ask patch;
	int promise;
	int result; /* enum follow_up_result; of a promise: was it kept */
	uint8_t follow_up[CASE_ID];
	bool named;	      /* the path has an id in it */
	struct slice message; /* of the customer, to be read; borrowed */
	bool reads;	      /* the caller wants that */
	const struct heard_item *drives; /* what came of it; NULL: no message */
	/* what came of it */
	struct arena arena;
	enum case_refusal refusal;
	bool too_late; /* the promise is due already */
	/* These two are large, and made whole by others: not zeroed first. */
	struct ask ask;
	struct case_change made;
	struct heard heard; /* where there is a message */
};

/**
 * kept_read(req, reply, op, status):
 * Read a request: members, Idempotency-Key, If-Match.  Return what reply->work
 * owns from now on; NULL, with what to return in ${status}, if it is refused.
 */
struct kept *kept_read(const struct request *req, struct reply *reply,
		       enum kept_op op, int *status);

/**
 * kept_members(k, req, reply):
 * Read the members alone, with the release of ${req}.  0, or the status of a
 * refusal.
 */
int kept_members(struct kept *k, const struct request *req,
		 struct reply *reply);

/**
 * kept_refused(req, reply):
 * On a job thread: the members were refused.  Answer as it was answered when
 * the same request was done, if it was, else with that refusal.
 */
handler_fn kept_refused;

/**
 * kept_push(k):
 * Have ${k} done to change.conversation.  On the loop's thread.  REPLY_LATER.
 */
int kept_push(struct kept *k);

/**
 * kept_version(req, reply, needed, version):
 * Read If-Match into ${version}; 0: any.  Return 0, or the status of a refusal.
 */
int kept_version(const struct request *req, struct reply *reply, bool needed,
		 int *version);

/**
 * kept_key(req, reply):
 * Is there an Idempotency-Key?  0, or the status of a refusal.
 */
int kept_key(const struct request *req, struct reply *reply);

/**
 * kept_hash(req, key, fingerprint):
 * What to know ${req} by when it is repeated; kept_key() has been asked.
 */
void kept_hash(const struct request *req, uint8_t key[BATCH_HASH],
	       uint8_t fingerprint[BATCH_HASH]);

/**
 * kept_id(text, id):
 * Read ${text}, 36 bytes of a UUID, into ${id}.  False if it is none.
 */
bool kept_id(struct slice text, uint8_t id[CASE_ID]);

/**
 * kept_etag(reply, version):
 * Say which version of a conversation an answer is about.
 */
void kept_etag(struct reply *reply, int version);

/* kept_fields.c: what each request takes beside the fields of ask_fields. */
extern const struct kept_form {
	unsigned kind; /* enum ask_kind */
	bool version;  /* If-Match is required */
	const struct ask_extra *extras;
	size_t nextras;
	const char *needs; /* a member that must be there; NULL: none */
} kept_forms[];

/* kept_message.c: the members "message" and "read" of a turn. */
void kept_message_set(struct intake *r, void *arg, const json_t *value,
		      struct slice text);
void kept_message_wanted(struct intake *r, void *arg, const json_t *value,
			 struct slice text);

/**
 * kept_message_hear(k, req, reply):
 * Read the message of ${k}, if there is one: its signal is that of the turn.
 * 0, or the status of a refusal.
 */
int kept_message_hear(struct kept *k, const struct request *req,
		      struct reply *reply);

/**
 * kept_message_json(out, k, lib):
 * Append ,"read":{..}: what drove the turn, and what a person should confirm.
 * ${k} has a message, which was read with ${lib}.
 */
void kept_message_json(struct buf *out, const struct kept *k,
		       const struct library *lib);

#endif /* !HANDLERS_KEPT_H */
