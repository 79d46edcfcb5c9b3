/*
 * cli_cold.h - a start without the database: EVENKEEL_CACHE.
 *
 * A thread of its own keeps the file (server/cache.h) like what is in force:
 * it asks the database for the release once more, as a bundle, on a connection
 * of its own, so that neither the loop nor the listener waits for a disk.  It
 * writes first when there is a release; what fails is told of once and tried
 * again.
 *
 * A struct cold may be NULL wherever one is taken: there is no file then.
 */
#ifndef SERVER_CLI_COLD_H
#define SERVER_CLI_COLD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct cold;
struct library;
struct log;

struct cold_options {
	const char *path; /* of the file; copied */
	const char *url;  /* a reader's libpq connection string; borrowed by
			     cold_start() only */
	struct log *log;  /* borrowed until cold_stop() */
};

/* What was in the file. */
struct cold_found {
	struct library *lib;	 /* the caller's reference */
	int64_t release_written; /* seconds since 1970, as for keys_written */
	char *keys; /* of cold_keep_keys(); the caller's, or NULL */
	size_t keys_len;
	int64_t keys_written;
};

/**
 * cold_start(options):
 * Start the thread.  NULL, and logged why, if the system refuses.
 */
struct cold *cold_start(const struct cold_options *options);

/**
 * cold_stop(c):
 * Stop and free ${c}; what was not written yet is not.  NULL is allowed.
 */
void cold_stop(struct cold *c);

/**
 * cold_read(c, found):
 * Read the file, before anything is kept, and set ${found}.  Return false if
 * there is none, or, with a line in the log, if it cannot be used; then
 * ${found} is empty.
 */
bool cold_read(struct cold *c, struct cold_found *found);

/**
 * cold_keep(c, release):
 * ${release} builds, and is in force from now on: keep it.  Any thread; does
 * not wait.
 */
void cold_keep(struct cold *c, int release);

/**
 * cold_keep_keys(c, bytes, len):
 * Keep the ${len} bytes at ${bytes}, which are copied, as the table of keys in
 * force.  Any thread; does not wait for the disk.
 */
void cold_keep_keys(struct cold *c, const char *bytes, size_t len);

#endif /* !SERVER_CLI_COLD_H */
