/*
 * batch_memo.c - what a batch wrote last, so that it need not be read again.
 *
 * Never trusted alone: the version in the database decides, and whatever is
 * refused by what is remembered is read after all.  None of it outlives the
 * connection, for another primary may know otherwise.
 */
#include <stdlib.h>
#include <string.h>

#include "sql/batch_parts.h"

struct memo {
	size_t size; /* of all of it */
	struct kase row;
	/* what it points to */
};

/* Copies into ${base}; while that is NULL, only measures. */
struct copier {
	char *base;
	size_t len;
};

static void *
take(struct copier *m, const void *from, size_t size)
{
	m->len = (m->len + 7) & ~(size_t)7;
	char *to = m->base != NULL ? m->base + m->len : NULL;

	if (to != NULL && size > 0)
		memcpy(to, from, size);
	m->len += size;
	return to;
}

static const char *
text(struct copier *m, const char *s)
{
	if (s == NULL)
		return NULL;
	size_t size = strlen(s) + 1;
	char *to = m->base != NULL ? m->base + m->len : NULL;

	if (to != NULL)
		memcpy(to, s, size);
	m->len += size;
	return to;
}

static const char **
list(struct copier *m, const char **from, size_t n)
{
	const char **to = take(m, from, n * sizeof(*from));

	for (size_t i = 0; i < n; i++) {
		const char *copy = text(m, from[i]);
		if (to != NULL)
			to[i] = copy;
	}
	return to;
}

static void
copy_records(struct copier *m, const struct kase *from, struct kase *to)
{
	struct case_promise *p =
		take(m, from->promises, from->npromises * sizeof(*p));
	struct case_follow_up *f =
		take(m, from->follow_ups, from->nfollow_ups * sizeof(*f));

	for (size_t i = 0; i < from->npromises; i++) {
		const char *who = text(m, from->promises[i].who);
		const char *what = text(m, from->promises[i].what);

		if (p == NULL)
			continue;
		p[i].who = who;
		p[i].what = what;
		p[i].changed = false;
	}
	for (size_t i = 0; i < from->nfollow_ups; i++) {
		const char *signal = text(m, from->follow_ups[i].signal);

		if (f == NULL)
			continue;
		f[i].signal = signal;
		f[i].changed = false;
	}
	to->promises = p;
	to->follow_ups = f;
}

static void
copy(struct copier *m, const struct kase *from, struct kase *to)
{
	m->len = 0;
	*to = *from;
	to->category = text(m, from->category);
	to->protocol = text(m, from->protocol);
	to->stage = text(m, from->stage);
	to->channel = text(m, from->channel);
	to->locale = text(m, from->locale);
	to->ref = text(m, from->ref);
	to->subject = text(m, from->subject);
	to->outcome = text(m, from->outcome);
	to->root_cause = text(m, from->root_cause);
	to->back = text(m, from->back);
	to->offered = text(m, from->offered);
	to->may_offer = list(m, from->may_offer, from->nmay_offer);
	to->used = list(m, from->used, from->nused);
	to->visited = list(m, from->visited, from->nvisited);
	to->categories = list(m, from->categories, from->ncategories);
	copy_records(m, from, to);
}

/* --- where it is kept ----------------------------------------------------- */

/* The MEMO_WAYS places where ${id} may be: it ends in what is random. */
static struct memo **
set_of(struct batch *b, const uint8_t *id)
{
	uint32_t n;

	memcpy(&n, id + CASE_ID - sizeof(n), sizeof(n));
	return &b->memo[n % (MEMOS / MEMO_WAYS) * MEMO_WAYS];
}

/* Where ${id} is, or NULL. */
static struct memo **
find(struct batch *b, const uint8_t *id)
{
	struct memo **set = set_of(b, id);

	for (int i = 0; i < MEMO_WAYS; i++)
		if (set[i] != NULL && memcmp(set[i]->row.id, id, CASE_ID) == 0)
			return &set[i];
	return NULL;
}

/* Where to put ${id}: where it is, or is room, or whoever's turn it is. */
static struct memo **
place(struct batch *b, const uint8_t *id)
{
	struct memo **set = set_of(b, id), **at = find(b, id);

	for (int i = 0; i < MEMO_WAYS && at == NULL; i++)
		if (set[i] == NULL)
			at = &set[i];
	return at != NULL ? at : &set[b->memo_next++ % MEMO_WAYS];
}

static void
drop(struct batch *b, struct memo **at)
{
	if (at == NULL || *at == NULL)
		return;
	b->memo_bytes -= (*at)->size;
	free(*at);
	*at = NULL;
}

void
memo_forget(struct batch *b, const uint8_t *id)
{
	drop(b, find(b, id));
}

void
memo_clear(struct batch *b)
{
	for (int i = 0; i < MEMOS; i++)
		drop(b, &b->memo[i]);
}

void
memo_keep(struct batch *b, const struct kase *k)
{
	struct memo **at = place(b, k->id);
	struct copier m = { 0 };
	struct kase measured;

	drop(b, at);
	copy(&m, k, &measured);
	size_t size = sizeof(**at) + m.len;
	if (size > MEMO_MOST)
		return;
	if (b->memo_bytes + size > MEMO_BYTES)
		memo_clear(b);
	*at = malloc(size);
	if (*at == NULL)
		return;
	(*at)->size = size;
	b->memo_bytes += size;
	m.base = (char *)(*at + 1);
	copy(&m, k, &(*at)->row);
}

bool
memo_find(struct batch *b, struct change *c)
{
	struct memo *const *at = find(b, c->conversation);
	struct copier m = { 0 };
	struct kase measured;

	if (at == NULL)
		return false;
	copy(&m, &(*at)->row, &measured);
	struct kase *row = arena_zeroed(c->arena, 1, sizeof(*row) + m.len);
	if (row == NULL)
		return false;
	m.base = (char *)(row + 1);
	copy(&m, &(*at)->row, row);
	c->row = row;
	return true;
}
