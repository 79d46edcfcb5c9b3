/*
 * sift.c - of a large JSON object, which comes in pieces, keep a few members.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "server/sift.h"

/* What the next byte may be. */
enum state {
	BEGIN, /* of the object */
	VALUE,
	FIRST_ITEM, /* of an array, or its end */
	FIRST_NAME, /* of an object, or its end */
	NAME,
	COLON,
	AFTER, /* a value: a comma or an end */
	STRING,
	ESCAPE,
	HEX, /* of \u, ${left} of them */
	LITERAL,
	MINUS, /* these are the parts of a number */
	ZERO,
	DIGITS,
	POINT,
	FRACTION,
	EXPONENT,
	EXPONENT_SIGN,
	EXPONENT_DIGITS,
	END,
};

#define DEAD SIZE_MAX /* no path goes on here */

struct sift {
	const struct sift_rules *rules;
	const void *arg; /* of wants(), for this piece */
	enum state state;
	enum sift_verdict verdict;
	size_t seen; /* bytes, without this piece once there was a mistake */
	unsigned depth;
	bool objects[SIFT_MAX_DEPTH + 1]; /* else an array; by depth from 1 */
	size_t lens[SIFT_MAX_DEPTH + 1];  /* of the path so far, or DEAD */
	char path[SIFT_MAX_PATH + 2];
	size_t len;		 /* of it, with the name being read */
	bool naming;		 /* the string is a name */
	bool wanted;		 /* the next value is to be kept */
	unsigned keeping;	 /* the depth it began at + 1, or 0 */
	unsigned left;		 /* of HEX, or bytes of a character */
	unsigned char low, high; /* what its next byte may be */
	const char *literal;	 /* what is left of it */
	char *out;
	size_t out_len, out_size;
};

struct sift *
sift_new(const struct sift_rules *rules)
{
	struct sift *s = calloc(1, sizeof(*s));

	if (s != NULL)
		s->rules = rules;
	return s;
}

void
sift_free(struct sift *s)
{
	if (s != NULL)
		free(s->out);
	free(s);
}

static void
fail(struct sift *s, enum sift_verdict verdict)
{
	if (s->verdict == SIFT_OK)
		s->verdict = verdict;
}

static void
keep(struct sift *s, const char *bytes, size_t n)
{
	/* One byte more: the closing brace has its room. */
	if (s->out_size - s->out_len <= n) {
		size_t size = s->out_size > 0 ? s->out_size : 1024;

		while (size - s->out_len <= n)
			size *= 2;
		char *out =
			size > 2 * SIFT_MAX_KEPT ? NULL : realloc(s->out, size);
		if (out == NULL) {
			fail(s, size > 2 * SIFT_MAX_KEPT ? SIFT_TOO_LARGE
							 : SIFT_NO_MEMORY);
			return;
		}
		s->out = out;
		s->out_size = size;
	}
	memcpy(s->out + s->out_len, bytes, n);
	s->out_len += n;
	if (s->out_len >= SIFT_MAX_KEPT) /* with the brace */
		fail(s, SIFT_TOO_LARGE);
}

/* --- where we are ----------------------------------------------------------
 */

static void
down(struct sift *s, bool object)
{
	if (s->depth == SIFT_MAX_DEPTH) {
		fail(s, SIFT_TOO_DEEP);
		return;
	}
	size_t len = s->depth == 0 ? 0 : s->len;

	s->depth++;
	s->objects[s->depth] = object;
	s->lens[s->depth] = object && s->keeping == 0 ? len : DEAD;
	s->len = s->lens[s->depth];
	s->state = object ? FIRST_NAME : FIRST_ITEM;
}

/* The path has a name more: is ${path} this one, or on the way there? */
static void
follow(struct sift *s, const char *path, size_t len)
{
	size_t above = s->lens[s->depth];

	if (strncmp(path, s->path, len) == 0 && path[len] == '\0')
		s->wanted = true;
	else if (strncmp(path, s->path, len) == 0 && path[len] == '.')
		s->len = len;
	else if (strncmp(path, s->path, above) == 0 &&
		 strcmp(path + above, "*") == 0)
		s->wanted |=
			s->rules->wants(s->arg, s->path + above, len - above);
}

/* A name has ended. */
static void
take_name(struct sift *s)
{
	size_t len = s->len;

	s->wanted = false;
	if (len == DEAD)
		return;
	s->len = DEAD;
	for (const char *const *p = s->rules->paths; *p != NULL; p++)
		follow(s, *p, len);
	if (s->wanted) {
		keep(s, s->out_len == 0 ? "{\"" : ",\"", 2);
		keep(s, s->path, len);
		keep(s, "\":", 2);
		s->len = DEAD;
	} else if (s->len != DEAD) {
		s->path[s->len++] = '.';
	}
}

