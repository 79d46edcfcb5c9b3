/*
 * openapi.c - is an answer one that web/openapi.json promises?
 */
#include <check.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "script/buf.h"
#include "script/report.h"
#include "script/schema.h"
#include "tests/api/openapi.h"

#define FILE_NAME "web/openapi.json"
#define PROBLEM "application/problem+json"
#define LINES "application/x-ndjson"
#define BODY_SHOWN 400 /* bytes of a body in a failure */

static json_t *document;

/* --- the document --------------------------------------------------------- */

/* Let go of it at the end, so that a search for leaks finds none. */
__attribute__((destructor)) static void
forget(void)
{
	json_decref(document);
}

/* "#/components/schemas/X" becomes "#/$defs/X", where schema.h looks. */
static void
move_ref(json_t *schema, const char *ref)
{
	static const char from[] = "#/components/schemas/";
	char to[128];

	if (strncmp(ref, from, sizeof(from) - 1) != 0)
		return;
	(void)snprintf(to, sizeof(to), "#/$defs/%s", ref + sizeof(from) - 1);
	ck_assert_int_eq(json_object_set_new(schema, "$ref", json_string(to)),
			 0);
}

/* Ready ${value} and all in it for schema.h.  The examples that stand beside a
 * schema are none themselves. */
static void
prepare(json_t *value)
{
	bool media = json_object_get(value, "schema") != NULL;
	const char *key;
	size_t i;
	json_t *part;

	json_array_foreach(value, i, part)
		prepare(part);
	json_object_foreach(value, key, part)
		if (!media || strncmp(key, "example", 7) != 0)
			prepare(part);
	const char *ref = json_string_value(json_object_get(value, "$ref"));
	if (ref != NULL)
		move_ref(value, ref);
	if (json_is_object(json_object_get(value, "properties")) &&
	    json_object_get(value, "additionalProperties") == NULL)
		ck_assert_int_eq(json_object_set_new(value,
						     "additionalProperties",
						     json_false()),
				 0);
}

const json_t *
openapi_document(void)
{
	json_error_t err;

	if (document != NULL)
		return document;
	document = json_load_file(FILE_NAME, JSON_REJECT_DUPLICATES, &err);
	ck_assert_msg(document != NULL, FILE_NAME ":%d: %s", err.line,
		      err.text);
	prepare(document);
	return document;
}

/* The member ${name} of the member ${group} of the components. */
static const json_t *
component(const char *group, const char *name)
{
	return json_object_get(
		json_object_get(
			json_object_get(openapi_document(), "components"),
			group),
		name);
}

/* ${value}, or what its $ref to the components' ${group} names. */
static const json_t *
resolve(const json_t *value, const char *group)
{
	const char *ref = json_string_value(json_object_get(value, "$ref"));

	return ref == NULL ? value : component(group, strrchr(ref, '/') + 1);
}

static const json_t *
find_answer(const char *method, const char *pattern, int status)
{
	char verb[16], code[16];
	size_t i;
	const json_t *path = json_object_get(
		json_object_get(openapi_document(), "paths"), pattern);

	ck_assert_msg(path != NULL, "%s has no path %s", FILE_NAME, pattern);
	if (strcmp(method, "HEAD") == 0)
		method = "GET";
	for (i = 0; method[i] != '\0' && i + 1 < sizeof(verb); i++)
		verb[i] = (char)(method[i] | 0x20); /* lower case */
	verb[i] = '\0';
	const json_t *operation = json_object_get(path, verb);
	ck_assert_msg(operation != NULL, "%s has no %s %s", FILE_NAME, method,
		      pattern);

	(void)snprintf(code, sizeof(code), "%d", status);
	const json_t *answer = resolve(
		json_object_get(json_object_get(operation, "responses"), code),
		"responses");
	ck_assert_msg(answer != NULL, "%s: %s %s never answers %d", FILE_NAME,
		      method, pattern, status);
	return answer;
}

/* --- an answer ------------------------------------------------------------ */

/* The schema for ${type} in ${content}, an answer's; NULL if it has none. */
static const json_t *
schema_for(const json_t *content, const char *type)
{
	const char *name;
	const json_t *media;
	size_t n = strcspn(type, "; ");

	json_object_foreach((json_t *)(uintptr_t)content, name, media)
		if (strlen(name) == n && strncmp(name, type, n) == 0)
			return json_object_get(media, "schema");
	return NULL;
}

