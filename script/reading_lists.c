#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "script/builder.h"
#include "script/reading_parts.h"

/*
 * The lists that there are, and what each is for.  _MW lists are of wordings
 * of several words; _SHORT ones count only in a message of few words, where
 * "agent" asks for one; _NOT ones void the cues that they overlap.
 */
/* clang-format off */
const struct cue_list cue_lists[] = {
	{ "ABUSE_MW",       CUE_SIGNAL,  0, "abusive" },
	{ "ABUSE_NOT",      CUE_VETO,    0, "abusive" },
	{ "ACCEPT_MW",      CUE_SIGNAL,  0, "accepts" },
	{ "ACCEPT_NOT",     CUE_VETO,    0, "accepts" },
	{ "ACCEPT_SHORT",   CUE_SHORT,   0, "accepts" },
	{ "ANGER",          CUE_ANGER,   0, NULL },
	{ "CALM",           CUE_CONTENT, 0, NULL },
	{ "CONFIRM_MW",     CUE_SIGNAL,  0, "confirms" },
	{ "CONFIRM_SHORT",  CUE_SHORT,   0, "confirms" },
	{ "CORRECT_MW",     CUE_SIGNAL,  0, "corrects" },
	{ "DAMPEN",         CUE_ROLE,    ROLE_DAMPEN, NULL },
	{ "DRAFT_APOLOGY",  CUE_DRAFT,   0, NULL },
	{ "DRAFT_FEELING",  CUE_DRAFT,   0, NULL },
	{ "DRAFT_OPTION",   CUE_DRAFT,   0, NULL },
	{ "DRAFT_REMEDY",   CUE_DRAFT,   0, NULL },
	{ "DRAFT_TIME",     CUE_DRAFT,   0, NULL },
	{ "EMOJI_ANGRY",    CUE_ANGER,   0, NULL },
	{ "EMOJI_GLAD",     CUE_CONTENT, 0, NULL },
	{ "EMOJI_SAD",      CUE_ANGER,   0, NULL },
	{ "FACTS_MW",       CUE_SIGNAL,  0, "gives_facts" },
	{ "FIRST",          CUE_ROLE,    ROLE_FIRST, NULL },
	{ "HEARD_MW",       CUE_SIGNAL,  0, "only_heard" },
	{ "HUMAN_MW",       CUE_SIGNAL,  0, "asks_human" },
	{ "HUMAN_NOT",      CUE_VETO,    0, "asks_human" },
	{ "HUMAN_SHORT",    CUE_SHORT,   0, "asks_human" },
	{ "INSULT",         CUE_INSULT,  0, NULL },
	{ "INTENSIFY",      CUE_ROLE,    ROLE_INTENSIFY, NULL },
	{ "LEAVE_MW",       CUE_SIGNAL,  0, "leaves" },
	{ "LEAVE_SHORT",    CUE_SHORT,   0, "leaves" },
	{ "LEGAL_MW",       CUE_SIGNAL,  0, "legal" },
	{ "LEGAL_NOT",      CUE_VETO,    0, "legal" },
	{ "MANAGER_MW",     CUE_SIGNAL,  0, "asks_manager" },
	{ "MANAGER_NOT",    CUE_VETO,    0, "asks_manager" },
	{ "MANAGER_SHORT",  CUE_SHORT,   0, "asks_manager" },
	{ "NEGATION",       CUE_ROLE,    ROLE_NEGATION, NULL },
	{ "NEW_MW",         CUE_SIGNAL,  0, "new_issue" },
	{ "PERSON",         CUE_ROLE,    ROLE_PERSON, NULL },
	{ "PLAIN",          CUE_PLAIN,   0, NULL },
	{ "PRAISE",         CUE_CONTENT, 0, NULL },
	{ "PROFANE",        CUE_PROFANE, ROLE_PROFANE, NULL },
	{ "REJECT_MW",      CUE_SIGNAL,  0, "rejects" },
	{ "REJECT_NOT",     CUE_VETO,    0, "rejects" },
	{ "REJECT_SHORT",   CUE_SHORT,   0, "rejects" },
	{ "SARCASM",        CUE_SARCASM, 0, NULL },
	{ "SATISFIED_MW",   CUE_SIGNAL,  0, "satisfied" },
	{ "SATISFIED_NOT",  CUE_VETO,    0, "satisfied" },
	{ "SECOND",         CUE_ROLE,    ROLE_SECOND, NULL },
	{ "THIRD",          CUE_ROLE,    ROLE_THIRD, NULL },
	{ "THREAT_MW",      CUE_SIGNAL,  0, "threat" },
	{ "THREAT_NOT",     CUE_VETO,    0, "threat" },
	{ "TOLD_MW",        CUE_SIGNAL,  0, "told" },
	{ "UNSATISFIED_MW", CUE_SIGNAL,  0, "unsatisfied" },
	{ "YOURS",          CUE_ROLE,    ROLE_YOURS, NULL },
};
/* clang-format on */
const size_t ncue_lists = COUNT(cue_lists);

