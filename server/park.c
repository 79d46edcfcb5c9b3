/*
 * park.c - requests whose answer comes later.
 *
 * A parked exchange is suspended in libmicrohttpd and belongs to somebody
 * else: to a job thread, or, held, to whoever will call reply_later().  It may
 * go from the one to the other.  It is given back on the loop's thread, also
 * when its client has gone or has been answered without it.
 */
#include <poll.h>

#include "server/serve.h"

static struct exchange *
exchange_of(const struct request *req)
{
	char *at = (char *)(uintptr_t)req;

	return (struct exchange *)(void *)(at - offsetof(struct exchange, req));
}

static void
unpark(struct http *http, struct exchange *ex, enum exchange_state state)
{
	ex->state = state;
	http->parked--;
	http->work++;
	serve_arm(http, WAIT_REQUEST, ex->conn);
	MHD_resume_connection(ex->mhd); /* MHD_run() follows in this turn */
}

/* It is ours again: give back its reference to the library. */
static void
own(struct http *http, struct exchange *ex)
{
	ex->in_job = ex->held = false;
	if (ex->req.lib != NULL)
		http->opt.lib_unref(ex->req.lib);
	ex->req.lib = NULL;
}

/* Have the job of ${ex} run; false: there is no room, and it has a status. */
static bool
push(struct http *http, struct exchange *ex)
{
	if (http->draining)
		ex->status = problem(&ex->reply, PROBLEM_STOPPING, NULL);
	else if (http->jobs == NULL || jobs_full(http->jobs))
		ex->status = problem(&ex->reply, PROBLEM_OVERLOADED, NULL);
	else
		return true;
	return false;
}

bool
park(struct http *http, struct exchange *ex)
{
	bool held = ex->status == REPLY_LATER;

	if (!held && !push(http, ex))
		return false;

	/* First suspend, then push: it may be finished before we return. */
	ex->state = EXCHANGE_PARKED;
	ex->in_job = true;
	ex->held = held;
	http->parked++;
	serve_arm(http, WAIT_JOB, ex->conn);
	MHD_suspend_connection(ex->mhd);
	if (ex->req.lib != NULL)
		ex->req.lib = http->opt.lib_ref(ex->req.lib);
	if (!held)
		jobs_push(http->jobs, &ex->job);
	return true;
}

void
park_job(struct job *job, void *desk)
{
	exchange_run((struct exchange *)job, desk);
}

/* What to do with ${ex}, which has been given back with a status. */
static void
go_on(struct http *http, struct exchange *ex)
{
	bool waits = !ex->orphan && ex->state == EXCHANGE_PARKED;

	if (waits && ex->status == REPLY_ON_LOOP)
		exchange_run(ex, NULL);
	if (waits && ex->status == REPLY_LATER) {
		ex->held = true;
		if (ex->reply.patient)
			serve_arm(http, WAIT_LONG, ex->conn);
		return;
	}
	if (waits && ex->status == REPLY_ON_JOB && push(http, ex)) {
		ex->held = false;
		serve_arm(http, WAIT_JOB, ex->conn);
		jobs_push(http->jobs, &ex->job);
		return;
	}
	own(http, ex);
	if (ex->orphan)
		serve_put(http, ex);
	else if (waits)
		unpark(http, ex, EXCHANGE_READY);
}

void
reply_later(const struct request *req, int status)
{
	struct exchange *ex = exchange_of(req);

	ex->status = status;
	go_on(ex->http, ex);
}

bool
reply_wanted(const struct request *req)
{
	const struct exchange *ex = exchange_of(req);

	if (ex->orphan)
		return false;
	struct pollfd p = { .fd = ex->conn->fd, .events = POLLRDHUP };

	return poll(&p, 1, 0) == 0;
}

void
park_take(struct http *http)
{
	struct job *next, *job;

	if (http->jobs == NULL)
		return;
	for (job = jobs_take(http->jobs); job != NULL; job = next) {
		next = job->next;
		go_on(http, (struct exchange *)job);
	}
}

/* Answer a parked request without its job: with ${unbegun} if no thread has
   begun it, else with ${begun}, if there is one. */
static void
give_up(struct http *http, struct exchange *ex, enum problem_code unbegun,
	int begun)
{
	if (!ex->held && jobs_cancel(http->jobs, &ex->job)) {
		own(http, ex);
		ex->given_up = (int)unbegun;
	} else if (begun >= 0) {
		/* Where nothing changes there is no outcome to be in doubt. */
		ex->given_up = ex->reads ? (int)unbegun : begun;
	} else {
		return;
	}
	unpark(http, ex, EXCHANGE_GIVEN_UP);
}

void
park_expire(struct http *http, struct exchange *ex)
{
	give_up(http, ex, PROBLEM_OVERLOADED, PROBLEM_OUTCOME_UNKNOWN);
}

static const enum wait parked[] = { WAIT_JOB, WAIT_LONG };

unsigned
park_patient(const struct http *http)
{
	unsigned n = 0;

	for (int i = 0; i < 2; i++) {
		const struct conn *head = &http->queues[parked[i]];

		for (const struct conn *k = head->next; k != head; k = k->next)
			n += k->ex->reply.patient ? 1 : 0;
	}
	return n;
}

void
park_give_up(struct http *http, int begun)
{
	for (int i = 0; i < 2; i++) {
		struct conn *head = &http->queues[parked[i]], *next;

		for (struct conn *k = head->next; k != head; k = next) {
			next = k->next;
			give_up(http, k->ex, PROBLEM_STOPPING, begun);
		}
	}
}
