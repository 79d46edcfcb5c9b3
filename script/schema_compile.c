/*
 * schema_compile.c - from a schema's JSON to nodes that are quick to walk.
 */
#include <limits.h>
#include <string.h>

#include "script/report.h"
#include "script/schema_node.h"

#define NELEMS(a) (sizeof(a) / sizeof((a)[0]))

/* Words that only people read, and where definitions are kept. */
static const char *const silent[] = {
	"$schema", "$id", "$comment", "title", "description", "$defs",
};

static const struct {
	const char *name;
	unsigned bit;
} types[] = {
	{ "null", IS_NULL },	 { "boolean", IS_BOOLEAN },
	{ "object", IS_OBJECT }, { "array", IS_ARRAY },
	{ "number", IS_NUMBER }, { "integer", IS_INTEGER },
	{ "string", IS_STRING },
};

static const struct node *compile(struct schema *s, const json_t *json,
				  unsigned depth);

static void
refuse(struct schema *s, const char *what, const char *word)
{
	s->failed = true;
	if (s->report != NULL)
		report_add(s->report, "", "the schema cannot be used: %s %s",
			   what, word);
}

static void *
array(struct schema *s, size_t n, size_t size)
{
	void *mem = arena_zeroed(&s->arena, n, size);

	if (mem == NULL) {
		s->failed = true;
		if (s->report != NULL)
			s->report->failed = true;
	}
	return mem;
}

static unsigned
type_bit(struct schema *s, const json_t *json)
{
	const char *name = json_string_value(json);

	for (size_t i = 0; name != NULL && i < NELEMS(types); i++)
		if (strcmp(types[i].name, name) == 0)
			return types[i].bit;
	refuse(s, "no type is named", name == NULL ? "so" : name);
	return 0;
}

static bool requires(const json_t *schema, const char *name)
{
	size_t i;
	const json_t *item;

	json_array_foreach(json_object_get(schema, "required"), i, item) {
		if (json_is_string(item) &&
		    strcmp(json_string_value(item), name) == 0)
			return true;
	}
	return false;
}

static void
compile_members(struct schema *s, struct node *node, const json_t *schema,
		json_t *properties, unsigned depth)
{
	const char *name;
	json_t *value;

	node->members =
		array(s, json_object_size(properties), sizeof(*node->members));
	if (node->members == NULL)
		return;
	json_object_foreach(properties, name, value) {
		struct member *m = &node->members[node->nmembers++];

		m->name = name;
		m->node = compile(s, value, depth + 1);
		m->required = requires(schema, name);
	}
}

static void
compile_any(struct schema *s, struct node *node, const json_t *list,
	    unsigned depth)
{
	size_t n = json_array_size(list);

	node->any = array(s, n, sizeof(struct choice));
	if (node->any == NULL)
		return;
	for (size_t i = 0; i < n; i++)
		node->any[i].node =
			compile(s, json_array_get(list, i), depth + 1);
	node->nany = n;
}

static void
compile_pattern(struct schema *s, struct node *node, const char *text)
{
	struct pattern *p;

	/* The same text stands in many places; one is enough. */
	for (p = s->patterns; p != NULL; p = p->next)
		if (strcmp(p->text, text) == 0)
			break;
	if (p == NULL) {
		if ((p = array(s, 1, sizeof(*p))) == NULL)
			return;
		p->text = text;
		p->next = s->patterns;
		s->patterns = p;
	}
	node->pattern = p;
}

static bool
has(const struct node *node, const char *name)
{
	for (size_t i = 0; i < node->nmembers; i++)
		if (strcmp(node->members[i].name, name) == 0)
			return true;
	return false;
}

static enum order
order_of(const struct node *items)
{
	if (has(items, "from") && has(items, "signal") && has(items, "prio"))
		return ORDER_ROWS;
	if (has(items, "code"))
		return ORDER_CODE;
	if (has(items, "id"))
		return ORDER_ID;
	if (has(items, "n"))
		return ORDER_N;
	if (has(items, "name"))
		return ORDER_NAME;
	return ORDER_NONE;
}

/* A word with a number: where it goes. */
static json_int_t *
limit(struct node *node, const char *word)
{
	const struct {
		const char *word;
		json_int_t *limit;
	} limits[] = {
		{ "minLength", &node->min_len },
		{ "maxLength", &node->max_len },
		{ "minimum", &node->min },
		{ "maximum", &node->max },
		{ "minItems", &node->min_items },
		{ "maxItems", &node->max_items },
	};

	for (size_t i = 0; i < NELEMS(limits); i++)
		if (strcmp(limits[i].word, word) == 0)
			return limits[i].limit;
	return NULL;
}

