/*
 * words.c - what a check of words costs: words [ROUNDS]
 *
 * CPU time of the thread, and instructions where the kernel lets us count
 * them.  The goals: 200 words of a reply in 100 us; 64 KiB of the worst text in
 * at most four times what 64 KiB of prose take.
 */
#include <linux/perf_event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "script/bundle.h"
#include "script/library.h"
#include "script/report.h"
#include "script/wording.h"

#define LARGE 65536

static struct library *
load(void)
{
	struct report report = { 0 };
	FILE *f = fopen("sql/content/library.json", "r");
	size_t room = 8 << 20, len;
	char *text = malloc(room);
	json_t *bundle;
	struct library *lib;

	if (f == NULL || text == NULL)
		exit(EXIT_FAILURE);
	len = fread(text, 1, room, f);
	fclose(f);
	bundle = bundle_read(text, len, &report);
	lib = bundle == NULL ? NULL : library_from_bundle(bundle, 1, &report);
	free(text);
	json_decref(bundle);
	report_free(&report);
	return lib;
}

/* A counter of this thread's instructions in user space, or -1. */
static int
counter(void)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_HARDWARE,
		.size = sizeof(attr),
		.config = PERF_COUNT_HW_INSTRUCTIONS,
		.exclude_kernel = 1,
		.exclude_hv = 1,
	};

	return (int)syscall(SYS_perf_event_open, &attr, 0, -1, -1, 0);
}

static double
now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
	return (double)ts.tv_sec * 1e6 + (double)ts.tv_nsec / 1e3;
}

/* Check ${text} ${rounds} times; print and return the best time in us. */
static double
measure(const struct library *lib, const char *name, const char *text,
	size_t len, int rounds)
{
	struct draft d = DRAFT_OF(text, len);
	struct finding found[WORDING_MAX];
	bool more = false;
	double best = 1e12;
	uint64_t count = 0;
	size_t n = 0;
	int fd = counter();

	for (int i = 0; i < rounds; i++) {
		double start = now();

		n = wording_check(lib, &d, found, &more);
		start = now() - start;
		if (start < best)
			best = start;
	}
	if (fd >= 0) {
		(void)ioctl(fd, PERF_EVENT_IOC_RESET, 0);
		n = wording_check(lib, &d, found, &more);
		if (read(fd, &count, sizeof(count)) != sizeof(count))
			count = 0;
		close(fd);
	}
	printf("%-34s %9.1f us %12llu instructions, %zu findings%s\n", name,
	       best, (unsigned long long)count, n, more ? " and more" : "");
	return best;
}

/* Write ${piece} over and over into ${LARGE} bytes at ${to}. */
static void
repeat(char *to, const char *piece)
{
	size_t n = strlen(piece);

	for (size_t at = 0; at < LARGE; at++)
		to[at] = piece[at % n];
}

/* Two hundred words of an ordinary reply. */
static const char reply[] =
	"Good morning, Anna. Thank you for writing to me, and for the two "
	"photos of the box. I'm sorry about the kettle: it should have "
	"reached you whole, and it didn't. That cost you a morning at home and "
	"a second trip to the shop, which is a lot for something that was "
	"meant to save you time. Here is what I've done since your letter "
	"came. A new kettle leaves our depot tonight, and Maria, who drives in "
	"your street, brings it on Wednesday between nine and eleven. She "
	"takes the old one along, so there is nothing to pack and no label to "
	"print. The money for the delivery, 4.90 euros, goes back to your "
	"card; your bank shows it by Friday. If you would rather have the "
	"whole price back than a new kettle, write one word to me before six "
	"this evening and I'll stop the van. I also asked the packers to look "
	"at the boxes of that week, since two more of them came back dented. "
	"I'll write to you on Thursday to hear whether it boils as it should, "
	"and my direct number stands below for any day before that. Would the "
	"morning on Wednesday suit you, or is the afternoon better? Either is "
	"fine with Maria, and with me. ";

/* Texts that make the automaton work. */
static const char *const worst[][2] = {
	{ "64 KiB of open gaps", "sorry understand i know i wish " },
	{ "64 KiB of ends of gaps", "but unfortunately however " },
	{ "64 KiB of both", "sorry but i know but understand but " },
	{ "64 KiB of long beginnings", "you really also still just need " },
	{ "64 KiB of marks", ".!?:;()" },
	{ "64 KiB of one letter", "a b " },
	{ "64 KiB of addresses", "a.b-c_d+e@f " },
	{ "64 KiB of ligatures", "ﬁﬂ’ﬀ ﷺ é " },
	{ "64 KiB of emoji", "👨‍👩‍👧👍🏽" },
	{ "64 KiB of contractions", "can't won't i'd it's " },
	{ "64 KiB of findings", "calm down " },
};

int
main(int argc, char **argv)
{
	int rounds = argc > 1 ? (int)strtol(argv[1], NULL, 10) : 200;
	struct library *lib = load();
	char *text = malloc(LARGE);
	double prose, most = 0;

	if (lib == NULL || text == NULL)
		return EXIT_FAILURE;
	measure(lib, "a reply of 200 words", reply, sizeof(reply) - 1,
		rounds * 10);
	repeat(text, reply);
	prose = measure(lib, "64 KiB of prose", text, LARGE, rounds);
	for (size_t i = 0; i < sizeof(worst) / sizeof(worst[0]); i++) {
		double cost;

		repeat(text, worst[i][1]);
		cost = measure(lib, worst[i][0], text, LARGE, rounds);
		if (cost > most)
			most = cost;
	}
	printf("the worst costs %.2f times as much as prose\n", most / prose);
	free(text);
	library_unref(lib);
	return EXIT_SUCCESS;
}
