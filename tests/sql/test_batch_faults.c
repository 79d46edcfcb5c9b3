/*
 * test_batch_faults.c - a batch whose database dies, stops, or loses its place.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "sql/batch_parts.h"
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
}

/* Turns of ${r} go on within 2 s. */
static void
recovered(const struct request *r)
{
	struct request t;
	long since = fixture_ms();

	do {
		request_turn(&t, r->change.conversation, 1);
		request_push(b, &t);
		ck_assert(batch_wait(b, 5000));
		request_free(&t);
	} while (t.outcome != BATCH_OK && fixture_ms() - since < 5000);
	ck_assert_int_eq(t.outcome, BATCH_OK);
	ck_assert_int_le((int)(fixture_ms() - since), 2000);
}

START_TEST(no_database_is_said_soon)
{
	struct request r, t;

	start(&r);
	pg_kill();
	request_turn(&t, r.change.conversation, 1);
	request_expect(b, &t, BATCH_DOWN);
	ck_assert_int_le(t.spent, 600);
	request_free(&t);
	pg_restart();
	recovered(&r);
	request_free(&r);
}
END_TEST

/* It is sent, and the server may yet do it. */
START_TEST(a_paused_database_is_not_guessed_about)
{
	struct request r, t, again;

	start(&r);
	pg_pause();
	request_start(&t);
	request_push(b, &t);
	bool all = batch_wait(b, 5000);
	pg_resume();
	ck_assert(all);
	ck_assert_int_eq(t.outcome, BATCH_UNKNOWN);
	ck_assert_int_le(t.spent, 3500);

	/* Whatever came of it: the same key settles it. */
	long since = fixture_ms();
	do {
		request_repeat(&again, &t);
		memcpy(again.change.conversation, t.change.conversation,
		       CASE_ID);
		request_push(b, &again);
		ck_assert(batch_wait(b, 5000));
		request_free(&again);
	} while (again.outcome != BATCH_OK && again.outcome != BATCH_REPLAY &&
		 fixture_ms() - since < 5000);
	ck_assert(again.outcome == BATCH_OK || again.outcome == BATCH_REPLAY);
	ck_assert_int_eq(number("SELECT count(*) FROM evenkeel.turn"), 2);
	request_free(&r);
	request_free(&t);
}
END_TEST

/* Nothing was sent but a question. */
START_TEST(a_paused_database_did_nothing_that_it_was_not_told)
{
	struct request r, t;

	start(&r);
	b = batch_anew(b);
	request_start(&t);
	t.refuse = true;
	request_expect(b, &t, BATCH_REFUSED);
	request_free(&t);
	pg_pause();
	request_turn(&t, r.change.conversation, 1);
	request_push(b, &t);
	bool all = batch_wait(b, 5000);
	pg_resume();
	ck_assert(all);
	ck_assert_int_eq(t.outcome, BATCH_DOWN);
	recovered(&r);
	request_free(&r);
	request_free(&t);
}
END_TEST

START_TEST(a_demoted_primary_is_left)
{
	struct request r, t;

	start(&r);
	pg_sql("ALTER SYSTEM SET default_transaction_read_only = on");
	pg_sql("SELECT pg_reload_conf()");
	pg_sql("SELECT pg_sleep(0.1)");
	request_turn(&t, r.change.conversation, 1);
	request_expect(b, &t, BATCH_DOWN);
	ck_assert_ptr_nonnull(strstr(t.change.why, "25006"));
	request_free(&t);
	pg_sql("ALTER SYSTEM RESET default_transaction_read_only");
	pg_sql("SELECT pg_reload_conf()");
	recovered(&r);
	request_free(&r);
}
END_TEST

/* The server dies again and again while 8 go on; each knows where it is. */
#define WRITERS 8
struct writer {
	struct request r;
	uint8_t id[CASE_ID];
	int version; /* acknowledged */
	bool again;  /* the outcome was unknown: the same once more */
	int unknown;
};

