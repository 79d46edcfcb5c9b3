/*
 * slow_flush.c - a disk that takes a millisecond longer for each flush.
 *
 *	LD_PRELOAD=build/tests/bench/slow_flush.so postgres ...
 *
 * Stands between PostgreSQL and the C library.
 */
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define FLUSH_NS 1000000

int
fdatasync(int fd)
{
	(void)nanosleep(&(struct timespec){ .tv_nsec = FLUSH_NS }, NULL);
	return (int)syscall(SYS_fdatasync, fd);
}
