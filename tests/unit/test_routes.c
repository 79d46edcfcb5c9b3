/*
 * test_routes.c - the routes, the API's description and the README agree.
 */
#include <check.h>
#include <ctype.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "handlers/handlers.h"
#include "script/buf.h"
#include "server/keys.h"
#include "server/problem.h"
#include "tests/api/openapi.h"

static const char *const methods[] = { "get", "post", "put", "patch",
				       "delete" };
#define NMETHODS (sizeof(methods) / sizeof(methods[0]))

/* jansson's iterators change nothing, but ask for an object they might. */
static json_t *
iterable(const json_t *object)
{
	return (json_t *)(uintptr_t)object;
}

static const json_t *
paths(void)
{
	return json_object_get(openapi_document(), "paths");
}

/* The operation of a row, or NULL. */
static const json_t *
operation_of(const struct route *route)
{
	const json_t *path = json_object_get(paths(), route->pattern);

	for (size_t i = 0; i < NMETHODS; i++)
		if (strcasecmp(methods[i], route->method) == 0)
			return json_object_get(path, methods[i]);
	return NULL;
}

START_TEST(every_route_is_described)
{
	const struct route *route = &routes[_i];
	const json_t *operation = operation_of(route);

	ck_assert_msg(operation != NULL, "%s %s is not in web/openapi.json",
		      route->method, route->pattern);
	const json_t *answers = json_object_get(operation, "responses");
	bool cached = (route->flags & ROUTE_RELEASE) != 0 &&
		      strcmp(route->method, "GET") == 0;
	bool body = (route->flags & ROUTE_BODY) != 0;
	bool page = (route->flags & ROUTE_PAGE) != 0;
	const json_t *content =
		json_object_get(json_object_get(answers, "200"), "content");

	ck_assert_msg((json_object_get(answers, "304") != NULL) == cached,
		      "%s %s: 304 is for answers from a release alone",
		      route->method, route->pattern);
	ck_assert_msg((json_object_get(operation, "requestBody") != NULL) ==
			      body,
		      "%s %s: requestBody is for rows that take one",
		      route->method, route->pattern);
	ck_assert_msg((json_object_get(answers, "406") == NULL) == page,
		      "%s %s: 406 is not for pages", route->method,
		      route->pattern);
	ck_assert_msg(json_object_get(content, "text/plain") == NULL || page ||
			      (route->flags & ROUTE_TEXT) != 0,
		      "%s %s never answers text/plain", route->method,
		      route->pattern);
}
END_TEST

/* Who may call what stands in both, and an example of each refusal. */
START_TEST(every_route_says_who_may_call_it)
{
	const struct route *route = &routes[_i];
	const json_t *operation = operation_of(route);
	const json_t *answers = json_object_get(operation, "responses");
	const json_t *security = json_object_get(operation, "security");
	const char *role =
		json_string_value(json_object_get(operation, "x-role"));
	bool keyed = route->role != ROLE_NONE;

	ck_assert_msg(json_is_array(security), "%s %s: no security",
		      route->method, route->pattern);
	ck_assert_uint_eq(json_array_size(security), keyed);
	ck_assert_int_eq(role != NULL, keyed);
	ck_assert_int_eq(json_object_get(answers, "401") != NULL, keyed);
	ck_assert_int_eq(json_object_get(answers, "403") != NULL, keyed);
	ck_assert_int_eq(json_object_get(answers, "429") != NULL, keyed);
	if (!keyed)
		return;
	ck_assert_str_eq(role, role_name(route->role));
	const json_t *roles =
		json_object_get(json_array_get(security, 0), "key");

	ck_assert_uint_eq(json_array_size(roles), 1);
	ck_assert_str_eq(json_string_value(json_array_get(roles, 0)), role);
}
END_TEST

/* Without a key there is nothing of the library, nor of the database. */
START_TEST(only_these_take_no_key)
{
	static const char *const open[] = { "/livez",
					    "/readyz",
					    "/version",
					    "/openapi.json",
					    "/bundle.schema.json",
					    "/problems",
					    "/problems/{type}",
					    "/panel",
					    "/panel/demo",
					    "/panel/settings.json",
					    "/web/{file}",
					    "/docs",
					    "/library" };
	bool found = false;

	for (size_t i = 0; i < sizeof(open) / sizeof(open[0]); i++)
		found = found || strcmp(open[i], routes[_i].pattern) == 0;
	ck_assert_msg(found == (routes[_i].role == ROLE_NONE), "%s %s",
		      routes[_i].method, routes[_i].pattern);
}
END_TEST

START_TEST(every_operation_is_a_route)
{
	const char *pattern, *verb;
	const json_t *path, *operation;

	json_object_foreach(iterable(paths()), pattern, path)
		json_object_foreach(iterable(path), verb, operation) {
			bool found = strcmp(verb, "parameters") == 0;

			for (size_t i = 0; i < nroutes && !found; i++)
				found = strcmp(routes[i].pattern, pattern) ==
						0 &&
					strcasecmp(routes[i].method, verb) == 0;
			ck_assert_msg(found, "no route answers %s %s", verb,
				      pattern);
		}
}
END_TEST

