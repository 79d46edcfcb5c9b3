/*
 * case_json.c - a conversation as the API shows it.
 */
#include <string.h>
#include <time.h>

#include "script/case_json.h"
#include "script/render.h"

/* --- pieces --------------------------------------------------------------- */

void
case_json_id(struct buf *out, const uint8_t *id)
{
	static const char hex[] = "0123456789abcdef";

	for (int i = 0; i < CASE_ID; i++) {
		if (i == 4 || i == 6 || i == 8 || i == 10)
			buf_char(out, '-');
		buf_char(out, hex[id[i] >> 4]);
		buf_char(out, hex[id[i] & 15]);
	}
}

void
case_json_time(struct buf *out, int64_t us)
{
	char text[40];
	time_t seconds = (time_t)(us / 1000000);
	struct tm tm;

	if (gmtime_r(&seconds, &tm) == NULL)
		tm = (struct tm){ .tm_year = 70, .tm_mday = 1 };
	buf_add(out, text,
		strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &tm));
}

static void
add_text(struct buf *out, const char *text)
{
	if (text == NULL) {
		buf_lit(out, "null");
		return;
	}
	buf_char(out, '"');
	buf_json(out, text, strlen(text));
	buf_char(out, '"');
}

static void
add_id(struct buf *out, const uint8_t *id)
{
	buf_char(out, '"');
	case_json_id(out, id);
	buf_char(out, '"');
}

static void
add_time(struct buf *out, int64_t us)
{
	buf_char(out, '"');
	case_json_time(out, us);
	buf_char(out, '"');
}

static void
add_list(struct buf *out, const char *const *list, size_t n)
{
	buf_char(out, '[');
	for (size_t i = 0; i < n; i++) {
		if (i > 0)
			buf_char(out, ',');
		add_text(out, list[i]);
	}
	buf_char(out, ']');
}

/* Append a name and the text after it: both are of ours or escaped. */
#define TEXT(out, name, text) (buf_lit(out, name), add_text(out, text))
#define INT(out, name, n) (buf_lit(out, name), buf_int(out, n))
#define TIME(out, name, us) (buf_lit(out, name), add_time(out, us))

/* --- the conversation ----------------------------------------------------- */

static void
add_promises(struct buf *out, const struct kase *c)
{
	buf_char(out, '[');
	for (size_t i = 0; i < c->npromises; i++) {
		const struct case_promise *p = &c->promises[i];

		if (i > 0)
			buf_char(out, ',');
		INT(out, "{\"id\":", p->id);
		TEXT(out, ",\"who\":", p->who);
		TEXT(out, ",\"what\":", p->what);
		TIME(out, ",\"due\":", p->due);
		TEXT(out, ",\"status\":", promise_status_code(p->status));
		buf_char(out, '}');
	}
	buf_char(out, ']');
}

static void
add_follow_ups(struct buf *out, const struct kase *c)
{
	buf_char(out, '[');
	for (size_t i = 0; i < c->nfollow_ups; i++) {
		const struct case_follow_up *f = &c->follow_ups[i];

		buf_str(out, i == 0 ? "{\"id\":" : ",{\"id\":");
		add_id(out, f->id);
		TEXT(out, ",\"kind\":", follow_up_kind_code(f->kind));
		TIME(out, ",\"due\":", f->due);
		TEXT(out, ",\"status\":", follow_up_status_code(f->status));
		buf_char(out, '}');
	}
	buf_char(out, ']');
}

/* What the next person needs to know, once there is or was one. */
static void
add_handover(struct buf *out, const struct kase *c)
{
	size_t i = 0;

	while (i < c->nvisited && strcmp(c->visited[i], "handover") != 0)
		i++;
	if (i == c->nvisited) {
		buf_lit(out, "null");
		return;
	}
	buf_lit(out, "{\"stages\":");
	add_list(out, c->visited, c->nvisited);
	buf_lit(out, ",\"categories\":");
	add_list(out, c->categories, c->ncategories);
	buf_lit(out, ",\"promises\":");
	add_promises(out, c);
	buf_lit(out, ",\"phrases\":");
	add_list(out, c->used, c->nused);
	INT(out, ",\"peak_intensity\":", c->peak_intensity);
	INT(out, ",\"reescalations\":", c->counts[COUNT_REESCALATIONS]);
	buf_char(out, '}');
}

