/*
 * pg.c - a PostgreSQL of one's own for a test program.
 */
#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <libpq-fe.h>

#include "tests/sql/pg.h"

#define NEWEST_BINDIR "/usr/lib/postgresql/15/bin"
#define MAX_PROCESSES 256

static struct {
	char dir[64]; /* "" before pg_start() */
	char port[8];
	pid_t pid; /* of the postmaster; 0: not running */
	pid_t starter;
	enum pg_mode mode;
	int ndatabases;
	char database[32];
	int lifeline; /* a pipe's end: it closes when we die */
	pid_t undertaker;
} pg;

static void start_undertaker(void);
static void show_log(void);
static void die(const char *fmt, ...)
	__attribute__((format(printf, 1, 2), noreturn));

static void
die(const char *fmt, ...)
{
	va_list ap;

	fputs("pg: ", stderr);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	if (pg.dir[0] != '\0')
		show_log();
	if (getpid() == pg.starter)
		pg_stop();
	_exit(EXIT_FAILURE);
}

static void
nap(void)
{
	nanosleep(&(struct timespec){ .tv_nsec = 5000000 }, NULL);
}

/* PostgreSQL refuses to run as root: be somebody else in a child. */
static void
step_down(void)
{
	if (geteuid() != 0)
		return;
	const struct passwd *pw = getpwnam("postgres");
	if (pw == NULL || initgroups("postgres", pw->pw_gid) != 0 ||
	    setgid(pw->pw_gid) != 0 || setuid(pw->pw_uid) != 0)
		_exit(126);
}

/* Start a program of PostgreSQL's, its output to the folder's log. */
static pid_t
spawn(const char *const *argv)
{
	const char *bindir = getenv("PG_BINDIR");
	char program[256], log[96];
	/* By its full name: initdb looks for postgres beside itself. */
	const char *args[24] = { program };
	pid_t parent = getpid(), pid = fork();

	if (pid != 0)
		return pid;
	snprintf(program, sizeof(program), "%s/%s",
		 bindir != NULL ? bindir : NEWEST_BINDIR, argv[0]);
	snprintf(log, sizeof(log), "%s/log", pg.dir);
	step_down();
	/* Changing users resets this, so it comes after. */
	prctl(PR_SET_PDEATHSIG, SIGINT);
	if (getppid() != parent || chdir(pg.dir) != 0)
		_exit(126);
	int fd = open(log, O_WRONLY | O_CREAT | O_APPEND, 0600);
	if (fd < 0 || dup2(fd, 1) < 0 || dup2(fd, 2) < 0)
		_exit(126);
	setsid();
	for (size_t i = 1; argv[i] != NULL && i < 23; i++)
		args[i] = argv[i];
	execv(program, (char *const *)(uintptr_t)args);
	_exit(127);
}

static void
run(const char *const *argv)
{
	int status;
	pid_t pid = spawn(argv);

	if (pid < 0 || waitpid(pid, &status, 0) != pid || status != 0)
		die("%s failed; see %s/log", argv[0], pg.dir);
}

/*
 * A port below those that the kernel gives to clients: else one of these may
 * take it before the server does, or while it is down.
 */
static void
find_port(void)
{
	struct sockaddr_in addr = { .sin_family = AF_INET };
	struct timespec now;
	int low = 32768;
	FILE *range = fopen("/proc/sys/net/ipv4/ip_local_port_range", "re");

	if (range != NULL) {
		if (fscanf(range, "%d", &low) != 1 || low < 12000)
			low = 32768;
		fclose(range);
	}
	clock_gettime(CLOCK_MONOTONIC, &now);
	unsigned seed = (unsigned)now.tv_nsec ^ (unsigned)getpid() << 8;

	addr.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	for (int i = 0; i < 1000; i++) {
		int port = 10000 + rand_r(&seed) % (low - 10000);
		int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

		addr.sin_port = htons((uint16_t)port);
		int rc = bind(fd, (struct sockaddr *)&addr, sizeof(addr));

		close(fd);
		if (rc == 0) {
			snprintf(pg.port, sizeof(pg.port), "%hu",
				 (unsigned short)port);
			return;
		}
	}
	die("no free port");
}

static const char *
url_of(const char *database, const char *user)
{
	static _Thread_local char url[192];

	snprintf(url, sizeof(url), "host=%s port=%s user=%s dbname=%s", pg.dir,
		 pg.port, user, database);
	return url;
}

/* What the server says last, for its folder goes with us. */
static void
show_log(void)
{
	char path[80], line[512];

	snprintf(path, sizeof(path), "%s/log", pg.dir);
	FILE *log = fopen(path, "re");
	if (log == NULL)
		return;
	if (fseek(log, -2000, SEEK_END) != 0)
		rewind(log);
	while (fgets(line, sizeof(line), log) != NULL)
		fputs(line, stderr);
	fclose(log);
}

