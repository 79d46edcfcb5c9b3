/*
 * cli.h - the subcommands of the program; main.c has their table.
 *
 * With main.c these are the only files that see every room.
 */
#ifndef SERVER_CLI_H
#define SERVER_CLI_H

#include <stdbool.h>

#include "server/config.h"

struct buf;
struct db;
struct db_error;
struct library;
struct reply;
struct report;
struct request;

/* What a subcommand is called with. */
struct cli {
	struct config cfg;
	const char *name; /* of the subcommand */
	int argc;	  /* what is left of its arguments */
	char **argv;
};

/* Exit statuses, beside EXIT_SUCCESS. */
enum {
	CLI_FAILED = 1, /* it could not be done, or it was refused */
	CLI_USAGE = 2,	/* the command line makes no sense */
};

/* Do it; return the exit status. */
typedef int cli_fn(struct cli *cli);

cli_fn cli_serve, cli_migrate, cli_import, cli_export, cli_publish,
	cli_releases, cli_rollback, cli_coverage, cli_next, cli_check, cli_key;

/**
 * cli_export_format(cli, format, number):
 * The rest of "export --format": print release ${number} as ${format} has it.
 */
int cli_export_format(struct cli *cli, const char *format, int number);

/**
 * cli_import_format(cli, format):
 * The rest of "import --format": bring the replies of another system in.
 */
int cli_import_format(struct cli *cli, const char *format);

/**
 * cli_open_owner(cli):
 * Connect as the owner; NULL after telling the user why not.
 */
struct db *cli_open_owner(const struct cli *cli);

/**
 * cli_read_file(cli, path, text):
 * Append all of ${path} ("-" is standard input) to ${text}; false after telling
 * the user why not.
 */
bool cli_read_file(const struct cli *cli, const char *path, struct buf *text);

/**
 * cli_flag(cli, name):
 * Take "--name" out of the arguments.  Return true if it was there.
 */
bool cli_flag(struct cli *cli, const char *name);

/**
 * cli_option(cli, name):
 * Take "--name VALUE" or "--name=VALUE" out of the arguments.  Return VALUE,
 * borrowed, or NULL if it was not there.
 */
const char *cli_option(struct cli *cli, const char *name);

/**
 * cli_operand(cli):
 * Take the first argument that is no flag.  Return it, borrowed, or NULL.
 */
const char *cli_operand(struct cli *cli);

/**
 * cli_number(cli, text, what):
 * Read ${text} as a release number, 1 or more.  0 after telling the user if
 * it is none.
 */
int cli_number(const struct cli *cli, const char *text, const char *what);

/**
 * cli_args(cli, req):
 * Take every "--name value" and "--name=value" that is left out of the
 * arguments, and make arguments of ${req} of them, which borrow.  Return false
 * after telling the user what is wrong.
 */
bool cli_args(struct cli *cli, struct request *req);

/**
 * cli_done(cli):
 * Complain about the first argument that nobody took.  Return true if there
 * was none.
 */
bool cli_done(const struct cli *cli);

/**
 * cli_complain(cli, fmt, ...):
 * Tell the user on standard error.  Return CLI_FAILED.
 */
int cli_complain(const struct cli *cli, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/**
 * cli_db_failed(cli, err):
 * Tell that the database failed.  Return CLI_FAILED.
 */
int cli_db_failed(const struct cli *cli, const struct db_error *err);

/**
 * cli_refusal(cli, reply):
 * Tell what the problem in ${reply} has against the arguments.  Return
 * CLI_FAILED.
 */
int cli_refusal(const struct cli *cli, const struct reply *reply);

/**
 * cli_load(cli):
 * The newest release, which the caller must library_unref(); NULL after telling
 * the user why not.
 */
struct library *cli_load(const struct cli *cli);

/**
 * cli_report(cli, report):
 * Print every line of ${report} to standard error.  Return CLI_FAILED.
 */
int cli_report(const struct cli *cli, const struct report *report);

#endif /* !SERVER_CLI_H */
