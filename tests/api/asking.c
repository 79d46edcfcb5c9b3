/*
 * asking.c - ask the service and get JSON back.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "tests/api/asking.h"
#include "tests/api/openapi.h"

static json_t *
parse(struct answer *a, const char *method, const char *pattern,
      const char *what, int status)
{
	char type[128];

	ck_assert_msg(a->status == status, "%s: %d, not %d: %s", what,
		      a->status, status, a->body);
	(void)answer_header(a, "Content-Type", type, sizeof(type));
	openapi_expect(method, pattern, status, type, a->body, a->len);
	json_t *json =
		json_loadb(a->body, a->len, JSON_REJECT_DUPLICATES, NULL);
	answer_free(a);
	return json;
}

json_t *
asking_get(int port, const char *pattern, const char *target, int status)
{
	struct answer a = client_get(port, target);

	return parse(&a, "GET", pattern, target, status);
}

json_t *
asking_post(int port, const char *pattern, json_t *body, int status)
{
	char *text = json_dumps(body, JSON_COMPACT);

	ck_assert_ptr_nonnull(text);
	struct answer a = client_post(port, pattern, text);
	json_t *json = parse(&a, "POST", pattern, text, status);
	free(text);
	json_decref(body);
	return json;
}

const char *
asking_text(const json_t *json, const char *path)
{
	char name[64];

	while (json != NULL && *path != '\0') {
		size_t n = strcspn(path, "/");
		ck_assert_uint_lt(n, sizeof(name));
		memcpy(name, path, n);
		name[n] = '\0';
		json = json_is_array(json)
			       ? json_array_get(json,
						(size_t)strtoul(name, NULL, 10))
			       : json_object_get(json, name);
		path += n + (path[n] == '/');
	}
	const char *text = json_string_value(json);
	return text != NULL ? text : "";
}
