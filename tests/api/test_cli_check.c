/*
 * test_cli_check.c - "evenkeel check": what it prints, and how it ends.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <jansson.h>

#include "server/request.h"
#include "tests/api/service.h"
#include "tests/sql/pg.h"

static char dir[64], path[96];

static void
begin(void)
{
	pg_start(PG_FAST);
	service_shipped();
}

static void
end(void)
{
	pg_stop();
}

static void
setup(void)
{
	strcpy(dir, "/tmp/evenkeel-check-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	(void)snprintf(path, sizeof(path), "%s/draft", dir);
}

static void
teardown(void)
{
	(void)unlink(path);
	ck_assert_int_eq(rmdir(dir), 0);
}

static void
write_draft(const char *text, size_t len)
{
	FILE *file = fopen(path, "we");

	ck_assert_ptr_nonnull(file);
	ck_assert_uint_eq(fwrite(text, 1, len, file), len);
	ck_assert_int_eq(fclose(file), 0);
}

/* The exit status for ${text}; ${option} may be NULL. */
static int
check_text(const char *text, const char *option)
{
	write_draft(text, strlen(text));
	return service_command("check", path, option, NULL);
}

static void
ck_line(const char *rest)
{
	char want[512];

	(void)snprintf(want, sizeof(want), "%s:%s\n", path, rest);
	ck_assert_msg(strstr(service_output(), want) != NULL,
		      "no \"%s\" in \"%s\"", want, service_output());
}

/* ---- findings ---- */

START_TEST(tells_where_what_and_how_better)
{
	ck_assert_int_eq(check_text("Thank you.\nPlease calm down.\n", NULL),
			 1);
	ck_line("2:8: high: W43 \"calm down\": Tells the customer that the "
		"feeling is the problem.  Better: \"I can hear how much this "
		"matters. I'm listening.\"");
}
END_TEST

START_TEST(counts_characters)
{
	/* An emoji of two code units, an accent that is a character of its
	   own, and a line that ends as on Windows. */
	ck_assert_int_eq(check_text("Oh.\r\n\xf0\x9f\x99\x82 e\xcc\x81 "
				    "calm down\r\n",
				    NULL),
			 1);
	ck_assert_ptr_nonnull(strstr(service_output(), "draft:2:6: high: W43"));
}
END_TEST

START_TEST(a_low_finding_is_no_failure)
{
	ck_assert_int_eq(check_text("Unfortunately it is late.", NULL), 0);
	ck_assert_ptr_nonnull(strstr(service_output(), ":1:1: low: W82"));
}
END_TEST

START_TEST(nothing_found_is_silence)
{
	ck_assert_int_eq(check_text("Thank you for telling me, Ana.", NULL), 0);
	ck_assert_str_eq(service_output(), "");
	ck_assert_int_eq(check_text("", NULL), 0);
	ck_assert_str_eq(service_output(), "");
}
END_TEST

START_TEST(values_fill_the_better_wording)
{
	ck_assert_int_eq(check_text("I'll do it as soon as possible.",
				    "--values.when=4 pm today"),
			 1);
	ck_assert_ptr_nonnull(strstr(service_output(), "by 4 pm today."));
	/* One that is missing leaves no brace. */
	ck_assert_int_eq(check_text("I'll do it as soon as possible.", NULL),
			 1);
	ck_assert_ptr_null(strpbrk(service_output(), "{}[]"));
}
END_TEST

START_TEST(looks_at_the_context)
{
	ck_assert_int_eq(check_text("The parcel was late.", NULL), 0);
	ck_assert_str_eq(service_output(), "");
	(void)check_text("The parcel was late.", "--stage=apologize");
	ck_assert_ptr_nonnull(strstr(service_output(), ": WS"));
}
END_TEST

START_TEST(a_quote_has_one_line)
{
	ck_assert_int_eq(check_text("Please calm\ndown.", NULL), 1);
	ck_assert_ptr_nonnull(strstr(service_output(), "\"calm down\""));
}
END_TEST

START_TEST(json_is_the_answer_of_the_service)
{
	write_draft("Please calm down.", 17);
	ck_assert_int_eq(
		service_command("check", "--format", "json", path, NULL), 1);
	json_t *answer = json_loads(service_output(), 0, NULL);
	const json_t *match =
		json_array_get(json_object_get(answer, "matches"), 0);

	ck_assert_int_eq(json_integer_value(json_object_get(match, "offset")),
			 7);
	ck_assert_str_eq(json_string_value(json_object_get(
				 json_object_get(match, "rule"), "id")),
			 "W43");
	json_decref(answer);
}
END_TEST

START_TEST(reads_a_pipe)
{
	char command[256];
	const char *program = getenv("EVENKEEL");

	write_draft("Please calm down.", 17);
	(void)snprintf(command, sizeof(command),
		       "EVENKEEL_DATABASE_URL='%s' %s check - <%s >%s.out",
		       pg_url(), program != NULL ? program : "build/evenkeel",
		       path, path);
	int status = system(command);
	char line[64] = "", out[128];

	(void)snprintf(out, sizeof(out), "%s.out", path);
	FILE *file = fopen(out, "re");
	ck_assert_ptr_nonnull(file);
	ck_assert_ptr_nonnull(fgets(line, sizeof(line), file));
	fclose(file);
	(void)unlink(out);
	ck_assert_int_eq(WEXITSTATUS(status), 1);
	ck_assert_int_eq(strncmp(line, "-:1:8: high: W43", 16), 0);
}
END_TEST

