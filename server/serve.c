/*
 * serve.c - one request after another, through libmicrohttpd.
 *
 * libmicrohttpd calls serve_url() for the request line, serve_request() once
 * when the headers are in, once per piece of body and once at the end; after a
 * resume that last call comes again, or, if the client has hung up, does not
 * come.  Then serve_completed() comes, or the connection ends without it; only
 * these let an exchange go.  All within MHD_run(), on the loop's thread.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "server/log.h"
#include "server/metrics.h"
#include "server/send.h"

#include "server/serve.h"

#define SPARE 256 /* exchanges kept for the next requests */

/* ---- connections and their deadlines ---- */

static void
unlist(struct conn *k)
{
	k->prev->next = k->next;
	k->next->prev = k->prev;
	k->prev = k->next = k;
}

void
serve_arm(struct http *http, enum wait what, struct conn *k)
{
	struct conn *head = &http->queues[what];

	unlist(k);
	k->deadline = loop_now(http->opt.loop) + http->times[what];
	k->prev = head->prev;
	k->next = head;
	head->prev->next = k;
	head->prev = k;
}

/* ---- exchanges ---- */

static struct exchange *
exchange_get(struct http *http)
{
	struct exchange *ex = http->spare;

	if (ex == NULL)
		return exchange_new();
	http->spare = (struct exchange *)ex->job.next;
	http->nspare--;
	return ex;
}

void
serve_put(struct http *http, struct exchange *ex)
{
	exchange_end(ex);
	if (http->nspare >= SPARE) {
		exchange_free(ex);
		return;
	}
	ex->job.next = (struct job *)http->spare;
	http->spare = ex;
	http->nspare++;
}

/* ---- answers ---- */

static enum MHD_Result
answer(struct http *http, struct exchange *ex)
{
	exchange_finish(ex);
	return send_reply(http, ex, &ex->reply, ex->status);
}

/* The job may still write to the reply of the exchange: use another. */
static enum MHD_Result
answer_given_up(struct http *http, struct exchange *ex)
{
	struct reply reply = { 0 };
	int status = problem(&reply, (enum problem_code)ex->given_up, NULL);

	ex->given_up_body = problem_body(&reply, ex->id, &reply.len);
	reply.fixed = ex->given_up_body;
	reply.len = reply.fixed != NULL ? reply.len : 0;
	enum MHD_Result rc = send_reply(http, ex, &reply, status);

	reply_clear(&reply);
	return rc;
}

/* ---- deadlines ---- */

void
serve_expire(struct http *http, enum wait what, struct conn *k)
{
	unlist(k);
	if (what == WAIT_JOB || what == WAIT_LONG) {
		park_expire(http, k->ex);
		return;
	}
	if (k->ex != NULL && k->ex->state == EXCHANGE_RECEIVING)
		send_early(k, PROBLEM_TIMEOUT, GUARD_SLOW);
	/* libmicrohttpd sees it in the next MHD_run(), and closes. */
	(void)shutdown(k->fd, SHUT_RDWR);
	http->work++;
}

/* ---- long bodies ---- */

/* Is ${ex} to have a piece in its turn only?  Not its last one: that is read.
 */
static bool
is_long(const struct exchange *ex)
{
	const struct route *route = ex->req.match.route;
	bool more = ex->length == 0 || ex->received < ex->length;

	return more && ((route != NULL && (route->flags & ROUTE_STREAM) != 0) ||
			ex->received > REQUEST_MAX_LARGE);
}

/*
 * libmicrohttpd reads from all that have sent something before the loop comes
 * round: with many that send 4 MiB each a look-up would wait for a piece of
 * all.  So each is suspended after a piece, and one goes on in each turn.
 */
static void
pace(struct http *http, struct conn *k)
{
	/* The next chunk of what was read already; or none may be left behind.
	 */
	if (k->paced || http->released)
		return;
	k->paced = true;
	k->paced_next = NULL;
	*http->last_paced = k;
	http->last_paced = &k->paced_next;
	MHD_suspend_connection(k->ex->mhd);
}

bool
serve_pace(struct http *http)
{
	struct conn *k = http->paced;

	if (k == NULL)
		return false;
	http->paced = k->paced_next;
	if (http->paced == NULL)
		http->last_paced = &http->paced;
	k->paced = false;
	http->work++;
	MHD_resume_connection(k->ex->mhd); /* MHD_run() follows */
	return true;
}

/* ---- what libmicrohttpd calls ---- */

/*
 * We have a copy of the URL and cut it ourselves.  libmicrohttpd would do so,
 * too: from the "?" in its own buffer up to a NUL.  A NUL there saves it a
 * record and 250 instructions for each argument, and keeps its pool free.
 */
