/*
 * test_conversations_private.c - what a customer said is nowhere: not in the
 * database, not in what it writes of its own, not in logs, not in metrics.
 *
 * Every way to ask is gone through with marks in it, refusals, repeats and a
 * database that fails too.  A caller's own ids and what was promised are kept
 * on purpose, but are in no log and no metric of ours.
 */
#include <check.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/api/service.h"
#include "tests/api/talking.h"
#include "tests/sql/fixture.h"

#define NELEMS(a) (sizeof(a) / sizeof((a)[0]))

/* Every mark begins alike. */
#define MARK "zqx"
#define SAID MARK "said"   /* by a customer */
#define SENT MARK "sent"   /* an Idempotency-Key */
#define OWN MARK "own"	   /* a caller's id */
#define PLEDGED MARK "vow" /* of a promise */
#define VALUES \
	"'values':{'customer_name':'" SAID "1','order_ref':'" SAID \
	"2','matter':'the " SAID "3','due_date':'" SAID "4'}"
#define PROMISE \
	"'promise':{'who':'" PLEDGED "1','what':'" PLEDGED \
	"2','due':'" TALK_LATER "'}"

static struct talk t;
static struct said first;

/* The next key with a mark in it. */
static void
ask(const char *what, const char *body)
{
	static int n;

	talk_send(&t, what,
		  talk_fmt("Idempotency-Key: " SENT "-%d\r\n"
			   "If-Match: *\r\n",
			   ++n),
		  body);
}

static void
must(int status, const char *what, const char *body)
{
	ask(what, body);
	ck_assert_msg(t.answer.status == status, "%s %s: %.2000s", what, body,
		      t.answer.body);
}

static void
lacks(const char *text, const char *mark, const char *where)
{
	const char *at = strstr(text, mark);

	if (at == NULL)
		return;
	size_t before = at - text > 200 ? 200 : (size_t)(at - text);
	ck_abort_msg("%s is in %s: %.400s", mark, where, at - before);
}

/* Drafts and messages by themselves; what they hold is no answer's but where
 * it says which words it means. */
static void
have_words_read(void)
{
	must(200, "check",
	     "{'text':'You " SAID "8 should have known.','said':['" SAID
	     "9']," VALUES "}");
	must(422, "check", "{'text':'" SAID "8','" SAID "':1}");
	must(404, "check", "{'text':'" SAID "8','stage':'" SAID "'}");
	must(200, "read", "{'text':'" SAID "8, I want my money back!'}");
	lacks(t.answer.body, SAID, "the answer");
	must(422, "read", "{'text':'" SAID "8','" SAID "':1}");
}

static void
ask_everything(void)
{
	must(201, "start",
	     "{'category':'delivery.late','ref':'" OWN "1','subject':'" OWN
	     "2','phrases':10," VALUES "}");
	first = talk_said(&t);
	must(200, "turns", "{'signal':'next','phrases':10," VALUES "}");
	must(200, "turns",
	     "{'signal':'told','phrases':10," PROMISE "," VALUES "}");
	must(200, "turns", "{'signal':'confirms','raw':true," VALUES "}");
	/* It is used, or the rest means nothing. */
	must(200, "turns", "{'signal':'next','phrases':10," VALUES "}");
	ck_assert_ptr_nonnull(strstr(t.answer.body, SAID "1"));
	must(200, "turns",
	     "{'message':'" SAID "6 is still not here! You " SAID
	     "7 idiot. Get me your manager.','read':true," VALUES "}");
	ck_assert_str_eq(talk_text(&t, "read/confirm/0/code"), "abusive");
	lacks(t.answer.body, SAID "6", "the answer");
	must(200, "undo", "{'phrases':10," VALUES "}");
	must(200, "undo", "{'phrases':10," VALUES "}");
	must(200, "patch", "{'root_cause':'courier'," VALUES "}");
	must(200, "follow-ups/0", "{'result':'no_answer'," VALUES "}");
	must(200, "turns", "{'signal':'next'," PROMISE "," VALUES "}");
	must(200, "promises/2", "{'result':'kept'," VALUES "}");
	must(200, "turns",
	     "{'signal':'next','to':'thank','force':true," VALUES "}");
	must(200, "turns", "{'signal':'next'," VALUES "}");
	talk_do(&t, 200,
		"get?turns=all&values.customer_name=" SAID
		"&values.order_ref=" SAID,
		NULL);
	talk_do(&t, 200, "list?ref=" OWN "1&subject=" OWN "2", NULL);
	talk_do(&t, 200, "list?category=" OWN, NULL);
	talk_do(&t, 200, "export?subject=" OWN "2", NULL);
	ck_assert_ptr_nonnull(strstr(t.answer.body, PLEDGED "1"));
	ck_assert_ptr_null(strstr(t.answer.body, SAID));
	talk_do(&t, 200, "due", NULL);
	talk_do(&t, 200, "next",
		"{'category':'delivery.late','stage':'open'," VALUES "}");
	talk_repeat(&t, &first);
	ck_assert_int_eq(t.answer.status, 201);
}

