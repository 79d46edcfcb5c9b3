/*
 * test_loop.c - the loop and the job threads.
 */
#include <check.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

#include "server/jobs.h"
#include "server/loop.h"

/* What a test notes down. */
struct notes {
	struct loop *loop;
	struct loop_source sources[2];
	struct loop_timer timers[3];
	struct loop_hook hook;
	int fds[2];
	atomic_int count;
	int order[16], n;
	uint64_t start;
};

static struct notes t;

static void
setup(void)
{
	t = (struct notes){ .loop = loop_new() };
	ck_assert_ptr_nonnull(t.loop);
	ck_assert_int_eq(pipe(t.fds), 0);
}

static void
teardown(void)
{
	close(t.fds[0]);
	close(t.fds[1]);
	loop_free(t.loop);
}

static void
stop(void *arg)
{
	(void)arg;
	loop_stop(t.loop);
}

static void
rest(int ms)
{
	struct timespec ts = { ms / 1000, ms % 1000 * 1000000L };

	nanosleep(&ts, NULL);
}

/* ---- timers ---- */

static void
first(void *arg)
{
	(void)arg;
	t.order[t.n++] = 1;
}

static void
second(void *arg)
{
	(void)arg;
	t.order[t.n++] = 2;
	loop_stop(t.loop);
}

static void
never(void *arg)
{
	(void)arg;
	t.order[t.n++] = 3;
}

START_TEST(timers_come_in_their_order_and_not_early)
{
	t.timers[0] = (struct loop_timer){ .due = second };
	t.timers[1] = (struct loop_timer){ .due = first };
	t.timers[2] = (struct loop_timer){ .due = never };
	uint64_t start = loop_now(t.loop);

	loop_after(t.loop, &t.timers[0], 60);
	loop_after(t.loop, &t.timers[1], 1000);
	loop_after(t.loop, &t.timers[2], 10);
	loop_after(t.loop, &t.timers[1], 20); /* anew */
	loop_cancel(t.loop, &t.timers[2]);
	loop_cancel(t.loop, &t.timers[2]);
	loop_run(t.loop);
	ck_assert_int_eq(t.n, 2);
	ck_assert_int_eq(t.order[0], 1);
	ck_assert_int_eq(t.order[1], 2);
	ck_assert_uint_ge(loop_now(t.loop) - start, 60000);
}
END_TEST

/* ---- sources ---- */

static void
read_one(void *arg, uint32_t events)
{
	char c;

	ck_assert_uint_ne(events & (EPOLLIN | EPOLLHUP), 0);
	ck_assert_int_eq(read(*(int *)arg, &c, 1), 1);
	if (c == 'q')
		loop_stop(t.loop);
	t.n++;
}

START_TEST(calls_what_is_ready)
{
	t.sources[0] =
		(struct loop_source){ .ready = read_one, .arg = &t.fds[0] };
	ck_assert(loop_watch(t.loop, &t.sources[0], t.fds[0], EPOLLIN));
	ck_assert_int_eq(write(t.fds[1], "abq", 3), 3);
	loop_run(t.loop);
	ck_assert_int_eq(t.n, 3);
}
END_TEST

START_TEST(a_descriptor_may_come_again_under_its_number)
{
	int number = t.fds[0], other[2];

	t.sources[0] =
		(struct loop_source){ .ready = read_one, .arg = &t.fds[0] };
	ck_assert(loop_watch(t.loop, &t.sources[0], number, EPOLLIN));
	close(t.fds[0]);
	close(t.fds[1]);
	ck_assert_int_eq(pipe(other), 0);
	ck_assert_int_eq(other[0], number);
	t.fds[0] = other[0];
	t.fds[1] = other[1];
	ck_assert(loop_watch(t.loop, &t.sources[0], number, EPOLLIN));
	ck_assert_int_eq(write(t.fds[1], "q", 1), 1);
	loop_run(t.loop);
	ck_assert_int_eq(t.n, 1);

	loop_unwatch(t.loop, &t.sources[0]);
	loop_unwatch(t.loop, &t.sources[0]);
	ck_assert(!loop_watch(t.loop, &t.sources[0], 9999, EPOLLIN));
	ck_assert_int_eq(errno, EBADF);
	ck_assert(!t.sources[0].watched);
}
END_TEST

