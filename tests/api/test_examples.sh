#!/bin/bash
# test_examples.sh - do the clients in tests/examples get along with the
# service, and their platforms with its answers?
#
# The browser's is run by tests/browser/test_hosts.sh.

set -u
cd "$(dirname -- "$0")/../.." || exit 1
# shellcheck source=tests/with_service.sh
. tests/with_service.sh

fetch @google-cloud/dialogflow-cx@5.8.2 yaml@2.8.1
start --log=json
export BASE

# ok NAME CONDITION...: what sum_up counts.
ok() {
	local name=$1
	shift
	if "$@"; then echo "ok $name"; else echo "failed $name: $*"; fi
}

# One object whose members are texts, numbers and marks.
is_flat() {
	jq -e '.stage == "validate" and (.say | length > 0) and
		([.[] | type] | all(. != "object" and . != "array"))' "$1" \
		>/dev/null
}

{
	printf 'next\nangrier\ntold\nconfirms\n' |
		tests/examples/agent.sh delivery.late >"$room/said"
	ok bash_leads_on [ "$(cut -d ' ' -f 1 "$room/said" | tr -d '\n')" = \
		'[Prepare][Open][Listen][Restate][Validate]' ]
	ok bash_says_nothing_twice [ -z "$(sort "$room/said" | uniq -d)" ]
	tests/examples/flat.sh delivery.late restate confirms >"$room/flat"
	ok flat_is_flat is_flat "$room/flat"
	node tests/api/examples.mjs "$modules" "$BASE" 2>"$room/node.log"
} >"$room/out"
sum_up $? examples.mjs
