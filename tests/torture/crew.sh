# crew.sh - for the parts that break things: see crew.mjs.
#
#	crew_start BASE...	# returns once each of it has an answer
#	crew_stop URL		# ends it, and looks into that database
#	crew_said gap_ms	# what it saw
#
# crew_stop sets ${crew_sum}, such as "1200 turns: 0 lost, 0 doubled", and fails
# if any was, or the crew saw what may not be.
#
# shellcheck shell=bash disable=SC2154 # with_service.sh sets ${room}

crew=

# Before clean, which waits for all that runs.
# shellcheck disable=SC2317 # a trap calls it
crew_clean() {
	[ -z "$crew" ] || kill -KILL "$crew" 2>/dev/null
	clean
}
trap crew_clean EXIT

crew_start() {
	: >"$room/crew.out"
	setpriv --pdeathsig TERM node tests/torture/crew.mjs "$room/acked" "$@" \
		>"$room/crew.out" &
	crew=$!
	crew_wait ready
}

# crew_wait TEXT: until it prints that, for as long as it lives.
crew_wait() {
	until grep -q "$1" "$room/crew.out"; do
		kill -0 "$crew" 2>/dev/null || return 1
		sleep 0.05
	done
}

crew_said() {
	sed -n "s/.*\"$1\":\([0-9]*\).*/\1/p" "$room/crew.out"
}

# What was acknowledged and what is in the database must be the same lines:
# each writer has repeated until it was.
crew_stop() {
	local lost doubled status
	kill -TERM "$crew"
	wait "$crew"
	status=$?
	psql -qXAt -F ' ' -d "$1" -c 'SELECT conversation, n FROM evenkeel.turn' |
		LC_ALL=C sort >"$room/held"
	LC_ALL=C sort -o "$room/acked" "$room/acked"
	lost=$(LC_ALL=C comm -23 "$room/acked" "$room/held" | wc -l)
	doubled=$(LC_ALL=C comm -13 "$room/acked" "$room/held" | wc -l)
	crew_sum="$(wc -l <"$room/acked") turns: $lost lost, $doubled doubled;"
	crew_sum+=" $(crew_said lookups) look-ups: $(crew_said failed) failed"
	[ "$status" = 0 ] || cat "$room/crew.out" >&2
	[ "$status$lost$doubled" = 000 ]
}
