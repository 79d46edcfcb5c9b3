/*
 * builder_head.c - making a library: all but stages, rows and phrases.
 */
#include <string.h>

#include "script/builder.h"

/* The list ${name} of the bundle, and its length. */
static const json_t *
list_of(const struct library_builder *b, const char *name, size_t *n)
{
	const json_t *list = json_object_get(b->head, name);

	*n = json_array_size(list);
	return list;
}

/*
 * Note the codes of ${list} in ${t}, so that any part may refer to any other.
 * Return an array for as many things of ${size} bytes, and for ${more}.
 */
static void *
codes_of(struct library_builder *b, const char *name, const char *member,
	 size_t max, size_t more, size_t size, struct strtab *t, size_t *count)
{
	size_t n;
	const json_t *list = list_of(b, name, &n);

	if (n + more > max) {
		report_add(b->report, builder_at(b, "/%s", name),
			   "at most %zu of these are allowed", max - more);
		n = max - more;
	}
	for (size_t i = 0; i < n; i++) {
		const char *code = member_text(json_array_get(list, i), member);
		int64_t other = strtab_find(t, code, strlen(code));

		if (other >= 0) {
			report_add(b->report,
				   builder_at(b, "/%s/%zu/%s", name, i, member),
				   "%s is taken by /%s/%d", code, name,
				   (int)other);
			continue;
		}
		const char *copy = builder_string(b, code);
		if (!strtab_add(t, copy, strlen(copy), (uint32_t)i))
			b->failed = true;
	}
	*count = n;
	return builder_array(b, n + more, size);
}

/* --- channels, signals, placeholders ------------------------------------ */

static void
channels(struct library_builder *b)
{
	struct library *lib = b->lib;
	const json_t *list = json_object_get(b->head, "channels"), *seconds;
	json_t *waits = json_object_get(json_object_get(b->head, "defaults"),
					"silence_seconds");
	const char *name;
	char part[128];

	for (size_t i = 0; i < lib->nchannels; i++) {
		const json_t *item = json_array_get(list, i);
		struct channel *c = &lib->channels[i];

		c->code = builder_string(b, member_text(item, "code"));
		c->live = member_true(item, "live");
		c->body = member_true(item, "body");
		c->voice = member_true(item, "voice");
		c->is_public = member_true(item, "public");
		c->max_words = member_int(item, "max_words", 200);
		c->silence_seconds = member_int(waits, c->code, 0);
		c->json = builder_dump(b, item);
		if (strcmp(c->code, "any") == 0 || strcmp(c->code, "bot") == 0)
			report_add(b->report,
				   builder_at(b, "/channels/%zu/code", i),
				   "no channel may be named %s: the word has "
				   "another meaning where channels are listed",
				   c->code);
	}

	int chat = library_channel(lib, "live_chat", 9);

	lib->default_channel = chat < 0 ? 0 : chat;
	json_object_foreach(waits, name, seconds) {
		(void)builder_find(
			b,
			builder_at(b, "/defaults/silence_seconds/%s",
				   report_escape(name, part, sizeof(part))),
			"channel", name, strlen(name), &b->priv->channels);
	}
}

static void
signals(struct library_builder *b)
{
	struct library *lib = b->lib;
	const json_t *list = json_object_get(b->head, "signals");

	for (size_t i = 0; i < lib->nsignals; i++) {
		const json_t *item = json_array_get(list, i);
		struct signal *s = &lib->signals[i];
		int source = source_find(member_text(item, "source"));

		s->code = builder_string(b, member_text(item, "code"));
		builder_quote(b, s->code);
		s->quoted = builder_frag(b);
		s->source = (uint8_t)(source < 0 ? SOURCE_AGENT : source);
		s->json = builder_dump(b, item);
	}
	lib->signal_next = library_signal(lib, "next", 4);
}

static void
follows(struct library_builder *b, struct placeholder *p, const json_t *words)
{
	size_t n = json_array_size(words);

	p->follows = builder_array(b, n, sizeof(*p->follows));
	if (p->follows == NULL)
		return;
	for (size_t i = 0; i < n; i++)
		p->follows[i] = builder_string(
			b, json_string_value(json_array_get(words, i)));
	p->nfollows = n;
}

