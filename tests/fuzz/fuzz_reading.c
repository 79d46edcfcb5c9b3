/*
 * fuzz_reading.c - any bytes are read, the same way twice, and told in JSON
 * with spans that lie within them.
 */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "script/buf.h"
#include "script/reading.h"
#include "script/reading_json.h"
#include "tests/fuzz/small.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The library that ships: the small one has no cues. */
static struct library *
whole_library(void)
{
	struct report report = { 0 };
	json_t *raw = json_load_file("sql/content/library.json", 0, NULL);
	char *text = raw == NULL ? NULL : json_dumps(raw, 0);
	json_t *bundle =
		text == NULL ? NULL : bundle_read(text, strlen(text), &report);
	struct library *lib =
		bundle == NULL ? NULL : library_from_bundle(bundle, 1, &report);

	if (lib == NULL) {
		fputs("sql/content/library.json does not build\n", stderr);
		exit(1);
	}
	free(text);
	json_decref(raw);
	json_decref(bundle);
	return lib;
}

static void
within(const struct heard_item *items, size_t n, size_t size)
{
	for (size_t i = 0; i < n; i++) {
		assert(items[i].score > 0 && items[i].score <= 1000);
		assert(i == 0 || items[i - 1].score >= items[i].score);
		for (size_t k = 0; k < items[i].nspans; k++) {
			assert(items[i].spans[k].at < items[i].spans[k].end);
			assert(items[i].spans[k].end <= size);
		}
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct library *lib;
	const char *text = (const char *)data;
	struct heard h = { 0 }, again = { 0 };
	struct buf out = { 0 };
	json_t *all;

	if (lib == NULL)
		lib = whole_library();
	reading_hear(lib, text, size, &h);
	reading_hear(lib, text, size, &again);
	assert(h.heat == again.heat && h.nsignals == again.nsignals &&
	       h.ncategories == again.ncategories);
	assert(h.heat >= 0 && h.heat <= 1000);
	assert(h.intensity >= 0 && h.intensity <= INTENSITY_MAX);
	within(h.signals, h.nsignals, size);
	within(h.categories, h.ncategories, size);
	for (size_t i = 0; i < h.nbecause; i++)
		assert(h.because[i].span.at < h.because[i].span.end &&
		       h.because[i].span.end <= size);
	assert(!reading_drives(lib, &h)->confirm);
	reading_json(&out, lib, text, size, &h);
	all = json_loadb(out.ptr, out.len, 0, NULL);
	assert(all != NULL || out.failed);
	json_decref(all);
	buf_free(&out);
	return 0;
}
