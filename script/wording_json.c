/*
 * wording_json.c - findings as JSON, for our own clients and LanguageTool's.
 */
#include "script/wording_json.h"
#include "script/buf.h"
#include "script/fill.h"

/* --- places -------------------------------------------------------------- */

#define MARKS 512 /* places of a text whose UTF-16 offset is known */
#define SIDE 40	  /* characters of context at each side */

/* A text, and how many code units come before every ${step} bytes of it. */
struct units {
	const char *text;
	size_t len, step;
	uint32_t before[MARKS + 1];
};

/* One way through the text, so that no finding has to go it again. */
static void
units_begin(struct units *u, const char *text, size_t len)
{
	size_t units = 0, n = 0;

	u->text = text;
	u->len = len;
	u->step = len / MARKS + 1;
	for (size_t at = 0; at < len; at += u->step) {
		size_t left = len - at;

		u->before[n++] = (uint32_t)units;
		units += utf16_length(text + at,
				      left < u->step ? left : u->step);
	}
	u->before[n] = (uint32_t)units;
}

/* The offset of byte ${at}, which a character begins with, or the end. */
static size_t
units_at(const struct units *u, size_t at)
{
	size_t mark = at / u->step, from = mark * u->step;

	return at == 0 ? 0
		       : u->before[mark] +
				 utf16_length(u->text + from, at - from);
}

static void
add_span(struct buf *out, const struct units *u, size_t at, size_t end)
{
	size_t offset = units_at(u, at);

	buf_lit(out, "\"offset\":");
	buf_int(out, (int64_t)offset);
	buf_lit(out, ",\"length\":");
	buf_int(out, (int64_t)(units_at(u, end) - offset));
}

/* Does byte ${at} begin no character? */
static bool
is_inner(const char *text, size_t at)
{
	return ((unsigned char)text[at] & 0xc0) == 0x80;
}

/* [at, end) of ${text} in quotation marks, at most ${max} bytes of it. */
static void
add_text(struct buf *out, const char *text, size_t at, size_t end, size_t max)
{
	if (end - at > max) {
		end = at + max;
		while (is_inner(text, end))
			end--;
	}
	buf_char(out, '"');
	buf_json(out, text + at, end - at);
	buf_char(out, '"');
}

/* Some characters back from ${at}, but not into a word. */
static size_t
side_before(const char *text, size_t at)
{
	size_t from = at;

	for (int i = 0; i < SIDE && from > 0; i++)
		do
			from--;
		while (from > 0 && is_inner(text, from));
	if (from == 0)
		return 0;
	for (size_t i = from; i < at; i++)
		if (text[i] == ' ' || text[i] == '\n')
			return i + 1;
	return at;
}

static size_t
side_after(const char *text, size_t len, size_t end)
{
	size_t to = end;

	for (int i = 0; i < SIDE && to < len; i++)
		do
			to++;
		while (to < len && is_inner(text, to));
	if (to == len)
		return len;
	for (size_t i = to; i > end; i--)
		if (text[i] == ' ' || text[i] == '\n')
			return i;
	return end;
}

static void
add_context(struct buf *out, const struct units *u, size_t at, size_t end)
{
	if (end - at > WORDING_CONTEXT) {
		end = at + WORDING_CONTEXT;
		while (is_inner(u->text, end))
			end--;
	}
	size_t from = side_before(u->text, at);
	size_t to = side_after(u->text, u->len, end);

	buf_lit(out, "\"context\":{\"text\":\"");
	buf_json(out, u->text + from, to - from);
	buf_lit(out, "\",\"offset\":");
	buf_int(out, (int64_t)utf16_length(u->text + from, at - from));
	buf_lit(out, ",\"length\":");
	buf_int(out, (int64_t)utf16_length(u->text + at, end - at));
	buf_char(out, '}');
}

/* --- what both say ------------------------------------------------------- */

static void
add_frag(struct buf *out, struct frag text)
{
	buf_add(out, text.ptr, text.len);
}

/* "Blame: hindsight" */
static void
add_short(struct buf *out, const struct wording_rule *rule)
{
	buf_lit(out, "\"shortMessage\":\"");
	add_frag(out, rule->name);
	buf_lit(out, ": ");
	for (uint32_t i = 0; i < rule->sub.len; i++)
		buf_char(out, rule->sub.ptr[i] == '_' ? ' ' : rule->sub.ptr[i]);
	buf_lit(out, "\",");
}

