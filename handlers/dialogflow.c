/*
 * dialogflow.c - POST /v1/adapters/dialogflow-cx: a webhook as Dialogflow CX
 * calls it.
 *
 * Its session parameters are our memory: what we answer with, evenkeel_state,
 * comes back with the next call.
 */
#include <string.h>

#include "handlers/adapt.h"
#include "handlers/app.h"
#include "handlers/handlers.h"
#include "script/library.h"
#include "server/config.h"
#include "server/problem.h"
#include "server/reply.h"
#include "server/request.h"

#define TAG "evenkeel.next"
#define STATE "evenkeel_state"
#define PARAMETERS "sessionInfo.parameters."

static const char *
text_of(const json_t *body, const char *path)
{
	return json_string_value(json_object_get(body, path));
}

/* An intent named as a signal is one. */
static void
set_signal(struct adapt *a, const char *intent)
{
	if (intent != NULL &&
	    library_signal(a->lib, intent, strlen(intent)) >= 0)
		adapt_set(a, "signal", json_string(intent));
}

/* "en-US" is "en" where there is nothing nearer. */
static void
set_locale(struct adapt *a, const char *language)
{
	size_t len = language != NULL ? strlen(language) : 0;

	if (len > 0 && library_locale(a->lib, language, len) < 0)
		len = strcspn(language, "-_");
	if (len > 0 && library_locale(a->lib, language, len) >= 0)
		adapt_set(a, "locale", json_stringn(language, len));
}

/* A hint of how angry the customer is, by the table in the settings. */
static void
set_intensity(struct adapt *a, const struct config *cfg, const json_t *score)
{
	int intensity = 0;

	if (!json_is_number(score))
		return;
	for (int i = 0; i < CONFIG_MOODS; i++)
		if (json_number_value(score) <= cfg->moods[i])
			intensity = i + 1;
	adapt_set(a, "intensity", json_integer(intensity));
}

static json_t *
answer_of(const json_t *step)
{
	json_t *code = json_object_get(json_object_get(step, "stage"), "code");

	return json_pack(
		"{s:{s:[{s:{s:[o]}}], s:s}, s:{s:{s:O, s:O, s:o, s:n}}, "
		"s:{s:O, s:o, s:o, s:O, s:O}}",
		"fulfillmentResponse", "messages", "text", "text",
		adapt_line(step, "text"), "mergeBehavior", "REPLACE",
		"sessionInfo", "parameters", STATE,
		json_object_get(step, "state"), "evenkeel_stage", code,
		"evenkeel_phrase", adapt_line(step, "id"), "signal", "payload",
		"stage", code, "do", adapt_texts(json_object_get(step, "do")),
		"avoid", adapt_texts(json_object_get(step, "avoid")), "ask",
		json_object_get(step, "ask"), "release",
		json_object_get(step, "release"));
}

/* The session's parameters; those with our name in theirs are meant for us. */
static void
take_parameters(struct adapt *a, const json_t *body)
{
	json_t *state = json_object_get(body, PARAMETERS STATE);
	json_t *ours = json_pack("{s:O*}", "state", state);

	if (ours == NULL)
		a->failed = true;
	adapt_take(a, ours);
	json_decref(ours);
	a->read =
		json_is_true(json_object_get(body, PARAMETERS "evenkeel_read"));
	adapt_recall(a, body, PARAMETERS);
}

/* What the customer wrote, or said. */
static const char *
message_of(const json_t *body)
{
	const char *text = text_of(body, "text");

	return text != NULL ? text : text_of(body, "transcript");
}

/* POST /v1/adapters/dialogflow-cx */
int
dialogflow_cx(const struct request *req, struct reply *reply)
{
	const struct app *app = req->app;
	const json_t *body = req->body;
	const char *tag = text_of(body, "fulfillmentInfo.tag");
	struct adapt a;
	json_t *step = NULL;

	if (tag == NULL || strcmp(tag, TAG) != 0)
		return problem_field(reply, PROBLEM_INVALID,
				     "/fulfillmentInfo/tag", TAG,
				     "The tag of this webhook is " TAG ".");
	adapt_begin(&a, req);
	take_parameters(&a, body);
	set_signal(&a, text_of(body, "intentInfo.displayName"));
	adapt_hear(&a, message_of(body));
	set_intensity(&a, app->cfg,
		      json_object_get(body, "sentimentAnalysisResult.score"));
	set_locale(&a, text_of(body, "languageCode"));
	if (library_channel(a.lib, "chatbot", 7) >= 0)
		adapt_set(&a, "channel", json_string("chatbot"));
	int status = adapt_step(&a, req, reply, &step);

	if (status == 0)
		status = reply_json(reply, 200, answer_of(step));
	json_decref(step);
	adapt_end(&a);
	return status;
}
