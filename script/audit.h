/*
 * audit.h - may this library be published?
 *
 * What a builder refuses (library.h) can never be loaded.  What is refused
 * here could be, but would leave an agent alone in the middle of a
 * conversation, or let them say something crooked.
 */
#ifndef SCRIPT_AUDIT_H
#define SCRIPT_AUDIT_H

#include <jansson.h>

struct library;
struct report;

/**
 * audit(lib, bundle, report):
 * Add to ${report} what must be mended in ${lib} before it is published:
 *
 * - a stage that no conversation can reach, from the first stage of any
 *   protocol or, with a public channel, from public_reply;
 * - a stage from which no way leads to done;
 * - a line that with some of its [[...]] left out reads badly: doubled spaces,
 *   a space or a comma before a mark, no . ! or ? at its end, a sentence that
 *   begins with a small letter or with a value that cannot take a capital;
 * - a placeholder after a word that it does not fit (its "follows");
 * - a line, a better wording, a step or a delivery hint in front of a customer
 *   in which a phrase rule finds something (wording.h), or a rule that does not
 *   find its own example;
 * - a cell in front of a customer with nothing to say, in the default locale,
 *   that needs no value and grants nothing (see coverage.h).
 *
 * Pointers to phrases are their places in ${bundle}, from which ${lib} was
 * built; without one (NULL), in the canonical order.  Borrows all.
 */
void audit(const struct library *lib, const json_t *bundle,
	   struct report *report);

#endif /* !SCRIPT_AUDIT_H */
