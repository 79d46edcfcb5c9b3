/*
 * cache.c - one file with what the service needs to start without a database.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <libgen.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <nettle/sha2.h>

#include "server/cache.h"

#define MAGIC "evenkeel-cache "
#define SUM_LINE (sizeof("sha256 ") - 1 + 64 + 2) /* with the empty line */
#define MAX_HEAD 512

static const char *const names[N_CACHE_PARTS] = {
	[CACHE_RELEASE] = "release",
	[CACHE_KEYS] = "keys",
};

/* The reason, in ${why}. */
static void __attribute__((format(printf, 3, 4)))
explain(char *why, size_t size, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(why, size, fmt, ap);
	va_end(ap);
}

/* The checksum of a head and of what follows its sum, as hex. */
static void
checksum(const char *head, size_t head_len, const struct cache_part *parts,
	 size_t n, char hex[65])
{
	uint8_t sum[SHA256_DIGEST_SIZE];
	struct sha256_ctx ctx;

	sha256_init(&ctx);
	sha256_update(&ctx, head_len, (const uint8_t *)head);
	for (size_t i = 0; i < n; i++)
		sha256_update(&ctx, parts[i].len,
			      (const uint8_t *)parts[i].bytes);
	sha256_digest(&ctx, sizeof(sum), sum);
	for (size_t i = 0; i < sizeof(sum); i++)
		(void)snprintf(hex + 2 * i, 3, "%02x", sum[i]);
}

/* ---- reading ---- */

/* The number at ${at}, up to ${max} and to ${end}; -1 for none. */
static int64_t
read_number(char **at, char end, uint64_t max)
{
	uint64_t value = 0;
	char *p = *at;

	do {
		if (*p < '0' || *p > '9')
			return -1;
		value = 10 * value + (uint64_t)(*p++ - '0');
		if (value > max)
			return -1;
	} while (*p != end);
	*at = p + 1;
	return (int64_t)value;
}

/* The line of one part at ${at}. */
static bool
read_line(char **at, const char *name, struct cache_part *part)
{
	char begin[32];
	int n = snprintf(begin, sizeof(begin), "part %s ", name);

	if (strncmp(*at, begin, (size_t)n) != 0)
		return false;
	*at += n;
	int64_t written = read_number(at, ' ', INT64_MAX / 10);
	int64_t number = written < 0 ? -1 : read_number(at, ' ', UINT32_MAX);
	int64_t len = number < 0 ? -1 : read_number(at, '\n', CACHE_MAX);

	if (len < 0)
		return false;
	part->written = written;
	part->number = (uint32_t)number;
	part->len = (size_t)len;
	return true;
}

/* Cut the ${len} bytes at cache->text, a NUL behind them, into parts. */
static bool
cut(struct cache *cache, size_t len)
{
	char *at = strchr(cache->text, '\n') + 1, hex[65];

	for (int i = 0; i < N_CACHE_PARTS; i++)
		if (!read_line(&at, names[i], &cache->parts[i]))
			return false;

	size_t head = (size_t)(at - cache->text), place = head + SUM_LINE;

	if (place > len || strncmp(at, "sha256 ", 7) != 0 ||
	    memcmp(at + SUM_LINE - 2, "\n\n", 2) != 0)
		return false;
	for (int i = 0; i < N_CACHE_PARTS; i++) {
		if (cache->parts[i].len > len - place)
			return false;
		cache->parts[i].bytes = cache->text + place;
		place += cache->parts[i].len;
	}
	if (place != len)
		return false;
	checksum(cache->text, head, cache->parts, N_CACHE_PARTS, hex);
	return memcmp(at + 7, hex, 64) == 0;
}

/* May we trust the open file?  If so set ${len}. */
static bool
is_ours(int fd, size_t *len, char *why, size_t size)
{
	struct stat st;

	if (fstat(fd, &st) != 0)
		explain(why, size, "%s", strerror(errno));
	else if (!S_ISREG(st.st_mode))
		explain(why, size, "it is no plain file");
	else if (st.st_uid != geteuid())
		explain(why, size, "its owner is another user");
	else if ((st.st_mode & 077) != 0)
		explain(why, size,
			"its mode is %04o, and others must not read or "
			"write it: make it 0600",
			(unsigned)st.st_mode & 07777);
	else if ((uint64_t)st.st_size > N_CACHE_PARTS * (uint64_t)CACHE_MAX)
		explain(why, size, "it is too large");
	else {
		*len = (size_t)st.st_size;
		return true;
	}
	return false;
}

/* All ${len} bytes of the file and a NUL. */
static char *
read_all(int fd, size_t len, char *why, size_t size)
{
	char *text = malloc(len + 1);
	size_t n = 0;

	if (text == NULL) {
		explain(why, size, "out of memory");
		return NULL;
	}
	while (n < len) {
		ssize_t got = read(fd, text + n, len - n);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0) {
			explain(why, size, "%s",
				got < 0 ? strerror(errno) : "it shrinks");
			free(text);
			return NULL;
		}
		n += (size_t)got;
	}
	text[len] = '\0';
	return text;
}

