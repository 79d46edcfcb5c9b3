/*
 * kept_fields.c - members that only conversations have.
 */
#include <stdio.h>
#include <string.h>

#include "handlers/kept.h"
#include "handlers/nearest.h"
#include "handlers/reading.h"
#include "server/utf8.h"
#include "server/when.h"

#define NELEMS(a) (sizeof(a) / sizeof((a)[0]))

static struct slice
text_of(const json_t *value)
{
	return (struct slice){ json_string_value(value),
			       json_string_length(value) };
}

/* One line of 1 to KEPT_TEXT characters, or NULL and a refusal. */
static const char *
line_of(struct intake *r, const char *at, const json_t *value)
{
	struct slice text = text_of(value);
	size_t n = 0, size = 0;
	unsigned cp;

	for (size_t i = 0; i < text.len; i += size, n++) {
		size = utf8_char(text.ptr + i, text.len - i, &cp);
		if (size == 0 || utf8_control(cp))
			n = KEPT_TEXT + 1;
		if (size == 0)
			break;
	}
	bool fits = n > 0 && n <= KEPT_TEXT;

	if (fits)
		return text.ptr;
	REFUSE(r, PROBLEM_INVALID, at, NULL,
	       "This must be a line of 1 to %d characters.", KEPT_TEXT);
	return NULL;
}

/* The nearest of the ${n} codes, at most 8, that ${code} gives. */
#define FIND(name, type, code, n) \
	static const char *name(struct slice text) \
	{ \
		const char *codes[8]; \
\
		for (int i = 0; i < (n); i++) \
			codes[i] = code((type)i); \
		return text.ptr == NULL ? NULL \
					: nearest(codes, sizeof(codes[0]), \
						  (size_t)(n), text); \
	}
FIND(nearest_status, enum case_status, case_status_code, N_CASE_STATUSES)
FIND(nearest_result, enum follow_up_result, follow_up_result_code,
     N_FOLLOW_UP_RESULTS)
#undef FIND

/* --- the setters ---------------------------------------------------------- */

static void
set_ref(struct intake *r, void *arg, const json_t *value, struct slice text)
{
	struct kept *k = arg;

	(void)text;
	if (!json_is_null(value))
		k->ref = line_of(r, "/ref", value);
}

static void
set_subject(struct intake *r, void *arg, const json_t *value, struct slice text)
{
	struct kept *k = arg;

	(void)text;
	if (!json_is_null(value))
		k->subject = line_of(r, "/subject", value);
}

static void
set_due(struct intake *r, struct kept *k, const json_t *value)
{
	struct slice text = text_of(value);
	int64_t seconds;

	if (text.ptr != NULL && when_read(text.ptr, text.len, &seconds))
		k->pledge.due = seconds * 1000000;
	else
		REFUSE(r, PROBLEM_INVALID, "/promise/due", NULL,
		       "due is a time such as 2030-01-31T15:00:00Z.");
}

static void
set_promise(struct intake *r, void *arg, const json_t *value, struct slice text)
{
	static const char *const names[] = { "who", "what", "due" };
	struct kept *k = arg;
	const char *key;
	json_t *member;

	(void)text;
	if (json_is_null(value))
		return;
	if (!json_is_object(value)) {
		REFUSE(r, PROBLEM_INVALID, "/promise", NULL,
		       "promise is an object with who, what and due.");
		return;
	}
	k->pledged = true;
	k->pledge.due = -1;
	json_object_foreach((json_t *)(uintptr_t)value, key, member) {
		if (strcmp(key, "who") == 0)
			k->pledge.who = line_of(r, "/promise/who", member);
		else if (strcmp(key, "what") == 0)
			k->pledge.what = line_of(r, "/promise/what", member);
		else if (strcmp(key, "due") == 0)
			set_due(r, k, member);
		else
			REFUSE(r, PROBLEM_INVALID, "/promise",
			       nearest(names, sizeof(names[0]), 3,
				       (struct slice){ key, strlen(key) }),
			       "A promise has who, what and due.");
	}
	if (r->status == 0 && (k->pledge.who == NULL ||
			       k->pledge.what == NULL || k->pledge.due < 0))
		REFUSE(r, PROBLEM_INVALID, "/promise", NULL,
		       "Say who promises, what, and until when it is due.");
}

