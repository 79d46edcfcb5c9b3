/*
 * phrases.c - /v1/phrases: the lines of the library.
 *
 * The list comes from memory.  A search by words asks PostgreSQL's full text
 * for ids and shows them from memory, in the order of the database.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "handlers/app.h"
#include "handlers/handlers.h"
#include "handlers/list.h"
#include "handlers/nearest.h"
#include "handlers/refuse.h"
#include "script/library.h"
#include "script/render.h"
#include "server/problem.h"
#include "server/reply.h"
#include "sql/phrases.h"

/* What a list may be narrowed to; -1 is anything. */
struct filter {
	int category, stage, channel, voice, tone, locale;
	const struct slice *q;
};

static const char *const known[] = { "category", "stage",  "channel", "speaker",
				     "tone",	 "locale", "q" };

/* A code given as an argument: its number, -1 if not given, or a refusal. */
static int
find(const struct request *req, struct reply *reply, const char *name,
     int (*look)(const struct library *, const char *, size_t),
     enum problem_code code, int *status)
{
	const struct slice *arg = request_arg(req, name);
	char at[16];

	if (arg == NULL)
		return -1;
	int i = look(req->lib, arg->ptr, arg->len);
	if (i < 0) {
		(void)snprintf(at, sizeof(at), "/%s", name);
		*status = problem_field(reply, code, at, NULL,
					"This release has nothing of that "
					"code.");
	}
	return i;
}

static int
look_voice(const struct library *lib, const char *code, size_t len)
{
	char name[16];

	(void)lib;
	if (len >= sizeof(name))
		return -1;
	memcpy(name, code, len);
	name[len] = '\0';
	return voice_find(name);
}

static int
look_tone(const struct library *lib, const char *code, size_t len)
{
	(void)lib;
	return tone_find(code, len);
}

static int
read_filter(const struct request *req, struct reply *reply, struct filter *f)
{
	int status = 0;

	f->category = find(req, reply, "category", library_category,
			   PROBLEM_UNKNOWN_CATEGORY, &status);
	if (status == 0)
		f->stage = find(req, reply, "stage", library_stage,
				PROBLEM_UNKNOWN_STAGE, &status);
	if (status != 0)
		return status;
	f->channel = find(req, reply, "channel", library_channel,
			  PROBLEM_INVALID, &status);
	f->voice = find(req, reply, "speaker", look_voice, PROBLEM_INVALID,
			&status);
	f->tone = find(req, reply, "tone", look_tone, PROBLEM_INVALID, &status);
	f->locale = find(req, reply, "locale", library_locale, PROBLEM_INVALID,
			 &status);
	f->q = request_arg(req, "q");
	if (f->q != NULL && f->q->len == 0)
		status = problem_field(reply, PROBLEM_INVALID, "/q", NULL,
				       "Give words to look for.");
	return status;
}

static bool
passes(const struct filter *f, const struct phrase *p)
{
	return (f->category < 0 || p->category == f->category) &&
	       (f->stage < 0 || p->stage == f->stage) &&
	       (f->channel < 0 ||
		(phrase_channels(p) >> f->channel & 1) != 0) &&
	       (f->voice < 0 || p->voice == f->voice ||
		(p->voice == VOICE_ANY && f->voice <= VOICE_BOT)) &&
	       (f->tone < 0 || p->tone == f->tone) &&
	       (f->locale < 0 || p->locale == f->locale);
}

/*
 * Find the first phrase after the one whose id is the cursor, or return false
 * if that is no id.  The phrase may be gone in this release, so look by order:
 * category, stage, number.
 */