static void
go_on(struct writer *w)
{
	struct request last = w->r;

	if (w->again)
		request_repeat(&w->r, &last);
	else
		request_turn(&w->r, w->id, w->version);
	request_push(b, &w->r);
}

static void
settle(struct writer *w)
{
	switch (w->r.outcome) {
	case BATCH_OK:
		w->version++;
		w->again = false;
		break;
	case BATCH_REPLAY:
		ck_assert_int_eq(w->r.change.replay.version, w->version + 1);
		w->version++;
		w->again = false;
		break;
	case BATCH_UNKNOWN:
		w->unknown++;
		w->again = true;
		break;
	case BATCH_DOWN:
	case BATCH_BUSY:
	case BATCH_FULL:
		break;
	default:
		ck_abort_msg("outcome %d: %s", w->r.outcome, w->r.change.why);
	}
	ck_assert_int_le(w->r.spent, 3500);
	request_free(&w->r);
}

/*
 * In the middle of whatever is done then; and up again.  A server ends with the
 * thread that started it, so this one stays until it is told to go.
 */
#define KILLS 6
static struct {
	atomic_int kills;
	pthread_mutex_t stay;
} killer;

static void *
kill_and_restart(void *arg)
{
	struct timespec nap = { 0 };

	(void)arg;
	while (killer.kills < KILLS) {
		nap.tv_nsec = 200000000 + random() % 200000000;
		nanosleep(&nap, NULL);
		pg_kill();
		pg_restart();
		killer.kills++;
	}
	pthread_mutex_lock(&killer.stay);
	return NULL;
}

START_TEST(nothing_acknowledged_is_lost_or_doubled)
{
	struct writer *w = calloc(WRITERS, sizeof(*w));
	int unknown = 0, all = 0, again = 0;
	pthread_t thread;

	for (int i = 0; i < WRITERS; i++) {
		start(&w[i].r);
		memcpy(w[i].id, w[i].r.change.conversation, CASE_ID);
		w[i].version = 1;
		request_free(&w[i].r);
	}
	pthread_mutex_init(&killer.stay, NULL);
	pthread_mutex_lock(&killer.stay);
	pthread_create(&thread, NULL, kill_and_restart, NULL);
	while (killer.kills < KILLS || again > 0) {
		for (int i = 0; i < WRITERS; i++)
			go_on(&w[i]);
		ck_assert(batch_wait(b, 5000));
		again = 0;
		for (int i = 0; i < WRITERS; i++) {
			settle(&w[i]);
			again += w[i].again;
		}
	}
	for (int i = 0; i < WRITERS; i++) {
		unknown += w[i].unknown;
		all += w[i].version;
	}
	ck_assert_int_eq(number("SELECT sum(version) FROM "
				"evenkeel.conversation"),
			 all);
	ck_assert_int_eq(number("SELECT count(*) FROM evenkeel.turn"), all);
	ck_assert_int_eq(number("SELECT count(*) FROM evenkeel.idempotency"),
			 all);
	ck_assert_int_gt(all, 100);
	const struct batch_stats *stats = batch_stats(b);
	printf("%d turns, %d unknown, %d connections lost, %d found\n", all,
	       unknown, (int)stats->lost, (int)stats->outcomes[BATCH_REPLAY]);
	ck_assert_int_ge((int)stats->lost, 1);
	pthread_mutex_unlock(&killer.stay);
	pthread_join(thread, NULL);
	pg_restart();
	free(w);
}
END_TEST

/* --- a connection lost in the middle
 * ------------------------------------------ */

/* From now on each turn takes so long, in seconds, and then ${ends}. */
static void
slow_turns(const char *seconds, const char *ends)
{
	pg_sql("CREATE FUNCTION public.slowly() RETURNS trigger LANGUAGE "
	       "plpgsql AS $$ BEGIN PERFORM pg_sleep(%s); %s; END $$; "
	       "CREATE TRIGGER slowly AFTER INSERT ON evenkeel.turn FOR EACH "
	       "ROW EXECUTE FUNCTION public.slowly()",
	       seconds, ends);
}

