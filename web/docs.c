/*
 * docs.c - makes the page at /docs of openapi.json, when the program is built.
 *
 *	docs web/openapi.json >build/gen/docs.html
 *
 * Plain HTML, which needs no script to be read; docs.js adds the "Try it".  The
 * viewers of the npm registry that were looked at set styles in place, which a
 * policy without "unsafe-inline" forbids.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

static const json_t *document;

static const json_t *
get(const json_t *object, const char *name)
{
	return json_object_get(object, name);
}

static const char *
text(const json_t *object, const char *name)
{
	const char *value = json_string_value(get(object, name));

	return value != NULL ? value : "";
}

/* What a "$ref" stands for, at any depth of them. */
static const json_t *
resolve(const json_t *value)
{
	const char *ref = json_string_value(get(value, "$ref"));
	char path[256], *rest = NULL;

	if (ref == NULL)
		return value;
	const json_t *at = document;

	(void)snprintf(path, sizeof(path), "%s", ref + 2);
	for (char *part = strtok_r(path, "/", &rest); part != NULL;
	     part = strtok_r(NULL, "/", &rest))
		at = get(at, part);
	return at != NULL ? resolve(at) : value;
}

static void
put_char(char c)
{
	switch (c) {
	case '&':
		fputs("&amp;", stdout);
		break;
	case '<':
		fputs("&lt;", stdout);
		break;
	case '>':
		fputs("&gt;", stdout);
		break;
	case '"':
		fputs("&quot;", stdout);
		break;
	default:
		putchar(c);
	}
}

static void
put(const char *s)
{
	for (; *s != '\0'; s++)
		put_char(*s);
}

/* Text with `code` in it, and empty lines between its paragraphs. */
static void
put_words(const char *s)
{
	bool code = false;

	for (; *s != '\0'; s++) {
		if (*s == '`') {
			fputs(code ? "</code>" : "<code>", stdout);
			code = !code;
		} else if (s[0] == '\n' && s[1] == '\n') {
			fputs("</p>\n<p>", stdout);
			s++;
		} else {
			put_char(*s);
		}
	}
}

static void
put_prose(const char *s)
{
	if (*s == '\0')
		return;
	fputs("<p>", stdout);
	put_words(s);
	fputs("</p>\n", stdout);
}

static void
put_example(const json_t *example)
{
	char *dump =
		json_is_string(example)
			? strdup(json_string_value(example))
			: json_dumps(example, JSON_INDENT(1) | JSON_ENCODE_ANY);

	if (dump == NULL)
		exit(EXIT_FAILURE);
	fputs("<pre tabindex=\"0\"><code>", stdout);
	put(dump);
	fputs("</code></pre>\n", stdout);
	free(dump);
}

/* The last part of a reference: "Step". */
static const char *
name_of(const json_t *schema)
{
	const char *ref = text(schema, "$ref");
	const char *slash = strrchr(ref, '/');

	return slash != NULL ? slash + 1 : "";
}

static void put_type(const json_t *schema);

static void
put_limits(const json_t *schema)
{
	static const struct {
		const char *name, *before, *after;
	} limits[] = {
		{ "minimum", ", at least ", "" },
		{ "maximum", ", at most ", "" },
		{ "minLength", ", ", " characters or more" },
		{ "maxLength", ", at most ", " characters" },
		{ "minItems", ", ", " or more" },
		{ "maxItems", ", at most ", "" },
	};

	for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++) {
		const json_t *limit = get(schema, limits[i].name);

		if (limit != NULL)
			printf("%s%lld%s", limits[i].before,
			       (long long)json_integer_value(limit),
			       limits[i].after);
	}
	const json_t *fallback = get(schema, "default");
	if (fallback != NULL) {
		char *dump = json_dumps(fallback, JSON_ENCODE_ANY);

		fputs("; left out: ", stdout);
		put(dump != NULL ? dump : "");
		free(dump);
	}
}

static void
put_enum(const json_t *values)
{
	size_t i;
	const json_t *value;

	json_array_foreach(values, i, value) {
		char *dump = json_dumps(value, JSON_ENCODE_ANY);

		if (i > 0)
			fputs(" | ", stdout);
		put(dump != NULL ? dump : "");
		free(dump);
	}
}

