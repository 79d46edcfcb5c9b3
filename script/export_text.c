/*
 * export_text.c - a template as another system writes it.
 */
#include <string.h>

#include <utf8proc.h>

#include "script/export.h"

#define BLANK "____"

/*
 * Theirs for ours, the best one first; what they lack is not here.  ${sure}:
 * it always has a value, so that what we may leave out can stay.
 */
static const struct same {
	const char *ours, *theirs;
	enum export_format format;
	bool sure;
} sames[] = {
	{ "customer_name", "contact.name", EXPORT_CHATWOOT, false },
	{ "customer_name", "contact.first_name", EXPORT_CHATWOOT, false },
	{ "customer_name", "contact.last_name", EXPORT_CHATWOOT, false },
	{ "agent_name", "agent.first_name", EXPORT_CHATWOOT, false },
	{ "agent_name", "agent.name", EXPORT_CHATWOOT, false },
	{ "case_ref", "conversation.id", EXPORT_CHATWOOT, true },
	/* Zendesk takes no requester and no agent without a name. */
	{ "customer_name", "ticket.requester.name", EXPORT_ZENDESK, true },
	{ "agent_name", "current_user.first_name", EXPORT_ZENDESK, true },
	{ "case_ref", "ticket.id", EXPORT_ZENDESK, true },
	/* Zammad prints "-" where a name is missing. */
	{ "customer_name", "ticket.customer.firstname", EXPORT_ZAMMAD, false },
	{ "customer_name", "ticket.customer.lastname", EXPORT_ZAMMAD, false },
	{ "customer_name", "ticket.customer.fullname", EXPORT_ZAMMAD, false },
	{ "agent_name", "user.firstname", EXPORT_ZAMMAD, false },
	{ "agent_name", "user.fullname", EXPORT_ZAMMAD, false },
	{ "case_ref", "ticket.number", EXPORT_ZAMMAD, true },
};

static const struct {
	const char *open, *close;
} braces[N_EXPORT_FORMATS] = {
	[EXPORT_CHATWOOT] = { "{{", "}}" }, [EXPORT_ZENDESK] = { "{{", "}}" },
	[EXPORT_ZAMMAD] = { "#{", "}" },    [EXPORT_RASA] = { "{", "}" },
	[EXPORT_MARKDOWN] = { "*", "*" },
};

#define NSAMES (sizeof(sames) / sizeof(sames[0]))

static const struct same *
same_of(enum export_format format, const char *ours)
{
	for (size_t i = 0; i < NSAMES; i++)
		if (sames[i].format == format &&
		    strcmp(sames[i].ours, ours) == 0)
			return &sames[i];
	return NULL;
}

const char *
export_placeholder(enum export_format format, const char *name, size_t len)
{
	for (size_t i = 0; i < NSAMES; i++)
		if (sames[i].format == format &&
		    strlen(sames[i].theirs) == len &&
		    memcmp(sames[i].theirs, name, len) == 0)
			return sames[i].ours;
	return NULL;
}

struct writing {
	struct buf *out;
	const struct library *lib;
	enum export_format format;
	enum export_escape escape;
	char before[2]; /* the last two bytes written, unescaped */
};

/* Would Markdown take ${c} for more than itself here? */
static bool
means_something(const struct writing *w, char c)
{
	char last = w->before[1];

	if (last == '\0' && strchr("+-", c) != NULL)
		return true;
	if (last >= '0' && last <= '9' && strchr(".)", c) != NULL)
		return true;
	return strchr("\\`*_{}[]<>#!|~&", c) != NULL;
}

static void
add_char(struct writing *w, char c)
{
	bool escaped = w->escape == ESCAPE_MARKDOWN && means_something(w, c);

	w->before[0] = w->before[1];
	w->before[1] = c;
	switch (w->escape) {
	case ESCAPE_NONE:
		break;
	case ESCAPE_JSON:
		buf_json(w->out, &c, 1);
		return;
	case ESCAPE_CSV:
		if (c == '"')
			buf_char(w->out, '"');
		break;
	case ESCAPE_MARKDOWN:
		if (escaped)
			buf_char(w->out, '\\');
		break;
	}
	buf_char(w->out, c);
}

