/*
 * metrics_text.c - the counters as Prometheus' text.
 *
 * A counter that stands at 0 for a route is left out, for there are thousands;
 * what stands alone is always there.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "server/metrics_table.h"

/* clang-format off */
const char *const metrics_methods[METRICS_METHODS] = {
	"GET", "POST", "HEAD", "OPTIONS", "PUT", "PATCH", "DELETE", "CONNECT",
	"TRACE",
};

const unsigned short metrics_codes[METRICS_OTHER] = {
	0, 200, 201, 202, 204, 206, 301, 302, 303, 304, 307, 308, 400, 401,
	403, 404, 405, 406, 408, 409, 411, 412, 413, 414, 415, 421, 422, 428,
	429, 431, 500, 503, 505,
};

const uint64_t metrics_bounds[METRICS_BOUNDS + 1] = {
	100, 250, 500, 1000, 2500, 5000, 10000, 25000, 50000, 100000, 250000,
	500000, 1000000, 2500000, 5000000, 10000000, UINT64_MAX,
};
/* clang-format on */

#define NONE "-" /* a route or method that is none; the log says so, too */

static void
family(FILE *out, const char *name, const char *type, const char *help)
{
	fprintf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

/* A family of one number without labels; one below 0 is not known. */
static void
single(FILE *out, const char *name, const char *type, const char *help,
       double value)
{
	if (value < 0)
		return;
	family(out, name, type, help);
	fprintf(out, "%s %.15g\n", name, value);
}

static void
count(FILE *out, const char *name, const char *help, uint64_t value)
{
	family(out, name, "counter", help);
	fprintf(out, "%s %llu\n", name, (unsigned long long)value);
}

static void
gauge(FILE *out, const char *name, const char *help, double value)
{
	single(out, name, "gauge", help, value);
}

static double
age(uint64_t since)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	uint64_t now =
		(uint64_t)ts.tv_sec * 1000000 + (uint64_t)ts.tv_nsec / 1000;
	uint64_t ms = (now - since) / 1000; /* finer than that says nothing */

	return (double)ms / 1000;
}

/* ---- requests ---- */

static void
write_row(FILE *out, const struct counts *row, const char *route,
	  const char *method)
{
	for (size_t i = 0; i <= METRICS_OTHER; i++) {
		char code[8] = "other";

		if (row->by_status[i] == 0)
			continue;
		if (i < METRICS_OTHER)
			(void)snprintf(code, sizeof(code), "%03u",
				       (unsigned)metrics_codes[i]);
		fprintf(out,
			"evenkeel_http_requests_total{route=\"%s\","
			"method=\"%s\",code=\"%s\"} %llu\n",
			route, method, code,
			(unsigned long long)row->by_status[i]);
	}
}

static void
write_requests(FILE *out, const struct metrics *m)
{
	const struct counts *row = m->requests;

	family(out, "evenkeel_http_requests_total", "counter",
	       "Requests that have ended, by the pattern of their route, "
	       "method and status; 000: no answer was sent.");
	for (size_t i = 0; i < m->opt.nroutes; i++) {
		const struct route *route = &m->opt.routes[i];

		write_row(out, row++, route->pattern, route->method);
		write_row(out, row++, route->pattern, "HEAD");
	}
	for (size_t i = 0; i <= METRICS_METHODS; i++)
		write_row(out, row++, NONE,
			  i < METRICS_METHODS ? metrics_methods[i] : NONE);
}

static void
write_times_of(FILE *out, const struct times *t, const char *route,
	       const char *method)
{
	static const char name[] = "evenkeel_http_request_duration_seconds";
	unsigned long long n = 0;

	for (size_t i = 0; i <= METRICS_BOUNDS; i++)
		n += t->buckets[i];
	if (n == 0)
		return;
	n = 0;
	for (size_t i = 0; i < METRICS_BOUNDS; i++) {
		n += t->buckets[i];
		fprintf(out,
			"%s_bucket{route=\"%s\",method=\"%s\",le=\"%g\"} %llu\n",
			name, route, method, (double)metrics_bounds[i] / 1e6,
			n);
	}
	n += t->buckets[METRICS_BOUNDS];
	fprintf(out,
		"%s_bucket{route=\"%s\",method=\"%s\",le=\"+Inf\"} %llu\n"
		"%s_sum{route=\"%s\",method=\"%s\"} %.6f\n"
		"%s_count{route=\"%s\",method=\"%s\"} %llu\n",
		name, route, method, n, name, route, method,
		(double)t->sum / 1e6, name, route, method, n);
}

