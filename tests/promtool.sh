#!/bin/sh
# promtool.sh - Prometheus' own check of a page of metrics.
#
#	tests/promtool.sh check metrics <PAGE
#
# Of Debian's package only this one program is unpacked, into build/promtool,
# when it is first asked for; nothing is installed or started.

set -eu
cd "$(dirname -- "$0")/.."
tool=build/promtool/promtool

if [ ! -x "$tool" ]; then
	room=$(mktemp -d)
	trap 'rm -rf "$room"' EXIT
	# apt's own user fetches it, if we are root.
	chmod 755 "$room"
	[ "$(id -u)" -ne 0 ] || chown _apt "$room"
	if ! (cd "$room" && apt-get -qq download prometheus >log 2>&1); then
		cat "$room/log" >&2
		echo 'promtool: the package prometheus cannot be fetched' >&2
		exit 125
	fi
	dpkg-deb --fsys-tarfile "$room"/prometheus_*.deb |
		tar -x -C "$room" ./usr/bin/promtool
	mkdir -p "${tool%/*}"
	mv "$room/usr/bin/promtool" "$tool"
	rm -rf "$room"
fi
exec "$tool" "$@"
