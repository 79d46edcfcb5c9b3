/*
 * send.c - from a reply to an answer on the wire.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "server/cors.h"
#include "server/intercept.h"
#include "server/log.h"
#include "server/metrics.h"

#include "server/send.h"

#define REQUEST_ID "X-Request-Id"
#define POLICY "default-src 'none'; frame-ancestors 'none'"
#define RATE_LIMIT "RateLimit"
#define RATE_POLICY "RateLimit-Policy"

/*
 * An answer on its way.  One that lacks a header is none: without "no-store" a
 * proxy might keep it, and without its type a browser would guess.
 */
struct making {
	struct MHD_Response *res;
	bool failed; /* a header is not in it: there was no memory */
};

static void
add_header(struct making *m, const char *name, const char *value)
{
	if (value[0] != '\0' &&
	    MHD_add_response_header(m->res, name, value) != MHD_YES)
		m->failed = true;
}

/* The headers that are the same whoever asks: as few as will do. */
static void
add_shared_headers(struct making *m, const struct route *route,
		   const char *type, const char *etag, const char *policy)
{
	unsigned flags = route != NULL ? route->flags : 0;

	add_header(m, "Content-Type", type);
	/* Ask again before you use it; or, without an ETag, do not keep it. */
	add_header(m, "Cache-Control",
		   etag[0] != '\0' &&
				   (flags & (ROUTE_RELEASE | ROUTE_PAGE)) != 0
			   ? "no-cache"
			   : "no-store");
	add_header(m, "ETag", etag);
	add_header(m, "Vary",
		   (flags & ROUTE_TEXT) != 0   ? "Accept, Origin"
		   : (flags & ROUTE_PAGE) != 0 ? "Accept-Encoding, Origin"
					       : "Origin");
	/* No browser may guess a type, run a script, or show us in a frame. */
	add_header(m, "X-Content-Type-Options", "nosniff");
	add_header(m, "Content-Security-Policy",
		   policy != NULL ? policy : POLICY);
}

/* What a page of another site needs to be shown this answer. */
static void
add_cors_headers(struct making *m, const struct exchange *ex,
		 const struct reply *reply)
{
	add_header(m, "Access-Control-Allow-Origin", ex->reader);
	if (!ex->preflight) {
		add_header(m, "Access-Control-Expose-Headers",
			   CORS_EXPOSE_HEADERS);
		return;
	}
	add_header(m, "Access-Control-Allow-Methods", reply->allow);
	add_header(m, "Access-Control-Allow-Headers", CORS_ALLOW_HEADERS);
	add_header(m, "Access-Control-Max-Age", CORS_MAX_AGE);
}

/* The headers of this one answer. */
static void
add_own_headers(struct making *m, const struct exchange *ex,
		const struct reply *reply, bool close)
{
	char seconds[16];

	add_header(m, REQUEST_ID, ex->id);
	add_header(m, "Allow", reply->allow);
	add_header(m, "Link", reply->link);
	add_header(m, "Location", reply->location);
	if (reply->replayed)
		add_header(m, "Idempotency-Replayed", "true");
	add_header(m, "Evenkeel-Stage", reply->stage);
	if (reply->gzip)
		add_header(m, "Content-Encoding", "gzip");
	if (reply->challenge != NULL)
		add_header(m, "WWW-Authenticate", reply->challenge);
	if (ex->policy != NULL) {
		char text[RATE_TEXT];

		rate_text(&ex->left, text);
		add_header(m, RATE_POLICY, ex->policy);
		add_header(m, RATE_LIMIT, text);
	}
	if (reply->retry_after > 0) {
		(void)snprintf(seconds, sizeof(seconds), "%d",
			       reply->retry_after);
		add_header(m, "Retry-After", seconds);
	}
	if (ex->reader != NULL)
		add_cors_headers(m, ex, reply);
	if (close)
		add_header(m, "Connection", "close");
}

/*
 * libmicrohttpd does not write to the body, whatever its prototype says; its
 * owner frees it, for after serve_completed() it is not read any more.
 */
static struct MHD_Response *
response(const char *body, size_t len)
{
	return MHD_create_response_from_buffer(len, (char *)(uintptr_t)body,
					       MHD_RESPMEM_PERSISTENT);
}

#define STREAM_BLOCK 16384 /* bytes; a long answer holds no more of itself */

