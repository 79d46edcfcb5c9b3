/*
 * read.c - the library as it stands, from memory.
 *
 * One table says which array of the snapshot each path shows.
 */
#include <string.h>

#include "handlers/handlers.h"
#include "handlers/list.h"
#include "handlers/nearest.h"
#include "script/buf.h"
#include "script/library.h"
#include "script/terms.h"
#include "server/problem.h"
#include "server/reply.h"

/* An array of structs that begin with a code and hold their JSON. */
struct shelf {
	const void *items;
	size_t size, n;
	size_t json; /* where in a struct its JSON is */
};

#define SHELF(lib, member, type) \
	(struct shelf) \
	{ \
		(lib)->member, sizeof(struct type), (lib)->n##member, \
			offsetof(struct type, json) \
	}

static const char *
shelf_code(const struct shelf *shelf, size_t i)
{
	const char *code;

	memcpy(&code, (const char *)shelf->items + i * shelf->size,
	       sizeof(code));
	return code;
}

static struct frag
shelf_json(const struct shelf *shelf, size_t i)
{
	struct frag json;

	memcpy(&json,
	       (const char *)shelf->items + i * shelf->size + shelf->json,
	       sizeof(json));
	return json;
}

/* Does the cursor, the code of the last item shown, lie at ${code} or after? */
static bool
is_shown(const struct list *list, const char *code)
{
	size_t n = strlen(code);
	size_t m = list->cursor.len;
	int order;

	if (m == 0)
		return false;
	order = memcmp(code, list->cursor.ptr, n < m ? n : m);
	return order < 0 || (order == 0 && n <= m);
}

static int
show_shelf(const struct request *req, struct reply *reply, struct shelf shelf)
{
	struct list list;
	int status = list_begin(req, reply, &list, NULL, 0);

	if (status != 0)
		return status;
	for (size_t i = 0; i < shelf.n; i++) {
		const char *code = shelf_code(&shelf, i);

		if (is_shown(&list, code))
			continue;
		if (!list_add(&list, code, strlen(code)))
			break;
		struct frag json = shelf_json(&shelf, i);
		buf_add(&list.out, json.ptr, json.len);
	}
	return list_end(&list, reply);
}

/* One item of a shelf, or the refusal ${code}. */
static int
show_item(const struct request *req, struct reply *reply, struct shelf shelf,
	  int i, enum problem_code code)
{
	struct buf out;
	size_t len = 0;

	int refused = takes_nothing(req, reply);

	if (refused != 0)
		return refused;
	if (i < 0)
		return problem_field(reply, code, "",
				     nearest(shelf.items, shelf.size, shelf.n,
					     req->match.params[0]),
				     "Nothing here has this code.");
	struct frag json = shelf_json(&shelf, (size_t)i);
	buf_init(&out, json.len + 1);
	buf_add(&out, json.ptr, json.len);
	buf_char(&out, '\n');
	char *body = buf_take(&out, &len);
	return reply_bytes(reply, 200, REPLY_JSON, body, len);
}

/* GET /v1/categories */
int
categories_list(const struct request *req, struct reply *reply)
{
	return show_shelf(req, reply, SHELF(req->lib, categories, category));
}

/* GET /v1/categories/{code} */
int
category_get(const struct request *req, struct reply *reply)
{
	struct slice code = req->match.params[0];

	return show_item(req, reply, SHELF(req->lib, categories, category),
			 library_category(req->lib, code.ptr, code.len),
			 PROBLEM_UNKNOWN_CATEGORY);
}

/* GET /v1/protocols */
int
protocols_list(const struct request *req, struct reply *reply)
{
	return show_shelf(req, reply, SHELF(req->lib, protocols, protocol));
}

/* GET /v1/protocols/{code} */
int
protocol_get(const struct request *req, struct reply *reply)
{
	struct slice code = req->match.params[0];

	return show_item(req, reply, SHELF(req->lib, protocols, protocol),
			 library_protocol(req->lib, code.ptr, code.len),
			 PROBLEM_UNKNOWN_PROTOCOL);
}

/* GET /v1/stages */
int
stages_list(const struct request *req, struct reply *reply)
{
	return show_shelf(req, reply, SHELF(req->lib, stages, stage));
}

/* GET /v1/stages/{code} */
int
stage_get(const struct request *req, struct reply *reply)
{
	struct slice code = req->match.params[0];

	return show_item(req, reply, SHELF(req->lib, stages, stage),
			 library_stage(req->lib, code.ptr, code.len),
			 PROBLEM_UNKNOWN_STAGE);
}

