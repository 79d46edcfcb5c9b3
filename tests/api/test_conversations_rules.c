/*
 * test_conversations_rules.c - what the knowledge asks for, in conversations
 * that are kept: counters, ends, hand-overs, the clock, and undo.
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

static void
setup(void)
{
	talk_open(&t, service->port);
}

static void
teardown(void)
{
	talk_close(&t);
}

/* --- stories -------------------------------------------------------------- */

#define SAYS(signal) "turns", "{'signal':'" signal "'}", 200
#define AT(stage) "{'conversation':{'stage':'" stage "'}}"
#define GO(stage) \
	"turns", "{'signal':'next','to':'" stage "','force':true}", 200, \
		AT(stage)
#define PROMISE(signal) \
	"turns", \
		"{'signal':'" signal "','promise':{'who':'we','what':'call'," \
		"'due':'" TALK_LATER "'}}", \
		200

/* clang-format off */
static const struct event stories[][24] = {
	{ /* three times back, then to somebody else, who is told all of it */
		{ "start", "{'category':'delivery.late','channel':'phone'}", 201, NULL },
		{ SAYS("next"), NULL },
		{ SAYS("told"), NULL },
		{ SAYS("confirms"), AT("validate") },
		{ SAYS("next"), "{'step':{'state':{'apologized':false}}}" },
		{ "turns", "{'signal':'angrier','intensity':4}", 200, "{'conversation':{'stage':'validate','peak_intensity':4},'step':{'state':{'reescalations':1,'apologized':true}}}" },
		{ "patch", "{'category':'payment'}", 200, "{'conversation':{'category':'payment'}}" },
		{ "turns", "{'signal':'next','intensity':1}", 200, "{'conversation':{'stage':'clarify','intensity':1,'peak_intensity':4}}" },
		{ SAYS("angrier"), "{'conversation':{'stage':'validate','handover':null},'step':{'state':{'reescalations':2}}}" },
		{ PROMISE("next"), AT("clarify") },
		{ SAYS("angrier"), "{'step':{'state':{'reescalations':3}}}" },
		{ SAYS("next"), NULL },
		{ SAYS("angrier"), "{'conversation':{'stage':'handover','status':'active','handover':{"
		  "'stages':['prepare','open','restate','validate','apologize','clarify','handover'],"
		  "'categories':['delivery.late','payment'],'promises':[{'id':1,'who':'we','what':'call','status':'open'}],"
		  "'peak_intensity':4,'reescalations':3}},'step':{'effects':['keep_summary']}}" },
		{ "turns", "{'signal':'next','flags':['helper_present']}", 200,
		  "{'conversation':{'stage':'listen','handover':{'peak_intensity':4}},'step':{'effects':['give_summary','new_agent']}}" },
		{ "get", NULL, 200, "{'conversation':{'handover':{'reescalations':3}}}" },
		{ 0 } },
	{ /* a warning, then the end, with an exhale for whoever was insulted */
		{ "start", "{'category':'general'}", 201, NULL },
		{ SAYS("next"), NULL },
		{ SAYS("told"), AT("restate") },
		{ SAYS("abusive"), "{'conversation':{'stage':'boundary'},'step':{'state':{'warnings':1},'breather':null}}" },
		{ SAYS("calmer"), "{'conversation':{'stage':'validate'},'step':{'state':{'warnings':1}}}" },
		{ SAYS("abusive"), "{'conversation':{'stage':'exit','status':'active'},'step':{'effects':['alert_lead'],'breather':{'why':'You were attacked as a person.','minutes':5}}}" },
		{ SAYS("next"), "{'conversation':{'stage':'recover'},'step':{'breather':{'why':'You were attacked as a person.'}}}" },
		{ SAYS("next"), AT("prevent") },
		{ SAYS("next"), "{'conversation':{'stage':'done'},'step':{'say':[]}}" },
		{ 0 } },
	{ /* a threat is the end at once */
		{ "start", "{'category':'general'}", 201, NULL },
		{ SAYS("threat"), "{'conversation':{'stage':'exit'},'step':{'effects':['alert_lead']}}" },
		{ 0 } },
	{ /* who was furious once was furious; calm since or not */
		{ "start", "{'category':'general','intensity':4}", 201, "{'step':{'breather':null}}" },
		{ "turns", "{'signal':'told','intensity':1}", 200, "{'conversation':{'intensity':1,'peak_intensity':4}}" },
		{ SAYS("only_heard"), AT("thank") },
		{ SAYS("next"), "{'conversation':{'stage':'closed'},'step':{'breather':{'why':'The customer was furious.'}}}" },
		{ "get", NULL, 200, "{'step':{'breather':{'why':'The customer was furious.'}}}" },
		{ 0 } },
	{ /* a bot has no breath to take, and hands over when asked */
		{ "start", "{'category':'general','intensity':4,'speaker':'bot'}", 201, NULL },
		{ SAYS("leaves"), "{'conversation':{'stage':'closed','speaker':'bot'},'step':{'breather':null}}" },
		{ SAYS("asks_human"), "{'conversation':{'stage':'handover'},'step':{'effects':['reopen','keep_summary']}}" },
		{ "turns", "{'signal':'next','flags':['helper_present'],'speaker':'human'}", 200, "{'conversation':{'stage':'listen','speaker':'human'}}" },
		{ "turns", "{'signal':'leaves'}", 200, "{'step':{'breather':{'why':'The customer was furious.'}}}" },
		{ 0 } },
	{ /* silence, live: ask, go back to where it was, ask, let go */
		{ "start", "{'category':'general','channel':'live_chat'}", 201, NULL },
		{ SAYS("next"), "{'step':{'silence_after':120}}" },
		{ SAYS("told"), AT("restate") },
		{ SAYS("silent"), "{'conversation':{'stage':'reengage'},'step':{'state':{'silences':1,'back':'restate'}}}" },
		{ SAYS("next"), NULL },
		{ 0 } },
	{ /* by letter there is a reminder instead, and an answer to it */
		{ "start", "{'category':'general','channel':'email'}", 201, NULL },
		{ SAYS("next"), "{'step':{'silence_after':null}}" },
		{ SAYS("silent"), "{'conversation':{'stage':'closed','follow_ups':[{'kind':'reminder','status':'open'}]},'step':{'effects':['schedule_reminder']}}" },
		{ "follow-ups/0", "{'result':'unsatisfied'}", 200, "{'conversation':{'stage':'listen','follow_ups':[{'status':'done'}]},'step':{'signal':'unsatisfied'}}" },
		{ "follow-ups/0", "{'result':'unsatisfied'}", 409, "{'type':'/problems/settled'}" },
		{ 0 } },
	{ /* a word in some days, and all is well */
		{ "start", "{'category':'delivery.late'}", 201, NULL },
		{ GO("thank") },
		{ SAYS("next"), "{'conversation':{'stage':'closed','status':'active','follow_ups':[{'kind':'follow_up','status':'open'}]},'step':{'effects':['schedule_follow_up']}}" },
		{ "follow-ups/0", "{'result':'satisfied'}", 200, "{'conversation':{'stage':'prevent','follow_ups':[{'status':'done'}]},"
		  "'step':{'from':'closed','signal':'satisfied','moved':true,'say':[]}}" },
		{ "patch", "{'root_cause':'courier.late'}", 200, "{'conversation':{'root_cause':'courier.late','stage':'prevent'}}" },
		{ SAYS("next"), "{'conversation':{'stage':'done','root_cause':'courier.late'}}" },
		{ 0 } },
	{ /* or it is not, and all begins again with a fresh apology */
		{ "start", "{'category':'delivery.late'}", 201, NULL },
		{ GO("thank") },
		{ SAYS("next"), AT("closed") },
		{ "follow-ups/0", "{'result':'unsatisfied'}", 200, "{'conversation':{'stage':'listen','status':'active'},'step':{'from':'closed','state':{'apologized':false}}}" },
		{ 0 } },
	{ /* nobody is there: not to be chased */
		{ "start", "{'category':'delivery.late'}", 201, NULL },
		{ GO("thank") },
		{ SAYS("next"), AT("closed") },
		{ "follow-ups/0", "{'result':'no_answer'}", 200, "{'conversation':{'stage':'prevent'},'step':{'effects':['close','do_not_chase']}}" },
		{ 0 } },
	{ /* they are there: what to say is the next step */
		{ "start", "{'category':'delivery.late'}", 201, NULL },
		{ GO("thank") },
		{ SAYS("next"), AT("closed") },
		{ "follow-ups/0", "{'result':'done'}", 200, "{'conversation':{'stage':'follow_up','follow_ups':[{'status':'done'}]},'step':{'signal':'due'}}" },
		{ SAYS("satisfied"), AT("prevent") },
		{ 0 } },
	{ /* a promise broken needs a new apology */
		{ "start", "{'category':'delivery.late'}", 201, NULL },
		{ GO("apologize") },
		{ PROMISE("next"), "{'conversation':{'follow_ups':[{'kind':'deadline','due':'" TALK_LATER "','status':'open'}]},'step':{'state':{'apologized':true}}}" },
		{ "promises/1", "{'result':'broken'}", 200, "{'conversation':{'stage':'apologize','promises':[{'status':'broken'}],'follow_ups':[{'status':'done'}]},"
		  "'step':{'signal':'deadline_missed','state':{'apologized':false}}}" },
		{ 0 } },
	{ /* the same by the clock: done and satisfied keep it, the rest does not */
		{ "start", "{'category':'delivery.late'}", 201, NULL },
		{ PROMISE("next"), NULL },
		{ PROMISE("next"), NULL },
		{ PROMISE("next"), NULL },
		{ PROMISE("next"), NULL },
		{ "follow-ups/0", "{'result':'satisfied'}", 200, "{'step':{'signal':'deadline_met'}}" },
		{ "follow-ups/1", "{'result':'done'}", 200, "{'step':{'signal':'deadline_met'}}" },
		{ "follow-ups/2", "{'result':'unsatisfied'}", 200, "{'step':{'signal':'deadline_missed'}}" },
		{ "follow-ups/3", "{'result':'no_answer'}", 200, "{'step':{'signal':'deadline_missed'},'conversation':{'promises':[{'status':'kept'},{'status':'kept'},{'status':'broken'},{'status':'broken'}],"
		  "'follow_ups':[{'status':'done'},{'status':'done'},{'status':'done'},{'status':'done'}]}}" },
		{ 0 } },
	{ /* put off until a day, which comes */
		{ "start", "{'category':'delivery.late'}", 201, NULL },
		{ GO("propose") },
		{ SAYS("cannot_fix"), AT("defer") },
		{ SAYS("next"), "{'conversation':{'stage':'closed','promises':[],'follow_ups':[{'kind':'deadline','status':'open'}]},'step':{'effects':['schedule_deadline'],'state':{'flags':['deferred']}}}" },
		{ "follow-ups/0", "{'result':'done'}", 200, "{'conversation':{'stage':'resolve','follow_ups':[{'status':'done'}]},'step':{'signal':'deadline_met','state':{'flags':[]}}}" },
		{ 0 } },
	{ /* where a day was promised there is no other */
		{ "start", "{'category':'delivery.late'}", 201, NULL },
		{ GO("propose") },
		{ SAYS("cannot_fix"), AT("defer") },
		{ PROMISE("next"), "{'conversation':{'stage':'closed','follow_ups':[{'kind':'deadline','due':'" TALK_LATER "'}]}}" },
		{ "promises/1", "{'result':'kept'}", 200, "{'conversation':{'stage':'resolve'}}" },
		{ 0 } },
	{ /* what is closed is put aside; opened again, promises are due again */
		{ "start", "{'category':'delivery.late'}", 201, NULL },
		{ PROMISE("next"), NULL },
		{ GO("thank") },
		{ SAYS("next"), "{'conversation':{'follow_ups':[{'kind':'deadline','status':'open'},{'kind':'follow_up','status':'open'}]}}" },
		{ "patch", "{'status':'closed','force':true}", 200, "{'conversation':{'status':'closed','follow_ups':[{'status':'cancelled'},{'status':'cancelled'}]}}" },
		{ "due", NULL, 200, NULL },
		{ "patch", "{'status':'paused'}", 200, "{'conversation':{'status':'paused','follow_ups':[{'status':'open'},{'status':'cancelled'}]}}" },
		{ "promises/1", "{'result':'kept'}", 200, "{'conversation':{'status':'active'}}" },
		{ 0 } },
	{ /* not before they were heard, unless you insist */
		{ "start", "{'category':'delivery.late'}", 201, NULL },
		{ SAYS("next"), AT("open") },
		{ "turns", "{'signal':'told','to':'propose'}", 200, "{'conversation':{'stage':'restate'},'step':{'held_back':{'stage':'propose'}}}" },
		{ "turns", "{'signal':'confirms','to':'propose','force':true}", 200, "{'conversation':{'stage':'propose'},'step':{'held_back':null}}" },
		{ "get?turns=all", NULL, 200, "{'turns':[{'n':1},{'n':2},{'n':3,'note':'held-back','to':'restate'},{'n':4,'note':'forced','to':'propose'}]}" },
		{ 0 } },
	{ /* paused, and what wakes it */
		{ "start", "{'category':'delivery.late'}", 201, NULL },
		{ SAYS("next"), NULL },
		{ "patch", "{'status':'paused'}", 200, NULL },
		{ SAYS("told"), "{'conversation':{'status':'active'}}" },
		{ "undo", "{}", 200, "{'conversation':{'status':'paused','stage':'open'}}" },
		{ "undo", "{}", 200, "{'conversation':{'status':'paused','stage':'prepare'}}" },
		{ "patch", "{'status':'active','outcome':'calmed'}", 200, "{'conversation':{'status':'active','outcome':'calmed'}}" },
		{ 0 } },
	{ /* a flag stays, a counter too */
		{ "start", "{'category':'delivery.late'}", 201, NULL },
		{ GO("propose") },
		{ "turns", "{'signal':'rejects','flags':['customer_stays','customer_stays']}", 200, "{'step':{'state':{'rejections':1,'flags':['customer_stays']}}}" },
		{ SAYS("rejects"), "{'step':{'state':{'rejections':2,'flags':['customer_stays']},'effects':['next_option']}}" },
		{ SAYS("rejects"), "{'step':{'state':{'rejections':3}}}" },
		{ SAYS("rejects"), "{'conversation':{'stage':'handover'},'step':{'state':{'rejections':3}}}" },
		{ "undo", "{}", 200, "{'conversation':{'stage':'propose','handover':null},'step':{'state':{'rejections':3}}}" },
		{ 0 } },
};
/* clang-format on */

