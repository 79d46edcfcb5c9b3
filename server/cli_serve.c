/*
 * cli_serve.c - "evenkeel serve": the rooms joined into a service.
 *
 * One thread turns the loop and answers; one listens for releases and builds
 * them; a few run what may block.  A new library crosses from the second to
 * the first by loop_post().
 */
#include <netdb.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "handlers/adapt.h"
#include "handlers/app.h"
#include "handlers/handlers.h"
#include "script/library.h"
#include "server/cli.h"
#include "server/cli_cold.h"
#include "server/cli_keep.h"
#include "server/guard.h"
#include "server/http.h"
#include "server/keys.h"
#include "server/loop.h"
#include "server/metrics.h"
#include "sql/db.h"
#include "sql/keys.h"
#include "sql/listen.h"

struct service {
	struct app app; /* first: handlers get it */
	const struct cli *cli;
	struct loop *loop;
	struct http *http;
	struct listen *listen;
	struct cold *cold; /* NULL: no file is kept */
	struct keep *keep;
	pthread_mutex_t mutex; /* of what follows */
	pthread_cond_t changed;
	bool looked; /* for a release, once: there or not */
	/* What the database has given, and whether the file was asked. */
	bool has_library, has_keys, asked_cold;
	struct library *arrived;   /* built, and not yet in force */
	struct key_table *keys;	   /* likewise */
	atomic_bool refused;	   /* the schema is newer than this program */
	atomic_llong keys_written; /* when those of the file were; 0: none */
};

/* --- a new release -------------------------------------------------------- */

/* On the loop's thread: what waits is in force from now on. */
static void
take_library(void *arg)
{
	struct service *s = arg;

	pthread_mutex_lock(&s->mutex);
	struct library *lib = s->arrived;
	s->arrived = NULL;
	pthread_mutex_unlock(&s->mutex);
	if (lib != NULL)
		http_set_library(s->http, lib, lib->release);
}

/*
 * Let ${lib} wait for the loop; a later release takes its place.  One that is
 * ${kept} in the file never takes the place of one that the database gave.
 */
static void
put_library(struct service *s, struct library *lib, bool kept)
{
	pthread_mutex_lock(&s->mutex);
	bool take = !kept || !s->has_library;
	struct library *before = take ? s->arrived : lib;

	if (take)
		s->arrived = lib;
	if (!kept)
		s->has_library = true;
	pthread_mutex_unlock(&s->mutex);
	library_unref(before);
	if (!loop_post(s->loop, take_library, s))
		log_error(s->app.log, "release",
			  "out of memory: the next "
			  "release will bring it");
}

/* --- other keys ----------------------------------------------------------- */

/* On the loop's thread. */
static void
take_keys(void *arg)
{
	struct service *s = arg;

	pthread_mutex_lock(&s->mutex);
	struct key_table *keys = s->keys;
	s->keys = NULL;
	pthread_mutex_unlock(&s->mutex);
	if (keys != NULL)
		http_set_keys(s->http, keys);
}

/* What the database says, as the server wants it.  NULL if out of memory. */
static struct key_table *
table_of(const struct key_rows *rows)
{
	struct key *keys = calloc(rows->n > 0 ? rows->n : 1, sizeof(*keys));

	if (keys == NULL)
		return NULL;
	for (size_t i = 0; i < rows->n; i++) {
		const struct key_row *row = &rows->rows[i];

		memcpy(keys[i].id, row->id, sizeof(keys[i].id));
		memcpy(keys[i].hash, row->sha256, sizeof(keys[i].hash));
		keys[i].role = role_find(row->role, strlen(row->role));
		keys[i].expires = row->expires;
	}
	struct key_table *table = key_table_new(keys, rows->n);

	free(keys);
	return table;
}

/* The same with a table of keys. */
static bool
put_keys(struct service *s, struct key_table *table, bool kept)
{
	pthread_mutex_lock(&s->mutex);
	bool take = !kept || !s->has_keys;
	struct key_table *before = take ? s->keys : table;

	if (take)
		s->keys = table;
	if (!kept)
		s->has_keys = true;
	pthread_mutex_unlock(&s->mutex);
	free(before);
	return loop_post(s->loop, take_keys, s);
}

/* On the listener's thread. */
static bool
on_keys(void *arg, const struct key_rows *rows)
{
	struct service *s = arg;
	struct key_table *table = table_of(rows);
	size_t len = 0;

	if (table == NULL)
		return false;
	char *packed = s->cold != NULL ? key_table_pack(table, &len) : NULL;

	if (packed != NULL)
		cold_keep_keys(s->cold, packed, len);
	free(packed);
	return put_keys(s, table, false);
}

static void
on_library(void *arg, struct library *lib, int release)
{
	struct service *s = arg;

	put_library(s, lib, false);
	cold_keep(s->cold, release);
}

/*
 * The database is not there, and we have nothing to answer from: take what was
 * kept.  It gives way to the first release that the database has.
 */
