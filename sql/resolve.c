/*
 * resolve.c - getaddrinfo() on a thread of its own.
 *
 * It cannot be told to stop.  So the thread is nobody's, and what it writes to
 * belongs to whoever lets it go last.
 */
#include <arpa/inet.h>
#include <netdb.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "sql/resolve.h"

struct resolve {
	pthread_mutex_t lock;
	unsigned holders; /* the asker, the thread */
	bool done;
	int ready; /* -1: nobody waits any more */
	size_t n;
	char addresses[RESOLVE_ADDRESSES][RESOLVE_TEXT];
	char host[];
};

bool
resolve_needed(const char *host)
{
	struct in6_addr room;

	return host[0] != '\0' && host[0] != '/' && host[0] != '@' &&
	       inet_pton(AF_INET, host, &room) != 1 &&
	       inet_pton(AF_INET6, host, &room) != 1;
}

/* Let it go; ${lock} is held, and is not after this. */
static void
let_go(struct resolve *r)
{
	bool last = --r->holders == 0;

	pthread_mutex_unlock(&r->lock);
	if (!last)
		return;
	pthread_mutex_destroy(&r->lock);
	free(r);
}

static void
note(struct resolve *r, const struct addrinfo *found)
{
	for (; found != NULL && r->n < RESOLVE_ADDRESSES;
	     found = found->ai_next)
		if (getnameinfo(found->ai_addr, found->ai_addrlen,
				r->addresses[r->n], RESOLVE_TEXT, NULL, 0,
				NI_NUMERICHOST) == 0)
			r->n++;
}

static void *
look_up(void *arg)
{
	const struct addrinfo hints = { .ai_family = AF_UNSPEC,
					.ai_socktype = SOCK_STREAM };
	struct addrinfo *found = NULL;
	struct resolve *r = arg;
	uint64_t one = 1;

	if (getaddrinfo(r->host, NULL, &hints, &found) != 0)
		found = NULL;
	pthread_mutex_lock(&r->lock);
	note(r, found);
	r->done = true;
	if (r->ready >= 0 && write(r->ready, &one, sizeof(one)) < 0)
		r->ready = -1; /* it looks by itself before long */
	let_go(r);
	if (found != NULL)
		freeaddrinfo(found);
	return NULL;
}

struct resolve *
resolve_start(const char *host, int ready)
{
	size_t len = strlen(host) + 1;
	struct resolve *r = calloc(1, sizeof(*r) + len);
	pthread_attr_t attr;
	pthread_t thread;

	if (r == NULL)
		return NULL;
	memcpy(r->host, host, len);
	r->ready = ready;
	r->holders = 2;
	pthread_mutex_init(&r->lock, NULL);
	pthread_attr_init(&attr);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	int rc = pthread_create(&thread, &attr, look_up, r);

	pthread_attr_destroy(&attr);
	if (rc == 0)
		return r;
	pthread_mutex_destroy(&r->lock);
	free(r);
	return NULL;
}

enum resolve_state
resolve_state(const struct resolve *r)
{
	pthread_mutex_t *lock = (pthread_mutex_t *)(uintptr_t)&r->lock;

	pthread_mutex_lock(lock);
	bool done = r->done;
	pthread_mutex_unlock(lock);
	return done ? RESOLVE_DONE : RESOLVE_WAIT;
}

size_t
resolve_count(const struct resolve *r)
{
	return r->n;
}

const char *
resolve_address(const struct resolve *r, size_t i)
{
	return r->addresses[i];
}

void
resolve_free(struct resolve *r)
{
	if (r == NULL)
		return;
	pthread_mutex_lock(&r->lock);
	r->ready = -1;
	let_go(r);
}
