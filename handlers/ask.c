/*
 * ask.c - query or body to a step_query.
 */
#include <stdio.h>
#include <string.h>

#include "handlers/nearest.h"
#include "handlers/reading.h"

static bool
is(struct slice text, const char *word)
{
	return strlen(word) == text.len &&
	       memcmp(text.ptr, word, text.len) == 0;
}

/* Besides those: "values" and "state", which are objects. */
static const struct field *
find_field(struct slice name, enum ask_kind kind)
{
	for (size_t i = 0; i < n_ask_fields; i++) {
		const struct field *f = &ask_fields[i];

		/* Most names differ in their first letter. */
		if (name.len > 0 && f->at[1] == name.ptr[0] &&
		    is(name, f->at + 1))
			return (f->kinds & kind) != 0 ? f : NULL;
	}
	return NULL;
}

/* --- values --------------------------------------------------------------- */

static void
refuse_value(struct intake *r, int ph, enum value_verdict verdict)
{
	char at[64];

	(void)snprintf(at, sizeof(at), "/values/%.40s",
		       r->lib->placeholders[ph].name);
	switch (verdict) {
	case VALUE_OK:
	case VALUE_EMPTY:
		break;
	case VALUE_TOO_LONG:
		REFUSE(r, PROBLEM_INVALID, at, NULL,
		       "A value has at most %d characters.", VALUE_MAX);
		break;
	case VALUE_CONTROL:
		REFUSE(r, PROBLEM_INVALID, at, NULL,
		       "A value is one line of text without control "
		       "characters.");
		break;
	case VALUE_VAGUE:
		REFUSE(r, PROBLEM_INVALID, at, NULL,
		       "Give a date or a time; \"soon\" is no promise.");
		break;
	}
}

static void
set_value(struct intake *r, struct slice name, struct slice text, bool integer)
{
	char at[64];
	int ph = library_placeholder(r->lib, name.ptr, name.len);

	if (ph < 0) {
		UNKNOWN(r, PROBLEM_INVALID, "/values",
			nearest(r->lib->placeholders,
				sizeof(struct placeholder),
				r->lib->nplaceholders, name),
			"No placeholder has one of these names; GET "
			"/v1/placeholders lists them.");
		return;
	}
	if (integer && r->lib->placeholders[ph].type != TYPE_INTEGER) {
		(void)snprintf(at, sizeof(at), "/values/%.40s",
			       r->lib->placeholders[ph].name);
		REFUSE(r, PROBLEM_INVALID, at, NULL, "This must be a string.");
		return;
	}
	if (text.len > sizeof(r->ask->room) - r->room) {
		REFUSE(r, PROBLEM_INVALID, "/values", NULL,
		       "All values together have at most %zu bytes.",
		       sizeof(r->ask->room));
		return;
	}
	enum value_verdict verdict =
		values_set(&r->ask->query.values, r->lib, ph, text.ptr,
			   text.len, r->ask->room + r->room);
	if (verdict == VALUE_OK)
		r->room += text.len;
	else if (verdict != VALUE_EMPTY)
		refuse_value(r, ph, verdict);
}

static void
read_values(struct intake *r, json_t *values)
{
	const char *key;
	json_t *value;

	if (!json_is_object(values)) {
		REFUSE(r, PROBLEM_INVALID, "/values", NULL,
		       "values is an object: {\"customer_name\": \"Ana\"}.");
		return;
	}
	json_object_foreach(values, key, value) {
		struct slice name = { key, strlen(key) };
		char digits[24];

		if (json_is_string(value)) {
			set_value(r, name,
				  (struct slice){ json_string_value(value),
						  json_string_length(value) },
				  false);
		} else if (json_is_integer(value)) {
			int n = snprintf(digits, sizeof(digits),
					 "%" JSON_INTEGER_FORMAT,
					 json_integer_value(value));
			set_value(r, name, (struct slice){ digits, (size_t)n },
				  true);
		} else if (!json_is_null(value)) {
			REFUSE(r, PROBLEM_INVALID, "/values", NULL,
			       "Every value is a string.");
		}
	}
}

