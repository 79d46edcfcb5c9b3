/*
 * cli_replies.c - "evenkeel import --format": a team's own replies become
 * phrases of the draft.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "script/bundle.h"
#include "script/export.h"
#include "script/library.h"
#include "script/replies.h"
#include "script/report.h"
#include "script/wording.h"
#include "server/cli.h"
#include "sql/releases.h"

struct bringing {
	const struct cli *cli;
	const char *category, *stage, *locale, *tone;
	bool dry;
	json_t *replies;
	bool good;	  /* they may be in the draft */
	json_t *ids;	  /* of the phrases that are new, in order */
	size_t nknown;	  /* texts that were there already */
	size_t nfindings; /* in the new ones */
};

static const char *
member(const json_t *object, const char *name)
{
	const char *text = json_string_value(json_object_get(object, name));

	return text != NULL ? text : "";
}

static bool
is_there(const struct cli *cli, const json_t *draft, const char *list,
	 const char *option, const char *code)
{
	const json_t *all = json_object_get(draft, list);
	json_t *item;
	size_t i;

	json_array_foreach(all, i, item)
		if (strcmp(member(item, "code"), code) == 0)
			return true;
	(void)cli_complain(cli, "%s: the draft has no \"%s\"", option, code);
	return false;
}

/*
 * The texts that the cell has, as the names of ${texts}, and the highest number
 * of its ids.
 */
static bool
look_at_cell(const struct bringing *b, const json_t *phrases, json_t *texts,
	     long *highest)
{
	json_t *phrase;
	size_t i;

	*highest = 0;
	json_array_foreach(phrases, i, phrase) {
		const char *number = strrchr(member(phrase, "id"), '/');

		if (strcmp(member(phrase, "category"), b->category) != 0 ||
		    strcmp(member(phrase, "stage"), b->stage) != 0)
			continue;
		long n = number == NULL ? 0 : strtol(number + 1, NULL, 10);
		if (n > *highest)
			*highest = n;
		if (json_object_set_new(texts, member(phrase, "text"),
					json_true()) != 0)
			return false;
	}
	return true;
}

static bool
add_phrase(struct bringing *b, json_t *phrases, const char *text, long n)
{
	char id[512];

	(void)snprintf(id, sizeof(id), "%s/%s/%ld", b->category, b->stage, n);
	return json_array_append_new(
		       phrases,
		       json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s}", "id",
				 id, "category", b->category, "stage", b->stage,
				 "text", text, "speaker", "human", "locale",
				 b->locale, "tone", b->tone)) == 0 &&
	       json_array_append_new(b->ids, json_string(id)) == 0;
}

/* Put ${replies} into ${draft}; false if out of memory. */
static bool
add_all(struct bringing *b, json_t *draft, const json_t *replies)
{
	json_t *phrases = json_object_get(draft, "phrases");
	json_t *texts = json_object(), *reply;
	long n;
	size_t i;
	bool good = texts != NULL && look_at_cell(b, phrases, texts, &n);

	json_array_foreach(replies, i, reply) {
		const char *text = member(reply, "text");

		if (!good)
			break;
		if (json_object_get(texts, text) != NULL)
			b->nknown++;
		else
			good = add_phrase(b, phrases, text, ++n);
	}
	json_decref(texts);
	return good;
}

/* ${draft} in canonical form, or NULL with what is wrong in ${report}. */
static json_t *
canonical(const json_t *draft, struct report *report)
{
	char *text = json_dumps(draft, JSON_COMPACT | JSON_REAL_PRECISION(15));
	json_t *bundle = NULL;

	if (text == NULL)
		report->failed = true;
	else
		bundle = bundle_read(text, strlen(text), report);
	free(text);
	return bundle;
}

/* A text that is kept for JSON, as it is read. */
static void
print_text(struct frag text)
{
	for (uint32_t i = 0; i < text.len; i++) {
		if (text.ptr[i] == '\\' && i + 1 < text.len)
			i++;
		putchar(text.ptr[i]);
	}
}

