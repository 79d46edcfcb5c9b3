#!/bin/sh
# fuzz.sh - fuzz each target for a while, one after the other.
#
#	tests/fuzz.sh SECONDS TARGET...
#
# New inputs that reach new code go into tests/fuzz/corpus/<target>: commit the
# useful ones.  An input that crashes goes there too, as crash-*; "make check"
# replays all of them ever after.

set -eu

seconds=$1
shift
for target in "$@"; do
	corpus=tests/fuzz/corpus/${target##*/fuzz_}
	mkdir -p "$corpus"
	echo "$target: $seconds s"
	"$target" -max_total_time="$seconds" -timeout=5 -rss_limit_mb=2048 \
		-print_final_stats=1 -artifact_prefix="$corpus/" -verbosity=0 \
		"$corpus"
done