static void
forget_arguments(const char *url)
{
	char *mark = url != NULL ? strchr((char *)(uintptr_t)url, '?') : NULL;

	if (mark != NULL)
		mark[1] = '\0';
}

void *
serve_url(void *cls, const char *url, struct MHD_Connection *c)
{
	struct http *http = cls;
	struct conn *k =
		MHD_get_connection_info(c, MHD_CONNECTION_INFO_SOCKET_CONTEXT)
			->socket_context;
	struct exchange *ex = k != NULL ? exchange_get(http) : NULL;

	http->work++;
	if (ex == NULL)
		return NULL; /* serve_request() closes the connection */
	exchange_begin(ex, url);
	forget_arguments(url);
	ex->start = loop_now(http->opt.loop);
	ex->mhd = c;
	ex->conn = k;
	ex->http = http;
	ex->memo = &k->memo;
	k->ex = ex;
	http->live++;
	serve_arm(http, WAIT_HEADERS, k);
	return ex;
}

/* Leave escapes alone: we decode our copy of the URL. */
size_t
serve_unescape(void *cls, struct MHD_Connection *c, char *text)
{
	(void)cls, (void)c;
	return strlen(text);
}

static enum MHD_Result
on_header(void *cls, enum MHD_ValueKind kind, const char *name, size_t name_len,
	  const char *value, size_t value_len)
{
	struct exchange *ex = cls;

	(void)kind;
	guard_header(&ex->guard, name, name_len, value, value_len);
	while (value_len > 0 &&
	       (value[value_len - 1] == ' ' || value[value_len - 1] == '\t'))
		value_len--;
	exchange_header(ex, name, name_len, value, value_len);
	return MHD_YES;
}

static enum MHD_Result
on_trailer(void *cls, enum MHD_ValueKind kind, const char *name,
	   size_t name_len, const char *value, size_t value_len)
{
	struct exchange *ex = cls;

	(void)kind;
	guard_trailer(&ex->guard, name, name_len, value, value_len);
	return MHD_YES;
}

/* Does the Host of ${g} name another machine?  Most are the one before. */
static bool
is_foreign(struct http *http, const struct guard *g)
{
	if (!g->host_seen)
		return false;
	if (g->host_known)
		return http->host_foreign;

	bool foreign = !header_is_local(g->host, g->host_len);

	if (g->host_kept)
		http->host_foreign = foreign;
	return foreign;
}

/* The headers are in. */
static enum MHD_Result
on_headers(struct http *http, struct exchange *ex, const char *target,
	   const char *method, const char *version)
{
	const struct guard_line line = { .method = method,
					 .version = version,
					 .target = target,
					 .url = ex->url,
					 .url_len = ex->url_len,
					 .cut = ex->url_len > REQUEST_MAX_URL };
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(
		ex->mhd, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE);
	size_t block = info != NULL ? info->header_size : 0;

	serve_arm(http, WAIT_REQUEST, ex->conn);
	guard_line(&ex->guard, &line, http->placed);
	(void)MHD_get_connection_values_n(ex->mhd, MHD_HEADER_KIND, on_header,
					  ex);
	(void)guard_end(&ex->guard, &line, method + block, &http->host);
	ex->foreign = is_foreign(http, &ex->guard);
	ex->prepared = true;
	http->site.now = loop_now(http->opt.loop);
	if (exchange_prepare(ex, &http->site, method, block))
		return MHD_YES;
	return answer(http, ex); /* libmicrohttpd closes the connection */
}

/* A piece of the body; if it is too much, or no chunk, that is the end. */
static enum MHD_Result
on_piece(struct exchange *ex, const char *piece, size_t len)
{
	guard_piece(&ex->guard, piece, len);
	if (ex->guard.reason == GUARD_CHUNK)
		send_early(ex->conn, PROBLEM_BAD_REQUEST, GUARD_CHUNK);
	else if (!exchange_piece(ex, ex->http->site.lib, piece, len))
		send_early(ex->conn, PROBLEM_TOO_LARGE, GUARD_BODY_LARGE);
	else {
		if (is_long(ex))
			pace(ex->http, ex->conn);
		return MHD_YES;
	}
	return MHD_NO;
}

