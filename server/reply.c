/*
 * reply.c - what a handler may say.
 */
#include <malloc.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "server/problem.h"

#include "server/reply.h"

/* Forget the body, and the problem if there is one. */
static void
drop_body(struct reply *reply)
{
	free(reply->body);
	reply->body = NULL;
	reply->fixed = NULL;
	reply->len = 0;
	if (reply->problem != 0)
		problem_clear(reply);
}

int
reply_bytes(struct reply *reply, int status, const char *type, char *body,
	    size_t len)
{
	if (body == NULL)
		return problem(reply, PROBLEM_INTERNAL, NULL);
	drop_body(reply);
	reply->type = type;
	reply->body = body;
	reply->len = len;
	return status;
}

int
reply_fixed(struct reply *reply, int status, const char *type, const char *body,
	    size_t len)
{
	drop_body(reply);
	reply->type = type;
	reply->fixed = body;
	reply->len = len;
	return status;
}

int
reply_stream(struct reply *reply, const char *type,
	     ptrdiff_t (*read)(void *work, char *to, size_t size), void *work,
	     void (*free_work)(void *work))
{
	if (work == NULL)
		return problem(reply, PROBLEM_INTERNAL, NULL);
	drop_body(reply);
	reply->type = type;
	reply->read = read;
	reply->work = work;
	reply->free_work = free_work;
	return 200;
}

int
reply_json(struct reply *reply, int status, json_t *body)
{
	size_t len = 0;
	char *text = body != NULL ? reply_dump(body, &len) : NULL;

	json_decref(body);
	return reply_bytes(reply, status, REPLY_JSON, text, len);
}

/* A body worth keeping: smaller ones cost malloc() nothing. */
#define ROOM_MIN 1024
#define ROOM_MAX 65536

char *
reply_room(struct reply *reply, size_t *size)
{
	char *room = reply->room;

	*size = reply->room_size;
	reply->room = NULL;
	reply->room_size = 0;
	return room;
}

void
reply_reset(struct reply *reply)
{
	if (reply->body != NULL && reply->room == NULL) {
		size_t size = malloc_usable_size(reply->body);

		if (size >= ROOM_MIN && size <= ROOM_MAX) {
			reply->room = reply->body;
			reply->room_size = size;
			reply->body = NULL;
		}
	}
	free(reply->body);
	reply->body = NULL;
	reply->fixed = NULL;
	reply->len = 0;
	reply->type = NULL;
	if (reply->problem != 0)
		problem_clear(reply);
	reply->etag[0] = reply->allow[0] = '\0';
	reply->link[0] = reply->stage[0] = '\0';
	reply->location[0] = '\0';
	reply->replayed = false;
	if (reply->work != NULL)
		reply->free_work(reply->work);
	reply->work = NULL;
	reply->then = NULL;
	reply->read = NULL;
	reply->gzip = false;
	reply->policy = NULL;
	reply->challenge = NULL;
	reply->retry_after = 0;
	reply->close = false;
}

void
reply_clear(struct reply *reply)
{
	free(reply->room);
	reply->room = NULL;
	reply->room_size = 0;
	drop_body(reply);
	reply_reset(reply);
}

/*
 * Text that grows while jansson dumps into it.  A failure stays one: jansson
 * does not look whether the name of a member went in, and goes on.
 */
struct dump {
	char *ptr;
	size_t len, size;
	bool failed;
};

static int
dump_more(const char *piece, size_t len, void *arg)
{
	struct dump *d = arg;

	if (d->failed)
		return -1;
	if (len > d->size - d->len) {
		size_t size = d->size > 0 ? d->size : 512;

		while (size - d->len < len) {
			if (size > SIZE_MAX / 2) {
				d->failed = true;
				return -1;
			}
			size *= 2;
		}
		char *ptr = realloc(d->ptr, size);
		if (ptr == NULL) {
			d->failed = true;
			return -1;
		}
		d->ptr = ptr;
		d->size = size;
	}
	memcpy(d->ptr + d->len, piece, len);
	d->len += len;
	return 0;
}

char *
reply_dump(const json_t *body, size_t *len)
{
	struct dump d = { 0 };

	/* 15 digits: with more, 0.1 prints as 0.10000000000000001. */
	if (json_dump_callback(body, dump_more, &d,
			       JSON_COMPACT | JSON_REAL_PRECISION(15)) != 0 ||
	    d.failed) {
		free(d.ptr);
		return NULL;
	}
	*len = d.len;
	return d.ptr;
}
