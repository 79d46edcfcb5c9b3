/*
 * cli.c - what all subcommands need: their arguments, and how they complain.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "script/report.h"
#include "server/cli.h"
#include "sql/db.h"

static void
take(struct cli *cli, int i, int n)
{
	cli->argc -= n;
	for (; i < cli->argc; i++)
		cli->argv[i] = cli->argv[i + n];
	cli->argv[cli->argc] = NULL;
}

bool
cli_flag(struct cli *cli, const char *name)
{
	for (int i = 0; i < cli->argc; i++)
		if (strcmp(cli->argv[i], name) == 0) {
			take(cli, i, 1);
			return true;
		}
	return false;
}

const char *
cli_option(struct cli *cli, const char *name)
{
	size_t len = strlen(name);

	for (int i = 0; i < cli->argc; i++) {
		char *arg = cli->argv[i];

		if (strncmp(arg, name, len) != 0)
			continue;
		if (arg[len] == '=') {
			take(cli, i, 1);
			return arg + len + 1;
		}
		if (arg[len] == '\0' && i + 1 < cli->argc) {
			char *value = cli->argv[i + 1];
			take(cli, i, 2);
			return value;
		}
	}
	return NULL;
}

const char *
cli_operand(struct cli *cli)
{
	for (int i = 0; i < cli->argc; i++) {
		char *arg = cli->argv[i];

		if (arg[0] == '-' && arg[1] != '\0')
			continue;
		take(cli, i, 1);
		return arg;
	}
	return NULL;
}

int
cli_number(const struct cli *cli, const char *text, const char *what)
{
	char *end;
	long n = strtol(text, &end, 10);

	if (end != text && *end == '\0' && n >= 1 && n <= 2147483647)
		return (int)n;
	(void)cli_complain(cli, "%s is the number of a release: 1 or more",
			   what);
	return 0;
}

bool
cli_done(const struct cli *cli)
{
	if (cli->argc == 0)
		return true;
	(void)cli_complain(cli, "what is \"%s\"?  \"evenkeel help\" tells",
			   cli->argv[0]);
	return false;
}

int
cli_complain(const struct cli *cli, const char *fmt, ...)
{
	va_list ap;

	(void)fflush(stdout);
	fprintf(stderr, "evenkeel %s: ", cli->name);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	return CLI_FAILED;
}

int
cli_db_failed(const struct cli *cli, const struct db_error *err)
{
	return cli_complain(cli, "the database: %s%s%s%s", err->message,
			    err->sqlstate[0] != '\0' ? " (SQLSTATE " : "",
			    err->sqlstate, err->sqlstate[0] != '\0' ? ")" : "");
}

int
cli_report(const struct cli *cli, const struct report *report)
{
	for (size_t i = 0; i < report->n; i++)
		fprintf(stderr, "%s: %s\n",
			report->lines[i].pointer[0] != '\0'
				? report->lines[i].pointer
				: "/",
			report->lines[i].detail);
	if (report->total > report->n)
		fprintf(stderr, "... and %zu more\n",
			report->total - report->n);
	if (report->failed)
		return cli_complain(cli, "out of memory");
	return cli_complain(cli, "%zu %s to mend; nothing was changed",
			    report->total,
			    report->total == 1 ? "thing" : "things");
}
