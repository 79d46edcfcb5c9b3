/*
 * rasa.c - POST /v1/adapters/rasa/nlg: an NLG server as Rasa calls it.
 *
 * Rasa wants one object, always, with every key: an array, an empty body or a
 * null in `custom` make it drop the bot's turn.
 */
#include <string.h>

#include "handlers/adapt.h"
#include "handlers/handlers.h"
#include "script/library.h"
#include "server/problem.h"
#include "server/reply.h"
#include "server/request.h"

/* Rasa's channels that are not a chat with a bot. */
static const struct {
	const char *theirs, *ours;
} channels[] = {
	{ "twilio", "sms" },	      { "twilio_voice", "phone" },
	{ "audiocodes", "phone" },    { "audiocodes_stream", "phone" },
	{ "browser_audio", "phone" }, { "genesys", "phone" },
	{ "jambonz", "phone" },	      { "twilio_media_streams", "phone" },
	{ "email", "email" },
};

static const char *
text_of(const json_t *body, const char *path)
{
	return json_string_value(json_object_get(body, path));
}

static void
set_channel(struct adapt *a, const json_t *body)
{
	const char *name = text_of(body, "channel.name");
	const char *ours = "chatbot";

	if (name == NULL)
		name = text_of(body, "tracker.latest_input_channel");
	for (size_t i = 0;
	     name != NULL && i < sizeof(channels) / sizeof(channels[0]); i++)
		if (strcmp(channels[i].theirs, name) == 0)
			ours = channels[i].ours;
	if (library_channel(a->lib, ours, strlen(ours)) >= 0)
		adapt_set(a, "channel", json_string(ours));
}

/*
 * "utter_deescalate_empathize" names a stage, or an alias, with its last part:
 * of one word or of several.
 */
static void
set_stage(struct adapt *a, const char *response)
{
	for (const char *part = response; part != NULL; part++) {
		size_t len = strlen(part);

		if (library_stage(a->lib, part, len) >= 0) {
			adapt_set(a, "stage", json_stringn(part, len));
			return;
		}
		if ((part = strpbrk(part, "_/.")) == NULL)
			return;
	}
}

static json_t *
answer_of(const json_t *step)
{
	return json_pack(
		"{s:o, s:o, s:[], s:[], s:n, s:n, s:{s:O, s:o, s:o, s:O, s:O, "
		"s:O}}",
		"text", adapt_line(step, "text"), "id", adapt_line(step, "id"),
		"buttons", "elements", "image", "attachment", "custom", "stage",
		json_object_get(json_object_get(step, "stage"), "code"), "do",
		adapt_texts(json_object_get(step, "do")), "avoid",
		adapt_texts(json_object_get(step, "avoid")), "ask",
		json_object_get(step, "ask"), "state",
		json_object_get(step, "state"), "release",
		json_object_get(step, "release"));
}

/* POST /v1/adapters/rasa/nlg */
int
rasa_nlg(const struct request *req, struct reply *reply)
{
	const json_t *body = req->body;
	const char *response = text_of(body, "response");
	struct adapt a;
	json_t *step = NULL;

	if (response == NULL)
		response = text_of(body, "template"); /* before Rasa 3 */
	if (response == NULL)
		return problem_field(reply, PROBLEM_INVALID, "/response", NULL,
				     "Rasa says here which response it wants, "
				     "such as utter_deescalate_empathize.");
	adapt_begin(&a, req);
	adapt_take(&a, json_object_get(body, "arguments"));
	adapt_recall(&a, body, "tracker.slots.");
	adapt_hear(&a, text_of(body, "tracker.latest_message.text"));
	set_channel(&a, body);
	/* A conversation that is on its way is where its state says. */
	if (!adapt_has(&a, "stage") &&
	    !(adapt_has(&a, "state") && adapt_has(&a, "signal")))
		set_stage(&a, response);
	int status = adapt_step(&a, req, reply, &step);

	if (status == 0)
		status = reply_json(reply, 200, answer_of(step));
	json_decref(step);
	adapt_end(&a);
	return status;
}
