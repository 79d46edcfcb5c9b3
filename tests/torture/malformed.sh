#!/bin/bash
# malformed.sh - 300 malformed requests, each alone and before a good one, and a
# million (${REQUESTS}) that were bent, against the sanitizers' build.
#
# 0 hung, 0 smuggled, 0 answers of 5xx, and no report.

set -u
cd "$(dirname -- "$0")/../.." || exit 1
build=${BUILD:-build}
export EVENKEEL=${PROGRAM:-$build/asan/evenkeel}
# shellcheck source=tests/with_service.sh
. tests/with_service.sh

guard=${GUARD:-$build/tests/api/test_guard}
"$guard" >&2 || exit 1
export ASAN_OPTIONS=log_path=$room/report UBSAN_OPTIONS=log_path=$room/report
EVENKEEL_LISTEN=127.0.0.1:$(free_port)
start --log off
bent=$(node tests/torture/mutate.mjs "$BASE" "${REQUESTS:-1000000}" \
	"${SEED:-$RANDOM}") || die "$bent"
kill -TERM "$server"
wait "$server" || die 'it did not end well'
if compgen -G "$room/report*" >/dev/null; then
	cat "$room"/report* >&2
	die 'a sanitizer has something to say'
fi
echo "all of tests/api/malformed.c: 0 hung, 0 smuggled; $bent"
