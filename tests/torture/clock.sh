#!/bin/bash
# clock.sh - clocks that are wrong, and that jump.
#
# The service's clock goes back an hour, ahead a day, ahead 40 years, back to
# 1971, and right again, under turns and look-ups: nothing is refused, deadlines
# hold, limits hold, ids and follow-ups go by the clock.  Then what no kernel
# does but a machine that was asleep seems to: the monotonic clock jumps ahead.
# Then PostgreSQL's clock is the one that jumps.  ${CLOCKS} are the jumps.
#
# The wall clock is libfaketime's throughout; FAKETIME_DONT_FAKE_MONOTONIC=1
# keeps the monotonic one as it is in the first part, and there alone.

set -u
cd "$(dirname -- "$0")/../.." || exit 1
. tests/with_service.sh
. tests/torture/crew.sh
. tests/torture/servers.sh

read -ra clocks <<<"${CLOCKS:--1h +1d +40y -55y +0}"
faketime=$(find /usr/lib -name libfaketimeMT.so.1 2>/dev/null | head -n 1)
[ -n "$faketime" ] || die 'no libfaketime: tests/deps.sh torture installs it'
fake=(LD_PRELOAD="$faketime" FAKETIME_CACHE_DURATION=1
	FAKETIME_FORCE_MONOTONIC_FIX=0)
slowest=0

# turn_clock NAME OFFSET: of the service or of PostgreSQL, within a second.
turn_clock() {
	echo "$2" >"$room/clock.new"
	chmod 644 "$room/clock.new"
	mv "$room/clock.new" "$room/$1.clock"
	sleep 1.2
}

# ask SECONDS PATH [CURL'S]: an answer in time, in ${room}/answer; its status
# is ${status}.
ask() {
	local most=$1 path=$2 from
	shift 2
	from=$(now_ms)
	status=$(curl -s -m 10 -o "$room/answer" -D "$room/head" \
		-w '%{http_code}' -H "Authorization: Bearer $KEY" \
		-H 'Content-Type: application/json' \
		-H "Idempotency-Key: $(cat /proc/sys/kernel/random/uuid)" \
		"$@" "$BASE$path") || die "$path: no answer"
	from=$(($(now_ms) - from))
	((from <= most * 1000)) || die "$path: $from ms"
	slowest=$(longest "$slowest" "$from")
}

want() {
	[ "$status" = "$1" ] || die "$2: $status $(cat "$room/answer")"
}

