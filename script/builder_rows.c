/*
 * builder_rows.c - making a library: transitions, and protocols with theirs.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "script/builder.h"

/* A row on its way to its place. */
struct draft {
	struct row row;
	uint8_t from;
	int prio;
};

struct drafts {
	struct draft *list;
	size_t n, size;
};

/* Stage, then signal, then priority; a row for all stages comes last. */
static int
by_place(const void *a, const void *b)
{
	const struct draft *x = a, *y = b;

	if (x->from != y->from)
		return x->from < y->from ? -1 : 1;
	if (x->row.signal != y->row.signal)
		return x->row.signal < y->row.signal ? -1 : 1;
	if (x->prio != y->prio)
		return x->prio < y->prio ? -1 : 1;
	return x->row.wild - y->row.wild;
}

static void
add(struct library_builder *b, struct drafts *d, const struct draft *draft)
{
	struct draft *list =
		builder_grow(b, d->list, d->n, &d->size, sizeof(*list));

	if (list == NULL)
		return;
	d->list = list;
	d->list[d->n++] = *draft;
}

/* Where the row ${item}, number ${i} of ${list}, leads to. */
static uint8_t
target(struct library_builder *b, const json_t *item, const char *list,
       size_t i)
{
	const char *to = member_text(item, "to");

	if (strcmp(to, "return") == 0)
		return STAGE_RETURN;
	int stage = builder_find(b, builder_at(b, "%s/%zu/to", list, i),
				 "stage", to, strlen(to), &b->priv->stages);
	return stage < 0 ? STAGE_NONE : (uint8_t)stage;
}

/* Is there an earlier row for the same stage, signal and priority?  Which of
 * the two wins would be chance. */
static void
check_twin(struct library_builder *b, struct strtab *seen, const json_t *item,
	   const char *list, size_t i)
{
	buf_str(&b->buf, member_text(item, "from"));
	buf_char(&b->buf, ' ');
	buf_str(&b->buf, member_text(item, "signal"));
	buf_char(&b->buf, ' ');
	buf_int(&b->buf, member_int(item, "prio", 0));
	struct frag key = builder_frag(b);
	int64_t twin = strtab_find(seen, key.ptr, key.len);

	if (twin >= 0)
		report_add(b->report, builder_at(b, "%s/%zu/prio", list, i),
			   "%s/%d is for the same stage, signal and prio: give "
			   "one of them another prio",
			   list, (int)twin);
	else if (!strtab_add(seen, key.ptr, key.len, (uint32_t)i))
		b->failed = true;
}

/* Read the row ${item}, number ${i} of ${list}, and add it to ${d}: once, or
 * for each stage that "*" stands for. */
static void
read_row(struct library_builder *b, struct drafts *d, const json_t *item,
	 const char *list, size_t i)
{
	const struct library *lib = b->lib;
	const char *from = member_text(item, "from"),
		   *signal = member_text(item, "signal"),
		   *guard = member_text(item, "guard");
	struct draft draft = { .prio = member_int(item, "prio", 0) };
	bool wild = strcmp(from, "*") == 0;
	size_t k;
	const json_t *code;
	int stage =
		wild ? 0
		     : builder_find(b, builder_at(b, "%s/%zu/from", list, i),
				    "stage", from, strlen(from),
				    &b->priv->stages);
	int number = builder_find(b, builder_at(b, "%s/%zu/signal", list, i),
				  "signal", signal, strlen(signal),
				  &b->priv->signals);

	draft.row.wild = wild;
	draft.row.signal = (uint8_t)number;
	draft.row.to = target(b, item, list, i);
	if (!guard_parse(guard, &draft.row.guard))
		report_add(b->report, builder_at(b, "%s/%zu/guard", list, i),
			   "there is no guard \"%s\"", guard);
	json_array_foreach(json_object_get(item, "effects"), k, code) {
		builder_effect(b,
			       builder_at(b, "%s/%zu/effects/%zu", list, i, k),
			       json_string_value(code), &draft.row.effects);
	}
	if (stage < 0 || number < 0)
		return;
	if (!wild && lib->stages[stage].kind == KIND_END) {
		report_add(b->report, builder_at(b, "%s/%zu/from", list, i),
			   "nothing leads on from %s, the end of the case",
			   from);
		return;
	}
	for (size_t s = 0; s < lib->nstages; s++) {
		unsigned kind = lib->stages[s].kind;

		draft.from = (uint8_t)s;
		if (wild ? kind == KIND_CUSTOMER || kind == KIND_SIDE
			 : s == (size_t)stage)
			add(b, d, &draft);
	}
}

/*
 * Compile ${rows}, which stand at ${list}, append them to b->rows in order,
 * and say for each stage in ${ranges} where its own are.
 */
static void
compile(struct library_builder *b, const json_t *rows, const char *list,
	struct row_range *ranges)
{
	struct drafts d = { 0 };
	struct strtab seen = { 0 };
	size_t i;
	const json_t *item;

	json_array_foreach(rows, i, item) {
		check_twin(b, &seen, item, list, i);
		read_row(b, &d, item, list, i);
		if (b->failed)
			break;
	}
	if (d.n > 0)
		qsort(d.list, d.n, sizeof(*d.list), by_place);
	for (i = 0; i < d.n && !b->failed; i++) {
		const struct draft *draft = &d.list[i];
		struct row *grown = builder_grow(b, b->rows, b->nrows,
						 &b->rows_size, sizeof(*grown));

		if (grown == NULL)
			break;
		b->rows = grown;
		if (ranges[draft->from].n++ == 0)
			ranges[draft->from].first = (uint32_t)b->nrows;
		b->rows[b->nrows++] = draft->row;
		if (draft->row.to == STAGE_RETURN)
			b->lib->stages[draft->from].pauses = true;
	}
	strtab_free(&seen);
	free(d.list);
}

