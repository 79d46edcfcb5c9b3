#include <string.h>

#include "script/reading_parts.h"

/* A score below is none; for what a person must confirm, too. */
#define LISTED 300
#define LISTED_CONFIRM 400
#define SCORE_MAX 980
#define COUNTS 500 /* a score that is taken for sure */

/* A cue by its weight, and what each further one adds. */
static const uint16_t weights[4] = { 0, 450, 700, 900 };
#define FURTHER 30

#define POINTS_MAX 1000000 /* of a category */
#define SHORT_MORE 2	   /* words of a message that a short cue leaves over */

/* --- signals -------------------------------------------------------------- */

void
signal_found(struct hearing *h, int number, const struct found *f)
{
	struct found_signal *s = &h->signals[number];

	if (s->nhits < KEPT) {
		s->hits[s->nhits++] = *f;
		return;
	}
	/* There is no room: let a stronger one have the last place. */
	if (s->hits[KEPT - 1].score < f->score)
		s->hits[KEPT - 1] = *f;
}

void
signal_hit(struct hearing *h, const struct cue *cue, const struct match *m)
{
	struct found f = { .first = m->first,
			   .last = m->last,
			   .span = { m->at, m->end },
			   .score = weights[cue->weight],
			   .list = cue->list,
			   .is_short = cue->kind == CUE_SHORT };
	struct found_signal *s;

	if (cue->number < 0)
		return;
	if (cue->kind != CUE_VETO) {
		signal_found(h, cue->number, &f);
		return;
	}
	s = &h->signals[cue->number];
	if (s->nvetoes < KEPT)
		s->vetoes[s->nvetoes++] = f;
}

static bool
is_void(const struct hearing *h, const struct found_signal *s,
	const struct found *f)
{
	if (f->is_short && h->words > f->last - f->first + 1 + SHORT_MORE)
		return true;
	for (size_t i = 0; i < s->nvetoes; i++)
		if (s->vetoes[i].first <= f->last &&
		    f->first <= s->vetoes[i].last)
			return true;
	return false;
}

static void
add_span(struct heard_span *spans, uint8_t *n, struct heard_span span)
{
	size_t i;

	for (i = 0; i < *n; i++)
		if (span.at < spans[i].end && spans[i].at < span.end) {
			/* They overlap: one span of both. */
			if (span.at < spans[i].at)
				spans[i].at = span.at;
			if (span.end > spans[i].end)
				spans[i].end = span.end;
			return;
		}
	if (*n == HEARD_SPANS)
		return;
	for (i = (*n)++; i > 0 && spans[i - 1].at > span.at; i--)
		spans[i] = spans[i - 1];
	spans[i] = span;
}

static bool
is_confirmed(const struct hearing *h, int number)
{
	return number == h->r->abusive || number == h->r->threat;
}

/* Put ${item} where its score belongs among the ${n} of at most ${max}. */
static void
insert(struct heard_item *items, size_t *n, size_t max,
       const struct heard_item *item)
{
	size_t i;

	for (i = *n; i > 0 && items[i - 1].score < item->score; i--)
		;
	if (i == max)
		return;
	if (*n < max)
		(*n)++;
	memmove(&items[i + 1], &items[i], (*n - 1 - i) * sizeof(*items));
	items[i] = *item;
}

static void
give(struct hearing *h, struct heard_item *item)
{
	item->confirm = is_confirmed(h, item->number);
	if (item->number < 0 ||
	    item->score < (item->confirm ? LISTED_CONFIRM : LISTED))
		return;
	if (item->score > SCORE_MAX)
		item->score = SCORE_MAX;
	insert(h->out->signals, &h->out->nsignals, HEARD_SIGNALS, item);
}

/* What the hits of one signal come to. */
static struct heard_item
add_up(const struct hearing *h, int number)
{
	const struct found_signal *s = &h->signals[number];
	struct heard_item item = { .number = number };
	uint32_t last = 0;
	bool any = false;

	for (size_t i = 0; i < s->nhits; i++) {
		const struct found *f = &s->hits[i];

		if (is_void(h, s, f))
			continue;
		if (any && f->first > last)
			item.score += FURTHER;
		if (f->score > item.score)
			item.score = f->score;
		if (!any || f->last > last)
			last = f->last;
		any = true;
		add_span(item.spans, &item.nspans, f->span);
	}
	return item;
}

#define FACTS_SURE 900
#define FACTS_ALONE 400

/* Numbers are facts; with words for what they are, more surely so. */
static void
facts(struct hearing *h, struct heard_item *item)
{
	if (h->numbers == 0)
		return;
	item->score = item->score > 0 ? FACTS_SURE : FACTS_ALONE;
	for (size_t i = 0; i < h->numbers && i < HEARD_SPANS; i++)
		add_span(item->spans, &item->nspans, h->number_spans[i]);
}

