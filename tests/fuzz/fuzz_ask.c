/*
 * fuzz_ask.c - any JSON body is answered with a step that is JSON, or refused
 * with a 4xx that is JSON.
 */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "handlers/ask.h"
#include "script/render.h"
#include "server/body.h"
#include "server/problem.h"
#include "server/reply.h"
#include "tests/fuzz/small.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
expect_json(const char *text, size_t len)
{
	json_t *json = json_loadb(text, len, JSON_REJECT_DUPLICATES, NULL);

	assert(json != NULL);
	json_decref(json);
}

static void
answer(struct ask *ask)
{
	struct step step;
	struct buf out;

	step_make(&ask->query, &step);
	buf_init(&out, 0);
	render_json(&out, &step);
	expect_json(out.ptr, out.len);
	out.len = 0;
	render_flat(&out, &step);
	expect_json(out.ptr, out.len);
	out.len = 0;
	render_terminal(&out, &step, false);
	buf_free(&out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct library *lib;
	static struct ask ask;
	struct reply reply = { 0 };
	struct request req = { .method = "POST", .id = "fuzz" };
	int status = 0;

	if (lib == NULL)
		lib = small_library();
	req.lib = lib;
	req.body = body_parse((const char *)data,
			      size > REQUEST_MAX_BODY ? REQUEST_MAX_BODY : size,
			      &body_usual, &reply, &status);
	if (req.body != NULL) {
		status = ask_read(&req, ASK_MOVE, &ask, &reply);
		if (status == 0)
			answer(&ask);
		ask_done(&ask);
	}
	if (status != 0) {
		size_t len;
		char *body = problem_body(&reply, "fuzz", &len);
		assert(status >= 400 && status < 500);
		assert(body != NULL);
		expect_json(body, len);
		free(body);
	}
	json_decref(req.body);
	reply_clear(&reply);
	return 0;
}
