/*
 * finished.c - is this a line that one may say?
 *
 * Written apart from the code that makes lines, on purpose: it shares none of
 * its ideas of what is clean.
 */
#include <ctype.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "tests/finished.h"

static bool
has_word(const char *text, const char *word)
{
	size_t len = strlen(word);

	for (const char *at = text; (at = strstr(at, word)) != NULL; at++)
		if ((at == text || !isalpha((unsigned char)at[-1])) &&
		    !isalpha((unsigned char)at[len]))
			return true;
	return false;
}

const char *
finished_fault(const char *text)
{
	/* clang-format off */
	static const struct {
		const char *piece, *fault;
	} never[] = {
		{ "{", "a brace" }, { "}", "a brace" }, { "[[", "a bracket" },
		{ "]]", "a bracket" }, { "  ", "a doubled space" },
		{ " ,", "a space before a comma" }, { " .", "a space before a full stop" },
		{ " !", "a space before !" }, { " ?", "a space before ?" },
		{ " :", "a space before :" }, { " ;", "a space before ;" },
		{ ",,", "two commas" }, { ",.", "an orphan comma" },
		{ ",!", "an orphan comma" }, { ",?", "an orphan comma" },
		{ "..", "two full stops" }, { ".?", "two marks" },
		{ " - ", "a dash" }, { "\n", "a new line" },
	};
	/* clang-format on */
	size_t len = strlen(text);

	if (len == 0)
		return "nothing at all";
	for (size_t i = 0; i < sizeof(never) / sizeof(never[0]); i++)
		if (strstr(text, never[i].piece) != NULL)
			return never[i].fault;
	if (has_word(text, "null") || has_word(text, "None"))
		return "null or None";
	if (text[0] == ' ' || text[0] == ',' || text[len - 1] == ' ')
		return "a loose end";
	if (strchr(".!?", text[len - 1]) == NULL)
		return "no mark at the end";
	for (size_t i = 0; i < len; i++) {
		bool start = i == 0 || (i >= 2 && text[i - 1] == ' ' &&
					strchr(".!?", text[i - 2]) != NULL);
		if (start && islower((unsigned char)text[i]))
			return "a sentence that begins in lower case";
	}
	return NULL;
}
