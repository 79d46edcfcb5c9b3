#!/bin/bash
# cluster.sh - all that server/deploy/SCALING.md draws, on loopback, and one piece
# after another taken away while a crew writes and reads.
#
#	tests/torture/cluster.sh
#
# etcd, two PostgreSQL under Patroni with a PgBouncer each, HAProxy in front of
# them and in front of two nodes: with the files of server/deploy, in which
# only addresses and paths are others.  No look-up may fail, no turn that was
# acknowledged be lost or doubled.  Prints one line of figures.
#
# Each process works in a folder of its own below ${room}, where all of them are
# found again, also those that PostgreSQL starts.

set -u
cd "$(dirname -- "$0")/../.." || exit 1
PATH=$PATH:/usr/sbin
"${DEPS:-tests/deps.sh}" run rehearse >&2 || exit 1

room=$(mktemp -d /tmp/evenkeel-cluster-XXXXXX)
deploy=$PWD/server/deploy
limit=${CLUSTER_LIMIT:-360} # seconds
user=$(id -un)
drop=(setpriv --pdeathsig KILL)
if [ "$user" = root ]; then
	user=postgres
	drop+=(--reuid=postgres --regid=postgres --init-groups)
fi
declare -A pid
. tests/torture/crew.sh

# inside FOLDER: the numbers of the processes that work there, or below.
inside() {
	find /proc/[0-9]*/cwd -maxdepth 0 \
		\( -lname "$1" -o -lname "$1/*" \) -printf '%h\n' 2>/dev/null |
		cut -d / -f 3
}

# shellcheck disable=SC2046,SC2086,SC2317 # numbers are words; a trap calls it
clean() {
	exec 2>/dev/null # bash would tell of each
	kill -KILL ${crew:-} ${pid[a]-} ${pid[b]-}
	# PostgreSQL gives its shared memory back, if it is let.
	kill -QUIT $(inside "$room/a/data") $(inside "$room/b/data")
	for _ in {1..50}; do
		gone a && gone b && break
		sleep 0.1
	done
	while [ -n "$(inside "$room")" ]; do
		kill -KILL $(inside "$room")
		sleep 0.1
	done
	wait
	rm -rf "$room"
}
trap clean EXIT
trap 'exit 1' HUP INT TERM

