# short.sh - parts of torture, small enough for "make check".
#
#	. tests/torture/short.sh
#	short naughty SLOTS=20 STRINGS=50
#	short_done
#
# Each is one check; what it says goes to the log, and its status counts.
# shellcheck shell=bash

set -u
cd "$(dirname -- "$0")/../.." || exit 1
checks=0
failures=0

# short PART SETTING...
short() {
	local part=$1 out
	shift
	checks=$((checks + 1))
	if out=$(env "$@" "tests/torture/$part.sh" </dev/null); then
		echo "$part: $out"
	else
		failures=$((failures + 1))
		echo "tests/torture/$part.sh:0:F:torture:$part: $out"
	fi
}

# libcheck's closing line.
short_done() {
	echo "$((100 * (checks - failures) / checks))%: Checks: $checks," \
		"Failures: $failures, Errors: 0"
	[ "$failures" = 0 ]
}
