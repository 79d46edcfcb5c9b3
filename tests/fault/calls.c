/*
 * calls.c - a request of every kind, and what may be answered to it when memory
 * is short.
 */
#include <check.h>
#include <jansson.h>
#include <string.h>
#include <strings.h>

#include "tests/fault/calls.h"
#include "tests/fault/kept.h"
#include "tests/sql/pg.h"

#define NL "\r\n"
#define JSON "Content-Type: application/json" NL
#define FORM "Content-Type: application/x-www-form-urlencoded" NL
#define PAGE "Origin: " CALLS_DESK NL

/* Nothing that was kept is given to whoever would rather have text. */
#define ANEW "Accept: text/plain, application/json;q=0.5" NL

/* clang-format off */
const struct call calls[] = {
	/* every row */
	{ "GET", "/v1/next", "/v1/next?category=delivery.late&stage=restate&signal=confirms&values.due_date=Friday&phrases=3", "", NULL, 200, 0, 0 },
	{ "POST", "/v1/next", "/v1/next", JSON, "{\"category\":\"delivery.late\"}", 200, 0, 0 },
	{ "GET", "/v1/steps/{stage}", "/v1/steps/listen?category=general", "", NULL, 200, NEW_URL, 0 },
	{ "POST", "/v1/steps/{stage}", "/v1/steps/listen", JSON, "{\"category\":\"general\"}", 200, 0, 0 },
	{ "POST", "/v1/check", "/v1/check", JSON, "{\"text\":\"You should have called us earlier. Calm down.\",\"stage\":\"propose\",\"channel\":\"live_chat\",\"values\":{\"solution\":\"a new one\"},\"said\":[\"I see.\"]}", 200, 0, 0 },
	{ "POST", "/v1/read", "/v1/read", JSON, "{\"text\":\"I am furious!! Where is my parcel? Get me a manager.\"}", 200, 0, 0 },
	{ "POST", "/v2/check", "/v2/check", FORM, "language=en-US&text=Hello.+Calm+down.&disabledRules=W01", 200, 0, 0 },
	{ "GET", "/v2/check", "/v2/check?language=auto&text=Calm%20down.", "", NULL, 200, 0, 0 },
	{ "GET", "/v2/languages", "/v2/languages", ANEW, NULL, 200, 0, 0 },
	{ "GET", "/v1/names", "/v1/names", ANEW, NULL, 200, 0, 0 },
	{ "GET", "/v1/categories", "/v1/categories", ANEW, NULL, 200, 0, 0 },
	{ "GET", "/v1/categories/{code}", "/v1/categories/delivery.late", ANEW, NULL, 200, 0, 0 },
	{ "GET", "/v1/protocols", "/v1/protocols", ANEW, NULL, 200, 0, 0 },
	{ "GET", "/v1/protocols/{code}", "/v1/protocols/full-recovery", ANEW, NULL, 200, 0, 0 },
	{ "GET", "/v1/stages", "/v1/stages", ANEW, NULL, 200, 0, 0 },
	{ "GET", "/v1/stages/{code}", "/v1/stages/listen", ANEW, NULL, 200, 0, 0 },
	{ "GET", "/v1/signals", "/v1/signals", ANEW, NULL, 200, 0, 0 },
	{ "GET", "/v1/channels", "/v1/channels", ANEW, NULL, 200, 0, 0 },
	{ "GET", "/v1/placeholders", "/v1/placeholders?limit=3", ANEW, NULL, 200, 0, 0 },
	{ "GET", "/v1/facts", "/v1/facts?limit=3", ANEW, NULL, 200, 0, 0 },
	{ "GET", "/v1/principles", "/v1/principles", ANEW, NULL, 200, 0, 0 },
	{ "GET", "/v1/sources", "/v1/sources?limit=3", ANEW, NULL, 200, 0, 0 },
	{ "GET", "/v1/releases", "/v1/releases", ANEW, NULL, 200, 0, 0 },
	{ "GET", "/v1/phrases", "/v1/phrases?q=friday&limit=2", ANEW, NULL, 200, 0, 0 },
	{ "GET", "/v1/phrases/{category}/{stage}/{n}", "/v1/phrases/delivery.late/validate/1", ANEW, NULL, 200, 0, 0 },
	{ "GET", "/v1/export/{format}", "/v1/export/zendesk?category=delivery.late&stage=validate", "", NULL, 200, 0, 0 },
	{ "GET", "/v1/coverage", "/v1/coverage?limit=2", ANEW, NULL, 200, 0, 0 },
	{ "POST", "/v1/adapters/rasa/nlg", "/v1/adapters/rasa/nlg", JSON, "{\"response\":\"utter_empathize\",\"arguments\":{\"category\":\"general\",\"read\":true},\"tracker\":{\"slots\":{\"customer_name\":\"Ana\",\"protocol\":\"https\",\"intensity\":9.0,\"state\":\"{\\\"stage\\\":\\\"open\\\"}\",\"may_offer\":[\"x\"]},\"latest_message\":{\"text\":\"I am furious\"}}}", 200, 0, 0 },
	{ "POST", "/v1/adapters/dialogflow-cx", "/v1/adapters/dialogflow-cx", JSON, "{\"fulfillmentInfo\":{\"tag\":\"evenkeel.next\"},\"sessionInfo\":{\"parameters\":{\"category\":\"general\"}},\"languageCode\":\"en-US\"}", 200, 0, 0 },
	{ "POST", "/v1/conversations", "/v1/conversations", JSON, "{\"category\":\"delivery.late\",\"ref\":\"fresh\",\"subject\":\"fresh\",\"values\":{\"customer_name\":\"Ms Abernathy-Featherstonehaugh\"}}", 201, FRESH, 0 },
	{ "GET", "/v1/conversations", "/v1/conversations?ref=stays&subject=stays&status=active&category=delivery.late", "", NULL, 200, 0, 0 },
	{ "GET", "/v1/conversations.ndjson", "/v1/conversations.ndjson?subject=stays", "", NULL, 200, 0, 0 },
	{ "GET", "/v1/conversations/{id}", "/v1/conversations/@?turns=all&values.customer_name=Ana", "", NULL, 200, 0, 0 },
	{ "PATCH", "/v1/conversations/{id}", "/v1/conversations/*", JSON, "{\"status\":\"closed\",\"force\":true,\"outcome\":\"left\",\"root_cause\":\"courier\",\"category\":\"payment\"}", 200, FRESH, 0 },
	{ "DELETE", "/v1/conversations/{id}", "/v1/conversations/*", "", NULL, 204, FRESH, 0 },
	{ "POST", "/v1/conversations/{id}/turns", "/v1/conversations/*/turns", JSON, "{\"signal\":\"told\",\"used\":[\"general/open/1\",\"general/open/2\"],\"values\":{\"due_date\":\"Friday\"},\"promise\":{\"who\":\"we\",\"what\":\"write\",\"due\":\"2131-01-01T00:00:00Z\"},\"phrases\":3}", 200, FRESH, 0 },
	{ "POST", "/v1/conversations/{id}/undo", "/v1/conversations/*/undo", JSON, "{}", 200, FRESH, 0 },
	{ "POST", "/v1/conversations/{id}/promises/{n}", "/v1/conversations/*/promises/1", JSON, "{\"result\":\"broken\"}", 200, FRESH, 0 },
	{ "GET", "/v1/follow-ups", "/v1/follow-ups?due_before=2130-01-01T00:00:00Z", "", NULL, 200, 0, 0 },
	{ "POST", "/v1/follow-ups/{id}", "/v1/follow-ups/!", JSON, "{\"result\":\"done\"}", 200, FRESH, 0 },
	{ "GET", "/v1/events", "/v1/events?limit=2", "", NULL, 200, 0, 0 },
	{ "POST", "/v1/erasures", "/v1/erasures", JSON, "{\"subject\":\"nobody\"}", 200, FRESH, 0 },
	{ "GET", "/v1/keys", "/v1/keys?limit=2", ANEW, NULL, 200, 0, 0 },
	{ "POST", "/v1/keys", "/v1/keys", JSON, "{\"role\":\"reader\",\"note\":\"the bot\",\"expires_at\":\"2130-01-31T00:00:00Z\"}", 201, 0, 0 },
	{ "DELETE", "/v1/keys/{id}", "", "", NULL, 204, 0, 0 },
	{ "GET", "/livez", "/livez", "", NULL, 200, 0, 0 },
	{ "GET", "/readyz", "/readyz", "", NULL, 200, 0, 0 },
	{ "GET", "/readyz/write", "/readyz/write", "", NULL, 200, 0, 0 },
	{ "GET", "/metrics", "/metrics", "", NULL, 200, 0, 0 },
	{ "GET", "/version", "/version", "", NULL, 200, 0, 0 },
	{ "GET", "/openapi.json", "/openapi.json", "", NULL, 200, 0, 0 },
	{ "GET", "/bundle.schema.json", "/bundle.schema.json", "", NULL, 200, 0, 0 },
	{ "GET", "/problems", "/problems", "", NULL, 200, 0, 0 },
	{ "GET", "/problems/{type}", "/problems/forbidden", "", NULL, 200, 0, 0 },
	{ "GET", "/panel", "/panel?ref=T-1", "Accept-Encoding: gzip" NL, NULL, 200, 0, 0 },
	{ "GET", "/panel/demo", "/panel/demo", "", NULL, 200, 0, 0 },
	{ "GET", "/panel/settings.json", "/panel/settings.json", "", NULL, 200, 0, 0 },
	{ "GET", "/docs", "/docs", "", NULL, 200, 0, 0 },
	{ "GET", "/library", "/library", "", NULL, 200, 0, 0 },
	{ "GET", "/web/{file}", "/web/panel.css", "", NULL, 200, 0, 0 },

	/* an answer that is kept: noted, kept, made, and made use of */
	{ "GET", "", "/v1/next?category=delivery.late&stage=restate", "", NULL, 200, NEW_URL, 0 },
	{ "GET", "", "/v1/next?category=delivery.late&stage=restate", "", NULL, 200, NEW_URL, 1 },
	{ "GET", "", "/v1/next?category=delivery.late&stage=restate", "", NULL, 200, NEW_URL, 2 },
	{ "GET", "", "/v1/next?category=delivery.late&stage=restate", "", NULL, 200, NEW_URL, 3 },
	{ "GET", "", "/v1/next?category=delivery.late&stage=restate", PAGE, NULL, 200, NEW_URL, 3 },

	/* other ways to ask, and where from */
	{ "HEAD", "", "/v1/protocols", "", NULL, 200, 0, 0 },
	{ "GET", "", "/v1/steps/validate?category=delivery.late", "Accept: text/plain" NL, NULL, 200, 0, 0 },
	{ "GET", "", "/v1/next?category=delivery.late&flat=1", PAGE, NULL, 200, 0, 0 },
	{ "GET", "", "/v1/next?category=delivery.late&stage=restate&state=%7B%22stage%22%3A%22restate%22%2C%22used%22%3A%5B%22delivery.late%2Fvalidate%2F1%22%5D%7D&signal=confirms", "", NULL, 200, 0, 0 },
	{ "GET", "", "/v1/stages", "", NULL, 304, IS_FRESH, 0 },
	{ "GET", "", "/openapi.json", "", NULL, 304, IS_FRESH, 0 },
	{ "GET", "", "/v1/stages", "", NULL, 200, ACCEPTED, 0 },
	{ "POST", "", "/v1/next", JSON, "{\"category\":\"delivery.late\",\"stage\":\"restate\",\"signal\":\"confirms\",\"values\":{\"due_date\":\"Friday\",\"customer_name\":\"Ms Abernathy-Featherstonehaugh\"},\"phrases\":3}", 200, 0, 0 },
	{ "POST", "", "/v1/next", JSON, "{\"category\":\"delivery.late\",\"signal\":\"angrier\",\"values\":{\"due_date\":\"Friday\"},\"phrases\":2,\"state\":{\"stage\":\"validate\",\"warnings\":0,\"reescalations\":0,\"rejections\":0,\"silences\":0,\"apologized\":false,\"flags\":[],\"back\":null,\"used\":[],\"offered\":\"delivery.late/validate/1\"}}", 200, CHUNKED | ACCEPTED, 0 },
	{ "POST", "", "/v2/check", FORM, "language=en&data=%7B%22annotation%22%3A%5B%7B%22markup%22%3A%22%3Cb%3E%22%7D%2C%7B%22text%22%3A%22Calm%20down.%22%7D%5D%7D", 200, CHUNKED, 0 },
	{ "POST", "", "/v1/conversations/*/turns", JSON, "{\"message\":\"You idiot, where is my parcel? Get me a manager!\",\"read\":true,\"phrases\":3}", 200, FRESH, 0 },
	{ "OPTIONS", "", "/v1/next", "", NULL, 204, 0, 0 },
	{ "OPTIONS", "", "/v1/next", PAGE "Access-Control-Request-Method: POST" NL, NULL, 204, 0, 0 },

	/* once more what was done */
	{ "POST", "", "/v1/conversations", JSON, "{\"category\":\"delivery.late\",\"ref\":\"fresh\"}", 201, FRESH, 1 },
	{ "POST", "", "/v1/conversations/*/turns", JSON, "{\"signal\":\"told\",\"values\":{\"due_date\":\"Friday\"}}", 200, FRESH, 1 },
	{ "POST", "", "/v1/conversations/*/turns", JSON, "{\"message\":\"It never came.\",\"read\":true}", 200, FRESH, 1 },
	{ "POST", "", "/v1/conversations/*/undo", JSON, "{}", 200, FRESH, 1 },
	{ "POST", "", "/v1/follow-ups/!", JSON, "{\"result\":\"done\"}", 200, FRESH, 1 },

	/* refusals */
	{ "GET", "", "/v1/stages", "", NULL, 401, NO_KEY, 0 },
	{ "GET", "", "/v1/nothing", "", NULL, 404, 0, 0 },
	{ "PUT", "", "/v1/next", "", NULL, 405, 0, 0 },
	{ "GET", "", "/v1/stages", "Accept: image/png" NL, NULL, 406, 0, 0 },
	{ "GET", "", "/v1/next?category=delivery.late&stage=restat&signal=confirm", "", NULL, 422, 0, 0 },
	{ "POST", "", "/v1/next", JSON, "{\"category\":\"delivery.late\",\"stag\":1,\"phrases\":0}", 422, 0, 0 },
	{ "POST", "", "/v1/next", JSON, "{\"category\":\"delivery.late\",}", 400, 0, 0 },
	{ "POST", "", "/v1/next", "", "{\"category\":\"delivery.late\"}", 415, 0, 0 },
	{ "POST", "", "/v1/check", JSON, "{\"stage\":\"propos\",\"said\":[1]}", 422, 0, 0 },
	{ "POST", "", "/v2/check", FORM, "language=de&text=x", 400, 0, 0 },
	{ "POST", "", "/v2/check", FORM, "text=%zz", 400, 0, 0 },
	{ "POST", "", "/v1/conversations/@/turns", JSON, "{\"signal\":\"next\"}", 400, 0, 0 },
	{ "POST", "", "/v1/conversations/@/turns", JSON "Idempotency-Key: x" NL, "{\"signal\":\"next\"}", 428, 0, 0 },
	{ "POST", "", "/v1/conversations/@/turns", JSON "Idempotency-Key: x" NL "If-Match: \"1\"" NL, "{\"signal\":\"next\"}", 412, 0, 0 },
	{ "POST", "", "/v1/conversations/@/turns", JSON "Idempotency-Key: x" NL "If-Match: *" NL, "{\"signal\":\"nxt\",\"promise\":{\"who\":\"\"}}", 422, 0, 0 },
	{ "PATCH", "", "/v1/conversations/@", JSON "Idempotency-Key: x" NL "If-Match: *" NL, "{\"status\":\"closed\"}", 409, 0, 0 },
	{ "POST", "", "/v1/conversations/x/turns", JSON, "{\"signal\":\"next\"}", 404, FRESH, 0 },
	{ "GET", "", "/v1/stages", "Host: localhost" NL, NULL, 400, 0, 0 },
	{ "", "", "two hosts, no colon", "", "GET / HTTP/1.1" NL "Host localhost" NL NL, 400, RAW, 0 },
	{ "", "", "version", "", "GET / HTTP/3.0" NL "Host: localhost" NL NL, 505, RAW, 0 },

	/* the database's connections are to be made again: the last row, for
	   they come back at their leisure, and are many blocks */
	{ "GET", "", "/v1/keys?limit=2", "", NULL, 200, LOST, 0 },
};
/* clang-format on */