static void
begin_cold(struct service *s)
{
	struct cold_found found;
	char day[32];
	struct tm tm;

	pthread_mutex_lock(&s->mutex);
	bool ask = !s->has_library && !s->asked_cold;
	s->asked_cold = true;
	pthread_mutex_unlock(&s->mutex);
	if (!ask || !cold_read(s->cold, &found))
		return;
	int release = found.lib->release;
	time_t written = (time_t)found.release_written;

	(void)strftime(day, sizeof(day), "%Y-%m-%dT%H:%M:%SZ",
		       gmtime_r(&written, &tm));
	struct key_table *keys =
		found.keys != NULL
			? key_table_unpack(found.keys, found.keys_len)
			: NULL;

	free(found.keys);
	if (keys != NULL) {
		s->keys_written = found.keys_written;
		(void)put_keys(s, keys, true);
	}
	put_library(s, found.lib, true);
	metrics_reloaded(s->app.metrics, METRICS_CACHED);
	log_info(s->app.log, "cold-start",
		 "release %d as it was kept on %s: the database is not there",
		 release, day);
}

static void
on_event(void *arg, enum listen_event event, const char *text)
{
	struct service *s = arg;

	switch (event) {
	case LISTEN_CONNECTED:
		metrics_database(s->app.metrics, true);
		log_info(s->app.log, "database", "connected%s%s",
			 text[0] != '\0' ? ": " : "", text);
		break;
	case LISTEN_LOADED:
		metrics_reloaded(s->app.metrics, METRICS_LOADED);
		log_info(s->app.log, "release", "%s", text);
		break;
	case LISTEN_KEYS:
		log_info(s->app.log, "keys", "%s", text);
		break;
	case LISTEN_EMPTY:
		log_info(s->app.log, "no-release", "%s", text);
		break;
	case LISTEN_LOST:
		metrics_database(s->app.metrics, false);
		log_error(s->app.log, "database-lost", "%s", text);
		begin_cold(s);
		break;
	case LISTEN_SCHEMA:
		log_error(s->app.log, "schema", "%s", text);
		break;
	case LISTEN_NEWER:
		/* It might mean anything: do not serve it. */
		log_error(s->app.log, "schema", "%s", text);
		s->refused = true;
		loop_stop(s->loop);
		break;
	case LISTEN_REFUSED:
		metrics_reloaded(s->app.metrics, METRICS_REFUSED);
		log_error(s->app.log, "release-refused", "%s", text);
		break;
	case LISTEN_FAILED:
		metrics_reloaded(s->app.metrics, METRICS_FAILED);
		log_error(s->app.log, "release-failed", "%s", text);
		begin_cold(s);
		break;
	}
	/* Whatever there was to be had at the start is there. */
	if (event != LISTEN_CONNECTED && event != LISTEN_KEYS) {
		pthread_mutex_lock(&s->mutex);
		s->looked = true;
		pthread_cond_signal(&s->changed);
		pthread_mutex_unlock(&s->mutex);
	}
}

/*
 * Until a release is there, or known not to be, let clients wait: those who
 * come in the first milliseconds are answered a little later rather than
 * refused, and a proxy sends nobody elsewhere.  For a database that says
 * nothing they do not wait long.
 */
static void
wait_for_first(struct service *s)
{
	struct timespec until;
	int rc = 0;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += 1;
	pthread_mutex_lock(&s->mutex);
	while (!s->looked && rc == 0)
		rc = pthread_cond_clockwait(&s->changed, &s->mutex,
					    CLOCK_MONOTONIC, &until);
	pthread_mutex_unlock(&s->mutex);
	if (rc != 0) /* it says nothing: begin as if it were not there */
		begin_cold(s);
	take_library(s); /* the loop does not run yet: this is its thread */
	take_keys(s);
}

/* --- the connections of a job thread -------------------------------------- */

static void
close_desk(void *app, void *context)
{
	struct desk *desk = context;

	(void)app;
	if (desk == NULL)
		return;
	db_close(desk->reader);
	db_close(desk->writer);
	free(desk);
}

static void *
open_desk(void *app)
{
	const struct service *s = app;
	struct db_error err;
	struct desk *desk = calloc(1, sizeof(*desk));

	if (desk == NULL)
		return NULL;
	desk->reader = db_open(s->cli->cfg.reader_url, DB_READER, &err);
	desk->writer = db_open(s->cli->cfg.database_url, DB_WRITER, &err);
	if (desk->reader != NULL && desk->writer != NULL)
		return desk;
	log_error(s->app.log, "database", "%s", err.message);
	close_desk(app, desk);
	return NULL;
}

/* --- beginning and end ---------------------------------------------------- */

static void
on_signal(void *arg)
{
	struct service *s = arg;

	log_info(s->app.log, "stopping",
		 "no new connections; requests under way are finished");
	http_drain(s->http);
	events_stop(&s->app);
}

static void
on_drained(void *arg)
{
	struct service *s = arg;

	loop_stop(s->loop);
}

/*
 * For metrics.c: how old our knowledge of the keys is.  An old table that the
 * database still confirms is no cause for alarm, one that it cannot is.
 */
