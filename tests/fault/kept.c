/*
 * kept.c - calls that change a conversation: each has one of its own.
 */
#include <check.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/api/keyring.h"
#include "tests/fault/kept.h"

#define ID 36 /* characters of a UUID */

static unsigned nkeys;

static struct answer
post(int port, const char *bearer, const char *target, const char *body)
{
	struct client *c = client_open(port);
	char header[512];

	(void)snprintf(header, sizeof(header),
		       "%sIdempotency-Key: made-%u\r\nIf-Match: *\r\n", bearer,
		       ++nkeys);
	struct answer a = keyring_ask(c, "POST", target, header, body);

	ck_assert_msg(a.status == 200 || a.status == 201, "%s: %.900s", target,
		      a.body);
	client_close(c);
	return a;
}

/* What stands after ${name} in the answer. */
static void
take_id(const struct answer *a, const char *name, char id[ID + 1])
{
	const char *at = strstr(a->body, name);

	ck_assert_ptr_nonnull(at);
	(void)snprintf(id, ID + 1, "%s", at + strlen(name));
}

/* A conversation at version 2, and what is due of it: a deadline in ${year}. */
static void
make(int port, const char *bearer, int year, const char *ref, char id[ID + 1],
     char due[ID + 1])
{
	char target[128], body[256];

	(void)snprintf(body, sizeof(body),
		       "{\"category\":\"delivery.late\",\"ref\":\"%s\","
		       "\"subject\":\"%s\"}",
		       ref, ref);
	struct answer a = post(port, bearer, "/v1/conversations", body);

	take_id(&a, "\"id\":\"", id);
	answer_free(&a);
	(void)snprintf(target, sizeof(target), "/v1/conversations/%s/turns",
		       id);
	(void)snprintf(body, sizeof(body),
		       "{\"signal\":\"next\",\"promise\":{\"who\":\"we\","
		       "\"what\":\"call\",\"due\":\"%d-01-31T15:00:00Z\"}}",
		       year);
	a = post(port, bearer, target, body);
	take_id(&a, "\"follow_ups\":[{\"id\":\"", due);
	answer_free(&a);
}

void
kept_begin(struct asked *a, int port, const char *bearer)
{
	static char stays[ID + 1];
	const char *target = a->call->target;
	size_t at = strcspn(target, "*!@");
	char id[ID + 1], due[ID + 1];

	if (stays[0] == '\0') {
		make(port, bearer, 2130, "another", id, due);
		make(port, bearer, 2129, "stays", stays, due);
	}
	if ((a->call->how & FRESH) != 0)
		(void)snprintf(a->headers, sizeof(a->headers),
			       "Idempotency-Key: call-%u\r\n"
			       "If-Match: \"2\"\r\n",
			       ++nkeys);
	if (target[at] == '*' || target[at] == '!')
		make(port, bearer, 2130, "fresh", id, due);
	(void)snprintf(a->target, sizeof(a->target), "%.*s%s%s", (int)at,
		       target,
		       target[at] == '*'   ? id
		       : target[at] == '!' ? due
		       : target[at] == '@' ? stays
					   : "",
		       target + at + (target[at] != '\0'));
}

/* How many characters at ${text} are an id, or a time? */
static size_t
changes(const char *text)
{
	static const char *const forms[] = {
		"xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx", "xxxx-xx-xxTxx:xx:xxZ"
	};

	for (size_t i = 0; i < 2; i++) {
		size_t n = 0;

		while (forms[i][n] != '\0' &&
		       (forms[i][n] == 'x' ? isxdigit((unsigned char)text[n])
					   : text[n] == forms[i][n]))
			n++;
		if (forms[i][n] == '\0')
			return n;
	}
	return 0;
}

bool
kept_same(const char *got, const char *model)
{
	while (*got != '\0') {
		size_t n = changes(got);

		if (n != changes(model) || (n == 0 && *got != *model))
			return false;
		got += n + (n == 0);
		model += n + (n == 0);
	}
	return *model == '\0';
}