/* --- from a body ---------------------------------------------------------- */

static struct slice
text_of(const json_t *value)
{
	return (struct slice){ json_string_value(value),
			       json_string_length(value) };
}

static void
set_number(struct intake *r, const char *at, const struct field *f,
	   json_int_t n)
{
	if (n < f->min || n > f->max)
		REFUSE(r, PROBLEM_INVALID, at, NULL,
		       "This must be a whole number from %d to %d.", f->min,
		       f->max);
	else
		f->set_int(r, (int)n);
}

static void
read_member(struct intake *r, const struct field *f, const json_t *value)
{
	const char *at = f->at;

	switch (f->form) {
	case FORM_CODE:
		if (json_is_string(value))
			f->set(r, at, text_of(value));
		else if (!json_is_null(value))
			REFUSE(r, PROBLEM_INVALID, at, NULL,
			       "This must be a string.");
		break;
	case FORM_INT:
		/* Anything but a whole number is out of every range. */
		set_number(r, at, f,
			   json_is_integer(value) ? json_integer_value(value)
						  : (json_int_t)-1);
		break;
	case FORM_BOOL:
		if (json_is_boolean(value))
			f->set_int(r, json_is_true(value));
		else
			REFUSE(r, PROBLEM_INVALID, at, NULL,
			       "This must be true or false.");
		break;
	case FORM_LIST:
		if (f->set_int != NULL)
			f->set_int(r, 1);
		reading_list(r, at, value, f->set);
		break;
	}
}

/* Those requests give back a state; the others are about one that we keep. */
static bool
has_state(enum ask_kind kind)
{
	return (kind & (ASK_MOVE | ASK_STAY)) != 0;
}

static bool
has_values(enum ask_kind kind)
{
	return (kind & ASK_HEAR) == 0;
}

static const struct ask_extra *
find_extra(const struct intake *r, struct slice name)
{
	for (size_t i = 0; i < r->ask->nextras; i++)
		if (is(name, r->ask->extras[i].name))
			return &r->ask->extras[i];
	return NULL;
}

/* Where ${name} is, if it is one that somebody may have meant; else "". */
static void
point_at(char at[64], struct slice name)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz"
				      "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "0123456789_.-";

	at[0] = '\0';
	for (size_t i = 0; i < name.len; i++)
		if (memchr(letters, name.ptr[i], sizeof(letters) - 1) == NULL)
			return;
	if (name.len > 0 && name.len < 63)
		(void)snprintf(at, 64, "/%.*s", (int)name.len, name.ptr);
}

static void
refuse_unknown(struct intake *r, struct slice name, enum ask_kind kind)
{
	const char *names[32];
	char at[64];
	size_t n = 0;

	if (has_values(kind))
		names[n++] = "values";
	if (has_state(kind))
		names[n++] = "state";
	for (size_t i = 0; i < n_ask_fields && n < 32; i++)
		if ((ask_fields[i].kinds & kind) != 0)
			names[n++] = ask_fields[i].at + 1;
	for (size_t i = 0; i < r->ask->nextras && n < 32; i++)
		names[n++] = r->ask->extras[i].name;
	const char *meant = nearest(names, sizeof(names[0]), n, name);

	point_at(at, name);
	REFUSE(r, PROBLEM_INVALID, at, meant,
	       "This resource does not take a member of this name; "
	       "/openapi.json lists them.");
}

