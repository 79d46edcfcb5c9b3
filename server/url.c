/*
 * url.c - the target of a request, decoded with its lengths kept.
 */
#include <stdint.h>
#include <string.h>
#include <strings.h>

#include "server/pointer.h"
#include "server/problem.h"
#include "server/utf8.h"

#include "server/url.h"

/*
 * What a byte of an encoded query is.  A table and one pass, because this
 * stands on the way of every look-up: three instructions for a plain byte.
 */
enum byte {
	PLAIN,
	END,	/* the NUL after the last byte */
	AMP,	/* & */
	EQUALS, /* = */
	ODD,	/* has to be decoded, or refused */
};

/* clang-format off */
static const unsigned char bytes[256] = {
	END, ODD, ODD, ODD, ODD, ODD, ODD, ODD, ODD, ODD, ODD, ODD, ODD, ODD,
	ODD, ODD, ODD, ODD, ODD, ODD, ODD, ODD, ODD, ODD, ODD, ODD, ODD, ODD,
	ODD, ODD, ODD, ODD,
	[' '] = ODD, ['#'] = ODD, ['%'] = ODD, ['+'] = ODD, ['&'] = AMP, ['='] = EQUALS,
	[0x7f] = ODD,
#define ODD16(at)							\
	[at] = ODD, ODD, ODD, ODD, ODD, ODD, ODD, ODD, ODD, ODD, ODD, ODD, \
	ODD, ODD, ODD, ODD
	ODD16(0x80), ODD16(0x90), ODD16(0xa0), ODD16(0xb0), ODD16(0xc0),
	ODD16(0xd0), ODD16(0xe0), ODD16(0xf0),
#undef ODD16
};

/* 16 for what is no hexadecimal digit. */
static int
hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return 16;
}
/* clang-format on */

void
url_split(char *target, size_t len, struct url *url)
{
	char *end = target + len, *path = target;

	/* The absolute form: leave out the scheme and the host. */
	if (*target == '/')
		;
	else if (strncasecmp(target, "http://", 7) == 0)
		path = target + 7 + strcspn(target + 7, "/?");
	else if (strncasecmp(target, "https://", 8) == 0)
		path = target + 8 + strcspn(target + 8, "/?");

	char *mark = memchr(path, '?', (size_t)(end - path));

	url->path = path;
	url->path_len = (size_t)((mark != NULL ? mark : end) - path);
	url->query = mark != NULL ? mark + 1 : end;
	url->query_len = (size_t)(end - url->query);
	if (path != target && url->path_len == 0) {
		url->path = "/";
		url->path_len = 1;
	}
}

/* What is read: it decides what may stand there as it is. */
enum part {
	PATH,
	QUERY,
	FORM
};

/* Is the decoded text UTF-8 without control characters? */
static enum url_verdict
check_text(const char *text, size_t len, enum part part)
{
	while (len > 0) {
		unsigned cp;
		size_t n = utf8_char(text, len, &cp);

		if (n == 0)
			return URL_NOT_UTF8;
		if (cp == 0)
			return URL_NUL;
		if (utf8_control(cp) &&
		    !(part == FORM && (cp == '\n' || cp == '\r' || cp == '\t')))
			return URL_CONTROL;
		text += n;
		len -= n;
	}
	return URL_OK;
}

/*
 * Decode the ${len} bytes at ${from} into ${to} (which may be ${from}) and set
 * ${len} to what came out.
 */
static enum url_verdict
decode(char *to, const char *from, size_t *len, enum part part)
{
	const char *end = from + *len;
	char *out = to;

	while (from < end) {
		char c = *from++;

		if (c == ' ' && part != FORM)
			return URL_SPACE;
		if (c == '#' && part != FORM)
			return URL_FRAGMENT;
		if (c == '+' && part != PATH)
			c = ' ';
		if (c == '%') {
			if (end - from < 2)
				return URL_BAD_ESCAPE;
			int high = hex(from[0]), low = hex(from[1]);

			if (high == 16 || low == 16)
				return URL_BAD_ESCAPE;
			c = (char)(high << 4 | low);
			from += 2;
		}
		*out++ = c;
	}
	*len = (size_t)(out - to);
	return check_text(to, *len, part);
}

enum url_verdict
url_check(const char *path, size_t len)
{
	char scratch[REQUEST_MAX_URL];
	size_t i = 0;

	while (i < len && bytes[(unsigned char)path[i]] != ODD)
		i++;
	if (i == len)
		return URL_OK;
	if (len > sizeof(scratch))
		return URL_BAD_ESCAPE; /* no caller brings one as long */
	return decode(scratch, path, &len, PATH);
}

void
url_decode(struct slice *part)
{
	size_t len = part->len;

	if (memchr(part->ptr, '%', len) == NULL)
		return;
	/* The slice is a borrowed view of memory that is ours to change. */
	char *text = (char *)(uintptr_t)part->ptr;

	if (decode(text, text, &len, PATH) == URL_OK)
		part->len = len;
}