static void
launch(void)
{
	char data[80], socket_dir[96];
	const char *fsync = pg.mode == PG_FAST ? "fsync=off" : "fsync=on";
	const char *const argv[] = { "postgres",
				     "-D",
				     data,
				     "-p",
				     pg.port,
				     "-c",
				     socket_dir,
				     "-c",
				     "listen_addresses=127.0.0.1",
				     "-c",
				     fsync,
				     "-c",
				     "shared_buffers=32MB",
				     "-c",
				     "max_connections=80",
				     "-c",
				     "max_wal_size=1GB",
				     "-c",
				     "dynamic_shared_memory_type=mmap",
				     NULL };
	int status;

	snprintf(data, sizeof(data), "%s/data", pg.dir);
	snprintf(socket_dir, sizeof(socket_dir), "unix_socket_directories=%s",
		 pg.dir);
	pg.pid = spawn(argv);
	if (pg.pid < 0)
		die("no process to be had");
	for (;;) {
		if (PQping(url_of("postgres", "postgres")) == PQPING_OK)
			return;
		if (waitpid(pg.pid, &status, WNOHANG) == pg.pid) {
			pg.pid = 0;
			die("it did not start");
		}
		nap();
	}
}

void
pg_start(enum pg_mode mode)
{
	char data[80];
	const char *const initdb[] = { "initdb",
				       "--no-sync",
				       "--auth=trust",
				       "--username=postgres",
				       "--encoding=UTF8",
				       "--locale=C",
				       "--no-instructions",
				       "-D",
				       data,
				       NULL };
	static bool registered;

	snprintf(pg.dir, sizeof(pg.dir), "/tmp/evenkeel-test-XXXXXX");
	if (mkdtemp(pg.dir) == NULL)
		die("no folder in /tmp");
	pg.starter = getpid();
	pg.mode = mode;
	if (!registered && atexit(pg_stop) == 0)
		registered = true;
	const struct passwd *pw = getpwnam("postgres");
	if (geteuid() == 0 &&
	    (pw == NULL || chown(pg.dir, pw->pw_uid, pw->pw_gid) != 0))
		die("as root there must be a user \"postgres\"");
	start_undertaker();
	snprintf(data, sizeof(data), "%s/data", pg.dir);
	run(initdb);
	find_port();
	launch();
	pg_database();
}

/* --- its processes ----------------------------------------------------- */

/* Read a process's parent and state.  Return false if there is none. */
static bool
look_at(const char *pid, pid_t *parent, char *state)
{
	char path[300], text[512];
	bool ok = false;

	snprintf(path, sizeof(path), "/proc/%s/stat", pid);
	FILE *f = fopen(path, "r");
	if (f == NULL)
		return false;
	/* pid (name) state parent ... */
	if (fgets(text, sizeof(text), f) != NULL && strrchr(text, ')') != NULL)
		ok = sscanf(strrchr(text, ')') + 1, " %c %d", state, parent) ==
		     2;
	fclose(f);
	return ok;
}

/* Is it there still?  One that nobody has waited for does not count. */
static bool
is_alive(pid_t pid)
{
	char text[16], state;
	pid_t parent;

	snprintf(text, sizeof(text), "%d", (int)pid);
	return look_at(text, &parent, &state) && state != 'Z';
}

/* The postmaster first, then its children. */
static int
processes(pid_t *pids)
{
	DIR *proc = opendir("/proc");
	int n = 0;

	if (proc == NULL)
		die("no /proc");
	pids[n++] = pg.pid;
	for (struct dirent *e; (e = readdir(proc)) != NULL;) {
		pid_t parent;
		char state;

		if (e->d_name[0] >= '1' && e->d_name[0] <= '9' &&
		    look_at(e->d_name, &parent, &state) && parent == pg.pid &&
		    n < MAX_PROCESSES)
			pids[n++] = atoi(e->d_name);
	}
	closedir(proc);
	return n;
}

static void
signal_all(int signo)
{
	pid_t pids[MAX_PROCESSES];
	int n = processes(pids);

	for (int i = 0; i < n; i++)
		kill(pids[i], signo);
}

void
pg_kill(void)
{
	pid_t pids[MAX_PROCESSES];
	int n = processes(pids);

	for (int i = 0; i < n; i++)
		kill(pids[i], SIGKILL);
	waitpid(pg.pid, NULL, 0);
	/* A new server does not start while an old backend has its memory. */
	for (int i = 1; i < n; i++)
		while (is_alive(pids[i]))
			nap();
	pg.pid = 0;
}

