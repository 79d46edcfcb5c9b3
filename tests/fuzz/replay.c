/*
 * replay.c - main() of a fuzz target in a normal build: try each saved input.
 *
 *	fuzz_url tests/fuzz/corpus/url
 *
 * Every file of the folder is one test, and a crash is the only failure.  It
 * ends with the line that libcheck programs end with.
 */
#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The size of a saved input is bounded by libFuzzer's own default, 1 MiB. */
#define INPUT_SIZE ((size_t)1 << 20)

/* The whole file, and no byte more, so that a sanitizer sees an overrun. */
static uint8_t *
read_file(const char *path, size_t *size)
{
	FILE *f = fopen(path, "rb");
	uint8_t *big = malloc(INPUT_SIZE), *data = NULL;

	if (f == NULL || big == NULL)
		goto out;
	*size = fread(big, 1, INPUT_SIZE, f);
	if (!ferror(f) && (data = malloc(*size + (*size == 0))) != NULL)
		memcpy(data, big, *size);

out:
	if (f != NULL)
		fclose(f);
	free(big);
	return data;
}

int
main(int argc, char **argv)
{
	struct dirent **entries;
	int total = 0;

	if (argc != 2) {
		fprintf(stderr, "usage: %s FOLDER\n", argv[0]);
		return EXIT_FAILURE;
	}
	int n = scandir(argv[1], &entries, NULL, alphasort);
	if (n < 0) {
		fprintf(stderr, "%s: %s\n", argv[1], strerror(errno));
		return EXIT_FAILURE;
	}
	for (int i = 0; i < n; i++) {
		char path[4096];
		size_t size = 0;
		int len = snprintf(path, sizeof(path), "%s/%s", argv[1],
				   entries[i]->d_name);
		bool hidden = entries[i]->d_name[0] == '.';

		free(entries[i]);
		if (hidden)
			continue;
		if (len < 0 || (size_t)len >= sizeof(path))
			return EXIT_FAILURE;
		uint8_t *data = read_file(path, &size);
		if (data == NULL) {
			fprintf(stderr, "%s: cannot read it\n", path);
			return EXIT_FAILURE;
		}
		/* The last line of a log names the input that crashed. */
		fprintf(stderr, "%s\n", path);
		LLVMFuzzerTestOneInput(data, size);
		free(data);
		total++;
	}
	free(entries);
	printf("100%%: Checks: %d, Failures: 0, Errors: 0\n", total);
	return EXIT_SUCCESS;
}
