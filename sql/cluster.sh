#!/bin/sh
# cluster.sh - the private PostgreSQL cluster of "make run".
#
#	sql/cluster.sh start     make it if need be, start it, make the database
#	sql/cluster.sh stop      stop it; nothing happens if it does not run
#	sql/cluster.sh status    one line; exit status 0 if it runs, 3 if not
#	sql/cluster.sh url [owner|writer|reader]
#	                         what libpq needs to connect in that role
#
# It belongs to this folder alone, listens on a Unix socket only, and outlives
# a crash: "start" ends what is left of a killed server and recovers.
# Root runs PostgreSQL as the user postgres, everyone else as themselves.
# Two "start" or "stop" at once are for the caller to prevent (run.sh does).
#
# Process numbers are split into words, and inner scripts quoted, on purpose:
# shellcheck disable=SC2016,SC2046,SC2086

set -eu
umask 022

here=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd -P)
hash=$(printf %s "$here" | sha256sum | cut -c 1-12)
me=$(id -un)

say() {
	echo "cluster: $*" >&2
}

die() {
	say "$@"
	exit 1
}

# Which user, and which folder?  The server's user must be able to reach it.
pg_user=$me
home=$here/.run
elsewhere=/var/lib/evenkeel/$hash
if [ "$me" = root ]; then
	pg_user=postgres
	id postgres >/dev/null 2>&1 || die 'there is no user "postgres"'
	if [ -d "$elsewhere/pg" ] || ! setpriv --reuid=postgres \
		--regid=postgres --init-groups test -x "$here"; then
		home=$elsewhere
	elif [ -d "$home/pg" ]; then
		# Made by the folder's owner before: go on as that user.
		pg_user=$(stat -c %U "$home/pg")
	fi
fi
pg=$home/pg
data=$pg/data
log=$pg/server.log

# A socket's path has at most 107 bytes, and ours may be longer than that.
socket=/tmp/evenkeel-$(id -u "$pg_user")-$hash

version=15
[ ! -s "$data/PG_VERSION" ] || version=$(cat "$data/PG_VERSION")
bin=/usr/lib/postgresql/$version/bin

# Run a command as the server's user, in $pg.  Paths in it are written from
# there: pg_ctl and initdb hand them to a shell, whatever they contain.
as_pg() {
	if [ "$me" = "$pg_user" ]; then
		(cd "$pg" && exec "$@")
	else
		(cd "$pg" && exec setpriv --reuid="$pg_user" \
			--regid="$(id -g "$pg_user")" --init-groups "$@")
	fi
}

# The numbers of all PostgreSQL processes at work in our data directory, which
# is every server process's working directory.  The file postmaster.pid alone
# proves little: its number may be another program's by now, or the file may
# have been copied along with the folder.
processes() {
	find /proc/[0-9]*/cwd -maxdepth 0 -printf '%h\t%l\n' 2>/dev/null |
		while IFS='	' read -r proc cwd; do
			case $cwd in
			"$data" | "$data (deleted)") ;;
			*) continue ;;
			esac
			case $(readlink "$proc/exe") in
			*/postgres | */postgres\ \(deleted\)) echo "${proc##*/}" ;;
			esac
		done
}

# The postmaster's number, if it is alive and ours.
postmaster() {
	[ -s "$data/postmaster.pid" ] || return 0
	read -r pid <"$data/postmaster.pid"
	processes | grep -x -e "$pid" || :
}

# Wait up to $1 seconds until none of our server's processes is left.
gone() {
	tenths=$(($1 * 10))
	while [ -n "$(processes)" ]; do
		[ "$tenths" -gt 0 ] || return 1
		tenths=$((tenths - 1))
		sleep 0.1
	done
}

# End whatever runs in our data directory, the gentlest way that works.
end() {
	if [ -n "$(postmaster)" ]; then
		as_pg "$bin/pg_ctl" -s -D data -m fast -t 30 stop \
			>/dev/null 2>&1 || :
	fi
	for signal in QUIT KILL; do
		left=$(processes)
		[ -n "$left" ] || return 0
		say "ending what is left of a server:" $left
		kill -s $signal $left 2>/dev/null || :
		kill -s CONT $left 2>/dev/null || :
		gone 10 || :
	done
	[ -z "$(processes)" ] || die "these do not end:" $(processes)
}

# Make the folders and check that they are ours.
folders() {
	if [ ! -d "$home" ]; then
		mkdir -p "$home" 2>/dev/null || die "cannot make $home"
		[ "$home" != "$elsewhere" ] ||
			say "$pg_user cannot reach $here: the data is in $home"
	fi
	if [ ! -d "$pg" ]; then
		mkdir -m 0700 "$pg" 2>/dev/null || die "cannot make $pg"
		[ "$me" = "$pg_user" ] || chown "$pg_user:" "$pg"
	fi
	[ "$(stat -c %U "$pg")" = "$pg_user" ] ||
		die "$pg belongs to $(stat -c %U "$pg"), not to $pg_user"

	# /tmp is everyone's: somebody else may have taken the name.
	as_pg mkdir -m 0700 "$socket" 2>/dev/null || :
	[ "$(stat -c '%F %U %a' "$socket")" = "directory $pg_user 700" ] ||
		die "$socket is not ours alone: please remove it"
}

