#!/bin/bash
# notify.sh - the news of a release does not arrive.
#
# ${PUBLISHES} (20) releases, and two servers: of one the session that listens
# is ended again and again while one is published, the other one is behind a
# wire that leaves out every notification.  Each server must know each release
# within EVENKEEL_POLL (5) seconds, and one more.

set -u
cd "$(dirname -- "$0")/../.." || exit 1
. tests/with_service.sh
. tests/torture/crew.sh
. tests/torture/servers.sh

export EVENKEEL_POLL=${EVENKEEL_POLL:-5}
publishes=${PUBLISHES:-20}
limit=$(((EVENKEEL_POLL + 1) * 1000))
declare -A last=([ended]=0 [deaf]=0)

knows() {
	[ "$(curl -s "${address[$1]}/metrics" |
		sed -n 's/^evenkeel_release \([0-9]*\)$/\1/p')" = "$2" ]
}

end_listener() {
	sql a "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
		WHERE application_name = 'ended'" >>"$room/terminated"
}

pg_make a
fill "$(pg_url a)"
sed 's/Hello/Good day/g' sql/content/library.json >"$room/other.json"
"$program" import --publish "$room/other.json" >"$room/import.log" 2>&1 ||
	die 'no second release'
port=$(free_port)
wire "$port" "$room/a/.s.PGSQL.5432" 0 A
server_up ended \
	EVENKEEL_DATABASE_READER_URL="$(pg_url a) application_name=ended"
server_up deaf EVENKEEL_DATABASE_READER_URL="host=127.0.0.1 port=$port \
	user=evenkeel dbname=evenkeel sslmode=disable gssencmode=disable"
crew_start "${address[@]}" || die "$(cat "$room/crew.out")"

for ((n = 3; n <= publishes + 2; n++)); do
	"$program" rollback "$((2 - n % 2))" >"$room/rollback.log" 2>&1 &
	rollback=$!
	while kill -0 "$rollback" 2>/dev/null; do
		end_listener
	done
	wait "$rollback" || die "release $n: $(cat "$room/rollback.log")"
	end_listener
	from=$(now_ms)
	waiting='ended deaf'
	while [ -n "$waiting" ]; do
		for name in $waiting; do
			took=$(($(now_ms) - from))
			if knows "$name" "$n"; then
				last[$name]=$(longest "${last[$name]}" "$took")
				waiting=${waiting/$name/}
				waiting=${waiting# }
				waiting=${waiting% }
			elif ((took > limit)); then
				die "$name does not know release $n after $took ms"
			fi
		done
	done
done
crew_stop "$(pg_url a)" || die "$crew_sum"
ended=$(awk '{ n += $1 } END { print n }' "$room/terminated")
[ "$ended" -ge "$publishes" ] || die "only $ended sessions were ended"
[ "${last[deaf]}" -gt 1000 ] || die 'the wire left nothing out'
echo "$publishes releases, listeners ended $ended times: known after" \
	"${last[ended]} ms at most, without any notification" \
	"${last[deaf]} ms of $limit; $crew_sum"
