/*
 * test_roles.c - each role may do what it must, and nothing else.
 */
#include <stdio.h>
#include <string.h>

#include "script/library.h"
#include "script/report.h"
#include "sql/library.h"
#include "sql/migrate.h"
#include "tests/sql/fixture.h"

/* clang-format off */
static const struct {
	const char *table;
	bool read;	/* by reader and writer; the owner may do all */
	bool add;	/* by the writer */
	bool own;	/* the writer's: it reads and deletes, readers do not */
} tables[] = {
	{ "release",           true, false, false },
	{ "setting",           true, false, false },
	{ "stage",             true, false, false },
	{ "signal",            true, false, false },
	{ "transition",        true, false, false },
	{ "protocol",          true, false, false },
	{ "category",          true, false, false },
	{ "phrase",            true, false, false },
	{ "placeholder",       true, false, false },
	{ "channel",           true, false, false },
	{ "wording_rule",      true, false, false },
	{ "draft_rule",        true, false, false },
	{ "cue",               true, false, false },
	{ "fact",              true, false, false },
	{ "principle",         true, false, false },
	{ "source",            true, false, false },
	{ "item",              true, false, false },
	{ "schema_migrations", true, false, false },
	{ "incoming",          false, false, false },
	{ "api_key",           true, true, false },
	{ "conversation",      true, true, true },
	{ "turn",              true, true, true },
	{ "promise",           true, true, true },
	{ "follow_up",         true, true, true },
	{ "idempotency",       true, true, true },
};
#define NTABLES ((int)(sizeof(tables) / sizeof(tables[0])))

static const struct {
	const char *role;
	enum db_role as;
} roles[] = {
	{ "t_owner",    DB_OWNER },
	{ "t_writer",   DB_WRITER },
	{ "t_reader",   DB_WRITER },	/* its grants alone keep it out */
	{ "t_stranger", DB_WRITER },
};
/* clang-format on */

static void
setup(void)
{
	fixture_start();
	fixture_migrated();
	pg_sql("CREATE ROLE t_owner LOGIN IN ROLE evenkeel_owner");
	pg_sql("CREATE ROLE t_writer LOGIN IN ROLE evenkeel_writer");
	pg_sql("CREATE ROLE t_reader LOGIN IN ROLE evenkeel_reader");
	pg_sql("CREATE ROLE t_stranger LOGIN");
}

/* May ${role} run ${sql}, with % for the table?  Nothing of it stays. */
static bool
may(int role, const char *sql, const char *table)
{
	struct db_error err;
	char text[256];

	snprintf(text, sizeof(text), "BEGIN; %.*s%s%s; ROLLBACK",
		 (int)strcspn(sql, "%"), sql, table, strchr(sql, '%') + 1);
	struct db *db =
		db_open(pg_url_as(roles[role].role), roles[role].as, &err);
	enum db_status status = db_exec(db, text, &err);
	db_close(db);
	if (status != DB_OK)
		ck_assert_msg(strcmp(err.sqlstate, "42501") == 0,
			      "%s as %s: %s", text, roles[role].role,
			      err.message);
	return status == DB_OK;
}

/* Every table of the schema has a row above. */
START_TEST(no_table_is_forgotten)
{
	ck_assert_int_eq(
		atoi(pg_sql("SELECT count(*) FROM pg_class WHERE relnamespace "
			    "= 'evenkeel'::regnamespace AND relkind IN ('r', "
			    "'v', 'p') AND NOT relispartition")),
		NTABLES);
}
END_TEST

START_TEST(each_verb_is_for_whom_it_should_be)
{
	const char *table = tables[_i].table;
	bool is_view = strcmp(table, "item") == 0;

	for (int role = 0; role < 4; role++) {
		bool is_owner = role == 0, is_writer = role == 1;
		bool is_stranger = role == 3, own = tables[_i].own;

		ck_assert_int_eq(
			may(role, "SELECT FROM evenkeel.% LIMIT 1", table),
			is_owner || (tables[_i].read && !is_stranger &&
				     (!own || is_writer)));
		if (is_view)
			continue;
		ck_assert_int_eq(may(role,
				     "DELETE FROM evenkeel.% WHERE "
				     "false",
				     table),
				 is_owner || (own && is_writer));
		ck_assert_int_eq(may(role,
				     "INSERT INTO evenkeel.% SELECT "
				     "WHERE false",
				     table),
				 is_owner || (tables[_i].add && is_writer));
		ck_assert_int_eq(may(role,
				     "TRUNCATE evenkeel.%, evenkeel.incoming",
				     table),
				 is_owner);
		ck_assert_int_eq(may(role,
				     "ALTER TABLE evenkeel.% NO FORCE ROW "
				     "LEVEL SECURITY",
				     table),
				 is_owner);
	}
}
END_TEST

