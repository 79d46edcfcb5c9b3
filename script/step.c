/*
 * step.c - the answer: one step.
 */
#include "script/step.h"
#include "script/usable.h"

/* Does ${stage} come after a contact has ended? */
static bool
is_after(const struct library *lib, const struct stage *stage)
{
	for (size_t i = 0; i < lib->nstages; i++)
		if (lib->stages[i].kind == KIND_TERMINAL &&
		    lib->stages[i].ord < stage->ord)
			return true;
	return false;
}

/* Was this conversation hard on the agent, and is it the time to say so? */
static enum strain
strain_of(const struct situation *sit, const struct state *s, int peak)
{
	const struct library *lib = sit->lib;
	const struct stage *at = &lib->stages[s->stage];

	if (sit->speaker == SPEAKER_BOT)
		return STRAIN_NONE;
	if (at->kind == KIND_INTERNAL) {
		/* Before the conversation there is nothing to recover from. */
		if (!is_after(lib, at))
			return STRAIN_NONE;
	} else if (at->kind != KIND_TERMINAL) {
		return STRAIN_NONE;
	}
	if (s->counts[COUNT_WARNINGS] > 0)
		return STRAIN_ABUSE;
	if (s->counts[COUNT_REESCALATIONS] >= lib->breather_reescalations)
		return STRAIN_LOOPS;
	if (sit->intensity >= lib->breather_intensity ||
	    peak >= lib->breather_intensity)
		return STRAIN_INTENSITY;
	return STRAIN_NONE;
}

/* What the agent may do for themselves: the lines of the stage "recover". */
static void
add_ideas(struct step *step, uint32_t facts)
{
	struct choices lines;

	step->nideas = 0;
	if (step->strain == STRAIN_NONE)
		return;
	int recover = library_stage(step->sit->lib, "recover", 7);
	if (recover < 0)
		return;
	struct choose_query q = { .stage = recover,
				  .signal = -1,
				  .facts = facts,
				  .values = step->values,
				  .phrases = 1 };
	choose(step->sit, step->state, &q, &lines);
	for (size_t i = 0; i < lines.nself; i++)
		if (lines.self[i].phrase->voice == VOICE_AGENT_SELF)
			step->ideas[step->nideas++] = lines.self[i];
}

/*
 * Nothing has happened yet, so there is nothing to move on from; but a first
 * message that is a threat, or a goodbye, is answered as one.
 */
static bool
ends_at_once(const struct situation *sit, const struct state *s, int signal)
{
	int to = signal < 0 ? STAGE_NONE
			    : walk_look(sit, s, walk_facts(sit, s), signal);

	return to != STAGE_NONE && sit->lib->stages[to].kind == KIND_TERMINAL;
}

static void
make_move(struct step_query *q, struct step *step)
{
	struct state *s = &q->state;

	step->begins = false;
	if (q->stage != STAGE_NONE) {
		s->stage = q->stage;
	} else if (s->stage == STAGE_NONE) {
		s->stage = walk_entry(&q->sit);
		step->begins = q->wish.to == STAGE_NONE &&
			       !ends_at_once(&q->sit, s, q->signal);
	}
	if (q->stay || step->begins) {
		step->move = (struct move){ .from = STAGE_NONE,
					    .signal = -1,
					    .to = s->stage,
					    .moved = step->begins && !q->stay,
					    .held = STAGE_NONE };
		return;
	}
	step->move = walk_move(
		&q->sit, s, q->signal < 0 ? q->sit.lib->signal_next : q->signal,
		q->wish);
}

/* Where each signal would lead. */
static void
look_ahead(struct step *step, uint32_t facts)
{
	step->usual = walk_usual(step->sit, step->state, facts);
	if (step->usual != NULL) {
		step->next = step->usual->to;
		return;
	}
	walk_next(step->sit, step->state, facts, step->next_room);
	step->next = step->next_room;
}

void
step_make(struct step_query *q, struct step *step)
{
	const struct library *lib = q->sit.lib;
	const struct channel *channel = &lib->channels[q->sit.channel];
	struct state *s = &q->state;

	step->sit = &q->sit;
	step->values = q->raw ? NULL : &q->values;
	step->raw = q->raw;
	step->state = s;
	make_move(q, step);

	uint32_t facts = walk_facts(&q->sit, s);
	struct choose_query cq = { .stage = s->stage,
				   .signal = step->move.signal,
				   .facts = facts,
				   .values = step->values,
				   .phrases = q->phrases };
	choose(&q->sit, s, &cq, &step->lines);
	s->offered = (struct frag){ NULL, 0 };
	if (step->lines.nsay > 0) {
		const struct phrase *first = step->lines.say[0].phrase;
		s->offered = (struct frag){ first->id, first->id_len };
	}

	look_ahead(step, facts);
	step->strain = strain_of(&q->sit, s, q->peak);
	add_ideas(step, facts);
	step->silence_after =
		stage_faces_customer(lib, s->stage, q->sit.channel) &&
				lib->stages[s->stage].kind != KIND_TERMINAL
			? channel->silence_seconds
			: 0;
}