START_TEST(a_story_goes_as_it_should)
{
	talk_through(&t, stories[_i]);
}
END_TEST

/* --- follow-ups ----------------------------------------------------------- */

START_TEST(a_follow_up_is_due_in_some_days)
{
	static const struct event events[] = {
		{ "start", "{'category':'delivery.late'}", 201, NULL },
		{ GO("thank") },
		{ SAYS("next"), AT("closed") },
		{ 0 }
	};

	talk_through(&t, events);
	ck_assert_str_eq(
		pg_sql("SELECT abs(extract(epoch FROM '%s'::timestamptz"
		       " - now()) - 3 * 86400) < 60",
		       talk_text(&t, "conversation/follow_ups/0/due")),
		"t");
	/* Listed where it is looked for, and no more when it is done. */
	char id[40];

	(void)snprintf(id, sizeof(id), "%s",
		       talk_text(&t, "conversation/follow_ups/0/id"));
	talk_do(&t, 200, "due", NULL);
	ck_assert_ptr_nonnull(strstr(t.answer.body, id));
	talk_do(&t, 200, "follow-ups/0", "{'result':'no_answer'}");
	talk_do(&t, 200, "due", NULL);
	ck_assert_ptr_null(strstr(t.answer.body, id));
	talk_do(&t, 200, "due?status=done", NULL);
	ck_assert_ptr_nonnull(strstr(t.answer.body, id));
}
END_TEST

