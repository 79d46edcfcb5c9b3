/*
 * cli_cold.c - a start without the database: EVENKEEL_CACHE.
 */
#include <errno.h>
#include <limits.h>
#include <malloc.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "script/bundle.h"
#include "script/library.h"
#include "script/report.h"
#include "server/cache.h"
#include "server/cli_cold.h"
#include "server/log.h"
#include "sql/db.h"
#include "sql/releases.h"

#define AGAIN_MS 5000 /* after what failed */

struct cold {
	char *path;
	struct log *log;
	struct db *db;
	int stop_fd, wake_fd; /* eventfds; -1: none */
	pthread_t thread;
	bool running;

	pthread_mutex_t lock;	/* for what others tell the thread: */
	int wanted;		/* the release in force; 0: none to be kept */
	struct cache_part news; /* keys that it has not taken; owned */
	bool heard;		/* of keys, from the database */

	/* The thread's own. */
	int kept; /* the release in the file; 0: none of this run */
	struct cache_part keys; /* owned */
	bool keys_kept;
	bool told; /* that it does not work */
};

static int64_t
now(void)
{
	return (int64_t)time(NULL);
}

static void
free_part(struct cache_part *part)
{
	free((char *)(uintptr_t)part->bytes);
	*part = (struct cache_part){ 0 };
}

/* ---- reading ---- */

/* The library in ${part}, or NULL and why in the log. */
static struct library *
build(struct cold *c, const struct cache_part *part)
{
	struct report report = { 0 };
	struct library *lib = NULL;
	json_t *bundle = bundle_read(part->bytes, part->len, &report);

	if (bundle != NULL)
		lib = library_from_bundle(bundle, (int)part->number, &report);
	json_decref(bundle);
	if (lib == NULL && report.n > 0)
		log_error(c->log, "cache-refused",
			  "EVENKEEL_CACHE: its release does not build: "
			  "%.64s: %.200s",
			  report.lines[0].pointer, report.lines[0].detail);
	else if (lib == NULL)
		log_error(c->log, "cache-refused",
			  "EVENKEEL_CACHE: out of memory");
	report_free(&report);
	return lib;
}

/* A copy of ${part}; without bytes if there is no memory. */
static struct cache_part
copy_part(const struct cache_part *part)
{
	struct cache_part copy = *part;
	char *bytes = malloc(part->len + 1);

	if (bytes == NULL)
		return (struct cache_part){ 0 };
	if (part->len > 0)
		memcpy(bytes, part->bytes, part->len);
	copy.bytes = bytes;
	return copy;
}

/* ${news} from the database, or from the file: then only if there are none. */
static void
set_news(struct cold *c, struct cache_part news, bool from_file)
{
	pthread_mutex_lock(&c->lock);
	if (from_file && c->heard) {
		free_part(&news);
	} else {
		free_part(&c->news);
		c->news = news;
	}
	c->heard |= !from_file;
	pthread_mutex_unlock(&c->lock);
}

bool
cold_read(struct cold *c, struct cold_found *found)
{
	struct cache cache;
	char why[256];

	*found = (struct cold_found){ 0 };
	if (c == NULL)
		return false;
	switch (cache_read(c->path, &cache, why, sizeof(why))) {
	case CACHE_OK:
		break;
	case CACHE_NONE:
		return false;
	case CACHE_REFUSED:
		log_error(c->log, "cache-refused", "EVENKEEL_CACHE: %s", why);
		return false;
	}

	const struct cache_part *release = &cache.parts[CACHE_RELEASE];
	const struct cache_part *keys = &cache.parts[CACHE_KEYS];

	if (release->number > 0 && release->number <= INT_MAX)
		found->lib = build(c, release);
	if (found->lib != NULL)
		found->release_written = release->written;
	if (found->lib != NULL && keys->len > 0) {
		struct cache_part copy = copy_part(keys);

		found->keys = (char *)(uintptr_t)copy.bytes;
		found->keys_len = copy.len;
		found->keys_written = copy.written;
		/* They stay in the file until the database tells of others. */
		set_news(c, copy_part(keys), true);
	}
	cache_free(&cache);
	return found->lib != NULL;
}

/* ---- writing, on the thread ---- */

/* Tell of the first failure in a row. */
static int
fail(struct cold *c, const char *why)
{
	if (!c->told)
		log_error(c->log, "cache-failed",
			  "EVENKEEL_CACHE cannot be written: %s", why);
	c->told = true;
	return AGAIN_MS;
}

/* Take what others told.  Return the release that is to be kept. */
static int
take_news(struct cold *c)
{
	pthread_mutex_lock(&c->lock);
	int wanted = c->wanted;

	if (c->news.bytes != NULL) {
		free_part(&c->keys);
		c->keys = c->news;
		c->news = (struct cache_part){ 0 };
		c->keys_kept = false;
	}
	pthread_mutex_unlock(&c->lock);
	return wanted;
}

/* There is no way to keep ${release}, and there never will be. */
static void
give_up(struct cold *c, int release)
{
	pthread_mutex_lock(&c->lock);
	if (c->wanted == release)
		c->wanted = 0;
	pthread_mutex_unlock(&c->lock);
}

/* Ask the database for ${release} as text, which is owned by ${part}. */
static enum db_status
fetch(struct cold *c, int release, struct cache_part *part,
      struct db_error *err)
{
	json_t *bundle = NULL;
	enum db_status status = releases_export(c->db, release, &bundle, err);