/* "rule":{..., without its end */
static void
add_rule(struct buf *out, const struct wording_rule *rule)
{
	buf_lit(out, "\"rule\":{\"id\":\"");
	add_frag(out, rule->id);
	buf_lit(out, "\",\"description\":\"");
	add_frag(out, rule->about);
	buf_lit(out, "\",\"issueType\":\"style\",\"category\":{\"id\":\"");
	add_frag(out, rule->cls);
	buf_lit(out, "\",\"name\":\"");
	add_frag(out, rule->name);
	buf_lit(out, "\"}");
}

static void
add_sentence(struct buf *out, const struct draft *d, const struct finding *f)
{
	buf_lit(out, "\"sentence\":");
	add_text(out, d->text, f->sentence_at, f->sentence_end,
		 WORDING_SENTENCE);
}

/* --- /v1/check ----------------------------------------------------------- */

/* What to ask for, so that the better wording is whole. */
static void
add_asks(struct buf *out, const struct library *lib,
	 const struct wording_rule *rule, const struct values *values)
{
	static const char rest[] = ",\"unlocks\":";
	bool any = false;

	buf_lit(out, "\"ask\":[");
	for (uint32_t i = 0; i < rule->needs.len; i++) {
		unsigned char ph = (unsigned char)rule->needs.ptr[i];
		struct frag ask = lib->placeholders[ph].ask;

		if (values != NULL && values_have(values, ph))
			continue;
		if (any)
			buf_char(out, ',');
		any = true;
		buf_add(out, ask.ptr, ask.len - (sizeof(rest) - 1));
		buf_char(out, '}');
	}
	buf_char(out, ']');
}

/* "replacements":[..],"hint":.., */
static void
add_better(struct buf *out, const struct findings *all, const struct units *u,
	   const struct finding *f)
{
	const struct library *lib = all->lib;
	const struct values *values = all->draft->values;
	const struct wording_rule *rule = &lib->wording->rules[f->rule];
	struct buf text = { 0 };

	if (rule->better.len == 0) {
		buf_lit(out, "\"replacements\":[],\"hint\":null,");
		return;
	}
	bool whole = wording_better(&text, lib, rule, values, FILL_JSON);

	out->failed |= text.failed;
	if (whole)
		buf_lit(out, "\"replacements\":[{\"value\":\"");
	else
		buf_lit(out, "\"replacements\":[],\"hint\":{\"text\":\"");
	buf_add(out, text.ptr, text.len);
	buf_lit(out, "\",");
	if (whole) {
		add_span(out, u, f->sentence_at, f->sentence_end);
		buf_lit(out, "}],\"hint\":null,");
	} else {
		add_asks(out, lib, rule, values);
		buf_lit(out, "},");
	}
	buf_free(&text);
}

static void
add_finding(struct buf *out, const struct findings *all, const struct units *u,
	    const struct finding *f)
{
	const struct wording_rule *rule = &all->lib->wording->rules[f->rule];

	buf_lit(out, "{\"message\":\"");
	add_frag(out, rule->why);
	buf_lit(out, "\",");
	add_short(out, rule);
	add_span(out, u, f->at, f->end);
	buf_char(out, ',');
	add_better(out, all, u, f);
	add_context(out, u, f->at, f->end);
	buf_char(out, ',');
	add_sentence(out, all->draft, f);
	buf_lit(out, ",\"severity\":\"");
	buf_str(out, severity_code((enum severity)rule->severity));
	buf_lit(out, "\",");
	add_rule(out, rule);
	buf_lit(out, ",\"sub\":\"");
	add_frag(out, rule->sub);
	buf_lit(out, "\"},\"claims\":");
	add_frag(out, rule->claims);
	buf_char(out, '}');
}

static void
add_warnings(struct buf *out, bool more)
{
	buf_lit(out, "\"warnings\":{\"incompleteResults\":");
	if (more)
		buf_lit(out, "true}");
	else
		buf_lit(out, "false}");
}

void
wording_json(struct buf *out, const struct findings *f, int locale)
{
	struct units u;

	units_begin(&u, f->draft->text, f->draft->len);
	buf_lit(out, "{\"release\":");
	buf_int(out, f->lib->release);
	buf_lit(out, ",\"language\":{\"code\":\"");
	buf_str(out, f->lib->locales[locale]);
	buf_lit(out, "\"},\"matches\":[");
	for (size_t i = 0; i < f->n; i++) {
		if (i > 0)
			buf_char(out, ',');
		add_finding(out, f, &u, &f->found[i]);
	}
	buf_lit(out, "],");
	add_warnings(out, f->more);
	buf_lit(out, "}\n");
}

/* --- LanguageTool's ------------------------------------------------------ */

