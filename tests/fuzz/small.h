/*
 * small.h - the small library, for targets that need one.
 */
#ifndef TESTS_FUZZ_SMALL_H
#define TESTS_FUZZ_SMALL_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "script/library.h"
#include "script/report.h"

#include "script/bundle.h"

/* Built once, from the root of the project; the program ends if it cannot. */
static inline json_t *
small_json(void)
{
	struct report report = { 0 };
	json_t *raw = json_load_file("tests/unit/small.json", 0, NULL);
	char *text = raw == NULL ? NULL : json_dumps(raw, 0);
	json_t *bundle =
		text == NULL ? NULL : bundle_read(text, strlen(text), &report);

	if (bundle == NULL) {
		fputs("tests/unit/small.json cannot be read\n", stderr);
		exit(1);
	}
	free(text);
	json_decref(raw);
	report_free(&report);
	return bundle;
}

static inline struct library *
small_library(void)
{
	struct report report = { 0 };
	json_t *bundle = small_json();
	struct library *lib = library_from_bundle(bundle, 1, &report);

	if (lib == NULL)
		exit(1);
	json_decref(bundle);
	return lib;
}

#endif /* !TESTS_FUZZ_SMALL_H */
