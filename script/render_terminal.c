/*
 * render_terminal.c - a step for a person at a terminal.
 */
#include <string.h>

#include "script/render.h"

struct page {
	struct buf *out;
	bool colour;
};

static void
style(const struct page *p, const char *code)
{
	if (!p->colour)
		return;
	buf_lit(p->out, "\033[");
	buf_str(p->out, code);
	buf_char(p->out, 'm');
}

/* Undo the JSON escapes of a fragment: it is one line of plain text. */
static void
add_plain(struct buf *out, struct frag text)
{
	for (uint32_t i = 0; i < text.len; i++) {
		if (text.ptr[i] == '\\' && i + 1 < text.len)
			i++;
		buf_char(out, text.ptr[i]);
	}
}

static void
heading(const struct page *p, const char *text)
{
	buf_char(p->out, '\n');
	style(p, "1");
	buf_str(p->out, text);
	style(p, "0");
	buf_char(p->out, '\n');
}

static void
items(const struct page *p, const char *title, const struct item *list,
      size_t n)
{
	if (n == 0)
		return;
	heading(p, title);
	for (size_t i = 0; i < n; i++) {
		buf_lit(p->out, "  - ");
		add_plain(p->out, list[i].text);
		buf_char(p->out, '\n');
	}
}

static void
line(const struct page *p, const struct step *step, const struct phrase *ph)
{
	const struct situation *sit = step->sit;

	if (step->raw)
		fill_template(p->out, sit->lib, ph, FILL_PLAIN);
	else
		fill_line(p->out, sit->lib, ph, step->values,
			  sit->lib->channels[sit->channel].is_public,
			  FILL_PLAIN);
	buf_char(p->out, '\n');
}

static void
lines(const struct page *p, const struct step *step)
{
	if (step->lines.nsay > 0)
		heading(p, "Say");
	for (size_t i = 0; i < step->lines.nsay; i++) {
		const struct choice *c = &step->lines.say[i];

		buf_lit(p->out, "  ");
		style(p, i == 0 ? "1;32" : "32");
		line(p, step, c->phrase);
		style(p, "0");
		style(p, "2");
		buf_lit(p->out, "    ");
		buf_str(p->out, c->phrase->id);
		if (c->phrase->true_only)
			buf_lit(p->out, ", only if it is true");
		if (c->repeated)
			buf_lit(p->out, ", said before");
		style(p, "0");
		buf_char(p->out, '\n');
	}
	if (step->lines.nself > 0)
		heading(p, "For yourself");
	for (size_t i = 0; i < step->lines.nself; i++) {
		buf_lit(p->out, "  - ");
		line(p, step, step->lines.self[i].phrase);
	}
}

static void
ways(const struct page *p, const struct step *step)
{
	const struct library *lib = step->sit->lib;

	heading(p, "Then");
	for (size_t i = 0; i < lib->nsignals; i++) {
		size_t n = strlen(lib->signals[i].code);

		if (step->next[i] == STAGE_NONE)
			continue;
		buf_lit(p->out, "  ");
		buf_str(p->out, lib->signals[i].code);
		for (; n < 16; n++)
			buf_char(p->out, ' ');
		buf_lit(p->out, "-> ");
		buf_str(p->out, lib->stages[step->next[i]].code);
		buf_char(p->out, '\n');
	}
}

void
render_terminal(struct buf *out, const struct step *step, bool colour)
{
	const struct page p = { out, colour };
	const struct library *lib = step->sit->lib;
	const struct stage *stage = &lib->stages[step->state->stage];

	style(&p, "1;36");
	add_plain(out, stage->name);
	style(&p, "0");
	buf_lit(out, "  (");
	buf_str(out, lib->categories[step->sit->category].code);
	buf_lit(out, ", ");
	buf_str(out, stage->code);
	buf_lit(out, ")\n");
	add_plain(out, stage->goal);
	buf_char(out, '\n');
	if (step->move.held != STAGE_NONE) {
		style(&p, "33");
		buf_lit(out, "Not yet ");
		buf_str(out, lib->stages[step->move.held].code);
		buf_lit(out, ": ");
		add_plain(out, step->move.because);
		style(&p, "0");
		buf_char(out, '\n');
	}
	items(&p, "Do", stage->do_items, stage->ndo);
	lines(&p, step);
	items(&p, "Avoid", stage->avoid_items, stage->navoid);
	ways(&p, step);
}
