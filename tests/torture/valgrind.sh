#!/bin/bash
# valgrind.sh - tests of the API while memcheck watches the service: nothing
# used that was not set, nothing lost when it ends.

set -u
cd "$(dirname -- "$0")/../.." || exit 1
build=$(realpath "${BUILD:-build}")
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT

# A build whose program is watched.
cp -rs "$build/tests" "$room/"
cat >"$room/evenkeel" <<END
#!/bin/sh
exec valgrind --quiet --leak-check=full --errors-for-leak-kinds=definite \\
	--error-exitcode=99 --log-file='$room/report.%p' '$build/evenkeel' "\$@"
END
chmod +x "$room/evenkeel"

checks=0
for name in ${TESTS:-test_next test_check test_read test_conversations
	test_events test_export test_keys
	test_forms}; do
	out=$(BUILD=$room EVENKEEL=$room/evenkeel CK_TIMEOUT_MULTIPLIER=20 \
		"$build/tests/api/$name") || {
		echo "$out" >&2
		cat "$room"/report.* >&2
		exit 1
	}
	n=$(sed -n 's/.*Checks: \([0-9]*\), Failures: 0.*/\1/p' <<<"$out")
	checks=$((checks + n))
done
echo "memcheck over $checks tests of the API: 0 errors, 0 lost"
