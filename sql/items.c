/*
 * items.c - a bundle as rows, and rows as a bundle.
 */
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <libpq-fe.h>

#include "gen/queries.h"
#include "script/embed.h"
#include "script/report.h"
#include "script/schema.h"
#include "sql/items.h"

/* clang-format off */
#define KIND(x) { #x, &query_##x##_close, &query_##x##_add }
const struct item_kind item_kinds[] = {
	KIND(settings),
	KIND(stages),
	KIND(signals),
	KIND(transitions),
	KIND(protocols),
	KIND(categories),
	KIND(phrases),
	KIND(placeholders),
	KIND(channels),
	KIND(rules),
	KIND(structural),
	KIND(cues),
	KIND(facts),
	KIND(principles),
	KIND(sources),
};
/* clang-format on */
const size_t n_item_kinds = sizeof(item_kinds) / sizeof(item_kinds[0]);

/* The setting that stands beside the wording rules, not in "defaults". */
static const char match_language[] = "match_language";

/* The members of ${object} as items {${key}: its name, ${value}: its value}. */
static bool
from_members(const json_t *object, const char *key, const char *value,
	     json_t *items)
{
	/* jansson's iterators take no const object, but change none. */
	json_t *from = (json_t *)(uintptr_t)object;

	for (void *iter = json_object_iter(from); iter != NULL;
	     iter = json_object_iter_next(from, iter)) {
		json_t *item =
			json_pack("{s:s, s:O}", key, json_object_iter_key(iter),
				  value, json_object_iter_value(iter));
		if (json_array_append_new(items, item) != 0)
			return false;
	}
	return true;
}

static bool
from_settings(const json_t *bundle, json_t *items)
{
	const json_t *rules = json_object_get(bundle, "wording_rules");
	json_t *language = json_object_get(rules, match_language);

	return from_members(json_object_get(bundle, "defaults"), "code",
			    "value", items) &&
	       json_array_append_new(items, json_pack("{s:s, s:O}", "code",
						      match_language, "value",
						      language)) == 0;
}

bool
items_from_bundle(const json_t *bundle, const struct item_kind *kind,
		  json_t **items)
{
	const json_t *rules = json_object_get(bundle, "wording_rules");
	json_t *array = json_object_get(bundle, kind->name);
	bool ok;

	if (array == NULL)
		array = json_object_get(rules, kind->name);
	if (json_is_array(array)) {
		*items = json_incref(array);
		return true;
	}

	*items = json_array();
	if (strcmp(kind->name, "cues") == 0)
		ok = from_members(array, "name", "words", *items);
	else
		ok = from_settings(bundle, *items);
	if (!ok) {
		json_decref(*items);
		*items = NULL;
	}
	return ok;
}

json_t *
items_bundle(void)
{
	return json_pack("{s:s, s:{}, s:[], s:[], s:[], s:[], s:[], s:[],"
			 " s:[], s:[], s:{s:s, s:[], s:[]}, s:{}, s:[], s:[],"
			 " s:[]}",
			 "format", "evenkeel-bundle-1", "defaults", "stages",
			 "signals", "transitions", "protocols", "categories",
			 "phrases", "placeholders", "channels", "wording_rules",
			 match_language, "", "rules", "structural", "cues",
			 "facts", "principles", "sources");
}

static bool
put_setting(json_t *bundle, json_t *item)
{
	const char *code = json_string_value(json_object_get(item, "code"));
	json_t *to = json_object_get(bundle, "defaults");

	if (code != NULL && strcmp(code, match_language) == 0)
		to = json_object_get(bundle, "wording_rules");
	return json_object_set(to, code, json_object_get(item, "value")) == 0;
}

static bool
put_cue(json_t *bundle, json_t *item)
{
	const char *name = json_string_value(json_object_get(item, "name"));

	return json_object_set(json_object_get(bundle, "cues"), name,
			       json_object_get(item, "words")) == 0;
}

/* Put the item whose JSON text is the ${len} bytes at ${body} in its place. */
static bool
put_item(json_t *bundle, const char *kind, const char *body, size_t len)
{
	const json_t *rules = json_object_get(bundle, "wording_rules");
	json_t *item = json_loadb(body, len, 0, NULL);
	json_t *array = json_object_get(bundle, kind);
	bool ok;

	if (item == NULL)
		return false;
	if (array == NULL)
		array = json_object_get(rules, kind);
	if (json_is_array(array))
		ok = json_array_append(array, item) == 0;
	else if (strcmp(kind, "cues") == 0)
		ok = put_cue(bundle, item);
	else
		ok = strcmp(kind, "settings") == 0 && put_setting(bundle, item);
	json_decref(item);
	return ok;
}

struct reading {
	json_t *bundle;
	bool failed;
};

static bool
read_row(void *arg, const PGresult *res)
{
	struct reading *r = arg;

	r->failed = !put_item(r->bundle, PQgetvalue(res, 0, 0),
			      PQgetvalue(res, 0, 1),
			      (size_t)PQgetlength(res, 0, 1));
	return !r->failed;
}

enum db_status
items_read(struct db *db, const struct query *query, int release,
	   json_t *bundle, struct db_error *err)
{
	char number[sizeof("-2147483648")];
	const char *params[] = { number };
	struct reading r = { .bundle = bundle };

	snprintf(number, sizeof(number), "%d", release);
	enum db_status status = db_stream(db, query, params, read_row, &r, err);
	if (r.failed)
		return db_fail(err, DB_FULL, "out of memory");
	return status;
}

json_t *
items_canonical(const json_t *bundle, struct report *report)
{
	json_t *canonical = NULL;
	json_t *schema = json_loadb(embed_bundle_schema_json,
				    embed_bundle_schema_json_len, 0, NULL);

	if (schema == NULL ||
	    (schema_check(schema, bundle, report) &&
	     (canonical = schema_canonical(schema, bundle)) == NULL))
		report->failed = true;
	json_decref(schema);
	return canonical;
}
