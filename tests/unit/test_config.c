/*
 * test_config.c - settings: where they come from, and which are refused.
 */
#include <arpa/inet.h>
#include <check.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "server/config.h"
#include "server/cors.h"

#define NELEMS(a) (sizeof(a) / sizeof((a)[0]))

static struct config cfg;
static char *says; /* what config_load() wrote */

/* Nothing of our own environment. */
static void
setup(void)
{
	clearenv();
}

static void
teardown(void)
{
	free(says);
	says = NULL;
	config_free(&cfg);
}

/* Load with the words of ${line} as the arguments; those left are in it. */
static bool
load(char *line)
{
	char *argv[32];
	int argc = 0;
	size_t size;

	for (char *word = strtok(line, " "); word != NULL;
	     word = strtok(NULL, " "))
		argv[argc++] = word;
	argv[argc] = NULL;

	free(says);
	config_free(&cfg);
	FILE *err = open_memstream(&says, &size);
	bool ok = config_load(&cfg, &argc, argv, err);
	char rest[256] = "";

	fclose(err);
	for (int i = 0; i < argc; i++)
		(void)snprintf(rest + strlen(rest), 64, "%s%s",
			       i > 0 ? " " : "", argv[i]);
	ck_assert_ptr_null(argv[argc]);
	strcpy(line, rest); /* never longer */
	return ok;
}

static bool
load_words(const char *words)
{
	char line[256];

	(void)snprintf(line, sizeof(line), "%s", words);
	return load(line);
}

START_TEST(has_defaults)
{
	const struct sockaddr_in *sin = (struct sockaddr_in *)&cfg.address;

	ck_assert(load_words(""));
	ck_assert_str_eq(says, "");
	ck_assert_str_eq(cfg.listen, "127.0.0.1:8080");
	ck_assert_int_eq(sin->sin_family, AF_INET);
	ck_assert_int_eq(ntohs(sin->sin_port), 8080);
	ck_assert_uint_eq(ntohl(sin->sin_addr.s_addr), INADDR_LOOPBACK);
	ck_assert_uint_eq(cfg.address_len, sizeof(*sin));
	ck_assert_str_eq(cfg.database_url, "");
	ck_assert_str_eq(cfg.reader_url, "");
	ck_assert_str_eq(cfg.owner_url, "");
	ck_assert_ptr_nonnull(cfg.cors);
	ck_assert_ptr_null(cors_find(cfg.cors, "", 0));
	ck_assert_str_eq(cfg.cache, "");
	ck_assert_int_eq(cfg.log, LOG_AUTO);
	ck_assert_int_eq(cfg.jobs, 2);
	ck_assert_int_eq(cfg.poll, 5);
	ck_assert_int_eq(cfg.drain, 5);
	ck_assert(!cfg.open);
	ck_assert_int_eq(cfg.rate, 1000);
}
END_TEST

START_TEST(flags_outweigh_the_environment)
{
	setenv("EVENKEEL_JOBS", "3", 1);
	setenv("EVENKEEL_POLL", "7", 1);
	setenv("EVENKEEL_LOG", "json", 1);
	setenv("EVENKEEL_DRAIN", "", 1);
	setenv("EVENKEEL_CACHE", "/a/b c", 1);
	ck_assert(load_words("--jobs 4 --log=text"));
	ck_assert_str_eq(cfg.cache, "/a/b c");
	ck_assert(load_words("--jobs 4 --log=text --cache=/d/e"));
	ck_assert_str_eq(cfg.cache, "/d/e");
	ck_assert_int_eq(cfg.jobs, 4);
	ck_assert_int_eq(cfg.poll, 7);
	ck_assert_int_eq(cfg.log, LOG_TEXT);
	ck_assert_int_eq(cfg.drain, 5);
}
END_TEST

START_TEST(the_urls_follow_the_first)
{
	setenv("EVENKEEL_DATABASE_URL", "host=a", 1);
	ck_assert(load_words("--database-owner-url host=c"));
	ck_assert_str_eq(cfg.database_url, "host=a");
	ck_assert_str_eq(cfg.reader_url, "host=a");
	ck_assert_str_eq(cfg.owner_url, "host=c");
	/* A flag goes before the environment for all that follow it, too. */
	ck_assert(load_words("--database-url=host=b"));
	ck_assert_str_eq(cfg.reader_url, "host=b");
}
END_TEST