static bool
is_version(const char *text, char *why, size_t size)
{
	char first[40];

	(void)snprintf(first, sizeof(first), MAGIC "%d\n", CACHE_VERSION);
	if (strncmp(text, first, strlen(first)) == 0)
		return true;
	if (strncmp(text, MAGIC, sizeof(MAGIC) - 1) == 0)
		explain(why, size, "it is of another version of the program");
	else
		explain(why, size, "it is not a cache of this program");
	return false;
}

enum cache_verdict
cache_read(const char *path, struct cache *cache, char *why, size_t size)
{
	size_t len = 0;
	/* Never through a link, and without waiting for a pipe's writer. */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);

	*cache = (struct cache){ 0 };
	if (fd < 0 && (errno == ENOENT || errno == ENOTDIR))
		return CACHE_NONE;
	if (fd < 0) {
		explain(why, size, "%s",
			errno == ELOOP ? "it is a link and no plain file"
				       : strerror(errno));
		return CACHE_REFUSED;
	}
	if (is_ours(fd, &len, why, size))
		cache->text = read_all(fd, len, why, size);
	close(fd);
	if (cache->text != NULL && is_version(cache->text, why, size)) {
		if (cut(cache, len))
			return CACHE_OK;
		explain(why, size, "it is damaged");
	}
	cache_free(cache);
	return CACHE_REFUSED;
}

void
cache_free(struct cache *cache)
{
	free(cache->text);
	*cache = (struct cache){ 0 };
}

/* ---- writing ---- */

static bool
write_all(int fd, const char *bytes, size_t len)
{
	while (len > 0) {
		ssize_t n = write(fd, bytes, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return false;
		bytes += n;
		len -= (size_t)n;
	}
	return true;
}

/* Everything that stands before the parts; its length. */
static size_t
make_head(const struct cache *cache, char head[MAX_HEAD])
{
	char hex[65] = "";
	size_t n =
		(size_t)snprintf(head, MAX_HEAD, MAGIC "%d\n", CACHE_VERSION);

	for (int i = 0; i < N_CACHE_PARTS; i++) {
		const struct cache_part *p = &cache->parts[i];

		n += (size_t)snprintf(head + n, MAX_HEAD - n,
				      "part %s %" PRId64 " %" PRIu32 " %zu\n",
				      names[i], p->written, p->number, p->len);
	}
	checksum(head, n, cache->parts, N_CACHE_PARTS, hex);
	return n +
	       (size_t)snprintf(head + n, MAX_HEAD - n, "sha256 %s\n\n", hex);
}

/* Write all of it to the file ${fd}, down to the disk. */
static bool
fill(int fd, const struct cache *cache)
{
	char head[MAX_HEAD];
	size_t n = make_head(cache, head);

	/* The umask may have taken from it. */
	bool ok = fchmod(fd, 0600) == 0 && write_all(fd, head, n);

	for (int i = 0; i < N_CACHE_PARTS && ok; i++)
		ok = write_all(fd, cache->parts[i].bytes, cache->parts[i].len);
	return ok && fsync(fd) == 0;
}

/* The name itself is in its folder: flush that. */
static bool
flush_folder(const char *path)
{
	char copy[PATH_MAX];

	(void)snprintf(copy, sizeof(copy), "%s", path);
	int fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return false;
	/* Some file systems have nothing to flush there, and say so. */
	bool ok = fsync(fd) == 0 || errno == EINVAL;

	close(fd);
	return ok;
}

/* May we put our file where ${path} says?  Not over what is somebody's. */
static bool
is_free(const char *path, char *why, size_t size)
{
	char begin[sizeof(MAGIC) - 1];
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

	if (fd < 0 && errno == ENOENT)
		return true;
	if (fd < 0) {
		explain(why, size, "%s", strerror(errno));
		return false;
	}
	ssize_t n = read(fd, begin, sizeof(begin));

	close(fd);
	if (n == 0 ||
	    (n == sizeof(begin) && memcmp(begin, MAGIC, sizeof(begin)) == 0))
		return true;
	explain(why, size, "there is a file that is none of ours");
	return false;
}

bool
cache_write(const char *path, const struct cache *cache, char *why, size_t size)
{
	char aside[PATH_MAX];
	int n = snprintf(aside, sizeof(aside), "%s.new", path);

	if (n < 0 || (size_t)n >= sizeof(aside) || path[0] == '\0') {
		explain(why, size, "its name is too long, or none");
		return false;
	}
	if (!is_free(path, why, size))
		return false;
	/* What an earlier write left, or anybody else: never through it. */
	(void)unlink(aside);
	int fd = open(aside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	if (fd < 0) {
		explain(why, size, "%s", strerror(errno));
		return false;
	}
	bool ok = fill(fd, cache);

	if (!ok)
		explain(why, size, "%s", strerror(errno));
	if (close(fd) != 0 && ok) {
		explain(why, size, "%s", strerror(errno));
		ok = false;
	}
	if (ok && rename(aside, path) != 0) {
		explain(why, size, "%s", strerror(errno));
		ok = false;
	}
	if (!ok) {
		(void)unlink(aside);
		return false;
	}
	if (!flush_folder(path)) {
		explain(why, size, "its folder: %s", strerror(errno));
		return false;
	}
	return true;
}
