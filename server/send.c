/*
 * send.c - from a reply to an answer on the wire.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>

#include "server/send.h"

static void
add_header(struct MHD_Response *res, const char *name, const char *value)
{
	/* Without memory, or with a line break in it, it is left out. */
	if (value[0] != '\0')
		(void)MHD_add_response_header(res, name, value);
}

/* The headers of an answer: as few as will do, for each costs a lot here. */
static void
add_headers(struct http *http, const struct exchange *ex,
	    const struct reply *reply, struct MHD_Response *res)
{
	const struct route *route = ex->req.match.route;
	bool cached = reply->etag[0] != '\0' && route != NULL &&
		      (route->flags & ROUTE_RELEASE) != 0;
	char seconds[16];

	if (reply->len > 0)
		add_header(res, "Content-Type", reply->type);
	add_header(res, "X-Request-Id", ex->id);
	add_header(res, "Cache-Control", cached ? "no-cache" : "no-store");
	add_header(res, "ETag", reply->etag);
	add_header(res, "Allow", reply->allow);
	add_header(res, "Link", reply->link);
	add_header(res, "Evenkeel-Stage", reply->stage);
	if (reply->challenge != NULL)
		add_header(res, "WWW-Authenticate", reply->challenge);
	if (ex->policy != NULL) {
		char text[RATE_TEXT];

		rate_text(&ex->left, text);
		add_header(res, "RateLimit-Policy", ex->policy);
		add_header(res, "RateLimit", text);
	}
	if (reply->retry_after > 0) {
		(void)snprintf(seconds, sizeof(seconds), "%d",
			       reply->retry_after);
		add_header(res, "Retry-After", seconds);
	}
	if (reply->close || http->draining ||
	    ++ex->conn->answers >= HTTP_MAX_ANSWERS)
		add_header(res, "Connection", "close");
}

enum MHD_Result
send_reply(struct http *http, struct exchange *ex, struct reply *reply,
	   int status)
{
	/*
	 * libmicrohttpd does not write to it, whatever its prototype says; the
	 * exchange frees it, for after serve_completed() it is not read any
	 * more.
	 */
	char *body = reply->body != NULL ? reply->body
					 : (char *)(uintptr_t)reply->fixed;
	struct MHD_Response *res = MHD_create_response_from_buffer(
		reply->len, body, MHD_RESPMEM_PERSISTENT);

	if (res == NULL)
		return MHD_NO; /* out of memory: the connection is closed */
	add_headers(http, ex, reply, res);

	enum MHD_Result rc = MHD_queue_response(ex->mhd, (unsigned)status, res);

	MHD_destroy_response(res);
	ex->state = EXCHANGE_ANSWERED;
	if (rc == MHD_YES) {
		ex->sent_status = status;
		ex->sent = ex->is_head ? 0 : reply->len;
	}
	return rc;
}

void
send_timeout(struct http *http, struct exchange *ex)
{
	struct reply reply = { 0 };
	char head[256], date[40];
	size_t len = 0;
	time_t now = time(NULL);
	struct tm tm;

	if (ex->id_len == 0)
		ex->id_len = (unsigned char)id_next(&http->site.ids, ex->id);
	ex->sent_status = problem(&reply, PROBLEM_TIMEOUT, NULL);
	char *body = problem_body(&reply, ex->id, &len);

	(void)strftime(date, sizeof(date), "%a, %d %b %Y %H:%M:%S GMT",
		       gmtime_r(&now, &tm));
	int n = snprintf(head, sizeof(head),
			 "HTTP/1.1 408 Request Timeout\r\nDate: %s\r\n"
			 "Connection: close\r\nContent-Type: %s\r\n"
			 "Cache-Control: no-store\r\nContent-Length: %zu\r\n"
			 "\r\n",
			 date, reply.type, body != NULL ? len : 0);

	if (n > 0 && (size_t)n < sizeof(head) &&
	    send(ex->conn->fd, head, (size_t)n,
		 MSG_DONTWAIT | MSG_NOSIGNAL | MSG_MORE) == n &&
	    body != NULL)
		(void)send(ex->conn->fd, body, len,
			   MSG_DONTWAIT | MSG_NOSIGNAL);
	ex->state = EXCHANGE_ANSWERED;
	ex->sent = len;
	free(body);
	reply_clear(&reply);
}
