/*
 * migrate.c - bring the schema up to what this program expects.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <libpq-fe.h>

#include "gen/queries.h"
#include "sql/migrate.h"

#define PATIENCE_MS (30 * 60 * 1000) /* a long table takes long to change */

/* Is the row (version, name, checksum) ${m}?  MIGRATE_CURRENT if it is. */
static enum migrate_verdict
compare(struct db *db, const struct migration *m, const PGresult *applied,
	int row, struct db_error *err)
{
	PGresult *res;
	const char *params[] = { m->text };

	if (db_query(db, &query_migration_checksum, params, &res, err) != DB_OK)
		return MIGRATE_FAILED;
	bool same =
		(int)strtol(PQgetvalue(applied, row, 0), NULL, 10) ==
			m->version &&
		strcmp(PQgetvalue(applied, row, 2), PQgetvalue(res, 0, 0)) == 0;
	PQclear(res);
	if (same)
		return MIGRATE_CURRENT;
	db_fail(err, DB_BUG,
		"migration %s of the database is not %s of this program",
		PQgetvalue(applied, row, 1), m->name);
	return MIGRATE_ALTERED;
}

static enum migrate_verdict
compare_all(struct db *db, const PGresult *applied, int *n,
	    struct db_error *err)
{
	enum migrate_verdict verdict = MIGRATE_CURRENT;

	*n = PQntuples(applied);
	if (*n > n_migrations) {
		db_fail(err, DB_BUG,
			"the database is at migration %d, this program knows "
			"%d: use the newer program",
			*n, n_migrations);
		return MIGRATE_NEWER;
	}
	for (int i = 0; i < *n && verdict == MIGRATE_CURRENT; i++)
		verdict = compare(db, &migrations[i], applied, i, err);
	if (verdict == MIGRATE_CURRENT && *n < n_migrations) {
		db_fail(err, DB_BUG,
			"the database is at migration %d of %d: run evenkeel "
			"migrate",
			*n, n_migrations);
		verdict = MIGRATE_OLDER;
	}
	return verdict;
}

/* Look where the schema stands; ${n} migrations are applied. */
static enum migrate_verdict
look(struct db *db, int *n, struct db_error *err)
{
	PGresult *res, *none = NULL;

	*n = 0;
	if (db_query(db, &query_migrations_exist, NULL, &res, err) != DB_OK)
		return MIGRATE_FAILED;
	bool exist = strcmp(PQgetvalue(res, 0, 0), "t") == 0;
	PQclear(res);

	enum db_status status = DB_NO_ROWS;
	if (exist)
		status =
			db_query(db, &query_migrations_select, NULL, &res, err);
	if (status == DB_NO_ROWS)
		return compare_all(db, none, n, err);
	if (status != DB_OK)
		return MIGRATE_FAILED;
	enum migrate_verdict verdict = compare_all(db, res, n, err);
	PQclear(res);
	return verdict;
}

static enum db_status
apply(struct db *db, const struct migration *m, struct db_error *err)
{
	char version[sizeof("-2147483648")];
	const char *params[] = { version, m->name, m->text };
	struct db_error why;

	snprintf(version, sizeof(version), "%d", m->version);
	enum db_status status = db_exec(db, m->text, &why);
	if (status == DB_OK)
		return db_run(db, &query_migration_insert, params, err);
	db_fail(err, status, "migration %s: %.200s", m->name, why.message);
	memcpy(err->sqlstate, why.sqlstate, sizeof(err->sqlstate));
	return status;
}

/* In a transaction of its own: wait for others, look again, apply one. */
static enum migrate_verdict
step(struct db *db, int *version, struct db_error *err)
{
	int n;
	enum migrate_verdict verdict = MIGRATE_FAILED;

	if (db_begin(db, DB_CHANGE, err) != DB_OK)
		return MIGRATE_FAILED;
	if (db_patience(db, PATIENCE_MS, err) == DB_OK &&
	    db_run(db, &query_migrations_lock, NULL, err) == DB_OK)
		verdict = look(db, &n, err);
	if (verdict != MIGRATE_OLDER) {
		db_rollback(db);
		return verdict;
	}
	if (apply(db, &migrations[n], err) != DB_OK) {
		db_rollback(db);
		return MIGRATE_FAILED;
	}
	*version = n + 1;
	return db_commit(db, err) == DB_OK ? MIGRATE_OLDER : MIGRATE_FAILED;
}

enum migrate_verdict
migrate_run(struct db *db,
	    void (*applied)(void *arg, int version, const char *name, int ms),
	    void *arg, struct db_error *err)
{
	for (;;) {
		struct timespec from, to;
		int version = 0;

		clock_gettime(CLOCK_MONOTONIC, &from);
		enum migrate_verdict verdict = step(db, &version, err);
		if (verdict != MIGRATE_OLDER)
			return verdict;
		clock_gettime(CLOCK_MONOTONIC, &to);
		long ms = (to.tv_sec - from.tv_sec) * 1000 +
			  (to.tv_nsec - from.tv_nsec) / 1000000;
		applied(arg, version, migrations[version - 1].name, (int)ms);
	}
}

enum migrate_verdict
migrate_check(struct db *db, struct db_error *err)
{
	int n;

	return look(db, &n, err);
}
