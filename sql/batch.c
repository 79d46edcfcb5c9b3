/*
 * batch.c - many durable changes of conversations, one commit: what waits.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "sql/batch_parts.h"

#define OFFLINE_MS 250 /* how long anything waits for a connection */
#define LOST_MS 3300   /* how long what was lost is looked for */
#define LOOK_MS 20     /* between two looks for what waited too long */

/* --- finding -------------------------------------------------------------- */

static size_t
bucket_of(const uint8_t *end)
{
	uint32_t n;

	memcpy(&n, end - sizeof(n), sizeof(n));
	return n % BUCKETS;
}

static struct change **
bucket_by_id(struct batch *b, const struct change *c)
{
	return &b->by_id[bucket_of(c->conversation + CASE_ID)];
}

static struct change **
bucket_by_key(struct batch *b, const struct change *c)
{
	return &b->by_key[bucket_of(c->key + BATCH_HASH)];
}

static bool
key_in_use(struct batch *b, const struct change *c)
{
	const struct change *o = *bucket_by_key(b, c);

	while (o != NULL && memcmp(o->key, c->key, BATCH_HASH) != 0)
		o = o->own.by_key;
	return o != NULL;
}

static void
forget_key(struct batch *b, struct change *c)
{
	struct change **at = bucket_by_key(b, c);

	while (*at != NULL && *at != c)
		at = &(*at)->own.by_key;
	if (*at != NULL)
		*at = c->own.by_key;
}

/* --- the queue ------------------------------------------------------------ */

static void
enqueue(struct batch *b, struct change *c)
{
	c->own.queued = true;
	c->own.queue = NULL;
	if (b->queue == NULL || b->queue_end == NULL)
		b->queue = c;
	else
		b->queue_end->own.queue = c;
	b->queue_end = c;
}

void
batch_again(struct batch *b, struct change *c)
{
	c->own.working = c->own.applied = c->own.written = false;
	c->own.queued = true;
	c->own.queue = b->queue;
	b->queue = c;
	if (c->own.queue == NULL)
		b->queue_end = c;
}

int
batch_take(struct batch *b)
{
	b->nwork = 0;
	while (b->queue != NULL && b->nwork < BATCH_MOST) {
		struct change *c = b->queue;

		if (c->own.alone && b->nwork > 0)
			break;
		b->queue = c->own.queue;
		c->own.queued = false;
		c->own.working = true;
		b->work[b->nwork++] = c;
		if (c->own.alone)
			break;
	}
	return b->nwork;
}

/* Queue ${c}, or put it behind the others of its conversation. */
static void
join(struct batch *b, struct change *c)
{
	struct change **at = bucket_by_id(b, c);

	while (*at != NULL &&
	       memcmp((*at)->conversation, c->conversation, CASE_ID) != 0)
		at = &(*at)->own.by_id;
	if (*at == NULL) {
		c->own.last = c;
		*at = c;
		enqueue(b, c);
	} else {
		(*at)->own.last->own.behind = c;
		(*at)->own.last = c;
	}
}

static void
unqueue(struct batch *b, struct change *c)
{
	struct change *prev = NULL;

	for (struct change *o = b->queue; o != c; o = o->own.queue)
		prev = o;
	if (prev != NULL)
		prev->own.queue = c->own.queue;
	else
		b->queue = c->own.queue;
	if (b->queue_end == c)
		b->queue_end = prev;
	c->own.queued = false;
}

/* ${c} is over: the next of its conversation takes its place. */
static void
leave(struct batch *b, struct change *c)
{
	struct change **at = bucket_by_id(b, c), *o;

	while (memcmp((*at)->conversation, c->conversation, CASE_ID) != 0)
		at = &(*at)->own.by_id;
	if (*at == c) {
		struct change *heir = c->own.behind;

		if (heir == NULL) {
			*at = c->own.by_id;
			return;
		}
		heir->own.last = c->own.last;
		heir->own.by_id = c->own.by_id;
		*at = heir;
		enqueue(b, heir);
		return;
	}
	for (o = *at; o->own.behind != c; o = o->own.behind)
		;
	o->own.behind = c->own.behind;
	if ((*at)->own.last == c)
		(*at)->own.last = o;
}

void
batch_done(struct batch *b, struct change *c, enum batch_outcome outcome)
{
	if (c->own.refused) {
		b->refusals--;
	} else {
		if (c->own.queued)
			unqueue(b, c);
		leave(b, c);
		if (c->keyed)
			forget_key(b, c);
	}
	if (c->own.prev != NULL)
		c->own.prev->own.next = c->own.next;
	else
		b->first = c->own.next;
	if (c->own.next != NULL)
		c->own.next->own.prev = c->own.prev;
	else
		b->newest = c->own.prev;
	b->stats.waiting--;
	b->stats.outcomes[outcome]++;
	c->was_lost = c->own.lost;
	c->done(c, outcome);
}

