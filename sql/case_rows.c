/*
 * case_rows.c - rows of the conversation tables as struct kase and back.
 */
#include <string.h>

#include "sql/case_rows.h"

const uint8_t *
case_row_id(const PGresult *res, int row)
{
	if (PQgetlength(res, row, 0) != CASE_ID)
		return NULL;
	return (const uint8_t *)PQgetvalue(res, row, 0);
}

bool
case_row(struct arena *a, const PGresult *res, int row, struct kase *c)
{
	struct unpack u = { .res = res, .row = row, .arena = a };

	*c = (struct kase){ 0 };
	unpack_id(&u, c->id);
	c->version = unpack_int(&u);
	c->status = (enum case_status)unpack_int(&u);
	c->category = unpack_text(&u);
	c->protocol = unpack_text(&u);
	c->stage = unpack_text(&u);
	c->stage_kind = (enum stage_kind)unpack_int(&u);
	c->stage_ord = unpack_int(&u);
	c->channel = unpack_text(&u);
	c->locale = unpack_text(&u);
	c->ref = unpack_text(&u);
	c->subject = unpack_text(&u);
	c->outcome = unpack_text(&u);
	c->root_cause = unpack_text(&u);
	c->speaker = (enum speaker)unpack_int(&u);
	c->fault = (enum fault)unpack_int(&u);
	c->intensity = unpack_int(&u);
	c->peak_intensity = unpack_int(&u);
	c->may_offer = unpack_list(&u, &c->nmay_offer);
	c->release = unpack_int(&u);
	c->created = unpack_time(&u);
	c->updated = unpack_time(&u);
	c->turns = unpack_int(&u);
	c->undoes = unpack_int(&u);
	for (int i = 0; i < N_COUNTERS; i++)
		c->counts[i] = unpack_int(&u);
	c->apologized = unpack_int(&u) != 0;
	c->flags = (uint8_t)unpack_int(&u);
	c->back = unpack_text(&u);
	c->used = unpack_list(&u, &c->nused);
	c->offered = unpack_text(&u);
	c->visited = unpack_list(&u, &c->nvisited);
	c->categories = unpack_list(&u, &c->ncategories);
	return !u.failed;
}