static void
write_times(FILE *out, const struct metrics *m)
{
	family(out, "evenkeel_http_request_duration_seconds", "histogram",
	       "Seconds from the line of a request until its answer was sent, "
	       "by the pattern and method of its route; HEAD counts as GET.");
	for (size_t i = 0; i < m->opt.nroutes; i++)
		write_times_of(out, &m->times[i], m->opt.routes[i].pattern,
			       m->opt.routes[i].method);
	write_times_of(out, &m->times[m->opt.nroutes], NONE, NONE);
}

static void
write_refusals(FILE *out, const struct metrics *m)
{
	if (m->opt.nrefusals > 0)
		family(out, "evenkeel_http_refused_total", "counter",
		       "Requests that were refused before anyone looked at "
		       "them, by reason.");
	for (unsigned i = 0; i < m->opt.nrefusals && i < METRICS_MAX_REFUSALS;
	     i++) {
		const char *name = m->opt.refusal_name(i);

		if (name != NULL)
			fprintf(out,
				"evenkeel_http_refused_total{reason=\"%s\"} "
				"%llu\n",
				name, (unsigned long long)m->refused[i]);
	}
	count(out, "evenkeel_http_rate_limited_total",
	      "Requests that were refused because their key asks too often.",
	      m->limited);
}

static void
write_now(FILE *out, const struct metrics *m)
{
	struct metrics_now now = { 0 };

	if (m->now == NULL)
		return;
	m->now(m->now_arg, &now);
	gauge(out, "evenkeel_http_connections", "Connections that are open.",
	      now.connections);
	gauge(out, "evenkeel_http_requests_in_flight",
	      "Requests that have begun and not ended.", now.requests);
	gauge(out, "evenkeel_http_requests_waiting",
	      "Of them, those that wait for something to happen.", now.waiting);
	gauge(out, "evenkeel_job_threads",
	      "Threads for requests that ask the database, each with its own "
	      "connections.",
	      now.job_threads);
	gauge(out, "evenkeel_jobs_running", "Of them, those at work.",
	      now.jobs_running);
	gauge(out, "evenkeel_jobs_waiting",
	      "Requests that wait for one of these threads.", now.jobs_waiting);
}

static void
write_writes(FILE *out, const struct metrics *m)
{
	struct metrics_writes w = { 0 };

	if (m->opt.writes == NULL || !m->opt.writes(m->opt.arg, &w))
		return;
	family(out, "evenkeel_writes_total", "counter",
	       "Changes of conversations, by what came of them.");
	for (unsigned i = 0; i < w.n; i++)
		fprintf(out, "evenkeel_writes_total{outcome=\"%s\"} %llu\n",
			w.names[i], (unsigned long long)w.outcomes[i]);
	gauge(out, "evenkeel_writes_waiting",
	      "Changes that have not been answered yet.", w.waiting);
	count(out, "evenkeel_write_batches_total",
	      "Commits, each of all changes that were waiting.", w.batches);
	count(out, "evenkeel_write_overtaken_total",
	      "Changes that were looked at again: somebody else had changed "
	      "the conversation, or their key had been used.",
	      w.overtaken);
	count(out, "evenkeel_write_connections_lost_total",
	      "Connections that were lost in the middle of a batch.", w.lost);
	gauge(out, "evenkeel_write_up",
	      "1: there is a connection that takes changes.", w.connected);
}

/* ---- releases, database, keys ---- */

