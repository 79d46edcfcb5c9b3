# servers.sh - for the parts that break things: PostgreSQL servers of one's
# own by name, each in a folder of ${room}, and waits for what must come.
#
#	pg_make a			# a cluster with the roles and a database
#	pg_run a -c fsync=on		# it answers
#	sql a 'SELECT 1'		# as its superuser
#	EVENKEEL_DATABASE_URL=$(pg_url a b)	# one host after the other
#	pg_copy a b && pg_run b		# a standby of it
#	pg_kill a; pg_stop b		# all its processes at once; in order
#	soon 10 test -e "$room/file"	# or die
#	went_on 5000			# the next turn is acknowledged; ${took} ms
#
# To be sourced after with_service.sh and crew.sh: all of it ends with the
# script, and so does what is in ${others}, process numbers.
#
# with_service.sh sets the other variables, and a trap calls leave:
# shellcheck shell=bash disable=SC2034,SC2154,SC2317

pg_bin=/usr/lib/postgresql/15/bin
declare -A pg_pid node_pid address
others=()
pg_enter=()	# what runs the servers
pg_env=()	# variables of theirs
pg_options=()	# of all of them
mkdir -p "$room/clone/sql"
cp sql/cluster.sh "$room/clone/sql/"

leave() {
	local pid name
	for pid in $crew "${others[@]}" "${node_pid[@]}"; do
		kill -KILL "$pid" 2>/dev/null
	done
	for name in "${!pg_pid[@]}"; do
		pg_kill "$name"
	done
	clean 2>/dev/null
}
trap leave EXIT
trap 'exit 1' HUP INT TERM

# PostgreSQL does not run as root; it ends when the script is killed.
as_pg=(env -C "$room" setpriv --pdeathsig INT)
[ "$(id -u)" != 0 ] || as_pg+=(--reuid=postgres --regid=postgres --init-groups)

pg_folder() {
	mkdir -p "$room/$1"
	chmod 700 "$room/$1"
	[ "$(id -u)" != 0 ] || chown postgres: "$room/$1"
}

# pg_make NAME OPTION...: of initdb.
pg_make() {
	local name=$1
	shift
	pg_folder "$name"
	"${as_pg[@]}" "$pg_bin/initdb" -D "$room/$name/data" -U postgres \
		-A trust -E UTF8 --locale=C.UTF-8 -N --no-instructions "$@" \
		>"$room/initdb.log" 2>&1 || die "no cluster $name"
	# Not only what root may do without a password is to be tried here.
	echo 'host all all samenet trust' \
		>>"$room/$name/data/pg_hba.conf"
	pg_run "$name"
	psql -qX -h "$room/$name" -U postgres -d postgres -v ON_ERROR_STOP=1 \
		>"$room/make.log" 2>&1 <<-'END' || die "no database $name"
		CREATE ROLE evenkeel LOGIN;
		CREATE ROLE evenkeel_owner LOGIN;
		CREATE ROLE evenkeel_writer LOGIN;
		CREATE ROLE evenkeel_reader LOGIN;
		GRANT evenkeel_owner TO evenkeel;
		CREATE DATABASE evenkeel OWNER evenkeel;
	END
}

# pg_begin NAME OPTION...: of the server, which may take its time.
pg_begin() {
	local name=$1
	shift
	"${pg_enter[@]}" "${as_pg[@]}" setsid env "${pg_env[@]}" \
		"$pg_bin/postgres" -D "$room/$name/data" \
		-c unix_socket_directories="$room/$name" -c listen_addresses= \
		-c shared_buffers=32MB -c dynamic_shared_memory_type=mmap \
		"${pg_options[@]}" "$@" \
		>>"$room/$name.log" 2>&1 </dev/null &
	pg_pid[$name]=$!
}

pg_ready() {
	"$pg_bin/pg_isready" -q -h "$room/$1" -U postgres -d postgres
}

pg_run() {
	pg_begin "$@"
	soon 60 pg_ready "$1"
}

pg_stop() {
	kill -INT "${pg_pid[$1]}"
	wait "${pg_pid[$1]}" 2>/dev/null
	unset "pg_pid[$1]"
}

pg_kill() {
	local pid=${pg_pid[$1]} all
	kill -STOP "$pid" 2>/dev/null
	mapfile -t all < <(pgrep -P "$pid")
	kill -KILL "$pid" "${all[@]}" 2>/dev/null
	wait "$pid" 2>/dev/null
	unset "pg_pid[$1]"
	soon 10 are_gone "${all[@]}"
}

# A process that nobody has waited for does not count.
are_gone() {
	local pid
	for pid; do
		grep -qs '^State:[^Z]*$' "/proc/$pid/status" && return 1
	done
	return 0
}