static bool
is_silent(const char *word)
{
	for (size_t i = 0; i < NELEMS(silent); i++)
		if (strcmp(silent[i], word) == 0)
			return true;
	return false;
}

/* Take one word of ${json} into ${node}. */
static void
compile_word(struct schema *s, struct node *node, const json_t *json,
	     const char *word, json_t *value, unsigned depth)
{
	json_int_t *number = limit(node, word);

	if (number != NULL && json_is_integer(value))
		*number = json_integer_value(value);
	else if (strcmp(word, "type") == 0)
		node->types = type_bit(s, value);
	else if (strcmp(word, "const") == 0)
		node->constant = value;
	else if (strcmp(word, "enum") == 0 && json_is_array(value))
		node->choices = value;
	else if (strcmp(word, "default") == 0)
		node->standard = value;
	else if (strcmp(word, "pattern") == 0 && json_is_string(value))
		compile_pattern(s, node, json_string_value(value));
	else if (strcmp(word, "properties") == 0 && json_is_object(value))
		compile_members(s, node, json, value, depth);
	else if (strcmp(word, "required") == 0 && json_is_array(value))
		return; /* compile_members() looks at it */
	else if (strcmp(word, "additionalProperties") == 0 &&
		 json_is_boolean(value))
		node->closed = json_is_false(value);
	else if (strcmp(word, "additionalProperties") == 0)
		node->extra = compile(s, value, depth + 1);
	else if (strcmp(word, "items") == 0)
		node->items = compile(s, value, depth + 1);
	else if (strcmp(word, "anyOf") == 0 && json_is_array(value))
		compile_any(s, node, value, depth);
	else if (!is_silent(word))
		refuse(s, "it has the word", word);
}

/* The definition that "#/$defs/NAME" names, or NULL. */
static const json_t *
definition(const struct schema *s, const char *ref)
{
	static const char defs[] = "#/$defs/";

	if (ref == NULL || strncmp(ref, defs, sizeof(defs) - 1) != 0)
		return NULL;
	return json_object_get(json_object_get(s->root, "$defs"),
			       ref + sizeof(defs) - 1);
}

static bool
follow(struct schema *s, struct node *node, const char *ref, unsigned depth)
{
	const json_t *target = definition(s, ref);
	const struct node *known = NULL;

	if (target == NULL)
		refuse(s, "it has no definition for the $ref",
		       ref == NULL ? "without a text" : ref);
	else
		known = compile(s, target, depth + 1);
	if (known == NULL)
		return false;
	*node = *known;
	return true;
}

/* A node for ${json}; NULL only when s->failed. */
static const struct node *
compile(struct schema *s, const json_t *json, unsigned depth)
{
	struct node *node = s->failed ? NULL : array(s, 1, sizeof(*node));
	const json_t *ref = json_object_get(json, "$ref");
	const char *word,
		*description =
			json_string_value(json_object_get(json, "description"));
	json_t *value;

	if (node == NULL)
		return NULL;
	if (!json_is_object(json) || depth >= SCHEMA_MAX_DEPTH) {
		refuse(s,
		       depth < SCHEMA_MAX_DEPTH ? "not an object:"
						: "too deep:",
		       "a part of it");
		return NULL;
	}
	*node = (struct node){ .max_len = LLONG_MAX,
			       .min = LLONG_MIN,
			       .max = LLONG_MAX,
			       .max_items = LLONG_MAX };

	/* What stands beside a $ref is added to what it leads to. */
	if (ref != NULL && !follow(s, node, json_string_value(ref), depth))
		return NULL;
	if (description != NULL)
		node->description = description;
	json_object_foreach(schema_iterable(json), word, value) {
		if (strcmp(word, "$ref") != 0)
			compile_word(s, node, json, word, value, depth);
	}
	if (node->items != NULL)
		node->order = order_of(node->items);
	return s->failed ? NULL : node;
}

bool
schema_compile(struct schema *s, const json_t *schema, struct report *report)
{
	*s = (struct schema){ .root = schema, .report = report };
	s->node = compile(s, schema, 0);
	return s->node != NULL;
}

void
schema_release(struct schema *s)
{
	for (struct pattern *p = s->patterns; p != NULL; p = p->next)
		if (p->compiled)
			regfree(&p->regex);
	arena_free(&s->arena);
}
