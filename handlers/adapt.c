/*
 * adapt.c - what a bot platform asks, made into what /v1/next takes.
 */
#include <stdlib.h>
#include <string.h>

#include "handlers/adapt.h"
#include "handlers/ask.h"
#include "script/library.h"
#include "script/reading.h"
#include "script/render.h"
#include "server/body.h"
#include "server/parse.h"
#include "server/problem.h"
#include "server/reply.h"
#include "server/request.h"
#include "server/utf8.h"

#define NELEMS(a) (sizeof(a) / sizeof((a)[0]))
#define MAX_VALUE 200 /* characters; what /v1/next takes */

const char *const adapt_paths[] = {
	/* Rasa */
	"response", "template", "arguments", "tracker.slots",
	"tracker.latest_message.text", "channel.name",
	"tracker.latest_input_channel",
	/* Dialogflow CX */
	"fulfillmentInfo.tag", "intentInfo.displayName", "languageCode", "text",
	"sessionInfo.parameters", "sentimentAnalysisResult.score", NULL
};

/* The fields of /v1/next that a bot may say, and those its memory may hold. */
static const struct {
	const char *name;
	bool memory;
} fields[] = {
	{ "category", true },  { "stage", true },     { "signal", true },
	{ "protocol", true },  { "channel", true },   { "fault", true },
	{ "intensity", true }, { "state", true },     { "tone", false },
	{ "locale", false },   { "may_offer", true }, { "to", false },
	{ "force", false },    { "flags", false },    { "used", false },
	{ "fallback", true },
};

void
adapt_begin(struct adapt *a, const struct request *req)
{
	*a = (struct adapt){ .lib = req->lib, .ask = json_object() };
	a->failed = a->ask == NULL ||
		    json_object_set_new(a->ask, "values", json_object()) != 0;
}

void
adapt_end(struct adapt *a)
{
	json_decref(a->ask);
	a->ask = NULL;
}

bool
adapt_has(const struct adapt *a, const char *name)
{
	return json_object_get(a->ask, name) != NULL;
}

void
adapt_set(struct adapt *a, const char *name, json_t *value)
{
	if (adapt_has(a, name))
		json_decref(value);
	else if (json_object_set_new(a->ask, name, value) != 0)
		a->failed = true;
}

static bool
is_field(const char *name, bool ours)
{
	for (size_t i = 0; i < NELEMS(fields); i++)
		if (strcmp(fields[i].name, name) == 0)
			return ours || fields[i].memory;
	return false;
}

/* A text of one line, not too long: what a value may be. */
static bool
is_line(const json_t *value)
{
	const char *text = json_string_value(value);
	size_t left = json_string_length(value), points = 0;

	for (; left > 0; points++) {
		unsigned cp = 0;
		size_t n = utf8_char(text, left, &cp);

		if (n == 0 || utf8_control(cp))
			return false;
		text += n;
		left -= n;
	}
	return points <= MAX_VALUE;
}

/* The state may come back as the object that it was, or as its text. */
static json_t *
state_of(const json_t *value)
{
	json_error_t err;

	return json_is_string(value)
		       ? parse_json(json_string_value(value),
				    json_string_length(value), &err)
		       : json_incref((json_t *)(uintptr_t)value);
}

static void
take_field(struct adapt *a, const char *name, const json_t *value, bool ours)
{
	bool state = strcmp(name, "state") == 0;
	json_t *taken = state ? state_of(value)
			      : json_incref((json_t *)(uintptr_t)value);
	bool fits = state ? json_is_object(taken)
			  : json_is_string(taken) || json_is_integer(taken) ||
				    json_is_array(taken);

	if (ours && taken == NULL) /* let it be refused as what it is */
		taken = json_incref((json_t *)(uintptr_t)value);
	if (ours || fits)
		adapt_set(a, name, taken);
	else
		json_decref(taken);
}

static void
take_value(struct adapt *a, const char *name, const json_t *value, bool ours)
{
	json_t *values = json_object_get(a->ask, "values");
	bool known = library_placeholder(a->lib, name, strlen(name)) >= 0;
	bool fits = json_is_integer(value) ||
		    (json_is_string(value) && is_line(value));

	if (!known || json_object_get(values, name) != NULL || !(ours || fits))
		return;
	if (json_object_set(values, name, (json_t *)(uintptr_t)value) != 0)
		a->failed = true;
}

void
adapt_take(struct adapt *a, const json_t *from, bool ours)
{
	const char *name;
	json_t *value;

	if (!json_is_object(from))
		return;
	json_object_foreach((json_t *)(uintptr_t)from, name, value) {
		if (json_is_null(value))
			continue;
		if (strcmp(name, "values") == 0 && ours)
			adapt_take(a, value, true);
		else if (strcmp(name, "read") == 0 && ours)
			a->read = json_is_true(value);
		else if (is_field(name, ours))
			take_field(a, name, value, ours);
		else
			take_value(a, name, value, ours);
	}
}

void
adapt_hear(struct adapt *a, const char *text)
{
	struct heard heard;

	if (!a->read || text == NULL)
		return;
	reading_hear(a->lib, text, strlen(text), &heard);
	const struct heard_item *drives = reading_drives(a->lib, &heard);

	if (drives->number >= 0 && !adapt_has(a, "signal"))
		adapt_set(a, "signal",
			  json_string(a->lib->signals[drives->number].code));
	adapt_set(a, "intensity", json_integer(heard.intensity));
}

/*
 * A bot hands over early: to who is angry, and has nothing else to say, it is
 * as if they had asked for a person.  Where that leads, the library says.
 */
static void
hand_over(struct adapt *a)
{
	const char *signal =
		json_string_value(json_object_get(a->ask, "signal"));
	json_int_t intensity =
		json_integer_value(json_object_get(a->ask, "intensity"));

	if (intensity < ADAPT_TOO_ANGRY ||
	    library_signal(a->lib, "asks_human", 10) < 0 ||
	    (signal != NULL && strcmp(signal, "angrier") != 0 &&
	     strcmp(signal, "told") != 0 && strcmp(signal, "next") != 0))
		return;
	if (json_object_set_new(a->ask, "signal", json_string("asks_human")) !=
	    0)
		a->failed = true;
	/* Before the first step, too: it is asked for at the opening. */
	if (!adapt_has(a, "stage") && !adapt_has(a, "state") &&
	    library_stage(a->lib, "open", 4) >= 0)
		adapt_set(a, "stage", json_string("open"));
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

int
adapt_step(struct adapt *a, const struct request *req, struct reply *reply,
	   json_t **step)
{
	struct request sub = *req;
	struct ask ask;
	struct step made;
	struct buf out;
	json_error_t err;
	size_t len;

	*step = NULL;
	sub.body = NULL;
	sub.nargs = 0;
	hand_over(a);
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
		step_make(&ask.query, &made);
		buf_init(&out, 4096);
		render_json(&out, &made);
		char *text = buf_take(&out, &len);
		*step = text != NULL ? parse_json(text, len, &err) : NULL;
		free(text);
		if (*step == NULL)
			status = problem(reply, PROBLEM_INTERNAL, NULL);
	}
	ask_done(&ask);
	json_decref(sub.body);
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
