/*
 * config.c - settings: one table, read from the environment and from flags.
 */
#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "server/cors.h"

#include "server/config.h"

#define PREFIX "EVENKEEL_"
#define MAX_SECRET 8192 /* bytes of a file */

enum kind {
	ADDRESS, /* host:port, stored as text and as a socket address */
	SECRET,	 /* text that is never shown; NAME_FILE too */
	TEXT,	 /* of any kind, not secret */
	NUMBER,	 /* an int from min to max */
	FORMAT,	 /* of the log */
	ORIGINS, /* a list, stored as text and as a struct cors */
	AUTH,	 /* keys or open */
	MOODS,	 /* four scores, stored as text and as numbers */
};

struct setting {
	const char *name, *fallback;
	enum kind kind;
	size_t offset;
	long min, max;
	const char *help;
};

/* clang-format off */
static const struct setting settings[] = {
#define AT(field) offsetof(struct config, field)
	{ "LISTEN", "127.0.0.1:8080", ADDRESS, AT(listen), 0, 0,
	  "address to serve, host:port or [::1]:port" },
	{ "AUTH", "keys", AUTH, AT(open), 0, 0,
	  "keys, or open: whoever reaches it may use it; loopback only" },
	{ "DATABASE_URL", "", SECRET, AT(database_url), 0, 0,
	  "libpq connection string; empty: PGHOST and the like" },
	{ "DATABASE_READER_URL", "DATABASE_URL", SECRET, AT(reader_url), 0, 0,
	  "where releases are read from" },
	{ "DATABASE_OWNER_URL", "DATABASE_URL", SECRET, AT(owner_url), 0, 0,
	  "for migrate, import and publish" },
	{ "CORS_ORIGINS", "", ORIGINS, AT(origins), 0, 0,
	  "web pages that may call from a browser: https://desk.example.com ..." },
	{ "FRAME_ANCESTORS", "", ORIGINS, AT(ancestors), 0, 0,
	  "helpdesks that may show the panel in a frame: https://a.zendesk.com ..." },
	{ "CACHE", "", TEXT, AT(cache), 0, 0,
	  "file for a start without the database; empty: none" },
	{ "LOG", "auto", FORMAT, AT(log), 0, 0,
	  "auto, json, text or off; auto is text on a terminal" },
	{ "RATE", "1000", NUMBER, AT(rate), 1, 1000000,
	  "requests a second with one key; twice that in a burst" },
	{ "JOBS", "2", NUMBER, AT(jobs), 1, 64,
	  "threads for requests that use the database" },
	{ "POLL", "5", NUMBER, AT(poll), 1, 3600,
	  "seconds between looks for a new release" },
	{ "DRAIN", "5", NUMBER, AT(drain), 1, 3600,
	  "seconds that a stop waits for requests under way" },
	{ "SENTIMENT", "-0.2 -0.4 -0.6 -0.8", MOODS, AT(sentiment), 0, 0,
	  "Dialogflow's scores from which on a customer is at intensity 1 to 4" },
	{ "RETENTION_DAYS", "0", NUMBER, AT(retention), 0, 36500,
	  "days after which months of closed conversations are erased; 0: "
	  "never" },
#undef AT
};

static const struct {
	const char *name;
	enum log_format format;
} formats[] = {
	{ "auto", LOG_AUTO },
	{ "json", LOG_JSON },
	{ "text", LOG_TEXT },
	{ "off", LOG_OFF },
};
/* clang-format on */

#define NELEMS(a) (sizeof(a) / sizeof((a)[0]))

/* What a setting was given as, before it is read. */
struct given {
	const char *flag, *flag_file; /* from argv */
};

static char **
text_of(struct config *cfg, const struct setting *s)
{
	return (char **)(void *)((char *)cfg + s->offset);
}

/* "DATABASE_URL" as a flag: "database-url". */
static void
flag_name(const struct setting *s, char *buf)
{
	size_t i;

	for (i = 0; s->name[i] != '\0'; i++)
		buf[i] = s->name[i] == '_' ? '-'
					   : (char)tolower((int)s->name[i]);
	buf[i] = '\0';
}

