/*
 * parse.h - JSON from a client, whole or not at all.
 *
 * jansson 2.14 does not look whether it had memory for the text of a string:
 * then part of it is missing, and as it copies the rest it runs past the end of
 * what it has, in reading and in writing.
 */
#ifndef SERVER_PARSE_H
#define SERVER_PARSE_H

#include <stddef.h>

#include <jansson.h>

/**
 * parse_start():
 * From now on parse_json() knows when jansson's memory runs out.  Call it
 * before jansson has made anything, and before there are threads.
 */
void parse_start(void);

/**
 * parse_json(text, len, err):
 * As json_loadb(), each name once; if memory runs out, NULL, and so says
 * json_error_code(${err}).
 */
json_t *parse_json(const char *text, size_t len, json_error_t *err);

#endif /* !SERVER_PARSE_H */
