#!/bin/bash
# calls.sh - calls of libpq and of the kernel that fail, one kind after another.
#
# While writers go on, one call in twenty (${PROBABILITY}) of a kind fails, for
# ${SECONDS_EACH} seconds.  The service lives, takes writes again within ten
# seconds without a new start, and no turn is lost or doubled.  Connections of
# clients may break: they ask again.  All fail with ENOMEM: an EAGAIN that the
# kernel does not mean would leave any server waiting for ever.

set -u
cd "$(dirname -- "$0")/../.." || exit 1
# shellcheck source=tests/with_service.sh
. tests/with_service.sh
# shellcheck source=tests/torture/crew.sh
. tests/torture/crew.sh

all='pq/PQconnectStartParams pq/PQconnectPoll pq/PQconsumeInput pq/PQflush
	pq/PQsendQuery pq/PQsendQueryParams pq/PQsendQueryPrepared
	pq/PQsendPrepare pq/PQpipelineSync pq/PQenterPipelineMode pq/PQnotifies
	kernel/epoll_wait kernel/epoll_ctl kernel/accept4
	posix/io/rw/read posix/io/rw/read/reduce posix/io/rw/write
	posix/io/rw/write/reduce posix/io/net/recv posix/io/net/send
	posix/io/net/sendmsg posix/io/net/socket posix/io/net/connect
	posix/io/net/poll posix/io/net/shutdown posix/io/oc/open
	posix/io/oc/close posix/mm/mmap'
fiu=/usr/lib/fiu
shim=$(realpath "${BUILD:-build}")/unlucky.so

gcc -O2 -fPIC -shared -DFIU_ENABLE "-I$(pg_config --includedir)" \
	-o "$shim" tests/torture/shim/unlucky.c -lfiu || die 'no shim'
cat >"$room/unlucky" <<END
#!/bin/sh
export LD_PRELOAD='$fiu/fiu_run_preload.so $shim $fiu/fiu_posix_preload.so'
export FIU_CTRL_FIFO='$room/fiu'
exec '$program' "\$@"
END
chmod +x "$room/unlucky"
fiu_do() {
	timeout 10 fiu-ctrl -f "$room/fiu" -c "$1" "$server" >>"$room/fiu.log" 2>&1
}

# What takes writes is asked over and over; what does not answer at all within
# ten seconds hangs.
writes_again() {
	local i
	for ((i = 0; i < 100; i++)); do
		kill -0 "$server" 2>/dev/null || return 1
		curl -sf -m 2 -o "$room/again" "$BASE/readyz/write" && return
		sleep 0.1
	done
	return 1
}

prepare
real=$program
program=$room/unlucky
serve
program=$real
export READERS=0
crew_start "$BASE"
n=0
for point in ${POINTS:-$all}; do
	fiu_do "enable_random name=$point,probability=${PROBABILITY:-0.05},failinfo=12" ||
		die "$point: cannot be told"
	# Connections are made anew, too.
	for ((i = 0; i < 4; i++)); do
		curl -s -m 2 -o "$room/again" "$BASE/readyz"
		psql -qXAt -d "$(cluster url owner)" -c "SELECT
			pg_terminate_backend(pid) FROM pg_stat_activity WHERE
			application_name ~ 'evenkeel' AND pid <> pg_backend_pid()
			" >"$room/again"
		sleep "${PAUSE:-0.5}"
	done
	fiu_do "disable name=$point" || die "$point: cannot be told"
	writes_again || die "$point: no writes after it"
	n=$((n + 1))
done
crew_stop "$(cluster url owner)" || die "$crew_sum"
[ "$(crew_said broken)$(crew_said refused)" != 00 ] || die 'nothing failed'
echo "$n kinds of calls failed: $crew_sum; $(crew_said refused) refused," \
	"$(crew_said broken) without an answer, $(crew_said unknown) unknown," \
	"$(crew_said replayed) told again"
