/*
 * problem.c - every way this service says no (RFC 9457).
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/reply.h"

#include "server/problem.h"

#define TYPE "/problems/"

const struct problem_info problems[N_PROBLEMS] = {
#define X(name, status, type, title, page) \
	[PROBLEM_##name] = { status, type, title, page },
	PROBLEM_MAP(X)
#undef X
};

/* One line of "errors"; all owned, any may be NULL. */
struct problem_error {
	char *pointer, *detail, *did_you_mean;
};

/* The text of a printf format from malloc(), or NULL. */
static char *__attribute__((format(printf, 1, 0)))
text_of(const char *fmt, va_list ap)
{
	char *text;

	if (fmt == NULL || vasprintf(&text, fmt, ap) < 0)
		return NULL;
	return text;
}

void
problem_clear(struct reply *reply)
{
	for (size_t i = 0; i < reply->nerrors; i++) {
		free(reply->errors[i].pointer);
		free(reply->errors[i].detail);
		free(reply->errors[i].did_you_mean);
	}
	free(reply->errors);
	free(reply->detail);
	free(reply->did_you_mean);
	reply->errors = NULL;
	reply->nerrors = 0;
	reply->detail = NULL;
	reply->did_you_mean = NULL;
	reply->partial = false;
	reply->problem = 0;
}

const char *
problem_pointer(const struct reply *reply, size_t i)
{
	return i < reply->nerrors ? reply->errors[i].pointer : NULL;
}

/* Make ${reply} the bare problem ${code}. */
static int
begin(struct reply *reply, enum problem_code code)
{
	problem_clear(reply);
	free(reply->body);
	reply->body = NULL;
	reply->fixed = NULL;
	reply->len = 0;
	reply->type = "application/problem+json";
	reply->etag[0] = reply->link[0] = reply->stage[0] = '\0';
	reply->problem = (int)code + 1;
	if (problems[code].status == 503 && reply->retry_after == 0)
		reply->retry_after = 1;
	return problems[code].status;
}

int
problem(struct reply *reply, enum problem_code code, const char *detail, ...)
{
	va_list ap;

	/* The text first: it may come from what begin() frees. */
	va_start(ap, detail);
	char *text = text_of(detail, ap);
	va_end(ap);

	int status = begin(reply, code);

	reply->detail = text;
	return status;
}

/* Add an empty line to the errors, or return NULL. */
static struct problem_error *
one_more(struct reply *reply)
{
	size_t n = reply->nerrors;

	if (n == PROBLEM_MAX_ERRORS)
		return NULL;
	if ((n & (n - 1)) == 0) { /* room for 1, 2, 4, 8 ... */
		struct problem_error *errors = realloc(
			reply->errors, (n > 0 ? 2 * n : 1) * sizeof(*errors));
		if (errors == NULL) {
			reply->partial = true;
			return NULL;
		}
		reply->errors = errors;
	}
	reply->errors[n] = (struct problem_error){ 0 };
	reply->nerrors++;
	return &reply->errors[n];
}

int
problem_field(struct reply *reply, enum problem_code code, const char *pointer,
	      const char *did_you_mean, const char *detail, ...)
{
	va_list ap;

	va_start(ap, detail);
	char *text = text_of(detail, ap);
	va_end(ap);

	if (reply->problem != (int)code + 1)
		(void)begin(reply, code);

	struct problem_error *error = one_more(reply);

	if (error == NULL) {
		free(text);
		return problems[code].status;
	}
	error->detail = text;
	error->pointer = strdup(pointer);
	reply->partial |= error->pointer == NULL;
	if (did_you_mean != NULL) {
		error->did_you_mean = strdup(did_you_mean);
		if (reply->did_you_mean == NULL)
			reply->did_you_mean = strdup(did_you_mean);
	}
	return problems[code].status;
}

/* Set a member, unless there is no text; without memory it is left out. */
static void
put(json_t *object, const char *name, const char *text)
{
	if (text != NULL)
		(void)json_object_set_new(object, name, json_string(text));
}

char *
problem_body(const struct reply *reply, const char *instance, size_t *len)
{
	const struct problem_info *info = &problems[reply->problem - 1];
	char type[64];
	json_t *body = json_object();

	if (body == NULL)
		return NULL;
	(void)snprintf(type, sizeof(type), TYPE "%s", info->type);
	put(body, "type", type);
	put(body, "title", info->title);
	(void)json_object_set_new(body, "status", json_integer(info->status));
	put(body, "detail", reply->detail);
	put(body, "instance", instance);

	json_t *errors = reply->nerrors > 0 ? json_array() : NULL;

	for (size_t i = 0; i < reply->nerrors && errors != NULL; i++) {
		json_t *error = json_object();

		put(error, "pointer", reply->errors[i].pointer);
		put(error, "detail", reply->errors[i].detail);
		put(error, "did_you_mean", reply->errors[i].did_you_mean);
		(void)json_array_append_new(errors, error);
	}
	if (errors != NULL)
		(void)json_object_set_new(body, "errors", errors);
	put(body, "did_you_mean", reply->did_you_mean);

	char *text = reply_dump(body, len);

	json_decref(body);
	return text;
}
