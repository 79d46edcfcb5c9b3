/*
 * fuzz_url.c - any target is cut and decoded within its bytes, or refused.
 */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <utf8proc.h>

#include "server/url.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What was let through is text: UTF-8 without control characters. */
static void
expect_text(struct slice s)
{
	size_t i = 0;

	while (i < s.len) {
		utf8proc_int32_t c;
		utf8proc_ssize_t n =
			utf8proc_iterate((const utf8proc_uint8_t *)s.ptr + i,
					 (utf8proc_ssize_t)(s.len - i), &c);
		assert(n > 0);
		assert(c >= 0x20 && c != 0x7f);
		i += (size_t)n;
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct request req;
	struct url url;
	char *target = malloc(size + 1);

	if (target == NULL)
		return 0;
	memcpy(target, data, size);
	target[size] = '\0';
	url_split(target, strlen(target), &url);
	if (url_check(url.path, url.path_len) == URL_OK) {
		char *copy = malloc(url.path_len + 1);
		if (copy != NULL) {
			memcpy(copy, url.path, url.path_len);
			struct slice path = { copy, url.path_len };
			url_decode(&path);
			assert(path.len <= url.path_len);
			expect_text(path);
			free(copy);
		}
	}
	req.nargs = 0;
	enum url_verdict verdict = url_query(url.query, &req);
	assert(req.nargs <= REQUEST_MAX_ARGS);
	if (verdict == URL_OK)
		for (size_t i = 0; i < req.nargs; i++) {
			expect_text(req.args[i].name);
			expect_text(req.args[i].value);
		}
	else
		assert(url_advice(verdict) != NULL);

	/* All of it as a form. */
	memcpy(target, data, size);
	target[size] = '\0';
	(void)url_form(target, size, &req);
	assert(req.nargs <= REQUEST_MAX_ARGS);
	free(target);
	return 0;
}
