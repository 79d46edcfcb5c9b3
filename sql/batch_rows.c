/*
 * batch_rows.c - what comes and goes with a batch.
 */
#include <stdlib.h>
#include <string.h>

#include "sql/batch_parts.h"
#include "sql/case_rows.h"

#define CHANGE_COLUMNS (PACK_CASE_COLUMNS + PACK_TURN_COLUMNS + 3)

/* --- what was read ---------------------------------------------------------
 */

/* The first of b->work, which is by read_id, that needs ${id}; or nwork. */
static int
find(const struct batch *b, const uint8_t *id)
{
	int low = 0, high = b->nwork;

	while (low < high) {
		int mid = low + (high - low) / 2;

		if (memcmp(b->work[mid]->own.read_id, id, CASE_ID) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

static bool
needs(const struct batch *b, int i, const uint8_t *id)
{
	return i < b->nwork &&
	       memcmp(b->work[i]->own.read_id, id, CASE_ID) == 0;
}

static bool
take_case(struct batch *b, struct change *c, int row)
{
	struct kase *k = arena_zeroed(c->arena, 1, sizeof(*k));

	if (k == NULL || !case_row(c->arena, b->res[READ_CASES], row, k) ||
	    !case_row_promises(c->arena, b->res[READ_PROMISES], k) ||
	    !case_row_follow_ups(c->arena, b->res[READ_FOLLOW_UPS], k))
		return false;
	c->row = k;
	return true;
}

static bool
take_key(struct batch *b, struct change *c, int row)
{
	c->own.hit = true;
	return case_row_key(c->arena, b->res[READ_KEYS], row,
			    c->own.fingerprint, &c->replay);
}

static bool
take_keys(struct batch *b)
{
	const PGresult *res = b->res[READ_KEYS];

	for (int row = 0; row < PQntuples(res); row++) {
		const void *key = PQgetvalue(res, row, 0);

		if (PQgetlength(res, row, 0) != BATCH_HASH)
			return false;
		for (int i = 0; i < b->nwork; i++)
			if (b->work[i]->keyed &&
			    memcmp(b->work[i]->key, key, BATCH_HASH) == 0 &&
			    !take_key(b, b->work[i], row))
				return false;
	}
	return true;
}

static bool
take_before(struct batch *b)
{
	const PGresult *res = b->res[READ_BEFORE];

	for (int row = 0; res != NULL && row < PQntuples(res); row++) {
		const uint8_t *id = case_row_id(res, row);

		if (id == NULL)
			return false;
		for (int i = find(b, id); needs(b, i, id); i++) {
			struct unpack u = { .res = res,
					    .row = row,
					    .column = 1,
					    .arena = b->work[i]->arena };

			b->work[i]->own.before = unpack_text(&u);
			if (u.failed)
				return false;
		}
	}
	return true;
}

bool
rows_take(struct batch *b)
{
	const PGresult *res = b->res[READ_CASES];

	for (int row = 0; row < PQntuples(res); row++) {
		const uint8_t *id = case_row_id(res, row);

		if (id == NULL)
			return false;
		for (int i = find(b, id); needs(b, i, id); i++)
			if (!b->work[i]->own.applied &&
			    !take_case(b, b->work[i], row))
				return false;
	}
	return take_keys(b) && take_before(b);
}

/* --- what is written --------------------------------------------------------
 */

static void
pack_change(struct batch *b, struct pack *p, const struct change *c)
{
	const struct kase *k = c->after;
	int what = c->start ? 0 : 1;

	pack_row(p, CHANGE_COLUMNS);
	pack_case(p, k);
	pack_turn(p, c->turn);
	pack_bytea(p, c->keyed ? c->key : NULL, BATCH_HASH);
	pack_bytea(p, c->keyed ? c->fingerprint : NULL, BATCH_HASH);
	pack_text(p, c->keyed ? c->snapshot : NULL);
	pack_row_end(p);
	for (size_t i = 0; i < k->npromises; i++)
		if (k->promises[i].changed)
			pack_promise(&b->promises[what], k, &k->promises[i]);
	for (size_t i = 0; i < k->nfollow_ups; i++)
		if (k->follow_ups[i].changed)
			pack_follow_up(&b->follow_ups[what], k,
				       &k->follow_ups[i]);
}

bool
rows_write(struct batch *b)
{
	static const struct query *const queries[] = { &query_batch_starts,
						       &query_batch_turns };
	struct pack *changes[] = { &b->starts, &b->turns };
	bool ok = true;

	for (int i = 0; i < 2; i++) {
		pack_begin(changes[i], b->types[0]);
		pack_begin(&b->promises[i], b->types[1]);
		pack_begin(&b->follow_ups[i], b->types[2]);
	}
	for (int i = 0; i < b->nwork; i++) {
		struct change *c = b->work[i];

		if (c->own.applied)
			pack_change(b, changes[c->start ? 0 : 1], c);
		c->own.written = c->own.applied;
	}
	for (int i = 0; i < 2 && ok; i++) {
		struct pack *params[] = { changes[i], &b->promises[i],
					  &b->follow_ups[i] };
		if (changes[i]->n == 0)
			continue;
		if (i == 1 && params[1]->n == 0 && params[2]->n == 0)
			ok = line_send(b, &query_batch_turns_only, params, 1);
		else
			ok = line_send(b, queries[i], params, 3);
	}
	return ok;
}
