/*
 * replies_text.c - a reply of another system as a template of ours.
 */
#include <string.h>

#include "script/export.h"
#include "script/replies.h"
#include "script/report.h"

/* Intercom's names; those of the others are export_text.c's. */
static const struct {
	const char *theirs, *ours;
} intercom[] = {
	{ "user.name", "customer_name" },
	{ "user.first_name", "customer_name" },
	{ "user.last_name", "customer_name" },
	{ "contact.name", "customer_name" },
	{ "contact.first_name", "customer_name" },
	{ "contact.last_name", "customer_name" },
	{ "first_name", "customer_name" },
	{ "name", "customer_name" },
	{ "author.name", "agent_name" },
	{ "author.first_name", "agent_name" },
	{ "admin.name", "agent_name" },
	{ "admin.first_name", "agent_name" },
	{ "teammate.name", "agent_name" },
	{ "teammate.first_name", "agent_name" },
	{ "conversation.id", "case_ref" },
};

struct reading_in {
	enum replies_format format;
	struct buf *with, *without;
	struct report *report;
	const char *at;
	int fallbacks;
	bool ok;
};

static const char *
ours_for(enum replies_format format, const char *name, size_t len)
{
	switch (format) {
	case REPLIES_CHATWOOT:
		return export_placeholder(EXPORT_CHATWOOT, name, len);
	case REPLIES_ZAMMAD:
		return export_placeholder(EXPORT_ZAMMAD, name, len);
	case REPLIES_INTERCOM:
		for (size_t i = 0; i < sizeof(intercom) / sizeof(intercom[0]);
		     i++)
			if (strlen(intercom[i].theirs) == len &&
			    memcmp(intercom[i].theirs, name, len) == 0)
				return intercom[i].ours;
		break;
	case N_REPLIES_FORMATS:
		break;
	}
	return NULL;
}

static bool
is_space(char c)
{
	return c == ' ' || (unsigned char)c < 0x20 || c == 0x7f;
}

static struct frag
trim(const char *from, const char *to)
{
	while (from < to && is_space(*from))
		from++;
	while (to > from && is_space(to[-1]))
		to--;
	return (struct frag){ from, (uint32_t)(to - from) };
}

/* White space is one space, and none at the start. */
static void
add_plain(struct buf *out, char c)
{
	if (!is_space(c))
		buf_char(out, c);
	else if (out->len > 0 && out->ptr[out->len - 1] != ' ')
		buf_char(out, ' ');
}

static void
refuse(struct reading_in *r, const char *why, struct frag what)
{
	if (r->ok)
		report_add(r->report, r->at, "%s: %.*s", why,
			   what.len > 60 ? 60 : (int)what.len, what.ptr);
	r->ok = false;
}

/* The end of ${out} from where its last ", " or " " begins. */
static size_t
lead_len(const struct buf *out)
{
	size_t n = 0;

	if (n < out->len && out->ptr[out->len - 1] == ' ')
		n++;
	if (n < out->len && out->ptr[out->len - 1 - n] == ',')
		n++;
	return n;
}

/* A value that may be missing, with nothing in its place. */
static void
add_group(struct buf *out, const char *name)
{
	char lead[2];
	size_t n = lead_len(out);

	for (size_t i = 0; i < n; i++)
		lead[i] = out->ptr[out->len - n + i];
	out->len -= n;
	buf_lit(out, "[[");
	buf_add(out, lead, n);
	buf_char(out, '{');
	buf_str(out, name);
	buf_lit(out, "}]]");
}

/* What stands in quotation marks after the ":" of |fallback:"there". */
static bool
read_fallback(const char *from, const char *to, struct frag *text)
{
	struct frag all = trim(from, to);
	const char *colon = memchr(all.ptr, ':', all.len);

	if (colon == NULL)
		return false;
	struct frag name = trim(all.ptr, colon);
	struct frag value = trim(colon + 1, all.ptr + all.len);

	if (!(name.len == 8 && memcmp(name.ptr, "fallback", 8) == 0) &&
	    !(name.len == 7 && memcmp(name.ptr, "default", 7) == 0))
		return false;
	if (value.len < 2 || (value.ptr[0] != '"' && value.ptr[0] != '\'') ||
	    value.ptr[value.len - 1] != value.ptr[0])
		return false;
	*text = (struct frag){ value.ptr + 1, value.len - 2 };
	for (uint32_t i = 0; i < text->len; i++)
		if (strchr("{}[]", text->ptr[i]) != NULL)
			return false;
	return true;
}

/* A mark of theirs whose inside is [from, to); ${all} is the whole of it. */
static void
add_mark(struct reading_in *r, const char *from, const char *to,
	 struct frag all)
{
	const char *bar = r->format == REPLIES_ZAMMAD
				  ? NULL
				  : memchr(from, '|', (size_t)(to - from));
	struct frag name = trim(from, bar != NULL ? bar : to);
	struct frag other = { 0 };
	const char *ours = ours_for(r->format, name.ptr, name.len);

	if (ours == NULL) {
		refuse(r, "there is no placeholder of ours for this", all);
		return;
	}
	if (bar != NULL && !read_fallback(bar + 1, to, &other)) {
		refuse(r, "only a fallback can follow the name", all);
		return;
	}
	if (bar != NULL && other.len == 0) {
		add_group(r->with, ours);
		add_group(r->without, ours);
		return;
	}
	buf_char(r->with, '{');
	buf_str(r->with, ours);
	buf_char(r->with, '}');
	if (bar == NULL) {
		buf_char(r->without, '{');
		buf_str(r->without, ours);
		buf_char(r->without, '}');
		return;
	}
	r->fallbacks++;
	for (uint32_t i = 0; i < other.len; i++)
		add_plain(r->without, other.ptr[i]);
}

static const char *
find_close(const char *from, const char *end, const char *close)
{
	return memmem(from, (size_t)(end - from), close, strlen(close));
}

static void
trim_end(struct buf *out)
{
	while (out->len > 0 && out->ptr[out->len - 1] == ' ')
		out->len--;
}

int
replies_template(enum replies_format format, const char *text, size_t len,
		 struct buf *with, struct buf *without, struct report *report,
		 const char *at)
{
	struct reading_in r = { format, with, without, report, at, 0, true };
	const char *open = format == REPLIES_ZAMMAD ? "#{" : "{{";
	const char *close = format == REPLIES_ZAMMAD ? "}" : "}}";
	const char *end = text + len;

	for (const char *s = text; s < end && r.ok;) {
		struct frag rest = { s, (uint32_t)(end - s) };
		const char *last;

		if (end - s > 2 && memcmp(s, open, 2) == 0) {
			last = find_close(s + 2, end, close);
			if (last == NULL) {
				refuse(&r, "this has no end", rest);
				break;
			}
			rest.len =
				(uint32_t)(last - s) + (uint32_t)strlen(close);
			add_mark(&r, s + 2, last, rest);
			s = last + strlen(close);
		} else if (strchr("{}[]", *s) != NULL && *s != '\0') {
			refuse(&r, "a phrase holds no brace and no bracket",
			       rest);
		} else {
			add_plain(with, *s);
			add_plain(without, *s++);
		}
	}
	trim_end(with);
	trim_end(without);
	return r.ok ? r.fallbacks : -1;
}
