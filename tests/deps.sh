#!/bin/sh
# deps.sh - install the Debian packages that are missing, and only these.
#
#	tests/deps.sh run|check|lint|fuzz|bench|torture|rehearse ...
#
# One look at dpkg when nothing is missing.  Never asks a question: it works
# as root, or through a sudo that wants no password, or says what to type.
#
# Lists of packages are split into words on purpose:
# shellcheck disable=SC2086

set -eu

packages=
for group in "$@"; do
	case $group in
	run) more='make gcc libc6-dev pkg-config libmicrohttpd-dev
		libjansson-dev libpq-dev libutf8proc-dev nettle-dev
		postgresql-15' ;;
	check) more='check chromium curl faketime fiu-utils
		fonts-dejavu-core iproute2 jq libfiu-dev nftables openssl
		postgresql-15-pgtap
		libtap-parser-sourcehandler-pgtap-perl'
		# Whoever has an npm, from wherever, keeps it.
		command -v npm >/dev/null || more="$more nodejs npm" ;;
	lint) more='clang clang-format clang-tidy cppcheck shellcheck' ;;
	fuzz) more='clang libclang-rt-dev' ;;
	bench) more='check curl procps valgrind wrk'
		command -v npm >/dev/null || more="$more nodejs npm" ;;
	torture) more='llvm slowhttptest sqlmap valgrind wrk' ;;
	# What these start by themselves is not ours: we have ports of our own.
	rehearse) more='curl etcd-server haproxy patroni pgbouncer
		postgresql-15'
		command -v node >/dev/null || more="$more nodejs" ;;
	*)
		echo "deps.sh: no group \"$group\"" >&2
		exit 2
		;;
	esac
	packages="$packages $more"
done

if ! command -v dpkg-query >/dev/null; then
	echo "packages: this is no Debian; have these:" $packages
	exit 0
fi

# One "name status" line for each package that dpkg has heard of.
known=$(dpkg-query -W -f '${Package} ${db:Status-Status}\n' \
	$packages 2>/dev/null || true)
missing=
for package in $packages; do
	case "
$known
" in
	*"
$package installed
"*) ;;
	*) missing="$missing $package" ;;
	esac
done
[ -n "$missing" ] || exit 0

if [ "$(id -u)" -ne 0 ]; then
	if command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
		exec sudo -n sh "$0" "$@"
	fi
	echo "packages: missing, and neither root nor a sudo without password" \
		"is here. Please run:" >&2
	echo "    apt-get install --no-install-recommends$missing" >&2
	exit 1
fi

export DEBIAN_FRONTEND=noninteractive
log=$(mktemp)
drop_in=/etc/postgresql-common/createcluster.d/evenkeel.conf
trap 'rm -f "$log" "$drop_in"' EXIT
trap 'exit 130' HUP INT TERM

# The server package would make and start a cluster "main": we have our own.
case " $missing " in
*' postgresql-15 '*)
	mkdir -p "${drop_in%/*}"
	echo 'create_main_cluster = false' >"$drop_in"
	trap 'rm -f "$log" "$drop_in"; rmdir "${drop_in%/*}" 2>/dev/null || :' EXIT
	;;
esac

apt() {
	apt-get -qq -o Dpkg::Use-Pty=0 -o DPkg::Lock::Timeout=300 "$@" \
		>"$log" 2>&1 </dev/null
}

update() {
	echo 'packages: fetching the package lists ...'
	apt update
}

install() {
	echo "packages: installing$missing ..."
	apt install -y --no-install-recommends $missing
}

# Old lists name files that the mirror no longer has: then fetch new ones and
# try again.
set -- /var/lib/apt/lists/*_Packages*
[ -e "$1" ] || update || :
if ! install && { ! update || ! install; }; then
	cat "$log" >&2
	echo 'packages: apt-get failed, see above' >&2
	exit 1
fi