/* The next piece of an answer that is made while it is sent. */
static ssize_t
read_stream(void *arg, uint64_t at, char *to, size_t size)
{
	struct exchange *ex = arg;
	ptrdiff_t n = ex->reply.read(ex->reply.work, to, size);

	(void)at;
	if (n < 0)
		return MHD_CONTENT_READER_END_WITH_ERROR;
	if (n == 0)
		return MHD_CONTENT_READER_END_OF_STREAM;
	ex->sent += (uint64_t)n;
	return n;
}

static struct MHD_Response *
make_response(struct exchange *ex, const struct reply *reply, bool close)
{
	struct making m = { 0 };

	if (reply->read != NULL)
		m.res = MHD_create_response_from_callback(
			MHD_SIZE_UNKNOWN, STREAM_BLOCK, read_stream, ex, NULL);
	else
		m.res = response(reply->body != NULL ? reply->body
						     : reply->fixed,
				 reply->len);

	if (m.res == NULL)
		return NULL;
	/* Else the library sends the last chunk of none, even to HEAD. */
	if (reply->read != NULL && ex->is_head)
		(void)MHD_set_response_options(
			m.res, MHD_RF_HTTP_1_0_COMPATIBLE_STRICT, MHD_RO_END);
	add_shared_headers(&m, ex->req.match.route,
			   reply->type != NULL ? reply->type : "", reply->etag,
			   reply->policy);
	add_own_headers(&m, ex, reply, close);
	if (!m.failed)
		return m.res;
	MHD_destroy_response(m.res);
	return NULL;
}

static void
unmake(void *made)
{
	MHD_destroy_response(made);
}

/* "Sun, 22 Nov 2026 20:00:00 GMT" */
static void
date_text(char *text, size_t size, time_t now)
{
	struct tm tm;

	(void)strftime(text, size, "%a, %d %b %Y %H:%M:%S GMT",
		       gmtime_r(&now, &tm));
}

/* A date of our own, once a second: the library would make one each time. */
static void
date_response(struct making *m, struct known *known)
{
	time_t now = time(NULL);
	char date[40];

	if (now == known->made_at)
		return;
	known->made_at = now;
	date_text(date, sizeof(date), now);
	add_header(m, "Date", date); /* in place of the last one */
}

/* What is the same each time that ${known} is given. */
static void
begin_response(struct making *m, struct known *known, const struct exchange *ex)
{
	known->made = m->res;
	known->unmake = unmake;
	known->made_at = 0;
	add_shared_headers(m, known->route, ex->reply.type, known->etag, NULL);
	if (ex->policy != NULL) /* for ever, or never */
		add_header(m, RATE_POLICY, ex->policy);
}

/*
 * An answer that was given before has its response ready: each header costs
 * libmicrohttpd 1,000 instructions, and one or two of them are new.  NULL if it
 * cannot serve here: then a response is made as for any other answer.
 */
static struct MHD_Response *
borrow_response(struct exchange *ex, const struct reply *reply)
{
	struct known *known = ex->known;

	/* Never touched while it is being sent. */
	if (known == NULL || known->lent || ex->reader != NULL ||
	    reply->fixed != known->body)
		return NULL;
	struct making m = { .res = known->made };

	if (m.res != NULL) {
		(void)MHD_del_response_header(m.res, REQUEST_ID,
					      known->made_for);
		(void)MHD_del_response_header(m.res, RATE_LIMIT,
					      known->made_with);
	} else {
		if ((m.res = response(known->body, known->len)) == NULL)
			return NULL;
		begin_response(&m, known, ex);
	}
	date_response(&m, known);
	memcpy(known->made_for, ex->id, sizeof(known->made_for));
	add_header(&m, REQUEST_ID, known->made_for);
	known->made_with[0] = '\0';
	if (ex->policy != NULL)
		rate_text(&ex->left, known->made_with);
	add_header(&m, RATE_LIMIT, known->made_with);
	if (m.failed) { /* it would lack that header for ever */
		MHD_destroy_response(m.res);
		known->made = NULL;
		return NULL;
	}
	known->lent = ex->borrows = true;
	return m.res;
}

