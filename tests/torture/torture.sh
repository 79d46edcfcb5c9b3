#!/bin/bash
# torture.sh - try to break it, in each way that we know.
#
#	make torture			# all parts: 45 minutes on two cores
#	make torture PARTS='kill leak'	# some of them
#
# A part is a script beside this one, and can be run by itself.  It starts what
# it needs, breaks it, and prints one line with its figures; its status says
# whether what must hold held.  Its sizes are settings of its own.  Two run at
# once (${JOBS}); all that a part says is in ${BUILD}/torture/PART.log.

set -u
cd "$(dirname -- "$0")/../.." || exit 1

logs=${BUILD:-build}/torture
limit=${LIMIT:-1500}
rm -rf "$logs"
mkdir -p "$logs"

# The long ones first, so that none of these is left alone at the end.
all=(malformed fuzz reload valgrind threads leak injection standby cluster
	network kill naughty clock calls slow alloc upgrade notify lock full
	private shapes)

run() {
	local part=$1 start=$SECONDS verdict=ok
	timeout -k 20 "$limit" "tests/torture/$part.sh" \
		>"$logs/$part.out" 2>"$logs/$part.log" </dev/null ||
		verdict=FAILED
	echo "$verdict" >>"$logs/verdicts"
	printf '%-6s %-9s %4d s  %s\n' "$verdict" "$part" \
		$((SECONDS - start)) "$(tail -n 1 "$logs/$part.out")"
	[ "$verdict" = ok ] || tail -n 20 "$logs/$part.log" | sed 's/^/    /'
}

for part in ${PARTS:-${all[@]}}; do
	while [ "$(jobs -pr | wc -l)" -ge "${JOBS:-2}" ]; do
		wait -n
	done
	run "$part" &
done
wait

passed=$(grep -c ok "$logs/verdicts")
failed=$(grep -c FAILED "$logs/verdicts")
echo "$passed passed, $failed failed"
[ "$failed" = 0 ] && [ "$passed" -gt 0 ]