static void
placeholders(struct library_builder *b)
{
	struct library *lib = b->lib;
	const json_t *list = json_object_get(b->head, "placeholders");

	for (size_t i = 0; i < lib->nplaceholders; i++) {
		const json_t *item = json_array_get(list, i);
		struct placeholder *p = &lib->placeholders[i];
		int type = type_find(member_text(item, "type"));

		p->name = builder_string(b, member_text(item, "name"));
		p->type = (uint8_t)(type < 0 ? TYPE_STRING : type);
		p->is_private = member_true(item, "private");
		buf_str(&b->buf, member_text(item, "default"));
		p->standard = builder_frag(b);
		buf_str(&b->buf, member_text(item, "example"));
		p->example = builder_frag(b);
		follows(b, p, json_object_get(item, "follows"));
		buf_lit(&b->buf, "{\"name\":");
		builder_quote(b, p->name);
		buf_lit(&b->buf, ",\"type\":");
		builder_quote(b, type_code(p->type));
		buf_lit(&b->buf, ",\"meaning\":");
		builder_quote(b, member_text(item, "meaning"));
		buf_lit(&b->buf, ",\"example\":");
		builder_quote(b, member_text(item, "example"));
		buf_lit(&b->buf, ",\"unlocks\":");
		p->ask = builder_frag(b);
		p->json = builder_dump(b, item);
	}
}

/* --- categories --------------------------------------------------------- */

/* Give the offer ${code} its bit. */
static uint64_t
offer(struct library_builder *b, const char *code, const char *pointer)
{
	struct library *lib = b->lib;
	int64_t known = library_offer(lib, code, strlen(code));

	if (known >= 0)
		return UINT64_C(1) << known;
	if (lib->noffers == LIBRARY_MAX_OFFERS) {
		report_add(b->report, pointer,
			   "there are already %d resolutions, and no more fit",
			   LIBRARY_MAX_OFFERS);
		return 0;
	}
	const char *copy = builder_string(b, code);
	if (!strtab_add(&b->priv->offers, copy, strlen(copy),
			(uint32_t)lib->noffers))
		b->failed = true;
	lib->offers[lib->noffers] = copy;
	return UINT64_C(1) << lib->noffers++;
}

/* What the house should ask itself, as lines for the agent. */
static void
questions(struct library_builder *b, struct category *c, const json_t *prevent)
{
	size_t i;
	const json_t *text;

	json_array_foreach(prevent, i, text) {
		if (i > 0)
			buf_char(&b->buf, ',');
		buf_lit(&b->buf, "{\"id\":\"");
		buf_str(&b->buf, c->code);
		buf_lit(&b->buf, "/question/");
		buf_int(&b->buf, (int64_t)i + 1);
		buf_lit(&b->buf, "\",\"text\":");
		builder_quote(b, json_string_value(text));
		buf_char(&b->buf, '}');
	}
	c->questions = builder_frag(b);
}

static void
category(struct library_builder *b, size_t i, const json_t *item)
{
	struct category *c = &b->lib->categories[i];
	const char *parent = member_text(item, "parent"),
		   *fault = member_text(item, "fault_default");
	int number = fault_find(fault, strlen(fault));
	size_t k;
	const json_t *code;

	c->code = builder_string(b, member_text(item, "code"));
	c->hash = hash_bytes(c->code, strlen(c->code));
	c->fault = (uint8_t)(number < 0 || number == FAULT_ANY ? FAULT_UNKNOWN
							       : number);
	c->parent = -1;
	if (parent[0] != '\0')
		c->parent = builder_find(
			b, builder_at(b, "/categories/%zu/parent", i),
			"category", parent, strlen(parent),
			&b->priv->categories);
	json_array_foreach(json_object_get(item, "resolutions"), k, code) {
		c->offers |= offer(
			b, json_string_value(code),
			builder_at(b, "/categories/%zu/resolutions/%zu", i, k));
	}
	buf_lit(&b->buf, "{\"code\":");
	builder_quote(b, c->code);
	buf_lit(&b->buf, ",\"name\":");
	builder_quote(b, member_text(item, "name"));
	buf_char(&b->buf, '}');
	c->head = builder_frag(b);
	questions(b, c, json_object_get(item, "prevent"));
	c->json = builder_dump(b, item);
}

/* Every way up must end, and soon.  A ring is cut, for whoever walks up. */
static void
check_tree(struct library_builder *b)
{
	struct library *lib = b->lib;

	for (size_t i = 0; i < lib->ncategories; i++) {
		int depth = 1, up = lib->categories[i].parent;

		while (up >= 0 && depth <= LIBRARY_MAX_DEPTH) {
			up = lib->categories[up].parent;
			depth++;
		}
		if (depth <= LIBRARY_MAX_DEPTH)
			continue;
		report_add(b->report,
			   builder_at(b, "/categories/%zu/parent", i),
			   "the way from %s up is longer than %d, or a ring",
			   lib->categories[i].code, LIBRARY_MAX_DEPTH);
		lib->categories[i].parent = -1;
	}
}

