/*
 * test_schema.c - shapes are held to, and every document has one form.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "script/embed.h"
#include "script/report.h"
#include "script/schema.h"

#define NELEMS(a) (sizeof(a) / sizeof((a)[0]))

/* Small schemas; ' stands for ". */
#define CODE "{'type':'string','pattern':'^[a-z]+$','description':'A code.'}"
#define SIZES "{'type':'integer','minimum':1,'maximum':9}"
#define OBJECT \
	"{'type':'object','additionalProperties':false,'required':['code']," \
	"'properties':{'code':" CODE ",'size':" SIZES \
	",'tone':{'enum':['warm','plain'],'default':'warm'}}}"

/* ${text} with ' for ", parsed. */
static json_t *
json(const char *text)
{
	char copy[2048];
	size_t i = 0;
	json_error_t err;

	ck_assert_uint_lt(strlen(text), sizeof(copy));
	for (; text[i] != '\0'; i++)
		copy[i] = text[i] == '\'' ? '"' : text[i];
	json_t *value = json_loadb(copy, i, JSON_DECODE_ANY, &err);
	ck_assert_msg(value != NULL, "%s: %s", text, err.text);
	return value;
}

/* clang-format off */
static const struct {
	const char *schema, *doc;
	const char *pointer, *word; /* NULL: nothing is wrong */
} cases[] = {
	{ "{}", "[1,{}]", NULL, NULL },
	{ "{'type':'null'}", "null", NULL, NULL },
	{ "{'type':'null'}", "0", "", "must be null" },
	{ "{'type':'boolean'}", "true", NULL, NULL },
	{ "{'type':'boolean'}", "'true'", "", "must be true or false" },
	{ "{'type':'number'}", "1.5", NULL, NULL },
	{ "{'type':'number'}", "1", NULL, NULL },
	{ "{'type':'integer'}", "1.5", "", "must be a whole number" },
	{ "{'type':'object'}", "[]", "", "must be an object" },
	{ "{'type':'array'}", "{}", "", "must be an array" },
	{ "{'const':'v1'}", "'v1'", NULL, NULL },
	{ "{'const':'v1'}", "'v2'", "", "must be v1" },
	{ "{'enum':['warm','plain','formal']}", "'plain'", NULL, NULL },
	{ "{'enum':['warm','plain','formal']}", "'cold'", "",
	  "must be one of warm, plain, formal" },
	{ "{'enum':['warm','plain','formal']}", "'plein'", "",
	  "did you mean plain?" },
	{ SIZES, "1", NULL, NULL },
	{ SIZES, "9", NULL, NULL },
	{ SIZES, "0", "", "must be from 1 to 9" },
	{ SIZES, "10", "", "must be from 1 to 9" },
	{ CODE, "'abc'", NULL, NULL },
	{ CODE, "'Abc'", "", "must match ^[a-z]+$ (A code.)" },
	{ "{'type':'string','minLength':1}", "''", "", "must not be empty" },
	{ "{'type':'string','minLength':2}", "'\xc3\xa9'", "", "2 characters at least" },
	{ "{'type':'string','maxLength':2}", "'\xc3\xa9\xc3\xa9'", NULL, NULL },
	{ "{'type':'string','maxLength':2}", "'\xc3\xa9\xc3\xa9\xc3\xa9'", "",
	  "2 characters at most; it has 3" },
	{ "{'type':'array','minItems':2}", "[1]", "", "2 items at least" },
	{ "{'type':'array','maxItems':2}", "[1,2,3]", "", "2 items at most; it has 3" },
	{ "{'type':'array','items':" CODE "}", "['a','b','3']", "/2", "must match" },
	{ OBJECT, "{'code':'a'}", NULL, NULL },
	{ OBJECT, "{}", "", "the member code is missing" },
	{ OBJECT, "{'code':'a','size':11}", "/size", "from 1 to 9" },
	{ OBJECT, "{'code':'a','tune':'warm'}", "/tune", "did you mean tone?" },
	{ OBJECT, "{'code':'a','colour':1}", "/colour", "unknown member: take it away" },
	{ OBJECT, "{'code':'a','a/b~c':1}", "/a~1b~0c", "unknown member" },
	{ "{'type':'array','items':" OBJECT "}",
	  "[{'code':'a'},{'code':'b','tone':'x'}]", "/1/tone", "must be one of" },
	{ "{'additionalProperties':" SIZES "}", "{'x':1,'y':12}", "/y", "from 1 to 9" },
	{ "{'anyOf':[{'type':'null'}," CODE "]}", "null", NULL, NULL },
	{ "{'anyOf':[{'type':'null'}," CODE "]}", "'a'", NULL, NULL },
	{ "{'anyOf':[{'type':'null'}," CODE "]}", "'A'", "", "must match" },
	{ "{'anyOf':[{'type':'null'}," CODE "]}", "1", "", "must be null or a string" },
	{ "{'anyOf':[{'type':'null'}," OBJECT "]}", "{'code':1}", "/code", "must be a string" },
	{ "{'$defs':{'c':" CODE "},'items':{'$ref':'#/$defs/c'}}", "['a','1']",
	  "/1", "(A code.)" },
	{ "{'$defs':{'c':" CODE "},'items':{'$ref':'#/$defs/c','description':'Mine.'}}",
	  "['1']", "/0", "(Mine.)" },
	/* Schemas that are none of ours. */
	{ "{'type':'text'}", "1", "", "no type is named text" },
	{ "{'oneOf':[]}", "1", "", "it has the word oneOf" },
	{ "{'maximum':'9'}", "1", "", "it has the word maximum" },
	{ "{'$ref':'#/$defs/none'}", "1", "", "no definition" },
	{ "{'$defs':{'r':{'items':{'$ref':'#/$defs/r'}}},'$ref':'#/$defs/r'}",
	  "[]", "", "too deep" },
};
/* clang-format on */

