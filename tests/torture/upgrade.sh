#!/bin/bash
# upgrade.sh - from the schema of the first release to today's, and to another
# cluster.
#
# A database as the first release left it, with what that kept of the library
# that ships.  While it is brought up, migration by migration, two servers are
# restarted in turn, ${RESTARTS} (3) times each at every stage: look-ups go on at
# one or the other, and turns from the migration on that keeps them.  Until the
# schema is theirs they read the library from a file, as if the database for
# readers were away: so they stand in for servers of the versions between.  The
# schema is in the end that of a new database.  Then pg_dump and pg_restore into
# a new cluster: the same conversations and releases, and old places of events
# are refused.

set -u
cd "$(dirname -- "$0")/../.." || exit 1
. tests/with_service.sh
. tests/torture/crew.sh
. tests/torture/servers.sh

restarts=${RESTARTS:-3}
migrations=(sql/migrations/*.sql)
last=$(printf %04d "${#migrations[@]}")

# apply DATABASE N: as "evenkeel migrate" does it, and notes it.
apply() {
	local file=${migrations[$2 - 1]} name
	name=$(basename "$file" .sql)
	{
		echo "SET search_path = evenkeel, pg_catalog, pg_temp;"
		echo "SET standard_conforming_strings = on;"
		cat "$file"
		echo "; INSERT INTO evenkeel.schema_migrations
			(version, name, checksum) VALUES ($2, '$name',
			'$(sha256sum <"$file" | cut -c 1-64)');"
	} >"$room/apply.sql"
	psql -qX1 -d "$1" -v ON_ERROR_STOP=1 -f "$room/apply.sql" \
		>"$room/apply.log" 2>&1 || die "$name: $(cat "$room/apply.log")"
}

# What both know of the library, from one database to the other.
copy_library() {
	psql -qXAt -F ' ' -d "$2" -c "SELECT table_name,
			string_agg(quote_ident(column_name), ',')
		FROM information_schema.columns
		WHERE table_schema = 'evenkeel' AND is_generated = 'NEVER'
		AND table_name IN (SELECT relname FROM pg_class
			WHERE relkind = 'r')
		AND table_name <> 'schema_migrations'
		GROUP BY 1 ORDER BY 1" >"$room/tables"
	while read -r table columns; do
		psql -qX -d "$1" -v ON_ERROR_STOP=1 -c \
			"COPY evenkeel.$table ($columns) TO STDOUT" |
			psql -qX -d "$2" -v ON_ERROR_STOP=1 -c \
				"COPY evenkeel.$table ($columns) FROM STDIN" ||
			die "no $table"
	done <"$room/tables"
	[ -s "$room/tables" ] || die 'no tables'
}

# Look-ups at one node, and if that is away at the other one.
look_up() {
	local port asked=0 failed=0
	trap 'echo "$asked $failed" >"$room/looked"; exit' TERM
	while :; do
		for port in "${ports[@]}"; do
			curl -sf -m 5 -o "$room/looked" \
				"http://127.0.0.1:$port$path" && break
			port=
		done
		asked=$((asked + 1))
		[ -n "$port" ] || failed=$((failed + 1))
	done
}

reader="host=$room/away"
node() {
	server_up "$1" EVENKEEL_LISTEN="127.0.0.1:${ports[$1]}" \
		EVENKEEL_CACHE="$room/cache$1" EVENKEEL_DATABASE_URL="$a" \
		EVENKEEL_DATABASE_READER_URL="$reader"
}

roll() {
	local i n
	for ((i = 0; i < restarts; i++)); do
		for n in 0 1; do
			server_down "$n" || die "node $n did not stop in order"
			node "$n"
		done
	done
}

answers_from() {
	curl -s "${address[0]}$path" | jq -e ".release == $1" >"$room/release"
}

shape() {
	pg_dump -s -d "$1" -n evenkeel | sed '/^--/d; /restrict/d; /^$/d'
}

path='/v1/next?category=delivery.late&stage=validate'
ports=("$(free_port)" "$(free_port)")

# The first program is gone, but not its schema; today's fills the cache.
pg_make today
fill "$(pg_url today)"
serve --cache "$room/cache0"
soon 10 test -s "$room/cache0"
cp -p "$room/cache0" "$room/cache1"
kill -TERM "$server"
wait "$server"
server=
pg_make a
a=$(pg_url a)
apply "$a" 1
apply "$a" 2
copy_library "$EVENKEEL_DATABASE_URL" "$a"

node 0
node 1
look_up &
looker=$!
others+=("$looker")
for n in 3 4 5; do
	roll
	apply "$a" "$n"
done

READERS=0 crew_start "${address[@]}" || die "$(cat "$room/crew.out")"
went_on 3000
EVENKEEL_DATABASE_URL=$a "$program" migrate >"$room/migrate.log" 2>&1 ||
	die "$(cat "$room/migrate.log")"
grep -q "^migrate: $last" "$room/migrate.log" || die 'nothing to migrate'
went_on 3000
roll
reader=$a
roll
went_on 3000
crew_stop "$a" || die "$crew_sum"
kill -TERM "$looker"
wait "$looker"
others=()
read -r asked failed <"$room/looked"
[ "$failed" = 0 ] || die "$failed of $asked look-ups failed"
diff <(shape "$a") <(shape "$EVENKEEL_DATABASE_URL") >&2 ||
	die 'the schema is another one than that of a new database'

# --- to another cluster -------------------------------------------------------

EVENKEEL_DATABASE_URL=$a "$program" import --publish sql/content/library.json \
	>"$room/import.log" 2>&1 || die 'no second release'
soon 10 answers_from 2
# One that was in use for longer than a restore takes has counted further.
psql -qX -d "$a" -v ON_ERROR_STOP=1 -c 'DO $$ BEGIN
	FOR i IN 1 .. 5000 LOOP
		PERFORM pg_current_xact_id();
		COMMIT;
	END LOOP;
END $$' || die 'no transactions'
place=$(curl -s "${address[0]}/v1/events?after=now" | jq -r .next_after)
pg_dump -Fc -d "$a" -f "$room/dump" || die 'no dump'
pg_make c
c=$(pg_url c)
# As the superuser: who owns what is written before who may own it.
pg_restore -d "host=$room/c user=postgres dbname=evenkeel" --exit-on-error \
	"$room/dump" >"$room/restore.log" 2>&1 || die "$(cat "$room/restore.log")"
server_up c EVENKEEL_DATABASE_URL="$c" EVENKEEL_DATABASE_READER_URL="$c"
BASE=${address[c]}

for n in 1 2; do
	for db in "$a" "$c"; do
		EVENKEEL_DATABASE_URL=$db "$program" export --release "$n" \
			>"$room/export.${db##*/}" || die "no release $n"
	done
	cmp "$room"/export.* || die "release $n is another one"
