#!/bin/bash
# test_hosts.sh - the panel inside helpdesks and other pages, with keys.
#
# hosts.mjs plays these pages, at a port of their own.

set -u
cd "$(dirname -- "$0")/../.." || exit 1
# shellcheck source=tests/with_service.sh
. tests/with_service.sh
# shellcheck source=tests/browser/run.sh
. tests/browser/run.sh

PARENT=$(node -e 'const s = require("net").createServer().listen(0, () => {
	console.log(s.address().port); s.close(); })')
export PARENT

# With a database, before the service that will ask for them.
make_keys() {
	KEY=$("$program" key create agent) || die 'no key'
	OTHER=$("$program" key create agent) || die 'no key'
	READER=$("$program" key create reader) || die 'no key'
	export KEY OTHER READER
}

browse hosts.mjs --auth=keys "--frame-ancestors=http://localhost:$PARENT" \
	"--cors-origins=http://localhost:$PARENT"