static const char *
from_env(const struct setting *s, const char *suffix)
{
	char name[64];

	(void)snprintf(name, sizeof(name), PREFIX "%s%s", s->name, suffix);
	const char *value = getenv(name);

	return value != NULL && *value != '\0' ? value : NULL;
}

/* The text in the file at ${path} without its last line break. */
static char *
read_secret(const struct setting *s, const char *path, FILE *err)
{
	char text[MAX_SECRET + 2];
	FILE *file = fopen(path, "re");

	if (file == NULL) {
		fprintf(err, PREFIX "%s_FILE: cannot read the file: %s.\n",
			s->name, strerror(errno));
		return NULL;
	}
	size_t len = fread(text, 1, sizeof(text) - 1, file);
	bool failed = ferror(file) != 0;

	fclose(file);
	if (failed || len > MAX_SECRET) {
		fprintf(err,
			PREFIX "%s_FILE: the file must be readable and have at "
			       "most %d bytes.\n",
			s->name, MAX_SECRET);
		return NULL;
	}
	if (len > 0 && text[len - 1] == '\n')
		len--;
	if (len > 0 && text[len - 1] == '\r')
		len--;
	text[len] = '\0';
	if (strlen(text) != len) {
		fprintf(err, PREFIX "%s_FILE: the file must be text.\n",
			s->name);
		return NULL;
	}

	char *copy = strdup(text);

	explicit_bzero(text, sizeof(text));
	if (copy == NULL)
		fprintf(err, "Out of memory.\n");
	return copy;
}

/* A port, digits to the end of the text.  -1 for none. */
static int
read_port(const char *text)
{
	char *end;

	if (!isdigit((unsigned char)*text))
		return -1;
	long port = strtol(text, &end, 10);

	return *end == '\0' && end - text <= 5 && port <= 65535 ? (int)port
								: -1;
}

/* Read cfg->listen into cfg->address. */
static bool
read_address(struct config *cfg, FILE *err)
{
	char host[64];
	struct sockaddr_in *v4 = (struct sockaddr_in *)&cfg->address;
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)&cfg->address;
	const char *text = cfg->listen, *colon = strrchr(text, ':');
	size_t len = colon != NULL ? (size_t)(colon - text) : 0;
	int port = colon != NULL ? read_port(colon + 1) : -1;
	bool brackets = len > 2 && text[0] == '[' && text[len - 1] == ']';

	if (port < 0 || len == 0 || len >= sizeof(host)) {
		fprintf(err, PREFIX "LISTEN must be host:port, such as "
				    "127.0.0.1:8080 or [::1]:8080.\n");
		return false;
	}
	memcpy(host, text + brackets, len - 2 * brackets);
	host[len - 2 * brackets] = '\0';

	memset(&cfg->address, 0, sizeof(cfg->address));
	if (!brackets && strcmp(host, "localhost") == 0)
		memcpy(host, "127.0.0.1", sizeof("127.0.0.1"));
	if (brackets && inet_pton(AF_INET6, host, &v6->sin6_addr) == 1) {
		v6->sin6_family = AF_INET6;
		v6->sin6_port = htons((uint16_t)port);
		cfg->address_len = sizeof(*v6);
		return true;
	}
	if (!brackets && inet_pton(AF_INET, host, &v4->sin_addr) == 1) {
		v4->sin_family = AF_INET;
		v4->sin_port = htons((uint16_t)port);
		cfg->address_len = sizeof(*v4);
		return true;
	}
	fprintf(err, PREFIX "LISTEN must be an address, such as 127.0.0.1:8080 "
			    "or [::1]:8080; names are not looked up.\n");
	return false;
}

static bool
is_loopback(const struct config *cfg)
{
	const struct sockaddr_in *v4 = (const void *)&cfg->address;
	const struct sockaddr_in6 *v6 = (const void *)&cfg->address;

	if (cfg->address.ss_family == AF_INET6)
		return IN6_IS_ADDR_LOOPBACK(&v6->sin6_addr);
	return ntohl(v4->sin_addr.s_addr) >> 24 == 127;
}

