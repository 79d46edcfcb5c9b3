#!/bin/bash
# check.sh - run test programs, and sum up in one line "N passed, N failed".
#
#	tests/check.sh PROGRAM...
#
# A program is built with libcheck, or is a script that ends with libcheck's
# closing line.  Each has ${LIMIT} seconds, and a log under ${BUILD}/log.
# A crash, a time-out, a missing closing line, a sanitizer's report (of a child,
# too), or a process left behind is one more failure.  ${JOBS} programs run at once, by default one a core.  Exit
# status 1 if anything failed, or nothing ran.

set -u

build=${BUILD:-build}
limit=${LIMIT:-300}
logs=$build/log
jobs=${JOBS:-$(nproc)}

rm -rf "$logs"
mkdir -p "$logs"
export CK_VERBOSITY=normal

# Every process that has a mark like $1 in its environment.
marked() {
	grep -lsz "^EVENKEEL_TEST=$1" /proc/[0-9]*/environ | cut -d / -f 3
}

# Ctrl-C does not reach what runs in the background.
# shellcheck disable=SC2046,SC2317 # several numbers; called by a trap
give_up() {
	kill $(jobs -p) $(marked "$$-") 2>/dev/null
	exit 130
}
trap give_up HUP INT TERM

# What the program ${mark} started and did not end.  Looked at for a while: a
# server that was told to stop takes a moment.
left_behind() {
	local pids
	for _ in {1..30}; do
		pids=$(marked "$1\$")
		[ -n "$pids" ] || return 0
		sleep 0.1
	done
	echo "$pids"
}

run() {
	local program=$1 name log mark reports start spent status sum why='' left
	shift
	name=${program#"$build"/}
	name=${name#tests/}
	log=$logs/${name//\//-}.log
	mark=$$-${name//\//-}
	start=${EPOCHREALTIME/./}
	reports="log_path='$PWD/$log'"
	EVENKEEL_TEST=$mark ASAN_OPTIONS=$reports UBSAN_OPTIONS=$reports \
		TSAN_OPTIONS=$reports timeout -k 10 "$limit" "$program" "$@" \
		>"$log" 2>&1 </dev/null
	status=$?
	spent=$(((${EPOCHREALTIME/./} - start) / 100000))

	sum=$(awk '/^[0-9]+%: Checks: [0-9]+, Failures: [0-9]+, Errors: [0-9]+$/ {
			n += $3; bad += $5 + $7; seen = 1
		} END { if (seen) print n - bad, bad }' FS='[ ,]+' "$log")
	read -r good bad <<<"${sum:-0 0}"
	if [ "$status" = 124 ] || [ "$status" = 137 ]; then
		why="not done after $limit s"
	elif [ "$status" -gt 128 ]; then
		why="killed by signal $((status - 128))"
	elif [ -z "$sum" ]; then
		why="no closing line, exit status $status"
	elif [ "$status" != 0 ] && [ "$bad" = 0 ]; then
		why="exit status $status"
	fi
	if compgen -G "$log.*" >/dev/null; then
		why="${why:+$why; }sanitizer's reports: $log.*"
		cat "$log".* >>"$log"
	fi
	left=$(left_behind "$mark")
	if [ -n "$left" ]; then
		why="${why:+$why; }processes left behind:"
		for pid in $left; do
			why="$why $pid ($(cat "/proc/$pid/comm"))"
			kill -QUIT "$pid"
		done 2>/dev/null
	fi
	[ -z "$why" ] || bad=$((bad + 1))
	echo "$good $bad" >>"$logs/counts"

	printf '%-34s %5d passed' "$name" "$good"
	[ "$bad" = 0 ] || printf ', %d failed' "$bad"
	printf '  %d.%d s\n' $((spent / 10)) $((spent % 10))
	if [ "$bad" != 0 ]; then
		[ -z "$why" ] || echo "    $why"
		{
			grep -E '^[^ ]+:[0-9]+:[FE]:' "$log" ||
				grep -m 1 -A 15 -E 'Sanitizer|runtime error' \
					"$log" || tail -n 20 "$log"
		} | head -n 40 | sed 's/^/    /'
		echo "    all of it: $log"
	fi
	[ "$bad" = 0 ]
}

# What a program has to say comes in one piece, when it is done.
start() {
	local said
	said=$(run "$@") || echo "$said" >>"$logs/failures"
	echo "$said"
}

for program in "$@"; do
	while [ "$(jobs -pr | wc -l)" -ge "$jobs" ]; do
		wait -n
	done
	case $program in
	*/fuzz_*) start "$program" "tests/fuzz/corpus/${program##*/fuzz_}" & ;;
	*) start "$program" & ;;
	esac
done
wait

passed=0
failed=0
while read -r good bad; do
	passed=$((passed + good))
	failed=$((failed + bad))
done <"$logs/counts"
# Once more where it is seen: often only the end of it all is kept.
if [ -f "$logs/failures" ]; then
	echo
	head -n 60 "$logs/failures"
fi
echo "$passed passed, $failed failed" | tee "$logs/summary"
[ "$failed" = 0 ] && [ "$passed" -gt 0 ]
