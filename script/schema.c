/*
 * schema.c - does a document have the shape that its schema describes?
 */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "script/buf.h"
#include "script/report.h"
#include "script/schema.h"
#include "script/schema_node.h"
#include "script/strtab.h"

/* One step down the document. */
struct part {
	const char *name; /* a member; NULL: an item */
	size_t i;
};

/* A walk through a document along its schema. */
struct walk {
	struct report *report; /* NULL: only whether, not why */
	struct part path[SCHEMA_MAX_DEPTH];
	size_t depth;
};

static bool check(struct walk *w, const struct node *node, const json_t *value);

/* --- saying no ---------------------------------------------------------- */

/* Report at the place where the walk stands, or at its member ${name}. */
__attribute__((format(printf, 3, 4))) static bool
refuse(struct walk *w, const char *name, const char *fmt, ...)
{
	struct buf at = { 0 }, text = { 0 };
	char part[256];
	va_list ap;

	if (w->report == NULL)
		return false;
	if (w->report->n == REPORT_MAX) {
		w->report->total++;
		return false;
	}
	for (size_t i = 0; i < w->depth; i++) {
		buf_char(&at, '/');
		if (w->path[i].name == NULL)
			buf_int(&at, (int64_t)w->path[i].i);
		else
			buf_str(&at, report_escape(w->path[i].name, part,
						   sizeof(part)));
	}
	if (name != NULL) {
		buf_char(&at, '/');
		buf_str(&at, report_escape(name, part, sizeof(part)));
	}
	buf_char(&at, '\0');

	va_start(ap, fmt);
	int len = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	char *to = len < 0 ? NULL : buf_room(&text, (size_t)len + 1);
	if (to != NULL && !at.failed) {
		va_start(ap, fmt);
		vsnprintf(to, (size_t)len + 1, fmt, ap);
		va_end(ap);
		report_add(w->report, at.ptr, "%s", to);
	} else {
		w->report->failed = true;
	}
	buf_free(&at);
	buf_free(&text);
	return false;
}

unsigned
schema_types_of(const json_t *value)
{
	switch (json_typeof(value)) {
	case JSON_OBJECT:
		return IS_OBJECT;
	case JSON_ARRAY:
		return IS_ARRAY;
	case JSON_STRING:
		return IS_STRING;
	case JSON_INTEGER:
		return IS_INTEGER | IS_NUMBER;
	case JSON_REAL:
		return IS_NUMBER;
	case JSON_TRUE:
	case JSON_FALSE:
		return IS_BOOLEAN;
	case JSON_NULL:
		return IS_NULL;
	}
	return 0;
}

static const char *
type_name(unsigned types)
{
	switch (types) {
	case IS_NULL:
		return "null";
	case IS_BOOLEAN:
		return "true or false";
	case IS_OBJECT:
		return "an object";
	case IS_ARRAY:
		return "an array";
	case IS_NUMBER:
		return "a number";
	case IS_INTEGER:
		return "a whole number";
	case IS_STRING:
		return "a string";
	}
	return "anything";
}

/* --- strings and numbers ------------------------------------------------ */

static json_int_t
code_points(const char *s)
{
	json_int_t n = 0;

	for (; *s != '\0'; s++)
		n += ((unsigned char)*s & 0xc0) != 0x80;
	return n;
}

static bool
matches(struct walk *w, struct pattern *p, const char *s, size_t len)
{
	const char **kept = &p->kept[hash_bytes(s, len) % PATTERN_KEPT];

	if (*kept != NULL && strcmp(*kept, s) == 0)
		return true;
	if (!p->compiled) {
		if (regcomp(&p->regex, p->text, REG_EXTENDED | REG_NOSUB) != 0)
			return refuse(w, NULL,
				      "the schema cannot be used: its pattern "
				      "%s is none, or memory ran out",
				      p->text);
		p->compiled = true;
	}
	if (regexec(&p->regex, s, 0, NULL, 0) != 0)
		return false;
	*kept = s;
	return true;
}

