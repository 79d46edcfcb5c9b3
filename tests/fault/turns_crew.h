/*
 * turns_crew.h - eight writers that go on while things break, and a reader.
 *
 * They have threads of their own, and nothing in here calls libcheck, which
 * knows one thread only.
 */
#ifndef TESTS_FAULT_TURNS_CREW_H
#define TESTS_FAULT_TURNS_CREW_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "tests/fault/turns.h"

#define TURNS_WRITERS 8
#define TURNS_SHARED 200000 /* versions of the one that all write to */

struct writer {
	pthread_t thread;
	struct crew *crew;
	int n;
	char id[TURNS_ID + 1]; /* its conversation, and where it is */
	int version;
	/* Under the crew's mutex: */
	long acked, refused; /* 2xx; 503 */
	long starts, promises, unknown, broken, replayed;
	long worst; /* ms that an answer took */
	char wrong[512];
};

/*
 * Eight writers: each takes turns in a conversation of its own, from version
 * to version, takes some back, promises something, begins a new one now and
 * then, and takes turns in one that all share.  Whatever has no 2xx is repeated
 * with its key until it has.
 */
struct crew {
	pthread_mutex_t mutex;
	pthread_cond_t changed;
	int port; /* 0: there is no server now */
	bool stop;
	char shared[TURNS_ID + 1];
	bool seen[TURNS_SHARED]; /* versions of that one, acknowledged */
	struct writer writers[TURNS_WRITERS];
};

/* What crew_wait() waits for. */
enum crew_event {
	CREW_ACKED,   /* so many more 2xx, of all together */
	CREW_ALL,     /* so many more 2xx of each */
	CREW_REFUSED, /* so many more 503 of each */
};

/**
 * crew_start(crew, port), crew_stop(crew):
 * Begin; end when each has an answer to what it asked last.  The first returns
 * what is wrong, or NULL.
 */
const char *crew_start(struct crew *crew, int port);
void crew_stop(struct crew *crew);

/**
 * crew_port(crew, port):
 * The server is there now; 0: gone.
 */
void crew_port(struct crew *crew, int port);

/**
 * crew_wait(crew, event, n, ms):
 * Wait for ${event}, counted from now on.  How long it took in ms; -1 if it
 * did not come within ${ms}, or a writer saw something wrong.
 */
long crew_wait(struct crew *crew, enum crew_event event, long n, int ms);

/**
 * crew_sum(crew):
 * All of them together: counts, the longest answer, the first thing wrong.
 */
struct writer crew_sum(struct crew *crew);

/* --- look-ups meanwhile --------------------------------------------------- */

struct looker {
	pthread_t thread;
	int port;
	atomic_bool stop;
	long asked, failed; /* read after looker_stop() */
};

bool looker_start(struct looker *l, int port);
void looker_stop(struct looker *l);

#endif /* !TESTS_FAULT_TURNS_CREW_H */