/* Push ${r}, and cut the connection while the server is at work on it. */
static void
cut(struct request *r)
{
	request_push(b, r);
	for (int i = 0; i < 100 && b->state != LINE_WRITE; i++)
		batch_wait(b, 10);
	ck_assert_int_eq((int)b->state, LINE_WRITE);
	batch_wait(b, 50);
	ck_assert_int_eq(shutdown(b->fd, SHUT_RDWR), 0);
	ck_assert(batch_wait(b, 5000));
	ck_assert_int_eq(r->done, 1);
	ck_assert_int_le(r->spent, 3500);
	ck_assert_int_eq((int)batch_stats(b)->lost, 1);
}

/* clang-format off */
static const struct {
	bool start, keyed;
	int if_match;
	const char *seconds;		/* that the server goes on alone */
	const char *ends;		/* and then does */
	enum batch_outcome outcome;
	enum batch_outcome then;	/* of the same once more, later */
} cuts[] = {
	/* It comes true while it is looked for. */
	{ true,  true,  0, "0.25", "RETURN NULL", BATCH_REPLAY, BATCH_REPLAY },
	{ false, true,  1, "0.25", "RETURN NULL", BATCH_REPLAY, BATCH_REPLAY },
	{ false, true,  0, "0.25", "RETURN NULL", BATCH_REPLAY, BATCH_REPLAY },
	{ false, false, 1, "0.25", "RETURN NULL", BATCH_UNKNOWN, BATCH_VERSION },
	{ false, false, 0, "0.25", "RETURN NULL", BATCH_UNKNOWN, BATCH_OK },
	/* It has not by the time that an answer is due. */
	{ true,  true,  0, "1.5", "RETURN NULL", BATCH_UNKNOWN, BATCH_REPLAY },
	{ false, true,  1, "1.5", "RETURN NULL", BATCH_UNKNOWN, BATCH_REPLAY },
	{ false, true,  0, "1.5", "RETURN NULL", BATCH_UNKNOWN, BATCH_REPLAY },
	{ false, false, 1, "1.5", "RETURN NULL", BATCH_UNKNOWN, BATCH_VERSION },
};
#define NCUTS ((int)(sizeof(cuts) / sizeof(cuts[0])))
/* clang-format on */

START_TEST(what_was_lost_is_not_guessed_about)
{
	struct request r, t, again;

	start(&r);
	slow_turns(cuts[_i].seconds, cuts[_i].ends);
	if (cuts[_i].start)
		request_start(&t);
	else
		request_turn(&t, r.change.conversation, cuts[_i].if_match);
	t.change.keyed = cuts[_i].keyed;
	cut(&t);
	ck_assert_msg(t.outcome == cuts[_i].outcome, "outcome %d: %s",
		      t.outcome, t.change.why);
	if (t.outcome == BATCH_REPLAY)
		ck_assert(t.change.was_lost);

	/* Once it is over, all is known. */
	pg_sql("DROP TRIGGER slowly ON evenkeel.turn");
	ck_assert_int_eq(number("SELECT count(*) FROM evenkeel.turn"), 2);
	request_repeat(&again, &t);
	again.change.keyed = t.change.keyed;
	request_expect(b, &again, cuts[_i].then);
	ck_assert(!again.change.was_lost);
	ck_assert_int_eq(number("SELECT count(*) FROM evenkeel.turn"),
			 cuts[_i].then == BATCH_OK ? 3 : 2);
	request_free(&r);
	request_free(&t);
	request_free(&again);
}
END_TEST

/* Then the batch itself does it again; once. */
START_TEST(what_was_lost_and_not_done_is_done)
{
	struct request r, t;

	start(&r);
	pg_sql("CREATE SEQUENCE public.tries");
	slow_turns("0.2", "IF nextval('public.tries') = 1 THEN RAISE "
			  "'not this time'; END IF; RETURN NULL");
	request_turn(&t, r.change.conversation, _i);
	cut(&t);
	ck_assert_msg(t.outcome == BATCH_OK, "outcome %d: %s", t.outcome,
		      t.change.why);
	ck_assert_int_eq(t.applied, 2);
	ck_assert_int_eq(number("SELECT last_value FROM public.tries"), 2);
	ck_assert_int_eq(number("SELECT count(*) FROM evenkeel.turn"), 2);
	request_free(&r);
	request_free(&t);
}
END_TEST

