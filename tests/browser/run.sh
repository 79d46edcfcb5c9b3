# run.sh - for tests in a browser, after with_service.sh.
#
# The variables are those of with_service.sh.
# shellcheck shell=bash disable=SC2154

# Called before the service begins; a test may have its own.
make_keys() {
	:
}

# browse SCRIPT ARG...: run it against a service with these arguments.
browse() {
	local script=$1 chromium status
	shift
	chromium=$(command -v chromium) ||
		die 'no chromium: tests/deps.sh check installs it'
	fetch playwright-core@1.65.1 axe-core@4.14.1
	prepare
	make_keys
	serve "$@"
	MODULES=$modules BASE=$BASE PROGRAM=$program SERVER=$server ARGS="$*" \
		CHROMIUM=$chromium PICTURES=${BUILD:-build}/pictures \
		node "tests/browser/$script" >"$room/out" 2>"$room/node.log"
	status=$?
	grep '^panel: ' "$room/node.log"
	sum_up $status "$script"
}