/* --- prevent -------------------------------------------------------------- */

START_TEST(the_cause_is_asked_for_in_the_end)
{
	static const struct event events[] = {
		{ "start", "{'category':'delivery.late'}", 201, NULL },
		{ GO("prevent") },
		{ 0 }
	};

	talk_through(&t, events);
	ck_assert_str_eq(talk_text(&t, "step/self/0/id"),
			 "delivery.late/question/1");
	ck_assert_ptr_nonnull(strchr(talk_text(&t, "step/self/0/text"), '?'));
	talk_shows(&t,
		   "{'conversation':{'root_cause':null},'step':{'say':[]}}");
}
END_TEST

/* --- what may be offered -------------------------------------------------- */

START_TEST(nothing_is_offered_but_what_may_be)
{
	size_t i;
	json_t *line;

	talk_start(&t, "{'category':'delivery.late','may_offer':['refund']}");
	for (int round = 0; round < 6; round++) {
		talk_do(&t, 200, "turns",
			"{'signal':'next','to':'propose','force':true,"
			"'phrases':10}");
		json_array_foreach(
			json_object_get(json_object_get(t.json, "step"), "say"),
			i, line) {
			const json_t *offers = json_object_get(line, "offers");

			ck_assert(json_array_size(offers) == 0 ||
				  strcmp(asking_text(offers, "0"), "refund") ==
					  0);
		}
	}
}
END_TEST

