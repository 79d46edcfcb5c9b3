/*
 * test_slow.c - clients that never finish are cut in time, and nobody else
 * notices them.
 *
 * SLOW_CLIENTS (1,000) is how many there are.  While they dribble, others ask
 * 200 times a second.
 */
#include <arpa/inet.h>
#include <check.h>
#include <errno.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "tests/api/client.h"
#include "tests/api/service.h"
#include "tests/sql/pg.h"

#define NL "\r\n"
#define HOST "Host: localhost" NL
#define NELEMS(a) (sizeof(a) / sizeof((a)[0]))
#define RATE 200 /* requests a second, of the others */
#define MAX_TIMES (RATE * 60)

static struct service *service;

static void
setup(void)
{
	pg_start(PG_FAST);
	service_shipped();
	service = service_start(NULL);
	service_expect(service, "release 1");
}

static void
teardown(void)
{
	ck_assert_int_eq(service_stop(service), 0);
	pg_stop();
}

static int64_t
now_us(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

static void
rest_us(int64_t us)
{
	struct timespec ts = { us / 1000000, (us % 1000000) * 1000 };

	if (us > 0)
		(void)nanosleep(&ts, NULL);
}

/* ---- the others ---- */

struct others {
	pthread_t thread;
	int port;
	atomic_bool stop;
	long asked, failed; /* read after others_stop() */
	int64_t us[MAX_TIMES];
};

/* On two connections in turn, and a new one now and then. */
static void *
ask(void *arg)
{
	struct others *o = arg;
	struct client *c[2] = { client_open(o->port), client_open(o->port) };
	int64_t next = now_us();

	for (; !atomic_load(&o->stop) && o->asked < MAX_TIMES; o->asked++) {
		struct client **k = &c[o->asked % 2];
		struct answer a = { 0 };

		if (o->asked % 50 >= 48) {
			client_close(*k);
			*k = client_open(o->port);
		}
		int64_t start = now_us();

		client_text(*k, "GET /v1/next?category=delivery.late&stage="
				"restate HTTP/1.1" NL HOST NL);
		if (!client_read(*k, &a, 10000) || a.status != 200)
			o->failed++;
		o->us[o->asked] = now_us() - start;
		answer_free(&a);
		next += 1000000 / RATE;
		rest_us(next - now_us());
	}
	client_close(c[0]);
	client_close(c[1]);
	return NULL;
}

static void
others_start(struct others *o)
{
	*o = (struct others){ .port = service->port };
	ck_assert_int_eq(pthread_create(&o->thread, NULL, ask, o), 0);
}

static int
by_size(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

/* How long the slowest of a hundred took, in us. */
static int64_t
others_stop(struct others *o)
{
	atomic_store(&o->stop, true);
	pthread_join(o->thread, NULL);
	ck_assert_int_eq(o->failed, 0);
	ck_assert_int_gt(o->asked, 0);
	qsort(o->us, (size_t)o->asked, sizeof(o->us[0]), by_size);
	return o->us[o->asked * 99 / 100];
}

/* ---- the slow ones ---- */

/* clang-format off */
static const struct {
	const char *head;
	int after;   /* s: their deadline */
	bool told;   /* 408 */
} kinds[] = {
	{ "GET /v1/ne", 15, false },
	{ "GET /livez HTTP/1.1" NL HOST "X: ", 5, true },
	{ "POST /v1/next HTTP/1.1" NL HOST "Content-Type: application/json" NL
	  "Content-Length: 9999" NL NL "{", 10, true },
	{ "POST /v1/next HTTP/1.1" NL HOST "Content-Type: application/json" NL
	  "Transfer-Encoding: chunked" NL NL "2000" NL, 10, true },
};
/* clang-format on */

struct slow {
	int fd;		    /* -1: closed */
	int64_t start, end; /* us; 0: not yet */
	int status;	    /* of the answer, or 0 */
};

static int
open_slow(size_t kind)
{
	struct sockaddr_in sin = { .sin_family = AF_INET,
				   .sin_port = htons((uint16_t)service->port),
				   .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	ssize_t len = (ssize_t)strlen(kinds[kind].head);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(connect(fd, (struct sockaddr *)&sin, sizeof(sin)), 0);
	ck_assert_int_eq(send(fd, kinds[kind].head, (size_t)len, MSG_NOSIGNAL),
			 len);
	return fd;
}

/* One more byte; false if the server has closed. */
static bool
dribble(struct slow *s, int fd)
{
	char bytes[4096];
	ssize_t n = recv(fd, bytes, sizeof(bytes) - 1, MSG_DONTWAIT);

	if (n > 0) {
		bytes[n] = '\0';
		if (s->status == 0)
			(void)sscanf(bytes, "HTTP/1.1 %d", &s->status);
		return true;
	}
	if (n == 0 || errno != EAGAIN)
		return false;
	(void)send(fd, "x", 1, MSG_NOSIGNAL | MSG_DONTWAIT);
	return true;
}

static void
look_at(struct slow *s)
{
	if (dribble(s, s->fd))
		return;
	s->end = now_us();
	close(s->fd); /* and epoll forgets it */
	s->fd = -1;
}

static void
begin_slow(struct slow *s, size_t kind, int ep)
{
	struct epoll_event e = { .events = EPOLLIN, .data.ptr = s };

	s->start = now_us();
	s->fd = open_slow(kind);
	ck_assert_int_eq(epoll_ctl(ep, EPOLL_CTL_ADD, s->fd, &e), 0);
}

/*
 * They come one after the other, and each sends a byte a second: the others
 * are to be measured beside slow clients, and not beside a burst (which
 * test_storm makes) or a test that is busy itself.  How many are left?
 */
static size_t
serve_slowly(struct slow *slow, size_t n)
{
	int ep = epoll_create1(EPOLL_CLOEXEC);
	size_t begun = 0, at = 0, left = n;
	int64_t pause = 1000000 / (int64_t)n, next = now_us();
	int64_t end = next + 25 * 1000000;

	ck_assert_int_ge(ep, 0);
	for (; left > 0 && now_us() < end; next += pause) {
		struct epoll_event ready[16];

		rest_us(next - now_us());
		int k = epoll_wait(ep, ready, NELEMS(ready), 0);

		for (int i = 0; i < k; i++) {
			struct slow *s = ready[i].data.ptr;

			look_at(s);
			left -= s->fd < 0;
		}
		if (begun < n) {
			begin_slow(&slow[begun], begun % NELEMS(kinds), ep);
			begun++;
		} else if (slow[at = (at + 1) % n].fd >= 0) {
			look_at(&slow[at]);
			left -= slow[at].fd < 0;
		}
	}
	close(ep);
	return left;
}

static size_t
setting(const char *name, size_t standard)
{
	const char *text = getenv(name);

	return text != NULL ? strtoul(text, NULL, 10) : standard;
}

START_TEST(slow_clients_are_cut_and_others_see_nothing)
{
	static struct others others;
	size_t n = setting("SLOW_CLIENTS", 1000);
	struct slow *slow = calloc(n, sizeof(*slow));

	ck_assert(slow != NULL);
	others_start(&others);
	rest_us(3000000);
	int64_t usual = others_stop(&others);

	others_start(&others);
	size_t left = serve_slowly(slow, n);
	int64_t p99 = others_stop(&others);

	printf("usual p99 %lld us, with %zu slow clients %lld us (%ld asked)\n",
	       (long long)usual, n, (long long)p99, others.asked);
	ck_assert_uint_eq(left, 0);
	for (size_t i = 0; i < n; i++) {
		int64_t took = slow[i].end - slow[i].start;
		int after = kinds[i % NELEMS(kinds)].after;
		bool told = kinds[i % NELEMS(kinds)].told;

		ck_assert_msg(took >= after * 1000000 - 50000 &&
				      took < (after + 2) * 1000000,
			      "kind %zu: %lld us", i % NELEMS(kinds),
			      (long long)took);
		ck_assert_int_eq(slow[i].status, told ? 408 : 0);
	}
	ck_assert_int_lt(p99, 1000000);
	free(slow);
}
END_TEST

int
main(void)
{
	struct rlimit files;

	if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
		files.rlim_cur = files.rlim_max;
		(void)setrlimit(RLIMIT_NOFILE, &files);
	}
	Suite *suite = suite_create("slow");
	TCase *tc = tcase_create("slow");
	SRunner *runner = srunner_create(suite);

	tcase_add_unchecked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 120);
	tcase_add_test(tc, slow_clients_are_cut_and_others_see_nothing);
	suite_add_tcase(suite, tc);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);

	srunner_free(runner);
	return failed == 0 ? 0 : 1;
}