enum MHD_Result
send_reply(struct http *http, struct exchange *ex, struct reply *reply,
	   int status)
{
	bool close = reply->close || http->draining ||
		     ++ex->conn->answers >= HTTP_MAX_ANSWERS;
	struct MHD_Response *lent = close ? NULL : borrow_response(ex, reply);
	struct MHD_Response *res =
		lent != NULL ? lent : make_response(ex, reply, close);

	if (res == NULL)
		return MHD_NO; /* out of memory: the connection is closed */

	enum MHD_Result rc = intercept_queue(ex->mhd, (unsigned)status, res);

	if (lent == NULL)
		MHD_destroy_response(res);
	ex->state = EXCHANGE_ANSWERED;
	if (rc == MHD_YES) {
		ex->sent_status = status;
		/* of a stream: what has been read of it so far */
		if (reply->read == NULL)
			ex->sent = ex->is_head ? 0 : reply->len;
	}
	return rc;
}

/* Write ${reply} in full, as far as the socket takes it at once. */
static void
write_past(int fd, const struct reply *reply, int status, const char *id,
	   const char *body, size_t len)
{
	char head[704], date[40], retry[40] = "";

	date_text(date, sizeof(date), time(NULL));
	if (reply->retry_after > 0)
		(void)snprintf(retry, sizeof(retry), "Retry-After: %d\r\n",
			       reply->retry_after);
	int n = snprintf(head, sizeof(head),
			 "HTTP/1.1 %d %s\r\nDate: %s\r\n"
			 "Connection: close\r\nContent-Type: %s\r\n"
			 "Cache-Control: no-store\r\nVary: Origin\r\n"
			 "X-Content-Type-Options: nosniff\r\n"
			 "Content-Security-Policy: " POLICY "\r\n"
			 "X-Request-Id: %s\r\n"
			 "%sContent-Length: %zu\r\n\r\n",
			 status, MHD_get_reason_phrase_for((unsigned)status),
			 date, reply->type, id, retry, body != NULL ? len : 0);

	if (n > 0 && (size_t)n < sizeof(head) &&
	    send(fd, head, (size_t)n, MSG_DONTWAIT | MSG_NOSIGNAL | MSG_MORE) ==
		    n &&
	    body != NULL)
		(void)send(fd, body, len, MSG_DONTWAIT | MSG_NOSIGNAL);
}

/*
 * What the client has sent is not read any more; but a socket that is closed
 * with something unread in it sends a RST, which may overtake our answer.
 */
static void
read_away(int fd)
{
	char bytes[4096];

	(void)shutdown(fd, SHUT_WR);
	for (int i = 0; i < 16; i++)
		if (recv(fd, bytes, sizeof(bytes), MSG_DONTWAIT) <= 0)
			break;
}

/* A refusal that belongs to no exchange has a line of its own. */
static void
log_refusal(struct http *http, const char *id, size_t id_len, int status,
	    size_t len)
{
	struct log_line *line = log_next(http->opt.log);

	if (line == NULL)
		return;
	*line = (struct log_line){ .id_len = (unsigned char)id_len,
				   .status = status,
				   .bytes = len,
				   .start = loop_now(http->opt.loop) };
	memcpy(line->id, id, id_len);
}

void
send_early(struct conn *k, enum problem_code code, enum guard_reason reason)
{
	struct reply reply = { 0 };
	struct http *http = k->http;
	struct exchange *ex = k->ex;
	char own[HEADERS_ID_SIZE];
	char *id = ex != NULL ? ex->id : own;
	size_t len = 0, id_len = ex != NULL ? ex->id_len : 0;
	int status =
		problem(&reply, code, code == PROBLEM_BAD_REQUEST ? "%s" : NULL,
			guard_advice(reason));

	if (id_len == 0)
		id_len = id_next(&http->site.ids, id);
	char *body = problem_body(&reply, id, &len);

	write_past(k->fd, &reply, status, id, body, len);
	read_away(k->fd);
	if (ex != NULL) {
		ex->id_len = (unsigned char)id_len;
		ex->sent_status = status;
		ex->sent = len;
		ex->state = EXCHANGE_ANSWERED;
		ex->guard.reason = reason;
	} else {
		log_refusal(http, id, id_len, status, len);
		metrics_refused(http->opt.metrics, reason);
	}
	free(body);
	reply_clear(&reply);
}

void
send_full(struct http *http, int fd)
{
	struct reply reply = { 0 };
	char id[HEADERS_ID_SIZE];
	size_t len = 0, id_len = id_next(&http->site.ids, id);
	int status = problem(&reply, PROBLEM_OVERLOADED, NULL);
	char *body = problem_body(&reply, id, &len);

	write_past(fd, &reply, status, id, body, len);
	read_away(fd);
	log_refusal(http, id, id_len, status, len);
	metrics_refused(http->opt.metrics, GUARD_FULL);
	free(body);
	reply_clear(&reply);
}
