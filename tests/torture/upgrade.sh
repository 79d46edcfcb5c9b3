#!/bin/bash
# upgrade.sh - from the schema of the first release to today's, and to another
# cluster.
#
# A database as the first release left it, with what that kept of the library
# that ships.  While it is brought up, migration by migration, two servers (from
# EVENKEEL_CACHE, until the database is theirs) are restarted in turn, ${RESTARTS}
# (3) times each at every stage: look-ups go on at one or the other, and turns
# from the migration on that keeps them.  The schema is in the end that of a new
# database.  Then pg_dump and pg_restore into a new cluster: the same
# conversations and releases, and old places of events are refused.

set -u
cd "$(dirname -- "$0")/../.." || exit 1
. tests/with_service.sh
. tests/torture/crew.sh
. tests/torture/servers.sh

restarts=${RESTARTS:-3}
migrations=(sql/migrations/*.sql)
last=${#migrations[@]}

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

node() {
	server_up "$1" EVENKEEL_LISTEN="127.0.0.1:${ports[$1]}" \
		EVENKEEL_CACHE="$room/cache$1" EVENKEEL_DATABASE_URL="$a"
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

shape() {
	pg_dump -s -d "$1" -n evenkeel | sed '/^--/d; /restrict/d; /^$/d'
}

path='/v1/next?category=delivery.late&stage=validate'
ports=("$(free_port)" "$(free_port)")

# The first release is gone, but not its schema; today's fills the cache.
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
grep -q "^migrate: 000$last" "$room/migrate.log" || die 'nothing to migrate'
went_on 3000
roll
went_on 3000
crew_stop "$a" || die "$crew_sum"
kill -TERM "$looker"
wait "$looker"
others=()
read -r asked failed <"$room/looked"
[ "$asked" -gt 0 ] && [ "$failed" = 0 ] || die "$failed look-ups failed"
diff <(shape "$a") <(shape "$EVENKEEL_DATABASE_URL") >&2 ||
	die 'the schema is another one than that of a new database'
