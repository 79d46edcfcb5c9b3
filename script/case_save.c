/*
 * case_save.c - a conversation as it was: all that may change, as JSON.
 *
 * Writing is on the way of each turn, so it is done by hand; reading is rare,
 * for an undo or for the repeat of a request, and left to jansson.  The sum at
 * the end is of the text before it: whoever read a snapshot writes it again,
 * and has read it right if the sum is the same.  (jansson 2.14 drops bytes of a
 * text that it reads while memory runs out.)  Members may be moved about, as
 * PostgreSQL does.
 */
#include <string.h>

#include <jansson.h>

#include "script/case.h"

#define FORMAT 1

/* --- writing -------------------------------------------------------------- */

static void
add_text(struct buf *out, const char *name, const char *text)
{
	buf_lit(out, ",\"");
	buf_str(out, name);
	if (text == NULL) {
		buf_lit(out, "\":null");
		return;
	}
	buf_lit(out, "\":\"");
	buf_json(out, text, strlen(text));
	buf_char(out, '"');
}

static void
add_int(struct buf *out, const char *name, int64_t n)
{
	buf_lit(out, ",\"");
	buf_str(out, name);
	buf_lit(out, "\":");
	buf_int(out, n);
}

static void
add_list(struct buf *out, const char *name, const char *const *list, size_t n)
{
	buf_lit(out, ",\"");
	buf_str(out, name);
	buf_lit(out, "\":[");
	for (size_t i = 0; i < n; i++) {
		buf_str(out, i == 0 ? "\"" : ",\"");
		buf_json(out, list[i], strlen(list[i]));
		buf_char(out, '"');
	}
	buf_char(out, ']');
}

static void
add_records(struct buf *out, const struct kase *c)
{
	buf_lit(out, ",\"promises\":[");
	for (size_t i = 0; i < c->npromises; i++) {
		if (i > 0)
			buf_char(out, ',');
		buf_int(out, c->promises[i].status);
	}
	buf_lit(out, "],\"follow_ups\":[");
	for (size_t i = 0; i < c->nfollow_ups; i++) {
		buf_str(out, i == 0 ? "[" : ",[");
		buf_int(out, c->follow_ups[i].status);
		buf_char(out, ',');
		buf_int(out, c->follow_ups[i].due);
		buf_char(out, ']');
	}
	buf_char(out, ']');
}

static void
add_counts(struct buf *out, const struct kase *c)
{
	buf_lit(out, ",\"counts\":[");
	for (int i = 0; i < N_COUNTERS; i++) {
		if (i > 0)
			buf_char(out, ',');
		buf_int(out, c->counts[i]);
	}
	buf_char(out, ']');
}

/* What no undo gives back. */
static void
add_whole(struct buf *out, const struct kase *c)
{
	add_int(out, "version", c->version);
	add_text(out, "category", c->category);
	add_text(out, "protocol", c->protocol);
	add_text(out, "channel", c->channel);
	add_text(out, "outcome", c->outcome);
	add_text(out, "root_cause", c->root_cause);
	add_int(out, "release", c->release);
	add_int(out, "updated", c->updated);
	add_int(out, "turns", c->turns);
	add_int(out, "categories", (int64_t)c->ncategories);
	add_text(out, "offered", c->offered);
	add_list(out, "visited", c->visited, c->nvisited);
	add_list(out, "used", c->used, c->nused);
}

/* FNV-1a; 53 bits of it, which every reader of JSON can hold. */
static int64_t
sum_of(const char *text, size_t len)
{
	uint64_t h = 0xcbf29ce484222325u;

	for (size_t i = 0; i < len; i++)
		h = (h ^ (uint8_t)text[i]) * 0x100000001b3u;
	return (int64_t)(h >> 11);
}

