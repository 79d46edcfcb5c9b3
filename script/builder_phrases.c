/*
 * builder_phrases.c - making a library: phrases, their order, their index.
 */
#include <stdlib.h>
#include <string.h>

#include "script/builder.h"
#include "script/template.h"

/* The longest term of a "when". */
#define TERM_MAX 256

/* Find the next of the codes at ${*s}, with spaces between; false: no more. */
static bool
next_code(const char **s, const char **code, size_t *len)
{
	while (**s == ' ')
		(*s)++;
	*code = *s;
	*len = strcspn(*s, " ");
	*s += *len;
	return *len > 0;
}

static uint32_t
channel_set(struct library_builder *b, const char *codes)
{
	const char *code;
	uint32_t set = 0;
	size_t len;

	for (size_t i = 0; next_code(&codes, &code, &len); i++) {
		if (len == 3 && memcmp(code, "any", 3) == 0) {
			set = UINT32_MAX;
			continue;
		}
		int channel = builder_find(
			b,
			builder_at(b, "/phrases/%zu/channels/%zu", b->nseen, i),
			"channel", code, len, &b->priv->channels);
		if (channel >= 0)
			set |= UINT32_C(1) << channel;
	}
	return set;
}

static uint64_t
offer_set(struct library_builder *b, const char *codes)
{
	const char *code;
	uint64_t set = 0;
	size_t len;

	for (size_t i = 0; next_code(&codes, &code, &len); i++) {
		int offer = builder_find(
			b,
			builder_at(b, "/phrases/%zu/offers/%zu", b->nseen, i),
			"resolution of any category named", code, len,
			&b->priv->offers);
		if (offer >= 0)
			set |= UINT64_C(1) << offer;
	}
	return set;
}

static int
find_signal(const void *arg, const char *code, size_t len)
{
	return (int)strtab_find(arg, code, len);
}

static uint16_t
condition(struct library_builder *b, const char *terms)
{
	struct condition cond = { 0 };
	char term[TERM_MAX];
	const char *code;
	size_t len;

	for (size_t i = 0; next_code(&terms, &code, &len); i++) {
		if (len < sizeof(term)) {
			memcpy(term, code, len);
			term[len] = '\0';
			if (condition_parse(term, find_signal,
					    &b->priv->signals, &cond))
				continue;
		}
		report_add(b->report,
			   builder_at(b, "/phrases/%zu/when/%zu", b->nseen, i),
			   "\"%.*s\" is neither a guard nor signal:CODE with "
			   "codes of signals",
			   (int)len, code);
	}

	uint32_t i = builder_pool(b, &b->conditions, (const char *)&cond,
				  sizeof(cond));
	if (i > UINT16_MAX) {
		report_add(b->report,
			   builder_at(b, "/phrases/%zu/when", b->nseen),
			   "more than 65536 different conditions");
		return 0;
	}
	return (uint16_t)i;
}

/* What stands behind the text in an answer. */
static uint32_t
tail(struct library_builder *b, const struct phrase_row *row)
{
	const char *lists[] = { row->offers, row->seeds }, *code;
	size_t len;

	buf_lit(&b->buf, ",\"true_only\":");
	buf_str(&b->buf, row->true_only ? "true" : "false");
	for (size_t i = 0; i < 2; i++) {
		buf_str(&b->buf, i == 0 ? ",\"offers\":[" : ",\"claims\":[");
		for (bool first = true; next_code(&lists[i], &code, &len);
		     first = false) {
			buf_str(&b->buf, first ? "\"" : ",\"");
			buf_json(&b->buf, code, len);
			buf_char(&b->buf, '"');
		}
		buf_char(&b->buf, ']');
	}
	buf_char(&b->buf, '}');

	uint32_t i = 0;
	if (b->buf.failed)
		b->failed = true;
	else
		i = builder_pool(b, &b->tails, b->buf.ptr, b->buf.len);
	b->buf.len = 0;
	return i;
}

