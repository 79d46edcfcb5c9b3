#include "script/reading_parts.h"

/*
 * An insult is abusive when it has somebody to be for.  How sure that is, by
 * the weight of the word (3 is said of people only, 2 of things as well, 1 is
 * mild) and by who is nearest before it, or right behind it.
 */
enum target {
	NOBODY,
	SELF,
	SOMEBODY,
	THIRD,
	YOU,
	TARGETS
};

static const uint16_t scores[4][TARGETS] = {
	[1] = { 0, 0, 300, 420, 500 },
	[2] = { 0, 0, 450, 600, 800 },
	[3] = { 520, 150, 660, 720, 900 },
};

/* How far a target is from its insult, in tokens. */
#define BEFORE 6
#define BEHIND 3

static enum target
target_of(unsigned role, unsigned weight, uint32_t distance)
{
	if (role & ROLE_SECOND)
		return YOU;
	/* "your an idiot", but not "your website is useless" */
	if ((role & ROLE_YOURS) && weight == 3 && distance <= 3)
		return YOU;
	if (role & ROLE_THIRD)
		return THIRD;
	if (role & ROLE_PERSON)
		return SOMEBODY;
	if (role & ROLE_FIRST)
		return SELF;
	return NOBODY;
}

static enum target
nearest(const struct hearing *h, uint32_t first, unsigned weight, bool * not )
{
	enum target found = NOBODY;

	*not = false;
	for (uint32_t i = 1; i <= BEFORE && i <= first; i++) {
		unsigned role = role_at(h, first - i);

		if (role & ROLE_ENDS)
			break;
		if ((role & ROLE_NEGATION) && i <= 4)
			*not = true;
		if (found == NOBODY)
			found = target_of(role, weight, i);
	}
	return found;
}

static void
give(struct hearing *h, const struct found *f)
{
	if (f->score > 0 && h->r->abusive >= 0)
		signal_found(h, h->r->abusive, f);
}

void
abuse_hit(struct hearing *h, const struct cue *cue, const struct match *m)
{
	struct found f = { .first = m->first,
			   .last = m->last,
			   .span = { m->at, m->end },
			   .list = cue->list };
	bool not ;
	enum target target = nearest(h, m->first, cue->weight, &not );

	if (h->insult_open)
		give(h, &h->insult);
	h->insult_open = false;
	if (not )
		target = target == NOBODY ? NOBODY : SELF;
	f.score = scores[cue->weight][target];
	if (not &&target == NOBODY)
		f.score = 0;
	if (target <= SOMEBODY && !not ) {
		h->insult = f;
		h->insult_weight = cue->weight;
		h->insult_open = true;
		return;
	}
	give(h, &f);
}

void
abuse_token(struct hearing *h)
{
	unsigned role = role_at(h, h->now);
	enum target target;
	uint16_t score;

	if (!h->insult_open || h->now <= h->insult.last)
		return;
	target = target_of(role & ~(unsigned)ROLE_YOURS, h->insult_weight,
			   h->now - h->insult.last);
	if (target == SELF)
		target = NOBODY;
	if (target == YOU && h->now - h->insult.last > 1)
		target = NOBODY; /* "useless. can you" */
	score = scores[h->insult_weight][target];
	if (target != NOBODY && score > h->insult.score)
		h->insult.score = score;
	if ((role & ROLE_ENDS) || h->now - h->insult.last >= BEHIND)
		abuse_done(h);
}

void
abuse_done(struct hearing *h)
{
	if (h->insult_open)
		give(h, &h->insult);
	h->insult_open = false;
}
