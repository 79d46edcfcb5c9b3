#!/bin/bash
# test_faults.sh - what may break around the service: torture's parts about it,
# small.  What must be there before the program begins takes the place of a
# sanitizer's runtime, so these parts are for the plain build.

# shellcheck source=tests/torture/short.sh
. "$(dirname -- "$0")/short.sh"

plain() {
	! grep -q '__[at]san_init' "${EVENKEEL:-build/evenkeel}"
}

if plain; then
	short calls PAUSE=0.2 POINTS='pq/PQflush pq/PQconsumeInput
		kernel/epoll_wait kernel/accept4 posix/io/net/recv'
fi
short notify PUBLISHES=3 EVENKEEL_POLL=1
short lock HOLD=2 ROUNDS=1
short standby CYCLES=1
short upgrade RESTARTS=1
# Whoever is not root, or in a container that is shut in, makes no disks and no
# networks.
if [ "$(id -u)" = 0 ] && unshare -m true 2>/dev/null; then
	short full ROUNDS=1
fi
if [ "$(id -u)" = 0 ] && unshare -n nft list ruleset 2>/dev/null; then
	short network ROUNDS=1
fi
short_done
