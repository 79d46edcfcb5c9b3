/*
 * builder_stages.c - making a library: stages.
 */
#include <string.h>

#include "script/builder.h"

static const struct frag no_items = { "[]", 2 };

/* The steps or don'ts of a stage: one by one, and as one array. */
static struct frag
items(struct library_builder *b, const struct stage *s, size_t at,
      const json_t *list, const char *word, const char *member,
      struct item **out, uint8_t *count)
{
	size_t n = json_array_size(list);

	if (n > UINT8_MAX) {
		report_add(b->report, builder_at(b, "/stages/%zu", at),
			   "at most 255 of these are allowed");
		n = 0;
	}
	if (n == 0 || (*out = builder_array(b, n, sizeof(**out))) == NULL)
		return no_items;
	for (size_t i = 0; i < n; i++) {
		const json_t *item = json_array_get(list, i);
		struct item *to = &(*out)[i];
		int number = member_int(item, "n", 0);

		for (size_t j = 0; j < i; j++)
			if (member_int(json_array_get(list, j), "n", 0) ==
			    number)
				report_add(b->report,
					   builder_at(b, "/stages/%zu/%s/%zu/n",
						      at,
						      word[0] == 'd' ? "steps"
								     : "dont",
						      i),
					   "%d is taken by the one before",
					   number);
		buf_str(&b->buf, s->code);
		buf_char(&b->buf, '/');
		buf_str(&b->buf, word);
		buf_char(&b->buf, '/');
		buf_int(&b->buf, number);
		to->id = builder_frag(b);
		to->text = builder_escaped(b, member_text(item, member));
	}
	*count = (uint8_t)n;

	buf_char(&b->buf, '[');
	for (size_t i = 0; i < n; i++) {
		const struct item *item = &(*out)[i];

		buf_str(&b->buf, i > 0 ? ",{\"id\":\"" : "{\"id\":\"");
		buf_add(&b->buf, item->id.ptr, item->id.len);
		buf_lit(&b->buf, "\",\"text\":\"");
		buf_add(&b->buf, item->text.ptr, item->text.len);
		buf_lit(&b->buf, "\"}");
	}
	buf_char(&b->buf, ']');
	return builder_frag(b);
}

/* How to say it: a person gets what stands under the channel; a bot what
 * stands under "bot", and under the channel when that one only writes. */
static void
delivery(struct library_builder *b, size_t stage, json_t *hints)
{
	struct library *lib = b->lib;
	const char *name;
	const json_t *lines;
	char part[128];

	json_object_foreach(hints, name, lines) {
		if (strcmp(name, "bot") == 0)
			continue;
		(void)builder_find(
			b,
			builder_at(b, "/stages/%zu/delivery/%s", stage,
				   report_escape(name, part, sizeof(part))),
			"channel", name, strlen(name), &b->priv->channels);
	}

	for (size_t i = 0; i < lib->nchannels * N_SPEAKERS; i++) {
		struct channel *c = &lib->channels[i / N_SPEAKERS];
		bool bot = i % N_SPEAKERS == SPEAKER_BOT;
		const json_t *lists[] = {
			bot ? json_object_get(hints, "bot") : NULL,
			bot && (c->body || c->voice)
				? NULL
				: json_object_get(hints, c->code),
		};
		struct frag *to = c->delivery == NULL
					  ? NULL
					  : &c->delivery[stage * N_SPEAKERS +
							 i % N_SPEAKERS];
		size_t n = 0;

		buf_char(&b->buf, '[');
		for (size_t l = 0; l < 2; l++) {
			size_t k;
			const json_t *line;
			json_array_foreach(lists[l], k, line) {
				if (n++ > 0)
					buf_char(&b->buf, ',');
				builder_quote(b, json_string_value(line));
			}
		}
		buf_char(&b->buf, ']');
		if (n == 0)
			b->buf.len = 0;
		if (to != NULL)
			*to = n == 0 ? no_items : builder_frag(b);
	}
}

static void
hold(struct library_builder *b, struct stage *s, size_t at, const json_t *wish)
{
	const char *until = member_text(wish, "until");

	s->hold_until = STAGE_NONE;
	if (!json_is_object(wish))
		return;
	int stage =
		builder_find(b, builder_at(b, "/stages/%zu/hold/until", at),
			     "stage", until, strlen(until), &b->priv->stages);
	if (stage >= 0)
		s->hold_until = (uint8_t)stage;
	s->hold_because = builder_escaped(b, member_text(wish, "because"));
}

static void
stage_head(struct library_builder *b, struct stage *s, const json_t *item)
{
	static const char *const members[] = { "name", "kind", "goal",
					       "done_when" };

	builder_quote(b, s->code);
	s->quoted = builder_frag(b);
	buf_lit(&b->buf, "{\"code\":");
	builder_quote(b, s->code);
	for (size_t i = 0; i < sizeof(members) / sizeof(*members); i++) {
		buf_char(&b->buf, ',');
		builder_quote(b, members[i]);
		buf_char(&b->buf, ':');
		builder_quote(b, member_text(item, members[i]));
	}
	buf_char(&b->buf, '}');
	s->head = builder_frag(b);
	s->name = builder_escaped(b, member_text(item, "name"));
	s->goal = builder_escaped(b, member_text(item, "goal"));
	s->json = builder_dump(b, item);
	s->hash = hash_bytes(s->code, strlen(s->code));
}

