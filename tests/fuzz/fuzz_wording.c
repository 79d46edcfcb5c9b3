/*
 * fuzz_wording.c - any bytes are a draft: findings lie within it, in order,
 * and the rules of the shipped library are silent about nothing twice.  The
 * first byte says where the draft shall be said.
 */
#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "script/bundle.h"
#include "script/library.h"
#include "script/report.h"
#include "script/wording.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The shipped library, built once, from the root of the project. */
static struct library *
shipped(void)
{
	struct report report = { 0 };
	FILE *f = fopen("sql/content/library.json", "r");
	size_t room = 8 << 20, len;
	char *text = malloc(room);
	json_t *bundle;
	struct library *lib;

	if (f == NULL || text == NULL) {
		fputs("sql/content/library.json cannot be read\n", stderr);
		exit(1);
	}
	len = fread(text, 1, room, f);
	fclose(f);
	bundle = bundle_read(text, len, &report);
	lib = bundle == NULL ? NULL : library_from_bundle(bundle, 1, &report);
	free(text);
	json_decref(bundle);
	report_free(&report);
	if (lib == NULL)
		exit(1);
	return lib;
}

static void
look(const struct library *lib, const struct draft *d)
{
	struct finding found[WORDING_MAX];
	bool more = false;
	size_t n = wording_check(lib, d, found, &more);

	assert(n <= WORDING_MAX);
	for (size_t i = 0; i < n; i++) {
		assert(found[i].rule < lib->wording->nrules);
		assert(found[i].at <= found[i].end && found[i].end <= d->len);
		assert(found[i].sentence_at <= found[i].sentence_end &&
		       found[i].sentence_end <= d->len);
		assert(i == 0 || found[i - 1].at <= found[i].at);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct library *lib;
	struct values values = { 0 };
	struct draft d;
	struct frag said;
	char room[8];

	if (lib == NULL)
		lib = shipped();
	if (size == 0)
		return 0;
	d = DRAFT_OF((const char *)data + 1, size - 1);
	look(lib, &d);
	(void)values_set(&values, lib, lib->wording->customer_name, "Ana", 3,
			 room);
	said = (struct frag){ d.text, (uint32_t)(d.len / 2) };
	d.stage = data[0] % (int)lib->nstages;
	d.channel = data[0] % (int)lib->nchannels;
	d.category = data[0] % (int)lib->ncategories;
	d.fault = data[0] % N_FAULTS;
	d.intensity = data[0] % (INTENSITY_MAX + 1);
	d.speaker = SPEAKER_HUMAN;
	d.values = &values;
	look(lib, &d);
	d.said = &said;
	d.nsaid = 1;
	look(lib, &d);
	return 0;
}
