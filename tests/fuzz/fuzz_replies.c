/*
 * fuzz_replies.c - whatever file of another system comes, each text of it is a
 * template that compiles, or there is a line that says why not.
 *
 * The first byte of the input is the format.
 */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "script/replies.h"
#include "script/template.h"
#include "tests/fuzz/small.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Our placeholders for theirs may be missing here, and nothing else wrong. */
static void
compile(const struct library *lib, const json_t *text)
{
	struct template t;
	struct report report = { 0 };
	struct buf out = { 0 };

	(void)template_compile(lib, json_string_value(text), &out, &t, &report,
			       "");
	for (size_t i = 0; i < report.n; i++)
		assert(strstr(report.lines[i].detail, "placeholder") != NULL ||
		       strstr(report.lines[i].detail, "at most four") != NULL);
	report_free(&report);
	buf_free(&out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct library *lib;
	struct report report = { 0 };
	json_t *reply;
	size_t i;

	if (size == 0)
		return 0;
	if (lib == NULL)
		lib = small_library();
	json_t *all =
		replies_read((enum replies_format)(data[0] % N_REPLIES_FORMATS),
			     (const char *)data + 1, size - 1, &report);

	assert((all != NULL) == report_ok(&report));
	json_array_foreach(all, i, reply)
		compile(lib, json_object_get(reply, "text"));
	json_decref(all);
	report_free(&report);
	return 0;
}
