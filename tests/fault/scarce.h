/*
 * scarce.h - a program whose memory runs out when a test wants it to.
 *
 * scarce.so stands before malloc() and its like in the program that is started
 * with it (LD_PRELOAD), so that what its libraries ask for can fail as well as
 * what it asks for itself.  A page of memory that both share says which one.
 * With it the sanitizers' malloc() is behind ours, and not in front of it.
 */
#ifndef TESTS_FAULT_SCARCE_H
#define TESTS_FAULT_SCARCE_H

#include <stdatomic.h>
#include <stdbool.h>

#define SCARCE_FD "SCARCE_FD" /* names the descriptor of the page */

struct scarce {
	atomic_int spared;  /* a thread that is not counted, and never fails */
	atomic_bool counts; /* from now on; set after the rest */
	atomic_ulong at;    /* the one that fails, from 1; 0: none does */
	atomic_bool onward; /* and so do all that follow */
	atomic_ulong asked; /* allocations while it counts */
	atomic_ulong refused; /* those of them that failed */
	atomic_long live;     /* blocks that are held, by all threads */
};

/**
 * scarce_ready():
 * A page for the programs that are started until scarce_off(): they are called
 * with scarce.so of ${BUILD}.  Fails the running test if there is none.
 */
struct scarce *scarce_ready(void);

/**
 * scarce_off():
 * Programs that are started from now on have memory enough.
 */
void scarce_off(void);

/**
 * scarce_fail(page, n, onward), scarce_end(page):
 * Count from here on, and let the ${n}th allocation fail (0: none does), and if
 * ${onward} every one after it; and no more.  The latter returns how many
 * failed.
 */
void scarce_fail(struct scarce *page, unsigned long n, bool onward);
unsigned long scarce_end(struct scarce *page);

#endif /* !TESTS_FAULT_SCARCE_H */
