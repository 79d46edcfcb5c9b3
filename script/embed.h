/*
 * embed.h - files that the program carries along, as script/embed.sh made
 * them: each ends in a NUL that its length does not count.
 */
#ifndef SCRIPT_EMBED_H
#define SCRIPT_EMBED_H

#include <stddef.h>

/* script/bundle.schema.json */
extern const char embed_bundle_schema_json[];
extern const size_t embed_bundle_schema_json_len;

/* One of them, and what gzip makes of it. */
struct embed_file {
	const char *name; /* without its folder: "panel.html" */
	const char *text;
	size_t len; /* bytes */
	const char *gz;
	size_t gz_len;
};

/* All of them: what is in web/, and the schema. */
extern const struct embed_file embed_files[];
extern const size_t embed_nfiles;

#endif /* !SCRIPT_EMBED_H */