#define CUES_MAX 30000 /* of all lists and categories */

/* What compiling needs. */
struct making {
	struct library_builder *b;
	struct reading *r;
	struct matcher_build *build;
	struct role_word {
		const char *text;
		uint32_t word;
		uint16_t role;
		bool masked;
	} * role_words;
	size_t nroles, roles_size, cues_size;
};

static const struct cue_list *
find_list(struct making *m, const char *name)
{
	struct strtab t = { 0 };

	for (size_t i = 0; i < ncue_lists; i++)
		if (strcmp(cue_lists[i].name, name) == 0)
			return &cue_lists[i];
	for (size_t i = 0; i < ncue_lists; i++)
		if (!strtab_add(&t, cue_lists[i].name,
				strlen(cue_lists[i].name), (uint32_t)i))
			m->b->failed = true;
	builder_unknown(m->b, builder_at(m->b, "/cues"), "list of cues", name,
			strlen(name), &t);
	strtab_free(&t);
	return NULL;
}

/* ":-(" and the like: marks that no word has, and short. */
static bool
is_emoticon(const char *item)
{
	return strlen(item) > 1 && strlen(item) < 8 &&
	       strchr(item, ' ') == NULL &&
	       (strpbrk(item, ":;=") != NULL || item[0] == '<' ||
		item[0] == '-' || item[0] == '^');
}

static void
set_bit(uint8_t *bits, unsigned char c)
{
	bits[c / 8] |= (uint8_t)(1u << (c & 7));
}

static void
emoticon(struct making *m, const char *item, uint8_t list, uint8_t weight,
	 const char *pointer)
{
	struct reading *r = m->r;
	struct emoticon *e;

	if (r->nemoticons == COUNT(r->emoticons)) {
		report_add(m->b->report, pointer, "at most %zu emoticons fit",
			   COUNT(r->emoticons));
		return;
	}
	e = &r->emoticons[r->nemoticons++];
	e->len = (uint8_t)strlen(item);
	memcpy(e->text, item, e->len);
	e->list = list;
	e->weight = weight;
	set_bit(r->starts, (unsigned char)item[0]);
	set_bit(r->seconds, (unsigned char)item[1]);
}

/* The only word of ${item}, in the vocabulary; 0 if it is not one word. */
static uint32_t
only_word(struct making *m, const char *item, const char **text)
{
	struct tokens t;
	struct token token;
	uint32_t word;

	tokens_begin(&t, item, strlen(item), NULL);
	if (!tokens_next(&t, &token) || token.kind != TOKEN_WORD ||
	    t.nfold == 0)
		return 0;
	*text = arena_copy(&m->b->priv->arena, t.fold, t.nfold);
	word = *text == NULL ? 0
			     : vocab_add(&m->r->vocab, &m->b->priv->arena,
					 *text, t.nfold);
	if (word == 0)
		m->b->failed = true;
	return tokens_next(&t, &token) ? 0 : word;
}

/* Note that the word ${item} has a role, may be masked, or just is one. */
static void
role_word(struct making *m, const char *item, uint16_t role, bool masked,
	  const char *pointer)
{
	const char *text = NULL;
	uint32_t word = only_word(m, item, &text);
	struct role_word *grown;

	if (word == 0) {
		if (!m->b->failed && !masked)
			report_add(m->b->report, pointer,
				   "must be one word here");
		return;
	}
	grown = builder_grow(m->b, m->role_words, m->nroles, &m->roles_size,
			     sizeof(*grown));
	if (grown == NULL)
		return;
	m->role_words = grown;
	m->role_words[m->nroles++] =
		(struct role_word){ text, word, role, masked };
}

