/*
 * template.h - from "I'm sorry[[, {customer_name}]]." to marked bytes.
 *
 * The marks are described in library.h.  A compiled template needs no parser
 * when it is filled: copy, and stop at marks.
 */
#ifndef SCRIPT_TEMPLATE_H
#define SCRIPT_TEMPLATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf;
struct library;
struct report;

/* Sets of placeholders, by number. */
struct value_set {
	uint64_t bits[4];
};

struct template
{
	struct value_set needs; /* outside [[ ]] and without a default */
	size_t ngroups;
	bool plain; /* no mark in it */
};

/**
 * template_compile(lib, text, out, t, report, pointer):
 * Compile ${text} with the placeholders of ${lib}, append the result to
 * ${out} and describe it in ${t}.  What is wrong is added to ${report} at
 * ${pointer}; return false then, with ${out} as it was.
 */
bool template_compile(const struct library *lib, const char *text,
		      struct buf *out, struct template *t,
		      struct report *report, const char *pointer);

static inline void
value_set_add(struct value_set *v, unsigned i)
{
	v->bits[i / 64] |= UINT64_C(1) << i % 64;
}

static inline bool
value_set_has(const struct value_set *v, unsigned i)
{
	return (v->bits[i / 64] >> i % 64 & 1) != 0;
}

#endif /* !SCRIPT_TEMPLATE_H */
