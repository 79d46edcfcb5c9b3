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

/* web/openapi.json */
extern const char embed_openapi_json[];
extern const size_t embed_openapi_json_len;

#endif /* !SCRIPT_EMBED_H */
