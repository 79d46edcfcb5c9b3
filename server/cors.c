/*
 * cors.c - which pages of other sites may read our answers.
 */
#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/cors.h"

#define BETWEEN " ,\t\r\n"

struct origin {
	const char *text; /* in cors->text, with a NUL */
	size_t len;
};

struct cors {
	size_t n;
	struct origin origins[CORS_MAX_ORIGINS];
	char text[]; /* the list, cut at its separators */
};

/* The port after the host, and not the one that goes without saying. */
static const char *
check_port(const char *port, const char *implied)
{
	size_t len = strspn(port, "0123456789");

	if (len == 0 || len > 5 || port[len] != '\0' || port[0] == '0' ||
	    strtoul(port, NULL, 10) > 65535)
		return "the port must be a number from 1 to 65535";
	if (strcmp(port, implied) == 0)
		return "leave :80 of http and :443 of https out, as browsers "
		       "do";
	return NULL;
}

static const char *
check_host(const char *host, const char *implied_port)
{
	const char *end = host[0] == '[' ? strchr(host, ']') : NULL;
	size_t len =
		end != NULL ? (size_t)(end + 1 - host) : strcspn(host, ":/?#");

	if (strpbrk(host, "/?#\\") != NULL)
		return "there is no path in an origin, not even a last \"/\"";
	if (strchr(host, '@') != NULL)
		return "there is no user in an origin";
	if (strchr(host, '*') != NULL)
		return "write each origin in full, there are no patterns";
	for (size_t i = 0; host[i] != '\0'; i++) {
		if ((unsigned char)host[i] > 126)
			return "write the host in punycode (xn--...), as "
			       "browsers do";
		if (isupper((unsigned char)host[i]))
			return "write it in lower case, as browsers do";
	}
	if (len == 0)
		return "it must be scheme://host or scheme://host:port";
	return host[len] == ':' ? check_port(host + len + 1, implied_port)
				: NULL;
}

/* Is this what a browser could send?  NULL, or what to change. */
static const char *
check_origin(const char *text)
{
	const char *mark = strstr(text, "://");

	if (strcmp(text, "*") == 0)
		return "\"*\" would let every page in: name the origins";
	if (mark == NULL || !isalpha((unsigned char)text[0]))
		return "it must be scheme://host or scheme://host:port";
	for (const char *p = text; p < mark; p++) {
		if (isupper((unsigned char)*p))
			return "write it in lower case, as browsers do";
		if (!isalnum((unsigned char)*p) && strchr("+-.", *p) == NULL)
			return "it must be scheme://host or scheme://host:port";
	}
	if (strlen(text) > CORS_MAX_ORIGIN)
		return "it has over 255 bytes";
	return check_host(mark + 3, strncmp(text, "https:", 6) == 0  ? "443"
				    : strncmp(text, "http:", 5) == 0 ? "80"
								     : "");
}

struct cors *
cors_new(const char *list, char *why, size_t size)
{
	size_t len = strlen(list);
	struct cors *cors = malloc(sizeof(*cors) + len + 1);
	char *rest = NULL;

	if (cors == NULL) {
		(void)snprintf(why, size, "out of memory");
		return NULL;
	}
	cors->n = 0;
	memcpy(cors->text, list, len + 1);
	for (char *one = strtok_r(cors->text, BETWEEN, &rest); one != NULL;
	     one = strtok_r(NULL, BETWEEN, &rest)) {
		const char *wrong = check_origin(one);

		if (wrong == NULL && cors->n == CORS_MAX_ORIGINS)
			wrong = "there are over 64 origins";
		if (wrong != NULL) {
			(void)snprintf(why, size, "%.64s: %s", one, wrong);
			cors_free(cors);
			return NULL;
		}
		cors->origins[cors->n++] = (struct origin){ one, strlen(one) };
	}
	return cors;
}

void
cors_free(struct cors *cors)
{
	free(cors);
}

const char *
cors_find(const struct cors *cors, const char *origin, size_t len)
{
	for (size_t i = 0; cors != NULL && i < cors->n; i++)
		if (cors->origins[i].len == len &&
		    memcmp(cors->origins[i].text, origin, len) == 0)
			return cors->origins[i].text;
	return NULL;
}

const char *
cors_origin(const struct cors *cors, size_t i)
{
	return cors != NULL && i < cors->n ? cors->origins[i].text : NULL;
}

char *
cors_page_policy(const struct cors *cors)
{
	static const char base[] =
		"default-src 'none'; script-src 'self'; style-src 'self'; "
		"img-src 'self'; connect-src 'self'; base-uri 'none'; "
		"form-action 'none'; frame-ancestors 'self'";
	size_t size = sizeof(base);

	for (size_t i = 0; cors_origin(cors, i) != NULL; i++)
		size += 1 + cors->origins[i].len;
	char *policy = malloc(size), *end = policy;

	if (policy == NULL)
		return NULL;
	end = stpcpy(end, base);
	for (size_t i = 0; cors_origin(cors, i) != NULL; i++) {
		*end++ = ' ';
		end = stpcpy(end, cors->origins[i].text);
	}
	return policy;
}
