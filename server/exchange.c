/*
 * exchange.c - one request and its answer, without the socket.
 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "server/etag.h"
#include "server/problem.h"
#include "server/sift.h"
#include "server/url.h"

#include "server/exchange.h"

void
exchange_begin(struct exchange *ex, const char *url)
{
	struct request *req = &ex->req;

	/* Field by field: the whole is 4 KiB, and most of it is never read. */
	req->method = NULL;
	req->id = ex->id;
	req->match.route = NULL;
	req->match.nparams = 0;
	req->nargs = 0;
	req->body = NULL;
	req->raw = (struct slice){ NULL, 0 };
	req->if_match = req->idempotency_key = NULL;
	req->text = req->gzip = false;
	req->role = ROLE_NONE;
	req->key_id = NULL;
	req->lib = NULL;
	req->desk = NULL;
	req->unready = 0;

	ex->status = ex->release = 0;
	ex->method = NULL;
	ex->is_head = ex->reads = false;
	ex->state = EXCHANGE_RECEIVING;
	ex->prepared = ex->in_job = ex->held = ex->orphan = false;
	ex->given_up_body = NULL;
	ex->sent_status = 0;
	ex->sent = 0;

	ex->guard.reason = GUARD_OK; /* the rest by guard_line() */
	ex->guard.coding_seen = false;
	ex->accept = (struct accept){ 0 };
	ex->encodings = (struct slice){ NULL, 0 };
	ex->if_none_match.ptr = NULL;
	ex->authorization = (struct slice){ NULL, 0 };
	ex->nauthorizations = 0;
	ex->memo = NULL;
	ex->policy = NULL;
	ex->length = 0;
	ex->nheaders = 0;
	ex->origin.ptr = ex->reader = NULL;
	ex->preflight = false;
	ex->has_type = ex->not_json = ex->not_form = false;
	ex->expects = ex->foreign = false;

	ex->body = NULL;
	ex->body_len = ex->body_size = 0;
	ex->received = 0;
	ex->keep = false;
	ex->sift = NULL;

	ex->known = NULL;
	ex->borrows = false;
	ex->asked_len = 0;

	ex->id[0] = '\0';
	ex->id_len = 0;
	ex->url_len = url != NULL ? strnlen(url, REQUEST_MAX_URL + 1) : 0;
	if (ex->url_len <= REQUEST_MAX_URL)
		memcpy(ex->url, url != NULL ? url : "", ex->url_len);
	ex->url[ex->url_len <= REQUEST_MAX_URL ? ex->url_len : 0] = '\0';
}

/* Keep a copy of a header that may come once, and not be too long: else "". */
static void
copy_once(const char **at, char *to, size_t size, struct slice value)
{
	size_t len = *at == NULL && value.len < size ? value.len : 0;

	memcpy(to, value.ptr, len);
	to[len] = '\0';
	*at = to;
}

/* Is the header's name ${text}?  Their lengths are the same already. */
#define NAMED(text) (strncasecmp(name, text, sizeof(text) - 1) == 0)

