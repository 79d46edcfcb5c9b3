/*
 * test_cache.c - the file for a start without a database: only a whole one of
 * our own counts, and a write leaves a whole one whatever happens.
 */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <nettle/sha2.h>

#include "server/cache.h"

static char dir[64], path[96], aside[96];
static char why[256];
static struct cache cache;

static void
setup(void)
{
	strcpy(dir, "/tmp/evenkeel-cache-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	(void)snprintf(path, sizeof(path), "%s/file", dir);
	(void)snprintf(aside, sizeof(aside), "%s/file.new", dir);
}

static void
teardown(void)
{
	cache_free(&cache);
	(void)unlink(path);
	(void)unlink(aside);
	(void)rmdir(path);
	ck_assert_int_eq(rmdir(dir), 0);
}

static const struct cache sample = {
	.parts = {
		[CACHE_RELEASE] = { "{\"a\": \"\0\n\"}\n", 12, 1795375124, 7 },
		[CACHE_KEYS] = { "\xff\x00keys", 6, 1795375999, 0 },
	},
};

static void
write_sample(void)
{
	ck_assert_msg(cache_write(path, &sample, why, sizeof(why)), "%s", why);
}

static enum cache_verdict
look(void)
{
	cache_free(&cache);
	why[0] = '\0';
	return cache_read(path, &cache, why, sizeof(why));
}

/* It is refused, for a reason with ${text} in it that tells no path. */
static void
expect_refused(const char *text)
{
	enum cache_verdict verdict = look();

	ck_assert_msg(verdict == CACHE_REFUSED, "%d: %s", (int)verdict, why);
	ck_assert_msg(strstr(why, text) != NULL, "%s", why);
	ck_assert_ptr_null(strstr(why, dir));
	ck_assert_ptr_null(cache.text);
	for (int i = 0; i < N_CACHE_PARTS; i++)
		ck_assert_uint_eq(cache.parts[i].len, 0);
}

static void
expect_equal(const struct cache *a, const struct cache *b)
{
	for (int i = 0; i < N_CACHE_PARTS; i++) {
		ck_assert_uint_eq(a->parts[i].len, b->parts[i].len);
		if (a->parts[i].len > 0)
			ck_assert_mem_eq(a->parts[i].bytes, b->parts[i].bytes,
					 a->parts[i].len);
		ck_assert_int_eq(a->parts[i].written, b->parts[i].written);
		ck_assert_uint_eq(a->parts[i].number, b->parts[i].number);
	}
}

/* The bytes of the file, in memory of the test. */
static size_t
slurp(char *to, size_t size)
{
	FILE *in = fopen(path, "re");

	ck_assert_ptr_nonnull(in);
	size_t n = fread(to, 1, size, in);
	ck_assert_uint_lt(n, size);
	(void)fclose(in);
	return n;
}

static void
spill(const char *bytes, size_t len)
{
	FILE *out = fopen(path, "we");

	ck_assert_ptr_nonnull(out);
	ck_assert_int_eq(fchmod(fileno(out), 0600), 0);
	ck_assert_uint_eq(fwrite(bytes, 1, len, out), len);
	ck_assert_int_eq(fclose(out), 0);
}

START_TEST(gives_back_what_was_written)
{
	struct stat st;

	ck_assert_int_eq(look(), CACHE_NONE);
	mode_t before = umask(0);
	write_sample();
	(void)umask(before);
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_uint_eq(st.st_mode & 07777, 0600);
	ck_assert_int_ne(access(aside, F_OK), 0);
	ck_assert_msg(look() == CACHE_OK, "%s", why);
	expect_equal(&cache, &sample);
}
END_TEST

START_TEST(a_part_may_be_missing)
{
	struct cache some = sample;

	for (int left = 0; left < N_CACHE_PARTS; left++) {
		some = sample;
		some.parts[left] = (struct cache_part){ 0 };
		ck_assert(cache_write(path, &some, why, sizeof(why)));
		ck_assert_msg(look() == CACHE_OK, "%s", why);
		expect_equal(&cache, &some);
	}
	some = (struct cache){ 0 };
	ck_assert(cache_write(path, &some, why, sizeof(why)));
	ck_assert_msg(look() == CACHE_OK, "%s", why);
	expect_equal(&cache, &some);
}
END_TEST

START_TEST(every_bit_counts)
{
	char bytes[1024];

	write_sample();
	size_t n = slurp(bytes, sizeof(bytes));

	for (size_t i = 0; i < n; i++)
		for (int bit = 0; bit < 8; bit++) {
			bytes[i] ^= (char)(1 << bit);
			spill(bytes, n);
			ck_assert_msg(look() == CACHE_REFUSED,
				      "byte %zu, bit %d", i, bit);
			bytes[i] ^= (char)(1 << bit);
		}
	spill(bytes, n);
	ck_assert_int_eq(look(), CACHE_OK);
}
END_TEST

START_TEST(every_length_counts)
{
	char bytes[1024];

	write_sample();
	size_t n = slurp(bytes, sizeof(bytes));

	for (size_t len = 0; len < n; len++) {
		spill(bytes, len);
		expect_refused("");
	}
	memset(bytes + n, '\n', 100);
	for (size_t len = n + 1; len < n + 100; len++) {
		spill(bytes, len);
		expect_refused("");
	}
}
END_TEST

/* Is refused for its version before anything else is looked at. */
START_TEST(another_version_is_refused)
{
	spill("evenkeel-cache 2\nwhatever\n", 26);
	expect_refused("version");
	spill("evenkeel-cache 10\nwhatever\n", 27);
	expect_refused("version");
	spill("something else\n", 15);
	expect_refused("not a cache");
}
END_TEST

/* clang-format off */
static const char *const heads[] = {
	"part release 1 1 99999999999999999999\npart keys 0 0 0\n",
	"part release 1 1 18446744073709551615\npart keys 0 0 0\n",
	"part release 1 1 18446744073709551616\npart keys 0 0 0\n",
	"part release 1 1 1\npart keys 0 0 18446744073709551615\n",
	"part release 1 1 -1\npart keys 0 0 0\n",
	"part release 1 1  1\npart keys 0 0 0\n",
	"part release 1 1 0x1\npart keys 0 0 0\n",
	"part release 1 4294967296 0\npart keys 0 0 0\n",
	"part keys 0 0 0\npart release 1 1 0\n",
	"part release 1 1 0\n",
};
/* clang-format on */

/* A file without a byte in its parts, with the right checksum for ${lines}. */
static void
spill_head(const char *lines)
{
	char bytes[512];
	uint8_t sum[SHA256_DIGEST_SIZE];
	struct sha256_ctx ctx;
	int n = snprintf(bytes, sizeof(bytes), "evenkeel-cache 1\n%s", lines);

	sha256_init(&ctx);
	sha256_update(&ctx, (size_t)n, (const uint8_t *)bytes);
	sha256_digest(&ctx, sizeof(sum), sum);
	n += snprintf(bytes + n, sizeof(bytes) - (size_t)n, "sha256 ");
	for (int i = 0; i < 32; i++)
		n += snprintf(bytes + n, sizeof(bytes) - (size_t)n, "%02x",
			      sum[i]);
	n += snprintf(bytes + n, sizeof(bytes) - (size_t)n, "\n\n");
	spill(bytes, (size_t)n);
}

/* A head that makes no sense does no harm, though its checksum is right. */
START_TEST(a_strange_head_is_refused)
{
	spill_head("part release 1 1 0\npart keys 0 0 0\n");
	ck_assert_msg(look() == CACHE_OK, "%s", why);
	spill_head(heads[_i]);
	expect_refused("damaged");
}
END_TEST

START_TEST(others_must_not_read_or_write)
{
	static const mode_t modes[] = { 0640, 0620, 0604, 0602, 0610,
					0601, 0644, 0666, 0777 };

	write_sample();
	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
		ck_assert_int_eq(chmod(path, modes[i]), 0);
		expect_refused("mode");
	}
	ck_assert_int_eq(chmod(path, 0400), 0);
	ck_assert_int_eq(look(), CACHE_OK);
}
END_TEST

