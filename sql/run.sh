#!/bin/bash
# run.sh - what "make run" does: the service, on a private PostgreSQL cluster.
#
#	EVENKEEL=build/evenkeel PORT=8080 sql/run.sh
#
# Starts the cluster, migrates, imports the library that ships if there is
# none, and serves in the foreground.  Ctrl-C or SIGTERM stops the service and
# then the cluster, and is no error.  However this script ends, both end: the
# kernel tells the service, and a watcher stops the cluster.
# Settings in the environment (EVENKEEL_*) are passed on.
#
# An inner script is quoted, and one function called by a trap, on purpose:
# shellcheck disable=SC2016,SC2317

set -eu
cd "$(dirname -- "$0")/.."

program=${EVENKEEL:-build/evenkeel}
port=${PORT:-8080}
library=sql/content/library.json
server=
watcher=

die() {
	echo "run: $*" >&2
	exit 1
}

# Does anything answer on our port?  A full backlog hangs: then it is taken.
port_taken() {
	local status=0
	timeout 2 bash -c 'exec 3<>"/dev/tcp/127.0.0.1/$1"' bash "$port" \
		2>/dev/null || status=$?
	[ "$status" != 1 ]
}

# In a subshell, where a connection closed under us is no reason to die.
ready() (
	trap '' PIPE
	exec 3<>"/dev/tcp/127.0.0.1/$port" || exit 1
	printf 'GET /readyz HTTP/1.1\r\nHost: localhost:%s\r\n%s\r\n\r\n' \
		"$port" 'Connection: close' >&3
	read -r -t 2 line <&3
	[[ $line == 'HTTP/1.1 200 '* ]]
) 2>/dev/null

stop() {
	local status=$?
	trap '' HUP INT TERM
	trap - EXIT
	if [ -n "$server" ] && kill -0 "$server" 2>/dev/null; then
		echo 'run: stopping ...'
		kill -TERM "$server" || :
		for _ in {1..200}; do
			kill -0 "$server" 2>/dev/null || break
			sleep 0.1
		done
		kill -KILL "$server" 2>/dev/null || :
	fi
	[ -z "$watcher" ] || kill -- "-$watcher" 2>/dev/null || :
	sql/cluster.sh stop 9>&-
	exit "$status"
}

case $port in
'' | *[!0-9]* | 0* | ??????*) die "PORT=$port is no port" ;;
esac
[ "$port" -le 65535 ] || die "PORT=$port is no port"
! port_taken ||
	die "port $port is taken: end what listens there, or make run PORT=8081"

mkdir -p .run 2>/dev/null || :
exec 9>.run/lock || die "cannot write $PWD/.run/lock"
flock -w 10 9 || die "another \"make run\" runs in $PWD"

trap stop EXIT
trap 'exit 0' HUP INT TERM

# When this script is killed outright, its lock is free, and only then.
setsid bash -c 'exec 9>&-; exec 8>.run/lock; flock 8; sql/cluster.sh stop 8>&-' &
watcher=$!

sql/cluster.sh start 9>&-
EVENKEEL_DATABASE_URL=$(sql/cluster.sh url writer)
EVENKEEL_DATABASE_READER_URL=$(sql/cluster.sh url reader)
EVENKEEL_DATABASE_OWNER_URL=$(sql/cluster.sh url owner)
EVENKEEL_LISTEN=127.0.0.1:$port
EVENKEEL_AUTH=${EVENKEEL_AUTH:-open}
export EVENKEEL_AUTH EVENKEEL_DATABASE_URL EVENKEEL_DATABASE_READER_URL \
	EVENKEEL_DATABASE_OWNER_URL EVENKEEL_LISTEN

"$program" migrate 9>&-
"$program" import --if-empty --publish "$library" 9>&-

# In a session of its own, so that Ctrl-C comes to it through us, once.
setsid setpriv --pdeathsig TERM "$program" serve 9>&- &
server=$!

until ready; do
	kill -0 "$server" 2>/dev/null || break
	sleep 0.05
done
if kill -0 "$server" 2>/dev/null; then
	cat <<-END

		Evenkeel listens on http://127.0.0.1:$port (Ctrl-C stops it).  Try:

		    curl 'http://127.0.0.1:$port/v1/next?category=delivery.late&stage=restate&signal=confirms'

	END
fi

status=0
wait "$server" || status=$?
server=
die "the service ended by itself, exit status $status"
