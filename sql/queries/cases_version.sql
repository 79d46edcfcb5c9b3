-- cases_version: is it there, and which version?
-- $1 uuid  the conversation
SELECT version FROM conversation WHERE id = $1::uuid
