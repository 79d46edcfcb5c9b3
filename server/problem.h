/*
 * problem.h - every way this service says no (RFC 9457).
 *
 * The map below is the whole list: add a row to add an error.  Nothing else
 * in the program writes an error body or picks an error status.  The last
 * column is the page that GET /problems/<type> shows.
 */
#ifndef SERVER_PROBLEM_H
#define SERVER_PROBLEM_H

#include <stddef.h>

struct reply;

/* clang-format off */
#define PROBLEM_MAP(X)							\
	X(BAD_REQUEST, 400, "bad-request", "The request is malformed",	\
	  "The URL or the headers break the rules of HTTP; the detail says where.") \
	X(BAD_JSON, 400, "bad-json", "The body is not JSON",		\
	  "The body must be one JSON object (RFC 8259) in UTF-8, each member once, at most 16 levels deep.") \
	X(KEY_MISSING, 400, "idempotency-key-missing", "An Idempotency-Key is needed", \
	  "Send Idempotency-Key with each POST and PATCH about conversations: 1 to 255 visible characters, new for each request, the same when it is repeated. A UUID will do.") \
	X(UNAUTHORIZED, 401, "unauthorized", "A key is needed",		\
	  "Send Authorization: Bearer and a key that is good; whoever runs this service makes them.") \
	X(FORBIDDEN, 403, "forbidden", "The key is not for this",	\
	  "Each key has a role: reader, agent, editor, publisher or admin, each of which may also do what those before it may.") \
	X(NOT_FOUND, 404, "not-found", "No such resource",		\
	  "Nothing answers at this path; /openapi.json lists what does.") \
	X(UNKNOWN_CATEGORY, 404, "unknown-category", "No such category",\
	  "GET /v1/categories lists the categories; fallback=general answers for any complaint.") \
	X(UNKNOWN_STAGE, 404, "unknown-stage", "No such stage",		\
	  "GET /v1/stages lists the stages.")				\
	X(UNKNOWN_PROTOCOL, 404, "unknown-protocol", "No such protocol",\
	  "GET /v1/protocols lists the protocols.")			\
	X(UNKNOWN_PHRASE, 404, "unknown-phrase", "No such phrase",	\
	  "GET /v1/phrases lists the phrases.")				\
	X(UNKNOWN_KEY, 404, "unknown-key", "No such key",		\
	  "GET /v1/keys lists the keys, each with its id: the eight characters after the role.") \
	X(UNKNOWN_CONVERSATION, 404, "unknown-conversation", "No such conversation", \
	  "It has never been here, or it was erased. GET /v1/conversations lists those that are.") \
	X(UNKNOWN_PROMISE, 404, "unknown-promise", "No such promise",	\
	  "GET the conversation: it lists its promises, each with its id.") \
	X(UNKNOWN_FOLLOW_UP, 404, "unknown-follow-up", "No such follow-up", \
	  "GET /v1/follow-ups lists those that are open, each with its id.") \
	X(NOT_ALLOWED, 405, "method-not-allowed", "Method not allowed",	\
	  "The path is right, the method is not; the Allow header lists the methods.") \
	X(NOT_ACCEPTABLE, 406, "not-acceptable", "Cannot answer in that form", \
	  "The Accept header rules out everything this resource can be; application/json always works.") \
	X(TIMEOUT, 408, "request-timeout", "The request came too slowly",\
	  "Send headers within 5 seconds and the body within 10.")	\
	X(CLOSED, 409, "conversation-closed", "The conversation has ended", \
	  "It is closed, or its case is done. A conversation that was closed goes on when PATCH sets its status to active; a case that is done is followed by a new conversation.") \
	X(PROMISE_OPEN, 409, "promise-open", "A promise is still open",	\
	  "Say what came of it at POST /v1/conversations/{id}/promises/{n}, or send force: true.") \
	X(NOTHING_TO_UNDO, 409, "nothing-to-undo", "There is nothing to take back", \
	  "The first turn stands, and so does what was patched.")	\
	X(SETTLED, 409, "settled", "That is settled already",		\
	  "A promise is kept or broken once, a follow-up is carried out once.") \
	X(TOO_MANY_RECORDS, 409, "too-many", "The conversation has too many of these", \
	  "A conversation takes up to 100 promises and 100 follow-ups. Start another one.") \
	X(KEY_RUNNING, 409, "idempotency-key-running", "The same request is under way", \
	  "A request with this Idempotency-Key has not been answered yet. Repeat it after the time in Retry-After.") \
	X(VERSION, 412, "version-mismatch", "The conversation has changed meanwhile", \
	  "If-Match names another version than the one in ETag. GET the conversation, look at what happened, and decide anew.") \
	X(TOO_LARGE, 413, "body-too-large", "The body is too large",	\
	  "Most requests take at most 16 KiB, those that read a text 64 KiB.") \
	X(URL_TOO_LONG, 414, "url-too-long", "The URL is too long",	\
	  "A URL has at most 2,048 bytes; POST takes the same members as a JSON body.") \
	X(NOT_JSON_TYPE, 415, "unsupported-type", "The body is of another type", \
	  "Bodies are JSON: set Content-Type: application/json. Only /v2/check takes application/x-www-form-urlencoded instead.") \
	X(MISDIRECTED, 421, "misdirected", "Not for this host",		\
	  "Without keys only localhost, 127.0.0.1 and [::1] are answered.") \
	X(INVALID, 422, "invalid", "Something in the request is invalid",\
	  "The errors say which member or argument to change.")		\
	X(KEY_REUSED, 422, "idempotency-key-reused", "This key was used for another request", \
	  "An Idempotency-Key stands for one request: method, path and body. Use a new one for a new request.") \
	X(VERSION_NEEDED, 428, "version-required", "If-Match is needed", \
	  "Send If-Match with the ETag of the conversation that you have seen, or * for whatever it is.") \
	X(TOO_MANY, 429, "too-many-requests", "Too many requests",	\
	  "The key asks more often than it may. RateLimit tells how much is left; try again after the time in Retry-After.") \
	X(HEADERS_TOO_LARGE, 431, "headers-too-large", "The headers are too large", \
	  "At most 64 headers and 8 KiB of them.")			\
	X(INTERNAL, 500, "internal", "Something broke here",		\
	  "This is our mistake, not yours. The request id helps us to find it.") \
	X(OVERLOADED, 503, "overloaded", "Too busy right now",		\
	  "Nothing was done. Try again after the time in Retry-After.")	\
	X(STOPPING, 503, "stopping", "This server is stopping",		\
	  "Nothing was done. Try again: another server, or this one after its restart, will answer.") \
	X(NO_RELEASE, 503, "no-release", "No release is loaded yet",	\
	  "The service has started but has no library yet. It looks for one every few seconds.") \
	X(NO_KEYS, 503, "no-keys", "No keys are loaded yet",		\
	  "The service has started but has not read its keys yet. It looks for them every few seconds.") \
	X(DB_UNAVAILABLE, 503, "database-unavailable", "The database is not there", \
	  "This request needs the database. What to say next does not: /v1/next goes on answering.") \
	X(BUSY, 503, "busy", "The database is busy",			\
	  "Nothing was done. Try again after the time in Retry-After.")	\
	X(OUTCOME_UNKNOWN, 503, "outcome-unknown", "The outcome is not known", \
	  "The work was begun, and its answer did not come in time. Repeat the request with the same Idempotency-Key: it is never done twice. Where there is none, look first.") \
	X(BAD_VERSION, 505, "http-version", "This version of HTTP is not spoken here", \
	  "Speak HTTP/1.1 or HTTP/1.0.")
