/*
 * export.c - GET /v1/export/{format}: lines as another system reads them.
 *
 * The answer is made while it is sent, so that it takes the memory of a few
 * lines; it keeps hold of the release that it began with.
 */
#include <stdlib.h>
#include <string.h>

#include "handlers/handlers.h"
#include "handlers/nearest.h"
#include "script/export.h"
#include "server/problem.h"
#include "server/reply.h"
#include "server/request.h"

struct stream {
	struct exporter e;
	struct library *lib; /* a reference */
	struct buf piece;
	size_t sent; /* bytes of it */
};

static void
stream_free(void *work)
{
	struct stream *s = work;

	buf_free(&s->piece);
	library_unref(s->lib);
	free(s);
}

static ptrdiff_t
stream_read(void *work, char *to, size_t size)
{
	struct stream *s = work;

	if (s->sent == s->piece.len) {
		s->piece.len = s->sent = 0;
		if (!export_more(&s->e, &s->piece))
			return 0;
		if (s->piece.failed)
			return -1;
	}
	size_t n = s->piece.len - s->sent;

	if (n > size)
		n = size;
	memcpy(to, s->piece.ptr + s->sent, n);
	s->sent += n;
	return (ptrdiff_t)n;
}

static int
unknown_name(struct reply *reply, struct slice name)
{
	static const char *const known[] = { "category", "stage", "locale",
					     "speaker" };

	return problem_field(reply, PROBLEM_INVALID, "",
			     nearest(known, sizeof(known[0]), 4, name),
			     "An export has no such argument; it takes "
			     "category, stage, locale and speaker.");
}

/* Read one argument into ${f}; return 0 or the status of a refusal. */
static int
read_arg(const struct library *lib, struct reply *reply, const struct arg *arg,
	 struct export_filter *f)
{
	const struct slice *v = &arg->value;
	const struct {
		const char *name, *at;
		int *to, found;
		enum problem_code code;
	} names[] = {
		{ "category", "/category", &f->category,
		  library_category(lib, v->ptr, v->len),
		  PROBLEM_UNKNOWN_CATEGORY },
		{ "stage", "/stage", &f->stage,
		  library_stage(lib, v->ptr, v->len), PROBLEM_UNKNOWN_STAGE },
		{ "locale", "/locale", &f->locale,
		  library_locale(lib, v->ptr, v->len), PROBLEM_INVALID },
		{ "speaker", "/speaker", &f->speaker,
		  speaker_find(v->ptr, v->len), PROBLEM_INVALID },
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strlen(names[i].name) != arg->name.len ||
		    memcmp(names[i].name, arg->name.ptr, arg->name.len) != 0)
			continue;
		*names[i].to = names[i].found;
		if (names[i].found >= 0)
			return 0;
		return problem_field(reply, names[i].code, names[i].at, NULL,
				     "This release has nothing of that code.");
	}
	return unknown_name(reply, arg->name);
}

static int
refuse_format(struct reply *reply, struct slice code)
{
	const char *codes[N_EXPORT_FORMATS];

	for (int i = 0; i < N_EXPORT_FORMATS; i++)
		codes[i] = export_code((enum export_format)i);
	return problem_field(
		reply, PROBLEM_NOT_FOUND, "",
		nearest(codes, sizeof(codes[0]), N_EXPORT_FORMATS, code),
		"There are exports for chatwoot, zendesk, zammad, rasa and "
		"markdown.");
}

int
export_get(const struct request *req, struct reply *reply)
{
	struct slice code = req->match.params[0];
	int format = export_find(code.ptr, code.len);
	struct export_filter filter = EXPORT_ALL;
	int status = format < 0 ? refuse_format(reply, code) : 0;

	for (size_t i = 0; i < req->nargs && (status == 0 || status == 422);
	     i++) {
		int refused = read_arg(req->lib, reply, &req->args[i], &filter);

		status = refused != 0 ? refused : status;
	}
	if (status != 0)
		return status;
	struct stream *s = calloc(1, sizeof(*s));

	if (s != NULL) {
		s->lib = library_ref(req->lib);
		export_begin(&s->e, s->lib, (enum export_format)format,
			     &filter);
	}
	return reply_stream(reply, export_type((enum export_format)format),
			    stream_read, s, stream_free);
}
