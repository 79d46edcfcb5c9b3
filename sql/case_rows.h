/*
 * case_rows.h - rows of the conversation tables as struct kase and back.
 *
 * For sql/ alone.  Results are binary; the columns stand as in
 * queries/cases_*.sql, parameters as in 0005_conversations.sql.
 */
#ifndef SQL_CASE_ROWS_H
#define SQL_CASE_ROWS_H

#include "script/case.h"
#include "sql/batch.h"
#include "sql/pack.h"

/**
 * case_row_id(res, row):
 * The 16 bytes of the first column.  Borrowed; NULL: it is no uuid.
 */
const uint8_t *case_row_id(const PGresult *res, int row);

/**
 * case_row(a, res, row, c):
 * Fill ${c}, but for promises and follow-ups, from a row of cases_select.  It
 * lives as long as ${a}.  False if out of memory or it is no such row.
 */
bool case_row(struct arena *a, const PGresult *res, int row, struct kase *c);

/**
 * case_row_promises(a, res, c), case_row_follow_ups(a, res, c):
 * Fill in those of ${c} that are among the rows of ${res}, which are by
 * conversation.
 */
bool case_row_promises(struct arena *a, const PGresult *res, struct kase *c);
bool case_row_follow_ups(struct arena *a, const PGresult *res, struct kase *c);

/**
 * case_row_follow_up(u, conversation, f):
 * Fill ${f} from the row at ${u}, and ${conversation} with whose it is.
 */
void case_row_follow_up(struct unpack *u, uint8_t conversation[CASE_ID],
			struct case_follow_up *f);

/**
 * case_row_turn(u, t):
 * Fill ${t} from the row at ${u}, of cases_turns.
 */
void case_row_turn(struct unpack *u, struct case_turn *t);

/**
 * case_row_key(a, res, row, fingerprint, replay):
 * Fill in both from a row of cases_keys.  False if out of memory or it is no
 * such row.
 */
bool case_row_key(struct arena *a, const PGresult *res, int row,
		  uint8_t fingerprint[BATCH_HASH], struct batch_replay *replay);

/* The columns that pack_case() adds. */
#define PACK_CASE_COLUMNS 35
#define PACK_TURN_COLUMNS 9

/**
 * pack_case(p, c), pack_turn(p, t):
 * Add the columns of a conversation and of its turn, as conversation_change
 * has them.
 */
void pack_case(struct pack *p, const struct kase *c);
void pack_turn(struct pack *p, const struct case_turn *t);

/* A whole row of its own: of promise_change and follow_up_change. */
void pack_promise(struct pack *p, const struct kase *c,
		  const struct case_promise *promise);
void pack_follow_up(struct pack *p, const struct kase *c,
		    const struct case_follow_up *f);

#endif /* !SQL_CASE_ROWS_H */
