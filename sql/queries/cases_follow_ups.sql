-- cases_follow_ups: what is to be done in some conversations.
-- binary
-- $1 uuid[]  the conversations
SELECT conversation, n, f.id, kind, due, status, promise, signal
FROM unnest($1::uuid[]) AS wanted (id)
JOIN follow_up AS f ON f.conversation = wanted.id
ORDER BY conversation, n
