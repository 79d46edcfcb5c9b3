/*
 * cache.h - one file with what the service needs to start without a database:
 * the last good release, and the keys.
 *
 * This is only the file: parts are bytes here, whatever they mean.  They are
 * trusted as the database is, so a file counts only if it is ours: a plain
 * file of our own user that nobody else may read or write, in this version of
 * the format, whole by its checksum.  It is written aside, flushed and put in
 * place by one rename, so that whenever the power goes there is the old file
 * or the new one.  One process writes a file; several may read it.
 *
 * The format: "evenkeel-cache 1\n", one line "part NAME WRITTEN NUMBER
 * LENGTH\n" for each part in the order of the enum, "sha256 HEX\n" of all that
 * stands before it and behind it, "\n", and the bytes of the parts.
 */
#ifndef SERVER_CACHE_H
#define SERVER_CACHE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CACHE_VERSION 1
#define CACHE_MAX ((size_t)2 << 30) /* bytes of a part */

enum {
	CACHE_RELEASE, /* a bundle; its number is the release's */
	CACHE_KEYS,    /* a table of keys, as server/keys packs it */
	N_CACHE_PARTS,
};

struct cache_part {
	const char *bytes; /* not NUL-terminated */
	size_t len;	   /* 0: there is no such part */
	int64_t written;   /* when it was taken from the database, seconds
			      since 1970 */
	uint32_t number;   /* for the owner of the part */
};

struct cache {
	struct cache_part parts[N_CACHE_PARTS];
	char *text; /* of cache_read(): holds the bytes; owned */
};

enum cache_verdict {
	CACHE_OK,
	CACHE_NONE,    /* there is no file */
	CACHE_REFUSED, /* there is, and it cannot be used */
};

/**
 * cache_read(path, cache, why, size):
 * Read the file at ${path} into ${cache}, for which cache_free() is due.  On
 * CACHE_REFUSED write why, a phrase for the log without the path, into the
 * ${size} bytes at ${why}.  ${cache} is empty unless CACHE_OK.
 */
enum cache_verdict cache_read(const char *path, struct cache *cache, char *why,
			      size_t size);

/**
 * cache_write(path, cache, why, size):
 * Make the file at ${path} say what ${cache} does, durably, through a file
 * ${path}.new beside it; never in place of a file that is no cache.  Borrows
 * the bytes.  Return false and write why into
 * the ${size} bytes at ${why} if that failed: the file is as it was then, or,
 * if only the last flush failed, the new one.
 */
bool cache_write(const char *path, const struct cache *cache, char *why,
		 size_t size);

/**
 * cache_free(cache):
 * Free what ${cache} holds and empty it.
 */
void cache_free(struct cache *cache);

#endif /* !SERVER_CACHE_H */
