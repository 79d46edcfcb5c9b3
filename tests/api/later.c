/*
 * later.c - handlers of the rig whose answers come later.
 */
#include <stdatomic.h>
#include <stdlib.h>

#include "server/loop.h"
#include "server/reply.h"
#include "server/request.h"
#include "tests/api/later.h"
#include "tests/api/rig.h"

struct work {
	struct loop_timer timer;
	const struct request *req;
	struct reply *reply;
	int left, on_jobs, on_loop; /* hops */
	bool strange;		    /* a hop was on the wrong thread */
};

static atomic_int works, answers;

int
later_works(void)
{
	return atomic_load(&works);
}

int
later_answers(void)
{
	return atomic_load(&answers);
}

static void
work_free(void *arg)
{
	atomic_fetch_sub(&works, 1);
	free(arg);
}

static struct work *
work_new(const struct request *req, struct reply *reply)
{
	struct work *w = calloc(1, sizeof(*w));

	if (w == NULL)
		return NULL;
	atomic_fetch_add(&works, 1);
	w->req = req;
	w->reply = reply;
	w->left = atoi(req->match.params[0].ptr);
	reply->work = w;
	reply->free_work = work_free;
	return w;
}

static void
on_timer(void *arg)
{
	struct work *w = arg;

	atomic_fetch_add(&answers, 1);
	reply_later(w->req, reply_json(w->reply, 200,
				       json_pack("{s:i, s:i, s:b}", "jobs",
						 w->on_jobs, "loop", w->on_loop,
						 "strange", w->strange)));
}

static int
wait_for(struct work *w, int ms)
{
	w->timer = (struct loop_timer){ .due = on_timer, .arg = w };
	loop_after(rig_loop(w->req), &w->timer, (uint64_t)ms);
	return REPLY_LATER;
}

int
later_timer(const struct request *req, struct reply *reply)
{
	struct work *w = work_new(req, reply);

	return w != NULL ? wait_for(w, w->left) : 500;
}

static int on_job(const struct request *req, struct reply *reply);

static int
on_loop(const struct request *req, struct reply *reply)
{
	struct work *w = reply->work;

	w->on_loop++;
	w->strange = w->strange || req->desk != NULL;
	if (--w->left <= 0)
		return wait_for(w, 1);
	reply->then = on_job;
	return REPLY_ON_JOB;
}

static int
on_job(const struct request *req, struct reply *reply)
{
	struct work *w = reply->work;

	w->on_jobs++;
	w->strange = w->strange || req->desk == NULL;
	reply->then = on_loop;
	return REPLY_ON_LOOP;
}

int
later_round(const struct request *req, struct reply *reply)
{
	if (work_new(req, reply) == NULL)
		return 500;
	reply->then = on_job;
	return REPLY_ON_JOB;
}