/* clang-format off */
static const struct event refused[] = {
	{ "start", "{'category':'" SAID "'}", 404, NULL },
	{ "start", "{'category':'general','" SAID "':1}", 422, NULL },
	{ "start", "{'category':'general','ref':['" OWN "']}", 422, NULL },
	{ "start", "{'category':'general','values':{'" SAID "':'" SAID "'}}", 422, NULL },
	{ "start", "{'category':'general','values':{'when':'" SAID "\\n'}}", 422, NULL },
	{ "start", "{'category':'general','" SAID "'", 400, NULL },
	{ "start", SAID, 400, NULL },
	{ "turns", "{'signal':'" SAID "'}", 422, NULL },
	{ "turns", "{'message':'" SAID "'}", 422, NULL },
	{ "turns", "{'message':'" SAID "','read':true,'signal':'next'}", 422, NULL },
	{ "turns", "{'message':['" SAID "'],'read':true}", 422, NULL },
	{ "turns", "{'signal':'next','to':'" SAID "'}", 404, NULL },
	{ "turns", "{'signal':'next','used':['" SAID "']}", 422, NULL },
	{ "turns", "{'signal':'next','promise':{'" SAID "':1}}", 422, NULL },
	{ "turns?x=" SAID, "{'signal':'next'," VALUES "}", 422, NULL },
	{ "undo", "{'" SAID "':1}", 422, NULL },
	{ "patch", "{'root_cause':'" SAID " '}", 422, NULL },
	{ "patch", "{'status':'closed'," VALUES "}", 409, NULL },
	{ "patch", "{'outcome':'" SAID "'}", 422, NULL },
	{ "promises/" SAID, "{'result':'kept'}", 404, NULL },
	{ "promises/1", "{'result':'" SAID "'}", 422, NULL },
	{ "promises/1", "{'result':'kept'," VALUES "}", 409, NULL },
	{ "get?" SAID "=1", NULL, 422, NULL },
	{ "get?values." SAID "=1", NULL, 422, NULL },
	{ "list?" SAID "=1", NULL, 422, NULL },
	{ "list?cursor=" SAID, NULL, 422, NULL },
	{ "due?due_before=" SAID, NULL, 422, NULL },
	{ "export?" SAID "=1", NULL, 422, NULL },
	{ "erasures", "{'" SAID "':'" OWN "2'}", 422, NULL },
};
/* clang-format on */

/* What goes wrong tells most. */
static void
be_refused(void)
{
	for (size_t i = 0; i < NELEMS(refused); i++) {
		if (refused[i].status == 409 && i > 0 &&
		    strcmp(refused[i].what, "patch") == 0)
			must(200, "turns",
			     "{'signal':'told'," PROMISE "," VALUES "}");
		must(refused[i].status, refused[i].what, refused[i].body);
	}
	talk_send(&t, "turns",
		  "Idempotency-Key: " SENT "\r\nIf-Match: \"" SENT "\"\r\n",
		  "{'signal':'next'," VALUES "}");
	ck_assert_int_eq(t.answer.status, 412);
	talk_send(&t, "turns", talk_fmt("%s", first.headers),
		  "{'signal':'next'," VALUES "}");
	ck_assert_int_ge(t.answer.status, 400);
}

/* A row that the database does not take, and a table that it waits for. */
static void
have_it_fail(void)
{
	static const char *const tables[] = { "conversation", "turn", "promise",
					      "idempotency" };

	for (size_t i = 0; i < NELEMS(tables); i++) {
		pg_sql("ALTER TABLE evenkeel.%s ADD CONSTRAINT never CHECK "
		       "(false) NOT VALID",
		       tables[i]);
		must(500, i % 2 == 0 ? "turns" : "start",
		     i % 2 == 0 ? "{'signal':'told'," PROMISE "," VALUES "}"
				: "{'category':'general','ref':'" OWN
				  "1','subject':'" OWN "2'," VALUES "}");
		pg_sql("ALTER TABLE evenkeel.%s DROP CONSTRAINT never",
		       tables[i]);
	}
	/* The connections end while there is something to write. */
	pg_sql("SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
	       "WHERE datname = current_database() AND pid <> "
	       "pg_backend_pid()");
	ask("turns", "{'signal':'told'," PROMISE "," VALUES "}");
	ck_assert(t.answer.status == 200 || t.answer.status == 503);
}