/* Is ${name} a required parameter in the path, of ${list} or its $refs? */
static bool
has_path_parameter(const json_t *list, const char *name, size_t len)
{
	size_t i;
	const json_t *item;

	json_array_foreach(list, i, item) {
		const char *ref =
			json_string_value(json_object_get(item, "$ref"));
		if (ref != NULL)
			item = json_object_get(
				json_object_get(
					json_object_get(openapi_document(),
							"components"),
					"parameters"),
				strrchr(ref, '/') + 1);
		const char *in = json_string_value(json_object_get(item, "in"));
		const char *of =
			json_string_value(json_object_get(item, "name"));
		if (in != NULL && of != NULL && strcmp(in, "path") == 0 &&
		    strlen(of) == len && strncmp(of, name, len) == 0)
			return true;
	}
	return false;
}

START_TEST(every_part_of_a_path_is_a_parameter)
{
	const struct route *route = &routes[_i];
	const json_t *list = json_object_get(operation_of(route), "parameters");
	const char *at = route->pattern;

	while ((at = strchr(at, '{')) != NULL) {
		size_t len = strcspn(++at, "}");

		ck_assert_msg(has_path_parameter(list, at, len),
			      "%s: no parameter {%.*s}", route->pattern,
			      (int)len, at);
	}
}
END_TEST

/* Check the examples of one answer against its schemas. */
static void
check_examples(const char *verb, const char *pattern, const char *status,
	       const json_t *answer)
{
	const char *type, *name;
	const json_t *media, *example;

	json_object_foreach(iterable(json_object_get(answer, "content")), type,
			    media) {
		json_t *all = json_object();

		if ((example = json_object_get(media, "example")) != NULL)
			json_object_set(all, "it", iterable(example));
		json_object_foreach(
			iterable(json_object_get(media, "examples")), name,
			example)
			json_object_set(all, name,
					json_object_get(example, "value"));
		ck_assert_msg(json_object_size(all) > 0,
			      "%s %s %s: %s has no example", verb, pattern,
			      status, type);
		json_object_foreach(all, name, example) {
			struct buf body = { 0 };
			char *json = json_dumps(example, JSON_ENCODE_ANY);

			/* An example of lines is one of them. */
			buf_str(&body, strncmp(type, "text/", 5) == 0
					       ? json_string_value(example)
					       : json);
			if (strstr(type, "ndjson") != NULL)
				buf_char(&body, '\n');
			openapi_expect(verb, pattern, atoi(status), type,
				       body.ptr, body.len);
			buf_free(&body);
			free(json);
		}
		json_decref(all);
	}
}

START_TEST(every_example_fits_its_schema)
{
	const struct route *route = &routes[_i];
	const json_t *responses = json_object_get(
		json_object_get(openapi_document(), "components"), "responses");
	const char *status;
	const json_t *answer;

	json_object_foreach(
		iterable(json_object_get(operation_of(route), "responses")),
		status, answer) {
		const char *ref =
			json_string_value(json_object_get(answer, "$ref"));
		if (ref != NULL)
			answer = json_object_get(responses,
						 strrchr(ref, '/') + 1);
		check_examples(route->method, route->pattern, status, answer);
	}
}
END_TEST

/* A problem that is not described would surprise whoever tests types. */
START_TEST(every_problem_is_described)
{
	const json_t *schemas = json_object_get(
		json_object_get(openapi_document(), "components"), "schemas");
	const json_t *types = json_object_get(
		json_object_get(
			json_object_get(json_object_get(schemas, "Problem"),
					"properties"),
			"type"),
		"enum");

	ck_assert_uint_eq(json_array_size(types), N_PROBLEMS);
	for (size_t i = 0; i < N_PROBLEMS; i++) {
		char type[96];

		(void)snprintf(type, sizeof(type), "/problems/%s",
			       problems[i].type);
		ck_assert_str_eq(json_string_value(json_array_get(types, i)),
				 type);
	}
}
END_TEST

static char *
read_text(const char *name)
{
	FILE *file = fopen(name, "re");
	size_t size = 1 << 20;
	char *text = malloc(size);

	ck_assert_msg(file != NULL, "%s cannot be read", name);
	ck_assert_ptr_nonnull(text);
	size_t len = fread(text, 1, size - 1, file);

	ck_assert_msg(len < size - 1, "%s is too long for this test", name);
	text[len] = '\0';
	(void)fclose(file);
	return text;
}

/* Does ${text} name ${path}, and not only a longer one? */
static bool
names(const char *text, const char *path)
{
	size_t len = strlen(path);

	for (const char *at = text; (at = strstr(at, path)) != NULL; at++)
		if (strchr("`? \n'", at[len]) != NULL &&
		    !isalnum((unsigned char)at[-1]))
			return true;
	return false;
}

START_TEST(every_path_is_in_the_readme)
{
	char *text = read_text("README.md");

	ck_assert_msg(names(text, routes[_i].pattern), "README.md lacks `%s`",
		      routes[_i].pattern);
	free(text);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("routes");
	TCase *tc = tcase_create("routes");
	int n = (int)nroutes;

	tcase_add_loop_test(tc, every_route_is_described, 0, n);
	tcase_add_loop_test(tc, every_route_says_who_may_call_it, 0, n);
	tcase_add_loop_test(tc, only_these_take_no_key, 0, n);
	tcase_add_test(tc, every_operation_is_a_route);
	tcase_add_loop_test(tc, every_part_of_a_path_is_a_parameter, 0, n);
	tcase_add_loop_test(tc, every_example_fits_its_schema, 0, n);
	tcase_add_test(tc, every_problem_is_described);
	tcase_add_loop_test(tc, every_path_is_in_the_readme, 0, n);
	suite_add_tcase(suite, tc);

	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
