/*
 * utf8.c - is this text?
 */
#include "server/utf8.h"

size_t
utf8_char(const char *s, size_t left, unsigned *cp)
{
	static const unsigned least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	unsigned char first = (unsigned char)s[0];
	size_t n = 0;

	if (first < 0x80) {
		*cp = first;
		return 1;
	}
	if (first >= 0xc0 && first < 0xe0)
		n = 2;
	else if (first >= 0xe0 && first < 0xf0)
		n = 3;
	else if (first >= 0xf0 && first < 0xf8)
		n = 4;
	if (n == 0 || n > left)
		return 0;

	*cp = first & (0x7fu >> n);
	for (size_t i = 1; i < n; i++) {
		if (((unsigned char)s[i] & 0xc0) != 0x80)
			return 0;
		*cp = *cp << 6 | ((unsigned char)s[i] & 0x3f);
	}
	if (*cp < least[n] || *cp > 0x10ffff || (*cp >= 0xd800 && *cp < 0xe000))
		return 0;
	return n;
}

bool
utf8_control(unsigned cp)
{
	return cp < 0x20 || (cp >= 0x7f && cp < 0xa0);
}
