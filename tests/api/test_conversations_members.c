/*
 * test_conversations_members.c - what a request about a conversation may hold,
 * and how long it may be.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/api/asking.h"
#include "tests/api/service.h"
#include "tests/api/talking.h"
#include "tests/sql/fixture.h"

#define NELEMS(a) ((int)(sizeof(a) / sizeof((a)[0])))

static struct service *service;
static struct talk t;

static void
start(void)
{
	pg_start(PG_FAST);
	service_shipped();
	service = service_start(NULL);
	service_expect(service, "release 1");
	service_writes(service, "");
}

static void
stop(void)
{
	ck_assert_int_eq(service_stop(service), 0);
	pg_stop();
}

/* A conversation at version 2, with an open promise. */
static void
setup(void)
{
	talk_open(&t, service->port);
	talk_start(&t, "{'category':'delivery.late'}");
	talk_do(&t, 200, "turns",
		"{'signal':'next','promise':{'who':'we','what':'call','due':'" TALK_LATER
		"'}}");
}

static void
teardown(void)
{
	talk_close(&t);
}

#define PLEDGE "{'who':'we','what':'call','due':'" TALK_LATER "'}"
#define LONG64 \
	"abcdefghijABCDEFGHIJ0123456789._-.abcdefghijABCDEFGHIJ0123456789"