START_TEST(must_be_our_own)
{
	if (geteuid() != 0)
		return; /* only root can give a file away */
	write_sample();
	ck_assert_int_eq(chown(path, 65534, 65534), 0);
	expect_refused("owner");
}
END_TEST

START_TEST(must_be_a_plain_file)
{
	/* A link to a good one, for who may change the link? */
	write_sample();
	ck_assert_int_eq(rename(path, aside), 0);
	ck_assert_int_eq(symlink(aside, path), 0);
	expect_refused("plain file");
	ck_assert_int_eq(unlink(path), 0);
	/* A pipe that nobody writes to: it must not wait. */
	ck_assert_int_eq(mkfifo(path, 0600), 0);
	expect_refused("plain file");
	ck_assert_int_eq(unlink(path), 0);
	ck_assert_int_eq(mkdir(path, 0700), 0);
	expect_refused("plain file");
}
END_TEST

START_TEST(a_failed_write_leaves_the_old_file)
{
	static char big[1 << 16];
	struct cache more = sample;
	struct rlimit before, limit;

	write_sample();
	more.parts[CACHE_RELEASE].bytes = big;
	more.parts[CACHE_RELEASE].len = sizeof(big);
	/* As good as a full disk. */
	(void)signal(SIGXFSZ, SIG_IGN);
	ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &before), 0);
	limit = before;
	limit.rlim_cur = 4096;
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
	bool written = cache_write(path, &more, why, sizeof(why));

	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &before), 0);
	ck_assert(!written);
	ck_assert_msg(strstr(why, "File too large") != NULL, "%s", why);
	ck_assert_ptr_null(strstr(why, dir));
	ck_assert_int_ne(access(aside, F_OK), 0);
	ck_assert_int_eq(look(), CACHE_OK);
	expect_equal(&cache, &sample);
}
END_TEST

