#!/bin/bash
# leak.sh - millions of requests leave neither memory nor descriptors behind.
#
# leak.lua asks for look-ups mostly, and for some of everything else, with wrk.
# First the tables fill that keep conversations and answers for a while.  Then
# what the process holds is looked at ten times and once more, while nobody
# asks: a line through these must be flat.
#
#	REQUESTS=200000 SLOPE=2000 tests/torture/leak.sh	# a short form

set -u
cd "$(dirname -- "$0")/../.." || exit 1
# shellcheck source=tests/with_service.sh
. tests/with_service.sh

requests=${REQUESTS:-5000000}
slope=${SLOPE:-10}	# kB for 100,000 requests, at most
warm=$((requests / 10))
asked=0

# Ask for a second or so at a time, until ${asked} is at least $1.
ask_until() {
	local n
	while [ "$asked" -lt "$1" ]; do
		wrk -t1 -c64 -d"${SECONDS_EACH:-4}" --timeout 10 \
			-s tests/torture/leak.lua "$BASE" >"$room/wrk.log" 2>&1 ||
			die 'wrk has failed'
		n=$(awk '/requests in/ { print $1 }' "$room/wrk.log")
		[ "${n:-0}" -gt 100 ] || die 'no requests'
		asked=$((asked + n))
		# Five million lines would fill a disk.
		: >"$room/serve.log"
	done
}

# "REQUESTS KILOBYTES DESCRIPTORS", once its connections have gone.
look() {
	sleep 1
	echo "$asked" \
		"$(awk '/^VmRSS/ { print $2 }' "/proc/$server/status")" \
		"$(find "/proc/$server/fd" -mindepth 1 | wc -l)" >>"$room/looks"
}

# kB for 100,000 requests, by least squares.
slope_of() {
	awk '{ n++; x += $1; y += $2; xx += $1 * $1; xy += $1 * $2 }
		END { printf "%.1f\n", 1e5 * (n * xy - x * y) / (n * xx - x * x) }' "$1"
}

prepare
KEY=$("$program" key create admin 2>"$room/key.log") || die 'no key'
export KEY EVENKEEL_AUTH=keys EVENKEEL_RATE=1000000
serve
# It remembers 8,192 conversations by a hash: so many fill nearly all places.
BEGIN=1 ask_until $((warm / 10))
ask_until "$warm"
look
for ((i = 1; i <= 10; i++)); do
	ask_until $((warm + (requests - warm) * i / 10))
	look
done
kill -0 "$server" || die 'the service has ended'
cp "$room/looks" "$room/looks.log"
measured=$(slope_of "$room/looks")
[ "$(cut -d ' ' -f 3 "$room/looks" | sort -u | wc -l)" = 1 ] ||
	die 'descriptors come to be more'
awk -v got="$measured" -v most="$slope" 'BEGIN { exit !(got <= most) }' ||
	die "memory grows by $measured kB for 100,000 requests"
echo "leak: $asked requests, $(awk 'END { print $2 }' "$room/looks") kB at the" \
	"end: $measured kB more for 100,000 requests;" \
	"$(awk 'END { print $3 }' "$room/looks") descriptors all the time"
