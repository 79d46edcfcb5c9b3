/*
 * render.c - a step as JSON, made of fragments that were ready before.
 *
 * No JSON library here: building the answer with one costs thirty times the
 * instructions of copying (63,000 against 2,100 a request, measured).
 */
#include <string.h>

#include "script/render.h"

static void
add_frag(struct buf *out, struct frag f)
{
	buf_add(out, f.ptr, f.len);
}

static void
add_bool(struct buf *out, bool b)
{
	if (b)
		buf_lit(out, "true");
	else
		buf_lit(out, "false");
}

/* Codes hold nothing that JSON would escape. */
static void
add_code(struct buf *out, const char *code)
{
	buf_char(out, '"');
	buf_str(out, code);
	buf_char(out, '"');
}

static void
add_stage(struct buf *out, const struct library *lib, int stage)
{
	if (stage == STAGE_NONE)
		buf_lit(out, "null");
	else
		add_frag(out, lib->stages[stage].quoted);
}

static void
add_signal(struct buf *out, const struct library *lib, int signal)
{
	if (signal < 0)
		buf_lit(out, "null");
	else
		add_frag(out, lib->signals[signal].quoted);
}

/* The words of a line, as the step wants them. */
static void
add_words(struct buf *out, const struct step *step, const struct phrase *p,
	  enum fill_form form)
{
	const struct situation *sit = step->sit;

	if (step->raw)
		fill_template(out, sit->lib, p, form);
	else
		fill_line(out, sit->lib, p, step->values,
			  sit->lib->channels[sit->channel].is_public, form);
}

/* {"id":..,"text":..}: what is read rather than said. */
static void
add_idea(struct buf *out, const struct step *step, const struct choice *c)
{
	buf_lit(out, "{\"id\":\"");
	buf_add(out, c->phrase->id, c->phrase->id_len);
	buf_lit(out, "\",\"text\":\"");
	add_words(out, step, c->phrase, FILL_JSON);
	buf_lit(out, "\"}");
}

static void
add_say(struct buf *out, const struct step *step)
{
	const struct library *lib = step->sit->lib;

	buf_char(out, '[');
	for (size_t i = 0; i < step->lines.nsay; i++) {
		const struct choice *c = &step->lines.say[i];
		const struct phrase *p = c->phrase;

		if (i > 0)
			buf_char(out, ',');
		buf_lit(out, "{\"id\":\"");
		buf_add(out, p->id, p->id_len);
		buf_lit(out, "\",\"text\":\"");
		add_words(out, step, p, FILL_JSON);
		add_frag(out, lib->leads[p->locale * N_TONES + p->tone]);
		buf_char(out, (char)('0' + c->fallback));
		if (c->repeated)
			buf_lit(out, ",\"repeated\":true");
		else
			buf_lit(out, ",\"repeated\":false");
		add_frag(out, lib->tails[p->tail]);
	}
	buf_char(out, ']');
}

static void
add_self(struct buf *out, const struct step *step)
{
	const struct library *lib = step->sit->lib;
	struct frag questions = lib->categories[step->sit->category].questions;
	bool any = false;

	buf_char(out, '[');
	/* The category's own questions come first where causes are looked for.
	 */
	if (step->lines.nself > 0 && questions.len > 0 &&
	    step->lines.self[0].phrase->voice == VOICE_ORGANIZATION) {
		add_frag(out, questions);
		any = true;
	}
	for (size_t i = 0; i < step->lines.nself; i++) {
		if (any)
			buf_char(out, ',');
		add_idea(out, step, &step->lines.self[i]);
		any = true;
	}
	buf_char(out, ']');
}

static void
add_asks(struct buf *out, const struct step *step)
{
	const struct placeholder *all = step->sit->lib->placeholders;

	buf_char(out, '[');
	for (size_t i = 0; i < step->lines.nask; i++) {
		const struct question *q = &step->lines.ask[i];

		if (i > 0)
			buf_char(out, ',');
		add_frag(out, all[q->placeholder].ask);
		buf_int(out, q->unlocks);
		buf_char(out, '}');
	}
	buf_char(out, ']');
}

static void
add_effects(struct buf *out, uint32_t asks)
{
	bool any = false;

	buf_char(out, '[');
	for (int i = 0; asks != 0; i++, asks >>= 1) {
		if ((asks & 1) == 0)
			continue;
		if (any)
			buf_char(out, ',');
		add_code(out, ask_code(i));
		any = true;
	}
	buf_char(out, ']');
}

