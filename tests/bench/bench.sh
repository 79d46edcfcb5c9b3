#!/bin/bash
# bench.sh - where this service stands against what people would use in its
# place, side by side in one run.
#
#	make bench			# SECONDS_EACH=3 ROUNDS=3
#
# All of it is on loopback, and sends the same body: nginx that returns it, a
# bare libmicrohttpd, Fastify from memory, Fastify with PostgreSQL,
# PostGraphile.  Peers take turns within each round; what counts is the median
# of the rounds' ratios, which a busy machine shifts less than any figure.
# build/bench.json has all of them, build/bench.svg is drawn of them.

set -u
cd "$(dirname -- "$0")/../.." || exit 1
# shellcheck source=tests/with_service.sh
. tests/with_service.sh

# Not installed: the package would serve port 80 from then on.
find_nginx() {
	local there
	there=$(realpath "${BUILD:-build}")/nginx
	PATH=$PATH:/usr/sbin:$there/usr/sbin
	command -v nginx >/dev/null && return
	mkdir -p "$there"
	(cd "$there" && apt-get -q download nginx >"$room/nginx.log" 2>&1 &&
		dpkg -x nginx_*.deb .) || die 'no nginx'
}

find_nginx
fetch fastify@5.6.2 pg@8.16.3 postgraphile@4.14.1
# A log line for each request is ours alone: off, and so the port is given.
EVENKEEL_LISTEN=127.0.0.1:$(free_port)
start --log off
# The peers read the same table, with an index that serves what they ask.
psql -qX -d "$EVENKEEL_DATABASE_URL" \
	-c 'CREATE INDEX ON evenkeel.phrase (category, stage)' -c 'VACUUM ANALYZE evenkeel.phrase'
socket=${EVENKEEL_DATABASE_URL#*host=}
socket=${socket%% *}
export EVENKEEL=$program
MODULES=$modules BASE=$BASE SERVER=$server ROOM=$room BUILD=${BUILD:-build} \
	DATABASE="postgres://evenkeel@localhost/evenkeel?host=$socket" \
	node tests/bench/bench.mjs
