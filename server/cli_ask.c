/*
 * cli_ask.c - what subcommands need that ask what the service is asked over
 * HTTP: the release, the arguments, and how they are refused.
 */
#include <stdlib.h>
#include <string.h>

#include "script/library.h"
#include "script/report.h"
#include "server/cli.h"
#include "server/problem.h"
#include "server/reply.h"
#include "server/request.h"
#include "sql/library.h"

struct library *
cli_load(const struct cli *cli)
{
	struct report report = { 0 };
	struct db_error err;
	struct library *lib = NULL;
	struct db *db = db_open(cli->cfg.reader_url, DB_READER, &err);

	if (db == NULL || library_load(db, 0, &lib, &report, &err) != DB_OK) {
		if (report.total > 0)
			(void)cli_report(cli, &report);
		else
			(void)cli_db_failed(cli, &err);
	}
	report_free(&report);
	db_close(db);
	return lib;
}

bool
cli_args(struct cli *cli, struct request *req)
{
	for (int i = 0; i < cli->argc;) {
		const char *name = cli->argv[i];
		size_t len = strcspn(name, "=");
		char flag[128];

		if (strncmp(name, "--", 2) != 0) {
			i++;
			continue;
		}
		if (len < 3 || len >= sizeof(flag) ||
		    req->nargs == REQUEST_MAX_ARGS)
			return cli_done(cli);
		memcpy(flag, name, len);
		flag[len] = '\0';
		const char *value = cli_option(cli, flag);
		if (value == NULL) {
			(void)cli_complain(cli, "%s needs a value", flag);
			return false;
		}
		req->args[req->nargs++] = (struct arg){
			.name = { name + 2, len - 2 },
			.value = { value, strlen(value) },
		};
	}
	return true;
}

int
cli_refusal(const struct cli *cli, const struct reply *reply)
{
	size_t len;
	char *body = problem_body(reply, "-", &len);
	json_t *json = body == NULL ? NULL : json_loadb(body, len, 0, NULL);
	size_t i;
	json_t *error;

	json_array_foreach(json_object_get(json, "errors"), i, error) {
		const char *at =
			json_string_value(json_object_get(error, "pointer"));
		(void)cli_complain(
			cli, "%s: %s",
			at != NULL && at[0] == '/' ? at + 1 : "-",
			json_string_value(json_object_get(error, "detail")));
	}
	const char *meant =
		json_string_value(json_object_get(json, "did_you_mean"));
	if (meant != NULL)
		(void)cli_complain(cli, "did you mean %s?", meant);
	json_decref(json);
	free(body);
	return CLI_FAILED;
}
