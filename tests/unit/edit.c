/*
 * edit.c - break one thing in a bundle, and see what is said about it.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "script/bundle.h"
#include "script/report.h"
#include "tests/unit/edit.h"

#define PATH_SIZE 512

char *
edit_file(const char *path, size_t *len)
{
	FILE *file = fopen(path, "rb");

	ck_assert_msg(file != NULL, "no file %s", path);
	ck_assert_int_eq(fseek(file, 0, SEEK_END), 0);
	*len = (size_t)ftell(file);
	rewind(file);
	char *text = malloc(*len + 1);
	ck_assert_ptr_nonnull(text);
	ck_assert_uint_eq(fread(text, 1, *len, file), *len);
	text[*len] = '\0';
	(void)fclose(file);
	return text;
}

json_t *
edit_small(void)
{
	struct report report = { 0 };
	size_t len;
	char *text = edit_file("tests/unit/small.json", &len);
	json_t *bundle = bundle_read(text, len, &report);

	ck_assert_msg(bundle != NULL, "small.json: %s",
		      report.n > 0 ? report.lines[0].detail : "no memory");
	free(text);
	return bundle;
}

/* The place of the item of ${array} that is called ${name}. */
static size_t
place(const json_t *array, const char *name)
{
	static const char *const members[] = { "code", "id", "name" };
	char *end;
	size_t n = (size_t)strtoul(name, &end, 10);

	if (strcmp(name, "-") == 0)
		return json_array_size(array);
	if (*end == '\0')
		return n;
	for (size_t i = 0; i < json_array_size(array); i++) {
		for (size_t m = 0; m < 3; m++) {
			const char *own = json_string_value(json_object_get(
				json_array_get(array, i), members[m]));
			if (own != NULL && strcmp(own, name) == 0)
				return i;
		}
	}
	ck_abort_msg("no item %s", name);
}

/* Take the first part off ${path}, with ~1 and ~0 undone. */
static const char *
part_of(const char *path, char *part)
{
	ck_assert_int_eq(*path, '/');
	for (path++; *path != '\0' && *path != '/'; path++) {
		if (*path == '~')
			*part++ = *++path == '1' ? '/' : '~';
		else
			*part++ = *path;
	}
	*part = '\0';
	return path;
}

/*
 * Walk down ${path}.  Return what holds its last part, which goes to ${last}
 * (with ${at} its place, in an array), and write the pointer to ${plain}.
 */
static json_t *
walk(json_t *doc, const char *path, char *last, size_t *at, char *plain)
{
	size_t used = 0;

	for (;;) {
		const char *rest = part_of(path, last), *name = path + 1;
		int len = (int)(rest - name);
		json_t *child;

		if (json_is_array(doc)) {
			*at = place(doc, last);
			used += (size_t)snprintf(plain + used, PATH_SIZE - used,
						 "/%zu", *at);
			child = json_array_get(doc, *at);
		} else {
			used += (size_t)snprintf(plain + used, PATH_SIZE - used,
						 "/%.*s", len, name);
			child = json_object_get(doc, last);
		}
		if (*rest == '\0')
			return doc;
		ck_assert_msg(child != NULL, "nothing at %s", plain);
		doc = child;
		path = rest;
	}
}

json_t *
edit_at(json_t *doc, const char *path)
{
	char last[PATH_SIZE], plain[PATH_SIZE];
	size_t at = 0;
	json_t *holder = walk(doc, path, last, &at, plain);
	json_t *value = json_is_array(holder) ? json_array_get(holder, at)
					      : json_object_get(holder, last);

	ck_assert_msg(value != NULL, "nothing at %s", plain);
	return value;
}

void
edit_set(json_t *doc, const char *path, const char *value)
{
	char last[PATH_SIZE], plain[PATH_SIZE];
	size_t at = 0;
	json_t *holder = walk(doc, path, last, &at, plain), *json = NULL;
	int failed;

	if (value != NULL) {
		json = json_loads(value, JSON_DECODE_ANY, NULL);
		ck_assert_msg(json != NULL, "this is not JSON: %s", value);
	}
	if (json_is_array(holder) && value == NULL)
		failed = json_array_remove(holder, at);
	else if (json_is_array(holder) && at == json_array_size(holder))
		failed = json_array_append_new(holder, json);
	else if (json_is_array(holder))
		failed = json_array_set_new(holder, at, json);
	else if (value == NULL)
		failed = json_object_del(holder, last);
	else
		failed = json_object_set_new(holder, last, json);
	ck_assert_msg(failed == 0, "cannot set %s", plain);
}

void
edit_expect(const struct report *report, json_t *doc, const char *path,
	    const char *word)
{
	char last[PATH_SIZE], plain[PATH_SIZE] = "";
	size_t at = 0;

	if (path[0] != '\0')
		(void)walk(doc, path, last, &at, plain);
	for (size_t i = 0; report->total != 1 && i < report->n; i++)
		fprintf(stderr, "%s: %s\n", report->lines[i].pointer,
			report->lines[i].detail);
	ck_assert_msg(report->total == 1, "%zu lines instead of one at %s",
		      report->total, plain);
	ck_assert_str_eq(report->lines[0].pointer, plain);
	ck_assert_msg(strstr(report->lines[0].detail, word) != NULL,
		      "\"%s\" is not in \"%s\"", word, report->lines[0].detail);
}