/* The request is complete. */
static enum MHD_Result
on_complete(struct http *http, struct exchange *ex)
{
	/* Not all lines of one can be looked at: take nothing behind it. */
	if (ex->guard.coding_seen) {
		ex->reply.close = true;
		(void)MHD_get_connection_values_n(ex->mhd, MHD_FOOTER_KIND,
						  on_trailer, ex);
	}
	if (ex->guard.reason == GUARD_TRAILER) {
		ex->status = problem(&ex->reply, PROBLEM_BAD_REQUEST, "%s",
				     guard_advice(GUARD_TRAILER));
		ex->reply.close = true;
		return answer(http, ex);
	}
	if (ex->received > 0) /* the body may have taken its time */
		serve_arm(http, WAIT_REQUEST, ex->conn);
	switch (exchange_complete(ex, &http->site)) {
	case EXCHANGE_SEND:
		break;
	case EXCHANGE_CALL:
		exchange_run(ex, NULL);
		exchange_remember(ex, &http->site);
		if (ex->status < 0 && park(http, ex))
			return MHD_YES;
		break;
	case EXCHANGE_JOB:
		ex->status = REPLY_ON_JOB;
		if (park(http, ex))
			return MHD_YES;
		break;
	}
	return answer(http, ex);
}

enum MHD_Result
serve_request(void *cls, struct MHD_Connection *c, const char *url,
	      const char *method, const char *version, const char *piece,
	      size_t *len, void **state)
{
	struct http *http = cls;
	struct exchange *ex = *state;

	(void)c;
	http->work++;
	if (ex == NULL)
		return MHD_NO; /* out of memory */
	if (!ex->prepared)
		return on_headers(http, ex, url, method, version);
	if (*len > 0) {
		size_t n = *len;

		*len = 0;
		return on_piece(ex, piece, n);
	}

	switch (ex->state) {
	case EXCHANGE_RECEIVING:
		return on_complete(http, ex);
	case EXCHANGE_READY:
		return answer(http, ex);
	case EXCHANGE_GIVEN_UP:
		return answer_given_up(http, ex);
	case EXCHANGE_PARKED:
	case EXCHANGE_ANSWERED:
		break;
	}
	return MHD_NO;
}

static void
log_exchange(struct http *http, const struct exchange *ex)
{
	struct log_line *line = log_next(http->opt.log);

	if (line == NULL)
		return;
	memcpy(line->id, ex->id, ex->id_len);
	line->id_len = ex->id_len;
	line->method = ex->method;
	line->route = ex->req.match.route != NULL ? ex->req.match.route->pattern
						  : NULL;
	memcpy(line->key, ex->key_id, sizeof(line->key));
	line->has_key = ex->req.key_id != NULL;
	line->status = ex->sent_status;
	line->release = ex->release;
	line->bytes = ex->sent;
	line->start = ex->start;
}

static void
end_exchange(struct http *http, struct exchange *ex)
{
	log_exchange(http, ex);
	if (ex->guard.reason != GUARD_OK)
		metrics_refused(http->opt.metrics, ex->guard.reason);
	if (ex->sent_status == 429)
		metrics_limited(http->opt.metrics);
	metrics_request(http->opt.metrics, ex->req.match.route, ex->method,
			ex->sent_status, ex->start);
	http->live--;
	ex->conn->ex = NULL;
	serve_arm(http, WAIT_IDLE, ex->conn);
	ex->conn = NULL;
	ex->mhd = NULL;
	if (ex->in_job)
		ex->orphan = true; /* park.c lets it go */
	else
		serve_put(http, ex);
}

void
serve_completed(void *cls, struct MHD_Connection *c, void **state,
		enum MHD_RequestTerminationCode why)
{
	(void)c, (void)why;
	if (*state != NULL)
		end_exchange(cls, *state);
	*state = NULL;
}

void
serve_connection(void *cls, struct MHD_Connection *c, void **state,
		 enum MHD_ConnectionNotificationCode what)
{
	struct http *http = cls;
	struct conn *k = *state;

	http->work++;
	switch (what) {
	case MHD_CONNECTION_NOTIFY_STARTED:
		http->connections++;
		if ((k = calloc(1, sizeof(*k))) == NULL)
			return; /* serve_url() finds none and closes */
		k->prev = k->next = k;
		k->http = http;
		k->fd = MHD_get_connection_info(
				c, MHD_CONNECTION_INFO_CONNECTION_FD)
				->connect_fd;
		serve_arm(http, WAIT_IDLE, k);
		*state = k;
		break;
	case MHD_CONNECTION_NOTIFY_CLOSED:
		http->connections--;
		/* Before close(fd): the number cannot be another's yet. */
		if (k != NULL) {
			/* It had no memory to refuse it with. */
			if (k->ex != NULL)
				end_exchange(http, k->ex);
			unlist(k);
			explicit_bzero(&k->memo, sizeof(k->memo));
		}
		free(k);
		*state = NULL;
		break;
	}
}