/* clang-format off */
static const struct {
	const char *what, *body;
	int status;
	const char *pointer; /* of a 4xx */
} members[] = {
	{ "start", "{}", 422, "/category" },
	{ "start", "{'category':null}", 422, "/category" },
	{ "start", "{'category':'general','stage':'open'}", 422, "/stage" },
	{ "start", "{'category':'general','state':{}}", 422, "/state" },
	{ "start", "{'category':'general','signal':'next'}", 422, "/signal" },
	{ "start", "{'category':'general','to':'open'}", 422, "/to" },
	{ "start", "{'category':'general','used':[]}", 422, "/used" },
	{ "start", "{'category':'general','tone':'warm'}", 422, "/tone" },
	{ "start", "{'category':'general','fallback':'general'}", 422, "/fallback" },
	{ "start", "{'category':'general','flat':true}", 422, "/flat" },
	{ "start", "{'category':'general','promise':" PLEDGE "}", 422, "/promise" },
	{ "start", "{'category':'general','protocol':'hart'}", 404, "/protocol" },
	{ "start", "{'category':'general','channel':'fon'}", 422, "/channel" },
	{ "start", "{'category':'general','speaker':'cat'}", 422, "/speaker" },
	{ "start", "{'category':'general','fault':'any'}", 422, "/fault" },
	{ "start", "{'category':'general','locale':'xx'}", 422, "/locale" },
	{ "start", "{'category':'general','intensity':5}", 422, "/intensity" },
	{ "start", "{'category':'general','may_offer':['moon']}", 422, "/may_offer/0" },
	{ "start", "{'category':'general','ref':5}", 422, "/ref" },
	{ "start", "{'category':'general','ref':'a\\nb'}", 422, "/ref" },
	{ "start", "{'category':'general','subject':'a\\u007fb'}", 422, "/subject" },
	{ "start", "{'category':'general','subject':['a']}", 422, "/subject" },
	{ "start", "{'category':'general','values':{'customer':'x'}}", 422, "/values" },
	{ "start", "{'category':'general','phrases':0}", 422, "/phrases" },
	{ "start", "{'category':'general','phrases':1}", 201, NULL },
	{ "start", "{'category':'general','phrases':10}", 201, NULL },
	{ "start", "{'category':'general','phrases':11}", 422, "/phrases" },
	{ "start", "{'category':'general','raw':'yes'}", 422, "/raw" },
	{ "turns", "{}", 422, "/signal" },
	{ "turns", "{'signal':null}", 422, "/signal" },
	{ "turns", "{'signal':'nxt'}", 422, "/signal" },
	{ "turns", "{'signal':'next','category':'general'}", 422, "/category" },
	{ "turns", "{'signal':'next','channel':'phone'}", 422, "/channel" },
	{ "turns", "{'signal':'next','state':{}}", 422, "/state" },
	{ "turns", "{'signal':'next','stage':'open'}", 422, "/stage" },
	{ "turns", "{'signal':'next','status':'closed'}", 422, "/status" },
	{ "turns", "{'signal':'next','to':'opn'}", 404, "/to" },
	{ "turns", "{'signal':'next','intensity':-1}", 422, "/intensity" },
	{ "turns", "{'signal':'next','intensity':0}", 200, NULL },
	{ "turns", "{'signal':'next','intensity':4}", 200, NULL },
	{ "turns", "{'signal':'next','intensity':5}", 422, "/intensity" },
	{ "turns", "{'signal':'next','used':['x']}", 422, "/used/0" },
	{ "turns", "{'signal':'next','flags':['x']}", 422, "/flags/0" },
	{ "turns", "{'signal':'next','phrases':11}", 422, "/phrases" },
	{ "turns", "{'signal':'next','promise':null}", 200, NULL },
	{ "turns", "{'signal':'next','promise':'call'}", 422, "/promise" },
	{ "turns", "{'signal':'next','promise':{}}", 422, "/promise" },
	{ "turns", "{'signal':'next','promise':{'who':'a','what':'b'}}", 422, "/promise" },
	{ "turns", "{'signal':'next','promise':{'who':'a','due':'" TALK_LATER "'}}", 422, "/promise" },
	{ "turns", "{'signal':'next','promise':{'what':'a','due':'" TALK_LATER "'}}", 422, "/promise" },
	{ "turns", "{'signal':'next','promise':{'who':null,'what':'b','due':'" TALK_LATER "'}}", 422, "/promise/who" },
	{ "turns", "{'signal':'next','promise':{'who':'a','what':'b\\tc','due':'" TALK_LATER "'}}", 422, "/promise/what" },
	{ "turns", "{'signal':'next','promise':{'who':'a','what':'b','until':'c','due':'" TALK_LATER "'}}", 422, "/promise" },
	{ "turns", "{'signal':'next','promise':{'who':'a','what':'b','due':'2020-01-31T15:00:00Z'}}", 422, "/promise/due" },
	{ "turns", "{'signal':'next','promise':{'who':'a','what':'b','due':'1960-01-31T15:00:00Z'}}", 422, "/promise/due" },
	{ "turns", "{'signal':'next','promise':{'who':'a','what':'b','due':'2130-02-30T15:00:00Z'}}", 422, "/promise/due" },
	{ "turns", "{'signal':'next','promise':{'who':'a','what':'b','due':'2130-01-31T15:00:00'}}", 422, "/promise/due" },
	{ "turns", "{'signal':'next','promise':{'who':'a','what':'b','due':'2130-01-31'}}", 422, "/promise/due" },
	{ "turns", "{'signal':'next','promise':{'who':'a','what':'b','due':'soon'}}", 422, "/promise/due" },
	{ "turns", "{'signal':'next','promise':{'who':'a','what':'b','due':''}}", 422, "/promise/due" },
	{ "turns", "{'signal':'next','promise':{'who':'a','what':'b','due':1900000000}}", 422, "/promise/due" },
	{ "turns", "{'signal':'next','promise':{'who':'a','what':'b','due':'2130-01-31T15:00:00+02:00'}}", 200, NULL },
	{ "turns", "{'signal':'next','promise':{'who':'a','what':'b','due':'9999-12-31T23:59:59Z'}}", 200, NULL },
	{ "undo", "{'signal':'next'}", 422, "/signal" },
	{ "undo", "{'phrases':0}", 422, "/phrases" },
	{ "undo", "{'phrases':10,'raw':true,'values':{'customer_name':'A'}}", 200, NULL },
	{ "patch", "{}", 422, "" },
	{ "patch", "{'phrases':1}", 422, "" },
	{ "patch", "{'force':true}", 422, "" },
	{ "patch", "{'status':'open'}", 422, "/status" },
	{ "patch", "{'status':null}", 422, "/status" },
	{ "patch", "{'status':1}", 422, "/status" },
	{ "patch", "{'outcome':'great'}", 422, "/outcome" },
	{ "patch", "{'outcome':null}", 200, NULL },
	{ "patch", "{'category':'genral'}", 404, "/category" },
	{ "patch", "{'signal':'next'}", 422, "/signal" },
	{ "patch", "{'ref':'x'}", 422, "/ref" },
	{ "patch", "{'root_cause':''}", 422, "/root_cause" },
	{ "patch", "{'root_cause':'a'}", 200, NULL },
	{ "patch", "{'root_cause':'" LONG64 "'}", 200, NULL },
	{ "patch", "{'root_cause':'" LONG64 "x'}", 422, "/root_cause" },
	{ "patch", "{'root_cause':'a b'}", 422, "/root_cause" },
	{ "patch", "{'root_cause':'\xc3\xbc'}", 422, "/root_cause" },
	{ "patch", "{'root_cause':null}", 200, NULL },
	{ "patch", "{'root_cause':7}", 422, "/root_cause" },
	{ "promises/1", "{}", 422, "/result" },
	{ "promises/1", "{'result':null}", 422, "/result" },
	{ "promises/1", "{'result':'done'}", 422, "/result" },
	{ "promises/1", "{'result':'kept','signal':'next'}", 422, "/signal" },
	{ "promises/1", "{'result':'kept','phrases':10}", 200, NULL },
	{ "follow-ups/0", "{}", 422, "/result" },
	{ "follow-ups/0", "{'result':'kept'}", 422, "/result" },
	{ "follow-ups/0", "{'result':'satisfied','phrases':11}", 422, "/phrases" },
	{ "erasures", "{}", 422, "/subject" },
	{ "erasures", "{'subject':null}", 422, "/subject" },
	{ "erasures", "{'subject':5}", 422, "/subject" },
	{ "erasures", "{'subject':'x','ref':'y'}", 422, "/subject" },
};
/* clang-format on */

