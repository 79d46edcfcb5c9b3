/*
 * adapt.c - what a bot platform asks, made into what /v1/next takes.
 */
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "handlers/adapt.h"
#include "script/library.h"
#include "script/reading.h"
#include "server/body.h"
#include "server/reply.h"
#include "server/request.h"
#include "server/sift.h"
#include "server/utf8.h"

#define NELEMS(a) (sizeof(a) / sizeof((a)[0]))
#define MAX_VALUE 200 /* characters; what /v1/next takes */

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

static bool
is_field(const char *name, size_t len, bool ours)
{
	for (size_t i = 0; i < NELEMS(fields); i++)
		if (strlen(fields[i].name) == len &&
		    memcmp(fields[i].name, name, len) == 0)
			return ours || fields[i].memory;
	return false;
}

/* Of a bot's memory, which may be long. */
static bool
wants(const void *lib, const char *name, size_t len)
{
	return is_field(name, len, false) ||
	       (len > 9 && memcmp(name, "evenkeel_", 9) == 0) ||
	       (lib != NULL && library_placeholder(lib, name, len) >= 0);
}

static const char *const paths[] = {
	/* Rasa */
	"response", "template", "arguments", "tracker.slots.*",
	"tracker.latest_message.text", "channel.name",
	"tracker.latest_input_channel",
	/* Dialogflow CX */
	"fulfillmentInfo.tag", "intentInfo.displayName", "languageCode", "text",
	"transcript", "sessionInfo.parameters.*",
	"sentimentAnalysisResult.score", NULL
};

const struct sift_rules adapt_rules = { paths, wants };

void
adapt_begin(struct adapt *a, const struct request *req)
{
	*a = (struct adapt){ .lib = req->lib,
			     .ask = json_object(),
			     .memory = json_object() };
	a->failed = a->ask == NULL || a->memory == NULL ||
		    json_object_set_new(a->ask, "values", json_object()) != 0;
}

void
adapt_end(struct adapt *a)
{
	json_decref(a->ask);
	json_decref(a->memory);
	a->ask = a->memory = NULL;
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

/*
 * ${value}, with 3 for each 3.0 in it: there are platforms whose numbers all
 * have a point.  New; NULL if out of memory.
 */
static json_t *
whole(const json_t *value)
{
	double real = json_real_value(value);
	json_t *copy, *item;
	const char *name;
	size_t i;

	if (json_is_real(value) && real > -1e15 && real < 1e15 &&
	    (double)(json_int_t)real == real)
		return json_integer((json_int_t)real);
	if (json_is_array(value)) {
		copy = json_array();
		json_array_foreach(value, i, item)
			if (json_array_append_new(copy, whole(item)) != 0)
				goto fail;
		return copy;
	}
	if (json_is_object(value)) {
		copy = json_object();
		json_object_foreach((json_t *)(uintptr_t)value, name, item)
			if (json_object_set_new(copy, name, whole(item)) != 0)
				goto fail;
		return copy;
	}
	return json_incref((json_t *)(uintptr_t)value);

fail:
	json_decref(copy);
	return NULL;
}

/*
 * The state may come back as the object that it was, or as its text; NULL if
 * that is none.
 */
static json_t *
state_of(struct adapt *a, const json_t *value)
{
	struct reply unused = { 0 };
	int status = 0;
	json_t *state = json_is_string(value)
				? body_parse(json_string_value(value),
					     json_string_length(value),
					     &body_usual, &unused, &status)
				: whole(value);

	if (state == NULL && (status == 0 || status == 500))
		a->failed = true;
	reply_clear(&unused);
	return state;
}

/* What stands at ${pointer} is from the memory: see forget(). */
static void
remember(struct adapt *a, const char *prefix, const char *name)
{
	char pointer[128];

	(void)snprintf(pointer, sizeof(pointer), "%s%s", prefix, name);
	if (json_object_set_new(a->memory, pointer, json_true()) != 0)
		a->failed = true;
}

/*
 * May ${value} of the memory be field ${name}?  What somebody else would say
 * if it were not (the response's name, the channel, the message) is looked at
 * now; the rest is looked at with all the others, and forgotten then.
 */
static bool
may_be(const struct adapt *a, const char *name, const json_t *value)
{
	const char *text = json_string_value(value);
	size_t len = json_string_length(value);

	if (strcmp(name, "stage") == 0)
		return text != NULL && library_stage(a->lib, text, len) >= 0;
	if (strcmp(name, "signal") == 0)
		return text != NULL && library_signal(a->lib, text, len) >= 0;
	if (strcmp(name, "channel") == 0)
		return text != NULL && library_channel(a->lib, text, len) >= 0;
	if (strcmp(name, "intensity") == 0)
		return json_is_integer(value) &&
		       json_integer_value(value) >= 0 &&
		       json_integer_value(value) <= INTENSITY_MAX;
	if (strcmp(name, "state") == 0)
		return json_is_object(value);
	return text != NULL || json_is_array(value);
}

static void
take_field(struct adapt *a, const char *name, const json_t *value, bool ours)
{
	bool state = strcmp(name, "state") == 0;
	json_t *taken = state ? state_of(a, value) : whole(value);

	if (taken == NULL && !state)
		a->failed = true;
	if (ours && taken == NULL) /* let it be refused as what it is */
		taken = json_incref((json_t *)(uintptr_t)value);
	if (adapt_has(a, name) || !(ours || may_be(a, name, taken))) {
		json_decref(taken);
		return;
	}
	adapt_set(a, name, taken);
	if (!ours && strcmp(name, "category") != 0)
		remember(a, "/", name);
}

static void
take_value(struct adapt *a, const char *name, const json_t *value, bool ours)
{
	json_t *values = json_object_get(a->ask, "values");
	json_t *taken = whole(value);
	bool fits = json_is_integer(taken) ||
		    (json_is_string(taken) && is_line(taken));

	if (taken == NULL)
		a->failed = true;
	if (json_object_get(values, name) != NULL || !(ours || fits)) {
		json_decref(taken);
		return;
	}
	if (json_object_set_new(values, name, taken) != 0)
		a->failed = true;
	if (!ours)
		remember(a, "/values/", name);
}

static void
take(struct adapt *a, const char *name, const json_t *value, bool ours)
{
	size_t len = strlen(name);

	if (json_is_null(value))
		return;
	if (is_field(name, len, ours))
		take_field(a, name, value, ours);
	else if (library_placeholder(a->lib, name, len) >= 0)
		take_value(a, name, value, ours);
}

void
adapt_take(struct adapt *a, const json_t *from)
{
	const char *name;
	json_t *value;

	json_object_foreach((json_t *)(uintptr_t)from, name, value) {
		if (strcmp(name, "values") == 0)
			adapt_take(a, value);
		else if (strcmp(name, "read") == 0)
			a->read = json_is_true(value);
		else
			take(a, name, value, true);
	}
}

void
adapt_recall(struct adapt *a, const json_t *body, const char *prefix)
{
	size_t len = strlen(prefix);
	const char *path;
	json_t *value;

	json_object_foreach((json_t *)(uintptr_t)body, path, value)
		if (strncmp(path, prefix, len) == 0)
			take(a, path + len, value, false);
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
