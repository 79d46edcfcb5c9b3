/*
 * scarce.c - a program whose memory runs out when a test wants it to.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "tests/fault/scarce.h"

struct scarce *
scarce_ready(void)
{
	const char *build = getenv("BUILD"), *asan = getenv("ASAN_OPTIONS");
	char text[4096];
	int fd = memfd_create("scarce", 0); /* the program is to inherit it */

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(ftruncate(fd, sizeof(struct scarce)), 0);
	struct scarce *page = mmap(NULL, sizeof(*page), PROT_READ | PROT_WRITE,
				   MAP_SHARED, fd, 0);

	ck_assert(page != MAP_FAILED);
	(void)snprintf(text, sizeof(text), "%d", fd);
	(void)setenv(SCARCE_FD, text, 1);
	(void)snprintf(text, sizeof(text), "%s/tests/fault/scarce.so",
		       build != NULL ? build : "build");
	ck_assert_msg(access(text, R_OK) == 0, "%s is not there", text);
	(void)setenv("LD_PRELOAD", text, 1);
	/* It asks to be first; we must be, and ask it for all that we give. */
	(void)snprintf(text, sizeof(text), "%s:verify_asan_link_order=0",
		       asan != NULL ? asan : "");
	(void)setenv("ASAN_OPTIONS", text, 1);
	return page;
}

void
scarce_off(void)
{
	(void)unsetenv("LD_PRELOAD");
	(void)unsetenv(SCARCE_FD);
}

void
scarce_fail(struct scarce *page, unsigned long n, bool onward)
{
	atomic_store(&page->at, n);
	atomic_store(&page->onward, onward);
	atomic_store(&page->asked, 0);
	atomic_store(&page->refused, 0);
	atomic_store(&page->counts, true);
}

unsigned long
scarce_end(struct scarce *page)
{
	atomic_store(&page->counts, false);
	return atomic_load(&page->refused);
}
