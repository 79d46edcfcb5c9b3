/*
 * fuzz_sift.c - a body in pieces: whatever it is and wherever it is cut, the
 * same is kept of it, and what is kept is JSON.
 */
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "server/sift.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

static const char *const paths[] = { "a", "b.c", "b.d.e", "m.*", NULL };

static bool
wants(const void *arg, const char *name, size_t len)
{
	return len > 0 && name[0] == *(const char *)arg;
}

static const struct sift_rules rules = { paths, wants };
static const char known[] = "k";

static enum sift_verdict
run(const char *text, size_t len, size_t piece, char **kept, size_t *n)
{
	struct sift *sift = sift_new(&rules);
	size_t at;

	if (sift == NULL)
		abort();
	for (size_t i = 0; i < len; i += piece)
		sift_piece(sift, known, text + i,
			   len - i < piece ? len - i : piece);
	enum sift_verdict verdict = sift_end(sift, kept, n, &at);

	if (at > len)
		abort();
	sift_free(sift);
	return verdict;
}

int
LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	const char *text = (const char *)data;
	char *one = NULL, *other = NULL;
	size_t n = 0, m = 0;
	enum sift_verdict verdict = run(text, size, size + 1, &one, &n);

	if (run(text, size, 1 + size % 7, &other, &m) != verdict)
		abort();
	if (verdict == SIFT_OK) {
		json_error_t err;
		json_t *kept = json_loadb(one, n, JSON_DISABLE_EOF_CHECK, &err);

		if (n != m || memcmp(one, other, n) != 0)
			abort();
		/* Halves of pairs, \u0000 and great numbers are JSON, but not
		   to jansson. */
		if (kept == NULL &&
		    json_error_code(&err) != json_error_invalid_syntax &&
		    json_error_code(&err) != json_error_null_character &&
		    json_error_code(&err) != json_error_numeric_overflow &&
		    json_error_code(&err) != json_error_stack_overflow)
			abort();
		json_decref(kept);
	}
	free(one);
	free(other);
	return 0;
}
