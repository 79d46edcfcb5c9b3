#!/bin/bash
# database.sh - what PostgreSQL's image runs once, in a new cluster.
#
# Makes the roles, so that the service comes as one that may not change the
# schema; migrations find them there.  Its password is made by secrets.sh.

set -eu

psql -v ON_ERROR_STOP=1 -U "$POSTGRES_USER" -d "$POSTGRES_DB" \
	-v password="$(cat /service/password)" <<'END'
CREATE ROLE evenkeel_owner NOLOGIN;
CREATE ROLE evenkeel_writer NOLOGIN;
CREATE ROLE evenkeel_reader NOLOGIN;
CREATE ROLE evenkeel LOGIN PASSWORD :'password'
    IN ROLE evenkeel_writer, evenkeel_reader;
REVOKE ALL ON SCHEMA public FROM PUBLIC;
END
