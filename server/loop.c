/*
 * loop.c - epoll, and what wakes it.
 */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#include "server/loop.h"

#define EVENTS 32

/* A call from another thread. */
struct post {
	struct post *next;
	loop_fn *fn;
	void *arg;
};

struct loop {
	int epoll, wake_fd, signal_fd;
	atomic_bool stop;
	uint64_t now; /* us */
	struct loop_hook *hooks;
	struct loop_timer *timers; /* the earliest first */
	struct loop_source wake, signals;
	loop_fn *on_signal;
	void *on_signal_arg;

	/* This turn's batch; loop_unwatch() takes its source out of it. */
	struct epoll_event events[EVENTS];
	int nevents;

	pthread_mutex_t lock; /* for the posts */
	struct post *posts, **last_post;
};

static uint64_t
clock_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000 + (uint64_t)ts.tv_nsec / 1000;
}

/* Take what has been posted so far, and call it. */
static void
run_posts(struct loop *loop)
{
	pthread_mutex_lock(&loop->lock);
	struct post *post = loop->posts;

	loop->posts = NULL;
	loop->last_post = &loop->posts;
	pthread_mutex_unlock(&loop->lock);

	while (post != NULL) {
		struct post *next = post->next;

		post->fn(post->arg);
		free(post);
		post = next;
	}
}

static void
on_wake(void *arg, uint32_t events)
{
	struct loop *loop = arg;
	uint64_t count;

	(void)events;
	/* First the count, then the posts: none can fall in between. */
	if (read(loop->wake_fd, &count, sizeof(count)) < 0 && errno != EAGAIN)
		return;
	run_posts(loop);
}

static void
on_signals(void *arg, uint32_t events)
{
	struct loop *loop = arg;
	struct signalfd_siginfo info;

	(void)events;
	while (read(loop->signal_fd, &info, sizeof(info)) == sizeof(info))
		if (info.ssi_signo != SIGHUP)
			loop->on_signal(loop->on_signal_arg);
}

struct loop *
loop_new(void)
{
	struct loop *loop = calloc(1, sizeof(*loop));

	if (loop == NULL)
		return NULL;
	pthread_mutex_init(&loop->lock, NULL);
	loop->last_post = &loop->posts;
	loop->signal_fd = -1;
	loop->now = clock_us();
	loop->epoll = epoll_create1(EPOLL_CLOEXEC);
	loop->wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	loop->wake = (struct loop_source){ .ready = on_wake, .arg = loop };
	if (loop->epoll < 0 || loop->wake_fd < 0 ||
	    !loop_watch(loop, &loop->wake, loop->wake_fd, EPOLLIN)) {
		loop_free(loop);
		return NULL;
	}
	signal(SIGPIPE, SIG_IGN);
	return loop;
}

void
loop_free(struct loop *loop)
{
	if (loop == NULL)
		return;
	while (loop->posts != NULL) {
		struct post *next = loop->posts->next;

		free(loop->posts);
		loop->posts = next;
	}
	if (loop->signal_fd >= 0)
		close(loop->signal_fd);
	if (loop->wake_fd >= 0)
		close(loop->wake_fd);
	if (loop->epoll >= 0)
		close(loop->epoll);
	pthread_mutex_destroy(&loop->lock);
	free(loop);
}

bool
loop_signals(struct loop *loop, loop_fn *fn, void *arg)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	if ((errno = pthread_sigmask(SIG_BLOCK, &set, NULL)) != 0)
		return false;
	loop->on_signal = fn;
	loop->on_signal_arg = arg;
	loop->signal_fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
	loop->signals =
		(struct loop_source){ .ready = on_signals, .arg = loop };
	return loop->signal_fd >= 0 &&
	       loop_watch(loop, &loop->signals, loop->signal_fd, EPOLLIN);
}

bool
loop_watch(struct loop *loop, struct loop_source *source, int fd,
	   uint32_t events)
{
	struct epoll_event e = { .events = events, .data.ptr = source };

	if (source->watched && source->fd != fd)
		loop_unwatch(loop, source);

	/* A descriptor that was closed has left epoll by itself. */
	if (!source->watched ||
	    epoll_ctl(loop->epoll, EPOLL_CTL_MOD, fd, &e) != 0) {
		source->watched = false;
		if (epoll_ctl(loop->epoll, EPOLL_CTL_ADD, fd, &e) != 0)
			return false;
	}
	source->fd = fd;
	source->watched = true;
	return true;
}

