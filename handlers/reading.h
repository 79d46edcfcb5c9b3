/*
 * reading.h - a request while it is read; shared by ask.c and its halves.
 */
#ifndef HANDLERS_READING_H
#define HANDLERS_READING_H

#include "handlers/ask.h"
#include "server/problem.h"

/* A request while it is read: what the defaults depend on is kept apart. */
struct intake {
	const struct request *req;
	const struct library *lib;
	struct reply *reply;
	struct ask *ask;
	size_t room; /* bytes of ask->room in use */
	int status;  /* 0, or that of the first refusal */
	int category, fallback, protocol, channel, fault, tone;
	struct slice category_text;
	bool offers_given, used_given;
	uint64_t offers;
	struct frag used[STATE_MAX_USED];
	int nused;
	uint8_t flags;
};

/* How a field's value must look. */
enum form {
	FORM_CODE, /* a string */
	FORM_INT,
	FORM_BOOL,
	FORM_LIST, /* of strings; in a query with commas between */
};

/* Set a field from its text, list item by list item; ${at} is its pointer. */
typedef void set_fn(struct intake *r, const char *at, struct slice text);
typedef void set_int_fn(struct intake *r, int value);

struct field {
	const char *at; /* its pointer: "/" and its name */
	enum form form;
	unsigned kinds; /* ASK_...: which requests have it */
	int min, max;	/* of FORM_INT */
	set_fn *set;
	set_int_fn *set_int; /* of FORM_INT and FORM_BOOL; of FORM_LIST: it was
				given */
};

#define REFUSE(r, ...) ((r)->status = problem_field((r)->reply, __VA_ARGS__))

/* The same for a code that this release does not have. */
#define UNKNOWN(r, ...) ((r)->ask->unknown = true, REFUSE(r, __VA_ARGS__))

/* ask_fields.c: the table of the fields, and the setters that others need. */
extern const struct field ask_fields[];
extern const size_t n_ask_fields;

/**
 * reading_stage(r, at, text):
 * The stage of that code or alias; STAGE_NONE and a refusal if there is none.
 */
int reading_stage(struct intake *r, const char *at, struct slice text);

/**
 * reading_id(r, at, text, id):
 * Check that ${text} has the shape of a phrase id and lend it to ${id}.
 * Return false, and refuse, if it has not.
 */
bool reading_id(struct intake *r, const char *at, struct slice text,
		struct frag *id);

/* Add a flag to what was read so far. */
set_fn reading_flag;

/* ask_state.c: the member "state", as an object or as its text. */
void reading_state(struct intake *r, json_t *state);
void reading_state_text(struct intake *r, struct slice text);

/* Every item of ${list} to ${set}; ${at} is the pointer to the list. */
void reading_list(struct intake *r, const char *at, const json_t *list,
		  set_fn *set);

#endif /* !HANDLERS_READING_H */
