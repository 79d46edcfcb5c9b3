#!/bin/bash
# test_languagetool.sh - does a client that was made for LanguageTool get along
# with the service?
#
# The client is gramma, as the npm registry has it; languagetool.mjs calls it.
# Without the registry this fails.

set -u
cd "$(dirname -- "$0")/../.." || exit 1
# shellcheck source=tests/with_service.sh
. tests/with_service.sh

fetch gramma@1.6.0
start --log=json
node tests/api/languagetool.mjs "$modules" "$BASE/v2/check" >"$room/out" \
	2>"$room/node.log"
sum_up $? languagetool.mjs
