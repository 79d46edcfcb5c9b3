/*
 * test_events.c - what happened: each kind, the order, and that none is missed
 * while others write.
 */
#include <check.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <libpq-fe.h>

#include "tests/api/asking.h"
#include "tests/api/service.h"
#include "tests/api/talking.h"
#include "tests/sql/fixture.h"

#define WRITERS 6
#define EACH 25 /* conversations of a writer, with three events each */

static struct service *service;
static struct talk t;
static char place[128]; /* next_after, as last told */

static void
start_service(void)
{
	service = service_start(NULL);
	service_expect(service, "release 1");
	service_writes(service, "");
}

static void
start(void)
{
	pg_start(PG_FAST);
	service_shipped();
	start_service();
}

static void
stop(void)
{
	ck_assert_int_eq(service_stop(service), 0);
	pg_stop();
}

static void
setup(void)
{
	talk_open(&t, service->port);
	talk_do(&t, 200, "events?after=now", NULL);
	(void)snprintf(place, sizeof(place), "%s", talk_text(&t, "next_after"));
}

static void
teardown(void)
{
	talk_close(&t);
}

/* The next ${limit} events behind ${place}, which moves on.  Borrowed from
   ${talk}. */
static json_t *
page(struct talk *talk, int limit)
{
	talk_do(talk, 200, talk_fmt("events?after=%s&limit=%d", place, limit),
		NULL);
	json_t *items = json_object_get(talk->json, "items");
	size_t n = json_array_size(items);
	const char *last = asking_text(json_array_get(items, n - 1), "id");

	ck_assert_uint_le(n, (size_t)limit);
	if (n > 0)
		ck_assert_str_eq(talk_text(talk, "next_after"), last);
	else
		ck_assert_str_eq(talk_text(talk, "next_after"), place);
	(void)snprintf(place, sizeof(place), "%s",
		       talk_text(talk, "next_after"));
	return items;
}

/* --- each kind ------------------------------------------------------------ */

START_TEST(each_kind_is_told)
{
	talk_start(&t, "{'category':'general','ref':'T-900',"
		       "'subject':'customer-900',"
		       "'values':{'customer_name':'Ximena'}}");
	talk_signals(&t, "next");
	talk_do(&t, 200, "patch", "{'status':'closed'}");
	pg_sql("INSERT INTO evenkeel.release (number, published_by, note, "
	       "phrases, categories) VALUES (900, 'somebody', 'a note', 1, 1)");
	talk_do(&t, 200, talk_fmt("events?after=%s", place), NULL);
	talk_shows(&t, talk_fmt("{'items':[{'type':'conversation.started',"
				"'conversation':'%s','n':1,'signal':null,"
				"'from':null,'release':1},"
				"{'type':'turn','n':2,'signal':'next'},"
				"{'type':'conversation.closed','n':3,"
				"'moved':false},"
				"{'type':'release.published','release':900}]}",
				t.id));
	ck_assert_ptr_null(strstr(t.answer.body, "900'"));
	ck_assert_ptr_null(strstr(t.answer.body, "T-900"));
	ck_assert_ptr_null(strstr(t.answer.body, "customer-900"));
	ck_assert_ptr_null(strstr(t.answer.body, "Ximena"));
	ck_assert_ptr_null(strstr(t.answer.body, "somebody"));
	pg_sql("DELETE FROM evenkeel.release WHERE number = 900");
}
END_TEST

/* Make what is due in 2130 due now, or not. */
static void
put_due(const char *when)
{
	pg_sql("UPDATE evenkeel.follow_up SET due = %s WHERE conversation = "
	       "'%s'",
	       when, t.id);
}

