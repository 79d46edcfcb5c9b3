/*
 * prometheus.h - is a page of metrics one that Prometheus can read?
 *
 * What promtool looks at, and what it does not: the order of lines, repeated
 * series, buckets that add up.  Whatever is wrong fails the running test.
 */
#ifndef TESTS_API_PROMETHEUS_H
#define TESTS_API_PROMETHEUS_H

/**
 * prometheus_expect(text):
 * Fail unless ${text} is the text format 0.0.4 as we write it: each family
 * with one HELP, one TYPE and then its samples in a row; names, labels and
 * numbers well-formed; no series twice; counters that end in _total and are
 * not below 0; buckets that grow up to their count.
 */
void prometheus_expect(const char *text);

/**
 * prometheus_value(text, series):
 * The value of ${series} in ${text}, a name with its labels as they stand
 * there.  -1 if it is not there.
 */
double prometheus_value(const char *text, const char *series);

/**
 * prometheus_sum(text, name):
 * The sum of all series of ${name} in ${text}.
 */
double prometheus_sum(const char *text, const char *name);

#endif /* !TESTS_API_PROMETHEUS_H */