done
diff <(shape "$a") <(shape "$c") >&2 || die 'the schema is another one'
kept=0
for id in $(psql -qXAt -d "$a" -c 'SELECT id FROM evenkeel.conversation
		ORDER BY id'); do
	for base in "${address[0]}" "$BASE"; do
		curl -sf "$base/v1/conversations/$id?turns=all" \
			-o "$room/case.${base##*:}" || die "no $id at $base"
	done
	cmp "$room"/case.* || die "$id is another one"
	kept=$((kept + 1))
	[ "$kept" -lt "${CASES:-200}" ] || break
done
[ "$kept" -gt 0 ] || die 'no conversations'

# Its transactions are others: what comes next there would never be told.
status=$(curl -s -o "$room/answer" -w '%{http_code}' \
	"$BASE/v1/events?after=$place")
[ "$status" = 422 ] || die "an old place: $status $(cat "$room/answer")"
place=$(curl -s "$BASE/v1/events?after=now" | jq -r .next_after)
[ "$(begin_one)" = 201 ] || die "a beginning: $(cat "$room/answer")"
curl -s "$BASE/v1/events?after=$place&wait=5" |
	grep -q '"conversation.started"' || die 'no event of what is new'
echo "0002 to $last, and restored: $asked look-ups, 0 failed at both nodes;" \
	"${crew_sum%;*}; $kept conversations and 2 releases byte for byte"
