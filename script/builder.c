/*
 * builder.c - making a library: begin, finish, and the tools between.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "script/builder.h"
#include "script/reading_parts.h"

const char *
builder_at(struct library_builder *b, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(b->pointer, sizeof(b->pointer), fmt, ap);
	va_end(ap);
	return b->pointer;
}

/* The keys of a table, one after the other; all of ours end in a NUL. */
struct keys {
	const struct strtab *t;
	size_t i;
};

static const char *
next_key(void *arg)
{
	struct keys *k = arg;

	while (k->i < k->t->size)
		if (k->t->slots[k->i++].key != NULL)
			return k->t->slots[k->i - 1].key;
	return NULL;
}

void
builder_unknown(struct library_builder *b, const char *pointer,
		const char *what, const char *code, size_t len,
		const struct strtab *t)
{
	struct keys keys = { t, 0 };
	const char *near = NULL;

	/* With the list full nobody would see the suggestion. */
	if (b->report->n < REPORT_MAX)
		near = closest(code, len, next_key, &keys);
	if (near != NULL)
		report_add(b->report, pointer,
			   "there is no %s \"%.*s\"; did you mean \"%s\"?",
			   what, (int)len, code, near);
	else
		report_add(b->report, pointer, "there is no %s \"%.*s\"", what,
			   (int)len, code);
}

int
builder_find(struct library_builder *b, const char *pointer, const char *what,
	     const char *code, size_t len, const struct strtab *t)
{
	int i = (int)strtab_find(t, code, len);

	if (i < 0)
		builder_unknown(b, pointer, what, code, len, t);
	return i;
}

struct frag
builder_frag(struct library_builder *b)
{
	struct frag frag = { "", 0 };
	char *copy = NULL;

	if (!b->buf.failed)
		copy = arena_copy(&b->priv->arena, b->buf.ptr, b->buf.len);
	if (copy != NULL)
		frag = (struct frag){ copy, (uint32_t)b->buf.len };
	else
		b->failed = true;
	b->buf.len = 0;
	return frag;
}

struct frag
builder_escaped(struct library_builder *b, const char *text)
{
	buf_json(&b->buf, text, strlen(text));
	return builder_frag(b);
}

char *
builder_string(struct library_builder *b, const char *text)
{
	static char none[] = "";
	char *copy = arena_copy(&b->priv->arena, text, strlen(text));

	if (copy == NULL)
		b->failed = true;
	return copy == NULL ? none : copy;
}

void
builder_quote(struct library_builder *b, const char *text)
{
	buf_char(&b->buf, '"');
	buf_json(&b->buf, text, strlen(text));
	buf_char(&b->buf, '"');
}

static int
add_dump(const char *ptr, size_t len, void *arg)
{
	struct buf *buf = arg;

	buf_add(buf, ptr, len);
	return buf->failed ? -1 : 0;
}

struct frag
builder_dump(struct library_builder *b, const json_t *item)
{
	if (json_dump_callback(item, add_dump, &b->buf, JSON_COMPACT) != 0)
		b->failed = true;
	return builder_frag(b);
}

void *
builder_array(struct library_builder *b, size_t n, size_t size)
{
	void *array = arena_zeroed(&b->priv->arena, n, size);

	if (array == NULL)
		b->failed = true;
	return array;
}

void *
builder_grow(struct library_builder *b, void *items, size_t n, size_t *room,
	     size_t size)
{
	if (n < *room)
		return items;

	size_t more = *room == 0 ? 64 : 2 * *room;
	void *grown = realloc(items, more * size);
	if (grown == NULL)
		b->failed = true;
	else
		*room = more;
	return grown;
}

uint32_t
builder_pool(struct library_builder *b, struct pool *p, const char *ptr,
	     size_t len)
{
	int64_t known = strtab_find(&p->index, ptr, len);
	if (known >= 0)
		return (uint32_t)known;

	struct frag *items =
		builder_grow(b, p->items, p->n, &p->size, sizeof(*items));
	if (items == NULL)
		return 0;
	p->items = items;

	char *copy = arena_bytes(&b->priv->arena, len);
	if (copy == NULL || !strtab_add(&p->index, memcpy(copy, ptr, len), len,
					(uint32_t)p->n)) {
		b->failed = true;
		return 0;
	}
	p->items[p->n] = (struct frag){ copy, (uint32_t)len };
	return (uint32_t)p->n++;
}

void
builder_effect(struct library_builder *b, const char *pointer, const char *code,
	       struct effects *fx)
{
	if (!effect_parse(code, fx))
		report_add(b->report, pointer, "there is no effect \"%s\"",
			   code);
}

static void
pool_free(struct pool *p)
{
	strtab_free(&p->index);
	free(p->items);
}

const char *
member_text(const json_t *obj, const char *name)
{
	const char *text = json_string_value(json_object_get(obj, name));

	return text == NULL ? "" : text;
}

int
member_int(const json_t *obj, const char *name, int standard)
{
	const json_t *value = json_object_get(obj, name);

	return json_is_integer(value) ? (int)json_integer_value(value)
				      : standard;
}

