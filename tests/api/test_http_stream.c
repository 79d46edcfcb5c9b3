/*
 * test_http_stream.c - bodies that are made while they are sent.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "tests/api/client.h"
#include "tests/api/rig.h"

#define NL "\r\n"
#define HOST "Host: localhost" NL
#define NELEMS(a) (sizeof(a) / sizeof((a)[0]))

/* A piece is 16 KiB at most. */
static const int sizes[] = { 0, 1, 16383, 16384, 16385, 2000000, 3 };

START_TEST(bodies_of_any_size_come_whole)
{
	struct rig *rig = rig_start(NULL);
	struct client *c = client_open(rig_port(rig));
	struct answer a;

	for (size_t i = 0; i < NELEMS(sizes); i++) {
		client_text(c, "GET /stream/%d HTTP/1.1" NL HOST NL, sizes[i]);
		ck_assert(client_read(c, &a, 5000));
		ck_assert_int_eq(a.status, 200);
		ck_assert(answer_has(&a, "Transfer-Encoding: chunked"));
		ck_assert_uint_eq(a.len, (size_t)sizes[i]);
		ck_assert_uint_eq(strspn(a.body, "b"), a.len);
		answer_free(&a);
	}
	client_close(c);
	rig_stop(rig);
}
END_TEST

START_TEST(the_log_has_its_bytes)
{
	struct rig *rig = rig_start(NULL);
	struct answer a = client_get(rig_port(rig), "/stream/123457");

	answer_free(&a);
	ck_assert(rig_logged(rig, "123457", 5000));
	rig_stop(rig);
}
END_TEST

/* Nobody may take what came for all of it. */
START_TEST(one_that_breaks_off_has_no_end)
{
	struct rig *rig = rig_start(NULL);
	struct client *c = client_open(rig_port(rig));
	struct answer a;

	client_text(c, "GET /stream/%d HTTP/1.1" NL HOST NL, 7);
	ck_assert(!client_read(c, &a, 5000));
	client_close(c);
	a = client_get(rig_port(rig), "/hello");
	ck_assert_int_eq(a.status, 200);
	answer_free(&a);
	rig_stop(rig);
}
END_TEST

/* Neither of them keeps what the body is made from: rig_stop() looks. */
START_TEST(clients_may_leave_or_read_nothing)
{
	struct rig *rig = rig_start(&(struct http_options){ .drain_ms = 100 });
	struct client *leaves = client_open(rig_port(rig)),
		      *waits = client_open(rig_port(rig));
	struct answer a;

	client_text(leaves, "GET /stream/99999999 HTTP/1.1" NL HOST NL);
	client_text(waits, "GET /stream/99999999 HTTP/1.1" NL HOST NL);
	a = client_get(rig_port(rig), "/hello");
	ck_assert_int_eq(a.status, 200);
	answer_free(&a);
	client_reset(leaves);
	rig_stop(rig);
	client_close(waits);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("http_stream");
	TCase *tc = tcase_create("http_stream");

	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, bodies_of_any_size_come_whole);
	tcase_add_test(tc, the_log_has_its_bytes);
	tcase_add_test(tc, one_that_breaks_off_has_no_end);
	tcase_add_test(tc, clients_may_leave_or_read_nothing);
	suite_add_tcase(s, tc);
	SRunner *sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	int failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
