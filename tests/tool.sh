#!/bin/sh
# tool.sh - run a program of a Debian package that is unpacked, not installed.
#
#	tests/tool.sh haproxy usr/sbin/haproxy [LIBRARY...] -- -f haproxy.cfg
#
# Unpacks the package, and those of its libraries that may be missing, under
# build/tools, once for all builds; then becomes the program.  For tools whose
# installation would start a service.  Exit status 3, with a sentence, if the
# registry cannot be reached.
#
# Lists of packages and options are split into words on purpose:
# shellcheck disable=SC2086

set -eu

package=$1 file=$2
shift 2
libraries=
while [ "$1" != -- ]; do
	libraries="$libraries $1"
	shift
done
shift

tools=$(realpath "$(dirname -- "$0")/..")/build/tools
root=$tools/$package

if [ ! -x "$root/$file" ]; then
	new=$root.$$
	mkdir -p "$new/deb"
	# apt's own user fetches it, if we are root.
	[ "$(id -u)" -ne 0 ] || chown _apt "$new/deb" 2>/dev/null || :
	(
		cd "$new/deb"
		# Lists of our own if the machine's are not there: no root needed.
		mkdir -p state/lists/partial cache/archives/partial
		own="-o Dir::State=$new/deb/state -o Dir::Cache=$new/deb/cache"
		{
			apt-get -qq download "$package" $libraries || {
				apt-get -qq $own update &&
					apt-get -qq $own download "$package" $libraries
			}
		} >log 2>&1 || {
			cat log >&2
			exit 3
		}
		for deb in *.deb; do
			dpkg-deb -x "$deb" ..
		done
		rm -rf ../usr/share
	) || {
		rm -rf "$new"
		echo "tool.sh: cannot download $package" >&2
		exit 3
	}
	rm -rf "$new/deb"
	mv -T "$new" "$root" 2>/dev/null || rm -rf "$new" # another was first
fi
LD_LIBRARY_PATH=$(find "$root" -name '*.so*' -printf '%h\n' | sort -u |
	paste -s -d :)
export LD_LIBRARY_PATH
exec "$root/$file" "$@"
