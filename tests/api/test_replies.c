/*
 * test_replies.c - "evenkeel import --format": a team's own replies in the
 * draft.
 */
#include <check.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/api/asking.h"
#include "tests/api/service.h"
#include "tests/sql/pg.h"

#define CELL "--category", "delivery.late", "--stage", "thank"

static char path[64];

static void
start(void)
{
	pg_start(PG_FAST);
	service_shipped();
}

static void
stop(void)
{
	(void)unlink(path);
	pg_stop();
}

/* A file of ${text}. */
static const char *
file_of(const char *text)
{
	(void)snprintf(path, sizeof(path), "/tmp/evenkeel-replies-%d",
		       (int)getpid());
	FILE *f = fopen(path, "wb");

	ck_assert_ptr_nonnull(f);
	ck_assert_uint_eq(fwrite(text, 1, strlen(text), f), strlen(text));
	ck_assert_int_eq(fclose(f), 0);
	return path;
}

static json_t *
draft(void)
{
	ck_assert_int_eq(service_command("export", "--draft", NULL), 0);
	json_t *bundle = json_loads(service_output(), 0, NULL);

	ck_assert_ptr_nonnull(bundle);
	return bundle;
}

static size_t
phrases(void)
{
	json_t *bundle = draft();
	size_t n = json_array_size(json_object_get(bundle, "phrases"));

	json_decref(bundle);
	return n;
}

/* The phrase with that text, of the draft; the caller owns it.  NULL: none. */
static json_t *
phrase_of(const char *text)
{
	json_t *bundle = draft(), *p, *found = NULL;
	size_t i;

	json_array_foreach(json_object_get(bundle, "phrases"), i, p)
		if (strcmp(asking_text(p, "text"), text) == 0)
			found = json_incref(p);
	json_decref(bundle);
	return found;
}

#define MACROS \
	"{\"type\":\"list\",\"data\":[{\"body_text\":\"Calm down, " \
	"{{user.name|fallback:\\\"friend\\\"}}.\"},{\"body_text\":" \
	"\"Thanks{{user.name|fallback:\\\"\\\"}}.\"}]}"

START_TEST(replies_become_phrases_of_the_draft)
{
	size_t before = phrases();

	ck_assert_msg(service_command("import", "--format", "intercom", CELL,
				      file_of(MACROS), NULL) == 0,
		      "%s", service_output());
	ck_assert_ptr_nonnull(strstr(service_output(), "high W43 \"Calm down"));
	ck_assert_ptr_nonnull(
		strstr(service_output(), "import: 3 new, 0 were "));
	ck_assert_uint_eq(phrases(), before + 3);
	json_t *p = phrase_of("Calm down, {customer_name}.");
	ck_assert_ptr_nonnull(p);
	ck_assert_str_eq(asking_text(p, "speaker"), "human");
	ck_assert_str_eq(asking_text(p, "category"), "delivery.late");
	ck_assert_str_eq(asking_text(p, "stage"), "thank");
	json_decref(p);
	p = phrase_of("Thanks[[{customer_name}]].");
	ck_assert_ptr_nonnull(p);
	json_decref(p);

	/* What is there is not there twice. */
	ck_assert_int_eq(service_command("import", "--format", "intercom", CELL,
					 path, NULL),
			 0);
	ck_assert_ptr_nonnull(
		strstr(service_output(), "import: 0 new, 3 were "));
	ck_assert_uint_eq(phrases(), before + 3);
}
END_TEST

/* Several at once: each waits for its turn, and none takes out another's. */
START_TEST(no_import_undoes_another)
{
	pid_t pids[4];
	size_t before = phrases();

	for (int i = 0; i < 4; i++) {
		char text[64];

		(void)snprintf(text, sizeof(text),
			       "[{\"content\":\"Thanks, line %d.\"}]", i);
		if ((pids[i] = fork()) != 0)
			continue;
		int status = service_command("import", "--format", "chatwoot",
					     CELL, file_of(text), NULL);
		(void)unlink(path);
		_exit(status);
	}
	for (int i = 0; i < 4; i++) {
		int status;

		ck_assert_int_eq(waitpid(pids[i], &status, 0), pids[i]);
		ck_assert_int_eq(status, 0);
	}
	ck_assert_uint_eq(phrases(), before + 4);
}
END_TEST

