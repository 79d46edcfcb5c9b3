#!/bin/bash
# reload.sh - one release after another (${RELEASES}, 1000) while look-ups go
# on: none fails, and memory does not grow.  That every answer is wholly of one
# release is looked at by tests/fault/test_database.

set -u
cd "$(dirname -- "$0")/../.." || exit 1
# shellcheck source=tests/with_service.sh
. tests/with_service.sh

releases=${RELEASES:-1000}
path='/v1/next?category=delivery.late&stage=validate'

memory() {
	awk '/VmRSS/ { print $2 }' "/proc/$server/status"
}

# As publishing does it, but for what it checks before: the rows are the same.
# The number is given by the loop.
publish() {
	psql -qXAt -d "$EVENKEEL_DATABASE_URL" -c "INSERT INTO evenkeel.release
		VALUES ($1, now(), 'reload', '', 1, 1)" \
		-c "SELECT pg_notify('evenkeel_release', '$1')" >"$room/psql.log"
}

loaded() {
	until curl -s "$BASE/version" | grep -q "\"release\":$1}"; do
		kill -0 "$server" || die 'it ended'
	done
}

# A log line for each of a million look-ups is not what this is about.
EVENKEEL_LISTEN=127.0.0.1:$(free_port)
start --log off
cat >"$room/done.lua" <<'END'
function done(summary)
	local e = summary.errors
	print("seen", summary.requests,
		e.connect + e.read + e.write + e.status + e.timeout)
end
END
setpriv --pdeathsig TERM wrk -t1 -c8 -d10m -s "$room/done.lua" "$BASE$path" \
	>"$room/wrk.log" &
load=$!
before=0
for ((i = 2; i <= releases + 1; i++)); do
	publish "$i"
	loaded "$i"
	now=$(memory)
	# It goes up and down: the high water, later the low.
	[ $((i * 4)) -gt "$releases" ] || [ "$now" -lt "$before" ] || before=$now
	[ $((i * 4)) -lt $((releases * 3)) ] || [ "$now" -gt "${after:-$now}" ] ||
		after=$now
done
kill -INT "$load"
wait "$load"
read -r _ asked failed < <(grep ^seen "$room/wrk.log")
if [ "$failed" != 0 ] || [ "$asked" -lt "$releases" ]; then
	die "$failed of $asked look-ups failed"
fi
[ "$after" -lt $((before + 4096)) ] || die "memory $before -> $after KiB"
echo "$releases releases in $asked look-ups: $failed failed;" \
	"memory $before -> $after KiB"