static void
read_body(struct intake *r, json_t *body, enum ask_kind kind)
{
	const char *key;
	json_t *value;

	json_object_foreach(body, key, value) {
		struct slice name = { key, strlen(key) };
		const struct field *f = find_field(name, kind);
		const struct ask_extra *x;

		if (f != NULL)
			read_member(r, f, value);
		else if (has_values(kind) && strcmp(key, "values") == 0)
			read_values(r, value);
		else if (has_state(kind) && strcmp(key, "state") == 0)
			reading_state(r, value);
		else if ((x = find_extra(r, name)) != NULL)
			x->set(r, r->ask->arg, value,
			       (struct slice){ NULL, 0 });
		else
			refuse_unknown(r, name, kind);
	}
}

/* --- from a query --------------------------------------------------------- */

static void
split_list(struct intake *r, const char *at, struct slice text, set_fn *set)
{
	const char *end = text.ptr + text.len;

	while (text.ptr < end) {
		const char *comma =
			memchr(text.ptr, ',', (size_t)(end - text.ptr));
		const char *stop = comma == NULL ? end : comma;

		set(r, at,
		    (struct slice){ text.ptr, (size_t)(stop - text.ptr) });
		text.ptr = comma == NULL ? end : comma + 1;
	}
}

static void
read_text(struct intake *r, const struct field *f, struct slice text)
{
	const char *at = f->at;
	json_int_t n = 0;

	switch (f->form) {
	case FORM_CODE:
		f->set(r, at, text);
		break;
	case FORM_INT:
		for (size_t i = 0; i < text.len && n >= 0; i++)
			n = text.ptr[i] >= '0' && text.ptr[i] <= '9' && i < 4
				    ? n * 10 + (text.ptr[i] - '0')
				    : -1;
		set_number(r, at, f, text.len == 0 ? -1 : n);
		break;
	case FORM_BOOL:
		if (is(text, "true") || is(text, "1"))
			f->set_int(r, 1);
		else if (is(text, "false") || is(text, "0"))
			f->set_int(r, 0);
		else
			REFUSE(r, PROBLEM_INVALID, at, NULL,
			       "This must be true or false.");
		break;
	case FORM_LIST:
		if (f->set_int != NULL)
			f->set_int(r, 1);
		split_list(r, at, text, f->set);
		break;
	}
}

static void
read_query(struct intake *r, enum ask_kind kind)
{
	static const char values[] = "values.";
	const size_t nvalues = sizeof(values) - 1;

	for (size_t i = 0; i < r->req->nargs; i++) {
		struct slice name = r->req->args[i].name;
		struct slice text = r->req->args[i].value;
		const struct ask_extra *x;
		const struct field *f;

		if (name.len > nvalues &&
		    memcmp(name.ptr, values, nvalues) == 0)
			set_value(r,
				  (struct slice){ name.ptr + nvalues,
						  name.len - nvalues },
				  text, false);
		else if ((f = find_field(name, kind)) != NULL)
			read_text(r, f, text);
		else if (has_state(kind) && is(name, "state"))
			reading_state_text(r, text);
		else if ((x = find_extra(r, name)) != NULL)
			x->set(r, r->ask->arg, NULL, text);
		else
			refuse_unknown(r, name, kind);
	}
}

/* --- what was left out ---------------------------------------------------- */

static void
find_category(struct intake *r, enum ask_kind kind)
{
	bool needed = (kind & (ASK_MOVE | ASK_STAY | ASK_START)) != 0;

	if (r->category >= 0)
		return;
	r->category = r->fallback;
	if (r->category >= 0 || (!needed && r->category_text.ptr == NULL))
		return;
	if (r->category_text.ptr == NULL)
		REFUSE(r, PROBLEM_INVALID, "/category", NULL,
		       "Say what the complaint is about; GET /v1/categories "
		       "lists the categories, general fits any.");
	else
		UNKNOWN(r, PROBLEM_UNKNOWN_CATEGORY, "/category",
			nearest(r->lib->categories, sizeof(struct category),
				r->lib->ncategories, r->category_text),
			has_state(kind)
				? "No category has this code; with "
				  "fallback=general an unknown one is answered "
				  "as general."
				: "No category has this code; general fits "
				  "any.");
}

