/*
 * auth.c - who asks, and may they?
 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "server/exchange.h"
#include "server/keys.h"
#include "server/problem.h"
#include "server/rate.h"

#include "server/auth.h"

/* What a client is to come back with (RFC 6750, 3). */
#define REALM "Bearer realm=\"evenkeel\""
static const char no_key[] = REALM;
static const char bad_key[] = REALM ", error=\"invalid_token\"";
static const char poor_key[] = REALM ", error=\"insufficient_scope\"";

bool
auth_set(struct auth *auth, struct key_table *table)
{
	free(auth->table);
	auth->table = table;
	auth->edition++; /* no connection's memo holds any more */
	return auth->rate == NULL || rate_follow(auth->rate, table);
}

void
auth_free(struct auth *auth)
{
	free(auth->table);
	rate_free(auth->rate);
	*auth = (struct auth){ 0 };
}

/* The token of "Bearer TOKEN"; ptr NULL if it is not of that form. */
static struct slice
token_of(struct slice value)
{
	static const char scheme[] = "Bearer ";
	const size_t n = sizeof(scheme) - 1;

	if (value.len < n || (memcmp(value.ptr, scheme, n) != 0 &&
			      strncasecmp(value.ptr, scheme, n) != 0))
		return (struct slice){ NULL, 0 };
	value.ptr += n;
	value.len -= n;
	while (value.len > 0 && *value.ptr == ' ') {
		value.ptr++;
		value.len--;
	}
	while (value.len > 0 && value.ptr[value.len - 1] == ' ')
		value.len--;
	return value;
}

static int
unauthorized(struct exchange *ex, const char *challenge, const char *detail)
{
	ex->reply.challenge = challenge;
	return problem(&ex->reply, PROBLEM_UNAUTHORIZED, "%s", detail);
}

/* Why a key of ${verdict} is none: for the client. */
static int
refuse_key(struct exchange *ex, enum key_verdict verdict)
{
	switch (verdict) {
	case KEY_MALFORMED:
		return unauthorized(ex, bad_key,
				    "That is no key: a key is "
				    "ek_<role>_<id>_<secret>.");
	case KEY_EXPIRED:
		return unauthorized(ex, bad_key, "The key has expired.");
	case KEY_UNKNOWN:
	case KEY_GOOD:
		break;
	}
	return unauthorized(ex, bad_key,
			    "The key is not known, or was revoked.");
}

/* The good key that the request comes with; NULL, and a ${status}. */
static const struct key *
find_key(struct exchange *ex, const struct auth *auth, int *status)
{
	struct slice token = token_of(ex->authorization);
	int64_t now = (int64_t)time(NULL);
	const struct key *key;

	if (ex->nauthorizations > 1) {
		*status = unauthorized(ex, bad_key,
				       "Send one Authorization header.");
		return NULL;
	}
	if (token.ptr == NULL) {
		*status = unauthorized(
			ex, no_key, "Send a key: Authorization: Bearer ek_...");
		return NULL;
	}
	if (ex->memo != NULL && (key = key_recall(ex->memo, auth->edition,
						  token.ptr, token.len, now)))
		return key;
	if (auth->table == NULL) {
		ex->reply.retry_after = 2;
		*status = problem(&ex->reply, PROBLEM_NO_KEYS, NULL);
		return NULL;
	}

	enum key_verdict verdict =
		key_check(auth->table, token.ptr, token.len, now, &key);

	if (verdict != KEY_GOOD) {
		*status = refuse_key(ex, verdict);
		return NULL;
	}
	if (ex->memo != NULL)
		key_note(ex->memo, key, auth->edition, token.ptr, token.len);
	return key;
}

/* One more request with ${key}.  Is it within the limit? */
static bool
count(struct exchange *ex, const struct site *site, const struct key *key)
{
	const struct auth *auth = &site->auth;

	if (auth->rate == NULL)
		return true;
	ex->policy = rate_policy(auth->rate);
	return rate_take(auth->rate, (size_t)(key - auth->table->keys),
			 site->now, &ex->left);
}

int
auth_check(struct exchange *ex, const struct site *site)
{
	const struct auth *auth = &site->auth;
	struct request *req = &ex->req;
	enum role needed = req->match.route->role;
	int status = 0;

	if (needed == ROLE_NONE)
		return 0;
	if (!auth->keys) {
		req->role = ROLE_PUBLISHER;
		if (needed <= req->role)
			return 0;
		return problem(&ex->reply, PROBLEM_FORBIDDEN,
			       "This takes the role %s, which nobody has while "
			       "AUTH is open.",
			       role_name(needed));
	}

	const struct key *key = find_key(ex, auth, &status);

	if (key == NULL)
		return status;
	memcpy(ex->key_id, key->id, sizeof(ex->key_id));
	req->key_id = ex->key_id;
	req->role = key->role;

	/* What is refused for its role counts, too. */
	if (!count(ex, site, key)) {
		ex->reply.retry_after = (int)ex->left.wait;
		return problem(&ex->reply, PROBLEM_TOO_MANY, NULL);
	}
	if (needed > key->role) {
		ex->reply.challenge = poor_key;
		return problem(&ex->reply, PROBLEM_FORBIDDEN,
			       "This takes the role %s; the key is for %s.",
			       role_name(needed), role_name(key->role));
	}
	return 0;
}