/* clang-format off */
static const struct {
	const char *format, *text, *category, *stage, *says;
	int status;
} bad[] = {
	{ "chatwoot", "[{\"content\":\"Good.\"},{\"content\":\"Hi {{contact.email}}.\"}]", "delivery.late", "thank", "item 2: ", 1 },
	{ "zammad", "id;content\n1;Good.\n2;\"x\n", "delivery.late", "thank", "line 3: ", 1 },
	{ "chatwoot", "[{\"content\":\"Good.\"}]", "delivery.lat", "thank", "--category: ", 1 },
	{ "chatwoot", "[{\"content\":\"Good.\"}]", "delivery.late", "thanks", "--stage: ", 1 },
	{ "word", "", "delivery.late", "thank", "--format is ", 2 },
};
/* clang-format on */

START_TEST(nothing_is_changed_unless_all_is_good)
{
	size_t before = phrases();

	ck_assert_int_eq(service_command("import", "--format", bad[_i].format,
					 file_of(bad[_i].text), "--category",
					 bad[_i].category, "--stage",
					 bad[_i].stage, NULL),
			 bad[_i].status);
	ck_assert_msg(strstr(service_output(), bad[_i].says) != NULL, "%s",
		      service_output());
	ck_assert_uint_eq(phrases(), before);
}
END_TEST

START_TEST(a_dry_run_changes_nothing)
{
	size_t before = phrases();

	ck_assert_int_eq(service_command("import", "--format", "chatwoot", CELL,
					 "--dry-run",
					 file_of("[{\"content\":\"New.\"}]"),
					 NULL),
			 0);
	ck_assert_ptr_nonnull(strstr(service_output(), "/thank/"));
	ck_assert_ptr_nonnull(strstr(service_output(), "nothing was changed"));
	ck_assert_uint_eq(phrases(), before);
	ck_assert_int_eq(service_command("import", "--format", "chatwoot",
					 "--stage", "thank", path, NULL),
			 2);
}
END_TEST

/* How many texts there are in an export for Chatwoot. */
static size_t
distinct(void)
{
	ck_assert_int_eq(
		service_command("export", "--format", "chatwoot", NULL), 0);
	json_t *all = json_loads(service_output(), 0, NULL), *item;
	json_t *texts = json_object();
	size_t i;

	json_array_foreach(json_object_get(all, "canned_responses"), i, item)
		json_object_set_new(texts, asking_text(item, "content"),
				    json_true());
	size_t n = json_object_size(texts);

	ck_assert_uint_gt(i, 1900);
	json_decref(texts);
	json_decref(all);
	return n;
}

/* Each text of an export is there after its import, and once. */
START_TEST(an_export_comes_back_whole)
{
	static const char *const formats[][2] = { { "chatwoot", "listen" },
						  { "zammad", "thank" } };
	const char *format = formats[_i][0], *stage = formats[_i][1];
	size_t n = distinct(), before = phrases(), added = 0, known = 0;

	ck_assert_int_eq(service_command("export", "--format", format, NULL),
			 0);
	(void)file_of(service_output());
	ck_assert_msg(service_command("import", "--format", format,
				      "--category", "delivery.late", "--stage",
				      stage, path, NULL) == 0,
		      "%s", service_output());
	const char *sum = strstr(service_output(), "import: ");
	ck_assert_ptr_nonnull(sum);
	ck_assert_int_eq(
		sscanf(sum, "import: %zu new, %zu were", &added, &known), 2);
	ck_assert_uint_eq(added + known, n);
	ck_assert_uint_eq(phrases(), before + added);
	ck_assert_int_eq(service_command("import", "--format", format,
					 "--category", "delivery.late",
					 "--stage", stage, path, NULL),
			 0);
	ck_assert_ptr_nonnull(strstr(service_output(), "import: 0 new, "));
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("replies");
	TCase *tc = tcase_create("replies");

	tcase_add_unchecked_fixture(tc, start, stop);
	tcase_set_timeout(tc, 120);
	tcase_add_test(tc, replies_become_phrases_of_the_draft);
	tcase_add_test(tc, no_import_undoes_another);
	tcase_add_loop_test(tc, nothing_is_changed_unless_all_is_good, 0,
			    (int)(sizeof(bad) / sizeof(bad[0])));
	tcase_add_test(tc, a_dry_run_changes_nothing);
	tcase_add_loop_test(tc, an_export_comes_back_whole, 0, 2);
	suite_add_tcase(s, tc);
	SRunner *sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	int failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
