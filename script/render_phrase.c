/*
 * render_phrase.c - a phrase as the library lists it.
 */
#include "script/render.h"

/* Codes hold nothing that JSON would escape. */
static void
add_quoted(struct buf *out, const char *code)
{
	buf_char(out, '"');
	buf_str(out, code);
	buf_char(out, '"');
}

static void
add_channels(struct buf *out, const struct library *lib, uint32_t channels)
{
	bool any = false;

	buf_char(out, '[');
	if (channels == UINT32_MAX) {
		buf_lit(out, "\"any\"]");
		return;
	}
	for (size_t i = 0; i < lib->nchannels; i++) {
		if ((channels >> i & 1) == 0)
			continue;
		if (any)
			buf_char(out, ',');
		add_quoted(out, lib->channels[i].code);
		any = true;
	}
	buf_char(out, ']');
}

static void
add_placeholders(struct buf *out, const struct library *lib,
		 const struct phrase *p)
{
	uint64_t seen[LIBRARY_MAX_PLACEHOLDERS / 64] = { 0 };
	bool any = false;

	buf_char(out, '[');
	for (uint16_t i = 0; i < p->text_len; i++) {
		if (p->text[i] == MARK_GROUP) {
			i = (uint16_t)(i + 2);
			continue;
		}
		if (p->text[i] != MARK_VALUE)
			continue;
		unsigned ph = (unsigned char)p->text[++i];
		if ((seen[ph / 64] >> (ph % 64) & 1) != 0)
			continue;
		seen[ph / 64] |= UINT64_C(1) << (ph % 64);
		if (any)
			buf_char(out, ',');
		add_quoted(out, lib->placeholders[ph].name);
		any = true;
	}
	buf_char(out, ']');
}

void
render_phrase(struct buf *out, const struct library *lib,
	      const struct phrase *p)
{
	buf_lit(out, "{\"id\":\"");
	buf_add(out, p->id, p->id_len);
	buf_lit(out, "\",\"category\":");
	add_quoted(out, lib->categories[p->category].code);
	buf_lit(out, ",\"stage\":");
	add_quoted(out, lib->stages[p->stage].code);
	buf_lit(out, ",\"purpose\":\"");
	buf_add(out, lib->purposes[p->purpose].ptr,
		lib->purposes[p->purpose].len);
	buf_lit(out, "\",\"text\":\"");
	fill_template(out, lib, p, FILL_JSON);
	buf_lit(out, "\",\"intensity\":[");
	buf_int(out, p->lo);
	buf_char(out, ',');
	buf_int(out, p->hi);
	buf_lit(out, "],\"fault\":");
	add_quoted(out, p->fault == FAULT_ANY ? "any" : fault_code(p->fault));
	buf_lit(out, ",\"speaker\":");
	add_quoted(out, voice_code(p->voice));
	buf_lit(out, ",\"channels\":");
	add_channels(out, lib, phrase_channels(p));
	buf_lit(out, ",\"tone\":");
	add_quoted(out, tone_code(p->tone));
	buf_lit(out, ",\"locale\":");
	add_quoted(out, lib->locales[p->locale]);
	buf_lit(out, ",\"placeholders\":");
	add_placeholders(out, lib, p);
	buf_add(out, lib->tails[p->tail].ptr, lib->tails[p->tail].len);
}
