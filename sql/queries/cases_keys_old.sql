-- cases_keys_old: forget keys that are older than a day, some at a time.
DELETE FROM idempotency
WHERE key = ANY (ARRAY(SELECT key FROM idempotency
                       WHERE at < now() - interval '24 hours'
                       ORDER BY at LIMIT 1000))
RETURNING 1
