/*
 * test_memory.c - out of memory is no crash, no leak and no false answer.
 *
 * Every allocation of ours and of jansson's fails in turn.  Ours are caught by
 * the linker: -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "script/audit.h"
#include "script/bundle.h"
#include "script/case_json.h"
#include "script/coverage.h"
#include "script/embed.h"
#include "script/library.h"
#include "script/report.h"
#include "script/schema.h"
#include "server/sift.h"
#include "tests/unit/edit.h"

void *__real_malloc(size_t size) __attribute__((weak));
void *__real_calloc(size_t n, size_t size) __attribute__((weak));
void *__real_realloc(void *ptr, size_t size) __attribute__((weak));
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *ptr, size_t size);

/* Allocations left until one fails; 0: none does. */
static size_t countdown;
static size_t asked;

static bool
fails_now(void)
{
	asked++;
	return countdown > 0 && --countdown == 0;
}

void *
__wrap_malloc(size_t size)
{
	return fails_now() ? NULL : __real_malloc(size);
}

void *
__wrap_calloc(size_t n, size_t size)
{
	return fails_now() ? NULL : __real_calloc(n, size);
}

void *
__wrap_realloc(void *ptr, size_t size)
{
	return fails_now() ? NULL : __real_realloc(ptr, size);
}

/*
 * jansson 2.14 does not see memory run out while it reads text (lex_save()
 * drops what strbuffer_append_byte() says), so that there it always has some.
 */
static bool spares_jansson;

static void *
jansson_malloc(size_t size)
{
	return spares_jansson ? __real_malloc(size) : __wrap_malloc(size);
}

static json_t *small, *schema;
static char *text;
static size_t len;

static void
setup(void)
{
	ck_assert_msg(__real_malloc != NULL,
		      "link with --wrap=malloc, calloc and realloc");
	json_set_alloc_funcs(jansson_malloc, free);
	small = edit_small();
	schema = json_loadb(embed_bundle_schema_json,
			    embed_bundle_schema_json_len, 0, NULL);
	ck_assert_ptr_nonnull(schema);
	text = bundle_write(small, &len);
}

static void
teardown(void)
{
	countdown = 0;
	json_decref(small);
	json_decref(schema);
	free(text);
}

/* --- what is tried: true if it came to its end ------------------------- */

static bool
build(struct report *r)
{
	struct library *lib = library_from_bundle(small, 1, r);
	bool built = lib != NULL;

	library_unref(lib);
	return built;
}

static bool
read_text(struct report *r)
{
	spares_jansson = true;
	json_t *bundle = bundle_read(text, len, r);
	bool is_read = bundle != NULL;

	spares_jansson = false;
	json_decref(bundle);
	return is_read;
}

static bool
check_shape(struct report *r)
{
	json_t *canonical = NULL;

	if (schema_check(schema, small, r) &&
	    (canonical = schema_canonical(schema, small)) == NULL)
		r->failed = true;
	json_decref(canonical);
	return !r->failed;
}

static bool
write_text(struct report *r)
{
	size_t n;
	char *written = bundle_write(small, &n);

	if (written == NULL) {
		r->failed = true;
		return false;
	}
	free(written);
	return n == len;
}

static struct library *lib;

static bool
look(struct report *r)
{
	audit(lib, small, r);
	return !r->failed;
}

static bool
go_on(void *arg, const struct coverage *c)
{
	(void)arg;
	(void)c;
	return true;
}

static bool
cover(struct report *r)
{
	r->failed = !coverage_each(lib, 0, -1, -1, go_on, NULL);
	return !r->failed;
}

/* Begin a conversation, say something, take it back, look at it. */
static bool
converse(struct report *r)
{
	static struct case_change begun, said, undone;
	const uint8_t id[CASE_ID] = { 1 };
	const struct case_pledge promise = { "Ana", "call", 1 };
	struct arena arena = { 0 };
	struct buf out = { 0 };
	struct case_context ctx = { .lib = lib, .arena = &arena, .phrases = 3 };
	struct case_new new = { .id = id, .sit = { .lib = lib } };
	struct case_ask ask;

	case_ask_init(&ask);
	ask.promise = &promise;
	r->failed = case_start(&ctx, &new, &begun) != CASE_OK ||
		    case_signal(&ctx, &begun.after, &ask, &said) != CASE_OK ||
		    case_undo(&ctx, &said.after, said.turn.before, &undone) !=
			    CASE_OK;
	if (!r->failed) {
		case_json_answer(&out, &undone, &undone.turn, 1);
		case_save(&out, &undone.after, true);
		r->failed = out.failed ||
			    strcmp(undone.after.stage, begun.after.stage) != 0;
	}
	buf_free(&out);
	arena_free(&arena);
	return !r->failed;
}

/* Sift an object of ${n} bytes, all of which are to be kept, or none. */
static enum sift_verdict
sift_some(size_t n)
{
	static const char *const paths[] = { "a", NULL };
	static const struct sift_rules rules = { paths, NULL };
	char body[2048] = "{\"a\":\"", *kept = NULL;
	size_t kept_len = 0, at;
	struct sift *sift = sift_new(&rules);

	if (sift == NULL)
		return SIFT_NO_MEMORY;
	memset(body + 6, 'x', n);
	strcpy(n > 2 ? body + n - 2 : body, n > 2 ? "\"}" : "{}");
	sift_piece(sift, NULL, body, n);
	enum sift_verdict verdict = sift_end(sift, &kept, &kept_len, &at);

	if (verdict == SIFT_OK && kept_len != n)
		verdict = SIFT_NO_JSON;
	free(kept);
	sift_free(sift);
	return verdict;
}

/* It makes room for 1,024 bytes first. */
static bool
sift(struct report *r)
{
	enum sift_verdict verdict = sift_some(2);

	for (size_t n = 1020; n <= 1028 && verdict == SIFT_OK; n++)
		verdict = sift_some(n);
	r->failed = verdict == SIFT_NO_MEMORY;
	return verdict == SIFT_OK;
}

static bool (*const tries[])(struct report *) = {
	build, read_text, check_shape, write_text, look, cover, converse, sift
};

START_TEST(survives_each_failure)
{
	struct report r = { 0 };
	bool done = false;

	lib = library_from_bundle(small, 1, &r);
	ck_assert_ptr_nonnull(lib);
	for (size_t n = 1; !done; n++) {
		countdown = n;
		asked = 0;
		done = tries[_i](&r);
		/* libcheck allocates, too. */
		bool left = countdown > 0;
		countdown = 0;
		/* It ends well only if nothing failed, and then says nothing.
		 */
		ck_assert_msg(done == left && r.failed != done,
			      "allocation %zu of %zu: done %d, failed %d", n,
			      asked, done, r.failed);
		ck_assert_msg(r.total == 0, "allocation %zu of %zu: %s: %s", n,
			      asked, r.n ? r.lines[0].pointer : "",
			      r.n ? r.lines[0].detail : "");
		report_free(&r);
	}
	ck_assert_uint_gt(asked, 0);
	library_unref(lib);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("memory");
	TCase *tc = tcase_create("memory");
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 120);
	tcase_add_loop_test(tc, survives_each_failure, 0,
			    (int)(sizeof(tries) / sizeof(tries[0])));
	suite_add_tcase(suite, tc);

	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
