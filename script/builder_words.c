/*
 * builder_words.c - the rules for drafts, compiled.
 *
 * Phrase rules and the cues of structural ones are one automaton.  Nothing
 * here knows a rule by its name: what a phrase rule finds is content, what a
 * structural one tests is the ${sub} it names.
 */
#include <stdio.h>
#include <string.h>

#include "script/builder.h"
#include "script/template.h"
#include "script/wording.h"

static struct frag
plain(struct library_builder *b, const char *text)
{
	return (struct frag){ builder_string(b, text), (uint32_t)strlen(text) };
}

/* policy_hiding is "Policy hiding" to people. */
static struct frag
name_of(struct library_builder *b, const char *cls)
{
	char *name = builder_string(b, cls);

	for (char *c = name; *c != '\0'; c++)
		if (*c == '_' || *c == '-')
			*c = ' ';
	if (*name >= 'a' && *name <= 'z')
		*name = (char)(*name & ~0x20);
	return (struct frag){ name, (uint32_t)strlen(name) };
}

static struct frag
claims(struct library_builder *b, const json_t *item)
{
	const json_t *seeds = json_object_get(item, "seeds");

	return seeds == NULL ? plain(b, "[]") : builder_dump(b, seeds);
}

/* Add the patterns in ${list}, each reported as ${pointer}/i. */
static void
patterns(struct library_builder *b, struct matcher_build *m,
	 const char *pointer, const json_t *list, size_t number)
{
	char at[128];
	size_t i;
	const json_t *item;

	snprintf(at, sizeof(at), "%s", pointer);
	json_array_foreach(list, i, item) {
		enum matcher_verdict v =
			matcher_add(m, json_string_value(item),
				    json_string_length(item), (uint32_t)number);

		if (v == MATCHER_MEMORY)
			b->failed = true;
		else if (v != MATCHER_OK)
			report_add(b->report, builder_at(b, "%s/%zu", at, i),
				   "the pattern %s", matcher_verdict_text(v));
	}
}

/* The better wording of rule ${i}: a template like that of a phrase. */
static void
better(struct library_builder *b, struct wording_rule *rule, const char *text,
       size_t i)
{
	struct template t;
	size_t n = 0;
	char *needs;

	if (!template_compile(
		    b->lib, text, &b->buf, &t, b->report,
		    builder_at(b, "/wording_rules/rules/%zu/better", i)))
		return;
	rule->better = builder_frag(b);
	needs = builder_array(b, LIBRARY_MAX_PLACEHOLDERS, 1);
	if (needs == NULL)
		return;
	for (unsigned p = 0; p < LIBRARY_MAX_PLACEHOLDERS; p++)
		if (value_set_has(&t.needs, p))
			needs[n++] = (char)(unsigned char)p;
	rule->needs = (struct frag){ needs, (uint32_t)n };
}

static void
phrase_rule(struct library_builder *b, struct matcher_build *m,
	    const json_t *item, size_t i)
{
	struct wording_rule *rule = &b->priv->wording->rules[i];
	size_t k;
	const json_t *code;

	rule->test = TEST_PHRASE;
	rule->id = plain(b, member_text(item, "id"));
	rule->cls = plain(b, member_text(item, "cls"));
	rule->name = name_of(b, member_text(item, "cls"));
	rule->sub = plain(b, member_text(item, "sub"));
	rule->why = builder_escaped(b, member_text(item, "why"));
	rule->about = builder_escaped(b, member_text(item, "example"));
	rule->claims = claims(b, item);
	rule->severity = (uint8_t)severity_find(member_text(item, "severity"));
	better(b, rule, member_text(item, "better"), i);
	patterns(b, m, builder_at(b, "/wording_rules/rules/%zu/match", i),
		 json_object_get(item, "match"), 2 * i);
	patterns(b, m, builder_at(b, "/wording_rules/rules/%zu/except", i),
		 json_object_get(item, "except"), 2 * i + 1);
	json_array_foreach(json_object_get(item, "exempt_stages"), k, code) {
		int stage = builder_find(
			b,
			builder_at(b,
				   "/wording_rules/rules/%zu/exempt_stages/%zu",
				   i, k),
			"stage", json_string_value(code),
			json_string_length(code), &b->priv->stages);

		if (stage >= 0)
			rule->exempt |= UINT64_C(1) << stage;
	}
}

