/*
 * test_tokens.c - how text is cut, in ASCII and beyond.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "script/arena.h"
#include "script/buf.h"
#include "script/tokens.h"

#define NELEMS(a) (sizeof(a) / sizeof((a)[0]))

/* The tokens of ${text}, folded, with a space between; links as <..>. */
static char *
cut(const char *text)
{
	static char line[4096];
	struct tokens t;
	struct token token;
	struct buf b;

	buf_init(&b, 0);
	tokens_begin(&t, text, strlen(text), NULL);
	while (tokens_next(&t, &token)) {
		if (b.len > 0)
			buf_char(&b, ' ');
		ck_assert_uint_le(token.at, token.end);
		ck_assert_uint_le(token.end, strlen(text));
		switch ((enum token_kind)token.kind) {
		case TOKEN_WORD:
		case TOKEN_MARK:
		case TOKEN_PLACEHOLDER:
			buf_add(&b, t.fold, t.nfold);
			if (token.flags & TOKEN_CAPS)
				buf_char(&b, '^');
			break;
		case TOKEN_SYMBOL:
			buf_lit(&b, "~");
			buf_add(&b, t.fold, t.nfold);
			break;
		case TOKEN_LINK:
		case TOKEN_MENTION:
			buf_char(&b, '<');
			buf_add(&b, text + token.at, token.end - token.at);
			buf_char(&b, '>');
			break;
		}
	}
	ck_assert(!b.failed && b.len < sizeof(line));
	if (b.len > 0)
		memcpy(line, b.ptr, b.len);
	line[b.len] = '\0';
	buf_free(&b);
	return line;
}

/* clang-format off */
static const struct {
	const char *text, *tokens;
} cuts[] = {
	{ "", "" },
	{ " , - \"\" / ", "" },
	{ "You should have called us, earlier.",
	  "you should have called us earlier ." },
	{ "I'm sorry. It's 5% off; really!", "i am sorry . it is 5% off ; really !" },
	/* Contractions, in every dress. */
	{ "you're youre You’re YOU'RE", "you are you are you are you^ are^" },
	{ "can't cant cannot CAN’T won't wont",
	  "can not can not can not can^ not^ will not will not" },
	{ "should've shouldve shoulda shouldn't shouldnt",
	  "should have should have should have should not should not" },
	{ "I'd youd they'd", "i 'd you 'd they 'd" },
	{ "you would|'d have", "you would 'd have" },
	{ "let's lets its it's that`s", "let us lets its it is that is" },
	{ "the courier's fault, customers' names",
	  "the courier's fault customers names" },
	{ "well I'll ill shell", "well i will ill shell" },
	{ "ain't shan't isnt", "is not shall not is not" },
	{ "gonna wanna gotta", "going to want to got to" },
	{ "there's who's here's Maria's", "there is who is here is maria's" },
	/* Marks. */
	{ "Wait?! (no): yes;", "wait ? ! ( no ) : yes ;" },
	{ "At 10:30 for 4.50 or 1,000.", "at 10 30 for 4 50 or 1 000 ." },
	{ "sorry... but", "sorry but" },
	{ "sorry… But", "sorry . but" },
	{ "well.... OK", "well . ok^" },
	{ "Mr. Smith came e.g. at 5 p.m. today. Mrs. X.",
	  "mr smith came e g at 5 p m today . mrs x ." },
	{ "Hi Anna,\n\nno mark\nhere", "hi anna . no mark here" },
	{ "One.\n\nTwo\r\n\r\n", "one . two" },
	/* Placeholders, emoji, links, mentions. */
	{ "on {date}, {First Name}{}", "on {date} {first name}" },
	{ "{{x}} {no", "{x} no" },
	{ "so bad 😡👍🏽!", "so bad ~😡 ~👍 !" },
	{ "👨‍👩‍👧 ❤️", "~👨‍👩‍👧 ~❤" },
	{ "see https://x.example/a?b=c. Or www.shop.example!",
	  "see <https://x.example/a?b=c> . or <www.shop.example> !" },
	{ "mail a.b-c@mail.example.com. @Shop_1 hi",
	  "mail <a.b-c@mail.example.com> . <@Shop_1> hi" },
	{ "go to shop.com/x, not fine.But", "go to <shop.com/x> not fine . but" },
	{ "a-b-c.d a@b", "a b c d a <@b>" },
	/* Folding beyond ASCII. */
	{ "ＦＵＬＬ Ｗｉｄｔｈ！", "full^ width !" },
	{ "STRASSE straße Straße", "strasse^ strasse strasse" },
	{ "Cafe\xcc\x81 café CAFÉ", "café café café^" },
	{ "ﬁne so\xe2\x80\x8b""ft", "fine soft" },
	{ "don\xca\xbct ‘quoted’", "do not quoted" },
	{ "I A OK Ok", "i a ok^ ok" },
	{ "x\xff\xfey", "x y" },
};
/* clang-format on */

