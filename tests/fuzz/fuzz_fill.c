/*
 * fuzz_fill.c - any template that compiles is filled by any value within its
 * bytes: the first line of the input is the template, the rest the value.
 */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "script/fill.h"
#include "tests/fuzz/small.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
fill(const struct library *lib, const char *value, size_t len)
{
	const struct phrase *p = NULL;
	struct values values = { 0 };
	char *room = malloc(len * lib->nplaceholders + 1);
	struct buf out;
	int64_t n = library_phrase(lib, "general/closed/9", 16);

	assert(n >= 0);
	p = &lib->phrases[n];
	for (size_t i = 0; room != NULL && i < lib->nplaceholders; i++)
		(void)values_set(&values, lib, (int)i, value, len,
				 room + i * len);
	buf_init(&out, 0);
	fill_template(&out, lib, p, FILL_PLAIN);
	out.len = 0;
	fill_line(&out, lib, p, &values, true, FILL_PLAIN);
	out.len = 0;
	buf_char(&out, '"');
	fill_line(&out, lib, p, &values, false, FILL_JSON);
	buf_char(&out, '"');
	json_t *text = json_loadb(out.ptr, out.len, JSON_DECODE_ANY, NULL);
	assert(text != NULL || out.failed);
	json_decref(text);
	buf_free(&out);
	free(room);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static json_t *bundle;
	const char *text = (const char *)data;
	const char *line = memchr(text, '\n', size);
	size_t len = line == NULL ? size : (size_t)(line - text);
	struct report report = { 0 };

	if (bundle == NULL)
		bundle = small_json();
	json_t *template = json_stringn(text, len);
	if (template == NULL || len == 0)
		goto out;
	json_t *mine = json_copy(bundle);
	json_t *phrases = json_copy(json_object_get(bundle, "phrases"));
	json_t *phrase = json_deep_copy(json_array_get(phrases, 0));
	json_object_set_new(phrase, "id", json_string("general/closed/9"));
	json_object_set_new(phrase, "category", json_string("general"));
	json_object_set_new(phrase, "stage", json_string("closed"));
	json_object_set(phrase, "text", template);
	json_array_append_new(phrases, phrase);
	json_object_set_new(mine, "phrases", phrases);

	struct library *lib = library_from_bundle(mine, 1, &report);
	if (lib != NULL)
		fill(lib, line == NULL ? "" : line + 1,
		     line == NULL ? 0 : size - len - 1);
	library_unref(lib);
	json_decref(mine);
out:
	json_decref(template);
	report_free(&report);
	return 0;
}