START_TEST(a_follow_up_is_told_once_when_it_is_due)
{
	talk_start(&t, "{'category':'general'}");
	talk_do(&t, 200, "turns",
		"{'signal':'next','promise':{'who':'we','what':'call Ximena',"
		"'due':'" TALK_LATER "'}}");
	ck_assert_uint_eq(json_array_size(page(&t, 100)), 2);
	ck_assert_uint_eq(json_array_size(page(&t, 100)), 0);

	put_due("now()");
	ck_assert_uint_eq(json_array_size(page(&t, 100)), 1);
	talk_shows(&t, talk_fmt("{'items':[{'type':'follow_up.due',"
				"'conversation':'%s','kind':'deadline',"
				"'signal':'deadline_missed'}]}",
				t.id));
	ck_assert_ptr_null(strstr(t.answer.body, "Ximena"));
	ck_assert_uint_eq(json_array_size(page(&t, 100)), 0);

	/* Put off, it is due again. */
	put_due("now() + interval '1 day'");
	ck_assert_uint_eq(json_array_size(page(&t, 100)), 0);
	put_due("now() - interval '1 second'");
	ck_assert_uint_eq(json_array_size(page(&t, 100)), 1);

	/* What was done is not due. */
	pg_sql("UPDATE evenkeel.follow_up SET status = 1, due = now() WHERE "
	       "conversation = '%s'",
	       t.id);
	ck_assert_uint_eq(json_array_size(page(&t, 100)), 0);
}
END_TEST

START_TEST(what_is_erased_is_told_no_more)
{
	talk_start(&t, "{'category':'general'}");
	talk_do(&t, 204, "delete", NULL);
	ck_assert_uint_eq(json_array_size(page(&t, 100)), 0);
}
END_TEST

/* --- order ---------------------------------------------------------------- */

/* A transaction that began to write first and ends last. */
START_TEST(what_commits_late_is_not_passed_by)
{
	PGconn *late = PQconnectdb(pg_url());

	PQclear(PQexec(late, "BEGIN; INSERT INTO evenkeel.release (number, "
			     "published_by, note, phrases, categories) "
			     "VALUES (901, 'x', 'x', 1, 1)"));
	ck_assert_int_eq(PQtransactionStatus(late), PQTRANS_INTRANS);
	talk_start(&t, "{'category':'general'}");
	ck_assert_uint_eq(json_array_size(page(&t, 100)), 0);
	PQclear(PQexec(late, "COMMIT"));
	PQfinish(late);
	ck_assert_uint_eq(json_array_size(page(&t, 100)), 2);
	talk_shows(&t, "{'items':[{'release':901},"
		       "{'type':'conversation.started'}]}");
	pg_sql("DELETE FROM evenkeel.release WHERE number = 901");
}
END_TEST

/* What comes there was never told; one that writes keeps the end in place. */
START_TEST(a_place_inside_of_what_is_to_come_is_refused)
{
	PGconn *open = PQconnectdb(pg_url());
	unsigned long long end;

	PQclear(PQexec(open, "BEGIN; SELECT pg_current_xact_id()"));
	talk_do(&t, 200, "events?after=now", NULL);
	end = strtoull(talk_text(&t, "next_after"), NULL, 10);
	talk_do(&t, 200, talk_fmt("events?after=%llu__0", end), NULL);
	talk_do(&t, 422, talk_fmt("events?after=%llu__1", end), NULL);
	talk_do(&t, 422,
		talk_fmt("events?after=%llu_01970000-0000-7000-8000-"
			 "000000000000_0",
			 end),
		NULL);
	ck_assert_str_eq(talk_text(&t, "errors/0/pointer"), "/after");
	talk_do(&t, 422, talk_fmt("events?after=%llu__0", end + 1), NULL);
	PQfinish(open);
}
END_TEST

/* A process of its own, for the talk's are not for threads; what it gives back
   is whether all went well. */
static pid_t
writer(void)
{
	pid_t pid = fork();

	ck_assert_int_ge(pid, 0);
	if (pid != 0)
		return pid;
	struct talk own;

	talk_open(&own, service->port);
	for (int i = 0; i < EACH; i++) {
		talk_start(&own, "{'category':'general'}");
		talk_signals(&own, "next next");
	}
	_exit(0);
}