/* All but the sum. */
static void
save_all(struct buf *out, const struct kase *c, bool whole)
{
	buf_lit(out, "{\"format\":");
	buf_int(out, FORMAT);
	add_int(out, "status", c->status);
	add_text(out, "stage", c->stage);
	add_int(out, "kind", c->stage_kind);
	add_int(out, "ord", c->stage_ord);
	add_int(out, "speaker", c->speaker);
	add_int(out, "intensity", c->intensity);
	add_int(out, "peak", c->peak_intensity);
	add_int(out, "undoes", c->undoes);
	add_counts(out, c);
	add_int(out, "apologized", c->apologized);
	add_int(out, "flags", c->flags);
	add_text(out, "back", c->back);
	add_records(out, c);
	if (whole)
		add_whole(out, c);
	else
		add_int(out, "visited", (int64_t)c->nvisited);
}

void
case_save(struct buf *out, const struct kase *c, bool whole)
{
	size_t start = out->len;

	save_all(out, c, whole);
	if (!out->failed)
		add_int(out, "sum", sum_of(out->ptr + start, out->len - start));
	buf_char(out, '}');
}

/* --- reading -------------------------------------------------------------- */

struct loading {
	struct arena *arena;
	const json_t *json;
	bool bad;
};

static int64_t
whole(struct loading *l, const json_t *value, int64_t min, int64_t max)
{
	int64_t n = json_integer_value(value);

	if (json_is_integer(value) && n >= min && n <= max)
		return n;
	l->bad = true;
	return min;
}

static int64_t
number(struct loading *l, const char *name, int64_t min, int64_t max)
{
	return whole(l, json_object_get(l->json, name), min, max);
}

static int
small(struct loading *l, const char *name, int max)
{
	return (int)number(l, name, 0, max);
}

static const char *
copy(struct loading *l, const json_t *value)
{
	const char *text = json_string_value(value);
	const char *kept = text == NULL ? NULL
					: arena_copy(l->arena, text,
						     json_string_length(value));

	if (kept == NULL)
		l->bad = true;
	return kept == NULL ? "" : kept;
}

static const char *
text_of(struct loading *l, const char *name)
{
	return copy(l, json_object_get(l->json, name));
}

static const char *
text_or_null(struct loading *l, const char *name)
{
	const json_t *value = json_object_get(l->json, name);

	return json_is_null(value) ? NULL : copy(l, value);
}

static const char **
list_of(struct loading *l, const char *name, size_t max, size_t *n)
{
	const json_t *list = json_object_get(l->json, name);
	const char **items;

	*n = json_array_size(list);
	if (!json_is_array(list) || *n > max ||
	    (items = arena_zeroed(l->arena, *n, sizeof(items[0]))) == NULL) {
		l->bad = true;
		*n = 0;
		return NULL;
	}
	for (size_t i = 0; i < *n; i++)
		items[i] = copy(l, json_array_get(list, i));
	return items;
}

static void
load_promises(struct loading *l, const struct kase *c, struct kase *out)
{
	const json_t *list = json_object_get(l->json, "promises");
	size_t n = json_array_size(list);

	out->npromises = 0;
	out->promises = arena_zeroed(l->arena, n, sizeof(out->promises[0]));
	if (!json_is_array(list) || n > c->npromises || out->promises == NULL) {
		l->bad = true;
		return;
	}
	for (; out->npromises < n; out->npromises++) {
		struct case_promise *p = &out->promises[out->npromises];

		*p = c->promises[out->npromises];
		p->changed = false;
		p->status = (enum promise_status)whole(
			l, json_array_get(list, out->npromises), 0,
			N_PROMISE_STATUSES - 1);
	}
}

static void
load_follow_ups(struct loading *l, const struct kase *c, struct kase *out)
{
	const json_t *list = json_object_get(l->json, "follow_ups");
	size_t n = json_array_size(list);

	out->nfollow_ups = 0;
	out->follow_ups = arena_zeroed(l->arena, n, sizeof(out->follow_ups[0]));
	if (!json_is_array(list) || n > c->nfollow_ups ||
	    out->follow_ups == NULL) {
		l->bad = true;
		return;
	}
	for (; out->nfollow_ups < n; out->nfollow_ups++) {
		const json_t *item = json_array_get(list, out->nfollow_ups);
		struct case_follow_up *f = &out->follow_ups[out->nfollow_ups];

		*f = c->follow_ups[out->nfollow_ups];
		f->changed = false;
		f->status = (enum follow_up_status)whole(
			l, json_array_get(item, 0), 0,
			N_FOLLOW_UP_STATUSES - 1);
		f->due = whole(l, json_array_get(item, 1), 0, INT64_MAX);
	}
}

