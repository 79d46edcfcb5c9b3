#!/bin/bash
# lock.sh - somebody locks a table, and does not hurry.
#
# Each of the tables that turns write to, and those that nothing of a turn
# should wait for, is held for ${HOLD} (6) seconds in ACCESS EXCLUSIVE MODE,
# ${ROUNDS} (2) times.  Turns are 503 /problems/busy in time or go on, look-ups
# do not notice, and turns go on within 2 s of the lock's end.

set -u
cd "$(dirname -- "$0")/../.." || exit 1
. tests/with_service.sh
. tests/torture/crew.sh
. tests/torture/servers.sh

hold=${HOLD:-6}
rounds=${ROUNDS:-2}
slowest=0
worst=0

is_busy() {
	grep -q '"/problems/busy"' "$room/answer" &&
		grep -qi '^retry-after: ' "$room/head"
}

# Nothing is to be done while it is held, or all of it: no answer is slower.
probe() {
	local from status ms
	from=$(now_ms)
	status=$(begin_one)
	ms=$(($(now_ms) - from))
	slowest=$(longest "$slowest" "$ms")
	case $status in
	201) ;;
	503) is_busy || die "$1: $(cat "$room/answer")" ;;
	*) die "$1: $status" ;;
	esac
	echo "$status" >>"$room/probes"
}

pg_make a
fill "$(pg_url a)"
serve
crew_start "$BASE" || die "$(cat "$room/crew.out")"
for ((i = 0; i < rounds; i++)); do
	for table in conversation turn promise follow_up idempotency \
		api_key release; do
		: >"$room/probes"
		psql -qXAt -h "$room/a" -U postgres -d evenkeel \
			-v ON_ERROR_STOP=1 >"$room/lock" 2>&1 <<-END &
			BEGIN;
			LOCK TABLE evenkeel.$table IN ACCESS EXCLUSIVE MODE;
			\\echo locked
			SELECT pg_sleep($hold);
			COMMIT;
		END
		lock=$!
		others=("$lock")
		soon 10 grep -q locked "$room/lock"
		while kill -0 "$lock" 2>/dev/null; do
			probe "$table"
			sleep 0.1
		done
		wait "$lock" || die "$table: $(cat "$room/lock")"
		others=()
		went_on 2000
		worst=$(longest "$worst" "$took")
		case $table in
		api_key | release) refused='' ;;
		*) refused=503 ;;
		esac
		[ -z "$refused" ] || grep -q 503 "$room/probes" ||
			die "$table: the lock kept nobody out"
		[ -n "$refused" ] || ! grep -q 503 "$room/probes" ||
			die "$table: turns waited for it"
	done
done
forget_ours || die 'not forgotten'
crew_stop "$(pg_url a)" || die "$crew_sum"
answer=$(longest "$slowest" "$(crew_said worst_ms)")
[ "$answer" -lt 5000 ] || die "an answer took $answer ms"
echo "7 tables held for $hold s, $rounds times: $crew_sum;" \
	"slowest answer $answer ms; turns go on after $worst ms at most"
