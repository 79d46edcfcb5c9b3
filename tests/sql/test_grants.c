/*
 * test_grants.c - runs roles.pg, by pgTAP: what each role may do.
 *
 * Its tests are counted with the others: see the last line.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/sql/fixture.h"

static int passed, failed, planned = -1;

/* Count what TAP says, and repeat what is not well. */
static void
take(const char *line)
{
	int number;

	if (strncmp(line, "ok ", 3) == 0) {
		passed++;
		return;
	}
	if (sscanf(line, "1..%d", &number) == 1) {
		planned = number;
		return;
	}
	if (strncmp(line, "not ok ", 7) == 0) {
		failed++;
		printf("tests/sql/roles.pg:0:F:%s", line + 7);
	} else {
		fputs(line, stdout);
	}
}

START_TEST(each_role_may_do_what_it_must)
{
	char command[512], line[4096];

	snprintf(command, sizeof(command),
		 "pg_prove --verbose --nocolor --host %s --port %d --username "
		 "postgres --dbname %s tests/sql/roles.pg 2>&1",
		 pg_socket_dir(), pg_port(), pg_database_name());
	FILE *f = popen(command, "r");
	ck_assert_ptr_nonnull(f);
	while (fgets(line, sizeof(line), f) != NULL)
		take(line);
	int status = pclose(f);
	ck_assert_int_eq(failed, 0);
	ck_assert_int_eq(status, 0);
	ck_assert_int_gt(passed, 0);
	ck_assert_int_eq(passed, planned);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("grants");
	TCase *tc = tcase_create("grants");

	tcase_add_unchecked_fixture(tc, fixture_start, fixture_stop);
	tcase_add_checked_fixture(tc, fixture_migrated, NULL);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, each_role_may_do_what_it_must);
	suite_add_tcase(suite, tc);
	int status = fixture_main(suite, CK_NOFORK);
	printf("%d%%: Checks: %d, Failures: %d, Errors: 0\n",
	       passed + failed > 0 ? 100 * passed / (passed + failed) : 0,
	       passed + failed, failed);
	return status;
}
