/*
 * cli_check.c - the check of words, in the terminal: for editors, hooks and
 * scripts.
 *
 * "evenkeel check" is a POST to /v1/check made by hand: the same code reads
 * where the draft shall be said, and finds the same.  A finding is a line as
 * compilers write them, which editors can jump by:
 *
 *	reply.txt:1:25: high: W01 "you should have": Why.  Better: "..."
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "handlers/ask.h"
#include "script/library.h"
#include "script/wording_json.h"
#include "server/cli.h"
#include "server/reply.h"
#include "server/utf8.h"

/* Exit statuses, as of grep(1): scripts tell a finding from a failure. */
enum {
	FOUND_HIGH = 1,
	FAILED = 2,
};

/* Where we are in the draft. */
struct place {
	const char *at, *end;
	size_t units;	     /* UTF-16 code units before it */
	size_t line, column; /* from 1; a column is a character */
};

/* Go on to code unit number ${units} of the draft. */
static void
go_to(struct place *p, size_t units)
{
	while (p->units < units && p->at < p->end) {
		unsigned cp = 0;
		size_t len = utf8_char(p->at, (size_t)(p->end - p->at), &cp);

		p->at += len;
		p->units += cp > 0xffff ? 2 : 1;
		p->column++;
		if (cp == '\n') {
			p->line++;
			p->column = 1;
		}
	}
}

/* Is it text that the service would take?  Else tell the user. */
static bool
is_text(const struct cli *cli, const char *name, struct slice text)
{
	struct place p = { text.ptr, text.ptr + text.len, 0, 1, 1 };

	while (p.at < p.end) {
		unsigned cp;
		size_t len = utf8_char(p.at, (size_t)(p.end - p.at), &cp);

		if (len == 0 || (utf8_control(cp) && cp != '\n' && cp != '\r' &&
				 cp != '\t')) {
			(void)cli_complain(cli,
					   "%s:%zu:%zu: this is no text in "
					   "UTF-8",
					   name, p.line, p.column);
			return false;
		}
		go_to(&p, p.units + 1);
	}
	return true;
}

/* The draft in ${name}, from malloc(); NULL after telling why not. */
static char *
read_draft(const struct cli *cli, const char *name, size_t *len)
{
	bool piped = strcmp(name, "-") == 0;
	FILE *file = piped ? stdin : fopen(name, "re");
	char *text = malloc(REQUEST_MAX_LARGE + 1);
	bool ok = false;

	if (file == NULL || text == NULL) {
		(void)cli_complain(cli, "%s: %s", name, strerror(errno));
	} else {
		errno = 0;
		*len = fread(text, 1, REQUEST_MAX_LARGE + 1, file);
		if (ferror(file) != 0)
			(void)cli_complain(cli, "%s: %s", name,
					   strerror(errno));
		else if (*len > REQUEST_MAX_LARGE)
			(void)cli_complain(cli,
					   "%s: a draft has at most %d bytes",
					   name, REQUEST_MAX_LARGE);
		else
			ok = true;
	}
	if (file != NULL && !piped)
		fclose(file);
	if (ok && is_text(cli, name, (struct slice){ text, *len }))
		return text;
	free(text);
	return NULL;
}

/* Print ${text} with each of its line breaks and tabs as a space. */
static void
print_flat(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		putchar((unsigned char)text[i] < ' ' ? ' ' : text[i]);
}

static const char *
text_of(const json_t *object, const char *name)
{
	const char *text = json_string_value(json_object_get(object, name));

	return text != NULL ? text : "";
}

static void
print_finding(const char *name, const struct place *p, size_t units,
	      const json_t *match)
{
	const json_t *rule = json_object_get(match, "rule");
	const char *better = text_of(
		json_array_get(json_object_get(match, "replacements"), 0),
		"value");
	struct place end = *p;

	if (*better == '\0')
		better = text_of(json_object_get(match, "hint"), "text");
	go_to(&end, p->units + units);
	printf("%s:%zu:%zu: %s: %s \"", name, p->line, p->column,
	       text_of(match, "severity"), text_of(rule, "id"));
	print_flat(p->at, (size_t)(end.at - p->at));
	printf("\": %s", text_of(match, "message"));
	if (*better != '\0')
		printf("  Better: \"%s\"", better);
	putchar('\n');
}

