/*
 * test_problem.c - problems say what RFC 9457 asks, and no more.
 */
#include <check.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/problem.h"
#include "server/reply.h"

/* The problem in ${reply} is this text. */
static void
expect(const struct reply *reply, const char *text)
{
	size_t len = 0;
	char *body = problem_body(reply, "r1", &len);

	ck_assert_ptr_nonnull(body);
	ck_assert_msg(len == strlen(text) && memcmp(body, text, len) == 0,
		      "%.*s", (int)len, body);
	free(body);
}

START_TEST(says_what_rfc_9457_asks)
{
	struct reply reply = { 0 };

	ck_assert_int_eq(problem(&reply, PROBLEM_NOT_FOUND, "No note %d.", 7),
			 404);
	ck_assert_str_eq(reply.type, "application/problem+json");
	expect(&reply, "{\"type\":\"/problems/not-found\","
		       "\"title\":\"No such resource\",\"status\":404,"
		       "\"detail\":\"No note 7.\",\"instance\":\"r1\"}");
	ck_assert_int_eq(problem(&reply, PROBLEM_TOO_LARGE, NULL), 413);
	expect(&reply, "{\"type\":\"/problems/body-too-large\","
		       "\"title\":\"The body is too large\",\"status\":413,"
		       "\"instance\":\"r1\"}");
	reply_clear(&reply);
}
END_TEST

START_TEST(takes_the_place_of_a_half_made_reply)
{
	struct reply reply = { 0 };

	reply_json(&reply, 200, json_object());
	strcpy(reply.etag, "\"1\"");
	strcpy(reply.link, "<x>; rel=next");
	strcpy(reply.stage, "open");
	strcpy(reply.allow, "GET");
	problem(&reply, PROBLEM_NOT_ALLOWED, "Use %s.", reply.allow);
	ck_assert_ptr_null(reply.body);
	ck_assert_uint_eq(reply.len, 0);
	ck_assert_str_eq(reply.etag, "");
	ck_assert_str_eq(reply.link, "");
	ck_assert_str_eq(reply.stage, "");
	ck_assert_str_eq(reply.allow, "GET");
	ck_assert_str_eq(reply.detail, "Use GET.");

	/* Its own detail may go into the next one. */
	problem(&reply, PROBLEM_INVALID, "%s Please.", reply.detail);
	ck_assert_str_eq(reply.detail, "Use GET. Please.");
	reply_clear(&reply);
	ck_assert_int_eq(reply.problem, 0);
}
END_TEST

START_TEST(collects_fields)
{
	struct reply reply = { 0 };

	ck_assert_int_eq(problem_field(&reply, PROBLEM_INVALID, "/a", NULL,
				       "No %s.", "a"),
			 422);
	ck_assert_int_eq(problem_field(&reply, PROBLEM_INVALID, "/b~1\"", "bee",
				       "No b."),
			 422);
	problem_field(&reply, PROBLEM_INVALID, "/c", "sea", "No c.");
	expect(&reply, "{\"type\":\"/problems/invalid\","
		       "\"title\":\"Something in the request is invalid\","
		       "\"status\":422,\"instance\":\"r1\",\"errors\":["
		       "{\"pointer\":\"/a\",\"detail\":\"No a.\"},"
		       "{\"pointer\":\"/b~1\\\"\",\"detail\":\"No b.\","
		       "\"did_you_mean\":\"bee\"},"
		       "{\"pointer\":\"/c\",\"detail\":\"No c.\","
		       "\"did_you_mean\":\"sea\"}],\"did_you_mean\":\"bee\"}");

	/* Another problem starts afresh. */
	ck_assert_int_eq(problem_field(&reply, PROBLEM_UNKNOWN_STAGE, "/stage",
				       NULL, "No stage."),
			 404);
	ck_assert_uint_eq(reply.nerrors, 1);
	ck_assert_ptr_null(reply.did_you_mean);
	reply_clear(&reply);
}
END_TEST

START_TEST(lists_32_fields_and_no_more)
{
	struct reply reply = { 0 };

	for (int i = 1; i <= PROBLEM_MAX_ERRORS + 1; i++) {
		ck_assert_int_eq(problem_field(&reply, PROBLEM_INVALID, "/x",
					       NULL, "%d", i),
				 422);
		ck_assert_uint_eq(reply.nerrors,
				  (size_t)(i < PROBLEM_MAX_ERRORS
						   ? i
						   : PROBLEM_MAX_ERRORS));
	}
	reply_clear(&reply);
}
END_TEST

START_TEST(leaves_out_what_is_not_utf_8)
{
	struct reply reply = { 0 };

	problem(&reply, PROBLEM_INTERNAL, "bad \xff byte");
	expect(&reply, "{\"type\":\"/problems/internal\","
		       "\"title\":\"Something broke here\",\"status\":500,"
		       "\"instance\":\"r1\"}");
	reply_clear(&reply);
}
END_TEST

START_TEST(every_503_says_when_to_come_back)
{
	for (int code = 0; code < N_PROBLEMS; code++) {
		struct reply reply = { 0 };
		int status = problem(&reply, (enum problem_code)code, NULL);

		ck_assert_int_eq(reply.retry_after, status == 503 ? 1 : 0);
		reply.retry_after = 7;
		problem(&reply, (enum problem_code)code, NULL);
		ck_assert_int_eq(reply.retry_after, 7);
		reply_clear(&reply);
	}
}
END_TEST

START_TEST(the_table_is_well_formed)
{
	for (int i = 0; i < N_PROBLEMS; i++) {
		const struct problem_info *p = &problems[i];

		ck_assert_int_ge(p->status, 400);
		ck_assert_int_lt(p->status, 600);
		ck_assert_uint_eq(
			strspn(p->type, "abcdefghijklmnopqrstuvwxyz-"),
			strlen(p->type));
		ck_assert_uint_gt(strlen(p->title), 0);
		ck_assert_int_eq(p->page[strlen(p->page) - 1], '.');
		for (int j = 0; j < i; j++)
			ck_assert_str_ne(p->type, problems[j].type);
	}
}
END_TEST

/* ---- without memory ---- */

static int left; /* allocations that jansson may still make */

static void *
scarce(size_t size)
{
	return left-- > 0 ? malloc(size) : NULL;
}

START_TEST(without_memory_it_is_whole_or_nothing)
{
	struct reply reply = { 0 };
	char *body = NULL;

	problem_field(&reply, PROBLEM_INVALID, "/a", "b", "No.");
	json_set_alloc_funcs(scarce, free);
	for (int n = 0; body == NULL || n < 200; n++) {
		size_t len = 0;

		left = n;
		free(body);
		body = problem_body(&reply, "r1", &len);
		if (body != NULL)
			ck_assert(len >= 2 && body[0] == '{' &&
				  body[len - 1] == '}');
	}
	json_set_alloc_funcs(malloc, free);
	free(body);
	reply_clear(&reply);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("problem");
	TCase *tc = tcase_create("problem");

	tcase_add_test(tc, says_what_rfc_9457_asks);
	tcase_add_test(tc, takes_the_place_of_a_half_made_reply);
	tcase_add_test(tc, collects_fields);
	tcase_add_test(tc, lists_32_fields_and_no_more);
	tcase_add_test(tc, leaves_out_what_is_not_utf_8);
	tcase_add_test(tc, every_503_says_when_to_come_back);
	tcase_add_test(tc, the_table_is_well_formed);
	tcase_add_test(tc, without_memory_it_is_whole_or_nothing);
	suite_add_tcase(suite, tc);

	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