/* Read until all are there, which each must be once and in its order. */
static void
read_all(size_t limit)
{
	json_t *last = json_object(); /* number of the last turn, by id */
	size_t n = 0;

	while (n < WRITERS * EACH * 3) {
		json_t *items = page(&t, (int)limit), *e;
		size_t i;

		json_array_foreach(items, i, e) {
			const char *id = asking_text(e, "conversation");
			json_int_t now =
				json_integer_value(json_object_get(e, "n"));

			ck_assert_int_eq((int)json_integer_value(
						 json_object_get(last, id)) +
						 1,
					 (int)now);
			json_object_set_new(last, id, json_integer(now));
			n++;
		}
	}
	ck_assert_uint_eq(json_object_size(last), WRITERS * EACH);
	json_decref(last);
}

START_TEST(none_is_missed_while_others_write)
{
	pid_t pids[WRITERS];
	int status;
	char from[128];

	(void)snprintf(from, sizeof(from), "%s", place);
	for (int i = 0; i < WRITERS; i++)
		pids[i] = writer();
	read_all(7);
	for (int i = 0; i < WRITERS; i++) {
		ck_assert_int_eq(waitpid(pids[i], &status, 0), pids[i]);
		ck_assert_int_eq(status, 0);
	}
	ck_assert_uint_eq(json_array_size(page(&t, 100)), 0);

	/* And all of them again, one at a time and by as many as there may be,
	 * from another process. */
	ck_assert_int_eq(service_stop(service), 0);
	start_service();
	talk_close(&t);
	talk_open(&t, service->port);
	for (int i = 0; i < 2; i++) {
		(void)snprintf(place, sizeof(place), "%s", from);
		read_all(i == 0 ? 1 : 100);
	}
}
END_TEST

/* --- waiting -------------------------------------------------------------- */

#define MOST 100 /* that may wait */

/* Ask for what comes behind ${place}, and do not wait for the answer. */
static struct client *
wait_for(int seconds)
{
	struct client *c = client_open(service->port);

	ck_assert(client_text(c,
			      "GET /v1/events?after=%s&wait=%d HTTP/1.1\r\n"
			      "Host: localhost\r\n\r\n",
			      place, seconds));
	return c;
}

/* The answer comes within ${ms}; return how many events are in it, or less
   than 0 a status other than 200. */
static int
answered(struct client *c, int ms)
{
	struct answer answer;

	ck_assert(client_read(c, &answer, ms));
	json_t *json = json_loads(answer.body, 0, NULL);
	int n = answer.status == 200
			? (int)json_array_size(json_object_get(json, "items"))
			: -answer.status;

	if (n < 0)
		ck_assert(answer_has(&answer, "Retry-After: 5") ||
			  answer_has(&answer, "Retry-After: 2"));
	json_decref(json);
	answer_free(&answer);
	client_close(c);
	return n;
}

/* Until so many wait, as the metrics tell. */
static void
waits_until(const char *n)
{
	char line[64];

	(void)snprintf(line, sizeof(line),
		       "\nevenkeel_http_requests_waiting "
		       "%s\n",
		       n);
	for (int i = 0; i < 50; i++) {
		struct answer answer = client_get(service->port, "/metrics");
		bool found = strstr(answer.body, line) != NULL;

		answer_free(&answer);
		if (found)
			return;
		(void)usleep(100000);
	}
	ck_abort_msg("never so many wait: %s", n);
}

START_TEST(who_waits_is_answered_when_the_time_is_over)
{
	ck_assert_int_eq(answered(wait_for(1), 5000), 0);
}
END_TEST

/* However many wait: each looks by turns only. */
START_TEST(whoever_waits_is_answered_in_time_among_many)
{
	struct client *waiting[MOST / 2];

	for (int i = 0; i < MOST / 2; i++)
		waiting[i] = wait_for(60);
	ck_assert_int_eq(answered(wait_for(1), 4000), 0);
	talk_start(&t, "{'category':'general'}");
	for (int i = 0; i < MOST / 2; i++)
		ck_assert_int_eq(answered(waiting[i], 5000), 1);
}
END_TEST