START_TEST(lists_origins)
{
	setenv("EVENKEEL_CORS_ORIGINS", "https://a.example http://b:81", 1);
	ck_assert(load_words(""));
	ck_assert_ptr_nonnull(cors_find(cfg.cors, "http://b:81", 11));
	ck_assert_ptr_null(cors_find(cfg.cors, "http://b:82", 11));
}
END_TEST

START_TEST(lists_who_may_frame_the_panel)
{
	setenv("EVENKEEL_FRAME_ANCESTORS", "https://a.example", 1);
	ck_assert(load_words(""));
	ck_assert_ptr_nonnull(cors_find(cfg.parents, "https://a.example", 17));
	ck_assert_ptr_null(cors_find(cfg.cors, "https://a.example", 17));
	ck_assert_ptr_nonnull(strstr(cfg.page_policy, " https://a.example"));
}
END_TEST

START_TEST(leaves_other_arguments_alone)
{
	char line[] =
		"next --category delivery.late --jobs 3 --flat x --poll=9 "
		"-- --log text";

	ck_assert(load(line));
	ck_assert_str_eq(line,
			 "next --category delivery.late --flat x --log text");
	ck_assert_int_eq(cfg.jobs, 3);
	ck_assert_int_eq(cfg.poll, 9);
	ck_assert_int_eq(cfg.log, LOG_AUTO);
}
END_TEST

/* clang-format off */
static const struct {
	const char *flags, *says;
} bad[] = {
	{ "--jobs 0", "EVENKEEL_JOBS must be a whole number, 1 to 64.\n" },
	{ "--jobs 65", "EVENKEEL_JOBS must be a whole number, 1 to 64.\n" },
	{ "--jobs two", "EVENKEEL_JOBS must be a whole number, 1 to 64.\n" },
	{ "--jobs 2x", "EVENKEEL_JOBS must be a whole number, 1 to 64.\n" },
	{ "--jobs +2", "EVENKEEL_JOBS must be a whole number, 1 to 64.\n" },
	{ "--poll 0", "EVENKEEL_POLL must be a whole number, 1 to 3600.\n" },
	{ "--poll 0.5", "EVENKEEL_POLL must be a whole number, 1 to 3600.\n" },
	{ "--poll 3601", "EVENKEEL_POLL must be a whole number, 1 to 3600.\n" },
	{ "--drain 99999999999999999999", "EVENKEEL_DRAIN must be a whole number, 1 to 3600.\n" },
	{ "--cors-origins *", "EVENKEEL_CORS_ORIGINS: *: \"*\" would let every page in: name the origins.\n" },
	{ "--sentiment=0.5,0.2", "EVENKEEL_SENTIMENT must be four numbers from 1 down to -1, each lower than the one before.\n" },
	{ "--sentiment=-0.1 -0.2 -0.3 -1.01", "EVENKEEL_SENTIMENT must be four numbers from 1 down to -1, each lower than the one before.\n" },
	{ "--sentiment=-0.1 -0.2 -0.2 -1", "EVENKEEL_SENTIMENT must be four numbers from 1 down to -1, each lower than the one before.\n" },
	{ "--frame-ancestors https://*.zendesk.com", "EVENKEEL_FRAME_ANCESTORS: https://*.zendesk.com: write each origin in full, there are no patterns.\n" },
	{ "--cors-origins http://a,https://b/", "EVENKEEL_CORS_ORIGINS: https://b/: there is no path in an origin, not even a last \"/\".\n" },
	{ "--log loud", "EVENKEEL_LOG must be auto, json, text or off.\n" },
	{ "--rate 0", "EVENKEEL_RATE must be a whole number, 1 to 1000000.\n" },
	{ "--rate 1000001", "EVENKEEL_RATE must be a whole number, 1 to 1000000.\n" },
	{ "--auth none", "EVENKEEL_AUTH must be keys or open.\n" },
	{ "--auth Open", "EVENKEEL_AUTH must be keys or open.\n" },
	{ "--log", "--log needs a value.\n" },
	{ "--log --jobs 2", "--log needs a value.\n" },
	{ "--jobs 0 --poll 0", "EVENKEEL_JOBS must be a whole number, 1 to 64.\nEVENKEEL_POLL must be a whole number, 1 to 3600.\n" },
};
/* clang-format on */

