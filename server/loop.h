/*
 * loop.h - one thread's wait for everything: descriptors, timers, signals and
 * calls from other threads.
 *
 * A turn: run the hooks, wait until something happens or is due, serve it.  The
 * clock is read once a turn.  Only loop_post(), loop_wake() and loop_stop() may
 * be called from another thread.
 */
#ifndef SERVER_LOOP_H
#define SERVER_LOOP_H

#include <stdbool.h>
#include <stdint.h>

struct loop;

typedef void loop_fn(void *arg);

/*
 * The rest of this header's structs belong to the caller, who fills in what
 * stands first, zeroes the rest, and keeps them in place while in use.
 */

/* A descriptor to watch. */
struct loop_source {
	void (*ready)(void *arg, uint32_t events); /* EPOLLIN, ... */
	void *arg;
	int fd; /* the loop's: which one it watches */
	bool watched;
};

/* Something to do at a time. */
struct loop_timer {
	loop_fn *due;
	void *arg;
	struct loop_timer *next; /* the loop's */
	uint64_t at;
	bool set;
};

/* Something to do in every turn. */
struct loop_hook {
	int (*turn)(void *arg); /* returns how long the loop may wait, in ms:
				   0 not at all, -1 as long as it likes */
	void *arg;
	struct loop_hook *next; /* the loop's */
};

/**
 * loop_new():
 * A loop.  NULL (with errno) on failure.  From here on the process ignores
 * SIGPIPE.
 */
struct loop *loop_new(void);

/**
 * loop_free(loop):
 * Free ${loop}, which must not be running.  What was posted and never called
 * is forgotten.  NULL is allowed.
 */
void loop_free(struct loop *loop);

/**
 * loop_signals(loop, fn, arg):
 * Call ${fn}(${arg}) in a turn after SIGTERM or SIGINT came; SIGHUP does
 * nothing from now on.  The three are blocked in the calling thread: call this
 * before the first other thread is made, for threads inherit the mask.  Return
 * false (with errno) on failure.
 */
bool loop_signals(struct loop *loop, loop_fn *fn, void *arg);

/**
 * loop_watch(loop, source, fd, events):
 * Watch ${fd}, level-triggered, for ${events} (EPOLLIN, EPOLLOUT; 0 for errors
 * only) and call the source's ready().  Call it again to change either; also
 * when ${fd} was closed and opened anew with the same number.  Return false
 * (with errno) on failure: nothing is watched then.
 */
bool loop_watch(struct loop *loop, struct loop_source *source, int fd,
		uint32_t events);

/**
 * loop_unwatch(loop, source):
 * Watch no more.  ready() is not called again, not even for what has already
 * been seen.  Call it before the descriptor is closed.
 */
void loop_unwatch(struct loop *loop, struct loop_source *source);

/**
 * loop_after(loop, timer, ms):
 * Call the timer's due() in ${ms} milliseconds, once; a timer that is set
 * already is set anew.
 */
void loop_after(struct loop *loop, struct loop_timer *timer, uint64_t ms);

/**
 * loop_cancel(loop, timer):
 * Do not call due().  A timer that is not set is allowed.
 */
void loop_cancel(struct loop *loop, struct loop_timer *timer);

/**
 * loop_add_hook(loop, hook):
 * Run ${hook} in every turn, before the wait, after the hooks that were added
 * before it.
 */
void loop_add_hook(struct loop *loop, struct loop_hook *hook);

/**
 * loop_drop_hook(loop, hook):
 * Run ${hook} no more.  One that was never added is allowed.
 */
void loop_drop_hook(struct loop *loop, struct loop_hook *hook);

/**
 * loop_now(loop):
 * The time of this turn: microseconds of the monotonic clock.
 */
uint64_t loop_now(const struct loop *loop);

/**
 * loop_post(loop, fn, arg):
 * Call ${fn}(${arg}) on the thread of ${loop}, in one of its next turns, in
 * the order of posting.  Any thread.  Return false if out of memory: then it
 * will not be called.
 */
bool loop_post(struct loop *loop, loop_fn *fn, void *arg);

/**
 * loop_wake(loop):
 * Let the hooks run soon.  Any thread; cannot fail.
 */
void loop_wake(struct loop *loop);

/**
 * loop_run(loop):
 * Turn until loop_stop().  What was posted before that has been called when
 * this returns.
 */
void loop_run(struct loop *loop);

/**
 * loop_stop(loop):
 * Let loop_run() return after this turn.  Any thread.
 */
void loop_stop(struct loop *loop);

#endif /* !SERVER_LOOP_H */
