/*
 * cli_keep.c - conversations joined to the loop, and a thread that tidies up.
 *
 * The batch belongs to the loop's thread: turned when its connection has
 * something to say, after each turn of HTTP that pushed to it, and when it is
 * due.  What nobody waits for is done by a thread of its own: partitions are
 * made ahead, old ones dropped, keys forgotten.
 */
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "handlers/app.h"
#include "server/cli_keep.h"
#include "server/log.h"
#include "server/loop.h"
#include "server/metrics.h"
#include "sql/batch.h"
#include "sql/conversations.h"

#define TIDY_S 60    /* between two times */
#define MONTHS_S 900 /* between two looks for partitions */

struct keep {
	struct app *app;
	struct loop_source source;
	struct loop_hook hook;
	const char *url;
	struct db *db; /* the thread's, while it is at work */
	int retention;
	int stopping; /* an eventfd: readable once the thread shall end */
	pthread_t thread;
	bool threaded;
};

/* --- the batch ------------------------------------------------------------ */

static int64_t
now_ms(const struct keep *k)
{
	return (int64_t)(loop_now(k->app->loop) / 1000);
}

static void
on_ready(void *arg, uint32_t events)
{
	struct keep *k = arg;

	(void)events;
	batch_turn(k->app->batch, now_ms(k));
}

/* After HTTP: a look-up that pushed nothing costs two comparisons. */
static int
turn(void *arg)
{
	struct keep *k = arg;
	struct batch *b = k->app->batch;
	int64_t now = now_ms(k);
	int waiting = batch_stats(b)->waiting;

	if (k->app->pushed || batch_deadline(b) <= now) {
		k->app->pushed = false;
		batch_turn(b, now);
	}
	/* Whoever was answered is to be sent that: HTTP had its turn before. */
	if (batch_stats(b)->waiting < waiting)
		return 0;
	int64_t deadline = batch_deadline(b);

	if (deadline == INT64_MAX)
		return -1;
	if (deadline <= now)
		return 0;
	return deadline - now < 60000 ? (int)(deadline - now) : 60000;
}

/* --- tidying up ----------------------------------------------------------- */

static void
complain(const struct keep *k, const char *what, enum db_status status,
	 const struct db_error *err)
{
	/* Of a database that is away others tell. */
	if (status != DB_OK && status != DB_DOWN && status != DB_BUSY &&
	    status != DB_AGAIN && status != DB_READ_ONLY &&
	    status != DB_UNKNOWN)
		log_error(k->app->log, what, "sqlstate=%s %s", err->sqlstate,
			  err->message);
}

/* True: there are partitions ahead. */
static bool
tidy_months(const struct keep *k)
{
	struct db_error err;
	int dropped = 0;
	enum db_status status = conversations_months(k->db, &err);
	bool made = status == DB_OK;

	complain(k, "months", status, &err);
	if (k->retention == 0)
		return made;
	status = conversations_retain(k->db, k->retention, &dropped, &err);
	complain(k, "retention", status, &err);
	if (dropped > 0)
		log_info(k->app->log, "retention",
			 "%d months of conversations erased", dropped);
	return made;
}

/* Wait so long for the end: false if it did not come. */
static bool
is_stopping(const struct keep *k, int ms)
{
	struct pollfd fd = { .fd = k->stopping, .events = POLLIN };

	return poll(&fd, 1, ms) > 0;
}

/* As many as there are: a busy service makes more than one round forgets. */
static void
tidy_keys(struct keep *k)
{
	struct db_error err;
	enum db_status status;
	int n;

	do {
		status = conversations_forget_keys(k->db, &n, &err);
		complain(k, "idempotency", status, &err);
	} while (status == DB_OK && n > 0 && !is_stopping(k, 0));
}

/* With a connection for this time: what is done once a minute holds none. */
static void
tidy_all(struct keep *k, int *left)
{
	struct db_error err;

	k->db = db_open(k->url, DB_WRITER, &err);
	if (k->db == NULL)
		return;
	db_stop_on(k->db, k->stopping);
	if (*left <= 0 && tidy_months(k))
		*left = MONTHS_S;
	tidy_keys(k);
	db_close(k->db);
	*left -= TIDY_S;
}

static void *
tidy(void *arg)
{
	struct keep *k = arg;
	int left = 0;

	do {
		tidy_all(k, &left);
	} while (!is_stopping(k, TIDY_S * 1000));
	return NULL;
}

/* --- what an operator sees ------------------------------------------------ */

bool
keep_metrics(void *app, struct metrics_writes *to)
{
	static const char *const names[N_BATCH_OUTCOMES] = {
		[BATCH_OK] = "committed",
		[BATCH_REPLAY] = "replayed",
		[BATCH_MISUSED] = "key-reused",
		[BATCH_RUNNING] = "key-running",
		[BATCH_REFUSED] = "refused",
		[BATCH_VERSION] = "version-mismatch",
		[BATCH_NOT_FOUND] = "not-found",
		[BATCH_BUSY] = "busy",
		[BATCH_DOWN] = "database-unavailable",
		[BATCH_FULL] = "full",
		[BATCH_UNKNOWN] = "outcome-unknown",
		[BATCH_BUG] = "bug",
	};
	const struct batch *b = ((const struct app *)app)->batch;

	if (b == NULL)
		return false;
	const struct batch_stats *stats = batch_stats(b);

	*to = (struct metrics_writes){ .connected = stats->connected,
				       .waiting = (unsigned)stats->waiting,
				       .batches = stats->batches,
				       .overtaken = stats->conflicts,
				       .lost = stats->lost,
				       .outcomes = stats->outcomes,
				       .names = names,
				       .n = N_BATCH_OUTCOMES };
	return true;
}

/* --- beginning and end ---------------------------------------------------- */

struct keep *
keep_start(struct app *app, const char *url, int retention)
{
	struct db_error err = { .message = "out of memory" };
	struct keep *k = calloc(1, sizeof(*k));

	if (k == NULL)
		goto fail;
	k->app = app;
	k->retention = retention;
	k->app->batch = batch_open(url, &err);
	k->url = url;
	k->stopping = eventfd(0, EFD_CLOEXEC);
	if (k->app->batch == NULL || k->stopping < 0)
		goto fail;
	k->source = (struct loop_source){ .ready = on_ready, .arg = k };
	if (!loop_watch(k->app->loop, &k->source, batch_fd(k->app->batch),
			EPOLLIN))
		goto fail;
	k->hook = (struct loop_hook){ .turn = turn, .arg = k };
	loop_add_hook(k->app->loop, &k->hook);
	k->app->pushed = true; /* connect */
	k->threaded = pthread_create(&k->thread, NULL, tidy, k) == 0;
	if (k->threaded)
		return k;
fail:
	log_error(app->log, "database", "%s", err.message);
	keep_stop(k);
	return NULL;
}

void
keep_stop(struct keep *k)
{
	if (k == NULL)
		return;
	if (k->threaded) {
		(void)!write(k->stopping, &(uint64_t){ 1 }, sizeof(uint64_t));
		pthread_join(k->thread, NULL);
	}
	loop_drop_hook(k->app->loop, &k->hook);
	loop_unwatch(k->app->loop, &k->source);
	batch_close(k->app->batch);
	k->app->batch = NULL;
	if (k->stopping >= 0)
		close(k->stopping);
	free(k);
}
