#!/bin/bash
# alloc.sh - each allocation of each kind of request fails in turn, once alone
# and once with all that follow.  The same stands in "make check".

set -u
cd "$(dirname -- "$0")/../.." || exit 1
build=${BUILD:-build}

out=$("$build/tests/fault/test_alloc") || { echo "$out" >&2; exit 1; }
"$build/tests/unit/test_memory" >&2 || exit 1
echo "$(grep -c '^[A-Z]\+ \+/' <<<"$out") kinds of requests," \
	"$(grep 'allocations failed' <<<"$out"): 0 crashes, 0 leaks, 0 false 2xx"
