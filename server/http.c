/*
 * http.c - the HTTP server: start, turn, drain, stop.
 *
 * libmicrohttpd 0.9.75 runs in external epoll mode: it never blocks, and works
 * only inside MHD_run(), on the loop's thread.  What to know of it:
 *
 * - Its own timeout counts inactivity only, and costs 800 instructions a
 *   request.  It is off; our deadlines are absolute, and cut by shutdown(fd).
 *   They also find the connection whose FIN came together with its request,
 *   of which epoll does not tell again.
 * - A suspended connection has no timeout and is out of epoll: that a client
 *   left is noticed when it is resumed.  MHD_stop_daemon() with one left
 *   aborts the process.
 * - MHD_resume_connection() and shutdown() take effect in the next MHD_run(),
 *   which must come before the loop waits.
 */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "server/intercept.h"
#include "server/log.h"
#include "server/metrics.h"
#include "server/send.h"
#include "server/serve.h"

#include "server/http.h"

#define POOL 16384	 /* bytes a connection; zeroed for every request */
#define ROUNDS 8	 /* of MHD_run() in one turn */
#define CONNECTIONS 8192 /* at once */
#define LOOK_EVERY 64	 /* turns in which libmicrohttpd would not rest */
#define EXPIRE_AT_ONCE 1 /* deadlines in one turn; the rest in the next */
#define LAST_ANSWERS 200 /* ms to send them after the drain's end */

/* ---- a turn of the loop ---- */

/*
 * A few at a time: a thousand that came together are due together, and whoever
 * asks meanwhile must not wait for a thousand refusals.
 */
static void
expire_some(struct http *http)
{
	uint64_t now = loop_now(http->opt.loop);
	int left = EXPIRE_AT_ONCE;

	for (int what = 0; what < NWAITS; what++) {
		struct conn *head = &http->queues[what];

		while (head->next != head && head->next->deadline <= now &&
		       left-- > 0)
			serve_expire(http, (enum wait)what, head->next);
	}
}

/* Bytes that have come from the client of ${k} and were not read yet. */
static int
unread(const struct conn *k)
{
	int n = 0;

	return ioctl(k->fd, FIONREAD, &n) == 0 ? n : 0;
}

/* A connection on which nothing was asked yet has no answer to lose. */
static void
close_idle(struct http *http)
{
	struct conn *head = &http->queues[WAIT_IDLE];

	for (struct conn *k = head->next; k != head; k = k->next)
		if (unread(k) == 0)
			(void)shutdown(k->fd, SHUT_RDWR);
	http->work++;
}

/*
 * A chunk's line that is longer than the whole buffer: libmicrohttpd reads no
 * more, and says for ever that there is something to do.  Whoever has bytes
 * waiting and gets nowhere from one look to the next is refused.
 */
static void
cut_stuck(struct http *http)
{
	struct conn *head = &http->queues[WAIT_REQUEST], *next;

	for (struct conn *k = head->next; k != head; k = next) {
		struct exchange *ex = k->ex;

		next = k->next;
		if (ex == NULL || !ex->prepared || k->paced || unread(k) == 0 ||
		    ex->state != EXCHANGE_RECEIVING) {
			k->stuck = false;
		} else if (k->stuck && k->stuck_at == ex->received) {
			send_early(k, PROBLEM_BAD_REQUEST, GUARD_UNREADABLE);
			(void)shutdown(k->fd, SHUT_RDWR);
			http->work++;
		} else {
			k->stuck = true;
			k->stuck_at = ex->received;
		}
	}
}

/* One step of the way to the end; true once, when it is reached. */
static bool
drain_step(struct http *http)
{
	uint64_t now = loop_now(http->opt.loop);

	if (!http->draining || http->drained)
		return false;
	if (now >= http->drain_end && !http->released) {
		http->released = true;
		park_give_up(http, PROBLEM_OUTCOME_UNKNOWN);
	}
	return http->parked == 0 &&
	       (http->live == 0 ||
		now >= http->drain_end + LAST_ANSWERS * 1000);
}

/* MHD_run() until it has nothing left to do, or for long enough. */
static void
pump(struct http *http)
{
	int round = 0;

	do {
		http->work = 0;
		(void)MHD_run(http->daemon);
	} while (http->work > 0 && ++round < ROUNDS);
}

/* ${at} is when to wake at the latest: shorten ${wait} (ms; -1 for ever). */
static int
sooner(const struct http *http, int wait, uint64_t at)
{
	uint64_t now = loop_now(http->opt.loop);
	uint64_t ms = at > now ? (at - now + 999) / 1000 : 0;

	return wait < 0 || ms < (uint64_t)wait ? (int)ms : wait;
}