	if (status != DB_OK)
		return status;
	part->bytes = bundle_write(bundle, &part->len);
	json_decref(bundle);
	if (part->bytes == NULL)
		return db_fail(err, DB_FULL, "out of memory");
	part->number = (uint32_t)release;
	part->written = now();
	return DB_OK;
}

/*
 * Write the file with ${release} of the database; or with that of the file
 * itself, if only the keys are new.  Return how long to wait until the next
 * try, -1 for as long as nobody tells of anything.
 */
static int
write_file(struct cold *c, int release)
{
	struct cache old = { 0 }, file = { 0 };
	struct cache_part *part = &file.parts[CACHE_RELEASE];
	struct db_error err;
	char why[256];
	bool fetched = false;

	if (c->kept == release &&
	    cache_read(c->path, &old, why, sizeof(why)) == CACHE_OK &&
	    old.parts[CACHE_RELEASE].number == (uint32_t)release) {
		*part = old.parts[CACHE_RELEASE];
	} else {
		enum db_status status = fetch(c, release, part, &err);

		cache_free(&old);
		if (status == DB_INVALID || status == DB_NO_ROWS)
			give_up(c, release);
		/* That the database is away is the listener's to tell. */
		if (status == DB_DOWN)
			return AGAIN_MS;
		if (status != DB_OK)
			return fail(c, err.message);
		fetched = true;
	}
	file.parts[CACHE_KEYS] = c->keys;
	bool ok = cache_write(c->path, &file, why, sizeof(why));

	if (fetched)
		free_part(part);
	cache_free(&old);
	if (!ok)
		return fail(c, why);
	c->kept = release;
	c->keys_kept = true;
	c->told = false;
	log_info(c->log, "cache",
		 "release %d is kept for a start without "
		 "the database",
		 release);
	return -1;
}

/* Keep what is new. */
static int
attend(struct cold *c)
{
	int release = take_news(c);

	if (release == 0 || (release == c->kept && c->keys_kept))
		return -1;
	int ms = write_file(c, release);

	/* A whole library as JSON: glibc would sit on 10 MB of it. */
	(void)malloc_trim(0);
	return ms;
}

/* Wait for ${ms} or until somebody tells of something.  False: stop. */
static bool
rest(struct cold *c, int ms)
{
	struct pollfd fds[] = { { .fd = c->stop_fd, .events = POLLIN },
				{ .fd = c->wake_fd, .events = POLLIN } };
	eventfd_t n;

	while (poll(fds, 2, ms) < 0 && errno == EINTR)
		;
	(void)eventfd_read(c->wake_fd, &n);
	return fds[0].revents == 0;
}

static void *
run(void *arg)
{
	struct cold *c = arg;

	while (rest(c, attend(c)))
		;
	return NULL;
}

/* ---- what others tell ---- */

/* Adding one to an eventfd fails only at 2^64 - 2. */
static void
wake(struct cold *c)
{
	(void)eventfd_write(c->wake_fd, 1);
}

void
cold_keep(struct cold *c, int release)
{
	if (c == NULL)
		return;
	pthread_mutex_lock(&c->lock);
	c->wanted = release;
	pthread_mutex_unlock(&c->lock);
	wake(c);
}

void
cold_keep_keys(struct cold *c, const char *bytes, size_t len)
{
	struct cache_part part = { bytes, len, now(), 0 };

	if (c == NULL)
		return;
	part = copy_part(&part);
	if (part.bytes == NULL) {
		log_error(c->log, "cache-failed",
			  "EVENKEEL_CACHE: no memory for the keys");
		return;
	}
	set_news(c, part, false);
	wake(c);
}

/* ---- beginning and end ---- */

/* The thread takes no signal: they are for the main one. */
static bool
start_thread(struct cold *c)
{
	sigset_t all, before;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	c->running = pthread_create(&c->thread, NULL, run, c) == 0;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return c->running;
}

struct cold *
cold_start(const struct cold_options *options)
{
	struct db_error err = { .message = "out of memory or descriptors" };
	struct cold *c = calloc(1, sizeof(*c));

	if (c == NULL) {
		log_error(options->log, "cache-failed", "%s", err.message);
		return NULL;
	}
	pthread_mutex_init(&c->lock, NULL);
	c->log = options->log;
	c->keys_kept = true;
	c->path = strdup(options->path);
	c->stop_fd = eventfd(0, EFD_CLOEXEC);
	c->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (c->path == NULL || c->stop_fd < 0 || c->wake_fd < 0 ||
	    (c->db = db_open(options->url, DB_READER, &err)) == NULL)
		goto fail;
	db_stop_on(c->db, c->stop_fd);
	if (start_thread(c))
		return c;

fail:
	log_error(c->log, "cache-failed", "EVENKEEL_CACHE: %s", err.message);
	cold_stop(c);
	return NULL;
}

void
cold_stop(struct cold *c)
{
	if (c == NULL)
		return;
	if (c->running) {
		(void)eventfd_write(c->stop_fd, 1);
		pthread_join(c->thread, NULL);
	}
	db_close(c->db);
	if (c->stop_fd >= 0)
		close(c->stop_fd);
	if (c->wake_fd >= 0)
		close(c->wake_fd);
	free_part(&c->news);
	free_part(&c->keys);
	pthread_mutex_destroy(&c->lock);
	free(c->path);
	free(c);
}