const size_t ncalls = sizeof(calls) / sizeof(calls[0]);

static bool
begins(const char *line, const char *name)
{
	return strncasecmp(line, name, strlen(name)) == 0;
}

/* Is each header of ${model} in ${got}, but for the time of day? */
static bool
has_headers(const struct answer *got, const struct answer *model, bool degraded)
{
	const char *line = strstr(model->head, NL);
	char text[1024];

	for (line += 2; *line != '\0'; line = strstr(line, NL) + 2) {
		size_t len = (size_t)(strstr(line, NL) - line);

		if (begins(line, "Date:") || begins(line, "RateLimit:") ||
		    begins(line, "Location: /v1/conversations/") ||
		    (degraded && begins(line, "Content-")))
			continue;
		ck_assert_uint_lt(len, sizeof(text));
		memcpy(text, line, len);
		text[len] = '\0';
		if (!answer_has(got, text))
			return false;
	}
	return true;
}

/* Is it the text of a problem, none of whose members differs? */
static bool
is_less_of(const char *text, const char *model)
{
	json_t *got = json_loads(text, 0, NULL);
	json_t *whole = json_loads(model, 0, NULL), *value;
	bool less = json_is_object(got);
	const char *name;

	json_object_del(got, "instance");
	json_object_foreach(got, name, value) {
		const json_t *other = json_object_get(whole, name);

		/* Of a list there may be less, too. */
		less &= json_is_array(value) ? json_is_array(other)
					     : json_equal(value, other) != 0;
	}
	json_decref(got);
	json_decref(whole);
	return less;
}

