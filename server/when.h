/*
 * when.h - points in time, as people and programs write them.
 */
#ifndef SERVER_WHEN_H
#define SERVER_WHEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * when_read(text, len, when):
 * Read the ${len} bytes at ${text} as RFC 3339 has it ("2027-01-31T00:00:00Z",
 * a fraction is cut off, any offset) into ${when}, seconds since 1970.  Return
 * false if it is no such text, or of no year from 1970 to 9999 (in UTC).
 */
bool when_read(const char *text, size_t len, int64_t *when);

/**
 * when_read_expiry(text, now, when):
 * The same for the command line, where also a date ("2027-01-31", its first
 * moment in UTC) and a number of days from ${now} will do, 1 to 36,500.
 */
bool when_read_expiry(const char *text, int64_t now, int64_t *when);

#endif /* !SERVER_WHEN_H */
