/*
 * keyring.c - keys for tests: good ones, and every kind that is not.
 */
#include <check.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "tests/api/keyring.h"
#include "tests/api/service.h"
#include "tests/sql/pg.h"

#define NL "\r\n"
#define HEADER 256

static char headers[NCALLERS][HEADER];

static const char *const names[NCALLERS] = {
	[NOBODY] = "nobody",
	[BASIC] = "another scheme",
	[EMPTY] = "no token",
	[MALFORMED] = "malformed",
	[TWICE] = "two headers",
	[UNKNOWN] = "unknown",
	[WRONG_SECRET] = "wrong secret",
	[WRONG_ROLE] = "wrong role",
	[REVOKED] = "revoked",
	[EXPIRED] = "expired",
	[READER] = "reader",
	[AGENT] = "agent",
	[EDITOR] = "editor",
	[PUBLISHER] = "publisher",
	[ADMIN] = "admin",
};

void
keyring_make(const char *role, char *text)
{
	ck_assert_msg(service_command("key", "create", role, NULL) == 0, "%s",
		      service_output());
	size_t len = strcspn(service_output(), "\n");

	ck_assert_uint_le(len, KEY_MAX);
	memcpy(text, service_output(), len);
	text[len] = '\0';
	ck_assert_int_eq(strncmp(text, "ek_", 3), 0);
}

const char *
keyring_id(const char *text)
{
	static char id[KEY_ID + 1];

	memcpy(id, strchr(text + 3, '_') + 1, KEY_ID);
	return id;
}

const char *
keyring_bearer(const char *text)
{
	static char line[HEADER];

	(void)snprintf(line, sizeof(line), "Authorization: Bearer %s" NL, text);
	return line;
}

static void
set(enum caller caller, const char *text)
{
	(void)snprintf(headers[caller], HEADER, "%s", keyring_bearer(text));
}

void
keyring_fill(void)
{
	char text[KEY_SIZE], other[KEY_SIZE + 1];

	for (enum caller c = READER; c < NCALLERS; c++) {
		keyring_make(names[c], text);
		set(c, text);
	}
	(void)snprintf(headers[TWICE], HEADER,
		       "Authorization: Bearer %s" NL
		       "authorization: Bearer %s" NL,
		       text, text);
	text[strlen(text) - 1] ^= 1;
	set(WRONG_SECRET, text);

	keyring_make("reader", text);
	(void)snprintf(other, sizeof(other), "ek_admin_%s",
		       text + strlen("ek_reader_"));
	set(WRONG_ROLE, other);
	keyring_make("admin", text);
	set(REVOKED, text);
	ck_assert_int_eq(
		service_command("key", "revoke", keyring_id(text), NULL), 0);
	keyring_make("admin", text);
	set(EXPIRED, text);
	pg_sql("UPDATE evenkeel.api_key SET expires_at = now() - interval '1 "
	       "second' WHERE id = '%s'",
	       keyring_id(text));
	set(UNKNOWN, "ek_admin_00000000_"
		     "0123456789012345678901234567890123456789012");
	set(MALFORMED, "ek_admin_00000000_x");
	(void)snprintf(headers[BASIC], HEADER,
		       "Authorization: Basic ZWs6c2VjcmV0" NL);
	(void)snprintf(headers[EMPTY], HEADER, "Authorization: Bearer" NL);
}

const char *
keyring_header(enum caller caller)
{
	return headers[caller];
}

const char *
keyring_name(enum caller caller)
{
	return names[caller];
}

enum role
keyring_role(enum caller caller)
{
	return caller < READER
		       ? ROLE_NONE
		       : role_find(names[caller], strlen(names[caller]));
}

struct answer
keyring_ask(struct client *c, const char *method, const char *target,
	    const char *header, const char *body)
{
	struct answer answer = { 0 };
	bool head = strcmp(method, "HEAD") == 0;

	if (body != NULL)
		client_text(c,
			    "%s %s HTTP/1.1" NL "Host: localhost" NL
			    "%sContent-Type: application/%s" NL
			    "Content-Length: %zu" NL NL "%s",
			    method, target, header,
			    strchr("{[", body[0]) ? "json"
						  : "x-www-form-urlencoded",
			    strlen(body), body);
	else
		client_text(c, "%s %s HTTP/1.1" NL "Host: localhost" NL "%s" NL,
			    method, target, header);
	ck_assert_msg(head ? client_read_head(c, &answer, 5000)
			   : client_read(c, &answer, 5000),
		      "no answer to %s %s", method, target);
	return answer;
}

int
keyring_status(int port, const char *target, const char *header)
{
	struct client *c = client_open(port);
	struct answer answer = keyring_ask(c, "GET", target, header, NULL);
	int status = answer.status;

	answer_free(&answer);
	client_close(c);
	return status;
}

void
keyring_wait(int port, const char *text, int status)
{
	int got = 0;

	for (int i = 0; i < 200 && got != status; i++) {
		got = keyring_status(port, "/v1/stages", keyring_bearer(text));
		if (got != status)
			nanosleep(&(struct timespec){ .tv_nsec = 50000000 },
				  NULL);
	}
	ck_assert_msg(got == status, "after 10 s it is %d, not %d", got,
		      status);
}