/*
 * One side of an argument, from ${start} up to "&", the end or, in a name, "=".
 * Return where it ends.
 */
static inline char *
side(char *start, bool name, enum part part, struct slice *out,
     enum url_verdict *verdict)
{
	unsigned char *p = (unsigned char *)start;
	bool odd = false;

	for (;; p++) {
		while (bytes[*p] == PLAIN)
			p++;
		unsigned char b = bytes[*p];

		if (b == END || b == AMP || (b == EQUALS && name))
			break;
		odd |= b == ODD;
	}
	out->ptr = start;
	out->len = (size_t)((char *)p - start);
	*verdict = odd ? decode(start, start, &out->len, part) : URL_OK;
	return (char *)p;
}

/* Is the name of the last argument one of the others'? */
static bool
came_before(const struct request *req)
{
	const struct slice *name = &req->args[req->nargs - 1].name;

	for (size_t i = 0; i + 1 < req->nargs; i++)
		if (req->args[i].name.len == name->len &&
		    memcmp(req->args[i].name.ptr, name->ptr, name->len) == 0)
			return true;
	return false;
}

static inline enum url_verdict
read_args(char *query, enum part part, struct request *req)
{
	enum url_verdict verdict;
	char *p = query;

	req->nargs = 0;
	while (*p != '\0') {
		if (*p == '&') {
			p++;
			continue;
		}
		if (req->nargs == REQUEST_MAX_ARGS)
			return URL_TOO_MANY;
		struct arg *arg = &req->args[req->nargs++];

		p = side(p, true, part, &arg->name, &verdict);
		if (verdict != URL_OK)
			return verdict;
		arg->value = (struct slice){ p, 0 };
		if (*p == '=')
			p = side(p + 1, false, part, &arg->value, &verdict);
		if (verdict != URL_OK)
			return verdict;
		if (came_before(req))
			return URL_TWICE;
	}
	return URL_OK;
}

enum url_verdict
url_query(char *query, struct request *req)
{
	return read_args(query, QUERY, req);
}

enum url_verdict
url_form(char *form, size_t len, struct request *req)
{
	req->nargs = 0;
	if (memchr(form, '\0', len) != NULL)
		return URL_NUL;
	return read_args(form, FORM, req);
}

const char *
url_advice(enum url_verdict verdict)
{
	switch (verdict) {
	case URL_OK:
		return NULL;
	case URL_BAD_ESCAPE:
		return "In a URL, \"%\" needs two hexadecimal digits after it; "
		       "write %25 for the sign itself.";
	case URL_NUL:
		return "Leave %00 out of the URL.";
	case URL_CONTROL:
		return "Leave control characters out of the URL; POST takes "
		       "text of several lines.";
	case URL_SPACE:
		return "Write %20 for a space in a URL.";
	case URL_FRAGMENT:
		return "Leave \"#\" and what follows it out of the URL.";
	case URL_NOT_UTF8:
		return "Encode the URL as UTF-8 before escaping it.";
	case URL_TOO_MANY:
		return "Send at most 32 arguments; POST takes the same members "
		       "as a JSON body.";
	case URL_TWICE:
		return "Send each argument once.";
	}
	return NULL;
}

/* As url_advice(), where it differs. */
static const char *
form_advice(enum url_verdict verdict)
{
	switch (verdict) {
	case URL_BAD_ESCAPE:
		return "In a form, \"%\" needs two hexadecimal digits after "
		       "it; write %25 for the sign itself.";
	case URL_NUL:
		return "Leave NUL out of the form.";
	case URL_CONTROL:
		return "Leave control characters out of the form.";
	case URL_NOT_UTF8:
		return "Encode the form as UTF-8 before escaping it.";
	case URL_TOO_MANY:
		return "Send at most 32 fields.";
	case URL_TWICE:
		return "Send each field once.";
	case URL_OK:
	case URL_SPACE:
	case URL_FRAGMENT:
		break;
	}
	return url_advice(verdict);
}

static int
refuse(enum url_verdict verdict, const char *advice, const struct request *req,
       struct reply *reply)
{
	char pointer[160] = "";

	if (verdict == URL_TWICE) {
		const struct slice *name = &req->args[req->nargs - 1].name;

		(void)pointer_step(pointer, sizeof(pointer), 0, name->ptr,
				   name->len);
		return problem_field(reply, PROBLEM_INVALID, pointer, NULL,
				     "%s", advice);
	}
	return problem(reply,
		       verdict == URL_TOO_MANY ? PROBLEM_INVALID
					       : PROBLEM_BAD_REQUEST,
		       "%s", advice);
}

int
url_refuse(enum url_verdict verdict, const struct request *req,
	   struct reply *reply)
{
	return refuse(verdict, url_advice(verdict), req, reply);
}

int
url_form_refuse(enum url_verdict verdict, const struct request *req,
		struct reply *reply)
{
	return refuse(verdict, form_advice(verdict), req, reply);
}
