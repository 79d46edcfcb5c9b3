/*
 * request.c - what a handler may read.
 */
#include <string.h>

#include "server/request.h"

const struct slice *
request_arg(const struct request *req, const char *name)
{
	size_t len = strlen(name);

	for (size_t i = 0; i < req->nargs; i++)
		if (req->args[i].name.len == len &&
		    memcmp(req->args[i].name.ptr, name, len) == 0)
			return &req->args[i].value;
	return NULL;
}