/* Both are ready in one wait: the first to be called takes the other out. */
static void
unwatch_other(void *arg, uint32_t events)
{
	struct loop_source *other = arg;

	(void)events;
	t.n++;
	loop_unwatch(t.loop, other);
	other->ready = NULL; /* as if it had been freed */
	loop_stop(t.loop);
}

START_TEST(what_is_unwatched_is_not_called)
{
	t.sources[0] = (struct loop_source){ .ready = unwatch_other,
					     .arg = &t.sources[1] };
	t.sources[1] = (struct loop_source){ .ready = unwatch_other,
					     .arg = &t.sources[0] };
	ck_assert(loop_watch(t.loop, &t.sources[0], t.fds[0], EPOLLIN));
	ck_assert(loop_watch(t.loop, &t.sources[1], t.fds[1], EPOLLOUT));
	ck_assert_int_eq(write(t.fds[1], "x", 1), 1);
	loop_run(t.loop);
	ck_assert_int_eq(t.n, 1);
}
END_TEST

/* ---- hooks ---- */

static int
busy_hook(void *arg)
{
	(void)arg;
	if (++t.n == 1000)
		loop_stop(t.loop);
	return 0;
}

static int
lazy_hook(void *arg)
{
	(void)arg;
	if (++t.n == 3)
		loop_stop(t.loop);
	return 20;
}

START_TEST(hooks_say_how_long_to_wait)
{
	t.hook = (struct loop_hook){ .turn = busy_hook };
	loop_add_hook(t.loop, &t.hook);
	loop_run(t.loop);
	ck_assert_int_eq(t.n, 1000);
}
END_TEST

START_TEST(a_hook_may_wait)
{
	uint64_t start = loop_now(t.loop);

	t.hook = (struct loop_hook){ .turn = lazy_hook };
	loop_add_hook(t.loop, &t.hook);
	loop_run(t.loop);
	ck_assert_uint_ge(loop_now(t.loop) - start, 39000);
	loop_drop_hook(t.loop, &t.hook);
	loop_drop_hook(t.loop, &t.hook);
}
END_TEST

/* ---- other threads ---- */

static void
count(void *arg)
{
	ck_assert_ptr_eq(arg, &t);
	atomic_fetch_add(&t.count, 1);
}

static void *
post_many(void *arg)
{
	for (int i = 0; i < 1000; i++)
		ck_assert(loop_post(arg, count, &t));
	return NULL;
}

static void *
post_and_stop(void *arg)
{
	pthread_t threads[3];

	for (int i = 0; i < 3; i++)
		pthread_create(&threads[i], NULL, post_many, arg);
	for (int i = 0; i < 3; i++)
		pthread_join(threads[i], NULL);
	loop_stop(arg);
	return NULL;
}

START_TEST(calls_all_that_is_posted)
{
	pthread_t thread;

	ck_assert_int_eq(pthread_create(&thread, NULL, post_and_stop, t.loop),
			 0);
	loop_run(t.loop);
	pthread_join(thread, NULL);
	ck_assert_int_eq(atomic_load(&t.count), 3000);
	/* After the end it is forgotten, not leaked. */
	ck_assert(loop_post(t.loop, count, &t));
}
END_TEST

/* ---- signals ---- */

static void
on_signal(void *arg)
{
	ck_assert_ptr_eq(arg, &t);
	t.n++;
	loop_stop(t.loop);
}

START_TEST(ends_on_sigterm_and_sigint_only)
{
	sigset_t before;

	pthread_sigmask(SIG_SETMASK, NULL, &before);
	ck_assert(loop_signals(t.loop, on_signal, &t));
	kill(getpid(), SIGHUP);
	kill(getpid(), SIGPIPE);
	t.timers[0] = (struct loop_timer){ .due = stop };
	loop_after(t.loop, &t.timers[0], 50);
	loop_run(t.loop);
	ck_assert_int_eq(t.n, 0);
	loop_free(t.loop);

	t.loop = loop_new();
	ck_assert(loop_signals(t.loop, on_signal, &t));
	kill(getpid(), _i == 0 ? SIGTERM : SIGINT);
	loop_run(t.loop);
	ck_assert_int_eq(t.n, 1);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
}
END_TEST

/* ---- jobs ---- */

struct chore {
	struct job job;
	int ms, done;
};

static void
do_chore(struct job *job, void *context)
{
	struct chore *chore = (struct chore *)job;

	ck_assert_ptr_eq(context, &t);
	rest(chore->ms);
	chore->done++;
}

