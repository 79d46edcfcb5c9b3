/*
 * rig.c - the HTTP server with routes made for tests, in this process.
 */
#include <arpa/inet.h>
#include <check.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "server/log.h"
#include "server/loop.h"
#include "server/metrics.h"
#include "server/problem.h"
#include "server/reply.h"
#include "server/request.h"
#include "tests/api/later.h"
#include "tests/api/rig.h"

/* As much of a library as server/ ever sees: something that is counted. */
struct library {
	atomic_int refs;
	int release;
};

struct rig {
	struct loop *loop;
	struct log *log;
	struct http *http;
	struct metrics *metrics;
	pthread_t thread;
	int log_fd;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	struct library *wanted; /* to be put in force */
	bool asked;
	enum guard_reason reason; /* to be counted */
	uint64_t refused;
};

static atomic_int begun, slept, libraries;

/* ---- libraries ---- */

static struct library *
library_new(int release)
{
	struct library *lib = calloc(1, sizeof(*lib));

	ck_assert_ptr_nonnull(lib);
	lib->release = release;
	atomic_store(&lib->refs, 1);
	atomic_fetch_add(&libraries, 1);
	return lib;
}

static struct library *
count_up(struct library *lib)
{
	atomic_fetch_add(&lib->refs, 1);
	return lib;
}

static void
count_down(struct library *lib)
{
	if (atomic_fetch_sub(&lib->refs, 1) != 1)
		return;
	atomic_fetch_sub(&libraries, 1);
	free(lib);
}

/* ---- handlers ---- */

static int
hello(const struct request *req, struct reply *reply)
{
	(void)req;
	return reply_fixed(reply, 200, REPLY_JSON, "{\"hello\":true}", 14);
}

/* All that the handler was given. */
static int
echo(const struct request *req, struct reply *reply)
{
	if (req->text)
		return reply_fixed(reply, 200, REPLY_TEXT, "text\n", 5);

	json_t *args = json_object(), *params = json_array();

	for (size_t i = 0; i < req->nargs; i++)
		json_object_setn_new(args, req->args[i].name.ptr,
				     req->args[i].name.len,
				     json_stringn(req->args[i].value.ptr,
						  req->args[i].value.len));
	for (size_t i = 0; i < req->match.nparams; i++)
		json_array_append_new(params,
				      json_stringn(req->match.params[i].ptr,
						   req->match.params[i].len));
	return reply_json(reply, 200,
			  json_pack("{s:s, s:s, s:o, s:o, s:O?, s:i}", "method",
				    req->method, "id", req->id, "params",
				    params, "args", args, "body", req->body,
				    "release",
				    req->lib != NULL ? req->lib->release : 0));
}

static int
nothing(const struct request *req, struct reply *reply)
{
	(void)req;
	(void)reply;
	return 204;
}

static int
number(const struct request *req)
{
	return atoi(req->match.params[0].ptr);
}

static int
some_bytes(const struct request *req, struct reply *reply)
{
	size_t n = (size_t)number(req), size;
	char *body = reply_room(reply, &size);

	if (body == NULL || size < n) {
		free(body);
		body = malloc(n > 0 ? n : 1);
	}
	ck_assert_ptr_nonnull(body);
	memset(body, 'b', n);
	return reply_bytes(reply, 200, REPLY_TEXT, body, n);
}

/* What is left of a body that is made on the way; it breaks off for 7. */
static ptrdiff_t
next_bytes(void *work, char *to, size_t size)
{
	int *left = work;
	size_t n = (size_t)*left < size ? (size_t)*left : size;

	if (*left == 7)
		return -1;
	memset(to, 'b', n);
	*left -= (int)n;
	return (ptrdiff_t)n;
}

static int
stream(const struct request *req, struct reply *reply)
{
	int *left = malloc(sizeof(*left));

	ck_assert_ptr_nonnull(left);
	*left = number(req);
	return reply_stream(reply, REPLY_TEXT, next_bytes, left, free);
}

static void
sleep_ms(int ms)
{
	struct timespec ts = { ms / 1000, (long)(ms % 1000) * 1000000 };

	nanosleep(&ts, NULL);
}

static int
slow(const struct request *req, struct reply *reply)
{
	atomic_fetch_add(&begun, 1);
	sleep_ms(number(req));
	atomic_fetch_add(&slept, 1);
	return reply_json(reply, 200,
			  json_pack("{s:b}", "desk", req->desk != NULL));
}

