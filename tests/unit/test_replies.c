/*
 * test_replies.c - what other systems have becomes templates, or a sentence
 * that says where it cannot.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "script/replies.h"
#include "script/report.h"

#define NELEMS(a) (sizeof(a) / sizeof((a)[0]))
#define CW REPLIES_CHATWOOT
#define ZA REPLIES_ZAMMAD
#define IC REPLIES_INTERCOM

/* clang-format off */
static const struct {
	enum replies_format format;
	const char *file, *texts[4], *at;
} good[] = {
	{ CW, "[]", { NULL }, NULL },
	{ CW, "\xef\xbb\xbf[{\"content\":\"Hi {{ contact.first_name }}, I am {{agent.name}}.\"}]",
	  { "Hi {customer_name}, I am {agent_name}." }, "item 1" },
	{ CW, "[{\"short_code\":\"a\",\"content\":\" One\\n\\ntwo\\tthree \"},{\"content\":\"One two three\"}]",
	  { "One two three" }, "item 1" },
	{ CW, "{\"canned_responses\":[{\"canned_response\":{\"content\":\"\xf0\x9f\x98\xa1 a # b \\\" c\"}}]}",
	  { "\xf0\x9f\x98\xa1 a # b \" c" }, "item 1" },
	{ IC, "{\"type\":\"list\",\"data\":[{\"body_text\":\"Hi {{user.name|fallback:\\\"there\\\"}}.\",\"body\":\"<p>no</p>\"}]}",
	  { "Hi {customer_name}.", "Hi there." }, "item 1" },
	{ IC, "[{\"body_text\":\"Thanks, {{ user.first_name | fallback: '' }}! See {{conversation.id}}.\"}]",
	  { "Thanks[[, {customer_name}]]! See {case_ref}." }, "item 1" },
	{ IC, "[{\"body_text\":\"Thanks {{name|fallback:\\\"\\\"}}.\"}]",
	  { "Thanks[[ {customer_name}]]." }, "item 1" },
	{ IC, "[{\"body_text\":\"{{name|fallback:\\\"You\\\"}} and {{admin.name|fallback:\\\"I\\\"}}.\"}]",
	  { "{customer_name} and {agent_name}.", "You and I." }, "item 1" },
	{ IC, "[{\"body\":\"<p>Hi <attribute key=\\\"user.name\\\" default=\\\"th&quot;ere\\\"/>,</p><p>it&#8217;s <b>l</b>ate&#x21; &amp; 1 &lt; 2<br/>&copy; &#;</p>\"}]",
	  { "Hi {customer_name}, it\xe2\x80\x99s late! & 1 < 2 &copy; &#;",
	    "Hi th\"ere, it\xe2\x80\x99s late! & 1 < 2 &copy; &#;" }, "item 1" },
	{ ZA, "id,name,content\n1,a,\"Hi, #{ticket.customer.firstname} \"\"x\"\"\"\r\n2,b,c d",
	  { "Hi, {customer_name} \"x\"", "c d" }, "line 2" },
	{ ZA, "name;Content;note\n\n\"a\n;b\";\"one\ntwo\";\n;<p>a</p><p>b < c</p>;x\n",
	  { "one two", "a b < c" }, "line 3" },
	{ ZA, "\"content\"\nI <3 it & you\n", { "I <3 it & you" }, "line 2" },
};

