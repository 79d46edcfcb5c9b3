/*
 * conversations.c - conversations read, listed and erased.
 */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libpq-fe.h>

#include "gen/queries.h"
#include "sql/case_rows.h"
#include "sql/conversations.h"

#define UUID_TEXT 37
/* What PostgreSQL's time can hold and we can count from 1970. */
#define TIME_MIN INT64_C(-62135596800000000) /* the year 1 */
#define TIME_MAX INT64_C(253402300800000000) /* the year 10000 */

static enum db_status
no_memory(struct db_error *err)
{
	return db_fail(err, DB_FULL, "out of memory, or a row is no such");
}

static void
print_id(char out[UUID_TEXT], const uint8_t id[CASE_ID])
{
	for (size_t i = 0; i < CASE_ID; i++) {
		(void)snprintf(out, 3, "%02x", id[i]);
		out += 2;
		if (i == 3 || i == 5 || i == 7 || i == 9)
			*out++ = '-';
	}
	*out = '\0';
}

static int64_t
within(int64_t us)
{
	return us < TIME_MIN ? TIME_MIN : us > TIME_MAX ? TIME_MAX : us;
}

static void
print_hash(char out[2 * BATCH_HASH + 1], const uint8_t *hash)
{
	for (size_t i = 0; i < BATCH_HASH; i++)
		(void)snprintf(out + 2 * i, 3, "%02x", hash[i]);
}

/* As db_query(), but no rows are DB_OK: ${res} is NULL then. */
static enum db_status
query(struct db *db, const struct query *q, const char *const *params,
      PGresult **res, struct db_error *err)
{
	*res = NULL;
	enum db_status status = db_query(db, q, params, res, err);

	return status == DB_NO_ROWS ? DB_OK : status;
}

/* Run what gives one whole number, as text; none is 0. */
static enum db_status
query_int(struct db *db, const struct query *q, const char *const *params,
	  int *n, struct db_error *err)
{
	PGresult *res;
	enum db_status status = query(db, q, params, &res, err);

	*n = res != NULL ? (int)strtol(PQgetvalue(res, 0, 0), NULL, 10) : 0;
	PQclear(res);
	return status;
}

/* --- conversations -------------------------------------------------------- */

/* Give the conversations of ${list} what belongs to them. */
static enum db_status
complete(struct db *db, struct arena *a, struct case_list *list,
	 struct db_error *err)
{
	PGresult *promises = NULL, *follow_ups = NULL;
	char *ids = malloc(list->n * UUID_TEXT + 2), *at = ids;

	if (ids == NULL)
		return no_memory(err);
	for (size_t i = 0; i < list->n; i++) {
		*at++ = i == 0 ? '{' : ',';
		print_id(at, list->cases[i].id);
		at += UUID_TEXT - 1;
	}
	memcpy(at, "}", 2);
	const char *params[] = { ids };
	enum db_status status =
		query(db, &query_cases_promises, params, &promises, err);
	if (status == DB_OK)
		status = query(db, &query_cases_follow_ups, params, &follow_ups,
			       err);
	for (size_t i = 0; i < list->n && status == DB_OK; i++) {
		struct kase *c = &list->cases[i];

		if ((promises != NULL && !case_row_promises(a, promises, c)) ||
		    (follow_ups != NULL &&
		     !case_row_follow_ups(a, follow_ups, c)))
			status = no_memory(err);
	}
	PQclear(promises);
	PQclear(follow_ups);
	free(ids);
	return status;
}

static enum db_status
read_list(struct db *db, struct arena *a, const struct query *q,
	  const char *const *params, struct case_list *list,
	  struct db_error *err)
{
	PGresult *res;
	enum db_status status = query(db, q, params, &res, err);

	*list = (struct case_list){ 0 };
	if (status != DB_OK || res == NULL)
		return status;
	list->n = (size_t)PQntuples(res);
	list->cases = arena_zeroed(a, list->n, sizeof(*list->cases));
	bool ok = list->cases != NULL;
	for (size_t i = 0; i < list->n && ok; i++)
		ok = case_row(a, res, (int)i, &list->cases[i]);
	PQclear(res);
	return ok ? complete(db, a, list, err) : no_memory(err);
}

