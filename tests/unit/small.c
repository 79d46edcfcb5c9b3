/*
 * small.c - the small library for tests.
 */
#include <check.h>
#include <string.h>

#include "script/bundle.h"
#include "script/report.h"
#include "tests/unit/small.h"

static void
fail_with(const struct report *report)
{
	for (size_t i = 0; i < report->n; i++)
		fprintf(stderr, "%s: %s\n", report->lines[i].pointer,
			report->lines[i].detail);
	ck_abort_msg("the bundle does not build");
}

json_t *
small_bundle(void)
{
	json_error_t err;
	json_t *bundle = json_load_file("tests/unit/small.json", 0, &err);

	ck_assert_msg(bundle != NULL, "small.json:%d: %s", err.line, err.text);
	return bundle;
}

struct library *
small_build(json_t *bundle)
{
	struct report report = { 0 };
	size_t len;
	char *text = json_dumps(bundle, 0);

	ck_assert_ptr_nonnull(text);
	len = strlen(text);
	json_t *canonical = bundle_read(text, len, &report);
	free(text);
	if (canonical == NULL)
		fail_with(&report);
	struct library *lib = library_from_bundle(canonical, 1, &report);
	json_decref(canonical);
	if (lib == NULL)
		fail_with(&report);
	report_free(&report);
	return lib;
}

struct library *
small_library(void)
{
	json_t *bundle = small_bundle();
	struct library *lib = small_build(bundle);

	json_decref(bundle);
	return lib;
}

int
small_stage(const struct library *lib, const char *code)
{
	int stage = library_stage(lib, code, strlen(code));

	ck_assert_msg(stage >= 0, "no stage %s", code);
	return stage;
}

int
small_signal(const struct library *lib, const char *code)
{
	int signal = library_signal(lib, code, strlen(code));

	ck_assert_msg(signal >= 0, "no signal %s", code);
	return signal;
}

struct situation
small_situation(const struct library *lib, const char *category,
		const char *channel)
{
	struct situation sit = { .lib = lib, .intensity = 2 };

	sit.category = library_category(lib, category, strlen(category));
	sit.channel = library_channel(lib, channel, strlen(channel));
	sit.protocol = lib->default_protocol;
	sit.speaker = SPEAKER_HUMAN;
	sit.fault = FAULT_UNKNOWN;
	sit.tone = TONE_WARM;
	ck_assert_int_ge(sit.category, 0);
	ck_assert_int_ge(sit.channel, 0);
	return sit;
}
