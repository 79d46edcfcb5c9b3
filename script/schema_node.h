/*
 * schema_node.h - a schema made ready for walking; for schema*.c alone.
 */
#ifndef SCRIPT_SCHEMA_NODE_H
#define SCRIPT_SCHEMA_NODE_H

#include <regex.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#include "script/arena.h"

struct report;

/* How deep a schema may go, $refs followed, and so a document. */
#define SCHEMA_MAX_DEPTH 32

/* JSON types, one bit each. */
enum {
	IS_NULL = 1u << 0,
	IS_BOOLEAN = 1u << 1,
	IS_OBJECT = 1u << 2,
	IS_ARRAY = 1u << 3,
	IS_NUMBER = 1u << 4,
	IS_INTEGER = 1u << 5,
	IS_STRING = 1u << 6,
};

/* How an array of objects is ordered in canonical form. */
enum order {
	ORDER_NONE,
	ORDER_ROWS, /* from, signal, prio */
	ORDER_CODE,
	ORDER_ID,
	ORDER_N,
	ORDER_NAME,
};

/*
 * A regular expression, made when first needed.  Most strings that are asked
 * about come again and again (codes), so those that matched lately are kept:
 * 100,000 phrases check in a third of the time.
 */
#define PATTERN_KEPT 256
struct pattern {
	const char *text;
	bool compiled;
	regex_t regex;
	const char *kept[PATTERN_KEPT]; /* borrowed from the document */
	struct pattern *next;
};

struct node;

/* One of several shapes that would do. */
struct choice {
	const struct node *node;
};

struct member {
	const char *name;
	const struct node *node;
	bool required;
};

struct node {
	unsigned types;		 /* IS_ bits; 0: any */
	const char *description; /* or NULL */
	const json_t *constant;	 /* or NULL */
	const json_t *choices;	 /* "enum", or NULL */
	const json_t *standard;	 /* "default", or NULL */
	struct pattern *pattern; /* or NULL */
	json_int_t min_len, max_len, min, max, min_items, max_items;
	const struct node *items; /* or NULL */
	enum order order;	  /* of an array with these items */
	struct member *members;
	size_t nmembers;
	bool closed;		  /* no other members */
	const struct node *extra; /* what other members must be, or NULL */
	struct choice *any;	  /* of anyOf */
	size_t nany;
};

struct schema {
	struct arena arena;
	struct pattern *patterns;
	const json_t *root;
	const struct node *node;
	struct report *report; /* for what is wrong with the schema; or NULL */
	bool failed;	       /* out of memory, or wrong */
};

/**
 * schema_compile(s, schema, report):
 * Make ${s} of ${schema}; borrow it.  False if out of memory or if it is not a
 * schema of ours, which is added to ${report} (unless NULL).  Call
 * schema_release() either way.
 */
bool schema_compile(struct schema *s, const json_t *schema,
		    struct report *report);
void schema_release(struct schema *s);

/**
 * schema_accepts(node, value):
 * Does ${value} pass?  Says nothing about why not.
 */
bool schema_accepts(const struct node *node, const json_t *value);

/* jansson's iterators change nothing, but ask for an object they might. */
static inline json_t *
schema_iterable(const json_t *object)
{
	return (json_t *)(uintptr_t)object;
}

/* The IS_ bits of a value: two for an integer. */
unsigned schema_types_of(const json_t *value);

#endif /* !SCRIPT_SCHEMA_NODE_H */
