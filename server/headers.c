/*
 * headers.c - what the headers of a request mean.
 */
#include <string.h>
#include <strings.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include "server/headers.h"

static bool
blank(char c)
{
	return c == ' ' || c == '\t';
}

/* Cut blanks off both ends of the text from ${from} up to ${end}. */
static void
trim(const char **from, const char **end)
{
	while (*from < *end && blank(**from))
		++*from;
	while (*from < *end && blank((*end)[-1]))
		--*end;
}

/* The first ${c} outside of quotes, or ${end}. */
static const char *
until(const char *from, const char *end, char c)
{
	bool quoted = false;

	for (; from < end; from++) {
		if (*from == '"')
			quoted = !quoted;
		else if (*from == '\\' && quoted && from + 1 < end)
			from++;
		else if (*from == c && !quoted)
			return from;
	}
	return end;
}

static bool
is(const char *from, const char *end, const char *text)
{
	size_t len = strlen(text);

	return (size_t)(end - from) == len && strncasecmp(from, text, len) == 0;
}

/* A qvalue in thousandths; what is no qvalue counts as 1. */
static int
qvalue(const char *from, const char *end)
{
	int q = 0, scale = 1000;

	if (from == end || (*from != '0' && *from != '1'))
		return 1000;
	q = (*from++ - '0') * scale;
	if (from < end && *from == '.')
		from++;
	for (; from < end && *from >= '0' && *from <= '9'; from++)
		q += (*from - '0') * (scale /= 10);
	return q < 1000 ? q : 1000;
}

/* A more exact name outweighs a vaguer one, wherever it stands. */
static void
wish(struct weight *w, int fit, int q)
{
	if (fit > w->fit || (fit == w->fit && q > w->q))
		*w = (struct weight){ q, fit };
}

/* One member of the list: "text/plain;format=flowed;q=0.5". */
static void
accept_range(struct accept *accept, const char *from, const char *end)
{
	const char *semi = until(from, end, ';');
	const char *type = from, *type_end = semi;
	int q = 1000;

	while (semi < end) {
		const char *param = semi + 1;

		semi = until(param, end, ';');
		const char *param_end = semi;

		trim(&param, &param_end);
		if (param_end - param > 2 && (param[0] | 0x20) == 'q' &&
		    param[1] == '=')
			q = qvalue(param + 2, param_end);
	}
	trim(&type, &type_end);

	if (is(type, type_end, "application/json"))
		wish(&accept->json, 3, q);
	else if (is(type, type_end, "text/plain"))
		wish(&accept->text, 3, q);
	else if (is(type, type_end, "application/*"))
		wish(&accept->json, 2, q);
	else if (is(type, type_end, "text/*"))
		wish(&accept->text, 2, q);
	else if (is(type, type_end, "*/*")) {
		wish(&accept->json, 1, q);
		wish(&accept->text, 1, q);
	}
}

void
accept_add(struct accept *accept, const char *value, size_t len)
{
	const char *end = value + len, *from = value;

	/* What most clients send. */
	if (len == 3 && memcmp(value, "*/*", 3) == 0) {
		wish(&accept->json, 1, 1000);
		wish(&accept->text, 1, 1000);
		accept->seen = true;
		return;
	}
	while (from < end) {
		const char *comma = until(from, end, ',');
		const char *part = from, *part_end = comma;

		trim(&part, &part_end);
		if (part < part_end) {
			accept->seen = true;
			accept_range(accept, part, part_end);
		}
		from = comma + 1;
	}
}

bool
accept_json(const struct accept *accept)
{
	return !accept->seen || accept->json.q > 0;
}

bool
accept_text(const struct accept *accept)
{
	const struct weight *text = &accept->text, *json = &accept->json;

	if (text->q == 0)
		return false;
	return text->q > json->q ||
	       (text->q == json->q && text->fit > json->fit);
}

/* Is this Content-Type ${wanted}, and no charset but UTF-8? */
static bool
is_type(const char *value, size_t len, const char *wanted)
{
	const char *end = value + len, *semi = until(value, end, ';');
	const char *type = value, *type_end = semi;

	trim(&type, &type_end);
	if (!is(type, type_end, wanted))
		return false;
	while (semi < end) {
		const char *param = semi + 1;

		semi = until(param, end, ';');
		const char *param_end = semi;

		trim(&param, &param_end);
		if (param_end - param > 8 &&
		    strncasecmp(param, "charset=", 8) == 0 &&
		    !is(param + 8, param_end, "utf-8") &&
		    !is(param + 8, param_end, "\"utf-8\""))
			return false;
	}
	return true;
}