/* --- undo ----------------------------------------------------------------- */

/* ${c} without what an undo leaves. */
static json_t *
without(const json_t *c, const json_t *state)
{
	json_t *copy = json_pack("{s:o, s:o}", "c", json_deep_copy(c), "s",
				 json_deep_copy(state));
	json_t *part = json_object_get(copy, "c");
	static const char *const names[] = { "version", "updated_at",
					     "promises", "follow_ups",
					     "handover" };

	ck_assert_ptr_nonnull(copy);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		json_object_del(part, names[i]);
	json_object_del(json_object_get(copy, "s"), "used");
	json_object_del(json_object_get(copy, "s"), "offered");
	return copy;
}

static const char *const walk[] = {
	"{'signal':'next'}",
	"{'signal':'told','intensity':4}",
	"{'signal':'abusive','flags':['helper_present']}",
	"{'signal':'calmer','speaker':'bot','used':[]}",
	"{'signal':'next','promise':{'who':'we','what':'call','due':'" TALK_LATER
	"'}}",
	"{'signal':'silent'}",
	"{'signal':'next'}",
	"{'signal':'legal'}",
	"{'signal':'next','intensity':0}",
	"{'signal':'next','to':'thank','force':true}",
	"{'signal':'leaves'}",
	"{'signal':'due'}",
	"{'signal':'satisfied'}",
};

