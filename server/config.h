/*
 * config.h - settings: one table, read from the environment and from flags.
 *
 * LISTEN is EVENKEEL_LISTEN in the environment and --listen as a flag; a flag
 * wins.  A secret can also be read from a file, named by EVENKEEL_..._FILE or
 * --...-file.  An empty value counts as none.
 */
#ifndef SERVER_CONFIG_H
#define SERVER_CONFIG_H

#include <stdbool.h>
#include <stdio.h>
#include <sys/socket.h>

#include "server/log.h"

struct cors;

#define CONFIG_MOODS 4 /* intensities above 0 */

struct config {
	char *listen;				     /* as it was written */
	char *database_url, *reader_url, *owner_url; /* libpq strings */
	char *origins;	 /* CORS_ORIGINS as written */
	char *ancestors; /* FRAME_ANCESTORS as written */
	char *sentiment; /* SENTIMENT as written */
	enum log_format log;
	char *cache;   /* the path of a file; "" for none */
	bool open;     /* AUTH=open: without keys */
	int rate;      /* requests a second, of each key */
	int jobs;      /* threads */
	int poll;      /* seconds */
	int drain;     /* seconds */
	int retention; /* days; 0: for ever */
	/* What listen says: */
	struct sockaddr_storage address;
	socklen_t address_len;
	double moods[CONFIG_MOODS]; /* sentiment: a score at or below the first
				       is intensity 1, and so on */
	struct cors *cors;	    /* and origins */
	struct cors *parents;	    /* and ancestors */
	char *page_policy; /* and what pages are served with, for these */
};

/**
 * config_load(cfg, argc, argv, err):
 * Fill in ${cfg} from the environment, the flags in ${argv} and the defaults.
 * The flags that are settings are taken out of ${argv} and ${argc}; "--" ends
 * them and is taken out too.  What else is there stays, in its order, for the
 * caller to read or to refuse.  On a bad setting write to ${err} what to
 * change (never a secret), one line for each, and return false; config_free()
 * is due in either case.
 */
bool config_load(struct config *cfg, int *argc, char **argv, FILE *err);

/**
 * config_free(cfg):
 * Free what ${cfg} holds and empty it.
 */
void config_free(struct config *cfg);

/**
 * config_print_help(out):
 * Print the table of settings: names, defaults, what they mean.
 */
void config_print_help(FILE *out);

#endif /* !SERVER_CONFIG_H */
