/*
 * languagetool.c - POST /v2/check and GET /v2/languages, as LanguageTool has
 * them, so that what was made for it works with our rules.
 *
 * Fields that say nothing to us (motherTongue, username, level ...) are passed
 * over, as LanguageTool passes over those it does not know.  Where it would
 * answer 400 with a line of text, so do we with a problem.
 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "handlers/handlers.h"
#include "script/wording_json.h"
#include "server/body.h"
#include "server/problem.h"
#include "server/reply.h"
#include "server/request.h"

#define NELEMS(a) (sizeof(a) / sizeof((a)[0]))

/* --- languages ------------------------------------------------------------ */

static const struct {
	const char *code, *name;
} languages[] = {
	{ "en", "English" },
	{ "en-US", "English (US)" },
	{ "en-GB", "English (GB)" },
	{ "en-AU", "English (Australian)" },
	{ "en-CA", "English (Canadian)" },
	{ "en-NZ", "English (New Zealand)" },
	{ "en-ZA", "English (South African)" },
};

static bool
is(struct slice text, const char *word)
{
	return strlen(word) == text.len &&
	       strncasecmp(text.ptr, word, text.len) == 0;
}

/* The number of a language, or -1. */
static int
find_language(struct slice code)
{
	for (size_t i = 0; i < NELEMS(languages); i++)
		if (is(code, languages[i].code))
			return (int)i;
	return -1;
}

/* GET /v2/languages */
int
languagetool_languages(const struct request *req, struct reply *reply)
{
	json_t *list = json_array();

	if (req->nargs > 0) {
		json_decref(list);
		return problem_field(reply, PROBLEM_INVALID, "", NULL,
				     "This takes no arguments.");
	}
	for (size_t i = 0; i < NELEMS(languages); i++)
		if (json_array_append_new(list,
					  json_pack("{s:s, s:s, s:s}", "name",
						    languages[i].name, "code",
						    "en", "longCode",
						    languages[i].code)) != 0) {
			json_decref(list);
			list = NULL;
			break;
		}
	return reply_json(reply, 200, list);
}

/* --- lists with commas ---------------------------------------------------- */

/* Cut the next item off ${list}, blanks around it left out.  False: none. */
static bool
next_item(struct slice *list, struct slice *item)
{
	while (list->len > 0) {
		const char *comma = memchr(list->ptr, ',', list->len);
		size_t n =
			comma != NULL ? (size_t)(comma - list->ptr) : list->len;

		*item = (struct slice){ list->ptr, n };
		n += comma != NULL;
		list->ptr += n;
		list->len -= n;
		while (item->len > 0 && item->ptr[0] == ' ') {
			item->ptr++;
			item->len--;
		}
		while (item->len > 0 && item->ptr[item->len - 1] == ' ')
			item->len--;
		if (item->len > 0)
			return true;
	}
	return false;
}

static bool
in_list(struct slice list, struct frag code)
{
	struct slice item;

	while (next_item(&list, &item))
		if (item.len == code.len &&
		    strncasecmp(item.ptr, code.ptr, code.len) == 0)
			return true;
	return false;
}

static struct slice
arg(const struct request *req, const char *name)
{
	const struct slice *value = request_arg(req, name);

	return value != NULL ? *value : (struct slice){ "", 0 };
}

/* --- which rules ---------------------------------------------------------- */

struct wanted {
	struct slice rules, categories;	      /* enabled */
	struct slice no_rules, no_categories; /* disabled */
	bool only;			      /* the enabled ones */
};

static int
read_wanted(const struct request *req, struct reply *reply, struct wanted *w)
{
	w->rules = arg(req, "enabledRules");
	w->categories = arg(req, "enabledCategories");
	w->no_rules = arg(req, "disabledRules");
	w->no_categories = arg(req, "disabledCategories");
	w->only = is(arg(req, "enabledOnly"), "true") ||
		  is(arg(req, "enabledOnly"), "yes");
	if (!w->only)
		return 0;
	if (w->no_rules.len > 0 || w->no_categories.len > 0)
		return problem(reply, PROBLEM_BAD_REQUEST,
			       "With enabledOnly=true no rule and no category "
			       "can be disabled.");
	if (w->rules.len == 0 && w->categories.len == 0)
		return problem(reply, PROBLEM_BAD_REQUEST,
			       "With enabledOnly=true name rules or categories "
			       "in enabledRules or enabledCategories.");
	return 0;
}

static bool
is_wanted(const struct wanted *w, const struct wording_rule *rule)
{
	if (in_list(w->rules, rule->id))
		return true;
	if (w->only)
		return in_list(w->categories, rule->cls);
	return !in_list(w->no_rules, rule->id) &&
	       (in_list(w->categories, rule->cls) ||
		!in_list(w->no_categories, rule->cls));
}

/* --- text with markup ----------------------------------------------------- */

/* What is checked, and where it comes from. */
struct marked {
	struct buf plain, shown;
	struct wording_part *parts;
	size_t nparts;
	json_t *data;
};

static void
marked_free(struct marked *m)
{
	buf_free(&m->plain);
	buf_free(&m->shown);
	free(m->parts);
	json_decref(m->data);
}

static int
bad_item(struct reply *reply)
{
	return problem(reply, PROBLEM_BAD_REQUEST,
		       "data is {\"annotation\": [...]}, and each item of it "
		       "{\"text\": ...} or {\"markup\": ..., \"interpretAs\": "
		       "...}.");
}