/* Print each match of ${answer}; they are in the order of the draft. */
static void
print_findings(const char *name, struct slice draft, const json_t *answer)
{
	struct place p = { draft.ptr, draft.ptr + draft.len, 0, 1, 1 };
	json_t *match;
	size_t i;

	json_array_foreach(json_object_get(answer, "matches"), i, match) {
		json_t *at = json_object_get(match, "offset");
		json_t *length = json_object_get(match, "length");

		go_to(&p, (size_t)json_integer_value(at));
		print_finding(name, &p, (size_t)json_integer_value(length),
			      match);
	}
}

static bool
has_high(const struct findings *all)
{
	for (size_t i = 0; i < all->n; i++)
		if (all->lib->wording->rules[all->found[i].rule].severity ==
		    SEVERITY_HIGH)
			return true;
	return false;
}

static int
print_answer(const struct cli *cli, const char *name, bool json,
	     const struct findings *all, int locale)
{
	struct slice draft = { all->draft->text, all->draft->len };
	struct buf out;
	json_t *answer;
	size_t len;

	buf_init(&out, 4096);
	wording_json(&out, all, locale);
	char *body = buf_take(&out, &len);

	answer = body != NULL ? json_loadb(body, len, 0, NULL) : NULL;
	if (answer == NULL) {
		free(body);
		(void)cli_complain(cli, "out of memory");
		return FAILED;
	}
	if (json)
		fwrite(body, 1, len, stdout);
	else
		print_findings(name, draft, answer);
	if (all->more)
		(void)cli_complain(cli, "%s: only the first %d are shown", name,
				   WORDING_MAX);
	json_decref(answer);
	free(body);
	return has_high(all) ? FOUND_HIGH : EXIT_SUCCESS;
}

/* Check ${text} as the arguments in ${req} say. */
static int
check(const struct cli *cli, const struct request *req, const char *name,
      struct slice text, bool json)
{
	struct finding found[WORDING_MAX];
	struct reply reply = { 0 };
	struct ask ask;
	int status = FAILED;

	ask.nextras = 0;
	if (ask_read(req, ASK_CHECK, &ask, &reply) != 0) {
		(void)cli_refusal(cli, &reply);
	} else {
		struct draft draft = ask_draft(&ask, text);
		struct findings all = { .lib = req->lib,
					.draft = &draft,
					.found = found };

		all.n = wording_check(req->lib, &draft, found, &all.more);
		status = print_answer(cli, name, json, &all,
				      ask.query.sit.locale);
	}
	ask_done(&ask);
	reply_clear(&reply);
	return status;
}

/* Is it --format json?  -1 after telling that it is something else. */
static int
format_of(struct cli *cli)
{
	const char *format = cli_option(cli, "--format");

	if (format == NULL || strcmp(format, "text") == 0)
		return 0;
	if (strcmp(format, "json") == 0)
		return 1;
	(void)cli_complain(cli, "--format is text or json");
	return -1;
}

int
cli_check(struct cli *cli)
{
	struct request req = { .method = "GET", .id = "-" };
	int json = format_of(cli), status = FAILED;
	const char *name;
	size_t len = 0;

	if (json < 0 || !cli_args(cli, &req))
		return FAILED;
	if ((name = cli_operand(cli)) == NULL) {
		(void)cli_complain(cli, "which file?  - is standard input");
		return FAILED;
	}
	if (!cli_done(cli))
		return FAILED;
	char *text = read_draft(cli, name, &len);

	if (text != NULL && (req.lib = cli_load(cli)) != NULL)
		status = check(cli, &req, name, (struct slice){ text, len },
			       json);
	library_unref(req.lib);
	free(text);
	return status;
}
