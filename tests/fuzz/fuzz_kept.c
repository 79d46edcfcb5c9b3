/*
 * fuzz_kept.c - any body of a request about a conversation is read, or refused
 * with a 4xx that is JSON.
 *
 * The first byte says which request, the first line (behind it) is If-Match,
 * the second the Idempotency-Key, the rest the body.
 */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "handlers/kept.h"
#include "server/body.h"
#include "server/problem.h"
#include "server/reply.h"
#include "tests/fuzz/small.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The first line of what is left, as far as it fits; NULL: "-" alone. */
static const char *
take_line(const char **at, size_t *left, char *to, size_t size)
{
	const char *end = memchr(*at, '\n', *left);
	size_t len = end != NULL ? (size_t)(end - *at) : *left;
	size_t n = len < size ? len : size - 1;

	memcpy(to, *at, n);
	to[n] = '\0';
	*at += end != NULL ? len + 1 : len;
	*left -= end != NULL ? len + 1 : len;
	return strcmp(to, "-") == 0 ? NULL : to;
}

static void
expect_refusal(const struct reply *reply, int status)
{
	size_t len;
	char *body = problem_body(reply, "fuzz", &len);

	assert(status >= 400 && status < 500);
	assert(body != NULL);
	json_t *json = json_loadb(body, len, JSON_REJECT_DUPLICATES, NULL);
	assert(json != NULL);
	json_decref(json);
	free(body);
}

static void
expect_sense(const struct kept *k)
{
	assert(!k->pledged ||
	       (k->pledge.who[0] != '\0' && k->pledge.what[0] != '\0' &&
		k->pledge.due >= 0));
	assert(k->ref == NULL || k->ref[0] != '\0');
	assert(k->change.if_match >= -1);
	assert(k->ask.nused <= STATE_MAX_USED);
	assert(k->op != KEPT_PROMISE || k->result == 0 || k->result == 1);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct library *lib;
	static const struct route route = { .pattern = "/v1/conversations" };
	char version[REQUEST_MAX_IF_MATCH + 1], key[REQUEST_MAX_KEY + 1];
	struct reply reply = { 0 };
	struct request req = { .method = "POST", .id = "fuzz" };
	int status = 0;

	if (lib == NULL)
		lib = small_library();
	if (size == 0 || size > REQUEST_MAX_BODY)
		return 0;
	const char *at = (const char *)data + 1;
	size_t left = size - 1;

	req.lib = lib;
	req.match.route = &route;
	req.if_match = take_line(&at, &left, version, sizeof(version));
	req.idempotency_key = take_line(&at, &left, key, sizeof(key));
	req.raw = (struct slice){ at, left };
	req.body = body_parse(at, left, &body_usual, &reply, &status);
	if (req.body != NULL) {
		struct kept *k = kept_read(
			&req, &reply, (enum kept_op)(data[0] % 6), &status);

		assert((k == NULL) == (status != 0));
		if (k != NULL)
			expect_sense(k);
	}
	if (status != 0)
		expect_refusal(&reply, status);
	reply_clear(&reply);
	json_decref(req.body);
	return 0;
}