/* clang-format on */

enum problem_code {
#define X(name, status, type, title, page) PROBLEM_##name,
	PROBLEM_MAP(X)
#undef X
	N_PROBLEMS
};

struct problem_info {
	int status;
	const char *type, *title, *page; /* type without "/problems/" */
};
extern const struct problem_info problems[N_PROBLEMS];

/* The errors that one problem lists. */
#define PROBLEM_MAX_ERRORS 32

/**
 * problem(reply, code, detail, ...):
 * Replace whatever is in ${reply} with the problem ${code}.  ${detail}, if not
 * NULL, is a printf format for a sentence which tells this client what to
 * change; it never repeats the client's own bytes, nor a database message.
 * Allow, Retry-After and close stay as they are; every 503 gets a Retry-After
 * of a second if it has none.  Cannot fail (without memory the detail is left
 * out).  Return the status.
 */
int problem(struct reply *reply, enum problem_code code, const char *detail,
	    ...) __attribute__((format(printf, 3, 4)));

/**
 * problem_field(reply, code, pointer, did_you_mean, detail, ...):
 * As problem(), for one member of the body ("/values/customer_name") or one
 * argument of the query (the same pointer).  When ${reply} is already a
 * problem of the same ${code}, add to its errors, so that a client sees all of
 * them at once (the first PROBLEM_MAX_ERRORS).  ${did_you_mean} (may be NULL)
 * is a code of ours; the first one also stands beside the errors.
 */
int problem_field(struct reply *reply, enum problem_code code,
		  const char *pointer, const char *did_you_mean,
		  const char *detail, ...)
	__attribute__((format(printf, 5, 6)));

/**
 * problem_pointer(reply, i):
 * Where the ${i}th of its errors is, borrowed; NULL if there are not so many.
 */
const char *problem_pointer(const struct reply *reply, size_t i);

/**
 * problem_clear(reply):
 * Make ${reply} no problem: free the detail, the suggestion and the errors.
 */
void problem_clear(struct reply *reply);

/**
 * problem_body(reply, instance, len):
 * The problem in ${reply} as JSON text with ${instance} (the request id) in
 * it, from malloc(), its length in ${len}.  NULL if out of memory.
 */
char *problem_body(const struct reply *reply, const char *instance,
		   size_t *len);

#endif /* !SERVER_PROBLEM_H */
