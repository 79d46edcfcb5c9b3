/*
 * fuzz_router.c - any path finds a row or none, within its bytes.
 */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "handlers/handlers.h"
#include "server/router.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *path = (const char *)data;
	struct route_match match;
	char allow[64];

	switch (router_find(routes, nroutes, "GET", path, size, &match)) {
	case ROUTER_MATCH:
		for (size_t i = 0; i < match.nparams; i++) {
			assert(match.params[i].len > 0);
			assert(match.params[i].ptr >= path);
			assert(match.params[i].ptr + match.params[i].len <=
			       path + size);
		}
		break;
	case ROUTER_NOT_FOUND:
	case ROUTER_NOT_ALLOWED:
		break;
	}
	router_allow(routes, nroutes, path, size, allow, sizeof(allow));
	assert(memchr(allow, '\0', sizeof(allow)) != NULL);
	return 0;
}