void
exchange_header(struct exchange *ex, const char *name, size_t name_len,
		const char *value, size_t value_len)
{
	ex->nheaders++;

	/* By length first: most headers are none of ours, and cost no more. */
	switch (name_len) {
	case sizeof("Accept") - 1: /* and Expect, Origin */
		if (NAMED("Origin"))
			ex->origin = (struct slice){ value, value_len };
		else if (NAMED("Accept"))
			accept_add(&ex->accept, value, value_len);
		else if (NAMED("Expect"))
			ex->expects = true;
		break;
	case sizeof("If-Match") - 1:
		if (NAMED("If-Match"))
			copy_once(&ex->req.if_match, ex->if_match,
				  sizeof(ex->if_match),
				  (struct slice){ value, value_len });
		break;
	case sizeof("Idempotency-Key") - 1: /* and Accept-Encoding */
		if (NAMED("Accept-Encoding"))
			ex->encodings = (struct slice){ value, value_len };
		else if (NAMED("Idempotency-Key"))
			copy_once(&ex->req.idempotency_key, ex->idempotency_key,
				  sizeof(ex->idempotency_key),
				  (struct slice){ value, value_len });
		break;
	case sizeof("Access-Control-Request-Method") - 1:
		if (NAMED("Access-Control-Request-Method"))
			ex->preflight = true;
		break;
	case sizeof("Content-Type") - 1: /* and X-Request-Id */
		if (NAMED("X-Request-Id")) {
			if (ex->id[0] != '\0' ||
			    !header_is_id(value, value_len))
				break;
			memcpy(ex->id, value, value_len);
			ex->id[value_len] = '\0';
			ex->id_len = (unsigned char)value_len;
		} else if (NAMED("Content-Type")) {
			ex->has_type = true;
			ex->not_json |= !header_is_json(value, value_len);
			ex->not_form |= !header_is_form(value, value_len);
		}
		break;
	case sizeof("If-None-Match") - 1: /* and Authorization */
		if ((*name | 0x20) == 'a' && NAMED("Authorization")) {
			ex->authorization = (struct slice){ value, value_len };
			ex->nauthorizations++;
		} else if (NAMED("If-None-Match")) {
			ex->if_none_match = (struct slice){ value, value_len };
		}
		break;
	case sizeof("Content-Length") - 1:
		if (NAMED("Content-Length"))
			ex->length = header_length(value, value_len);
		break;
	case sizeof("Content-Encoding") - 1:
		if (NAMED("Content-Encoding"))
			ex->not_json = ex->not_form = true;
		break;
	}
}

#undef NAMED

/* Is this the GET or HEAD of a row that is made from the release alone? */
static bool
from_release(const struct exchange *ex)
{
	const struct route *route = ex->req.match.route;

	return route != NULL && (route->flags & ROUTE_RELEASE) != 0 &&
	       ex->reads;
}

/* Is its answer a page or file of its own? */
static bool
is_page(const struct exchange *ex)
{
	const struct route *route = ex->req.match.route;

	return route != NULL && (route->flags & ROUTE_PAGE) != 0;
}

/* Does the client have what we would answer?  (Not for "*": see finish.) */
static bool
is_fresh(const struct exchange *ex)
{
	const struct slice *list = &ex->if_none_match;

	return list->ptr != NULL &&
	       header_has_etag(list->ptr, list->len, ex->reply.etag,
			       strlen(ex->reply.etag));
}

/* Give the answer that was given before. */
static enum exchange_next
repeat(struct exchange *ex)
{
	struct reply *reply = &ex->reply;

	memcpy(reply->etag, ex->known->etag, sizeof(reply->etag));
	ex->release = ex->known->release;
	if (is_fresh(ex)) {
		ex->status = 304;
		return EXCHANGE_SEND;
	}
	reply->type = REPLY_JSON;
	reply->fixed = ex->known->body;
	reply->len = ex->known->len;
	ex->status = 200;
	return EXCHANGE_SEND;
}

/* Does the request carry what is somebody's own? */
static bool
is_personal(const struct request *req)
{
	for (size_t i = 0; i < req->nargs; i++) {
		const struct slice *name = &req->args[i].name;

		if ((name->len > 7 && memcmp(name->ptr, "values.", 7) == 0) ||
		    (name->len == 5 && memcmp(name->ptr, "state", 5) == 0))
			return true;
	}
	return false;
}

void
exchange_remember(const struct exchange *ex, struct site *site)
{
	const struct reply *reply = &ex->reply;

	if (ex->asked_len == 0 || ex->status != 200 || !from_release(ex) ||
	    reply->body == NULL || strcmp(reply->type, REPLY_JSON) != 0 ||
	    reply->link[0] != '\0' || is_personal(&ex->req))
		return;

	struct known like = { .route = ex->req.match.route,
			      .len = reply->len,
			      .release = ex->release };

	memcpy(like.etag, reply->etag, sizeof(like.etag));
	answers_offer(site->answers, ex->asked, ex->asked_len, &like,
		      reply->body);
}

/* Should others be asked rather than this server?  A problem + 1, or 0. */
static int
unready(const struct site *site)
{
	if (site->draining)
		return PROBLEM_STOPPING + 1;
	if (site->lib == NULL)
		return PROBLEM_NO_RELEASE + 1;
	if (site->auth.keys && site->auth.table == NULL)
		return PROBLEM_NO_KEYS + 1;
	return 0;
}

