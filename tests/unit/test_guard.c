/*
 * test_guard.c - what is HTTP, and why the rest is not.
 */
#include <check.h>
#include <stdlib.h>

#include "tests/fuzz/cut.h"

#define NL "\r\n"
#define GET "GET / HTTP/1.1" NL
#define HOST "Host: localhost" NL
#define ROW(reason, bytes) \
	{ \
		GUARD_##reason, bytes, sizeof(bytes) - 1 \
	}

/* clang-format off */
static const struct {
	enum guard_reason reason;
	const char *bytes;
	size_t len;
} rows[] = {
	ROW(OK, GET HOST NL),
	ROW(OK, "GET /a?b=c&d HTTP/1.1" NL HOST "Accept: */*" NL "X:" NL NL),
	ROW(OK, "GET / HTTP/1.0" NL NL),
	ROW(OK, "OPTIONS * HTTP/1.1" NL HOST NL),
	ROW(OK, "GET http://localhost/ HTTP/1.1" NL HOST NL),
	ROW(OK, "GET https://localhost?x HTTP/1.1" NL HOST NL),
	ROW(OK, GET "Host: a.b-c_d~1:65535" NL NL),
	ROW(OK, GET "Host: [2001:db8::1]" NL NL),
	ROW(OK, GET HOST "Content-Length: 5" NL NL),
	ROW(OK, GET HOST "TRANSFER-encoding: Chunked" NL NL),
	ROW(LINE, "GET  / HTTP/1.1" NL HOST NL),
	ROW(LINE, "GET /\0a HTTP/1.1" NL HOST NL),
	ROW(METHOD, "G(T / HTTP/1.1" NL HOST NL),
	ROW(TARGET, "GET x HTTP/1.1" NL HOST NL),
	ROW(TARGET, "GET * HTTP/1.1" NL HOST NL),
	ROW(TARGET, "GET http:///a HTTP/1.1" NL HOST NL),
	ROW(NAME, GET HOST "A B: 1" NL NL),
	ROW(NAME, GET HOST "A : 1" NL NL),
	ROW(NAME, GET HOST ": 1" NL NL),
	ROW(NAME, GET " A: 1" NL HOST NL),
	ROW(VALUE, GET HOST "A: 123\x01" NL NL),
	ROW(VALUE, GET HOST "A: 12345678\x7f" NL NL),
	ROW(VALUE, GET HOST "A: \x1f" "1234567" NL NL),
	ROW(VALUE, GET HOST "A: 1\r2" NL NL),
	ROW(LINE_END, "GET / HTTP/1.1\n" HOST NL),
	ROW(LINE_END, GET "Host: localhost\n" NL),
	ROW(LINE_END, GET HOST "\n"),
	ROW(LINE_END, GET HOST "A: 1\0" NL NL),
	ROW(LINE_END, GET HOST "A: 1\0 2" NL NL),
	ROW(LINE_END, GET HOST "A: 1" NL " 2" NL NL),
	ROW(LINE_END, GET HOST "\0A: 1" NL NL),
	ROW(LINE_END, GET HOST "A: 1\0\x04\n\n"),
	ROW(HOST_NONE, GET NL),
	ROW(HOST_TWICE, GET HOST HOST NL),
	ROW(HOST_TWICE, "GET / HTTP/1.0" NL HOST HOST NL),
	ROW(HOST_BAD, GET "Host: a b" NL NL),
	ROW(HOST_BAD, GET "Host: a:b" NL NL),
	ROW(HOST_BAD, GET "Host: :1" NL NL),
	ROW(HOST_BAD, GET "Host: [::1" NL NL),
	ROW(HOST_BAD, GET "Host: a:123456" NL NL),
	ROW(HOST_OTHER, "GET http://a/ HTTP/1.1" NL HOST NL),
	ROW(LENGTH_BAD, GET HOST "Content-Length: 1 1" NL NL),
	ROW(LENGTH_BAD, GET HOST "Content-Length:" NL NL),
	ROW(LENGTH_TWICE, GET HOST "Content-Length: 1" NL "Content-Length: 1" NL NL),
	ROW(CODING, GET HOST "Transfer-Encoding: gzip" NL NL),
	ROW(CODING, GET HOST "Transfer-Encoding: chunked" NL "Transfer-Encoding: chunked" NL NL),
	ROW(CODING, "GET / HTTP/1.0" NL "Transfer-Encoding: chunked" NL NL),
	ROW(CODING_LENGTH, GET HOST "Transfer-Encoding: chunked" NL "Content-Length: 1" NL NL),
};
/* clang-format on */

