/*
 * jobs.c - a few threads for work that may block.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

#include "server/jobs.h"

struct worker {
	struct jobs *jobs;
	pthread_t thread;
	void *context;
	bool open, created;
};

struct jobs {
	struct jobs_options opt;
	pthread_mutex_t lock;
	pthread_cond_t more;  /* there is work, or none to come */
	pthread_cond_t ended; /* a thread has */
	unsigned running;
	struct job *waiting, **last; /* first in, first out */
	size_t nwaiting, nrunning;
	struct job *finished;
	atomic_bool any_finished; /* so that a look costs no lock */
	bool stop;
	struct worker workers[];
};

/* Wait for a job; NULL when it is time to stop. */
static struct job *
next_job(struct jobs *jobs)
{
	struct job *job;

	pthread_mutex_lock(&jobs->lock);
	while (jobs->waiting == NULL && !jobs->stop)
		pthread_cond_wait(&jobs->more, &jobs->lock);
	if ((job = jobs->waiting) != NULL) {
		jobs->waiting = job->next;
		if (jobs->waiting == NULL)
			jobs->last = &jobs->waiting;
		jobs->nwaiting--;
		jobs->nrunning++;
	}
	pthread_mutex_unlock(&jobs->lock);
	return job;
}

static void *
work(void *arg)
{
	struct worker *worker = arg;
	struct jobs *jobs = worker->jobs;
	struct job *job;

	while ((job = next_job(jobs)) != NULL) {
		jobs->opt.run(job, worker->context);

		pthread_mutex_lock(&jobs->lock);
		bool first = jobs->finished == NULL;

		job->next = jobs->finished;
		jobs->finished = job;
		jobs->nrunning--;
		atomic_store(&jobs->any_finished, true);
		pthread_mutex_unlock(&jobs->lock);
		if (first)
			jobs->opt.finished(jobs->opt.arg);
	}

	pthread_mutex_lock(&jobs->lock);
	jobs->running--;
	pthread_cond_signal(&jobs->ended);
	pthread_mutex_unlock(&jobs->lock);
	return NULL;
}

struct jobs *
jobs_start(const struct jobs_options *opt)
{
	pthread_condattr_t attr;
	struct jobs *jobs = calloc(
		1, sizeof(*jobs) + opt->threads * sizeof(jobs->workers[0]));

	if (jobs == NULL)
		return NULL;
	jobs->opt = *opt;
	jobs->last = &jobs->waiting;
	pthread_mutex_init(&jobs->lock, NULL);
	pthread_cond_init(&jobs->more, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&jobs->ended, &attr);
	pthread_condattr_destroy(&attr);

	for (unsigned i = 0; i < opt->threads; i++) {
		struct worker *worker = &jobs->workers[i];

		worker->jobs = jobs;
		if (opt->open != NULL &&
		    (worker->context = opt->open(opt->app)) == NULL)
			goto fail;
		worker->open = true;
		jobs->running++;
		if (pthread_create(&worker->thread, NULL, work, worker) != 0) {
			jobs->running--;
			goto fail;
		}
		worker->created = true;
	}
	return jobs;

fail:
	(void)jobs_stop(jobs, 1000); /* they have nothing to do but to end */
	jobs_free(jobs);
	return NULL;
}

bool
jobs_full(struct jobs *jobs)
{
	pthread_mutex_lock(&jobs->lock);
	bool full = jobs->nwaiting >= jobs->opt.max_waiting;

	pthread_mutex_unlock(&jobs->lock);
	return full;
}

size_t
jobs_count(struct jobs *jobs, size_t *running)
{
	pthread_mutex_lock(&jobs->lock);
	size_t waiting = jobs->nwaiting;

	*running = jobs->nrunning;
	pthread_mutex_unlock(&jobs->lock);
	return waiting;
}

void
jobs_push(struct jobs *jobs, struct job *job)
{
	job->next = NULL;
	pthread_mutex_lock(&jobs->lock);
	*jobs->last = job;
	jobs->last = &job->next;
	jobs->nwaiting++;
	pthread_cond_signal(&jobs->more);
	pthread_mutex_unlock(&jobs->lock);
}

bool
jobs_cancel(struct jobs *jobs, struct job *job)
{
	bool found = false;

	pthread_mutex_lock(&jobs->lock);
	for (struct job **at = &jobs->waiting; *at != NULL; at = &(*at)->next)
		if (*at == job) {
			*at = job->next;
			if (job->next == NULL)
				jobs->last = at;
			jobs->nwaiting--;
			found = true;
			break;
		}
	pthread_mutex_unlock(&jobs->lock);
	return found;
}

struct job *
jobs_take(struct jobs *jobs)
{
	if (!atomic_load(&jobs->any_finished))
		return NULL;
	pthread_mutex_lock(&jobs->lock);
	struct job *list = jobs->finished;

	jobs->finished = NULL;
	atomic_store(&jobs->any_finished, false);
	pthread_mutex_unlock(&jobs->lock);
	return list;
}

bool
jobs_stop(struct jobs *jobs, unsigned wait_ms)
{
	struct timespec end;

	clock_gettime(CLOCK_MONOTONIC, &end);
	end.tv_sec += wait_ms / 1000;
	end.tv_nsec += (long)(wait_ms % 1000) * 1000000;
	if (end.tv_nsec >= 1000000000) {
		end.tv_nsec -= 1000000000;
		end.tv_sec++;
	}

	pthread_mutex_lock(&jobs->lock);
	jobs->stop = true;
	pthread_cond_broadcast(&jobs->more);
	while (jobs->running > 0)
		if (pthread_cond_timedwait(&jobs->ended, &jobs->lock, &end) !=
		    0)
			break;
	bool ended = jobs->running == 0;

	pthread_mutex_unlock(&jobs->lock);

	for (unsigned i = 0; i < jobs->opt.threads && ended; i++)
		if (jobs->workers[i].created)
			pthread_join(jobs->workers[i].thread, NULL);
	return ended;
}

void
jobs_free(struct jobs *jobs)
{
	if (jobs == NULL)
		return;
	for (unsigned i = 0; i < jobs->opt.threads; i++)
		if (jobs->workers[i].open && jobs->opt.close != NULL)
			jobs->opt.close(jobs->opt.app,
					jobs->workers[i].context);
	pthread_cond_destroy(&jobs->ended);
	pthread_cond_destroy(&jobs->more);
	pthread_mutex_destroy(&jobs->lock);
	free(jobs);
}
