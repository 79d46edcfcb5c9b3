/*
 * turns.c - durable turns as bytes on the wire, and in the database.
 */
#include <arpa/inet.h>
#include <check.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "tests/fault/turns.h"
#include "tests/sql/pg.h"

#define NL "\r\n"

long
turns_now_ms(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000L + ts.tv_nsec / 1000000L;
}

long
turns_setting(const char *name, long standard)
{
	const char *text = getenv(name);

	return text != NULL ? atol(text) : standard;
}

/* --- a connection --------------------------------------------------------- */

struct wire {
	int fd; /* -1: none */
	size_t len;
	char buf[65536];
};

struct wire *
wire_new(void)
{
	struct wire *w = calloc(1, sizeof(*w));

	if (w != NULL)
		w->fd = -1;
	return w;
}

void
wire_free(struct wire *w)
{
	if (w != NULL)
		wire_cut(w, false);
	free(w);
}

void
wire_cut(struct wire *w, bool reset)
{
	struct linger linger = { .l_onoff = reset };

	if (w->fd < 0)
		return;
	(void)setsockopt(w->fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
	(void)close(w->fd);
	w->fd = -1;
}

static bool
join(struct wire *w, int port)
{
	struct sockaddr_in sin = { .sin_family = AF_INET,
				   .sin_port = htons((uint16_t)port),
				   .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int on = 1;

	w->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (w->fd < 0)
		return false;
	(void)setsockopt(w->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	if (connect(w->fd, (struct sockaddr *)&sin, sizeof(sin)) == 0)
		return true;
	wire_cut(w, false);
	return false;
}

bool
wire_send(struct wire *w, int port, const char *text)
{
	ssize_t len = (ssize_t)strlen(text);

	if (w->fd < 0 && !join(w, port))
		return false;
	if (send(w->fd, text, (size_t)len, MSG_NOSIGNAL) == len)
		return true;
	wire_cut(w, false);
	return false;
}

/* The value of a header, up to the end of its line; NULL if there is none. */
static const char *
header(const char *head, const char *name)
{
	size_t len = strlen(name);

	while ((head = strstr(head, NL)) != NULL) {
		head += 2;
		if (strncasecmp(head, name, len) == 0 && head[len] == ':')
			return head + len + 1 + strspn(head + len + 1, " ");
	}
	return NULL;
}

static long
number(const char *head, const char *name)
{
	const char *value = header(head, name);

	if (value == NULL)
		return 0;
	return strtol(value + (*value == '"'), NULL, 10);
}

/* Read more until ${end} (ms); false if nothing more comes. */
static bool
receive(struct wire *w, long end)
{
	struct pollfd p = { .fd = w->fd, .events = POLLIN };
	long left = end - turns_now_ms();

	if (left <= 0 || w->len + 1 >= sizeof(w->buf) ||
	    poll(&p, 1, (int)left) <= 0)
		return false;
	ssize_t n =
		recv(w->fd, w->buf + w->len, sizeof(w->buf) - 1 - w->len, 0);

	if (n <= 0)
		return false;
	w->len += (size_t)n;
	w->buf[w->len] = '\0';
	return true;
}

static void
take_in(struct wire *w, struct said *said)
{
	const char *at = header(w->buf, "Location");

	*said = (struct said){ 0 };
	(void)sscanf(w->buf, "HTTP/1.1 %d", &said->status);
	said->version = (int)number(w->buf, "ETag");
	said->retry_after = (int)number(w->buf, "Retry-After");
	said->replayed = header(w->buf, "Idempotency-Replayed") != NULL;
	said->len = (size_t)number(w->buf, "Content-Length");
	if (at != NULL)
		(void)sscanf(at, "/v1/conversations/%36[0-9a-f-]", said->id);
}

bool
wire_read(struct wire *w, struct said *said, int ms)
{
	long end = turns_now_ms() + ms;
	char *body = NULL;

	w->len = 0;
	w->buf[0] = '\0';
	while ((body = strstr(w->buf, NL NL)) == NULL)
		if (w->fd < 0 || !receive(w, end))
			goto none;
	body[2] = '\0'; /* the head is a string of its own now */
	body += 4;
	take_in(w, said);
	while (w->len < (size_t)(body - w->buf) + said->len)
		if (!receive(w, end))
			goto none;
	said->body = body;
	const char *connection = header(w->buf, "Connection");
	if (connection != NULL && strncasecmp(connection, "close", 5) == 0)
		wire_cut(w, false);
	return true;
none:
	wire_cut(w, false);
	return false;
}

void
turns_request(char *text, enum turns_what what, const char *id, const char *key,
	      int version, const char *body)
{
	static const char *const tails[] = { "", "/turns", "/undo", "" };
	char at[64] = "", match[48] = "";

	if (what != TURNS_START) {
		(void)snprintf(at, sizeof(at), "/%s%s", id, tails[what]);
		(void)snprintf(match, sizeof(match), "If-Match: \"%d\"" NL,
			       version);
		if (version == 0)
			(void)snprintf(match, sizeof(match), "If-Match: *" NL);
	}
	(void)snprintf(text, TURNS_REQUEST,
		       "%s /v1/conversations%s HTTP/1.1" NL "Host: localhost" NL
		       "Content-Type: application/json" NL
		       "Idempotency-Key: %s" NL "%sContent-Length: %zu" NL NL
		       "%s",
		       what == TURNS_PATCH ? "PATCH" : "POST", at, key, match,
		       strlen(body), body);
}

/* --- what is in the database ---------------------------------------------- */

void
turns_check(long turns, long conversations)
{
	ck_assert_int_eq(atol(pg_sql("SELECT count(*) FROM evenkeel.turn")),
			 turns);
	ck_assert_int_eq(
		atol(pg_sql("SELECT count(*) FROM evenkeel.conversation")),
		conversations);
	ck_assert_int_eq(
		atol(pg_sql("SELECT count(*) FROM evenkeel.idempotency")),
		turns);
	ck_assert_str_eq(
		pg_sql("SELECT count(*) FROM evenkeel.conversation AS c, "
		       "LATERAL (SELECT count(*) AS n, min(n) AS low, "
		       "max(n) AS high FROM evenkeel.turn AS t "
		       "WHERE t.conversation = c.id) AS t "
		       "WHERE low IS DISTINCT FROM 1 OR t.n <> high "
		       "OR c.turns <> high OR c.version <> high"),
		"0");
}
