#!/bin/bash
# threads.sh - ThreadSanitizer over the tests of the API and of turns that are
# killed: the build is ${BUILD}/tsan.

set -u
cd "$(dirname -- "$0")/../.." || exit 1
build=${BUILD:-build}/tsan

out=$(CK_FORK=no LIMIT=600 BUILD=$build JOBS=1 tests/check.sh \
	"$build"/tests/api/test_*[!.]? "$build/tests/fault/test_turns" 2>&1)
status=$?
echo "$out" >&2
[ "$status" = 0 ] || exit 1
echo "ThreadSanitizer: $(tail -n 1 <<<"$out"), 0 reports"
