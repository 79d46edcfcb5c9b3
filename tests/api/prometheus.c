/*
 * prometheus.c - is a page of metrics one that Prometheus can read?
 */
#include <check.h>
#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/api/prometheus.h"

#define MAX_LINES 20000

/* A line "name{label="value",...} number". */
struct sample {
	char series[400]; /* the name and the labels */
	char name[128];
	double value;
};

static struct sample samples[MAX_LINES];
static size_t nsamples;

static size_t
name_length(const char *at)
{
	size_t n = 0;

	while (isalnum((unsigned char)at[n]) || at[n] == '_')
		n++;
	return isdigit((unsigned char)at[0]) ? 0 : n;
}

/* Behind the labels at ${at}. */
static const char *
skip_labels(const char *at, const char *line)
{
	if (*at != '{')
		return at;
	do {
		size_t n = name_length(++at);

		ck_assert_msg(n > 0 && strncmp(at + n, "=\"", 2) == 0,
			      "a label's name: %s", line);
		at += n + 2;
		for (; *at != '"'; at++)
			ck_assert_msg(*at >= ' ' && *at != '\\',
				      "a label's value: %s", line);
		at++;
	} while (*at == ',');
	ck_assert_msg(*at == '}', "the end of the labels: %s", line);
	return at + 1;
}

static const struct sample *
read_sample(const char *line)
{
	struct sample *s = &samples[nsamples];
	size_t n = name_length(line);
	char *end;

	ck_assert_msg(n > 0 && n < sizeof(s->name), "a name: %s", line);
	const char *at = skip_labels(line + n, line);

	ck_assert_uint_lt((size_t)(at - line), sizeof(s->series));
	ck_assert_uint_lt(nsamples, MAX_LINES);
	(void)snprintf(s->name, sizeof(s->name), "%.*s", (int)n, line);
	(void)snprintf(s->series, sizeof(s->series), "%.*s", (int)(at - line),
		       line);
	ck_assert_msg(*at == ' ' && at[1] > ' ', "a blank: %s", line);
	s->value = strtod(at + 1, &end);
	ck_assert_msg(*end == '\0' && s->value >= 0, "a number: %s", line);
	for (size_t i = 0; i < nsamples; i++)
		ck_assert_msg(strcmp(samples[i].series, s->series) != 0,
			      "twice: %s", line);
	nsamples++;
	return s;
}

/* Buckets of one series come in a row and grow up to its count. */
static void
check_buckets(const struct sample *s)
{
	static double last;
	const char *le = strstr(s->series, "le=\"");
	const char *part = s->name + strlen(s->name);

	while (part[-1] != '_')
		part--;
	if (strcmp(part, "bucket") == 0) {
		bool first = nsamples < 2 ||
			     strstr(s[-1].series, "_bucket{") == NULL;

		ck_assert_msg(le != NULL, "no bound: %s", s->series);
		ck_assert_msg(first || s->value >= last, "shrinks: %s",
			      s->series);
		last = s->value;
	} else if (strcmp(part, "count") == 0) {
		ck_assert_msg(strstr(s[-2].series, "le=\"+Inf\"") != NULL &&
				      s->value == last,
			      "not the last bucket: %s", s->series);
	}
}

/* The family that ${line}, a comment, tells of; its type if it does. */
static void
read_comment(const char *line, char *family, char *type)
{
	char name[128];

	if (sscanf(line, "# HELP %127s %*c", name) == 1) {
		size_t n = strlen(name);

		ck_assert_msg(name_length(name) == n, "a name: %s", line);
		for (size_t i = 0; i < nsamples; i++)
			ck_assert_msg(strncmp(samples[i].name, name, n) != 0 ||
					      samples[i].name[n] == '_',
				      "a family in two places: %s", line);
		strcpy(family, name);
		type[0] = '\0';
		return;
	}
	ck_assert_msg(sscanf(line, "# TYPE %127s %31s", name, type) == 2 &&
			      strcmp(name, family) == 0,
		      "a comment: %s", line);
	bool counts = strcmp(type, "counter") == 0;
	size_t n = strlen(name);

	ck_assert_msg(counts == (n > 6 && strcmp(name + n - 6, "_total") == 0),
		      "only counters end in _total: %s", line);
	ck_assert_msg(counts || strcmp(type, "gauge") == 0 ||
			      strcmp(type, "histogram") == 0,
		      "a type: %s", line);
}

static void
read_page(const char *text, bool check)
{
	char family[128] = "", type[32] = "", *copy = strdup(text),
	     *rest = copy;

	ck_assert_ptr_nonnull(copy);
	nsamples = 0;
	ck_assert_msg(check == false || text[strlen(text) - 1] == '\n',
		      "no line break at the end");
	for (char *line; (line = strsep(&rest, "\n")) != NULL;) {
		if (line[0] == '\0' && rest == NULL)
			break;
		if (line[0] == '#') {
			if (check)
				read_comment(line, family, type);
			continue;
		}
		const struct sample *s = read_sample(line);
		size_t n = strlen(family);

		if (!check)
			continue;
		bool histogram = strcmp(type, "histogram") == 0;

		ck_assert_msg(type[0] != '\0' &&
				      strncmp(s->name, family, n) == 0 &&
				      (s->name[n] == '\0') == !histogram,
			      "not of %s: %s", family, line);
		if (histogram)
			check_buckets(s);
	}
	free(copy);
}

void
prometheus_expect(const char *text)
{
	read_page(text, true);
	ck_assert_uint_gt(nsamples, 0);
}

double
prometheus_value(const char *text, const char *series)
{
	read_page(text, false);
	for (size_t i = 0; i < nsamples; i++)
		if (strcmp(samples[i].series, series) == 0)
			return samples[i].value;
	return -1;
}

double
prometheus_sum(const char *text, const char *name)
{
	double sum = 0;

	read_page(text, false);
	for (size_t i = 0; i < nsamples; i++)
		if (strcmp(samples[i].name, name) == 0)
			sum += samples[i].value;
	return sum;
}
