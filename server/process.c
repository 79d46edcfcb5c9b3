/*
 * process.c - what the system says of this process.
 */
#include <dirent.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "server/process.h"

/* Places in /proc/self/stat, as proc(5) counts them. */
enum {
	STAT_THREADS = 20,
	STAT_STARTED = 22,
	STAT_BYTES = 23,
	STAT_PAGES = 24,
	STAT_FIELDS = 24,
};

static double
seconds(clockid_t clock)
{
	struct timespec ts;

	if (clock_gettime(clock, &ts) != 0)
		return -1;
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

/*
 * The fields of /proc/self/stat that are numbers, by their place there.  Name
 * and state are not: they stay 0.  Return false if it cannot be read.
 */
static bool
read_stat(unsigned long long fields[STAT_FIELDS + 1])
{
	char buf[1024], *at;
	int fd = open("/proc/self/stat", O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return false;
	ssize_t n = read(fd, buf, sizeof(buf) - 1);

	close(fd);
	buf[n > 0 ? n : 0] = '\0';
	/* The name may hold blanks and brackets; ") S " follows its end. */
	if ((at = strrchr(buf, ')')) == NULL || strlen(at) < 4)
		return false;
	at += 3;
	for (int i = 4; i <= STAT_FIELDS; i++) {
		char *end;

		fields[i] = strtoull(at, &end, 10);
		if (end == at)
			return false;
		at = end;
	}
	return true;
}

/* Descriptors that are open, without the one that looks. */
static double
count_fds(void)
{
	DIR *dir = opendir("/proc/self/fd");
	double n = -1;

	if (dir == NULL)
		return -1;
	for (const struct dirent *e; (e = readdir(dir)) != NULL;)
		n += e->d_name[0] != '.';
	closedir(dir);
	return n;
}

void
process_read(struct process *p)
{
	double tick = (double)sysconf(_SC_CLK_TCK);
	unsigned long long stat[STAT_FIELDS + 1] = { 0 };
	struct rlimit files;

	*p = (struct process){ -1, -1, -1, -1, -1, -1, -1 };
	p->cpu = seconds(CLOCK_PROCESS_CPUTIME_ID);
	p->open_fds = count_fds();
	if (getrlimit(RLIMIT_NOFILE, &files) == 0)
		p->max_fds = (double)files.rlim_cur;
	if (!read_stat(stat))
		return;
	p->threads = (double)stat[STAT_THREADS];
	p->virtual_bytes = (double)stat[STAT_BYTES];
	p->resident = (double)stat[STAT_PAGES] * (double)sysconf(_SC_PAGESIZE);
	p->started = seconds(CLOCK_REALTIME) - seconds(CLOCK_BOOTTIME) +
		     (double)stat[STAT_STARTED] / tick;
}
