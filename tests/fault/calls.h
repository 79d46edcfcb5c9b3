/*
 * calls.h - a request of every kind, and what may be answered to it when memory
 * is short.
 */
#ifndef TESTS_FAULT_CALLS_H
#define TESTS_FAULT_CALLS_H

#include <stdbool.h>
#include <stddef.h>

#include "tests/api/client.h"

#define CALLS_DESK "https://desk.example.com" /* may read from a browser */

/* How to ask. */
enum {
	NEW_URL = 1,   /* one that was not asked before, written otherwise */
	NO_KEY = 2,    /* nor sends one */
	ACCEPTED = 4,  /* count from the connection on */
	LOST = 8,      /* the connections to the database have ended */
	IS_FRESH = 16, /* with the ETag of what it asks for */
	CHUNKED = 32,
	RAW = 64,    /* ${body} is all of it */
	FRESH = 128, /* it changes a conversation: see kept.h */
};

/* For a row of routes[] its pattern, else "". */
struct call {
	const char *method, *pattern, *target, *headers, *body;
	int status;
	unsigned how; /* of the above */
	int before;   /* so often was the URL asked */
};

extern const struct call calls[];
extern const size_t ncalls;

/* What is sent, and what came of it. */
struct asked {
	const struct call *call;
	char target[1024];
	char headers[512];
	struct answer answer; /* status 0: the connection was closed */
};

/**
 * calls_right(asked, model):
 * Is it the answer that ${model} is?  A key that was made is good, one that was
 * revoked is not.
 */
bool calls_right(const struct asked *asked, const struct answer *model);

/**
 * calls_honest(asked, model):
 * When memory is short: is it right, or a refusal that says so, or nothing?
 */
bool calls_honest(const struct asked *asked, const struct answer *model);

#endif /* !TESTS_FAULT_CALLS_H */
