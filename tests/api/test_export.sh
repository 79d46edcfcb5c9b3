#!/bin/bash
# test_export.sh - do readers of JSON, CSV and YAML find every line of an
# export, once?
#
# The readers are csv-parse and yaml, as the npm registry has them, unpacked
# once into ${BUILD}/npm; export.mjs calls them.  Without the registry this
# fails.  Has a PostgreSQL of its own.  Ends with libcheck's line.

set -u
cd "$(dirname -- "$0")/../.." || exit 1

readers=(csv-parse@6.1.0 yaml@2.8.1)
program=$(realpath "${EVENKEEL:-${BUILD:-build}/evenkeel}")
modules=$(realpath "${BUILD:-build}")/npm/export-readers
room=$(mktemp -d /tmp/evenkeel-export-XXXXXX)
chmod 755 "$room"

# shellcheck disable=SC2317 # a trap calls it
clean() {
	local home
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
	echo "test_export.sh: $*" >&2
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
		--ignore-scripts --no-save "${readers[@]}" \
		>"$room/npm.log" 2>&1 ||
		die "no ${readers[*]} from the npm registry"
	touch "$modules/done"
}

publish() {
	mkdir -p "$room/clone/sql"
	cp sql/cluster.sh "$room/clone/sql/"
	cluster start 2>"$room/cluster.log" || die 'no PostgreSQL'
	EVENKEEL_DATABASE_URL=$(cluster url)
	export EVENKEEL_DATABASE_URL
	unset EVENKEEL_DATABASE_READER_URL EVENKEEL_DATABASE_OWNER_URL
	"$program" migrate >"$room/migrate.log" 2>&1 || die 'no schema'
	"$program" import --publish sql/content/library.json \
		>"$room/import.log" 2>&1 || die 'no library'
}

mkdir -p "$room/clone"
fetch
publish
for format in chatwoot zendesk zammad rasa markdown; do
	"$program" export --format "$format" >"$room/$format" \
		2>"$room/export.log" || die "no export for $format"
done
node tests/api/export.mjs "$modules" "$room" sql/content/library.json \
	>"$room/out" 2>"$room/node.log"
status=$?
sed -n 's/^failed \([a-z0-9_]*\): /test_export.sh:0:F:readers:\1: /p' "$room/out"
failures=$(grep -c '^failed ' "$room/out")
checks=$(grep -c '^ok ' "$room/out")
checks=$((checks + failures))
[ "$checks" -gt 0 ] || die 'the readers did nothing'
[ "$status" = 0 ] || [ "$failures" -gt 0 ] || die "node: status $status"

echo "$((100 * (checks - failures) / checks))%: Checks: $checks," \
	"Failures: $failures, Errors: 0"
[ "$failures" = 0 ]
