/*
 * service.c - the real program, as a child of the test.
 */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tests/api/client.h"
#include "tests/api/service.h"
#include "tests/sql/pg.h"

#define MAX_ARGS 24
#define WAIT_MS 20000 /* much: sanitizers and a busy machine are slow */

static char *output;
static size_t output_len;

static long
now_ms(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000L + ts.tv_nsec / 1000000L;
}

static const char *
binary(void)
{
	static char path[4096];
	const char *build = getenv("BUILD");

	(void)snprintf(path, sizeof(path), "%s/evenkeel",
		       build != NULL ? build : "build");
	return path;
}

/* Start the program with both streams into ${out}. */
static pid_t
spawn(const char *const *args, int out, pid_t parent)
{
	pid_t pid = fork();

	ck_assert_int_ge(pid, 0);
	if (pid > 0)
		return pid;
	/* Whatever becomes of the test, its child ends with it. */
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(127);
	(void)dup2(out, STDOUT_FILENO);
	(void)dup2(out, STDERR_FILENO);
	(void)setenv("EVENKEEL_DATABASE_URL", pg_url(), 1);
	(void)unsetenv("EVENKEEL_DATABASE_READER_URL");
	(void)unsetenv("EVENKEEL_DATABASE_OWNER_URL");
	(void)execv(binary(), (char *const *)(size_t)args);
	fprintf(stderr, "%s: %s\n", binary(), strerror(errno));
	_exit(127);
}

static void
collect(const char **args, const char *first, va_list ap)
{
	int n = 1;

	for (const char *arg = first; arg != NULL;
	     arg = va_arg(ap, const char *)) {
		ck_assert_int_lt(n, MAX_ARGS - 2);
		args[n++] = arg;
	}
	args[n] = NULL;
}

static void
append(char **text, size_t *len, const char *more, size_t n)
{
	char *grown = realloc(*text, *len + n + 1);

	ck_assert_ptr_nonnull(grown);
	memcpy(grown + *len, more, n);
	*text = grown;
	*len += n;
	grown[*len] = '\0';
}

static int
exit_status(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) < 0)
		ck_assert_int_eq(errno, EINTR);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int
service_command(const char *arg, ...)
{
	const char *args[MAX_ARGS] = { binary() };
	char piece[4096];
	va_list ap;
	int fds[2];
	ssize_t n;

	va_start(ap, arg);
	collect(args, arg, ap);
	va_end(ap);
	ck_assert_int_eq(pipe2(fds, O_CLOEXEC), 0);
	pid_t pid = spawn(args, fds[1], getpid());
	(void)close(fds[1]);
	free(output);
	output = NULL;
	output_len = 0;
	append(&output, &output_len, "", 0);
	while ((n = read(fds[0], piece, sizeof(piece))) > 0)
		append(&output, &output_len, piece, (size_t)n);
	(void)close(fds[0]);
	return exit_status(pid);
}

const char *
service_output(void)
{
	return output != NULL ? output : "";
}

struct service *
service_start(const char *arg, ...)
{
	const char *args[MAX_ARGS] = { binary() };
	struct service *s = calloc(1, sizeof(*s));
	va_list ap;
	int fds[2], n = 0;

	ck_assert_ptr_nonnull(s);
	va_start(ap, arg);
	collect(args, arg, ap);
	va_end(ap);
	while (args[n] != NULL)
		n++;
	memmove(args + 2, args + 1, (size_t)n * sizeof(args[0]));
	args[1] = "serve";
	ck_assert_int_eq(pipe2(fds, O_CLOEXEC), 0);
	(void)setenv("EVENKEEL_LISTEN", "127.0.0.1:0", 1);
	(void)setenv("EVENKEEL_LOG", "json", 1);
	(void)setenv("EVENKEEL_AUTH", "open", 1);
	s->pid = spawn(args, fds[1], getpid());
	(void)close(fds[1]);
	s->err = fds[0];
	append(&s->log, &s->log_len, "", 0);
	service_expect(s, "http://127.0.0.1:");
	s->port = atoi(s->log);
	ck_assert_int_gt(s->port, 0);
	return s;
}

void
service_expect(struct service *s, const char *text)
{
	long end = now_ms() + WAIT_MS;
	char piece[65536];
	char *at;

	while ((at = strstr(s->log, text)) == NULL) {
		struct pollfd fd = { .fd = s->err, .events = POLLIN };
		long left = end - now_ms();

		ck_assert_msg(left > 0, "no \"%s\" in the log: %s", text,
			      s->log);
		if (poll(&fd, 1, (int)left) <= 0)
			continue;
		ssize_t n = read(s->err, piece, sizeof(piece));
		ck_assert_msg(n > 0, "ended before \"%s\": %s", text, s->log);
		append(&s->log, &s->log_len, piece, (size_t)n);
	}
	/* What came before is done with. */
	at += strlen(text);
	s->log_len -= (size_t)(at - s->log);
	memmove(s->log, at, s->log_len + 1);
}

/* A turn of a conversation that nobody began is refused, once it is asked. */
void
service_writes(const struct service *s, const char *headers)
{
	long end = now_ms() + WAIT_MS;
	int status;

	do {
		struct answer a = client_ask(
			s->port,
			"POST /v1/conversations/01900000-0000-7000-8000-"
			"000000000000/turns HTTP/1.1\r\nHost: localhost\r\n"
			"Content-Type: application/json\r\n"
			"Content-Length: 17\r\nIf-Match: *\r\n"
			"Idempotency-Key: service-writes\r\n"
			"Connection: close\r\n%s\r\n{\"signal\":\"told\"}",
			headers);
		status = a.status;
		answer_free(&a);
		ck_assert_msg(status == 404 || status == 503,
			      "a turn of no conversation: %d", status);
		ck_assert_msg(now_ms() < end, "it changes no conversation");
	} while (status != 404);
}

void
service_signal(struct service *s, int signal)
{
	ck_assert_int_eq(kill(s->pid, signal), 0);
}

int
service_stop(struct service *s)
{
	char piece[65536];
	ssize_t n;

	(void)kill(s->pid, SIGTERM);
	/* Read on, so that it never waits for us. */
	while ((n = read(s->err, piece, sizeof(piece))) > 0)
		append(&s->log, &s->log_len, piece, (size_t)n);
	int status = exit_status(s->pid);
	if (status != 0)
		fprintf(stderr, "the service: %.20000s\n",
			s->log_len > 20000 ? s->log + s->log_len - 20000
					   : s->log);
	(void)close(s->err);
	free(s->log);
	free(s);
	return status;
}

size_t
service_memory(const struct service *s)
{
	char path[64];
	unsigned long pages = 0;

	(void)snprintf(path, sizeof(path), "/proc/%d/statm", (int)s->pid);
	FILE *in = fopen(path, "r");
	ck_assert_ptr_nonnull(in);
	ck_assert_int_eq(fscanf(in, "%*u %lu", &pages), 1);
	(void)fclose(in);
	return pages * (size_t)sysconf(_SC_PAGESIZE);
}

void
service_shipped(void)
{
	pg_database();
	ck_assert_msg(service_command("migrate", NULL) == 0, "%s",
		      service_output());
	ck_assert_msg(service_command("import", "--publish",
				      getenv("LIBRARY") != NULL
					      ? getenv("LIBRARY")
					      : "sql/content/library.json",
				      NULL) == 0,
		      "%s", service_output());
}
