/*
 * export.c - a release, a piece at a time, as another system reads it.
 */
#include <string.h>

#include "script/export.h"

/* Where an export is. */
enum part {
	PART_HEAD,
	PART_LINES, /* of Rasa: those of a cell that vary one answer */
	PART_OWN,   /* of Rasa: its others, each an answer of its own */
	PART_TAIL,
	PART_DONE,
};

#define PIECE 4096 /* bytes: with them a piece is enough */

static bool
passes(const struct exporter *e, const struct phrase *p)
{
	const struct export_filter *f = &e->filter;

	return (f->category < 0 || p->category == f->category) &&
	       (f->stage < 0 || p->stage == f->stage) &&
	       (f->locale < 0 || p->locale == f->locale) &&
	       (f->speaker < 0 ||
		(p->fits >> (FITS_TOLD + f->speaker) & 1) != 0);
}

/* --- what is said of a line ------------------------------------------------
 */

/* The name of a category, JSON-escaped: the end of its head. */
static struct frag
category_name(const struct library *lib, const struct phrase *p)
{
	static const char before[] = "\",\"name\":\"";
	const struct category *c = &lib->categories[p->category];
	size_t skip =
		strlen("{\"code\":\"") + strlen(c->code) + sizeof(before) - 1;

	return (struct frag){ c->head.ptr + skip,
			      c->head.len - (uint32_t)skip - 2 };
}

/* ${text}, which is JSON-escaped, for the inside of a CSV field or a page. */
static void
add_plain(struct buf *out, struct frag text, bool csv)
{
	for (uint32_t i = 0; i < text.len; i++) {
		if (text.ptr[i] == '\\' && i + 1 < text.len)
			i++;
		if (csv ? text.ptr[i] == '"'
			: strchr("\\`*_[]<>#|~&", text.ptr[i]) != NULL)
			buf_char(out, csv ? '"' : '\\');
		buf_char(out, text.ptr[i]);
	}
}

/* Who may say it, if not everybody; nothing here needs an escape. */
static const char *
said_by(const struct phrase *p)
{
	switch ((enum voice)p->voice) {
	case VOICE_HUMAN:
		return "for a person";
	case VOICE_BOT:
		return "for a bot";
	case VOICE_AGENT_SELF:
		return "for yourself";
	case VOICE_ORGANIZATION:
		return "within the house";
	case VOICE_ANY:
	case N_VOICES:
		break;
	}
	return NULL;
}

/* "warm, for a bot, only if it is true, grants refund" */
static void
add_terms(struct buf *out, const struct library *lib, const struct phrase *p)
{
	const char *who = said_by(p);

	buf_str(out, tone_code(p->tone));
	if (who != NULL) {
		buf_lit(out, ", ");
		buf_str(out, who);
	}
	if (p->true_only)
		buf_lit(out, ", only if it is true");
	for (size_t i = 0; i < lib->noffers; i++)
		if ((p->offers >> i & 1) != 0) {
			buf_lit(out, ", grants ");
			buf_str(out, lib->offers[i]);
		}
}

/* "delivery.late/validate/1, release 7, warm" */
static void
add_note(struct buf *out, const struct library *lib, const struct phrase *p)
{
	buf_add(out, p->id, p->id_len);
	buf_lit(out, ", release ");
	buf_int(out, lib->release);
	buf_lit(out, ", ");
	add_terms(out, lib, p);
}

/* "delivery.late.validate.1": only a category has dots, so it is one line's. */
static void
add_slug(struct buf *out, const struct phrase *p)
{
	for (uint16_t i = 0; i < p->id_len; i++)
		buf_char(out, p->id[i] == '/' ? '.' : p->id[i]);
}

static bool
told(const struct phrase *p)
{
	return p->voice <= VOICE_BOT;
}

/* --- Chatwoot --------------------------------------------------------------
 */

/* What GET /canned_responses gives and POST takes, less what the other side
   makes itself. */
static void
chatwoot_line(struct exporter *e, struct buf *out, const struct phrase *p)
{
	buf_str(out, e->last != NULL ? ",\n" : "\n");
	buf_lit(out, "{\"short_code\":\"");
	add_slug(out, p);
	buf_lit(out, "\",\"content\":\"");
	export_text(out, e->lib, p, EXPORT_CHATWOOT, ESCAPE_JSON);
	buf_lit(out, "\"}");
}

/* --- Zendesk ---------------------------------------------------------------
 */

/* "::" in a title makes the tree of macros.  What is not for the customer
   becomes an internal note. */