/* The number of the locale ${code}; new ones are added. */
static uint8_t
locale(struct library_builder *b, const char *code)
{
	struct library *lib = b->lib;
	size_t len = strlen(code);
	int64_t known = strtab_find(&b->priv->locales, code, len);

	if (known >= 0)
		return (uint8_t)known;
	if (lib->nlocales == LIBRARY_MAX_LOCALES) {
		report_add(b->report,
			   builder_at(b, "/phrases/%zu/locale", b->nseen),
			   "there are already %d locales, and no more fit",
			   LIBRARY_MAX_LOCALES);
		return 0;
	}
	char *copy = builder_string(b, code);
	if (!strtab_add(&b->priv->locales, copy, len, (uint32_t)lib->nlocales))
		b->failed = true;
	lib->locales[lib->nlocales] = copy;
	return (uint8_t)lib->nlocales++;
}

/* Split the id, which must repeat ${row}'s category and stage; 0 if not. */
static uint32_t
number(const struct phrase_row *row)
{
	size_t category = strlen(row->category), stage = strlen(row->stage);
	const char *n = row->id;

	if (strncmp(n, row->category, category) != 0 || n[category] != '/')
		return 0;
	n += category + 1;
	if (strncmp(n, row->stage, stage) != 0 || n[stage] != '/')
		return 0;
	n += stage + 1;
	if (n[0] < '1' || n[0] > '9' || strspn(n, "0123456789") > 9 ||
	    n[strspn(n, "0123456789")] != '\0')
		return 0;
	return (uint32_t)strtoul(n, NULL, 10);
}

/* Compile the text and keep it and the id side by side in the arena. */
static void
add_text(struct library_builder *b, const struct phrase_row *row,
	 struct phrase *p)
{
	struct template t;
	uint8_t needs[LIBRARY_MAX_PLACEHOLDERS];
	size_t n = 0;

	if (!template_compile(b->lib, row->text, &b->buf, &t, b->report,
			      builder_at(b, "/phrases/%zu/text", b->nseen)))
		return;
	for (unsigned i = 0; i < b->lib->nplaceholders; i++) {
		if (!value_set_has(&t.needs, i))
			continue;
		needs[n++] = (uint8_t)i;
		if (b->lib->placeholders[i].is_private)
			p->needs_private = true;
	}
	if (n > UINT8_MAX) {
		report_add(b->report, b->pointer,
			   "more than 255 different placeholders");
		n = 0;
	}

	size_t len = strlen(row->id);
	char *id = arena_copy(&b->priv->arena, row->id, len);
	char *text =
		b->buf.failed ? NULL : arena_bytes(&b->priv->arena, b->buf.len);
	if (id == NULL || text == NULL) {
		b->failed = true;
	} else {
		memcpy(text, b->buf.ptr, b->buf.len);
		p->id = id;
		p->id_len = (uint16_t)len;
		p->hash = hash_bytes(id, len);
		p->text = text;
		p->text_len = (uint16_t)b->buf.len;
		p->plain = t.plain;
		p->nneeds = (uint8_t)n;
		uint32_t set =
			builder_pool(b, &b->needs, (const char *)needs, n);
		if (!b->failed)
			p->needs = (const uint8_t *)b->needs.items[set].ptr;
	}
	b->buf.len = 0;
}

/* Read the codes of ${row} that are of closed sets. */
static void
add_terms(struct library_builder *b, const struct phrase_row *row,
	  struct phrase *p)
{
	int voice = voice_find(row->speaker),
	    fault = fault_find(row->fault, strlen(row->fault)),
	    tone = tone_find(row->tone, strlen(row->tone));

	/* The schema saw a bundle; rows may come from elsewhere. */
	if (voice < 0)
		report_add(b->report,
			   builder_at(b, "/phrases/%zu/speaker", b->nseen),
			   "must be one of any, human, bot, agent_self, "
			   "organization");
	if (fault < 0)
		report_add(b->report,
			   builder_at(b, "/phrases/%zu/fault", b->nseen),
			   "must be one of any, ours, theirs, third_party, "
			   "unknown");
	if (tone < 0)
		report_add(b->report,
			   builder_at(b, "/phrases/%zu/tone", b->nseen),
			   "must be one of warm, plain, formal");
	if (row->lo < 0 || row->hi > INTENSITY_MAX || row->lo > row->hi)
		report_add(b->report,
			   builder_at(b, "/phrases/%zu/intensity", b->nseen),
			   "must go from the lower to the higher, 0 to 4");
	p->voice = (uint8_t)voice;
	p->fault = (uint8_t)fault;
	p->tone = (uint8_t)tone;
	p->lo = (uint8_t)row->lo;
	p->hi = (uint8_t)row->hi;
	p->true_only = row->true_only;
}

