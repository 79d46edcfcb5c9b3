#!/bin/bash
# test_walk.sh - does the script in the README walk a whole conversation?
#
# Takes it from the page as it stands there, and runs it against a service and
# a PostgreSQL of its own.  Ends with libcheck's line.

set -u
cd "$(dirname -- "$0")/../.." || exit 1

program=$(realpath "${EVENKEEL:-${BUILD:-build}/evenkeel}")
room=$(mktemp -d /tmp/evenkeel-walk-XXXXXX)
chmod 755 "$room"
server=
checks=0
failures=0

# shellcheck disable=SC2317 # a trap calls it
clean() {
	local home
	[ -z "$server" ] || kill -TERM "$server" 2>/dev/null
	wait
	cluster stop
	home=$(cluster status | sed 's/.*data in //')
	case $home in
	/var/lib/evenkeel/*) rm -rf "${home%/pg/data}" ;;
	esac
	rm -rf "$room"
}
trap clean EXIT

# A copy of the script in a folder of its own has a cluster of its own.
cluster() {
	"$room/clone/sql/cluster.sh" "$@"
}

die() {
	echo "test_walk.sh: $*" >&2
	cat "$room"/*.log >&2
	exit 1
}

# check NAME COMMAND...: one test.
check() {
	checks=$((checks + 1))
	if ! "${@:2}"; then
		failures=$((failures + 1))
		echo "test_walk.sh:${BASH_LINENO[0]}:F:walk:$1: failed"
	fi
}

is() {
	[ "$1" = "$2" ] || {
		printf 'is\n%s\nnot\n%s\n' "$1" "$2"
		return 1
	}
}

fails() {
	! "$@"
}

# The fenced blocks of the README that begin with the line $1, or, with $2,
# the first one after the last line that has it.
block() {
	awk -v fence="$1" -v after="${2-}" '
		inside && /^```$/ { inside = 0; next }
		inside { text = text $0 "\n"; next }
		$0 == fence && !done { inside = 1; done = after != ""; next }
		/^```/ { inside = 0 }
		after != "" && index($0, after) { text = ""; done = 0 }
		END { printf "%s", text }' README.md
}

# Stages alone, history as it is: words may change with the library.
stages() {
	sed 's/^\([a-z_]*\): .*/\1/' "$@"
}

start() {
	local i
	mkdir -p "$room/clone/sql"
	cp sql/cluster.sh "$room/clone/sql/"
	cluster start 2>"$room/cluster.log" || die 'no PostgreSQL'
	EVENKEEL_DATABASE_URL=$(cluster url)
	export EVENKEEL_DATABASE_URL EVENKEEL_AUTH=open EVENKEEL_LOG=json \
		EVENKEEL_LISTEN=127.0.0.1:0
	unset EVENKEEL_DATABASE_READER_URL EVENKEEL_DATABASE_OWNER_URL
	"$program" migrate >"$room/migrate.log" 2>&1 || die 'no schema'
	"$program" import --publish sql/content/library.json \
		>"$room/import.log" 2>&1 || die 'no library'
	setpriv --pdeathsig TERM "$program" serve 2>"$room/serve.log" &
	server=$!
	for ((i = 0; i < 300; i++)); do
		BASE=$(sed -n 's|.*\(http://127.0.0.1:[0-9]*\).*|\1|p' \
			"$room/serve.log" | head -n 1)
		[ -n "$BASE" ] && curl -sf -o "$room/ready" "$BASE/readyz/write" &&
			return
		kill -0 "$server" || break
		sleep 0.1
	done
	die 'no service'
}

walk() {
	BASE=$BASE TMPDIR=$room/tmp bash "$room/walk" >"$room/out" 2>"$room/err"
}

start
mkdir "$room/tmp"
check there_is_one_script is "$(grep -c '^```bash$' README.md)" 1
block '```bash' >"$room/walk"
check it_begins_as_it_should is "$(head -n 1 "$room/walk")" 'set -eu'
check it_ends_well walk
check it_complains_of_nothing is "$(cat "$room/err")" ''
check it_leaves_nothing_behind is "$(ls "$room/tmp")" ''

check stages_come_in_order is "$(grep '^[a-z]' "$room/out" | stages)" \
	'open
restate
validate
apologize
validate
validate
apologize
clarify
propose
defer
closed
resolve
thank
closed
closed
erased'
check each_step_has_words is "$(grep -cE '^[a-z_]+: [A-Z][^{}]*[.?!]$' \
	"$room/out")" 15
check nothing_is_null fails grep -q null "$room/out"
check the_feeling_is_named_in_new_words is \
	"$(grep '^validate: ' "$room/out" | sort -u | wc -l)" 3
check the_history_is_whole is "$(grep '^ ' "$room/out")" \
	'  1 start -> open
  2 told -> restate
  3 confirms -> validate
  4 calmer -> apologize
  5 undo -> validate
  6 angrier -> validate
  7 calmer -> apologize
  8 next -> clarify
  9 gives_facts -> propose
  10 cannot_fix -> defer
  11 accepts -> closed'
check what_was_erased_is_gone is "$(tail -n 1 "$room/out")" 'erased: 404'
check nothing_of_the_customer_is_left is "$(curl -s \
	"$BASE/v1/conversations?subject=customer-77" | jq -c .items)" '[]'
check the_page_shows_what_it_prints is \
	"$(block '```' 'It prints the stage' | stages)" "$(stages "$room/out")"
check it_walks_again walk

echo "$((100 * (checks - failures) / checks))%: Checks: $checks," \
	"Failures: $failures, Errors: 0"
[ "$failures" = 0 ]
