/*
 * test_accept.c - how many connections a process may have.
 */
#include <check.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "server/accept.h"

/* clang-format off */
static const struct {
	rlim_t soft, hard; /* the limit of descriptors, before */
	unsigned wanted, limit;
	rlim_t after;
} limits[] = {
	{ 1024, 4096, 100, 100, 1024 },
	{ 256, 1024, 900, 900, 964 }, /* raised as far as it takes */
	{ 256, 1024, 960, 960, 1024 },
	{ 256, 1024, 961, 960, 1024 },
	{ 1024, 1024, 8192, 960, 1024 },
	{ 200, 200, 8192, 136, 200 },
	{ 129, 129, 8192, 65, 129 },
	{ 128, 128, 8192, 64, 128 },
	{ 127, 127, 8192, 64, 127 }, /* of few, half */
	{ 64, 64, 8192, 32, 64 },
	{ 64, 64, 10, 10, 64 },
	{ 20, 20, 8192, 10, 20 },
	{ 2, 2, 8192, 1, 2 },
	{ 0, 0, 8192, 1, 0 },
};
/* clang-format on */

/* In a process of its own: a limit that is lowered may stay so. */
static void
ask_child(const struct rlimit *before, unsigned wanted, rlim_t out[2])
{
	int fds[2], status = -1;

	ck_assert_int_eq(pipe(fds), 0);
	pid_t pid = fork();

	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		struct rlimit after = { 0 };
		rlim_t said[2];

		(void)setrlimit(RLIMIT_NOFILE, before);
		said[0] = accept_limit(wanted);
		(void)getrlimit(RLIMIT_NOFILE, &after);
		said[1] = after.rlim_cur;
		_exit(write(fds[1], said, sizeof(said)) != sizeof(said));
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
	ck_assert_int_eq(read(fds[0], out, 2 * sizeof(out[0])),
			 2 * sizeof(out[0]));
	close(fds[0]);
	close(fds[1]);
}

START_TEST(leaves_descriptors_for_the_rest)
{
	struct rlimit before = { limits[_i].soft, limits[_i].hard };
	rlim_t said[2];

	ask_child(&before, limits[_i].wanted, said);
	ck_assert_uint_eq(said[0], limits[_i].limit);
	ck_assert_uint_eq(said[1], limits[_i].after);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("accept");
	TCase *tc = tcase_create("accept");
	SRunner *runner = srunner_create(suite);

	tcase_add_loop_test(tc, leaves_descriptors_for_the_rest, 0,
			    (int)(sizeof(limits) / sizeof(limits[0])));
	suite_add_tcase(suite, tc);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);

	srunner_free(runner);
	return failed == 0 ? 0 : 1;
}
