/*
 * events.c - what happened, for whoever is to react.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "handlers/app.h"
#include "handlers/events.h"
#include "handlers/handlers.h"
#include "handlers/kept.h"
#include "handlers/list.h"
#include "handlers/refuse.h"
#include "script/case_json.h"
#include "server/problem.h"
#include "server/reply.h"
#include "sql/events.h"

#define CURSOR 80 /* room for the text of a place */

/* --- places --------------------------------------------------------------- */

static void
print_place(char to[CURSOR], const struct event_place *p)
{
	(void)snprintf(to, CURSOR, "%" PRIu64 "_%s_%d", p->xid, p->conversation,
		       p->n);
}

/* The number at ${text} up to ${end}, which is left behind; false: none, or
   one that is too large. */
static bool
read_number(struct slice *text, char end, uint64_t max, uint64_t *n)
{
	size_t i = 0;

	*n = 0;
	for (; i < text->len && text->ptr[i] != end; i++) {
		unsigned digit = (unsigned char)text->ptr[i] - (unsigned)'0';

		if (digit > 9 || *n > (max - digit) / 10)
			return false;
		*n = *n * 10 + digit;
	}
	bool found = i > 0;

	/* Without an end: all of it. */
	i += i < text->len ? 1 : 0;
	text->ptr += i;
	text->len -= i;
	return found;
}

static bool
read_place(struct slice text, struct event_place *to)
{
	uint8_t id[CASE_ID];
	uint64_t n;
	const char *bar;

	*to = (struct event_place){ 0 };
	if (!read_number(&text, '_', UINT64_MAX - 1, &to->xid))
		return false;
	bar = text.len > 0 ? memchr(text.ptr, '_', text.len) : NULL;
	if (bar == NULL)
		return false;
	size_t len = (size_t)(bar - text.ptr);
	if (len != 0 && !kept_id((struct slice){ text.ptr, len }, id))
		return false;
	memcpy(to->conversation, text.ptr, len);
	text.ptr += len + 1;
	text.len -= len + 1;
	if (!read_number(&text, '\0', INT32_MAX, &n) || text.len != 0)
		return false;
	to->n = (int)n;
	return true;
}

static int
bad_place(struct reply *reply)
{
	return problem_field(reply, PROBLEM_INVALID, "/after", NULL,
			     "after is the next_after of an answer of this "
			     "database, or now.");
}

/* --- GET /v1/events ------------------------------------------------------- */

static void
add_text(struct buf *out, const char *name, const char *text)
{
	buf_str(out, name);
	if (text == NULL) {
		buf_lit(out, "null");
		return;
	}
	buf_char(out, '"');
	buf_json(out, text, strlen(text));
	buf_char(out, '"');
}

static void
add_int(struct buf *out, const char *name, int n)
{
	char text[16];

	(void)snprintf(text, sizeof(text), "%d", n);
	buf_str(out, name);
	buf_str(out, text);
}

static void
add_turn(struct buf *out, const struct event *e)
{
	add_text(out, ",\"conversation\":", e->at.conversation);
	add_int(out, ",\"n\":", e->at.n);
	add_text(out, ",\"signal\":", e->signal);
	add_text(out, ",\"from\":", e->from);
	add_text(out, ",\"to\":", e->to);
	buf_lit(out, ",\"moved\":");
	buf_str(out, e->moved ? "true" : "false");
	add_int(out, ",\"intensity\":", e->intensity);
	add_int(out, ",\"release\":", e->release);
}

/* Only codes, ids, numbers and times: nothing that somebody said or is. */
static void
add_event(void *arg, const struct event *e)
{
	struct list *list = arg;
	struct buf *out = &list->out;
	char id[CURSOR];

	print_place(id, &e->at);
	if (!list_add(list, id, strlen(id)))
		return;
	add_text(out, "{\"id\":", id);
	add_text(out, ",\"type\":", e->type);
	add_text(out, ",\"at\":", e->time);
	if (e->follow_up != NULL) {
		add_text(out, ",\"conversation\":", e->at.conversation);
		add_text(out, ",\"follow_up\":", e->follow_up);
		add_text(out, ",\"kind\":",
			 follow_up_kind_code((enum follow_up_kind)e->kind));
		add_text(out, ",\"signal\":", e->signal);
	} else if (strcmp(e->type, "release.published") == 0) {
		add_int(out, ",\"release\":", e->release);
	} else {
		add_turn(out, e);
	}
	buf_char(out, '}');
}