# Write standard input to the file $1 of the data directory.
write() {
	as_pg sh -c 'umask 077 && cat >"data/$1"' sh "$1"
}

# Made under another name first: an interrupted initdb leaves no half cluster.
create() {
	say "making a database cluster in $data ..."
	rm -rf "$data.new"
	said=$(as_pg setsid -w "$bin/initdb" -D data.new -U postgres -A peer \
		-E UTF8 --locale=C.UTF-8 -k --no-instructions 2>&1) ||
		die "initdb failed: $said"
	echo "include = 'evenkeel.conf'" |
		as_pg sh -c 'cat >>data.new/postgresql.conf'
	as_pg mv -T data.new data
}

# Written at each start: the folder may have moved, the user have changed.
configure() {
	write evenkeel.conf <<-EOF
		# Made by sql/cluster.sh at each start: edit postgresql.conf.
		listen_addresses = ''
		unix_socket_directories = '$socket'
		unix_socket_permissions = 0700
		port = 5432
		log_parameter_max_length = 0
		log_parameter_max_length_on_error = 0
	EOF
	write pg_hba.conf <<-EOF
		# Made by sql/cluster.sh at each start.
		local all all peer map=evenkeel
	EOF
	{
		echo '# Made by sql/cluster.sh at each start.'
		for role in evenkeel evenkeel_writer evenkeel_reader; do
			echo "evenkeel \"$me\" $role"
		done
		echo "evenkeel \"$pg_user\" postgres"
	} | write pg_ident.conf
}

# The roles that the migrations ask for, so that the login which owns the
# database and runs them need not be able to make roles.
make_database() {
	as_pg "$bin/psql" -Xqw -v ON_ERROR_STOP=1 -h "$socket" -U postgres \
		-d postgres <<-'EOF'
		SELECT format('CREATE ROLE %I LOGIN', wanted)
		FROM unnest(ARRAY['evenkeel', 'evenkeel_owner',
			'evenkeel_writer', 'evenkeel_reader']) AS wanted
		WHERE NOT EXISTS (
			SELECT FROM pg_roles WHERE rolname = wanted) \gexec
		SELECT 'GRANT evenkeel_owner TO evenkeel'
		WHERE NOT pg_has_role('evenkeel', 'evenkeel_owner', 'MEMBER')
		\gexec
		SELECT 'CREATE DATABASE evenkeel OWNER evenkeel'
		WHERE NOT EXISTS (
			SELECT FROM pg_database WHERE datname = 'evenkeel') \gexec
	EOF
}

# Does it run, with its socket in the place where we look for it?
serves() {
	[ -n "$(postmaster)" ] && [ -S "$socket/.s.PGSQL.5432" ] &&
		"$bin/pg_isready" -q -h "$socket" -U evenkeel -d evenkeel -t 10
}

start() {
	[ -x "$bin/postgres" ] || die "there is no $bin/postgres"
	folders
	serves && return
	end
	[ -s "$data/PG_VERSION" ] || create
	# Nobody is left, so these can only mislead: the number in them may be
	# another program's by now, or that of a zombie nobody has waited for.
	rm -f "$data/postmaster.pid" "$socket"/.s.PGSQL.5432*
	configure
	[ ! -f "$log" ] || mv "$log" "$log.old"
	# In a session of its own: Ctrl-C must reach it through "stop" alone.
	as_pg setsid -w "$bin/pg_ctl" -s -D data -l server.log -t 120 start \
		>/dev/null || {
		tail -n 20 "$log" >&2
		end
		die "PostgreSQL did not start; see $log"
	}
	make_database
}

case ${1-} in
start | stop)
	# Half a start or half a stop is worse than a late answer to Ctrl-C.
	trap '' HUP INT TERM
	;;
esac

case ${1-} in
start)
	start
	;;
stop)
	[ ! -d "$pg" ] || end
	rmdir "$socket" 2>/dev/null || :
	;;
status)
	if serves; then
		echo "running, process $(postmaster), data in $data"
	else
		echo "stopped, data in $data"
		exit 3
	fi
	;;
url)
	case ${2-owner} in
	owner) role=evenkeel ;;
	writer | reader) role=evenkeel_$2 ;;
	*) die "no role \"$2\"" ;;
	esac
	echo "host=$socket user=$role dbname=evenkeel"
	;;
*)
	echo 'usage: sql/cluster.sh start|stop|status|url [owner|writer|reader]' >&2
	exit 2
	;;
esac