static int
add_part(struct marked *m, const json_t *item, struct reply *reply)
{
	const json_t *text = json_object_get(item, "text");
	const json_t *markup = json_object_get(item, "markup");
	const json_t *as = json_object_get(item, "interpretAs");
	const json_t *shown = text != NULL ? text : markup;
	const json_t *plain = text != NULL ? text : as;

	if (!json_is_string(shown) || (text != NULL && markup != NULL) ||
	    (plain != NULL && !json_is_string(plain)))
		return bad_item(reply);

	struct wording_part *part = &m->parts[m->nparts++];

	*part = (struct wording_part){
		.at = (uint32_t)m->plain.len,
		.len = (uint32_t)json_string_length(plain),
		.shown_at = (uint32_t)m->shown.len,
		.shown_len = (uint32_t)json_string_length(shown),
		.markup = text == NULL
	};
	buf_add(&m->shown, json_string_value(shown), part->shown_len);
	if (plain != NULL)
		buf_add(&m->plain, json_string_value(plain), part->len);
	return 0;
}

static int
read_marked(struct slice data, struct marked *m, struct reply *reply)
{
	const json_t *list, *item;
	int status = 0;
	size_t i;

	m->data = body_parse(data.ptr, data.len, &body_free, reply, &status);
	if (m->data == NULL)
		return status;
	list = json_object_get(m->data, "annotation");
	if (!json_is_array(list))
		return bad_item(reply);
	m->parts = calloc(json_array_size(list) + 1, sizeof(*m->parts));
	if (m->parts == NULL)
		return problem(reply, PROBLEM_INTERNAL, NULL);
	json_array_foreach(list, i, item) {
		if ((status = add_part(m, item, reply)) != 0)
			return status;
	}
	if (m->plain.failed || m->shown.failed)
		return problem(reply, PROBLEM_INTERNAL, NULL);
	return 0;
}

/* --- the call ------------------------------------------------------------- */

/* Of the variants that the caller prefers, the first that is English. */
static int
preferred(struct slice variants)
{
	struct slice code;
	int language;

	while (next_item(&variants, &code))
		if ((language = find_language(code)) >= 0)
			return language;
	return 1; /* en-US, as LanguageTool has it */
}

static int
read_language(const struct request *req, struct reply *reply,
	      struct wording_tool *tool)
{
	struct slice code = arg(req, "language");
	int language = find_language(code);

	if (code.len == 0)
		return problem(reply, PROBLEM_BAD_REQUEST,
			       "Say the language: language=en-US, or "
			       "language=auto.");
	tool->guessed = is(code, "auto");
	if (tool->guessed)
		language = preferred(arg(req, "preferredVariants"));
	if (language < 0)
		return problem(reply, PROBLEM_BAD_REQUEST,
			       "The rules are for English: language is en, "
			       "en-US, en-GB, en-AU, en-CA, en-NZ, en-ZA or "
			       "auto.");
	tool->code = languages[language].code;
	tool->name = languages[language].name;
	return 0;
}

static int
answer(const struct request *req, struct reply *reply,
       const struct draft *draft, const struct wanted *wanted,
       const struct wording_tool *tool)
{
	struct finding found[WORDING_MAX];
	struct findings all = { .lib = req->lib,
				.draft = draft,
				.found = found };
	struct buf out = { 0 };
	size_t len = 0, n;

	n = wording_check(req->lib, draft, found, &all.more);
	for (size_t i = 0; i < n; i++)
		if (is_wanted(wanted, &req->lib->wording->rules[found[i].rule]))
			found[all.n++] = found[i];
	out.ptr = reply_room(reply, &out.size);
	wording_json_tool(&out, &all, tool);
	char *body = buf_take(&out, &len);
	return reply_bytes(reply, 200, REPLY_JSON, body, len);
}

/* The text that is to be checked: a field, or one with markup. */
static int
read_draft(const struct request *req, struct reply *reply, struct draft *draft,
	   struct marked *m, struct wording_tool *tool)
{
	const struct slice *text = request_arg(req, "text");
	const struct slice *data = request_arg(req, "data");

	if ((text == NULL) == (data == NULL))
		return problem(reply, PROBLEM_BAD_REQUEST,
			       text == NULL ? "Send text or data."
					    : "Send text or data, not both.");
	if (text != NULL) {
		*draft = DRAFT_OF(text->ptr, text->len);
		return 0;
	}
	int status = read_marked(*data, m, reply);

	if (status != 0)
		return status;
	*draft = DRAFT_OF(m->plain.ptr != NULL ? m->plain.ptr : "",
			  m->plain.len);
	tool->parts = m->parts;
	tool->nparts = m->nparts;
	tool->shown = m->shown.ptr != NULL ? m->shown.ptr : "";
	tool->shown_len = m->shown.len;
	return 0;
}

int
languagetool_check(const struct request *req, struct reply *reply)
{
	struct wording_tool tool = { .version = EVENKEEL_VERSION };
	struct marked marked = { .parts = NULL };
	struct wanted wanted;
	struct draft draft;
	int status = read_draft(req, reply, &draft, &marked, &tool);

	if (status == 0)
		status = read_language(req, reply, &tool);
	if (status == 0)
		status = read_wanted(req, reply, &wanted);
	if (status == 0)
		status = answer(req, reply, &draft, &wanted, &tool);
	marked_free(&marked);
	return status;
}
