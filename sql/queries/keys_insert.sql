-- keys_insert: a new key.
-- $1 text    its id
-- $2 text    role
-- $3 text    SHA-256 of its secret, in hex
-- $4 text    note
-- $5 bigint  when it expires, in seconds since 1970; NULL: never
INSERT INTO api_key (id, role, sha256, note, expires_at)
VALUES ($1, $2, decode($3, 'hex'), $4, to_timestamp($5::bigint))
RETURNING id, role, note,
    to_char(created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
    to_char(expires_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
    to_char(revoked_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')
