/*
 * list.c - a page of a list.
 */
#include <stdio.h>
#include <string.h>

#include "handlers/list.h"
#include "handlers/nearest.h"
#include "server/problem.h"
#include "server/reply.h"

static bool
is(struct slice text, const char *word)
{
	return strlen(word) == text.len &&
	       memcmp(text.ptr, word, text.len) == 0;
}

int
takes_nothing(const struct request *req, struct reply *reply)
{
	if (req->nargs == 0)
		return 0;
	return problem_field(reply, PROBLEM_INVALID, "", NULL,
			     "This resource takes no arguments.");
}

int
list_number(struct slice text)
{
	int n = 0;

	if (text.len > 9)
		return 0;
	for (size_t i = 0; i < text.len; i++) {
		if (text.ptr[i] < '0' || text.ptr[i] > '9')
			return 0;
		n = n * 10 + (text.ptr[i] - '0');
	}
	return n;
}

static int
read_limit(struct reply *reply, struct slice text, size_t *limit)
{
	int n = list_number(text);

	if (n < 1 || n > LIST_LIMIT_MAX)
		return problem_field(reply, PROBLEM_INVALID, "/limit", NULL,
				     "limit is a whole number from 1 to %d.",
				     LIST_LIMIT_MAX);
	*limit = (size_t)n;
	return 0;
}

static bool
is_known(struct slice name, const char *const *known, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (is(name, known[i]))
			return true;
	return false;
}

int
list_begin(const struct request *req, struct reply *reply, struct list *list,
	   const char *const *known, size_t n)
{
	int status = 0;

	*list = (struct list){ .req = req, .limit = LIST_LIMIT_MAX };
	for (size_t i = 0; i < req->nargs; i++) {
		const struct arg *arg = &req->args[i];
		int refused = 0;

		if (is(arg->name, "limit"))
			refused = read_limit(reply, arg->value, &list->limit);
		else if (is(arg->name, "cursor") &&
			 arg->value.len < sizeof(list->next))
			list->cursor = arg->value;
		else if (is(arg->name, "cursor"))
			refused = problem_field(
				reply, PROBLEM_INVALID, "/cursor", NULL,
				"A cursor is the next_cursor of a page.");
		else if (!is_known(arg->name, known, n))
			refused = problem_field(
				reply, PROBLEM_INVALID, "",
				n == 0 ? NULL
				       : nearest(known, sizeof(known[0]), n,
						 arg->name),
				"This list has no such argument; it takes "
				"limit, cursor and what /openapi.json lists.");
		if (refused != 0)
			status = refused;
	}
	if (status != 0)
		return status;
	buf_init(&list->out, 4096);
	buf_lit(&list->out, "{\"items\":[");
	return 0;
}

bool
list_add(struct list *list, const char *key, size_t len)
{
	if (list->n == list->limit) {
		list->more = true;
		return false;
	}
	if (list->n++ > 0)
		buf_char(&list->out, ',');
	if (len >= sizeof(list->next))
		len = sizeof(list->next) - 1;
	memcpy(list->next, key, len);
	list->next[len] = '\0';
	return true;
}

/* Percent-encode ${text} into the query of a link. */
static void
add_escaped(struct buf *out, struct slice text)
{
	static const char hex[] = "0123456789ABCDEF";

	for (size_t i = 0; i < text.len; i++) {
		unsigned char c = (unsigned char)text.ptr[i];

		if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
		    (c >= '0' && c <= '9') || strchr("-._~/", c) != NULL) {
			buf_char(out, (char)c);
		} else {
			buf_char(out, '%');
			buf_char(out, hex[c >> 4]);
			buf_char(out, hex[c & 15]);
		}
	}
}

/*
 * The same request with the new cursor; too long a link is left out.  False if
 * out of memory: whoever follows links would take this page for the last one.
 */
static bool
add_link(const struct list *list, struct reply *reply)
{
	const struct request *req = list->req;
	struct buf link;

	buf_init(&link, 256);
	buf_char(&link, '<');
	buf_str(&link, req->match.route->pattern);
	buf_lit(&link, "?cursor=");
	add_escaped(&link, (struct slice){ list->next, strlen(list->next) });
	for (size_t i = 0; i < req->nargs; i++) {
		if (is(req->args[i].name, "cursor"))
			continue;
		buf_char(&link, '&');
		add_escaped(&link, req->args[i].name);
		buf_char(&link, '=');
		add_escaped(&link, req->args[i].value);
	}
	buf_lit(&link, ">; rel=\"next\"");
	if (!link.failed && link.len < sizeof(reply->link)) {
		memcpy(reply->link, link.ptr, link.len);
		reply->link[link.len] = '\0';
	}
	bool made = !link.failed;

	buf_free(&link);
	return made;
}

int
list_end(struct list *list, struct reply *reply)
{
	size_t len = 0;

	buf_lit(&list->out, "],\"next_cursor\":");
	if (list->more) {
		buf_char(&list->out, '"');
		buf_json(&list->out, list->next, strlen(list->next));
		buf_lit(&list->out, "\"}\n");
	} else {
		buf_lit(&list->out, "null}\n");
	}
	char *body = buf_take(&list->out, &len);
	int status = reply_bytes(reply, 200, REPLY_JSON, body, len);
	if (list->more && status == 200 && !add_link(list, reply))
		return problem(reply, PROBLEM_INTERNAL, NULL);
	return status;
}
