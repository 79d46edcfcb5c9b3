/*
 * preload.c - scarce.so: malloc() and its like, which fail when told to.
 *
 * Its own file is built without sanitizers: it runs before they are ready.
 */
#include <dlfcn.h>
#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "tests/fault/scarce.h"

static struct scarce *page; /* NULL: nothing fails */

/* The next ones of these names, whose ever they are: the C library's or ASan's.
 */
static struct {
	void *(*malloc)(size_t);
	void *(*calloc)(size_t, size_t);
	void *(*libc_calloc)(size_t, size_t);
	void *(*realloc)(void *, size_t);
	void *(*aligned_alloc)(size_t, size_t);
	int (*posix_memalign)(void **, size_t, size_t);
	void (*free)(void *);
	bool sought, found;
} next;

void *__libc_calloc(size_t n, size_t size);

/* ISO C knows no way from an object to a function but its bytes. */
static void
find_one(void *function, const char *name)
{
	void *symbol = dlsym(RTLD_NEXT, name);

	memcpy(function, &symbol, sizeof(symbol));
}

/*
 * Once, before there are threads.  dlsym() itself may give back memory and ask
 * for some: meanwhile there is none, which it can bear, and nothing is freed.
 */
static bool
found(void)
{
	if (next.found || next.sought)
		return next.found;
	next.sought = true;
	find_one(&next.malloc, "malloc");
	find_one(&next.calloc, "calloc");
	find_one(&next.libc_calloc, "__libc_calloc");
	find_one(&next.realloc, "realloc");
	find_one(&next.aligned_alloc, "aligned_alloc");
	find_one(&next.posix_memalign, "posix_memalign");
	find_one(&next.free, "free");
	return next.found = true;
}

static __attribute__((constructor)) void
find_page(void)
{
	const char *fd = getenv(SCARCE_FD);
	void *at = fd == NULL
			   ? MAP_FAILED
			   : mmap(NULL, sizeof(*page), PROT_READ | PROT_WRITE,
				  MAP_SHARED, atoi(fd), 0);

	if (at != MAP_FAILED)
		page = at;
}

/* Is this the one?  Then errno says so. */
static bool
fails_now(void)
{
	if (!found())
		return true;
	if (page == NULL || !atomic_load(&page->counts) ||
	    gettid() == atomic_load(&page->spared))
		return false;
	unsigned long n = atomic_fetch_add(&page->asked, 1) + 1;
	unsigned long at = atomic_load(&page->at);

	if (at == 0 || n < at || (n > at && !atomic_load(&page->onward)))
		return false;
	atomic_fetch_add(&page->refused, 1);
	errno = ENOMEM;
	return true;
}

/* One block more or less. */
static void *
held(void *ptr)
{
	if (page != NULL && ptr != NULL)
		atomic_fetch_add(&page->live, 1);
	return ptr;
}

void *
malloc(size_t size)
{
	return fails_now() ? NULL : held(next.malloc(size));
}

void *
calloc(size_t n, size_t size)
{
	return fails_now() ? NULL : held(next.calloc(n, size));
}

/* The program's own calloc() asks for this one. */
void *
__libc_calloc(size_t n, size_t size)
{
	return fails_now() ? NULL : held(next.libc_calloc(n, size));
}

void *
realloc(void *ptr, size_t size)
{
	if (fails_now())
		return NULL;
	return ptr == NULL ? held(next.realloc(ptr, size))
			   : next.realloc(ptr, size);
}

void *
aligned_alloc(size_t alignment, size_t size)
{
	return fails_now() ? NULL : held(next.aligned_alloc(alignment, size));
}

int
posix_memalign(void **ptr, size_t alignment, size_t size)
{
	if (fails_now())
		return ENOMEM;
	int rc = next.posix_memalign(ptr, alignment, size);

	if (rc == 0)
		(void)held(*ptr);
	return rc;
}

/* ASan's own would ask nobody: these are what the C library makes of ours. */
char *
strndup(const char *text, size_t max)
{
	size_t len = strnlen(text, max);
	char *copy = malloc(len + 1);

	if (copy == NULL)
		return NULL;
	copy[len] = '\0';
	return memcpy(copy, text, len);
}

char *
strdup(const char *text)
{
	return strndup(text, strlen(text));
}

void
free(void *ptr)
{
	if (!found())
		return;
	if (page != NULL && ptr != NULL)
		atomic_fetch_sub(&page->live, 1);
	next.free(ptr);
}
