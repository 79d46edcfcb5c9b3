/*
 * main.c - the subcommands.
 */
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <jansson.h>

#include "script/case.h"
#include "server/cli.h"
#include "server/parse.h"

/* clang-format off */
static const struct {
	const char *name;
	cli_fn *run;
	const char *usage, *help;
} commands[] = {
	{ "serve",    cli_serve,    "", "answer over HTTP until SIGTERM or Ctrl-C" },
	{ "migrate",  cli_migrate,  "", "bring the schema up to this program" },
	{ "import",   cli_import,   "FILE|- [--dry-run] [--publish] [--note TEXT] [--if-empty]",
	  "make the draft what the bundle says" },
	{ "import",   cli_import,   "--format NAME FILE|- --category CODE --stage CODE [--dry-run]",
	  "bring replies of chatwoot, zammad or intercom into the draft" },
	{ "export",   cli_export,   "[--release N | --draft] [--format NAME [--category CODE] ...]",
	  "print a release as a bundle, or for another system" },
	{ "publish",  cli_publish,  "[--note TEXT]", "make the draft the next release" },
	{ "releases", cli_releases, "", "list what was published" },
	{ "rollback", cli_rollback, "N [--note TEXT] [--discard-draft]",
	  "publish release N again as the next one" },
	{ "coverage", cli_coverage, "[--category CODE] [--stage CODE] [--locale CODE]",
	  "list where the library is thin" },
	{ "key",      cli_key,
	  "create ROLE [--note TEXT] [--expires DATE|DAYS] | list | revoke ID",
	  "make an API key and print it, list them, revoke one" },
	{ "check",    cli_check,    "FILE|- [--format json] [--stage CODE] ...",
	  "find what in a draft makes a customer angrier; takes the names of "
	  "/v1/check; status 1: something of severity high" },
	{ "next",     cli_next,     "--category CODE [--stage CODE] [--signal CODE] ...",
	  "print a step; takes the names of /v1/next" },
};
/* clang-format on */

#define NCOMMANDS (sizeof(commands) / sizeof(commands[0]))

static void
print_help(FILE *out)
{
	fputs("Evenkeel " EVENKEEL_VERSION
	      ": what to do and say next with an upset customer.\n\n",
	      out);
	for (size_t i = 0; i < NCOMMANDS; i++)
		fprintf(out, "  evenkeel %s%s%s\n        %s\n",
			commands[i].name, commands[i].usage[0] ? " " : "",
			commands[i].usage, commands[i].help);
	fputs("  evenkeel help\n        this\n  evenkeel version\n\n"
	      "Settings, in the environment or as flags:\n\n",
	      out);
	config_print_help(out);
}

static int
run(size_t i, int argc, char **argv)
{
	struct cli cli = { .name = commands[i].name,
			   .argc = argc,
			   .argv = argv };
	int status = CLI_USAGE;

	if (config_load(&cli.cfg, &cli.argc, cli.argv, stderr))
		status = commands[i].run(&cli);
	config_free(&cli.cfg);
	if (fflush(stdout) != 0 && status == EXIT_SUCCESS)
		status = CLI_FAILED;
	return status;
}

/*
 * A stream that is closed stays taken, by something that cannot be written:
 * else the next socket would get its number, and what we print.
 */
static bool
take_streams(void)
{
	int fd;

	do {
		fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	} while (fd >= 0 && fd <= STDERR_FILENO);
	return fd >= 0 && close(fd) == 0;
}

int
main(int argc, char **argv)
{
	const char *name = argc > 1 ? argv[1] : "help";

	if (!take_streams())
		return CLI_FAILED;
	json_object_seed(0);
	parse_start();
	case_parse = parse_json;
	for (size_t i = 0; i < NCOMMANDS; i++)
		if (strcmp(name, commands[i].name) == 0)
			return run(i, argc - 2, argv + 2);
	if (strcmp(name, "version") == 0 || strcmp(name, "--version") == 0) {
		puts("evenkeel " EVENKEEL_VERSION);
		return EXIT_SUCCESS;
	}
	if (strcmp(name, "help") == 0 || strcmp(name, "--help") == 0 ||
	    strcmp(name, "-h") == 0) {
		print_help(stdout);
		return EXIT_SUCCESS;
	}
	fprintf(stderr, "evenkeel: no subcommand \"%s\"\n\n", name);
	print_help(stderr);
	return CLI_USAGE;
}
