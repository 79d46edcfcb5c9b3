#!/bin/sh
# fuzz.sh - fuzz each target for a while, one after the other.
#
#	tests/fuzz.sh SECONDS TARGET...
#
# A target starts from tests/fuzz/corpus/<target>, and from what it found
# before in ${BUILD}/fuzz/corpus/<target>.  An input that crashes it is put
# into the former, as crash-*: commit it, and "make check" tries it ever after.
# Exit status 1 if there was one.

set -eu

seconds=$1
work=${BUILD:-build}/fuzz
status=0

shift
for target in "$@"; do
	name=${target##*/fuzz_}
	seeds=tests/fuzz/corpus/$name
	log=$work/$name.log
	mkdir -p "$work/corpus/$name" "$seeds"
	if "$target" -max_total_time="$seconds" -timeout=5 \
		-rss_limit_mb=2048 -artifact_prefix="$seeds/" \
		"$work/corpus/$name" "$seeds" >"$log" 2>&1; then
		echo "$name: $(tail -n 1 "$log")"
	else
		status=1
		tail -n 40 "$log"
		echo "$name: failed; all of it: $log"
	fi
done
exit $status
