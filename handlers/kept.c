/*
 * kept.c - the way of a durable change: what is asked for.
 */
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <nettle/hmac.h>

#include "handlers/kept.h"
#include "handlers/list.h"
#include "server/problem.h"
#include "server/reply.h"

/* --- what comes in headers ------------------------------------------------ */

/* Is it one: not empty, and visible all through? */
static bool
is_key(const char *key)
{
	for (const char *at = key; *at != '\0'; at++)
		if (*at <= ' ' || *at > '~')
			return false;
	return key[0] != '\0';
}

int
kept_key(const struct request *req, struct reply *reply)
{
	if (req->idempotency_key == NULL)
		return problem(reply, PROBLEM_KEY_MISSING, NULL);
	if (is_key(req->idempotency_key))
		return 0;
	return problem(reply, PROBLEM_BAD_REQUEST,
		       "Idempotency-Key is 1 to %d visible characters, given "
		       "once.",
		       REQUEST_MAX_KEY);
}

/* The number in "\"12\"", or -1: an ETag that none of ours is; 0: no ETag. */
static int
version_of(const char *etag)
{
	bool weak = strncmp(etag, "W/", 2) == 0;
	int n = 0;

	etag += weak ? 2 : 0;
	size_t len = strlen(etag);
	if (len < 2 || etag[0] != '"' || etag[len - 1] != '"' ||
	    strchr(etag + 1, '"') != etag + len - 1)
		return 0;
	for (size_t i = 1; i < len - 1; i++) {
		if (etag[i] < '0' || etag[i] > '9' || i > 9)
			return -1;
		n = n * 10 + (etag[i] - '0');
	}
	return etag[1] != '0' && n > 0 && !weak ? n : -1;
}

int
kept_version(const struct request *req, struct reply *reply, bool needed,
	     int *version)
{
	const char *etag = req->if_match;

	*version = 0;
	if (etag == NULL)
		return needed ? problem(reply, PROBLEM_VERSION_NEEDED, NULL)
			      : 0;
	if (strcmp(etag, "*") != 0 && (*version = version_of(etag)) == 0)
		return problem(reply, PROBLEM_BAD_REQUEST,
			       "If-Match is the ETag of one version of the "
			       "conversation, such as \"3\" with its quotation "
			       "marks, or *.");
	return 0;
}

bool
kept_id(struct slice text, uint8_t id[CASE_ID])
{
	static const char digits[] = "0123456789abcdef0123456789ABCDEF";
	size_t n = 0;

	if (text.len != 36)
		return false;
	for (size_t i = 0; i < text.len; i++) {
		if (i == 8 || i == 13 || i == 18 || i == 23) {
			if (text.ptr[i] != '-')
				return false;
			continue;
		}
		const char *at =
			memchr(digits, text.ptr[i], sizeof(digits) - 1);
		if (at == NULL)
			return false;
		unsigned value = (unsigned)(at - digits) % 16;

		id[n / 2] =
			(uint8_t)(n % 2 == 0 ? value << 4 : id[n / 2] | value);
		n++;
	}
	return true;
}

void
kept_etag(struct reply *reply, int version)
{
	(void)snprintf(reply->etag, sizeof(reply->etag), "\"%d\"", version);
}

/* --- the key and what it stands for --------------------------------------- */

static void
hash_text(struct hmac_sha256_ctx *h, struct slice text)
{
	static const uint8_t end = '\n';

	hmac_sha256_update(h, text.len, (const uint8_t *)text.ptr);
	hmac_sha256_update(h, 1, &end);
}

static struct slice
slice_of(const char *text)
{
	return (struct slice){ text, strlen(text) };
}

/*
 * Both under the key as it was sent, which is stored nowhere: without it
 * nobody can tell by trying what a body was, not even one with a name in it.
 */
