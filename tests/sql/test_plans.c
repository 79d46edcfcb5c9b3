/*
 * test_plans.c - every query of the conversation tables goes by an index, and
 * touches the one month that it needs.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libpq-fe.h>

#include "gen/queries.h"
#include "tests/sql/changes.h"
#include "tests/sql/fixture.h"

static PGconn *conn;
static char id[40], month[16];

/* 8,000 conversations in each of three months: enough not to be read whole. */
static void
setup(void)
{
	fixture_start();
	fixture_migrated();
	pg_sql("SET search_path = evenkeel, pg_catalog; INSERT INTO "
	       "conversation SELECT overlay(gen_random_uuid()::text PLACING "
	       "substr(month_begin((date_trunc('month', now() AT TIME ZONE "
	       "'UTC') + i %% 3 * interval '1 month')::date)::text, 1, 13) "
	       "FROM 1)::uuid, 1, 2 - (i %% 50 = 0)::integer, 'general', "
	       "'heart', 'open', 1, 10, 'chat', 'en', 'ref-' || i, 'subject-' "
	       "|| i / 4, NULL, NULL, 0, 0, 2, 2, '', 1, now(), now(), 1, 1, "
	       "0, 0, 0, 0, false, 0, NULL, '', NULL, '', '' FROM "
	       "generate_series(1, 24000) AS i");
	pg_sql("SET search_path = evenkeel, pg_catalog; INSERT INTO turn "
	       "SELECT id, n, now(), 1, NULL, NULL, 'open', true, 2, 1, '', "
	       "NULL, '{}' FROM conversation, generate_series(1, 2) AS n");
	pg_sql("SET search_path = evenkeel, pg_catalog; INSERT INTO promise "
	       "SELECT id, 1, 'a', 'b', now(), 0 FROM conversation; INSERT "
	       "INTO follow_up SELECT id, 1, id, 0, now() + random() * "
	       "interval '9 days', (random() > 0.1)::integer, 0, NULL FROM "
	       "conversation; INSERT INTO idempotency SELECT "
	       "sha256(uuid_send(id)), sha256('x'), id, 1, 1, now() + "
	       "interval '25 hours' * (row_number() OVER () / 24000.0 - 1), NULL "
	       "FROM conversation");
	pg_sql("VACUUM ANALYZE");
	/* A change of one conversation, with a promise and a follow-up. */
	pg_sql("SET search_path = evenkeel, pg_catalog; CREATE FUNCTION "
	       "public.changes(uuid) RETURNS conversation_change[] LANGUAGE "
	       "sql SET search_path = evenkeel, pg_catalog AS $$ SELECT "
	       "ARRAY[ROW($1, 2, 0, 'general', 'heart', 'open', 1, 10, 'chat', "
	       "'en', NULL, NULL, NULL, NULL, 0, 0, 2, 2, '', 1, now(), now(), "
	       "3, 1, 0, 0, 0, 0, false, 0, NULL, '', NULL, '', '', now(), 1, "
	       "NULL, 'open', 'open', true, '', NULL, '{}', sha256('new'), "
	       "sha256('x'), NULL)::conversation_change] $$");
	snprintf(month, sizeof(month), "%s",
		 pg_sql("SELECT to_char(now() AT TIME ZONE 'UTC', "
			"'_YYYY_MM')"));
	snprintf(id, sizeof(id), "%s",
		 pg_sql("SELECT id FROM evenkeel.conversation%s ORDER BY id "
			"LIMIT 1 OFFSET 4000",
			month));
}

static void
teardown(void)
{
	fixture_stop();
}

#define ONE "ARRAY['@'::uuid]"
#define FIRST "'00000000-0000-0000-0000-000000000000'"

/* clang-format off */
static const struct {
	const struct query *q;
	const char *args;	/* @ is the id of a conversation */
	bool batch;		/* as a batch runs it */
	bool one_month;		/* of what is scanned */
} plans[] = {
	{ &query_cases_select,     ONE, true, true },
	{ &query_cases_promises,   ONE, true, true },
	{ &query_cases_follow_ups, ONE, true, true },
	{ &query_cases_before,     ONE, true, true },
	{ &query_cases_keys,       "ARRAY[sha256('1'), sha256('2')]", true, true },
	{ &query_batch_turns,
	  "public.changes('@'), "
	  "ARRAY[ROW('@', 1, 'a', 'b', now(), 1)::promise_change], "
	  "ARRAY[ROW('@', 1, '@', 0, now(), 1, 0, NULL)::follow_up_change]", true, true },
	{ &query_batch_turns_only, "public.changes('@')", true, true },
	{ &query_batch_starts,
	  "public.changes(gen_random_uuid()), ARRAY[]::promise_change[], "
	  "ARRAY[]::follow_up_change[]", true, true },
	{ &query_cases_select,     ONE, false, true },
	{ &query_cases_promises,   ONE, false, true },
	{ &query_cases_follow_ups, ONE, false, true },
	{ &query_cases_turns,      "'@'", false, true },
	{ &query_cases_lock,       "'@'", false, true },
	{ &query_cases_erase,      ONE, false, true },
	{ &query_follow_ups_find,  "'@', '@', '@'", false, true },
	{ &query_cases_all,        "'@', 50, NULL, NULL", false, false },
	{ &query_cases_all,        "'@', 50, 1, NULL", false, false },
	{ &query_cases_by_ref,     "'ref-7', " FIRST ", 50, NULL, NULL, NULL, NULL", false, false },
	{ &query_cases_by_subject, "'subject-7', " FIRST ", 50, NULL, NULL, NULL, NULL", false, false },
	{ &query_cases_lock_subject, "'subject-7'", false, false },
	{ &query_follow_ups_select, "0, 253402300800000000, -62135596800000000, " FIRST ", 50", false, false },
	{ &query_events_due,       "", false, false },
	{ &query_events_select,    "'0', " FIRST ", 0, 50", false, false },
	{ &query_cases_keys_old,   "", false, false },
};
#define NPLANS ((int)(sizeof(plans) / sizeof(plans[0])))
/* clang-format on */

