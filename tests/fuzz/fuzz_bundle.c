/*
 * fuzz_bundle.c - any text is a bundle that builds, or is refused with reasons.
 */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "script/audit.h"
#include "script/bundle.h"
#include "script/library.h"
#include "script/report.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct report report = { 0 };
	json_t *bundle = bundle_read((const char *)data, size, &report);
	struct library *lib;

	if (bundle == NULL) {
		assert(!report_ok(&report));
		report_free(&report);
		return 0;
	}
	/* Canonical form is stable: read again, it is the same text. */
	size_t len, again_len;
	char *text = bundle_write(bundle, &len);
	json_t *again = text == NULL ? NULL : bundle_read(text, len, &report);
	char *same = again == NULL ? NULL : bundle_write(again, &again_len);
	assert(same != NULL && again_len == len &&
	       memcmp(text, same, len) == 0);
	free(text);
	free(same);
	json_decref(again);

	lib = library_from_bundle(bundle, 1, &report);
	assert((lib == NULL) == !report_ok(&report));
	if (lib != NULL)
		audit(lib, bundle, &report);
	library_unref(lib);
	json_decref(bundle);
	report_free(&report);
	return 0;
}