static const struct {
	enum replies_format format;
	const char *file, *at, *says;
} bad[] = {
	{ CW, "", "line 1", "not JSON" },
	{ CW, "[\n{\"content\":\"a\"},\n{]", "line 3", "not JSON" },
	{ CW, "{\"other\":[]}", "line 1", "canned responses" },
	{ CW, "7", "line 1", "not JSON" },
	{ CW, "[7]", "item 1", "content" },
	{ CW, "[{\"content\":\"a\"},{\"content\":7}]", "item 2", "content" },
	{ CW, "[{\"content\":\" \\n\"}]", "item 1", "no text" },
	{ CW, "[{\"content\":\"Hi {{contact.email}}.\"}]", "item 1", "{{contact.email}}" },
	{ CW, "[{\"content\":\"Hi {{contact.name.\"}]", "item 1", "no end" },
	{ CW, "[{\"content\":\"Hi {{contact.name|upcase}}.\"}]", "item 1", "fallback" },
	{ CW, "[{\"content\":\"a [link] b\"}]", "item 1", "[link] b" },
	{ CW, "[{\"content\":\"a } b\"}]", "item 1", "brace" },
	{ IC, "[{\"name\":\"a\"}]", "item 1", "body_text" },
	{ IC, "[{\"body_text\":\"{{name|fallback:\\\"a{b\\\"}}\"}]", "item 1", "fallback" },
	{ ZA, "", "line 1", "content" },
	{ ZA, "id,name\n1,2\n", "line 1", "content" },
	{ ZA, "id,content\n1,\"a\nb\n", "line 2", "never closed" },
	{ ZA, "id,content\n1,\"a\"b\n", "line 2", "no separator" },
	{ ZA, "id,content\n1,\"a\nb\"\n7\n", "line 4", "fields" },
	{ ZA, "id,content\n1,a,b\n", "line 2", "fields" },
	{ ZA, "id,content\n1,\n", "line 2", "no text" },
	{ ZA, "content\tid\n{\t1\n", "line 2", "brace" },
	{ ZA, "id,content\n1,#{user.email}\n", "line 2", "#{user.email}" },
	{ ZA, "id,content\n1,\xc3(\n", "line 2", "UTF-8" },
};
/* clang-format on */

START_TEST(a_reply_becomes_a_template)
{
	struct report report = { 0 };
	json_t *all = replies_read(good[_i].format, good[_i].file,
				   strlen(good[_i].file), &report);
	size_t n = 0;

	ck_assert_msg(all != NULL, "%s: %s",
		      report.n > 0 ? report.lines[0].pointer : "?",
		      report.n > 0 ? report.lines[0].detail : "?");
	while (n < NELEMS(good[_i].texts) && good[_i].texts[n] != NULL) {
		json_t *one = json_array_get(all, n);

		ck_assert_str_eq(
			json_string_value(json_object_get(one, "text")),
			good[_i].texts[n]);
		n++;
	}
	ck_assert_uint_eq(json_array_size(all), n);
	if (n > 0)
		ck_assert_str_eq(json_string_value(json_object_get(
					 json_array_get(all, 0), "at")),
				 good[_i].at);
	json_decref(all);
	report_free(&report);
}
END_TEST

START_TEST(what_is_wrong_is_said_with_its_place)
{
	struct report report = { 0 };

	ck_assert_ptr_null(replies_read(bad[_i].format, bad[_i].file,
					strlen(bad[_i].file), &report));
	ck_assert_uint_eq(report.total, 1);
	ck_assert_str_eq(report.lines[0].pointer, bad[_i].at);
	ck_assert_msg(strstr(report.lines[0].detail, bad[_i].says) != NULL,
		      "%s", report.lines[0].detail);
	report_free(&report);
}
END_TEST

/* A phrase has at most 1,000 characters, whatever their bytes. */
START_TEST(length_is_counted_in_characters)
{
	struct buf file = { 0 };
	struct report report = { 0 };

	buf_lit(&file, "content\n");
	for (int i = 0; i < 1000; i++)
		buf_lit(&file, "\xc3\xa9");
	json_t *all = replies_read(ZA, file.ptr, file.len, &report);
	ck_assert_uint_eq(json_array_size(all), 1);
	json_decref(all);
	buf_char(&file, 'x');
	ck_assert_ptr_null(replies_read(ZA, file.ptr, file.len, &report));
	ck_assert_ptr_nonnull(strstr(report.lines[0].detail, "1001"));
	report_free(&report);
	buf_free(&file);
}
END_TEST

START_TEST(formats_have_names)
{
	ck_assert_int_eq(replies_find("chatwoot"), CW);
	ck_assert_int_eq(replies_find("zammad"), ZA);
	ck_assert_int_eq(replies_find("intercom"), IC);
	ck_assert_int_eq(replies_find("zendesk"), -1);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("replies");
	TCase *tc = tcase_create("replies");

	tcase_add_loop_test(tc, a_reply_becomes_a_template, 0,
			    (int)NELEMS(good));
	tcase_add_loop_test(tc, what_is_wrong_is_said_with_its_place, 0,
			    (int)NELEMS(bad));
	tcase_add_test(tc, length_is_counted_in_characters);
	tcase_add_test(tc, formats_have_names);
	suite_add_tcase(s, tc);
	SRunner *sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	int failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