static void
pattern(struct making *m, const char *item, struct cue cue, const char *pointer)
{
	enum matcher_verdict verdict;
	struct cue *grown;

	if (m->r->ncues == CUES_MAX) {
		report_add(m->b->report, pointer, "at most %d cues fit",
			   CUES_MAX);
		return;
	}
	grown = builder_grow(m->b, m->r->cues, m->r->ncues, &m->cues_size,
			     sizeof(*grown));
	if (grown == NULL)
		return;
	m->r->cues = grown;
	verdict = matcher_add(m->build, item, strlen(item),
			      (uint32_t)m->r->ncues);
	if (verdict == MATCHER_MEMORY)
		m->b->failed = true;
	else if (verdict != MATCHER_OK)
		report_add(m->b->report, pointer, "the cue %s",
			   matcher_verdict_text(verdict));
	else
		m->r->cues[m->r->ncues++] = cue;
}

static void
one_cue(struct making *m, const struct cue_list *list, const char *item,
	uint8_t weight, const char *pointer)
{
	struct cue cue = { .kind = list->kind,
			   .list = (uint8_t)(list - cue_lists),
			   .weight = weight,
			   .number = -1 };

	if (list->signal != NULL)
		cue.number = (int16_t)library_signal(m->b->lib, list->signal,
						     strlen(list->signal));
	switch ((enum cue_kind)list->kind) {
	case CUE_ROLE:
	case CUE_PLAIN:
		role_word(m, item, list->role, false, pointer);
		return;
	case CUE_PROFANE:
	case CUE_INSULT:
		role_word(m, item, list->role, true, pointer);
		pattern(m, item, cue, pointer);
		return;
	case CUE_ANGER:
	case CUE_CONTENT:
		if (is_emoticon(item)) {
			emoticon(m, item, cue.list, weight, pointer);
			return;
		}
		pattern(m, item, cue, pointer);
		return;
	case CUE_SARCASM:
	case CUE_SIGNAL:
	case CUE_SHORT:
	case CUE_VETO:
		pattern(m, item, cue, pointer);
		return;
	case CUE_DRAFT:
	case CUE_CATEGORY:
		return;
	}
}

static void
items(struct making *m, const struct cue_list *list, const json_t *array,
      uint8_t weight, const char *path)
{
	size_t i;
	const json_t *item;
	char pointer[200];

	json_array_foreach(array, i, item) {
		snprintf(pointer, sizeof(pointer), "%s/%zu", path, i);
		one_cue(m, list, json_string_value(item), weight, pointer);
	}
}

static void
one_list(struct making *m, const char *name, const json_t *value)
{
	const struct cue_list *list = find_list(m, name);
	char path[128];
	const char *key;
	json_t *array;

	if (list == NULL)
		return;
	snprintf(path, sizeof(path), "/cues/%s", name);
	if (json_is_array(value)) {
		items(m, list, value, 2, path);
		return;
	}
	json_object_foreach((json_t *)(uintptr_t)value, key, array) {
		if (key[0] < '1' || key[0] > '3' || key[1] != '\0') {
			report_add(m->b->report, path,
				   "a weight must be 1, 2 or 3");
			continue;
		}
		snprintf(path, sizeof(path), "/cues/%s/%c", name, key[0]);
		items(m, list, array, (uint8_t)(key[0] - '0'), path);
	}
}

#define WORDS_MOST 4

/*
 * How many words must be said for ${text}, from 1 to WORDS_MOST: a wording
 * says more than a word, but what may be left out says nothing.
 */
static uint8_t
words_said(const char *text)
{
	uint8_t n = 0;

	for (const char *p = text; *p != '\0' && n < WORDS_MOST;) {
		size_t len = strcspn(p, " ");

		if (*p != '|' && strncmp(p, "...", 3) != 0)
			n++;
		p += len + strspn(p + len, " ");
	}
	return n == 0 ? 1 : n;
}