#define HUMAN (UINT64_C(1) << SPEAKER_HUMAN)
#define BOT (UINT64_C(1) << SPEAKER_BOT)

/* The FITS_ bits of ${p}, which is whole but for these. */
static uint64_t
fits(const struct phrase *p, uint32_t channels)
{
	static const uint64_t voices[N_VOICES] = {
		[VOICE_ANY] = (HUMAN | BOT) << FITS_TOLD,
		[VOICE_HUMAN] = HUMAN << FITS_TOLD,
		[VOICE_BOT] = BOT << FITS_TOLD,
		[VOICE_AGENT_SELF] = HUMAN << FITS_KEPT,
		[VOICE_ORGANIZATION] = (HUMAN | BOT) << FITS_KEPT,
	};
	uint64_t faults = p->fault == FAULT_ANY ? (1u << N_FAULTS) - 1
						: UINT64_C(1) << p->fault;
	uint64_t intensities = (UINT64_C(2) << p->hi) - (UINT64_C(1) << p->lo);
	uint64_t set = channels | faults << FITS_FAULT |
		       intensities << FITS_INTENSITY | voices[p->voice];

	if (!p->needs_private)
		set |= UINT64_C(1) << FITS_PUBLIC;
	/* A bot neither grants nor vouches. */
	if (p->true_only || p->offers != 0)
		set &= ~(BOT << FITS_TOLD);
	return set;
}

void
library_builder_phrase(struct library_builder *b, const struct phrase_row *row)
{
	size_t before = b->report->total;
	struct phrase p = { 0 };

	if (b->failed)
		return;
	int category = builder_find(
		b, builder_at(b, "/phrases/%zu/category", b->nseen), "category",
		row->category, strlen(row->category), &b->priv->categories);
	int stage = builder_find(
		b, builder_at(b, "/phrases/%zu/stage", b->nseen), "stage",
		row->stage, strlen(row->stage), &b->priv->stages);
	p.category = (uint16_t)category;
	p.stage = (uint8_t)stage;
	if ((p.n = number(row)) == 0)
		report_add(b->report,
			   builder_at(b, "/phrases/%zu/id", b->nseen),
			   "must be its category, its stage and a number: "
			   "%s/%s/1",
			   row->category, row->stage);
	add_terms(b, row, &p);
	uint32_t channels = channel_set(b, row->channels);
	p.offers = offer_set(b, row->offers);
	p.when = condition(b, row->when);
	p.locale = locale(b, row->locale);
	p.purpose = builder_pool(b, &b->purposes, row->purpose,
				 strlen(row->purpose));
	p.tail = tail(b, row);
	add_text(b, row, &p);
	size_t place = b->nseen++;
	if (b->report->total > before || b->failed)
		return;

	struct phrase *phrases = builder_grow(
		b, b->phrases, b->nphrases, &b->phrases_size, sizeof(*phrases));
	if (phrases == NULL)
		return;
	b->phrases = phrases;
	uint32_t *places = builder_grow(b, b->places, b->nphrases,
					&b->places_size, sizeof(*places));
	if (places == NULL)
		return;
	b->places = places;
	p.fits = fits(&p, channels);
	phrases[b->nphrases] = p;
	places[b->nphrases++] = (uint32_t)place;
}

/* --- order -------------------------------------------------------------- */

struct key {
	uint64_t key; /* category, stage, n */
	uint32_t at;  /* in b->phrases */
};

static uint64_t
phrase_key(const struct phrase *p)
{
	return (uint64_t)p->category << 40 | (uint64_t)p->stage << 32 | p->n;
}

static int
by_key(const void *a, const void *b)
{
	const struct key *x = a, *y = b;

	return x->key != y->key ? (x->key < y->key ? -1 : 1)
				: (x->at > y->at) - (x->at < y->at);
}

