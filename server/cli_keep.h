/*
 * cli_keep.h - "evenkeel serve": conversations joined to the loop.
 */
#ifndef SERVER_CLI_KEEP_H
#define SERVER_CLI_KEEP_H

#include <stdbool.h>

struct app;
struct keep;
struct metrics_writes;

/**
 * keep_start(app, url, retention):
 * Write changes of conversations to the database at ${url} from now on, and
 * tidy up behind them: what is older than ${retention} days (0: nothing) is
 * dropped.  ${app} has a log and a loop; its batch is set here.  After
 * http_start(), so that what one turn of HTTP pushes is sent in the same turn.
 * NULL, and logged why, on failure.
 */
struct keep *keep_start(struct app *app, const char *url, int retention);

/**
 * keep_stop(keep):
 * Answer what waits, and end.  After the loop, before http_stop().  NULL is
 * allowed.
 */
void keep_stop(struct keep *keep);

/**
 * keep_metrics(app, to):
 * For metrics.c: what became of the changes.  False: there is no batch.
 */
bool keep_metrics(void *app, struct metrics_writes *to);

#endif /* !SERVER_CLI_KEEP_H */
