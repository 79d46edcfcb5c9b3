#!/bin/sh
# secrets.sh - make the passwords of the database, once.
#
#	secrets.sh OWNER SERVICE
#
# Each folder is a volume that only the containers that need it mount: the
# password by itself, for PostgreSQL, and in a connection string, for us.

set -eu

secret() {
	[ ! -s "$1/url" ] || return 0
	od -An -tx1 -N24 /dev/urandom | tr -d ' \n' >"$1/password"
	echo "host=database dbname=evenkeel user=$2 password=$(cat "$1/password")" \
		>"$1/url.new"
	chmod 444 "$1/password" "$1/url.new"
	mv "$1/url.new" "$1/url"
}

secret "$1" postgres
secret "$2" evenkeel