START_TEST(says_what_to_change)
{
	ck_assert(!load_words(bad[_i].flags));
	ck_assert_str_eq(says, bad[_i].says);
}
END_TEST

/* ---- LISTEN ---- */

/* clang-format off */
static const struct {
	const char *listen;
	int family, port;
	bool loopback;
} addresses[] = {
	{ "127.0.0.1:0", AF_INET, 0, true },
	{ "127.0.0.1:65535", AF_INET, 65535, true },
	{ "127.9.9.9:80", AF_INET, 80, true },
	{ "localhost:8081", AF_INET, 8081, true },
	{ "[::1]:8080", AF_INET6, 8080, true },
	{ "[0:0:0:0:0:0:0:1]:0", AF_INET6, 0, true },
	{ "0.0.0.0:8080", AF_INET, 8080, false },
	{ "192.168.0.1:8080", AF_INET, 8080, false },
	{ "126.255.255.255:8080", AF_INET, 8080, false },
	{ "128.0.0.1:8080", AF_INET, 8080, false },
	{ "[::]:8080", AF_INET6, 8080, false },
	{ "[::ffff:127.0.0.1]:8080", AF_INET6, 8080, false },
	{ "[2001:db8::1]:8080", AF_INET6, 8080, false },
};
static const struct {
	const char *listen, *says;
} no_addresses[] = {
	{ "example.com:8080", "must be an address" },
	{ "::1:8080", "must be an address" },
	{ "[127.0.0.1]:8080", "must be an address" },
	{ "*:8080", "must be an address" },
	{ "127.0.0.1:8080 ", "must be host:port" },
	{ "127.0.0.1", "must be host:port" },
	{ "8080", "must be host:port" },
	{ ":8080", "must be host:port" },
	{ "127.0.0.1:", "must be host:port" },
	{ "127.0.0.1:65536", "must be host:port" },
	{ "127.0.0.1:-1", "must be host:port" },
	{ "127.0.0.1:http", "must be host:port" },
	{ "127.0.0.1:000080", "must be host:port" },
};
/* clang-format on */

START_TEST(listens_with_keys_on_any_address)
{
	setenv("EVENKEEL_LISTEN", addresses[_i].listen, 1);
	ck_assert_msg(load_words(""), "%s", says);
	ck_assert_str_eq(cfg.listen, addresses[_i].listen);
	ck_assert_int_eq(cfg.address.ss_family, addresses[_i].family);
	if (cfg.address.ss_family == AF_INET6) {
		const struct sockaddr_in6 *sin =
			(struct sockaddr_in6 *)&cfg.address;

		ck_assert_int_eq(ntohs(sin->sin6_port), addresses[_i].port);
		ck_assert_uint_eq(cfg.address_len, sizeof(*sin));
	} else {
		const struct sockaddr_in *sin =
			(struct sockaddr_in *)&cfg.address;

		ck_assert_int_eq(ntohs(sin->sin_port), addresses[_i].port);
	}
}
END_TEST

/* Whoever reaches it may use it: nobody else should reach it. */
START_TEST(listens_without_keys_on_loopback_alone)
{
	setenv("EVENKEEL_LISTEN", addresses[_i].listen, 1);
	setenv("EVENKEEL_AUTH", "open", 1);
	ck_assert_int_eq(load_words(""), addresses[_i].loopback);
	ck_assert_int_eq(strstr(says, "EVENKEEL_AUTH=open") == NULL,
			 addresses[_i].loopback);
	/* A flag outweighs it. */
	ck_assert(load_words("--auth keys"));
	ck_assert(!cfg.open);
}
END_TEST

START_TEST(listens_nowhere_else)
{
	setenv("EVENKEEL_LISTEN", no_addresses[_i].listen, 1);
	ck_assert(!load_words(""));
	ck_assert_msg(strstr(says, no_addresses[_i].says) != NULL, "%s", says);
	ck_assert(strncmp(says, "EVENKEEL_LISTEN must be ", 24) == 0);
}
END_TEST

/* ---- secrets in files ---- */