/* clang-format off */
static const struct {
	const char *sql;	/* about keys; % is "api_key" */
	bool writer, reader;
} on_keys[] = {
	{ "SELECT id, role, sha256, expires_at, revoked_at FROM evenkeel.%", true, true },
	{ "SELECT note, created_at FROM evenkeel.%", true, false },
	{ "SELECT * FROM evenkeel.%", true, false },
	{ "INSERT INTO evenkeel.% (id, role, sha256, note, expires_at) SELECT '', '', '', '', NULL WHERE false", true, false },
	{ "INSERT INTO evenkeel.% (created_at) SELECT now() WHERE false", false, false },
	{ "INSERT INTO evenkeel.% (revoked_at) SELECT now() WHERE false", false, false },
	{ "UPDATE evenkeel.% SET revoked_at = now() WHERE false", true, false },
	{ "UPDATE evenkeel.% SET role = 'admin' WHERE false", false, false },
	{ "UPDATE evenkeel.% SET sha256 = '' WHERE false", false, false },
	{ "UPDATE evenkeel.% SET expires_at = NULL WHERE false", false, false },
	{ "DELETE FROM evenkeel.% WHERE false", false, false },
};
#define NON_KEYS ((int)(sizeof(on_keys) / sizeof(on_keys[0])))
/* clang-format on */

/* Who can write rows can make keys, but change none. */
START_TEST(keys_are_made_and_revoked_and_never_changed)
{
	const char *sql = on_keys[_i].sql;

	ck_assert(may(0, sql, "api_key"));
	ck_assert_int_eq(may(1, sql, "api_key"), on_keys[_i].writer);
	ck_assert_int_eq(may(2, sql, "api_key"), on_keys[_i].reader);
	ck_assert(!may(3, sql, "api_key"));
}
END_TEST

/* clang-format off */
static const struct {
	const char *sql;	/* about conversations; % is "evenkeel" */
	bool writer;
} on_conversations[] = {
	{ "UPDATE %.conversation SET version = 2, stage = 'x', used = '' WHERE false", true },
	{ "UPDATE %.conversation SET id = gen_random_uuid() WHERE false", false },
	{ "UPDATE %.conversation SET subject = 'x' WHERE false", false },
	{ "UPDATE %.conversation SET ref = 'x' WHERE false", false },
	{ "UPDATE %.conversation SET created_at = now() WHERE false", false },
	{ "UPDATE %.turn SET note = 'x' WHERE false", false },
	{ "UPDATE %.promise SET status = 1 WHERE false", true },
	{ "UPDATE %.promise SET what = 'x' WHERE false", false },
	{ "UPDATE %.follow_up SET due = now(), status = 1 WHERE false", true },
	{ "UPDATE %.follow_up SET id = gen_random_uuid() WHERE false", false },
	{ "UPDATE %.idempotency SET version = 1 WHERE false", false },
	{ "SELECT FROM %.conversation_default", false },
	{ "DROP TABLE %.conversation_default", false },
	{ "SELECT evenkeel.make_months(2) FROM %.schema_migrations", true },
	{ "SELECT evenkeel.drop_months(30) FROM %.schema_migrations", true },
	{ "SELECT evenkeel.month_partition('turn', '2001-01-01') FROM %.schema_migrations", false },
};
#define NON_CONVERSATIONS ((int)(sizeof(on_conversations) / sizeof(on_conversations[0])))
/* clang-format on */

