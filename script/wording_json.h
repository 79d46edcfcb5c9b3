/*
 * wording_json.h - what was found in a draft, as the body of an answer.
 *
 * Offsets and lengths are UTF-16 code units, as LanguageTool's clients count.
 * An answer is bounded whatever the draft is: a context and a sentence that
 * are long are cut.
 */
#ifndef SCRIPT_WORDING_JSON_H
#define SCRIPT_WORDING_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "script/wording.h"

struct buf;

/* Bytes; what is longer is cut between two characters. */
#define WORDING_SENTENCE 1000
#define WORDING_CONTEXT 400 /* the words; some 40 characters at each side */

/* The findings in a draft, in the order of wording_check(). */
struct findings {
	const struct library *lib;
	const struct draft *draft;
	const struct finding *found;
	size_t n;
	bool more; /* than these */
};

/**
 * wording_json(out, f, locale):
 * Append the answer of /v1/check, in the language ${locale} of the library.  A
 * replacement says itself what it stands for: the sentence.  A better wording
 * that lacks a value is a hint.
 */
void wording_json(struct buf *out, const struct findings *f, int locale);

/*
 * A part of a text with markup: ${len} bytes of the draft's text at ${at} came
 * from ${shown_len} bytes at ${shown_at} of the text with its markup.
 */
struct wording_part {
	uint32_t at, len, shown_at, shown_len;
	bool markup; /* else the bytes are the same */
};

/* What LanguageTool's answer says beside the matches. */
struct wording_tool {
	const char *version;	 /* of the program */
	const char *code, *name; /* of the language: "en-US" */
	bool guessed;		 /* the caller left it to us */
	const char *shown;	 /* the text with its markup; NULL: none */
	size_t shown_len;	 /* bytes, less than 4 GiB */
	const struct wording_part *parts; /* of it, in order; or NULL */
	size_t nparts;
};

/**
 * wording_json_tool(out, f, tool):
 * Append the answer of LanguageTool's /v2/check.  Its clients put a
 * replacement where the match is, so one is given only where the words are all
 * of their sentence; elsewhere the message says the better wording.
 */
void wording_json_tool(struct buf *out, const struct findings *f,
		       const struct wording_tool *tool);

#endif /* !SCRIPT_WORDING_JSON_H */
