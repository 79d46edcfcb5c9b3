/*
 * conninfo.c - where the database is, and how we speak to it.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libpq-fe.h>

#include "sql/conninfo.h"
#include "sql/resolve.h"

#define CONNECT_TIMEOUT_S 2

/* The options of which a list of hosts has one each. */
enum {
	HOST,
	HOSTADDR,
	PORT,
	N_LISTS
};
static const char *const list_names[N_LISTS] = { "host", "hostaddr", "port" };

struct conninfo {
	PQconninfoOption *options;
	const char **keywords, **values; /* what is set, and a NULL */
	size_t n;
	size_t at[N_LISTS]; /* where in values; n if not set */
	size_t hosts;
	enum db_role role;
	int timeout_ms;
};

/* clang-format off */
static const struct setting {
	const char *keyword, *value;
	bool always;	/* whatever the string says */
} ours[] = {
	{ "application_name",     "evenkeel", false },
	{ "keepalives",           "1",        false },
	{ "keepalives_idle",      "5",        false },
	{ "keepalives_interval",  "2",        false },
	{ "keepalives_count",     "3",        false },
	{ "tcp_user_timeout",     "3000",     false },
	{ "client_encoding",      "UTF8",     true },
};

/*
 * Not in "options" of the connection string: a pooler in between would refuse
 * it.  Whoever reads is kept from writing twice, by its role and by this.
 * Whoever writes asks whether it can: libpq's target_session_attrs would take
 * the word of a pooler, which says for ever what the server was at first.
 */
#define WRITABLE							\
	"DO $$BEGIN "							\
	"IF current_setting('transaction_read_only')::boolean THEN "	\
	"RAISE read_only_sql_transaction "				\
	"USING MESSAGE = 'the server is read-only'; "			\
	"END IF; END$$;"
#define SETUP								\
	"SET search_path = evenkeel, pg_catalog, pg_temp;"		\
	"SET statement_timeout = 2000;"					\
	"SET lock_timeout = 500;"					\
	"SET client_min_messages = error;"				\
	"SET jit = off;"						\
	"SET timezone = 'UTC';"						\
	"SET standard_conforming_strings = on;"
static const char *const setup[] = {
	[DB_READER] = SETUP
		"SET idle_in_transaction_session_timeout = 5000;"
		"SET default_transaction_read_only = on",
	[DB_WRITER] = WRITABLE SETUP
		"SET idle_in_transaction_session_timeout = 5000",
	[DB_OWNER] = WRITABLE SETUP
		"SET idle_in_transaction_session_timeout = 60000",
};
/* clang-format on */

static void
put(struct conninfo *ci, const char *keyword, const char *value)
{
	size_t i = 0;

	while (i < ci->n && strcmp(ci->keywords[i], keyword) != 0)
		i++;
	ci->keywords[i] = keyword;
	ci->values[i] = value;
	if (i == ci->n)
		ci->n++;
}

static const char *
get(const struct conninfo *ci, const char *keyword)
{
	for (size_t i = 0; i < ci->n; i++)
		if (strcmp(ci->keywords[i], keyword) == 0)
			return ci->values[i];
	return NULL;
}

/* What the string leaves out and several hosts may stand in. */
static void
look_around(struct conninfo *ci)
{
	static const char *const env[N_LISTS] = { "PGHOST", "PGHOSTADDR",
						  "PGPORT" };

	for (size_t i = 0; i < N_LISTS; i++) {
		const char *value = getenv(env[i]);

		if (value != NULL && value[0] != '\0' &&
		    get(ci, list_names[i]) == NULL)
			put(ci, list_names[i], value);
	}
}

static size_t
count(const char *list)
{
	size_t n = 1;

	for (; *list != '\0'; list++)
		n += *list == ',';
	return n;
}

/* Note the lists and how many hosts they name. */
static bool
find_hosts(struct conninfo *ci)
{
	ci->hosts = 1;
	for (size_t i = 0; i < N_LISTS; i++) {
		ci->at[i] = ci->n;
		for (size_t j = 0; j < ci->n; j++)
			if (strcmp(ci->keywords[j], list_names[i]) == 0)
				ci->at[i] = j;
		if (ci->at[i] == ci->n)
			continue;
		size_t n = count(ci->values[ci->at[i]]);
		if (i != PORT && n > ci->hosts)
			ci->hosts = n;
	}
	for (size_t i = 0; i < N_LISTS; i++) {
		size_t n = ci->at[i] == ci->n ? ci->hosts
					      : count(ci->values[ci->at[i]]);
		if (n != ci->hosts && !(i == PORT && n == 1))
			return false;
	}
	return true;
}

