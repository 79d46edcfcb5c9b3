/*
 * list.h - a page of a list: limit, cursor, and the link to the next page.
 *
 * Every list of this service is {"items": [...], "next_cursor": ...}, sorted
 * by a key that is also the cursor, so that a page never skips or repeats an
 * item because others came or went.
 */
#ifndef HANDLERS_LIST_H
#define HANDLERS_LIST_H

#include <stdbool.h>
#include <stddef.h>

#include "script/buf.h"
#include "server/request.h"

struct reply;

#define LIST_LIMIT_MAX 100

struct list {
	const struct request *req;
	size_t limit;	     /* items a page */
	struct slice cursor; /* go on after this key; len 0: from the start */
	struct buf out;
	size_t n;	/* items so far */
	bool more;	/* there are others after the last */
	char next[256]; /* key of the last item, NUL-terminated */
};

/**
 * list_number(text):
 * ${text} as a whole number from 1 to 999,999,999, or 0 if it is none.
 */
int list_number(struct slice text);

/**
 * takes_nothing(req, reply):
 * For a resource without arguments.  Return 0, or the status of the refusal in
 * ${reply} if there are some.
 */
int takes_nothing(const struct request *req, struct reply *reply);

/**
 * list_begin(req, reply, list, known, n):
 * Read limit and cursor of ${req} into ${list}.  Arguments other than these
 * and the ${n} names of ${known} are refused.  Return 0, or the status of the
 * problem in ${reply}; then there is nothing to end.
 */
int list_begin(const struct request *req, struct reply *reply,
	       struct list *list, const char *const *known, size_t n);

/**
 * list_add(list, key, len):
 * Make room for an item whose key is the ${len} bytes at ${key}.  Return true
 * if the caller is to append its JSON to list->out; false when the page is
 * full, and then there is a next one.
 */
bool list_add(struct list *list, const char *key, size_t len);

/**
 * list_end(list, reply):
 * Close the list and answer it.  Return the HTTP status.
 */
int list_end(struct list *list, struct reply *reply);

#endif /* !HANDLERS_LIST_H */
