/*
 * ask_state.c - the state that a caller gives back.
 *
 * It may be partial: what is left out is zero, false or empty.
 */
#include <stdio.h>
#include <string.h>

#include "handlers/nearest.h"
#include "handlers/reading.h"
#include "server/parse.h"

static struct slice
text_of(const json_t *value)
{
	return (struct slice){ json_string_value(value),
			       json_string_length(value) };
}

/* ${i} in decimal; by hand, for a list may be long. */
static void
write_index(char *to, size_t i)
{
	size_t digits = 1;

	for (size_t more = i; more >= 10; more /= 10)
		digits++;
	to[digits] = '\0';
	for (; digits > 0; i /= 10)
		to[--digits] = (char)('0' + i % 10);
}

void
reading_list(struct intake *r, const char *at, const json_t *list, set_fn *set)
{
	char item[96]; /* ${at} is a name of ours, at most "/state/flags" */
	size_t i, len = strlen(at);
	json_t *value;

	if (!json_is_array(list)) {
		REFUSE(r, PROBLEM_INVALID, at, NULL,
		       "This must be a list of strings.");
		return;
	}
	memcpy(item, at, len + 1);
	item[len++] = '/';
	json_array_foreach(list, i, value) {
		write_index(item + len, i);
		if (json_is_string(value))
			set(r, item, text_of(value));
		else
			REFUSE(r, PROBLEM_INVALID, item, NULL,
			       "This must be a string.");
	}
}

/* A stage or null. */
static int
stage_or_null(struct intake *r, const char *at, const json_t *value)
{
	if (json_is_string(value))
		return reading_stage(r, at, text_of(value));
	if (!json_is_null(value))
		REFUSE(r, PROBLEM_INVALID, at, NULL,
		       "This must be the code of a stage, or null.");
	return STAGE_NONE;
}

static void
read_stage(struct intake *r, const char *at, const json_t *value)
{
	r->ask->query.state.stage = stage_or_null(r, at, value);
}

/* A silence begins in the middle of a conversation, nowhere else. */
static void
read_back(struct intake *r, const char *at, const json_t *value)
{
	struct state *s = &r->ask->query.state;

	s->back = stage_or_null(r, at, value);
	if (s->back == STAGE_NONE)
		return;
	const struct stage *back = &r->lib->stages[s->back];
	if ((back->kind != KIND_CUSTOMER && back->kind != KIND_SIDE) ||
	    back->pauses)
		REFUSE(r, PROBLEM_INVALID, at, NULL,
		       "No answer gives this stage as back.");
}

static void
read_apologized(struct intake *r, const char *at, const json_t *value)
{
	if (json_is_boolean(value))
		r->ask->query.state.apologized = json_is_true(value);
	else
		REFUSE(r, PROBLEM_INVALID, at, NULL,
		       "This must be true or false.");
}

static void
read_offered(struct intake *r, const char *at, const json_t *value)
{
	struct frag id;

	if (json_is_null(value))
		return;
	if (!json_is_string(value)) {
		REFUSE(r, PROBLEM_INVALID, at, NULL,
		       "This must be the id of a phrase, or null.");
		return;
	}
	if (reading_id(r, at, text_of(value), &id))
		r->ask->query.state.offered = id;
}

static void
state_used_id(struct intake *r, const char *at, struct slice text)
{
	struct frag id;

	if (reading_id(r, at, text, &id))
		state_used(&r->ask->query.state, id);
}

static void
read_flags(struct intake *r, const char *at, const json_t *value)
{
	reading_list(r, at, value, reading_flag);
}

static void
read_used(struct intake *r, const char *at, const json_t *value)
{
	reading_list(r, at, value, state_used_id);
}

/* The members but for the counters, by pointer. */
static const struct {
	const char *at;
	void (*read)(struct intake *r, const char *at, const json_t *value);
} members[] = {
	{ "/state/stage", read_stage },
	{ "/state/back", read_back },
	{ "/state/apologized", read_apologized },
	{ "/state/flags", read_flags },
	{ "/state/used", read_used },
	{ "/state/offered", read_offered },
};

static void
read_counter(struct intake *r, int counter, const json_t *value)
{
	json_int_t n = json_is_integer(value) ? json_integer_value(value) : -1;
	char at[32];

	if (n >= 0 && n <= STATE_MAX_COUNT) {
		r->ask->query.state.counts[counter] = (int)n;
		return;
	}
	(void)snprintf(at, sizeof(at), "/state/%s", counter_code(counter));
	REFUSE(r, PROBLEM_INVALID, at, NULL,
	       "This must be a whole number from 0 to %d.", STATE_MAX_COUNT);
}

static void
read_member(struct intake *r, const char *key, const json_t *value)
{
	const size_t before = strlen("/state/");

	for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++)
		if (strcmp(key, members[i].at + before) == 0) {
			members[i].read(r, members[i].at, value);
			return;
		}
	for (int c = 0; c < N_COUNTERS; c++)
		if (strcmp(key, counter_code(c)) == 0) {
			read_counter(r, c, value);
			return;
		}
	REFUSE(r, PROBLEM_INVALID, "/state", NULL,
	       "The state has a member that no answer gives; give back what "
	       "the last answer held.");
}

void
reading_state(struct intake *r, json_t *state)
{
	const char *key;
	json_t *value;

	if (json_is_null(state))
		return;
	if (!json_is_object(state)) {
		REFUSE(r, PROBLEM_INVALID, "/state", NULL,
		       "state is the object that the last answer held.");
		return;
	}
	json_object_foreach(state, key, value)
		read_member(r, key, value);
}

void
reading_state_text(struct intake *r, struct slice text)
{
	json_error_t err;

	r->ask->state = parse_json(text.ptr, text.len, &err);
	if (r->ask->state != NULL)
		reading_state(r, r->ask->state);
	else if (json_error_code(&err) == json_error_out_of_memory)
		r->status = problem(r->reply, PROBLEM_INTERNAL, NULL);
	else
		REFUSE(r, PROBLEM_INVALID, "/state", NULL,
		       "In a query, state is the JSON text of the last "
		       "answer's state, percent-encoded.");
}