void
batch_push(struct batch *b, struct change *c, int64_t now)
{
	c->row = NULL;
	c->after = NULL;
	c->turn = NULL;
	c->why[0] = '\0';
	c->own = (struct batch_own){ .pushed = now, .prev = b->newest };
	memcpy(c->own.read_id, c->conversation, CASE_ID);
	b->stats.waiting++;
	if (b->newest != NULL)
		b->newest->own.next = c;
	else
		b->first = c;
	b->newest = c;
	if (b->expiry == INT64_MAX)
		b->expiry = now + OFFLINE_MS;
	/* It would wait too long behind one that has waited so long already,
	 * and a key is for one at a time. */
	bool late = b->first != c && now - b->first->own.pushed > BATCH_WAIT_MS;
	bool twice = c->keyed && key_in_use(b, c);
	if (late || twice) {
		c->own.refused = true;
		c->own.refusal = late ? BATCH_BUSY : BATCH_RUNNING;
		b->refusals++;
		return;
	}
	if (c->keyed) {
		struct change **at = bucket_by_key(b, c);

		c->own.by_key = *at;
		*at = c;
	}
	join(b, c);
}

/* --- what waits too long -------------------------------------------------- */

/* What to tell ${c}, which waits, at ${now}; N_BATCH_OUTCOMES: nothing yet. */
static enum batch_outcome
too_late(const struct batch *b, const struct change *c, int64_t now)
{
	int64_t waited = now - c->own.pushed;

	if (c->own.refused)
		return c->own.refusal;
	if (c->own.lost)
		return waited >= LOST_MS ? BATCH_UNKNOWN : N_BATCH_OUTCOMES;
	if (b->state < LINE_IDLE && waited >= OFFLINE_MS)
		return BATCH_DOWN;
	return waited >= BATCH_WAIT_MS ? BATCH_BUSY : N_BATCH_OUTCOMES;
}

static void
expire(struct batch *b, int64_t now)
{
	/* Not those that are pushed by who is told: that may never end. */
	struct change *next = b->first, *last = b->newest;

	for (struct change *c = NULL; c != last;) {
		c = next;
		next = c->own.next;
		if (c->own.working)
			continue;
		enum batch_outcome outcome = too_late(b, c, now);
		if (outcome != N_BATCH_OUTCOMES)
			batch_done(b, c, outcome);
	}
	b->expiry = b->first != NULL ? now + LOOK_MS : INT64_MAX;
}

void
batch_turn(struct batch *b, int64_t now)
{
	line_turn(b, now);
	if (b->refusals > 0 || now >= b->expiry)
		expire(b, now);
	while (b->state == LINE_IDLE && b->queue != NULL)
		work_begin(b, now);
}

/* --- the handle ------------------------------------------------------------
 */

struct batch *
batch_open(const char *url, struct db_error *err)
{
	char why[sizeof(err->message)];
	struct batch *b = calloc(1, sizeof(*b));

	if (b == NULL) {
		db_fail(err, DB_FULL, "out of memory");
		return NULL;
	}
	b->fd = -1;
	b->deadline = b->expiry = INT64_MAX;
	b->ep = epoll_create1(EPOLL_CLOEXEC);
	b->found = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	b->ci = conninfo_new(url, DB_WRITER, why, sizeof(why));
	if (b->ci != NULL && b->ep >= 0 && b->found >= 0 &&
	    epoll_ctl(b->ep, EPOLL_CTL_ADD, b->found,
		      &(struct epoll_event){ .events = EPOLLIN }) == 0)
		return b;
	if (b->ci == NULL)
		db_fail(err, DB_DOWN, "the database's address: %s", why);
	else
		db_fail(err, DB_FULL, "no epoll to be had");
	batch_close(b);
	return NULL;
}

void
batch_close(struct batch *b)
{
	if (b == NULL)
		return;
	line_drop(b, 0);
	while (b->first != NULL)
		batch_done(b, b->first,
			   b->first->own.lost ? BATCH_UNKNOWN : BATCH_DOWN);
	resolve_free(b->lookup);
	if (b->found >= 0)
		close(b->found);
	if (b->ep >= 0)
		close(b->ep);
	conninfo_free(b->ci);
	pack_free(&b->ids);
	pack_free(&b->keys);
	pack_free(&b->starts);
	pack_free(&b->turns);
	for (int i = 0; i < 2; i++) {
		pack_free(&b->promises[i]);
		pack_free(&b->follow_ups[i]);
	}
	free(b);
}

int
batch_fd(const struct batch *b)
{
	return b->ep;
}

int64_t
batch_deadline(const struct batch *b)
{
	int64_t least = b->deadline < b->expiry ? b->deadline : b->expiry;

	if (b->refusals > 0)
		return 0;
	if (b->state == LINE_OFF && b->retry < least)
		least = b->retry;
	return least;
}

const struct batch_stats *
batch_stats(const struct batch *b)
{
	return &b->stats;
}
