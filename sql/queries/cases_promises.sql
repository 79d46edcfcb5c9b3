-- cases_promises: what was promised in some conversations.
-- binary
-- $1 uuid[]  the conversations
SELECT conversation, id, who, what, due, status
FROM promise
WHERE conversation = ANY ($1::uuid[])
ORDER BY conversation, id
