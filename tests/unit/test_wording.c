/*
 * test_wording.c - the rules of the shipped library on drafts, and what the
 * tests of a whole draft say.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "script/bundle.h"
#include "script/library.h"
#include "script/report.h"
#include "script/wording.h"

#define NELEMS(a) (sizeof(a) / sizeof((a)[0]))

static struct library *lib;
static json_t *bundle;

static char *
read_file(const char *path, size_t *len)
{
	FILE *f = fopen(path, "r");
	char *text;

	ck_assert_msg(f != NULL, "%s", path);
	fseek(f, 0, SEEK_END);
	*len = (size_t)ftell(f);
	rewind(f);
	text = malloc(*len + 1);
	ck_assert_uint_eq(fread(text, 1, *len, f), *len);
	text[*len] = '\0';
	fclose(f);
	return text;
}

static void
setup(void)
{
	struct report report = { 0 };
	size_t len;
	char *text = read_file("sql/content/library.json", &len);

	bundle = bundle_read(text, len, &report);
	free(text);
	ck_assert(bundle != NULL && report_ok(&report));
	lib = library_from_bundle(bundle, 1, &report);
	for (size_t i = 0; i < report.n; i++)
		fprintf(stderr, "%s: %s\n", report.lines[i].pointer,
			report.lines[i].detail);
	ck_assert_ptr_nonnull(lib);
	report_free(&report);
}

static void
teardown(void)
{
	library_unref(lib);
	json_decref(bundle);
}

/* What is found in ${d}, as "W01:words W02:words". */
static const char *
check(const struct draft *d)
{
	static char line[8192];
	struct finding found[WORDING_MAX];
	bool more;
	size_t n = wording_check(lib, d, found, &more), len = 0;

	line[0] = '\0';
	for (size_t i = 0; i < n; i++) {
		const struct finding *f = &found[i];

		ck_assert_uint_le(f->at, f->end);
		ck_assert_uint_le(f->end, d->len);
		ck_assert_uint_le(f->sentence_at, f->at);
		len += (size_t)snprintf(
			line + len, sizeof(line) - len, "%s%.*s:%.*s",
			i > 0 ? " " : "",
			(int)lib->wording->rules[f->rule].id.len,
			lib->wording->rules[f->rule].id.ptr,
			(int)(f->end - f->at), d->text + f->at);
		ck_assert_uint_lt(len, sizeof(line));
	}
	return line;
}

static const char *
check_text(const char *text)
{
	struct draft d = DRAFT_OF(text, strlen(text));

	return check(&d);
}

/* Does the rule ${id} find something in ${text}, said at no stage? */
static bool
catches(const char *id, size_t id_len, const char *text, size_t len)
{
	struct finding found[WORDING_MAX];
	bool more;
	size_t n = wording_phrases(lib, text, len, STAGE_NONE, found, &more);

	for (size_t i = 0; i < n; i++) {
		const struct frag *rule =
			&lib->wording->rules[found[i].rule].id;

		if (rule->len == id_len && memcmp(rule->ptr, id, id_len) == 0)
			return true;
	}
	return false;
}

START_TEST(catches_variations)
{
	size_t len, total = 0;
	char *text = read_file("tests/unit/wording_caught.txt", &len), *save;
	int *n = calloc(lib->wording->nphrases, sizeof(*n));

	for (char *line = strtok_r(text, "\n", &save); line != NULL;
	     line = strtok_r(NULL, "\n", &save)) {
		char *tab = strchr(line, '\t');

		ck_assert_ptr_nonnull(tab);
		ck_assert_msg(catches(line, (size_t)(tab - line), tab + 1,
				      strlen(tab + 1)),
			      "not caught: %s", line);
		for (size_t i = 0; i < lib->wording->nphrases; i++) {
			const struct frag *id = &lib->wording->rules[i].id;

			n[i] += id->len == (size_t)(tab - line) &&
				memcmp(id->ptr, line, id->len) == 0;
		}
		total++;
	}
	for (size_t i = 0; i < lib->wording->nphrases; i++)
		ck_assert_msg(n[i] >= 3, "%s has too few variations",
			      lib->wording->rules[i].id.ptr);
	ck_assert_uint_ge(total, 3 * lib->wording->nphrases);
	free(n);
	free(text);
}
END_TEST

START_TEST(bears_polite_words)
{
	size_t len, total = 0;
	char *text = read_file("tests/unit/wording_polite.txt", &len), *save;

	for (char *line = strtok_r(text, "\n", &save); line != NULL;
	     line = strtok_r(NULL, "\n", &save)) {
		ck_assert_msg(check_text(line)[0] == '\0', "%s: %s", line,
			      check_text(line));
		total++;
	}
	ck_assert_uint_ge(total, 60);
	free(text);
}
END_TEST