void
kept_hash(const struct request *req, uint8_t key[BATCH_HASH],
	  uint8_t fingerprint[BATCH_HASH])
{
	const char *sent = req->idempotency_key;
	struct hmac_sha256_ctx h;

	hmac_sha256_set_key(&h, strlen(sent), (const uint8_t *)sent);
	hash_text(&h, slice_of("caller"));
	hash_text(&h, slice_of(req->key_id != NULL ? req->key_id : ""));
	hmac_sha256_digest(&h, BATCH_HASH, key);

	hash_text(&h, slice_of(req->method));
	hash_text(&h, slice_of(req->match.route->pattern));
	for (size_t i = 0; i < req->match.nparams; i++)
		hash_text(&h, req->match.params[i]);
	hash_text(&h, req->raw);
	hmac_sha256_digest(&h, BATCH_HASH, fingerprint);
}

/* --- reading -------------------------------------------------------------- */

static void
kept_free(void *work)
{
	struct kept *k = work;

	ask_done(&k->ask);
	arena_free(&k->arena);
	free(k);
}

/* The members alone, for the release of ${req}. */
int
kept_members(struct kept *k, const struct request *req, struct reply *reply)
{
	const struct kept_form *form = &kept_forms[k->op];
	int status;

	k->patch = (struct case_patch_ask){ .status = -1, .category = -1 };
	k->ask.extras = form->extras;
	k->ask.nextras = form->nextras;
	k->ask.arg = k;
	status = ask_read(req, (enum ask_kind)form->kind, &k->ask, reply);
	k->patch.category = k->ask.query.sit.category;
	k->patch.force = k->ask.query.wish.force;
	if (status == 0 && k->op == KEPT_TURN)
		status = kept_message_hear(k, req, reply);
	const json_t *needed = form->needs != NULL && k->message.ptr == NULL
				       ? json_object_get(req->body, form->needs)
				       : req->body;
	if (needed == NULL || (status == 0 && json_is_null(needed))) {
		char at[16];

		(void)snprintf(at, sizeof(at), "/%s", form->needs);
		status = problem_field(reply, PROBLEM_INVALID, at, NULL,
				       "%s is needed.", form->needs);
	}
	if (status == 0 && k->op == KEPT_PATCH && k->patch.status < 0 &&
	    k->patch.outcome == NULL && !k->patch.clear_outcome &&
	    k->patch.root_cause == NULL && !k->patch.clear_root_cause &&
	    k->patch.category < 0)
		status = problem_field(reply, PROBLEM_INVALID, "", NULL,
				       "Say what to change: status, outcome, "
				       "root_cause or category.");
	return status;
}

/* From here on the reply owns ${k}. */
static void
hand_over(struct kept *k)
{
	kept_hash(k->req, k->change.key, k->change.fingerprint);
	k->change.keyed = true;
	k->reply->work = k;
	k->reply->free_work = kept_free;
}

/*
 * What this release does not know an older one may have known: was it done
 * then?
 */
static bool
may_be_repeat(const struct kept *k)
{
	const char *key = k->req->idempotency_key;

	return k->ask.unknown && k->req->lib->release > 1 && key != NULL &&
	       is_key(key);
}

struct kept *
kept_read(const struct request *req, struct reply *reply, enum kept_op op,
	  int *status)
{
	struct kept *k = malloc(sizeof(*k));

	if (k == NULL) {
		*status = problem(reply, PROBLEM_INTERNAL, NULL);
		return NULL;
	}
	memset(k, 0, offsetof(struct kept, ask));
	k->ask.state = NULL;
	k->ask.unknown = false;
	k->req = req;
	k->reply = reply;
	k->op = op;
	if (op == KEPT_PROMISE)
		k->promise = list_number(req->match.params[1]);
	if (op == KEPT_FOLLOW_UP)
		k->named = kept_id(req->match.params[0], k->follow_up);
	*status = req->nargs > 0
			  ? problem_field(reply, PROBLEM_INVALID, "", NULL,
					  "Put everything into the body.")
			  : kept_members(k, req, reply);
	if (*status != 0 && may_be_repeat(k)) {
		hand_over(k);
		k->status = *status;
		reply->then = kept_refused;
		*status = REPLY_ON_JOB;
		return NULL;
	}
	if (*status == 0)
		*status = kept_key(req, reply);
	if (*status == 0)
		*status = kept_version(req, reply, kept_forms[op].version,
				       &k->change.if_match);
	if (*status != 0) {
		kept_free(k);
		return NULL;
	}
	hand_over(k);
	return k;
}
