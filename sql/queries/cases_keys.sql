-- cases_keys: what was done for some keys.
-- binary
-- $1 bytea[]  the keys
SELECT key, fingerprint, conversation, version, release, at, snapshot
FROM idempotency
WHERE key = ANY ($1::bytea[])