/* How long may the loop wait? */
static int
wait_ms(struct http *http)
{
	MHD_UNSIGNED_LONG_LONG timeout;
	int wait = -1;

	/* The last round was not empty: there may be more. */
	if (http->work > 0 || http->paced != NULL) {
		if (++http->busy % LOOK_EVERY == 0)
			cut_stuck(http);
		return 0;
	}
	if (MHD_get_timeout(http->daemon, &timeout) == MHD_YES)
		wait = timeout < 1000 ? (int)timeout : 1000;
	if (wait == 0 && ++http->busy % LOOK_EVERY == 0)
		cut_stuck(http);
	for (int what = 0; what < NWAITS; what++) {
		struct conn *head = &http->queues[what];

		if (head->next != head)
			wait = sooner(http, wait, head->next->deadline);
	}
	if (http->draining && !http->drained)
		wait = sooner(http, wait,
			      http->drain_end + (http->released
							 ? LAST_ANSWERS * 1000
							 : 0));
	if (log_pending(http->opt.log))
		wait = sooner(http, wait, loop_now(http->opt.loop) + 100000);
	return wait;
}

static int
turn(void *arg)
{
	struct http *http = arg;

	park_take(http);
	(void)serve_pace(http);
	expire_some(http);
	bool over = drain_step(http);

	pump(http);
	log_turn(http->opt.log);
	metrics_turn(http->opt.metrics);
	if (over || drain_step(http)) {
		http->drained = true;
		if (http->opt.drained != NULL)
			http->opt.drained(http->opt.app);
	}
	return wait_ms(http);
}

/* The hook does it all: here the loop need only have woken up. */
static void
on_ready(void *arg, uint32_t events)
{
	(void)arg;
	(void)events;
}

/* For metrics.c: what is true now. */
static void
tell_now(void *arg, struct metrics_now *to)
{
	const struct http *http = arg;
	size_t running = 0;

	to->connections = (unsigned)http->connections;
	to->requests = (unsigned)http->live;
	to->waiting = park_patient(http);
	to->job_threads = http->opt.jobs;
	if (http->jobs != NULL)
		to->jobs_waiting = (unsigned)jobs_count(http->jobs, &running);
	to->jobs_running = (unsigned)running;
}

/* ---- start and stop ---- */

/* ---- connections ---- */

static bool
has_room(void *arg)
{
	const struct http *http = arg;

	return http->connections < http->max_connections;
}

static void
add_connection(void *arg, int fd, const struct sockaddr *from, socklen_t len)
{
	struct http *http = arg;

	http->work++;
	/* Without memory it is closed. */
	(void)MHD_add_connection(http->daemon, fd, from, len);
}

static void
refuse_connection(void *arg, int fd)
{
	send_full(arg, fd);
}

static struct MHD_Daemon *
start_daemon(struct http *http)
{
	/* clang-format off */
	return MHD_start_daemon(
		MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME |
			MHD_USE_NO_LISTEN_SOCKET, 0, NULL, NULL,
		serve_request, http,
		MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)POOL,
		MHD_OPTION_CONNECTION_TIMEOUT, 0u,
		MHD_OPTION_CONNECTION_LIMIT, UINT_MAX, /* ours counts */
		MHD_OPTION_SIGPIPE_HANDLED_BY_APP, 1,
		MHD_OPTION_URI_LOG_CALLBACK, serve_url, http,
		MHD_OPTION_UNESCAPE_CALLBACK, serve_unescape, http,
		MHD_OPTION_NOTIFY_CONNECTION, serve_connection, http,
		MHD_OPTION_NOTIFY_COMPLETED, serve_completed, http,
		MHD_OPTION_END);
	/* clang-format on */
}

static void
jobs_finished(void *loop)
{
	loop_wake(loop); /* turn() takes them */
}

static bool
start_jobs(struct http *http)
{
	const struct http_options *opt = &http->opt;

	if (opt->jobs == 0)
		return true;
	http->jobs = jobs_start(&(struct jobs_options){
		.threads = opt->jobs,
		.max_waiting = opt->max_waiting > 0 ? opt->max_waiting : 256,
		.run = park_job,
		.finished = jobs_finished,
		.arg = opt->loop,
		.open = opt->job_open,
		.close = opt->job_close,
		.app = opt->app,
	});
	if (http->jobs == NULL)
		log_error(opt->log, "jobs", "Cannot start the job threads.");
	return http->jobs != NULL;
}