static int
finish(struct reply *reply, struct list *list)
{
	size_t len = 0;

	add_text(&list->out, "],\"next_after\":", list->next);
	buf_lit(&list->out, "}\n");
	char *body = buf_take(&list->out, &len);
	return reply_bytes(reply, 200, REPLY_JSON, body, len);
}

int
events_none(struct reply *reply, const struct event_place *after)
{
	struct list list = { 0 };

	buf_init(&list.out, 256);
	buf_lit(&list.out, "{\"items\":[");
	print_place(list.next, after);
	return finish(reply, &list);
}

/* The arguments; ${now}: only what happens from now on. */
static int
read_after(const struct request *req, struct reply *reply,
	   const struct list *list, struct event_place *after, bool *now)
{
	const struct slice *text = request_arg(req, "after");

	*after = (struct event_place){ 0 };
	*now = text != NULL && text->len == 3 &&
	       memcmp(text->ptr, "now", 3) == 0;
	if (list->cursor.ptr != NULL)
		return problem_field(reply, PROBLEM_INVALID, "/cursor", NULL,
				     "Events go on with after.");
	/* Nothing can be there. */
	if (*now)
		after->xid = UINT64_MAX;
	else if (text != NULL && !read_place(*text, after))
		return bad_place(reply);
	return 0;
}

static int
read_wait(const struct request *req, struct reply *reply, int *seconds)
{
	const struct slice *text = request_arg(req, "wait");

	*seconds = 0;
	if (text == NULL || (text->len == 1 && text->ptr[0] == '0'))
		return 0;
	*seconds = list_number(*text);
	if (*seconds >= 1 && *seconds <= EVENTS_WAIT_MAX)
		return 0;
	return problem_field(reply, PROBLEM_INVALID, "/wait", NULL,
			     "wait is a whole number of seconds from 0 to %d.",
			     EVENTS_WAIT_MAX);
}

/* Of the transaction at ${horizon} nothing was told yet. */
static bool
is_behind(const struct event_place *p, const struct event_place *horizon)
{
	return p->xid > horizon->xid ||
	       (p->xid == horizon->xid &&
		(p->conversation[0] != '\0' || p->n != 0));
}

static const char *const known[] = { "after", "wait" };

int
events_look(const struct request *req, struct reply *reply,
	    struct event_place *after, bool waits)
{
	struct event_place horizon;
	struct list list;
	struct db_error err;
	bool now = after->xid == UINT64_MAX;
	int status = list_begin(req, reply, &list, known, 2);

	if (status != 0)
		return status;
	print_place(list.next, after);
	if (events_read(req->desk->writer, after, (int)list.limit, add_event,
			&list, &horizon, &err) != DB_OK)
		status = refuse_db(req, reply, &err);
	/* Of another cluster, or from before a restore: what comes next would
	 * never be told. */
	else if (!now && is_behind(after, &horizon))
		status = bad_place(reply);
	if (status == 0 && now) {
		*after = horizon;
		print_place(list.next, after);
	}
	if (status == 0 && (list.n > 0 || !waits))
		return finish(reply, &list);
	buf_free(&list.out);
	return status;
}

int
events_get(const struct request *req, struct reply *reply)
{
	struct event_place after;
	struct list list;
	bool now;
	int seconds, status = list_begin(req, reply, &list, known, 2);

	if (status != 0)
		return status;
	buf_free(&list.out);
	status = read_after(req, reply, &list, &after, &now);
	if (status == 0)
		status = read_wait(req, reply, &seconds);
	if (status == 0)
		status = events_look(req, reply, &after, seconds > 0);
	if (status != 0)
		return status;
	struct waiter *w = calloc(1, sizeof(*w));

	if (w == NULL)
		return problem(reply, PROBLEM_INTERNAL, NULL);
	w->req = req;
	w->reply = reply;
	w->after = after;
	w->until = (uint64_t)seconds * 1000000;
	reply->work = w;
	reply->free_work = waiter_free;
	reply->then = events_wait;
	return REPLY_ON_LOOP;
}