static void
keywords(struct making *m)
{
	const json_t *list = json_object_get(m->b->head, "categories");

	for (size_t i = 0; i < m->b->lib->ncategories; i++) {
		const json_t *words =
			json_object_get(json_array_get(list, i), "keywords");
		size_t k;
		const json_t *item;
		char pointer[80];

		json_array_foreach(words, k, item) {
			const char *text = json_string_value(item);
			struct cue cue = { .kind = CUE_CATEGORY,
					   .number = (int16_t)i,
					   .weight = words_said(text) };

			snprintf(pointer, sizeof(pointer),
				 "/categories/%zu/keywords/%zu", i, k);
			pattern(m, text, cue, pointer);
		}
	}
}

/* The words that are masked, by their first letter. */
static void
settle_masked(struct making *m)
{
	struct reading *r = m->r;
	uint32_t n = 0;

	r->masked = builder_array(m->b, m->nroles, sizeof(*r->masked));
	if (r->masked == NULL)
		return;
	for (size_t letter = 0; letter < 26; letter++) {
		r->mask_first[letter] = n;
		for (size_t i = 0; i < m->nroles; i++) {
			const struct role_word *w = &m->role_words[i];
			size_t len = strlen(w->text);

			if (!w->masked || len < 3 || len > MASK_MAX ||
			    w->text[0] != (char)('a' + letter))
				continue;
			r->masked[n].word = w->word;
			r->masked[n].len = (uint8_t)len;
			memcpy(r->masked[n++].text, w->text, len);
		}
	}
	r->mask_first[26] = n;
}

/* Put what was gathered where hearing looks it up. */
static void
settle_words(struct making *m)
{
	struct reading *r = m->r;
	size_t n = (size_t)r->vocab.n + 1;
	struct cue *cues = builder_array(m->b, r->ncues, sizeof(*cues));

	r->roles = builder_array(m->b, n, sizeof(*r->roles));
	r->words = builder_array(m->b, n, sizeof(*r->words));
	if (cues != NULL && r->ncues > 0)
		memcpy(cues, r->cues, r->ncues * sizeof(*cues));
	free(r->cues); /* it grew outside of the arena */
	r->cues = cues;
	if (cues == NULL || r->roles == NULL || r->words == NULL)
		return;
	for (size_t i = 0; i < m->nroles; i++)
		r->roles[m->role_words[i].word] |= m->role_words[i].role;
	settle_masked(m);
	for (size_t i = 0; i < r->vocab.index.size; i++) {
		const struct strtab_slot *s = &r->vocab.index.slots[i];

		if (s->key != NULL)
			r->words[s->value] = s->key;
	}
	if (!reading_spell_build(r, &m->b->priv->arena))
		m->b->failed = true;
}

static int
signal_number(const struct library *lib, const char *code)
{
	return library_signal(lib, code, strlen(code));
}

void
builder_reading(struct library_builder *b)
{
	struct making m = { .b = b };
	const char *name;
	json_t *value;

	m.r = arena_zeroed(&b->priv->arena, 1, sizeof(*m.r));
	if (m.r == NULL) {
		b->failed = true;
		return;
	}
	b->lib->reading = m.r;
	m.build = matcher_build_new(&m.r->vocab, &b->priv->arena);
	if (m.build == NULL) {
		b->failed = true;
		return;
	}
	json_object_foreach(json_object_get(b->head, "cues"), name, value)
		one_list(&m, name, value);
	keywords(&m);
	if (!matcher_finish(m.build, &m.r->matcher))
		b->failed = true;
	settle_words(&m);
	free(m.role_words);
	m.r->abusive = signal_number(b->lib, "abusive");
	m.r->threat = signal_number(b->lib, "threat");
	m.r->angrier = signal_number(b->lib, "angrier");
	m.r->calmer = signal_number(b->lib, "calmer");
	m.r->facts = signal_number(b->lib, "gives_facts");
	m.r->told = signal_number(b->lib, "told");
}

void
reading_free(struct reading *r)
{
	if (r != NULL)
		vocab_free(&r->vocab);
}

size_t
reading_bytes(const struct reading *r)
{
	return r == NULL ? 0 : strtab_bytes(&r->vocab.index);
}