/* In a few words: "array of Item", "string | null". */
static void
put_type(const json_t *schema)
{
	const json_t *any = get(schema, "anyOf"), *part;
	size_t i;

	if (get(schema, "$ref") != NULL) {
		const char *name = name_of(schema);

		fputs("<a href=\"#schema-", stdout);
		put(name);
		fputs("\">", stdout);
		put(name);
		fputs("</a>", stdout);
	} else if (any != NULL) {
		json_array_foreach(any, i, part) {
			if (i > 0)
				fputs(" | ", stdout);
			put_type(part);
		}
	} else if (get(schema, "enum") != NULL) {
		put_enum(get(schema, "enum"));
	} else if (get(schema, "const") != NULL) {
		char *dump = json_dumps(get(schema, "const"), JSON_ENCODE_ANY);

		put(dump != NULL ? dump : "");
		free(dump);
	} else if (get(schema, "items") != NULL) {
		fputs("array of ", stdout);
		put_type(get(schema, "items"));
	} else {
		put(text(schema, "type")[0] != '\0' ? text(schema, "type")
						    : "any");
	}
	put_limits(schema);
}

static bool
is_required(const json_t *schema, const char *name)
{
	size_t i;
	const json_t *one;

	json_array_foreach(get(schema, "required"), i, one)
		if (strcmp(json_string_value(one), name) == 0)
			return true;
	return false;
}

static void
put_row(const char *name, const char *note, const json_t *schema,
	const char *about)
{
	fputs("<tr><th scope=\"row\"><code>", stdout);
	put(name);
	fputs("</code>", stdout);
	if (note[0] != '\0') {
		fputs(" <small>", stdout);
		put(note);
		fputs("</small>", stdout);
	}
	fputs("</th><td class=\"type\">", stdout);
	put_type(schema);
	fputs("</td><td>", stdout);
	put_prose(about);
	fputs("</td></tr>\n", stdout);
}

/* The members of an object, one a row. */
static void
put_members(const json_t *schema)
{
	const char *name;
	const json_t *member;

	if (json_object_size(get(schema, "properties")) == 0)
		return;
	fputs("<table>\n", stdout);
	json_object_foreach((json_t *)(uintptr_t)get(schema, "properties"),
			    name, member)
		put_row(name, is_required(schema, name) ? "required" : "",
			member,
			text(member, "description")[0] != '\0'
				? text(member, "description")
				: text(resolve(member), "description"));
	fputs("</table>\n", stdout);
}

static void
put_parameters(const json_t *path, const json_t *operation)
{
	const json_t *lists[] = { get(path, "parameters"),
				  get(operation, "parameters") };
	const json_t *one;
	size_t k;

	fputs("<h4>Parameters</h4>\n<table>\n", stdout);
	for (size_t i = 0; i < 2; i++)
		json_array_foreach(lists[i], k, one) {
			const json_t *p = resolve(one);

			put_row(text(p, "name"),
				json_is_true(get(p, "required"))
					? "required"
					: text(p, "in"),
				get(p, "schema"), text(p, "description"));
		}
	fputs("</table>\n", stdout);
}

/* The first example that ${media} has. */
static const json_t *
example_of(const json_t *media)
{
	const json_t *example = get(media, "example");
	const json_t *many = get(media, "examples");

	if (example != NULL || many == NULL)
		return example;
	return get(json_object_iter_value(
			   json_object_iter((json_t *)(uintptr_t)many)),
		   "value");
}

static void
put_body(const json_t *operation)
{
	const char *type;
	const json_t *media;
	const json_t *content = get(get(operation, "requestBody"), "content");

	json_object_foreach((json_t *)(uintptr_t)content, type, media) {
		const json_t *schema = get(media, "schema");

		fputs("<h4>Body <small>", stdout);
		put(type);
		fputs("</small></h4>\n", stdout);
		put_members(resolve(schema));
		if (example_of(media) != NULL)
			put_example(example_of(media));
	}
}

static void
put_answer(const char *status, const json_t *answer)
{
	const char *type;
	const json_t *media;
	bool good = status[0] == '2';

	fputs(good ? "<div class=\"good\">" : "<details>", stdout);
	fputs(good ? "<h4>" : "<summary>", stdout);
	put(status);
	putchar(' ');
	put_words(text(answer, "description"));
	fputs(good ? "</h4>\n" : "</summary>\n", stdout);
	json_object_foreach((json_t *)(uintptr_t)get(answer, "content"), type,
			    media) {
		fputs("<p><small>", stdout);
		put(type);
		fputs("</small> ", stdout);
		put_type(get(media, "schema"));
		fputs("</p>\n", stdout);
		if (example_of(media) != NULL)
			put_example(example_of(media));
	}
	fputs(good ? "</div>\n" : "</details>\n", stdout);
}