static void
structural_rule(struct library_builder *b, struct wording_rule *rule,
		const json_t *item, size_t i)
{
	const char *sub = member_text(item, "sub");
	int test = rule_test_find(sub);

	if (test < 0) {
		report_add(
			b->report,
			builder_at(b, "/wording_rules/structural/%zu/sub", i),
			"there is no test \"%s\" for a draft", sub);
		test = TEST_PHRASE;
	}
	rule->test = (uint8_t)test;
	rule->id = plain(b, member_text(item, "id"));
	rule->cls = plain(b, "draft");
	rule->name = plain(b, "Draft");
	rule->sub = plain(b, sub);
	rule->why = builder_escaped(b, member_text(item, "why"));
	rule->about = builder_escaped(b, member_text(item, "test"));
	rule->claims = claims(b, item);
	rule->severity = (uint8_t)severity_find(member_text(item, "severity"));
}

static void
cue_lists(struct library_builder *b, struct matcher_build *m)
{
	struct wording *w = b->priv->wording;
	const json_t *cues = json_object_get(b->head, "cues");

	for (size_t i = 0; i < N_DRAFT_CUES; i++) {
		const json_t *list = json_object_get(cues, draft_cues[i]);

		if (json_array_size(list) == 0)
			continue;
		w->has_cue[i] = true;
		patterns(b, m, builder_at(b, "/cues/%s", draft_cues[i]), list,
			 2 * w->nrules + i);
	}
}

static uint8_t
stage_of(const struct library_builder *b, const char *code)
{
	int stage = library_stage(b->lib, code, strlen(code));

	return stage < 0 ? STAGE_NONE : (uint8_t)stage;
}

/* The keywords of categories that are one word: some are acronyms. */
static void
keywords(struct library_builder *b)
{
	struct wording *w = b->priv->wording;
	const json_t *categories = json_object_get(b->head, "categories"),
		     *category, *word;
	size_t i, k, n = 0;

	json_array_foreach(categories, i, category) {
		n += json_array_size(json_object_get(category, "keywords"));
	}
	w->keywords = builder_array(b, n + 1, sizeof(*w->keywords));
	w->first_keyword = builder_array(b, json_array_size(categories) + 1,
					 sizeof(*w->first_keyword));
	if (w->keywords == NULL || w->first_keyword == NULL)
		return;
	n = 0;
	json_array_foreach(categories, i, category) {
		json_array_foreach(json_object_get(category, "keywords"), k,
				   word) {
			const char *text = json_string_value(word);

			if (strchr(text, ' ') == NULL)
				w->keywords[n++] = plain(b, text);
		}
		w->first_keyword[i + 1] = (uint32_t)n;
	}
}

/* Room for all rules, and what the tests ask for. */
static bool
begin(struct library_builder *b, size_t nphrases, size_t nrules)
{
	struct wording *w = builder_array(b, 1, sizeof(*w));

	if (w == NULL)
		return false;
	b->priv->wording = w;
	b->lib->wording = w;
	if (nrules > WORDING_RULES) {
		report_add(b->report, "/wording_rules",
			   "at most %d rules may be there", WORDING_RULES);
		return false;
	}
	w->rules = builder_array(b, nrules + 1, sizeof(*w->rules));
	w->nrules = nrules;
	w->nphrases = nphrases;
	w->customer_name = library_placeholder(b->lib, "customer_name", 13);
	w->apologize = stage_of(b, "apologize");
	w->validate = stage_of(b, "validate");
	w->propose = stage_of(b, "propose");
	w->agree = stage_of(b, "agree");
	w->defer = stage_of(b, "defer");
	w->handover = stage_of(b, "handover");
	keywords(b);
	return !b->failed;
}

void
builder_words(struct library_builder *b)
{
	const json_t *words = json_object_get(b->head, "wording_rules"),
		     *rules = json_object_get(words, "rules"),
		     *others = json_object_get(words, "structural");
	size_t nrules = json_array_size(rules),
	       nothers = json_array_size(others);
	struct matcher_build *m;

	if (!begin(b, nrules, nrules + nothers))
		return;
	m = matcher_build_new(&b->priv->wording->vocab, &b->priv->arena);
	if (m == NULL) {
		b->failed = true;
		return;
	}
	for (size_t i = 0; i < nrules; i++)
		phrase_rule(b, m, json_array_get(rules, i), i);
	for (size_t i = 0; i < nothers; i++)
		structural_rule(b, &b->priv->wording->rules[nrules + i],
				json_array_get(others, i), i);
	cue_lists(b, m);
	if (!matcher_finish(m, &b->priv->wording->matcher))
		b->failed = true;
}