/* Numbers change: is each line there, and at the end what comes last? */
static bool
is_metrics(const char *text, const char *model)
{
	const char *next;

	for (const char *line = model; *line != '\0'; line = next) {
		char name[512];
		size_t len = strcspn(line, "\n");

		next = line + len + 1;
		while (line[0] != '#' && len > 0 && line[len - 1] != ' ')
			len--;
		ck_assert_uint_lt(len, sizeof(name));
		memcpy(name, line, len);
		name[len] = '\0';
		/* What the system does not tell is not told. */
		if (strstr(name, "process_open_fds") == NULL &&
		    strstr(text, name) == NULL)
			return false;
	}
	return text[0] != '\0' && text[strlen(text) - 1] == '\n';
}

/* Is the key in this answer one that is good? */
static bool
is_made(const char *text)
{
	json_t *body = json_loads(text, 0, NULL);
	const char *made = json_string_value(json_object_get(body, "key"));
	const char *id = json_string_value(json_object_get(body, "id"));
	bool good = made != NULL && id != NULL && strlen(made) > 43 &&
		    strstr(made, id) != NULL &&
		    strcmp(pg_sql("SELECT count(*) FROM evenkeel.api_key WHERE "
				  "id = '%s' AND sha256 = sha256('%s') AND "
				  "role = 'reader' AND note = 'the bot' AND "
				  "expires_at = '2130-01-31' AND revoked_at IS "
				  "NULL",
				  id, made + strlen(made) - 43),
			   "1") == 0;

	json_decref(body);
	return good;
}