static void
set_status(struct intake *r, void *arg, const json_t *value, struct slice text)
{
	struct kept *k = arg;

	text = text_of(value);
	k->patch.status =
		text.ptr != NULL ? case_status_find(text.ptr, text.len) : -1;
	if (k->patch.status < 0)
		REFUSE(r, PROBLEM_INVALID, "/status", nearest_status(text),
		       "status is active, paused or closed.");
}

static void
set_outcome(struct intake *r, void *arg, const json_t *value, struct slice text)
{
	static const char *const codes[] = { "calmed",	    "resolved",
					     "handed_over", "left",
					     "abusive",	    "unresolved" };
	struct kept *k = arg;

	k->patch.clear_outcome = json_is_null(value);
	if (k->patch.clear_outcome)
		return;
	text = text_of(value);
	if (text.ptr != NULL)
		k->patch.outcome = case_outcome_find(text.ptr, text.len);
	if (k->patch.outcome == NULL)
		REFUSE(r, PROBLEM_INVALID, "/outcome",
		       text.ptr == NULL ? NULL
					: nearest(codes, sizeof(codes[0]),
						  NELEMS(codes), text),
		       "outcome is calmed, resolved, handed_over, left, "
		       "abusive or unresolved.");
}

static void
set_root_cause(struct intake *r, void *arg, const json_t *value,
	       struct slice text)
{
	struct kept *k = arg;

	k->patch.clear_root_cause = json_is_null(value);
	if (k->patch.clear_root_cause)
		return;
	text = text_of(value);
	if (text.ptr != NULL && case_root_cause_ok(text.ptr, text.len))
		k->patch.root_cause = text.ptr;
	else
		REFUSE(r, PROBLEM_INVALID, "/root_cause", NULL,
		       "root_cause is a code of yours: 1 to %d letters, "
		       "digits, \"_\", \"-\" and \".\".",
		       CASE_MAX_ROOT_CAUSE);
}

static void
set_kept(struct intake *r, void *arg, const json_t *value, struct slice text)
{
	struct kept *k = arg;

	(void)text;
	const char *word = json_string_value(value);

	if (word != NULL && strcmp(word, "kept") == 0)
		k->result = true;
	else if (word != NULL && strcmp(word, "broken") == 0)
		k->result = false;
	else
		REFUSE(r, PROBLEM_INVALID, "/result", NULL,
		       "result is kept or broken.");
}

static void
set_result(struct intake *r, void *arg, const json_t *value, struct slice text)
{
	struct kept *k = arg;

	text = text_of(value);
	k->result = text.ptr != NULL ? follow_up_result_find(text.ptr, text.len)
				     : -1;
	if (k->result < 0)
		REFUSE(r, PROBLEM_INVALID, "/result", nearest_result(text),
		       "result is satisfied, unsatisfied, no_answer or done.");
}

/* --- which request has which ---------------------------------------------- */

static const struct ask_extra of_start[] = { { "ref", set_ref },
					     { "subject", set_subject } };
static const struct ask_extra of_turn[] = {
	{ "promise", set_promise },
	{ "message", kept_message_set },
	{ "read", kept_message_wanted },
};
static const struct ask_extra of_patch[] = { { "status", set_status },
					     { "outcome", set_outcome },
					     { "root_cause", set_root_cause } };
static const struct ask_extra of_promise[] = { { "result", set_kept } };
static const struct ask_extra of_follow_up[] = { { "result", set_result } };

/* clang-format off */
const struct kept_form kept_forms[] = {
	[KEPT_START]     = { ASK_START, false, of_start, NELEMS(of_start), NULL },
	[KEPT_TURN]      = { ASK_TURN,  true,  of_turn, NELEMS(of_turn), "signal" },
	[KEPT_UNDO]      = { ASK_LOOK,  true,  NULL, 0, NULL },
	[KEPT_PATCH]     = { ASK_PATCH, true,  of_patch, NELEMS(of_patch), NULL },
	[KEPT_PROMISE]   = { ASK_LOOK,  false, of_promise, NELEMS(of_promise), "result" },
	[KEPT_FOLLOW_UP] = { ASK_LOOK,  false, of_follow_up, NELEMS(of_follow_up), "result" },
};
/* clang-format on */
