/*
 * test_topics.c - what a message is about, and whether it asks for a person,
 * in the ways that people say it.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "script/library.h"
#include "script/reading.h"
#include "tests/unit/talk.h"

#define NELEMS(a) (sizeof(a) / sizeof((a)[0]))

static struct library *lib;

static void
begin(void)
{
	lib = talk_library();
}

static void
end(void)
{
	library_unref(lib);
}

/* clang-format off */
static const struct {
	const char *text, *code;
} topics[] = {
	{ "i cant log in anymore it says account suspended",                   "account.locked" },
	{ "the two factor code doesnt arrive so I can't get in",               "account.locked" },
	{ "how do i close my account, there is no button",                     "account" },
	{ "this is the fifth time I am writing and nobody answers",            "conduct.repeat_contact" },
	{ "I get transferred from one department to the next",                 "conduct.repeat_contact" },
	{ "the cashier rolled her eyes at me and was so rude",                 "conduct.rude" },
	{ "the lady on the phone was very condesending",                       "conduct.rude" },
	{ "the staff at your store were awful to us",                          "conduct" },
	{ "my package is a week late",                                         "delivery.late" },
	{ "tracking has not moved for 9 days",                                 "delivery.late" },
	{ "your courier claims he delivered it, I never got it",               "delivery.not_received" },
	{ "driver dumped the box in the rain next to the bins",                "delivery.wrong_place" },
	{ "the package was just thrown over the fence",                        "delivery.wrong_place" },
	{ "our dinner was cold and the fries were soggy",                      "food.quality" },
	{ "my ribeye was grey all the way through",                            "food.quality.steak" },
	{ "we were all sick after eating your chicken",                        "food.unsafe" },
	{ "there were peanuts in it and I told you about my alergy",           "food.unsafe" },
	{ "nobody told me that I have to give three months notice",            "misunderstanding" },
	{ "I need to change my order",                                         "order" },
	{ "order canceled, no explanation",                                    "order.cancelled" },
	{ "the bag came without the sauce, two items missing",                 "order.short" },
	{ "the wedding cake was much smaller than we agreed",                  "order.short.cake" },
	{ "I recieved a size 38, I ordered 42",                                "order.wrong_item" },
	{ "You sent me somebody else's shoes",                                 "order.wrong_item" },
	{ "you billed me for a service I never had",                           "payment.billing_error" },
	{ "why is my electricity bill so high this month",                     "payment.billing_error" },
	{ "your site does not accept my card",                                 "payment.declined" },
	{ "charged 2x for the same order",                                     "payment.double_charge" },
	{ "I returned it in May and still don't have my money",                "payment.refund_delay" },
	{ "i cancelled in march and you are still taking 9.99 every month",    "payment.subscription" },
	{ "your prices went up again by 20 percent",                           "pricing" },
	{ "please delete all my personal data",                                "privacy" },
	{ "my address and phone number are visible to strangers on your page", "privacy.breach" },
	{ "the color faded after one wash",                                    "product" },
	{ "washing machine makes a terrible noise and leaks",                  "product.defect" },
	{ "smoke came out of the toaster",                                     "product.unsafe" },
	{ "your movers scratched my wooden floor",                             "property.damage" },
	{ "they cut down the wrong tree",                                      "property.damage.garden" },
	{ "i want to send it back but its 35 days ago",                        "returns.window" },
	{ "I will give you one star everywhere",                               "review.negative" },
	{ "I took a day off and your technician did not show up",              "service.no_show" },
	{ "no hot water in the whole house for two days",                      "service.outage" },
	{ "our hotel room was dirty and had no window",                        "stay.room" },
	{ "the airline did not let us board the plane",                        "travel" },
	{ "our train was cancelled and the next one was 3 hours later",        "travel.delay" },
	{ "my luggage did not arrive in Lisbon",                               "travel.baggage" },
};