static bool
is_revoked(const char *target)
{
	return strcmp(pg_sql("SELECT count(*) FROM evenkeel.api_key WHERE id = "
			     "'%s' AND revoked_at IS NOT NULL",
			     strrchr(target, '/') + 1),
		      "1") == 0;
}

bool
calls_right(const struct asked *a, const struct answer *model)
{
	const struct answer *got = &a->answer;
	const char *pattern = a->call->pattern;

	if (got->status != model->status)
		return false;
	if (strcmp(pattern, "/metrics") == 0)
		return answer_has(got, "Cache-Control: no-cache") &&
		       is_metrics(got->body, model->body);
	if ((a->call->how & RAW) != 0) /* it has no id of ours */
		return got->len == model->len;
	if (!has_headers(got, model, false))
		return false;
	if ((a->call->how & FRESH) != 0)
		return kept_same(got->body, model->body);
	if (got->status == 201)
		return is_made(got->body);
	if (got->status == 204 && pattern[0] != '\0')
		return is_revoked(a->target);
	return got->len == model->len &&
	       memcmp(got->body, model->body, got->len) == 0;
}

bool
calls_honest(const struct asked *a, const struct answer *model)
{
	const struct answer *got = &a->answer;

	if (got->status == 0 || calls_right(a, model))
		return true;
	if (got->status < 400 || !answer_has(got, "Cache-Control: no-store"))
		return false;
	if (got->status == 500 || got->status == 503)
		return got->len == 0 || is_less_of(got->body, got->body);
	/* A refusal may have lost its words. */
	return got->status == model->status &&
	       ((a->call->how & RAW) != 0 || has_headers(got, model, true)) &&
	       (got->len == 0 || is_less_of(got->body, model->body));
}