enum db_status
conversations_read(struct db *db, struct arena *a, const uint8_t id[CASE_ID],
		   struct kase *out, struct db_error *err)
{
	struct case_list list;
	char text[UUID_TEXT], ids[UUID_TEXT + 2];
	const char *params[] = { ids };

	print_id(text, id);
	(void)snprintf(ids, sizeof(ids), "{%s}", text);
	enum db_status status =
		read_list(db, a, &query_cases_select, params, &list, err);
	if (status == DB_OK && list.n == 0)
		return db_fail(err, DB_NO_ROWS, "no such conversation");
	if (status == DB_OK)
		*out = list.cases[0];
	return status;
}

enum db_status
conversations_turns(struct db *db, struct arena *a, const uint8_t id[CASE_ID],
		    struct case_turn **turns, size_t *n, struct db_error *err)
{
	PGresult *res;
	char text[UUID_TEXT];
	const char *params[] = { text };

	*turns = NULL;
	*n = 0;
	print_id(text, id);
	enum db_status status =
		query(db, &query_cases_turns, params, &res, err);
	if (status != DB_OK || res == NULL)
		return status;
	struct unpack u = { .res = res, .arena = a };
	size_t rows = (size_t)PQntuples(res);
	*turns = arena_zeroed(a, rows, sizeof(**turns));
	if (*turns == NULL) {
		PQclear(res);
		return no_memory(err);
	}
	for (; *n < rows; ++*n) {
		u.row = (int)*n;
		u.column = 0;
		case_row_turn(&u, &(*turns)[*n]);
	}
	PQclear(res);
	return u.failed ? no_memory(err) : DB_OK;
}

enum db_status
conversations_list(struct db *db, struct arena *a, const struct case_filter *f,
		   struct case_list *list, struct db_error *err)
{
	char after[UUID_TEXT], limit[16], number[16];
	const char *status = f->status >= 0 ? number : NULL;

	print_id(after, f->after);
	(void)snprintf(limit, sizeof(limit), "%d", f->limit);
	(void)snprintf(number, sizeof(number), "%d", f->status);
	const char *all[] = { after, limit, status, f->category };
	const char *by[] = { f->subject,  after,  limit,     status,
			     f->category, f->ref, f->subject };

	if (f->subject == NULL && f->ref == NULL)
		return read_list(db, a, &query_cases_all, all, list, err);
	if (f->subject != NULL)
		return read_list(db, a, &query_cases_by_subject, by, list, err);
	by[0] = f->ref;
	return read_list(db, a, &query_cases_by_ref, by, list, err);
}

/* Call ${each} with the conversations of ${list} and their turns. */
static enum db_status
tell(struct db *db, struct arena *a, const struct case_list *list,
     bool (*each)(void *arg, const struct kase *c,
		  const struct case_turn *turns, size_t n),
     void *arg, struct db_error *err)
{
	for (size_t i = 0; i < list->n; i++) {
		struct case_turn *turns;
		size_t n;
		enum db_status status = conversations_turns(
			db, a, list->cases[i].id, &turns, &n, err);

		if (status != DB_OK)
			return status;
		if (!each(arg, &list->cases[i], turns, n))
			return db_fail(err, DB_NO_ROWS, "given up");
	}
	return DB_OK;
}

enum db_status
conversations_of(struct db *db, const char *subject,
		 bool (*each)(void *arg, const struct kase *c,
			      const struct case_turn *turns, size_t n),
		 void *arg, struct db_error *err)
{
	struct case_filter filter = { .subject = subject,
				      .status = -1,
				      .limit = CONVERSATIONS_PAGE };
	struct case_list list;
	enum db_status status;

	do {
		struct arena a = { 0 };

		status = conversations_list(db, &a, &filter, &list, err);
		if (status == DB_OK)
			status = tell(db, &a, &list, each, arg, err);
		if (status == DB_OK && list.n > 0 && list.cases != NULL)
			memcpy(filter.after, list.cases[list.n - 1].id,
			       CASE_ID);
		arena_free(&a);
	} while (status == DB_OK && list.n == CONVERSATIONS_PAGE);
	return status;
}

