/*
 * jobs.h - a few threads for work that may block.
 *
 * One thread (the loop's) pushes jobs and takes back the finished ones; the
 * others run them, each with a context of its own.  From jobs_push() until
 * jobs_take() gives it back a job belongs to this module.
 */
#ifndef SERVER_JOBS_H
#define SERVER_JOBS_H

#include <stdbool.h>
#include <stddef.h>

/* The first member of whatever the caller wants to have run. */
struct job {
	struct job *next;
};

struct jobs;

struct jobs_options {
	unsigned threads;   /* at least 1 */
	size_t max_waiting; /* jobs that no thread has begun */
	void (*run)(struct job *job, void *context); /* on a job thread */
	void (*finished)(void *arg); /* on a job thread: come and take */
	void *arg;
	void *(*open)(void *app); /* a thread's context; NULL: failed */
	void (*close)(void *app, void *context);
	void *app;
};

/**
 * jobs_start(opt):
 * Make the contexts and start the threads.  NULL if one of either failed.
 */
struct jobs *jobs_start(const struct jobs_options *opt);

/**
 * jobs_full(jobs):
 * Do as many wait as may?
 */
bool jobs_full(struct jobs *jobs);

/**
 * jobs_count(jobs, running):
 * How many jobs wait for a thread; set ${running} to how many have one.
 */
size_t jobs_count(struct jobs *jobs, size_t *running);

/**
 * jobs_push(jobs, job):
 * Have ${job} run.  jobs_full() must have said no.
 */
void jobs_push(struct jobs *jobs, struct job *job);

/**
 * jobs_cancel(jobs, job):
 * Give ${job} back if no thread has begun it; else return false.
 */
bool jobs_cancel(struct jobs *jobs, struct job *job);

/**
 * jobs_take(jobs):
 * The jobs that have finished since the last call, as a list.
 */
struct job *jobs_take(struct jobs *jobs);

/**
 * jobs_stop(jobs, wait_ms):
 * Let the threads end: none of their jobs may be waiting, and those that run
 * have ${wait_ms} to finish.  Return false if one did not: then leave ${jobs}
 * and all that a job may touch as they are, and exit.
 */
bool jobs_stop(struct jobs *jobs, unsigned wait_ms);

/**
 * jobs_free(jobs):
 * Close the contexts and free ${jobs}, which jobs_stop() has stopped.  Jobs
 * that have not been taken are the caller's.  NULL is allowed.
 */
void jobs_free(struct jobs *jobs);

#endif /* !SERVER_JOBS_H */
