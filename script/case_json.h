/*
 * case_json.h - a conversation as the API shows it.
 */
#ifndef SCRIPT_CASE_JSON_H
#define SCRIPT_CASE_JSON_H

#include <stddef.h>
#include <stdint.h>

#include "script/buf.h"
#include "script/case.h"

/**
 * case_json(out, c):
 * Append ${c} as the API's conversation object, handover and all; no newline.
 */
void case_json(struct buf *out, const struct kase *c);

/**
 * case_json_turns(out, turns, n):
 * Append ${n} turns as a JSON array.
 */
void case_json_turns(struct buf *out, const struct case_turn *turns, size_t n);

/**
 * case_json_answer(out, change, turns, n):
 * Append the whole answer about one conversation and a newline: conversation,
 * step, and with ${turns} (not NULL) its history.
 */
void case_json_answer(struct buf *out, const struct case_change *change,
		      const struct case_turn *turns, size_t n);

/**
 * case_json_follow_up(out, id, f):
 * Append ${f}, of the conversation ${id}, as GET /v1/follow-ups lists it.
 */
void case_json_follow_up(struct buf *out, const uint8_t *id,
			 const struct case_follow_up *f);

/* Append the text of an id, without quotation marks. */
void case_json_id(struct buf *out, const uint8_t *id);

/* Append microseconds since 1970 as RFC 3339 has it, without marks. */
void case_json_time(struct buf *out, int64_t us);

#endif /* !SCRIPT_CASE_JSON_H */
