/*
 * kept.h - calls that change a conversation: each has one of its own.
 */
#ifndef TESTS_FAULT_KEPT_H
#define TESTS_FAULT_KEPT_H

#include "tests/fault/calls.h"

/**
 * kept_begin(a, port, bearer):
 * Write target and headers of ${a}, a FRESH call: an Idempotency-Key that was
 * not used before, version 2, and in the target the id of a conversation that
 * is at it for a *, of what is due of it for a !, both made by a caller with
 * the line ${bearer}.  The @ of any call is a conversation that stays.
 */
void kept_begin(struct asked *a, int port, const char *bearer);

/**
 * kept_same(got, model):
 * Are these the same, but for ids and times?
 */
bool kept_same(const char *got, const char *model);

#endif /* !TESTS_FAULT_KEPT_H */
