-- cases_promises: what was promised in some conversations.
-- binary
-- $1 uuid[]  the conversations
SELECT conversation, p.id, who, what, due, status
FROM unnest($1::uuid[]) AS wanted (id)
JOIN promise AS p ON p.conversation = wanted.id
ORDER BY conversation, p.id
