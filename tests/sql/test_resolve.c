/*
 * test_resolve.c - the addresses of a host, without waiting.
 */
#include <check.h>
#include <poll.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "sql/resolve.h"

START_TEST(only_names_are_looked_up)
{
	ck_assert(resolve_needed("localhost"));
	ck_assert(resolve_needed("db"));
	ck_assert(!resolve_needed("127.0.0.1"));
	ck_assert(!resolve_needed("::1"));
	ck_assert(!resolve_needed("/run/postgresql"));
	ck_assert(!resolve_needed("@abstract"));
	ck_assert(!resolve_needed(""));
}
END_TEST

static struct resolve *
wait_for(const char *host, int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	struct resolve *r = resolve_start(host, fd);
	uint64_t n;

	ck_assert_ptr_nonnull(r);
	ck_assert_int_eq(poll(&p, 1, 20000), 1);
	ck_assert_int_eq(read(fd, &n, sizeof(n)), sizeof(n));
	ck_assert_int_eq(resolve_state(r), RESOLVE_DONE);
	return r;
}

START_TEST(a_name_has_addresses)
{
	int fd = eventfd(0, EFD_CLOEXEC);
	struct resolve *r = wait_for("localhost", fd);
	bool found = false;

	ck_assert_uint_gt(resolve_count(r), 0);
	for (size_t i = 0; i < resolve_count(r); i++)
		found = found ||
			strcmp(resolve_address(r, i), "127.0.0.1") == 0 ||
			strcmp(resolve_address(r, i), "::1") == 0;
	ck_assert(found);
	resolve_free(r);
	close(fd);
}
END_TEST

START_TEST(a_name_that_is_none_has_no_addresses)
{
	int fd = eventfd(0, EFD_CLOEXEC);
	/* A label has at most 63 bytes: no name server is asked. */
	struct resolve *r =
		wait_for("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
			 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.example",
			 fd);

	ck_assert_uint_eq(resolve_count(r), 0);
	resolve_free(r);
	close(fd);
}
END_TEST

START_TEST(it_may_be_left_alone)
{
	int fd = eventfd(0, EFD_CLOEXEC);

	for (int i = 0; i < 50; i++)
		resolve_free(resolve_start("localhost", fd));
	close(fd);
	resolve_free(NULL);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("resolve");
	TCase *tc = tcase_create("resolve");
	SRunner *runner = srunner_create(suite);

	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, only_names_are_looked_up);
	tcase_add_test(tc, a_name_has_addresses);
	tcase_add_test(tc, a_name_that_is_none_has_no_addresses);
	tcase_add_test(tc, it_may_be_left_alone);
	suite_add_tcase(suite, tc);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);

	srunner_free(runner);
	return failed == 0 ? 0 : 1;
}