/* Without keys, whoever can reach the service may use it. */
static bool
check_open(const struct config *cfg, FILE *err)
{
	if (!cfg->open || cfg->address_len == 0 || is_loopback(cfg))
		return true;
	fprintf(err, PREFIX
		"AUTH=open lets whoever reaches the service use it: set " PREFIX
		"LISTEN to a loopback address, such as 127.0.0.1:8080 or "
		"[::1]:8080, or " PREFIX "AUTH to keys.\n");
	return false;
}

static bool
read_auth(struct config *cfg, const char *text, FILE *err)
{
	cfg->open = strcmp(text, "open") == 0;
	if (cfg->open || strcmp(text, "keys") == 0)
		return true;
	fprintf(err, PREFIX "AUTH must be keys or open.\n");
	return false;
}

/* Read a list of origins, of ${text}. */
static bool
read_origins(struct cors **list, const struct setting *s, const char *text,
	     FILE *err)
{
	char why[256];

	*list = cors_new(text, why, sizeof(why));
	if (*list == NULL)
		fprintf(err, PREFIX "%s: %s.\n", s->name, why);
	return *list != NULL;
}

static struct cors **
list_of(struct config *cfg, const struct setting *s)
{
	return text_of(cfg, s) == &cfg->origins ? &cfg->cors : &cfg->parents;
}

/* Read cfg->sentiment into cfg->moods: each lower than the one before. */
static bool
read_moods(struct config *cfg, FILE *err)
{
	const char *text = cfg->sentiment;
	bool ok = true;

	for (int i = 0; i < CONFIG_MOODS && ok; i++) {
		char *end;
		double score = strtod(text, &end);

		ok = end != text && score >= -1 && score <= 1 &&
		     (i == 0 || score < cfg->moods[i - 1]);
		cfg->moods[i] = score;
		text = end;
	}
	ok = ok && text[strspn(text, " ")] == '\0';
	if (!ok)
		fprintf(err, PREFIX "SENTIMENT must be four numbers from 1 "
				    "down to -1, each lower than the one "
				    "before.\n");
	return ok;
}

static bool
read_number(struct config *cfg, const struct setting *s, const char *text,
	    FILE *err)
{
	char *end;

	errno = 0;
	long value = strtol(text, &end, 10);

	if (errno != 0 || !isdigit((unsigned char)*text) || *end != '\0' ||
	    value < s->min || value > s->max) {
		fprintf(err, PREFIX "%s must be a whole number, %ld to %ld.\n",
			s->name, s->min, s->max);
		return false;
	}
	*(int *)(void *)((char *)cfg + s->offset) = (int)value;
	return true;
}

static bool
read_format(struct config *cfg, const struct setting *s, const char *text,
	    FILE *err)
{
	for (size_t i = 0; i < NELEMS(formats); i++)
		if (strcmp(text, formats[i].name) == 0) {
			cfg->log = formats[i].format;
			return true;
		}
	fprintf(err, PREFIX "%s must be auto, json, text or off.\n", s->name);
	return false;
}

static bool
keep(char **where, const char *text, FILE *err)
{
	if ((*where = strdup(text)) != NULL)
		return true;
	fprintf(err, "Out of memory.\n");
	return false;
}

/* A secret: itself, or in a file, or (the URLs) as DATABASE_URL. */
static bool
read_text(struct config *cfg, const struct setting *s, const char *text,
	  const char *file, FILE *err)
{
	char **where = text_of(cfg, s);

	if (text != NULL && file != NULL) {
		fprintf(err,
			"Set " PREFIX "%s or " PREFIX "%s_FILE, not both.\n",
			s->name, s->name);
		return false;
	}
	if (file != NULL)
		return (*where = read_secret(s, file, err)) != NULL;
	if (text == NULL && where != &cfg->database_url)
		text = cfg->database_url; /* stands before them in the table */
	return keep(where, text != NULL ? text : "", err);
}

