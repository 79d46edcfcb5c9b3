/*
 * test_proxy.c - two nodes behind server/deploy/haproxy.cfg, restarted in turn
 * under load: no request fails.  What is kept goes where it can be kept.
 *
 * PROXY_ROUNDS (2) is how often each is restarted.
 */
#include <arpa/inet.h>
#include <check.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tests/api/service.h"
#include "tests/sql/fixture.h"
#include "tests/sql/pg.h"

#define NELEMS(a) (sizeof(a) / sizeof((a)[0]))
#define SERVED "\"/v1/next\",\"status\":200" /* in the log */
#define CONFIG "server/deploy/haproxy.cfg"

static char folder[32];
static struct service *nodes[2];
static char listen_on[2][32];
static pid_t proxy;
static int https, http; /* ports */

static const char *
path(const char *name)
{
	static char text[16][64];
	static unsigned n;
	char *to = text[n++ % NELEMS(text)];

	(void)snprintf(to, sizeof(text[0]), "%s/%s", folder, name);
	return to;
}

/* Run argv with its output in the file ${out}; ended with the test. */
static pid_t
start(const char *out, const char *const *argv)
{
	pid_t parent = getpid(), pid = fork();

	ck_assert_int_ge(pid, 0);
	if (pid > 0)
		return pid;
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(127);
	int fd = open(out, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	(void)dup2(fd, STDOUT_FILENO);
	(void)dup2(fd, STDERR_FILENO);
	(void)execvp(argv[0], (char *const *)(size_t)argv);
	_exit(127);
}

static int
finish(pid_t pid)
{
	int status;

	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static void
end(pid_t pid)
{
	ck_assert_int_eq(kill(pid, SIGTERM), 0);
	(void)finish(pid);
}

static char *
contents(const char *name)
{
	FILE *in = fopen(name, "re");
	char *text = NULL;
	size_t size = 0;

	ck_assert_msg(in != NULL, "%s", name);
	ssize_t n = getdelim(&text, &size, '\0', in);

	(void)fclose(in);
	if (n < 0) {
		free(text);
		text = strdup("");
	}
	return text;
}

/* --- the proxy: the real configuration, with other ports ------------------ */

/* A socket that listens, for HAProxy to inherit. */
static int
listener(int *port)
{
	struct sockaddr_in sin = { .sin_family = AF_INET };
	socklen_t len = sizeof(sin);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&sin, len), 0);
	ck_assert_int_eq(listen(fd, 256), 0);
	ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&sin, &len), 0);
	*port = ntohs(sin.sin_port);
	return fd;
}

