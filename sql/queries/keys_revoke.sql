-- keys_revoke: a key is good no more; one that is revoked already stays so.
-- $1 text  its id
UPDATE api_key
SET revoked_at = coalesce(revoked_at, now())
WHERE id = $1
RETURNING id
