/*
 * body.c - from the bytes of a body to a JSON object within the limits.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "server/parse.h"
#include "server/pointer.h"
#include "server/problem.h"
#include "server/utf8.h"

#include "server/body.h"

/* What jansson found, in our words: its own would repeat the client's. */
static const struct {
	enum json_error_code code;
	const char *advice;
} reasons[] = {
	{ json_error_duplicate_key, "Name each member once" },
	{ json_error_numeric_overflow, "Send numbers that fit into 64 bits" },
	{ json_error_null_character, "Leave \\u0000 out" },
	{ json_error_null_byte_in_key, "Leave \\u0000 out" },
	{ json_error_invalid_utf8, "Encode the body as UTF-8" },
	{ json_error_premature_end_of_input, "The body ends too early" },
	{ json_error_end_of_input_expected, "Something follows the object" },
};

static const char *
reason(enum json_error_code code)
{
	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
		if (reasons[i].code == code)
			return reasons[i].advice;
	return "This is not JSON";
}

/*
 * Look for brackets nested too deep before jansson does: it reads down to
 * 2,048 levels, and some of its functions recurse without any limit.
 * Return the place of the first one too deep, or NULL.
 */
static const char *
too_deep(const char *text, size_t len)
{
	bool quoted = false;
	unsigned depth = 0;

	for (const char *p = text, *end = text + len; p < end; p++) {
		if (*p == '"')
			quoted = !quoted;
		else if (*p == '\\' && quoted)
			p++;
		else if (quoted)
			continue;
		else if ((*p == '{' || *p == '[') && ++depth > BODY_MAX_DEPTH)
			return p;
		else if ((*p == '}' || *p == ']') && depth > 0)
			depth--;
	}
	return NULL;
}

const struct body_limits body_usual = { BODY_MAX_TEXT, BODY_MAX_ITEMS };
const struct body_limits body_large = { SIZE_MAX, BODY_MAX_ITEMS };
const struct body_limits body_free = { SIZE_MAX, SIZE_MAX };

/* Where the walk stands, as a JSON pointer. */
struct place {
	const struct body_limits *limits;
	char pointer[256];
	size_t len;
	unsigned beyond; /* levels below, whose names did not fit */
};

/* Step down to ${name}.  Back up by ascend() with the length of before. */
static void
descend(struct place *place, const char *name)
{
	size_t len = place->len;

	/* A pointer that would be cut in the middle ends at its parent. */
	if (place->beyond == 0)
		place->len =
			pointer_step(place->pointer, sizeof(place->pointer),
				     len, name, strlen(name));
	if (place->len == len)
		place->beyond++;
}

static void
ascend(struct place *place, size_t len)
{
	if (place->beyond > 0)
		place->beyond--;
	place->len = len;
	place->pointer[len] = '\0';
}

/* A string or a name: how long is it, and is it text? */
static int
check_text(const char *text, size_t len, const struct place *place,
	   struct reply *reply)
{
	size_t points = 0;
	bool control = false;

	for (size_t i = 0; i < len; points++) {
		unsigned cp = 0;

		/* Most of any text. */
		if (text[i] >= ' ' && text[i] <= '~') {
			i++;
			continue;
		}
		size_t n = utf8_char(text + i, len - i, &cp);

		i += n > 0 ? n : 1; /* jansson lets nothing but UTF-8 in */
		control |= utf8_control(cp) && cp != '\n' && cp != '\r' &&
			   cp != '\t';
	}
	if (points > place->limits->text)
		return problem_field(reply, PROBLEM_INVALID, place->pointer,
				     NULL, "At most %zu characters.",
				     place->limits->text);
	if (control)
		return problem_field(reply, PROBLEM_INVALID, place->pointer,
				     NULL, "Leave control characters out.");
	return 0;
}

static int check(json_t *value, struct place *place, struct reply *reply);

static int
check_object(json_t *object, struct place *place, struct reply *reply)
{
	size_t top = place->len;
	int status = 0;

	if (json_object_size(object) > BODY_MAX_MEMBERS)
		return problem_field(reply, PROBLEM_INVALID, place->pointer,
				     NULL, "At most %d members.",
				     BODY_MAX_MEMBERS);

	for (void *it = json_object_iter(object); it != NULL;
	     it = json_object_iter_next(object, it)) {
		const char *name = json_object_iter_key(it);
		int bad = check_text(name, strlen(name), place, reply);

		if (bad == 0) {
			descend(place, name);
			bad = check(json_object_iter_value(it), place, reply);
			ascend(place, top);
		}
		if (bad != 0)
			status = bad;
	}
	return status;
}

static int
check_array(json_t *array, struct place *place, struct reply *reply)
{
	size_t top = place->len, n = json_array_size(array);
	int status = 0;

	if (n > place->limits->items)
		return problem_field(reply, PROBLEM_INVALID, place->pointer,
				     NULL, "At most %zu items.",
				     place->limits->items);
	for (size_t i = 0; i < n; i++) {
		char name[24];

		(void)snprintf(name, sizeof(name), "%zu", i);
		descend(place, name);
		int bad = check(json_array_get(array, i), place, reply);

		ascend(place, top);
		if (bad != 0)
			status = bad;
	}
	return status;
}

/*
 * Check ${value} and what is in it: not deeper than BODY_MAX_DEPTH, since
 * too_deep() came first.  0, or the status of the problem in ${reply}.
 */
static int
check(json_t *value, struct place *place, struct reply *reply)
{
	if (json_is_string(value))
		return check_text(json_string_value(value),
				  json_string_length(value), place, reply);
	if (json_is_object(value))
		return check_object(value, place, reply);
	if (json_is_array(value))
		return check_array(value, place, reply);
	return 0;
}

/* Too deep at ${at}: say where. */
static int
refuse_depth(const char *text, const char *at, struct reply *reply)
{
	size_t line = 1, column = 1;

	for (const char *p = text; p < at; p++) {
		column++;
		if (*p == '\n') {
			line++;
			column = 1;
		}
	}
	return problem(reply, PROBLEM_BAD_JSON,
		       "Nest at most %d levels: line %zu, column %zu.",
		       BODY_MAX_DEPTH, line, column);
}

json_t *
body_parse(const char *text, size_t len, const struct body_limits *limits,
	   struct reply *reply, int *status)
{
	struct place place = { .limits = limits };
	json_error_t err;
	const char *deep = too_deep(text, len);

	if (deep != NULL) {
		*status = refuse_depth(text, deep, reply);
		return NULL;
	}

	json_t *body = parse_json(text, len, &err);

	if (body == NULL) {
		enum json_error_code code = json_error_code(&err);

		*status = code == json_error_out_of_memory
				  ? problem(reply, PROBLEM_INTERNAL, NULL)
				  : problem(reply, PROBLEM_BAD_JSON,
					    "%s: line %d, column %d.",
					    reason(code), err.line, err.column);
		return NULL;
	}
	if (!json_is_object(body))
		*status = problem(reply, PROBLEM_BAD_JSON,
				  "The body must be an object: {...}.");
	else if (limits != NULL)
		*status = check(body, &place, reply);
	if (*status != 0) {
		json_decref(body);
		return NULL;
	}
	return body;
}
