/*
 * test_batch_names.c - a batch whose database has a name: looked up by nobody
 * who waits, and tried at each of its addresses.
 *
 * getaddrinfo() is ours here: "slow.test" takes as long as the test likes, and
 * has an address at which nobody listens before the right one.
 */
#include <dlfcn.h>
#include <netdb.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "tests/sql/changes.h"
#include "tests/sql/fixture.h"

typedef int lookup_fn(const char *, const char *, const struct addrinfo *,
		      struct addrinfo **);

static sem_t may_answer;
static atomic_int asked;

int
getaddrinfo(const char *host, const char *port, const struct addrinfo *hints,
	    struct addrinfo **found)
{
	lookup_fn *theirs;
	struct addrinfo *second = NULL;

	*(void **)&theirs = dlsym(RTLD_NEXT, "getaddrinfo");
	if (host == NULL || strcmp(host, "slow.test") != 0)
		return theirs(host, port, hints, found);
	atomic_fetch_add(&asked, 1);
	while (sem_wait(&may_answer) != 0)
		;
	if (theirs("127.0.0.9", port, hints, found) != 0 ||
	    theirs("127.0.0.1", port, hints, &second) != 0)
		return EAI_FAIL;
	(*found)->ai_next = second;
	return 0;
}

static struct batch *
open_named(const char *host)
{
	struct db_error err;
	char url[256];

	(void)snprintf(url, sizeof(url),
		       "host=%s port=%d dbname=%s user=postgres", host,
		       pg_port(), pg_database_name());
	struct batch *b = batch_open(url, &err);

	ck_assert_ptr_nonnull(b);
	return b;
}

/* Requests begin conversations until one does. */
static void
expect_served(struct batch *b)
{
	struct request r;
	long since = fixture_ms();

	do {
		request_start(&r);
		request_push(b, &r);
		ck_assert(batch_wait(b, 5000));
		request_free(&r);
	} while (r.outcome == BATCH_DOWN && fixture_ms() - since < 5000);
	ck_assert_int_eq(r.outcome, BATCH_OK);
}

START_TEST(a_name_is_tried_at_each_address)
{
	struct batch *b = open_named("slow.test");

	sem_post(&may_answer);
	expect_served(b);
	batch_close(b);
}
END_TEST

/* If it waited for the name, this would never end. */
START_TEST(nobody_waits_for_a_name)
{
	struct batch *b = open_named("slow.test");
	int before = atomic_load(&asked);
	struct request r;

	request_start(&r);
	request_expect(b, &r, BATCH_DOWN);
	request_free(&r);
	ck_assert_int_eq(atomic_load(&asked), before + 1);
	sem_post(&may_answer);
	expect_served(b);
	batch_close(b);
}
END_TEST

START_TEST(it_may_be_closed_before_the_name_is_known)
{
	struct batch *b = open_named("slow.test");
	struct request r;

	request_start(&r);
	request_push(b, &r);
	batch_turn(b, r.since);
	batch_close(b);
	ck_assert_int_eq(r.outcome, BATCH_DOWN);
	request_free(&r);
	sem_post(&may_answer);
}
END_TEST

START_TEST(an_address_is_no_name)
{
	struct batch *b = open_named("127.0.0.1");
	int before = atomic_load(&asked);

	expect_served(b);
	ck_assert_int_eq(atomic_load(&asked), before);
	batch_close(b);
}
END_TEST

START_TEST(the_next_host_is_tried_when_a_name_is_none)
{
	struct batch *b = open_named("slow.test,127.0.0.1");
	struct request r;

	/* Given up after connect_timeout, 2 s. */
	request_start(&r);
	request_expect(b, &r, BATCH_DOWN);
	request_free(&r);
	expect_served(b);
	batch_close(b);
	sem_post(&may_answer);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("batch names");
	TCase *tc = tcase_create("names");

	sem_init(&may_answer, 0, 0);
	tcase_add_unchecked_fixture(tc, fixture_start, fixture_stop);
	tcase_add_checked_fixture(tc, fixture_migrated, NULL);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, a_name_is_tried_at_each_address);
	tcase_add_test(tc, nobody_waits_for_a_name);
	tcase_add_test(tc, it_may_be_closed_before_the_name_is_known);
	tcase_add_test(tc, an_address_is_no_name);
	tcase_add_test(tc, the_next_host_is_tried_when_a_name_is_none);
	suite_add_tcase(suite, tc);
	return fixture_main(suite, CK_NOFORK);
}