static bool
check_string(struct walk *w, const struct node *node, const json_t *value)
{
	const char *s = json_string_value(value);
	size_t bytes = json_string_length(value);
	json_int_t len;

	/* Counting matters only near a limit. */
	if ((node->min_len > 0 || (json_int_t)bytes > node->max_len)) {
		len = code_points(s);
		if (len < node->min_len)
			return node->min_len == 1
				       ? refuse(w, NULL, "must not be empty")
				       : refuse(w, NULL,
						"must have %" JSON_INTEGER_FORMAT
						" characters at least",
						node->min_len);
		if (len > node->max_len)
			return refuse(w, NULL,
				      "must have %" JSON_INTEGER_FORMAT
				      " characters at most; it has "
				      "%" JSON_INTEGER_FORMAT,
				      node->max_len, len);
	}
	if (node->pattern != NULL && !matches(w, node->pattern, s, bytes))
		return node->description == NULL
			       ? refuse(w, NULL, "must match %s",
					node->pattern->text)
			       : refuse(w, NULL, "must match %s (%s)",
					node->pattern->text, node->description);
	return true;
}

static bool
check_integer(struct walk *w, const struct node *node, const json_t *value)
{
	json_int_t i = json_integer_value(value);

	if (i >= node->min && i <= node->max)
		return true;
	return refuse(w, NULL,
		      "must be from %" JSON_INTEGER_FORMAT
		      " to %" JSON_INTEGER_FORMAT,
		      node->min, node->max);
}

/* --- enum and const ----------------------------------------------------- */

struct choices {
	const json_t *list;
	size_t i;
};

static const char *
next_choice(void *arg)
{
	struct choices *c = arg;

	return json_string_value(json_array_get(c->list, c->i++));
}

static bool
check_choice(struct walk *w, const struct node *node, const json_t *value)
{
	struct choices choices = { node->choices, 0 };
	struct buf list = { 0 };
	const char *near = NULL;
	size_t i;
	const json_t *choice;
	bool ok = false;

	json_array_foreach(node->choices, i, choice) {
		if (json_equal(choice, value))
			return true;
	}
	if (w->report == NULL)
		return false;
	json_array_foreach(node->choices, i, choice) {
		if (i > 0)
			buf_lit(&list, ", ");
		if (json_is_string(choice))
			buf_str(&list, json_string_value(choice));
	}
	buf_char(&list, '\0');
	if (json_is_string(value))
		near = closest(json_string_value(value),
			       json_string_length(value), next_choice,
			       &choices);
	if (list.failed)
		w->report->failed = true;
	else if (near == NULL)
		ok = refuse(w, NULL, "must be one of %s", list.ptr);
	else
		ok = refuse(w, NULL, "must be one of %s; did you mean %s?",
			    list.ptr, near);
	buf_free(&list);
	return ok;
}

/* --- arrays and objects ------------------------------------------------- */

static bool
check_array(struct walk *w, const struct node *node, const json_t *value)
{
	json_int_t n = (json_int_t)json_array_size(value);
	bool ok = true;
	size_t i;
	const json_t *item;

	if (n < node->min_items)
		ok = refuse(w, NULL,
			    "must have %" JSON_INTEGER_FORMAT " items at least",
			    node->min_items);
	if (n > node->max_items)
		ok = refuse(w, NULL,
			    "must have %" JSON_INTEGER_FORMAT
			    " items at most; it has %" JSON_INTEGER_FORMAT,
			    node->max_items, n);
	if (node->items == NULL)
		return ok;
	w->depth++;
	json_array_foreach(value, i, item) {
		w->path[w->depth - 1] = (struct part){ NULL, i };
		ok = check(w, node->items, item) && ok;
	}
	w->depth--;
	return ok;
}

struct names {
	const struct node *node;
	size_t i;
};

static const char *
next_name(void *arg)
{
	struct names *n = arg;

	return n->i < n->node->nmembers ? n->node->members[n->i++].name : NULL;
}

static bool
is_named(const struct node *node, const char *name)
{
	for (size_t i = 0; i < node->nmembers; i++)
		if (strcmp(node->members[i].name, name) == 0)
			return true;
	return false;
}