enum exchange_next
exchange_complete(struct exchange *ex, struct site *site)
{
	struct reply *reply = &ex->reply;

	if (ex->known != NULL && ex->received <= REQUEST_MAX_BODY)
		return repeat(ex);
	if (ex->status != 0)
		return EXCHANGE_SEND;
	if (ex->received > exchange_limit(ex)) {
		ex->guard.reason = GUARD_BODY_LARGE;
		ex->status =
			problem(reply, PROBLEM_TOO_LARGE,
				"Send at most %zu bytes.", exchange_limit(ex));
		return EXCHANGE_SEND;
	}

	unsigned flags = ex->req.match.route->flags;

	if ((flags & ROUTE_BODY) != 0 &&
	    (ex->status = exchange_read_body(ex)) != 0)
		return EXCHANGE_SEND;

	if ((flags & ROUTE_KEPT) != 0 && site->draining) {
		ex->status = problem(reply, PROBLEM_STOPPING, NULL);
		return EXCHANGE_SEND;
	}
	ex->req.lib = site->lib;
	ex->req.unready = unready(site);
	if ((flags & (ROUTE_RELEASE | ROUTE_LIBRARY)) != 0) {
		ex->release = site->release;
		if (site->lib == NULL) {
			ex->status = problem(reply, PROBLEM_NO_RELEASE, NULL);
			reply->retry_after = 2;
			return EXCHANGE_SEND;
		}
		if (from_release(ex)) {
			etag_make(&site->etag, &ex->req, ex->reply.etag);
			if (is_fresh(ex)) {
				ex->status = 304;
				return EXCHANGE_SEND;
			}
		}
	}
	return (flags & ROUTE_JOB) != 0 ? EXCHANGE_JOB : EXCHANGE_CALL;
}

void
exchange_run(struct exchange *ex, struct desk *desk)
{
	ex->req.desk = desk;
	ex->status =
		ex->reply.then != NULL
			? ex->reply.then(&ex->req, &ex->reply)
			: ex->req.match.route->handler(&ex->req, &ex->reply);
	ex->req.desk = NULL;
}

void
exchange_finish(struct exchange *ex)
{
	struct reply *reply = &ex->reply;

	if (reply->problem != 0) {
		reply->body = problem_body(reply, ex->id, &reply->len);
		if (reply->body == NULL)
			reply->len = 0; /* the status still stands */
		return;
	}
	if (ex->status != 200 || !ex->reads)
		return;
	if (is_page(ex) && reply->fixed != NULL)
		etag_page(reply->fixed, reply->len, reply->etag);
	else if (is_page(ex))
		etag_page(reply->body, reply->len, reply->etag);
	/* "*" asks whether there is anything: only the handler knows. */
	if (ex->if_none_match.ptr != NULL &&
	    ((is_page(ex) && is_fresh(ex)) ||
	     (from_release(ex) &&
	      header_is_star(ex->if_none_match.ptr, ex->if_none_match.len)))) {
		free(reply->body);
		reply->body = NULL;
		reply->fixed = NULL;
		reply->read = NULL; /* its work goes with the reply */
		reply->type = NULL;
		reply->len = 0;
		ex->status = 304;
	}
}

void
exchange_end(struct exchange *ex)
{
	if (ex->req.body != NULL)
		json_decref(ex->req.body);
	ex->req.body = NULL;
	if (ex->body != NULL)
		free(ex->body);
	ex->body = NULL;
	if (ex->sift != NULL)
		sift_free(ex->sift);
	ex->sift = NULL;
	if (ex->given_up_body != NULL)
		free(ex->given_up_body);
	ex->given_up_body = NULL;
	if (ex->known != NULL) {
		if (ex->borrows)
			ex->known->lent = false;
		known_unref(ex->known);
	}
	ex->known = NULL;
	ex->borrows = false;
	reply_reset(&ex->reply);
}

struct exchange *
exchange_new(void)
{
	struct exchange *ex = malloc(sizeof(*ex));

	if (ex == NULL)
		return NULL;
	ex->reply = (struct reply){ 0 };
	ex->known = NULL;
	return ex;
}

void
exchange_free(struct exchange *ex)
{
	if (ex == NULL)
		return;
	reply_clear(&ex->reply);
	free(ex);
}