START_TEST(says_what_is_wrong_and_where)
{
	struct report r = { 0 };
	json_t *schema = json(cases[_i].schema), *doc = json(cases[_i].doc);
	bool good = schema_check(schema, doc, &r);

	ck_assert(good == (cases[_i].pointer == NULL));
	ck_assert_uint_eq(r.total, good ? 0 : 1);
	if (!good) {
		ck_assert_str_eq(r.lines[0].pointer, cases[_i].pointer);
		ck_assert_msg(strstr(r.lines[0].detail, cases[_i].word) != NULL,
			      "\"%s\"", r.lines[0].detail);
	}
	report_free(&r);
	json_decref(schema);
	json_decref(doc);
}
END_TEST

START_TEST(goes_on_after_the_first)
{
	struct report r = { 0 };
	json_t *schema =
		       json("{'type':'array','maxItems':2,'items':" OBJECT "}"),
	       *doc = json("[{'code':1,'size':0},{'tone':'x','y':1},7]");

	ck_assert(!schema_check(schema, doc, &r));
	ck_assert_uint_eq(r.total, 7);
	ck_assert_str_eq(r.lines[0].pointer, "");
	ck_assert_str_eq(r.lines[1].pointer, "/0/code");
	ck_assert_str_eq(r.lines[2].pointer, "/0/size");
	ck_assert_str_eq(r.lines[3].pointer, "/1");
	ck_assert_str_eq(r.lines[6].pointer, "/2");
	report_free(&r);
	json_decref(schema);
	json_decref(doc);
}
END_TEST

#define ITEMS(members) \
	"{'type':'array','items':{'type':'object','properties':{" members "}}}"

/* clang-format off */
static const struct {
	const char *schema, *doc, *canonical;
} forms[] = {
	{ "{}", "{'b':1,'a':[2,1]}", "{'a':[2,1],'b':1}" },
	{ OBJECT, "{'size':3,'code':'a'}", "{'code':'a','size':3,'tone':'warm'}" },
	{ OBJECT, "{'tone':'plain','code':'a'}", "{'code':'a','tone':'plain'}" },
	{ "{'properties':{'o':{'properties':{'n':{'default':1}},'default':{}}}}",
	  "{}", "{'o':{'n':1}}" },
	{ "{'additionalProperties':{'type':'array'}}", "{'b':[],'a':[2,1]}",
	  "{'a':[2,1],'b':[]}" },
	{ "{'type':'array'}", "['b','a']", "['b','a']" },
	{ ITEMS("'code':{},'id':{}"), "[{'code':'b'},{'code':'a','id':'z'}]",
	  "[{'code':'a','id':'z'},{'code':'b'}]" },
	{ ITEMS("'n':{},'name':{}"),
	  "[{'n':10,'name':'a'},{'n':9,'name':'b'}]",
	  "[{'n':9,'name':'b'},{'n':10,'name':'a'}]" },
	{ ITEMS("'name':{}"), "[{'name':'b'},{'name':'a'}]",
	  "[{'name':'a'},{'name':'b'}]" },
	{ ITEMS("'from':{},'signal':{},'prio':{}"),
	  "[{'from':'b','signal':'a','prio':1},{'from':'a','signal':'b','prio':1},"
	  "{'from':'a','signal':'a','prio':10},{'from':'a','signal':'a','prio':9}]",
	  "[{'from':'a','signal':'a','prio':9},{'from':'a','signal':'a','prio':10},"
	  "{'from':'a','signal':'b','prio':1},{'from':'b','signal':'a','prio':1}]" },
	/* Ids of phrases: by category, stage, number. */
	{ ITEMS("'id':{}"),
	  "[{'id':'b/a/1'},{'id':'a.b/a/1'},{'id':'a/b/2'},{'id':'a/b/10'},"
	  "{'id':'a/a/3'},{'id':'a-b/a/1'}]",
	  "[{'id':'a/a/3'},{'id':'a/b/2'},{'id':'a/b/10'},{'id':'a-b/a/1'},"
	  "{'id':'a.b/a/1'},{'id':'b/a/1'}]" },
	/* Equals stay as they were. */
	{ ITEMS("'id':{},'x':{}"), "[{'id':'b','x':2},{'id':'a'},{'id':'b','x':1}]",
	  "[{'id':'a'},{'id':'b','x':2},{'id':'b','x':1}]" },
	{ "{'anyOf':[{'type':'null'}," OBJECT "]}", "{'code':'a'}",
	  "{'code':'a','tone':'warm'}" },
};
/* clang-format on */

