#!/bin/bash
# full.sh - disks without room.
#
# ${ROUNDS} (3) times PostgreSQL's data has no room left (WAL has): turns are
# 503 with Retry-After 30, look-ups go on, and turns once there is room.  Then
# as often its WAL has none, which PostgreSQL does not survive: it is started
# again when there is room.  Last, the service's own: it serves though it cannot
# write EVENKEEL_CACHE, and says so.
#
# The disks are tmpfs mounts that nobody else sees.

set -u
if [ -z "${TORTURE_FULL-}" ]; then
	[ "$(id -u)" = 0 ] || {
		echo 'full.sh: needs root, to mount' >&2
		exit 1
	}
	TORTURE_FULL=own exec unshare -m "$0"
fi
cd "$(dirname -- "$0")/../.." || exit 1
. tests/with_service.sh
. tests/torture/crew.sh
. tests/torture/servers.sh

export WRITERS=${WRITERS:-3}
rounds=${ROUNDS:-3}
limit=5000
worst=0

disk() {
	mkdir -p "$room/$1"
	mount -t tmpfs -o "size=$2" tmpfs "$room/$1" || die 'no tmpfs'
	disks+=("$room/$1")
}

# All that is free; what PostgreSQL frees later stays with it.
fill_up() {
	head -c 1G /dev/zero >"$1/ballast" 2>"$room/full"
}

is_full() {
	[ "$(begin_one)" = 503 ] && grep -q '"/problems/busy"' "$room/answer" &&
		grep -qi '^retry-after: 30' "$room/head"
}

# The release that it answers from.
serves() {
	curl -s "$BASE/metrics" | grep -qx "evenkeel_release $1"
}

# Each look takes one more segment, as many writers would.
has_panicked() {
	sql a 'SELECT pg_switch_wal()' >"$room/switch" 2>&1
	[ "$(grep -c PANIC "$room/a.log")" -gt "$1" ]
}

# It has begun again by itself, or given up.
is_back() {
	are_gone "${pg_pid[a]}" && pg_begin a
	pg_ready a
}

is_refused() {
	[ "$(begin_one)" = 503 ]
}

disks=()
unmount() {
	leave
	umount "${disks[@]}" && rm -rf "$room"
}
trap unmount EXIT

disk a 512M # more than they write meanwhile
disk wal 64M
disk own 8M
chown postgres: "$room/wal"
chmod 700 "$room/wal"
pg_options=(-c max_wal_size=32MB -c min_wal_size=8MB)
pg_make a --wal-segsize=1 -X "$room/wal/pg"
fill "$(pg_url a)"
serve --cache "$room/own/cache"
soon 10 test -s "$room/own/cache"
crew_start "$BASE" || die "$(cat "$room/crew.out")"

for ((i = 0; i < rounds; i++)); do
	fill_up "$room/a"
	soon 30 is_full
	sleep 2
	is_full || die "the disk is full: $(cat "$room/answer")"
	rm "$room/a/ballast"
	went_on "$limit"
	worst=$(longest "$worst" "$took")
	sleep 1
done
for ((i = 0; i < rounds; i++)); do
	panics=$(grep -c PANIC "$room/a.log")
	# A standby that never comes: nothing is used again.
	sql a "SELECT pg_create_physical_replication_slot('gone', true)" \
		>"$room/slot" || die 'no slot'
	fill_up "$room/wal"
	soon 60 has_panicked "$panics"
	sleep 2
	soon 20 is_refused
	rm "$room/wal/ballast"
	soon 60 is_back
	sql a "SELECT pg_drop_replication_slot('gone')" >"$room/slot"
	went_on "$limit"
	worst=$(longest "$worst" "$took")
	sleep 1
done

fill_up "$room/own"
sed 's/Hello/Good day/g' sql/content/library.json >"$room/other.json"
"$program" import --publish "$room/other.json" >"$room/import.log" 2>&1 ||
	die 'no second release'
soon 20 grep -q '"event":"cache.*No space left' "$room/serve.log"
soon 5 serves 2
forget_ours || die 'not forgotten'
crew_stop "$(pg_url a)" || die "$crew_sum"

# What it had written before is still good for a start.
kill -TERM "$server"
wait "$server"
pg_stop a
serve --cache "$room/own/cache"
serves 1 || die 'the file is no more'
echo "data and WAL without room $rounds times each: turns go on after" \
	"$worst ms at most; served without room for the cache; $crew_sum"
