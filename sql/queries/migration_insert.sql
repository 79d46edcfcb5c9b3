-- migration_insert: note that a migration was applied.
-- $1 integer  version
-- $2 text     name
-- $3 text     the whole file
INSERT INTO schema_migrations (version, name, checksum)
VALUES ($1::integer, $2, encode(sha256(convert_to($3, 'UTF8')), 'hex'))
RETURNING version
