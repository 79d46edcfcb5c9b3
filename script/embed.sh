#!/bin/sh
# embed.sh - turn files into C, so that the program carries them along.
#
#	script/embed.sh script/bundle.schema.json >build/gen/embed.c
#
# gives "const char embed_bundle_schema_json[]", ended by a NUL byte, and
# "const size_t embed_bundle_schema_json_len", which does not count it.
# An array of bytes, since a string literal of over 4,095 is no portable C.

set -eu

echo '/* Made by script/embed.sh; edit the files themselves. */'
echo '#include "script/embed.h"'
for file in "$@"; do
	name=embed_$(basename "$file" | tr -c 'A-Za-z0-9\n' _)
	printf '\nconst char %s[] = {\n' "$name"
	od -An -v -tx1 "$file" | sed "s/ \(..\)/'\\\\x\1',/g"
	printf "'\\\\0' };\nconst size_t %s_len = sizeof(%s) - 1;\n" \
		"$name" "$name"
done
