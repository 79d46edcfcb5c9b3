#!/bin/sh
# setup.sh - make a database ready to be served from; again does no harm.
#
# Migrates, imports the library that ships if there is none, and makes a first
# key for an administrator, which is printed once, if none is good.  Wants
# EVENKEEL_DATABASE_OWNER_URL; in an image all of it is in its place.

set -eu

share=${EVENKEEL_SHARE:-/usr/local/share/evenkeel}
evenkeel=${EVENKEEL:-/usr/local/bin/evenkeel}

"$evenkeel" migrate
"$evenkeel" import --if-empty --publish "$share/library.json"
# "ID  ROLE  made TIME  STATE ...": is there one that can make others?
keys=$("$evenkeel" key list)
if echo "$keys" | awk '$2 == "admin" && $5 != "revoked" { found = 1 }
	END { exit !found }'; then
	exit 0
fi
key=$("$evenkeel" key create admin --note 'made at the first start')
cat <<END

A key for an administrator.  It is shown this once:

    $key

With it make the keys that your programs use, for example a reader:

    curl -X POST http://127.0.0.1:8080/v1/keys \\
         -H 'Authorization: Bearer $key' \\
         -H 'Content-Type: application/json' -d '{"role":"reader"}'

END