/* As many as may wait, and one more.  All are answered by one turn. */
START_TEST(who_waits_is_woken_by_what_happens)
{
	struct client *waiting[MOST];

	for (int i = 0; i < MOST; i++)
		waiting[i] = wait_for(60);
	/* Whoever comes last is refused: which that is, they decide. */
	struct client *late = wait_for(60);
	struct answer refusal;
	int refused_at = -1;

	for (int round = 0; refused_at < 0; round++) {
		ck_assert_int_lt(round, 100);
		if (client_read(late, &refusal, 20))
			refused_at = MOST;
		for (int i = 0; i < MOST && refused_at < 0; i++)
			if (client_read(waiting[i], &refusal, 1))
				refused_at = i;
	}
	ck_assert_int_eq(refusal.status, 503);
	ck_assert(answer_has(&refusal, "Retry-After: 5"));
	answer_free(&refusal);

	/* They hold up nobody. */
	talk_start(&t, "{'category':'general'}");
	for (int i = 0; i <= MOST; i++) {
		struct client *c = i < MOST ? waiting[i] : late;

		if (i == refused_at)
			client_close(c);
		else
			ck_assert_int_eq(answered(c, 5000), 1);
	}
}
END_TEST

/* As many as may wait, and their clients go, one of which only closes its
   half: soon others may wait. */
START_TEST(whoever_has_gone_makes_room)
{
	struct client *waiting[MOST];

	for (int i = 0; i < MOST; i++)
		waiting[i] = wait_for(60);
	waits_until("100");
	ck_assert_int_eq(shutdown(client_fd(waiting[0]), SHUT_WR), 0);
	ck_assert(client_closed(waiting[0], 3000));
	for (int i = 0; i < MOST; i++)
		if (i % 2 == 0)
			client_reset(waiting[i]);
		else
			client_close(waiting[i]);
	waits_until("0");
	ck_assert_int_eq(answered(wait_for(1), 5000), 0);
}
END_TEST

/* Written by one server, read from another. */
START_TEST(who_waits_is_told_of_a_turn_at_another_server)
{
	struct service *other = service_start(NULL);
	struct client *c = wait_for(30);
	struct talk there;

	service_expect(other, "release 1");
	service_writes(other, "");
	waits_until("1");
	talk_open(&there, other->port);
	talk_start(&there, "{'category':'general'}");
	ck_assert_int_eq(answered(c, 5000), 1);
	talk_close(&there);
	ck_assert_int_eq(service_stop(other), 0);
}
END_TEST

START_TEST(who_waits_is_told_what_another_server_does)
{
	struct client *c = wait_for(30);

	pg_sql("INSERT INTO evenkeel.release (number, published_by, note, "
	       "phrases, categories) VALUES (902, 'x', 'x', 1, 1)");
	ck_assert_int_eq(answered(c, 5000), 1);
	pg_sql("DELETE FROM evenkeel.release WHERE number = 902");
}
END_TEST

START_TEST(whoever_waits_is_answered_when_the_server_stops)
{
	struct client *c = wait_for(60), *gone = wait_for(60);

	client_reset(gone);
	/* Both stand in the queue when others that came later are answered. */
	ck_assert_int_eq(answered(wait_for(1), 5000), 0);
	service_signal(service, SIGTERM);
	ck_assert_int_eq(answered(c, 2000), 0);
	ck_assert_int_eq(service_stop(service), 0);
	start_service();
}
END_TEST

