/*
 * malformed.h - requests that are no HTTP, or only just.
 *
 * Rows are for the routes of rig.h; "/hello" may be replaced by any other path
 * of six letters that GET answers with 200.
 */
#ifndef TESTS_API_MALFORMED_H
#define TESTS_API_MALFORMED_H

#include <stddef.h>

enum outcome {
	TAKEN,	 /* answered, and so is what follows */
	LAST,	 /* answered, and closed */
	REFUSED, /* answered with a problem, and closed */
	SILENT,	 /* closed without a word: there is nothing to answer to */
	OPEN,	 /* not whole: cut when its time is over */
};

struct malformed {
	enum outcome outcome;
	int status; /* 0: any */
	const char *bytes;
	size_t len;
};

extern const struct malformed malformed[];
extern const size_t n_malformed;

/**
 * malformed_long(i, status, len):
 * The ${i}th of the requests that are too long to stand in a table, from
 * malloc(), with the status it is refused with; NULL after the last.
 */
char *malformed_long(size_t i, int *status, size_t *len);

/* Whatever has this in its answer should not have been executed. */
#define SMUGGLED "X-Request-Id: smuggled"

#endif /* !TESTS_API_MALFORMED_H */
