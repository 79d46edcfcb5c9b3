/*
 * client.c - a small HTTP client that sends the bytes it is given.
 */
#include <arpa/inet.h>
#include <check.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "tests/api/client.h"

#define NL "\r\n"

struct client {
	int fd;
	bool eof;
	char *buf; /* received and not yet taken */
	size_t len, size;
};

static int64_t
now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

struct client *
client_open(int port)
{
	struct sockaddr_in sin = { .sin_family = AF_INET,
				   .sin_port = htons((uint16_t)port),
				   .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct client *c = calloc(1, sizeof(*c));
	int on = 1;

	ck_assert_ptr_nonnull(c);
	c->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	ck_assert_int_ge(c->fd, 0);
	ck_assert_msg(connect(c->fd, (struct sockaddr *)&sin, sizeof(sin)) == 0,
		      "cannot connect to port %d: %s", port, strerror(errno));
	setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	return c;
}

void
client_close(struct client *c)
{
	if (c == NULL)
		return;
	close(c->fd);
	free(c->buf);
	free(c);
}

void
client_reset(struct client *c)
{
	struct linger linger = { .l_onoff = 1, .l_linger = 0 };

	setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
	client_close(c);
}

int
client_fd(const struct client *c)
{
	return c->fd;
}

bool
client_send(struct client *c, const void *bytes, size_t len)
{
	const char *p = bytes;

	while (len > 0) {
		ssize_t n = send(c->fd, p, len, MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return false;
		p += n;
		len -= (size_t)n;
	}
	return true;
}

static bool __attribute__((format(printf, 2, 0)))
send_text(struct client *c, const char *fmt, va_list ap)
{
	static const int max = 65536;
	char *text = malloc((size_t)max);

	ck_assert_ptr_nonnull(text);
	int len = vsnprintf(text, (size_t)max, fmt, ap);

	ck_assert_int_ge(len, 0);
	ck_assert_int_lt(len, max);
	bool sent = client_send(c, text, (size_t)len);

	free(text);
	return sent;
}

bool
client_text(struct client *c, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	bool sent = send_text(c, fmt, ap);
	va_end(ap);
	return sent;
}

/* Receive more until ${end} (ms).  False at the end, or when it is late. */
static bool
receive(struct client *c, int64_t end)
{
	for (;;) {
		struct pollfd p = { .fd = c->fd, .events = POLLIN };
		int64_t left = end - now_ms();

		if (c->eof || left < 0)
			return false;
		if (poll(&p, 1, (int)left) <= 0)
			continue;
		if (c->size - c->len < 4096) {
			c->size = 2 * c->size + 8192;
			c->buf = realloc(c->buf, c->size);
			ck_assert_ptr_nonnull(c->buf);
		}
		ssize_t n =
			recv(c->fd, c->buf + c->len, c->size - c->len - 1, 0);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			c->eof = true;
			return false;
		}
		c->len += (size_t)n;
		c->buf[c->len] = '\0';
		return true;
	}
}

/* Take ${len} bytes off the front. */
static void
take(struct client *c, size_t len)
{
	c->len -= len;
	memmove(c->buf, c->buf + len, c->len + 1);
}

/* Move ${len} received bytes to the end of the body. */
static bool
move_body(struct client *c, struct answer *a, size_t len, int64_t end)
{
	while (c->len < len)
		if (!receive(c, end))
			return false;
	a->body = realloc(a->body, a->len + len + 1);
	ck_assert_ptr_nonnull(a->body);
	memcpy(a->body + a->len, c->buf, len);
	a->len += len;
	a->body[a->len] = '\0';
	take(c, len);
	return true;
}

/* A line into ${line}, without its end. */
static bool
take_line(struct client *c, char *line, size_t size, int64_t end)
{
	char *nl;

	while (c->len == 0 || (nl = strstr(c->buf, NL)) == NULL)
		if (!receive(c, end))
			return false;
	size_t len = (size_t)(nl - c->buf);

	ck_assert_uint_lt(len, size);
	memcpy(line, c->buf, len);
	line[len] = '\0';
	take(c, len + 2);
	return true;
}

static bool
read_chunks(struct client *c, struct answer *a, int64_t end)
{
	char line[256];
	size_t len;

	do {
		if (!take_line(c, line, sizeof(line), end))
			return false;
		len = strtoul(line, NULL, 16);
		if (len > 0 && !move_body(c, a, len, end))
			return false;
		if (!take_line(c, line, sizeof(line), end))
			return false;
	} while (len > 0);
	return true;
}

static bool
read_body(struct client *c, struct answer *a, int64_t end)
{
	char value[64];

	if (answer_has(a, "Transfer-Encoding: chunked"))
		return read_chunks(c, a, end);
	answer_header(a, "Content-Length", value, sizeof(value));
	if (value[0] != '\0')
		return move_body(c, a, strtoul(value, NULL, 10), end);
	while (receive(c, end)) /* up to the end of the connection */
		;
	return c->eof && move_body(c, a, c->len, end);
}

static bool
read_answer(struct client *c, struct answer *a, bool head, int ms)
{
	int64_t end = now_ms() + ms;
	char *blank = NULL;

	*a = (struct answer){ 0 };
	while (c->len == 0 || (blank = strstr(c->buf, NL NL)) == NULL)
		if (!receive(c, end))
			return false;
	size_t len = (size_t)(blank - c->buf) + 2;

	a->head = strndup(c->buf, len);
	a->body = strdup("");
	ck_assert_ptr_nonnull(a->head);
	ck_assert_ptr_nonnull(a->body);
	take(c, len + 2);
	if (sscanf(a->head, "HTTP/1.%*d %d", &a->status) != 1) {
		ck_abort_msg("no answer: %.40s", a->head);
		return false;
	}
	bool empty =
		head || a->status == 204 || a->status == 304 || a->status < 200;

	if (empty || read_body(c, a, end))
		return true;
	answer_free(a);
	return false;
}

bool
client_read(struct client *c, struct answer *answer, int ms)
{
	return read_answer(c, answer, false, ms);
}

bool
client_read_head(struct client *c, struct answer *answer, int ms)
{
	return read_answer(c, answer, true, ms);
}

bool
client_closed(struct client *c, int ms)
{
	return !receive(c, now_ms() + ms) && c->eof && c->len == 0;
}

struct answer
client_ask(int port, const char *fmt, ...)
{
	struct client *c = client_open(port);
	struct answer a;
	va_list ap;

	va_start(ap, fmt);
	(void)send_text(c, fmt, ap);
	va_end(ap);
	ck_assert_msg(read_answer(c, &a, strncmp(fmt, "HEAD ", 5) == 0, 5000),
		      "no answer to %.200s", fmt);
	client_close(c);
	return a;
}

struct answer
client_get(int port, const char *target)
{
	return client_ask(port, "GET %s HTTP/1.1" NL "Host: localhost" NL NL,
			  target);
}

struct answer
client_post(int port, const char *target, const char *body)
{
	return client_ask(port,
			  "POST %s HTTP/1.1" NL "Host: localhost" NL
			  "Content-Type: application/json" NL
			  "Content-Length: %zu" NL NL "%s",
			  target, strlen(body), body);
}

const char *
answer_header(const struct answer *answer, const char *name, char *buf,
	      size_t size)
{
	size_t len = strlen(name);
	const char *line = strstr(answer->head, NL);

	buf[0] = '\0';
	for (; line != NULL; line = strstr(line + 2, NL)) {
		const char *value = line + 2 + len;

		if (strncasecmp(line + 2, name, len) != 0 || *value != ':')
			continue;
		value += 1 + strspn(value + 1, " ");
		size_t n = strcspn(value, "\r");

		ck_assert_uint_lt(n, size);
		memcpy(buf, value, n);
		buf[n] = '\0';
		break;
	}
	return buf;
}

bool
answer_has(const struct answer *answer, const char *line)
{
	char name[64], value[1024];
	const char *colon = strchr(line, ':');

	ck_assert_ptr_nonnull(colon);
	(void)snprintf(name, sizeof(name), "%.*s", (int)(colon - line), line);
	answer_header(answer, name, value, sizeof(value));
	return strcmp(value, colon + 1 + strspn(colon + 1, " ")) == 0;
}

void
answer_free(struct answer *answer)
{
	free(answer->head);
	free(answer->body);
	*answer = (struct answer){ 0 };
}
