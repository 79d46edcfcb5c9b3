#!/bin/bash
# standby.sh - the primary dies and its standby takes over, again and again.
#
# Two servers, the standby synchronous; the service knows both.  ${CYCLES} (10)
# times all processes of the primary are killed, the standby is promoted, and
# the old one becomes its standby.  Then twice without a death: the primary only
# reads while the other one takes over, and the two change places in good order.
# Nothing that was acknowledged is lost, and no turn has another answer than
# 2xx or 503.

set -u
cd "$(dirname -- "$0")/../.." || exit 1
. tests/with_service.sh
. tests/torture/crew.sh
. tests/torture/servers.sh

cycles=${CYCLES:-10}
limit=3000
worst=0
primary=a
standby=b

# From now on a commit waits for the standby.
follow() {
	sql "$primary" "ALTER SYSTEM SET synchronous_standby_names = '*'"
	sql "$primary" 'SELECT pg_reload_conf()' >"$room/reload"
	soon 60 says "$primary" \
		'SELECT sync_state FROM pg_stat_replication' sync
}

alone() {
	sql "$primary" 'ALTER SYSTEM RESET synchronous_standby_names'
	sql "$primary" 'SELECT pg_reload_conf()' >"$room/reload"
}

# The standby is the primary now; turns go on in time.
promote() {
	local old=$primary from
	from=$(now_ms)
	primary=$standby
	standby=$old
	sql "$primary" 'SELECT pg_promote()' >"$room/promote"
	went_on "$limit"
	worst=$(longest "$worst" $(($(now_ms) - from)))
}

# Is nobody at it still?
is_still() {
	says "$1" "SELECT count(*) FROM pg_stat_activity
		WHERE usename = 'evenkeel' AND state <> 'idle'" 0
}

rebuild() {
	pg_copy "$primary" "$standby"
	pg_run "$standby" -c hot_standby=on
	follow
	went_on "$limit"
}

pg_make a
fill "$(pg_url a b)"
pg_copy a b
pg_run b
follow
serve
crew_start "$BASE" || die "$(cat "$room/crew.out")"

for ((i = 0; i < cycles; i++)); do
	went_on "$limit"
	sleep "0.$((RANDOM % 1000))"
	pg_kill "$primary"
	promote
	rebuild
done
died=$worst
asked="SELECT count(*) > 0 FROM pg_stat_activity
	WHERE usename = 'evenkeel' AND query ~ 'turn'"
worst=0

# The old one lives on, and only reads.
sql "$primary" 'ALTER SYSTEM SET default_transaction_read_only = on'
sql "$primary" 'SELECT pg_reload_conf()' >"$room/reload"
sleep 1
soon 10 is_still "$primary"
alone
sleep 2
soon 10 says "$primary" "SELECT count(*) FROM pg_stat_replication
	WHERE replay_lsn = pg_current_wal_lsn()" 1
promote
for ((i = 0; i < 3; i++)); do
	sleep 1
	went_on "$limit"
done
says "$primary" "$asked" t || die 'nobody asks the new one'
says "$standby" "$asked" f || die 'turns are still asked of the old one'
pg_stop "$standby"
rebuild

# In good order: what the primary has written, the standby has; the old one
# needs no copy.
pg_stop "$primary"
promote
alone
"${as_pg[@]}" touch "$room/$standby/data/standby.signal"
cat >>"$room/$standby/data/postgresql.auto.conf" <<-END
	synchronous_standby_names = ''
	primary_conninfo = 'host=$room/$primary user=postgres'
END
pg_run "$standby"
follow
went_on "$limit"
crew_stop "$(pg_url "$primary")" || die "$crew_sum"
says "$standby" 'SELECT pg_is_in_recovery()' t || die 'no standby'
echo "primary killed $cycles times, turns $died ms after the promotion at" \
	"most; demoted twice: $worst ms; $crew_sum"