static void
zendesk_line(struct exporter *e, struct buf *out, const struct phrase *p)
{
	struct frag category = category_name(e->lib, p);
	struct frag stage = e->lib->stages[p->stage].name;

	buf_str(out, e->last != NULL ? ",\n" : "\n");
	buf_lit(out, "{\"title\":\"");
	buf_add(out, category.ptr, category.len);
	buf_lit(out, "::");
	buf_add(out, stage.ptr, stage.len);
	buf_lit(out, "::");
	buf_add(out, p->id, p->id_len);
	buf_lit(out, "\",\"description\":\"");
	add_note(out, e->lib, p);
	buf_lit(out, "\",\"active\":true,\"actions\":[");
	if (!told(p))
		buf_lit(out, "{\"field\":\"comment_mode_is_public\","
			     "\"value\":\"false\"},");
	buf_lit(out, "{\"field\":\"comment_value\",\"value\":\"");
	export_text(out, e->lib, p, EXPORT_ZENDESK, ESCAPE_JSON);
	buf_lit(out, "\"}]}");
}

/* --- Zammad ----------------------------------------------------------------
 */

/* Without an id Zammad makes a new one; the name tells them apart. */
static void
zammad_line(struct exporter *e, struct buf *out, const struct phrase *p)
{
	const char *stage = e->lib->stages[p->stage].code;

	buf_lit(out, ",\"");
	add_plain(out, category_name(e->lib, p), true);
	buf_lit(out, " - ");
	add_plain(out, e->lib->stages[p->stage].name, true);
	buf_lit(out, " - ");
	buf_add(out, p->id, p->id_len);
	buf_lit(out, "\",\"");
	add_slug(out, p);
	buf_char(out, ' ');
	buf_str(out, stage);
	buf_lit(out, "\",\"");
	export_text(out, e->lib, p, EXPORT_ZAMMAD, ESCAPE_CSV);
	buf_lit(out, "\",\"");
	add_note(out, e->lib, p);
	buf_lit(out, "\",true\r\n");
}

/* --- Rasa ------------------------------------------------------------------
 */

/*
 * Rasa says any variation of an answer, whatever has happened.  So only a line
 * that a bot may say at any time and that needs no slot is one; any other has
 * an answer of its own, for a story to name.
 */
static bool
varies(const struct phrase *p)
{
	return p->nneeds == 0 && p->offers == 0 && p->when == 0 &&
	       !p->true_only && p->fault == FAULT_ANY && p->lo == 0 &&
	       p->hi == INTENSITY_MAX && p->locale == 0 &&
	       (p->voice == VOICE_ANY || p->voice == VOICE_BOT);
}

static void
rasa_line(struct exporter *e, struct buf *out, const struct phrase *p)
{
	if (!e->any)
		buf_char(out, '\n');
	if (!varies(p)) {
		buf_lit(out, "  \"utter_");
		add_slug(out, p);
		buf_lit(out, "\":\n");
	} else if (e->last == NULL) {
		buf_lit(out, "  \"utter_");
		buf_str(out, e->lib->categories[p->category].code);
		buf_char(out, '.');
		buf_str(out, e->lib->stages[p->stage].code);
		buf_lit(out, "\":\n");
	}
	buf_lit(out, "  - text: \"");
	export_text(out, e->lib, p, EXPORT_RASA, ESCAPE_JSON);
	buf_lit(out, "\"\n    metadata: {\"id\": \"");
	buf_add(out, p->id, p->id_len);
	buf_lit(out, "\", \"terms\": \"");
	add_terms(out, e->lib, p);
	buf_lit(out, "\"}\n");
}

static void
rasa_head(const struct exporter *e, struct buf *out)
{
	buf_lit(out, "version: \"3.1\"\nslots:");
	if (e->lib->nplaceholders == 0)
		buf_lit(out, " {}");
	for (size_t i = 0; i < e->lib->nplaceholders; i++) {
		buf_lit(out, "\n  \"");
		buf_str(out, e->lib->placeholders[i].name);
		buf_lit(out, "\":\n    type: text\n"
			     "    influence_conversation: false\n"
			     "    mappings:\n    - type: custom");
	}
	buf_lit(out, "\nresponses:");
}

/* --- Markdown --------------------------------------------------------------
 */

