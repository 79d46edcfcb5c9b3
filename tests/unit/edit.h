/*
 * edit.h - break one thing in a bundle, and see what is said about it.
 *
 * A path is a JSON pointer in which an item of an array may be named by its
 * code, id or name instead of its place: /stages/open/kind.  "-" is the place
 * behind the last item.
 */
#ifndef TESTS_EDIT_H
#define TESTS_EDIT_H

#include <jansson.h>
#include <stddef.h>

struct report;

/* tests/unit/small.json in canonical form; the caller owns it. */
json_t *edit_small(void);

/* The whole of a file, NUL-terminated; free() it.  Fails the test if not. */
char *edit_file(const char *path, size_t *len);

/* The value at ${path} of ${doc}, borrowed.  Fails the test if none. */
json_t *edit_at(json_t *doc, const char *path);

/*
 * Put the JSON text ${value} at ${path}, or take away what is there (NULL).
 */
void edit_set(json_t *doc, const char *path, const char *value);

/* Is the one line of ${report} at ${path} of ${doc}, and holds ${word}? */
void edit_expect(const struct report *report, json_t *doc, const char *path,
		 const char *word);

#endif /* !TESTS_EDIT_H */
