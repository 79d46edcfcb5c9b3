-- cases_before: what an undo would give back in some conversations.
-- binary
-- $1 uuid[]  the conversations
SELECT c.id, t.before
FROM conversation c
JOIN turn t ON t.conversation = c.id AND t.n = c.undoes
WHERE c.id = ANY ($1::uuid[]) AND t.conversation = ANY ($1::uuid[])
