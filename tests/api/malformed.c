/*
 * malformed.c - requests that are no HTTP, or only just.
 */
#include <stdlib.h>
#include <string.h>

#include "tests/api/malformed.h"

#define NL "\r\n"
#define GET "GET /hello HTTP/1.1" NL
#define HOST "Host: localhost" NL
#define POST "POST /things HTTP/1.1" NL HOST "Content-Type: application/json" NL
#define CHUNKED POST "Transfer-Encoding: chunked" NL NL
#define INNER GET HOST SMUGGLED NL NL
#define HEADER(text) GET HOST text NL NL
#define ROW(outcome, status, bytes) \
	{ \
		outcome, status, bytes, sizeof(bytes) - 1 \
	}

/* clang-format off */
const struct malformed malformed[] = {
	/* The request line. */
	ROW(TAKEN, 200, GET HOST NL),
	ROW(TAKEN, 200, "\r\n\r\n" GET HOST NL),
	ROW(TAKEN, 200, "\n" GET HOST NL),
	ROW(TAKEN, 200, "\0junk\r\n" GET HOST NL), /* a blank line, to the library */
	ROW(TAKEN, 200, "GET /hello HTTP/1.2" NL HOST NL),
	ROW(LAST, 200, "GET /hello HTTP/1.0" NL NL),
	ROW(LAST, 200, "GET /hello HTTP/1.0" NL HOST NL),
	ROW(REFUSED, 400, "GET  /hello HTTP/1.1" NL HOST NL),
	ROW(REFUSED, 400, "GET /hello  HTTP/1.1" NL HOST NL),
	ROW(REFUSED, 400, "GET /hello HTTP/1.1 " NL HOST NL),
	ROW(REFUSED, 400, "GET /hello\tHTTP/1.1" NL HOST NL),
	ROW(REFUSED, 400, "GET /hello x HTTP/1.1" NL HOST NL),
	ROW(REFUSED, 400, "GET /hello" NL HOST NL),
	ROW(REFUSED, 400, "GET " NL HOST NL),
	ROW(REFUSED, 400, "GET /hello HTTP/1.10" NL HOST NL),
	ROW(REFUSED, 400, "GET /hello HTTP/11" NL HOST NL),
	ROW(REFUSED, 400, "GET /hello HTTP/1" NL HOST NL),
	ROW(REFUSED, 400, "GET /hello HTTP/1." NL HOST NL),
	ROW(REFUSED, 400, "GET /hello HTTP/1,1" NL HOST NL),
	ROW(REFUSED, 400, "GET /hello HTTP/x.y" NL HOST NL),
	ROW(REFUSED, 400, "GET /hello http/1.1" NL HOST NL),
	ROW(REFUSED, 400, "GET /hello HTTP/1.1x" NL HOST NL),
	ROW(REFUSED, 400, "GET /hello HTTP /1.1" NL HOST NL),
	ROW(REFUSED, 400, "GET /hello HTTPS/1.1" NL HOST NL),
	ROW(REFUSED, 400, "GET /hello HTTP/1.1\r" NL HOST NL),
	ROW(REFUSED, 400, "GET /hello HTTP/1.1\0" NL HOST NL),
	ROW(REFUSED, 505, "GET /hello HTTP/0.9" NL HOST NL),
	ROW(REFUSED, 505, "GET /hello HTTP/2.0" NL HOST NL),
	ROW(REFUSED, 505, "GET /hello HTTP/9.9" NL HOST NL),
	ROW(REFUSED, 505, "PRI * HTTP/2.0" NL NL "SM" NL NL),
	ROW(SILENT, 0, " GET /hello HTTP/1.1" NL HOST NL),
	ROW(SILENT, 0, "GET\t/hello\tHTTP/1.1" NL HOST NL),
	ROW(SILENT, 0, "GET" NL HOST NL),
	ROW(SILENT, 0, "/hello" NL HOST NL),
	ROW(SILENT, 0, "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\n"),
	ROW(SILENT, 0, "SSH-2.0-OpenSSH_9.2" NL),
	ROW(SILENT, 0, "{}\n"),

	/* Methods. */
	ROW(TAKEN, 405, "BREW /hello HTTP/1.1" NL HOST NL),
	ROW(TAKEN, 405, "get /hello HTTP/1.1" NL HOST NL),
	ROW(TAKEN, 405, "TRACE /hello HTTP/1.1" NL HOST NL),
	ROW(TAKEN, 405, "CONNECT /hello HTTP/1.1" NL HOST NL),
	ROW(REFUSED, 400, "G@T /hello HTTP/1.1" NL HOST NL),
	ROW(REFUSED, 400, "GET, /hello HTTP/1.1" NL HOST NL),
	ROW(REFUSED, 400, "GET: /hello HTTP/1.1" NL HOST NL),
	ROW(REFUSED, 400, "(GET) /hello HTTP/1.1" NL HOST NL),
	ROW(REFUSED, 400, "\"GET\" /hello HTTP/1.1" NL HOST NL),
	ROW(REFUSED, 400, "G\xc3\x89T /hello HTTP/1.1" NL HOST NL),
	ROW(REFUSED, 400, "\x7fGET /hello HTTP/1.1" NL HOST NL),
	ROW(REFUSED, 400, "GET\x01 /hello HTTP/1.1" NL HOST NL),
	ROW(REFUSED, 400, "GE\0T /hello HTTP/1.1" NL HOST NL),
	ROW(REFUSED, 400, "GET\0 /hello HTTP/1.1" NL HOST NL),
	ROW(REFUSED, 400, "G ET /hello HTTP/1.1" NL HOST NL),
	ROW(REFUSED, 400, "\rGET /hello HTTP/1.1" NL HOST NL),
	ROW(REFUSED, 400, "\xef\xbb\xbfGET /hello HTTP/1.1" NL HOST NL),

	/* Targets. */
	ROW(TAKEN, 204, "OPTIONS * HTTP/1.1" NL HOST NL),
	ROW(TAKEN, 200, "GET http://localhost/hello HTTP/1.1" NL HOST NL),
	ROW(TAKEN, 200, "GET HTTP://LOCALHOST/hello HTTP/1.1" NL HOST NL),
	ROW(TAKEN, 404, "GET // HTTP/1.1" NL HOST NL),
	ROW(TAKEN, 404, "GET /../hello HTTP/1.1" NL HOST NL),
	ROW(REFUSED, 400, "GET hello HTTP/1.1" NL HOST NL),
	ROW(REFUSED, 400, "GET * HTTP/1.1" NL HOST NL),
	ROW(REFUSED, 400, "GET ?x=1 HTTP/1.1" NL HOST NL),
	ROW(REFUSED, 400, "GET \\hello HTTP/1.1" NL HOST NL),
	ROW(REFUSED, 400, "GET localhost:80 HTTP/1.1" NL HOST NL),
	ROW(REFUSED, 400, "CONNECT localhost:80 HTTP/1.1" NL HOST NL),
	ROW(REFUSED, 400, "GET http:// HTTP/1.1" NL HOST NL),
	ROW(REFUSED, 400, "GET http:///hello HTTP/1.1" NL HOST NL),
	ROW(REFUSED, 400, "GET ftp://localhost/hello HTTP/1.1" NL HOST NL),
	ROW(REFUSED, 400, "GET http://other/hello HTTP/1.1" NL HOST NL),
	ROW(REFUSED, 400, "GET http://localhost:81/hello HTTP/1.1" NL HOST NL),
	ROW(REFUSED, 400, "GET http://me@localhost/hello HTTP/1.1" NL HOST NL),
	ROW(REFUSED, 400, "GET /hello#part HTTP/1.1" NL HOST NL),
	ROW(REFUSED, 400, "GET /hello?x#part HTTP/1.1" NL HOST NL),
	ROW(REFUSED, 400, "GET /hel\0lo HTTP/1.1" NL HOST NL),
	ROW(REFUSED, 400, "GET /hello\0 HTTP/1.1" NL HOST NL),
	ROW(REFUSED, 400, "GET /hello?\0 HTTP/1.1" NL HOST NL),
	ROW(REFUSED, 400, "GET /hel\tlo HTTP/1.1" NL HOST NL),
	ROW(REFUSED, 400, "GET /hel\rlo HTTP/1.1" NL HOST NL),
	ROW(REFUSED, 400, "GET /hel\x7flo HTTP/1.1" NL HOST NL),
	ROW(REFUSED, 400, "GET /hello?a=\x01 HTTP/1.1" NL HOST NL),
	ROW(REFUSED, 400, "GET /hello?a= b HTTP/1.1" NL HOST NL),
	ROW(REFUSED, 400, "GET /hello%00 HTTP/1.1" NL HOST NL),
	ROW(REFUSED, 400, "GET /hello%0d%0aX:1 HTTP/1.1" NL HOST NL),
	ROW(REFUSED, 400, "GET /hello% HTTP/1.1" NL HOST NL),
	ROW(REFUSED, 400, "GET /hello%4 HTTP/1.1" NL HOST NL),
	ROW(REFUSED, 400, "GET /%zz HTTP/1.1" NL HOST NL),
	ROW(REFUSED, 400, "GET /\xff HTTP/1.1" NL HOST NL),
	ROW(REFUSED, 400, "GET /%c0%af HTTP/1.1" NL HOST NL),
	ROW(REFUSED, 400, "GET /hello?%ff HTTP/1.1" NL HOST NL),
	ROW(REFUSED, 400, "GET /hello?a=%00 HTTP/1.1" NL HOST NL),

	/* Names of headers. */
	ROW(TAKEN, 200, HEADER("!#$%&'*+-.^_`|~aZ0: 1")),
	ROW(REFUSED, 400, HEADER("X Y: 1")),
	ROW(REFUSED, 400, HEADER("X : 1")),
	ROW(REFUSED, 400, HEADER("X\t: 1")),
	ROW(REFUSED, 400, HEADER(": 1")),
	ROW(REFUSED, 400, HEADER("X")),
	ROW(REFUSED, 400, HEADER("X@: 1")),
	ROW(REFUSED, 400, HEADER("(X): 1")),
	ROW(REFUSED, 400, HEADER("X\xc3\xbc: 1")),
	ROW(REFUSED, 400, HEADER("X\x01: 1")),
	ROW(REFUSED, 400, HEADER("X\x7f: 1")),
	ROW(REFUSED, 400, HEADER("X\0Y: 1")),
	ROW(REFUSED, 400, HEADER("X\0: 1")),
	ROW(REFUSED, 400, HEADER("X;: 1")),
	ROW(REFUSED, 400, HEADER("X=: 1")),
	ROW(REFUSED, 400, HEADER("X[]: 1")),
	ROW(REFUSED, 400, HEADER("\"X\": 1")),
	ROW(REFUSED, 400, HEADER("X/Y: 1")),
	ROW(REFUSED, 400, HEADER("X\\: 1")),
	ROW(REFUSED, 400, HEADER("{X}: 1")),
	ROW(REFUSED, 400, HEADER("X,Y: 1")),
	ROW(REFUSED, 400, HEADER("X\rY: 1")),
	ROW(REFUSED, 400, GET " " HOST NL),
	ROW(REFUSED, 400, GET "\t" HOST NL),
	ROW(REFUSED, 400, GET " X: 1" NL HOST NL),

	/* Values of headers. */
	ROW(TAKEN, 200, HEADER("X:")),
	ROW(TAKEN, 200, HEADER("X:1")),
	ROW(TAKEN, 200, HEADER("X: \t 1 \t ")),
	ROW(TAKEN, 200, HEADER("X: a\tb \xc3\xbc \xff : ;")),
	ROW(REFUSED, 400, HEADER("X: a\0b")),
	ROW(REFUSED, 400, HEADER("X: a\0")),
	ROW(REFUSED, 400, HEADER("X: \0")),
	ROW(REFUSED, 400, HEADER("X:\0")),
	ROW(REFUSED, 400, HEADER("X: a\rb")),
	ROW(REFUSED, 400, HEADER("X: a\r")),
	ROW(REFUSED, 400, HEADER("X: a\rY: 2")),
	ROW(REFUSED, 400, HEADER("X: 0123456\x01")),
	ROW(REFUSED, 400, HEADER("X: \x08" "1234567")),
	ROW(REFUSED, 400, HEADER("X: \x7f")),
	ROW(REFUSED, 400, HEADER("X: 012345678901234567\x0b")),
	ROW(REFUSED, 400, HEADER("X: \x1b[2J")),

	/* The ends of lines. */
	ROW(OPEN, 0, "GET /hello HTTP/1.1\rHost: localhost\r\r"),
	ROW(REFUSED, 400, "GET /hello HTTP/1.1\nHost: localhost\n\n"),
	ROW(REFUSED, 400, "GET /hello HTTP/1.1\n" HOST NL),
	ROW(REFUSED, 400, GET "Host: localhost\n" NL),
	ROW(REFUSED, 400, GET HOST "\n"),
	ROW(REFUSED, 400, GET HOST "X: 1\n" NL),
	ROW(REFUSED, 400, GET "X: 1\n" HOST NL),
	ROW(REFUSED, 400, GET "Host: localhost\r\r\n" NL),
	ROW(REFUSED, 0, GET "Host: localhost\n\r" NL), /* a header "\r" */
	ROW(REFUSED, 0, GET HOST "\r\r\n"),
	ROW(REFUSED, 400, HEADER("X: 1" NL " 2")),
	ROW(REFUSED, 400, HEADER("X: 1" NL "\t2")),
	ROW(REFUSED, 400, HEADER("X: 1" NL " 2" NL " 3")),
	ROW(REFUSED, 400, HEADER("X:" NL " 1")),
	ROW(REFUSED, 400, HEADER("X: 1" NL " ")),
	ROW(REFUSED, 400, GET "Host:" NL " localhost" NL NL),
	ROW(REFUSED, 400, GET HOST "\0" NL INNER),
	ROW(REFUSED, 400, GET HOST "\0X: 1" NL INNER),
	ROW(REFUSED, 400, GET "\0" HOST NL),
	ROW(REFUSED, 400, GET HOST "X: 1" NL "\0" NL INNER),

	/* Hosts. */
	ROW(TAKEN, 200, GET "Host:" NL NL),
	ROW(TAKEN, 200, GET "HOST:localhost  " NL NL),
	ROW(TAKEN, 200, GET "Host: [::1]:80" NL NL),
	ROW(TAKEN, 200, GET "Host: localhost:" NL NL),
	ROW(REFUSED, 400, GET NL),
	ROW(REFUSED, 400, GET "X: 1" NL NL),
	ROW(REFUSED, 400, GET HOST HOST NL),
	ROW(REFUSED, 400, GET HOST "Host: other" NL NL),
	ROW(REFUSED, 400, GET HOST "host: other" NL NL),
	ROW(REFUSED, 400, "GET /hello HTTP/1.0" NL HOST HOST NL),
	ROW(REFUSED, 400, GET "Host: local host" NL NL),
	ROW(REFUSED, 400, GET "Host: localhost, other" NL NL),
	ROW(REFUSED, 400, GET "Host: localhost/x" NL NL),
	ROW(REFUSED, 400, GET "Host: me@localhost" NL NL),
	ROW(REFUSED, 400, GET "Host: localhost:http" NL NL),
	ROW(REFUSED, 400, GET "Host: localhost:80:80" NL NL),
	ROW(REFUSED, 400, GET "Host: localhost:999999" NL NL),
	ROW(REFUSED, 400, GET "Host: :80" NL NL),
	ROW(REFUSED, 400, GET "Host: [::1" NL NL),
	ROW(REFUSED, 400, GET "Host: []" NL NL),
	ROW(REFUSED, 400, GET "Host: [::1]x" NL NL),
	ROW(REFUSED, 400, GET "Host: [:/:]" NL NL),
	ROW(REFUSED, 400, GET "Host: localhost?x" NL NL),
	ROW(REFUSED, 400, GET "Host: localhost#x" NL NL),
	ROW(REFUSED, 400, GET "Host: <localhost>" NL NL),

	/* Lengths. */
	ROW(TAKEN, 200, POST "Content-Length: 2" NL NL "{}"),
	ROW(TAKEN, 200, POST "Content-Length: 02" NL NL "{}"),
	ROW(TAKEN, 400, POST "Content-Length: 0" NL NL), /* no JSON */
	ROW(TAKEN, 200, GET HOST "Content-Length: 5" NL NL "hello"),
	ROW(REFUSED, 400, POST "Content-Length: -1" NL NL "{}"),
	ROW(REFUSED, 400, POST "Content-Length: +2" NL NL "{}"),
	ROW(REFUSED, 400, POST "Content-Length: 2x" NL NL "{}"),
	ROW(REFUSED, 400, POST "Content-Length: 0x2" NL NL "{}"),
	ROW(REFUSED, 400, POST "Content-Length:" NL NL "{}"),
	ROW(REFUSED, 400, POST "Content-Length: 2 2" NL NL "{}"),
	ROW(REFUSED, 400, POST "Content-Length: 2,2" NL NL "{}"),
	ROW(REFUSED, 400, POST "Content-Length: 2, 50" NL NL "{}"),
	ROW(REFUSED, 400, POST "Content-Length: 2.0" NL NL "{}"),
	ROW(REFUSED, 400, POST "Content-Length: 2e0" NL NL "{}"),
	ROW(REFUSED, 400, POST "Content-Length: \xd9\xa2" NL NL "{}"),
	ROW(REFUSED, 400, POST "Content-Length: \"2\"" NL NL "{}"),
	ROW(REFUSED, 400, POST "Content-Length: 2" NL "Content-Length: 2" NL NL "{}"),
	ROW(REFUSED, 400, POST "Content-Length: 0" NL "Content-Length: 66" NL NL INNER),
	ROW(REFUSED, 400, POST "Content-Length: 66" NL "content-length: 0" NL NL INNER),
	ROW(REFUSED, 400, POST "Content-Length: 2" NL "Content-Length: x" NL NL "{}"),
	ROW(REFUSED, 400, POST "Content-Length : 2" NL NL "{}"),
	ROW(REFUSED, 400, POST "Content-Length: 2" NL " 0" NL NL "{}"),
	ROW(REFUSED, 400, POST "Content-Length: 2\0" NL NL "{}"),
	ROW(REFUSED, 400, POST "Content-Length: 0\n" NL INNER),
	ROW(REFUSED, 400, GET HOST "Content-Length: -1" NL NL),
	ROW(REFUSED, 413, POST "Content-Length: 18446744073709551616" NL NL "{}"),
	ROW(REFUSED, 413, POST "Content-Length: 18446744073709551615" NL NL "{}"),
	ROW(REFUSED, 413, POST "Content-Length: 16385" NL NL "{}"),
	ROW(REFUSED, 413, POST "Content-Length: 99999999999999999999999999" NL NL "{}"),
	ROW(OPEN, 0, POST "Content-Length: 9999" NL NL "{}"),

	/* Transfer codings. */
	ROW(LAST, 200, CHUNKED "2" NL "{}" NL "0" NL NL),
	ROW(LAST, 200, POST "Transfer-Encoding: CHUNKED" NL NL "2" NL "{}" NL "0" NL NL),
	ROW(TAKEN, 200, POST "Transfer_Encoding: chunked" NL "Content-Length: 2" NL NL "{}"),
	ROW(REFUSED, 400, POST "Transfer-Encoding: chunked" NL "Content-Length: 2" NL NL "0" NL NL INNER),
	ROW(REFUSED, 400, POST "Content-Length: 5" NL "Transfer-Encoding: chunked" NL NL "0" NL NL INNER),
	ROW(REFUSED, 400, POST "Content-Length: x" NL "Transfer-Encoding: chunked" NL NL "0" NL NL),
	ROW(REFUSED, 400, POST "Transfer-Encoding: chunked" NL "Transfer-Encoding: chunked" NL NL "0" NL NL),
	ROW(REFUSED, 400, POST "Transfer-Encoding: chunked" NL "Transfer-Encoding: identity" NL NL "0" NL NL INNER),
	ROW(REFUSED, 400, POST "Transfer-Encoding: identity" NL NL "{}"),
	ROW(REFUSED, 400, POST "Transfer-Encoding: gzip" NL NL "{}"),
	ROW(REFUSED, 400, POST "Transfer-Encoding: gzip, chunked" NL NL "0" NL NL),
	ROW(REFUSED, 400, POST "Transfer-Encoding: chunked, chunked" NL NL "0" NL NL),
	ROW(REFUSED, 400, POST "Transfer-Encoding: chunked, identity" NL NL "0" NL NL),
	ROW(REFUSED, 400, POST "Transfer-Encoding: chunked;x=1" NL NL "0" NL NL),
	ROW(REFUSED, 400, POST "Transfer-Encoding: chunked " NL NL "0" NL NL),
	ROW(REFUSED, 400, POST "Transfer-Encoding: \x0b" "chunked" NL NL "0" NL NL),
	ROW(REFUSED, 400, POST "Transfer-Encoding: \"chunked\"" NL NL "0" NL NL),
	ROW(REFUSED, 400, POST "Transfer-Encoding: xchunked" NL NL "0" NL NL),
	ROW(REFUSED, 400, POST "Transfer-Encoding:" NL NL "0" NL NL),
	ROW(REFUSED, 400, POST "Transfer-Encoding:" NL " chunked" NL NL "0" NL NL),
	ROW(REFUSED, 400, POST "Transfer-Encoding : chunked" NL NL "0" NL NL),
	ROW(REFUSED, 400, POST "X: y\nTransfer-Encoding: chunked" NL NL "0" NL NL),
	ROW(REFUSED, 400, "GET /hello HTTP/1.0" NL "Transfer-Encoding: chunked" NL NL "0" NL NL),
	ROW(REFUSED, 400, GET HOST "Transfer-Encoding: identity" NL NL),

	/* Chunks.  The last line is the library's, which takes a bare LF. */
	ROW(LAST, 200, CHUNKED "2;x=y" NL "{}" NL "0;z" NL NL),
	ROW(LAST, 200, CHUNKED "0000000002" NL "{}" NL "00" NL NL),
	ROW(LAST, 200, CHUNKED "1" NL "{" NL "1" NL "}" NL "0" NL NL),
	ROW(LAST, 200, CHUNKED "2" NL "{}\n0\n\n"),
	ROW(REFUSED, 400, CHUNKED "2\n{}\n0\n\n"),
	ROW(REFUSED, 400, CHUNKED "2\n{}" NL "0" NL NL),
	ROW(REFUSED, 400, CHUNKED "2;\n{}" NL "0" NL NL INNER),
	ROW(REFUSED, 400, CHUNKED "2;\nxx" NL "40" NL "0" NL NL INNER),
	ROW(REFUSED, 400, CHUNKED "2;a\rb" NL "{}" NL "0" NL NL),
	ROW(REFUSED, 400, CHUNKED "2;a\0" NL "{}" NL "0" NL NL),
	ROW(REFUSED, 400, CHUNKED "2;a\r" NL "{}" NL "0" NL NL),
	ROW(REFUSED, 400, CHUNKED "1" NL "{\n1" NL "}" NL "0" NL NL),
	ROW(REFUSED, 400, CHUNKED "1" NL "{" NL "1\n}" NL "0" NL NL),
	ROW(LAST, 200, CHUNKED "2" NL "{}" NL "0" NL "X: 1" NL NL),
	ROW(LAST, 400, CHUNKED "0" NL NL), /* no JSON */
	ROW(REFUSED, 400, CHUNKED "zz" NL "{}" NL "0" NL NL),
	ROW(REFUSED, 400, CHUNKED "-2" NL "{}" NL "0" NL NL),
	ROW(REFUSED, 400, CHUNKED "+2" NL "{}" NL "0" NL NL),
	ROW(REFUSED, 400, CHUNKED "0x2" NL "{}" NL "0" NL NL),
	ROW(REFUSED, 400, CHUNKED " 2" NL "{}" NL "0" NL NL),
	ROW(REFUSED, 400, CHUNKED "2 " NL "{}" NL "0" NL NL),
	ROW(REFUSED, 400, CHUNKED "2\t;x" NL "{}" NL "0" NL NL),
	ROW(REFUSED, 400, CHUNKED "2\r{}" NL "0" NL NL),
	ROW(REFUSED, 400, CHUNKED NL "{}" NL "0" NL NL),
	ROW(REFUSED, 400, CHUNKED ";x" NL "{}" NL "0" NL NL),
	ROW(REFUSED, 400, CHUNKED "2\0" NL "{}" NL "0" NL NL),
	ROW(REFUSED, 400, CHUNKED "2" NL "{}x" NL "0" NL NL),
	ROW(REFUSED, 400, CHUNKED "2" NL "{}0" NL NL),
	ROW(REFUSED, 400, CHUNKED "2" NL "{}" NL "x" NL NL),
	ROW(REFUSED, 413, CHUNKED "fffffffffffffffff" NL "{}" NL "0" NL NL),
	ROW(REFUSED, 413, CHUNKED "10000000000000002" NL "{}" NL "0" NL NL),
	ROW(OPEN, 0, CHUNKED "ffffffffffffffff" NL "{}"),
	ROW(OPEN, 0, CHUNKED "2000" NL "{}" NL "0" NL NL),
	ROW(REFUSED, 400, CHUNKED "2" NL "{}" NL "0" NL "X Y: 1" NL NL),
	ROW(REFUSED, 400, CHUNKED "2" NL "{}" NL "0" NL "X : 1" NL NL),
	ROW(REFUSED, 400, CHUNKED "2" NL "{}" NL "0" NL ": 1" NL NL),
	ROW(REFUSED, 400, CHUNKED "2" NL "{}" NL "0" NL "X: \x01" NL NL),
	ROW(REFUSED, 400, CHUNKED "2" NL "{}" NL "0" NL "X" NL NL),

	/* Not whole. */
	ROW(OPEN, 0, "G"),
	ROW(OPEN, 0, "GET /hello"),
	ROW(OPEN, 0, "GET /hello HTTP/1.1\r"),
	ROW(OPEN, 0, GET),
	ROW(OPEN, 0, GET HOST),
	ROW(OPEN, 0, GET HOST "X: 1"),
	ROW(OPEN, 0, GET HOST "\r"),
	ROW(OPEN, 0, CHUNKED),
	ROW(OPEN, 0, CHUNKED "2"),
	ROW(OPEN, 0, CHUNKED "2" NL "{"),
	ROW(OPEN, 0, "\r\n\r\n"),
};
/* clang-format on */

