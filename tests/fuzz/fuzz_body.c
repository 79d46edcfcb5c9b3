/*
 * fuzz_body.c - any body is a JSON object within the limits, or refused.
 */
#include <assert.h>
#include <stdint.h>

#include "server/body.h"
#include "server/reply.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct reply reply = { 0 };
	int status = 0;
	json_t *body = body_parse((const char *)data, size, &body_usual, &reply,
				  &status);

	if (body != NULL)
		assert(json_is_object(body));
	else
		assert(status >= 400);
	json_decref(body);
	reply_clear(&reply);
	return 0;
}