static void
categories(struct library_builder *b)
{
	struct library *lib = b->lib;
	const json_t *list = json_object_get(b->head, "categories");

	lib->offers =
		builder_array(b, LIBRARY_MAX_OFFERS, sizeof(*lib->offers));
	for (size_t i = 0; i < lib->ncategories && !b->failed; i++)
		category(b, i, json_array_get(list, i));
	check_tree(b);
}

/* --- the rest ----------------------------------------------------------- */

static void
defaults(struct library_builder *b)
{
	static const struct {
		const char *name;
		enum counter counter;
		int standard;
	} limits[] = {
		{ "max_warnings", COUNT_WARNINGS, 1 },
		{ "max_reescalations", COUNT_REESCALATIONS, 3 },
		{ "max_rejections", COUNT_REJECTIONS, 3 },
		{ "max_silences", COUNT_SILENCES, 2 },
	};
	static const char *const whys[] = { "abuse", "loops", "intensity" };
	struct library *lib = b->lib;
	const json_t *d = json_object_get(b->head, "defaults"),
		     *breather = json_object_get(d, "breather"),
		     *why = json_object_get(breather, "why");
	const char *locale = member_text(d, "locale");

	for (size_t i = 0; i < sizeof(limits) / sizeof(*limits); i++)
		lib->limits[limits[i].counter] =
			member_int(d, limits[i].name, limits[i].standard);
	lib->followup_days = member_int(d, "followup_days", 3);
	lib->breather_minutes = member_int(breather, "minutes", 5);
	lib->breather_intensity = member_int(breather, "intensity", 4);
	lib->breather_reescalations = member_int(breather, "reescalations", 2);
	for (size_t i = 0; i < sizeof(whys) / sizeof(*whys); i++)
		lib->breather_why[i] =
			builder_escaped(b, member_text(why, whys[i]));

	lib->locales =
		builder_array(b, LIBRARY_MAX_LOCALES, sizeof(*lib->locales));
	if (lib->locales == NULL)
		return;
	lib->locales[0] = builder_string(b, locale[0] != '\0' ? locale : "en");
	lib->nlocales = 1;
	if (!strtab_add(&b->priv->locales, lib->locales[0],
			strlen(lib->locales[0]), 0))
		b->failed = true;
}

static struct frag *
dumps(struct library_builder *b, const json_t *list, size_t *count)
{
	size_t n = json_array_size(list);
	struct frag *frags = builder_array(b, n, sizeof(*frags));

	if (frags == NULL)
		return NULL;
	for (size_t i = 0; i < n; i++)
		frags[i] = builder_dump(b, json_array_get(list, i));
	*count = n;
	return frags;
}

void
builder_head(struct library_builder *b)
{
	struct library *lib = b->lib;
	struct library_private *priv = b->priv;
	const json_t *rules = json_object_get(
		json_object_get(b->head, "wording_rules"), "rules");

	lib->stage_done = lib->stage_listen = lib->stage_public = STAGE_NONE;
	lib->channels = codes_of(b, "channels", "code", LIBRARY_MAX_CHANNELS, 0,
				 sizeof(*lib->channels), &priv->channels,
				 &lib->nchannels);
	lib->signals =
		codes_of(b, "signals", "code", LIBRARY_MAX_SIGNALS, 0,
			 sizeof(*lib->signals), &priv->signals, &lib->nsignals);
	lib->placeholders =
		codes_of(b, "placeholders", "name", LIBRARY_MAX_PLACEHOLDERS, 0,
			 sizeof(*lib->placeholders), &priv->placeholders,
			 &lib->nplaceholders);
	lib->stages =
		codes_of(b, "stages", "code", LIBRARY_MAX_STAGES,
			 builder_lacks_done(b) ? 1 : 0, sizeof(*lib->stages),
			 &priv->stages, &lib->nstages);
	lib->categories = codes_of(
		b, "categories", "code", LIBRARY_MAX_CATEGORIES, 0,
		sizeof(*lib->categories), &priv->categories, &lib->ncategories);
	lib->protocols = codes_of(b, "protocols", "code", LIBRARY_MAX_PROTOCOLS,
				  0, sizeof(*lib->protocols), &priv->protocols,
				  &lib->nprotocols);
	if (b->failed)
		return;
	defaults(b);
	channels(b);
	signals(b);
	placeholders(b);
	builder_stages(b);
	categories(b);
	builder_words(b);
	lib->rules = dumps(b, rules, &lib->nrules);
	lib->facts = dumps(b, json_object_get(b->head, "facts"), &lib->nfacts);
	lib->principles = dumps(b, json_object_get(b->head, "principles"),
				&lib->nprinciples);
	lib->sources =
		dumps(b, json_object_get(b->head, "sources"), &lib->nsources);
}
