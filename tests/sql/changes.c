/*
 * changes.c - conversations that go on, for tests of sql/batch.h.
 */
#include <poll.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include "tests/sql/changes.h"
#include "tests/sql/fixture.h"

static int64_t
now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static int64_t
now_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

static void
fresh(uint8_t *data, size_t len)
{
	while (getrandom(data, len, 0) != (ssize_t)len)
		;
}

void
request_id(uint8_t id[CASE_ID])
{
	uint64_t ms = (uint64_t)now_us() / 1000;

	fresh(id, CASE_ID);
	for (int i = 5; i >= 0; i--, ms >>= 8)
		id[i] = (uint8_t)ms;
	id[6] = (uint8_t)((id[6] & 0x0f) | 0x70);
	id[8] = (uint8_t)((id[8] & 0x3f) | 0x80);
}

static void
begin(struct request *r)
{
	static const char *offers[] = { "refund", "replacement" };
	static const char *stages[] = { "open" };

	memcpy(r->after.id, r->change.conversation, CASE_ID);
	r->after = (struct kase){
		.version = 1,
		.category = "delivery.late",
		.protocol = "full-recovery",
		.stage = "open",
		.stage_kind = KIND_CUSTOMER,
		.stage_ord = 10,
		.channel = "live_chat",
		.locale = "en",
		.ref = "T-1",
		.subject = "customer-1",
		.intensity = 2,
		.peak_intensity = 3,
		.may_offer = offers,
		.nmay_offer = 2,
		.release = 7,
		.created = now_us(),
		.turns = 1,
		.visited = stages,
		.nvisited = 1,
	};
	memcpy(r->after.id, r->change.conversation, CASE_ID);
	r->after.categories = &r->after.category;
	r->after.ncategories = 1;
	r->after.updated = r->after.created;
}

static void
promise(struct request *r)
{
	struct kase *k = &r->after;
	size_t n = k->npromises + (size_t)r->promises;
	struct case_promise *all = arena_zeroed(&r->arena, n, sizeof(*all));
	struct case_follow_up *ups = arena_zeroed(&r->arena, n, sizeof(*ups));

	for (size_t i = 0; i < k->npromises; i++) {
		all[i] = k->promises[i];
		ups[i] = k->follow_ups[i];
	}
	for (size_t i = k->npromises; i < n; i++) {
		all[i] = (struct case_promise){ .id = (int)i + 1,
						.who = "the desk",
						.what = "a call",
						.due = k->updated,
						.changed = true };
		ups[i] = (struct case_follow_up){ .n = (int)i + 1,
						  .kind = FOLLOW_UP_DEADLINE,
						  .due = k->updated,
						  .promise = (int)i + 1,
						  .signal = "deadline_missed",
						  .changed = true };
		memcpy(ups[i].id, k->id, CASE_ID);
		ups[i].id[15] ^= (uint8_t)(i + 1);
	}
	k->promises = all;
	k->follow_ups = ups;
	k->npromises = k->nfollow_ups = n;
}

static bool
apply(struct change *c, const struct kase *row, const char *before)
{
	struct request *r = (struct request *)c;

	(void)before;
	r->applied++;
	if (r->refuse)
		return false;
	if (row != NULL) {
		r->after = *row;
		r->after.version++;
		r->after.turns++;
		r->after.updated = now_us();
	} else {
		begin(r);
	}
	if (r->stage != NULL)
		r->after.stage = r->stage;
	if (r->poison)
		r->after.intensity = 9;
	if (r->promises > 0)
		promise(r);
	r->turn = (struct case_turn){
		.n = r->after.turns,
		.at = r->after.updated,
		.kind = row != NULL ? TURN_SIGNAL : TURN_START,
		.signal = row != NULL ? "confirms" : NULL,
		.from = row != NULL ? row->stage : NULL,
		.to = r->after.stage,
		.moved = true,
		.intensity = r->after.intensity,
		.release = r->after.release,
		.before = row != NULL ? "{\"stage\":\"open\"}" : NULL,
	};
	c->after = &r->after;
	c->turn = &r->turn;
	c->snapshot = "{\"format\":1}";
	return true;
}

static void
done(struct change *c, enum batch_outcome outcome)
{
	struct request *r = (struct request *)c;

	r->done++;
	r->outcome = outcome;
	r->spent = now_ms() - r->since;
	if (r->then != NULL)
		r->then(r);
}

void
request_turn(struct request *r, const uint8_t id[CASE_ID], int version)
{
	*r = (struct request){ .change = { .if_match = version,
					   .keyed = true,
					   .apply = apply,
					   .done = done } };
	memcpy(r->change.conversation, id, CASE_ID);
	fresh(r->change.key, BATCH_HASH);
	fresh(r->change.fingerprint, BATCH_HASH);
}

void
request_start(struct request *r)
{
	uint8_t id[CASE_ID];

	request_id(id);
	request_turn(r, id, 0);
	r->change.start = true;
}

void
request_push(struct batch *b, struct request *r)
{
	r->change.arena = &r->arena;
	r->since = now_ms();
	batch_push(b, &r->change, r->since);
}

void
request_repeat(struct request *r, const struct request *of)
{
	request_turn(r, of->change.conversation, of->change.if_match);
	if (of->change.start)
		request_start(r);
	memcpy(r->change.key, of->change.key, BATCH_HASH);
	memcpy(r->change.fingerprint, of->change.fingerprint, BATCH_HASH);
}

void
request_expect(struct batch *b, struct request *r, enum batch_outcome want)
{
	request_push(b, r);
	ck_assert(batch_wait(b, 5000));
	ck_assert_msg(r->outcome == want, "outcome %d, not %d: %s", r->outcome,
		      want, r->change.why);
	ck_assert_int_eq(r->done, 1);
	ck_assert_int_le(r->spent, 3500);
}

struct batch *
batch_anew(struct batch *b)
{
	struct db_error err;

	batch_close(b);
	b = batch_open(pg_url(), &err);
	ck_assert_msg(b != NULL, "%s", err.message);
	return b;
}

void
request_free(struct request *r)
{
	arena_free(&r->arena);
}

bool
batch_wait(struct batch *b, int ms)
{
	int64_t until = now_ms() + ms;

	for (;;) {
		int64_t now = now_ms(), due;

		batch_turn(b, now);
		if (batch_stats(b)->waiting == 0)
			return true;
		if (now >= until)
			return false;
		due = batch_deadline(b);
		due = due < until ? due : until;
		struct pollfd fd = { .fd = batch_fd(b), .events = POLLIN };
		(void)poll(&fd, 1, due > now ? (int)(due - now) : 0);
	}
}