/* Who writes changes what a turn changes; who reads releases sees nothing. */
START_TEST(conversations_are_the_writer_s)
{
	const char *sql = on_conversations[_i].sql;

	ck_assert(may(0, sql, "evenkeel"));
	ck_assert_int_eq(may(1, sql, "evenkeel"), on_conversations[_i].writer);
	ck_assert(!may(2, sql, "evenkeel"));
	ck_assert(!may(3, sql, "evenkeel"));
}
END_TEST

/* Whose functions run as the owner must not be led astray. */
START_TEST(a_function_of_the_owner_has_a_fixed_path)
{
	ck_assert_str_eq(
		pg_sql("SELECT string_agg(proname, ' ') FROM pg_proc WHERE "
		       "pronamespace = 'evenkeel'::regnamespace AND prosecdef "
		       "AND (proconfig IS NULL OR NOT 'search_path=evenkeel, "
		       "pg_catalog, pg_temp' = ANY (proconfig) OR proowner <> "
		       "'evenkeel_owner'::regrole)"),
		"");
	ck_assert_str_eq(
		pg_sql("SELECT string_agg(proname, ' ' ORDER BY proname) FROM "
		       "pg_proc WHERE pronamespace = 'evenkeel'::regnamespace "
		       "AND prosecdef"),
		"drop_months make_months");
}
END_TEST

START_TEST(only_the_owner_makes_tables)
{
	ck_assert(!may(1, "CREATE TABLE evenkeel.%_x ()", "new"));
	ck_assert(!may(2, "CREATE TABLE evenkeel.%_x ()", "new"));
	ck_assert(!may(3, "CREATE TABLE evenkeel.%_x ()", "new"));
	ck_assert(may(0, "CREATE TABLE evenkeel.%_x ()", "new"));
}
END_TEST

START_TEST(every_role_can_check_the_schema)
{
	struct db_error err;

	for (int role = 0; role < 3; role++) {
		struct db *db =
			db_open(pg_url_as(roles[role].role), DB_READER, &err);
		ck_status(migrate_check(db, &err), MIGRATE_CURRENT, err);
		db_close(db);
	}
}
END_TEST

START_TEST(the_owner_s_role_publishes_and_the_others_load)
{
	struct db_error err;
	struct report report = { 0 };
	struct library *lib;
	struct db *db = db_open(pg_url_as("t_owner"), DB_OWNER, &err);
	json_t *bundle = fixture_bundle();

	ck_assert_int_eq(fixture_publish(db, bundle), 1);
	ck_assert_str_eq(pg_sql("SELECT published_by FROM evenkeel.release"),
			 "t_owner");
	db_close(db);
	json_decref(bundle);
	for (int role = 1; role < 3; role++) {
		db = db_open(pg_url_as(roles[role].role), DB_READER, &err);
		ck_status(library_load(db, 1, &lib, &report, &err), DB_OK, err);
		library_unref(lib);
		db_close(db);
	}
}
END_TEST

START_TEST(a_reading_connection_never_writes)
{
	struct db_error err;
	struct db *db = db_open(pg_url_as("t_owner"), DB_READER, &err);

	ck_status(db_exec(db, "DELETE FROM phrase", &err), DB_READ_ONLY, err);
	db_close(db);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("roles");
	TCase *tc = tcase_create("roles");

	tcase_add_unchecked_fixture(tc, setup, fixture_stop);
	tcase_set_timeout(tc, 30);
	tcase_add_loop_test(tc, each_verb_is_for_whom_it_should_be, 0, NTABLES);
	tcase_add_loop_test(tc, keys_are_made_and_revoked_and_never_changed, 0,
			    NON_KEYS);
	tcase_add_loop_test(tc, conversations_are_the_writer_s, 0,
			    NON_CONVERSATIONS);
	tcase_add_test(tc, a_function_of_the_owner_has_a_fixed_path);
	tcase_add_test(tc, no_table_is_forgotten);
	tcase_add_test(tc, only_the_owner_makes_tables);
	tcase_add_test(tc, every_role_can_check_the_schema);
	tcase_add_test(tc, a_reading_connection_never_writes);
	tcase_add_test(tc, the_owner_s_role_publishes_and_the_others_load);
	suite_add_tcase(suite, tc);
	return fixture_main(suite, CK_NOFORK);
}
