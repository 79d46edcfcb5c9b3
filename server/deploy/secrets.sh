#!/bin/sh
# secrets.sh - make the passwords of the database, once.
#
#	secrets.sh /secrets
#
# They stay in a volume that only the containers that need them mount: each
# password by itself, for PostgreSQL, and in connection strings, for us.

set -eu
cd "$1"

[ ! -s owner-url ] || exit 0
for who in owner service; do
	od -An -tx1 -N24 /dev/urandom | tr -d ' \n' >$who
done
at='host=database dbname=evenkeel'
echo "$at user=postgres password=$(cat owner)" >owner-url.new
echo "$at user=evenkeel password=$(cat service)" >service-url
chmod 444 ./*
mv owner-url.new owner-url