const size_t n_malformed = sizeof(malformed) / sizeof(malformed[0]);

/* ${before}, ${n} times ${unit}, ${after}. */
static const struct {
	const char *before, *unit, *after;
	size_t n;
	int status;
} longs[] = {
	{ "", "A", " /hello HTTP/1.1" NL HOST NL, 10000, 431 },
	{ "", "A", " /hello HTTP/1.1" NL HOST NL, 40000, 414 },
	{ "GET /", "a", " HTTP/1.1" NL HOST NL, 2048, 414 },
	{ "GET /", "a", " HTTP/1.1" NL HOST NL, 9000, 414 },
	{ "GET /", "a", " HTTP/1.1" NL HOST NL, 100000, 414 },
	{ "GET /hello?", "a=b&", " HTTP/1.1" NL HOST NL, 5000, 414 },
	{ GET HOST, "X: 1" NL, NL, 64, 431 },
	{ GET HOST, "X: 1" NL, NL, 1000, 431 },
	{ GET HOST, "X: 1" NL, NL, 100000, 431 },
	{ GET HOST "X: ", "v", NL NL, 9000, 431 },
	{ GET HOST "X: ", "v", NL NL, 1000000, 431 },
	{ GET HOST, "x", ": 1" NL NL, 9000, 431 },
	{ GET HOST, "x", ": 1" NL NL, 40000, 431 },
	{ GET HOST "Cookie: ", "a=b; ", NL NL, 2000, 431 },
	{ GET HOST "X: 1", NL " 2", NL NL, 1000, 400 },
	{ GET HOST "X: 1", NL " 2", NL NL, 20000, 431 },
	/* The library waits for the end of a chunk's line, and reads no more.
	 */
	{ CHUNKED "2;", "x", NL "{}" NL "0" NL NL, 100000, 400 },
	{ CHUNKED "", "0", "2" NL "{}" NL "0" NL NL, 100000, 400 },
	{ CHUNKED "2" NL "{}" NL "0" NL, "X: 1" NL, NL, 20000, 431 },
	{ CHUNKED "2" NL "{}" NL "0" NL "X: ", "v", NL NL, 100000, 431 },
};

char *
malformed_long(size_t i, int *status, size_t *len)
{
	if (i >= sizeof(longs) / sizeof(longs[0]))
		return NULL;

	size_t before = strlen(longs[i].before), unit = strlen(longs[i].unit);
	char *bytes =
		malloc(before + unit * longs[i].n + strlen(longs[i].after) + 1);

	if (bytes == NULL)
		abort();
	memcpy(bytes, longs[i].before, before);
	for (size_t k = 0; k < longs[i].n; k++)
		memcpy(bytes + before + k * unit, longs[i].unit, unit);
	strcpy(bytes + before + unit * longs[i].n, longs[i].after);
	*len = strlen(bytes);
	*status = longs[i].status;
	return bytes;
}