static void
put_operation(const char *pattern, const json_t *path, const char *method,
	      const json_t *operation)
{
	const char *status;
	const json_t *answer;

	printf("<section class=\"operation\" id=\"%s\" data-method=\"%s\" "
	       "data-path=\"%s\">\n<h3><span class=\"method\">%s</span> <code>",
	       text(operation, "operationId"), method, pattern, method);
	put(pattern);
	fputs("</code> ", stdout);
	put(text(operation, "summary"));
	fputs("</h3>\n", stdout);
	put_prose(text(operation, "description"));
	fputs("<p><small>", stdout);
	if (text(operation, "x-role")[0] != '\0') {
		fputs("Key of the role ", stdout);
		put(text(operation, "x-role"));
		fputs(" or above.", stdout);
	} else {
		fputs("Takes no key.", stdout);
	}
	fputs("</small></p>\n", stdout);
	put_parameters(path, operation);
	put_body(operation);
	fputs("<h4>Answers</h4>\n", stdout);
	json_object_foreach((json_t *)(uintptr_t)get(operation, "responses"),
			    status, answer)
		put_answer(status, resolve(answer));
	fputs("</section>\n", stdout);
}

/* Each operation of a tag, or a line about it in the list of contents. */
static void
put_tag(const char *tag, bool contents)
{
	static const char *const methods[] = { "get", "post", "put", "patch",
					       "delete" };
	static const char *const shown[] = { "GET", "POST", "PUT", "PATCH",
					     "DELETE" };
	const char *pattern;
	const json_t *path;

	json_object_foreach((json_t *)(uintptr_t)get(document, "paths"),
			    pattern, path)
		for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]);
		     i++) {
			const json_t *operation = get(path, methods[i]);
			const char *own = json_string_value(
				json_array_get(get(operation, "tags"), 0));

			if (own == NULL || strcmp(own, tag) != 0)
				continue;
			if (!contents) {
				put_operation(pattern, path, shown[i],
					      operation);
				continue;
			}
			printf("<li><a href=\"#%s\"><span class=\"method\">"
			       "%s</span> ",
			       text(operation, "operationId"), shown[i]);
			put(pattern);
			fputs("</a>\n", stdout);
		}
}

static void
put_schemas(void)
{
	const char *name;
	const json_t *schema;
	const json_t *all = get(get(document, "components"), "schemas");

	json_object_foreach((json_t *)(uintptr_t)all, name, schema) {
		printf("<section id=\"schema-%s\">\n<h3>%s</h3>\n", name, name);
		put_prose(text(schema, "description"));
		if (get(schema, "properties") == NULL) {
			fputs("<p class=\"type\">", stdout);
			put_type(schema);
			fputs("</p>\n", stdout);
		}
		put_members(schema);
		fputs("</section>\n", stdout);
	}
}

static void
put_page(void)
{
	const json_t *info = get(document, "info"), *tag;
	size_t i;

	fputs("<!doctype html>\n<html lang=\"en\">\n<head>\n"
	      "<meta charset=\"utf-8\">\n<meta name=\"viewport\" "
	      "content=\"width=device-width, initial-scale=1\">\n"
	      "<title>Evenkeel API</title>\n"
	      "<link rel=\"icon\" href=\"/web/icon.svg\" "
	      "type=\"image/svg+xml\">\n"
	      "<link rel=\"stylesheet\" href=\"/web/page.css\">\n"
	      "<link rel=\"stylesheet\" href=\"/web/docs.css\">\n"
	      "<script type=\"module\" src=\"/web/docs.js\"></script>\n"
	      "</head>\n<body>\n<nav aria-label=\"Contents\">\n"
	      "<p><a href=\"/panel\">Panel</a> <a href=\"/library\">Library"
	      "</a> <a href=\"/openapi.json\">openapi.json</a></p>\n",
	      stdout);
	json_array_foreach(get(document, "tags"), i, tag) {
		fputs("<h2>", stdout);
		put(text(tag, "description"));
		fputs("</h2>\n<ul>\n", stdout);
		put_tag(text(tag, "name"), true);
		fputs("</ul>\n", stdout);
	}
	fputs("</nav>\n<main>\n<h1>", stdout);
	put(text(info, "title"));
	fputs(" API ", stdout);
	put(text(info, "version"));
	fputs("</h1>\n", stdout);
	put_prose(text(info, "description"));
	json_array_foreach(get(document, "tags"), i, tag) {
		fputs("<h2>", stdout);
		put(text(tag, "description"));
		fputs("</h2>\n", stdout);
		put_tag(text(tag, "name"), false);
	}
	fputs("<h2>Schemas</h2>\n", stdout);
	put_schemas();
	fputs("</main>\n</body>\n</html>\n", stdout);
}

int
main(int argc, char **argv)
{
	json_error_t err;
	json_t *loaded = argc == 2 ? json_load_file(argv[1], 0, &err) : NULL;

	if (loaded == NULL) {
		fprintf(stderr, "docs: %s\n",
			argc == 2 ? err.text : "docs FILE");
		return EXIT_FAILURE;
	}
	document = loaded;
	put_page();
	json_decref(loaded);
	return fflush(stdout) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
