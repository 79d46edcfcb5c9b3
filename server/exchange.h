/*
 * exchange.h - one request and its answer, without the socket.
 *
 * http.c feeds an exchange with what arrives, in this order: begin, each
 * header, prepare, each piece of the body, complete; then the handler runs,
 * here or on a job thread, and finish makes the answer ready to send.
 */
#ifndef SERVER_EXCHANGE_H
#define SERVER_EXCHANGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "server/answers.h"
#include "server/auth.h"
#include "server/etag.h"
#include "server/guard.h"
#include "server/headers.h"
#include "server/jobs.h"
#include "server/keys.h"
#include "server/rate.h"
#include "server/reply.h"
#include "server/request.h"

struct conn;
struct cors;
struct http;
struct sift;
struct sift_rules;
struct desk;
struct library;
struct MHD_Connection;

#define EXCHANGE_MAX_HEADERS 64
#define EXCHANGE_MAX_HEADER_BLOCK 8192 /* bytes */

/* What all exchanges of a server share. */
struct site {
	const struct route *routes;
	size_t nroutes;
	void *app;
	struct library *lib; /* the release in force, or NULL */
	int release;
	struct etag_base etag;
	struct id_source ids;
	bool draining; /* the server stops */
	bool local; /* refuse a Host that is not localhost, 127.0.0.1, [::1] */
	const struct cors *cors;       /* pages that may read, or NULL */
	const struct sift_rules *sift; /* what ROUTE_STREAM rows read */
	struct answers *answers;       /* those given before, or NULL */
	struct auth auth;
	uint64_t now; /* us; of this turn of the loop */
};

enum exchange_state {
	EXCHANGE_RECEIVING,
	EXCHANGE_PARKED,   /* suspended: its job waits or runs */
	EXCHANGE_READY,	   /* resumed: the reply is there */
	EXCHANGE_GIVEN_UP, /* resumed: the job may still hold the reply */
	EXCHANGE_ANSWERED,
};

struct exchange {
	struct job job; /* first: a job is an exchange */
	struct request req;
	struct reply reply;
	int status;	     /* 0: no answer yet */
	int release;	     /* that it was answered from, or 0 */
	const char *method;  /* a constant; NULL for one we do not know */
	bool is_head, reads; /* it is HEAD; GET or HEAD */

	/* http.c's */
	struct MHD_Connection *mhd;
	struct conn *conn;
	struct http *http;
	enum exchange_state state;
	bool prepared; /* exchange_prepare() has been called */
	bool in_job;   /* jobs.c owns it, or, if ${held}: */
	bool held;     /* who will call reply_later() */
	bool orphan;  /* the connection is gone: free it when the job is done */
	int given_up; /* enum problem_code for EXCHANGE_GIVEN_UP */
	char *given_up_body; /* of that answer; owned */
	uint64_t start;	     /* loop_now() */
	int sent_status;     /* 0: no answer was sent */
	uint64_t sent;	     /* bytes of the body sent */

	/* What the headers said. */
	struct guard guard;
	struct accept accept;
	struct slice encodings;	    /* Accept-Encoding; likewise */
	struct slice if_none_match; /* borrowed from the connection */
	struct slice authorization; /* likewise: a secret */
	unsigned nauthorizations;
	uint64_t length; /* Content-Length; 0 for none */
	unsigned nheaders;
	bool foreign;  /* its Host is none of ours: see site.local; serve.c's */
	bool not_json; /* a Content-Type or coding that we do not take */
	bool not_form; /* likewise, of a form */
	bool has_type;
	bool expects;	     /* waits for 100 Continue */
	struct slice origin; /* of the page that asks; borrowed likewise */
	bool preflight;	     /* it asks for leave to ask */
	const char *reader;  /* the origin, if it may read; from site.cors */

	/* The body. */
	char *body; /* owned */
	size_t body_len, body_size;
	uint64_t received; /* bytes, also those that were discarded */
	bool keep;	   /* of a row that wants it */
	struct sift *sift; /* of a ROUTE_STREAM row; owned */

