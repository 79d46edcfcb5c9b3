#!/bin/bash
# injection.sh - SQL that comes in a string stays a string.
#
# injection.mjs puts it into every field of every request, without keys and with
# them; then sqlmap tries three endpoints.  No answer may tell of the database
# or differ from one to a harmless text; afterwards the schema, the library, a
# conversation that nobody touched and PostgreSQL's log must be as before.
#
#	SLOTS=20 PAYLOADS=10 SQLMAP= tests/torture/injection.sh	# a short form

set -u
cd "$(dirname -- "$0")/../.." || exit 1
# shellcheck source=tests/with_service.sh
. tests/with_service.sh
# shellcheck source=tests/torture/postgres.sh
. tests/torture/postgres.sh

seconds=${SQLMAP-80}	# for each endpoint; none: leave it out
requests=0

# What no request may change: the schema, and rows that nobody asks to change.
state() {
	local bin
	bin=$(pg_config --bindir)
	"$bin/pg_dump" --schema-only "$EVENKEEL_DATABASE_URL" &&
		"$bin/pg_dump" --data-only --exclude-table-data='conversation*' \
			--exclude-table-data='turn*' --exclude-table-data='promise*' \
			--exclude-table-data='follow_up*' \
			--exclude-table-data='idempotency' \
			--exclude-table-data='api_key' "$EVENKEEL_DATABASE_URL" &&
		psql -XAtq "$EVENKEEL_DATABASE_URL" <<-'END'
			SET search_path = evenkeel;
			SELECT c, t, p FROM conversation c
			JOIN turn t ON t.conversation = c.id
			JOIN promise p ON p.conversation = c.id
			WHERE c.subject = 'canary' ORDER BY t.n;
			SELECT id, role, note FROM api_key WHERE note LIKE 'canary%';
		END
}

# A dump has random words in its first and last line.
look() {
	state >"$room/$1" 2>"$room/state.log" || die 'no dump'
	sed -i '/^\\\(un\)\?restrict /d' "$room/$1"
}

# attack MODE: all fields, with ${EVENKEEL_AUTH}.
attack() {
	node tests/torture/injection.mjs "$BASE" >"$room/out" \
		2>"$room/found.log" || die "$1: an answer that may not be"
	requests=$((requests + $(jq .requests "$room/out")))
}

# scan PARAMETERS ARG...: with sqlmap, which must have tried each of them.
scan() {
	local parameter parameters=$1
	shift
	timeout "$seconds" sqlmap --batch --level "${LEVEL:-3}" \
		--risk "${RISK:-2}" --dbms PostgreSQL --disable-coloring \
		--timeout 5 --retries 0 --output-dir="$room/sqlmap" \
		-p "$parameters" "$@" </dev/null >"$room/sqlmap.log" 2>&1 ||
		die "sqlmap, $*: status $?"
	for parameter in ${parameters//,/ }; do
		grep -qE "arameter '(JSON )?$parameter' does not seem" \
			"$room/sqlmap.log" || die "sqlmap: $parameter of $*"
	done
	grep -q 'all tested parameters do not appear to be injectable' \
		"$room/sqlmap.log" || die "sqlmap: $*"
}

# A key of its own for each request, or all but the first are refused.
fresh_keys() {
	cat >"$room/fresh.py" <<-'END'
		import uuid
		def tamper(payload, **kwargs):
		    kwargs["headers"]["Idempotency-Key"] = str(uuid.uuid4())
		    return payload
	END
	: >"$room/__init__.py"
}

start
canary='{"category": "delivery.late", "ref": "canary", "subject": "canary"}'
id=$(curl -sS --fail-with-body "$BASE/v1/conversations" -d "$canary" \
	-H 'Content-Type: application/json' -H 'Idempotency-Key: canary-1' |
	jq -r .conversation.id)
curl -sS --fail-with-body -o "$room/turn" "$BASE/v1/conversations/$id/turns" \
	-H 'Content-Type: application/json' -H 'Idempotency-Key: canary-2' \
	-H 'If-Match: *' -d '{"signal": "told", "promise": {"who": "Sam",
		"what": "call", "due": "2030-01-01T00:00:00Z"}}' || die 'no canary'
export EVENKEEL_RATE=1000000
KEY=$("$program" key create admin --note canary 2>"$room/key.log") ||
	die 'no key'
look before
# Three: the conversation, with its two turns, and the key.
[ "$(grep -c canary "$room/before")" = 3 ] || die 'the canary is not seen'

attack open
if [ -n "$seconds" ]; then
	scan q,category -u "$BASE/v1/phrases?q=late&category=delivery.late"
	scan ref -u "$BASE/v1/conversations?ref=canary"
	fresh_keys
	scan ref,subject -u "$BASE/v1/conversations" --method POST \
		-H 'Content-Type: application/json' -H 'Idempotency-Key: x' \
		--tamper "$room/fresh.py" \
		--data '{"category": "delivery.late", "ref": "T-1", "subject": "c"}'
	sqlmap='sqlmap on 3 endpoints: nothing'
fi
kill -TERM "$server"
wait "$server"
export KEY
EVENKEEL_AUTH=keys serve
attack keys

look after
diff "$room/before" "$room/after" >"$room/diff.log" ||
	die 'the database has changed'
postgres_is_content
echo "injection: $(jq .slots "$room/out") fields x" \
	"$(jq .payloads "$room/out") payloads, $requests requests: 0 x 5xx," \
	"0 hung, 0 unlike a harmless text, 0 rows changed;" \
	"${sqlmap-sqlmap left out}"