START_TEST(knows_http_from_what_is_not)
{
	struct cut cut;
	char *buf = malloc(rows[_i].len + 1); /* no byte too many */

	ck_assert_ptr_nonnull(buf);
	memcpy(buf, rows[_i].bytes, rows[_i].len);
	enum guard_reason reason = cut_request(&cut, buf, rows[_i].len);

	ck_assert(!cut.refused);
	ck_assert_str_eq(guard_reason_name(reason),
			 guard_reason_name(rows[_i].reason));
	free(buf);
}
END_TEST

/* With another library the places mean nothing. */
START_TEST(can_do_without_places)
{
	struct guard g;
	struct guard_host last = { 0 };
	struct guard_line line = { "GET", "HTTP/1.1", "/", "/", 1, false };

	guard_line(&g, &line, false);
	guard_header(&g, "Host", 4, "a", 1);
	guard_header(&g, "X", 1, "b", 1);
	ck_assert_int_eq(guard_end(&g, &line, NULL, &last), GUARD_OK);
	ck_assert_uint_eq(last.len, 1);
	ck_assert_int_eq(last.text[0], 'a');

	guard_line(&g, &line, true);
	guard_header(&g, "Host", 4, "a", 1);
	ck_assert_int_eq(guard_end(&g, &line, NULL, &last), GUARD_LINE);
}
END_TEST

/* Every byte, at every place of the eight that are looked at together. */
START_TEST(finds_every_control_character)
{
	char value[24];

	for (int c = 0; c < 256; c++) {
		for (size_t at = 0; at < sizeof(value); at++) {
			struct guard g = { 0 };
			bool bad = (c < 0x20 && c != '\t') || c == 0x7f;

			memset(value, 'v', sizeof(value));
			value[at] = (char)c;
			guard_header(&g, "X", 1, value, sizeof(value));
			ck_assert_int_eq(g.reason,
					 bad ? GUARD_VALUE : GUARD_OK);
		}
	}
}
END_TEST

START_TEST(says_why)
{
	for (int i = 0; i < N_GUARD_REASONS; i++) {
		const char *name = guard_reason_name((enum guard_reason)i);

		ck_assert_uint_gt(strlen(name), 0);
		ck_assert_uint_eq(strspn(name, "abcdefghijklmnopqrstuvwxyz-"),
				  strlen(name));
		for (int k = 0; k < i; k++)
			ck_assert_str_ne(
				name, guard_reason_name((enum guard_reason)k));
		if (i > GUARD_OK && i <= GUARD_TRAILER)
			ck_assert_str_ne(guard_advice((enum guard_reason)i),
					 "");
	}
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("guard");
	TCase *tc = tcase_create("guard");
	SRunner *runner = srunner_create(suite);

	tcase_add_loop_test(tc, knows_http_from_what_is_not, 0,
			    (int)(sizeof(rows) / sizeof(rows[0])));
	tcase_add_test(tc, can_do_without_places);
	tcase_add_test(tc, finds_every_control_character);
	tcase_add_test(tc, says_why);
	suite_add_tcase(suite, tc);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);

	srunner_free(runner);
	return failed == 0 ? 0 : 1;
}