static void
stage(struct library_builder *b, size_t i, const json_t *item)
{
	struct stage *s = &b->lib->stages[i];
	int kind = kind_find(member_text(item, "kind"));
	size_t k;
	const json_t *code;

	s->code = builder_string(b, member_text(item, "code"));
	s->kind = (uint8_t)(kind < 0 ? KIND_INTERNAL : kind);
	s->ord = member_int(item, "ord", 0);
	s->shared = s->kind == KIND_SIDE || s->kind == KIND_TERMINAL ||
		    s->kind == KIND_END || member_true(item, "shared");
	s->is_public = strcmp(s->code, "public_reply") == 0;
	stage_head(b, s, item);
	s->dos = items(b, s, i, json_object_get(item, "steps"), "do", "do",
		       &s->do_items, &s->ndo);
	s->avoids = items(b, s, i, json_object_get(item, "dont"), "avoid",
			  "text", &s->avoid_items, &s->navoid);
	delivery(b, i, json_object_get(item, "delivery"));
	hold(b, s, i, json_object_get(item, "hold"));
	json_array_foreach(json_object_get(item, "on_exit"), k, code) {
		builder_effect(b,
			       builder_at(b, "/stages/%zu/on_exit/%zu", i, k),
			       json_string_value(code), &s->on_exit);
	}

	bool is_done = strcmp(s->code, "done") == 0;
	if (is_done != (s->kind == KIND_END))
		report_add(b->report, builder_at(b, "/stages/%zu/kind", i),
			   "done is the one stage of kind end");
	if (strcmp(s->code, "return") == 0)
		report_add(b->report, builder_at(b, "/stages/%zu/code", i),
			   "return means the stage before the silence, so no "
			   "stage may be named so");
}

static int
stage_or_none(const struct library *lib, const char *code)
{
	int i = library_stage(lib, code, strlen(code));

	return i < 0 ? STAGE_NONE : i;
}

bool
builder_lacks_done(const struct library_builder *b)
{
	const json_t *list = json_object_get(b->head, "stages");

	for (size_t i = 0; i < json_array_size(list); i++)
		if (strcmp(member_text(json_array_get(list, i), "code"),
			   "done") == 0)
			return false;
	return true;
}

/* The end of every case, for a bundle that leaves it out. */
static json_t *
done_stage(void)
{
	return json_pack(
		"{s:s,s:i,s:s,s:s,s:s,s:s,s:[],s:[],s:{},s:[],s:b,s:n,s:[],"
		"s:[]}",
		"code", "done", "ord", 100000, "kind", "end", "name", "Done",
		"goal", "The case is over.", "done_when",
		"Nothing is left to do for this customer.", "steps", "dont",
		"delivery", "aliases", "shared", 1, "hold", "on_exit", "seeds");
}

void
builder_stages(struct library_builder *b)
{
	struct library *lib = b->lib;
	const json_t *list = json_object_get(b->head, "stages");
	json_t *done = NULL;

	for (size_t i = 0; i < lib->nchannels; i++)
		lib->channels[i].delivery =
			builder_array(b, (lib->nstages + 1) * N_SPEAKERS,
				      sizeof(struct frag));
	if (library_stage(lib, "done", 4) < 0) {
		if ((done = done_stage()) == NULL ||
		    !strtab_add(&b->priv->stages, "done", 4,
				(uint32_t)lib->nstages++))
			b->failed = true;
	}
	for (size_t i = 0; i < lib->nstages; i++) {
		const json_t *item = json_array_get(list, i);

		stage(b, i, item != NULL ? item : done);
	}
	json_decref(done);
	lib->stage_done = stage_or_none(lib, "done");
	lib->stage_listen = stage_or_none(lib, "listen");
	lib->stage_public = stage_or_none(lib, "public_reply");
}

void
builder_aliases(struct library_builder *b)
{
	const json_t *list = json_object_get(b->head, "stages"), *alias;
	struct strtab *t = &b->priv->stages;

	for (size_t i = 0; i < b->lib->nstages && !b->failed; i++) {
		size_t k;
		json_array_foreach(
			json_object_get(json_array_get(list, i), "aliases"), k,
			alias) {
			const char *code =
				builder_string(b, json_string_value(alias));
			int64_t other = strtab_find(t, code, strlen(code));

			if (other >= 0 && (size_t)other != i)
				report_add(b->report,
					   builder_at(b,
						      "/stages/%zu/aliases/%zu",
						      i, k),
					   "%s is the stage %s already", code,
					   b->lib->stages[other].code);
			else if (!strtab_add(t, code, strlen(code),
					     (uint32_t)i))
				b->failed = true;
		}
	}
}