void
loop_unwatch(struct loop *loop, struct loop_source *source)
{
	if (!source->watched)
		return;
	(void)epoll_ctl(loop->epoll, EPOLL_CTL_DEL, source->fd, NULL);
	source->watched = false;
	for (int i = 0; i < loop->nevents; i++)
		if (loop->events[i].data.ptr == source)
			loop->events[i].data.ptr = NULL;
}

void
loop_cancel(struct loop *loop, struct loop_timer *timer)
{
	struct loop_timer **at = &loop->timers;

	if (!timer->set)
		return;
	while (*at != timer)
		at = &(*at)->next;
	*at = timer->next;
	timer->set = false;
}

void
loop_after(struct loop *loop, struct loop_timer *timer, uint64_t ms)
{
	struct loop_timer **at = &loop->timers;

	loop_cancel(loop, timer);
	timer->at = loop->now + ms * 1000;
	while (*at != NULL && (*at)->at <= timer->at)
		at = &(*at)->next;
	timer->next = *at;
	timer->set = true;
	*at = timer;
}

void
loop_add_hook(struct loop *loop, struct loop_hook *hook)
{
	struct loop_hook **at = &loop->hooks;

	while (*at != NULL)
		at = &(*at)->next;
	hook->next = NULL;
	*at = hook;
}

void
loop_drop_hook(struct loop *loop, struct loop_hook *hook)
{
	for (struct loop_hook **at = &loop->hooks; *at != NULL;
	     at = &(*at)->next)
		if (*at == hook) {
			*at = hook->next;
			return;
		}
}

uint64_t
loop_now(const struct loop *loop)
{
	return loop->now;
}

bool
loop_post(struct loop *loop, loop_fn *fn, void *arg)
{
	struct post *post = malloc(sizeof(*post));

	if (post == NULL)
		return false;
	*post = (struct post){ NULL, fn, arg };
	pthread_mutex_lock(&loop->lock);
	*loop->last_post = post;
	loop->last_post = &post->next;
	pthread_mutex_unlock(&loop->lock);
	loop_wake(loop);
	return true;
}

void
loop_wake(struct loop *loop)
{
	uint64_t one = 1;

	/* EAGAIN means that the count is full: the loop is awake already. */
	while (write(loop->wake_fd, &one, sizeof(one)) < 0 && errno == EINTR)
		;
}

void
loop_stop(struct loop *loop)
{
	atomic_store(&loop->stop, true);
	loop_wake(loop);
}

/* Run the hooks; return how long the loop may wait, in ms. */
static int
run_hooks(struct loop *loop)
{
	int wait = -1;
	struct loop_hook *next;

	for (struct loop_hook *hook = loop->hooks; hook != NULL; hook = next) {
		next = hook->next; /* it may unhook itself */
		int ms = hook->turn(hook->arg);

		if (ms >= 0 && (wait < 0 || ms < wait))
			wait = ms;
	}
	if (loop->timers != NULL) {
		uint64_t at = loop->timers->at;
		/* Rounded up, or the last millisecond would be spun away. */
		uint64_t ms =
			at > loop->now ? (at - loop->now + 999) / 1000 : 0;

		if (wait < 0 || ms < (uint64_t)wait)
			wait = ms < 3600000 ? (int)ms : 3600000;
	}
	return wait;
}

static void
run_timers(struct loop *loop)
{
	while (loop->timers != NULL && loop->timers->at <= loop->now) {
		struct loop_timer *timer = loop->timers;

		loop->timers = timer->next;
		timer->set = false;
		timer->due(timer->arg);
	}
}

void
loop_run(struct loop *loop)
{
	loop->now = clock_us();
	while (!atomic_load(&loop->stop)) {
		int wait = run_hooks(loop);

		if (atomic_load(&loop->stop))
			break;
		loop->nevents =
			epoll_wait(loop->epoll, loop->events, EVENTS, wait);
		loop->now = clock_us();
		run_timers(loop);
		for (int i = 0; i < loop->nevents; i++) {
			struct loop_source *source = loop->events[i].data.ptr;

			if (source != NULL)
				source->ready(source->arg,
					      loop->events[i].events);
		}
		loop->nevents = 0;
	}
	run_posts(loop);
}