static bool
after_cursor(const struct library *lib, struct slice cursor, size_t *first)
{
	char id[256], category[256], stage[256], number[16];
	size_t lo = 0, hi = lib->nphrases;

	memcpy(id, cursor.ptr, cursor.len);
	id[cursor.len] = '\0';
	if (sscanf(id, "%255[^/]/%255[^/]/%15s", category, stage, number) != 3)
		return false;
	uint32_t n =
		(uint32_t)list_number((struct slice){ number, strlen(number) });
	if (n == 0)
		return false;
	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		const struct phrase *p = &lib->phrases[mid];
		int order = strcmp(lib->categories[p->category].code, category);

		if (order == 0)
			order = strcmp(lib->stages[p->stage].code, stage);
		if (order == 0)
			order = (p->n > n) - (p->n < n);
		if (order <= 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	*first = lo;
	return true;
}

/* GET /v1/phrases/{category}/{stage}/{n} */
int
phrase_get(const struct request *req, struct reply *reply)
{
	const struct slice *part = req->match.params;
	char id[512];
	struct buf out;
	size_t len = 0;
	int n = snprintf(id, sizeof(id), "%.*s/%.*s/%.*s", (int)part[0].len,
			 part[0].ptr, (int)part[1].len, part[1].ptr,
			 (int)part[2].len, part[2].ptr);
	int64_t i = n < (int)sizeof(id)
			    ? library_phrase(req->lib, id, (size_t)n)
			    : -1;

	int refused = takes_nothing(req, reply);

	if (refused != 0)
		return refused;
	if (i < 0)
		return problem(reply, PROBLEM_UNKNOWN_PHRASE,
			       "This release has no phrase of that id.");
	buf_init(&out, 1024);
	render_phrase(&out, req->lib, &req->lib->phrases[i]);
	buf_char(&out, '\n');
	char *body = buf_take(&out, &len);
	return reply_bytes(reply, 200, REPLY_JSON, body, len);
}

/* An argument as a string that SQL can be given, or NULL if it is not there. */
static const char *
copy_arg(const struct request *req, const char *name, char *room, size_t size)
{
	const struct slice *arg = request_arg(req, name);

	if (arg == NULL || arg->len >= size)
		return NULL;
	memcpy(room, arg->ptr, arg->len);
	room[arg->len] = '\0';
	return room;
}

/* "0.6 general/open/1": the rank and the id where a page ended. */
static bool
read_cursor(struct slice cursor, char *rank, size_t rank_size, char *id,
	    size_t id_size)
{
	const char *space = memchr(cursor.ptr, ' ', cursor.len);

	if (space == NULL)
		return false;
	size_t n = (size_t)(space - cursor.ptr);
	size_t m = cursor.len - n - 1;
	if (n == 0 || n >= rank_size || m == 0 || m >= id_size)
		return false;
	memcpy(rank, cursor.ptr, n);
	rank[n] = '\0';
	memcpy(id, space + 1, m);
	id[m] = '\0';
	return true;
}

static int
refuse_cursor(struct reply *reply)
{
	return problem_field(reply, PROBLEM_INVALID, "/cursor", NULL,
			     "A cursor is the next_cursor of a page.");
}

static int
list_from_memory(const struct library *lib, struct reply *reply,
		 const struct filter *f, struct list *list)
{
	size_t i = 0;

	if (list->cursor.len > 0 && !after_cursor(lib, list->cursor, &i))
		return refuse_cursor(reply);
	for (; i < lib->nphrases; i++) {
		const struct phrase *p = &lib->phrases[i];

		if (!passes(f, p))
			continue;
		if (!list_add(list, p->id, p->id_len))
			break;
		render_phrase(&list->out, lib, p);
	}
	return 0;
}

static int
search(const struct request *req, struct reply *reply, const struct filter *f,
       struct list *list)
{
	const struct library *lib = req->lib;
	struct phrases_hit *hits;
	struct db_error err;
	char words[REQUEST_MAX_URL + 1], rank[64], id[256], room[4][256];
	int n = 0;
	struct phrases_query q = {
		.release = lib->release,
		.words = copy_arg(req, "q", words, sizeof(words)),
		.channel = copy_arg(req, "channel", room[0], 256),
		.speaker = copy_arg(req, "speaker", room[1], 256),
		.tone = copy_arg(req, "tone", room[2], 256),
		.category = f->category < 0 ? NULL
					    : lib->categories[f->category].code,
		.stage = f->stage < 0 ? NULL : lib->stages[f->stage].code,
		.locale = f->locale < 0 ? NULL : lib->locales[f->locale],
		.limit = (int)list->limit,
	};

	if (list->cursor.len > 0) {
		if (!read_cursor(list->cursor, rank, sizeof(rank), id,
				 sizeof(id)))
			return refuse_cursor(reply);
		q.after_rank = rank;
		q.after_id = id;
	}
	hits = calloc((size_t)PHRASES_MAX, sizeof(*hits));
	if (hits == NULL)
		return problem(reply, PROBLEM_INTERNAL, NULL);
	enum db_status asked =
		phrases_search(req->desk->reader, &q, hits, &n, &err);
	for (int i = 0; asked == DB_OK && i < n; i++) {
		char key[300];
		int64_t ph =
			library_phrase(lib, hits[i].id, strlen(hits[i].id));
		int len = snprintf(key, sizeof(key), "%s %s", hits[i].rank,
				   hits[i].id);
		if (ph >= 0 && len < (int)sizeof(key) &&
		    list_add(list, key, (size_t)len))
			render_phrase(&list->out, lib, &lib->phrases[ph]);
	}
	free(hits);
	if (asked == DB_INVALID)
		return refuse_cursor(reply);
	if (asked != DB_OK)
		return refuse_db(req, reply, &err);
	/* A full page may be the last one; the next is empty then. */
	list->more = n == q.limit;
	return 0;
}

/* GET /v1/phrases */
int
phrases_list(const struct request *req, struct reply *reply)
{
	struct filter f = { 0 };
	struct list list;
	int status = list_begin(req, reply, &list, known,
				sizeof(known) / sizeof(known[0]));

	if (status != 0)
		return status;
	status = read_filter(req, reply, &f);
	if (status == 0)
		status = f.q == NULL
				 ? list_from_memory(req->lib, reply, &f, &list)
				 : search(req, reply, &f, &list);
	if (status == 0)
		return list_end(&list, reply);
	buf_free(&list.out);
	return status;
}
