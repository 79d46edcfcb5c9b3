#include <string.h>

#include "script/tokens_parts.h"

/* A bare "shop.example.com" is a link; so that "fine.But" is none: */
static const char ends_of_names[][6] = { "com", "de",  "eu",  "info",
					 "io",	"net", "org", "uk" };

/* The end of the name of a host at ${at}, or ${at}: "mail.example.com". */
static size_t
host_end(const struct tokens *t, size_t at)
{
	size_t end = at, label = at;
	bool dotted = false;

	while (tokens_is_name(t, end, "-."))
		if (t->text[end++] == '.')
			label = end;
	while (end > at && (t->text[end - 1] == '.' || t->text[end - 1] == '-'))
		end--;
	if (end < label)
		for (label = end; label > at && t->text[label - 1] != '.';)
			label--;
	dotted = label > at && end > label + 1;
	return dotted ? end : at;
}

/* The end of an address of mail whose first byte is at ${at}, or ${at}. */
static size_t
mail_end(struct tokens *t, size_t at)
{
	size_t end = at, host;

	if (at < t->no_mail)
		return at;
	while (tokens_is_name(t, end, "._+-"))
		end++;
	if (end < t->len && end > at && t->text[end] == '@') {
		host = host_end(t, end + 1);
		if (host > end + 1)
			return host;
	}
	t->no_mail = end; /* whoever begins further in gets no further */
	return at;
}

static bool
begins(const struct tokens *t, size_t at, const char *with)
{
	size_t n = strlen(with);

	if (t->len - at < n)
		return false;
	for (size_t i = 0; i < n; i++)
		if ((t->text[at + i] | 0x20) != (with[i] | 0x20))
			return false;
	return true;
}

/* The end of an address on the web at ${at}, to the next space; or ${at}. */
static size_t
link_rest(const struct tokens *t, size_t at)
{
	size_t end = at;

	while (end < t->len && (unsigned char)t->text[end] > ' ' &&
	       strchr("<>\"{}|", t->text[end]) == NULL)
		end++;
	while (end > at && strchr(".,!?;:)'", t->text[end - 1]) != NULL)
		end--;
	return end;
}

/* The end of a link that begins with the word from t->at to ${end}, or 0. */
size_t
tokens_link(struct tokens *t, size_t end)
{
	char next = end < t->len ? t->text[end] : '\0';
	size_t to, dot;

	if (next == ':' &&
	    (begins(t, t->at, "http://") || begins(t, t->at, "https://")))
		return link_rest(t, t->at);
	if (next == '.' && begins(t, t->at, "www."))
		return link_rest(t, t->at);
	if (next != '.' && next != '@' && next != '_' && next != '+' &&
	    next != '-')
		return 0;
	if (t->at < t->no_mail)
		return 0;
	to = mail_end(t, t->at);
	if (to > t->at)
		return to;
	if (next != '.' && next != '-')
		return 0;
	to = host_end(t, t->at);
	for (dot = to; dot > t->at && t->text[dot - 1] != '.';)
		dot--;
	for (size_t i = 0; i < COUNT(ends_of_names); i++)
		if (to - dot == strlen(ends_of_names[i]) &&
		    begins(t, dot, ends_of_names[i]))
			return to < t->len && t->text[to] == '/'
				       ? link_rest(t, t->at)
				       : to;
	return 0;
}
