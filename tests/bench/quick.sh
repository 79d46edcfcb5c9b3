#!/bin/bash
# quick.sh - how many instructions does a look-up take?
#
#	EVENKEEL=build/evenkeel tests/bench/quick.sh
#	AUTH=open tests/bench/quick.sh
#
# Counts them under callgrind, which does not care how busy the machine is:
# two runs agree to a percent.  64 connections ask for one step; all of the
# process counts, libraries included, the kernel not.  The goal is 13,000, with
# a key.
#
# Clearing memory counts as it does on a processor without "rep stosb", for
# callgrind would count each byte that this one instruction clears.

set -eu
cd "$(dirname -- "$0")/../.."
program=$(realpath "${EVENKEEL:-build/evenkeel}")
seconds=${SECONDS_EACH:-4}
room=$(mktemp -d)
server=
ours=

finish() {
	[ -z "$server" ] || kill -TERM "$server" 2>/dev/null || :
	wait
	[ -z "$ours" ] || sql/cluster.sh stop || :
	rm -rf "$room"
}
trap finish EXIT

# A cluster that runs already is somebody's at work: leave it so.
sql/cluster.sh status >"$room/status" || ours=yes
sql/cluster.sh start
url=$(sql/cluster.sh url)
export EVENKEEL_DATABASE_URL="$url" EVENKEEL_LISTEN=127.0.0.1:0 EVENKEEL_LOG=json
"$program" migrate >"$room/log"
export EVENKEEL_AUTH="${AUTH:-keys}" EVENKEEL_RATE=1000000
"$program" import --if-empty --publish "${LIBRARY:-sql/content/library.json}" >>"$room/log"

key=$("$program" key create reader --note bench --expires 1 2>"$room/log")
export GLIBC_TUNABLES=glibc.cpu.x86_rep_stosb_threshold=1000000000
valgrind --quiet --tool=callgrind --instr-atstart=no \
	--callgrind-out-file="$room/out" "$program" serve 2>"$room/serve" &
server=$!
unset GLIBC_TUNABLES

port=
for _ in {1..300}; do
	port=$(sed -n 's|.*http://127.0.0.1:\([0-9]*\).*|\1|p' "$room/serve")
	if [ -n "$port" ] && curl -sf -o "$room/ready" \
		"http://127.0.0.1:$port/readyz"; then
		break
	fi
	sleep 0.1
done

# What one kind of request costs: its name, and its path.
measure() {
	local name=$1 target=http://127.0.0.1:$port$2 requests
	wrk -t1 -c64 -d1 -H "Authorization: Bearer $key" "$target" >"$room/warm"
	callgrind_control --instr=on "$server" >"$room/log"
	callgrind_control --zero "$server" >"$room/log"
	wrk -t1 -c64 -d"$seconds" -H "Authorization: Bearer $key" "$target" \
		>"$room/wrk"
	callgrind_control --dump "$server" >"$room/log"
	callgrind_control --instr=off "$server" >"$room/log"
	requests=$(awk '/requests in/ { print $1 }' "$room/wrk")
	awk -v name="$name" -v n="$requests" '/^(totals|summary): / { sum = $2 }
		END { printf "%-28s %7d instructions a request (%d requests)\n",
		name, sum / n, n }' "$(find "$room" -name 'out.*' -newer "$room/wrk" |
		sort | tail -1)"
	rm -f "$room"/out.*
}

measure 'GET /livez' /livez
measure 'GET /v1/next' \
	'/v1/next?category=delivery.late&stage=restate&signal=confirms'
measure 'GET /v1/next, with a value' \
	'/v1/next?category=delivery.late&stage=restate&signal=confirms&values.customer_name=Ana'