START_TEST(members_are_what_they_should_be)
{
	int version = t.version, status = members[_i].status;

	talk_do(&t, status, members[_i].what, members[_i].body);
	if (status < 400)
		return;
	ck_assert_str_eq(talk_text(&t, "errors/0/pointer"),
			 members[_i].pointer);
	talk_do(&t, 200, "get", NULL);
	ck_assert_int_eq(t.version, version);
}
END_TEST

/* In characters, not bytes. */
START_TEST(a_line_has_1_to_200_characters)
{
	static const char *const units[] = { "a", "\xc3\xbc",
					     "\xf0\x9f\x98\xa1" };
	static const int sizes[] = { 0, 1, 200, 201 };
	char line[1024];

	for (size_t i = 0; i < 12; i++) {
		int n = sizes[i % 4], fits = n > 0 && n <= 200;

		line[0] = '\0';
		for (int k = 0; k < n; k++)
			strcat(line, units[i / 4]);
		for (int k = 0; k < 2; k++) {
			talk_do(&t, fits ? 201 : 422, "start",
				talk_fmt("{'category':'general','%s':'%s'}",
					 k == 0 ? "ref" : "subject", line));
			if (fits)
				talk_shows(&t,
					   talk_fmt("{'conversation':{'%s':"
						    "'%s'}}",
						    k == 0 ? "ref" : "subject",
						    line));
		}
		for (int k = 0; k < 2; k++) {
			talk_do(&t, fits ? 200 : 422, "turns",
				talk_fmt("{'signal':'next','promise':{'who':"
					 "'%s','what':'%s','due':'" TALK_LATER
					 "'}}",
					 k == 0 ? line : "x",
					 k == 0 ? "x" : line));
			if (fits)
				ck_assert_ptr_nonnull(
					strstr(t.answer.body, line));
		}
	}
}
END_TEST

START_TEST(nothing_stands_in_the_query)
{
	static const char *const targets[] = { "turns?signal=next", "undo?x",
					       "patch?status=paused" };

	for (size_t i = 0; i < 3; i++)
		talk_do(&t, 422, targets[i],
			i == 0	 ? "{'signal':'next'}"
			: i == 1 ? "{}"
				 : "{'status':'paused'}");
	talk_do(&t, 200, "get", NULL);
	ck_assert_int_eq(t.version, 2);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("conversations_members");
	TCase *tc = tcase_create("members");

	tcase_add_unchecked_fixture(tc, start, stop);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, members_are_what_they_should_be, 0,
			    NELEMS(members));
	tcase_add_test(tc, a_line_has_1_to_200_characters);
	tcase_add_test(tc, nothing_stands_in_the_query);
	suite_add_tcase(suite, tc);
	return fixture_main(suite, CK_FORK);
}
