/*
 * machine.c - for machines: is it alive, is it ready, what is it.
 */
#include <string.h>

#include "handlers/app.h"
#include "handlers/handlers.h"
#include "handlers/list.h"
#include "script/buf.h"
#include "script/library.h"
#include "server/metrics.h"
#include "server/problem.h"
#include "server/reply.h"
#include "server/request.h"
#include "sql/db.h"

#define PAGE "text/html; charset=utf-8"

/* GET /livez: the process answers.  Never touches the database. */
int
livez(const struct request *req, struct reply *reply)
{
	static const char body[] = "{\"status\":\"alive\"}\n";

	int refused = takes_nothing(req, reply);

	if (refused != 0)
		return refused;
	return reply_fixed(reply, 200, REPLY_JSON, body, sizeof(body) - 1);
}

/* GET /readyz: a release and keys are loaded, and we do not stop; true also
   while the database is down. */
int
readyz(const struct request *req, struct reply *reply)
{
	struct buf out;
	size_t len = 0;
	int refused = takes_nothing(req, reply);

	if (refused != 0)
		return refused;
	if (req->unready != 0) {
		reply->retry_after = 2;
		return problem(reply, (enum problem_code)(req->unready - 1),
			       NULL);
	}
	buf_init(&out, 64);
	buf_lit(&out, "{\"status\":\"ready\",\"release\":");
	buf_int(&out, req->lib->release);
	buf_lit(&out, "}\n");
	char *body = buf_take(&out, &len);
	return reply_bytes(reply, 200, REPLY_JSON, body, len);
}

/* GET /version */
int
version_get(const struct request *req, struct reply *reply)
{
	struct buf out;
	size_t len = 0;
	int refused = takes_nothing(req, reply);

	if (refused != 0)
		return refused;
	buf_init(&out, 64);
	buf_lit(&out, "{\"version\":\"" EVENKEEL_VERSION "\",\"release\":");
	if (req->lib != NULL)
		buf_int(&out, req->lib->release);
	else
		buf_lit(&out, "null");
	buf_lit(&out, "}\n");
	char *body = buf_take(&out, &len);
	return reply_bytes(reply, 200, REPLY_JSON, body, len);
}

/* GET /metrics: what an operator sees; on the loop's thread, which counts. */
int
metrics_get(const struct request *req, struct reply *reply)
{
	const struct app *app = req->app;
	size_t len = 0;
	int refused = takes_nothing(req, reply);

	if (refused != 0)
		return refused;
	char *body = metrics_text(app->metrics, &len);
	return reply_bytes(reply, 200, METRICS_TYPE, body, len);
}

/* --- the pages behind the "type" of a problem ----------------------------- */

/* The table's text holds no mark-up but & < >. */
static void
add_html(struct buf *out, const char *text)
{
	for (; *text != '\0'; text++)
		switch (*text) {
		case '&':
			buf_lit(out, "&amp;");
			break;
		case '<':
			buf_lit(out, "&lt;");
			break;
		case '>':
			buf_lit(out, "&gt;");
			break;
		default:
			buf_char(out, *text);
		}
}

static void
begin_page(struct buf *out, const char *title)
{
	buf_lit(out, "<!doctype html>\n<html lang=\"en\">\n"
		     "<meta charset=\"utf-8\">\n<title>");
	add_html(out, title);
	buf_lit(out, "</title>\n<h1>");
	add_html(out, title);
	buf_lit(out, "</h1>\n");
}

static int
end_page(struct buf *out, struct reply *reply)
{
	size_t len = 0;
	char *body = buf_take(out, &len);

	return reply_bytes(reply, 200, PAGE, body, len);
}

/* GET /problems: every way this service says no. */
int
problems_list(const struct request *req, struct reply *reply)
{
	struct buf out;
	int refused = takes_nothing(req, reply);

	if (refused != 0)
		return refused;
	buf_init(&out, 4096);
	begin_page(&out, "Problems");
	buf_lit(&out, "<ul>\n");
	for (size_t i = 0; i < N_PROBLEMS; i++) {
		buf_lit(&out, "<li><a href=\"/problems/");
		buf_str(&out, problems[i].type);
		buf_lit(&out, "\">");
		buf_int(&out, problems[i].status);
		buf_char(&out, ' ');
		add_html(&out, problems[i].title);
		buf_lit(&out, "</a>\n");
	}
	buf_lit(&out, "</ul>\n");
	return end_page(&out, reply);
}

/* GET /problems/{type}: what one of them means and what to do. */
int
problem_page_get(const struct request *req, struct reply *reply)
{
	struct slice type = req->match.params[0];
	struct buf out;
	size_t i = 0;
	int refused = takes_nothing(req, reply);

	if (refused != 0)
		return refused;
	while (i < N_PROBLEMS &&
	       (strlen(problems[i].type) != type.len ||
		memcmp(problems[i].type, type.ptr, type.len) != 0))
		i++;
	if (i == N_PROBLEMS)
		return problem(reply, PROBLEM_NOT_FOUND,
			       "GET /problems lists the problems.");
	buf_init(&out, 512);
	begin_page(&out, problems[i].title);
	buf_lit(&out, "<p>HTTP status ");
	buf_int(&out, problems[i].status);
	buf_lit(&out, ".</p>\n<p>");
	add_html(&out, problems[i].page);
	buf_lit(&out, "</p>\n<p><a href=\"/problems\">All problems</a></p>\n");
	return end_page(&out, reply);
}
