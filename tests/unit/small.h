/*
 * small.h - a small library whose every row a test can hold in its head.
 */
#ifndef TESTS_SMALL_H
#define TESTS_SMALL_H

#include <jansson.h>

#include "script/walk.h"

/* tests/unit/small.json, parsed; the caller owns it.  Fails the test if not. */
json_t *small_bundle(void);

/* The library of ${bundle} (borrowed); fails the test if it does not build. */
struct library *small_build(json_t *bundle);

/* The library of small.json. */
struct library *small_library(void);

/* Look a code up that must be there. */
int small_stage(const struct library *lib, const char *code);
int small_signal(const struct library *lib, const char *code);

/* A situation in ${lib}: ${category}, ${channel}, defaults for the rest. */
struct situation small_situation(const struct library *lib,
				 const char *category, const char *channel);

#endif /* !TESTS_SMALL_H */