static void
markdown_line(struct exporter *e, struct buf *out, const struct phrase *p)
{
	const struct library *lib = e->lib;
	const struct stage *stage = &lib->stages[p->stage];

	if (e->last == NULL || e->last->category != p->category) {
		buf_lit(out, "\n## ");
		add_plain(out, category_name(lib, p), false);
		buf_char(out, '\n');
	}
	if (e->last == NULL || e->last->category != p->category ||
	    e->last->stage != p->stage) {
		buf_lit(out, "\n### ");
		add_plain(out, stage->name, false);
		buf_lit(out, "\n\n");
		add_plain(out, stage->goal, false);
		buf_lit(out, "\n\n");
	}
	buf_lit(out, "- ");
	export_text(out, lib, p, EXPORT_MARKDOWN, ESCAPE_MARKDOWN);
	if (said_by(p) != NULL || p->true_only || p->offers != 0) {
		buf_lit(out, " (");
		add_terms(out, lib, p);
		buf_char(out, ')');
	}
	buf_char(out, '\n');
}

/* --- all of them -----------------------------------------------------------
 */

static const struct {
	const char *code, *type, *head, *tail;
	void (*begin)(const struct exporter *e, struct buf *out);
	void (*line)(struct exporter *e, struct buf *out,
		     const struct phrase *p);
} formats[N_EXPORT_FORMATS] = {
	[EXPORT_CHATWOOT] = { "chatwoot", "application/json",
			      "{\"canned_responses\":[", "\n]}\n", NULL,
			      chatwoot_line },
	[EXPORT_ZENDESK] = { "zendesk", "application/json", "{\"macros\":[",
			     "\n]}\n", NULL, zendesk_line },
	[EXPORT_ZAMMAD] = { "zammad", "text/csv; charset=utf-8; header=present",
			    "id,name,keywords,content,note,active\r\n", "",
			    NULL, zammad_line },
	[EXPORT_RASA] = { "rasa", "application/yaml", "", "", rasa_head,
			  rasa_line },
	[EXPORT_MARKDOWN] = { "markdown", "text/markdown; charset=utf-8",
			      "# What to say to an upset customer\n\n"
			      "Words in italics are examples: put what is true "
			      "in their place.\n",
			      "", NULL, markdown_line },
};

const char *
export_code(enum export_format format)
{
	return formats[format].code;
}

int
export_find(const char *code, size_t len)
{
	for (int i = 0; i < N_EXPORT_FORMATS; i++)
		if (strlen(formats[i].code) == len &&
		    memcmp(formats[i].code, code, len) == 0)
			return i;
	return -1;
}

const char *
export_type(enum export_format format)
{
	return formats[format].type;
}

void
export_begin(struct exporter *e, const struct library *lib,
	     enum export_format format, const struct export_filter *filter)
{
	*e = (struct exporter){ .lib = lib,
				.format = format,
				.filter = *filter,
				.part = PART_HEAD };
}

static bool
same_cell(const struct phrase *a, const struct phrase *b)
{
	return a->category == b->category && a->stage == b->stage;
}

/* Find the cell that begins at e->at, and begin with what varies in it. */
static void
begin_cell(struct exporter *e)
{
	const struct phrase *all = e->lib->phrases;

	e->cell = e->next = e->at;
	while (e->next < e->lib->nphrases &&
	       same_cell(&all[e->next], &all[e->cell]))
		e->next++;
	e->last = NULL;
	e->part = PART_LINES;
}

/* One line, or none, and on to the next. */
static void
step(struct exporter *e, struct buf *out)
{
	bool cells = e->format == EXPORT_RASA;

	if (cells && e->at == e->next) {
		if (e->part == PART_LINES && e->next > e->cell) {
			e->part = PART_OWN;
			e->at = e->cell;
		} else if (e->at < e->lib->nphrases) {
			begin_cell(e);
		}
	}
	if (e->at == e->lib->nphrases) {
		e->part = PART_TAIL;
		return;
	}
	const struct phrase *p = &e->lib->phrases[e->at++];

	if (!passes(e, p) || (cells && varies(p) != (e->part == PART_LINES)))
		return;
	formats[e->format].line(e, out, p);
	e->last = p;
	e->any = true;
}

bool
export_more(struct exporter *e, struct buf *out)
{
	size_t end = out->len + PIECE;

	if (e->part == PART_DONE)
		return false;
	if (e->part == PART_HEAD) {
		buf_str(out, formats[e->format].head);
		if (formats[e->format].begin != NULL)
			formats[e->format].begin(e, out);
		e->part = PART_LINES;
	}
	while (e->part != PART_TAIL && out->len < end && !out->failed)
		step(e, out);
	if (e->part == PART_TAIL) {
		/* A name without a value would be null. */
		if (e->format == EXPORT_RASA && !e->any)
			buf_lit(out, " {}\n");
		buf_str(out, formats[e->format].tail);
		e->part = PART_DONE;
	}
	return true;
}
