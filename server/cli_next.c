/*
 * cli_next.c - a step, or the coverage, in the terminal.
 *
 * "evenkeel next" is a request to /v1/next made by hand: it is read by the
 * same code, so that it takes the same names and says the same no.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "handlers/ask.h"
#include "script/coverage.h"
#include "script/render.h"
#include "server/cli.h"
#include "server/reply.h"

int
cli_next(struct cli *cli)
{
	struct request req = { .method = "GET", .id = "-" };
	struct reply reply = { 0 };
	struct ask ask;
	struct step step;
	struct buf out;
	int status = CLI_USAGE;

	if (!cli_args(cli, &req) || !cli_done(cli))
		return CLI_USAGE;
	if ((req.lib = cli_load(cli)) == NULL)
		return CLI_FAILED;
	ask.nextras = 0;
	if (ask_read(&req, ASK_MOVE, &ask, &reply) != 0) {
		status = cli_refusal(cli, &reply);
	} else {
		step_make(&ask.query, &step);
		buf_init(&out, 4096);
		render_terminal(&out, &step,
				isatty(STDOUT_FILENO) &&
					getenv("NO_COLOR") == NULL);
		fwrite(out.ptr, 1, out.len, stdout);
		status = out.failed ? CLI_FAILED : EXIT_SUCCESS;
		buf_free(&out);
	}
	ask_done(&ask);
	reply_clear(&reply);
	library_unref(req.lib);
	return status;
}

/* --- coverage ------------------------------------------------------------- */

struct coverage_table {
	const struct library *lib;
	size_t n;
};

static bool
print_coverage(void *arg, const struct coverage *c)
{
	struct coverage_table *t = arg;
	const struct library *lib = t->lib;

	if (c->empty == 0 && c->thin == 0)
		return true;
	if (t->n++ == 0)
		printf("%-24s %-14s %5s %6s %6s  worst\n", "category", "stage",
		       "lines", "empty", "thin");
	printf("%-24s %-14s %5u %6zu %6zu  %s, %s, fault %s, intensity %d\n",
	       lib->categories[c->category].code, lib->stages[c->stage].code,
	       c->least, c->empty, c->thin,
	       lib->channels[c->worst.channel].code,
	       speaker_code((int)c->worst.speaker),
	       fault_code((int)c->worst.fault), c->worst.intensity);
	return true;
}

/* A code of the library: its number, -1 if not asked for, -2 after telling. */
static int
find(const struct cli *cli, const struct library *lib, const char *code,
     int (*look)(const struct library *, const char *, size_t))
{
	int i = code == NULL ? -1 : look(lib, code, strlen(code));

	if (code == NULL || i >= 0)
		return i;
	(void)cli_complain(cli, "this release has no \"%s\"", code);
	return -2;
}

int
cli_coverage(struct cli *cli)
{
	const char *category = cli_option(cli, "--category");
	const char *stage = cli_option(cli, "--stage");
	const char *locale = cli_option(cli, "--locale");
	struct coverage_table table = { 0 };
	int status = CLI_FAILED;

	if (!cli_done(cli))
		return CLI_USAGE;
	struct library *lib = cli_load(cli);
	if (lib == NULL)
		return CLI_FAILED;
	int c = find(cli, lib, category, library_category);
	int s = find(cli, lib, stage, library_stage);
	int l = find(cli, lib, locale, library_locale);
	table.lib = lib;
	if (c != -2 && s != -2 && l != -2) {
		if (!coverage_each(lib, l < 0 ? 0 : l, c, s, print_coverage,
				   &table))
			status = cli_complain(cli, "out of memory");
		else
			status = EXIT_SUCCESS;
		if (status == EXIT_SUCCESS && table.n == 0)
			puts("coverage: three lines or more everywhere");
	}
	library_unref(lib);
	return status;
}