static void
write_library(FILE *out, struct metrics *m)
{
	static const char *const results[N_METRICS_RELOADS] = {
		[METRICS_LOADED] = "loaded",
		[METRICS_REFUSED] = "refused",
		[METRICS_FAILED] = "failed",
		[METRICS_CACHED] = "cached",
	};

	gauge(out, "evenkeel_release",
	      "The release that answers come from; 0: none.", m->release);
	if (m->release > 0)
		gauge(out, "evenkeel_release_age_seconds",
		      "Seconds since this process took it into service.",
		      age(m->release_since));
	family(out, "evenkeel_release_reloads_total", "counter",
	       "Releases that were found, by what became of them.");
	for (int i = 0; i < N_METRICS_RELOADS; i++)
		fprintf(out,
			"evenkeel_release_reloads_total{result=\"%s\"} %llu\n",
			results[i], atomic_load(&m->reloads[i]));
	gauge(out, "evenkeel_database_up",
	      "1: there is a connection that tells of new releases.",
	      atomic_load(&m->database_up));
	if (!m->has_keys)
		return;
	gauge(out, "evenkeel_keys", "Keys that are known.", (double)m->keys);
	double seconds =
		m->opt.keys_age != NULL ? m->opt.keys_age(m->opt.arg) : -1;

	if (seconds >= 0)
		gauge(out, "evenkeel_keys_age_seconds",
		      "Seconds since the database last said which keys there "
		      "are; after a start without it, since they were kept.",
		      seconds);
}

/* ---- the process ---- */

static void
write_process(FILE *out, const struct metrics *m)
{
	struct process p;

	process_read(&p);
	single(out, "process_cpu_seconds_total", "counter",
	       "Seconds of processor time used, in user mode and in the "
	       "kernel.",
	       p.cpu);
	gauge(out, "process_start_time_seconds",
	      "When the process was started, in seconds since 1970.",
	      m->at_start.started);
	gauge(out, "process_resident_memory_bytes", "Memory in use, in bytes.",
	      p.resident);
	gauge(out, "process_virtual_memory_bytes", "Address space, in bytes.",
	      p.virtual_bytes);
	gauge(out, "process_open_fds", "File descriptors that are open.",
	      p.open_fds);
	gauge(out, "process_max_fds", "File descriptors that may be open.",
	      p.max_fds);
	gauge(out, "process_threads", "Threads.", p.threads);
	family(out, "evenkeel_build_info", "gauge",
	       "Always 1; says which program this is.");
	fprintf(out, "evenkeel_build_info{version=\"%s\"} 1\n",
		m->opt.version != NULL ? m->opt.version : NONE);
}

/* Where it is written.  open_memstream() would not tell that memory ran out. */
struct page {
	char *text;
	size_t len, size;
	bool failed;
};

static ssize_t
write_page(void *cookie, const char *piece, size_t len)
{
	struct page *page = cookie;

	if (page->failed)
		return 0;
	if (len >= page->size - page->len) {
		size_t size = 2 * (page->size + len) + 1;
		char *text = realloc(page->text, size);

		if (text == NULL) {
			page->failed = true;
			return 0;
		}
		page->text = text;
		page->size = size;
	}
	memcpy(page->text + page->len, piece, len);
	page->len += len;
	page->text[page->len] = '\0';
	return (ssize_t)len;
}

char *
metrics_text(struct metrics *m, size_t *len)
{
	struct page page = { 0 };
	FILE *out = fopencookie(&page, "w",
				(cookie_io_functions_t){ .write = write_page });

	if (out == NULL)
		return NULL;
	/* Else a request would be counted here and have taken no time. */
	metrics_turn(m);
	write_requests(out, m);
	write_times(out, m);
	write_refusals(out, m);
	write_now(out, m);
	write_writes(out, m);
	write_library(out, m);
	write_process(out, m);
	bool failed = ferror(out) != 0;

	if (fclose(out) == 0 && !failed && !page.failed) {
		*len = page.len;
		return page.text;
	}
	free(page.text);
	return NULL;
}