START_TEST(says_that_there_is_more)
{
	char *text = calloc(1, 32768);
	char *end = text;

	for (int i = 0; i < 300; i++)
		end = stpcpy(end, "Please calm down, number.\n");
	ck_assert_int_eq(check_text(text, NULL), 1);
	ck_assert_ptr_nonnull(
		strstr(service_output(), "only the first 256 are shown"));
	free(text);
}
END_TEST

/* ---- what it does not take ---- */

START_TEST(a_draft_has_a_limit)
{
	char *text = malloc(REQUEST_MAX_LARGE + 1);

	ck_assert_ptr_nonnull(text);
	memset(text, 'a', REQUEST_MAX_LARGE + 1);
	write_draft(text, REQUEST_MAX_LARGE);
	ck_assert_int_eq(service_command("check", path, NULL), 0);
	write_draft(text, REQUEST_MAX_LARGE + 1);
	ck_assert_int_eq(service_command("check", path, NULL), 2);
	ck_assert_ptr_nonnull(
		strstr(service_output(), "a draft has at most 65536 bytes"));
	free(text);
}
END_TEST

/* clang-format off */
static const struct {
	const char *text;
	size_t len;
	const char *place;
} garbage[] = {
	{ "ab\ncd\xff", 6, "draft:2:3: this is no text" },
	{ "a\0b", 3, "draft:1:2: this is no text" },
	{ "a\x1b[31m", 6, "draft:1:2: this is no text" },
	{ "\xed\xa0\x80", 3, "draft:1:1: this is no text" },
	{ "\xf0\x9f\x99", 3, "draft:1:1: this is no text" },
};
/* clang-format on */

START_TEST(garbage_is_refused)
{
	write_draft(garbage[_i].text, garbage[_i].len);
	ck_assert_int_eq(service_command("check", path, NULL), 2);
	ck_assert_msg(strstr(service_output(), garbage[_i].place) != NULL, "%s",
		      service_output());
}
END_TEST

/* clang-format off */
static const struct {
	const char *arg, *says;
} wrong[] = {
	{ "--stage=aplogize", "did you mean apologize?" },
	{ "--intensity=5", "intensity" },
	{ "--colour=red", "colour" },
	{ "--text=hello", "text" },
	{ "--format=xml", "--format is text or json" },
	{ "--stage", "--stage needs a value" },
	{ "another", "what is \"another\"?" },
};
/* clang-format on */

START_TEST(a_wrong_argument_is_refused)
{
	write_draft("x", 1);
	ck_assert_int_eq(service_command("check", path, wrong[_i].arg, NULL),
			 2);
	ck_assert_msg(strstr(service_output(), wrong[_i].says) != NULL, "%s",
		      service_output());
}
END_TEST

START_TEST(a_file_that_cannot_be_read_is_a_failure)
{
	ck_assert_int_eq(service_command("check", path, NULL), 2);
	ck_assert_ptr_nonnull(
		strstr(service_output(), "No such file or directory"));
	ck_assert_int_eq(service_command("check", dir, NULL), 2);
	ck_assert_ptr_nonnull(strstr(service_output(), "Is a directory"));
	ck_assert_int_eq(service_command("check", NULL), 2);
	ck_assert_ptr_nonnull(strstr(service_output(), "which file?"));
}
END_TEST

START_TEST(so_is_a_database_that_is_down)
{
	write_draft("x", 1);
	ck_assert_int_eq(service_command("check", path,
					 "--database-reader-url=host=/nowhere",
					 NULL),
			 2);
	ck_assert_ptr_nonnull(strstr(service_output(), "the database: "));
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("check in the terminal");
	TCase *tc = tcase_create("findings");
	TCase *refused = tcase_create("refused");

	tcase_add_unchecked_fixture(tc, begin, end);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, tells_where_what_and_how_better);
	tcase_add_test(tc, counts_characters);
	tcase_add_test(tc, a_low_finding_is_no_failure);
	tcase_add_test(tc, nothing_found_is_silence);
	tcase_add_test(tc, values_fill_the_better_wording);
	tcase_add_test(tc, looks_at_the_context);
	tcase_add_test(tc, a_quote_has_one_line);
	tcase_add_test(tc, json_is_the_answer_of_the_service);
	tcase_add_test(tc, reads_a_pipe);
	tcase_add_test(tc, says_that_there_is_more);
	suite_add_tcase(suite, tc);

	tcase_add_unchecked_fixture(refused, begin, end);
	tcase_add_checked_fixture(refused, setup, teardown);
	tcase_set_timeout(refused, 60);
	tcase_add_test(refused, a_draft_has_a_limit);
	tcase_add_loop_test(refused, garbage_is_refused, 0,
			    sizeof(garbage) / sizeof(garbage[0]));
	tcase_add_loop_test(refused, a_wrong_argument_is_refused, 0,
			    sizeof(wrong) / sizeof(wrong[0]));
	tcase_add_test(refused, a_file_that_cannot_be_read_is_a_failure);
	tcase_add_test(refused, so_is_a_database_that_is_down);
	suite_add_tcase(suite, refused);

	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