static void
load_state(struct loading *l, struct kase *out)
{
	const json_t *counts = json_object_get(l->json, "counts");

	out->status = (enum case_status)small(l, "status", N_CASE_STATUSES - 1);
	out->stage = text_of(l, "stage");
	out->stage_kind = (enum stage_kind)small(l, "kind", N_KINDS - 1);
	out->stage_ord = (int)number(l, "ord", INT32_MIN, INT32_MAX);
	out->speaker = (enum speaker)small(l, "speaker", N_SPEAKERS - 1);
	out->intensity = small(l, "intensity", INTENSITY_MAX);
	out->peak_intensity = small(l, "peak", INTENSITY_MAX);
	out->undoes = small(l, "undoes", INT32_MAX);
	for (size_t i = 0; i < N_COUNTERS; i++)
		out->counts[i] = (int)whole(l, json_array_get(counts, i), 0,
					    STATE_MAX_COUNT);
	out->apologized = small(l, "apologized", 1) != 0;
	out->flags = (uint8_t)small(l, "flags", (1 << N_FLAGS) - 1);
	out->back = text_or_null(l, "back");
}

static void
load_whole(struct loading *l, struct kase *out)
{
	out->version = small(l, "version", INT32_MAX);
	out->category = text_of(l, "category");
	out->protocol = text_of(l, "protocol");
	out->channel = text_of(l, "channel");
	out->outcome = text_or_null(l, "outcome");
	out->root_cause = text_or_null(l, "root_cause");
	out->release = small(l, "release", INT32_MAX);
	out->updated = number(l, "updated", 0, INT64_MAX);
	out->turns = small(l, "turns", INT32_MAX);
	out->offered = text_or_null(l, "offered");
	out->ncategories =
		(size_t)number(l, "categories", 0, (int64_t)out->ncategories);
	out->visited = list_of(l, "visited", CASE_MAX_VISITED, &out->nvisited);
	out->used = list_of(l, "used", STATE_MAX_USED, &out->nused);
}

/* Is ${c} what was saved? */
static bool
is_right(struct loading *l, const struct kase *c, bool whole)
{
	int64_t sum = number(l, "sum", 0, INT64_MAX);
	struct buf text;

	buf_init(&text, 1024);
	save_all(&text, c, whole);
	bool right = !text.failed && sum_of(text.ptr, text.len) == sum;
	buf_free(&text);
	return right;
}

static json_t *
parse(const char *text, size_t len, json_error_t *err)
{
	return json_loadb(text, len, JSON_REJECT_DUPLICATES, err);
}

json_t *(*case_parse)(const char *, size_t, json_error_t *) = parse;

bool
case_load(struct arena *a, const struct kase *c, const char *text,
	  struct kase *out)
{
	json_error_t err;
	json_t *json = case_parse(text, strlen(text), &err);
	struct loading l = { .arena = a, .json = json };
	bool whole = json_object_get(json, "version") != NULL;

	*out = *c;
	if (number(&l, "format", 0, INT32_MAX) != FORMAT)
		l.bad = true;
	if (!l.bad) {
		load_state(&l, out);
		load_promises(&l, c, out);
		load_follow_ups(&l, c, out);
		if (whole)
			load_whole(&l, out);
		else
			out->nvisited = (size_t)number(&l, "visited", 0,
						       (int64_t)c->nvisited);
	}
	if (!l.bad && !is_right(&l, out, whole))
		l.bad = true;
	json_decref(json);
	return !l.bad;
}