static int
held(const struct request *req, struct reply *reply)
{
	atomic_fetch_add(&begun, 1);
	sleep_ms(number(req));
	atomic_fetch_add(&slept, 1);
	return reply_json(reply, 200,
			  json_pack("{s:i}", "release", req->lib->release));
}

static int
page(const struct request *req, struct reply *reply)
{
	static const char text[] = "<!doctype html>";

	(void)req;
	return reply_fixed(reply, 200, "text/html; charset=utf-8", text,
			   sizeof(text) - 1);
}

static int
wrong(const struct request *req, struct reply *reply)
{
	(void)req;
	problem_field(reply, PROBLEM_INVALID, "/tone", "warm", "No such tone.");
	return problem_field(reply, PROBLEM_INVALID, "/phrases", NULL,
			     "1 to 10.");
}

/* clang-format off */
static const struct route routes[] = {
	{ "GET",    "/hello",       hello,      0, ROLE_NONE },
	{ "GET",    "/things/{id}", echo,       ROUTE_RELEASE | ROUTE_TEXT, ROLE_NONE },
	{ "DELETE", "/things/{id}", nothing,    0, ROLE_NONE },
	{ "POST",   "/things",      echo,       ROUTE_RELEASE | ROUTE_BODY, ROLE_NONE },
	{ "POST",   "/large",       echo,       ROUTE_BODY | ROUTE_LARGE, ROLE_NONE },
	{ "POST",   "/form",        echo,       ROUTE_BODY | ROUTE_FORM | ROUTE_LARGE, ROLE_NONE },
	{ "GET",    "/bytes/{n}",   some_bytes, 0, ROLE_NONE },
	{ "GET",    "/stream/{n}",  stream,     0, ROLE_NONE },
	{ "GET",    "/slow/{ms}",   slow,       ROUTE_JOB, ROLE_NONE },
	{ "POST",   "/slow",        echo,       ROUTE_JOB | ROUTE_BODY, ROLE_NONE },
	{ "POST",   "/slow/{ms}",   slow,       ROUTE_JOB | ROUTE_BODY, ROLE_NONE },
	{ "GET",    "/held/{ms}",   held,       ROUTE_JOB | ROUTE_RELEASE, ROLE_NONE },
	{ "GET",    "/later/{ms}",  later_timer, ROUTE_RELEASE, ROLE_NONE },
	{ "GET",    "/round/{n}",   later_round, ROUTE_RELEASE, ROLE_NONE },
	{ "GET",    "/wrong",       wrong,      0, ROLE_NONE },
	{ "GET",    "/page",        page,       ROUTE_PAGE, ROLE_NONE },
};
/* clang-format on */

/* ---- the server ---- */

static void *
open_desk(void *app)
{
	return app;
}

static void
close_desk(void *app, void *desk)
{
	ck_assert_ptr_eq(app, desk);
}

static void
drained(void *app)
{
	struct rig *rig = app;

	loop_stop(rig->loop);
}

static void
on_signal(void *arg)
{
	struct rig *rig = arg;

	http_drain(rig->http);
}

static void *
run(void *arg)
{
	struct rig *rig = arg;

	loop_run(rig->loop);
	return NULL;
}