/* Each alone, and then all of them back to the start. */
START_TEST(undo_gives_back_all_but_the_lines_that_were_said)
{
	json_t *were[NELEMS(walk) + 1];
	json_t *open = json_string("open");

	talk_start(&t, "{'category':'general'}");
	for (int i = 0; i < NELEMS(walk); i++) {
		const json_t *c = json_object_get(t.json, "conversation");

		were[i] = without(
			c, json_object_get(json_object_get(t.json, "step"),
					   "state"));
		for (int k = 0; k < 2; k++) {
			if (k == 1) {
				size_t used;

				talk_do(&t, 200, "undo", "{}");
				json_t *step = json_object_get(t.json, "step");
				json_t *state = json_object_get(step, "state");
				json_t *now = without(t.known, state);

				ck_assert_msg(json_equal(now, were[i]),
					      "%s: %.2000s", walk[i],
					      t.answer.body);
				used = json_array_size(
					json_object_get(state, "used"));
				talk_do(&t, 200, "get", NULL);
				ck_assert_uint_ge(used, (size_t)(i > 0));
				json_decref(now);
			}
			talk_do(&t, 200, "turns", walk[i]);
		}
	}
	for (int i = NELEMS(walk); i-- > 0;) {
		talk_do(&t, 200, "undo", "{}");
		json_t *now =
			without(t.known,
				json_object_get(json_object_get(t.json, "step"),
						"state"));

		ck_assert_msg(json_equal(now, were[i]), "%d: %.2000s", i,
			      t.answer.body);
		json_decref(now);
		json_decref(were[i]);
	}
	talk_do(&t, 409, "undo", "{}");
	/* Nothing that was undone is due. */
	talk_do(&t, 200, "get", NULL);
	size_t i;
	json_t *f;

	json_array_foreach(json_object_get(t.known, "follow_ups"), i, f)
		ck_assert(!json_equal(json_object_get(f, "status"), open));
	json_decref(open);
}
END_TEST

