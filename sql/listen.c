/*
 * listen.c - "a new release is out", and "a key was made or revoked".
 */
#include <errno.h>
#include <malloc.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "script/library.h"
#include "script/report.h"
#include "sql/db.h"
#include "sql/keys.h"
#include "sql/library.h"
#include "sql/listen.h"
#include "sql/migrate.h"
#include "sql/releases.h"

#define POLL_MS 5000
#define KEYS_MS 2000 /* the longest between two looks for keys */
#define KNOCK_MS 500 /* between two tries to connect */

struct listen {
	struct listen_options options;
	struct db *db;
	int stop_fd; /* eventfd: readable once we shall stop */
	pthread_t thread;
	/* Only the thread touches what follows. */
	int seen;	/* the release loaded or refused last; -1: none yet */
	bool checked;	/* the schema is this program's */
	bool lost;	/* and said so */
	unsigned tuned; /* db_connections() when it last listened */
	int64_t due;	/* when to ask for a release */
	bool keyed;	/* keys are known, namely these: */
	struct key_rows keys;

	_Atomic int64_t keys_seen;
};

static int64_t
now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void
tell(struct listen *l, enum listen_event event, const char *text)
{
	l->options.on_event(l->options.arg, event, text);
}

/* Wait, unless told to stop.  Return false then. */
static bool
rest(struct listen *l, int ms)
{
	struct pollfd fd = { .fd = l->stop_fd, .events = POLLIN };
	int n;

	do {
		n = poll(&fd, 1, ms);
	} while (n < 0 && errno == EINTR);
	return n == 0;
}

static bool
stopping(struct listen *l)
{
	return !rest(l, 0);
}

/* The first lines of what is wrong with a release. */
static void
refuse(struct listen *l, int release, const struct report *report)
{
	char text[1024];
	int len = snprintf(text, sizeof(text),
			   "release %d does not build (%zu findings)", release,
			   report->total);

	for (size_t i = 0; i < report->n && i < 3; i++) {
		size_t left = sizeof(text) - (size_t)len;
		int n = snprintf(text + len, left, "; %.64s: %.200s",
				 report->lines[i].pointer,
				 report->lines[i].detail);
		if (n < 0 || (size_t)n >= left)
			break;
		len += n;
	}
	tell(l, LISTEN_REFUSED, text);
}

static enum db_status
load(struct listen *l, int release, struct db_error *err)
{
	struct report report = { 0 };
	struct library *lib;
	struct timespec from, to;
	char text[64];

	clock_gettime(CLOCK_MONOTONIC, &from);
	enum db_status status =
		library_load(l->db, release, &lib, &report, err);
	clock_gettime(CLOCK_MONOTONIC, &to);

	if (status == DB_OK) {
		long ms = (to.tv_sec - from.tv_sec) * 1000 +
			  (to.tv_nsec - from.tv_nsec) / 1000000;
		l->seen = release;
		l->options.on_library(l->options.arg, lib, release);
		snprintf(text, sizeof(text), "release %d in %ld ms", release,
			 ms);
		tell(l, LISTEN_LOADED, text);
		/* What it was built of is a third of all memory otherwise. */
		(void)malloc_trim(0);
	} else if (status == DB_INVALID) {
		/* Until the number changes it will not get better. */
		l->seen = release;
		refuse(l, release, &report);
		status = DB_OK;
	}
	report_free(&report);
	return status;
}

/* Look whether there is a newer release, and load it. */
static enum db_status
ask(struct listen *l, struct db_error *err)
{
	int newest;
	enum db_status status = releases_newest(l->db, &newest, err);

	if (status != DB_OK || newest == l->seen)
		return status;
	if (newest > 0)
		status = load(l, newest, err);
	if (status == DB_NO_ROWS)
		status = DB_BUSY; /* gone in between: ask again later */
	if (status != DB_OK || newest > 0)
		return status;
	l->seen = newest;
	tell(l, LISTEN_EMPTY, "nothing was published yet");
	return DB_OK;
}

/* --- keys ---------------------------------------------------------------- */

static bool
same_keys(const struct key_rows *a, const struct key_rows *b)
{
	if (a->n != b->n)
		return false;
	for (size_t i = 0; i < a->n; i++)
		if (strcmp(a->rows[i].id, b->rows[i].id) != 0 ||
		    strcmp(a->rows[i].role, b->rows[i].role) != 0 ||
		    memcmp(a->rows[i].sha256, b->rows[i].sha256, KEYS_HASH) !=
			    0 ||
		    a->rows[i].expires != b->rows[i].expires)
			return false;
	return true;
}

/* Look which keys there are, and give them on if they are others. */
static enum db_status
ask_keys(struct listen *l, struct db_error *err)
{
	struct key_rows keys;
	char text[64];

	if (l->options.on_keys == NULL)
		return DB_OK;
	enum db_status status = keys_load(l->db, &keys, err);

	if (status != DB_OK)
		return status;
	bool same = l->keyed && same_keys(&keys, &l->keys);

	if (!same && !l->options.on_keys(l->options.arg, &keys)) {
		free(keys.rows);
		return db_fail(err, DB_FULL, "out of memory for keys");
	}
	atomic_store(&l->keys_seen, now_ms());
	free(l->keys.rows);
	l->keys = keys;
	l->keyed = true;
	if (!same) {
		(void)snprintf(text, sizeof(text), "%zu in force", keys.n);
		tell(l, LISTEN_KEYS, text);
	}
	return DB_OK;
}

