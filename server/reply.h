/*
 * reply.h - what a handler may say.
 *
 * A handler calls one of the functions below, or one of problem.h's, and
 * returns its result.  http.c owns the reply and frees it.
 */
#ifndef SERVER_REPLY_H
#define SERVER_REPLY_H

#include <stdbool.h>
#include <stddef.h>

#include <jansson.h>

#define REPLY_JSON "application/json"
#define REPLY_TEXT "text/plain; charset=utf-8"

struct problem_error;
struct reply;
struct request;

/*
 * What a handler may return in place of a status: the request goes on.  Both
 * request and reply stay where they are until the end.
 */
enum {
	REPLY_LATER = -1,   /* reply_later() will be called */
	REPLY_ON_JOB = -2,  /* call reply->then on a job thread */
	REPLY_ON_LOOP = -3, /* call it on the loop's; from a job thread */
};

struct reply {
	const char *type;      /* Content-Type: a string constant */
	char *body;	       /* from malloc(), owned; NULL for none */
	const char *fixed;     /* or a constant: never freed */
	size_t len;	       /* bytes of either */
	char etag[64];	       /* with its quotes, or "" */
	char allow[64];	       /* Allow, or "" */
	char link[512];	       /* Link, or "" */
	char stage[72];	       /* Evenkeel-Stage, or "" */
	char location[64];     /* Location, or "" */
	bool replayed;	       /* Idempotency-Replayed */
	bool gzip;	       /* the body is: Content-Encoding */
	const char *policy;    /* Content-Security-Policy, of a page; NULL: as
				  strict as can be; lives as long as the server */
	const char *challenge; /* WWW-Authenticate, a constant; or NULL */
	int retry_after;       /* seconds, or 0 */
	bool patient;	       /* REPLY_LATER may be a minute later */
	bool close;	       /* close the connection after this answer */
	char *room;	       /* see reply_room(); owned */
	size_t room_size;
	/* of a handler that goes on; ${work} is freed by ${free_work} */
	int (*then)(const struct request *req, struct reply *reply);
	/* of a body that is made while it is sent, from ${work} */
	ptrdiff_t (*read)(void *work, char *to, size_t size);
	void *work;
	void (*free_work)(void *work);
	/* of a problem (problem.h) */
	int problem;		      /* enum problem_code + 1, or 0 */
	char *detail;		      /* owned, or NULL */
	char *did_you_mean;	      /* owned, or NULL */
	struct problem_error *errors; /* owned */
	size_t nerrors;
	bool partial; /* one of them, or where it is, found no memory */
};

/**
 * reply_bytes(reply, status, type, body, len):
 * Answer ${status} with the ${len} bytes at ${body}.  Takes ${body}, which
 * must come from malloc(); NULL means out of memory and answers 500 in its
 * place.  Return the HTTP status.
 */
int reply_bytes(struct reply *reply, int status, const char *type, char *body,
		size_t len);

/**
 * reply_room(reply, size):
 * Memory from malloc() to build a body in, its ${size} with it: what an earlier
 * answer left behind.  The caller owns it, may realloc() it, and hands it to
 * reply_bytes() or frees it.  NULL and 0 if there is none.  This saves a
 * look-up a thousand instructions in malloc() and free().
 */
char *reply_room(struct reply *reply, size_t *size);

/**
 * reply_fixed(reply, status, type, body, len):
 * The same with a constant, which is borrowed for ever.
 */
int reply_fixed(struct reply *reply, int status, const char *type,
		const char *body, size_t len);

/**
 * reply_stream(reply, type, read, work, free_work):
 * Answer 200 with a body that is made while it is sent: ${read}(${work}, to,
 * size) is called on the loop's thread, again and again, for its next bytes,
 * at most ${size} of them; it returns how many it wrote, 0 at the end, -1 if
 * it cannot go on (the connection is cut then, so that nobody takes half of it
 * for all).  Takes ${work}, which ${free_work} frees; NULL is out of memory and
 * answers 500.  Return the HTTP status.
 */
int reply_stream(struct reply *reply, const char *type,
		 ptrdiff_t (*read)(void *work, char *to, size_t size),
		 void *work, void (*free_work)(void *work));

/**
 * reply_json(reply, status, body):
 * Answer with ${status} and ${body}.  Takes ${body}, even on failure.  A NULL
 * ${body} means that jansson could not build it: answer 500, so that callers
 * may pass json_pack() straight in.  Return the HTTP status.
 */
int reply_json(struct reply *reply, int status, json_t *body);

/**
 * reply_later(req, status):
 * The end of what REPLY_LATER began: ${status} as a handler returns it (not
 * REPLY_LATER).  On the loop's thread.  Request and reply may be gone after
 * this.  http.c's.
 */
void reply_later(const struct request *req, int status);

/**
 * reply_wanted(req):
 * Between REPLY_LATER and reply_later(): false if the client has closed the
 * connection, or its half of it, which libmicrohttpd does not notice.  On the
 * loop's thread.  http.c's.
 */
bool reply_wanted(const struct request *req);

/**
 * reply_clear(reply):
 * Free what ${reply} owns and empty it.
 */
void reply_clear(struct reply *reply);

/**
 * reply_reset(reply):
 * Empty ${reply} as reply_clear() does, but keep the memory of its body for
 * reply_room().
 */
void reply_reset(struct reply *reply);

/**
 * reply_dump(body, len):
 * The text of ${body} from malloc(), its length in ${len}.  NULL if out of
 * memory.  Borrows ${body}.
 */
char *reply_dump(const json_t *body, size_t *len);

#endif /* !SERVER_REPLY_H */