static const char *const asks[] = {
	"rep pls",
	"is there a real person there",
	"stop with the bot",
	"can somebody call me",
	"i don't want to talk to a machine",
	"r u a bot",
	"give me a fucking human",
	"get me someone who isn't a robot",
	"connect me with your support team",
	"what do i type to get an agent",
	"can a human look at this",
	"your chatbot doesn't understand me",
	"please have an agent contact me",
	"could one of your employees contact me",
	"no more automated replies please",
	"why is it so hard to talk to a human",
	"my problem is too complicated for a bot",
	"let me thru to a person",
	"wanna chat wit a person",
	"livechat",
	"i keep asking for a human",
	"can we do this on the phone",
	"there must be a human somewhere",
	"i'll wait for an agent",
	"call me back please",
	"I want a person not a bot",
	"you sound like a bot",
};

/* They speak of people, of machines and of calls, and ask for nobody. */
static const char *const asks_not[] = {
	"the person at the desk was rude",
	"your agent told me it would be free",
	"my agent said to call you",
	"it was human error",
	"call me back tomorrow about delivery",
	"nobody ever calls me back",
	"you promised a call back and I never got it",
	"someone hacked my account",
	"can someone explain this charge",
	"my robot vacuum does not turn on",
	"the washing machine leaks",
	"the bot told me a wrong price last week",
	"transfer the money to my account",
	"connect my phone to the wifi",
	"customer service was terrible",
	"your call centre is a disgrace",
	"treat me like a human being",
	"we are 6 persons and the car is for 4",
	"I finally got a live person and she hung up",
	"I was transferred to another agent who knew nothing",
	"tell the driver to call me when he is outside",
	"live stream keeps buffering",
	"let's talk about the refund",
	"talk to you later",
	"no boots in my parcel",
	"get me a refund",
	"someone should clean the toilets",
};
/* clang-format on */

static int
asks_human(const char *text)
{
	struct heard h;

	reading_hear(lib, text, strlen(text), &h);
	for (size_t i = 0; i < h.nsignals; i++)
		if (strcmp(lib->signals[h.signals[i].number].code,
			   "asks_human") == 0)
			return h.signals[i].score;
	return 0;
}

START_TEST(knows_the_topic)
{
	struct heard h;
	const char *found;

	reading_hear(lib, topics[_i].text, strlen(topics[_i].text), &h);
	ck_assert_uint_gt(h.ncategories, 0);
	found = lib->categories[h.categories[0].number].code;
	ck_assert_msg(strcmp(found, topics[_i].code) == 0, "\"%s\" is %s",
		      topics[_i].text, found);
}
END_TEST

/* No category is left out. */
START_TEST(has_every_topic)
{
	for (size_t i = 0; i < lib->ncategories; i++) {
		const char *code = lib->categories[i].code;
		bool any = strcmp(code, "general") == 0;

		for (size_t k = 0; k < NELEMS(topics) && !any; k++) {
			size_t n = strlen(code);

			/* Itself, or something below it. */
			any = strncmp(topics[k].code, code, n) == 0 &&
			      (topics[k].code[n] == '\0' ||
			       topics[k].code[n] == '.');
		}
		ck_assert_msg(any, "nothing on %s", code);
	}
}
END_TEST

START_TEST(hears_who_asks_for_a_person)
{
	ck_assert_msg(asks_human(asks[_i]) >= 500, "\"%s\" does not ask",
		      asks[_i]);
}
END_TEST

START_TEST(hears_who_does_not)
{
	ck_assert_msg(asks_human(asks_not[_i]) == 0, "\"%s\" asks",
		      asks_not[_i]);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("topics");
	TCase *tc = tcase_create("topics");
	SRunner *sr;
	int failed;

	tcase_add_unchecked_fixture(tc, begin, end);
	tcase_add_loop_test(tc, knows_the_topic, 0, (int)NELEMS(topics));
	tcase_add_test(tc, has_every_topic);
	tcase_add_loop_test(tc, hears_who_asks_for_a_person, 0,
			    (int)NELEMS(asks));
	tcase_add_loop_test(tc, hears_who_does_not, 0, (int)NELEMS(asks_not));
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
