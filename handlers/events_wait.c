/*
 * events_wait.c - requests that wait for events.
 */
#include <stdlib.h>

#include "handlers/app.h"
#include "handlers/events.h"
#include "server/problem.h"
#include "server/reply.h"
#include "server/request.h"

static void
stand_last(struct events_queue *q, struct waiter *w)
{
	w->queue = q;
	w->next = NULL;
	w->prev = q->last;
	if (q->last != NULL)
		q->last->next = w;
	else
		q->first = w;
	q->last = w;
}

static void
step_out(struct events_queue *q, struct waiter *w)
{
	if (w->prev != NULL)
		w->prev->next = w->next;
	else
		q->first = w->next;
	if (w->next != NULL)
		w->next->prev = w->prev;
	else
		q->last = w->prev;
	w->prev = w->next = NULL;
}

/* ${w} waits no more. */
static void
leave(struct waiter *w)
{
	struct events_queue *q = w->queue;

	if (q == NULL)
		return;
	if (q->scout == w)
		q->scout = NULL;
	else
		step_out(q, w);
	w->queue = NULL;
	q->n--;
}

static void look_next(void *arg);

/* Have somebody look in ${ms}, if somebody waits and nobody looks. */
static void
look_in(struct app *app, uint64_t ms)
{
	struct events_queue *q = &app->events;

	if (q->first == NULL || q->scout != NULL || q->stopping)
		return;
	q->timer.due = look_next;
	q->timer.arg = app;
	q->hurried = ms < EVENTS_LOOK_MS;
	loop_after(app->loop, &q->timer, ms);
}

void
waiter_free(void *work)
{
	struct waiter *w = work;
	bool scout = w->queue != NULL && w->queue->scout == w;
	struct app *app = w->req->app;

	leave(w);
	/* It was to look, and did not come back: its client has gone, or there
	 * was no room for its job. */
	if (scout)
		look_in(app, EVENTS_LOOK_MS);
	free(w);
}

/* ${w}, which stands in the queue, is answered: nothing happened. */
static void
dismiss(struct waiter *w)
{
	int status = events_none(w->reply, &w->after);

	leave(w);
	reply_later(w->req, status);
}

/* Whose time is over, or whose client has gone, does not wait for its turn to
   look: that may be far off. */
static void
dismiss_some(struct events_queue *q, uint64_t now)
{
	struct waiter *next;

	for (struct waiter *w = q->first; w != NULL; w = next) {
		next = w->next;
		if (now >= w->until || !reply_wanted(w->req))
			dismiss(w);
	}
}

/* The database failed as ${like} tells: nobody would fare better. */
static void
fail_all(struct events_queue *q, const struct reply *like)
{
	enum problem_code code = (enum problem_code)(like->problem - 1);

	for (struct waiter *w = q->first; w != NULL; w = q->first) {
		int status = problem(w->reply, code, NULL);

		w->reply->retry_after = like->retry_after;
		leave(w);
		reply_later(w->req, status);
	}
}

/* On the loop: what came of a look. */
static int
looked(const struct request *req, struct reply *reply)
{
	struct app *app = req->app;
	struct events_queue *q = &app->events;
	struct waiter *w = reply->work;
	uint64_t now = loop_now(app->loop);

	uint64_t pause = q->missed ? EVENTS_HURRY_MS : EVENTS_LOOK_MS;

	q->missed = false;
	leave(w);
	if (w->status == 0 && !q->stopping && now < w->until) {
		stand_last(q, w);
		q->n++;
		look_in(app, pause);
		return REPLY_LATER;
	}
	if (w->status >= 500 && reply->problem != 0)
		fail_all(q, reply);
	/* News for the next one as well; else it was only this one's time. */
	look_in(app, w->status == 200 ? 0 : pause);
	return w->status != 0 ? w->status : events_none(reply, &w->after);
}

/* On a job thread. */
static int
look(const struct request *req, struct reply *reply)
{
	struct waiter *w = reply->work;

	w->status = events_look(req, reply, &w->after, true);
	reply->then = looked;
	return REPLY_ON_LOOP;
}

static void
look_next(void *arg)
{
	struct app *app = arg;
	struct events_queue *q = &app->events;

	q->hurried = false;
	dismiss_some(q, loop_now(app->loop));
	struct waiter *w = q->first;

	if (w == NULL || q->scout != NULL)
		return;
	step_out(q, w);
	q->scout = w;
	w->reply->then = look;
	reply_later(w->req, REPLY_ON_JOB);
}

int
events_wait(const struct request *req, struct reply *reply)
{
	struct app *app = req->app;
	struct events_queue *q = &app->events;
	struct waiter *w = reply->work;

	if (q->stopping)
		return events_none(reply, &w->after);
	if (q->n >= EVENTS_WAITERS) {
		int status = problem(reply, PROBLEM_OVERLOADED,
				     "As many requests as may wait for events "
				     "do; ask without wait.");

		reply->retry_after = 5;
		return status;
	}
	w->until += loop_now(app->loop);
	stand_last(q, w);
	q->n++;
	reply->patient = true;
	if (!q->timer.set)
		look_in(app, EVENTS_LOOK_MS);
	return REPLY_LATER;
}

void
events_wake(struct app *app)
{
	app->events.missed = app->events.scout != NULL;
	if (app->events.first != NULL && !app->events.hurried)
		look_in(app, EVENTS_HURRY_MS);
}

void
events_stop(struct app *app)
{
	struct events_queue *q = &app->events;

	q->stopping = true;
	loop_cancel(app->loop, &q->timer);
	for (struct waiter *w = q->first; w != NULL; w = q->first)
		dismiss(w);
}
