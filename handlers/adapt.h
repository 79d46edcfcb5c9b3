/*
 * adapt.h - what a bot platform asks, made into what /v1/next takes.
 *
 * A platform sends what it has: arguments that somebody wrote for us, and its
 * own memory (slots, parameters), of which some names are ours by chance.  Both
 * become one body for /v1/next, read by the same code, so that it has the same
 * limits and says the same no; but what it refuses of the memory is left out,
 * since a bot whose turn fails says nothing at all.  Only the category stays:
 * there is no answer without one, and the refusal says what is near.
 *
 * A bot is always `speaker: bot`, and there to speak: where nothing says how
 * far the conversation is, it opens.
 */
#ifndef HANDLERS_ADAPT_H
#define HANDLERS_ADAPT_H

#include <stdbool.h>

#include <jansson.h>

struct library;
struct reply;
struct request;
struct sift_rules;

/* How angry a customer is when a bot should leave them to a person. */
#define ADAPT_TOO_ANGRY 3

/* The members that the adapters read, for http_options.sift. */
extern const struct sift_rules adapt_rules;

struct adapt {
	const struct library *lib;
	json_t *ask;	/* the body so far; owned */
	json_t *memory; /* the pointers of what is from the memory; owned */
	bool read;	/* the message is to be read */
	bool failed;	/* out of memory */
};

/**
 * adapt_begin(a, req):
 * Begin with nothing.  adapt_end() is due.
 */
void adapt_begin(struct adapt *a, const struct request *req);

/**
 * adapt_take(a, from):
 * Take the members of ${from} (an object, or anything else for none) that are
 * fields of /v1/next or placeholders, and were not taken before.  They are
 * meant for us: what does not fit is refused later.
 */
void adapt_take(struct adapt *a, const json_t *from);

/**
 * adapt_recall(a, body, prefix):
 * The same with those members of the memory that were kept of the request's
 * ${body}: their paths begin with ${prefix}.
 */
void adapt_recall(struct adapt *a, const json_t *body, const char *prefix);

/**
 * adapt_set(a, name, value):
 * Set a field that was not taken before.  Takes ${value}.
 */
void adapt_set(struct adapt *a, const char *name, json_t *value);

/**
 * adapt_has(a, name):
 * Is there such a field?
 */
bool adapt_has(const struct adapt *a, const char *name);

/**
 * adapt_hear(a, text):
 * If the message ${text} is to be read: what it shows becomes the signal and
 * the intensity, where these were left out.
 */
void adapt_hear(struct adapt *a, const char *text);

/**
 * adapt_step(a, req, reply, step):
 * Ask.  Return 0 and the object of /v1/next in ${step}, which the caller owns;
 * or the status of the problem in ${reply}.  With a stage and no signal it is
 * the step of that stage itself, with no move.
 */
int adapt_step(struct adapt *a, const struct request *req, struct reply *reply,
	       json_t **step);

/**
 * adapt_end(a):
 * Free what ${a} holds.
 */
void adapt_end(struct adapt *a);

/* The texts of an array of {"id", "text"} or of texts; NULL: out of memory. */
json_t *adapt_texts(const json_t *items);

/* The text of the first line to say, or ""; its id, or null.  New. */
json_t *adapt_line(const json_t *step, const char *name);

#endif /* !HANDLERS_ADAPT_H */