/* Where the rows of ${c} are in ${res}: from ${first}, ${n} of them. */
static void
rows_of(const PGresult *res, const struct kase *c, int *first, int *n)
{
	int end = PQntuples(res), low = 0, high = end;

	while (low < high) {
		int mid = low + (high - low) / 2;
		const uint8_t *id = case_row_id(res, mid);

		if (id != NULL && memcmp(id, c->id, CASE_ID) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	*first = low;
	for (*n = 0; low + *n < end; ++*n) {
		const uint8_t *id = case_row_id(res, low + *n);
		if (id == NULL || memcmp(id, c->id, CASE_ID) != 0)
			break;
	}
}

bool
case_row_promises(struct arena *a, const PGresult *res, struct kase *c)
{
	int first, n;

	rows_of(res, c, &first, &n);
	if (n == 0)
		return true;
	c->promises = arena_zeroed(a, (size_t)n, sizeof(*c->promises));
	if (c->promises == NULL)
		return false;
	c->npromises = (size_t)n;
	struct unpack u = { .res = res, .arena = a };
	for (int i = 0; i < n; i++) {
		struct case_promise *p = &c->promises[i];

		u.row = first + i;
		u.column = 1;
		p->id = unpack_int(&u);
		p->who = unpack_text(&u);
		p->what = unpack_text(&u);
		p->due = unpack_time(&u);
		p->status = (enum promise_status)unpack_int(&u);
	}
	return !u.failed;
}

void
case_row_follow_up(struct unpack *u, uint8_t conversation[CASE_ID],
		   struct case_follow_up *f)
{
	*f = (struct case_follow_up){ 0 };
	unpack_id(u, conversation);
	f->n = unpack_int(u);
	unpack_id(u, f->id);
	f->kind = (enum follow_up_kind)unpack_int(u);
	f->due = unpack_time(u);
	f->status = (enum follow_up_status)unpack_int(u);
	f->promise = unpack_int(u);
	f->signal = unpack_text(u);
}

bool
case_row_follow_ups(struct arena *a, const PGresult *res, struct kase *c)
{
	int first, n;
	uint8_t id[CASE_ID];

	rows_of(res, c, &first, &n);
	if (n == 0)
		return true;
	c->follow_ups = arena_zeroed(a, (size_t)n, sizeof(*c->follow_ups));
	if (c->follow_ups == NULL)
		return false;
	c->nfollow_ups = (size_t)n;
	struct unpack u = { .res = res, .arena = a };
	for (int i = 0; i < n; i++) {
		u.row = first + i;
		u.column = 0;
		case_row_follow_up(&u, id, &c->follow_ups[i]);
	}
	return !u.failed;
}

void
case_row_turn(struct unpack *u, struct case_turn *t)
{
	*t = (struct case_turn){ 0 };
	t->n = unpack_int(u);
	t->at = unpack_time(u);
	t->kind = (enum turn_kind)unpack_int(u);
	t->signal = unpack_text(u);
	t->from = unpack_text(u);
	t->to = unpack_text(u);
	t->moved = unpack_int(u) != 0;
	t->intensity = unpack_int(u);
	t->release = unpack_int(u);
	t->phrases = unpack_list(u, &t->nphrases);
	t->note = unpack_text(u);
	t->before = unpack_text(u);
}

bool
case_row_key(struct arena *a, const PGresult *res, int row,
	     uint8_t fingerprint[BATCH_HASH], struct batch_replay *replay)
{
	struct unpack u = { .res = res, .row = row, .column = 1, .arena = a };

	unpack_bytes(&u, fingerprint, BATCH_HASH);
	unpack_id(&u, replay->conversation);
	replay->version = unpack_int(&u);
	replay->release = unpack_int(&u);
	replay->at = unpack_time(&u);
	replay->snapshot = unpack_text(&u);
	return !u.failed;
}

/* --- the other way ------------------------------------------------------- */

void
pack_case(struct pack *p, const struct kase *c)
{
	pack_uuid(p, c->id);
	pack_int4(p, c->version);
	pack_int2(p, (int)c->status);
	pack_text(p, c->category);
	pack_text(p, c->protocol);
	pack_text(p, c->stage);
	pack_int2(p, (int)c->stage_kind);
	pack_int4(p, c->stage_ord);
	pack_text(p, c->channel);
	pack_text(p, c->locale);
	pack_text(p, c->ref);
	pack_text(p, c->subject);
	pack_text(p, c->outcome);
	pack_text(p, c->root_cause);
	pack_int2(p, (int)c->speaker);
	pack_int2(p, (int)c->fault);
	pack_int2(p, c->intensity);
	pack_int2(p, c->peak_intensity);
	pack_list(p, c->may_offer, c->nmay_offer);
	pack_int4(p, c->release);
	pack_time(p, c->created);
	pack_time(p, c->updated);
	pack_int4(p, c->turns);
	pack_int4(p, c->undoes);
	for (int i = 0; i < N_COUNTERS; i++)
		pack_int4(p, c->counts[i]);
	pack_bool(p, c->apologized);
	pack_int2(p, c->flags);
	pack_text(p, c->back);
	pack_list(p, c->used, c->nused);
	pack_text(p, c->offered);
	pack_list(p, c->visited, c->nvisited);
	pack_list(p, c->categories, c->ncategories);
}

void
pack_turn(struct pack *p, const struct case_turn *t)
{
	pack_time(p, t->at);
	pack_int2(p, (int)t->kind);
	pack_text(p, t->signal);
	pack_text(p, t->from);
	pack_text(p, t->to);
	pack_bool(p, t->moved);
	pack_list(p, t->phrases, t->nphrases);
	pack_text(p, t->note);
	pack_text(p, t->before);
}

void
pack_promise(struct pack *p, const struct kase *c,
	     const struct case_promise *promise)
{
	pack_row(p, 6);
	pack_uuid(p, c->id);
	pack_int4(p, promise->id);
	pack_text(p, promise->who);
	pack_text(p, promise->what);
	pack_time(p, promise->due);
	pack_int2(p, (int)promise->status);
	pack_row_end(p);
}

void
pack_follow_up(struct pack *p, const struct kase *c,
	       const struct case_follow_up *f)
{
	pack_row(p, 8);
	pack_uuid(p, c->id);
	pack_int4(p, f->n);
	pack_uuid(p, f->id);
	pack_int2(p, (int)f->kind);
	pack_time(p, f->due);
	pack_int2(p, (int)f->status);
	pack_int4(p, f->promise);
	pack_text(p, f->signal);
	pack_row_end(p);
}
