/*
 * log.c - lines are put together by hand and written in bunches: an exchange
 * costs a few hundred instructions, where snprintf() alone takes thousands.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "server/utf8.h"

#include "server/log.h"

#define BUFFER 65536   /* bytes that wait for standard error */
#define LINES 128      /* exchanges of a turn before they are put into it */
#define MAX_PATTERN 96 /* bytes of a pattern that are shown */
#define MAX_LINE 512   /* no exchange's line is longer */
#define MAX_MESSAGE 1024

struct log {
	int fd;
	bool ours; /* fd is our own, non-blocking way to the same place */
	bool text, off;
	struct log_line lines[LINES]; /* the loop's thread alone */
	size_t nlines;

	pthread_mutex_t lock; /* for all below */
	time_t second;	      /* what stamp says */
	char stamp[sizeof("2026-01-01T00:00:00")];
	uint64_t dropped; /* lines lost since one could be written */
	size_t len;
	char buf[BUFFER];
};

/*
 * A write must never wait.  O_NONBLOCK on standard error itself would change
 * it for every process that shares it, so take a new way in to the same pipe
 * or terminal; where there is none, ask before each write.
 */
static int
open_again(int fd)
{
	char path[32];
	struct stat st;

	if (fstat(fd, &st) != 0 ||
	    !(S_ISFIFO(st.st_mode) || S_ISCHR(st.st_mode)))
		return -1;
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return open(path, O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
}

struct log *
log_open(int fd, enum log_format format)
{
	struct log *log = calloc(1, sizeof(*log));

	if (log == NULL)
		return NULL;
	int again = open_again(fd);

	log->fd = again >= 0 ? again : fd;
	log->ours = again >= 0;
	log->off = format == LOG_OFF;
	log->text = format == LOG_TEXT || (format == LOG_AUTO && isatty(fd));
	log->second = -1;
	pthread_mutex_init(&log->lock, NULL);
	return log;
}

void
log_close(struct log *log)
{
	if (log == NULL)
		return;
	log_turn(log);
	if (log->ours)
		close(log->fd);
	pthread_mutex_destroy(&log->lock);
	free(log);
}

/* Appending to a line: each returns where the next piece goes. */
static char *
add(char *to, const char *text, size_t len)
{
	memcpy(to, text, len);
	return to + len;
}

#define ADD(to, s) add((to), "" s, sizeof(s) - 1)

static char *
add_text(char *to, const char *text, size_t max)
{
	return add(to, text, strnlen(text, max));
}

static const char pairs[] = "0001020304050607080910111213141516171819"
			    "2021222324252627282930313233343536373839"
			    "4041424344454647484950515253545556575859"
			    "6061626364656667686970717273747576777879"
			    "8081828384858687888990919293949596979899";

/* ${value} in decimal, with blanks in front up to ${width} (at most 20). */
static char *
add_number(char *to, uint64_t value, unsigned width)
{
	unsigned n = 1;

	for (uint64_t more = 10; n < 20 && value >= more; more *= 10)
		n++;
	for (; width > n; width--)
		*to++ = ' ';

	/* Two digits at a time: this is half of what a line costs. */
	char *end = to + n, *p = end;

	for (; value >= 100; value /= 100)
		memcpy(p -= 2, pairs + 2 * (value % 100), 2);
	if (value >= 10)
		memcpy(p - 2, pairs + 2 * value, 2);
	else
		p[-1] = (char)('0' + value);
	return end;
}

/* The time, "2026-01-01T00:00:00.123Z"; a second's text is kept.  Locked. */
static char *
add_time(char *to, struct log *log, const struct timespec *now)
{
	unsigned ms = (unsigned)(now->tv_nsec / 1000000);

	if (now->tv_sec != log->second) {
		struct tm tm;

		log->second = now->tv_sec;
		gmtime_r(&now->tv_sec, &tm);
		(void)strftime(log->stamp, sizeof(log->stamp),
			       "%Y-%m-%dT%H:%M:%S", &tm);
	}
	to = add(to, log->stamp, sizeof(log->stamp) - 1);
	*to++ = '.';
	*to++ = (char)('0' + ms / 100);
	*to++ = (char)('0' + ms / 10 % 10);
	*to++ = (char)('0' + ms % 10);
	*to++ = 'Z';
	return to;
}

/* One write that does not wait, of what is behind ${done} bytes. */
static ssize_t
try_write(struct log *log, size_t done)
{
	size_t len = log->len - done;

	if (!log->ours) {
		struct pollfd p = { .fd = log->fd, .events = POLLOUT };

		if (poll(&p, 1, 0) != 1 || (p.revents & POLLOUT) == 0) {
			errno = (p.revents & (POLLERR | POLLHUP | POLLNVAL))
					? EPIPE
					: EAGAIN;
			return -1;
		}
		/* Writable means: that much will not wait. */
		if (len > PIPE_BUF)
			len = PIPE_BUF;
	}
	return write(log->fd, log->buf + done, len);
}

/* Write what is in the buffer, as far as it goes.  Locked. */
static void
flush(struct log *log)
{
	size_t done = 0;

	while (done < log->len) {
		ssize_t n = try_write(log, done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
			break;
		if (n <= 0) { /* closed: nobody will ever read it */
			log->len = 0;
			return;
		}
		done += (size_t)n;
	}
	if (done == 0)
		return;
	log->len -= done;
	memmove(log->buf, log->buf + done, log->len);
}

/* Where a line of up to ${max} bytes goes, or NULL: dropped.  Locked. */
static char *
room(struct log *log, size_t max)
{
	if (BUFFER - log->len < max)
		flush(log);
	if (BUFFER - log->len < max) {
		log->dropped++;
		return NULL;
	}
	return log->buf + log->len;
}

/* The line is whole up to ${end}. */
static void
commit(struct log *log, const char *end)
{
	log->len = (size_t)(end - log->buf);
}

static char *
add_id(char *p, const struct log_line *line)
{
	if (line->id_len == 0)
		return ADD(p, "-");
	return add(p, line->id, line->id_len);
}

static char *
line_json(char *p, const struct log_line *line, uint64_t us)
{
	p = ADD(p, ",\"event\":\"request\",\"id\":\"");
	p = add_id(p, line);
	if (line->has_key) {
		p = ADD(p, "\",\"key\":\"");
		p = add(p, line->key, KEY_ID);
	}
	p = ADD(p, "\",\"method\":\"");
	p = add_text(p, line->method != NULL ? line->method : "-", 16);
	p = ADD(p, "\",\"route\":\"");
	p = add_text(p, line->route != NULL ? line->route : "-", MAX_PATTERN);
	p = ADD(p, "\",\"status\":");
	p = add_number(p, (uint64_t)line->status, 0);
	p = ADD(p, ",\"bytes\":");
	p = add_number(p, line->bytes, 0);
	p = ADD(p, ",\"us\":");
	p = add_number(p, us, 0);
	p = ADD(p, ",\"release\":");
	p = add_number(p, (uint64_t)line->release, 0);
	return ADD(p, "}\n");
}

static char *
line_text(char *p, const struct log_line *line, uint64_t us)
{
	const char *method = line->method != NULL ? line->method : "-";

	p = add_number(p, (uint64_t)line->status, 5);
	p = add_number(p, us, 9);
	p = ADD(p, " us");
	p = add_number(p, line->bytes, 8);
	p = ADD(p, " B  ");
	p = add_text(p, method, 16);
	for (size_t n = strlen(method); n < 8; n++)
		*p++ = ' ';
	p = add_text(p, line->route != NULL ? line->route : "-", MAX_PATTERN);
	p = ADD(p, "  ");
	p = add_id(p, line);
	if (line->has_key) {
		p = ADD(p, "  ");
		p = add(p, line->key, KEY_ID);
	}
	return ADD(p, "\n");
}

struct log_line *
log_next(struct log *log)
{
	if (log == NULL || log->off)
		return NULL;
	if (log->nlines == LINES)
		log_turn(log);
	return &log->lines[log->nlines++];
}

static void event(struct log *log, bool error, const char *name,
		  const char *text);

/* Somebody reads again: say what is missing.  Locked. */
static void
tell_dropped(struct log *log)
{
	char text[96];
	uint64_t n = log->dropped;

	if (n == 0 || log->len > 0)
		return;
	log->dropped = 0;
	(void)snprintf(text, sizeof(text),
		       "%llu lines were dropped: nobody read them.",
		       (unsigned long long)n);
	event(log, true, "log_dropped", text);
}

void
log_turn(struct log *log)
{
	struct timespec mono, now;

	if (log == NULL || !log_pending(log))
		return;
	clock_gettime(CLOCK_MONOTONIC, &mono);
	clock_gettime(CLOCK_REALTIME, &now);
	uint64_t end =
		(uint64_t)mono.tv_sec * 1000000 + (uint64_t)mono.tv_nsec / 1000;

	pthread_mutex_lock(&log->lock);
	for (size_t i = 0; i < log->nlines; i++) {
		const struct log_line *line = &log->lines[i];
		uint64_t us = end > line->start ? end - line->start : 0;
		char *p = room(log, MAX_LINE);

		if (p == NULL)
			continue;
		if (log->text) {
			p = add_time(p, log, &now);
			p = line_text(p, line, us);
		} else {
			p = ADD(p, "{\"time\":\"");
			p = add_time(p, log, &now);
			*p++ = '"';
			p = line_json(p, line, us);
		}
		commit(log, p);
	}
	log->nlines = 0;
	flush(log);
	tell_dropped(log);
	flush(log);
	pthread_mutex_unlock(&log->lock);
}

bool
log_pending(struct log *log)
{
	if (log == NULL)
		return false;
	if (log->nlines > 0)
		return true;
	pthread_mutex_lock(&log->lock);
	bool pending = log->len > 0 || log->dropped > 0;

	pthread_mutex_unlock(&log->lock);
	return pending;
}

/* ${text} for the inside of a JSON string, or for a terminal. */
static char *
add_escaped(char *to, const char *text, bool json)
{
	size_t left = strlen(text);

	while (left > 0) {
		unsigned cp = 0;
		size_t n = utf8_char(text, left, &cp);

		if (n == 0 || utf8_control(cp)) {
			*to++ = n == 0 ? '?' : ' ';
			n = n == 0 ? 1 : n;
		} else {
			if (json && (cp == '"' || cp == '\\'))
				*to++ = '\\';
			to = add(to, text, n);
		}
		text += n;
		left -= n;
	}
	return to;
}

/* Put one event into the buffer.  Locked. */
static void
event(struct log *log, bool error, const char *name, const char *text)
{
	struct timespec now;
	char *p = room(log, 2 * MAX_MESSAGE + MAX_LINE);

	if (p == NULL)
		return;
	clock_gettime(CLOCK_REALTIME, &now);
	if (log->text) {
		p = add_time(p, log, &now);
		p = error ? ADD(p, "  ERROR ") : ADD(p, "  ");
		p = add_text(p, name, 32);
		p = ADD(p, ": ");
		p = add_escaped(p, text, false);
		p = ADD(p, "\n");
	} else {
		p = ADD(p, "{\"time\":\"");
		p = add_time(p, log, &now);
		p = ADD(p, "\",\"level\":\"");
		p = error ? ADD(p, "error") : ADD(p, "info");
		p = ADD(p, "\",\"event\":\"");
		p = add_text(p, name, 32);
		p = ADD(p, "\",\"message\":\"");
		p = add_escaped(p, text, true);
		p = ADD(p, "\"}\n");
	}
	commit(log, p);
}

static void __attribute__((format(printf, 4, 0)))
write_event(struct log *log, bool error, const char *name, const char *fmt,
	    va_list ap)
{
	char text[MAX_MESSAGE];

	if (log == NULL || (log->off && !error))
		return;
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	pthread_mutex_lock(&log->lock);
	event(log, error, name, text);
	flush(log);
	pthread_mutex_unlock(&log->lock);
}

void
log_info(struct log *log, const char *event_name, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	write_event(log, false, event_name, fmt, ap);
	va_end(ap);
}

void
log_error(struct log *log, const char *event_name, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	write_event(log, true, event_name, fmt, ap);
	va_end(ap);
}
