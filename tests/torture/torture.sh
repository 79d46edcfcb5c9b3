#!/bin/bash
# torture.sh - try to break it, in each way that we know.
#
#	make torture			# all parts, 45 minutes
#	make torture PARTS='kill leak'	# some of them
#
# A part is a script beside this one.  It starts what it needs, breaks it,
# and prints one line with its figures; its status says whether what must hold
# held.  A part that needs the sanitizers' build finds it in ${BUILD}/asan.
# All that it says is in ${BUILD}/torture/PART.log.

set -u
cd "$(dirname -- "$0")/../.." || exit 1

logs=${BUILD:-build}/torture
limit=${LIMIT:-1200}
mkdir -p "$logs"
passed=0
failed=0

all=(alloc calls malformed slow kill standby full clock notify reload lock
	network cluster injection naughty shapes private leak fuzz valgrind
	upgrade)
for part in ${PARTS:-${all[@]}}; do
	start=$SECONDS
	if timeout -k 20 "$limit" "tests/torture/$part.sh" \
		>"$logs/$part.out" 2>"$logs/$part.log" </dev/null; then
		passed=$((passed + 1))
		verdict=ok
	else
		failed=$((failed + 1))
		verdict=FAILED
	fi
	printf '%-6s %-10s %4d s  %s\n' "$verdict" "$part" \
		$((SECONDS - start)) "$(tail -n 1 "$logs/$part.out")"
	[ "$verdict" = ok ] || tail -n 20 "$logs/$part.log" | sed 's/^/    /'
done
echo "$passed passed, $failed failed"
[ "$failed" = 0 ] && [ "$passed" -gt 0 ]
