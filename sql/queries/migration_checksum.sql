-- migration_checksum: the SHA-256 of a migration's file.
-- $1 text  the file
SELECT encode(sha256(convert_to($1, 'UTF8')), 'hex')