/* GET /v1/signals */
int
signals_list(const struct request *req, struct reply *reply)
{
	return show_shelf(req, reply, SHELF(req->lib, signals, signal));
}

/* GET /v1/channels */
int
channels_list(const struct request *req, struct reply *reply)
{
	return show_shelf(req, reply, SHELF(req->lib, channels, channel));
}

/* GET /v1/placeholders */
int
placeholders_list(const struct request *req, struct reply *reply)
{
	return show_shelf(req, reply,
			  SHELF(req->lib, placeholders, placeholder));
}

/* The id of a canonical object, its first member: {"id":"F1",... */
static struct slice
id_of(struct frag json)
{
	static const char head[] = "{\"id\":\"";
	const char *id = json.ptr + sizeof(head) - 1;
	const char *end = memchr(id, '"', json.len - (sizeof(head) - 1));

	return (struct slice){ id, (size_t)(end - id) };
}

static int
show_objects(const struct request *req, struct reply *reply,
	     const struct frag *objects, size_t n)
{
	struct list list;
	int status = list_begin(req, reply, &list, NULL, 0);

	if (status != 0)
		return status;
	for (size_t i = 0; i < n; i++) {
		struct slice id = id_of(objects[i]);
		char key[65];

		memcpy(key, id.ptr, id.len);
		key[id.len] = '\0';
		if (is_shown(&list, key))
			continue;
		if (!list_add(&list, id.ptr, id.len))
			break;
		buf_add(&list.out, objects[i].ptr, objects[i].len);
	}
	return list_end(&list, reply);
}

/* GET /v1/facts */
int
facts_list(const struct request *req, struct reply *reply)
{
	return show_objects(req, reply, req->lib->facts, req->lib->nfacts);
}

/* GET /v1/principles */
int
principles_list(const struct request *req, struct reply *reply)
{
	return show_objects(req, reply, req->lib->principles,
			    req->lib->nprinciples);
}

/* GET /v1/sources */
int
sources_list(const struct request *req, struct reply *reply)
{
	return show_objects(req, reply, req->lib->sources, req->lib->nsources);
}

/* --- what a front end must know to draw ----------------------------------- */

static void
add_stage_names(struct buf *out, const struct library *lib)
{
	for (size_t i = 0; i < lib->nstages; i++) {
		const struct stage *stage = &lib->stages[i];

		buf_str(out, i > 0 ? ",{\"code\":" : "{\"code\":");
		buf_add(out, stage->quoted.ptr, stage->quoted.len);
		buf_lit(out, ",\"name\":\"");
		buf_add(out, stage->name.ptr, stage->name.len);
		buf_lit(out, "\",\"kind\":\"");
		buf_str(out, kind_code(stage->kind));
		buf_lit(out, "\",\"ord\":");
		buf_int(out, stage->ord);
		buf_char(out, '}');
	}
}

static void
add_category_names(struct buf *out, const struct library *lib)
{
	for (size_t i = 0; i < lib->ncategories; i++) {
		const struct category *category = &lib->categories[i];

		if (i > 0)
			buf_char(out, ',');
		/* {"code":..,"name":..} goes on with a parent. */
		buf_add(out, category->head.ptr, category->head.len - 1);
		buf_lit(out, ",\"parent\":");
		if (category->parent < 0) {
			buf_lit(out, "null}");
			continue;
		}
		buf_char(out, '"');
		buf_str(out, lib->categories[category->parent].code);
		buf_lit(out, "\"}");
	}
}

/* GET /v1/names: codes and names, without all that is told about them. */
int
names_get(const struct request *req, struct reply *reply)
{
	const struct library *lib = req->lib;
	struct buf out = { 0 };
	size_t len = 0;
	int refused = takes_nothing(req, reply);

	if (refused != 0)
		return refused;
	out.ptr = reply_room(reply, &out.size);
	buf_lit(&out, "{\"release\":");
	buf_int(&out, lib->release);
	buf_lit(&out, ",\"stages\":[");
	add_stage_names(&out, lib);
	buf_lit(&out, "],\"categories\":[");
	add_category_names(&out, lib);
	buf_lit(&out, "],\"channels\":[");
	for (size_t i = 0; i < lib->nchannels; i++) {
		buf_str(&out, i > 0 ? ",{\"code\":\"" : "{\"code\":\"");
		buf_str(&out, lib->channels[i].code);
		buf_lit(&out, "\"}");
	}
	buf_lit(&out, "]}\n");
	char *body = buf_take(&out, &len);
	return reply_bytes(reply, 200, REPLY_JSON, body, len);
}