struct http *
http_start(const struct http_options *opt)
{
	int fd = -1;
	struct http *http = calloc(1, sizeof(*http));

	if (http == NULL) {
		log_error(opt->log, "http", "Out of memory.");
		return NULL;
	}
	http->opt = *opt;
	http->site.routes = opt->routes;
	http->site.nroutes = opt->nroutes;
	http->site.app = opt->app;
	http->site.local = opt->local;
	http->site.cors = opt->cors;
	http->site.sift = opt->sift;
	http->site.auth.keys = opt->keys;
	http->site.answers = answers_new(); /* without it all are made anew */
	id_source_init(&http->site.ids);
	for (int what = 0; what < NWAITS; what++)
		http->queues[what].prev = http->queues[what].next =
			&http->queues[what];
#define TIME(what, ms, fallback) \
	http->times[what] = 1000ull * (opt->ms > 0 ? opt->ms : (fallback))
	TIME(WAIT_IDLE, idle_ms, 15000);
	TIME(WAIT_HEADERS, headers_ms, 5000);
	TIME(WAIT_REQUEST, request_ms, 10000);
	TIME(WAIT_JOB, job_ms, 10000);
	http->times[WAIT_LONG] = 75000000; /* more than they may ask for */
#undef TIME
	http_set_library(http, NULL, 0);
	if (opt->keys && opt->rate > 0 &&
	    (http->site.auth.rate = rate_new(opt->rate)) == NULL) {
		log_error(opt->log, "http", "Out of memory.");
		goto fail;
	}

	http->last_paced = &http->paced;
	http->placed = strcmp(MHD_get_version(), "0.9.75") == 0;
	if (!intercept_start()) {
		log_error(opt->log, "http", "libmicrohttpd is not there.");
		goto fail;
	}
	if ((fd = accept_listen(opt->address, opt->address_len, opt->log,
				&http->port)) < 0 ||
	    !start_jobs(http))
		goto fail;
	if ((http->daemon = start_daemon(http)) == NULL) {
		log_error(opt->log, "http", "Cannot start the HTTP daemon.");
		goto fail;
	}
	http->max_connections = accept_limit(
		opt->max_connections > 0 ? opt->max_connections : CONNECTIONS);
	http->acceptor = (struct acceptor){ .loop = opt->loop,
					    .room = has_room,
					    .serve = add_connection,
					    .refuse = refuse_connection,
					    .arg = http };

	http->source = (struct loop_source){ .ready = on_ready };
	bool listens = accept_start(&http->acceptor, fd);

	fd = -1; /* the acceptor's now */
	if (!listens ||
	    !loop_watch(
		    opt->loop, &http->source,
		    MHD_get_daemon_info(http->daemon, MHD_DAEMON_INFO_EPOLL_FD)
			    ->epoll_fd,
		    EPOLLIN)) {
		log_error(opt->log, "http", "Cannot watch the HTTP daemon: %s.",
			  strerror(errno));
		goto fail;
	}
	http->hook = (struct loop_hook){ .turn = turn, .arg = http };
	loop_add_hook(opt->loop, &http->hook);
	metrics_ask(opt->metrics, tell_now, http);
	return http;

fail:
	if (fd >= 0)
		close(fd);
	(void)http_stop(http);
	return NULL;
}

uint16_t
http_port(const struct http *http)
{
	return http->port;
}

void
http_set_library(struct http *http, struct library *lib, int release)
{
	struct site *site = &http->site;

	if (site->lib != NULL)
		http->opt.lib_unref(site->lib);
	site->lib = lib;
	site->release = lib != NULL ? release : 0;
	metrics_release(http->opt.metrics, site->release);
	answers_forget(site->answers);
	etag_base(&site->etag, site->release,
		  http->opt.version != NULL ? http->opt.version : "0");
}

void
http_set_keys(struct http *http, struct key_table *table)
{
	metrics_keys(http->opt.metrics, table->n);
	if (!auth_set(&http->site.auth, table))
		log_error(http->opt.log, "rate",
			  "Out of memory: requests are not counted until the "
			  "keys change again.");
}

void
http_drain(struct http *http)
{
	unsigned ms = http->opt.drain_ms > 0 ? http->opt.drain_ms : 5000;

	if (http->draining)
		return;
	http->draining = http->site.draining = true;
	close_idle(http);
	http->drain_end = loop_now(http->opt.loop) + 1000ull * ms;
	accept_stop(&http->acceptor);
	park_give_up(http, -1);
}

bool
http_stop(struct http *http)
{
	if (http == NULL)
		return true;

	metrics_ask(http->opt.metrics, NULL, NULL);
	loop_drop_hook(http->opt.loop, &http->hook);
	loop_unwatch(http->opt.loop, &http->source);
	accept_stop(&http->acceptor);
	if (http->daemon != NULL) {
		http->draining = http->released = true;
		/* None may be suspended when it stops, or it aborts. */
		park_give_up(http, PROBLEM_OUTCOME_UNKNOWN);
		while (serve_pace(http))
			;
		pump(http);
		MHD_stop_daemon(http->daemon);
	}
	if (http->jobs != NULL && !jobs_stop(http->jobs, 1000)) {
		log_error(http->opt.log, "job_stuck",
			  "A job did not end; it is left behind.");
		return false;
	}
	park_take(http);
	jobs_free(http->jobs);
	log_turn(http->opt.log);
	http_set_library(http, NULL, 0);
	while (http->spare != NULL) {
		struct exchange *next =
			(struct exchange *)http->spare->job.next;

		exchange_free(http->spare);
		http->spare = next;
	}
	answers_free(http->site.answers);
	auth_free(&http->site.auth);
	free(http);
	return true;
}
