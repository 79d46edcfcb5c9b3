/*
 * check.c - POST /v1/check: what in a draft will make a customer angrier.
 */
#include <string.h>

#include "handlers/handlers.h"
#include "handlers/reading.h"
#include "script/wording_json.h"
#include "server/reply.h"

#define SAID_MAX 32 /* earlier replies */

#define NELEMS(a) (sizeof(a) / sizeof((a)[0]))

/* What a draft has beside the fields of ask_fields. */
struct checking {
	struct slice text;
	bool given;
	struct frag said[SAID_MAX];
	size_t nsaid;
};

static void
set_text(struct intake *r, void *arg, const json_t *value, struct slice text)
{
	struct checking *c = arg;

	(void)text;
	c->given = true;
	if (json_is_string(value))
		c->text = (struct slice){ json_string_value(value),
					  json_string_length(value) };
	else
		REFUSE(r, PROBLEM_INVALID, "/text", NULL,
		       "This must be a string.");
}

static void
add_said(struct intake *r, const char *at, struct slice text)
{
	struct checking *c = r->ask->arg;

	(void)at;
	c->said[c->nsaid++] = (struct frag){ text.ptr, (uint32_t)text.len };
}

static void
set_said(struct intake *r, void *arg, const json_t *value, struct slice text)
{
	(void)arg;
	(void)text;
	if (json_array_size(value) > SAID_MAX)
		REFUSE(r, PROBLEM_INVALID, "/said", NULL,
		       "At most %d earlier replies.", SAID_MAX);
	else
		reading_list(r, "/said", value, add_said);
}

static const struct ask_extra extras[] = { { "text", set_text },
					   { "said", set_said } };

struct draft
ask_draft(const struct ask *ask, struct slice text)
{
	const struct step_query *q = &ask->query;

	return (struct draft){ .text = text.ptr,
			       .len = text.len,
			       .stage = q->stage,
			       .category = q->sit.category,
			       .channel = q->sit.channel,
			       .speaker = (int)q->sit.speaker,
			       .fault = (int)q->sit.fault,
			       .intensity = q->sit.intensity,
			       .values = &q->values };
}

static int
answer(const struct request *req, struct reply *reply, const struct ask *ask,
       const struct checking *c)
{
	struct draft draft = ask_draft(ask, c->text);
	struct finding found[WORDING_MAX];
	struct findings all = { .lib = req->lib,
				.draft = &draft,
				.found = found };
	struct buf out = { 0 };
	size_t len = 0;

	draft.said = c->said;
	draft.nsaid = c->nsaid;
	all.n = wording_check(req->lib, &draft, found, &all.more);
	out.ptr = reply_room(reply, &out.size);
	wording_json(&out, &all, ask->query.sit.locale);
	char *body = buf_take(&out, &len);
	return reply_bytes(reply, 200, REPLY_JSON, body, len);
}

int
words_check(const struct request *req, struct reply *reply)
{
	struct checking c = { .given = false, .nsaid = 0 };
	struct ask ask;

	ask.extras = extras;
	ask.nextras = NELEMS(extras);
	ask.arg = &c;
	int status = ask_read(req, ASK_CHECK, &ask, reply);

	if (!c.given)
		status = problem_field(reply, PROBLEM_INVALID, "/text", NULL,
				       "text is needed.");
	if (status == 0)
		status = answer(req, reply, &ask, &c);
	ask_done(&ask);
	return status;
}
