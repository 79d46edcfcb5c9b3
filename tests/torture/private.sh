#!/bin/bash
# private.sh - what customers and agents said is nowhere afterwards.
#
# private.mjs sends marks in every field of every request, good and bad, while
# PostgreSQL logs all statements, and again while it is stopped.  Then they are
# looked for in the log, the metrics, the cache file, a dump, and every file of
# the database, its log among them; and so is the secret of the key.  What is
# kept by contract must be in the dump, in no log, and gone when it was erased.

set -u
cd "$(dirname -- "$0")/../.." || exit 1
# shellcheck source=tests/with_service.sh
. tests/with_service.sh
# shellcheck source=tests/torture/postgres.sh
. tests/torture/postgres.sh

bin=$(pg_config --bindir)

# lacks FILE MARK...: none of them is in it, and it is not empty.
lacks() {
	local mark file=$1
	shift
	[ -s "$file" ] || die "$file is empty"
	for mark in "$@"; do
		if grep -aF -m 3 -- "$mark" "$file" >"$room/found.log"; then
			die "$mark is in $file"
		fi
	done
}

has() {
	grep -aqF -- "$2" "$1" || die "$2 is not in $1"
}

dump() {
	"$bin/pg_dump" "$EVENKEEL_DATABASE_URL" >"$1" 2>"$room/dump.log" ||
		die 'no dump'
}

# send ROUND
send() {
	node tests/torture/private.mjs "$BASE" "$1" "$room/begun" \
		>"$room/$1" 2>"$room/found.log" || die "$1: no answer"
}

# All conversations, by the subjects that there are.
erase_all() {
	local subject n=0
	psql -XAtq "$EVENKEEL_DATABASE_URL" -c 'SELECT DISTINCT
		coalesce(subject, $$?$$) FROM evenkeel.conversation' \
		>"$room/subjects" || die 'no subjects'
	while read -r subject; do
		curl -sf -o "$room/erased" "$BASE/v1/erasures" \
			-H "Authorization: Bearer $KEY" \
			-H "Idempotency-Key: zqsaid-erase-$((++n))" \
			-H 'Content-Type: application/json' \
			-d "$(jq -n --arg subject "$subject" '{$subject}')" ||
			die "$subject cannot be erased"
	done <"$room/subjects"
}

prepare
home=$(postgres_home)
cat >>"$home/data/postgresql.conf" <<'END'
log_statement = 'all'
log_min_duration_statement = 0
log_error_verbosity = verbose
END
cluster stop
cluster start 2>"$room/cluster.log" || die 'no PostgreSQL'
KEY=$("$program" key create admin 2>"$room/key.log") || die 'no key'
secret=${KEY##*_}
mkdir -m 700 "$room/cache"
export KEY EVENKEEL_AUTH=keys EVENKEEL_CACHE=$room/cache/file \
	EVENKEEL_RATE=1000000

# As the units for production do; the service must leave it so.
ulimit -Sc 0
serve
grep -q '^Max core file size *0 ' "/proc/$server/limits" ||
	die 'the service would leave a core'
grep -qx LimitCORE=0 server/deploy/evenkeel.service || die 'a unit wants cores'
grep -qx ' *core: 0' docker-compose.yml || die 'a container wants cores'

send here
cluster stop
send away
cluster start 2>"$room/cluster.log" || die 'no PostgreSQL'
for _ in {1..100}; do
	curl -sf -o "$room/write" -H "Authorization: Bearer $KEY" \
		"$BASE/readyz/write" && break
	sleep 0.1
done
dump "$room/dump"
while read -r mark; do
	has "$room/dump" "$mark"
done < <(grep '^zq' "$room/here")
lacks "$room/dump" zqsaid zqlogged "$secret"
erase_all
dump "$room/dump"
has "$room/dump" zqnote
lacks "$room/dump" zqkept zqsaid zqlogged

curl -sf -H "Authorization: Bearer $KEY" "$BASE/metrics" >"$room/metrics" ||
	die 'no metrics'
lacks "$room/metrics" zq "$secret"
lacks "$EVENKEEL_CACHE" zq "$secret"
kill -TERM "$server"
wait "$server" || die "the service ended with status $?"
server=
cp "$room/serve.log" "$room/served"
has "$room/served" zqloggedhere
lacks "$room/served" zqsaid zqkept zqnote "$secret"
lacks "$home/server.log" zq "$secret"
has "$home/server.log.old" 'INSERT INTO'
lacks "$home/server.log.old" zq "$secret"
cluster stop
# What was there once is in the files still, so they can be searched.
grep -rqaF zqkept "$home/data" || die 'the files cannot be searched'
found=$(grep -rlaF -e zqsaid -e zqlogged -e "$secret" "$home")
[ -z "$found" ] || die "a mark is in $found"
requests=$(jq -s 'map(.[]) | add' <(grep '^{' "$room/here") \
	<(grep '^{' "$room/away"))
echo "private: $requests requests with marks, here and with the database away:" \
	"0 in the log, metrics, cache file, PostgreSQL's log and files;" \
	"$(grep -c '^zq' "$room/here") kept by contract, 0 of them after erasure;" \
	"no core"
