/*
 * hear.c - POST /v1/read: what a customer's message shows.
 */
#include "handlers/handlers.h"
#include "handlers/reading.h"
#include "script/buf.h"
#include "script/reading.h"
#include "script/reading_json.h"
#include "server/reply.h"

struct hearing {
	struct slice text;
	bool given;
};

static void
set_text(struct intake *r, void *arg, const json_t *value, struct slice text)
{
	struct hearing *h = arg;

	(void)text;
	h->given = true;
	if (json_is_string(value))
		h->text = (struct slice){ json_string_value(value),
					  json_string_length(value) };
	else
		REFUSE(r, PROBLEM_INVALID, "/text", NULL,
		       "This must be a string.");
}

static const struct ask_extra extras[] = { { "text", set_text } };

static int
answer(const struct request *req, struct reply *reply, struct slice text)
{
	struct heard heard;
	struct buf out = { 0 };
	size_t len = 0;

	reading_hear(req->lib, text.ptr, text.len, &heard);
	out.ptr = reply_room(reply, &out.size);
	reading_json(&out, req->lib, text.ptr, text.len, &heard);
	buf_char(&out, '\n');
	char *body = buf_take(&out, &len);
	return reply_bytes(reply, 200, REPLY_JSON, body, len);
}

int
words_read(const struct request *req, struct reply *reply)
{
	struct hearing h = { .given = false };
	struct ask ask;

	ask.extras = extras;
	ask.nextras = 1;
	ask.arg = &h;
	int status = ask_read(req, ASK_HEAR, &ask, reply);

	if (!h.given)
		status = problem_field(reply, PROBLEM_INVALID, "/text", NULL,
				       "text is needed.");
	if (status == 0)
		status = answer(req, reply, h.text);
	ask_done(&ask);
	return status;
}
