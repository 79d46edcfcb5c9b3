#include "script/reading_parts.h"

/* Points, per mille of one. */
#define POINT 1000

#define MILD_WORDS 40 /* of a message in which mild words count in full */

/* How far back a negation reaches, in tokens; a stress or a doubt. */
#define NEGATED 4
#define STRESSED 2

/* One of ${roles} within ${reach} tokens before ${first}, same sentence. */
static bool
before(const struct hearing *h, uint32_t first, uint32_t reach, unsigned roles)
{
	for (uint32_t i = 1; i <= reach && i <= first && i < RECENT; i++) {
		unsigned role = role_at(h, first - i);

		if ((role & (ROLE_ENDS | ROLE_MARK)) ||
		    (role_at(h, first - i + 1) & ROLE_COMMA))
			return false;
		if (role & roles)
			return true;
	}
	return false;
}

static unsigned
within(const struct hearing *h, const struct match *m)
{
	unsigned roles = 0;

	for (uint32_t i = m->first; i <= m->last && i - m->first < RECENT; i++)
		roles |= role_at(h, i);
	return roles;
}

static int
points_of(const struct hearing *h, const struct cue *cue, const struct match *m)
{
	int points = cue->weight * POINT;
	unsigned roles = within(h, m);
	bool content = cue->kind == CUE_CONTENT;

	if (cue->kind == CUE_PROFANE)
		points = POINT + cue->weight * POINT / 4;
	if (cue->kind != CUE_PROFANE &&
	    before(h, m->first, STRESSED, ROLE_INTENSIFY | ROLE_PROFANE))
		points = points * 3 / 2;
	if (before(h, m->first, STRESSED, ROLE_DAMPEN))
		points /= 2;
	if (roles & (ROLE_CAPS | ROLE_STRETCH))
		points = points * 5 / 4;
	if (cue->kind != CUE_PROFANE && cue->kind != CUE_SARCASM &&
	    before(h, m->first, NEGATED, ROLE_NEGATION)) {
		if (content) /* "not the best" is not the worst */
			return points < 2 * POINT ? points : 2 * POINT;
		return cue->weight > 1 ? -points / 2 : 0;
	}
	return content ? -points : points;
}

/* Take ${f} into the sums for good or, ${sign} below 0, out of them. */
static void
sum(struct hearing *h, const struct found *f, int sign)
{
	if (f->points > 0)
		*(f->is_mild ? &h->mild_anger : &h->anger) += sign * f->points;
	else
		*(f->is_mild ? &h->mild_content : &h->content) -=
			sign * f->points;
}

/* Keep the strongest, as they are said. */
static void
because(struct hearing *h, const struct found *f)
{
	struct heard *out = h->out;
	size_t i = out->nbecause, weakest = 0;
	int points = f->points < 0 ? -f->points : f->points;

	if (points == 0)
		return;
	if (i == HEARD_BECAUSE) {
		int least = points;

		for (size_t k = 0; k < HEARD_BECAUSE; k++) {
			int p = out->because[k].points;

			p = p < 0 ? -p : p;
			if (p < least) {
				least = p;
				weakest = k + 1;
			}
		}
		if (weakest == 0)
			return;
		for (i = weakest - 1; i + 1 < HEARD_BECAUSE; i++)
			out->because[i] = out->because[i + 1];
		out->nbecause--;
	}
	/* Emoticons are seen a little before the words around them. */
	for (i = out->nbecause++;
	     i > 0 && out->because[i - 1].span.at > f->span.at; i--)
		out->because[i] = out->because[i - 1];
	out->because[i] = (struct heard_because){ f->span, f->points,
						  cue_lists[f->list].name };
}

static void
push(struct hearing *h, const struct found *f)
{
	if (h->nmoods == MOODS) {
		because(h, &h->moods[0]);
		for (size_t i = 1; i < MOODS; i++)
			h->moods[i - 1] = h->moods[i];
		h->nmoods--;
	}
	h->moods[h->nmoods++] = *f;
	sum(h, f, 1);
}