/* The part that byte ${at} of the draft is in; NULL: there is no markup. */
static const struct wording_part *
part_of(const struct wording_tool *tool, size_t at)
{
	size_t low = 0, high = tool->parts != NULL ? tool->nparts : 0;

	while (high - low > 1) {
		size_t mid = low + (high - low) / 2;

		if (tool->parts[mid].at <= at)
			low = mid;
		else
			high = mid;
	}
	return high == 0 ? NULL : &tool->parts[low];
}

/* Where the words [at, end) of the draft stand in the text with markup. */
static void
to_shown(const struct wording_tool *tool, size_t *at, size_t *end)
{
	bool empty = *at == *end;
	const struct wording_part *first = part_of(tool, *at);
	const struct wording_part *last =
		part_of(tool, empty ? *end : *end - 1);

	if (first == NULL || last == NULL)
		return;
	*at = first->shown_at + (first->markup ? 0 : *at - first->at);
	*end = last->markup ? last->shown_at + last->shown_len
			    : last->shown_at + (*end - last->at);
	if (empty)
		*end = *at;
}

/* Are the words all of their sentence, but for its end? */
static bool
is_sentence(const struct draft *d, const struct finding *f)
{
	if (f->at != f->sentence_at)
		return false;
	for (uint32_t i = f->end; i < f->sentence_end; i++)
		if (d->text[i] != '.' && d->text[i] != '!' && d->text[i] != '?')
			return false;
	return true;
}

/* "message":..,"replacements":[..], */
static void
add_message(struct buf *out, const struct findings *all,
	    const struct finding *f, bool sentence)
{
	const struct wording_rule *rule = &all->lib->wording->rules[f->rule];
	struct buf text = { 0 };
	bool whole = rule->better.len > 0 &&
		     wording_better(&text, all->lib, rule, all->draft->values,
				    FILL_JSON);

	out->failed |= text.failed;
	buf_lit(out, "\"message\":\"");
	add_frag(out, rule->why);
	if (rule->better.len > 0 && !(whole && sentence)) {
		buf_lit(out, " Better: \\\"");
		buf_add(out, text.ptr, text.len);
		buf_lit(out, "\\\"");
	}
	buf_lit(out, "\",");
	add_short(out, rule);
	buf_lit(out, "\"replacements\":[");
	if (whole && sentence) {
		buf_lit(out, "{\"value\":\"");
		buf_add(out, text.ptr, text.len);
		buf_lit(out, "\"}");
	}
	buf_lit(out, "],");
	buf_free(&text);
}

static void
add_match(struct buf *out, const struct findings *all,
	  const struct wording_tool *tool, const struct units *u,
	  const struct finding *f)
{
	bool sentence = is_sentence(all->draft, f);
	size_t at = f->at, end = sentence ? f->sentence_end : f->end;

	to_shown(tool, &at, &end);
	buf_char(out, '{');
	add_message(out, all, f, sentence);
	add_span(out, u, at, end);
	buf_char(out, ',');
	add_context(out, u, at, end);
	buf_char(out, ',');
	add_sentence(out, all->draft, f);
	buf_lit(out, ",\"type\":{\"typeName\":\"Other\"},");
	add_rule(out, &all->lib->wording->rules[f->rule]);
	buf_lit(out, "},\"ignoreForIncompleteSentence\":false,"
		     "\"contextForSureMatch\":0}");
}

static void
add_language(struct buf *out, const struct wording_tool *tool)
{
	buf_lit(out, "\"name\":\"");
	buf_str(out, tool->name);
	buf_lit(out, "\",\"code\":\"");
	buf_str(out, tool->code);
	buf_char(out, '"');
}

void
wording_json_tool(struct buf *out, const struct findings *f,
		  const struct wording_tool *tool)
{
	struct units u;

	if (tool->parts != NULL)
		units_begin(&u, tool->shown, tool->shown_len);
	else
		units_begin(&u, f->draft->text, f->draft->len);
	buf_lit(out, "{\"software\":{\"name\":\"Evenkeel\",\"version\":\"");
	buf_str(out, tool->version);
	buf_lit(out, "\",\"buildDate\":\"\",\"apiVersion\":1,\"premium\":false,"
		     "\"premiumHint\":\"\",\"status\":\"\"},");
	add_warnings(out, f->more);
	buf_lit(out, ",\"language\":{");
	add_language(out, tool);
	buf_lit(out, ",\"detectedLanguage\":{");
	add_language(out, tool);
	if (tool->guessed)
		buf_lit(out, ",\"confidence\":0.5}},\"matches\":[");
	else
		buf_lit(out, ",\"confidence\":1}},\"matches\":[");
	for (size_t i = 0; i < f->n; i++) {
		if (i > 0)
			buf_char(out, ',');
		add_match(out, f, tool, &u, &f->found[i]);
	}
	buf_lit(out, "]}\n");
}
