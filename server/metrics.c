/*
 * metrics.c - what an operator sees: counters, a histogram, gauges.
 *
 * A request's counter lies in a table of rows and columns.  Every route has
 * two rows, one for its own method and one for HEAD; behind them come those
 * that found no route, one for each method.  A column is a status.
 */
#include <limits.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "server/metrics.h"
#include "server/metrics_table.h"

static uint64_t
clock_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000 + (uint64_t)ts.tv_nsec / 1000;
}

struct metrics *
metrics_new(const struct metrics_options *opt)
{
	size_t rows = 2 * opt->nroutes + METRICS_METHODS + 1;
	struct metrics *m = calloc(1, sizeof(*m));

	if (m == NULL)
		return NULL;
	m->opt = *opt;
	if (m->opt.refusal_name == NULL)
		m->opt.nrefusals = 0;
	m->requests = calloc(rows, sizeof(m->requests[0]));
	m->times = calloc(opt->nroutes + 1, sizeof(m->times[0]));
	if (m->requests == NULL || m->times == NULL) {
		metrics_free(m);
		return NULL;
	}
	for (size_t status = 0; status < METRICS_STATUSES; status++)
		m->column[status] = METRICS_OTHER;
	for (unsigned char i = 0; i < METRICS_OTHER; i++)
		m->column[metrics_codes[i]] = i;
	process_read(&m->at_start);
	return m;
}

void
metrics_free(struct metrics *m)
{
	if (m == NULL)
		return;
	free(m->requests);
	free(m->times);
	free(m);
}

/* Rare, and kept out of the way of the others: no row was found. */
static __attribute__((noinline)) size_t
stray_row(const struct metrics *m, const char *method)
{
	size_t i = 0;

	while (i < METRICS_METHODS &&
	       (method == NULL || strcmp(metrics_methods[i], method) != 0))
		i++;
	return 2 * m->opt.nroutes + i;
}

void
metrics_request(struct metrics *m, const struct route *route,
		const char *method, int status, uint64_t start)
{
	if (m == NULL)
		return;

	size_t place = route != NULL ? (size_t)(route - m->opt.routes)
				     : m->opt.nroutes;
	/* No other method that begins so finds a row. */
	size_t row = route != NULL ? 2 * place + (method[0] == 'H')
				   : stray_row(m, method);
	size_t column = (unsigned)status < METRICS_STATUSES ? m->column[status]
							    : METRICS_OTHER;

	m->requests[row].by_status[column]++;
	if (m->nended == METRICS_ENDED)
		metrics_turn(m);
	m->ended[m->nended++] = (struct ended){ start, (unsigned)place };
}

void
metrics_turn(struct metrics *m)
{
	if (m == NULL || m->nended == 0)
		return;

	uint64_t now = clock_us();

	for (size_t i = 0; i < m->nended; i++) {
		struct times *t = &m->times[m->ended[i].place];
		uint64_t start = m->ended[i].start;
		uint64_t us = now > start ? now - start : 0;
		size_t bucket = 0;

		/* Nearly all are in one of the first. */
		while (us > metrics_bounds[bucket])
			bucket++;
		t->buckets[bucket]++;
		t->sum += us;
	}
	m->nended = 0;
}

void
metrics_refused(struct metrics *m, unsigned reason)
{
	if (m != NULL && reason < METRICS_MAX_REFUSALS)
		m->refused[reason]++;
}

uint64_t
metrics_refusals(const struct metrics *m, unsigned reason)
{
	return m != NULL && reason < METRICS_MAX_REFUSALS ? m->refused[reason]
							  : 0;
}

void
metrics_limited(struct metrics *m)
{
	if (m != NULL)
		m->limited++;
}

void
metrics_release(struct metrics *m, int number)
{
	if (m == NULL)
		return;
	m->release = number;
	m->release_since = clock_us();
}

void
metrics_keys(struct metrics *m, size_t live)
{
	if (m == NULL)
		return;
	m->has_keys = true;
	m->keys = live;
}

void
metrics_ask(struct metrics *m, void (*now)(void *arg, struct metrics_now *to),
	    void *arg)
{
	if (m == NULL)
		return;
	m->now = now;
	m->now_arg = arg;
}

void
metrics_reloaded(struct metrics *m, enum metrics_reload result)
{
	if (m != NULL)
		atomic_fetch_add_explicit(&m->reloads[result], 1,
					  memory_order_relaxed);
}

void
metrics_database(struct metrics *m, bool up)
{
	if (m != NULL)
		atomic_store_explicit(&m->database_up, up,
				      memory_order_relaxed);
}
