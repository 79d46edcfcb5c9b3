/*
 * routes.c - the table of contents of this service.
 */
#include "handlers/handlers.h"

#define READ (ROUTE_RELEASE)
#define JOB (ROUTE_RELEASE | ROUTE_JOB)
#define STEP (ROUTE_RELEASE | ROUTE_TEXT)
#define TEXT (ROUTE_LIBRARY | ROUTE_BODY | ROUTE_LARGE)
#define BOT (ROUTE_LIBRARY | ROUTE_BODY | ROUTE_STREAM)
#define KEPT (ROUTE_KEPT | ROUTE_LIBRARY | ROUTE_BODY)

/* clang-format off */
const struct route routes[] = {
	/* what to say next */
	{ "GET",  "/v1/next",                 next_step, STEP,                   ROLE_READER },
	{ "POST", "/v1/next",                 next_step, STEP | ROUTE_BODY,      ROLE_READER },
	{ "GET",  "/v1/steps/{stage}",        step_get,  STEP,                   ROLE_READER },
	{ "POST", "/v1/steps/{stage}",        step_get,  STEP | ROUTE_BODY,      ROLE_READER },

	/* words */
	{ "POST", "/v1/check",                words_check, TEXT,                 ROLE_READER },
	{ "POST", "/v1/read",                 words_read, TEXT,                  ROLE_READER },
	{ "POST", "/v2/check",                languagetool_check, TEXT | ROUTE_FORM, ROLE_READER },
	{ "GET",  "/v2/check",                languagetool_check, ROUTE_LIBRARY, ROLE_READER },
	{ "GET",  "/v2/languages",            languagetool_languages, READ,      ROLE_READER },

	/* the library */
	{ "GET",  "/v1/names",                names_get,         READ,           ROLE_READER },
	{ "GET",  "/v1/categories",           categories_list,   READ,           ROLE_READER },
	{ "GET",  "/v1/categories/{code}",    category_get,      READ,           ROLE_READER },
	{ "GET",  "/v1/protocols",            protocols_list,    READ,           ROLE_READER },
	{ "GET",  "/v1/protocols/{code}",     protocol_get,      READ,           ROLE_READER },
	{ "GET",  "/v1/stages",               stages_list,       READ,           ROLE_READER },
	{ "GET",  "/v1/stages/{code}",        stage_get,         READ,           ROLE_READER },
	{ "GET",  "/v1/signals",              signals_list,      READ,           ROLE_READER },
	{ "GET",  "/v1/channels",             channels_list,     READ,           ROLE_READER },
	{ "GET",  "/v1/placeholders",         placeholders_list, READ,           ROLE_READER },
	{ "GET",  "/v1/facts",                facts_list,        READ,           ROLE_READER },
	{ "GET",  "/v1/principles",           principles_list,   READ,           ROLE_READER },
	{ "GET",  "/v1/sources",              sources_list,      READ,           ROLE_READER },
	{ "GET",  "/v1/releases",             releases_show,     ROUTE_JOB,      ROLE_READER },
	{ "GET",  "/v1/phrases",              phrases_list,      JOB,            ROLE_READER },
	{ "GET",  "/v1/phrases/{category}/{stage}/{n}", phrase_get, READ,        ROLE_READER },
	{ "GET",  "/v1/export/{format}",      export_get, READ | ROUTE_ANY_TYPE, ROLE_READER },
	{ "GET",  "/v1/coverage",             coverage_list,     JOB,            ROLE_READER },

	/* bot platforms */
	{ "POST", "/v1/adapters/rasa/nlg",    rasa_nlg,      BOT,                ROLE_READER },
	{ "POST", "/v1/adapters/dialogflow-cx", dialogflow_cx, BOT,              ROLE_READER },

	/* conversations */
	{ "POST", "/v1/conversations",        conversation_post, KEPT,           ROLE_AGENT },
	{ "GET",  "/v1/conversations",        conversations_get, ROUTE_JOB,      ROLE_AGENT },
	{ "GET",  "/v1/conversations.ndjson", conversations_export, ROUTE_JOB | ROUTE_ANY_TYPE, ROLE_AGENT },
	{ "GET",  "/v1/conversations/{id}",   conversation_get,  ROUTE_JOB | ROUTE_LIBRARY, ROLE_AGENT },
	{ "PATCH", "/v1/conversations/{id}",  conversation_patch, KEPT,          ROLE_AGENT },
	{ "DELETE", "/v1/conversations/{id}", conversation_delete, ROUTE_JOB | ROUTE_KEPT, ROLE_AGENT },
	{ "POST", "/v1/conversations/{id}/turns", turn_post,     KEPT,           ROLE_AGENT },
	{ "POST", "/v1/conversations/{id}/undo", undo_post,      KEPT | ROUTE_NO_BODY,          ROLE_AGENT },
	{ "POST", "/v1/conversations/{id}/promises/{n}", promise_post, KEPT,     ROLE_AGENT },
	{ "GET",  "/v1/follow-ups",           follow_ups_get,    ROUTE_JOB,      ROLE_AGENT },
	{ "POST", "/v1/follow-ups/{id}",      follow_up_post,    KEPT | ROUTE_JOB, ROLE_AGENT },
	{ "GET",  "/v1/events",               events_get,        ROUTE_JOB,      ROLE_AGENT },
	{ "POST", "/v1/erasures",             erasure_post,      ROUTE_JOB | ROUTE_KEPT | ROUTE_BODY, ROLE_AGENT },

	/* API keys */
	{ "GET",  "/v1/keys",                 keys_get,          ROUTE_JOB,      ROLE_ADMIN },
	{ "POST", "/v1/keys",                 key_post,          ROUTE_JOB | ROUTE_BODY,ROLE_ADMIN },
	{ "DELETE", "/v1/keys/{id}",          key_delete,        ROUTE_JOB,      ROLE_ADMIN },

	/* for machines */
	{ "GET",  "/livez",                   livez,             ROUTE_ANY_HOST, ROLE_NONE },
	{ "GET",  "/readyz",                  readyz,            ROUTE_ANY_HOST, ROLE_NONE },
	{ "GET",  "/readyz/write",            readyz_write,      ROUTE_JOB,      ROLE_READER },
	{ "GET",  "/version",                 version_get,       0,              ROLE_NONE },
	{ "GET",  "/metrics",                 metrics_get,       ROUTE_PAGE,     ROLE_READER },
	{ "GET",  "/openapi.json",            document_get,      ROUTE_PAGE,     ROLE_NONE },
	{ "GET",  "/bundle.schema.json",      document_get,      ROUTE_PAGE,     ROLE_NONE },
	{ "GET",  "/problems",                problems_list,     ROUTE_PAGE,     ROLE_NONE },
	{ "GET",  "/problems/{type}",         problem_page_get,  ROUTE_PAGE,     ROLE_NONE },

	/* for people */
	{ "GET",  "/panel",                   page_get,          ROUTE_PAGE,     ROLE_NONE },
	{ "GET",  "/panel/demo",              page_get,          ROUTE_PAGE,     ROLE_NONE },
	{ "GET",  "/panel/settings.json",     panel_settings_get, 0,             ROLE_NONE },
	{ "GET",  "/docs",                    page_get,          ROUTE_PAGE,     ROLE_NONE },
	{ "GET",  "/library",                 page_get,          ROUTE_PAGE,     ROLE_NONE },
	{ "GET",  "/web/{file}",              file_get,          ROUTE_PAGE,     ROLE_NONE },
};
/* clang-format on */

const size_t nroutes = sizeof(routes) / sizeof(routes[0]);
