/*
 * guard.h - what HTTP we refuse before anyone looks at what it asks for.
 *
 * libmicrohttpd 0.9.75 takes much that is no HTTP: names with spaces, two
 * lengths, lines that end in LF alone, values that go on in the next line, a
 * NUL at the start of a header as the end of all of them.  Another server on
 * the way may read each of these otherwise, and then a stranger decides where
 * the next request begins.  So whatever can be read in two ways is refused,
 * and the connection closed.
 *
 * The bytes as they came are no longer there, but their places are: the
 * library cuts in place and writes one NUL over a ":" or a LF, two over a
 * CRLF.  In a proper request every part begins right behind the one before.
 * (What cannot be seen: a NUL in the place of the CR of a line's end, and in
 * that of any byte of the last two ends but the very last.)
 *
 * Pure: nothing is allocated, nothing is kept, no library is called.
 */
#ifndef SERVER_GUARD_H
#define SERVER_GUARD_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Why a request was refused, for counters and for the client: X(name, word,
 * what to do).  The last ones are found elsewhere: sizes and times by the
 * server, the rest by the library, which tells a status and no reason.
 */
/* clang-format off */
#define GUARD_MAP(X)							\
	X(OK, "ok", "")							\
	X(LINE, "request-line", "Write the request line as method, URL and version, with one space between.") \
	X(METHOD, "method", "A method is a word of letters.")		\
	X(TARGET, "target", "Ask for a path that begins with \"/\", or for a whole http:// URL.") \
	X(VERSION, "version", "Speak HTTP/1.1.")			\
	X(NAME, "header-name", "A header's name is a token, with no space before its colon.") \
	X(VALUE, "header-value", "Leave control characters out of the headers.") \
	X(LINE_END, "line-end", "End each line with CR LF, and write each header in one line without NUL.") \
	X(HOST_NONE, "no-host", "HTTP/1.1 needs a Host header.")	\
	X(HOST_TWICE, "two-hosts", "Send one Host header.")		\
	X(HOST_BAD, "bad-host", "Host is a name or an address, with a port if need be.") \
	X(HOST_OTHER, "other-host", "The URL and the Host header name two hosts.") \
	X(LENGTH_BAD, "bad-length", "Content-Length is a number.")	\
	X(LENGTH_TWICE, "two-lengths", "Send one Content-Length.")	\
	X(CODING, "transfer-coding", "The one Transfer-Encoding that is taken is chunked, in HTTP/1.1.") \
	X(CODING_LENGTH, "length-and-coding", "Send Content-Length or Transfer-Encoding, not both.") \
	X(CHUNK, "chunk", "End each line between chunks with CR LF.") \
	X(TRAILER, "trailer", "Headers after a chunked body are headers, too.") \
	X(URL_LONG, "url-too-long", "")					\
	X(HEADERS_LARGE, "headers-too-large", "")			\
	X(BODY_LARGE, "body-too-large", "")				\
	X(SLOW, "too-slow", "")						\
	X(FULL, "too-many-connections", "")				\
	X(UNREADABLE, "unreadable", "The request cannot be read: a line, a length or a chunk is broken.")
/* clang-format on */

enum guard_reason {
#define X(name, word, advice) GUARD_##name,
	GUARD_MAP(X)
#undef X
	N_GUARD_REASONS
};

/* The Host that was found good last: most are the same.  Starts zeroed. */
struct guard_host {
	size_t len;
	char text[64];
};

/* One request under examination; zeroed, it has found nothing. */
struct guard {
	enum guard_reason reason; /* the first that was found */
	bool old;		  /* HTTP/1.0 */
	bool placed;		  /* places are looked at */
	bool host_seen, length_seen, coding_seen;
	bool host_known;  /* it is the one that was found good last */
	bool host_kept;	  /* it will be */
	const char *next; /* where the next part must begin */
	const char *body; /* where the body begins */
	const char *end;  /* of the last piece of it; NULL: none came yet */
	const char *host; /* borrowed */
	size_t host_len;
};

/* The parts of a request line, borrowed; they end in a NUL. */
struct guard_line {
	const char *method, *version; /* version: eight bytes, "HTTP/1.1" */
	const char *target; /* as the library left it: only its place counts */
	const char *url;    /* a whole copy */
	size_t url_len;
	bool cut; /* the copy is not whole, for it is too long */
};

/**
 * guard_line(g, line, placed):
 * Begin with ${line}.  ${placed}: the parts still lie where the library found
 * them; else places are not looked at.
 */
void guard_line(struct guard *g, const struct guard_line *line, bool placed);

/**
 * guard_header(g, name, name_len, value, value_len):
 * The next header, ${value} without the blanks before it.  It is borrowed until
 * guard_end().
 */
void guard_header(struct guard *g, const char *name, size_t name_len,
		  const char *value, size_t value_len);

/**
 * guard_end(g, line, end, last):
 * All headers have been seen, and the byte after them is ${end}.  ${last} is
 * the memory of the caller, for the next request.  Return what was found, or
 * GUARD_OK.
 */
enum guard_reason guard_end(struct guard *g, const struct guard_line *line,
			    const char *end, struct guard_host *last);

/**
 * guard_piece(g, piece, len):
 * The next piece of a body.  Of a chunked one the lines before it are looked
 * at, as far as they can still be seen: not those that came alone, nor the
 * last one.
 */
void guard_piece(struct guard *g, const char *piece, size_t len);

/**
 * guard_trailer(g, name, name_len, value, value_len):
 * A header that came after the body.
 */
void guard_trailer(struct guard *g, const char *name, size_t name_len,
		   const char *value, size_t value_len);

/**
 * guard_reason_name(reason), guard_advice(reason):
 * A word for a counter ("two-hosts"); a sentence that tells the client what to
 * change, or "".  Constants.
 */
const char *guard_reason_name(enum guard_reason reason);
const char *guard_advice(enum guard_reason reason);

#endif /* !SERVER_GUARD_H */
