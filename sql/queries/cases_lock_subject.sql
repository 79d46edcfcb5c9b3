-- cases_lock_subject: the ids of a customer's conversations, some at a time,
-- which stay as they are until the end.
-- $1 text  subject
SELECT '{' || string_agg(id::text, ',') || '}', count(*)
FROM (SELECT id FROM conversation WHERE subject = $1 ORDER BY id LIMIT 500
      FOR UPDATE) AS first
HAVING count(*) > 0
