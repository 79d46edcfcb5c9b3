/*
 * intercept.c - the refusals of libmicrohttpd, in our words.
 */
#include <dlfcn.h>
#include <string.h>

#include "server/send.h"

#include "server/intercept.h"

typedef enum MHD_Result queue_fn(struct MHD_Connection *, unsigned,
				 struct MHD_Response *);

static queue_fn *queue;

bool
intercept_start(void)
{
	/* ISO C knows no way from an object to a function but its bytes. */
	void *symbol = dlsym(RTLD_NEXT, "MHD_queue_response");

	memcpy(&queue, &symbol, sizeof(queue));
	return queue != NULL;
}

enum MHD_Result
intercept_queue(struct MHD_Connection *c, unsigned status,
		struct MHD_Response *res)
{
	return queue(c, status, res);
}

/* What a status of the library means. */
static const struct {
	unsigned status;
	enum problem_code problem;
	enum guard_reason reason;
} meanings[] = {
	{ 413, PROBLEM_TOO_LARGE, GUARD_BODY_LARGE },
	{ 414, PROBLEM_URL_TOO_LONG, GUARD_URL_LONG },
	{ 431, PROBLEM_HEADERS_TOO_LARGE, GUARD_HEADERS_LARGE },
	{ 500, PROBLEM_INTERNAL, GUARD_UNREADABLE },
	{ 505, PROBLEM_BAD_VERSION, GUARD_VERSION },
	{ 0, PROBLEM_BAD_REQUEST, GUARD_UNREADABLE }, /* all others */
};

/* The library's, for its own errors: see the header. */
enum MHD_Result
MHD_queue_response(struct MHD_Connection *c, unsigned status,
		   struct MHD_Response *res)
{
	const union MHD_ConnectionInfo *info =
		MHD_get_connection_info(c, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
	struct conn *k = info != NULL ? info->socket_context : NULL;
	size_t i = 0;

	if (k == NULL)
		return queue(c, status, res);
	while (meanings[i].status != 0 && meanings[i].status != status)
		i++;
	if (k->ex == NULL || k->ex->state == EXCHANGE_RECEIVING)
		send_early(k, meanings[i].problem, meanings[i].reason);
	return MHD_NO; /* it closes the connection now */
}
