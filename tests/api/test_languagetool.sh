#!/bin/bash
# test_languagetool.sh - does a client that was made for LanguageTool get along
# with the service?
#
# The client is gramma, as the npm registry has it, unpacked once into
# ${BUILD}/npm; languagetool.mjs calls it.  Without the registry this fails.
# Has a service and a PostgreSQL of its own.  Ends with libcheck's line.

set -u
cd "$(dirname -- "$0")/../.." || exit 1

client=gramma@1.6.0
program=$(realpath "${EVENKEEL:-${BUILD:-build}/evenkeel}")
modules=$(realpath "${BUILD:-build}")/npm/$client
room=$(mktemp -d /tmp/evenkeel-tool-XXXXXX)
chmod 755 "$room"
server=

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
	echo "test_languagetool.sh: $*" >&2
	cat "$room"/*.log >&2
	exit 1
}

# Into a folder aside first, so that half of it is never taken for all.
fetch() {
	[ -e "$modules/done" ] && return
	command -v npm >/dev/null || die 'no npm: tests/deps.sh check installs it'
	rm -rf "$modules"
	mkdir -p "$modules" || die 'no folder'
	echo '{"private": true}' >"$modules/package.json"
	timeout 200 npm install --prefix "$modules" --no-audit --no-fund \
		--ignore-scripts --no-save "$client" >"$room/npm.log" 2>&1 ||
		die "no $client from the npm registry"
	touch "$modules/done"
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
		[ -n "$BASE" ] && curl -sf -o "$room/ready" "$BASE/readyz" &&
			return
		kill -0 "$server" || break
		sleep 0.1
	done
	die 'no service'
}

mkdir -p "$room/clone"
fetch
start
node tests/api/languagetool.mjs "$modules" "$BASE/v2/check" >"$room/out" \
	2>"$room/node.log"
status=$?
sed -n 's/^failed \([a-z_]*\): /test_languagetool.sh:0:F:client:\1: /p' \
	"$room/out"
failures=$(grep -c '^failed ' "$room/out")
checks=$(grep -c '^ok ' "$room/out")
checks=$((checks + failures))
[ "$checks" -gt 0 ] || die 'the client did nothing'
[ "$status" = 0 ] || [ "$failures" -gt 0 ] || die "node: status $status"

echo "$((100 * (checks - failures) / checks))%: Checks: $checks," \
	"Failures: $failures, Errors: 0"
[ "$failures" = 0 ]