# pg_copy FROM TO: a standby of FROM, in the place of what TO was.
pg_copy() {
	rm -rf "$room/${2:?}"
	pg_folder "$2"
	"${as_pg[@]}" "$pg_bin/pg_basebackup" -D "$room/$2/data" -R \
		-X stream -c fast \
		-d "host=$room/$1 user=postgres application_name=$2" \
		>"$room/copy.log" 2>&1 || die "no copy of $1"
}

pg_url() {
	local name hosts=
	for name; do
		hosts+=,$room/$name
	done
	echo "host=${hosts#,} user=evenkeel dbname=evenkeel"
}

sql() {
	psql -qXAt -h "$room/$1" -U postgres -d evenkeel -v ON_ERROR_STOP=1 \
		-c "$2"
}

# says NAME SQL TEXT: is that what it answers?
says() {
	[ "$(sql "$1" "$2" 2>/dev/null)" = "$3" ]
}

# fill: the schema and the library that ships, where the URL leads.
fill() {
	export EVENKEEL_DATABASE_URL=$1 EVENKEEL_AUTH=open EVENKEEL_LOG=json \
		EVENKEEL_LISTEN="${EVENKEEL_LISTEN:-127.0.0.1:0}"
	unset EVENKEEL_DATABASE_READER_URL EVENKEEL_DATABASE_OWNER_URL
	"$program" migrate >"$room/migrate.log" 2>&1 || die 'no schema'
	"$program" import --publish sql/content/library.json \
		>"$room/import.log" 2>&1 || die 'no library'
}

# server_up NAME VARIABLE=VALUE...: a server beside others, at ${address[NAME]}.
server_up() {
	local name=$1
	shift
	: >"$room/$name.log"
	setpriv --pdeathsig TERM env "$@" "$program" serve \
		2>"$room/$name.log" </dev/null &
	node_pid[$name]=$!
	soon 30 grep -q 'http://127.0.0.1:' "$room/$name.log"
	address[$name]=$(sed -n 's|.*\(http://127.0.0.1:[0-9]*\).*|\1|p' \
		"$room/$name.log" | head -n 1)
	soon 30 curl -sf -o "$room/ready" "${address[$name]}/readyz"
}

server_down() {
	kill -TERM "${node_pid[$1]}"
	wait "${node_pid[$1]}"
}

# A port that nobody has, and that no client is given.
free_port() {
	local port
	while port=$((10000 + RANDOM % 20000)); do
		[ -n "$(ss -tlnH "sport = :$port")" ] || break
	done
	echo "$port"
}

# wire PORT TO [MS] [CODES]: see cable.mjs; its number is ${wire}.
wire() {
	setpriv --pdeathsig TERM node tests/torture/cable.mjs "$@" \
		>"$room/wire.log" 2>&1 &
	wire=$!
	others+=("$wire")
	soon 10 grep -q ready "$room/wire.log"
}

# --- waiting -----------------------------------------------------------------

now_ms() {
	local us=${EPOCHREALTIME//[!0-9]/}
	echo $((us / 1000))
}

# soon SECONDS COMMAND...: until that succeeds.
soon() {
	local end=$((SECONDS + $1 + 1))
	shift
	until "$@"; do
		((SECONDS < end)) || die "waited in vain for: $*"
		sleep 0.02
	done
}

# went_on MS: until a turn is acknowledged from now on, ${took} ms; it may be
# so many at most.
went_on() {
	local from size
	from=$(now_ms)
	size=$(stat -c %s "$room/acked")
	while [ "$(stat -c %s "$room/acked")" = "$size" ]; do
		took=$(($(now_ms) - from))
		((took <= $1)) || die "no turn within $1 ms"
		sleep 0.01
	done
	took=$(($(now_ms) - from))
}

# longest A B: the greater one.
longest() {
	echo $(($1 > $2 ? $1 : $2))
}

# begin_one: a conversation apart from the crew's; its status.  The answer is
# in ${room}/answer, its head in ${room}/head.  forget_ours erases them all.
begin_one() {
	curl -s -m 5 -o "$room/answer" -D "$room/head" -w '%{http_code}' \
		-H "Idempotency-Key: $(cat /proc/sys/kernel/random/uuid)" \
		-d '{"category": "delivery.late", "subject": "ours"}' \
		-H 'Content-Type: application/json' "$BASE/v1/conversations"
}

forget_ours() {
	curl -sf -m 5 -o "$room/answer" -d '{"subject": "ours"}' \
		-H "Idempotency-Key: $(cat /proc/sys/kernel/random/uuid)" \
		-H 'Content-Type: application/json' "$BASE/v1/erasures"
}
