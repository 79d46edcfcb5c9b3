-- cases_lock: is it there, and which version?  It stays so until the end.
-- $1 uuid  the conversation
SELECT version FROM conversation WHERE id = $1::uuid FOR UPDATE