/* What the check of words finds in ${p}, with the examples for values. */
static bool
tell_findings(struct bringing *b, const struct library *lib,
	      const struct phrase *p)
{
	struct finding found[WORDING_MAX];
	struct buf text = { 0 };
	bool more;

	export_text(&text, lib, p, EXPORT_MARKDOWN, ESCAPE_NONE);
	if (text.failed) {
		buf_free(&text);
		return false;
	}
	struct draft draft = DRAFT_OF(text.ptr, text.len);

	draft.stage = p->stage;
	draft.category = p->category;
	draft.speaker = SPEAKER_HUMAN;
	size_t n = wording_check(lib, &draft, found, &more);

	printf("%s: %.*s\n", p->id, (int)text.len, text.ptr);
	for (size_t i = 0; i < n; i++) {
		const struct wording_rule *rule =
			&lib->wording->rules[found[i].rule];

		printf("  %s %.*s \"%.*s\": ",
		       severity_code((enum severity)rule->severity),
		       (int)rule->id.len, rule->id.ptr,
		       (int)(found[i].end - found[i].at),
		       text.ptr + found[i].at);
		print_text(rule->why);
		putchar('\n');
	}
	b->nfindings += n;
	buf_free(&text);
	return true;
}

static bool
tell_all(struct bringing *b, const struct library *lib)
{
	json_t *id;
	size_t i;

	json_array_foreach(b->ids, i, id) {
		int64_t at = library_phrase(lib, json_string_value(id),
					    json_string_length(id));
		if (at < 0 || !tell_findings(b, lib, &lib->phrases[at]))
			return false;
	}
	return true;
}

/* A releases_change: the draft with the replies in it, checked and told. */
static json_t *
add_replies(void *arg, json_t *draft)
{
	struct bringing *b = arg;
	struct report report = { 0 };
	struct library *lib = NULL;
	json_t *bundle = NULL;
	bool good = false;

	if (!is_there(b->cli, draft, "categories", "--category", b->category) ||
	    !is_there(b->cli, draft, "stages", "--stage", b->stage))
		return NULL;
	if (!add_all(b, draft, b->replies))
		report.failed = true;
	else if ((bundle = canonical(draft, &report)) != NULL)
		lib = library_from_bundle(bundle, 0, &report);
	if (lib == NULL)
		(void)cli_report(b->cli, &report);
	else if (!tell_all(b, lib))
		(void)cli_complain(b->cli, "out of memory");
	else
		good = true;
	b->good = good;
	if (!good || b->dry || json_array_size(b->ids) == 0) {
		json_decref(bundle);
		bundle = NULL;
	}
	library_unref(lib);
	report_free(&report);
	return bundle;
}

static json_t *
read_replies(const struct cli *cli, enum replies_format format,
	     const char *path)
{
	struct report report = { 0 };
	struct buf text = { 0 };
	json_t *replies = NULL;

	if (cli_read_file(cli, path, &text)) {
		replies = replies_read(format, text.ptr != NULL ? text.ptr : "",
				       text.len, &report);
		if (replies == NULL)
			(void)cli_report(cli, &report);
	}
	buf_free(&text);
	report_free(&report);
	return replies;
}

static int
into_draft(struct bringing *b)
{
	struct db_error err;
	int status = CLI_FAILED;
	struct db *db = cli_open_owner(b->cli);

	if (db == NULL)
		return CLI_FAILED;
	if (releases_edit(db, add_replies, b, &err) != DB_OK)
		status = cli_db_failed(b->cli, &err);
	else if (b->good)
		status = EXIT_SUCCESS;
	if (status == EXIT_SUCCESS)
		printf("import: %zu new, %zu were there already, %zu to "
		       "reword; %s\n",
		       json_array_size(b->ids), b->nknown, b->nfindings,
		       b->dry ? "nothing was changed"
			      : "they are in the draft");
	db_close(db);
	return status;
}

static const char *
option_or(struct cli *cli, const char *name, const char *otherwise)
{
	const char *value = cli_option(cli, name);

	return value != NULL ? value : otherwise;
}

int
cli_import_format(struct cli *cli, const char *code)
{
	struct bringing b = { .cli = cli,
			      .category = cli_option(cli, "--category"),
			      .stage = cli_option(cli, "--stage"),
			      .locale = option_or(cli, "--locale", "en"),
			      .tone = option_or(cli, "--tone", "warm"),
			      .dry = cli_flag(cli, "--dry-run") };
	int format = replies_find(code);
	const char *path = cli_operand(cli);

	if (format < 0)
		(void)cli_complain(cli, "--format is chatwoot, zammad or "
					"intercom");
	else if (path == NULL)
		(void)cli_complain(cli, "which file?  FILE, or - for standard "
					"input");
	else if (b.category == NULL || b.stage == NULL)
		(void)cli_complain(cli, "for which --category and --stage?");
	else if (cli_done(cli)) {
		b.replies =
			read_replies(cli, (enum replies_format)format, path);
		b.ids = json_array();
		int status = b.replies == NULL || b.ids == NULL
				     ? CLI_FAILED
				     : into_draft(&b);
		json_decref(b.ids);
		json_decref(b.replies);
		return status;
	}
	return CLI_USAGE;
}
