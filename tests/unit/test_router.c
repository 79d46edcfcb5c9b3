/*
 * test_router.c - which row answers, and which methods a path has.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "server/router.h"

#define NELEMS(a) (sizeof(a) / sizeof((a)[0]))

/* clang-format off */
static const struct route routes[] = {
	{ "GET",  "/v1/notes", NULL, 0, ROLE_NONE },
	{ "POST", "/v1/notes", NULL, 0, ROLE_NONE },
	{ "GET",  "/v1/notes/latest", NULL, 0, ROLE_NONE },
	{ "GET",  "/v1/notes/{id}", NULL, 0, ROLE_NONE },
	{ "PUT",  "/v1/notes/{id}", NULL, 0, ROLE_NONE },
	{ "GET",  "/v1/notes/{id}/tags/{tag}", NULL, 0, ROLE_NONE },
	{ "GET",  "/{a}/{b}/{c}/{d}", NULL, 0, ROLE_NONE },
	{ "GET",  "/v1/{x}.json", NULL, 0, ROLE_NONE },
	{ "GET",  "/", NULL, 0, ROLE_NONE },
};

static const struct {
	const char *method, *path;
	enum router_verdict verdict;
	int row;
	const char *last_param;
} cases[] = {
	{ "GET",  "/v1/notes",           ROUTER_MATCH,       0, "" },
	{ "HEAD", "/v1/notes",           ROUTER_MATCH,       0, "" },
	{ "POST", "/v1/notes",           ROUTER_MATCH,       1, "" },
	{ "GET",  "/v1/notes/latest",    ROUTER_MATCH,       2, "" },
	{ "GET",  "/v1/notes/42",        ROUTER_MATCH,       3, "42" },
	{ "PUT",  "/v1/notes/latest",    ROUTER_MATCH,       4, "latest" },
	{ "GET",  "/v1/notes/a%2Fb",     ROUTER_MATCH,       3, "a%2Fb" },
	{ "GET",  "/v1/notes/42/tags/a", ROUTER_MATCH,       5, "a" },
	{ "GET",  "/1/2/3/44",           ROUTER_MATCH,       6, "44" },
	{ "GET",  "/",                   ROUTER_MATCH,       8, "" },
	{ "PUT",  "/v1/notes",           ROUTER_NOT_ALLOWED, 0, "" },
	{ "HEAD", "/v1/notes/42/tags/a", ROUTER_MATCH,       5, "a" },
	{ "get",  "/v1/notes",           ROUTER_NOT_ALLOWED, 0, "" },
	{ "GET",  "/v1/notes/",          ROUTER_NOT_FOUND,   0, "" },
	{ "GET",  "/v1/notes/42/",       ROUTER_NOT_FOUND,   0, "" },
	{ "GET",  "/v1/note",            ROUTER_NOT_FOUND,   0, "" },
	{ "GET",  "/v1/notes/42/tags/",  ROUTER_NOT_FOUND,   0, "" },
	{ "GET",  "//v1/notes",          ROUTER_NOT_FOUND,   0, "" },
	{ "GET",  "*",                   ROUTER_NOT_FOUND,   0, "" },
	{ "GET",  "",                    ROUTER_NOT_FOUND,   0, "" },
	/* A placeholder takes the whole segment: nothing can follow it. */
	{ "GET",  "/v1/a.json",          ROUTER_NOT_FOUND,   0, "" },
};
/* clang-format on */

START_TEST(finds_the_right_row)
{
	struct route_match m = { 0 };
	/* Exactly as long as it says, so that reading on would be seen. */
	size_t len = strlen(cases[_i].path);
	char *path = malloc(len > 0 ? len : 1);

	ck_assert_ptr_nonnull(path);
	memcpy(path, cases[_i].path, len);
	ck_assert_int_eq(router_find(routes, NELEMS(routes), cases[_i].method,
				     path, len, &m),
			 cases[_i].verdict);
	if (cases[_i].verdict == ROUTER_MATCH)
		ck_assert_ptr_eq(m.route, &routes[cases[_i].row]);
	else
		ck_assert_ptr_null(m.route);
	if (cases[_i].last_param[0] != '\0') {
		struct slice last = m.params[m.nparams - 1];

		ck_assert_uint_eq(last.len, strlen(cases[_i].last_param));
		ck_assert_mem_eq(last.ptr, cases[_i].last_param, last.len);
	}
	free(path);
}
END_TEST

/* clang-format off */
static const struct {
	const char *path, *allow;
} allows[] = {
	{ "/v1/notes", "GET, HEAD, POST, OPTIONS" },
	{ "/v1/notes/latest", "GET, HEAD, PUT, OPTIONS" },
	{ "/v1/notes/1", "GET, HEAD, PUT, OPTIONS" },
	{ "/nowhere", "" },
};
/* clang-format on */

START_TEST(allow_lists_each_method_once)
{
	char buf[64];

	router_allow(routes, NELEMS(routes), allows[_i].path,
		     strlen(allows[_i].path), buf, sizeof(buf));
	ck_assert_str_eq(buf, allows[_i].allow);
}
END_TEST

START_TEST(allow_is_cut_between_methods)
{
	char buf[sizeof("GET, HEAD, POST, OPTIONS")];
	size_t len = strlen("/v1/notes");

	router_allow(routes, NELEMS(routes), "/v1/notes", len, buf,
		     sizeof(buf));
	ck_assert_str_eq(buf, "GET, HEAD, POST, OPTIONS");
	router_allow(routes, NELEMS(routes), "/v1/notes", len, buf,
		     sizeof(buf) - 1);
	ck_assert_str_eq(buf, "GET, HEAD, POST");
	router_allow(routes, NELEMS(routes), "/v1/notes", len, buf, 1);
	ck_assert_str_eq(buf, "");
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("router");
	TCase *tc = tcase_create("router");

	tcase_add_loop_test(tc, finds_the_right_row, 0, (int)NELEMS(cases));
	tcase_add_loop_test(tc, allow_lists_each_method_once, 0,
			    (int)NELEMS(allows));
	tcase_add_test(tc, allow_is_cut_between_methods);
	suite_add_tcase(suite, tc);

	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
