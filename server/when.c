/*
 * when.c - points in time, as people and programs write them.
 */
#include <string.h>
#include <time.h>

#include "server/when.h"

#define DAY 86400
#define MAX_DAYS 36500
#define YEAR_10000 INT64_C(253402300800)

/* The ${n} digits at ${p} as a number, -1 if they are not all digits. */
static int
digits(const char *p, size_t n)
{
	int value = 0;

	for (size_t i = 0; i < n; i++) {
		if (p[i] < '0' || p[i] > '9')
			return -1;
		value = value * 10 + (p[i] - '0');
	}
	return value;
}

/* The "2027-01-31" at ${p} as the second it begins with, -1 if it is none. */
static int64_t
read_date(const char *p)
{
	struct tm tm = { .tm_year = digits(p, 4) - 1900,
			 .tm_mon = digits(p + 5, 2) - 1,
			 .tm_mday = digits(p + 8, 2) };
	struct tm given = tm;

	if (p[4] != '-' || p[7] != '-' || tm.tm_year < 70)
		return -1;
	time_t seconds = timegm(&tm);

	/* It makes the 31st of a short month the 1st of the next. */
	return tm.tm_mday == given.tm_mday && tm.tm_mon == given.tm_mon &&
			       tm.tm_year == given.tm_year
		       ? (int64_t)seconds
		       : -1;
}

/* The "12:34:56" at ${p} in seconds, -1 if it is none. */
static int
read_clock(const char *p)
{
	int h = digits(p, 2), m = digits(p + 3, 2), s = digits(p + 6, 2);

	if (p[2] != ':' || p[5] != ':' || h < 0 || h > 23 || m < 0 || m > 59 ||
	    s < 0 || s > 59)
		return -1;
	return (h * 60 + m) * 60 + s;
}

/* "Z", "+01:00" or "-08:30": how far ahead of UTC. */
static bool
read_offset(const char *p, size_t len, int *seconds)
{
	*seconds = 0;
	if (len == 1)
		return *p == 'Z' || *p == 'z';
	if (len != 6 || (p[0] != '+' && p[0] != '-') || p[3] != ':')
		return false;
	int h = digits(p + 1, 2), m = digits(p + 4, 2);

	*seconds = (h * 60 + m) * 60 * (p[0] == '-' ? -1 : 1);
	return h >= 0 && h <= 23 && m >= 0 && m <= 59;
}

bool
when_read(const char *text, size_t len, int64_t *when)
{
	const char *end = text + len, *p = text + 19;
	int offset;

	if (len < 20 || (text[10] != 'T' && text[10] != 't'))
		return false;
	int64_t date = read_date(text);
	int clock = read_clock(text + 11);

	if (*p == '.') {
		const char *fraction = ++p;

		while (p < end && *p >= '0' && *p <= '9')
			p++;
		if (p == fraction)
			return false;
	}
	if (date < 0 || clock < 0 ||
	    !read_offset(p, (size_t)(end - p), &offset))
		return false;
	*when = date + clock - offset;
	return *when >= 0 && *when < YEAR_10000;
}

bool
when_read_expiry(const char *text, int64_t now, int64_t *when)
{
	size_t len = strlen(text);
	int days = len >= 1 && len <= 5 ? digits(text, len) : -1;

	if (days >= 1 && days <= MAX_DAYS) {
		*when = now + (int64_t)days * DAY;
		return true;
	}
	if (len == 10)
		return (*when = read_date(text)) >= 0;
	return when_read(text, len, when);
}