START_TEST(catches_its_own_examples)
{
	const json_t *rule;
	size_t i;

	json_array_foreach(
		json_object_get(json_object_get(bundle, "wording_rules"),
				"rules"),
		i, rule) {
		const char *id = json_string_value(json_object_get(rule, "id")),
			   *example = json_string_value(
				   json_object_get(rule, "example")),
			   *better = json_string_value(
				   json_object_get(rule, "better"));
		struct finding found[WORDING_MAX];
		bool more;

		ck_assert_msg(catches(id, strlen(id), example, strlen(example)),
			      "%s does not catch its example", id);
		ck_assert_msg(wording_phrases(lib, better, strlen(better),
					      STAGE_NONE, found, &more) == 0,
			      "%s: %s", id, better);
	}
}
END_TEST

/* --- places --------------------------------------------------------------- */

START_TEST(says_where)
{
	const char *text = "Hi 😡,\n\nOK. You’re wrong?! And calm down.";
	struct draft d = DRAFT_OF(text, strlen(text));
	struct finding f[WORDING_MAX];
	bool more = true;

	ck_assert_uint_eq(wording_check(lib, &d, f, &more), 3);
	ck_assert(!more);
	ck_assert_mem_eq(text + f[0].at, "You’re wrong", f[0].end - f[0].at);
	ck_assert_uint_eq(f[0].end - f[0].at, strlen("You’re wrong"));
	ck_assert_uint_eq(f[0].sentence_at, f[0].at);
	ck_assert_uint_eq(f[0].sentence_end - f[0].sentence_at,
			  strlen("You’re wrong?!"));
	ck_assert_mem_eq(text + f[1].at, "?!", 2);
	ck_assert_uint_eq(f[1].sentence_at, f[0].at);
	ck_assert_mem_eq(text + f[2].sentence_at, "And calm down.", 14);
	ck_assert_uint_eq(f[2].sentence_end, d.len);
}
END_TEST

START_TEST(stops_when_full)
{
	size_t len = 0;
	char *text = malloc(65536);
	struct draft d;
	struct finding f[WORDING_MAX];
	bool more = false;

	while (len + 11 < 65536) {
		memcpy(text + len, "Calm down. ", 11);
		len += 11;
	}
	d = DRAFT_OF(text, len);
	ck_assert_uint_eq(wording_check(lib, &d, f, &more), WORDING_MAX);
	ck_assert(more);
	for (size_t i = 0; i < WORDING_MAX; i++)
		ck_assert_uint_eq(f[i].at, 11 * i);
	free(text);
}
END_TEST

START_TEST(spares_stages)
{
	const char *text = "Lower your voice.";
	struct draft d = DRAFT_OF(text, strlen(text));

	ck_assert_str_eq(check(&d), "W39:Lower your voice");
	d.stage = library_stage(lib, "boundary", 8);
	ck_assert_str_eq(check(&d), "");
	d.stage = library_stage(lib, "listen", 6);
	ck_assert_str_eq(check(&d), "W39:Lower your voice");
}
END_TEST

START_TEST(words_it_better)
{
	struct values v = { 0 };
	char room[64];
	struct buf b = { 0 };
	const struct wording_rule *rule = &lib->wording->rules[0];
	int ph = library_placeholder(lib, "solution", 8);

	ck_assert(!wording_better(&b, lib, rule, NULL, FILL_PLAIN));
	ck_assert_mem_eq(b.ptr, "From here the quickest way is …; I'll", 39);
	b.len = 0;
	ck_assert_int_eq(values_set(&v, lib, ph, "a new kettle", 12, room),
			 VALUE_OK);
	ck_assert(wording_better(&b, lib, rule, &v, FILL_PLAIN));
	ck_assert_mem_eq(b.ptr, "From here the quickest way is a new kettle; ",
			 44);
	buf_free(&b);
}
END_TEST

/* --- the draft as a whole ------------------------------------------------- */