/* The mood as a signal, with the words that made it. */
static void
mood(struct hearing *h)
{
	const struct heard *out = h->out;
	struct heard_item item = { .number = -1 };
	bool angry = out->intensity >= 2;

	if (angry) {
		item.number = h->r->angrier;
		item.score = out->heat;
	} else if (out->heat < 110) {
		item.number = h->r->calmer;
		item.score = 900 - out->heat * 4;
	}
	for (size_t i = 0; i < out->nbecause; i++)
		if ((out->because[i].points > 0) == angry)
			add_span(item.spans, &item.nspans,
				 out->because[i].span);
	if (item.nspans > 0)
		give(h, &item);
}

/* What some signals say of the mood: points at the highest score. */
static const struct {
	char code[16];
	int points;
} moods[] = {
	{ "abusive", 2500 },	  { "threat", 3500 },	  { "legal", 1200 },
	{ "asks_manager", 1000 }, { "unsatisfied", 500 }, { "leaves", 500 },
};

void
signals_mood(struct hearing *h)
{
	for (size_t i = 0; i < COUNT(moods); i++) {
		int number = library_signal(h->lib, moods[i].code,
					    strlen(moods[i].code));
		struct heard_item item;

		if (number < 0 || h->signals[number].nhits == 0)
			continue;
		item = add_up(h, number);
		if (item.score >= COUNTS)
			mood_add(h, h->signals[number].hits[0].list,
				 moods[i].points * item.score / SCORE_MAX,
				 item.spans[0]);
	}
}

/* What the category ${number} has of its own. */
static int
points_of(const struct hearing *h, int number)
{
	for (size_t i = 0; i < h->ntouched; i++)
		if (h->touched[i].number == number)
			return h->touched[i].points;
	return 0;
}

static void
categories(struct hearing *h)
{
	for (size_t i = 0; i < h->ntouched; i++) {
		struct heard_item item = { .number = h->touched[i].number,
					   .nspans = h->touched[i].nspans };
		int own = h->touched[i].points, points = own;

		/* What points to "payment" speaks for what is below it, too. */
		for (int up = h->lib->categories[item.number].parent; up >= 0;
		     up = h->lib->categories[up].parent)
			points += points_of(h, up) / 2;
		if (points > POINTS_MAX)
			points = POINTS_MAX;
		/* A leaf before its branch. */
		item.score = 1000 * points / (points + 1500) + (points > own);
		memcpy(item.spans, h->touched[i].spans, sizeof(item.spans));
		insert(h->out->categories, &h->out->ncategories,
		       HEARD_CATEGORIES, &item);
	}
}

void
signals_done(struct hearing *h)
{
	for (size_t i = 0; i < h->lib->nsignals; i++) {
		struct heard_item item = add_up(h, (int)i);

		if ((int)i == h->r->facts)
			facts(h, &item);
		give(h, &item);
	}
	mood(h);
	categories(h);
}

void
category_hit(struct hearing *h, const struct cue *cue, const struct match *m)
{
	size_t i;
	int points = 500 + cue->weight * 500;

	for (i = 0; i < h->ntouched; i++)
		if (h->touched[i].number == cue->number)
			break;
	if (i == TOUCHED)
		return;
	if (i == h->ntouched) {
		h->ntouched++;
		h->touched[i].number = cue->number;
		h->touched[i].points = 0;
		h->touched[i].nspans = 0;
	} else if (h->touched[i].last >= m->first) {
		/* The same words again: what the better one is worth. */
		h->touched[i].points -= h->touched[i].newest;
		if (points < h->touched[i].newest)
			points = h->touched[i].newest;
	}
	if (h->touched[i].points < POINTS_MAX)
		h->touched[i].points += points;
	h->touched[i].newest = points;
	h->touched[i].last = m->last;
	add_span(h->touched[i].spans, &h->touched[i].nspans,
		 (struct heard_span){ m->at, m->end });
}

/* --- what drives ---------------------------------------------------------- */

/* clang-format off */
static const char order[][16] = {
	"asks_manager", "asks_human", "legal", "corrects", "rejects",
	"unsatisfied", "new_issue", "only_heard", "satisfied", "accepts",
	"leaves", "confirms", "angrier", "gives_facts", "told", "calmer",
};
/* clang-format on */

const struct heard_item *
reading_drives(const struct library *lib, const struct heard *h)
{
	for (size_t i = 0; i < COUNT(order); i++)
		for (size_t k = 0; k < h->nsignals; k++)
			if (h->signals[k].score >= COUNTS &&
			    !h->signals[k].confirm &&
			    strcmp(lib->signals[h->signals[k].number].code,
				   order[i]) == 0)
				return &h->signals[k];
	for (size_t k = 0; k < h->nsignals; k++)
		if (!h->signals[k].confirm)
			return &h->signals[k];
	return &h->told;
}
