/*
 * routes.c - the table of contents of this service.
 */
#include "handlers/handlers.h"

#define READ (ROUTE_RELEASE)
#define JOB (ROUTE_RELEASE | ROUTE_JOB)
#define STEP (ROUTE_RELEASE | ROUTE_TEXT)

/* clang-format off */
const struct route routes[] = {
	/* what to say next */
	{ "GET",  "/v1/next",                 next_step, STEP },
	{ "POST", "/v1/next",                 next_step, STEP | ROUTE_BODY },
	{ "GET",  "/v1/steps/{stage}",        step_get,  STEP },

	/* the library */
	{ "GET",  "/v1/categories",           categories_list,   READ },
	{ "GET",  "/v1/categories/{code}",    category_get,      READ },
	{ "GET",  "/v1/protocols",            protocols_list,    READ },
	{ "GET",  "/v1/protocols/{code}",     protocol_get,      READ },
	{ "GET",  "/v1/stages",               stages_list,       READ },
	{ "GET",  "/v1/stages/{code}",        stage_get,         READ },
	{ "GET",  "/v1/signals",              signals_list,      READ },
	{ "GET",  "/v1/channels",             channels_list,     READ },
	{ "GET",  "/v1/placeholders",         placeholders_list, READ },
	{ "GET",  "/v1/facts",                facts_list,        READ },
	{ "GET",  "/v1/principles",           principles_list,   READ },
	{ "GET",  "/v1/sources",              sources_list,      READ },
	{ "GET",  "/v1/releases",             releases_show,     ROUTE_JOB },
	{ "GET",  "/v1/phrases",              phrases_list,      JOB },
	{ "GET",  "/v1/phrases/{category}/{stage}/{n}", phrase_get, READ },
	{ "GET",  "/v1/coverage",             coverage_list,     JOB },

	/* for machines */
	{ "GET",  "/livez",                   livez,             ROUTE_ANY_HOST },
	{ "GET",  "/readyz",                  readyz,            ROUTE_ANY_HOST },
	{ "GET",  "/readyz/write",            readyz_write,      ROUTE_JOB },
	{ "GET",  "/version",                 version_get,       0 },
	{ "GET",  "/metrics",                 metrics_get,       ROUTE_PAGE },
	{ "GET",  "/openapi.json",            openapi_get,       ROUTE_PAGE },
	{ "GET",  "/bundle.schema.json",      schema_get,        ROUTE_PAGE },
	{ "GET",  "/problems",                problems_list,     ROUTE_PAGE },
	{ "GET",  "/problems/{type}",         problem_page_get,  ROUTE_PAGE },
};
/* clang-format on */

const size_t nroutes = sizeof(routes) / sizeof(routes[0]);