static PGresult *
run(const char *sql)
{
	PGresult *res = PQexec(conn, sql);

	ck_assert_msg(PQresultStatus(res) == PGRES_COMMAND_OK ||
			      PQresultStatus(res) == PGRES_TUPLES_OK,
		      "%s: %s", sql, PQerrorMessage(conn));
	return res;
}

/* ${from} with the id for each @. */
static void
put_id(char *to, size_t size, const char *from)
{
	size_t n = 0;

	for (; *from != '\0' && n + sizeof(id) < size; from++) {
		if (*from == '@')
			n += (size_t)snprintf(to + n, size - n, "%s", id);
		else
			to[n++] = *from;
	}
	to[n] = '\0';
}

/* Judge one line of a plan. */
static void
judge(const char *line, bool one_month, const char *name)
{
	if (strstr(line, " Scan") == NULL ||
	    strstr(line, "never executed") != NULL)
		return;
	/* Nothing is there but after a clock was wrong. */
	if (!one_month && strstr(line, "_default ") != NULL &&
	    strstr(line, "rows=0 ") != NULL)
		return;
	if (strstr(line, " on conversation") == NULL &&
	    strstr(line, " on turn") == NULL &&
	    strstr(line, " on promise") == NULL &&
	    strstr(line, " on follow_up") == NULL &&
	    strstr(line, " on idempotency") == NULL)
		return;
	ck_assert_msg(strstr(line, "Seq Scan") == NULL, "%s: %s", name, line);
	if (one_month)
		ck_assert_msg(strstr(line, month) != NULL ||
				      strstr(line, "idempotency") != NULL,
			      "%s: %s", name, line);
}

START_TEST(it_goes_by_an_index)
{
	const struct query *q = plans[_i].q;
	char args[1024], sql[2048];

	conn = PQconnectdb(pg_url());
	PQclear(run("SET search_path = evenkeel, pg_catalog"));
	if (plans[_i].batch)
		PQclear(run(query_batch_setup.text));
	else
		PQclear(run(_i % 2 ? "SET plan_cache_mode = force_custom_plan"
				   : "SET plan_cache_mode = "
				     "force_generic_plan"));
	PQclear(PQprepare(conn, q->name, q->text, 0, NULL));
	put_id(args, sizeof(args), plans[_i].args);
	snprintf(
		sql, sizeof(sql),
		"EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF) EXECUTE "
		"%s %s%s%s",
		q->name, args[0] != '\0' ? "(" : "", args,
		args[0] != '\0' ? ")" : "");
	PQclear(run("BEGIN"));
	PGresult *res = run(sql);
	ck_assert_int_gt(PQntuples(res), 1);
	for (int i = 0; i < PQntuples(res); i++)
		judge(PQgetvalue(res, i, 0), plans[_i].one_month, q->name);
	PQclear(res);
	PQfinish(conn);
}
END_TEST

/* Whoever adds a query of these tables shows its plan here. */
START_TEST(no_query_is_forgotten)
{
	for (int i = 0; i < N_QUERIES; i++) {
		const char *name = all_queries[i]->name;
		bool shown = strcmp(name, "batch_setup") == 0 ||
			     strcmp(name, "batch_look") == 0;

		if (strncmp(name, "cases_", 6) != 0 &&
		    strncmp(name, "batch_", 6) != 0 &&
		    strncmp(name, "events_", 7) != 0 &&
		    strncmp(name, "follow_ups_", 11) != 0)
			continue;
		for (int p = 0; p < NPLANS; p++)
			shown = shown || plans[p].q == all_queries[i];
		ck_assert_msg(shown, "%s", name);
	}
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("plans");
	TCase *tc = tcase_create("plans");

	tcase_add_unchecked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, it_goes_by_an_index, 0, NPLANS);
	tcase_add_test(tc, no_query_is_forgotten);
	suite_add_tcase(suite, tc);
	return fixture_main(suite, CK_NOFORK);
}
