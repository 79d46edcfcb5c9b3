/*
 * bare.c - what libmicrohttpd does by itself: one answer, out of a file.
 *
 *	build/tests/bench/bare PORT FILE
 *
 * One thread of its own with epoll, and a response that is made once: nothing
 * is looked at, counted, logged or refused.
 */
#include <arpa/inet.h>
#include <limits.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <microhttpd.h>

#define MOST 65536 /* bytes of the file */

static enum MHD_Result
answer(void *cls, struct MHD_Connection *c, const char *url, const char *method,
       const char *version, const char *upload, size_t *len, void **state)
{
	(void)url, (void)method, (void)version, (void)upload, (void)len;
	if (*state == NULL) { /* an answer given now would end the connection */
		*state = cls;
		return MHD_YES;
	}
	return MHD_queue_response(c, MHD_HTTP_OK, cls);
}

int
main(int argc, char **argv)
{
	static char body[MOST];
	struct sockaddr_in at = { .sin_family = AF_INET };
	FILE *f = argc == 3 ? fopen(argv[2], "rb") : NULL;

	if (f == NULL)
		return EXIT_FAILURE;
	size_t n = fread(body, 1, sizeof(body), f);

	(void)fclose(f);
	at.sin_port = htons((uint16_t)strtoul(argv[1], NULL, 10));
	at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	struct MHD_Response *r = MHD_create_response_from_buffer(
		n, body, MHD_RESPMEM_PERSISTENT);

	if (r == NULL || MHD_add_response_header(r, "Content-Type",
						 "application/json") != MHD_YES)
		return EXIT_FAILURE;
	struct MHD_Daemon *d = MHD_start_daemon(
		MHD_USE_EPOLL_INTERNAL_THREAD, 0, NULL, NULL, answer, r,
		MHD_OPTION_SOCK_ADDR, &at, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
		(size_t)16384, MHD_OPTION_CONNECTION_LIMIT, 4096u,
		MHD_OPTION_END);

	if (d == NULL)
		return EXIT_FAILURE;
	for (;;)
		(void)pause(); /* whoever began it ends it */
}
