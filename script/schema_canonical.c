/*
 * schema_canonical.c - a document in the one form that all its readings share.
 */
#include <stdlib.h>
#include <string.h>

#include "script/schema.h"
#include "script/schema_node.h"

static json_t *canonical(const struct node *node, const json_t *value);

/* --- order -------------------------------------------------------------- */

/* An item with what it is ordered by. */
struct key {
	json_t *item;
	const char *text[2];
	json_int_t number;
	size_t at; /* keeps equals as they were */
};

static bool
all_digits(const char *s, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (s[i] < '0' || s[i] > '9')
			return false;
	return len > 0;
}

/* The order of one part of an id: digits by value (no id has leading zeros),
 * all else by bytes. */
static int
compare_part(const char *a, size_t na, const char *b, size_t nb)
{
	if (all_digits(a, na) && all_digits(b, nb) && na != nb)
		return na < nb ? -1 : 1;
	int order = memcmp(a, b, na < nb ? na : nb);
	return order != 0 ? order : (na > nb) - (na < nb);
}

/* Part by part between slashes: as the ids of phrases are meant. */
static int
compare_text(const char *a, const char *b)
{
	for (;;) {
		size_t na = strcspn(a, "/"), nb = strcspn(b, "/");
		int order = compare_part(a, na, b, nb);

		if (order != 0)
			return order;
		if (a[na] == '\0' || b[nb] == '\0')
			return (a[na] != '\0') - (b[nb] != '\0');
		a += na + 1;
		b += nb + 1;
	}
}

static int
compare(const void *x, const void *y)
{
	const struct key *a = x, *b = y;

	for (size_t i = 0; i < 2; i++) {
		int order = compare_text(a->text[i], b->text[i]);
		if (order != 0)
			return order;
	}
	if (a->number != b->number)
		return a->number < b->number ? -1 : 1;
	return (a->at > b->at) - (a->at < b->at);
}

static const char *
text_of(const json_t *item, const char *name)
{
	const char *s = json_string_value(json_object_get(item, name));

	return s == NULL ? "" : s;
}

static struct key
key_of(enum order order, json_t *item, size_t at)
{
	struct key key = { .item = item, .text = { "", "" }, .at = at };

	switch (order) {
	case ORDER_ROWS:
		key.text[0] = text_of(item, "from");
		key.text[1] = text_of(item, "signal");
		key.number = json_integer_value(json_object_get(item, "prio"));
		break;
	case ORDER_CODE:
		key.text[0] = text_of(item, "code");
		break;
	case ORDER_ID:
		key.text[0] = text_of(item, "id");
		break;
	case ORDER_N:
		key.number = json_integer_value(json_object_get(item, "n"));
		break;
	case ORDER_NAME:
		key.text[0] = text_of(item, "name");
		break;
	case ORDER_NONE:
		break;
	}
	return key;
}

/* Put ${array} in order, unless it is already.  False if out of memory. */
static bool
sort(enum order order, json_t *array)
{
	size_t n = json_array_size(array), i;
	struct key *keys;
	bool sorted = true;

	if (order == ORDER_NONE || n < 2)
		return true;
	if ((keys = malloc(n * sizeof(*keys))) == NULL)
		return false;
	for (i = 0; i < n; i++) {
		keys[i] = key_of(order, json_array_get(array, i), i);
		if (i > 0 && compare(&keys[i - 1], &keys[i]) > 0)
			sorted = false;
	}
	if (!sorted) {
		qsort(keys, n, sizeof(*keys), compare);

		/* Setting drops the reference of what stood there. */
		for (i = 0; i < n; i++)
			json_incref(keys[i].item);
		for (i = 0; i < n; i++)
			json_array_set_new(array, i, keys[i].item);
	}
	free(keys);
	return true;
}

/* --- copying ------------------------------------------------------------ */

static json_t *
copy_array(const struct node *node, const json_t *value)
{
	json_t *copy = json_array(), *mine;
	size_t i;
	const json_t *item;

	json_array_foreach(value, i, item) {
		mine = node->items == NULL ? json_deep_copy(item)
					   : canonical(node->items, item);
		if (json_array_append_new(copy, mine) != 0)
			goto fail;
	}
	if (copy != NULL && sort(node->order, copy))
		return copy;
fail:
	json_decref(copy);
	return NULL;
}

static int
by_name(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The members that the schema does not name, in the order of their names. */
static bool
copy_others(const struct node *node, const json_t *object, json_t *copy)
{
	size_t n = 0;
	const char *name, **names;
	const json_t *value;
	bool ok = true;

	if (json_object_size(object) == 0)
		return true;
	names = malloc(json_object_size(object) * sizeof(*names));
	if (names == NULL)
		return false;
	json_object_foreach(schema_iterable(object), name, value) {
		if (json_object_get(copy, name) == NULL)
			names[n++] = name;
	}
	if (n > 0)
		qsort(names, n, sizeof(*names), by_name);
	for (size_t i = 0; i < n && ok; i++) {
		value = json_object_get(object, names[i]);
		ok = json_object_set_new(
			     copy, names[i],
			     node->extra == NULL
				     ? json_deep_copy(value)
				     : canonical(node->extra, value)) == 0;
	}
	free(names);
	return ok;
}

static json_t *
copy_object(const struct node *node, const json_t *object)
{
	json_t *copy = json_object();

	for (size_t i = 0; i < node->nmembers; i++) {
		const struct member *m = &node->members[i];
		const json_t *value = json_object_get(object, m->name);

		if (value == NULL)
			value = m->node->standard;
		if (value != NULL &&
		    json_object_set_new(copy, m->name,
					canonical(m->node, value)) != 0)
			goto fail;
	}
	if (copy != NULL && (node->closed || copy_others(node, object, copy)))
		return copy;
fail:
	json_decref(copy);
	return NULL;
}

/* A canonical copy of ${value}, which ${node} accepts; NULL: no memory. */
static json_t *
canonical(const struct node *node, const json_t *value)
{
	for (size_t i = 0; i < node->nany; i++)
		if (schema_accepts(node->any[i].node, value))
			return canonical(node->any[i].node, value);
	if (json_is_array(value))
		return copy_array(node, value);
	if (json_is_object(value))
		return copy_object(node, value);
	return json_deep_copy(value);
}

json_t *
schema_canonical(const json_t *schema, const json_t *doc)
{
	struct schema s;
	json_t *copy = NULL;

	if (schema_compile(&s, schema, NULL))
		copy = canonical(s.node, doc);
	schema_release(&s);
	return copy;
}
