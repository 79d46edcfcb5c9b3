#!/bin/sh
# embed.sh - turn files into C, so that the program carries them along.
#
#	script/embed.sh script/bundle.schema.json web/panel.html >build/gen/embed.c
#
# gives "const char embed_bundle_schema_json[]", ended by a NUL byte, and
# "const size_t embed_bundle_schema_json_len", which does not count it, and so
# on; and embed_files[], in which each file is found by its name, also as gzip
# makes it.  An array of bytes, since a string literal of over 4,095 is no
# portable C.

set -eu

# add_bytes NAME [static]: what comes from the pipe, as an array.
add_bytes() {
	printf '\n%s const char %s[] = {\n' "${2:-}" "$1"
	od -An -v -tx1 | sed "s/ \(..\)/'\\\\x\1',/g"
	printf "'\\\\0' };\n"
}

name_of() {
	echo "embed_$(basename "$1" | tr -c 'A-Za-z0-9\n' _)"
}

echo '/* Made by script/embed.sh; edit the files themselves. */'
echo '#include "script/embed.h"'
for file in "$@"; do
	name=$(name_of "$file")
	add_bytes "$name" <"$file"
	printf 'const size_t %s_len = sizeof(%s) - 1;\n' "$name" "$name"
	# Without its name and time: the same files make the same program.
	gzip -9nc "$file" | add_bytes "gz_$name" static
done
printf '\nconst struct embed_file embed_files[] = {\n'
for file in "$@"; do
	name=$(name_of "$file")
	printf '{ "%s", %s, sizeof(%s) - 1, gz_%s, sizeof(gz_%s) - 1 },\n' \
		"$(basename "$file")" "$name" "$name" "$name" "$name"
done
printf '};\nconst size_t embed_nfiles =\n'
printf 'sizeof(embed_files) / sizeof(embed_files[0]);\n'
