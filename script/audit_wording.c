/*
 * audit_wording.c - does the library keep to its own rules?
 *
 * What the service says must pass its own check: lines at their stage, better
 * wordings, and what it tells an agent to do in front of a customer.
 */
#include <stdio.h>
#include <string.h>

#include "script/audit_wording.h"
#include "script/buf.h"
#include "script/report.h"
#include "script/wording.h"

/* Add each rule that finds something in ${text}, once; ${b} is for its words.
 */
static void
look(const struct library *lib, const struct buf *text, int stage,
     const char *pointer, struct report *report, bool *told)
{
	struct finding found[WORDING_MAX];
	bool more;
	size_t n =
		wording_phrases(lib, text->ptr, text->len, stage, found, &more);

	for (size_t i = 0; i < n; i++) {
		const struct finding *f = &found[i];
		const struct wording_rule *rule = &lib->wording->rules[f->rule];

		if (told[f->rule])
			continue;
		told[f->rule] = true;
		report_add(report, pointer,
			   "rule %s (%s: %s), at /wording_rules/rules/%u, "
			   "finds \"%.*s\" here",
			   rule->id.ptr, rule->name.ptr, rule->sub.ptr, f->rule,
			   (int)(f->end - f->at), text->ptr + f->at);
	}
}

/* How a template is shown: which of its [[...]], names or examples. */
struct form {
	unsigned shown;
	bool examples;
};

/* Append the template ${t}, JSON-escaped as it is, in the form ${form}. */
static void
show(struct buf *out, const struct library *lib, struct frag t,
     struct form form)
{
	const char *end = t.ptr + t.len;
	const struct placeholder *ph;
	unsigned group = 0;

	for (const char *at = t.ptr; at < end; at++) {
		switch (*at) {
		case MARK_VALUE:
			ph = &lib->placeholders[(unsigned char)*++at];
			if (form.examples && ph->example.len > 0) {
				buf_add(out, ph->example.ptr, ph->example.len);
				break;
			}
			buf_char(out, '{');
			buf_str(out, ph->name);
			buf_char(out, '}');
			break;
		case MARK_GROUP:
			if ((form.shown >> group++ & 1) == 0)
				at += (unsigned char)at[1] +
				      256 * (unsigned char)at[2];
			at += 2;
			break;
		case MARK_END:
			break;
		case '\\':
			at++; /* only \" and \\ are in a template */
			buf_char(out, *at);
			break;
		default:
			buf_char(out, *at);
		}
	}
}

static bool
has_mark(struct frag t)
{
	return memchr(t.ptr, MARK_VALUE, t.len) != NULL;
}

/* Look at a template in all of its forms. */
static void
audit_template(const struct library *lib, struct frag t, int stage,
	       const char *pointer, struct report *report, struct buf *b)
{
	bool told[WORDING_RULES] = { false };
	unsigned ngroups = 0;

	for (const char *at = t.ptr; at < t.ptr + t.len; at++) {
		ngroups += *at == MARK_GROUP;
		at += *at == MARK_GROUP ? 2 : *at == MARK_VALUE;
	}
	for (unsigned shown = 0; shown < 1u << ngroups; shown++) {
		for (int examples = 0; examples <= has_mark(t); examples++) {
			struct form form = { shown, examples != 0 };

			b->len = 0;
			show(b, lib, t, form);
			if (!b->failed && b->len > 0)
				look(lib, b, stage, pointer, report, told);
		}
	}
}

/* A text that is no template, as it stands in JSON. */
static void
audit_text(const struct library *lib, const json_t *text, int stage,
	   const char *pointer, struct report *report, struct buf *b)
{
	bool told[WORDING_RULES] = { false };

	b->len = 0;
	buf_add(b, json_string_value(text), json_string_length(text));
	if (!b->failed && b->len > 0)
		look(lib, b, stage, pointer, report, told);
}

/* What stage ${i} tells an agent to do in front of a customer.  Its texts are
 * read in the bundle, where they are JSON still. */
static void
audit_stage_words(const struct library *lib, size_t i, json_t *item,
		  struct report *report, struct buf *b)
{
	const json_t *step, *hint;
	json_t *hints;
	const char *channel;
	char pointer[256];
	size_t k;

	json_array_foreach(json_object_get(item, "steps"), k, step) {
		snprintf(pointer, sizeof(pointer), "/stages/%zu/steps/%zu/do",
			 i, k);
		audit_text(lib, json_object_get(step, "do"), (int)i, pointer,
			   report, b);
	}
	json_object_foreach(json_object_get(item, "delivery"), channel, hints) {
		json_array_foreach(hints, k, hint) {
			snprintf(pointer, sizeof(pointer),
				 "/stages/%zu/delivery/%s/%zu", i, channel, k);
			audit_text(lib, hint, (int)i, pointer, report, b);
		}
	}
}

/* A rule must catch its own example, and nobody its better wording. */
static void
audit_rule(const struct library *lib, size_t i, struct report *report,
	   struct buf *b)
{
	const struct wording_rule *rule = &lib->wording->rules[i];
	struct finding found[WORDING_MAX];
	char pointer[64];
	bool more, caught = false;
	size_t n;

	snprintf(pointer, sizeof(pointer), "/wording_rules/rules/%zu/better",
		 i);
	audit_template(lib, rule->better, STAGE_NONE, pointer, report, b);
	b->len = 0;
	show(b, lib, rule->about, (struct form){ 0 });
	if (b->failed)
		return;
	n = wording_phrases(lib, b->ptr, b->len, STAGE_NONE, found, &more);
	for (size_t k = 0; k < n; k++)
		caught = caught || found[k].rule == i;
	if (caught)
		return;
	snprintf(pointer, sizeof(pointer), "/wording_rules/rules/%zu/example",
		 i);
	report_add(report, pointer, "rule %s does not find its own example",
		   rule->id.ptr);
}

void
audit_line_words(const struct library *lib, const struct phrase *p,
		 const char *pointer, struct report *report, struct buf *b)
{
	if (p->voice <= VOICE_BOT) /* said to the customer */
		audit_template(lib, (struct frag){ p->text, p->text_len },
			       p->stage, pointer, report, b);
}

void
audit_words(const struct library *lib, const json_t *stages,
	    struct report *report)
{
	struct buf b = { 0 };

	for (size_t i = 0; i < lib->wording->nphrases; i++)
		audit_rule(lib, i, report, &b);
	for (size_t i = 0; i < lib->nstages; i++)
		if (lib->stages[i].kind == KIND_CUSTOMER ||
		    lib->stages[i].kind == KIND_SIDE ||
		    lib->stages[i].kind == KIND_TERMINAL)
			audit_stage_words(lib, i, json_array_get(stages, i),
					  report, &b);
	if (b.failed)
		report->failed = true;
	buf_free(&b);
}