/* --- the thread ---------------------------------------------------------- */

/* Is the schema ours?  DB_BUG if not, and it was told. */
static enum db_status
check_schema(struct listen *l, struct db_error *err)
{
	switch (migrate_check(l->db, err)) {
	case MIGRATE_CURRENT:
		l->checked = true;
		return DB_OK;
	case MIGRATE_OLDER:
		tell(l, LISTEN_SCHEMA, err->message);
		return DB_NO_ROWS;
	case MIGRATE_NEWER:
	case MIGRATE_ALTERED:
		tell(l, LISTEN_NEWER, err->message);
		return DB_NO_ROWS;
	case MIGRATE_FAILED:
		break;
	}
	return err->status;
}

/* Listen on a fresh connection. */
static enum db_status
tune_in(struct listen *l, struct db_error *err)
{
	unsigned connection = db_connections(l->db);
	enum db_status status = db_exec(
		l->db, "LISTEN evenkeel_release; LISTEN evenkeel_key", err);

	if (status == DB_READ_ONLY)
		status = DB_OK; /* a standby tells nothing: asking will do */
	if (status == DB_OK && !l->checked)
		status = check_schema(l, err);
	if (status == DB_OK) {
		l->tuned = connection;
		l->lost = false;
		tell(l, LISTEN_CONNECTED, "");
	}
	return status;
}

/* How long to wait for news: ${most}, or until a release is to be asked for. */
static int
until_next(const struct listen *l, int most)
{
	int64_t left = l->due - now_ms();

	return left < 0 ? 0 : left < most ? (int)left : most;
}

/* Listen and ask until something fails.  Return how long to rest then. */
static int
attend(struct listen *l)
{
	int poll_ms = l->options.poll_ms > 0 ? l->options.poll_ms : POLL_MS;
	int wait_ms = l->options.on_keys != NULL && poll_ms > KEYS_MS ? KEYS_MS
								      : poll_ms;
	struct db_error err;
	enum db_status status;

	do {
		status = db_connect(l->db, &err);
		if (status == DB_OK && l->tuned != db_connections(l->db))
			status = tune_in(l, &err);
		if (status == DB_NO_ROWS)
			return poll_ms; /* the schema is not ours, yet */
		if (status == DB_OK)
			status = ask_keys(l, &err);
		if (status == DB_OK && now_ms() >= l->due) {
			l->due = now_ms() + poll_ms;
			status = ask(l, &err);
		}
		/* It may have found the connection gone and made a new one. */
		if (status == DB_OK && l->tuned == db_connections(l->db))
			status = db_notified(l->db, until_next(l, wait_ms),
					     &err);
		if (status == DB_OK)
			l->due = 0; /* told, or it is another connection */
	} while (status == DB_OK || status == DB_NO_ROWS);

	if (stopping(l))
		return 0;
	if (status != DB_DOWN && status != DB_READ_ONLY) {
		tell(l, LISTEN_FAILED, err.message);
		return wait_ms;
	}
	l->due = 0;
	if (!l->lost)
		tell(l, LISTEN_LOST, err.message);
	l->lost = true;
	return KNOCK_MS;
}

static void *
run(void *arg)
{
	struct listen *l = arg;

	while (rest(l, attend(l)))
		;
	return NULL;
}

/* The thread takes no signal: they are for the main one. */
static int
start_thread(struct listen *l)
{
	sigset_t all, before;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	int rc = pthread_create(&l->thread, NULL, run, l);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return rc;
}

struct listen *
listen_start(const struct listen_options *options, char *why, unsigned size)
{
	struct db_error err;
	struct listen *l = calloc(1, sizeof(*l));

	if (l == NULL) {
		snprintf(why, size, "out of memory");
		return NULL;
	}
	l->options = *options;
	l->options.url = NULL;
	l->seen = -1;
	l->stop_fd = eventfd(0, EFD_CLOEXEC);
	l->db = db_open(options->url, DB_READER, &err);
	if (l->db == NULL) {
		snprintf(why, size, "%s", err.message);
		goto fail;
	}
	db_stop_on(l->db, l->stop_fd);
	if (l->stop_fd < 0 || start_thread(l) != 0) {
		snprintf(why, size, "no eventfd or thread to be had");
		goto fail;
	}
	return l;

fail:
	db_close(l->db);
	if (l->stop_fd >= 0)
		close(l->stop_fd);
	free(l);
	return NULL;
}

int64_t
listen_keys_seen(const struct listen *l)
{
	return atomic_load(&l->keys_seen);
}

void
listen_stop(struct listen *l)
{
	if (l == NULL)
		return;
	/* Adding one to an eventfd fails only at 2^64 - 2. */
	eventfd_write(l->stop_fd, 1);
	pthread_join(l->thread, NULL);
	db_close(l->db);
	close(l->stop_fd);
	free(l->keys.rows);
	free(l);
}
