/*
 * headers.h - what the headers of a request mean.
 */
#ifndef SERVER_HEADERS_H
#define SERVER_HEADERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The longest X-Request-Id that is echoed, and room for it. */
#define HEADERS_MAX_ID 64
#define HEADERS_ID_SIZE (HEADERS_MAX_ID + 1)

/* How much the client wants one media type. */
struct weight {
	int q;	 /* 0 to 1000 */
	int fit; /* how exactly it was named: 0 not at all, 3 in full */
};

/* All Accept headers of a request.  Start from { 0 }. */
struct accept {
	struct weight json, text;
	bool seen; /* there is one that is not empty */
};

/**
 * accept_add(accept, value, len):
 * Take in one Accept header.
 */
void accept_add(struct accept *accept, const char *value, size_t len);

/**
 * accept_json(accept), accept_text(accept):
 * Does the client take application/json?  Would it rather have text/plain?
 * (With the same q the type that is named more exactly wins, then JSON.)
 */
bool accept_json(const struct accept *accept);
bool accept_text(const struct accept *accept);

/**
 * header_is_json(value, len):
 * Is this Content-Type application/json, in UTF-8 if it says so?
 */
bool header_is_json(const char *value, size_t len);

/**
 * header_is_form(value, len):
 * Is this Content-Type application/x-www-form-urlencoded, in UTF-8 if it says
 * so?
 */
bool header_is_form(const char *value, size_t len);

/**
 * header_has_etag(value, len, etag, etag_len):
 * Does this If-None-Match list name ${etag} (with its quotes)?  "W/" does not
 * matter here (RFC 9110, 13.1.2).
 */
bool header_has_etag(const char *value, size_t len, const char *etag,
		     size_t etag_len);

/**
 * header_takes_gzip(value, len):
 * May the answer to this Accept-Encoding be packed by gzip?  NULL is none.
 */
bool header_takes_gzip(const char *value, size_t len);

/**
 * header_is_star(value, len):
 * Is it "*" alone?
 */
bool header_is_star(const char *value, size_t len);

/**
 * header_is_id(value, len):
 * Is it an X-Request-Id to echo: [A-Za-z0-9_-]{1,64}?
 */
bool header_is_id(const char *value, size_t len);

/* Where request ids come from: a random start, and a count. */
struct id_source {
	char prefix[13]; /* 64 random bits in base 32 */
	uint64_t count;
};

/**
 * id_source_init(ids):
 * Begin with fresh random bits.
 */
void id_source_init(struct id_source *ids);

/**
 * id_next(ids, out):
 * Write the next id and a NUL into the HEADERS_ID_SIZE bytes at ${out}.  Return
 * its length.
 */
size_t id_next(struct id_source *ids, char *out);

/**
 * header_length(value, len):
 * The number in a Content-Length, UINT64_MAX if it is none or too big.
 */
uint64_t header_length(const char *value, size_t len);

/**
 * header_is_local(value, len):
 * Does a Host of these bytes name this machine: localhost, 127.0.0.1 or [::1],
 * with any port or none?  A page of another site that has its name point here
 * cannot send one of these.
 */
bool header_is_local(const char *value, size_t len);

#endif /* !SERVER_HEADERS_H */