static void
set_timeout(struct conninfo *ci)
{
	const char *text = get(ci, "connect_timeout");
	long s = text != NULL ? strtol(text, NULL, 10) : CONNECT_TIMEOUT_S;

	if (s < 1 || s > 60)
		s = CONNECT_TIMEOUT_S;
	ci->timeout_ms = (int)s * 1000;
}

struct conninfo *
conninfo_new(const char *url, enum db_role role, char *why, size_t size)
{
	char *error = NULL;
	size_t room = sizeof(ours) / sizeof(ours[0]) + N_LISTS + 2;
	struct conninfo *ci = calloc(1, sizeof(*ci));

	if (ci == NULL) {
		snprintf(why, size, "out of memory");
		return NULL;
	}
	ci->role = role;
	ci->options = PQconninfoParse(url, &error);
	if (ci->options == NULL) {
		/* libpq's message may quote what it could not read. */
		snprintf(why, size, "%s",
			 error != NULL ? "it is no libpq connection string"
				       : "out of memory");
		PQfreemem(error);
		goto fail;
	}
	for (const PQconninfoOption *o = ci->options; o->keyword != NULL; o++)
		room++;
	ci->keywords = calloc(room, sizeof(*ci->keywords));
	ci->values = calloc(room, sizeof(*ci->values));
	if (ci->keywords == NULL || ci->values == NULL) {
		snprintf(why, size, "out of memory");
		goto fail;
	}

	for (const PQconninfoOption *o = ci->options; o->keyword != NULL; o++)
		if (o->val != NULL)
			put(ci, o->keyword, o->val);
	look_around(ci);
	for (size_t i = 0; i < sizeof(ours) / sizeof(ours[0]); i++)
		if (ours[i].always || get(ci, ours[i].keyword) == NULL)
			put(ci, ours[i].keyword, ours[i].value);
	if (role != DB_READER)
		put(ci, "target_session_attrs", "any"); /* see WRITABLE */
	set_timeout(ci);
	if (!find_hosts(ci)) {
		snprintf(why, size, "its hosts and ports differ in number");
		goto fail;
	}
	return ci;

fail:
	conninfo_free(ci);
	return NULL;
}

size_t
conninfo_hosts(const struct conninfo *ci)
{
	return ci->hosts;
}

int
conninfo_timeout_ms(const struct conninfo *ci)
{
	return ci->timeout_ms;
}

/* The ${i}-th of ${list}, or its only one.  NULL if out of memory. */
static char *
element(const char *list, size_t i)
{
	if (count(list) > 1)
		for (; i > 0; i--)
			list = strchr(list, ',') + 1;
	return strndup(list, strcspn(list, ","));
}

void
conninfo_name(const struct conninfo *ci, size_t i, char *to, size_t size)
{
	char *name = NULL;

	to[0] = '\0';
	if (ci->at[HOST] == ci->n || ci->at[HOSTADDR] != ci->n)
		return;
	name = element(ci->values[ci->at[HOST]], i);
	if (name != NULL && resolve_needed(name) && strlen(name) < size)
		memcpy(to, name, strlen(name) + 1);
	free(name);
}

struct pg_conn *
conninfo_start(const struct conninfo *ci, size_t i, const char *address)
{
	PGconn *conn = NULL;
	char *one[N_LISTS] = { NULL };
	const char **keywords = calloc(2 * (ci->n + 2), sizeof(*keywords));
	const char **values = keywords + ci->n + 2;

	if (keywords == NULL)
		return NULL;
	memcpy(keywords, ci->keywords, ci->n * sizeof(*keywords));
	memcpy(values, ci->values, ci->n * sizeof(*values));
	for (size_t l = 0; l < N_LISTS; l++) {
		if (ci->at[l] == ci->n)
			continue;
		one[l] = element(ci->values[ci->at[l]], i);
		if (one[l] == NULL)
			goto out;
		values[ci->at[l]] = one[l];
	}
	if (address != NULL) {
		keywords[ci->n] = "hostaddr";
		values[ci->n] = address;
	}
	conn = PQconnectStartParams(keywords, values, 0);

out:
	for (size_t l = 0; l < N_LISTS; l++)
		free(one[l]);
	free(keywords);
	return conn;
}

const char *
conninfo_setup(const struct conninfo *ci)
{
	return setup[ci->role];
}

void
conninfo_free(struct conninfo *ci)
{
	if (ci == NULL)
		return;
	PQconninfoFree(ci->options);
	free(ci->keywords);
	free(ci->values);
	free(ci);
}
