-- keys_load: every key that is not revoked.  Those that expired stay a month,
-- so that whoever uses one is told why it is refused.
SELECT id, role, encode(sha256, 'hex'),
       floor(extract(epoch FROM expires_at))::bigint
FROM api_key
WHERE revoked_at IS NULL
  AND (expires_at IS NULL OR expires_at > now() - interval '30 days')
ORDER BY id