START_TEST(gives_the_canonical_form)
{
	json_t *schema = json(forms[_i].schema), *doc = json(forms[_i].doc),
	       *want = json(forms[_i].canonical);
	json_t *canonical = schema_canonical(schema, doc);
	json_t *again = schema_canonical(schema, canonical);
	char *text = json_dumps(canonical, JSON_COMPACT),
	     *expected = json_dumps(want, JSON_COMPACT),
	     *second = json_dumps(again, JSON_COMPACT);

	ck_assert_str_eq(text, expected);
	ck_assert_str_eq(second, text);
	free(text);
	free(expected);
	free(second);
	json_decref(again);
	json_decref(canonical);
	json_decref(want);
	json_decref(schema);
	json_decref(doc);
}
END_TEST

START_TEST(copies_all_of_it)
{
	json_t *schema = json("{'properties':{'a':{'default':['x']}}}"),
	       *doc = json("{'b':['y']}");
	json_t *copy = schema_canonical(schema, doc);

	json_array_append_new(json_object_get(copy, "a"), json_null());
	json_array_append_new(json_object_get(copy, "b"), json_null());
	ck_assert_uint_eq(json_array_size(json_object_get(doc, "b")), 1);
	json_decref(copy);
	copy = schema_canonical(schema, doc);
	ck_assert_uint_eq(json_array_size(json_object_get(copy, "a")), 1);
	json_decref(copy);
	json_decref(schema);
	json_decref(doc);
}
END_TEST

/* An empty bundle shows every pattern and default of the schema to be sound. */
START_TEST(understands_the_schema_of_bundles)
{
	struct report r = { 0 };
	json_t *schema = json_loadb(embed_bundle_schema_json,
				    embed_bundle_schema_json_len, 0, NULL);
	json_t *doc = json("{'format':'evenkeel-bundle-1','stages':[],"
			   "'signals':[],'transitions':[],'protocols':[],"
			   "'categories':[],'phrases':[],'placeholders':[],"
			   "'channels':[]}");

	ck_assert_msg(schema_check(schema, doc, &r), "%s",
		      r.n > 0 ? r.lines[0].detail : "");
	json_t *canonical = schema_canonical(schema, doc);
	/* Every default is itself what the schema asks for. */
	ck_assert(schema_check(schema, canonical, &r));
	ck_assert_int_eq(json_integer_value(json_object_get(
				 json_object_get(canonical, "defaults"),
				 "max_silences")),
			 2);
	json_decref(canonical);
	json_decref(schema);
	json_decref(doc);
	report_free(&r);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("schema");
	TCase *tc = tcase_create("schema");
	tcase_add_loop_test(tc, says_what_is_wrong_and_where, 0,
			    (int)NELEMS(cases));
	tcase_add_test(tc, goes_on_after_the_first);
	tcase_add_loop_test(tc, gives_the_canonical_form, 0,
			    (int)NELEMS(forms));
	tcase_add_test(tc, copies_all_of_it);
	tcase_add_test(tc, understands_the_schema_of_bundles);
	suite_add_tcase(suite, tc);

	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