/* A byte of a name: names with escapes or other letters are in no path. */
static void
add_name(struct sift *s, char c)
{
	bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
		     (c >= '0' && c <= '9') || c == '_';

	if (!plain || s->len >= SIFT_MAX_PATH)
		s->len = DEAD;
	if (s->len != DEAD)
		s->path[s->len++] = c;
}

static void
value_begins(struct sift *s)
{
	if (s->wanted)
		s->keeping = s->depth + 1;
	s->wanted = false;
}

static void
value_ended(struct sift *s)
{
	if (s->keeping == s->depth + 1)
		s->keeping = 0;
	s->state = s->depth == 0 ? END : AFTER;
}

/* A name comes next: the path is that of the object again. */
static void
name_begins(struct sift *s)
{
	s->len = s->lens[s->depth];
	s->naming = true;
	s->state = STRING;
}

static void
up(struct sift *s, bool object)
{
	if (s->objects[s->depth] != object) {
		fail(s, SIFT_NO_JSON);
		return;
	}
	s->depth--;
	value_ended(s);
}

/* --- one byte --------------------------------------------------------------
 */

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static void
begin_value(struct sift *s, char c)
{
	value_begins(s);
	s->naming = false;
	switch (c) {
	case '{':
	case '[':
		down(s, c == '{');
		break;
	case '"':
		s->state = STRING;
		break;
	case '-':
		s->state = MINUS;
		break;
	case 't':
	case 'f':
	case 'n':
		s->literal = c == 't' ? "rue" : c == 'f' ? "alse" : "ull";
		s->state = LITERAL;
		break;
	default:
		if (is_digit(c))
			s->state = c == '0' ? ZERO : DIGITS;
		else
			fail(s, SIFT_NO_JSON);
	}
}

/* The first byte of a character that is not ASCII. */
static void
begin_character(struct sift *s, unsigned char c)
{
	s->left = c >= 0xf0 ? 3 : c >= 0xe0 ? 2 : 1;
	s->low = c == 0xe0 ? 0xa0 : c == 0xf0 ? 0x90 : 0x80;
	s->high = c == 0xed ? 0x9f : c == 0xf4 ? 0x8f : 0xbf;
	if (c < 0xc2 || c > 0xf4)
		fail(s, SIFT_NO_JSON);
}

static void
in_string(struct sift *s, char c)
{
	unsigned char byte = (unsigned char)c;

	if (s->left > 0) {
		if (byte < s->low || byte > s->high)
			fail(s, SIFT_NO_JSON);
		s->left--;
		s->low = 0x80;
		s->high = 0xbf;
	} else if (c == '"') {
		if (s->naming)
			take_name(s);
		if (s->naming)
			s->state = COLON;
		else
			value_ended(s);
	} else if (byte < 0x20) {
		fail(s, SIFT_NO_JSON);
	} else {
		if (s->naming)
			add_name(s, c);
		if (c == '\\')
			s->state = ESCAPE;
		else if (byte >= 0x80)
			begin_character(s, byte);
	}
}

static void
in_escape(struct sift *s, char c)
{
	s->state = STRING;
	if (c == 'u') {
		s->state = HEX;
		s->left = 4;
	} else if (c == '\0' || strchr("\"\\/bfnrt", c) == NULL) {
		fail(s, SIFT_NO_JSON);
	}
}

static void
in_hex(struct sift *s, char c)
{
	if (!is_digit(c) && !((c | 0x20) >= 'a' && (c | 0x20) <= 'f'))
		fail(s, SIFT_NO_JSON);
	if (--s->left == 0)
		s->state = STRING;
}

static void
in_literal(struct sift *s, char c)
{
	if (c != *s->literal++)
		fail(s, SIFT_NO_JSON);
	else if (*s->literal == '\0')
		value_ended(s);
}

/* In a number: where ${c} leads, END if the number is over before it, BEGIN if
   there is no such number. */
