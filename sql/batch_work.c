/*
 * batch_work.c - a batch at work: read, applied, written, told.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sql/batch_parts.h"
#include "sql/case_rows.h"

#define ANSWER_MS 3000 /* after this a batch counts as lost */
#define LOST_MS 3250   /* and what was lost before as unknown */
#define LOOK_MS 150    /* but any batch has so long */
#define TRIES 3	       /* of a change that another server was before */

static int
by_id(const void *a, const void *b)
{
	const struct change *const *x = a, *const *y = b;

	return memcmp((*x)->own.read_id, (*y)->own.read_id, CASE_ID);
}

/* When the batch at work counts as lost.  One that is old already is no reason
 * to give up the others in no time. */
static int64_t
deadline(const struct batch *b, int64_t now)
{
	int64_t least = INT64_MAX, most = now + LOOK_MS;

	for (int i = 0; i < b->nwork; i++) {
		const struct batch_own *own = &b->work[i]->own;
		int64_t at = own->pushed + (own->lost ? LOST_MS : ANSWER_MS);

		least = at < least ? at : least;
	}
	return least > most ? least : most;
}

/* Keep what is still at work. */
static void
close_ranks(struct batch *b)
{
	int n = 0;

	for (int i = 0; i < b->nwork; i++)
		if (b->work[i] != NULL)
			b->work[n++] = b->work[i];
	b->nwork = n;
}

/* Does it say that nothing was done?  That holds for this try alone. */
static bool
says_not_done(enum batch_outcome outcome)
{
	return outcome == BATCH_BUSY || outcome == BATCH_DOWN ||
	       outcome == BATCH_FULL || outcome == BATCH_BUG;
}

static void
end(struct batch *b, int i, enum batch_outcome outcome)
{
	struct change *c = b->work[i];

	if (c->own.lost && says_not_done(outcome))
		outcome = BATCH_UNKNOWN;

	b->work[i] = NULL;
	if (outcome == BATCH_OK)
		memo_keep(b, c->after);
	if (b->err.status != DB_OK)
		(void)snprintf(c->why, sizeof(c->why), "%s %.100s",
			       b->err.sqlstate, b->err.message);
	batch_done(b, c, outcome);
}

/* --- reading ----------------------------------------------------------------
 */

static bool
ask(struct batch *b)
{
	struct pack *ids[] = { &b->ids }, *keys[] = { &b->keys };
	bool undo = false;

	pack_begin(&b->ids, PACK_UUID);
	pack_begin(&b->keys, PACK_BYTEA);
	for (int i = 0; i < b->nwork; i++) {
		struct change *c = b->work[i];

		if (c->own.applied)
			continue;
		pack_bytes(&b->ids, c->own.read_id, CASE_ID);
		if (c->keyed)
			pack_bytes(&b->keys, c->key, BATCH_HASH);
		c->own.hit = false;
		c->own.before = NULL;
		c->row = NULL;
		undo = undo || c->undo;
	}
	return line_send(b, &query_batch_look, NULL, 0) &&
	       line_send(b, &query_cases_select, ids, 1) &&
	       line_send(b, &query_cases_promises, ids, 1) &&
	       line_send(b, &query_cases_follow_ups, ids, 1) &&
	       line_send(b, &query_cases_keys, keys, 1) &&
	       (!undo || line_send(b, &query_cases_before, ids, 1));
}

/* What its key says of work[i]; false: that it is new. */
static bool
replayed(struct batch *b, int i)
{
	struct change *c = b->work[i];

	if (!c->own.hit)
		return false;
	if (memcmp(c->own.fingerprint, c->fingerprint, BATCH_HASH) != 0) {
		end(b, i, BATCH_MISUSED);
	} else if (c->row != NULL ||
		   memcmp(c->own.read_id, c->replay.conversation, CASE_ID) ==
			   0) {
		end(b, i, c->row != NULL ? BATCH_REPLAY : BATCH_NOT_FOUND);
	} else {
		/* It began one: which, is known now, and is to be read. */
		memcpy(c->own.read_id, c->replay.conversation, CASE_ID);
		c->own.look = true;
		b->work[i] = NULL;
		batch_again(b, c);
	}
	return true;
}

/* Apply work[i] to its row. */
static void
apply(struct batch *b, int i)
{
	struct change *c = b->work[i];
	const struct kase *row = c->row;

	if (!c->start && row == NULL) {
		end(b, i, BATCH_NOT_FOUND);
		return;
	}
	/* What was lost may come true as long as nothing else did; and without
	 * a key nobody knows whose doing it is if something did. */
	int version = row != NULL ? row->version : 0;
	bool moved = version != c->own.base;
	bool open = c->own.lost && (!moved || !c->keyed);
	if (open && moved) {
		end(b, i, BATCH_UNKNOWN);
		return;
	}
	if (!c->start && c->if_match != 0 && version != c->if_match) {
		end(b, i, open ? BATCH_UNKNOWN : BATCH_VERSION);
		return;
	}
	memcpy(c->own.read_id, c->conversation, CASE_ID);
	c->own.base = c->start ? 0 : version;
	c->own.applied = c->apply(c, c->start ? NULL : row, c->own.before);
	if (!c->own.applied)
		end(b, i, open ? BATCH_UNKNOWN : BATCH_REFUSED);
}

static void
apply_all(struct batch *b)
{
	for (int i = b->nwork; i-- > 0;) {
		if (b->work[i]->own.applied || replayed(b, i))
			continue;
		apply(b, i);
	}
	close_ranks(b);
}

