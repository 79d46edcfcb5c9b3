-- cases_follow_ups: what is to be done in some conversations.
-- binary
-- $1 uuid[]  the conversations
SELECT conversation, n, id, kind, due, status, promise, signal
FROM follow_up
WHERE conversation = ANY ($1::uuid[])
ORDER BY conversation, n
