/*
 * router.c - the route table, searched from the top.
 */
#include <assert.h>
#include <stdbool.h>
#include <string.h>

#include "server/router.h"

/* Does ${path} fit ${pattern}?  If so, note what its placeholders took. */
static bool
fits(const char *pattern, const char *path, size_t len, struct route_match *m)
{
	const char *end = path + len;

	m->nparams = 0;
	for (; *pattern != '\0'; pattern++) {
		if (path == end)
			return false;
		if (*pattern != '{') {
			if (*pattern != *path++)
				return false;
			continue;
		}

		/* A placeholder takes everything up to the next slash. */
		const char *slash = memchr(path, '/', (size_t)(end - path));
		size_t n = (size_t)((slash != NULL ? slash : end) - path);

		if (n == 0)
			return false;
		assert(m->nparams < ROUTER_MAX_PARAMS);
		m->params[m->nparams++] = (struct slice){ path, n };
		path += n;

		pattern = strchr(pattern, '}');
		assert(pattern != NULL);
	}
	return path == end;
}

enum router_verdict
router_find(const struct route *routes, size_t n, const char *method,
	    const char *path, size_t len, struct route_match *match)
{
	enum router_verdict verdict = ROUTER_NOT_FOUND;
	struct route_match m;

	if (method[0] == 'H' && strcmp(method, "HEAD") == 0)
		method = "GET"; /* The body is left out when it is sent. */

	for (size_t i = 0; i < n; i++) {
		const char *pattern = routes[i].pattern;

		/* Of all that start with "/" most differ in what follows. */
		if (len > 1 && pattern[1] != path[1] && pattern[1] != '{')
			continue;
		if (!fits(pattern, path, len, &m))
			continue;
		if (strcmp(routes[i].method, method) != 0) {
			verdict = ROUTER_NOT_ALLOWED;
			continue;
		}
		match->route = &routes[i];
		match->nparams = m.nparams;
		for (size_t j = 0; j < m.nparams; j++)
			match->params[j] = m.params[j];
		return ROUTER_MATCH;
	}
	return verdict;
}

/* Is ${method} on the list ${text} ("GET, HEAD") already? */
static bool
listed(const char *text, const char *method)
{
	size_t len = strlen(method);

	for (const char *at = text; (at = strstr(at, method)) != NULL; at++)
		if ((at == text || at[-1] == ' ') &&
		    (at[len] == '\0' || at[len] == ','))
			return true;
	return false;
}

/* Add ${method} to the list in ${buf}, if it is new and there is room. */
static void
list(char *buf, size_t size, const char *method)
{
	size_t used = strlen(buf), len = strlen(method);
	size_t comma = used > 0 ? 2 : 0;

	if (listed(buf, method) || used + comma + len >= size)
		return;
	memcpy(buf + used, ", ", comma);
	memcpy(buf + used + comma, method, len + 1);
}

void
router_allow(const struct route *routes, size_t n, const char *path, size_t len,
	     char *buf, size_t size)
{
	struct route_match m;

	assert(size > 0);
	buf[0] = '\0';
	for (size_t i = 0; i < n; i++) {
		if (!fits(routes[i].pattern, path, len, &m))
			continue;
		list(buf, size, routes[i].method);
		if (strcmp(routes[i].method, "GET") == 0)
			list(buf, size, "HEAD");
	}
	if (buf[0] != '\0')
		list(buf, size, "OPTIONS");
}