void
case_json(struct buf *out, const struct kase *c)
{
	buf_lit(out, "{\"id\":");
	add_id(out, c->id);
	INT(out, ",\"version\":", c->version);
	TEXT(out, ",\"status\":", case_status_code(c->status));
	TEXT(out, ",\"category\":", c->category);
	TEXT(out, ",\"protocol\":", c->protocol);
	TEXT(out, ",\"stage\":", c->stage);
	TEXT(out, ",\"channel\":", c->channel);
	TEXT(out, ",\"speaker\":", speaker_code((int)c->speaker));
	TEXT(out, ",\"fault\":", fault_code((int)c->fault));
	INT(out, ",\"intensity\":", c->intensity);
	INT(out, ",\"peak_intensity\":", c->peak_intensity);
	TEXT(out, ",\"locale\":", c->locale);
	buf_lit(out, ",\"may_offer\":");
	add_list(out, c->may_offer, c->nmay_offer);
	TEXT(out, ",\"ref\":", c->ref);
	TEXT(out, ",\"subject\":", c->subject);
	TEXT(out, ",\"outcome\":", c->outcome);
	TEXT(out, ",\"root_cause\":", c->root_cause);
	INT(out, ",\"release\":", c->release);
	TIME(out, ",\"created_at\":", c->created);
	TIME(out, ",\"updated_at\":", c->updated);
	buf_lit(out, ",\"promises\":");
	add_promises(out, c);
	buf_lit(out, ",\"follow_ups\":");
	add_follow_ups(out, c);
	buf_lit(out, ",\"handover\":");
	add_handover(out, c);
	buf_char(out, '}');
}

/* --- turns and follow-ups ------------------------------------------------- */

void
case_json_turns(struct buf *out, const struct case_turn *turns, size_t n)
{
	buf_char(out, '[');
	for (size_t i = 0; i < n; i++) {
		const struct case_turn *t = &turns[i];

		if (i > 0)
			buf_char(out, ',');
		INT(out, "{\"n\":", t->n);
		TIME(out, ",\"at\":", t->at);
		TEXT(out, ",\"signal\":", t->signal);
		TEXT(out, ",\"from\":", t->from);
		TEXT(out, ",\"to\":", t->to);
		buf_lit(out, ",\"moved\":");
		buf_str(out, t->moved ? "true" : "false");
		INT(out, ",\"intensity\":", t->intensity);
		INT(out, ",\"release\":", t->release);
		buf_lit(out, ",\"phrases\":");
		add_list(out, t->phrases, t->nphrases);
		TEXT(out, ",\"note\":", t->note);
		buf_char(out, '}');
	}
	buf_char(out, ']');
}

void
case_json_answer(struct buf *out, const struct case_change *change,
		 const struct case_turn *turns, size_t n)
{
	buf_lit(out, "{\"conversation\":");
	case_json(out, &change->after);
	buf_lit(out, ",\"step\":");
	render_json(out, &change->step);
	if (out->len > 0 && !out->failed)
		out->len--; /* its newline */
	if (turns != NULL) {
		buf_lit(out, ",\"turns\":");
		case_json_turns(out, turns, n);
	}
	buf_lit(out, "}\n");
}

void
case_json_follow_up(struct buf *out, const uint8_t *id,
		    const struct case_follow_up *f)
{
	buf_lit(out, "{\"id\":");
	add_id(out, f->id);
	buf_lit(out, ",\"conversation\":");
	add_id(out, id);
	TEXT(out, ",\"kind\":", follow_up_kind_code(f->kind));
	TIME(out, ",\"due\":", f->due);
	TEXT(out, ",\"status\":", follow_up_status_code(f->status));
	TEXT(out, ",\"signal\":", f->signal);
	buf_char(out, '}');
}
