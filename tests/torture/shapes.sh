#!/bin/bash
# shapes.sh - JSON of odd shapes is refused where the limits are, and costs no
# more than other JSON.
#
# shapes.mjs: bodies that are deep, wide or large, one below, at and one above
# each limit, on every route that takes one.  flood.mjs: names and words that
# meet in one place of a hash table, if it can be known which.
#
#	ROUNDS=10 tests/torture/shapes.sh	# a short form

set -u
cd "$(dirname -- "$0")/../.." || exit 1
# shellcheck source=tests/with_service.sh
. tests/with_service.sh

prepare
KEY=$("$program" key create admin 2>"$room/key.log") || die 'no key'
export KEY EVENKEEL_RATE=1000000
EVENKEEL_AUTH=keys serve
node tests/torture/shapes.mjs "$BASE" >"$room/out" 2>"$room/found.log" ||
	die 'an answer that may not be'
kill -TERM "$server"
wait "$server"
serve
node tests/torture/flood.mjs "$BASE" "$server" >"$room/flood" \
	2>"$room/found.log" || die 'what collides costs too much'
kill -0 "$server" || die 'the service has ended'
echo "shapes: $(jq .requests "$room/out") bodies on $(jq .routes "$room/out")" \
	"routes: 0 x 5xx, 0 with another status than is right; colliding" \
	"$(jq -r 'to_entries | map("\(.key) \(.value)x") | join(", ")' \
		"$room/flood") the time of plain ones"
