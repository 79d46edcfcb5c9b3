#include "script/reading_json.h"
#include "script/buf.h"
#include "script/library.h"
#include "script/reading.h"
#include "script/tokens.h"

/* UTF-16 offsets at each STEP bytes, so that none is counted from the start. */
#define STEP 1024
#define STEPS 128

struct places {
	const char *text;
	size_t len, known; /* steps counted so far */
	size_t at[STEPS];
};

static void
places_begin(struct places *p, const char *text, size_t len)
{
	p->text = text;
	p->len = len;
	p->known = 0;
	p->at[0] = 0;
}

static size_t
place(struct places *p, size_t at)
{
	size_t step = at / STEP;

	if (step >= STEPS)
		step = STEPS - 1;
	while (p->known < step) {
		p->at[p->known + 1] =
			p->at[p->known] +
			utf16_length(p->text + p->known * STEP, STEP);
		p->known++;
	}
	return p->at[step] +
	       utf16_length(p->text + step * STEP, at - step * STEP);
}

static void
span(struct buf *out, struct places *p, struct heard_span s)
{
	size_t at = place(p, s.at);

	buf_lit(out, "\"offset\":");
	buf_int(out, (int64_t)at);
	buf_lit(out, ",\"length\":");
	buf_int(out, (int64_t)(place(p, s.end) - at));
}

static void
spans(struct buf *out, struct places *p, const struct heard_item *item)
{
	buf_char(out, '[');
	for (size_t i = 0; i < item->nspans; i++) {
		buf_str(out, i > 0 ? ",{" : "{");
		span(out, p, item->spans[i]);
		buf_char(out, '}');
	}
	buf_char(out, ']');
}

void
reading_json_spans(struct buf *out, const char *text, size_t len,
		   const struct heard_item *item)
{
	struct places p;

	places_begin(&p, text, len);
	spans(out, &p, item);
}

void
reading_json_score(struct buf *out, int score)
{
	int digits = 100;

	if (score < 0) {
		buf_char(out, '-');
		score = -score;
	}
	buf_int(out, score / 1000);
	score %= 1000;
	if (score > 0)
		buf_char(out, '.');
	for (; score > 0; digits /= 10) {
		buf_char(out, (char)('0' + score / digits));
		score %= digits;
	}
}

static void
items(struct buf *out, struct places *p, const struct library *lib,
      const struct heard_item *list, size_t n, bool categories)
{
	buf_char(out, '[');
	for (size_t i = 0; i < n; i++) {
		buf_str(out, i > 0 ? ",{\"code\":\"" : "{\"code\":\"");
		buf_str(out, categories ? lib->categories[list[i].number].code
					: lib->signals[list[i].number].code);
		buf_lit(out, "\",\"score\":");
		reading_json_score(out, list[i].score);
		buf_lit(out, ",\"spans\":");
		spans(out, p, &list[i]);
		if (list[i].confirm)
			buf_lit(out, ",\"confirm\":true");
		buf_char(out, '}');
	}
	buf_char(out, ']');
}

void
reading_json(struct buf *out, const struct library *lib, const char *text,
	     size_t len, const struct heard *h)
{
	struct places p;

	places_begin(&p, text, len);
	buf_lit(out, "{\"release\":");
	buf_int(out, lib->release);
	buf_lit(out, ",\"intensity\":");
	buf_int(out, h->intensity);
	buf_lit(out, ",\"heat\":");
	reading_json_score(out, h->heat);
	buf_lit(out, ",\"signals\":");
	items(out, &p, lib, h->signals, h->nsignals, false);
	buf_lit(out, ",\"categories\":");
	items(out, &p, lib, h->categories, h->ncategories, true);
	buf_lit(out, ",\"because\":[");
	for (size_t i = 0; i < h->nbecause; i++) {
		buf_str(out, i > 0 ? ",{" : "{");
		span(out, &p, h->because[i].span);
		buf_lit(out, ",\"cue\":\"");
		buf_str(out, h->because[i].list);
		buf_lit(out, "\",\"points\":");
		reading_json_score(out, h->because[i].points);
		buf_char(out, '}');
	}
	buf_lit(out, "]}");
}