static bool
read_setting(struct config *cfg, const struct setting *s,
	     const struct given *given, FILE *err)
{
	const char *text = given->flag, *file = given->flag_file;

	if (text == NULL && file == NULL) {
		text = from_env(s, "");
		file = s->kind == SECRET ? from_env(s, "_FILE") : NULL;
	}
	if (text == NULL && s->kind != SECRET)
		text = s->fallback;

	switch (s->kind) {
	case ADDRESS:
		return keep(text_of(cfg, s), text, err) &&
		       read_address(cfg, err);
	case ORIGINS:
		return keep(text_of(cfg, s), text, err) &&
		       read_origins(list_of(cfg, s), s, text, err);
	case MOODS:
		return keep(text_of(cfg, s), text, err) && read_moods(cfg, err);
	case SECRET:
		return read_text(cfg, s, text, file, err);
	case TEXT:
		return keep(text_of(cfg, s), text, err);
	case NUMBER:
		return read_number(cfg, s, text, err);
	case FORMAT:
		return read_format(cfg, s, text, err);
	case AUTH:
		return read_auth(cfg, text, err);
	}
	return false;
}

/*
 * Is ${arg} the flag of a setting?  Then set where its value belongs, and
 * ${value} to what follows "=" or to NULL.
 */
static const char **
find_flag(const char *arg, struct given *given, const char **value)
{
	char flag[64];

	if (strncmp(arg, "--", 2) != 0)
		return NULL;
	size_t len = strcspn(arg + 2, "=");

	*value = arg[2 + len] == '=' ? arg + 2 + len + 1 : NULL;
	for (size_t i = 0; i < NELEMS(settings); i++) {
		flag_name(&settings[i], flag);
		size_t n = strlen(flag);

		if (strncmp(arg + 2, flag, n) != 0)
			continue;
		if (n == len)
			return &given[i].flag;
		if (settings[i].kind == SECRET && len == n + 5 &&
		    strncmp(arg + 2 + n, "-file", 5) == 0)
			return &given[i].flag_file;
	}
	return NULL;
}

/* Take the flags that are settings out of ${argv}. */
static bool
read_flags(struct given *given, int *argc, char **argv, FILE *err)
{
	int kept = 0, i;
	bool ok = true;

	for (i = 0; i < *argc && strcmp(argv[i], "--") != 0; i++) {
		const char *value, **where;

		if ((where = find_flag(argv[i], given, &value)) == NULL) {
			argv[kept++] = argv[i];
			continue;
		}
		if (value == NULL && i + 1 < *argc &&
		    strncmp(argv[i + 1], "--", 2) != 0)
			value = argv[++i];
		if (value == NULL) {
			fprintf(err, "%s needs a value.\n", argv[i]);
			ok = false;
		}
		*where = value != NULL && *value != '\0' ? value : NULL;
	}
	while (++i < *argc) /* what follows the "--" */
		argv[kept++] = argv[i];
	argv[kept] = NULL;
	*argc = kept;
	return ok;
}

bool
config_load(struct config *cfg, int *argc, char **argv, FILE *err)
{
	struct given given[NELEMS(settings)] = { 0 };

	*cfg = (struct config){ 0 };
	bool ok = read_flags(given, argc, argv, err);

	for (size_t i = 0; i < NELEMS(settings); i++)
		ok = read_setting(cfg, &settings[i], &given[i], err) && ok;
	cfg->page_policy = cors_page_policy(cfg->parents);
	return check_open(cfg, err) && cfg->page_policy != NULL && ok;
}

void
config_free(struct config *cfg)
{
	for (size_t i = 0; i < NELEMS(settings); i++) {
		enum kind kind = settings[i].kind;
		char **text = text_of(cfg, &settings[i]);

		if (kind == NUMBER || kind == FORMAT || kind == AUTH)
			continue; /* they hold no text */
		if (*text != NULL)
			explicit_bzero(*text, strlen(*text));
		free(*text);
	}
	cors_free(cfg->cors);
	cors_free(cfg->parents);
	free(cfg->page_policy);
	*cfg = (struct config){ 0 };
}

void
config_print_help(FILE *out)
{
	fprintf(out,
		"Settings: " PREFIX "NAME in the environment, or a flag "
		"(--name value).\nThe database's can be read from files: " PREFIX
		"NAME_FILE, --name-file.\n\n");
	for (size_t i = 0; i < NELEMS(settings); i++)
		fprintf(out, "  %-21s %-15s %s\n", settings[i].name,
			settings[i].fallback[0] != '\0' ? settings[i].fallback
							: "(none)",
			settings[i].help);
}