void
render_next(struct buf *out, const struct library *lib, const uint8_t *next)
{
	const struct frag *ways = lib->ways;
	uint32_t comma = 1; /* each begins with one: the first goes without */

	buf_char(out, '[');
	for (size_t i = 0; i < lib->nsignals; i++, ways += lib->nstages) {
		if (next[i] == STAGE_NONE)
			continue;
		struct frag way = ways[next[i]];

		buf_add(out, way.ptr + comma, way.len - comma);
		comma = 0;
	}
	buf_char(out, ']');
}

static void
add_breather(struct buf *out, const struct step *step)
{
	const struct library *lib = step->sit->lib;

	if (step->strain == STRAIN_NONE) {
		buf_lit(out, "null");
		return;
	}
	buf_lit(out, "{\"why\":\"");
	add_frag(out, lib->breather_why[step->strain]);
	buf_lit(out, "\",\"minutes\":");
	buf_int(out, lib->breather_minutes);
	buf_lit(out, ",\"ideas\":[");
	for (size_t i = 0; i < step->nideas; i++) {
		if (i > 0)
			buf_char(out, ',');
		add_idea(out, step, &step->ideas[i]);
	}
	buf_lit(out, "]}");
}

static void
add_counts(struct buf *out, const struct state *s)
{
	int any = 0;

	for (int c = 0; c < N_COUNTERS; c++)
		any |= s->counts[c];
	if (any == 0) {
		/* As most conversations stay. */
		buf_lit(out, ",\"warnings\":0,\"reescalations\":0,"
			     "\"rejections\":0,\"silences\":0");
		return;
	}
	for (int c = 0; c < N_COUNTERS; c++) {
		buf_lit(out, ",\"");
		buf_str(out, counter_code(c));
		buf_lit(out, "\":");
		buf_int(out, s->counts[c]);
	}
}

void
render_state(struct buf *out, const struct library *lib, const struct state *s)
{
	bool any = false;

	buf_lit(out, "{\"stage\":");
	add_stage(out, lib, s->stage);
	add_counts(out, s);
	buf_lit(out, ",\"apologized\":");
	add_bool(out, s->apologized);
	buf_lit(out, ",\"flags\":[");
	for (int f = 0; s->flags >> f != 0; f++) {
		if ((s->flags >> f & 1) == 0)
			continue;
		if (any)
			buf_char(out, ',');
		add_code(out, flag_code(f));
		any = true;
	}
	buf_lit(out, "],\"back\":");
	add_stage(out, lib, s->back);
	buf_lit(out, ",\"used\":[");
	for (int i = 0; i < s->nused; i++) {
		if (i > 0)
			buf_char(out, ',');
		buf_char(out, '"');
		add_frag(out, s->used[i]);
		buf_char(out, '"');
	}
	buf_lit(out, "],\"offered\":");
	if (s->offered.len == 0) {
		buf_lit(out, "null}");
		return;
	}
	buf_char(out, '"');
	add_frag(out, s->offered);
	buf_lit(out, "\"}");
}

/* From "from" to "held_back": what the move was. */
static void
add_move(struct buf *out, const struct step *step)
{
	const struct library *lib = step->sit->lib;
	const struct move *m = &step->move;

	buf_lit(out, ",\"from\":");
	add_stage(out, lib, m->from);
	buf_lit(out, ",\"signal\":");
	add_signal(out, lib, m->signal);
	buf_lit(out, ",\"moved\":");
	add_bool(out, m->moved);
	buf_lit(out, ",\"held_back\":");
	if (m->held == STAGE_NONE) {
		buf_lit(out, "null");
		return;
	}
	buf_lit(out, "{\"stage\":");
	add_stage(out, lib, m->held);
	buf_lit(out, ",\"because\":\"");
	add_frag(out, m->because);
	buf_lit(out, "\"}");
}

static struct frag
delivery_of(const struct step *step)
{
	const struct situation *sit = step->sit;

	return sit->lib->channels[sit->channel]
		.delivery[step->state->stage * N_SPEAKERS + (int)sit->speaker];
}