bool
header_is_json(const char *value, size_t len)
{
	return is_type(value, len, "application/json");
}

bool
header_is_form(const char *value, size_t len)
{
	return is_type(value, len, "application/x-www-form-urlencoded");
}

bool
header_takes_gzip(const char *value, size_t len)
{
	const char *end = value + len;
	struct weight gzip = { 0 };

	while (len > 0 && value < end) {
		const char *comma = until(value, end, ',');
		const char *semi = until(value, comma, ';');
		const char *name = value, *name_end = semi;
		const char *q = semi < comma ? semi + 1 : comma, *q_end = comma;
		int weight = 1000;

		trim(&name, &name_end);
		trim(&q, &q_end);
		if (q_end - q > 2 && (q[0] | 0x20) == 'q' && q[1] == '=')
			weight = qvalue(q + 2, q_end);
		if (is(name, name_end, "gzip"))
			wish(&gzip, 2, weight);
		else if (is(name, name_end, "*"))
			wish(&gzip, 1, weight);
		value = comma + 1;
	}
	return gzip.q > 0;
}

bool
header_is_star(const char *value, size_t len)
{
	const char *end = value + len;

	trim(&value, &end);
	return end - value == 1 && *value == '*';
}

bool
header_has_etag(const char *value, size_t len, const char *etag,
		size_t etag_len)
{
	const char *end = value + len;

	while (value < end) {
		const char *comma = until(value, end, ',');
		const char *tag = value, *tag_end = comma;

		trim(&tag, &tag_end);
		if (tag_end - tag > 2 && tag[0] == 'W' && tag[1] == '/')
			tag += 2;
		if ((size_t)(tag_end - tag) == etag_len &&
		    memcmp(tag, etag, etag_len) == 0)
			return true;
		value = comma + 1;
	}
	return false;
}

bool
header_is_id(const char *value, size_t len)
{
	if (len == 0 || len > HEADERS_MAX_ID)
		return false;
	for (size_t i = 0; i < len; i++) {
		char c = value[i];

		if (!(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') &&
		    !(c >= '0' && c <= '9') && c != '_' && c != '-')
			return false;
	}
	return true;
}

/* Crockford's alphabet: no letter that looks like a digit. */
static const char base32[] = "0123456789abcdefghjkmnpqrstvwxyz";

void
id_source_init(struct id_source *ids)
{
	uint64_t bits;

	/* Ids need to differ, not to be secret: a clock will do in need. */
	if (getrandom(&bits, sizeof(bits), GRND_NONBLOCK) !=
	    (ssize_t)sizeof(bits)) {
		struct timespec ts;

		clock_gettime(CLOCK_REALTIME, &ts);
		bits = (uint64_t)ts.tv_sec << 30 ^ (uint64_t)ts.tv_nsec ^
		       (uint64_t)getpid() << 40;
	}
	for (size_t i = 0; i < sizeof(ids->prefix); i++, bits >>= 5)
		ids->prefix[i] = base32[bits & 31];
	ids->count = 0;
}

size_t
id_next(struct id_source *ids, char *out)
{
	uint64_t count = ids->count++;
	size_t i = sizeof(ids->prefix);

	memcpy(out, ids->prefix, sizeof(ids->prefix));
	do {
		out[i++] = base32[count & 31];
		count >>= 5;
	} while (count > 0);
	out[i] = '\0';
	return i;
}

uint64_t
header_length(const char *value, size_t len)
{
	uint64_t n = 0;

	for (size_t i = 0; i < len; i++) {
		if (value[i] < '0' || value[i] > '9' || n > UINT64_MAX / 16)
			return UINT64_MAX;
		n = n * 10 + (uint64_t)(value[i] - '0');
	}
	return len > 0 ? n : UINT64_MAX;
}

bool
header_is_local(const char *value, size_t len)
{
	static const char *const names[] = { "localhost", "127.0.0.1",
					     "[::1]" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		size_t n = strlen(names[i]);

		if (len >= n && strncasecmp(value, names[i], n) == 0 &&
		    (len == n || value[n] == ':'))
			return true;
	}
	return false;
}