/* --- keys --------------------------------------------------------------- */

enum db_status
conversations_key(struct db *db, struct arena *a, const uint8_t key[BATCH_HASH],
		  uint8_t fingerprint[BATCH_HASH], struct batch_replay *replay,
		  struct db_error *err)
{
	char hex[2 * BATCH_HASH + 1], keys[sizeof(hex) + 8];
	const char *params[] = { keys };
	PGresult *res = NULL;

	print_hash(hex, key);
	(void)snprintf(keys, sizeof(keys), "{\\\\x%s}", hex);
	enum db_status status =
		db_query(db, &query_cases_keys, params, &res, err);
	if (status != DB_OK)
		return status;
	bool read = case_row_key(a, res, 0, fingerprint, replay);

	PQclear(res);
	return read ? DB_OK : no_memory(err);
}

/* --- erasing ------------------------------------------------------------ */

/*
 * They are locked first and erased by a statement of its own: one that had to
 * wait for a turn does not see what that turn has added.
 */

/* Commit if ${status} is good, else take back what was begun. */
static enum db_status
finish(struct db *db, enum db_status status, struct db_error *err)
{
	if (status == DB_OK)
		return db_commit(db, err);
	db_rollback(db);
	return status;
}

enum db_status
conversations_erase(struct db *db, const uint8_t id[CASE_ID], int version,
		    int *now, struct db_error *err)
{
	char ids[UUID_TEXT + 2], text[UUID_TEXT];
	const char *params[] = { ids }, *one[] = { text };
	int n;

	print_id(text, id);
	(void)snprintf(ids, sizeof(ids), "{%s}", text);
	enum db_status status = db_begin(db, DB_CHANGE, err);
	if (status == DB_OK)
		status = query_int(db, &query_cases_lock, one, now, err);
	if (status == DB_OK && *now == 0)
		status = db_fail(err, DB_NO_ROWS, "no such conversation");
	if (status == DB_OK && version != 0 && *now != version)
		status = db_fail(err, DB_CONFLICT, "it is at another version");
	if (status == DB_OK)
		status = query_int(db, &query_cases_erase, params, &n, err);
	return finish(db, status, err);
}

/* In one transaction: all, or none. */
static enum db_status
erase_all(struct db *db, const char *subject, int *n, struct db_error *err)
{
	enum db_status status;
	int erased;

	*n = 0;
	do {
		PGresult *res = NULL;

		erased = 0;
		status = query(db, &query_cases_lock_subject, &subject, &res,
			       err);
		if (status == DB_OK && res != NULL) {
			const char *params[] = { PQgetvalue(res, 0, 0) };
			status = query_int(db, &query_cases_erase, params,
					   &erased, err);
		}
		PQclear(res);
		*n += erased;
	} while (status == DB_OK && erased > 0);
	return status;
}

/* Was the key used?  DB_NO_ROWS: no. */
static enum db_status
find_erasure(struct db *db, const char *const *params, struct erasure *e,
	     struct db_error *err)
{
	PGresult *res = NULL;
	enum db_status status =
		db_query(db, &query_erasure_find, params, &res, err);

	if (status != DB_OK)
		return status;
	e->n = (int)strtol(PQgetvalue(res, 0, 0), NULL, 10);
	e->replayed = strcmp(PQgetvalue(res, 0, 1), params[1]) == 0;
	PQclear(res);
	return e->replayed ? DB_OK
			   : db_fail(err, DB_INVALID,
				     "the key was used for something else");
}

enum db_status
conversations_erase_of(struct db *db, const char *subject, struct erasure *e,
		       struct db_error *err)
{
	char key[2 * BATCH_HASH + 1], fingerprint[sizeof(key)], number[16];
	const char *params[] = { key, fingerprint, number };