/* clang-format off */
static const struct {
	const char *text, *stage, *channel, *category;
	int speaker, fault, intensity; /* 0: not said, else + 1 */
	const char *said, *name;
	const char *found;
} whole[] = {
	/* WS1, with a stage only */
	{ "It went wrong on our side.", "apologize", NULL, NULL, 0, 0, 0, NULL,
	  NULL, "WS1:It went wrong on our side." },
	{ "I'm sorry about that.", "apologize", NULL, NULL, 0, 0, 0, NULL, NULL,
	  "" },
	{ "It went wrong on our side.", NULL, NULL, NULL, 0, 1 + FAULT_OURS, 0,
	  NULL, NULL, "" },
	{ "That cost you a day.", "validate", NULL, NULL, 0, 1 + FAULT_OURS, 0,
	  NULL, NULL, "WS1:That cost you a day." },
	{ "That cost you a day.", "validate", NULL, NULL, 0, 1 + FAULT_THEIRS,
	  0, NULL, NULL, "" },
	{ "That cost you a day.", "validate", NULL, NULL, 0, 1 + FAULT_OURS, 0,
	  "I apologise.", NULL, "" },
	/* WS2 */
	{ "I'm sorry. So sorry about it.", NULL, NULL, NULL, 0, 0, 0, NULL,
	  NULL, "WS2:sorry" },
	{ "I'm sorry about it.", NULL, NULL, NULL, 0, 0, 0, "Sorry, Anna.",
	  NULL, "WS2:sorry" },
	/* WS3 */
	{ "Then I'll send it.", "agree", NULL, NULL, 0, 0, 0, NULL, NULL,
	  "WS3:Then I'll send it." },
	{ "Then I'll send it.", NULL, NULL, NULL, 0, 0, 0, NULL, NULL, "" },
	{ "Then I'll send it by 17:30.", "agree", NULL, NULL, 0, 0, 0, NULL,
	  NULL, "" },
	{ "Then I'll send it on Monday.", "defer", NULL, NULL, 0, 0, 0, NULL,
	  NULL, "" },
	{ "It takes two hours.", "handover", NULL, NULL, 0, 0, 0, NULL, NULL,
	  "" },
	{ "It costs 49.90 euros.", "agree", NULL, NULL, 0, 0, 0, NULL, NULL,
	  "WS3:It costs 49.90 euros." },
	/* WS4: 40 words by sms, 20 to an angry customer */
	{ "a b c d e f g h x k l m n o p q r s t u v w", NULL, "sms", NULL, 0,
	  0, 1 + 3, NULL, NULL, "WS4:v w" },
	{ "a b c d e f g h x k l m n o p q r s t u v w", NULL, "sms", NULL, 0,
	  0, 1 + 2, NULL, NULL, "" },
	/* WS5 */
	{ "I will look into the matter now.", NULL, NULL, NULL, 0, 0, 0,
	  "I'll look into the matter now!", NULL,
	  "WS5:I will look into the matter now." },
	{ "I will look into another thing now.", NULL, NULL, NULL, 0, 0, 0,
	  "I'll look into the matter now!", NULL, "" },
	/* WS6 */
	{ "Good morning.", NULL, NULL, NULL, 0, 0, 0, NULL, "Ms Anna Rivera",
	  "WS6:Good morning." },
	{ "Good morning, RIVERA’s.", NULL, NULL, NULL, 0, 0, 0, NULL,
	  "Ms Anna Rivera", "" },
	{ "Good morning.", NULL, NULL, NULL, 0, 0, 0, "Hi.", "Ms Anna Rivera",
	  "" },
	/* WS7 */
	{ "Please READ THE letter.", NULL, NULL, NULL, 0, 0, 0, NULL, NULL,
	  "WS7:READ THE" },
	{ "The USB HDMI plug, the OK and one BIG word.", NULL, NULL, NULL, 0, 0,
	  0, NULL, NULL, "" },
	{ "AM I RUDE?", NULL, NULL, NULL, 0, 0, 0, NULL, NULL,
	  "WS7:AM I RUDE" },
	{ "It was RUDE ATTITUDE.", NULL, NULL, "conduct", 0, 0, 0, NULL, NULL,
	  "" },
	/* WS8 */
	{ "Your refund leaves on Monday.", NULL, NULL, NULL, 0, 0, 1 + 3, NULL,
	  NULL, "WS8:refund" },
	{ "Your refund leaves on Monday.", NULL, NULL, NULL, 0, 0, 1 + 2, NULL,
	  NULL, "" },
	{ "That is upsetting. Your refund leaves on Monday.", NULL, NULL, NULL,
	  0, 0, 1 + 3, NULL, NULL, "" },
	/* WS9 */
	{ "We think our team is on it.", NULL, NULL, NULL, 1 + SPEAKER_HUMAN, 0,
	  0, NULL, NULL, "WS9:We" },
	{ "We think our team is on it.", NULL, NULL, NULL, 1 + SPEAKER_BOT, 0, 0,
	  NULL, NULL, "" },
	{ "Let's see. I think we can.", NULL, NULL, NULL, 1 + SPEAKER_HUMAN, 0,
	  0, NULL, NULL, "" },
	/* WS10 */
	{ "Hello {customer_name}, [Your Name] and ___", NULL, NULL, NULL, 0, 0,
	  0, NULL, NULL, "WS10:{customer_name} WS10:[Your Name] WS10:___" },
	{ "I <3 it [1], a <b>bold</b> x_y, XL.", NULL, NULL, NULL, 0, 0, 0, NULL,
	  NULL, "" },
	/* WS11: on public channels only */
	{ "Order 4711, a.b@example.com, +44 20 7946 0958, 12 King Street.",
	  NULL, "social_public", NULL, 0, 0, 0, NULL, NULL,
	  "WS11:4711 WS11:a.b@example.com WS11:+44 20 7946 0958 "
	  "WS11:12 King Street" },
	{ "Order 4711, a.b@example.com.", NULL, "email", NULL, 0, 0, 0, NULL,
	  NULL, "" },
	{ "It came on 2026-11-23 at 10:30, 24/7, for 1,000 euros and 90%.",
	  NULL, "social_public", NULL, 0, 0, 0, NULL, NULL, "" },
	/* WS12 */
	{ "Shall I send a new one?", "propose", NULL, NULL, 0, 0, 0, NULL, NULL,
	  "WS12:Shall I send a new one?" },
	{ "Shall I send a new one, or your money?", "propose", NULL, NULL, 0, 0,
	  0, NULL, NULL, "" },
	/* nothing to say of nothing */
	{ " \n ", "apologize", "sms", NULL, 1, 1, 5, NULL, "Anna", "" },
};
/* clang-format on */

