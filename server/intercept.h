/*
 * intercept.h - the refusals of libmicrohttpd, in our words: for the server's
 * own files.
 *
 * When libmicrohttpd finds a request that it cannot read, it queues a page of
 * HTML, and after a bad Content-Length it sends the headers of that page twice
 * (0.9.75).  There is no option for it.  But it queues the page by its own
 * public MHD_queue_response(), which a program may replace: in this one that
 * name answers application/problem+json straight on the socket, and has the
 * connection closed.  A library that is built not to look for it still works;
 * its pages are HTML then, and the malformed requests of tests/api say so.
 */
#ifndef SERVER_INTERCEPT_H
#define SERVER_INTERCEPT_H

#include <stdbool.h>

#include <microhttpd.h>

/**
 * intercept_start():
 * Find the library's function.  Before anything is queued.  Return false if
 * there is none.
 */
bool intercept_start(void);

/**
 * intercept_queue(c, status, res):
 * What MHD_queue_response() is in every other program.
 */
enum MHD_Result intercept_queue(struct MHD_Connection *c, unsigned status,
				struct MHD_Response *res);

#endif /* !SERVER_INTERCEPT_H */
