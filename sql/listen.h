/*
 * listen.h - "a new release is out", and "a key was made or revoked".
 *
 * One thread with a connection of its own.  It loads the newest release when
 * it starts, and each new one as soon as the database tells of it; because a
 * notification can get lost, it also asks every few seconds.  While the
 * database is away it keeps knocking.  A release that does not build is told
 * of once and never taken: whoever has a library keeps it.
 *
 * The keys come the same way, and before the release.  However rarely releases
 * are asked for, keys are every two seconds: what was revoked must not work on.
 */
#ifndef SQL_LISTEN_H
#define SQL_LISTEN_H

#include <stdbool.h>
#include <stdint.h>

struct key_rows;
struct library;
struct listen;

enum listen_event {
	LISTEN_CONNECTED, /* and listening, or only asking, at a standby */
	LISTEN_LOST,	  /* the connection, or the first try for one */
	LISTEN_SCHEMA,	  /* one older than this program; it will ask again */
	LISTEN_NEWER,	  /* a newer one, or one that was altered; likewise */
	LISTEN_EMPTY,	  /* nothing was ever published */
	LISTEN_LOADED,	  /* a release; its number and the time it took */
	LISTEN_REFUSED,	  /* a release; why it does not build */
	LISTEN_KEYS,	  /* other keys than before; how many */
	LISTEN_FAILED,	  /* loading, for now; it will try again */
};

struct listen_options {
	const char *url; /* a reader's libpq connection string; borrowed by
			    listen_start() only */
	int poll_ms;	 /* how often to ask; 0: 5,000 */
	/* Takes ${lib}.  From the thread. */
	void (*on_library)(void *arg, struct library *lib, int release);
	/* The keys, when they are known and when they have changed.  Borrows
	   ${keys}.  Return false if out of memory: they are given again.  From
	   the thread.  NULL: nobody wants keys, they are not asked for. */
	bool (*on_keys)(void *arg, const struct key_rows *keys);
	/* ${text} is for the log.  From the thread. */
	void (*on_event)(void *arg, enum listen_event event, const char *text);
	void *arg;
};

/**
 * listen_start(options, why, size):
 * Start the thread.  Return NULL, with a sentence in the ${size} bytes at
 * ${why}, if the url makes no sense or the system refuses.
 */
struct listen *listen_start(const struct listen_options *options, char *why,
			    unsigned size);

/**
 * listen_keys_seen(l):
 * When the database last said which keys there are, in milliseconds of the
 * monotonic clock; 0: never yet.  Any thread.
 */
int64_t listen_keys_seen(const struct listen *l);

/**
 * listen_stop(l):
 * Stop and free ${l}; nothing is called after.  Interrupts whatever waits for
 * the database.  NULL is allowed.
 */
void listen_stop(struct listen *l);

#endif /* !SQL_LISTEN_H */
