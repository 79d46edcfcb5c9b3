/*
 * reading_json.h - what was read, as the body of an answer.
 */
#ifndef SCRIPT_READING_JSON_H
#define SCRIPT_READING_JSON_H

#include <stddef.h>

struct buf;
struct heard;
struct heard_item;
struct library;

/**
 * reading_json(out, lib, text, len, h):
 * Append {"release":..,"intensity":..,"heat":..,"signals":[..],
 * "categories":[..],"because":[..]} for ${h}, which was read from ${text}.
 * Offsets and lengths are in UTF-16 code units.  No word of the message and
 * no cue is in it.
 */
void reading_json(struct buf *out, const struct library *lib, const char *text,
		  size_t len, const struct heard *h);

/**
 * reading_json_spans(out, text, len, item):
 * Append [{"offset":..,"length":..},..] for the spans of ${item}.
 */
void reading_json_spans(struct buf *out, const char *text, size_t len,
			const struct heard_item *item);

/**
 * reading_json_score(out, score):
 * Append ${score} per mille as a number: 0.93.
 */
void reading_json_score(struct buf *out, int score);

#endif /* !SCRIPT_READING_JSON_H */
