/*
 * builder.h - what the files that make a library share; nobody else's.
 *
 *   builder.c          begin, finish, from a bundle; the small tools below
 *   builder_head.c     all but stages, rows and phrases
 *   builder_stages.c   stages
 *   builder_rows.c     transitions, and protocols with theirs
 *   builder_words.c    rules for drafts
 *   builder_phrases.c  phrases, their order and their index
 *
 * Whatever does not hold is reported and building goes on, so that an editor
 * sees all of it at once.  Out of memory sets failed; the tools then give
 * empty results that are safe to use until library_builder_finish().
 */
#ifndef SCRIPT_BUILDER_H
#define SCRIPT_BUILDER_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#include "script/arena.h"
#include "script/buf.h"
#include "script/library.h"
#include "script/report.h"
#include "script/strtab.h"

struct library_private {
	struct arena arena; /* holds the library and this, too */
	struct strtab stages, signals, protocols, categories, channels,
		placeholders, offers, locales;
	struct wording *wording; /* lib->wording; NULL before it is made */
	uint32_t *slots; /* phrases by the hash of their id: number + 1 */
	size_t nslots;
	atomic_int refs;
};

/* Equal strings, kept once. */
struct pool {
	struct strtab index;
	struct frag *items;
	size_t n, size;
};

struct library_builder {
	struct library *lib;
	struct library_private *priv; /* lib->priv */
	const json_t *head;
	struct report *report;
	size_t reported; /* lines that were there before us */
	bool failed;	 /* out of memory */
	struct buf buf;	 /* for making text; empty between uses */
	char pointer[256];
	struct pool tails, purposes, conditions, needs;
	struct row *rows;
	size_t nrows, rows_size;
	struct phrase *phrases;
	uint32_t *places; /* of each of them in the bundle */
	size_t nphrases, phrases_size, places_size;
	size_t nseen; /* phrases given, with those refused */
};

/* --- tools ------------------------------------------------------------- */

/* The JSON pointer made by ${fmt}; good until the next call. */
const char *builder_at(struct library_builder *b, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* Report that there is no ${what} named ${code}, with the closest in ${t}. */
void builder_unknown(struct library_builder *b, const char *pointer,
		     const char *what, const char *code, size_t len,
		     const struct strtab *t);

/* The number of ${code} in ${t}, or -1 and a line in the report. */
int builder_find(struct library_builder *b, const char *pointer,
		 const char *what, const char *code, size_t len,
		 const struct strtab *t);

/* Move what stands in b->buf into the arena; buf is empty then. */
struct frag builder_frag(struct library_builder *b);
struct frag builder_escaped(struct library_builder *b, const char *text);
struct frag builder_dump(struct library_builder *b, const json_t *item);
char *builder_string(struct library_builder *b, const char *text);

/* Append ${text} to b->buf as a JSON string with its quotes. */
void builder_quote(struct library_builder *b, const char *text);

/* A zeroed array in the arena, or NULL. */
void *builder_array(struct library_builder *b, size_t n, size_t size);

/*
 * Make room for one more behind ${n} things of ${size} bytes at ${items}, of
 * which ${room} fit.  Return the array, or NULL.
 */
void *builder_grow(struct library_builder *b, void *items, size_t n,
		   size_t *room, size_t size);

/* The number of the ${len} bytes at ${ptr} in ${p}, new or not. */
uint32_t builder_pool(struct library_builder *b, struct pool *p,
		      const char *ptr, size_t len);

/* Add the effect ${code} to ${fx}, or report at ${pointer} that it is none. */
void builder_effect(struct library_builder *b, const char *pointer,
		    const char *code, struct effects *fx);

/* Members of ${obj}: "" or an empty array when missing. */
const char *member_text(const json_t *obj, const char *name);
int member_int(const json_t *obj, const char *name, int standard);
bool member_true(const json_t *obj, const char *name);

/* Where the search for ${hash} among ${n} slots begins: its share of them. */
static inline size_t
phrase_slot(uint64_t hash, size_t n)
{
	return (size_t)((__extension__(unsigned __int128) hash * n) >> 64);
}

/* --- parts ------------------------------------------------------------- */

void builder_head(struct library_builder *b);
bool builder_lacks_done(const struct library_builder *b);
void builder_stages(struct library_builder *b);
void builder_aliases(struct library_builder *b); /* after all look-ups */
void builder_transitions(struct library_builder *b);
void builder_protocols(struct library_builder *b);
void builder_words(struct library_builder *b);
void builder_phrases_done(struct library_builder *b);
void builder_ways(struct library_builder *b); /* the last */

#endif /* !SCRIPT_BUILDER_H */
