/*
 * unlucky.c - calls of libpq and of the kernel that fail when libfiu says so.
 *
 *	LD_PRELOAD='fiu_run_preload.so unlucky.so fiu_posix_preload.so' evenkeel
 *	fiu-ctrl -c 'enable_random name=pq/PQflush,probability=0.01' PID
 *
 * libfiu's own wrappers know read(), send() and the like, but neither epoll nor
 * libpq.  Each of these fails as its manual says that it may.  Not PQgetResult():
 * its NULL says that there is no more, which is no failure.
 */
#include <dlfcn.h>
#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <fiu-local.h>
#include <fiu.h>
#include <libpq-fe.h>

/* ISO C knows no way from an object to a function but its bytes. */
#define FAILS(type, failed, why, name, args, values) \
	type name args \
	{ \
		static type(*real) args; \
		void *symbol; \
\
		if (fiu_fail(why #name) != 0) { \
			errno = ENOMEM; \
			return failed; \
		} \
		if (real == NULL) { \
			symbol = dlsym(RTLD_NEXT, #name); \
			memcpy(&real, &symbol, sizeof(real)); \
		} \
		return real values; \
	}

FAILS(PGconn *, NULL, "pq/", PQconnectStartParams,
      (const char *const *k, const char *const *v, int x), (k, v, x))
FAILS(PostgresPollingStatusType, PGRES_POLLING_FAILED, "pq/", PQconnectPoll,
      (PGconn * c), (c))
FAILS(int, 0, "pq/", PQconsumeInput, (PGconn * c), (c))
FAILS(int, -1, "pq/", PQflush, (PGconn * c), (c))
FAILS(int, 0, "pq/", PQsendQuery, (PGconn * c, const char *q), (c, q))
FAILS(int, 0, "pq/", PQsendQueryParams,
      (PGconn * c, const char *q, int n, const Oid *t, const char *const *v,
       const int *l, const int *f, int r),
      (c, q, n, t, v, l, f, r))
FAILS(int, 0, "pq/", PQsendQueryPrepared,
      (PGconn * c, const char *q, int n, const char *const *v, const int *l,
       const int *f, int r),
      (c, q, n, v, l, f, r))
FAILS(int, 0, "pq/", PQsendPrepare,
      (PGconn * c, const char *s, const char *q, int n, const Oid *t),
      (c, s, q, n, t))
FAILS(int, 0, "pq/", PQpipelineSync, (PGconn * c), (c))
FAILS(int, 0, "pq/", PQenterPipelineMode, (PGconn * c), (c))
FAILS(PGnotify *, NULL, "pq/", PQnotifies, (PGconn * c), (c))
FAILS(int, -1, "kernel/", epoll_wait,
      (int fd, struct epoll_event *e, int n, int ms), (fd, e, n, ms))
FAILS(int, -1, "kernel/", accept4,
      (int fd, struct sockaddr *a, socklen_t *n, int flags), (fd, a, n, flags))

/* Only adding may fail, of what is asked here. */
int
epoll_ctl(int fd, int op, int on, struct epoll_event *e)
{
	if (op == EPOLL_CTL_ADD && fiu_fail("kernel/epoll_ctl") != 0) {
		errno = ENOMEM;
		return -1;
	}
	return (int)syscall(SYS_epoll_ctl, fd, op, on, e);
}
