/*
 * kept_message.c - a turn that is made of what the customer wrote.
 *
 * The message is read and forgotten: what is kept of it is the signal and the
 * intensity of the turn, as if the caller had said them.
 */
#include "handlers/kept.h"
#include "handlers/reading.h"
#include "script/reading_json.h"

void
kept_message_set(struct intake *r, void *arg, const json_t *value,
		 struct slice text)
{
	struct kept *k = arg;

	(void)text;
	if (json_is_string(value))
		k->message = (struct slice){ json_string_value(value),
					     json_string_length(value) };
	else if (!json_is_null(value))
		REFUSE(r, PROBLEM_INVALID, "/message", NULL,
		       "This must be a string.");
}

void
kept_message_wanted(struct intake *r, void *arg, const json_t *value,
		    struct slice text)
{
	struct kept *k = arg;

	(void)text;
	k->reads = json_is_true(value);
	if (!json_is_boolean(value))
		REFUSE(r, PROBLEM_INVALID, "/read", NULL,
		       "This must be true or false.");
}

static int
refuse(struct reply *reply, const char *at, const char *detail)
{
	return problem_field(reply, PROBLEM_INVALID, at, NULL, "%s", detail);
}

int
kept_message_hear(struct kept *k, const struct request *req,
		  struct reply *reply)
{
	struct step_query *q = &k->ask.query;
	const json_t *signal = json_object_get(req->body, "signal");

	k->drives = NULL;
	if (k->message.ptr == NULL)
		return k->reads ? refuse(reply, "/message",
					 "With read there must be a message.")
				: 0;
	if (!k->reads)
		return refuse(reply, "/message",
			      "With a message there must be read: true.");
	if (signal != NULL && !json_is_null(signal))
		return refuse(reply, "/signal",
			      "Send signal, or message with read: true.");
	reading_hear(req->lib, k->message.ptr, k->message.len, &k->heard);
	k->drives = reading_drives(req->lib, &k->heard);
	if (k->drives->number < 0)
		return refuse(reply, "/message",
			      "Nothing in it says what happened; send signal.");
	q->signal = k->drives->number;
	if (q->sit.intensity < 0)
		q->sit.intensity = k->heard.intensity;
	return 0;
}

static void
add_item(struct buf *out, const struct kept *k, const struct library *lib,
	 const struct heard_item *item, const char *name)
{
	buf_str(out, name);
	buf_str(out, lib->signals[item->number].code);
	buf_lit(out, "\",\"score\":");
	reading_json_score(out, item->score);
	buf_lit(out, ",\"spans\":");
	reading_json_spans(out, k->message.ptr, k->message.len, item);
}

void
kept_message_json(struct buf *out, const struct kept *k,
		  const struct library *lib)
{
	bool any = false;

	add_item(out, k, lib, k->drives, ",\"read\":{\"signal\":\"");
	buf_lit(out, ",\"intensity\":");
	buf_int(out, k->heard.intensity);
	buf_lit(out, ",\"confirm\":[");
	for (size_t i = 0; i < k->heard.nsignals; i++) {
		if (!k->heard.signals[i].confirm)
			continue;
		add_item(out, k, lib, &k->heard.signals[i],
			 any ? ",{\"code\":\"" : "{\"code\":\"");
		buf_char(out, '}');
		any = true;
	}
	buf_lit(out, "]}");
}