/* ${text} with ${from}, which must be there, replaced wherever it stands. */
static char *replaced(char *text, const char *from, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

static char *
replaced(char *text, const char *from, const char *fmt, ...)
{
	char to[256], *at = strstr(text, from);
	va_list ap;

	ck_assert_msg(at != NULL, "no \"%s\" in " CONFIG, from);
	va_start(ap, fmt);
	(void)vsnprintf(to, sizeof(to), fmt, ap);
	va_end(ap);
	while (at != NULL) {
		size_t done = (size_t)(at - text) + strlen(to);
		char *out = NULL;

		ck_assert_int_ge(asprintf(&out, "%.*s%s%s", (int)(at - text),
					  text, to, at + strlen(from)),
				 0);
		free(text);
		text = out;
		at = strstr(text + done, from);
	}
	return text;
}

static void
write_config(int https_fd, int http_fd)
{
	char *text = contents(CONFIG);
	FILE *out = fopen(path("haproxy.cfg"), "we");

	/* A test is no daemon of root's. */
	text = replaced(text,
			"\tuser haproxy\n\tgroup haproxy\n"
			"\tchroot /var/lib/haproxy\n",
			"%s", "");
	text = replaced(text, "bind :443 ", "bind fd@%d ", https_fd);
	text = replaced(text, "bind :80\n", "bind fd@%d\n", http_fd);
	text = replaced(text, "/etc/haproxy/evenkeel.pem", "%s", path("pem"));
	/* Shorter than a test waits. */
	text = replaced(text, "timeout client 20s", "timeout client 3s");
	text = replaced(text, "timeout server 15s", "timeout server 3s");
	text = replaced(text, "127.0.0.1:8080", "%s", listen_on[0]);
	text = replaced(text, "127.0.0.1:8081", "%s", listen_on[1]);
	ck_assert_ptr_nonnull(out);
	ck_assert_int_ge(fputs(text, out), 0);
	ck_assert_int_eq(fclose(out), 0);
	free(text);
}

static void
start_proxy(void)
{
	const char *pem = path("pem");
	const char *const certificate[] = { "openssl",
					    "req",
					    "-x509",
					    "-newkey",
					    "ec",
					    "-pkeyopt",
					    "ec_paramgen_curve:prime256v1",
					    "-nodes",
					    "-subj",
					    "/CN=localhost",
					    "-keyout",
					    pem,
					    "-out",
					    path("cert"),
					    NULL };
	const char *const join[] = { "sh", "-c",	 "cat \"$1\" >>\"$2\"",
				     "sh", path("cert"), pem,
				     NULL };
	const char *const haproxy[] = { "tests/tool.sh",
					"haproxy",
					"usr/sbin/haproxy",
					"liblua5.3-0",
					"libopentracing-c-wrapper0",
					"libopentracing1",
					"--",
					"-db",
					"-f",
					path("haproxy.cfg"),
					NULL };

	ck_assert_int_eq(finish(start(path("log"), certificate)), 0);
	ck_assert_int_eq(finish(start(path("log"), join)), 0);
	int https_fd = listener(&https), http_fd = listener(&http);

	write_config(https_fd, http_fd);
	proxy = start(path("proxy"), haproxy);
	(void)close(https_fd);
	(void)close(http_fd);
}

/* --- clients -------------------------------------------------------------- */

/* One request, and its status; the headers in the file "head". */
static int
ask(const char *scheme, int port, const char *target)
{
	char url[256];

	(void)snprintf(url, sizeof(url), "%s://127.0.0.1:%d%s", scheme, port,
		       target);
	const char *const curl[] = { "curl", "-sk",	     "-m", "9",
				     "-D",   path("head"),   "-o", "/dev/null",
				     "-w",   "%{http_code}", url,  NULL };
	pid_t pid = start(path("status"), curl);
	(void)finish(pid);
	char *text = contents(path("status"));
	int status = atoi(text);

	free(text);
	return status;
}

/* Requests without end, each one's status a line of the file ${out}. */
static pid_t
load(const char *out, bool post)
{
	char url[256];
	const char *curl[] = { "curl",
			       "-sk",
			       "--no-progress-meter",
			       "--parallel",
			       "--parallel-max",
			       "8",
			       "-o",
			       "/dev/null",
			       "-w",
			       "%{http_code} %{exitcode} %{errormsg}\n",
			       url,
			       NULL,
			       NULL,
			       NULL,
			       NULL,
			       NULL };

	if (post) {
		(void)snprintf(url, sizeof(url),
			       "https://127.0.0.1:%d/v1/next#[1-1000000]",
			       https);
		curl[11] = "-H";
		curl[12] = "Content-Type: application/json";
		curl[13] = "-d";
		curl[14] = "{\"category\":\"delivery.late\",\"signal\":"
			   "\"angrier\",\"stage\":\"listen\"}";
	} else {
		(void)snprintf(url, sizeof(url),
			       "https://127.0.0.1:%d/v1/next?category=general"
			       "&stage=validate&values.due_date=[1-1000000]",
			       https);
	}
	return start(path(out), curl);
}

/* How many requests were answered, all of them with 200? */
static long
all_answered(const char *out)
{
	char *text = contents(path(out)), *rest = NULL;
	char *end_of = strrchr(text, '\n');
	long n = 0;

	/* The last line may have been cut when curl was ended. */
	if (end_of != NULL)
		*end_of = '\0';
	for (char *line = strtok_r(text, "\n", &rest); line != NULL;
	     line = strtok_r(NULL, "\n", &rest), n++)
		ck_assert_msg(strncmp(line, "200 0", 5) == 0, "%s, %ld: %s",
			      out, n, line);
	free(text);
	return n;
}

/* --- tests ---------------------------------------------------------------- */

static void
setup(void)
{
	pg_start(0);
	service_shipped();
	(void)snprintf(folder, sizeof(folder), "/tmp/evenkeel-proxy-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
	for (int i = 0; i < 2; i++) {
		nodes[i] = service_start(NULL);
		service_expect(nodes[i], "release 1");
		(void)snprintf(listen_on[i], sizeof(listen_on[i]),
			       "127.0.0.1:%d", nodes[i]->port);
	}
	start_proxy();
	for (int i = 0; i < 100 && ask("https", https, "/readyz") != 200; i++)
		nanosleep(&(struct timespec){ .tv_nsec = 50000000 }, NULL);
	ck_assert_int_eq(ask("https", https, "/readyz"), 200);
}

static void
teardown(void)
{
	static const char *const files[] = { "log",  "pem",   "cert",
					     "head", "proxy", "haproxy.cfg",
					     "get",  "post",  "status" };

	end(proxy);
	for (int i = 0; i < 2; i++)
		ck_assert_int_eq(service_stop(nodes[i]), 0);
	for (size_t i = 0; i < NELEMS(files); i++)
		(void)unlink(path(files[i]));
	ck_assert_int_eq(rmdir(folder), 0);
	pg_stop();
}

START_TEST(the_proxy_speaks_tls_and_keeps_figures_to_itself)
{
	ck_assert_int_eq(ask("http", http, "/readyz"), 308);
	ck_assert_int_eq(ask("https", https, "/v1/next?category=general"), 200);
	char *head = contents(path("head"));

	ck_assert_ptr_nonnull(strcasestr(head, "strict-transport-security: "
					       "max-age=31536000"));
	ck_assert_ptr_nonnull(strcasestr(head, "x-request-id: "));
	free(head);
}
END_TEST

START_TEST(who_waits_for_events_is_waited_for)
{
	ck_assert_int_eq(ask("https", https, "/v1/events?after=now&wait=4"),
			 200);
}
END_TEST

START_TEST(what_is_kept_goes_to_a_node_that_can_write)
{
	ck_assert_int_eq(service_stop(nodes[0]), 0);
	nodes[0] = service_start("--listen", listen_on[0], "--database-url",
				 "host=/nowhere", "--database-reader-url",
				 pg_url(), NULL);
	service_expect(nodes[0], "release 1");
	for (int i = 0; i < 200; i++)
		ck_assert_int_eq(ask("https", https, "/v1/conversations"), 200);
	for (int i = 0; i < 20; i++)
		ck_assert_int_eq(ask("https", https, "/v1/names"), 200);
	service_expect(nodes[0], "/v1/names");
	ck_assert_ptr_null(strstr(nodes[0]->log, "/v1/conversations"));

	/* When there is none, it is the node that says so. */
	ck_assert_int_eq(service_stop(nodes[1]), 0);
	ck_assert_int_eq(ask("https", https, "/v1/conversations"), 503);
	char *head = contents(path("head"));

	ck_assert_ptr_nonnull(strcasestr(head, "application/problem+json"));
	ck_assert_ptr_nonnull(strcasestr(head, "retry-after: "));
	free(head);
	ck_assert_int_eq(ask("https", https, "/v1/names"), 200);
	nodes[1] = service_start("--listen", listen_on[1], NULL);
}
END_TEST

START_TEST(nodes_restart_under_load_and_nobody_notices)
{
	const char *text = getenv("PROXY_ROUNDS");
	int rounds = text != NULL ? atoi(text) : 2;
	pid_t get = load("get", false), post = load("post", true);

	for (int i = 0; i < 2; i++)
		service_expect(nodes[i], SERVED);
	for (int i = 0; i < 2 * rounds; i++) {
		struct service **node = &nodes[i % 2];

		ck_assert_int_eq(service_stop(*node), 0);
		*node = service_start("--listen", listen_on[i % 2], NULL);
		/* The next one goes only when this one has its share again. */
		for (int k = 0; k < 200; k++)
			service_expect(*node, SERVED);
	}
	end(get);
	end(post);
	long gets = all_answered("get"), posts = all_answered("post");

	ck_assert_int_gt(gets, 100L * rounds);
	ck_assert_int_gt(posts, 100L * rounds);
	printf("%ld GET and %ld POST over %d restarts, 0 failed\n", gets, posts,
	       2 * rounds);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("proxy");
	TCase *tc = tcase_create("two nodes");

	tcase_set_timeout(tc, 120);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, the_proxy_speaks_tls_and_keeps_figures_to_itself);
	tcase_add_test(tc, who_waits_for_events_is_waited_for);
	tcase_add_test(tc, what_is_kept_goes_to_a_node_that_can_write);
	tcase_add_test(tc, nodes_restart_under_load_and_nobody_notices);
	suite_add_tcase(suite, tc);

	/* The processes are this one's children: no forks in between. */
	return fixture_main(suite, CK_NOFORK);
}
