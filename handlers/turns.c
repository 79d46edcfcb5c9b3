/*
 * turns.c - what changes a conversation: its start, turns, undo, status, and
 * what came of promises and follow-ups.
 */
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include "handlers/app.h"
#include "handlers/handlers.h"
#include "handlers/kept.h"
#include "handlers/list.h"
#include "handlers/refuse.h"
#include "server/problem.h"
#include "server/reply.h"
#include "sql/conversations.h"

/* A UUIDv7 (RFC 9562): milliseconds since 1970, then random bits. */
static bool
make_id(uint8_t id[CASE_ID])
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_REALTIME, &ts);
	uint64_t ms =
		(uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000;

	if (getrandom(id, CASE_ID, 0) != CASE_ID)
		return false;
	for (int i = 0; i < 6; i++)
		id[i] = (uint8_t)(ms >> (40 - 8 * i));
	id[6] = (uint8_t)(0x70 | (id[6] & 0x0f));
	id[8] = (uint8_t)(0x80 | (id[8] & 0x3f));
	return true;
}

/* POST /v1/conversations */
int
conversation_post(const struct request *req, struct reply *reply)
{
	int status;
	struct kept *k = kept_read(req, reply, KEPT_START, &status);

	if (k == NULL)
		return status;
	if (!make_id(k->change.conversation))
		return problem(reply, PROBLEM_INTERNAL, NULL);
	return kept_push(k);
}

/* What the path names: a conversation that is there, or may be. */
static int
change(const struct request *req, struct reply *reply, enum kept_op op)
{
	int status;
	struct kept *k = kept_read(req, reply, op, &status);

	if (k == NULL)
		return status;
	if (!kept_id(req->match.params[0], k->change.conversation))
		return problem(reply, PROBLEM_UNKNOWN_CONVERSATION, NULL);
	return kept_push(k);
}

/* POST /v1/conversations/{id}/turns */
int
turn_post(const struct request *req, struct reply *reply)
{
	return change(req, reply, KEPT_TURN);
}

/* POST /v1/conversations/{id}/undo */
int
undo_post(const struct request *req, struct reply *reply)
{
	return change(req, reply, KEPT_UNDO);
}

/* PATCH /v1/conversations/{id} */
int
conversation_patch(const struct request *req, struct reply *reply)
{
	return change(req, reply, KEPT_PATCH);
}

/* POST /v1/conversations/{id}/promises/{n} */
int
promise_post(const struct request *req, struct reply *reply)
{
	return change(req, reply, KEPT_PROMISE);
}

/* --- POST /v1/follow-ups/{id} --------------------------------------------- */

static int
push_follow_up(const struct request *req, struct reply *reply)
{
	(void)req;
	return kept_push(reply->work);
}

/* On a job thread: whose is it? */
int
follow_up_post(const struct request *req, struct reply *reply)
{
	int status;
	struct db_error err;
	struct kept *k = kept_read(req, reply, KEPT_FOLLOW_UP, &status);

	if (k == NULL)
		return status;
	if (!k->named)
		return problem(reply, PROBLEM_UNKNOWN_FOLLOW_UP, NULL);
	switch (conversations_follow_up_of(req->desk->writer, k->follow_up,
					   k->change.conversation, &err)) {
	case DB_OK:
		reply->then = push_follow_up;
		return REPLY_ON_LOOP;
	case DB_NO_ROWS:
		return problem(reply, PROBLEM_UNKNOWN_FOLLOW_UP, NULL);
	default:
		return refuse_db(req, reply, &err);
	}
}
