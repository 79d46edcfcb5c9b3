/*
 * later.h - handlers of the rig whose answers come later.
 */
#ifndef TESTS_API_LATER_H
#define TESTS_API_LATER_H

#include "server/router.h"

/* GET /later/{ms}: after a timer of the loop.  GET /round/{n}: from the loop to
 * a job thread and back, n times, then after a timer. */
handler_fn later_timer, later_round;

/* What they hold that was not freed yet. */
int later_works(void);

/* Timers that have called back. */
int later_answers(void);

#endif /* !TESTS_API_LATER_H */