bool
member_true(const json_t *obj, const char *name)
{
	return json_is_true(json_object_get(obj, name));
}

/* Free what building needs and the library does not. */
static void
builder_free(struct library_builder *b)
{
	pool_free(&b->tails);
	pool_free(&b->purposes);
	pool_free(&b->conditions);
	pool_free(&b->needs);
	buf_free(&b->buf);
	free(b->rows);
	free(b->phrases);
	free(b->places);
	free(b);
}

struct library_builder *
library_builder_new(const json_t *head, int release, struct report *report)
{
	static const struct condition always = { 0 };
	struct library_builder *b = calloc(1, sizeof(*b));
	struct arena arena = { 0 };

	if (b == NULL)
		return NULL;
	b->lib = arena_zeroed(&arena, 1, sizeof(*b->lib));
	b->priv = arena_zeroed(&arena, 1, sizeof(*b->priv));
	if (b->lib == NULL || b->priv == NULL) {
		arena_free(&arena);
		free(b);
		return NULL;
	}
	b->priv->arena = arena;
	atomic_init(&b->priv->refs, 1);
	b->lib->priv = b->priv;
	b->lib->release = release;
	b->head = head;
	b->report = report;
	b->reported = report->total;
	builder_pool(b, &b->conditions, (const char *)&always, sizeof(always));

	builder_head(b);
	builder_transitions(b);
	builder_protocols(b);
	builder_reading(b);
	return b;
}

/* Move a list into the arena for good. */
static void *
settle(struct library_builder *b, const void *items, size_t n, size_t size)
{
	void *array = builder_array(b, n, size);

	if (array != NULL && n > 0)
		memcpy(array, items, n * size);
	return array;
}

static void
settle_lists(struct library_builder *b)
{
	struct library *lib = b->lib;

	lib->rows = settle(b, b->rows, b->nrows, sizeof(*b->rows));
	lib->tails = settle(b, b->tails.items, b->tails.n, sizeof(struct frag));
	lib->purposes = settle(b, b->purposes.items, b->purposes.n,
			       sizeof(struct frag));
	lib->conditions =
		builder_array(b, b->conditions.n, sizeof(*lib->conditions));
	if (lib->conditions == NULL)
		return;
	for (size_t i = 0; i < b->conditions.n; i++)
		memcpy(&lib->conditions[i], b->conditions.items[i].ptr,
		       sizeof(*lib->conditions));
}

struct library *
library_builder_finish(struct library_builder *b)
{
	struct library *lib = b->lib;

	builder_aliases(b);
	builder_phrases_done(b);
	settle_lists(b);
	if (!b->failed && b->report->total == b->reported)
		builder_ways(b);
	if (b->failed) {
		/* What was missing for lack of memory is not missing. */
		report_cut(b->report, b->reported);
		b->report->failed = true;
	}
	if (b->failed || b->report->total > b->reported) {
		library_unref(lib);
		lib = NULL;
	}
	builder_free(b);
	return lib;
}

/* The codes of ${array} in ${buf}, with a space between and a NUL at the end;
 * "" if out of memory. */
static const char *
joined(struct buf *buf, const json_t *array)
{
	size_t i;
	const json_t *item;

	buf->len = 0;
	json_array_foreach(array, i, item) {
		if (i > 0)
			buf_char(buf, ' ');
		buf_str(buf, json_string_value(item));
	}
	buf_char(buf, '\0');
	return buf->failed ? "" : buf->ptr;
}

struct library *
library_from_bundle(const json_t *bundle, int release, struct report *report)
{
	struct library_builder *b =
		library_builder_new(bundle, release, report);
	struct buf channels = { 0 }, when = { 0 }, offers = { 0 },
		   seeds = { 0 };
	size_t i;
	const json_t *p;

	if (b == NULL) {
		report->failed = true;
		return NULL;
	}
	json_array_foreach(json_object_get(bundle, "phrases"), i, p) {
		const json_t *range = json_object_get(p, "intensity");
		struct phrase_row row = {
			.id = member_text(p, "id"),
			.category = member_text(p, "category"),
			.stage = member_text(p, "stage"),
			.purpose = member_text(p, "purpose"),
			.text = member_text(p, "text"),
			.fault = member_text(p, "fault"),
			.speaker = member_text(p, "speaker"),
			.channels = joined(&channels,
					   json_object_get(p, "channels")),
			.tone = member_text(p, "tone"),
			.locale = member_text(p, "locale"),
			.when = joined(&when, json_object_get(p, "when")),
			.offers = joined(&offers, json_object_get(p, "offers")),
			.seeds = joined(&seeds, json_object_get(p, "seeds")),
			.lo = (int)json_integer_value(json_array_get(range, 0)),
			.hi = (int)json_integer_value(json_array_get(range, 1)),
			.true_only = member_true(p, "true_only"),
		};
		library_builder_phrase(b, &row);
	}
	if (channels.failed || when.failed || offers.failed || seeds.failed)
		b->failed = true;
	buf_free(&channels);
	buf_free(&when);
	buf_free(&offers);
	buf_free(&seeds);
	return library_builder_finish(b);
}
