/*
 * web.c - pages for people: the panel, the library, the API reference, and the
 * files that these are made of.  All of them are in the program.
 */
#include <string.h>

#include "handlers/app.h"
#include "handlers/handlers.h"
#include "handlers/list.h"
#include "script/buf.h"
#include "script/embed.h"
#include "server/config.h"
#include "server/cors.h"
#include "server/problem.h"
#include "server/reply.h"
#include "server/request.h"

/* Which file a path shows. */
static const struct {
	const char *path, *file;
} pages[] = {
	{ "/panel", "panel.html" },
	{ "/panel/demo", "demo.html" },
	{ "/docs", "docs.html" },
	{ "/library", "library.html" },
};

/* What a file is, by how its name ends. */
static const struct {
	const char *ending, *type;
} types[] = {
	{ ".html", "text/html; charset=utf-8" },
	{ ".js", "text/javascript; charset=utf-8" },
	{ ".css", "text/css; charset=utf-8" },
	{ ".svg", "image/svg+xml" },
	{ ".schema.json", "application/schema+json" },
	{ ".json", REPLY_JSON },
};

#define NELEMS(a) (sizeof(a) / sizeof((a)[0]))

static const struct embed_file *
find_file(struct slice name)
{
	for (size_t i = 0; i < embed_nfiles; i++)
		if (strlen(embed_files[i].name) == name.len &&
		    memcmp(embed_files[i].name, name.ptr, name.len) == 0)
			return &embed_files[i];
	return NULL;
}

static const char *
type_of(const char *name)
{
	size_t len = strlen(name);

	for (size_t i = 0; i < NELEMS(types); i++) {
		size_t n = strlen(types[i].ending);

		if (len > n && strcmp(name + len - n, types[i].ending) == 0)
			return types[i].type;
	}
	return "application/octet-stream";
}

/* A page may be framed by whom the settings name; any file may be asked for by
   a page of ours, and do no more than that. */
static int
send_file(const struct request *req, struct reply *reply,
	  const struct embed_file *file)
{
	const struct app *app = req->app;
	const char *type = type_of(file->name);

	reply->policy = strncmp(type, "text/html", 9) == 0
				? app->cfg->page_policy
				: NULL;
	reply->gzip = req->gzip;
	return reply_fixed(reply, 200, type, req->gzip ? file->gz : file->text,
			   req->gzip ? file->gz_len : file->len);
}

/* GET /panel and other pages, whose scripts read the query. */
int
page_get(const struct request *req, struct reply *reply)
{
	size_t i = 0;

	while (i < NELEMS(pages) &&
	       strcmp(pages[i].path, req->match.route->pattern) != 0)
		i++;
	const struct embed_file *file =
		i < NELEMS(pages)
			? find_file((struct slice){ pages[i].file,
						    strlen(pages[i].file) })
			: NULL;

	return file != NULL ? send_file(req, reply, file)
			    : problem(reply, PROBLEM_NOT_FOUND, NULL);
}

/* GET /web/{file}: what pages are made of. */
int
file_get(const struct request *req, struct reply *reply)
{
	int refused = takes_nothing(req, reply);
	const struct embed_file *file;

	if (refused != 0)
		return refused;
	if ((file = find_file(req->match.params[0])) == NULL)
		return problem(reply, PROBLEM_NOT_FOUND,
			       "/panel and /docs name the files that there "
			       "are.");
	return send_file(req, reply, file);
}

/* GET /openapi.json, /bundle.schema.json */
int
document_get(const struct request *req, struct reply *reply)
{
	int refused = takes_nothing(req, reply);
	const char *name = req->match.route->pattern + 1;
	const struct embed_file *file =
		find_file((struct slice){ name, strlen(name) });

	if (refused != 0)
		return refused;
	return file != NULL ? send_file(req, reply, file)
			    : problem(reply, PROBLEM_NOT_FOUND, NULL);
}

/* GET /panel/settings.json: what the panel must know before it has a key. */
int
panel_settings_get(const struct request *req, struct reply *reply)
{
	const struct app *app = req->app;
	struct buf out;
	size_t len = 0;
	int refused = takes_nothing(req, reply);

	if (refused != 0)
		return refused;
	buf_init(&out, 256);
	buf_lit(&out, "{\"version\":\"" EVENKEEL_VERSION "\",\"keys\":");
	buf_str(&out, app->cfg->open ? "false" : "true");
	buf_lit(&out, ",\"frame_ancestors\":[");
	/* Origins hold nothing that JSON would escape: see cors_new(). */
	for (size_t i = 0; cors_origin(app->cfg->parents, i) != NULL; i++) {
		buf_str(&out, i > 0 ? ",\"" : "\"");
		buf_str(&out, cors_origin(app->cfg->parents, i));
		buf_char(&out, '"');
	}
	buf_lit(&out, "]}\n");
	char *body = buf_take(&out, &len);
	return reply_bytes(reply, 200, REPLY_JSON, body, len);
}