void
mood_add(struct hearing *h, uint8_t list, int points, struct heard_span span)
{
	struct found f = { .first = UINT32_MAX,
			   .last = UINT32_MAX,
			   .span = span,
			   .points = points,
			   .list = list };

	push(h, &f);
}

/* Swearing that stresses praise is part of it. */
static void
forgive(struct hearing *h, const struct match *m)
{
	for (size_t i = h->nmoods; i-- > 0;) {
		struct found *f = &h->moods[i];

		if (f->first == UINT32_MAX ||
		    cue_lists[f->list].kind != CUE_PROFANE)
			continue;
		if (f->last < m->first && m->first - f->last <= STRESSED) {
			sum(h, f, -1);
			f->points = 0;
		}
	}
}

void
mood_hit(struct hearing *h, const struct cue *cue, const struct match *m)
{
	struct found f = { .first = m->first,
			   .last = m->last,
			   .span = { m->at, m->end },
			   .list = cue->list };
	size_t kept = 0;

	for (size_t i = 0; i < h->nmoods; i++)
		if (h->moods[i].first != UINT32_MAX &&
		    h->moods[i].first <= m->first &&
		    h->moods[i].last >= m->first &&
		    h->moods[i].last - h->moods[i].first >= m->last - m->first)
			return; /* a longer one, or as long, stands there */
	for (size_t i = 0; i < h->nmoods; i++) {
		const struct found *o = &h->moods[i];

		if (o->first != UINT32_MAX && o->last >= m->first &&
		    o->last <= m->last)
			sum(h, o, -1);
		else
			h->moods[kept++] = *o;
	}
	h->nmoods = kept;
	f.points = points_of(h, cue, m);
	f.is_mild = cue->weight == 1 && cue->kind != CUE_PROFANE;
	if (cue->kind == CUE_SARCASM)
		h->sarcasm = true;
	if (cue->kind == CUE_CONTENT && f.points < 0)
		forgive(h, m);
	push(h, &f);
}

static int64_t
least(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

/*
 * What mild words come to: "waited", "but" and "paid" are in any long story,
 * so that many of them do not make it an angry one.
 */
static int64_t
mild(const struct hearing *h, int64_t points)
{
	if (h->words > MILD_WORDS)
		points = points * MILD_WORDS / h->words;
	if (points > 2 * POINT)
		points = 2 * POINT + (points - 2 * POINT) / 4;
	return least(points, 4 * POINT);
}

void
mood_done(struct hearing *h)
{
	int64_t a, c, s;
	static const int begins[] = { 150, 380, 500, 650 };

	for (size_t i = 0; i < h->nmoods; i++)
		because(h, &h->moods[i]);
	a = h->anger + mild(h, h->mild_anger);
	c = h->content + mild(h, h->mild_content);
	if (h->sarcasm)
		c /= 5;
	else if (a >= 2 * POINT)
		c = c * 2 / 3;
	a += least(h->doubled, 3) * 400;
	if (h->caps >= 3 && h->caps * 2 > h->words) {
		if (a > c)
			a += POINT + a / 4;
		else
			c += c / 4;
	}
	if (a > 0 && a >= c)
		a += least(h->exclaims, 3) * 300;
	else if (c > 0)
		c += least(h->exclaims, 3) * 300;
	s = a - c;
	if (s == 0 && (a > 0 || h->questions > 0))
		s = 60; /* it is not nothing */
	if (s >= 0)
		h->out->heat = (int)(140 + 860 * s / (s + 4 * POINT));
	else
		h->out->heat = (int)(140 + 140 * s / (-s + POINT));
	h->out->intensity = 0;
	for (size_t i = 0; i < COUNT(begins); i++)
		if (h->out->heat >= begins[i])
			h->out->intensity = (int)i + 1;
}
