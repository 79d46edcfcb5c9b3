/*
 * report.h - everything that is wrong with a document, in one list.
 *
 * Import, publishing and loading collect here, so that an editor sees all of
 * it at once.  Also the closest known code to a mistyped one.
 */
#ifndef SCRIPT_REPORT_H
#define SCRIPT_REPORT_H

#include <stdbool.h>
#include <stddef.h>

/* No list grows past this; the rest is only counted. */
#define REPORT_MAX 100000

struct report_line {
	char *pointer; /* JSON pointer into the document (RFC 6901) */
	char *detail;  /* a sentence that says what to change */
};

struct report {
	struct report_line *lines;
	size_t n;     /* lines kept, at most REPORT_MAX */
	size_t size;  /* lines that fit */
	size_t total; /* lines reported */
	bool failed;  /* out of memory: the list is not whole */
};

/**
 * report_add(r, pointer, fmt, ...):
 * Add a line to ${r}.  Copies both.  Cannot fail (but see failed).
 */
void report_add(struct report *r, const char *pointer, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/**
 * report_ok(r):
 * Nothing was reported and no memory ran out.
 */
bool report_ok(const struct report *r);

/**
 * report_cut(r, total):
 * Forget all but the first ${total} lines reported.
 */
void report_cut(struct report *r, size_t total);

/**
 * report_free(r):
 * Free the lines and empty ${r}.
 */
void report_free(struct report *r);

/**
 * report_escape(name, to, size):
 * Write ${name} as one part of a JSON pointer ("/" as "~1", "~" as "~0") into
 * the ${size} bytes at ${to}, cut at a whole character where it does not fit,
 * and return ${to}.
 */
const char *report_escape(const char *name, char *to, size_t size);

/**
 * closest(word, len, next, arg):
 * Of the codes that ${next}(${arg}) gives until it gives NULL, return the one
 * nearest to the ${len} bytes at ${word} if at most a third of it differs
 * (letters added, dropped, changed or swapped), else NULL.
 */
const char *closest(const char *word, size_t len,
		    const char *(*next)(void *arg), void *arg);

#endif /* !SCRIPT_REPORT_H */