void
pg_restart(void)
{
	if (pg.pid != 0) {
		kill(pg.pid, SIGINT);
		waitpid(pg.pid, NULL, 0);
	}
	launch();
}

void
pg_pause(void)
{
	signal_all(SIGSTOP);
}

void
pg_resume(void)
{
	signal_all(SIGCONT);
}

static void
remove_dir(void)
{
	const char *const rm[] = { "rm", "-rf", "--", pg.dir, NULL };
	pid_t pid = fork();

	if (pid == 0) {
		execv("/bin/rm", (char *const *)(uintptr_t)rm);
		_exit(127);
	}
	if (pid > 0)
		waitpid(pid, NULL, 0);
}

/*
 * Stay behind, and tidy up if the program dies without pg_stop(): a crash, a
 * SIGKILL.  The pipe says so whatever happens.
 */
static void
start_undertaker(void)
{
	char pidfile[96], byte;
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) != 0)
		die("no pipe to be had");
	pg.lifeline = ends[1];
	pg.undertaker = fork();
	if (pg.undertaker != 0) {
		close(ends[0]);
		return;
	}
	setsid(); /* out of reach of the terminal's Ctrl-C */
	close(ends[1]);
	while (read(ends[0], &byte, 1) < 0 && errno == EINTR)
		;
	snprintf(pidfile, sizeof(pidfile), "%s/data/postmaster.pid", pg.dir);
	FILE *f = fopen(pidfile, "r");
	if (f != NULL && fscanf(f, "%d", &pg.pid) == 1) {
		signal_all(SIGKILL);
		while (is_alive(pg.pid))
			nap();
	}
	remove_dir();
	_exit(EXIT_SUCCESS);
}

void
pg_stop(void)
{
	/* A forked test that exits must leave it to its parent. */
	if (pg.dir[0] == '\0' || getpid() != pg.starter)
		return;
	if (pg.pid != 0) {
		pg_resume();
		kill(pg.pid, SIGINT);
		waitpid(pg.pid, NULL, 0);
		pg.pid = 0;
	}
	remove_dir();
	pg.dir[0] = '\0';
	close(pg.lifeline);
	waitpid(pg.undertaker, NULL, 0);
}

/* --- its databases ----------------------------------------------------- */

static const char *
run_sql(const char *url, const char *sql)
{
	static _Thread_local char value[4096];
	PGconn *conn = PQconnectdb(url);

	/* One that has just come back may hang up once more. */
	for (int i = 0; i < 1000 && PQstatus(conn) != CONNECTION_OK; i++) {
		nap();
		PQreset(conn);
	}
	if (PQstatus(conn) != CONNECTION_OK)
		die("%s: %s", sql, PQerrorMessage(conn));
	PGresult *res = PQexec(conn, sql);

	if (PQresultStatus(res) != PGRES_TUPLES_OK &&
	    PQresultStatus(res) != PGRES_COMMAND_OK)
		die("%s: %s", sql, PQerrorMessage(conn));
	snprintf(value, sizeof(value), "%s",
		 PQntuples(res) > 0 ? PQgetvalue(res, 0, 0) : "");
	PQclear(res);
	PQfinish(conn);
	return value;
}

void
pg_database_like(const char *template)
{
	char sql[128];

	/* A forked test counts for itself: its name must still be new. */
	snprintf(pg.database, sizeof(pg.database), "t%d_%d", (int)getpid(),
		 ++pg.ndatabases);
	/* File by file, and with a checkpoint behind it: PostgreSQL 15 does not
	   come back from a crash soon after it copied an unlogged table, when
	   it must do that again ("File exists"). */
	snprintf(sql, sizeof(sql),
		 "CREATE DATABASE %s TEMPLATE %s STRATEGY FILE_COPY",
		 pg.database, template);
	run_sql(url_of("postgres", "postgres"), sql);
	run_sql(url_of("postgres", "postgres"), "CHECKPOINT");
}

void
pg_database(void)
{
	pg_database_like("template1");
}

const char *
pg_database_name(void)
{
	return pg.database;
}

const char *
pg_url(void)
{
	return url_of(pg.database, "postgres");
}

const char *
pg_url_as(const char *user)
{
	return url_of(pg.database, user);
}

const char *
pg_socket_dir(void)
{
	return pg.dir;
}

int
pg_port(void)
{
	return atoi(pg.port);
}

const char *
pg_sql(const char *fmt, ...)
{
	char *sql;
	va_list ap;

	va_start(ap, fmt);
	if (vasprintf(&sql, fmt, ap) < 0)
		die("out of memory");
	va_end(ap);
	const char *value = run_sql(pg_url(), sql);
	free(sql);
	return value;
}
