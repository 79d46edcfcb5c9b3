/*
 * test_batch_queue.c - what waits keeps its order, and never waits too long.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/sql/changes.h"
#include "tests/sql/fixture.h"

static struct batch *b;

static void
setup(void)
{
	fixture_migrated();
	b = batch_anew(NULL);
}

static void
teardown(void)
{
	batch_close(b);
	b = NULL;
}

static int
number(const char *sql)
{
	return atoi(pg_sql("%s", sql));
}

static void
start(struct request *r)
{
	request_start(r);
	request_expect(b, r, BATCH_OK);
	ck_assert_int_eq(r->applied, 1);
}

/* Each is done in its turn, also when one among them is no good. */
START_TEST(those_of_a_conversation_keep_their_order)
{
	struct request r, t[20];
	char stage[20][16];

	start(&r);
	for (int i = 0; i < 20; i++) {
		request_turn(&t[i], r.change.conversation, 0);
		snprintf(stage[i], sizeof(stage[i]), "s%d", i);
		t[i].stage = stage[i];
		t[i].poison = i == 7;
		t[i].refuse = i == 11;
		request_push(b, &t[i]);
	}
	ck_assert(batch_wait(b, 5000));
	for (int i = 0; i < 20; i++) {
		ck_assert_int_eq(t[i].outcome, i == 7	 ? BATCH_BUG
					       : i == 11 ? BATCH_REFUSED
							 : BATCH_OK);
		request_free(&t[i]);
	}
	ck_assert_str_eq(pg_sql("SELECT string_agg(to_stage, ' ' ORDER BY n) "
				"FROM evenkeel.turn"),
			 "open s0 s1 s2 s3 s4 s5 s6 s8 s9 s10 s12 s13 s14 s15 "
			 "s16 s17 s18 s19");
	request_free(&r);
}
END_TEST

/* Whose answer would come too late is told at once. */
START_TEST(too_many_are_shed)
{
	struct request r, t[3];

	start(&r);
	pg_pause();
	request_turn(&t[0], r.change.conversation, 0);
	request_push(b, &t[0]);
	batch_wait(b, 500);
	request_turn(&t[1], r.change.conversation, 0);
	request_push(b, &t[1]);
	batch_wait(b, 700);
	request_turn(&t[2], r.change.conversation, 0);
	request_push(b, &t[2]);
	batch_wait(b, 10);
	int done = t[2].done, shed = (int)t[2].outcome;
	batch_wait(b, 600);
	pg_resume();
	ck_assert_int_eq(done, 1);
	ck_assert_int_eq(shed, BATCH_BUSY);
	ck_assert_int_eq(t[1].done, 1);
	ck_assert_int_eq(t[1].outcome, BATCH_BUSY);
	ck_assert_int_le(t[1].spent, 1100);
	ck_assert(batch_wait(b, 5000));
	ck_assert_int_eq(t[0].outcome, BATCH_OK);
	ck_assert_int_eq(number("SELECT count(*) FROM evenkeel.turn"), 2);
	for (int i = 0; i < 3; i++)
		request_free(&t[i]);
	request_free(&r);
}
END_TEST

/* Who is told may ask again at once, whatever it was told. */
static void
once_more(struct request *r)
{
	int *left = r->arg;
	void (*then)(struct request *) = r->then;
	struct request last = *r;

	request_free(r);
	if (--*left < 0)
		return;
	request_repeat(r, &last);
	if (*left % 3 > 0)
		request_turn(r, last.change.conversation, 0);
	r->arg = left;
	r->then = then;
	request_push(b, r);
}

START_TEST(who_is_told_may_push)
{
	struct request r, *t = calloc(32, sizeof(*t));
	int left = 500;

	start(&r);
	for (int i = 0; i < 32; i++) {
		request_turn(&t[i], r.change.conversation, i % 2);
		if (i % 4 == 3)
			memcpy(t[i].change.key, t[i - 1].change.key,
			       BATCH_HASH);
		t[i].arg = &left;
		t[i].then = once_more;
		request_push(b, &t[i]);
	}
	ck_assert(batch_wait(b, 20000));
	ck_assert_int_lt(left, 0);
	ck_assert_int_eq(number("SELECT count(*) - max(n) FROM evenkeel.turn"),
			 0);
	ck_assert_int_eq(number("SELECT count(*) FROM evenkeel.turn"),
			 (int)batch_stats(b)->outcomes[BATCH_OK]);
	free(t);
	request_free(&r);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("batch queue");
	TCase *tc = tcase_create("queue");

	tcase_add_unchecked_fixture(tc, fixture_start, fixture_stop);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, those_of_a_conversation_keep_their_order);
	tcase_add_test(tc, too_many_are_shed);
	tcase_add_test(tc, who_is_told_may_push);
	suite_add_tcase(suite, tc);
	return fixture_main(suite, CK_NOFORK);
}
