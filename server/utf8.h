/*
 * utf8.h - is this text?
 */
#ifndef SERVER_UTF8_H
#define SERVER_UTF8_H

#include <stdbool.h>
#include <stddef.h>

/**
 * utf8_char(s, left, cp):
 * Read one character of the ${left} (at least 1) bytes at ${s} into ${cp} and
 * return its length; 0 if it is not UTF-8 (cut off, too long a form, half of a
 * pair, beyond U+10FFFF).
 */
size_t utf8_char(const char *s, size_t left, unsigned *cp);

/**
 * utf8_control(cp):
 * Is ${cp} a control character: C0, DEL or C1?
 */
bool utf8_control(unsigned cp);

#endif /* !SERVER_UTF8_H */
