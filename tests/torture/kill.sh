#!/bin/bash
# kill.sh - kill -9 of the server and of PostgreSQL, in the middle of turns.
#
# The test of tests/fault at its full size: ${TURNS_KILLS} (200) of the server,
# as many with another one in its place, ${TURNS_CRASHES} (50) of PostgreSQL,
# ${TURNS_LEAST} (10000) turns at least.  What was acknowledged is there once.

set -u
cd "$(dirname -- "$0")/../.." || exit 1

test=${BUILD:-build}/tests/fault/test_turns_kill
[ -x "$test" ] || {
	echo "kill.sh: no $test: make all of the tests" >&2
	exit 1
}
said=$(TURNS_KILLS=${TURNS_KILLS:-200} TURNS_CRASHES=${TURNS_CRASHES:-50} \
	TURNS_LEAST=${TURNS_LEAST:-10000} timeout -k 10 1100 "$test")
status=$?
echo "$said" >&2
[ "$status" = 0 ] || exit 1
# "server killed 200 times: 10000 acknowledged ...", "900 look-ups meanwhile;
# PostgreSQL killed 50 times: all write again after 200 ms at most; ..."
awk '
/ times: / {
	split($0, part, " times: ")
	sub(/.*; /, "", part[1])
	what = what (what == "" ? "" : ", ") part[1]
	for (i = 1; i < NF; i++) {
		if ($(i + 1) == "acknowledged")
			turns += $i
		else if ($(i + 1) == "look-ups")
			looked += $i
		else if ($i == "after" && $(i + 1) > worst)
			worst = $(i + 1)
	}
}
END {
	print what " times; " turns " turns: 0 lost, 0 doubled; " looked \
		" look-ups: 0 failed; writes back within " worst " ms"
}' <<<"$said"
