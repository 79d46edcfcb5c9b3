#!/bin/bash
# slow.sh - slowhttptest's four attacks, each with ${CLIENTS} (1000) clients for
# ${SECONDS_EACH} (20) seconds, while others look up and take turns.

set -u
cd "$(dirname -- "$0")/../.." || exit 1
# shellcheck source=tests/with_service.sh
. tests/with_service.sh
# shellcheck source=tests/torture/crew.sh
. tests/torture/crew.sh

clients=${CLIENTS:-1000}
seconds=${SECONDS_EACH:-20}
look='/v1/next?category=delivery.late'
said=

attack() {
	local name=$1
	shift
	slowhttptest -c "$clients" -r 200 -l "$seconds" -p 5 "$@" \
		>"$room/attack.log" 2>&1 || die "$name does not run"
	said+=" $name $(sed 's/\x1b\[[0-9;]*m//g' "$room/attack.log" |
		awk '/^closed:/ { n = $2 } END { print n + 0 }'),"
}

ulimit -n 8192
start
crew_start "$BASE"
attack headers -H -i 5 -u "$BASE$look"
attack body -B -i 5 -s 8192 -t POST -u "$BASE/v1/next"
attack range -R -u "$BASE$look"
attack read -X -w 1 -y 2 -n 1 -z 1 -k 1 -u "$BASE/openapi.json"
crew_stop "$(cluster url owner)" || die "$crew_sum"
echo "4 attacks of $clients clients, cut:${said%,}; $crew_sum," \
	"the slowest $(crew_said lookup_ms) ms"