static enum state
number(enum state state, char c)
{
	bool digit = is_digit(c), exponent = (c | 0x20) == 'e';

	switch ((int)state) {
	case MINUS:
		return c == '0' ? ZERO : digit ? DIGITS : BEGIN;
	case DIGITS:
		if (digit)
			return DIGITS;
		__attribute__((fallthrough));
	case ZERO:
		return c == '.' ? POINT : exponent ? EXPONENT : END;
	case POINT:
		return digit ? FRACTION : BEGIN;
	case FRACTION:
		return digit ? FRACTION : exponent ? EXPONENT : END;
	case EXPONENT:
		if (c == '+' || c == '-')
			return EXPONENT_SIGN;
		__attribute__((fallthrough));
	case EXPONENT_SIGN:
		return digit ? EXPONENT_DIGITS : BEGIN;
	default: /* EXPONENT_DIGITS */
		return digit ? EXPONENT_DIGITS : END;
	}
}

static void
after_value(struct sift *s, char c)
{
	if (c == ',')
		s->state = s->objects[s->depth] ? NAME : VALUE;
	else if (c == '}' || c == ']')
		up(s, c == '}');
	else
		fail(s, SIFT_NO_JSON);
}

/* Between the values and names of a container, blanks apart. */
static void
between(struct sift *s, char c)
{
	enum state state = s->state;

	if (state == AFTER)
		after_value(s, c);
	else if ((state == FIRST_ITEM && c == ']') ||
		 (state == FIRST_NAME && c == '}'))
		up(s, c == '}');
	else if (state == VALUE || state == FIRST_ITEM)
		begin_value(s, c);
	else if ((state == NAME || state == FIRST_NAME) && c == '"')
		name_begins(s);
	else if (state == COLON && c == ':')
		s->state = VALUE;
	else if (state == BEGIN && c == '{')
		down(s, true);
	else
		fail(s, SIFT_NO_JSON);
}

static void
look_at(struct sift *s, char c)
{
	bool kept = s->keeping > 0;

	if (s->state >= MINUS && s->state <= EXPONENT_DIGITS) {
		enum state next = number(s->state, c);

		if (next == BEGIN) {
			fail(s, SIFT_NO_JSON);
			return;
		}
		if (next != END) {
			s->state = next;
			if (kept)
				keep(s, &c, 1);
			return;
		}
		value_ended(s);
		kept = s->keeping > 0;
	}
	if (s->state == STRING)
		in_string(s, c);
	else if (s->state == ESCAPE)
		in_escape(s, c);
	else if (s->state == HEX)
		in_hex(s, c);
	else if (s->state == LITERAL)
		in_literal(s, c);
	else if (!is_blank(c))
		between(s, c);
	/* The first byte of a value begins it, its last ends it. */
	if (kept || s->keeping > 0)
		keep(s, &c, 1);
}

/* --- many bytes ------------------------------------------------------------
 */

#define EACH(byte) (UINT64_C(0x0101010101010101) * (byte))
#define HAS_ZERO(word) (((word)-EACH(0x01)) & ~(word))

/*
 * How many bytes at ${p}, eight at a time, are plain ones of a string: ASCII,
 * no quote, no backslash and no control character.  Most of a history is.
 */
static size_t
plain(const char *p, size_t n)
{
	size_t i = 0;
	uint64_t word;

	for (; i + sizeof(word) <= n; i += sizeof(word)) {
		memcpy(&word, p + i, sizeof(word));
		uint64_t odd = word | (word - EACH(0x20)) |
			       HAS_ZERO(word ^ EACH('"')) |
			       HAS_ZERO(word ^ EACH('\\'));

		if ((odd & EACH(0x80)) != 0)
			break;
	}
	return i;
}

void
sift_piece(struct sift *s, const void *arg, const char *piece, size_t len)
{
	s->arg = arg;
	for (size_t i = 0; i < len && s->verdict == SIFT_OK;) {
		size_t n = 0;

		if (s->state == STRING && !s->naming && s->left == 0)
			n = plain(piece + i, len - i);
		if (n == 0)
			look_at(s, piece[i]);
		else if (s->keeping > 0)
			keep(s, piece + i, n);
		n += n == 0;
		s->seen += n;
		i += n;
	}
}

enum sift_verdict
sift_end(struct sift *s, char **kept, size_t *len, size_t *at)
{
	*at = s->verdict != SIFT_OK && s->seen > 0 ? s->seen - 1 : s->seen;
	if (s->state != END)
		fail(s, SIFT_NO_JSON);
	if (s->out_len == 0)
		keep(s, "{", 1);
	if (s->verdict != SIFT_OK)
		return s->verdict;
	s->out[s->out_len++] = '}'; /* keep() has left room for it */
	*kept = s->out;
	*len = s->out_len;
	s->out = NULL;
	return SIFT_OK;
}