static void
add_text(struct writing *w, const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		add_char(w, text[i]);
}

static bool
at_sentence_start(const struct writing *w)
{
	return w->before[1] == '\0' ||
	       (w->before[1] == ' ' && w->before[0] != '\0' &&
		strchr(".!?", w->before[0]) != NULL);
}

static bool
takes_capital(int type)
{
	return type == TYPE_NOUN_PHRASE || type == TYPE_CLAUSE ||
	       type == TYPE_ROLE || type == TYPE_ADJECTIVE;
}

/* Words in the place of a value: an example, or a default. */
static void
add_words(struct writing *w, const struct placeholder *ph,
	  const struct frag *words)
{
	struct frag rest = *words;
	utf8proc_int32_t c;
	utf8proc_uint8_t up[4];

	if (takes_capital(ph->type) && at_sentence_start(w)) {
		utf8proc_ssize_t n = utf8proc_iterate(
			(const utf8proc_uint8_t *)rest.ptr, rest.len, &c);

		if (n > 0) {
			add_text(w, (const char *)up,
				 (size_t)utf8proc_encode_char(
					 utf8proc_toupper(c), up));
			rest.ptr += n;
			rest.len -= (uint32_t)n;
		}
	}
	add_text(w, rest.ptr, rest.len);
}

/* A mark of theirs: it is not escaped but for what carries it. */
static void
add_theirs(struct writing *w, const char *name)
{
	buf_str(w->out, braces[w->format].open);
	buf_str(w->out, name);
	buf_str(w->out, braces[w->format].close);
	w->before[1] = '}';
}

static void
add_value(struct writing *w, int number)
{
	const struct placeholder *ph = &w->lib->placeholders[number];
	const struct same *same = same_of(w->format, ph->name);

	if (same != NULL) {
		add_theirs(w, same->theirs);
	} else if (ph->standard.len > 0) {
		add_words(w, ph, &ph->standard);
	} else if (w->format == EXPORT_RASA) {
		add_theirs(w, ph->name);
	} else if (w->format == EXPORT_MARKDOWN) {
		const char *mark = w->escape == ESCAPE_MARKDOWN
					   ? braces[w->format].open
					   : "";

		buf_str(w->out, mark);
		add_words(w, ph, &ph->example);
		buf_str(w->out, mark);
	} else {
		add_text(w, BLANK, strlen(BLANK));
	}
}

/* May what ${at} begins stay? */
static bool
group_stays(const struct writing *w, const char *at)
{
	if (w->format == EXPORT_MARKDOWN)
		return true;
	for (; *at != MARK_END; at++) {
		if (*at != MARK_VALUE)
			continue;
		const struct placeholder *ph =
			&w->lib->placeholders[(unsigned char)*++at];
		const struct same *same = same_of(w->format, ph->name);

		if (same == NULL ? ph->standard.len == 0 : !same->sure)
			return false;
	}
	return true;
}

static size_t
group_len(const char *mark)
{
	return (size_t)(unsigned char)mark[1] +
	       256 * (size_t)(unsigned char)mark[2];
}

void
export_text(struct buf *out, const struct library *lib, const struct phrase *p,
	    enum export_format format, enum export_escape escape)
{
	struct writing w = { out, lib, format, escape, "" };
	const char *at = p->text, *end = at + p->text_len;

	while (at < end) {
		switch (*at) {
		case MARK_VALUE:
			add_value(&w, (unsigned char)at[1]);
			at += 2;
			break;
		case MARK_GROUP:
			at += group_stays(&w, at + 3) ? 3 : 3 + group_len(at);
			break;
		case MARK_END:
			at++;
			break;
		default:
			/* It is kept for JSON: only \" and \\ to undo. */
			if (*at == '\\')
				at++;
			add_char(&w, *at++);
		}
	}
}
