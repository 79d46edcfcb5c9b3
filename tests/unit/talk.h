/*
 * talk.h - a conversation that a test holds, and moves on.
 */
#ifndef TESTS_TALK_H
#define TESTS_TALK_H

#include "script/case.h"

#define TALK_START INT64_C(1800000000000000) /* 2027-01-15T08:00:00Z */
#define TALK_DAY INT64_C(86400000000)
#define TALK_MAX_TURNS 400

struct talk {
	struct case_context ctx; /* its arena is the one below */
	struct arena arena;
	struct kase now;
	struct case_turn turns[TALK_MAX_TURNS];
	size_t nturns;
	struct case_change change; /* the last one */
	enum case_refusal refusal; /* of the last one */
};

/* The library that ships; library_unref() it. */
struct library *talk_library(void);

/* Begin one about ${category} on ${channel}.  Fails the test if refused. */
void talk_begin(struct talk *t, const struct library *lib, const char *category,
		const char *channel);
void talk_end(struct talk *t);

/*
 * Do one thing; an accepted one becomes t->now, and its turn is kept.  All
 * return whether it was accepted; t->refusal says why not.
 */
bool talk_ask(struct talk *t, const struct case_ask *ask);
bool talk_say(struct talk *t, const char *signal);
bool talk_promise(struct talk *t, const char *signal, int64_t due);
bool talk_to(struct talk *t, const char *signal, const char *to, bool force);
bool talk_undo(struct talk *t);
bool talk_patch(struct talk *t, const struct case_patch_ask *ask);
bool talk_status(struct talk *t, enum case_status status, bool force);
bool talk_promised(struct talk *t, int id, bool kept);
bool talk_follow_up(struct talk *t, int n, enum follow_up_result result);

/* Say each of ${signals}, codes with a space between; all are accepted. */
void talk_all(struct talk *t, const char *signals);

/* What is as JSON: the whole, without the line's end; free() it. */
char *talk_saved(const struct kase *c, bool whole);
char *talk_shown(const struct kase *c);
char *talk_answer(const struct talk *t);

#endif /* !TESTS_TALK_H */
