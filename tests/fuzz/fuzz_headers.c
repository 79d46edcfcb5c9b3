/*
 * fuzz_headers.c - every header value is read within its bytes, and says the
 * same the second time.
 */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "server/headers.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
accept(const char *value, size_t len)
{
	struct accept accept = { 0 };

	accept_add(&accept, value, len);
	assert(accept.json.q >= 0 && accept.json.q <= 1000);
	assert(accept.text.q >= 0 && accept.text.q <= 1000);
	struct accept twice = accept;

	accept_add(&twice, value, len);
	assert(memcmp(&accept.json, &twice.json, sizeof(accept.json)) == 0);
	assert(memcmp(&accept.text, &twice.text, sizeof(accept.text)) == 0);
	assert(accept_json(&accept) == accept_json(&twice));
	assert(accept_text(&accept) == accept_text(&twice));
}

/* A list finds its only member, and "*" is none. */
static void
etags(const char *value, size_t len)
{
	static const char etag[] = "\"1-0.1.0-abc\"";

	if (header_has_etag(value, len, etag, strlen(etag)))
		assert(memmem(value, len, etag, strlen(etag)) != NULL);
	if (header_is_star(value, len))
		assert(memchr(value, '*', len) != NULL);
}

static void
numbers(const char *value, size_t len)
{
	char digits[32];
	uint64_t n = header_length(value, len);

	if (n == UINT64_MAX || len >= sizeof(digits))
		return;
	memcpy(digits, value, len);
	digits[len] = '\0';
	assert(strtoull(digits, NULL, 10) == n);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *value = malloc(size > 0 ? size : 1); /* no byte too many */

	if (value == NULL)
		return 0;
	memcpy(value, data, size);
	accept(value, size);
	etags(value, size);
	numbers(value, size);
	if (header_is_id(value, size))
		assert(size > 0 && size <= HEADERS_MAX_ID &&
		       memchr(value, '\0', size) == NULL);
	if (header_is_json(value, size))
		assert(size >= strlen("application/json"));
	if (header_is_local(value, size))
		assert(size >= strlen("[::1]"));
	free(value);
	return 0;
}
