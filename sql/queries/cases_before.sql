-- cases_before: what an undo would give back in some conversations.
-- binary
-- $1 uuid[]  the conversations
SELECT c.id, t.before
FROM unnest($1::uuid[]) AS wanted (id)
JOIN conversation AS c ON c.id = wanted.id
JOIN turn AS t ON t.conversation = wanted.id AND t.n = c.undoes
