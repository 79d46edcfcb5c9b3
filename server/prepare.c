/*
 * prepare.c - the headers are in: which row is it, and may it go on?
 */
#include <string.h>

#include "server/cors.h"
#include "server/exchange.h"
#include "server/problem.h"
#include "server/sift.h"
#include "server/url.h"

/* Methods are compared by address: each has one constant in the program. */
static const char get[] = "GET", head[] = "HEAD", options[] = "OPTIONS";

/* Our own constant for ${method}, which outlives the request, or NULL. */
static const char *
known_method(const char *method)
{
	static const char *const known[] = { get,      "POST",	  head,
					     options,  "PUT",	  "PATCH",
					     "DELETE", "CONNECT", "TRACE" };

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (strcmp(known[i], method) == 0)
			return known[i];
	return NULL;
}

/* The answer to OPTIONS, or to a method that this path does not have. */
static int
refuse_method(struct exchange *ex, const struct site *site,
	      const struct url *url)
{
	struct reply *reply = &ex->reply;

	router_allow(site->routes, site->nroutes, url->path, url->path_len,
		     reply->allow, sizeof(reply->allow));
	if (ex->req.method == options)
		return reply->allow[0] != '\0'
			       ? 204
			       : problem(reply, PROBLEM_NOT_FOUND, NULL);
	return problem(reply, PROBLEM_NOT_ALLOWED, "Use %s.", reply->allow);
}

/* Find the row and decode what it is called with.  0, or a status. */
static int
find_route(struct exchange *ex, const struct site *site)
{
	struct request *req = &ex->req;
	struct url url;
	enum url_verdict verdict;

	url_split(ex->url, ex->url_len, &url);
	if ((verdict = url_check(url.path, url.path_len)) != URL_OK)
		return url_refuse(verdict, req, &ex->reply);
	if (req->method == options) {
		if (url.path_len == 1 && url.path[0] == '*')
			return 204;
		return refuse_method(ex, site, &url);
	}

	switch (router_find(site->routes, site->nroutes, req->method, url.path,
			    url.path_len, &req->match)) {
	case ROUTER_NOT_FOUND:
		return problem(&ex->reply, PROBLEM_NOT_FOUND, NULL);
	case ROUTER_NOT_ALLOWED:
		return refuse_method(ex, site, &url);
	case ROUTER_MATCH:
		break;
	}

	for (size_t i = 0; i < req->match.nparams; i++)
		url_decode(&req->match.params[i]);
	if ((verdict = url_query(url.query, req)) != URL_OK)
		return url_refuse(verdict, req, &ex->reply);
	return 0;
}

/* Which media type?  0, or 406. */
static int
negotiate(struct exchange *ex)
{
	bool text = (ex->req.match.route->flags & ROUTE_TEXT) != 0;

	if ((ex->req.match.route->flags & ROUTE_PAGE) != 0)
		ex->req.gzip =
			header_takes_gzip(ex->encodings.ptr, ex->encodings.len);
	if (!ex->accept.seen ||
	    (ex->req.match.route->flags & (ROUTE_PAGE | ROUTE_ANY_TYPE)) != 0)
		return 0;
	ex->req.text = text && accept_text(&ex->accept);
	if (ex->req.text || accept_json(&ex->accept))
		return 0;
	return problem(&ex->reply, PROBLEM_NOT_ACCEPTABLE,
		       text ? "Accept application/json or text/plain."
			    : "Accept application/json.");
}

/*
 * Was this very URL answered before, in this release?  Only plain GETs for
 * JSON are looked for; a URL that may be asked again is noted down, for the
 * one we have is about to be cut in place.
 */
static bool
find_known(struct exchange *ex, struct site *site)
{
	if (ex->method != get || ex->length > 0 || site->lib == NULL ||
	    (ex->foreign && site->local) || ex->url_len > ANSWERS_MAX_URL)
		return false;
	if (ex->accept.seen &&
	    (accept_text(&ex->accept) || !accept_json(&ex->accept)))
		return false;
	ex->known = answers_find(site->answers, ex->url, ex->url_len);
	if (ex->known == NULL) {
		memcpy(ex->asked, ex->url, ex->url_len);
		ex->asked_len = ex->url_len;
		return false;
	}
	ex->req.match.route = ex->known->route;
	return true;
}

/* Before anything else: is it HTTP?  0, or a status. */
static int
guard(struct exchange *ex)
{
	if (ex->guard.reason == GUARD_OK)
		return 0;
	return problem(&ex->reply, PROBLEM_BAD_REQUEST, "%s",
		       guard_advice(ex->guard.reason));
}

/* Is it within the limits of url and headers?  0, or a status. */
static int
fits(struct exchange *ex, size_t block)
{
	if (ex->url_len > REQUEST_MAX_URL) {
		ex->guard.reason = GUARD_URL_LONG;
		return problem(&ex->reply, PROBLEM_URL_TOO_LONG, NULL);
	}
	if (ex->nheaders > EXCHANGE_MAX_HEADERS ||
	    block > EXCHANGE_MAX_HEADER_BLOCK) {
		ex->guard.reason = GUARD_HEADERS_LARGE;
		return problem(&ex->reply, PROBLEM_HEADERS_TOO_LARGE, NULL);
	}
	return 0;
}

bool
exchange_prepare(struct exchange *ex, struct site *site, const char *method,
		 size_t block)
{
	if (ex->id_len == 0)
		ex->id_len = (unsigned char)id_next(&site->ids, ex->id);
	ex->req.app = site->app;
	if (ex->origin.ptr != NULL)
		ex->reader =
			cors_find(site->cors, ex->origin.ptr, ex->origin.len);
	/* A method that we do not know fits no row. */
	ex->method = known_method(method);
	ex->is_head = ex->method == head;
	ex->reads = ex->method == get || ex->is_head;
	ex->req.method = ex->method != NULL ? ex->method : "-";

	if ((ex->status = guard(ex)) != 0 ||
	    (ex->status = fits(ex, block)) != 0) {
		ex->reply.close = true;
		return false;
	}
	if (find_known(ex, site)) {
		if ((ex->status = auth_check(ex, site)) != 0) {
			known_unref(ex->known);
			ex->known = NULL;
		}
		return ex->status == 0 || !ex->expects;
	}
	ex->status = find_route(ex, site);
	ex->reply.close = ex->status == 400;
	if (ex->status == 0 && ex->foreign && site->local &&
	    (ex->req.match.route->flags & ROUTE_ANY_HOST) == 0)
		ex->status = problem(&ex->reply, PROBLEM_MISDIRECTED, NULL);
	if (ex->status == 0)
		ex->status = auth_check(ex, site);
	if (ex->status == 0)
		ex->status = negotiate(ex);
	if (ex->length > exchange_limit(ex)) {
		ex->guard.reason = GUARD_BODY_LARGE;
		if (ex->status == 0)
			ex->status = problem(&ex->reply, PROBLEM_TOO_LARGE,
					     "Send at most %zu bytes.",
					     exchange_limit(ex));
		return false;
	}
	ex->keep = ex->status == 0 &&
		   (ex->req.match.route->flags & ROUTE_BODY) != 0;
	if (ex->keep && (ex->req.match.route->flags & ROUTE_STREAM) != 0 &&
	    (ex->sift = sift_new(site->sift)) == NULL) {
		ex->status = problem(&ex->reply, PROBLEM_INTERNAL, NULL);
		ex->keep = false;
	}
	/* Who waits for our leave to send a body need not send it. */
	return ex->status == 0 || !ex->expects;
}
