-- keys_select: keys, newest first, also those that are good no more.
-- $1 text     only those after this id in that order; NULL: from the newest on
-- $2 integer  how many at most
SELECT id, role, note,
    to_char(created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
    to_char(expires_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
    to_char(revoked_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')
FROM api_key
WHERE $1::text IS NULL
   OR (created_at, id) < (SELECT created_at, id FROM api_key WHERE id = $1)
ORDER BY created_at DESC, id DESC
LIMIT $2::integer