# A conversation with a promise by the service's clock, which it finds when that
# is due; its id tells the time.
converse() {
	local now id due
	ask 3 /v1/conversations -d '{"category": "delivery.late"}'
	want 201 'a beginning'
	id=$(sed -n 's|^[Ll]ocation:.*/\([-0-9a-f]*\).*|\1|p' "$room/head")
	now=$(sed -n 's/^[Dd]ate: //p' "$room/head" | tr -d '\r')
	now=$(date -u -d "$now" +%s)
	due=$(($((16#$(echo "${id:0:13}" | tr -d -))) / 1000 - now))
	[ "${due#-}" -le 2 ] || die "$id is $due s off"
	due=$(date -u -d "@$((now + 3600))" +%FT%TZ)
	ask 3 "/v1/conversations/$id/turns" -H 'If-Match: "1"' -d '{"signal":
		"told", "promise": {"who": "Sam", "what": "call", "due": "'"$due"'"}}'
	want 200 'a promise'
	due=$(date -u -d "@$((now + 3601))" +%FT%TZ)
	ask 3 "/v1/follow-ups?limit=100&due_before=$due"
	want 200 follow-ups
	grep -q "$id" "$room/answer" || die "$id: its follow-up is not due"
	ask 3 "/v1/conversations/$id/promises/1" -d '{"result": "kept"}'
	want 200 'a promise kept'
	ask 5 '/v1/events?after=now&wait=2'
	want 200 events
	ask 3 "/v1/conversations/$id" -X DELETE -H 'If-Match: *'
	want 204 'an erasure'
}

# A connection with nothing on it is closed after 15 s, by whatever clock.
idle() {
	local from
	exec 8<>"/dev/tcp/127.0.0.1/${BASE##*:}" || return 1
	printf 'GET /livez HTTP/1.1\r\nHost: a\r\n\r\n' >&8
	from=$SECONDS
	timeout 25 cat <&8 >"$room/idle.out" || return 1
	echo $((SECONDS - from)) >"$room/idle"
}

# More than RATE allows at once, and after a while it is allowed again.
limited() {
	local BASE=${address[strict]} i said=''
	for ((i = 0; i < 30; i++)); do
		ask 3 /v1/signals
		said+=$status
	done
	[[ $said == *429* ]] || die 'no limit'
	sleep 2
	ask 3 /v1/signals
	want 200 'after the limit'
}

# jump NAME OFFSET: and all is as it should be.
jump() {
	rm -f "$room/idle"
	idle &
	idle=$!
	others=("$idle")
	turn_clock "$1" "$2"
	converse
	limited
	went_on 3000
	wait "$idle" || die "$2: an idle connection is left"
	others=()
	idle=$(cat "$room/idle")
	[ "$idle" -le 18 ] || die "$2: idle for $idle s"
	[ "$3" = ahead ] || [ "$idle" -ge 13 ] || die "$2: cut after $idle s"
}

# begin VARIABLE=VALUE...: the crew, on a service with these.
begin() {
	echo +0 >"$room/service.clock"
	server_up "$1" EVENKEEL_AUTH=keys EVENKEEL_RATE=100000 "${@:2}"
	server_up strict EVENKEEL_AUTH=keys EVENKEEL_RATE=5 "${@:2}"
	faked+=("${node_pid[@]}")
	BASE=${address[$1]}
	crew_start "$BASE" || die "$(cat "$room/crew.out")"
}

finish() {
	crew_stop "$(pg_url a)" || die "$crew_sum"
	# A wait by a monotonic clock that libfaketime moves has no end.
	if [ "$1" = asleep ]; then
		kill -KILL "${node_pid[$1]}" "${node_pid[strict]}"
	fi
	server_down "$1" || [ "$1" = asleep ] ||
		die "$1: did not stop in order"
	server_down strict || [ "$1" = asleep ] ||
		die "$1: did not stop in order"
	sums+="$1: $crew_sum; "
	sql a 'TRUNCATE evenkeel.conversation, evenkeel.turn, evenkeel.promise,
		evenkeel.follow_up'
}

# libfaketime leaves something in memory for each that it was loaded into.
faked=()
sweep() {
	local pid
	leave
	for pid in "${faked[@]}"; do
		rm -f "/dev/shm/sem.faketime_sem_$pid" \
			"/dev/shm/faketime_shm_$pid"
	done
}
trap sweep EXIT

ours=("${fake[@]}" FAKETIME_TIMESTAMP_FILE="$room/service.clock")
sums=
echo +0 >"$room/database.clock"
pg_env=("${fake[@]}" FAKETIME_TIMESTAMP_FILE="$room/database.clock"
	FAKETIME_DONT_FAKE_MONOTONIC=1)
pg_make a
faked+=("${pg_pid[a]}")
fill "$(pg_url a)"
KEY=$("$program" key create agent 2>"$room/key.log") || die 'no key'
export KEY LOOK_EVERY=10

begin wall "${ours[@]}" FAKETIME_DONT_FAKE_MONOTONIC=1
for clock in "${clocks[@]}"; do
	jump service "$clock" steady
done
finish wall
[ "$(crew_said refused)$(crew_said broken)" = 00 ] ||
	die "the wall clock: $(cat "$room/crew.out")"

begin asleep "${ours[@]}"
for clock in +1h +1d +40y; do
	jump service "$clock" ahead
done
finish asleep

begin database
for clock in "${clocks[@]}"; do
	jump database "$clock" steady
done
finish database
[ "$(crew_said refused)$(crew_said broken)" = 00 ] ||
	die "PostgreSQL's clock: $(cat "$room/crew.out")"
echo "${sums}slowest answer $slowest ms"