void
builder_transitions(struct library_builder *b)
{
	struct library *lib = b->lib;

	if (b->failed)
		return;
	struct row_range *ranges =
		builder_array(b, lib->nstages, sizeof(*ranges));
	if (ranges == NULL)
		return;
	compile(b, json_object_get(b->head, "transitions"), "/transitions",
		ranges);
	for (size_t i = 0; i < lib->nstages; i++)
		lib->stages[i].rows = ranges[i];
}

/* --- protocols ---------------------------------------------------------- */

/* One step of ${p}: its place for each stage that no step before it lists. */
static void
protocol_step(struct library_builder *b, struct protocol *p, const json_t *item,
	      size_t protocol, size_t i, size_t n)
{
	size_t k;
	const json_t *code;

	buf_lit(&b->buf, "{\"n\":");
	buf_int(&b->buf, member_int(item, "n", 0));
	buf_lit(&b->buf, ",\"of\":");
	buf_int(&b->buf, (int64_t)n);
	buf_lit(&b->buf, ",\"name\":");
	builder_quote(b, member_text(item, "name"));
	buf_char(&b->buf, '}');
	struct frag step = builder_frag(b);

	json_array_foreach(json_object_get(item, "stages"), k, code) {
		int stage = builder_find(
			b,
			builder_at(b, "/protocols/%zu/steps/%zu/stages/%zu",
				   protocol, i, k),
			"stage", json_string_value(code),
			json_string_length(code), &b->priv->stages);

		if (stage < 0)
			continue;
		if (p->visits == 0)
			p->entry = (uint8_t)stage;
		if ((p->visits >> stage & 1) == 0)
			p->steps[stage] = step;
		p->visits |= UINT64_C(1) << stage;
	}
}

static void
protocol_steps(struct library_builder *b, struct protocol *p,
	       const json_t *steps, size_t protocol)
{
	static const struct frag null = { "null", 4 };
	size_t n = json_array_size(steps);

	p->entry = STAGE_NONE;
	p->steps = builder_array(b, b->lib->nstages, sizeof(*p->steps));
	if (p->steps == NULL)
		return;
	for (size_t s = 0; s < b->lib->nstages; s++)
		p->steps[s] = null;
	for (size_t i = 0; i < n; i++) {
		const json_t *item = json_array_get(steps, i);

		for (size_t j = 0; j < i; j++)
			if (member_int(json_array_get(steps, j), "n", 0) ==
			    member_int(item, "n", 0))
				report_add(b->report,
					   builder_at(b,
						      "/protocols/%zu/steps/"
						      "%zu/n",
						      protocol, i),
					   "another step has this number");
		protocol_step(b, p, item, protocol, i, n);
	}
	if (p->visits == 0)
		report_add(b->report,
			   builder_at(b, "/protocols/%zu/steps", protocol),
			   "a protocol must list a stage to begin with");
	for (size_t s = 0; s < b->lib->nstages; s++)
		if (b->lib->stages[s].shared)
			p->visits |= UINT64_C(1) << s;
}

static void
protocol_channels(struct library_builder *b, const json_t *codes,
		  size_t protocol)
{
	size_t k;
	const json_t *code;

	json_array_foreach(codes, k, code) {
		if (strcmp(json_string_value(code), "any") == 0)
			continue;
		(void)builder_find(b,
				   builder_at(b, "/protocols/%zu/channels/%zu",
					      protocol, k),
				   "channel", json_string_value(code),
				   json_string_length(code),
				   &b->priv->channels);
	}
}

static void
protocol(struct library_builder *b, size_t i, const json_t *item)
{
	struct protocol *p = &b->lib->protocols[i];
	const json_t *rows = json_object_get(item, "transitions");
	char list[64];

	p->code = builder_string(b, member_text(item, "code"));
	buf_lit(&b->buf, "{\"code\":");
	builder_quote(b, p->code);
	buf_lit(&b->buf, ",\"name\":");
	builder_quote(b, member_text(item, "name"));
	buf_lit(&b->buf, ",\"step\":");
	p->head = builder_frag(b);
	p->json = builder_dump(b, item);
	protocol_channels(b, json_object_get(item, "channels"), i);
	protocol_steps(b, p, json_object_get(item, "steps"), i);
	if (json_array_size(rows) == 0 || b->failed)
		return;
	p->own = builder_array(b, b->lib->nstages, sizeof(*p->own));
	if (p->own == NULL)
		return;
	snprintf(list, sizeof(list), "/protocols/%zu/transitions", i);
	compile(b, rows, list, p->own);
}

void
builder_protocols(struct library_builder *b)
{
	struct library *lib = b->lib;
	const json_t *list = json_object_get(b->head, "protocols");
	const char *standard =
		member_text(json_object_get(b->head, "defaults"), "protocol");

	if (standard[0] == '\0')
		standard = "full-recovery";
	if (b->failed)
		return;
	for (size_t i = 0; i < lib->nprotocols && !b->failed; i++)
		protocol(b, i, json_array_get(list, i));
	if (lib->nprotocols == 0)
		report_add(b->report, "/protocols",
			   "a library needs one protocol at least");
	else
		lib->default_protocol = builder_find(
			b, "/defaults/protocol", "protocol", standard,
			strlen(standard), &b->priv->protocols);
}
