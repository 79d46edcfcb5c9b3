/*
 * alone.c - the real program without a database.
 */
#include <check.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/api/alone.h"

static void
run(int log)
{
	const char *exe = getenv("EVENKEEL");

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	(void)dup2(log, STDERR_FILENO);
	(void)unsetenv("EVENKEEL_DATABASE_READER_URL");
	(void)unsetenv("EVENKEEL_DATABASE_OWNER_URL");
	(void)execl(exe != NULL ? exe : "build/evenkeel", "evenkeel", "serve",
		    "--listen", "127.0.0.1:0", "--database-url",
		    "host=/nonexistent", "--log", "json", (char *)NULL);
	_exit(127);
}

void
alone_start(struct alone *program)
{
	static const char url[] = "http://127.0.0.1:";
	char log[8192];
	size_t len = 0;
	const char *at = NULL;
	int fds[2];

	ck_assert_int_eq(pipe2(fds, O_CLOEXEC), 0);
	program->pid = fork();
	ck_assert_int_ge(program->pid, 0);
	if (program->pid == 0)
		run(fds[1]);
	close(fds[1]);
	program->log = fds[0];
	/* The line with the address, whole. */
	while (at == NULL || strchr(at, '\n') == NULL) {
		ssize_t n = read(fds[0], log + len, sizeof(log) - 1 - len);

		ck_assert_msg(n > 0, "it does not listen: %.*s", (int)len, log);
		len += (size_t)n;
		log[len] = '\0';
		at = strstr(log, url);
	}
	program->port = atoi(at + strlen(url));
}

int
alone_stop(struct alone *program)
{
	int status = -1;

	kill(program->pid, SIGTERM);
	ck_assert_int_eq(waitpid(program->pid, &status, 0), program->pid);
	close(program->log);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
