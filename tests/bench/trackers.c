/*
 * trackers.c - what a look-up waits beside bots that send their whole history.
 *
 *	build/tests/bench/trackers [seconds [rounds]]
 *
 * One client asks a thousand times a second, alone and beside 64 that send 4
 * MiB each to Rasa's adapter, one after another; in turns.  What is printed
 * last is the median of the ratios of each round.  Goals: at most twice the
 * p99, and less than 64 MiB more memory.
 */
#include <check.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "server/request.h"
#include "tests/api/client.h"
#include "tests/api/service.h"
#include "tests/sql/pg.h"

#define NL "\r\n"
#define BOTS 64
#define MOST_ROUNDS 20
#define PIECE 65536

static struct service *service;

static double
seconds_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static int
ascending(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double
median(double *list, int n)
{
	qsort(list, (size_t)n, sizeof(*list), ascending);
	return list[n / 2];
}

/* --- the bots ------------------------------------------------------------ */

/* A request with a long history, its headers included. */
static char *
tracker(size_t *len)
{
	static const char event[] =
		"{\"event\":\"user\",\"timestamp\":1700000000.5,\"text\":"
		"\"third time I ask!\"},";
	static const char head[] =
		"{\"response\":\"utter_open\",\"arguments\":{\"category\":"
		"\"general\"},\"tracker\":{\"events\":[";
	static const char tail[] = "{}]}}";
	char *text = malloc(REQUEST_MAX_STREAM + 1024);
	char *end = text + sprintf(text,
				   "POST /v1/adapters/rasa/nlg HTTP/1.1" NL
				   "Host: localhost" NL
				   "Content-Type: application/json" NL
				   "Content-Length: %d" NL NL "%s",
				   REQUEST_MAX_STREAM, head);
	size_t left = REQUEST_MAX_STREAM - (sizeof(head) - 1);

	while (left >= sizeof(event) + sizeof(tail)) {
		end = stpcpy(end, event);
		left -= sizeof(event) - 1;
	}
	memset(end, ' ', left - (sizeof(tail) - 1));
	end = stpcpy(end + left - (sizeof(tail) - 1), tail);
	*len = (size_t)(end - text);
	return text;
}

struct bot {
	struct client *client;
	size_t sent;
};

/* Send what it takes, or read its answer; one answer more is ${done}. */
static void
go_on(struct bot *b, struct pollfd *fd, const char *text, size_t len,
      long *done)
{
	struct answer a;

	if (b->sent < len) {
		size_t n = len - b->sent < PIECE ? len - b->sent : PIECE;
		ssize_t sent = send(fd->fd, text + b->sent, n,
				    MSG_NOSIGNAL | MSG_DONTWAIT);

		b->sent += sent > 0 ? (size_t)sent : 0;
	} else if (client_read(b->client, &a, 5000) && a.status == 200) {
		answer_free(&a);
		(*done)++;
		b->sent = 0;
	} else {
		_exit(1);
	}
	fd->events = b->sent < len ? POLLOUT : POLLIN;
}

/* Never returns; tells ${out} how many were answered. */
static void
send_all(int out)
{
	struct bot bots[BOTS] = { 0 };
	struct pollfd fds[BOTS];
	size_t len;
	char *text = tracker(&len);
	long done = 0, told = 0;

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (int i = 0; i < BOTS; i++) {
		bots[i].client = client_open(service->port);
		fds[i] = (struct pollfd){ client_fd(bots[i].client), POLLOUT,
					  0 };
	}
	while (poll(fds, BOTS, 5000) > 0) {
		for (int i = 0; i < BOTS; i++)
			if (fds[i].revents != 0)
				go_on(&bots[i], &fds[i], text, len, &done);
		if (done > told && write(out, &done, sizeof(done)) > 0)
			told = done;
	}
	_exit(1);
}

/* --- the one who asks ---------------------------------------------------- */

/* The p99 of ${each} seconds, in ms; the most memory it saw. */
static double
look_up(int each, size_t *memory)
{
	static double times[1000000];
	size_t n = 0;
	double end = seconds_now() + each;
	struct client *c = NULL;
	struct answer a;

	while (seconds_now() < end && n < 1000000) {
		if (n % 900 == 0) { /* the 1,000th answer closes it */
			client_close(c);
			c = client_open(service->port);
			size_t now = service_memory(service);

			*memory = now > *memory ? now : *memory;
		}
		double start = seconds_now();

		(void)client_text(c, "GET /v1/next?category=general&stage=open"
				     " HTTP/1.1" NL "Host: localhost" NL NL);
		if (!client_read(c, &a, 5000) || a.status != 200) {
			printf("a look-up was lost\n");
			exit(1);
		}
		answer_free(&a);
		times[n++] = (seconds_now() - start) * 1e3;
		(void)usleep(1000);
	}
	client_close(c);
	qsort(times, n, sizeof(*times), ascending);
	return times[n * 99 / 100];
}

/* The ratio of one round. */
static double
compare(int each)
{
	size_t before = 0, memory = 0;
	int out[2];
	long done = 0;
	double alone = look_up(each, &before);

	if (pipe2(out, O_NONBLOCK | O_CLOEXEC) != 0)
		exit(1);
	pid_t pid = fork();

	if (pid == 0)
		send_all(out[1]);
	(void)usleep(200000);
	double beside = look_up(each, &memory);
	(void)kill(pid, SIGKILL);
	(void)waitpid(pid, NULL, 0);
	while (read(out[0], &done, sizeof(done)) == sizeof(done))
		;
	(void)close(out[0]);
	(void)close(out[1]);
	printf("alone p99 %.2f ms; beside %d bots %.2f ms, %.0f trackers a "
	       "second, %ld KiB more\n",
	       alone, BOTS, beside, (double)done / each,
	       ((long)memory - (long)before) / 1024);
	(void)fflush(stdout);
	return done > 0 ? beside / alone : 1e9;
}

static int seconds = 4, rounds = 3;

/* A test only in name: what it uses of the tests fails in one. */
START_TEST(measure)
{
	double ratios[MOST_ROUNDS];

	pg_start(PG_FAST);
	service_shipped();
	service = service_start(NULL);
	for (int i = 0; i < rounds; i++)
		ratios[i] = compare(seconds);
	printf("look-ups beside %d trackers of 4 MiB: %.2fx the p99\n", BOTS,
	       median(ratios, rounds));
	(void)service_stop(service);
	pg_stop();
}
END_TEST

int
main(int argc, char **argv)
{
	Suite *suite = suite_create("trackers");
	TCase *tc = tcase_create("trackers");

	if (argc > 1)
		seconds = atoi(argv[1]);
	if (argc > 2)
		rounds = atoi(argv[2]);
	if (seconds < 1 || rounds < 1 || rounds > MOST_ROUNDS)
		return EXIT_FAILURE;
	tcase_add_test(tc, measure);
	suite_add_tcase(suite, tc);
	SRunner *runner = srunner_create(suite);
	srunner_set_fork_status(runner, CK_NOFORK);
	srunner_run_all(runner, CK_SILENT);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
