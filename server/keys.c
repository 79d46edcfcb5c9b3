/*
 * keys.c - who may do what: API keys, held in memory.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include <nettle/memops.h>
#include <nettle/sha2.h>

#include "server/utf8.h"

#include "server/keys.h"

_Static_assert(KEY_HASH == SHA256_DIGEST_SIZE, "a SHA-256");

static const char base62[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
			     "abcdefghijklmnopqrstuvwxyz";

/* clang-format off */
static const char *const names[] = {
	[ROLE_NONE]      = "none",
	[ROLE_READER]    = "reader",
	[ROLE_AGENT]     = "agent",
	[ROLE_EDITOR]    = "editor",
	[ROLE_PUBLISHER] = "publisher",
	[ROLE_ADMIN]     = "admin",
};
/* clang-format on */

const char *
role_name(enum role role)
{
	return names[role];
}

enum role
role_find(const char *text, size_t len)
{
	for (enum role role = ROLE_READER; role <= ROLE_ADMIN; role++)
		if (strlen(names[role]) == len &&
		    memcmp(names[role], text, len) == 0)
			return role;
	return ROLE_NONE;
}

/* --- making -------------------------------------------------------------- */

/* ${n} random characters of base62 and a NUL. */
static bool
random_text(char *to, size_t n)
{
	unsigned char bytes[64];
	size_t i = 0;
	bool ok = true;

	while (i < n && ok) {
		ok = getrandom(bytes, sizeof(bytes), 0) ==
		     (ssize_t)sizeof(bytes);
		/* 248 is 4 * 62: with the bytes beyond, some would be likelier.
		 */
		for (size_t j = 0; ok && j < sizeof(bytes) && i < n; j++)
			if (bytes[j] < 248)
				to[i++] = base62[bytes[j] % 62];
	}
	to[i] = '\0';
	explicit_bzero(bytes, sizeof(bytes));
	return ok;
}

static void
hash(const char *secret, unsigned char *out)
{
	struct sha256_ctx ctx;

	sha256_init(&ctx);
	sha256_update(&ctx, KEY_SECRET, (const uint8_t *)secret);
	sha256_digest(&ctx, KEY_HASH, out);
	explicit_bzero(&ctx, sizeof(ctx));
}

bool
key_is_note(const char *text)
{
	size_t left = strlen(text), n = 0, len;
	unsigned cp;

	for (; left > 0; text += len, left -= len) {
		len = utf8_char(text, left, &cp);
		if (len == 0 || utf8_control(cp) || ++n > KEY_NOTE)
			return false;
	}
	return true;
}

bool
key_make(enum role role, struct key *key, char *text)
{
	char secret[KEY_SECRET + 1];

	*key = (struct key){ .role = role };
	if (!random_text(key->id, KEY_ID) || !random_text(secret, KEY_SECRET))
		return false;
	hash(secret, key->hash);
	text = stpcpy(stpcpy(text, "ek_"), role_name(role));
	text = stpcpy(stpcpy(text, "_"), key->id);
	(void)stpcpy(stpcpy(text, "_"), secret);
	explicit_bzero(secret, sizeof(secret));
	return true;
}

/* --- the table ----------------------------------------------------------- */

static int
by_id(const void *a, const void *b)
{
	return memcmp(((const struct key *)a)->id, ((const struct key *)b)->id,
		      KEY_ID);
}

static struct key_table *
table_room(size_t n)
{
	struct key_table *table =
		calloc(1, sizeof(*table) + n * sizeof(table->keys[0]));

	if (table != NULL)
		table->n = n;
	return table;
}

struct key_table *
key_table_new(const struct key *keys, size_t n)
{
	struct key_table *table = table_room(n);

	if (table == NULL || n == 0)
		return table;
	memcpy(table->keys, keys, n * sizeof(keys[0]));
	qsort(table->keys, n, sizeof(keys[0]), by_id);
	return table;
}

/* Are the ${n} bytes at ${text} of base62? */
static bool
is_base62(const char *text, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		char c = text[i];

		if (!(c >= '0' && c <= '9') && !(c >= 'A' && c <= 'Z') &&
		    !(c >= 'a' && c <= 'z'))
			return false;
	}
	return true;
}

/*
 * Cut "ek_<role>_<id>_<secret>": the role, and where the id begins; the secret
 * follows an underscore after it.  ROLE_NONE if it is no such text.
 */
static enum role
cut(const char *text, size_t len, const char **id)
{
	const size_t tail = 1 + KEY_ID + 1 + KEY_SECRET;

	if (len <= 3 + tail || len > KEY_MAX || memcmp(text, "ek_", 3) != 0)
		return ROLE_NONE;
	size_t name = len - 3 - tail;
	const char *rest = text + 3 + name;

	if (rest[0] != '_' || rest[1 + KEY_ID] != '_' ||
	    !is_base62(rest + 1, KEY_ID) ||
	    !is_base62(rest + 1 + KEY_ID + 1, KEY_SECRET))
		return ROLE_NONE;
	*id = rest + 1;
	return role_find(text + 3, name);
}

enum key_verdict
key_check(const struct key_table *table, const char *text, size_t len,
	  int64_t now, const struct key **key)
{
	static const struct key nobody;
	unsigned char digest[KEY_HASH];
	struct key wanted;
	const char *id;
	enum role role = cut(text, len, &id);

	if (role == ROLE_NONE)
		return KEY_MALFORMED;
	memcpy(wanted.id, id, KEY_ID);
	const struct key *found = bsearch(&wanted, table->keys, table->n,
					  sizeof(table->keys[0]), by_id);

	/* Also for an id that there is not: it takes as long. */
	if (found == NULL)
		found = &nobody;
	hash(id + KEY_ID + 1, digest);
	bool same = memeql_sec(digest, found->hash, KEY_HASH) != 0;

	explicit_bzero(digest, sizeof(digest));
	if (!same || found->role != role)
		return KEY_UNKNOWN;
	*key = found;
	return found->expires != 0 && now >= found->expires ? KEY_EXPIRED
							    : KEY_GOOD;
}

