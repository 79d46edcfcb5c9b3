#!/bin/bash
# test_pages.sh - the library and the API reference in a browser.
#
# See test_panel.sh.

set -u
cd "$(dirname -- "$0")/../.." || exit 1
# shellcheck source=tests/with_service.sh
. tests/with_service.sh
# shellcheck source=tests/browser/run.sh
. tests/browser/run.sh

browse pages.mjs
