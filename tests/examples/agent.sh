#!/bin/bash
# agent.sh - a conversation led from a terminal: bash, curl and jq.
#
#	BASE=http://127.0.0.1:8080 tests/examples/agent.sh delivery.late
#
# Prints what to say, reads what happened (a signal, such as "angrier"), and so
# on until the case is done or the input ends.  Nothing is kept by the service:
# the state of each answer goes into the next question.

set -eu
base=${BASE:-http://127.0.0.1:8080}
category=${1:-general}
state=null
signal=null

while :; do
	answer=$(jq -n --arg category "$category" --argjson state "$state" \
		--argjson signal "$signal" '{category: $category, phrases: 1}
			+ (if $state then {state: $state, signal: $signal}
			   else {} end)' |
		curl -sS --fail-with-body "$base/v1/next" -d @- \
			-H 'Content-Type: application/json' \
			${KEY:+-H "Authorization: Bearer $KEY"})
	jq -r '"[\(.stage.name)] " + (.say[0].text // .self[0].text // .stage.goal)' \
		<<<"$answer"
	state=$(jq -c .state <<<"$answer")
	[ "$(jq -r .stage.code <<<"$answer")" != "done" ] || break
	read -r said || break
	signal=$(jq -n --arg said "$said" '$said')
done
