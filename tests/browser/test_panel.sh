#!/bin/bash
# test_panel.sh - the panel in Debian's Chromium, as an agent uses it.
#
# Playwright drives it and axe looks at it, both as the npm registry has them.
# Pictures land in build/pictures, for people.

set -u
cd "$(dirname -- "$0")/../.." || exit 1
# shellcheck source=tests/with_service.sh
. tests/with_service.sh
# shellcheck source=tests/browser/run.sh
. tests/browser/run.sh

browse panel.mjs
