#!/bin/bash
# network.sh - the network between the service and PostgreSQL fails.
#
# The service is in a network of its own, PostgreSQL in another one; a pair of
# veth joins them.  ${ROUNDS} (3) times, each for ${AWAY} (6) seconds: packets
# are dropped one way, the other way, both; connections are refused; the link is
# down.  Those that stand are reset, and what is left is a wire with a round trip
# of 50, and of 500 ms.  Turns go on within 5 s of each, and look-ups all the time.
# (A kernel without netem delays nothing: that is done by cable.mjs.)

set -u
if [ -z "${TORTURE_NETWORK-}" ]; then
	[ "$(id -u)" = 0 ] || {
		echo 'network.sh: needs root, to make networks' >&2
		exit 1
	}
	TORTURE_NETWORK=own exec unshare -n "$0"
fi
cd "$(dirname -- "$0")/../.." || exit 1
. tests/with_service.sh
. tests/torture/crew.sh
. tests/torture/servers.sh

rounds=${ROUNDS:-3}
away=${AWAY:-6}
limit=5000
worst=0
here=198.18.7.1
there=198.18.7.2

# in_far COMMAND...: in PostgreSQL's network.
in_far() {
	nsenter -t "$far" -n "$@"
}

filter() {
	in_far nft add table ip t
	in_far nft 'add chain ip t i { type filter hook input priority 0; }'
	in_far nft 'add chain ip t o { type filter hook output priority 0; }'
}

# What is broken is felt, and what is mended too.
fail() {
	local what=$1 before
	shift
	before=$(crew_refused)
	"$what" "$@"
	sleep "$away"
	soon 5 was_felt "$before"
	in_far nft flush ruleset
	in_far ip link set far up
	went_on "$limit"
	worst=$(longest "$worst" "$took")
}

# How many turns were not done so far?
crew_refused() {
	curl -s "$BASE/metrics" | awk '
		/^evenkeel_writes_total.*(unavailable|unknown)/ { n += $2 }
		END { print n + 0 }'
}

was_felt() {
	[ "$(crew_refused)" -gt "$1" ]
}

drop_in() {
	filter
	in_far nft add rule ip t i tcp dport "$1" drop
}

drop_out() {
	filter
	in_far nft add rule ip t o tcp sport "$1" drop
}

drop_both() {
	drop_in "$1"
	in_far nft add rule ip t o tcp sport "$1" drop
}

refuse() {
	filter
	in_far nft add rule ip t i tcp dport "$1" reject with tcp reset
}

link_down() {
	in_far ip link set far down
}

is_apart() {
	[ "$(readlink /proc/self/ns/net)" != "$(readlink "/proc/$far/ns/net")" ]
}

# Both ends of what stands hear of it at once.
reset() {
	ss -K -t -n dst "$there" dport = 5432 >"$room/reset" 2>&1
	grep -q ESTAB "$room/reset" || die "no reset: $(cat "$room/reset")"
	went_on "$limit"
	worst=$(longest "$worst" "$took")
}

# slow MS: the way that is left takes so long, there and back.
slow() {
	local before
	wire "$port" "$room/a/.s.PGSQL.5432" "$(($1 / 2))"
	refuse 5432 # and so reset what stands
	went_on "$limit"
	worst=$(longest "$worst" "$took")
	before=$(stat -c %s "$room/acked")
	sleep "$away"
	[ "$(stat -c %s "$room/acked")" -gt "$before" ] || die "$1 ms: no turns"
	in_far nft flush ruleset
	kill "$wire"
	wait "$wire" 2>/dev/null
	went_on "$limit"
	worst=$(longest "$worst" "$took")
}

setpriv --pdeathsig KILL unshare -n sleep 1200 &
far=$!
others+=("$far")
soon 5 is_apart
ip link set lo up
ip link add near type veth peer name far netns "$far" || die 'no veth'
ip addr add "$here/30" dev near
ip link set near up
in_far ip addr add "$there/30" dev far
in_far ip link set far up
in_far ip link set lo up

pg_enter=(nsenter -t "$far" -n)
pg_options=(-c listen_addresses="$there")
pg_make a
port=$(free_port)
fill "host=$there,127.0.0.1 port=5432,$port user=evenkeel dbname=evenkeel
	sslmode=disable gssencmode=disable"
serve
crew_start "$BASE" || die "$(cat "$room/crew.out")"
for ((i = 0; i < rounds; i++)); do
	for way in drop_in drop_out drop_both refuse link_down; do
		fail "$way" 5432
	done
	for ((j = 0; j < 10; j++)); do
		sleep "0.$((RANDOM % 500))"
		reset
	done
	slow 50
	slow 500
done
crew_stop "$(pg_url a)" || die "$crew_sum"
echo "$rounds rounds of 5 ways to lose the network for $away s, 10 resets," \
	"a round trip of 50 and 500 ms: turns go on after $worst ms at most; $crew_sum"
