/*
 * test_reply.c - bodies change hands, and are never lost or freed twice.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/problem.h"
#include "server/reply.h"

START_TEST(takes_bytes)
{
	struct reply reply = { 0 };

	ck_assert_int_eq(reply_bytes(&reply, 201, REPLY_TEXT, strdup("one"), 3),
			 201);
	ck_assert_str_eq(reply.type, REPLY_TEXT);
	ck_assert_uint_eq(reply.len, 3);
	ck_assert_mem_eq(reply.body, "one", 3);
	/* The second takes the place of the first. */
	ck_assert_int_eq(reply_bytes(&reply, 200, REPLY_JSON, strdup("{}"), 2),
			 200);
	ck_assert_uint_eq(reply.len, 2);
	reply_clear(&reply);
	ck_assert_ptr_null(reply.body);
}
END_TEST

START_TEST(no_bytes_are_500)
{
	struct reply reply = { 0 };

	ck_assert_int_eq(reply_bytes(&reply, 200, REPLY_JSON, NULL, 7), 500);
	ck_assert_int_eq(reply.problem, PROBLEM_INTERNAL + 1);
	ck_assert_uint_eq(reply.len, 0);
	reply_clear(&reply);
}
END_TEST

START_TEST(borrows_constants)
{
	struct reply reply = { 0 };

	reply_bytes(&reply, 200, REPLY_JSON, strdup("{}"), 2);
	ck_assert_int_eq(reply_fixed(&reply, 200, REPLY_TEXT, "ok\n", 3), 200);
	ck_assert_ptr_null(reply.body);
	ck_assert_str_eq(reply.fixed, "ok\n");
	reply_clear(&reply);
	ck_assert_ptr_null(reply.fixed);
}
END_TEST

START_TEST(a_reply_after_a_problem_is_no_problem)
{
	struct reply reply = { 0 };

	problem_field(&reply, PROBLEM_INVALID, "/a", "b", "No.");
	reply_json(&reply, 200, json_object());
	ck_assert_int_eq(reply.problem, 0);
	ck_assert_uint_eq(reply.nerrors, 0);
	ck_assert_ptr_null(reply.did_you_mean);
	ck_assert_mem_eq(reply.body, "{}", 2);
	reply_clear(&reply);
}
END_TEST

START_TEST(prints_json_compactly_and_in_order)
{
	struct reply reply = { 0 };
	static const char text[] =
		"{\"z\":0.1,\"a\":\"\xc3\xbc\",\"n\":null,\"l\":[1,2]}";

	ck_assert_int_eq(
		reply_json(&reply, 200,
			   json_pack("{s:f, s:s, s:n, s:[i,i]}", "z", 0.1, "a",
				     "\xc3\xbc", "n", "l", 1, 2)),
		200);
	ck_assert_str_eq(reply.type, REPLY_JSON);
	ck_assert_uint_eq(reply.len, sizeof(text) - 1);
	ck_assert_mem_eq(reply.body, text, reply.len);
	reply_clear(&reply);
}
END_TEST

START_TEST(prints_json_of_any_length)
{
	struct reply reply = { 0 };
	json_t *list = json_array();

	for (int i = 0; i < 5000; i++)
		json_array_append_new(list, json_integer(i % 10));
	ck_assert_int_eq(reply_json(&reply, 200, list), 200);
	ck_assert_uint_eq(reply.len, 2 * 5000 + 1);
	ck_assert_int_eq(reply.body[0], '[');
	ck_assert_int_eq(reply.body[reply.len - 1], ']');
	reply_clear(&reply);
}
END_TEST

START_TEST(json_that_could_not_be_built_is_500)
{
	struct reply reply = { 0 };

	ck_assert_int_eq(reply_json(&reply, 200, NULL), 500);
	reply_clear(&reply);
}
END_TEST

START_TEST(the_next_body_may_use_the_room_of_the_last)
{
	struct reply reply = { 0 };
	size_t size = 1;

	ck_assert_ptr_null(reply_room(&reply, &size));
	ck_assert_uint_eq(size, 0);

	char *body = malloc(4000);

	memset(body, 'x', 4000);
	reply_bytes(&reply, 200, REPLY_TEXT, body, 4000);
	reply_reset(&reply);
	ck_assert_ptr_null(reply.body);
	ck_assert_uint_eq(reply.len, 0);
	char *room = reply_room(&reply, &size);

	ck_assert_ptr_eq(room, body);
	ck_assert_uint_ge(size, 4000);
	memset(room, 'y', size);
	/* It is the caller's now. */
	ck_assert_ptr_null(reply_room(&reply, &size));
	reply_bytes(&reply, 200, REPLY_TEXT, room, 10);
	reply_reset(&reply);
	/* Room that nobody used stays; it goes with the reply. */
	reply_bytes(&reply, 200, REPLY_TEXT, malloc(5000), 10);
	reply_reset(&reply);
	ck_assert_ptr_eq(reply.room, room);
	reply_clear(&reply);
	ck_assert_ptr_null(reply.room);

	/* What is small is not worth it, what is big too dear. */
	reply_bytes(&reply, 200, REPLY_TEXT, malloc(100), 10);
	reply_reset(&reply);
	ck_assert_ptr_null(reply.room);
	reply_bytes(&reply, 200, REPLY_TEXT, malloc(1000000), 10);
	reply_reset(&reply);
	ck_assert_ptr_null(reply.room);
}
END_TEST

static int freed;

static void
count_free(void *work)
{
	(void)work;
	freed++;
}

static ptrdiff_t
read_nothing(void *work, char *to, size_t size)
{
	(void)work;
	(void)to;
	(void)size;
	return 0;
}

START_TEST(a_stream_is_freed_once)
{
	struct reply reply = { 0 };
	int work = 0;

	freed = 0;
	ck_assert_int_eq(reply_stream(&reply, REPLY_TEXT, read_nothing, &work,
				      count_free),
			 200);
	ck_assert_ptr_eq(reply.work, &work);
	reply_reset(&reply);
	ck_assert(reply.read == NULL);
	reply_clear(&reply);
	ck_assert_int_eq(freed, 1);
	ck_assert_int_eq(reply_stream(&reply, REPLY_TEXT, read_nothing, NULL,
				      count_free),
			 500);
	ck_assert(reply.read == NULL);
	reply_clear(&reply);
	ck_assert_int_eq(freed, 1);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("reply");
	TCase *tc = tcase_create("reply");

	tcase_add_test(tc, takes_bytes);
	tcase_add_test(tc, no_bytes_are_500);
	tcase_add_test(tc, borrows_constants);
	tcase_add_test(tc, a_reply_after_a_problem_is_no_problem);
	tcase_add_test(tc, prints_json_compactly_and_in_order);
	tcase_add_test(tc, prints_json_of_any_length);
	tcase_add_test(tc, json_that_could_not_be_built_is_500);
	tcase_add_test(tc, a_stream_is_freed_once);
	tcase_add_test(tc, the_next_body_may_use_the_room_of_the_last);
	suite_add_tcase(suite, tc);

	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