START_TEST(cuts_text)
{
	ck_assert_str_eq(cut(cuts[_i].text), cuts[_i].tokens);
}
END_TEST

START_TEST(knows_where_it_is)
{
	const char *text = "No, you’re 😡 right";
	struct tokens t;
	struct token token;

	tokens_begin(&t, text, strlen(text), NULL);
	ck_assert(tokens_next(&t, &token) && token.at == 0 && token.end == 2);
	ck_assert(tokens_next(&t, &token) && token.at == 4 && token.end == 12);
	ck_assert_uint_eq(token.flags & TOKEN_HALF, 0);
	ck_assert(tokens_next(&t, &token) && token.at == 4 && token.end == 12);
	ck_assert_uint_ne(token.flags & TOKEN_HALF, 0);
	ck_assert(tokens_next(&t, &token) && token.at == 13 && token.end == 17);
	ck_assert_int_eq(token.kind, TOKEN_SYMBOL);
	ck_assert(tokens_next(&t, &token) && token.at == 18);
	ck_assert(!tokens_next(&t, &token));
	ck_assert(!tokens_next(&t, &token));
}
END_TEST

START_TEST(numbers_words)
{
	struct arena a = { 0 };
	struct vocab v = { 0 };
	struct tokens t;
	struct token token;
	const char *text = "Sorry, not SORRY!";

	ck_assert_uint_eq(vocab_add(&v, &a, "sorry", 5), 1);
	ck_assert_uint_eq(vocab_add(&v, &a, "!", 1), 2);
	ck_assert_uint_eq(vocab_add(&v, &a, "sorry", 5), 1);
	tokens_begin(&t, text, strlen(text), &v);
	ck_assert(tokens_next(&t, &token) && token.word == 1);
	ck_assert(tokens_next(&t, &token) && token.word == 0);
	ck_assert(tokens_next(&t, &token) && token.word == 1);
	ck_assert(tokens_next(&t, &token) && token.word == 2);
	ck_assert_uint_eq(token.flags & TOKEN_ENDS, TOKEN_ENDS);
	vocab_free(&v);
	arena_free(&a);
}
END_TEST

/* Longer words are unknown, whole, and no reason to stop. */
START_TEST(bears_long_words)
{
	char text[512];
	struct tokens t;
	struct token token;

	memset(text, 'a', sizeof(text));
	memcpy(text + 400, " b", 2);
	tokens_begin(&t, text, 402, NULL);
	ck_assert(tokens_next(&t, &token) && token.end == 400);
	ck_assert_uint_eq(t.nfold, 0);
	ck_assert(tokens_next(&t, &token) && t.nfold == 1);
	/* One character that folds to eighteen, as often as it goes. */
	for (int i = 0; i < 60; i += 3)
		memcpy(text + i, "\xef\xb7\xba", 3);
	tokens_begin(&t, text, 60, NULL);
	ck_assert(tokens_next(&t, &token) && token.end == 60);
	ck_assert_uint_eq(t.nfold, 0);
}
END_TEST

START_TEST(counts_utf16)
{
	ck_assert_uint_eq(utf16_length("", 0), 0);
	ck_assert_uint_eq(utf16_length("a’é", 6), 3);
	ck_assert_uint_eq(utf16_length("😡e\xcc\x81", 7), 4);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("tokens");
	TCase *tc = tcase_create("tokens");
	SRunner *sr;
	int failed;

	tcase_add_loop_test(tc, cuts_text, 0, (int)NELEMS(cuts));
	tcase_add_test(tc, knows_where_it_is);
	tcase_add_test(tc, numbers_words);
	tcase_add_test(tc, bears_long_words);
	tcase_add_test(tc, counts_utf16);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