/* The body as JSON: what it says, or itself if it is text. */
static json_t *
read_body(const char *type, const char *body, size_t len, struct report *report)
{
	json_error_t err;
	json_t *value;

	if (strstr(type, "json") == NULL) {
		value = json_stringn(body, len);
		if (value == NULL)
			report_add(report, "", "the text is not UTF-8");
		return value;
	}
	value = json_loadb(body, len, JSON_REJECT_DUPLICATES, &err);
	if (value == NULL)
		report_add(report, "", "no JSON at byte %d: %s", err.position,
			   err.text);
	return value;
}

/* Check ${value} against ${schema}, a part of the document. */
static void
check_value(const json_t *schema, const json_t *value, struct report *report)
{
	json_t *root = json_copy((json_t *)(uintptr_t)schema);
	json_t *defs = json_object_get(
		json_object_get(openapi_document(), "components"), "schemas");

	ck_assert_int_eq(json_object_set(root, "$defs", defs), 0);
	(void)schema_check(root, value, report);
	json_decref(root);
}

/* Fail the test with all that was reported, and the body's beginning. */
static void
fail_with(const char *what, const struct report *report, const char *body,
	  size_t len)
{
	struct buf text = { 0 };

	buf_str(&text, what);
	buf_lit(&text, " is not as " FILE_NAME " promises:");
	for (size_t i = 0; i < report->n; i++) {
		buf_lit(&text, "\n  ");
		buf_str(&text, report->lines[i].pointer[0] == '\0'
				       ? "/"
				       : report->lines[i].pointer);
		buf_lit(&text, ": ");
		buf_str(&text, report->lines[i].detail);
	}
	buf_lit(&text, "\n  in: ");
	buf_add(&text, body, len < BODY_SHOWN ? len : BODY_SHOWN);
	buf_char(&text, '\0');
	ck_abort_msg("%s", text.failed ? "out of memory" : text.ptr);
}

/* A problem repeats its status. */
static void
check_status(const json_t *value, int status, struct report *report)
{
	json_int_t told = json_integer_value(json_object_get(value, "status"));

	if (told != status)
		report_add(report, "/status",
			   "must be the status of the answer, %d", status);
}

static void
check_body(const json_t *schema, const char *type, int status, const char *body,
	   size_t len, struct report *report)
{
	json_t *value = read_body(type, body, len, report);

	if (value != NULL)
		check_value(schema, value, report);
	if (value != NULL && strcmp(type, PROBLEM) == 0)
		check_status(value, status, report);
	json_decref(value);
}

void
openapi_expect(const char *method, const char *pattern, int status,
	       const char *content_type, const char *body, size_t len)
{
	struct report report = { 0 };
	const json_t *content = NULL, *schema;
	char what[256];

	if (content_type != NULL && content_type[0] == '\0')
		content_type = NULL;
	(void)snprintf(what, sizeof(what), "%s %s: %d %s", method,
		       pattern == NULL ? "(no operation)" : pattern, status,
		       content_type == NULL ? "without a type" : content_type);
	if (pattern != NULL)
		content = json_object_get(find_answer(method, pattern, status),
					  "content");
	if (strcmp(method, "HEAD") == 0 ||
	    (pattern != NULL && content == NULL)) {
		ck_assert_msg(len == 0, "%s: has a body of %zu bytes", what,
			      len);
		return;
	}
	/* Text that has no byte need not say that it is text. */
	if (content_type == NULL && len == 0)
		content_type = "text/plain";
	ck_assert_msg(content_type != NULL, "%s", what);
	ck_assert_msg(pattern != NULL || strcmp(content_type, PROBLEM) == 0,
		      "%s: must be a problem", what);
	schema = pattern == NULL ? component("schemas", "Problem")
				 : schema_for(content, content_type);
	ck_assert_msg(schema != NULL, "%s: " FILE_NAME " has no such type",
		      what);

	/* Of such a document the schema is one of a line. */
	bool lines = strncmp(content_type, LINES, sizeof(LINES) - 1) == 0;
	size_t size;

	for (size_t at = 0; at < len || !lines; at += size) {
		size = len - at;
		const char *end = memchr(body + at, '\n', size);
		if (lines && end != NULL)
			size = (size_t)(end - (body + at)) + 1;
		check_body(schema, content_type, status, body + at, size,
			   &report);
		if (!lines)
			break;
	}
	if (!report_ok(&report))
		fail_with(what, &report, body, len);
	report_free(&report);
}