static void *
open_context(void *app)
{
	/* The third fails. */
	return atomic_fetch_add(&t.count, 1) < 2 ? app : NULL;
}

static void
close_context(void *app, void *context)
{
	ck_assert_ptr_eq(app, context);
	atomic_fetch_sub(&t.count, 1);
}

static void
finished(void *arg)
{
	(void)arg;
}

static struct jobs *
start_jobs(unsigned threads)
{
	return jobs_start(&(struct jobs_options){ .threads = threads,
						  .max_waiting = 3,
						  .run = do_chore,
						  .finished = finished,
						  .open = open_context,
						  .close = close_context,
						  .app = &t });
}

static int
take_all(struct jobs *jobs)
{
	int n = 0;

	for (struct job *job = jobs_take(jobs); job != NULL; job = job->next)
		n++;
	return n;
}

START_TEST(jobs_run_wait_and_come_back)
{
	struct jobs *jobs = start_jobs(1);
	struct chore chores[5] = { { .ms = 100 } };
	int done = 0;

	ck_assert_ptr_nonnull(jobs);
	ck_assert(!jobs_full(jobs));
	jobs_push(jobs, &chores[0].job);
	for (int i = 0; i < 5000; i++) { /* until it has begun */
		jobs_push(jobs, &chores[4].job);
		bool waits = jobs_cancel(jobs, &chores[0].job);

		if (waits)
			jobs_push(jobs, &chores[0].job);
		ck_assert(jobs_cancel(jobs, &chores[4].job));
		if (!waits)
			break;
		rest(1);
	}
	for (int i = 1; i <= 3; i++) {
		ck_assert(!jobs_full(jobs));
		jobs_push(jobs, &chores[i].job);
	}
	ck_assert(jobs_full(jobs));
	ck_assert(jobs_cancel(jobs, &chores[3].job)); /* the last */
	ck_assert(!jobs_full(jobs));
	jobs_push(jobs, &chores[3].job);
	ck_assert(jobs_cancel(jobs, &chores[1].job)); /* the first */
	ck_assert(!jobs_cancel(jobs, &chores[1].job));
	ck_assert(!jobs_cancel(jobs, &chores[0].job)); /* it runs */
	for (int i = 0; i < 5000 && done < 3; i++, rest(1))
		done += take_all(jobs);
	ck_assert_int_eq(done, 3);
	ck_assert_int_eq(chores[0].done, 1);
	ck_assert_int_eq(chores[1].done, 0);
	ck_assert_int_eq(chores[2].done, 1);
	ck_assert_int_eq(chores[3].done, 1);
	ck_assert(jobs_stop(jobs, 1000));
	jobs_free(jobs);
	ck_assert_int_eq(atomic_load(&t.count), 0);
}
END_TEST

START_TEST(a_job_that_does_not_end_is_told)
{
	struct jobs *jobs = start_jobs(2);
	struct chore chore = { .ms = 300 };

	jobs_push(jobs, &chore.job);
	while (jobs_cancel(jobs, &chore.job)) { /* until it has begun */
		jobs_push(jobs, &chore.job);
		rest(1);
	}
	ck_assert(!jobs_stop(jobs, 50));
	ck_assert(jobs_stop(jobs, 5000));
	ck_assert_int_eq(take_all(jobs), 1);
	jobs_free(jobs);
}
END_TEST

START_TEST(jobs_do_not_start_without_their_contexts)
{
	ck_assert_ptr_null(start_jobs(3));
	jobs_free(NULL);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("loop");
	TCase *tc = tcase_create("loop");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, timers_come_in_their_order_and_not_early);
	tcase_add_test(tc, calls_what_is_ready);
	tcase_add_test(tc, a_descriptor_may_come_again_under_its_number);
	tcase_add_test(tc, what_is_unwatched_is_not_called);
	tcase_add_test(tc, hooks_say_how_long_to_wait);
	tcase_add_test(tc, a_hook_may_wait);
	tcase_add_test(tc, calls_all_that_is_posted);
	tcase_add_loop_test(tc, ends_on_sigterm_and_sigint_only, 0, 2);
	tcase_add_test(tc, jobs_run_wait_and_come_back);
	tcase_add_test(tc, a_job_that_does_not_end_is_told);
	tcase_add_test(tc, jobs_do_not_start_without_their_contexts);
	suite_add_tcase(suite, tc);

	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
