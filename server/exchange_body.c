/*
 * exchange_body.c - the body of a request, from its pieces to what a handler
 * reads.
 */
#include <stdlib.h>
#include <string.h>

#include "server/body.h"
#include "server/problem.h"
#include "server/sift.h"
#include "server/url.h"

#include "server/exchange.h"

size_t
exchange_limit(const struct exchange *ex)
{
	const struct route *route = ex->req.match.route;

	if (route == NULL)
		return REQUEST_MAX_BODY;
	return (route->flags & ROUTE_STREAM) != 0  ? REQUEST_MAX_STREAM
	       : (route->flags & ROUTE_LARGE) != 0 ? REQUEST_MAX_LARGE
						   : REQUEST_MAX_BODY;
}

/* Room for ${len} more bytes of body.  False if out of memory. */
static bool
body_room(struct exchange *ex, size_t len)
{
	size_t size = ex->body_size;

	if (ex->body_size - ex->body_len >= len)
		return true;
	if (size == 0)
		size = ex->length > 0 ? (size_t)ex->length : 1024;
	while (size - ex->body_len < len)
		size *= 2;
	char *body = realloc(ex->body, size);

	if (body == NULL)
		return false;
	ex->body = body;
	ex->body_size = size;
	return true;
}

bool
exchange_piece(struct exchange *ex, const struct library *lib,
	       const char *piece, size_t len)
{
	size_t limit = exchange_limit(ex);

	ex->received += len;
	if (ex->received > 4 * limit)
		return false;
	if (!ex->keep || ex->received > limit)
		return true; /* to be discarded, or to be refused at the end */
	if (ex->sift != NULL) {
		sift_piece(ex->sift, lib, piece, len);
		return true;
	}
	if (!body_room(ex, len)) {
		ex->status = problem(&ex->reply, PROBLEM_INTERNAL, NULL);
		ex->keep = false;
		return true;
	}
	memcpy(ex->body + ex->body_len, piece, len);
	ex->body_len += len;
	return true;
}

/* The fields of a form become the arguments.  0, or a status. */
static int
read_form(struct exchange *ex)
{
	struct request *req = &ex->req;

	if (ex->body_len == 0)
		return 0; /* those of the URL stand */
	if (!ex->has_type || ex->not_form)
		return problem(&ex->reply, PROBLEM_NOT_JSON_TYPE,
			       "Send application/x-www-form-urlencoded.");
	if (!body_room(ex, 1))
		return problem(&ex->reply, PROBLEM_INTERNAL, NULL);
	ex->body[ex->body_len] = '\0';
	enum url_verdict verdict = url_form(ex->body, ex->body_len, req);

	return verdict == URL_OK ? 0
				 : url_form_refuse(verdict, req, &ex->reply);
}

/* What was kept of a long body becomes the body.  0, or a status. */
static int
end_sift(struct exchange *ex)
{
	struct reply *reply = &ex->reply;
	size_t at;

	switch (sift_end(ex->sift, &ex->body, &ex->body_len, &at)) {
	case SIFT_OK:
		return 0;
	case SIFT_NO_JSON:
		return problem(reply, PROBLEM_BAD_JSON,
			       "This is no JSON object in UTF-8, from byte %zu "
			       "on.",
			       at);
	case SIFT_TOO_DEEP:
		return problem(reply, PROBLEM_BAD_JSON,
			       "Nest at most %d levels: byte %zu.",
			       SIFT_MAX_DEPTH, at);
	case SIFT_TOO_LARGE:
		return problem(reply, PROBLEM_TOO_LARGE,
			       "What is read of this may have %d bytes; send "
			       "fewer slots or parameters.",
			       SIFT_MAX_KEPT);
	case SIFT_NO_MEMORY:
		break;
	}
	return problem(reply, PROBLEM_INTERNAL, NULL);
}

int
exchange_read_body(struct exchange *ex)
{
	unsigned flags = ex->req.match.route->flags;
	int status = 0;

	if ((flags & ROUTE_FORM) != 0)
		return read_form(ex);
	if (ex->body_len == 0 && (flags & ROUTE_NO_BODY) != 0) {
		ex->req.raw = (struct slice){ "", 0 };
		ex->req.body = json_object();
		return ex->req.body != NULL
			       ? 0
			       : problem(&ex->reply, PROBLEM_INTERNAL, NULL);
	}
	if (ex->received == 0)
		return problem(&ex->reply, PROBLEM_BAD_JSON,
			       "Send a JSON object as the body.");
	if (!ex->has_type || ex->not_json)
		return problem(&ex->reply, PROBLEM_NOT_JSON_TYPE, NULL);
	if (ex->sift != NULL && (status = end_sift(ex)) != 0)
		return status;
	ex->req.body = body_parse(ex->body, ex->body_len,
				  (flags & ROUTE_STREAM) != 0  ? NULL
				  : (flags & ROUTE_LARGE) != 0 ? &body_large
							       : &body_usual,
				  &ex->reply, &status);
	if ((flags & ROUTE_KEPT) != 0) {
		ex->req.raw = (struct slice){ ex->body, ex->body_len };
		return status;
	}
	free(ex->body);
	ex->body = NULL;
	return status;
}