static double
keys_age(void *arg)
{
	const struct service *s = arg;
	int64_t seen = s->listen != NULL ? listen_keys_seen(s->listen) : 0;
	struct timespec now;

	if (seen == 0 && s->keys_written == 0)
		return -1;
	if (seen == 0)
		return (double)(time(NULL) - s->keys_written);
	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9 -
	       (double)seen / 1e3;
}

/* For metrics.c: what the guard refuses for. */
static const char *
refusal_name(unsigned reason)
{
	return reason != GUARD_OK ? guard_reason_name((enum guard_reason)reason)
				  : NULL;
}

static struct http *
start_http(struct service *s)
{
	const struct config *cfg = &s->cli->cfg;

	return http_start(&(struct http_options){
		.loop = s->loop,
		.log = s->app.log,
		.metrics = s->app.metrics,
		.address = (const struct sockaddr *)&cfg->address,
		.address_len = cfg->address_len,
		.routes = routes,
		.nroutes = nroutes,
		.app = s,
		.local = cfg->open, /* without keys any page could ask */
		.keys = !cfg->open,
		.rate = (unsigned)cfg->rate,
		.cors = cfg->cors,
		.sift = &adapt_rules,
		.version = EVENKEEL_VERSION,
		.drain_ms = 1000 * (unsigned)cfg->drain,
		.job_ms = 3300, /* a write is answered within 3.5 s */
		.jobs = (unsigned)cfg->jobs,
		.job_open = open_desk,
		.job_close = close_desk,
		.lib_ref = library_ref,
		.lib_unref = library_unref,
		.drained = on_drained,
	});
}

/* "http://127.0.0.1:8080", with the port that was really taken. */
static void
tell_address(const struct service *s)
{
	const struct config *cfg = &s->cli->cfg;
	char host[INET6_ADDRSTRLEN] = "";
	bool six = cfg->address.ss_family == AF_INET6;

	(void)getnameinfo((const struct sockaddr *)&cfg->address,
			  cfg->address_len, host, sizeof(host), NULL, 0,
			  NI_NUMERICHOST);
	log_info(s->app.log, "listening", "http://%s%s%s:%u", six ? "[" : "",
		 host, six ? "]" : "", (unsigned)http_port(s->http));
}

int
cli_serve(struct cli *cli)
{
	struct service s = { .cli = cli,
			     .app.cfg = &cli->cfg,
			     .mutex = PTHREAD_MUTEX_INITIALIZER,
			     .changed = PTHREAD_COND_INITIALIZER };
	char why[256];
	int status = CLI_FAILED;
	bool ended = true;

	if (!cli_done(cli))
		return CLI_USAGE;
	s.app.log = log_open(STDERR_FILENO, cli->cfg.log);
	s.loop = loop_new();
	s.app.metrics = metrics_new(
		&(struct metrics_options){ .routes = routes,
					   .nroutes = nroutes,
					   .version = EVENKEEL_VERSION,
					   .refusal_name = refusal_name,
					   .nrefusals = N_GUARD_REASONS,
					   .keys_age = keys_age,
					   .writes = keep_metrics,
					   .arg = &s });
	s.app.loop = s.loop;
	if (s.app.log == NULL || s.loop == NULL || s.app.metrics == NULL ||
	    !loop_signals(s.loop, on_signal, &s)) {
		(void)cli_complain(cli, "the system refuses: out of memory "
					"or descriptors");
		goto out;
	}
	if ((s.http = start_http(&s)) == NULL)
		goto out;
	s.keep = keep_start(&s.app, cli->cfg.database_url, cli->cfg.retention);
	if (s.keep == NULL)
		goto out;
	tell_address(&s);
	if (cli->cfg.cache[0] != '\0' &&
	    (s.cold = cold_start(
		     &(struct cold_options){ .path = cli->cfg.cache,
					     .url = cli->cfg.reader_url,
					     .log = s.app.log })) == NULL)
		goto out;
	s.listen = listen_start(
		&(struct listen_options){
			.url = cli->cfg.reader_url,
			.poll_ms = 1000 * cli->cfg.poll,
			.on_library = on_library,
			/* for the file also where none is asked for */
			.on_keys = cli->cfg.open && s.cold == NULL ? NULL
								   : on_keys,
			.on_event = on_event,
			.arg = &s },
		why, sizeof(why));
	if (s.listen == NULL) {
		(void)cli_complain(cli, "%s", why);
		goto out;
	}
	wait_for_first(&s);
	if (!s.refused)
		loop_run(s.loop);
	status = s.refused ? CLI_FAILED : EXIT_SUCCESS;
out:
	listen_stop(s.listen);
	cold_stop(s.cold);
	keep_stop(s.keep);
	ended = http_stop(s.http);
	if (!ended) {
		/* A job still holds what we would free: leave it to the end. */
		log_error(s.app.log, "stopped", "a job would not end");
		_exit(CLI_FAILED);
	}
	library_unref(s.arrived);
	free(s.keys);
	log_info(s.app.log, "stopped", "all answered");
	loop_free(s.loop);
	metrics_free(s.app.metrics);
	log_close(s.app.log);
	return status;
}