static void
write_all(struct batch *b, int64_t now)
{
	if (b->nwork == 0)
		return;
	qsort(b->work, (size_t)b->nwork, sizeof(void *), by_id);
	if (rows_write(b))
		line_sync(b, LINE_WRITE, deadline(b, now), now);
	else
		line_drop(b, now);
}

/* Apply ${c} to what is remembered.  False: it must be read. */
static bool
apply_known(struct batch *b, struct change *c)
{
	if (c->own.look || c->undo || !memo_find(b, c))
		return false;
	if (c->if_match != 0 && c->row->version != c->if_match)
		return false;
	c->own.base = c->row->version;
	c->own.applied = c->apply(c, c->row, NULL);
	b->stats.kept += c->own.applied;
	return c->own.applied;
}

void
work_begin(struct batch *b, int64_t now)
{
	bool read = false;

	if (batch_take(b) == 0)
		return;
	for (int i = 0; i < b->nwork; i++)
		if (b->work[i]->start ? b->work[i]->own.look
				      : !apply_known(b, b->work[i]))
			read = true;
	if (read) {
		qsort(b->work, (size_t)b->nwork, sizeof(void *), by_id);
		if (ask(b))
			line_sync(b, LINE_READ, deadline(b, now), now);
		else
			line_drop(b, now);
		return;
	}
	/* Only beginnings and what is known: what else they collide with is
	 * found by writing. */
	apply_all(b);
	write_all(b, now);
}

/* --- failures ----------------------------------------------------------------
 */

/* Put work[i] back, to be looked at more closely. */
static void
again(struct batch *b, int i)
{
	struct change *c = b->work[i];

	b->work[i] = NULL;
	c->own.look = true;
	memo_forget(b, c->conversation);
	batch_again(b, c);
}

static enum batch_outcome
outcome_of(enum db_status status)
{
	switch (status) {
	case DB_BUSY:
	case DB_AGAIN:
	case DB_CONFLICT:
		return BATCH_BUSY;
	case DB_READ_ONLY:
	case DB_DOWN:
	case DB_UNKNOWN:
		return BATCH_DOWN;
	case DB_FULL:
		return BATCH_FULL;
	case DB_OK:
	case DB_NO_ROWS:
	case DB_INVALID:
	case DB_BUG:
		break;
	}
	return BATCH_BUG;
}

/* Is it the fault of one of them, which another need not suffer for? */
static bool
is_one_s_fault(const struct db_error *err)
{
	return err->status == DB_INVALID || err->status == DB_CONFLICT ||
	       err->status == DB_BUG || err->status == DB_AGAIN ||
	       strcmp(err->sqlstate, "55P03") == 0;
}

/* The batch failed, and nothing of it was done. */
static void
failed(struct batch *b)
{
	bool apart = b->nwork > 1 && is_one_s_fault(&b->err);

	for (int i = b->nwork; i-- > 0;) {
		struct change *c = b->work[i];
		bool retry = b->err.status == DB_CONFLICT ||
			     b->err.status == DB_AGAIN;

		if (apart || (retry && ++c->own.tries < TRIES)) {
			c->own.alone = true;
			again(b, i);
		} else {
			end(b, i, outcome_of(b->err.status));
		}
	}
	b->nwork = 0;
}

void
work_lost(struct batch *b, int64_t now)
{
	bool sent = b->state == LINE_WRITE;
	/* The server's own word, not libpq's: it refused all of it. */
	bool refused = b->err.status == DB_READ_ONLY;

	for (int i = b->nwork; i-- > 0;) {
		struct change *c = b->work[i];

		c->own.lost =
			c->own.lost || (sent && c->own.written && !refused);
		if (refused)
			end(b, i, BATCH_DOWN);
		else if (now - c->own.pushed >= ANSWER_MS && !c->own.lost)
			end(b, i, BATCH_DOWN);
		else
			again(b, i);
	}
	b->nwork = 0;
}

/* --- what came back
 * ----------------------------------------------------------- */

void
work_read(struct batch *b, int64_t now)
{
	if (b->err.status == DB_OK && !rows_take(b))
		b->err.status = DB_FULL;
	if (b->err.status != DB_OK) {
		failed(b);
		return;
	}
	apply_all(b);
	write_all(b, now);
}

/* Mark what the rows of ${res} say is done. */
static void
mark(struct batch *b, const PGresult *res, bool *done)
{
	for (int row = 0; row < PQntuples(res); row++) {
		const uint8_t *id = case_row_id(res, row);
		int low = 0, high = b->nwork;

		while (id != NULL && low < high) {
			int mid = low + (high - low) / 2;

			if (memcmp(b->work[mid]->after->id, id, CASE_ID) < 0)
				low = mid + 1;
			else
				high = mid;
		}
		if (id != NULL && low < b->nwork &&
		    memcmp(b->work[low]->after->id, id, CASE_ID) == 0)
			done[low] = true;
	}
}

void
work_written(struct batch *b, int64_t now)
{
	bool done[BATCH_MOST] = { false };

	(void)now;
	if (b->err.status != DB_OK) {
		failed(b);
	} else {
		for (int i = 0; i < 2; i++)
			if (b->res[i] != NULL)
				mark(b, b->res[i], done);
		b->stats.batches++;
	}
	for (int i = b->nwork; i-- > 0;) {
		struct change *c = b->work[i];

		if (done[i]) {
			end(b, i, BATCH_OK);
			continue;
		}
		b->stats.conflicts++;
		if (++c->own.tries < TRIES)
			again(b, i);
		else
			end(b, i, BATCH_BUSY);
	}
	b->nwork = 0;
}
