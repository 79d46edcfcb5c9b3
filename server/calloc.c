/*
 * calloc.c - calloc() by way of the per-thread cache of malloc().
 *
 * glibc's calloc() goes past that cache until version 2.41, while free() fills
 * it.  libmicrohttpd callocs a record for each header of an answer: with this
 * file an answer takes 700 instructions less (5 % of a look-up).  Sanitizers
 * bring their own.
 */
#include <errno.h>
#include <features.h>
#include <stdlib.h>
#include <string.h>

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || \
	__has_feature(memory_sanitizer)
#define SANITIZED
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED
#endif

#if defined(__GLIBC__) && !__GLIBC_PREREQ(2, 41) && !defined(SANITIZED)

#define CACHED 1032 /* bytes: glibc caches no larger ones */

/* The real one, which knows memory that is fresh and need not be cleared. */
void *__libc_calloc(size_t n, size_t size);

/* Volatile: malloc() and memset() together would be made into calloc(), which
   is where we are. */
static void *(*const volatile allocate)(size_t) = malloc;

void *
calloc(size_t n, size_t size)
{
	size_t bytes;

	if (__builtin_mul_overflow(n, size, &bytes)) {
		errno = ENOMEM;
		return NULL;
	}
	if (bytes > CACHED)
		return __libc_calloc(n, size);

	void *ptr = allocate(bytes);

	return ptr != NULL ? memset(ptr, 0, bytes) : NULL;
}

#else

typedef int nothing_to_do; /* a file must declare something */

#endif
