#!/bin/bash
# test_cluster.sh - does sql/cluster.sh keep one folder's data through it all?
#
# It works on copies of the script in folders of its own, the first with a
# space in its name and far too long for a socket.  Ends with libcheck's line.

set -u

tmp=$(mktemp -d /tmp/evenkeel-cluster-XXXXXX)
chmod 755 "$tmp"
long=$tmp/$(printf 'a long name %0100d' 0)
short=$tmp/short
hidden=$tmp/hidden/clone
checks=0
failures=0

# Stop what a failed test left running, and take the folders away.
# shellcheck disable=SC2317 # a trap calls it
clean() {
	local folder home
	for folder in "$long" "$short" "$hidden"; do
		[ -d "$folder" ] || continue
		cluster "$folder" stop
		home=$(cluster "$folder" status | sed 's/.*data in //')
		case $home in
		/var/lib/evenkeel/*) rm -rf "${home%/pg/data}" ;;
		esac
		rm -rf "$(socket "$folder")"
	done
	rm -rf "$tmp"
}
trap clean EXIT

clone() {
	mkdir -p "$1/sql"
	cp sql/cluster.sh "$1/sql/"
}

cluster() {
	"$1/sql/cluster.sh" "${@:2}"
}

socket() {
	cluster "$1" url | sed 's/host=\([^ ]*\).*/\1/'
}

ask() {
	psql -XAtq "$(cluster "$1" url "${3-owner}")" -c "$2"
}

# The server's own number, and those of all its processes.
postmaster() {
	cluster "$1" status | sed -n 's/.*process \([0-9]*\),.*/\1/p'
}

family() {
	local pid
	pid=$(postmaster "$1")
	echo "$pid" "$(cat "/proc/$pid/task/$pid/children")"
}

# check NAME COMMAND...: one test.
check() {
	checks=$((checks + 1))
	if ! "${@:2}"; then
		failures=$((failures + 1))
		echo "test_cluster.sh:${BASH_LINENO[0]}:F:cluster:$1: failed"
	fi
}

is() {
	[ "$1" = "$2" ] || {
		echo "is \"$1\", not \"$2\""
		return 1
	}
}

fails() {
	! "$@"
}

clone "$long"
check starts_in_a_long_path cluster "$long" start
check says_that_it_runs cluster "$long" status
check owner_owns_the_database is \
	"$(ask "$long" 'SELECT pg_get_userbyid(datdba) FROM pg_database
		WHERE datname = current_database()')" evenkeel
check owner_makes_no_roles fails ask "$long" 'CREATE ROLE another'
check writer_connects is "$(ask "$long" 'SELECT current_user' writer)" \
	evenkeel_writer
check reader_connects is "$(ask "$long" 'SELECT current_user' reader)" \
	evenkeel_reader
check database_is_utf8 is "$(ask "$long" 'SHOW server_encoding')" UTF8
check does_not_listen_on_tcp is "$(ask "$long" 'SHOW listen_addresses')" ''

ask "$long" 'CREATE TABLE kept (n int); INSERT INTO kept VALUES (1)'
first=$(postmaster "$long")
check start_again_changes_nothing cluster "$long" start
check the_same_server_goes_on is "$(postmaster "$long")" "$first"
check stops cluster "$long" stop
check says_that_it_is_stopped fails cluster "$long" status
check takes_its_socket_folder_away [ ! -e "$(socket "$long")" ]
check stops_what_is_stopped cluster "$long" stop
check starts_again cluster "$long" start
check data_survives_a_stop is "$(ask "$long" 'SELECT n FROM kept')" 1

# A crash: everything at once, then the postmaster alone, with a child that
# cannot notice.
# shellcheck disable=SC2046 # several numbers
kill -KILL $(family "$long")
check starts_after_a_crash cluster "$long" start
check data_survives_a_crash is "$(ask "$long" 'SELECT n FROM kept')" 1
read -r first child _ <<<"$(family "$long")"
kill -STOP "$child"
kill -KILL "$first"
check starts_beside_a_survivor cluster "$long" start
check survivor_is_gone [ ! -e "/proc/$child/cwd" ]
check data_survives_that is "$(ask "$long" 'SELECT n FROM kept')" 1

# Another folder, and then the first one moved beside it.
clone "$short"
check two_folders_run_at_once cluster "$short" start
first=$(postmaster "$short")
cluster "$long" stop
check one_stop_spares_the_other is "$(postmaster "$short")" "$first"
check data_is_not_shared fails ask "$short" 'SELECT n FROM kept'
cp -a "$long/.run" "$tmp/moved"
cluster "$short" stop
rm -rf "$short/.run"
mv "$tmp/moved" "$short/.run"
echo "$$" >"$short/.run/pg/data/postmaster.pid"
check a_moved_folder_starts cluster "$short" start
check data_moves_along is "$(ask "$short" 'SELECT n FROM kept')" 1
cluster "$short" stop

# The name of the socket's folder may be taken.
mkdir "$tmp/other"
ln -s "$tmp/other" "$(socket "$short")"
check refuses_the_folder_of_another fails cluster "$short" start
rm "$(socket "$short")"

# PostgreSQL's user cannot reach a folder that only root may enter.
if [ "$(id -u)" = 0 ]; then
	clone "$hidden"
	chmod 700 "${hidden%/*}"
	check starts_in_a_hidden_folder cluster "$hidden" start
	check keeps_data_where_it_can grep -q 'data in /var/lib/evenkeel/' \
		<(cluster "$hidden" status)
	check answers_there is "$(ask "$hidden" 'SELECT 1')" 1
	cluster "$hidden" stop
fi

echo "$((100 * (checks - failures) / checks))%: Checks: $checks," \
	"Failures: $failures, Errors: 0"
[ "$failures" = 0 ]