START_TEST(looks_at_the_whole)
{
	struct draft d = DRAFT_OF(whole[_i].text, strlen(whole[_i].text));
	struct values v = { 0 };
	struct frag said = { whole[_i].said, 0 };
	char room[64];

	if (whole[_i].stage != NULL)
		d.stage = library_stage(lib, whole[_i].stage,
					strlen(whole[_i].stage));
	if (whole[_i].channel != NULL)
		d.channel = library_channel(lib, whole[_i].channel,
					    strlen(whole[_i].channel));
	if (whole[_i].category != NULL)
		d.category = library_category(lib, whole[_i].category,
					      strlen(whole[_i].category));
	d.speaker = whole[_i].speaker - 1;
	d.fault = whole[_i].fault - 1;
	d.intensity = whole[_i].intensity - 1;
	if (said.ptr != NULL) {
		said.len = (uint32_t)strlen(said.ptr);
		d.said = &said;
		d.nsaid = 1;
	}
	if (whole[_i].name != NULL) {
		values_set(&v, lib,
			   library_placeholder(lib, "customer_name", 13),
			   whole[_i].name, strlen(whole[_i].name), room);
		d.values = &v;
	}
	ck_assert_str_eq(check(&d), whole[_i].found);
}
END_TEST

/* --- words that an enemy chose -------------------------------------------- */

enum {
	ENEMY_WORDS = 600,
	LETTERS = 26
};

/* A word of four letters that has the hash ${low} in its lowest 13 bits. */
static uint64_t
word_with(uint64_t low, char word[5])
{
	for (unsigned i = 0; i < LETTERS * LETTERS * LETTERS * LETTERS; i++) {
		unsigned left = i;

		for (int k = 0; k < 4; k++, left /= LETTERS)
			word[k] = (char)('a' + left % LETTERS);
		if ((hash_bytes(word, 4) & 8191) == low)
			return hash_bytes(word, 4);
	}
	ck_abort_msg("no word for %d", (int)low);
}

/*
 * All runs of three words of a draft want one place.  It is compared by the few
 * that get one, in time that does not grow with the square of its length.
 */
START_TEST(bears_words_that_collide)
{
	char text[5 * ENEMY_WORDS + 1];
	uint64_t a = 0, b = 0;

	for (size_t i = 0; i < ENEMY_WORDS; i++) {
		uint64_t c, mixed = (a * 31 + b) * 0x9e3779b97f4a7c15u;

		c = word_with((7 - mixed) & 8191, text + 5 * i);
		text[5 * i + 4] = ' ';
		a = b;
		b = c;
	}
	text[5 * ENEMY_WORDS] = '\0';

	struct draft d = DRAFT_OF(text, 5 * ENEMY_WORDS);
	struct frag said = { text, 5 * 66 };

	d.said = &said;
	d.nsaid = 1;
	ck_assert_ptr_nonnull(strstr(check(&d), "WS5:"));
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("wording");
	TCase *tc = tcase_create("wording");
	SRunner *sr;
	int failed;

	tcase_add_unchecked_fixture(tc, setup, teardown);
	tcase_add_test(tc, catches_variations);
	tcase_add_test(tc, bears_polite_words);
	tcase_add_test(tc, catches_its_own_examples);
	tcase_add_test(tc, says_where);
	tcase_add_test(tc, stops_when_full);
	tcase_add_test(tc, spares_stages);
	tcase_add_test(tc, words_it_better);
	tcase_add_test(tc, bears_words_that_collide);
	tcase_add_loop_test(tc, looks_at_the_whole, 0, (int)NELEMS(whole));
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