START_TEST(whoever_waits_is_told_that_the_database_is_down)
{
	struct client *waiting[3];

	for (int i = 0; i < 3; i++)
		waiting[i] = wait_for(60);
	/* They stand in the queue when one that came later is answered. */
	ck_assert_int_eq(answered(wait_for(1), 5000), 0);
	pg_kill();
	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(answered(waiting[i], 10000), -503);
	ck_assert_int_eq(answered(wait_for(60), 10000), -503);
	pg_restart();
	service_writes(service, "");
	ck_assert_int_eq(answered(wait_for(1), 10000), 0);
}
END_TEST

/* --- refusals ------------------------------------------------------------- */

/* clang-format off */
static const struct {
	const char *what, *pointer; /* NULL: it is good */
} refused[] = {
	{ "events?limit=0", "/limit" },
	{ "events?limit=1", NULL },
	{ "events?limit=100", NULL },
	{ "events?limit=101", "/limit" },
	{ "events?wait=0", NULL },
	{ "events?wait=60", NULL },
	{ "events?wait=61", "/wait" },
	{ "events?wait=-1", "/wait" },
	{ "events?wait=", "/wait" },
	{ "events?wait=1.5", "/wait" },
	{ "events?cursor=1", "/cursor" },
	{ "events?before=1", "" },
	{ "events?after=", "/after" },
	{ "events?after=then", "/after" },
	{ "events?after=1", "/after" },
	{ "events?after=1__", "/after" },
	{ "events?after=1__0", NULL },
	{ "events?after=_01970000-0000-7000-8000-000000000000_1", "/after" },
	{ "events?after=1_01970000-0000-7000-8000-000000000000_", "/after" },
	{ "events?after=1_01970000-0000-7000-8000-00000000000_1", "/after" },
	{ "events?after=1_01970000-0000-7000-8000-000000000000_1", NULL },
	{ "events?after=1_01970000-0000-7000-8000-000000000000_2147483647", NULL },
	{ "events?after=1_01970000-0000-7000-8000-000000000000_2147483648", "/after" },
	{ "events?after=1_01970000-0000-7000-8000-000000000000_1_", "/after" },
	{ "events?after=-1_01970000-0000-7000-8000-000000000000_1", "/after" },
	/* of another cluster */
	{ "events?after=18446744073709551615__0", "/after" },
	{ "events?after=18446744073709551616__0", "/after" },
};
/* clang-format on */

START_TEST(what_makes_no_sense_is_refused)
{
	const char *pointer = refused[_i].pointer;

	talk_do(&t, pointer == NULL ? 200 : 422, refused[_i].what, NULL);
	if (pointer != NULL)
		ck_assert_str_eq(talk_text(&t, "errors/0/pointer"), pointer);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("events");
	TCase *tc = tcase_create("events");

	tcase_add_unchecked_fixture(tc, start, stop);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 120);
	tcase_add_test(tc, each_kind_is_told);
	tcase_add_test(tc, a_follow_up_is_told_once_when_it_is_due);
	tcase_add_test(tc, what_is_erased_is_told_no_more);
	tcase_add_test(tc, what_commits_late_is_not_passed_by);
	tcase_add_test(tc, a_place_inside_of_what_is_to_come_is_refused);
	tcase_add_test(tc, none_is_missed_while_others_write);
	tcase_add_test(tc, who_waits_is_answered_when_the_time_is_over);
	tcase_add_test(tc, whoever_waits_is_answered_in_time_among_many);
	tcase_add_test(tc, who_waits_is_woken_by_what_happens);
	tcase_add_test(tc, whoever_has_gone_makes_room);
	tcase_add_test(tc, who_waits_is_told_of_a_turn_at_another_server);
	tcase_add_test(tc, who_waits_is_told_what_another_server_does);
	tcase_add_test(tc, whoever_waits_is_answered_when_the_server_stops);
	tcase_add_test(tc, whoever_waits_is_told_that_the_database_is_down);
	tcase_add_loop_test(tc, what_makes_no_sense_is_refused, 0,
			    (int)(sizeof(refused) / sizeof(refused[0])));
	suite_add_tcase(suite, tc);
	return fixture_main(suite, CK_NOFORK);
}
