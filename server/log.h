/*
 * log.h - one line per exchange, and one per event, on standard error.
 *
 * A line is JSON, or aligned text where a person looks on.  It tells the time,
 * the request id, the id of the key, the pattern of the route, the method, the
 * status, bytes, microseconds and the release: nothing of a path, a query, a
 * header or a body.
 *
 * Exchanges are noted by the loop's thread and written together at the end of
 * its turn.  Events may come from any thread and are written at once.  When
 * nobody reads standard error, lines are dropped and counted; nothing waits.
 */
#ifndef SERVER_LOG_H
#define SERVER_LOG_H

#include <stdbool.h>
#include <stdint.h>

#include "server/headers.h"
#include "server/keys.h"

struct log;

enum log_format {
	LOG_AUTO, /* text on a terminal, else JSON */
	LOG_JSON,
	LOG_TEXT,
	LOG_OFF, /* errors only, as JSON */
};

/* One exchange: filled in by http.c. */
struct log_line {
	char id[HEADERS_ID_SIZE];
	unsigned char id_len; /* 0: the request had not come so far */
	bool has_key;	      /* it came with a good one, whose id is: */
	char key[KEY_ID + 1];
	const char *method; /* a constant, or NULL for one we do not know */
	const char *route;  /* the pattern, a constant; NULL for no route */
	int status;	    /* 0: no answer was sent */
	int release;	    /* 0: not answered from a release */
	uint64_t bytes;	    /* of the body sent */
	uint64_t start;	    /* loop_now() when it began */
};

/**
 * log_open(fd, format):
 * A log that writes to ${fd}, which stays the caller's.  NULL if out of
 * memory.
 */
struct log *log_open(int fd, enum log_format format);

/**
 * log_close(log):
 * Write what is left, as far as somebody reads it, and free ${log}.  NULL is
 * allowed.
 */
void log_close(struct log *log);

/**
 * log_next(log):
 * Room for the line of one exchange, to be filled in at once: it is written
 * by the next log_turn().  NULL if exchanges are not logged.  Loop thread.
 */
struct log_line *log_next(struct log *log);

/**
 * log_turn(log):
 * Write the lines noted in this turn; each took until now.  Loop thread.
 */
void log_turn(struct log *log);

/**
 * log_pending(log):
 * Is there something to write that could not be written yet?  Loop thread.
 */
bool log_pending(struct log *log);

/**
 * log_info(log, event, fmt, ...), log_error(log, event, fmt, ...):
 * Write one event: ${event} is a word ("ready"), the rest a sentence for
 * people, without secrets.  Any thread.  ${log} may be NULL: nothing is
 * written then.
 */
void log_info(struct log *log, const char *event, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
void log_error(struct log *log, const char *event, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

#endif /* !SERVER_LOG_H */
