/*
 * asking.h - ask the service and get JSON back, every answer held against
 * openapi.json.
 */
#ifndef TESTS_API_ASKING_H
#define TESTS_API_ASKING_H

#include <jansson.h>

#include "tests/api/client.h"

/**
 * asking_get(port, pattern, target, status):
 * GET ${target}, expect ${status} and an answer that openapi.json promises for
 * ${pattern}.  Return it parsed; the caller owns it (NULL if it is not JSON).
 */
json_t *asking_get(int port, const char *pattern, const char *target,
		   int status);

/**
 * asking_post(port, pattern, body, status):
 * The same for a POST of ${body}, which it takes.
 */
json_t *asking_post(int port, const char *pattern, json_t *body, int status);

/* A string inside an object, by members and numbers: "say/0/text". "" if not
 * there. */
const char *asking_text(const json_t *json, const char *path);

#endif /* !TESTS_API_ASKING_H */