void
render_json(struct buf *out, const struct step *step)
{
	const struct situation *sit = step->sit;
	const struct library *lib = sit->lib;
	const struct stage *stage = &lib->stages[step->state->stage];
	struct frag place =
		lib->protocols[sit->protocol].steps[step->state->stage];

	buf_lit(out, "{\"release\":");
	buf_int(out, lib->release);
	buf_lit(out, ",\"category\":");
	add_frag(out, lib->categories[sit->category].head);
	buf_lit(out, ",\"protocol\":");
	add_frag(out, lib->protocols[sit->protocol].head);
	if (place.len > 0)
		add_frag(out, place);
	else
		buf_lit(out, "null");
	buf_char(out, '}');
	add_move(out, step);
	buf_lit(out, ",\"stage\":");
	add_frag(out, stage->head);
	buf_lit(out, ",\"do\":");
	add_frag(out, stage->dos);
	buf_lit(out, ",\"say\":");
	add_say(out, step);
	buf_lit(out, ",\"avoid\":");
	add_frag(out, stage->avoids);
	buf_lit(out, ",\"delivery\":");
	add_frag(out, delivery_of(step));
	buf_lit(out, ",\"self\":");
	add_self(out, step);
	buf_lit(out, ",\"ask\":");
	add_asks(out, step);
	buf_lit(out, ",\"effects\":");
	add_effects(out, step->move.asks);
	buf_lit(out, ",\"next\":");
	if (step->usual != NULL)
		add_frag(out, step->usual->json);
	else
		render_next(out, lib, step->next);
	buf_lit(out, ",\"breather\":");
	add_breather(out, step);
	buf_lit(out, ",\"silence_after\":");
	if (step->silence_after > 0)
		buf_int(out, step->silence_after);
	else
		buf_lit(out, "null");
	buf_lit(out, ",\"state\":");
	render_state(out, lib, step->state);
	buf_lit(out, "}\n");
}

/* ,"do_2":" - a numbered member whose text follows. */
static void
flat_name(struct buf *out, const char *name, size_t n)
{
	buf_lit(out, ",\"");
	buf_str(out, name);
	buf_char(out, '_');
	buf_int(out, (int64_t)n);
	buf_lit(out, "\":\"");
}

static void
flat_items(struct buf *out, const char *name, const struct item *items,
	   size_t n)
{
	for (size_t i = 0; i < n; i++) {
		flat_name(out, name, i + 1);
		add_frag(out, items[i].text);
		buf_char(out, '"');
	}
}

static void
flat_say(struct buf *out, const struct step *step)
{
	for (size_t i = 0; i < step->lines.nsay; i++) {
		const struct phrase *p = step->lines.say[i].phrase;

		if (i == 0) {
			buf_lit(out, ",\"say_id\":\"");
			buf_add(out, p->id, p->id_len);
			buf_lit(out, "\",\"say\":\"");
		} else {
			flat_name(out, "say", i + 1);
		}
		add_words(out, step, p, FILL_JSON);
		buf_char(out, '"');
	}
}

static void
flat_state(struct buf *out, const struct step *step)
{
	struct buf state;

	buf_init(&state, 512);
	render_state(&state, step->sit->lib, step->state);
	if (state.failed)
		out->failed = true;
	buf_lit(out, ",\"state\":\"");
	buf_json(out, state.ptr, state.failed ? 0 : state.len);
	buf_lit(out, "\"}\n");
	buf_free(&state);
}

void
render_flat(struct buf *out, const struct step *step)
{
	const struct library *lib = step->sit->lib;
	const struct stage *stage = &lib->stages[step->state->stage];

	buf_lit(out, "{\"release\":");
	buf_int(out, lib->release);
	buf_lit(out, ",\"category\":");
	add_code(out, lib->categories[step->sit->category].code);
	buf_lit(out, ",\"stage\":");
	add_frag(out, stage->quoted);
	buf_lit(out, ",\"stage_name\":\"");
	add_frag(out, stage->name);
	buf_lit(out, "\",\"goal\":\"");
	add_frag(out, stage->goal);
	buf_char(out, '"');
	if (step->move.signal >= 0) {
		buf_lit(out, ",\"signal\":");
		add_signal(out, lib, step->move.signal);
	}
	buf_lit(out, ",\"moved\":");
	add_bool(out, step->move.moved);
	flat_say(out, step);
	flat_items(out, "do", stage->do_items, stage->ndo);
	flat_items(out, "avoid", stage->avoid_items, stage->navoid);
	for (size_t i = 0; i < step->lines.nask; i++) {
		flat_name(out, "ask", i + 1);
		buf_str(out,
			lib->placeholders[step->lines.ask[i].placeholder].name);
		buf_char(out, '"');
	}
	for (size_t i = 0; i < lib->nsignals; i++) {
		if (step->next[i] == STAGE_NONE)
			continue;
		buf_lit(out, ",\"next_");
		buf_str(out, lib->signals[i].code);
		buf_lit(out, "\":");
		add_stage(out, lib, step->next[i]);
	}
	flat_state(out, step);
}

void
render_text(struct buf *out, const struct step *step)
{
	if (step->lines.nsay == 0)
		return;
	add_words(out, step, step->lines.say[0].phrase, FILL_PLAIN);
	buf_char(out, '\n');
}