	print_hash(key, e->key);
	print_hash(fingerprint, e->fingerprint);
	e->replayed = false;
	enum db_status status = db_begin(db, DB_CHANGE, err);
	if (status == DB_OK)
		status = find_erasure(db, params, e, err);
	if (status == DB_NO_ROWS) {
		status = erase_all(db, subject, &e->n, err);
		(void)snprintf(number, sizeof(number), "%d", e->n);
		/* DB_CONFLICT: another was before. */
		if (status == DB_OK)
			status = db_run(db, &query_erasure_keep, params, err);
	}
	return finish(db, status, err);
}

/* --- follow-ups --------------------------------------------------------- */

enum db_status
conversations_follow_ups(struct db *db, struct arena *a,
			 const struct follow_up_filter *filter,
			 struct follow_up_row **rows, size_t *n,
			 struct db_error *err)
{
	char status_text[16], before[24], after_due[24], after[UUID_TEXT];
	char limit[16];
	const char *params[] = { status_text, before, after_due, after, limit };
	PGresult *res;

	*rows = NULL;
	*n = 0;
	(void)snprintf(status_text, sizeof(status_text), "%d",
		       (int)filter->status);
	(void)snprintf(before, sizeof(before), "%lld",
		       (long long)within(filter->due_before));
	(void)snprintf(after_due, sizeof(after_due), "%lld",
		       (long long)within(filter->after_due));
	print_id(after, filter->after);
	(void)snprintf(limit, sizeof(limit), "%d", filter->limit);
	enum db_status status =
		query(db, &query_follow_ups_select, params, &res, err);
	if (status != DB_OK || res == NULL)
		return status;

	struct unpack u = { .res = res, .arena = a };
	size_t all = (size_t)PQntuples(res);
	*rows = arena_zeroed(a, all, sizeof(**rows));
	u.failed = *rows == NULL;
	for (; !u.failed && *n < all; ++*n) {
		u.row = (int)*n;
		u.column = 0;
		case_row_follow_up(&u, (*rows)[*n].conversation,
				   &(*rows)[*n].f);
	}
	PQclear(res);
	return u.failed ? no_memory(err) : DB_OK;
}

enum db_status
conversations_follow_up_of(struct db *db, const uint8_t id[CASE_ID],
			   uint8_t conversation[CASE_ID], struct db_error *err)
{
	uint8_t bound[CASE_ID];
	char text[UUID_TEXT], low[UUID_TEXT], high[UUID_TEXT];
	const char *params[] = { text, low, high };
	PGresult *res = NULL;

	print_id(text, id);
	memcpy(bound, id, CASE_ID);
	memset(bound + CASE_ID / 2, 0, CASE_ID / 2);
	print_id(low, bound);
	memset(bound + CASE_ID / 2, 0xff, CASE_ID / 2);
	print_id(high, bound);
	enum db_status status =
		db_query(db, &query_follow_ups_find, params, &res, err);
	if (status != DB_OK)
		return status;
	const uint8_t *found = case_row_id(res, 0);
	if (found != NULL)
		memcpy(conversation, found, CASE_ID);
	else
		status = db_fail(err, DB_BUG, "no uuid");
	PQclear(res);
	return status;
}

/* --- from time to time -------------------------------------------------- */

enum db_status
conversations_months(struct db *db, struct db_error *err)
{
	const char *ahead = "2";
	int made;

	return query_int(db, &query_months_make, &ahead, &made, err);
}

enum db_status
conversations_retain(struct db *db, int days, int *months, struct db_error *err)
{
	char text[16];
	const char *params[] = { text };
	enum db_status status;
	int dropped;

	*months = 0;
	(void)snprintf(text, sizeof(text), "%d", days);
	do {
		status = query_int(db, &query_months_drop, params, &dropped,
				   err);
		if (status == DB_OK)
			*months += dropped;
	} while (status == DB_OK && dropped > 0);
	return status;
}

enum db_status
conversations_forget_keys(struct db *db, int *n, struct db_error *err)
{
	enum db_status status;
	int rows, rounds = 0;

	*n = 0;
	do {
		PGresult *res;

		status = query(db, &query_cases_keys_old, NULL, &res, err);
		rows = res != NULL ? PQntuples(res) : 0;
		PQclear(res);
		*n += rows;
	} while (status == DB_OK && rows == 1000 && ++rounds < 10);
	return status;
}