/* --- the memo ------------------------------------------------------------ */

/*
 * A proxy may send the requests of many clients through one connection: no
 * word is compared faster because it differs.
 */
static bool
same_text(const char *kept, const char *text, size_t len)
{
	uint64_t differ = 0, a, b;
	size_t i = 0;

	for (; i + sizeof(a) <= len; i += sizeof(a)) {
		memcpy(&a, kept + i, sizeof(a));
		memcpy(&b, text + i, sizeof(b));
		differ |= a ^ b;
	}
	if (i < len) {
		/* The last 8 bytes: a key is longer than that. */
		memcpy(&a, kept + len - sizeof(a), sizeof(a));
		memcpy(&b, text + len - sizeof(b), sizeof(b));
		differ |= a ^ b;
	}
	return differ == 0;
}

const struct key *
key_recall(const struct key_memo *memo, uint64_t edition, const char *text,
	   size_t len, int64_t now)
{
	if (memo->key == NULL || memo->edition != edition || memo->len != len ||
	    !same_text(memo->text, text, len))
		return NULL;
	return memo->key->expires == 0 || now < memo->key->expires ? memo->key
								   : NULL;
}

void
key_note(struct key_memo *memo, const struct key *key, uint64_t edition,
	 const char *text, size_t len)
{
	memo->key = key;
	memo->edition = edition;
	memo->len = len;
	memcpy(memo->text, text, len);
}

/* --- as text ------------------------------------------------------------- */

/* "12345678 publisher <64 hex digits> <seconds>\n" */
#define LINE_MAX_ (KEY_ID + 1 + 9 + 1 + 2 * KEY_HASH + 1 + 20 + 1)
#define DIGITS 18 /* of the seconds, at most */

static const char hex[] = "0123456789abcdef";

static char *
pack_line(char *p, const struct key *key)
{
	char digits[DIGITS];
	int64_t left = key->expires;
	size_t n = 0;

	memcpy(p, key->id, KEY_ID);
	p[KEY_ID] = ' ';
	p = stpcpy(p + KEY_ID + 1, role_name(key->role));
	*p++ = ' ';
	for (size_t i = 0; i < KEY_HASH; i++) {
		*p++ = hex[key->hash[i] >> 4];
		*p++ = hex[key->hash[i] & 15];
	}
	*p++ = ' ';
	do {
		digits[n++] = (char)('0' + left % 10);
		left /= 10;
	} while (left > 0 && n < DIGITS);
	while (n > 0)
		*p++ = digits[--n];
	*p++ = '\n';
	return p;
}

char *
key_table_pack(const struct key_table *table, size_t *len)
{
	char *text = malloc(table->n * LINE_MAX_ + 1), *p = text;

	if (text == NULL)
		return NULL;
	for (size_t i = 0; i < table->n; i++)
		p = pack_line(p, &table->keys[i]);
	*len = (size_t)(p - text);
	return text;
}

/* The value of a hex digit, or -1. */
static int
hex_value(char c)
{
	const char *at = c != '\0' ? strchr(hex, c) : NULL;

	return at != NULL ? (int)(at - hex) : -1;
}

/* A number of DIGITS at most, as pack_line() writes it; -1 for none. */
static int64_t
read_seconds(const char *from, const char *end)
{
	int64_t seconds = 0;

	if (from == end || end - from > DIGITS ||
	    (*from == '0' && end - from > 1))
		return -1;
	for (; from < end; from++) {
		if (*from < '0' || *from > '9')
			return -1;
		seconds = seconds * 10 + (*from - '0');
	}
	return seconds;
}

static bool
unpack_line(const char *from, const char *end, struct key *key)
{
	if (end - from <= KEY_ID + 1 || from[KEY_ID] != ' ' ||
	    !is_base62(from, KEY_ID))
		return false;
	memcpy(key->id, from, KEY_ID);
	from += KEY_ID + 1;
	const char *blank = memchr(from, ' ', (size_t)(end - from));

	if (blank == NULL || end - blank <= 1 + 2 * KEY_HASH + 1 ||
	    blank[1 + 2 * KEY_HASH] != ' ')
		return false;
	key->role = role_find(from, (size_t)(blank - from));
	for (size_t i = 0; i < KEY_HASH; i++) {
		int high = hex_value(blank[1 + 2 * i]);
		int low = hex_value(blank[2 + 2 * i]);

		if (high < 0 || low < 0)
			return false;
		key->hash[i] = (unsigned char)(high << 4 | low);
	}
	key->expires = read_seconds(blank + 2 + 2 * KEY_HASH, end);
	return key->role != ROLE_NONE && key->expires >= 0;
}

struct key_table *
key_table_unpack(const char *text, size_t len)
{
	const char *end = text + len, *line;
	size_t n = 0;

	for (const char *p = text; p < end; p++)
		n += *p == '\n';
	struct key_table *table = table_room(n);

	if (table == NULL)
		return NULL;
	for (size_t i = 0; i < n; i++, text = line + 1) {
		line = memchr(text, '\n', (size_t)(end - text));
		/* In order, each once: as it was packed. */
		if (!unpack_line(text, line, &table->keys[i]) ||
		    (i > 0 &&
		     by_id(&table->keys[i - 1], &table->keys[i]) >= 0)) {
			free(table);
			return NULL;
		}
	}
	if (text == end)
		return table;
	free(table);
	return NULL;
}
