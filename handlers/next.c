/*
 * next.c - /v1/next and /v1/steps/{stage}: what to do and say next.
 */
#include <string.h>

#include "handlers/ask.h"
#include "handlers/handlers.h"
#include "handlers/nearest.h"
#include "script/render.h"
#include "server/problem.h"
#include "server/reply.h"

/* Enough for nearly every answer: growing would copy it. */
#define ANSWER_BYTES 6144

static int
answer(const struct request *req, struct reply *reply, struct ask *ask)
{
	struct step step;
	struct buf out;
	size_t len = 0;
	const char *type = REPLY_JSON;

	step_make(&ask->query, &step);
	out = (struct buf){ 0 };
	out.ptr = reply_room(reply, &out.size);
	(void)buf_room(&out, ANSWER_BYTES);
	if (req->text) {
		const char *code = req->lib->stages[step.state->stage].code;
		size_t n = strlen(code);

		type = REPLY_TEXT;
		render_text(&out, &step);
		if (n < sizeof(reply->stage))
			memcpy(reply->stage, code, n + 1);
	} else if (ask->flat) {
		render_flat(&out, &step);
	} else {
		render_json(&out, &step);
	}
	char *body = buf_take(&out, &len);
	return reply_bytes(reply, 200, type, body, len);
}

/* GET or POST /v1/next: the step after what just happened. */
int
next_step(const struct request *req, struct reply *reply)
{
	struct ask ask;

	ask.nextras = 0;
	int status = ask_read(req, ASK_MOVE, &ask, reply);

	if (status == 0)
		status = answer(req, reply, &ask);
	ask_done(&ask);
	return status;
}

/* GET /v1/steps/{stage}: the step of a stage itself, with no move. */
int
step_get(const struct request *req, struct reply *reply)
{
	struct slice code = req->match.params[0];
	int stage = library_stage(req->lib, code.ptr, code.len);
	struct ask ask;

	if (stage < 0)
		return problem_field(reply, PROBLEM_UNKNOWN_STAGE, "/stage",
				     nearest(req->lib->stages,
					     sizeof(struct stage),
					     req->lib->nstages, code),
				     "No stage has this code.");

	ask.nextras = 0;
	int status = ask_read(req, ASK_STAY, &ask, reply);
	if (status == 0 && ask.query.state.stage != STAGE_NONE &&
	    ask.query.state.stage != stage)
		status = problem_field(reply, PROBLEM_INVALID, "/state/stage",
				       NULL,
				       "The path and state.stage differ; leave "
				       "state.stage out.");
	if (status == 0) {
		ask.query.state.stage = stage;
		ask.query.stay = true;
		status = answer(req, reply, &ask);
	}
	ask_done(&ask);
	return status;
}
