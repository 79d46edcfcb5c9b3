-- erasure_find: what was erased with a key, if it was used.
-- $1 text  the key, in hex
SELECT version, encode(fingerprint, 'hex')
FROM idempotency
WHERE key = decode($1, 'hex')
