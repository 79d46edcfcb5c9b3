/*
 * reading.c - what it costs to read a message, in CPU time.
 *
 *	build/tests/bench/reading
 *
 * Goals: 50 us for one of 30 words; for 64 KiB of the worst that we can think
 * of at most four times what plain prose of that size costs.  Fails if missed.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "script/bundle.h"
#include "script/library.h"
#include "script/reading.h"
#include "script/report.h"

#define LARGE 65536
#define GOAL_US 50.0
#define GOAL_RATIO 4.0

static const char prose[] =
	"I ordered a washing machine from you three weeks ago and it still "
	"has not arrived. I called twice, and nobody could tell me where it "
	"is. Please find it for me today. ";

/* Each is said again and again: one way of being slow that we looked for. */
static const char *const worst[] = {
	"speak to ",
	"i ",
	"you are ",
	"talk a b c d e f ",
	"f**k ",
	"f*",
	"soooooo ",
	"annoyiiiing ",
	"frustratig ",
	"abcde ",
	"zabcdefghijklmnopqr ",
	"#aaaaaaaaaaa ",
	"#worstserviceeverinthewholeworld ",
	":( ",
	":::::",
	">:>:",
	"!?",
	"a!",
	"\xf0\x9f\x98\xa1",
	"\xc3\xa9t\xc3\xa9 ",
	"idiot ",
	"not ",
	"1234 ",
	"on hold for ",
	".!?:;()",
	"can't won't i'd it's ",
	"but unfortunately however ",
	"speak to i want to talk with ",
	("\xf0\x9f\x91\xa8\xe2\x80\x8d"
	 "\xf0\x9f\x91\xa9\xf0\x9f\x91\x8d\xf0\x9f\x8f\xbd"),
	":(:):-(:/",
	"a*b$c@d",
	"#nothappynothappy ",
	"you idiot ",
	"{a}",
	"@a ",
	"a.b ",
};

static double
now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

/* The quickest of some tries: what else runs here only makes it slower. */
static double
cost(const struct library *lib, const char *text, size_t len, int times)
{
	static struct heard h;
	double best = 1e18;

	for (int i = 0; i < 9; i++) {
		double begin = now_us(), took;

		for (int k = 0; k < times; k++)
			reading_hear(lib, text, len, &h);
		took = (now_us() - begin) / times;
		if (took < best)
			best = took;
	}
	return best;
}

static void
repeat(char *out, const char *what)
{
	size_t n = strlen(what);

	for (size_t i = 0; i < LARGE; i++)
		out[i] = what[i % n];
}

static struct library *
library(void)
{
	static const char path[] = "sql/content/library.json";
	struct report r = { 0 };
	json_t *raw = json_load_file(path, 0, NULL), *bundle;
	char *text = raw == NULL ? NULL : json_dumps(raw, 0);
	struct library *lib = NULL;

	bundle = text == NULL ? NULL : bundle_read(text, strlen(text), &r);
	if (bundle != NULL)
		lib = library_from_bundle(bundle, 1, &r);
	if (lib == NULL)
		fprintf(stderr, "%s does not build\n", path);
	json_decref(bundle);
	json_decref(raw);
	free(text);
	report_free(&r);
	return lib;
}

int
main(void)
{
	static char text[LARGE];
	struct library *lib = library();
	double small, plain, most = 0;
	const char *what = "";

	if (lib == NULL)
		return EXIT_FAILURE;
	small = cost(lib, prose, strlen(prose), 1000);
	repeat(text, prose);
	plain = cost(lib, text, LARGE, 1);
	for (size_t i = 0; i < sizeof(worst) / sizeof(*worst); i++) {
		double took;

		repeat(text, worst[i]);
		took = cost(lib, text, LARGE, 1);
		if (took > most) {
			most = took;
			what = worst[i];
		}
	}
	printf("read 30 words      %8.1f us (goal %.0f)\n", small, GOAL_US);
	printf("read 64 KiB, prose %8.1f us\n", plain);
	printf("read 64 KiB, worst %8.1f us, %.1fx (goal %.0fx): \"%s\"\n",
	       most, most / plain, GOAL_RATIO, what);
	library_unref(lib);
	return small <= GOAL_US && most <= GOAL_RATIO * plain ? EXIT_SUCCESS
							      : EXIT_FAILURE;
}