/* The members that the schema does not name. */
static bool
check_others(struct walk *w, const struct node *node, const json_t *object)
{
	bool ok = true;
	const char *name;
	const json_t *value;

	json_object_foreach(schema_iterable(object), name, value) {
		struct names names = { node, 0 };
		const char *near;

		if (is_named(node, name))
			continue;
		if (node->extra != NULL) {
			w->path[w->depth++] = (struct part){ name, 0 };
			ok = check(w, node->extra, value) && ok;
			w->depth--;
			continue;
		}
		if (!node->closed)
			continue;
		near = closest(name, strlen(name), next_name, &names);
		ok = near == NULL
			     ? refuse(w, name, "unknown member: take it away")
			     : refuse(w, name,
				      "unknown member; did you mean %s?", near);
	}
	return ok;
}

static bool
check_object(struct walk *w, const struct node *node, const json_t *object)
{
	size_t named = 0;
	bool ok = true;

	for (size_t i = 0; i < node->nmembers; i++) {
		const struct member *m = &node->members[i];
		const json_t *value = json_object_get(object, m->name);

		if (value == NULL) {
			if (m->required)
				ok = refuse(w, NULL, "the member %s is missing",
					    m->name);
			continue;
		}
		named++;
		w->path[w->depth++] = (struct part){ m->name, 0 };
		ok = check(w, m->node, value) && ok;
		w->depth--;
	}
	if (named < json_object_size(object))
		ok = check_others(w, node, object) && ok;
	return ok;
}

/* --- anyOf -------------------------------------------------------------- */

/* None of them passes: say why of the one that looks most like it, else what
 * kinds of values would do. */
static bool
check_any(struct walk *w, const struct node *node, const json_t *value)
{
	struct buf kinds = { 0 };

	for (size_t i = 0; i < node->nany; i++)
		if (schema_accepts(node->any[i].node, value))
			return true;
	if (w->report == NULL)
		return false;
	for (size_t i = 0; i < node->nany; i++)
		if ((node->any[i].node->types & schema_types_of(value)) != 0)
			return check(w, node->any[i].node, value);
	for (size_t i = 0; i < node->nany; i++) {
		if (i > 0)
			buf_lit(&kinds, " or ");
		buf_str(&kinds, type_name(node->any[i].node->types));
	}
	buf_char(&kinds, '\0');
	refuse(w, NULL, "must be %s", kinds.failed ? "different" : kinds.ptr);
	buf_free(&kinds);
	return false;
}

/* ------------------------------------------------------------------------ */

static bool
check(struct walk *w, const struct node *node, const json_t *value)
{
	unsigned types = schema_types_of(value);
	bool ok = true;

	if (node->types != 0 && (node->types & types) == 0)
		return refuse(w, NULL, "must be %s", type_name(node->types));
	if (node->constant != NULL && !json_equal(node->constant, value))
		return json_is_string(node->constant)
			       ? refuse(w, NULL, "must be %s",
					json_string_value(node->constant))
			       : refuse(w, NULL, "must be as the schema says");
	if (node->choices != NULL)
		return check_choice(w, node, value);
	if (node->nany > 0)
		return check_any(w, node, value);

	if (types & IS_STRING)
		ok = check_string(w, node, value);
	else if (types & IS_INTEGER)
		ok = check_integer(w, node, value);
	else if (types & IS_ARRAY)
		ok = check_array(w, node, value);
	else if (types & IS_OBJECT)
		ok = check_object(w, node, value);
	return ok;
}

bool
schema_accepts(const struct node *node, const json_t *value)
{
	struct walk w = { 0 };

	return check(&w, node, value);
}

bool
schema_check(const json_t *schema, const json_t *doc, struct report *report)
{
	struct schema s;
	struct walk w = { .report = report };
	size_t before = report->total;

	if (schema_compile(&s, schema, report))
		(void)check(&w, s.node, doc);
	schema_release(&s);
	return report->total == before && !report->failed;
}