/* Bring the phrases into the order of the library.  Rows from a database or a
 * canonical bundle have it already; then a look is all it takes. */
static void
sort_into(struct library_builder *b, struct phrase *to)
{
	size_t n = b->nphrases, i = 1;

	while (i < n &&
	       phrase_key(&b->phrases[i - 1]) < phrase_key(&b->phrases[i]))
		i++;
	if (i >= n) {
		if (n > 0)
			memcpy(to, b->phrases, n * sizeof(*to));
		return;
	}

	struct key *keys = malloc(n * sizeof(*keys));
	if (keys == NULL) {
		b->failed = true;
		return;
	}
	for (i = 0; i < n; i++)
		keys[i] =
			(struct key){ phrase_key(&b->phrases[i]), (uint32_t)i };
	qsort(keys, n, sizeof(*keys), by_key);
	for (i = 0; i < n; i++) {
		to[i] = b->phrases[keys[i].at];
		if (i > 0 && keys[i].key == keys[i - 1].key)
			report_add(b->report,
				   builder_at(b, "/phrases/%zu/id",
					      (size_t)b->places[keys[i].at]),
				   "%s is taken by /phrases/%zu: give it "
				   "another number",
				   to[i].id, (size_t)b->places[keys[i - 1].at]);
	}
	free(keys);
}

/* Where the phrases of each category and stage begin. */
static void
index_cells(struct library_builder *b)
{
	struct library *lib = b->lib;
	size_t ncells = lib->ncategories * lib->nstages, cell = 0;

	lib->cells = builder_array(b, ncells + 1, sizeof(*lib->cells));
	if (lib->cells == NULL)
		return;
	for (size_t i = 0; i < lib->nphrases; i++) {
		const struct phrase *p = &lib->phrases[i];
		size_t own = (size_t)p->category * lib->nstages + p->stage;

		while (cell <= own)
			lib->cells[cell++] = (uint32_t)i;
	}
	while (cell <= ncells)
		lib->cells[cell++] = (uint32_t)lib->nphrases;
}

/* Three quarters full: 5.3 bytes a phrase, some two probes. */
static void
index_ids(struct library_builder *b)
{
	struct library *lib = b->lib;
	size_t n = lib->nphrases + lib->nphrases / 3 + 1;
	uint32_t *slots = builder_array(b, n, sizeof(*slots));

	if (slots == NULL)
		return;
	for (size_t i = 0; i < lib->nphrases; i++) {
		size_t at = phrase_slot(lib->phrases[i].hash, n);

		while (slots[at] != 0)
			at = at + 1 < n ? at + 1 : 0;
		slots[at] = (uint32_t)i + 1;
	}
	b->priv->slots = slots;
	b->priv->nslots = n;
}

/* What stands between the text of a line and how far it came. */
static void
lead_frags(struct library_builder *b)
{
	struct library *lib = b->lib;

	lib->leads =
		builder_array(b, lib->nlocales * N_TONES, sizeof(*lib->leads));
	for (size_t i = 0; lib->leads != NULL && i < lib->nlocales * N_TONES;
	     i++) {
		buf_lit(&b->buf, "\",\"locale\":");
		builder_quote(b, lib->locales[i / N_TONES]);
		buf_lit(&b->buf, ",\"tone\":");
		builder_quote(b, tone_code((int)(i % N_TONES)));
		buf_lit(&b->buf, ",\"fallback\":");
		lib->leads[i] = builder_frag(b);
	}
}

void
builder_phrases_done(struct library_builder *b)
{
	struct library *lib = b->lib;

	/* With a phrase refused the rest is not worth building. */
	if (b->failed)
		return;
	lib->phrases = builder_array(b, b->nphrases, sizeof(*lib->phrases));
	if (lib->phrases == NULL)
		return;
	sort_into(b, lib->phrases);
	if (b->failed)
		return;
	lib->nphrases = b->nphrases;

	/* The list it was made of is as large; give it back before more. */
	free(b->phrases);
	b->phrases = NULL;
	index_cells(b);
	index_ids(b);
	lead_frags(b);
}
