/*
 * adapt_step.c - ask /v1/next what a bot platform asks.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "handlers/adapt.h"
#include "handlers/ask.h"
#include "script/library.h"
#include "script/render.h"
#include "server/body.h"
#include "server/parse.h"
#include "server/problem.h"
#include "server/reply.h"
#include "server/request.h"

/* Is there a signal that says more than how the customer is? */
static bool
says_more(const struct adapt *a)
{
	const char *signal =
		json_string_value(json_object_get(a->ask, "signal"));

	return signal != NULL && strcmp(signal, "angrier") != 0 &&
	       strcmp(signal, "told") != 0 && strcmp(signal, "next") != 0;
}

/*
 * A bot hands over early: to who is angry, and says nothing else, it is as if
 * they had asked for a person.  Where that leads, the library says.
 */
static void
hand_over(struct adapt *a)
{
	json_int_t intensity =
		json_integer_value(json_object_get(a->ask, "intensity"));

	if (intensity < ADAPT_TOO_ANGRY || intensity > INTENSITY_MAX ||
	    library_signal(a->lib, "asks_human", 10) < 0 || says_more(a))
		return;
	if (json_object_set_new(a->ask, "signal", json_string("asks_human")) !=
	    0)
		a->failed = true;
}

/* Nothing says where the conversation is: first a bot says what it is. */
static void
open_it(struct adapt *a)
{
	if (adapt_has(a, "stage") || adapt_has(a, "state") ||
	    adapt_has(a, "to") || library_stage(a->lib, "open", 4) < 0)
		return;
	adapt_set(a, "stage", json_string("open"));
	if (!says_more(a))
		json_object_del(a->ask, "signal");
}

/*
 * Leave out what the errors of ${reply} name and is from the memory.  False if
 * there is nothing like it: then the problem stands.
 */
static bool
forget(struct adapt *a, struct reply *reply)
{
	json_t *values = json_object_get(a->ask, "values");
	const char *pointer;
	bool any = false;

	for (size_t i = 0; (pointer = problem_pointer(reply, i)) != NULL; i++) {
		char name[128];
		bool value = strncmp(pointer, "/values/", 8) == 0;

		/* "/state/used/3" is of the state. */
		(void)snprintf(name, sizeof(name), "%s", pointer);
		name[1 + strcspn(pointer + 1, value ? "" : "/")] = '\0';
		if (json_object_del(a->memory, name) != 0)
			continue;
		any = true;
		if (value)
			json_object_del(values, name + 8);
		else
			json_object_del(a->ask, name + 1);
	}
	if (any)
		problem_clear(reply);
	return any;
}

/* The body of /v1/next, checked as if it had come as one. */
static int
check_body(struct adapt *a, struct request *sub, struct reply *reply)
{
	size_t len;
	int status = 0;

	if (json_object_set_new(a->ask, "speaker", json_string("bot")) != 0)
		a->failed = true;
	char *text = a->failed ? NULL : reply_dump(a->ask, &len);

	if (text == NULL)
		return problem(reply, PROBLEM_INTERNAL, NULL);
	sub->body = body_parse(text, len, &body_usual, reply, &status);
	free(text);
	return status;
}

/* Is the step of a stage wanted, and no move?  Then say which. */
static int
stays_at(struct adapt *a, struct request *sub)
{
	const json_t *stage = json_object_get(sub->body, "stage");

	if (adapt_has(a, "signal") || adapt_has(a, "to") ||
	    !json_is_string(stage))
		return STAGE_NONE;
	return library_stage(a->lib, json_string_value(stage),
			     json_string_length(stage));
}

/* In the state the caller gave back the stage may be another one. */
static void
prepare_stay(struct request *sub, int stage)
{
	if (stage == STAGE_NONE || stage < 0)
		return;
	json_object_del(sub->body, "stage");
	json_object_del(json_object_get(sub->body, "state"), "stage");
}

/* The step that was asked for as JSON, or NULL if out of memory. */
static json_t *
made_of(struct ask *ask)
{
	struct step made;
	struct buf out;
	json_error_t err;
	size_t len;

	step_make(&ask->query, &made);
	buf_init(&out, 4096);
	render_json(&out, &made);
	char *text = buf_take(&out, &len);
	json_t *step = text != NULL ? parse_json(text, len, &err) : NULL;

	free(text);
	return step;
}

/* Ask with all that there is. */
static int
try_step(struct adapt *a, const struct request *req, struct reply *reply,
	 json_t **step)
{
	struct request sub = *req;
	struct ask ask;

	sub.body = NULL;
	sub.nargs = 0;
	hand_over(a);
	open_it(a);
	int status = check_body(a, &sub, reply);
	if (status != 0)
		return status;
	int stage = stays_at(a, &sub);
	bool stay = stage >= 0 && stage != STAGE_NONE;

	if (stay)
		prepare_stay(&sub, stage);
	ask.nextras = 0;
	status = ask_read(&sub, stay ? ASK_STAY : ASK_MOVE, &ask, reply);
	if (status == 0) {
		if (stay) {
			ask.query.state.stage = stage;
			ask.query.stay = true;
		}
		if ((*step = made_of(&ask)) == NULL)
			status = problem(reply, PROBLEM_INTERNAL, NULL);
	}
	ask_done(&ask);
	json_decref(sub.body);
	return status;
}

int
adapt_step(struct adapt *a, const struct request *req, struct reply *reply,
	   json_t **step)
{
	int status;

	*step = NULL;
	do
		status = try_step(a, req, reply, step);
	while (status != 0 && forget(a, reply));
	/* It may have been about the memory after all. */
	if (status != 0 && reply->partial)
		return problem(reply, PROBLEM_INTERNAL, NULL);
	return status;
}

json_t *
adapt_texts(const json_t *items)
{
	json_t *texts = json_array(), *item;
	size_t i;

	json_array_foreach(items, i, item) {
		json_t *text = json_is_object(item)
				       ? json_object_get(item, "text")
				       : item;

		if (texts != NULL && json_array_append(texts, text) != 0) {
			json_decref(texts);
			texts = NULL;
		}
	}
	return texts;
}

json_t *
adapt_line(const json_t *step, const char *name)
{
	json_t *line = json_array_get(json_object_get(step, "say"), 0);
	json_t *value = json_object_get(line, name);

	if (value != NULL)
		return json_incref(value);
	return strcmp(name, "text") == 0 ? json_string("") : json_null();
}