die() {
	echo "cluster.sh: $*" >&2
	tail -n 5 "$room"/*.log "$room"/crew.out >&2
	exit 1
}

# await WHAT COMMAND...: until it succeeds.
await() {
	local what=$1
	shift
	until "$@" >"$room/said" 2>&1; do
		[ $SECONDS -lt "$limit" ] || die "waited in vain until $what"
		[ -z "$crew" ] || kill -0 "$crew" || die 'the crew has gone'
		sleep 0.1
	done
}

# says PORT PATH: is that 200?
says() { curl -sf -m 2 -o /dev/null "http://127.0.0.1:$1$2"; }

not() { ! "$@"; }
gone() { [ -z "$(inside "$room/$1")" ]; }

# longer FILE LINES: has it more of them?
longer() { [ "$(wc -l <"$room/$1")" -gt "$2" ]; }

# spawn NAME COMMAND...: in its folder, with its log.
spawn() {
	local name=$1
	shift
	(cd "$room/$name" && exec "${drop[@]}" "$@") >>"$room/$name.log" 2>&1 \
		</dev/null &
	pid[$name]=$!
}

# finish NAME: kill -9 all of it.
finish() {
	# shellcheck disable=SC2046 # numbers are words
	kill -KILL $(inside "$room/$1")
	wait "${pid[$1]}" 2>/dev/null
	await "$1 is gone" gone "$1"
}

# fill FILE FROM TO...: a file of server/deploy with each FROM, which must be
# there, replaced.
fill() {
	local text
	text=$(cat "$deploy/$1")
	shift
	while [ $# -gt 0 ]; do
		[[ $text == *"$1"* ]] || die "nowhere is \"$1\""
		text=${text//"$1"/$2}
		shift 2
	done
	printf '%s\n' "$text"
}

# --- the parts ---------------------------------------------------------------

# Ports in a row, below those that the kernel gives to clients.
port=$((20000 + $$ % 500 * 20))
for ((n = 0; n < 14; n++)); do
	if (: <>"/dev/tcp/127.0.0.1/$((port + n))") 2>/dev/null; then
		port=$((port + n + 1))
		n=-1
	fi
done
etcd=$port peer=$((port + 1))
front=$((port + 2)) plain=$((port + 3)) write=$((port + 4)) read=$((port + 5))
declare -A pg=([a]=$((port + 6)) [b]=$((port + 7)))
declare -A rest=([a]=$((port + 8)) [b]=$((port + 9)))
declare -A pool=([a]=$((port + 10)) [b]=$((port + 11)))
declare -A node=([1]=$((port + 12)) [2]=$((port + 13)))
export PATRONI_ETCD3_HOSTS=127.0.0.1:$etcd

etcd() {
	spawn etcd etcd --data-dir data --log-level warn \
		--listen-client-urls "http://127.0.0.1:$etcd" \
		--advertise-client-urls "http://127.0.0.1:$etcd" \
		--listen-peer-urls "http://127.0.0.1:$peer" \
		--initial-advertise-peer-urls "http://127.0.0.1:$peer" \
		--initial-cluster "default=http://127.0.0.1:$peer"
	await 'etcd is healthy' says "$etcd" /health
}

patroni() {
	PATRONI_NAME=$1 PATRONI_RESTAPI_LISTEN=127.0.0.1:${rest[$1]} \
		PATRONI_RESTAPI_CONNECT_ADDRESS=127.0.0.1:${rest[$1]} \
		PATRONI_POSTGRESQL_LISTEN=127.0.0.1:${pg[$1]} \
		PATRONI_POSTGRESQL_CONNECT_ADDRESS=127.0.0.1:${pg[$1]} \
		PATRONI_POSTGRESQL_DATA_DIR=$room/$1/data \
		PATRONI_POSTGRESQL_PGPASS=$room/$1/pgpass \
		PATRONI_SUPERUSER_PASSWORD=$PGPASSWORD \
		PATRONI_REPLICATION_PASSWORD=$PGPASSWORD \
		spawn "$1" patroni "$deploy/patroni.yml"
}

serve() {
	EVENKEEL_LISTEN=127.0.0.1:${node[$1]} spawn "node$1" \
		"$room/evenkeel" serve
	await "node $1 is ready" says "${node[$1]}" /readyz
}

# led ONE OTHER: is the one primary, and the other in step?
led() { says "${rest[$1]}" /primary && says "${rest[$2]}" /sync; }

mkdir "$room"/{etcd,a,b,pool_a,pool_b,haproxy,node1,node2}
cp "${EVENKEEL:-${BUILD:-build}/evenkeel}" "$room/evenkeel" || exit 1
PGPASSWORD=$(od -An -N 16 -tx1 /dev/urandom | tr -d ' \n')
export PGPASSWORD
(umask 077 && printf "\"%s\" \"$PGPASSWORD\"\n" evenkeel evenkeel_writer \
	evenkeel_reader >"$room/userlist.txt")
for name in a b; do
	fill pgbouncer.ini port=5432 "port=${pg[$name]}" 10.0.0.11 127.0.0.1 \
		6432 "${pool[$name]}" /etc/pgbouncer "$room" \
		>"$room/pool_$name/pgbouncer.ini"
done
fill haproxy-database.cfg 127.0.0.1:5000 "127.0.0.1:$write" \
	127.0.0.1:5001 "127.0.0.1:$read" 'check port 8008' check \
	'hard-stop-after 60s' 'hard-stop-after 3s' \
	10.0.0.11:6432 "127.0.0.1:${pool[a]} port ${rest[a]}" \
	10.0.0.12:6432 "127.0.0.1:${pool[b]} port ${rest[b]}" \
	>"$room/haproxy/database.cfg"
# Without TLS, and as nobody that it is not already.
fill haproxy.cfg $'\tuser haproxy\n' '' $'\tgroup haproxy\n' '' \
	$'\tchroot /var/lib/haproxy\n' '' 'bind :80' "bind 127.0.0.1:$plain" \
	':443 ssl crt /etc/haproxy/evenkeel.pem alpn h2,http/1.1' \
	"127.0.0.1:$front" '{ ssl_fc }' "{ dst_port $front }" \
	127.0.0.1:8080 "127.0.0.1:${node[1]}" \
	127.0.0.1:8081 "127.0.0.1:${node[2]}" >"$room/haproxy/http.cfg"
chmod 755 "$room"
chown -R "$user" "$room"

etcd
patroni a
await 'a is the primary' says "${rest[a]}" /primary
patroni b
spawn pool_a pgbouncer pgbouncer.ini
spawn pool_b pgbouncer pgbouncer.ini
spawn haproxy haproxy -W -f http.cfg -f database.cfg
psql -qX -v ON_ERROR_STOP=1 -v password="$PGPASSWORD" >"$room/sql.log" 2>&1 \
	"host=127.0.0.1 port=${pg[a]} user=postgres dbname=postgres" <<-'END' ||
	CREATE ROLE evenkeel LOGIN PASSWORD :'password';
	CREATE ROLE evenkeel_owner;
	CREATE ROLE evenkeel_writer LOGIN PASSWORD :'password';
	CREATE ROLE evenkeel_reader LOGIN PASSWORD :'password';
	GRANT evenkeel_owner TO evenkeel;
	CREATE DATABASE evenkeel OWNER evenkeel;
END
	die 'no roles'
to='host=127.0.0.1 dbname=evenkeel'
export EVENKEEL_DATABASE_OWNER_URL="$to port=$write user=evenkeel" \
	EVENKEEL_DATABASE_URL="$to port=$write user=evenkeel_writer" \
	EVENKEEL_DATABASE_READER_URL="$to port=$read user=evenkeel_reader" \
	EVENKEEL_AUTH=open EVENKEEL_LOG=json
await 'b is in step' led a b
await 'the schema is there' "$room/evenkeel" migrate
"$room/evenkeel" import --publish sql/content/library.json \
	>"$room/import.log" 2>&1 || die 'no library'
serve 1
serve 2
await 'there is a way to write' says "$front" /readyz/write

# --- and one after another taken away ----------------------------------------

# past WHAT: turns go on after it; note how long they did not.
figures=
past() {
	local said
	await "turns go on after: $1" longer acked \
		$(($(wc -l <"$room/acked") + 200))
	said=$(wc -l <"$room/crew.out")
	kill -USR2 "$crew"
	await 'the crew says so' longer crew.out "$said"
	figures+=", $1 $(sed -n '$s/^gap //p' "$room/crew.out") ms"
	echo "$SECONDS s: ${figures##*, }" >&2
}

crew_start "http://127.0.0.1:$front" || die 'the crew cannot work'
past nothing
figures=

finish a
await 'b is the primary' says "${rest[b]}" /primary
past failover
patroni a
await 'a is in step' led b a
patronictl -c "$deploy/patroni.yml" switchover evenkeel --leader b \
	--candidate a --force >"$room/switchover.log" 2>&1 ||
	die 'no switchover'
await 'a is the primary, b in step' led a b
past switchover

kill -TERM "${pid[b]}"
await 'b is gone' gone b
past 'replica stops'
patroni b
await 'b is in step' led a b
finish b
past 'replica dies'
patroni b
await 'b is in step' led a b

for n in 1 2; do
	finish "node$n"
	past "node $n dies"
	: >"$room/node$n.log"
	serve "$n"
	# The other one may go only when HAProxy has this one again.
	await "node $n has its share" grep -q /v1/next "$room/node$n.log"
done

old=$(inside "$room/haproxy" | grep -vx "${pid[haproxy]}")
kill -USR2 "${pid[haproxy]}"
await 'the old worker is gone' not kill -0 "$old"
past 'HAProxy reloads'

finish etcd
await 'a goes on without etcd' grep -q 'failsafe mode is enabled' "$room/a.log"
past 'etcd dies'
etcd
await 'they agree again' led a b

finish pool_a
await 'writes are refused' not says "$front" /readyz/write
spawn pool_a pgbouncer pgbouncer.ini
past 'PgBouncer dies'

crew_stop "$EVENKEEL_DATABASE_URL" || die "$crew_sum"
crew=
echo "$crew_sum; longest without a turn: ${figures#, }"