/* It can come true no more, and is not ours. */
START_TEST(what_was_lost_and_overtaken_is_told)
{
	struct request r, t;

	start(&r);
	slow_turns("0.2", "RAISE 'no'");
	request_turn(&t, r.change.conversation, 1);
	request_push(b, &t);
	for (int i = 0; i < 100 && b->state != LINE_WRITE; i++)
		batch_wait(b, 10);
	batch_wait(b, 50);
	shutdown(b->fd, SHUT_RDWR);
	pg_sql("UPDATE evenkeel.conversation SET version = 2, turns = 2");
	ck_assert(batch_wait(b, 5000));
	ck_assert_msg(t.outcome == BATCH_VERSION, "outcome %d: %s", t.outcome,
		      t.change.why);
	ck_assert_int_eq(t.change.row->version, 2);
	request_free(&r);
	request_free(&t);
}
END_TEST

/* What waits behind it is not sent twice either, and comes after it. */
START_TEST(those_behind_what_was_lost_keep_their_order)
{
	struct request r, t[4];

	start(&r);
	slow_turns("0.2", "RETURN NULL");
	for (int i = 0; i < 4; i++) {
		request_turn(&t[i], r.change.conversation, 0);
		if (i < 3)
			request_push(b, &t[i]);
	}
	cut(&t[3]);
	for (int i = 0; i < 4; i++) {
		ck_assert_int_eq(t[i].outcome,
				 i == 0 ? BATCH_REPLAY : BATCH_OK);
		ck_assert_int_eq(t[i].done, 1);
		if (i > 0)
			ck_assert_int_eq(t[i].after.version, i + 2);
		request_free(&t[i]);
	}
	ck_assert_int_eq(number("SELECT count(*) FROM evenkeel.turn"), 5);
	request_free(&r);
}
END_TEST

/* Told once each, whatever they were at. */
START_TEST(who_closes_it_leaves_nobody_waiting)
{
	struct request r, t[4];

	start(&r);
	slow_turns("0.3", "RETURN NULL");
	for (int i = 0; i < 4; i++) {
		request_turn(&t[i], r.change.conversation, 0);
		request_push(b, &t[i]);
	}
	if (_i == 1)
		for (int i = 0; i < 100 && b->state != LINE_WRITE; i++)
			batch_wait(b, 10);
	batch_close(b);
	b = NULL;
	for (int i = 0; i < 4; i++) {
		ck_assert_int_eq(t[i].done, 1);
		ck_assert_int_eq(t[i].outcome, _i == 1 && i == 0 ? BATCH_UNKNOWN
								 : BATCH_DOWN);
		request_free(&t[i]);
	}
	request_free(&r);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("batch faults");
	TCase *tc = tcase_create("faults");

	tcase_add_unchecked_fixture(tc, fixture_start, fixture_stop);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, no_database_is_said_soon);
	tcase_add_test(tc, a_paused_database_is_not_guessed_about);
	tcase_add_test(tc, a_paused_database_did_nothing_that_it_was_not_told);
	tcase_add_test(tc, a_demoted_primary_is_left);
	tcase_add_loop_test(tc, what_was_lost_is_not_guessed_about, 0, NCUTS);
	tcase_add_loop_test(tc, what_was_lost_and_not_done_is_done, 0, 2);
	tcase_add_test(tc, what_was_lost_and_overtaken_is_told);
	tcase_add_test(tc, those_behind_what_was_lost_keep_their_order);
	tcase_add_loop_test(tc, who_closes_it_leaves_nobody_waiting, 0, 2);
	tcase_add_test(tc, nothing_acknowledged_is_lost_or_doubled);
	suite_add_tcase(suite, tc);
	return fixture_main(suite, CK_NOFORK);
}