	struct known *known; /* the answer was given before; a reference */
	bool borrows;	     /* known->made, which is lent to it */
	size_t asked_len;    /* of asked; 0: not to be remembered */
	char asked[ANSWERS_MAX_URL]; /* the URL as it came */

	struct key_memo *memo;	 /* of the connection; NULL: none */
	char key_id[KEY_ID + 1]; /* what req.key_id points to */
	const char *policy;	 /* RateLimit-Policy; NULL: not to be told */
	struct rate_left left;	 /* of that limit */

	/* Copies: what is read later may outlive the connection. */
	char if_match[REQUEST_MAX_IF_MATCH + 1];
	char idempotency_key[REQUEST_MAX_KEY + 1];

	char id[HEADERS_ID_SIZE];
	unsigned char id_len;
	size_t url_len;
	/* Decoded in place; etag_make() may read a word past its end. */
	char url[REQUEST_MAX_URL + 1 + sizeof(uint64_t)];
};

enum exchange_next {
	EXCHANGE_SEND, /* the answer is made: exchange_finish(), send */
	EXCHANGE_CALL, /* exchange_run() here and now */
	EXCHANGE_JOB,  /* exchange_run() on a job thread */
};

/**
 * exchange_new():
 * An exchange.  NULL if out of memory.
 */
struct exchange *exchange_new(void);

/**
 * exchange_free(ex):
 * Free ${ex}, which has ended.  NULL is allowed.
 */
void exchange_free(struct exchange *ex);

/**
 * exchange_limit(ex):
 * The bytes that the body of ${ex} may have, once its row is known.
 */
size_t exchange_limit(const struct exchange *ex);

/**
 * exchange_begin(ex, url):
 * Begin with a request for ${url} (NULL: none was given), which is copied.
 */
void exchange_begin(struct exchange *ex, const char *url);

/**
 * exchange_header(ex, name, name_len, value, value_len):
 * Take note of one header.  Borrows ${value} until the exchange ends.
 */
void exchange_header(struct exchange *ex, const char *name, size_t name_len,
		     const char *value, size_t value_len);

/**
 * exchange_prepare(ex, site, method, block):
 * The headers are complete, ${block} bytes of them: find the route, decode the
 * arguments.  Return true if the body, if any, should be read; false if the
 * answer is to be sent at once and the connection to be closed.
 */
bool exchange_prepare(struct exchange *ex, struct site *site,
		      const char *method, size_t block);

/**
 * exchange_piece(ex, lib, piece, len):
 * Take in a piece of the body, while ${lib} is the library, or NULL.  Return
 * false if the connection must be cut: the body goes on far beyond the limit,
 * or memory is out.
 */
bool exchange_piece(struct exchange *ex, const struct library *lib,
		    const char *piece, size_t len);

/**
 * exchange_read_body(ex):
 * The body is complete: make of it what the handler reads.  0, or a status.
 */
int exchange_read_body(struct exchange *ex);

/**
 * exchange_complete(ex, site):
 * The request is complete: what comes next?
 */
enum exchange_next exchange_complete(struct exchange *ex, struct site *site);

/**
 * exchange_remember(ex, site):
 * The handler has run: if its answer may serve others, offer it to
 * site->answers.
 */
void exchange_remember(const struct exchange *ex, struct site *site);

/**
 * exchange_run(ex, desk):
 * Call the handler, or what it said to call next, with ${desk} on a job thread
 * and NULL elsewhere.  ex->status may be one of REPLY_LATER and the like.
 */
void exchange_run(struct exchange *ex, struct desk *desk);

/**
 * exchange_finish(ex):
 * Make the reply ready: a problem gets its text.
 */
void exchange_finish(struct exchange *ex);

/**
 * exchange_end(ex):
 * Free what ${ex} holds of its request; exchange_begin() or exchange_free() is
 * next.  The body of the answer must have been sent.
 */
void exchange_end(struct exchange *ex);

#endif /* !SERVER_EXCHANGE_H */
