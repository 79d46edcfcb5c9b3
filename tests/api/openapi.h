/*
 * openapi.h - is an answer one that web/openapi.json promises?
 *
 * Tests run in the root of the project: the document is read from there, once.
 * It lets answers gain members; here a member that it does not name fails, so
 * that none is added without being described.
 */
#ifndef TESTS_API_OPENAPI_H
#define TESTS_API_OPENAPI_H

#include <stddef.h>

#include <jansson.h>

/**
 * openapi_expect(method, pattern, status, content_type, body, len):
 * Fail the test unless the document has the operation ${method} ${pattern}
 * ("/v1/stages/{code}"), lists ${status} among its answers with the media type
 * of ${content_type} (its parameters do not matter), and the ${len} bytes at
 * ${body} fit the schema there.  HEAD is looked up as GET and has no body; nor
 * has an answer without content.  ${content_type} may be NULL or
 * "" only where there is no body.
 *
 * ${pattern} NULL: an answer that belongs to no operation (no such path, a
 * method that it does not have, a request that nobody could read).  It must be
 * a problem whose status is ${status}.
 */
void openapi_expect(const char *method, const char *pattern, int status,
		    const char *content_type, const char *body, size_t len);

/**
 * openapi_document():
 * The document, with each $ref to a schema turned into one to #/$defs and each
 * object of an answer closed.  Borrowed; fails the test if it cannot be read.
 */
const json_t *openapi_document(void);

#endif /* !TESTS_API_OPENAPI_H */
