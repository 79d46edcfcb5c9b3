/*
 * nearest.h - "did you mean ...?" for the codes of a library.
 */
#ifndef HANDLERS_NEAREST_H
#define HANDLERS_NEAREST_H

#include <stddef.h>

#include "server/router.h"

/**
 * nearest(items, size, n, word):
 * Of the ${n} structs of ${size} bytes at ${items}, each beginning with a
 * "const char *" code, return the code nearest to ${word}, or NULL.
 */
const char *nearest(const void *items, size_t size, size_t n,
		    struct slice word);

#endif /* !HANDLERS_NEAREST_H */
