#!/bin/bash
# naughty.sh - texts that have broken other programs break nothing here.
#
# The list is big-list-of-naughty-strings, as the npm registry has it.
# naughty.mjs puts each into every field: each answer is whole and none of 5xx,
# and the connection goes on.  What is given back (ref, subject, promises, values
# in lines, places in drafts) is what was sent.
#
#	SLOTS=20 STRINGS=50 tests/torture/naughty.sh	# a short form

set -u
cd "$(dirname -- "$0")/../.." || exit 1
# shellcheck source=tests/with_service.sh
. tests/with_service.sh
# shellcheck source=tests/torture/postgres.sh
. tests/torture/postgres.sh

fetch big-list-of-naughty-strings@1.0.0
prepare
KEY=$("$program" key create admin 2>"$room/key.log") || die 'no key'
export KEY EVENKEEL_AUTH=keys EVENKEEL_RATE=1000000
serve
node tests/torture/naughty.mjs "$BASE" "$modules" >"$room/out" \
	2>"$room/found.log" || die 'an answer that may not be'
kill -0 "$server" || die 'the service has ended'
postgres_is_content
jq -r '"naughty: \(.fields) fields x \(.strings) texts, \(.requests) requests:" +
	" 0 x 5xx, 0 hung, 0 broken answers, 0 lost connections;" +
	" \(.kept) kept and \(.filled) filled in as they were sent"' "$room/out"
