/*
 * test_cors.c - which pages of other sites may read our answers.
 */
#include <check.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/cors.h"

#define NELEMS(a) (sizeof(a) / sizeof((a)[0]))

static char why[256];

static bool
allows(const struct cors *cors, const char *origin)
{
	const char *found = cors_find(cors, origin, strlen(origin));

	if (found != NULL)
		ck_assert_str_eq(found, origin);
	return found != NULL;
}

START_TEST(only_what_is_on_the_list)
{
	struct cors *cors =
		cors_new("https://desk.example.com, http://localhost:3000\n"
			 "http://[::1]:8081 chrome-extension://abcdef,",
			 why, sizeof(why));

	ck_assert_msg(cors != NULL, "%s", why);
	ck_assert(allows(cors, "https://desk.example.com"));
	ck_assert(allows(cors, "http://localhost:3000"));
	ck_assert(allows(cors, "http://[::1]:8081"));
	ck_assert(allows(cors, "chrome-extension://abcdef"));
	ck_assert(!allows(cors, "http://desk.example.com"));
	ck_assert(!allows(cors, "https://desk.example.com:8443"));
	ck_assert(!allows(cors, "https://desk.example.com.evil.example"));
	ck_assert(!allows(cors, "https://desk.example.co"));
	ck_assert(!allows(cors, "https://DESK.example.com"));
	ck_assert(!allows(cors, "https://evil.example"));
	ck_assert(!allows(cors, "null"));
	ck_assert(!allows(cors, "*"));
	ck_assert(!allows(cors, ""));
	cors_free(cors);
}
END_TEST

START_TEST(says_who_may_frame_a_page)
{
	struct cors *cors =
		cors_new("https://a.example,http://b:81", why, sizeof(why));
	char *policy = cors_page_policy(cors), *none = cors_page_policy(NULL);

	ck_assert_str_eq(cors_origin(cors, 0), "https://a.example");
	ck_assert_str_eq(cors_origin(cors, 1), "http://b:81");
	ck_assert_ptr_null(cors_origin(cors, 2));
	ck_assert_ptr_null(cors_origin(NULL, 0));
	ck_assert_ptr_nonnull(strstr(
		policy,
		"; frame-ancestors 'self' https://a.example http://b:81"));
	ck_assert_ptr_null(strstr(policy, "unsafe"));
	ck_assert_str_eq(strstr(none, "frame-ancestors"),
			 "frame-ancestors 'self'");
	free(policy);
	free(none);
	cors_free(cors);
}
END_TEST

START_TEST(a_length_counts_not_a_nul)
{
	struct cors *cors = cors_new("https://a.example", why, sizeof(why));
	static const char longer[] = "https://a.example\0.evil.example";

	ck_assert_ptr_nonnull(cors_find(cors, longer, 17));
	ck_assert_ptr_null(cors_find(cors, longer, sizeof(longer) - 1));
	ck_assert_ptr_null(cors_find(cors, longer, 16));
	cors_free(cors);
}
END_TEST

START_TEST(an_empty_list_allows_nobody)
{
	static const char *const empty[] = { "", " ", ", ," };

	ck_assert(!allows(NULL, "https://a.example"));
	for (size_t i = 0; i < NELEMS(empty); i++) {
		struct cors *cors = cors_new(empty[i], why, sizeof(why));

		ck_assert_ptr_nonnull(cors);
		ck_assert(!allows(cors, "https://a.example"));
		ck_assert(!allows(cors, ""));
		cors_free(cors);
	}
	cors_free(NULL);
}
END_TEST

/* clang-format off */
static const struct {
	const char *origin, *says;
} refused[] = {
	{ "*", "\"*\"" },
	{ "null", "scheme://host" },
	{ "desk.example.com", "scheme://host" },
	{ "https://", "scheme://host" },
	{ "://desk", "scheme://host" },
	{ "9p://desk", "scheme://host" },
	{ "https://desk.example.com/", "no path" },
	{ "https://desk.example.com/app", "no path" },
	{ "https://desk.example.com?x", "no path" },
	{ "https://ana@desk.example.com", "no user" },
	{ "https://*.example.com", "in full" },
	{ "https://Desk.example.com", "lower case" },
	{ "HTTPS://desk.example.com", "lower case" },
	{ "https://d\xc3\xa9sk.example", "punycode" },
	{ "https://desk:", "port" },
	{ "https://desk:0", "port" },
	{ "https://desk:65536", "port" },
	{ "https://desk:08", "port" },
	{ "https://desk:8o", "port" },
	{ "https://desk:443", "443" },
	{ "http://desk:80", "80" },
	{ "https://a.example https://b.example/", "no path" },
};
/* clang-format on */

START_TEST(what_no_browser_would_send_is_refused)
{
	struct cors *cors = cors_new(refused[_i].origin, why, sizeof(why));

	ck_assert_msg(cors == NULL, "%s", refused[_i].origin);
	ck_assert_msg(strstr(why, refused[_i].says) != NULL, "%s: %s",
		      refused[_i].origin, why);
}
END_TEST

/* ${n} origins of ${len} bytes each. */
static struct cors *
many(size_t n, size_t len)
{
	size_t size = n * (len + 1) + 1, at = 0;
	char *list = malloc(size);

	ck_assert_ptr_nonnull(list);
	for (size_t i = 0; i < n; i++) {
		char *one = list + at;
		int m = snprintf(one, size - at, "https://n%zu.", i);

		memset(one + m, 'a', len - (size_t)m);
		one[len] = ' ';
		at += len + 1;
	}
	list[at] = '\0';
	struct cors *cors = cors_new(list, why, sizeof(why));

	free(list);
	return cors;
}

START_TEST(has_limits)
{
	struct cors *cors = many(CORS_MAX_ORIGINS, CORS_MAX_ORIGIN);

	ck_assert_msg(cors != NULL, "%s", why);
	cors_free(cors);
	ck_assert_ptr_null(many(CORS_MAX_ORIGINS + 1, 20));
	ck_assert_ptr_nonnull(strstr(why, "64"));
	ck_assert_ptr_null(many(1, CORS_MAX_ORIGIN + 1));
	ck_assert_ptr_nonnull(strstr(why, "255"));
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("cors");
	TCase *tc = tcase_create("cors");

	tcase_add_test(tc, only_what_is_on_the_list);
	tcase_add_test(tc, says_who_may_frame_a_page);
	tcase_add_test(tc, a_length_counts_not_a_nul);
	tcase_add_test(tc, an_empty_list_allows_nobody);
	tcase_add_loop_test(tc, what_no_browser_would_send_is_refused, 0,
			    (int)NELEMS(refused));
	tcase_add_test(tc, has_limits);
	suite_add_tcase(suite, tc);

	SRunner *runner = srunner_create(suite);

	srunner_run_all(runner, CK_NORMAL);
	int failed = srunner_ntests_failed(runner);

	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