/* All but the thread that turns the loop. */
static struct rig *
rig_new(const struct http_options *opt, bool signals)
{
	struct http_options o = { 0 };
	struct sockaddr_in sin = { .sin_family = AF_INET,
				   .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct rig *rig = calloc(1, sizeof(*rig));

	ck_assert_ptr_nonnull(rig);
	if (opt != NULL)
		o = *opt;
	pthread_mutex_init(&rig->lock, NULL);
	pthread_cond_init(&rig->changed, NULL);
	rig->log_fd = memfd_create("log", MFD_CLOEXEC);
	rig->log = log_open(rig->log_fd, LOG_JSON);
	rig->loop = loop_new();
	ck_assert_ptr_nonnull(rig->loop);
	ck_assert(!signals || loop_signals(rig->loop, on_signal, rig));
	o.loop = rig->loop;
	o.log = rig->log;
	o.address = (struct sockaddr *)&sin;
	o.address_len = sizeof(sin);
	o.routes = routes;
	o.nroutes = sizeof(routes) / sizeof(routes[0]);
	o.app = rig;
	o.version = "0.0.0";
	o.jobs = o.jobs > 0 ? o.jobs : 2;
	o.job_open = open_desk;
	o.job_close = close_desk;
	o.lib_ref = count_up;
	o.lib_unref = count_down;
	o.drained = drained;
	rig->metrics = metrics_new(&(struct metrics_options){
		.routes = routes, .nroutes = o.nroutes, .version = "0.0.0" });
	ck_assert_ptr_nonnull(rig->metrics);
	o.metrics = rig->metrics;
	rig->http = http_start(&o);
	ck_assert_ptr_nonnull(rig->http);
	http_set_library(rig->http, library_new(1), 1);
	return rig;
}

/* The loop has ended. */
static void
rig_free(struct rig *rig)
{
	ck_assert(http_stop(rig->http));
	ck_assert_int_eq(atomic_load(&libraries), 0);
	metrics_free(rig->metrics);
	log_close(rig->log);
	loop_free(rig->loop);
	close(rig->log_fd);
	pthread_cond_destroy(&rig->changed);
	pthread_mutex_destroy(&rig->lock);
	free(rig);
}

struct rig *
rig_start(const struct http_options *opt)
{
	struct rig *rig = rig_new(opt, false);

	ck_assert_int_eq(pthread_create(&rig->thread, NULL, run, rig), 0);
	return rig;
}

pid_t
rig_fork(int *port)
{
	int fds[2];

	ck_assert_int_eq(pipe(fds), 0);
	pid_t pid = fork();

	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		struct rig *rig = rig_new(NULL, true);
		int own = rig_port(rig);

		if (write(fds[1], &own, sizeof(own)) != sizeof(own))
			_exit(2);
		loop_run(rig->loop);
		rig_free(rig);
		_exit(0);
	}
	ck_assert_int_eq(read(fds[0], port, sizeof(*port)), sizeof(*port));
	close(fds[0]);
	close(fds[1]);
	return pid;
}

int
rig_port(const struct rig *rig)
{
	return http_port(rig->http);
}

struct loop *
rig_loop(const struct request *req)
{
	const struct rig *rig = req->app;

	return rig->loop;
}

static void
begin_drain(void *arg)
{
	struct rig *rig = arg;

	http_drain(rig->http);
}

void
rig_drain(struct rig *rig)
{
	ck_assert(loop_post(rig->loop, begin_drain, rig));
}

void
rig_cut(struct rig *rig)
{
	loop_stop(rig->loop);
}

void
rig_stop(struct rig *rig)
{
	rig_drain(rig);
	pthread_join(rig->thread, NULL);
	rig_free(rig);
}

/* Have ${fn} called on the loop's thread; it ends with done(). */
static void
ask_loop(struct rig *rig, loop_fn *fn)
{
	rig->asked = true;
	ck_assert(loop_post(rig->loop, fn, rig));
	pthread_mutex_lock(&rig->lock);
	while (rig->asked)
		pthread_cond_wait(&rig->changed, &rig->lock);
	pthread_mutex_unlock(&rig->lock);
}

static void
done(struct rig *rig)
{
	pthread_mutex_lock(&rig->lock);
	rig->asked = false;
	pthread_cond_signal(&rig->changed);
	pthread_mutex_unlock(&rig->lock);
}

static void
take_library(void *arg)
{
	struct rig *rig = arg;
	struct library *lib = rig->wanted;

	http_set_library(rig->http, lib, lib != NULL ? lib->release : 0);
	done(rig);
}

void
rig_library(struct rig *rig, int release)
{
	rig->wanted = release > 0 ? library_new(release) : NULL;
	ask_loop(rig, take_library);
}

static void
count_refused(void *arg)
{
	struct rig *rig = arg;

	rig->refused = metrics_refusals(rig->metrics, rig->reason);
	done(rig);
}

uint64_t
rig_refused(struct rig *rig, enum guard_reason reason)
{
	rig->reason = reason;
	ask_loop(rig, count_refused);
	return rig->refused;
}

bool
rig_logged(struct rig *rig, const char *text, int ms)
{
	static char log[1 << 20];

	for (int waited = 0; waited <= ms; waited += 5) {
		ssize_t n = pread(rig->log_fd, log, sizeof(log) - 1, 0);

		log[n > 0 ? n : 0] = '\0';
		if (strstr(log, text) != NULL)
			return true;
		sleep_ms(5);
	}
	return false;
}

int
rig_begun(void)
{
	return atomic_load(&begun);
}

int
rig_slept(void)
{
	return atomic_load(&slept);
}
