# with_service.sh - for tests that are scripts: a service and a PostgreSQL of
# one's own, packages of npm, and libcheck's closing line.
#
#	. tests/with_service.sh
#	fetch gramma@1.6.0		# into ${modules}
#	start [--frame-ancestors ...]	# at ${BASE}
#	node tests/api/languagetool.mjs "$modules" "$BASE" >"$room/out"
#	sum_up $? languagetool.mjs
#
# What node runs prints a line "ok NAME" or "failed NAME: WHY" for each check.
# All of it ends with the script, however that ends.
#
# Some variables only the script uses; one function is called by a trap; and
# "start" may be called without arguments.
# shellcheck shell=bash disable=SC2034,SC2120,SC2317

program=$(realpath "${EVENKEEL:-${BUILD:-build}/evenkeel}")
room=$(mktemp -d /tmp/evenkeel-tool-XXXXXX)
chmod 755 "$room"
mkdir -p "$room/clone"
server=

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
	echo "${0##*/}: $*" >&2
	tail -n 30 "$room"/*.log >&2
	exit 1
}

# fetch PACKAGE@VERSION...: unpacked once, by one test at a time, and marked as
# whole, so that half of them is never taken for all.
fetch() {
	modules=$(IFS=+; echo "$*")
	modules=$(realpath "${BUILD:-build}")/npm/${modules//\//+}
	mkdir -p "${modules%/*}" || die 'no folder'
	exec 7>"$modules.lock"
	flock 7
	if [ -e "$modules/done" ]; then
		exec 7>&-
		return
	fi
	command -v npm >/dev/null || die 'no npm: tests/deps.sh check installs it'
	rm -rf "$modules"
	mkdir -p "$modules" || die 'no folder'
	echo '{"private": true}' >"$modules/package.json"
	timeout 200 npm install --prefix "$modules" --no-audit --no-fund \
		--ignore-scripts --no-save "$@" >"$room/npm.log" 2>&1 ||
		die "no $* from the npm registry"
	touch "$modules/done"
	exec 7>&-
}

# free_port: one that nobody listens on just now.
free_port() {
	node -e 'require("net").createServer().listen(0, "127.0.0.1",
		function () { console.log(this.address().port); this.close(); })'
}

# serve ARG...: the service, at ${BASE}.  Its port is in its log, unless
# EVENKEEL_LISTEN gives it one.
serve() {
	local i
	: >"$room/serve.log"
	setpriv --pdeathsig TERM "$program" serve "$@" 2>"$room/serve.log" &
	server=$!
	for ((i = 0; i < 300; i++)); do
		case $EVENKEEL_LISTEN in
		*:0) BASE=$(sed -n 's|.*\(http://127.0.0.1:[0-9]*\).*|\1|p' \
			"$room/serve.log" | head -n 1) ;;
		*) BASE=http://$EVENKEEL_LISTEN ;;
		esac
		[ -n "$BASE" ] && curl -sf -o "$room/ready" "$BASE/readyz" &&
			return
		kill -0 "$server" || break
		sleep 0.1
	done
	die 'no service'
}

# prepare: a database with the library that ships.
prepare() {
	mkdir -p "$room/clone/sql"
	cp sql/cluster.sh "$room/clone/sql/"
	cluster start 2>"$room/cluster.log" || die 'no PostgreSQL'
	EVENKEEL_DATABASE_URL=$(cluster url)
	export EVENKEEL_DATABASE_URL EVENKEEL_AUTH=open EVENKEEL_LOG=json \
		EVENKEEL_LISTEN="${EVENKEEL_LISTEN:-127.0.0.1:0}"
	unset EVENKEEL_DATABASE_READER_URL EVENKEEL_DATABASE_OWNER_URL
	"$program" migrate >"$room/migrate.log" 2>&1 || die 'no schema'
	"$program" import --publish sql/content/library.json \
		>"$room/import.log" 2>&1 || die 'no library'
}

# start ARG...: that, and the service.
start() {
	prepare
	serve "$@"
}

# sum_up STATUS NAME: of node's, and of what it ran.
sum_up() {
	local failures checks
	sed -n "s/^failed \([a-z_]*\): /$2:0:F:checks:\1: /p" "$room/out"
	failures=$(grep -c '^failed ' "$room/out")
	checks=$(grep -c '^ok ' "$room/out")
	checks=$((checks + failures))
	[ "$checks" -gt 0 ] || die 'nothing was checked'
	[ "$1" = 0 ] || [ "$failures" -gt 0 ] || die "$2: status $1"
	echo "$((100 * (checks - failures) / checks))%: Checks: $checks," \
		"Failures: $failures, Errors: 0"
	[ "$failures" = 0 ]
}