static char path[] = "/tmp/evenkeel-config-XXXXXX";

static void
write_file(const void *text, size_t len)
{
	strcpy(path, "/tmp/evenkeel-config-XXXXXX");
	int fd = mkstemp(path);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, text, len), (ssize_t)len);
	close(fd);
	setenv("EVENKEEL_DATABASE_URL_FILE", path, 1);
}

START_TEST(reads_secrets_from_files)
{
	write_file("host=a password=secret\n", 23);
	ck_assert_msg(load_words(""), "%s", says);
	ck_assert_str_eq(cfg.database_url, "host=a password=secret");
	ck_assert_str_eq(cfg.reader_url, "host=a password=secret");

	/* A flag outweighs it. */
	ck_assert(load_words("--database-url host=b"));
	ck_assert_str_eq(cfg.database_url, "host=b");
	unlink(path);

	write_file("host=c\r\n\n", 9);
	char line[64];

	unsetenv("EVENKEEL_DATABASE_URL_FILE");
	(void)snprintf(line, sizeof(line), "--database-url-file=%s", path);
	ck_assert(load(line));
	ck_assert_str_eq(cfg.database_url, "host=c\r\n");
	unlink(path);
}
END_TEST

START_TEST(tells_no_secret)
{
	write_file("secret\0secret", 13);
	ck_assert(!load_words(""));
	ck_assert_ptr_null(strstr(says, "secret"));
	ck_assert_ptr_nonnull(strstr(says, "must be text"));

	setenv("EVENKEEL_DATABASE_URL", "secret", 1);
	ck_assert(!load_words(""));
	ck_assert_ptr_null(strstr(says, "secret"));
	ck_assert_ptr_nonnull(strstr(says, "not both"));
	unlink(path);

	unsetenv("EVENKEEL_DATABASE_URL");
	ck_assert(!load_words(""));
	ck_assert_ptr_nonnull(strstr(says, "cannot read the file"));
}
END_TEST

START_TEST(takes_files_of_8_kib_and_no_more)
{
	static char text[8194];

	memset(text, 'x', sizeof(text));
	for (size_t len = 8191; len <= 8193; len++) {
		write_file(text, len);
		ck_assert_int_eq(load_words(""), len <= 8192);
		unlink(path);
	}
}
END_TEST

/* ---- help ---- */

START_TEST(help_shows_names_and_defaults_but_no_values)
{
	char *help;
	size_t size;
	FILE *out = open_memstream(&help, &size);

	setenv("EVENKEEL_DATABASE_URL", "secret", 1);
	ck_assert(load_words(""));
	config_print_help(out);
	fclose(out);
	static const char *const names[] = { "LISTEN",	     "127.0.0.1:8080",
					     "DATABASE_URL", "LOG",
					     "JOBS",	     "POLL",
					     "DRAIN",	     "EVENKEEL_" };
	for (size_t i = 0; i < NELEMS(names); i++)
		ck_assert_ptr_nonnull(strstr(help, names[i]));
	ck_assert_ptr_null(strstr(help, "secret"));
	free(help);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("config");
	TCase *tc = tcase_create("config");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, has_defaults);
	tcase_add_test(tc, flags_outweigh_the_environment);
	tcase_add_test(tc, the_urls_follow_the_first);
	tcase_add_test(tc, lists_who_may_frame_the_panel);
	tcase_add_test(tc, lists_origins);
	tcase_add_test(tc, leaves_other_arguments_alone);
	tcase_add_loop_test(tc, says_what_to_change, 0, (int)NELEMS(bad));
	tcase_add_loop_test(tc, listens_with_keys_on_any_address, 0,
			    (int)NELEMS(addresses));
	tcase_add_loop_test(tc, listens_without_keys_on_loopback_alone, 0,
			    (int)NELEMS(addresses));
	tcase_add_loop_test(tc, listens_nowhere_else, 0,
			    (int)NELEMS(no_addresses));
	tcase_add_test(tc, reads_secrets_from_files);
	tcase_add_test(tc, tells_no_secret);
	tcase_add_test(tc, takes_files_of_8_kib_and_no_more);
	tcase_add_test(tc, help_shows_names_and_defaults_but_no_values);
	suite_add_tcase(suite, tc);

	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