/* --- where to look -------------------------------------------------------- */

/* All that ${command} prints, or all of ${fd}; the caller frees it. */
static char *
drain(FILE *in)
{
	size_t size = 1 << 16, len = 0, n;
	char *text = malloc(size);

	ck_assert_ptr_nonnull(text);
	while ((n = fread(text + len, 1, size - 1 - len, in)) > 0) {
		len += n;
		if (size - len < 4096)
			text = realloc(text, size *= 2);
		ck_assert_ptr_nonnull(text);
	}
	for (size_t i = 0; i < len; i++)
		if (text[i] == '\0')
			text[i] = ' ';
	text[len] = '\0';
	return text;
}

static char *
printed(const char *command)
{
	FILE *in = popen(command, "r");

	ck_assert_ptr_nonnull(in);
	char *text = drain(in);
	ck_assert_int_eq(pclose(in), 0);
	return text;
}

static char *
dump(void)
{
	char *text = printed(talk_fmt("%s/pg_dump -d '%s'",
				      pg_sql("SELECT setting FROM pg_config() "
					     "WHERE name = 'BINDIR'"),
				      pg_url()));

	ck_assert_ptr_nonnull(
		strstr(text, "PostgreSQL database dump complete"));
	return text;
}

/* In all of the database's files, its logs among them, says grep. */
static void
files_lack(const char *mark)
{
	char *found = printed(
		talk_fmt("grep -rlaF %s %s || true", mark, pg_socket_dir()));

	ck_assert_str_eq(found, "");
	free(found);
}

START_TEST(what_a_customer_said_is_nowhere)
{
	struct service *service;
	char *text;

	service_shipped();
	/* It tells of everything that it is sent. */
	pg_sql("ALTER SYSTEM SET log_statement = 'all'");
	pg_sql("ALTER SYSTEM SET log_parameter_max_length_on_error = -1");
	pg_sql("ALTER SYSTEM SET log_min_duration_statement = 0");
	pg_sql("SELECT pg_reload_conf()");
	service = service_start(NULL);
	service_expect(service, "release 1");
	service_writes(service, "");
	talk_open(&t, service->port);
	ask_everything();
	have_words_read();
	be_refused();
	have_it_fail();
	struct answer metrics = client_get(service->port, "/metrics");

	lacks(metrics.body, MARK, "the metrics");
	ck_assert_ptr_nonnull(strstr(metrics.body, "evenkeel_"));
	answer_free(&metrics);

	text = dump();
	ck_assert_ptr_nonnull(strstr(text, OWN "1"));
	ck_assert_ptr_nonnull(strstr(text, OWN "2"));
	ck_assert_ptr_nonnull(strstr(text, PLEDGED "1"));
	lacks(text, SAID, "the database");
	lacks(text, SENT, "the database");
	free(text);
	pg_sql("CHECKPOINT");
	files_lack(SAID);
	files_lack(SENT);

	must(200, "erasures", "{'subject':'" OWN "2'}");
	text = dump();
	lacks(text, MARK, "the database, though erased");
	free(text);

	talk_close(&t);
	said_free(&first);
	service_signal(service, SIGTERM);
	FILE *log = fdopen(dup(service->err), "r");
	ck_assert_ptr_nonnull(log);
	text = drain(log);
	(void)fclose(log);
	ck_assert_ptr_nonnull(strstr(text, "/v1/conversations/{id}/turns"));
	lacks(text, MARK, "the log");
	free(text);
	ck_assert_int_eq(service_stop(service), 0);
}
END_TEST

static void
start(void)
{
	pg_start(PG_FAST);
}

int
main(void)
{
	Suite *suite = suite_create("conversations_private");
	TCase *tc = tcase_create("private");

	tcase_add_unchecked_fixture(tc, start, pg_stop);
	tcase_set_timeout(tc, 120);
	tcase_add_test(tc, what_a_customer_said_is_nowhere);
	suite_add_tcase(suite, tc);
	return fixture_main(suite, CK_NOFORK);
}
