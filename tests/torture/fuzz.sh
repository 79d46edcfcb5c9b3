#!/bin/bash
# fuzz.sh - libFuzzer at each parser for ${FUZZ_SECONDS} (60) seconds, two at
# once, and which of our lines the corpora reach.
#
# FUZZ_SECONDS=300 takes half an hour on two cores.

set -u
cd "$(dirname -- "$0")/../.." || exit 1
build=${BUILD:-build}
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT

one() {
	BUILD=$build tests/fuzz.sh "${FUZZ_SECONDS:-60}" "$1"
}
export -f one
export build FUZZ_SECONDS
printf '%s\n' "$build"/fuzz/tests/fuzz/fuzz_* | grep -v '\.[od]$' |
	xargs -P 2 -I '{}' bash -c 'one {}' >"$room/said" || {
	cat "$room/said" >&2
	exit 1
}
cat "$room/said" >&2

objects=()
for target in "$build"/covered/tests/fuzz/fuzz_*; do
	case $target in *.[od]) continue ;; esac
	name=${target##*/fuzz_}
	for corpus in "tests/fuzz/corpus/$name" "$build/fuzz/corpus/$name"; do
		LLVM_PROFILE_FILE=$room/$name-%p.profraw "$target" "$corpus" \
			>"$room/replay" 2>&1 || { cat "$room/replay" >&2; exit 1; }
	done
	objects+=(-object "$target")
done
llvm=$(dirname "$(readlink -f "$(command -v clang)")")
"$llvm/llvm-profdata" merge -o "$room/all" "$room"/*.profraw || exit 1
parsers='server/(url|headers|body|parse|utf8|etag|guard|router|sift|when)\.c'
parsers+='|script/(bundle|fill|reading|wording|replies|tokens|matcher)[a-z_]*\.c'
# Columns: file, regions, missed, cover, functions, ..., lines, missed, cover.
"$llvm/llvm-cov" report -instr-profile "$room/all" "${objects[@]}" \
	>"$room/report" 2>"$room/warnings" || { cat "$room/warnings" >&2; exit 1; }
grep -E "$parsers" "$room/report" | grep -v '_json\.c' >"$room/parsers"
cat "$room/parsers" >&2
covered=$(awk '{ n += $8; missed += $9 }
	END { printf "%.0f %% of %d lines of parsers", 100 * (n - missed) / n, n }' \
	"$room/parsers")
echo "$(grep -c . "$room/said") targets of ${FUZZ_SECONDS:-60} s: 0 crashes;" \
	"$(awk '/^[a-z]+: Done/ { n += $3 } END { print n + 0 }' "$room/said")" \
	"inputs; the corpora reach $covered"