START_TEST(what_was_said_stays_said)
{
	char id[64];

	talk_start(&t, "{'category':'delivery.late'}");
	talk_signals(&t, "next told confirms");
	(void)snprintf(id, sizeof(id), "%s", talk_text(&t, "step/say/0/id"));
	talk_do(&t, 200, "turns", "{'signal':'next'}");
	talk_do(&t, 200, "undo", "{}");
	talk_shows(&t, "{'conversation':{'stage':'validate'}}");
	ck_assert_str_ne(talk_text(&t, "step/say/0/id"), id);
	talk_do(&t, 200, "get?turns=all", NULL);
	ck_assert_str_eq(talk_text(&t, "turns/4/phrases/0"), id);
	ck_assert_str_eq(talk_text(&t, "turns/5/note"), "undo");
}
END_TEST

/* What an agent said instead counts, and nothing said is nothing. */
START_TEST(what_was_really_said_is_kept)
{
	talk_start(&t, "{'category':'delivery.late'}");
	talk_signals(&t, "next told");
	talk_do(&t, 200, "turns",
		"{'signal':'confirms','used':['delivery.late/restate/2',"
		"'general/restate/1']}");
	talk_do(&t, 200, "turns", "{'signal':'next','used':[]}");
	talk_do(&t, 200, "get?turns=all", NULL);
	talk_shows(&t, "{'turns':[{'phrases':[]},{'phrases':[]},{},"
		       "{'phrases':['delivery.late/restate/2',"
		       "'general/restate/1']},{'phrases':[]}]}");
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("conversations_rules");
	TCase *tc = tcase_create("rules");

	tcase_add_unchecked_fixture(tc, start, stop);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, a_story_goes_as_it_should, 0, NELEMS(stories));
	tcase_add_test(tc, a_follow_up_is_due_in_some_days);
	tcase_add_test(tc, the_cause_is_asked_for_in_the_end);
	tcase_add_test(tc, nothing_is_offered_but_what_may_be);
	tcase_add_test(tc, undo_gives_back_all_but_the_lines_that_were_said);
	tcase_add_test(tc, what_was_said_stays_said);
	tcase_add_test(tc, what_was_really_said_is_kept);
	suite_add_tcase(suite, tc);
	return fixture_main(suite, CK_FORK);
}
