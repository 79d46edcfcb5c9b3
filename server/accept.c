/*
 * accept.c - where connections come from.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <unistd.h>

#include "server/accept.h"
#include "server/log.h"

#define AT_ONCE 8    /* in one turn of the loop, so that others have theirs */
#define PAUSE 100    /* ms without accepting */
#define RESERVED 64  /* descriptors that are not connections */
#define BACKLOG 1024 /* connections that wait to be accepted */

/* Held to be let go: it is what a newcomer is told 503 with. */
static void
take_spare(struct acceptor *a)
{
	if (a->spare < 0)
		a->spare = open("/dev/null", O_RDONLY | O_CLOEXEC);
}

static void
drop_spare(struct acceptor *a)
{
	if (a->spare >= 0)
		close(a->spare);
	a->spare = -1;
}

static void
on_pause_end(void *arg)
{
	struct acceptor *a = arg;

	take_spare(a);
	/* It was watched before; should it fail, there is another pause. */
	if (!loop_watch(a->loop, &a->source, a->fd, EPOLLIN))
		loop_after(a->loop, &a->pause, PAUSE);
}

static void
pause_for_a_while(struct acceptor *a)
{
	loop_unwatch(a->loop, &a->source);
	loop_after(a->loop, &a->pause, PAUSE);
}

static void
turn_away(struct acceptor *a, int fd)
{
	a->refuse(a->arg, fd);
	close(fd);
}

/* No descriptor is left.  False: not even for a refusal. */
static bool
accept_to_refuse(struct acceptor *a)
{
	drop_spare(a);
	int fd = accept4(a->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

	if (fd >= 0)
		turn_away(a, fd);
	take_spare(a);
	return fd >= 0 && a->spare >= 0;
}

static void
on_newcomers(void *arg, uint32_t events)
{
	struct acceptor *a = arg;

	(void)events;
	for (int i = 0; i < AT_ONCE; i++) {
		struct sockaddr_storage from;
		socklen_t len = sizeof(from);
		struct sockaddr *addr = (struct sockaddr *)&from;
		int fd = accept4(a->fd, addr, &len,
				 SOCK_NONBLOCK | SOCK_CLOEXEC);

		if (fd < 0 && (errno == EINTR || errno == ECONNABORTED))
			continue;
		if (fd < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
			return;
		if (fd < 0) {
			if (errno == EMFILE && accept_to_refuse(a))
				continue;
			pause_for_a_while(a);
			return;
		}
		if (a->room(a->arg))
			a->serve(a->arg, fd, addr, len);
		else
			turn_away(a, fd);
	}
}

int
accept_listen(const struct sockaddr *address, socklen_t address_len,
	      struct log *log, uint16_t *port)
{
	int on = 1;
	union {
		struct sockaddr any;
		struct sockaddr_in v4;
		struct sockaddr_in6 v6;
	} bound = { .v6 = { .sin6_family = AF_UNSPEC } };
	socklen_t len = sizeof(bound);
	int fd = socket(address->sa_family,
			SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) != 0 ||
	    bind(fd, address, address_len) != 0 || listen(fd, BACKLOG) != 0 ||
	    getsockname(fd, &bound.any, &len) != 0) {
		log_error(log, "listen",
			  "Cannot listen: %s.  Is another server there?  Set "
			  "EVENKEEL_LISTEN to a free address.",
			  strerror(errno));
		if (fd >= 0)
			close(fd);
		return -1;
	}
	*port = ntohs(bound.any.sa_family == AF_INET6 ? bound.v6.sin6_port
						      : bound.v4.sin_port);
	return fd;
}

bool
accept_start(struct acceptor *a, int fd)
{
	a->fd = fd;
	a->spare = -1;
	a->open = true;
	a->source = (struct loop_source){ .ready = on_newcomers, .arg = a };
	a->pause = (struct loop_timer){ .due = on_pause_end, .arg = a };
	take_spare(a);
	if (loop_watch(a->loop, &a->source, fd, EPOLLIN))
		return true;
	int error = errno;

	accept_stop(a);
	errno = error;
	return false;
}

void
accept_stop(struct acceptor *a)
{
	if (!a->open)
		return;
	a->open = false;
	loop_cancel(a->loop, &a->pause);
	loop_unwatch(a->loop, &a->source);
	drop_spare(a);
	close(a->fd);
}

unsigned
accept_limit(unsigned wanted)
{
	struct rlimit files;
	rlim_t all = (rlim_t)wanted + RESERVED;

	if (getrlimit(RLIMIT_NOFILE, &files) != 0)
		return wanted < 256 ? wanted : 256;
	if (files.rlim_cur < all) {
		files.rlim_cur = files.rlim_max < all ? files.rlim_max : all;
		(void)setrlimit(RLIMIT_NOFILE, &files);
		(void)getrlimit(RLIMIT_NOFILE, &files);
	}
	if (files.rlim_cur >= all)
		return wanted;

	/* Of few, half: the database and the log need theirs. */
	rlim_t half = files.rlim_cur / 2;
	rlim_t left = files.rlim_cur - (half < RESERVED ? half : RESERVED);

	if (left > wanted)
		return wanted;
	return left > 0 ? (unsigned)left : 1;
}