static void
settle(struct intake *r)
{
	struct step_query *q = &r->ask->query;
	struct situation *sit = &q->sit;
	const struct category *category = &r->lib->categories[r->category];

	sit->category = r->category;
	sit->protocol = r->protocol;
	sit->channel = r->channel >= 0 ? r->channel : r->lib->default_channel;
	sit->fault = (enum fault)(r->fault >= 0 ? r->fault : category->fault);
	if (r->tone >= 0)
		sit->tone = (enum tone)r->tone;
	else
		sit->tone = sit->intensity >= 3 ? TONE_PLAIN : TONE_WARM;
	if (r->offers_given)
		sit->may_offer = r->offers;
	else
		sit->may_offer =
			sit->speaker == SPEAKER_BOT ? 0 : category->offers;

	struct state *s = &q->state;
	if (q->stage != STAGE_NONE && s->stage != STAGE_NONE &&
	    q->stage != s->stage)
		REFUSE(r, PROBLEM_INVALID, "/stage", NULL,
		       "stage and state.stage differ; leave one of them out.");
	s->flags |= r->flags;
	if (r->used_given) {
		for (int i = 0; i < r->nused; i++)
			state_used(s, r->used[i]);
	} else if (s->offered.len > 0) {
		state_used(s, s->offered);
	}
}

/* Of a turn or a look: what was left out stays as it is kept. */
static void
hand_over(struct intake *r)
{
	struct ask *ask = r->ask;

	ask->query.sit.category = r->category;
	ask->query.sit.channel = r->channel;
	ask->query.sit.fault = (enum fault)r->fault;
	ask->query.state.flags = r->flags;
	ask->used_given = r->used_given;
	ask->nused = (size_t)r->nused;
	memcpy(ask->used, r->used, ask->nused * sizeof(r->used[0]));
}

int
ask_read(const struct request *req, enum ask_kind kind, struct ask *ask,
	 struct reply *reply)
{
	bool turn = (kind & (ASK_TURN | ASK_CHECK)) != 0;
	struct step_query *q = &ask->query;
	struct intake r;

	r.req = req;
	r.lib = req->lib;
	r.reply = reply;
	r.ask = ask;
	r.room = 0;
	r.status = 0;
	r.category = r.fallback = r.channel = r.fault = r.tone = -1;
	r.protocol = req->lib->default_protocol;
	r.category_text = (struct slice){ NULL, 0 };
	r.offers_given = r.used_given = false;
	r.offers = 0;
	r.nused = 0;
	r.flags = 0;

	q->sit.lib = req->lib;
	q->sit.speaker = turn ? (enum speaker) - 1 : SPEAKER_HUMAN;
	q->sit.intensity = turn ? -1 : 2;
	q->sit.locale = 0;
	state_init(&q->state);
	memset(q->values.have, 0, sizeof(q->values.have));
	q->stage = STAGE_NONE;
	q->signal = -1;
	q->wish = (struct wish){ .to = STAGE_NONE };
	q->phrases = 3;
	q->peak = 0;
	q->raw = q->stay = ask->flat = false;
	ask->state = NULL;
	ask->unknown = ask->used_given = false;
	ask->nused = 0;

	if (req->body != NULL && req->nargs > 0)
		REFUSE(&r, PROBLEM_INVALID, "", NULL,
		       "Put everything into the body, or everything into the "
		       "query of a GET.");
	else if (req->body != NULL)
		read_body(&r, req->body, kind);
	else
		read_query(&r, kind);
	find_category(&r, kind);
	if (r.status == 0 && (kind & (ASK_MOVE | ASK_STAY | ASK_START)) != 0)
		settle(&r);
	else if (r.status == 0)
		hand_over(&r);
	return r.status;
}

void
ask_done(struct ask *ask)
{
	json_decref(ask->state);
}