START_TEST(a_missing_folder_is_told)
{
	char nowhere[128];

	(void)snprintf(nowhere, sizeof(nowhere), "%s/no/file", dir);
	ck_assert(!cache_write(nowhere, &sample, why, sizeof(why)));
	ck_assert_msg(strstr(why, "No such file") != NULL, "%s", why);
	ck_assert_int_eq(cache_read(nowhere, &cache, why, sizeof(why)),
			 CACHE_NONE);
	memset(nowhere, 'n', sizeof(nowhere) - 1);
	ck_assert(!cache_write("", &sample, why, sizeof(why)));
}
END_TEST

/* What is left of a write that was cut does not hinder the next, and what
 * somebody put there is not written through. */
START_TEST(what_stands_aside_is_replaced)
{
	char elsewhere[96];

	(void)snprintf(elsewhere, sizeof(elsewhere), "%s/elsewhere", dir);
	ck_assert_int_eq(symlink(elsewhere, aside), 0);
	write_sample();
	ck_assert_int_eq(look(), CACHE_OK);
	ck_assert_int_ne(access(elsewhere, F_OK), 0);
}
END_TEST

/* Kill a writer again and again: what is there is one of the two, whole. */
START_TEST(a_killed_writer_leaves_a_whole_file)
{
	static char a[200000], b[100000];
	struct cache two[2] = { sample, sample };
	int seen[2] = { 0, 0 };

	memset(a, 'a', sizeof(a));
	memset(b, 'b', sizeof(b));
	two[0].parts[CACHE_RELEASE].bytes = a;
	two[0].parts[CACHE_RELEASE].len = sizeof(a);
	two[1].parts[CACHE_RELEASE].bytes = b;
	two[1].parts[CACHE_RELEASE].len = sizeof(b);
	write_sample();
	for (int i = 0; i < 60; i++) {
		pid_t pid = fork();

		ck_assert_int_ge(pid, 0);
		if (pid == 0)
			for (int n = i;; n++)
				(void)cache_write(path, &two[n % 2], why,
						  sizeof(why));
		(void)nanosleep(
			&(struct timespec){ .tv_nsec = 1000000L + i * 97000L },
			NULL);
		ck_assert_int_eq(kill(pid, SIGKILL), 0);
		ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
		ck_assert_msg(look() == CACHE_OK, "round %d: %s", i, why);
		const struct cache_part *part = &cache.parts[CACHE_RELEASE];
		if (part->len == sizeof(a) || part->len == sizeof(b))
			seen[part->len == sizeof(b)]++;
	}
	/* The test is none if nothing was ever written. */
	ck_assert_int_gt(seen[0] + seen[1], 0);
}
END_TEST

/* Whoever names a wrong file in the settings still has it afterwards. */
START_TEST(what_is_no_cache_is_left_alone)
{
	static const char thesis[] = "my thesis";

	spill(thesis, sizeof(thesis) - 1);
	ck_assert(!cache_write(path, &sample, why, sizeof(why)));
	ck_assert_ptr_nonnull(strstr(why, "none of ours"));
	expect_refused("");
	FILE *in = fopen(path, "re");
	char text[32] = "";

	ck_assert_ptr_nonnull(in);
	ck_assert_uint_eq(fread(text, 1, sizeof(text), in), sizeof(thesis) - 1);
	(void)fclose(in);
	ck_assert_str_eq(text, thesis);
	spill("", 0); /* an empty one is nobody's */
	write_sample();
	ck_assert_int_eq(look(), CACHE_OK);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("cache");
	TCase *tc = tcase_create("cache");

	tcase_set_timeout(tc, 120);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, gives_back_what_was_written);
	tcase_add_test(tc, what_is_no_cache_is_left_alone);
	tcase_add_test(tc, a_part_may_be_missing);
	tcase_add_test(tc, every_bit_counts);
	tcase_add_test(tc, every_length_counts);
	tcase_add_test(tc, another_version_is_refused);
	tcase_add_loop_test(tc, a_strange_head_is_refused, 0,
			    (int)(sizeof(heads) / sizeof(heads[0])));
	tcase_add_test(tc, others_must_not_read_or_write);
	tcase_add_test(tc, must_be_our_own);
	tcase_add_test(tc, must_be_a_plain_file);
	tcase_add_test(tc, a_failed_write_leaves_the_old_file);
	tcase_add_test(tc, a_missing_folder_is_told);
	tcase_add_test(tc, what_stands_aside_is_replaced);
	tcase_add_test(tc, a_killed_writer_leaves_a_whole_file);
	suite_add_tcase(suite, tc);

	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
